package state

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// Page is four levels of the tree: sixteen slots, each empty, a leaf or a
// reference to the page below, and the up to fifteen inner nodes above them.
// Pages never change; the zero Page is none.
//
// A leaf stands in the slot of its nibble even where it is alone in a larger
// part of the page; which inner nodes exist follows from the slots. The inner
// nodes are numbered as in a heap: 1 is the root, 2i and 2i+1 are the children
// of i, and 16 to 31 are the slots.
type Page struct {
	// One piece of memory, since pages are made by the ten thousand for every
	// block: a shape (6 bytes), the hashes of the taken slots, the key hashes
	// of the leaves, the hashes of the inner nodes, and the versions of the
	// taken slots (8 bytes each).
	data []byte
}

// shape says what a page consists of: bit i is set where slot i is taken, where
// it is a leaf, and where inner node i is hashed.
type shape struct{ slots, leaves, inner uint16 }

// shapeSize is how many bytes a shape takes in a page's data.
const shapeSize = 6

// slot is what a page holds for one of its sixteen digits.
type slot struct {
	kind    kind
	version types.Height // that wrote the leaf's value or the page below
	hash    keys.Hash    // of the leaf or of the page below
	key     keys.Hash    // hash of the leaf's key
}

type kind uint8

const (
	empty kind = iota
	leaf
	child
)

// cover[i] has the slots below inner node i.
var cover = func() (c [16]uint16) {
	for i := 1; i < 16; i++ {
		level := bits.Len(uint(i)) - 1
		width := 16 >> level
		c[i] = uint16(1<<width-1) << (width * (i - 1<<level))
	}
	return c
}()

// hashed says whether inner node i, above the given taken slots and leaves, is
// a node of the tree: neither empty nor collapsed to a single leaf.
func hashed(i int, slots, leaves uint16) bool {
	below := slots & cover[i]
	return below&(below-1) != 0 || below&^leaves != 0
}

// innerOf has a bit for each hashed inner node.
func innerOf(slots, leaves uint16) (inner uint16) {
	for i := 1; i < 16; i++ {
		if hashed(i, slots, leaves) {
			inner |= 1 << i
		}
	}
	return inner
}

// newPage allocates a page of the given shape, the rest still to be filled.
func newPage(s shape) Page {
	n := bits.OnesCount16(s.slots)
	p := Page{make([]byte, shapeSize+40*n+32*(bits.OnesCount16(s.leaves)+bits.OnesCount16(s.inner)))}
	binary.LittleEndian.PutUint16(p.data, s.slots)
	binary.LittleEndian.PutUint16(p.data[2:], s.leaves)
	binary.LittleEndian.PutUint16(p.data[4:], s.inner)
	return p
}

func (p Page) shape() shape {
	if p.data == nil {
		return shape{}
	}
	return shape{
		slots:  binary.LittleEndian.Uint16(p.data),
		leaves: binary.LittleEndian.Uint16(p.data[2:]),
		inner:  binary.LittleEndian.Uint16(p.data[4:]),
	}
}

// rank counts the set bits of mask below bit i.
func rank(mask uint16, i int) int { return bits.OnesCount16(mask & (1<<i - 1)) }

// slotHash, leafKey, innerHash and version are places in the data of a page of
// shape s; the slot or node must be taken, a leaf, hashed.
func (p Page) slotHash(s shape, i int) *keys.Hash { return p.hash(rank(s.slots, i)) }

func (p Page) leafKey(s shape, i int) *keys.Hash {
	return p.hash(bits.OnesCount16(s.slots) + rank(s.leaves, i))
}

func (p Page) innerHash(s shape, i int) *keys.Hash {
	return p.hash(bits.OnesCount16(s.slots) + bits.OnesCount16(s.leaves) + rank(s.inner, i))
}

func (p Page) version(s shape, i int) []byte {
	return p.data[len(p.data)-8*bits.OnesCount16(s.slots>>i):][:8]
}

func (p Page) hash(i int) *keys.Hash {
	return (*keys.Hash)(p.data[shapeSize+32*i : shapeSize+32*i+32])
}

// slot is the content of slot i.
func (p Page) slot(i int) slot {
	s := p.shape()
	if s.slots>>i&1 == 0 {
		return slot{}
	}
	v := types.Height(binary.BigEndian.Uint64(p.version(s, i)))
	if s.leaves>>i&1 == 1 {
		return slot{kind: leaf, version: v, hash: *p.slotHash(s, i), key: *p.leafKey(s, i)}
	}
	return slot{kind: child, version: v, hash: *p.slotHash(s, i)}
}

// node is the hash of inner node or slot i: nil if it is empty, a leaf's where
// all below is one leaf, else its own.
func (p Page) node(s shape, i int) *keys.Hash {
	var below uint16
	switch {
	case i >= 16:
		below = s.slots & (1 << (i - 16))
	case s.inner>>i&1 == 1:
		return p.innerHash(s, i)
	default:
		below = s.slots & cover[i]
	}
	if below == 0 {
		return nil
	}
	return p.slotHash(s, bits.TrailingZeros16(below))
}

// nodeHash is node as the tree's hash, which exists for empty subtrees too.
func (p Page) nodeHash(s shape, i int) keys.Hash {
	if h := p.node(s, i); h != nil {
		return *h
	}
	return proof.Empty
}

// with is the page that p becomes when the dirty slots are as given. Inner nodes
// above them are hashed, from below; everything else is copied.
func (p Page) with(slots *[16]slot, dirty uint16) Page {
	old := p.shape()
	now := shape{slots: old.slots &^ dirty, leaves: old.leaves &^ dirty}
	for m := dirty; m != 0; m &= m - 1 {
		i := bits.TrailingZeros16(m)
		if slots[i].kind != empty {
			now.slots |= 1 << i
		}
		if slots[i].kind == leaf {
			now.leaves |= 1 << i
		}
	}
	var q Page
	if now.slots == old.slots && now.leaves == old.leaves {
		now.inner = old.inner
		q.data = append(q.data, p.data...)
	} else {
		now.inner = innerOf(now.slots, now.leaves)
		q = p.reshape(old, now, dirty)
	}
	for m := dirty & now.slots; m != 0; m &= m - 1 {
		i := bits.TrailingZeros16(m)
		*q.slotHash(now, i) = slots[i].hash
		binary.BigEndian.PutUint64(q.version(now, i), uint64(slots[i].version))
		if slots[i].kind == leaf {
			*q.leafKey(now, i) = slots[i].key
		}
	}
	for i := 15; i > 0; i-- {
		if now.inner>>i&1 == 1 && dirty&cover[i] != 0 {
			*q.innerHash(now, i) = proof.Inner(q.nodeHash(now, 2*i), q.nodeHash(now, 2*i+1))
		}
	}
	return q
}

// reshape is a page of shape now with what p, of shape old, has beside the
// dirty slots and the inner nodes above them.
func (p Page) reshape(old, now shape, dirty uint16) Page {
	q := newPage(now)
	for m := now.slots &^ dirty; m != 0; m &= m - 1 {
		i := bits.TrailingZeros16(m)
		*q.slotHash(now, i) = *p.slotHash(old, i)
		copy(q.version(now, i), p.version(old, i))
		if now.leaves>>i&1 == 1 {
			*q.leafKey(now, i) = *p.leafKey(old, i)
		}
	}
	for m := now.inner; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros16(m); dirty&cover[i] == 0 {
			*q.innerHash(now, i) = *p.innerHash(old, i)
		}
	}
	return q
}

// Hash is the hash of the subtree that the page is the top of.
func (p Page) Hash() keys.Hash { return p.nodeHash(p.shape(), 1) }

// Size is the number of bytes of memory that p takes, for caches.
func (p Page) Size() int { return 24 + len(p.data) }

// Append appends the stored form of p, which is the page of key at: a mask of
// the taken slots and one of the leaves (2 bytes each, big endian, bit i for
// slot i); then for each taken slot, ascending, the distance of its version
// from at's as a varint, its hash, and for a leaf the hash of its key. Inner
// nodes are not stored: they are computed again when the page is read, which
// costs about a microsecond and shows whether the page is the one that its
// parent means.
func (p Page) Append(b []byte, at NodeKey) []byte {
	s := p.shape()
	b = binary.BigEndian.AppendUint16(b, s.slots)
	b = binary.BigEndian.AppendUint16(b, s.leaves)
	for m := s.slots; m != 0; m &= m - 1 {
		i := bits.TrailingZeros16(m)
		b = binary.AppendUvarint(b, uint64(at.Version)-binary.BigEndian.Uint64(p.version(s, i)))
		b = append(b, p.slotHash(s, i)[:]...)
		if s.leaves>>i&1 == 1 {
			b = append(b, p.leafKey(s, i)[:]...)
		}
	}
	return b
}

// DecodePage reads the page stored under at; it accepts no bytes but those
// Append gives for a page that can stand there.
func DecodePage(at NodeKey, b []byte) (Page, error) {
	var slots [16]slot
	taken, err := decodeSlots(&slots, at, b)
	if err != nil {
		return Page{}, fmt.Errorf("page %v: %w", at, err)
	}
	return Page{}.with(&slots, taken), nil
}

// decodeSlots fills slots and says which are taken.
func decodeSlots(slots *[16]slot, at NodeKey, b []byte) (taken uint16, err error) {
	if at.Depth >= leafDepth || len(b) < 4 {
		return 0, ErrCorrupt
	}
	taken, leaves := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	// Only the root page may hold nothing but one leaf: deeper, the leaf
	// would stand in the page above.
	if taken == 0 || leaves&^taken != 0 || (at.Depth > 0 && !hashed(1, taken, leaves)) {
		return 0, ErrCorrupt
	}
	// No page is below the last nibble.
	if at.Depth == leafDepth-1 && leaves != taken {
		return 0, ErrCorrupt
	}
	b = b[4:]
	for m := taken; m != 0; m &= m - 1 {
		i := bits.TrailingZeros16(m)
		if b, err = slots[i].decode(at, i, leaves>>i&1 == 1, b); err != nil {
			return 0, err
		}
	}
	if len(b) != 0 {
		return 0, ErrCorrupt
	}
	return taken, nil
}

// decode fills s, slot i of the page of key at, and returns what follows it.
func (s *slot) decode(at NodeKey, i int, isLeaf bool, b []byte) ([]byte, error) {
	age, b, err := cutUvarint(b)
	if err != nil || age > uint64(at.Version) || len(b) < 32 {
		return nil, ErrCorrupt
	}
	s.kind, s.version = child, at.Version-types.Height(age)
	b = b[copy(s.hash[:], b):]
	if s.hash.IsZero() {
		return nil, ErrCorrupt
	}
	if !isLeaf {
		return b, nil
	}
	if len(b) < 32 {
		return nil, ErrCorrupt
	}
	s.kind = leaf
	b = b[copy(s.key[:], b):]
	if pageKey(at.Version, int(at.Depth), &s.key) != at || nibble(&s.key, int(at.Depth)) != i {
		return nil, ErrCorrupt
	}
	return b, nil
}
