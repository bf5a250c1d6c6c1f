package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// leafDepth is the depth of leaf records: the path is spelled out in full.
const leafDepth = 64

// NodeKey names a stored node: the version that wrote it and its place in the
// tree. A node is written once under its key and never changed. Pages stand at
// depths 0 to 63, counted in nibbles of the path (four levels of the binary
// tree); leaf records count as depth 64.
type NodeKey struct {
	Version types.Height
	Depth   uint8
	Path    keys.Hash // its first Depth nibbles; the rest is zero
}

// LeafKey is where the record of a leaf is stored: under the version that set
// its value, by the hash of its key.
func LeafKey(version types.Height, keyHash keys.Hash) NodeKey {
	return NodeKey{Version: version, Depth: leafDepth, Path: keyHash}
}

// pageKey is where the page on the way to path is stored.
func pageKey(version types.Height, depth int, path *keys.Hash) NodeKey {
	k := NodeKey{Version: version, Depth: uint8(depth)}
	copy(k.Path[:depth/2], path[:])
	if depth%2 == 1 {
		k.Path[depth/2] = path[depth/2] & 0xf0
	}
	return k
}

// walk compares the places of two nodes in the order in which an update leaves
// them: ascending by path, and what is below a node before it.
func (k *NodeKey) walk(other *NodeKey) int {
	shorter := min(k.Depth, other.Depth)
	whole := int(shorter / 2)
	if c := bytes.Compare(k.Path[:whole], other.Path[:whole]); c != 0 {
		return c
	}
	if shorter%2 == 1 {
		if c := cmp.Compare(k.Path[whole]>>4, other.Path[whole]>>4); c != 0 {
			return c
		}
	}
	return cmp.Compare(other.Depth, k.Depth)
}

// IsLeaf tells leaf records from pages.
func (k NodeKey) IsLeaf() bool { return k.Depth == leafDepth }

// String is version/path, the path in nibbles.
func (k NodeKey) String() string {
	return fmt.Sprintf("%d/%s", k.Version, hex.EncodeToString(k.Path[:])[:k.Depth])
}

// Append appends the stored form of k: version (8 bytes, big endian), depth
// (1 byte), and as many path bytes as the depth needs. The version comes
// first, so that a block's nodes are written as one ascending run.
func (k NodeKey) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(k.Version))
	b = append(b, k.Depth)
	return append(b, k.Path[:(k.Depth+1)/2]...)
}

// CutNodeKey reads the node key that b begins with and returns what follows
// it; it accepts no bytes but those Append gives.
func CutNodeKey(b []byte) (NodeKey, []byte, error) {
	var k NodeKey
	if len(b) < 9 || b[8] > leafDepth || len(b) < 9+int(b[8]+1)/2 {
		return k, nil, fmt.Errorf("node key: %w", ErrCorrupt)
	}
	k.Version, k.Depth = types.Height(binary.BigEndian.Uint64(b)), b[8]
	n := 9 + copy(k.Path[:(k.Depth+1)/2], b[9:])
	if k.Depth%2 == 1 && k.Path[k.Depth/2]&0x0f != 0 {
		return k, nil, fmt.Errorf("node key %v: %w", k, ErrCorrupt)
	}
	return k, b[n:], nil
}

// Leaf is the record of a leaf: what the tree knows only by hashes.
type Leaf struct{ Key, Value []byte }

// Append appends the stored form of l: the key's length as a varint, the key,
// the value.
func (l Leaf) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(l.Key)))
	b = append(b, l.Key...)
	return append(b, l.Value...)
}

// DecodeLeaf reads a leaf record stored under at; the record must be that of
// the key that at names. The result shares b.
func DecodeLeaf(at NodeKey, b []byte) (Leaf, error) {
	n, rest, err := cutUvarint(b)
	if err != nil || n > uint64(len(rest)) {
		return Leaf{}, fmt.Errorf("leaf %v: %w", at, ErrCorrupt)
	}
	l := Leaf{Key: rest[:n:n], Value: rest[n:]}
	if keys.Sum(l.Key) != at.Path {
		return Leaf{}, fmt.Errorf("leaf %v holds another key: %w", at, ErrCorrupt)
	}
	return l, nil
}

// hash is the leaf's hash in the tree.
func (l Leaf) hash() keys.Hash { return proof.Leaf(keys.Sum(l.Key), keys.Sum(l.Value)) }

// cutUvarint reads a varint in its shortest form.
func cutUvarint(b []byte) (uint64, []byte, error) {
	x, n := binary.Uvarint(b)
	if n <= 0 || (n > 1 && b[n-1] == 0) {
		return 0, nil, ErrCorrupt
	}
	return x, b[n:], nil
}

// nibble is the path's digit at a depth.
func nibble(path *keys.Hash, depth int) int {
	if depth%2 == 0 {
		return int(path[depth/2] >> 4)
	}
	return int(path[depth/2] & 0x0f)
}
