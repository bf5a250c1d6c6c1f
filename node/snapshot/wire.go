package snapshot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/store"
	"probity/p2p"
)

// Bounds (spec snapshot §1).
const (
	LinksMax  = 4096    // headers from the checkpoint to the block
	PartBytes = 1 << 20 // that a part is meant to have at most
	DepthMax  = 12      // levels of the tree above the parts: 4,096 of them
	partMax   = 6 << 20 // that a part may have: one value may be large
)

// Protocol is that of snapshots among the node's others.
var Protocol = p2p.Protocol{
	Name: "snapshot/1", RequestMax: 64, ChunkMax: codec.MaxBytes, ResponseMax: codec.MaxBytes,
	Timeout: time.Minute, PerPeer: 4, Total: 16,
}

// Ask is a request (spec snapshot §2).
type Ask struct {
	_      struct{} `cbor:",toarray"`
	Kind   uint8
	Height types.Height // of the checkpoint for AskOffer, of the snapshot for the others
	Part   uint32
}

// The kinds of request.
const (
	AskOffer    uint8 = 1 // answered by an Offer
	AskManifest uint8 = 2 // by a Manifest
	AskPart     uint8 = 3 // by a Part
)

// Offer says of which block a state can be had, and how the checkpoint leads
// there: Links begins with the checkpoint's header and ends with the block's.
type Offer struct {
	_     struct{} `cbor:",toarray"`
	Links []types.SignedHeader
	Block types.Block
	Proof store.Proof
}

// Manifest lists the parts of a state: the subtrees at a depth, by path.
type Manifest struct {
	_     struct{} `cbor:",toarray"`
	Depth uint8    // a multiple of four, at most DepthMax
	Parts []Entry  // 2^Depth
}

// Entry is a subtree: its hash, and how many keys are below it.
type Entry struct {
	_    struct{} `cbor:",toarray"`
	Hash keys.Hash
	Keys uint64
}

// Part is a subtree: its keys with their values, ascending by the hash of the key.
type Part struct {
	_      struct{} `cbor:",toarray"`
	Leaves []Leaf
}

// Leaf is a key of the state with its value.
type Leaf struct {
	_     struct{} `cbor:",toarray"`
	Key   types.Bytes
	Value types.Bytes
}

// Checkpoint is what the member trusts: a height and the digest of its block.
type Checkpoint struct {
	Height types.Height
	Digest keys.Hash
}

// ParseCheckpoint reads HEIGHT:DIGEST.
func ParseCheckpoint(text string) (c Checkpoint, err error) {
	height, digest, ok := strings.Cut(text, ":")
	h, err := strconv.ParseUint(height, 10, 63)
	if !ok || err != nil || h == 0 {
		return c, fmt.Errorf("checkpoint %q: %w: want HEIGHT:0x… with the digest of the block", text, ErrForm)
	}
	if !strings.HasPrefix(digest, "0x") {
		digest = "0x" + digest
	}
	if err := c.Digest.UnmarshalText([]byte(digest)); err != nil {
		return c, fmt.Errorf("checkpoint %q: %w: %w", text, ErrForm, err)
	}
	c.Height = types.Height(h)
	return c, nil
}

// String is HEIGHT:DIGEST.
func (c Checkpoint) String() string { return fmt.Sprintf("%d:%s", c.Height, c.Digest) }

func decode(b []byte, v any) error {
	if err := codec.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", ErrForm, err)
	}
	return nil
}
