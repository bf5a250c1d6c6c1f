package types

import (
	"errors"
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
)

// Bounds of a block (spec wire §4).
const (
	BlockTxBytes    = 4 << 20   // encoded transactions
	BlockVoteBytes  = 2 << 20   // late votes and view records together
	ViewRecordsMax  = 4096      // records of views in one block
	RejectedMax     = 4         // rejected headers in one record
	EvidenceReserve = 256 << 10 // room of BlockTxBytes kept for evidence
)

// ErrBlock is returned for a block that is malformed whatever the state.
var ErrBlock = errors.New("malformed block")

// Header names a block and commits to all that belongs to it (spec wire §4).
type Header struct {
	_              struct{}  `cbor:",toarray"`
	Version        uint32    `json:"version"` // protocol version that its maker runs and signals
	Epoch          Epoch     `json:"epoch"`
	View           View      `json:"view"`
	Height         Height    `json:"height"`
	ParentView     View      `json:"parentView"` // in the parent's epoch
	Parent         keys.Hash `json:"parent"`
	Time           Time      `json:"time"`
	ASC            keys.Hash `json:"asc"`        // the contract that serves the view
	Reveal         Bytes     `json:"reveal"`     // opens its salt; empty where it has none left
	Seed           keys.Hash `json:"seed"`       // R(epoch, view)
	TxRoot         keys.Hash `json:"txRoot"`     // Merkle root over transaction hashes
	ViewsRoot      keys.Hash `json:"viewsRoot"`  // hash of Body.Views
	VotesRoot      keys.Hash `json:"votesRoot"`  // hash of Body.Votes
	StateRoot      keys.Hash `json:"stateRoot"`  // of the state after this block
	RosterHash     keys.Hash `json:"rosterHash"` // of this epoch
	NextRosterHash keys.Hash `json:"nextRosterHash"`
	BaseFee        Amount    `json:"baseFee"` // $ base units per unit of weight
}

// Digest is the block's name.
func (h *Header) Digest() keys.Hash {
	var room [640]byte
	return keys.Sum(h.append(append(room[:0], "block"...)))
}

// append appends what the codec makes of the header: one is written dozens of
// times for its name before it is written once to be sent.
func (h *Header) append(b []byte) []byte {
	b = codec.AppendArray(b, 17)
	for _, n := range [...]uint64{uint64(h.Version), uint64(h.Epoch), uint64(h.View), uint64(h.Height), uint64(h.ParentView)} {
		b = codec.AppendUint(b, n)
	}
	b = codec.AppendBytes(b, h.Parent[:])
	b = codec.AppendUint(b, uint64(h.Time))
	b = codec.AppendBytes(b, h.ASC[:])
	b = codec.AppendBytes(b, h.Reveal)
	for _, hash := range [...]*keys.Hash{&h.Seed, &h.TxRoot, &h.ViewsRoot, &h.VotesRoot, &h.StateRoot, &h.RosterHash, &h.NextRosterHash} {
		b = codec.AppendBytes(b, hash[:])
	}
	b, err := h.BaseFee.AppendCBOR(b)
	if err != nil {
		panic(err) // every amount has a byte form
	}
	return b
}

// Statement is what its producer signs.
func (h *Header) Statement() Statement {
	return Statement{Kind: Propose, Epoch: h.Epoch, View: h.View, Digest: h.Digest()}
}

// SignedHeader is a header with its producer's signature.
type SignedHeader struct {
	_         struct{}       `cbor:",toarray"`
	Header    Header         `json:"header"`
	Signature keys.Signature `json:"signature"`
}

// Rejected is a proposal that members refused, with the votes about it.
type Rejected struct {
	_         struct{}     `cbor:",toarray"`
	Header    SignedHeader `json:"header"`
	Rejects   *Certificate `json:"rejects"`   // at or above the quorum it is a Rejection
	Notarizes *Certificate `json:"notarizes"` // those who approved all the same
}

// ViewRecord tells the next blocks of a view that gave the chain no block.
type ViewRecord struct {
	_             struct{}     `cbor:",toarray"`
	Epoch         Epoch        `json:"epoch"`
	View          View         `json:"view"`
	Nullification *Certificate `json:"nullification"` // null only in late additions
	Salt          Bytes        `json:"salt"`          // the opened salt; empty where the view has none
	Rejected      []Rejected   `json:"rejected"`
}

// Body is a block's content.
type Body struct {
	_     struct{}      `cbor:",toarray"`
	Txs   []Bytes       `json:"txs"`
	Votes []Certificate `json:"votes"` // the parent's Notarization first, then late approvals
	Views []ViewRecord  `json:"views"` // one per view skipped since the parent, then late additions
}

// Block is a header, its producer's signature and its body.
type Block struct {
	_         struct{}       `cbor:",toarray"`
	Header    Header         `json:"header"`
	Signature keys.Signature `json:"signature"`
	Body      Body           `json:"body"`
}

// Digest is the header's digest.
func (b *Block) Digest() keys.Hash { return b.Header.Digest() }

// Signed is the block's header with its signature.
func (b *Block) Signed() SignedHeader {
	return SignedHeader{Header: b.Header, Signature: b.Signature}
}

// VotesRoot is the hash of the body's votes.
func (b *Body) VotesRoot() keys.Hash { return keys.Sum([]byte("votes"), codec.MustMarshal(b.Votes)) }

// ViewsRoot is the hash of the body's view records.
func (b *Body) ViewsRoot() keys.Hash { return keys.Sum([]byte("views"), codec.MustMarshal(b.Views)) }

// TxRoot is the Merkle root over the names of the body's transactions.
func (b *Body) TxRoot() keys.Hash {
	hashes := make([]keys.Hash, len(b.Txs))
	for i := range b.Txs {
		hashes[i] = keys.Sum(b.Txs[i])
	}
	return TxRoot(hashes)
}

// TxRoot is the Merkle root over the hashes of transactions, in order.
func TxRoot(hashes []keys.Hash) keys.Hash {
	items := make([][]byte, len(hashes))
	for i := range hashes {
		items[i] = hashes[i][:]
	}
	return MerkleRoot(items)
}

// Check refuses a body beyond its bounds or that does not hash to the header's
// roots: whoever passes it on is at fault, not the leader who signed the header.
// Transactions are decoded elsewhere.
func (b *Block) Check() error {
	if err := b.Bounds(); err != nil {
		return err
	}
	switch {
	case b.Body.VotesRoot() != b.Header.VotesRoot:
		return fmt.Errorf("%w: votes root", ErrBlock)
	case b.Body.ViewsRoot() != b.Header.ViewsRoot:
		return fmt.Errorf("%w: views root", ErrBlock)
	case b.Body.TxRoot() != b.Header.TxRoot:
		return fmt.Errorf("%w: transaction root", ErrBlock)
	}
	return nil
}

// Bounds refuses a block beyond its bounds, whatever its header commits to.
func (b *Block) Bounds() error {
	total := 0
	for _, tx := range b.Body.Txs {
		total += len(tx)
	}
	switch {
	case total > BlockTxBytes:
		return fmt.Errorf("%w: %d bytes of transactions, at most %d", ErrBlock, total, BlockTxBytes)
	case len(b.Body.Views) > ViewRecordsMax:
		return fmt.Errorf("%w: %d view records, at most %d", ErrBlock, len(b.Body.Views), ViewRecordsMax)
	case b.Header.View == 0 || b.Header.Height == 0:
		return fmt.Errorf("%w: view %d, height %d", ErrBlock, b.Header.View, b.Header.Height)
	}
	if n := len(codec.MustMarshal(b.Body.Votes)) + len(codec.MustMarshal(b.Body.Views)); n > BlockVoteBytes {
		return fmt.Errorf("%w: %d bytes of votes and views, at most %d", ErrBlock, n, BlockVoteBytes)
	}
	for i := range b.Body.Views {
		if len(b.Body.Views[i].Rejected) > RejectedMax {
			return fmt.Errorf("%w: %d rejected headers of view %d", ErrBlock, len(b.Body.Views[i].Rejected), b.Body.Views[i].View)
		}
	}
	return nil
}

// Certified is a header with the certificate that speaks of it: certificates
// about a block never travel alone.
type Certified struct {
	_           struct{}      `cbor:",toarray"`
	Certificate Certificate   `json:"certificate"`
	Header      *SignedHeader `json:"header"` // null for a Nullification
}
