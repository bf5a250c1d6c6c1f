// Package wire is the values that travel (docs/spec/wire.md): hashes, keys,
// addresses, transactions, blocks, votes, certificates, rosters, each with its
// one byte form. A decoder here accepts exactly what its encoder writes; what a
// value means on a chain is for package law.
package wire

import (
	"encoding/binary"
	"math/bits"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/zeebo/blake3"
)

// Hash is 32 bytes of BLAKE3-256.
type Hash [32]byte

// Address names an account.
type Address [20]byte

// Key is an ed25519 public key.
type Key [32]byte

// Signature is one of ed25519.
type Signature [64]byte

// Sum is H of the parts one after another.
func Sum(parts ...[]byte) Hash {
	if len(parts) == 1 {
		return blake3.Sum256(parts[0])
	}
	h := blake3.New()
	for _, p := range parts {
		h.Write(p)
	}
	var out Hash
	h.Sum(out[:0])
	return out
}

// XOF is the first n bytes of BLAKE3 of x as an extendable output.
func XOF(n int, parts ...[]byte) []byte {
	h := blake3.New()
	for _, p := range parts {
		h.Write(p)
	}
	out := make([]byte, n)
	_, _ = h.Digest().Read(out) // an extendable output has no end and no error
	return out
}

// Be64 is n in eight bytes, most significant first.
func Be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Be32 is n in four.
func Be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// Address is the key's account (§2).
func (k Key) Address() (a Address) {
	h := Sum(k[:])
	copy(a[:], h[:20])
	return a
}

// RouteAddress is the account of a route or of the chain's own book (§2).
func RouteAddress(name string) (a Address) {
	h := Sum([]byte("route"), []byte(name))
	copy(a[:], h[:20])
	return a
}

// zip215 are the rules of wire §2.
var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// Verify reports whether the signature by k of the payload under a kind and
// the genesis hash holds (§2).
func Verify(k Key, kind string, genesis Hash, payload []byte, sig Signature) bool {
	msg := append([]byte("probity/"+kind+"/v1"), genesis[:]...)
	return ed25519.VerifyWithOptions(k[:], append(msg, payload...), sig[:], zip215)
}

// leaf and inner are the hashes of a Merkle list (§5).
func leaf(item []byte) Hash { return Sum([]byte{0}, item) }
func inner(l, r Hash) Hash  { return Sum([]byte{1}, l[:], r[:]) }
func split(n int) int       { return 1 << (bits.Len(uint(n-1)) - 1) }
func root(items []Hash) Hash {
	if len(items) == 1 {
		return items[0]
	}
	k := split(len(items))
	return inner(root(items[:k]), root(items[k:]))
}

// Merkle is the root of a list (§5).
func Merkle(items [][]byte) Hash {
	if len(items) == 0 {
		return Sum(nil)
	}
	leaves := make([]Hash, len(items))
	for i, it := range items {
		leaves[i] = leaf(it)
	}
	return root(leaves)
}

// MerklePath reports whether item is number index of size items of a list with
// that root; path leads from the leaf's sibling to the child of the root.
func MerklePath(want Hash, item []byte, index, size uint64, path []Hash) bool {
	h, ok := MerkleClimb(item, index, size, path)
	return ok && h == want
}

// MerkleClimb is the root to which a path leads; ok is false where it cannot
// be one of that place.
func MerkleClimb(item []byte, index, size uint64, path []Hash) (Hash, bool) {
	if index >= size || size > 1<<62 {
		return Hash{}, false
	}
	return climb(leaf(item), index, size, path)
}

func climb(h Hash, index, size uint64, path []Hash) (Hash, bool) {
	if size == 1 {
		return h, len(path) == 0
	}
	if len(path) == 0 {
		return h, false
	}
	last := path[len(path)-1]
	k := uint64(1) << (bits.Len64(size-1) - 1)
	if index < k {
		h, ok := climb(h, index, k, path[:len(path)-1])
		return inner(h, last), ok
	}
	h, ok := climb(h, index-k, size-k, path[:len(path)-1])
	return inner(last, h), ok
}
