// Package tree is the authenticated key space (docs/spec/state.md §1 to §3):
// keys with values in key order, their root, and proofs.
//
// A State holds everything in memory. It notes what is written, so that a
// caller can go back to a mark, and hashes only the paths that changed.
package tree

import (
	"sort"

	"github.com/zeebo/blake3"
)

// Hash is the hash of a subtree; zero: no key is below it.
type Hash = [32]byte

// Leaf is one key with its value.
type Leaf struct{ Key, Value []byte }

// undo is what a write replaced.
type undo struct {
	key string
	old []byte
	had bool
}

// State is keys with values.
type State struct {
	values  map[string][]byte
	keys    []string // in order
	journal []undo
	dirty   map[string]bool // written since the last Root
	top     *node
}

// New is the state of no keys.
func New() *State { return &State{values: map[string][]byte{}, dirty: map[string]bool{}} }

// Get is the value of a key.
func (s *State) Get(key string) ([]byte, bool) {
	v, ok := s.values[key]
	return v, ok
}

// Set writes a value; a value of no bytes is a value.
func (s *State) Set(key string, value []byte) {
	old, had := s.values[key]
	s.journal = append(s.journal, undo{key, old, had})
	s.put(key, value)
}

// Delete removes a key.
func (s *State) Delete(key string) {
	if old, had := s.values[key]; had {
		s.journal = append(s.journal, undo{key, old, true})
		s.drop(key)
	}
}

func (s *State) put(key string, value []byte) {
	if _, had := s.values[key]; !had {
		i := sort.SearchStrings(s.keys, key)
		s.keys = append(s.keys, "")
		copy(s.keys[i+1:], s.keys[i:])
		s.keys[i] = key
	}
	s.values[key] = value
	s.dirty[key] = true
}

func (s *State) drop(key string) {
	i := sort.SearchStrings(s.keys, key)
	s.keys = append(s.keys[:i], s.keys[i+1:]...)
	delete(s.values, key)
	s.dirty[key] = true
}

// Mark is the present moment; Back returns to it.
func (s *State) Mark() int { return len(s.journal) }

// Back undoes all writes after the mark.
func (s *State) Back(mark int) {
	for i := len(s.journal) - 1; i >= mark; i-- {
		u := s.journal[i]
		if u.had {
			s.put(u.key, u.old)
		} else {
			s.drop(u.key)
		}
	}
	s.journal = s.journal[:mark]
}

// Settle forgets what was before: no Back goes behind it.
func (s *State) Settle() { s.journal = s.journal[:0] }

// Changed lists the keys written since the last Settle, in key order.
func (s *State) Changed() []string {
	seen := map[string]bool{}
	var out []string
	for _, u := range s.journal {
		if !seen[u.key] {
			seen[u.key] = true
			out = append(out, u.key)
		}
	}
	sort.Strings(out)
	return out
}

// Keys lists the keys that begin with prefix, in key order.
func (s *State) Keys(prefix string) []string {
	from := sort.SearchStrings(s.keys, prefix)
	to := from
	for to < len(s.keys) && len(s.keys[to]) >= len(prefix) && s.keys[to][:len(prefix)] == prefix {
		to++
	}
	return append([]string{}, s.keys[from:to]...)
}

// node is a subtree of at least one key: a leaf (key set), or an inner node.
type node struct {
	leaf        bool
	path        Hash
	value       Hash // H(value) of a leaf
	left, right *node
	hash        Hash
	stale       bool
}

func bit(path *Hash, depth int) bool { return path[depth/8]>>(7-depth%8)&1 == 1 }

// Root hashes what changed and gives the root (§2).
func (s *State) Root() Hash {
	for key := range s.dirty {
		path := blake3.Sum256([]byte(key))
		if v, ok := s.values[key]; ok {
			s.top = insert(s.top, &node{leaf: true, path: path, value: blake3.Sum256(v), stale: true}, 0)
		} else {
			s.top = remove(s.top, &path, 0)
		}
	}
	clear(s.dirty)
	return s.top.sum()
}

func insert(n, l *node, depth int) *node {
	if n == nil || n.leaf && n.path == l.path {
		return l
	}
	if n.leaf {
		n = insert(&node{}, n, depth)
	}
	if n.stale = true; bit(&l.path, depth) {
		n.right = insert(n.right, l, depth+1)
	} else {
		n.left = insert(n.left, l, depth+1)
	}
	return n
}

// remove takes a path out; an inner node that keeps one leaf becomes the leaf.
func remove(n *node, path *Hash, depth int) *node {
	if n == nil || n.leaf {
		if n != nil && n.path == *path {
			return nil
		}
		return n
	}
	if n.stale = true; bit(path, depth) {
		n.right = remove(n.right, path, depth+1)
	} else {
		n.left = remove(n.left, path, depth+1)
	}
	switch {
	case n.left == nil && n.right == nil:
		return nil
	case n.left == nil && n.right.leaf:
		return n.right
	case n.right == nil && n.left.leaf:
		return n.left
	}
	return n
}

func (n *node) sum() Hash {
	if n == nil {
		return Hash{}
	}
	if !n.stale {
		return n.hash
	}
	n.stale = false
	if n.leaf {
		n.hash = leafHash(n.path, n.value)
		return n.hash
	}
	l, r := n.left.sum(), n.right.sum()
	n.hash = innerHash(l, r)
	return n.hash
}

func leafHash(path, value Hash) Hash {
	var b [65]byte
	copy(b[1:], path[:])
	copy(b[33:], value[:])
	return blake3.Sum256(b[:])
}

func innerHash(l, r Hash) Hash {
	var b [64]byte
	copy(b[:], l[:])
	copy(b[32:], r[:])
	return blake3.Sum256(b[:])
}
