package state

import (
	"bytes"
	"encoding/binary"
	"slices"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// Layer is the state after a block that is not final yet: an overlay above the
// state of the block's parent, and once sealed the new nodes of the tree, so
// that further blocks can be built on it, several beside one another.
//
// A sealed layer may be read by many goroutines; Rebase counts as a write.
type Layer struct {
	Overlay
	below   Parent
	version types.Height
	root    keys.Hash
	pages   []NewPage // as the walk left them: below before above, ascending
}

// NewLayer is an empty layer above parent, which must be sealed if it is a Layer.
func NewLayer(parent Parent) *Layer {
	if l, ok := parent.(*Layer); ok && !l.sealed {
		panic("state: a layer above one that is not sealed")
	}
	return &Layer{Overlay: Overlay{parent: parent}, below: parent}
}

// NewPage is a page with the key to store it under.
type NewPage struct {
	Key  NodeKey
	Page Page
}

// Write is a change of one key. A nil Value deletes.
type Write struct {
	Key, Value []byte
	Hash       keys.Hash // of Key
}

// Changes is what a sealed layer differs by from its parent, for a Backend to
// write in one atomic batch:
//
//   - for each of Values its flat value, or the removal of it; and, unless it
//     is a deletion, the leaf record Leaf{Key, Value} under LeafKey(Version,
//     Hash); a deletion leaves a trace for Backend.Keys instead;
//   - each of Pages under its key;
//   - Stale, as a list under Version, for pruning (see the package comment);
//   - Version and Root, as what Backend.Latest returns from then on.
//
// It is shared and read-only.
type Changes struct {
	Version types.Height
	Root    keys.Hash
	Values  []Write   // ascending by key; only what differs from the parent's
	Pages   []NewPage // in the order in which a walk through the tree leaves them
	Stale   []NodeKey // nodes of older versions that this version has replaced
}

// Each calls do(0) … do(n-1), in any order and perhaps several at a time, and
// returns when all have returned. A panic of do is passed on to its caller.
// Whoever has more than one processor lends them to the law this way; the
// result is the same.
type Each func(n int, do func(i int))

// inTurn is Each on one processor.
func inTurn(n int, do func(i int)) {
	for i := range n {
		do(i)
	}
}

// Seal ends the writing. It brings the tree up to date in one batch and
// returns the root that the state now has, and the changes. The version, the
// block's height, must be above the parent's, except for the genesis: 0 may
// follow the empty state.
func (l *Layer) Seal(version types.Height) (keys.Hash, *Changes) {
	return l.SealWith(version, inTurn)
}

// SealWith is Seal with its work divided by each; the parents and the backend
// are then read concurrently.
func (l *Layer) SealWith(version types.Height, each Each) (keys.Hash, *Changes) {
	if l.sealed || len(l.walks) > 0 {
		panic("state: seal of a layer that is sealed or being ranged over")
	}
	if version <= l.below.Version() && (version != 0 || l.below.Root() != proof.Empty) {
		panic("state: seal of a version that is not above its parent's")
	}
	l.base().current()
	l.version, l.sealed = version, true
	ops := l.ops(each)
	u := &update{version: version, parent: l.below}
	if len(ops) <= fewOps { // above, its parts have room of their own
		u.pages, u.stale = make([]NewPage, 0, 2*len(ops)+1), make([]NodeKey, 0, 3*len(ops)+1)
	}
	l.root = u.run(ops, each)
	l.pages = u.pages
	return l.root, &Changes{
		Version: version, Root: l.root,
		Values: l.values(ops), Pages: u.pages, Stale: u.stale,
	}
}

// Version is the height that the layer was sealed with.
func (l *Layer) Version() types.Height { return l.version }

// Root is the root hash of the state; the layer must be sealed.
func (l *Layer) Root() keys.Hash { return l.root }

// Rebase puts the layer on base, the committed form of its parent, so that the
// parent's memory can be freed. It changes nothing that can be read.
func (l *Layer) Rebase(base *Base) {
	if base.Version() != l.below.Version() || base.Root() != l.below.Root() {
		panic("state: rebase to another state than the parent's")
	}
	l.below, l.parent = base, base
}

// base is what the layer finally stands on.
func (l *Layer) base() *Base {
	for {
		switch below := l.below.(type) {
		case *Base:
			return below
		case *Layer:
			l = below
		}
	}
}

func (l *Layer) page(key NodeKey) Page {
	// Along one chain of blocks a version is written by one layer, so the key
	// tells where to look.
	if key.Version != l.version {
		return l.below.page(key)
	}
	i, ok := slices.BinarySearchFunc(l.pages, &key, func(p NewPage, key *NodeKey) int { return p.Key.walk(key) })
	if !ok {
		fault(ErrMissing, "read tree page %v of a layer", key)
	}
	return l.pages[i].Page
}

// opsChunk is how many keys and values are hashed in one go.
const opsChunk = 1024

// ops lists the pending changes for the tree, ascending by path.
func (l *Layer) ops(each Each) []op {
	type quick struct {
		head uint64
		item int32
	}
	ops, order := make([]op, len(l.items)), make([]quick, len(l.items))
	each((len(ops)+opsChunk-1)/opsChunk, func(chunk int) {
		for i := chunk * opsChunk; i < min(len(ops), (chunk+1)*opsChunk); i++ {
			o := &ops[i]
			o.path, o.item = keys.Sum([]byte(l.items[i].key)), int32(i)
			if value := l.items[i].value; value != nil {
				o.leaf = proof.Leaf(o.path, keys.Sum(value))
			}
			order[i] = quick{binary.BigEndian.Uint64(o.path[:]), o.item}
		}
	})
	slices.SortFunc(order, func(a, b quick) int {
		switch {
		case a.head < b.head:
			return -1
		case a.head > b.head:
			return 1
		}
		return bytes.Compare(ops[a.item].path[:], ops[b.item].path[:])
	})
	sorted := make([]op, len(ops))
	for i, q := range order {
		sorted[i] = ops[q.item]
	}
	return sorted
}

// values lists the changes that were none to a value already there, by key.
func (l *Layer) values(ops []op) []Write {
	l.sortIn()
	by := make([]int32, len(l.items)) // item → 1 + number of its op, 0 if nothing changed
	count, size := 0, 0
	for i := range ops {
		if ops[i].done {
			by[ops[i].item] = int32(i) + 1
			count++
			size += len(l.items[ops[i].item].key)
		}
	}
	list, arena := make([]Write, 0, count), make([]byte, 0, size)
	for r := range l.regions {
		for _, id := range l.settle(r) {
			if by[id] == 0 {
				continue
			}
			start := len(arena)
			arena = append(arena, l.items[id].key...)
			list = append(list, Write{
				Key:   arena[start:len(arena):len(arena)],
				Value: l.items[id].value,
				Hash:  ops[by[id]-1].path,
			})
		}
	}
	return list
}
