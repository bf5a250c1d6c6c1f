package state

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// Tree is the state at one kept version, read through its tree. It is slower
// than Base (a handful of pages for a key, and as many again for each key of a
// range) and can prove what it says.
//
// It reads nodes as it goes: a version that is pruned meanwhile panics with a
// Fault, so whoever prunes keeps readers out, or gives them a Backend over a
// snapshot of the disk.
type Tree struct {
	backend Backend
	version types.Height
	root    keys.Hash
}

// At opens the state of a version, whose root the caller knows (from the
// header of that height). It returns ErrPruned where the version is not kept,
// or has another root.
func At(backend Backend, version types.Height, root keys.Hash) (*Tree, error) {
	t := &Tree{backend: backend, version: version, root: root}
	if root == proof.Empty {
		return t, nil
	}
	p, err := backend.Page(NodeKey{Version: version})
	if errors.Is(err, ErrMissing) {
		return nil, fmt.Errorf("version %d: %w", version, ErrPruned)
	}
	if err != nil {
		return nil, fmt.Errorf("open version %d: %w", version, err)
	}
	if p.Hash() != root {
		return nil, fmt.Errorf("version %d has root %s, not %s: %w", version, p.Hash().Short(), root.Short(), ErrPruned)
	}
	return t, nil
}

// Version is the version that At was asked for.
func (t *Tree) Version() types.Height { return t.version }

// Root is the root hash of the state.
func (t *Tree) Root() keys.Hash { return t.root }

// Get is Reader.Get.
func (t *Tree) Get(key []byte) ([]byte, bool) {
	path := keys.Sum(key)
	s := t.walk(&path, nil)
	if s.kind == empty || s.key != path {
		return nil, false
	}
	return t.leaf(s).Value, true
}

// Range is Reader.Range: it asks the tree about every key that exists in the
// range now or did at some time since.
func (t *Tree) Range(lo, hi []byte, fn func(key, value []byte) bool) {
	err := t.backend.Keys(lo, hi, t.version, func(key []byte) bool {
		value, ok := t.Get(key)
		return !ok || fn(key, value)
	})
	if err != nil {
		fault(err, "list keys from %x", lo)
	}
}

// Prove shows what the state of this version has under key, or that it has
// nothing: the value, whether the key exists, and the proof of it.
func (t *Tree) Prove(key []byte) (value []byte, ok bool, p proof.Proof) {
	path := keys.Sum(key)
	s := t.walk(&path, &p)
	if s.kind == empty {
		return nil, false, p
	}
	l := t.leaf(s)
	if s.key == path {
		return l.Value, true, p
	}
	p.OtherKey, p.OtherValue = s.key, keys.Sum(l.Value)
	return nil, false, p
}

// walk goes from the root towards path as far as the tree does, to a leaf or an
// empty slot, and adds the siblings on the way to p.
func (t *Tree) walk(path *keys.Hash, p *proof.Proof) slot {
	if t.root == proof.Empty {
		return slot{}
	}
	next := slot{kind: child, version: t.version, hash: t.root}
	for depth := 0; next.kind == child; depth++ {
		next = t.page(next, depth, path).descend(path, depth, p)
	}
	return next
}

// page reads the page that s refers to and compares it with what s says.
func (t *Tree) page(s slot, depth int, path *keys.Hash) Page {
	key := pageKey(s.version, depth, path)
	p, err := t.backend.Page(key)
	if err != nil {
		fault(err, "read tree page %v", key)
	}
	if p.Hash() != s.hash {
		fault(ErrCorrupt, "tree page %v does not hash to %s", key, s.hash.Short())
	}
	return p
}

// descend goes through a page at depth, to the leaf or page that the path leads
// to or to where nothing follows, and adds the siblings on the way to proof p.
func (p Page) descend(path *keys.Hash, depth int, add *proof.Proof) slot {
	shape, node := p.shape(), 1
	for level := 4 * depth; node < 16; level++ {
		if shape.inner>>node&1 == 0 {
			return p.single(node)
		}
		node = 2*node + int(proof.Bit(*path, level))
		if sibling := p.node(shape, node^1); add != nil && sibling != nil {
			add.Levels[level/8] |= 0x80 >> (level % 8)
			add.Siblings = append(add.Siblings, *sibling)
		}
	}
	return p.slot(node - 16)
}

// single is the only leaf below inner node i, or nothing.
func (p Page) single(i int) slot {
	if below := p.shape().slots & cover[i]; below != 0 {
		return p.slot(bits.TrailingZeros16(below))
	}
	return slot{}
}

// leaf reads the record of a leaf and compares it with what the tree says.
func (t *Tree) leaf(s slot) Leaf {
	key := LeafKey(s.version, s.key)
	l, err := t.backend.Leaf(key)
	if err != nil {
		fault(err, "read leaf %v", key)
	}
	if l.hash() != s.hash {
		fault(ErrCorrupt, "leaf %v does not hash to %s", key, s.hash.Short())
	}
	return l
}

// Leaves calls fn with every key of the state and its value, ascending by the
// hash of the key, from the given hash on, until fn returns false. Snapshots
// are cut from it.
func (t *Tree) Leaves(from keys.Hash, fn func(Leaf) bool) {
	if t.root != proof.Empty {
		t.leaves(slot{kind: child, version: t.version, hash: t.root}, 0, keys.Hash{}, from, fn)
	}
}

// leaves goes through the page that s refers to, which stands at prefix.
func (t *Tree) leaves(s slot, depth int, prefix, from keys.Hash, fn func(Leaf) bool) bool {
	page, start := t.page(s, depth, &prefix), pageKey(0, depth+1, &from).Path
	for i := range 16 {
		below := prefix
		below[depth/2] |= byte(i) << (4 * (1 - depth%2))
		switch s := page.slot(i); {
		case s.kind == leaf && bytes.Compare(s.key[:], from[:]) >= 0:
			if !fn(t.leaf(s)) {
				return false
			}
		case s.kind == child && bytes.Compare(below[:], start[:]) >= 0:
			if !t.leaves(s, depth+1, below, from, fn) {
				return false
			}
		}
	}
	return true
}
