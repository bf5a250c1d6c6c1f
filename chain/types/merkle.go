package types

import (
	"math/bits"

	"probity/chain/keys"
)

// Merkle trees over lists (spec wire §5): leaf = H(0x00 ‖ data), inner =
// H(0x01 ‖ left ‖ right), a list of n > 1 leaves splits at the largest power
// of two below n, the empty list is H(0x00) of nothing, as in RFC 6962. Leaf
// and inner hashes have separate domains, so no inner node passes for a leaf.

// MerkleRoot is the root over the items of a list.
func MerkleRoot(items [][]byte) keys.Hash {
	if len(items) == 0 {
		return keys.Sum(nil)
	}
	level := make([]keys.Hash, len(items))
	for i, it := range items {
		level[i] = merkleLeaf(it)
	}
	return merkleFold(level)
}

// MerkleProof lists the siblings from the leaf at index up to the root.
func MerkleProof(items [][]byte, index int) []keys.Hash {
	if index < 0 || index >= len(items) {
		panic("types: merkle index out of range")
	}
	if len(items) == 1 {
		return nil
	}
	k := splitAt(len(items))
	if index < k {
		return append(MerkleProof(items[:k], index), MerkleRoot(items[k:]))
	}
	return append(MerkleProof(items[k:], index-k), MerkleRoot(items[:k]))
}

// MerkleVerify reports whether item stands at index of a list of n items with
// the given root.
func MerkleVerify(root keys.Hash, item []byte, index, n int, proof []keys.Hash) bool {
	if index < 0 || index >= n || len(proof) > 64 {
		return false
	}
	h, ok := merkleClimb(merkleLeaf(item), index, n, proof)
	return ok && h == root
}

// merkleClimb hashes leaf up the path; it needs exactly the proof's length.
func merkleClimb(leaf keys.Hash, index, n int, proof []keys.Hash) (keys.Hash, bool) {
	if n == 1 {
		return leaf, len(proof) == 0
	}
	if len(proof) == 0 {
		return keys.Hash{}, false
	}
	k, last := splitAt(n), len(proof)-1
	if index < k {
		h, ok := merkleClimb(leaf, index, k, proof[:last])
		return merkleInner(h, proof[last]), ok
	}
	h, ok := merkleClimb(leaf, index-k, n-k, proof[:last])
	return merkleInner(proof[last], h), ok
}

func merkleFold(level []keys.Hash) keys.Hash {
	if len(level) == 1 {
		return level[0]
	}
	k := splitAt(len(level))
	return merkleInner(merkleFold(level[:k]), merkleFold(level[k:]))
}

// merkleLeaf keeps short items, of which lists of thousands are made, on the stack.
func merkleLeaf(data []byte) keys.Hash {
	var b [65]byte
	if len(data) >= len(b) {
		return keys.Sum([]byte{0}, data)
	}
	n := copy(b[1:], data)
	return keys.Sum(b[:1+n])
}

func merkleInner(l, r keys.Hash) keys.Hash {
	var b [65]byte
	b[0] = 1
	copy(b[1:], l[:])
	copy(b[33:], r[:])
	return keys.Sum(b[:])
}

// splitAt is the largest power of two below n, for n > 1.
func splitAt(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }
