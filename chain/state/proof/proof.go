// Package proof checks that a key of the Probity state holds a value, or that
// it does not exist, against one root hash (spec state §2, §3). It is all that
// a light client, the browser or a watchtower needs of the state: it imports
// hashing and the codec and nothing else.
//
// The tree. Every key stands at the path H(key), read bit by bit from the most
// significant bit of the first byte; a clear bit goes left. H is BLAKE3-256.
//
//	no key below        32 zero bytes
//	exactly one key     H(0x00 ‖ H(key) ‖ H(value))    65 bytes hashed, at whatever depth
//	two keys or more    H(left ‖ right)                64 bytes hashed
//
// A subtree with one key is its leaf, wherever it hangs, so a tree of n keys is
// about log₂ n deep and its shape depends on its keys alone. Leaves and inner
// nodes have separate domains by length: 65 bytes and 64 bytes are never equal
// strings, so a leaf that hashes like an inner node is a collision of BLAKE3.
// The 64 bytes of an inner node are exactly one BLAKE3 block, and a prefix byte
// would double the cost of every update. The zero hash has no known preimage.
//
// It promises that whoever can make a false statement pass has found a BLAKE3
// collision, provided that the root is one of an honestly built tree; that the
// root is such a one (certified by a finalized header) is the caller's to know.
package proof

import (
	"fmt"
	"math/bits"

	"probity/chain/codec"
	"probity/chain/keys"
)

// Empty is the hash of a subtree, and so of a state, without keys.
var Empty keys.Hash

// Leaf is the hash of a subtree that holds one key (spec state §2).
func Leaf(keyHash, valueHash keys.Hash) keys.Hash {
	var b [65]byte
	copy(b[1:], keyHash[:])
	copy(b[33:], valueHash[:])
	return keys.Sum(b[:])
}

// Inner is the hash of a subtree that holds at least two keys (spec state §2).
func Inner(left, right keys.Hash) keys.Hash {
	var b [64]byte
	copy(b[:32], left[:])
	copy(b[32:], right[:])
	return keys.Sum(b[:])
}

// Bit is bit i of a path, from 0, the most significant bit of the first byte.
func Bit(path keys.Hash, i int) byte { return path[i>>3] >> (7 - i&7) & 1 }

// Shared counts the leading bits that two paths have in common.
func Shared(a, b keys.Hash) int {
	for i := range a {
		if x := a[i] ^ b[i]; x != 0 {
			return 8*i + bits.LeadingZeros8(x)
		}
	}
	return 256
}

// Proof is the way from the root to the place of a key (spec state §3). On the
// wire it is a CBOR array of its four fields.
//
// Bit i of Levels is set where the sibling at depth i+1 is not empty, and
// Siblings lists those from the root down. A place below the root always has a
// sibling that is not empty (else the subtree would have one key and be its
// leaf), so the depth of the place is one more than the last set bit of
// Levels, or 0. OtherKey and OtherValue are zero, except in a proof of absence
// that ends at the leaf of another key: then they are the hashes of that key
// and of its value.
type Proof struct {
	_          struct{}    `cbor:",toarray"`
	Levels     keys.Hash   `json:"levels"`
	Siblings   []keys.Hash `json:"siblings"`
	OtherKey   keys.Hash   `json:"otherKey"`
	OtherValue keys.Hash   `json:"otherValue"`
}

// Encode is the one byte form of p.
func (p Proof) Encode() []byte { return codec.MustMarshal(p) }

// Decode reads a proof and accepts no bytes but those Encode gives for it. The
// error is ErrForm or the codec's.
func Decode(b []byte) (Proof, error) {
	var p Proof
	if err := codec.Unmarshal(b, &p); err != nil {
		return Proof{}, fmt.Errorf("proof: %w", err)
	}
	if err := p.check(); err != nil {
		return Proof{}, err
	}
	return p, nil
}

// Includes returns nil where p shows that key holds value in the state of root.
func (p Proof) Includes(root keys.Hash, key, value []byte) error {
	if err := p.check(); err != nil {
		return err
	}
	if !p.OtherKey.IsZero() {
		return fmt.Errorf("%w: it ends at the leaf of another key", ErrAbsent)
	}
	path := keys.Sum(key)
	return p.climb(root, path, Leaf(path, keys.Sum(value)))
}

// Excludes returns nil where p shows that the state of root has no such key.
func (p Proof) Excludes(root keys.Hash, key []byte) error {
	if err := p.check(); err != nil {
		return err
	}
	path := keys.Sum(key)
	if p.OtherKey.IsZero() {
		return p.climb(root, path, Empty)
	}
	// The other leaf must hang on the way to key: were its key equal it would
	// show presence, and were it elsewhere it would show nothing.
	if p.OtherKey == path {
		return ErrPresent
	}
	if Shared(p.OtherKey, path) < p.depth() {
		return fmt.Errorf("%w: the other leaf is not on the path", ErrForm)
	}
	return p.climb(root, path, Leaf(p.OtherKey, p.OtherValue))
}

// climb hashes from the place of path up and compares with the root.
func (p Proof) climb(root, path, h keys.Hash) error {
	next := len(p.Siblings)
	for i := p.depth() - 1; i >= 0; i-- {
		sibling := Empty
		if Bit(p.Levels, i) == 1 {
			next--
			sibling = p.Siblings[next]
		}
		if Bit(path, i) == 0 {
			h = Inner(h, sibling)
		} else {
			h = Inner(sibling, h)
		}
	}
	if h != root {
		return fmt.Errorf("%w: %s, want %s", ErrRoot, h.Short(), root.Short())
	}
	return nil
}

// depth is the number of bits of the path between the root and the place.
func (p Proof) depth() int {
	for i := len(p.Levels) - 1; i >= 0; i-- {
		if b := p.Levels[i]; b != 0 {
			return 8*i + 8 - bits.TrailingZeros8(b)
		}
	}
	return 0
}

// check refuses every form but the one that Proof describes.
func (p Proof) check() error {
	n := 0
	for _, b := range p.Levels {
		n += bits.OnesCount8(b)
	}
	if n != len(p.Siblings) {
		return fmt.Errorf("%w: %d siblings for %d levels", ErrForm, len(p.Siblings), n)
	}
	for _, s := range p.Siblings {
		if s.IsZero() {
			return fmt.Errorf("%w: an empty sibling is listed", ErrForm)
		}
	}
	if p.OtherKey.IsZero() != p.OtherValue.IsZero() {
		return fmt.Errorf("%w: half of a leaf", ErrForm)
	}
	return nil
}
