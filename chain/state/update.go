package state

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// op is one change of the tree: the leaf hash to stand at path, zero to delete.
type op struct {
	path keys.Hash
	leaf keys.Hash
	item int32 // the overlay's item that it comes from
	done bool  // it changed something
}

// update is one batch of changes on its way through the tree. Each page on the
// way is read once, however many keys below it change, and each inner node is
// hashed once.
type update struct {
	version types.Height
	parent  Parent
	pages   []NewPage
	stale   []NodeKey
	scratch []*[16]slot // by depth: the changed slots of the page being changed there
}

// run applies ops, ascending by path and with no path twice, and returns the
// new root. The root page is written in every version, whether or not it
// differs, so that a version's tree is found by the version alone.
func (u *update) run(ops []op, each Each) keys.Hash {
	var page Page
	if root := u.parent.Root(); root != proof.Empty {
		key := NodeKey{Version: u.parent.Version()}
		page = u.read(key, root)
		u.stale = append(u.stale, key)
	}
	slots := u.slots(0)
	var dirty uint16
	if len(ops) <= fewOps {
		dirty = u.spread(page, 0, slots, ops)
	} else {
		dirty = u.divide(page, slots, ops, each)
	}
	page = page.with(slots, dirty)
	if page.shape().slots == 0 {
		return proof.Empty
	}
	u.pages = append(u.pages, NewPage{NodeKey{Version: u.version}, page})
	return page.Hash()
}

// fewOps is up to how many changes are not worth dividing.
const fewOps = 256

// divide is spread for the root page: its sixteen parts do not touch each other
// and go to each.
func (u *update) divide(page Page, slots *[16]slot, ops []op, each Each) (dirty uint16) {
	var (
		parts   [16]*update
		changed [16]bool
	)
	each(16, func(i int) {
		first, _ := slices.BinarySearchFunc(ops, i, func(o op, i int) int { return nibble(&o.path, 0) - i })
		part := digitRun(ops[first:], 0, i)
		// Of a million keys of which one in fifty changes, this many nodes do.
		parts[i] = &update{
			version: u.version, parent: u.parent,
			pages: make([]NewPage, 0, 2*len(part)), stale: make([]NodeKey, 0, 3*len(part)),
		}
		if len(part) > 0 {
			slots[i], changed[i] = parts[i].apply(page.slot(i), 1, part)
		}
	})
	pages, stale := 1, 1
	for _, part := range parts {
		pages, stale = pages+len(part.pages), stale+len(part.stale)
	}
	u.pages, u.stale = slices.Grow(u.pages, pages), slices.Grow(u.stale, stale)
	for i, part := range parts {
		u.pages = append(u.pages, part.pages...)
		u.stale = append(u.stale, part.stale...)
		if changed[i] {
			dirty |= 1 << i
		}
	}
	return dirty
}

// spread hands ops to the slots of a page at depth. It says which changed, and
// to what.
func (u *update) spread(page Page, depth int, slots *[16]slot, ops []op) (dirty uint16) {
	for len(ops) > 0 {
		i := nibble(&ops[0].path, depth)
		part := digitRun(ops, depth, i)
		if s, changed := u.apply(page.slot(i), depth+1, part); changed {
			slots[i] = s
			dirty |= 1 << i
		}
		ops = ops[len(part):]
	}
	return dirty
}

// digitRun is what of the beginning of ops has the given digit at depth.
func digitRun(ops []op, depth, digit int) []op {
	n := 0
	for n < len(ops) && nibble(&ops[n].path, depth) == digit {
		n++
	}
	return ops[:n]
}

// apply changes the subtree of a slot, whose page is or would be at depth, and
// says whether anything changed.
func (u *update) apply(s slot, depth int, ops []op) (slot, bool) {
	if s.kind == child {
		return u.descend(s, depth, ops)
	}
	if len(ops) == 1 && (s.kind == empty || s.key == ops[0].path || ops[0].leaf.IsZero()) {
		return u.replace(s, &ops[0])
	}
	if depth == leafDepth {
		panic("state: two changes of one key in a batch")
	}
	// Several leaves may meet here: they do so in a new page, to which the leaf
	// that is here moves (its record stays where it is).
	var page Page
	if s.kind == leaf {
		var alone [16]slot
		i := nibble(&s.key, depth)
		alone[i] = s
		page = page.with(&alone, 1<<i)
	}
	slots := u.slots(depth)
	dirty := u.spread(page, depth, slots, ops)
	if dirty == 0 {
		return s, false
	}
	s = u.write(page.with(slots, dirty), depth, &ops[0].path)
	return s, true
}

// descend is apply for a slot with a page below.
func (u *update) descend(s slot, depth int, ops []op) (slot, bool) {
	key := pageKey(s.version, depth, &ops[0].path)
	page, slots := u.read(key, s.hash), u.slots(depth)
	dirty := u.spread(page, depth, slots, ops)
	if dirty == 0 {
		return s, false
	}
	u.stale = append(u.stale, key)
	return u.write(page.with(slots, dirty), depth, &ops[0].path), true
}

// write keeps a new page and returns the slot that refers to it; a page of one
// leaf or none is not kept, and the slot is its content.
func (u *update) write(page Page, depth int, path *keys.Hash) slot {
	shape := page.shape()
	if shape.inner == 0 {
		return page.single(1)
	}
	u.pages = append(u.pages, NewPage{pageKey(u.version, depth, path), page})
	return slot{kind: child, version: u.version, hash: page.Hash()}
}

// replace puts one change where no leaf, the same key's leaf, or (a deletion)
// another key's leaf is.
func (u *update) replace(s slot, o *op) (slot, bool) {
	same := s.kind == leaf && s.key == o.path
	switch {
	case o.leaf.IsZero() && !same, same && s.hash == o.leaf:
		return s, false
	case same:
		u.stale = append(u.stale, LeafKey(s.version, s.key))
	}
	o.done = true
	if o.leaf.IsZero() {
		return slot{}, true
	}
	return slot{kind: leaf, version: u.version, hash: o.leaf, key: o.path}, true
}

// read fetches a page and compares it with what refers to it.
func (u *update) read(key NodeKey, want keys.Hash) Page {
	p := u.parent.page(key)
	if p.Hash() != want {
		fault(ErrCorrupt, "tree page %v does not hash to %s", key, want.Short())
	}
	return p
}

// slots is the scratch of a depth. One suffices for each: the walk is at one
// page of every depth at a time.
func (u *update) slots(depth int) *[16]slot {
	for len(u.scratch) <= depth {
		u.scratch = append(u.scratch, new([16]slot))
	}
	return u.scratch[depth]
}
