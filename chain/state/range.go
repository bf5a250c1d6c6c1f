package state

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// region has the pending keys that begin with the same three bytes, so that
// ranging over a small region does not sort those of a large one. Keys shorter
// than that count as followed by zeros, which keeps the order.
type region struct {
	prefix uint32
	sorted []int32 // numbers of items in key order; replaced, never changed
	fresh  []int32 // not yet sorted in
}

// regionOf is the first three bytes of key.
func regionOf(key string) uint32 {
	var b [4]byte
	copy(b[1:], key)
	return binary.BigEndian.Uint32(b[:])
}

// walk is a Range under way. Writes by its callback save what they replace
// here, so that it goes on to show the state in which it began.
type walk struct {
	keys  [][]int32 // pending items in range, region after region
	saved map[int32][]byte
}

func (w *walk) save(i int32, value []byte) {
	if w.saved == nil {
		w.saved = make(map[int32][]byte)
	}
	if _, ok := w.saved[i]; !ok {
		w.saved[i] = value
	}
}

// next takes the number of the next pending item, -1 at the end.
func (w *walk) next() int32 {
	for len(w.keys) > 0 {
		if first := w.keys[0]; len(first) > 0 {
			w.keys[0] = first[1:]
			return first[0]
		}
		w.keys = w.keys[1:]
	}
	return -1
}

// Range is Reader.Range: the layer's own keys merged with those below, where
// fn may write to the layer.
func (o *Overlay) Range(lo, hi []byte, fn func(key, value []byte) bool) {
	w := &walk{keys: o.pending(lo, hi)}
	next := w.next()
	if next < 0 {
		o.parent.Range(lo, hi, fn)
		return
	}
	if !o.sealed { // sealed layers have many readers and no writer
		o.walks = append(o.walks, w)
		defer func() { o.walks = o.walks[:len(o.walks)-1] }()
	}
	// show calls fn with the pending item, if it is no deletion, and moves on.
	show := func() bool {
		value, ok := w.saved[next]
		if !ok {
			value = o.items[next].value
		}
		key := o.items[next].key
		next = w.next()
		return value == nil || fn([]byte(key), value)
	}
	more := true
	o.parent.Range(lo, hi, func(key, value []byte) bool {
		for more && next >= 0 && o.items[next].key < string(key) {
			more = show()
		}
		if more && next >= 0 && o.items[next].key == string(key) {
			more = show()
		} else if more {
			more = fn(key, value)
		}
		return more
	})
	for more && next >= 0 {
		more = show()
	}
}

// pending lists the items with keys from lo on and below hi in key order.
func (o *Overlay) pending(lo, hi []byte) (lists [][]int32) {
	o.sortIn()
	low, high := string(lo), string(hi)
	first, last := o.regionAt(regionOf(low)), regionOf(high)
	for r := first; r < len(o.regions); r++ {
		if hi != nil && o.regions[r].prefix > last {
			break
		}
		keys := o.settle(r)
		if r == first {
			keys = keys[o.lowerBound(keys, low):]
		}
		if hi != nil {
			keys = keys[:o.lowerBound(keys, high)]
		}
		if len(keys) > 0 {
			lists = append(lists, keys)
		}
	}
	return lists
}

// sortIn gives the items added since the last call to their regions.
func (o *Overlay) sortIn() {
	for ; o.indexed < len(o.items); o.indexed++ {
		prefix := regionOf(o.items[o.indexed].key)
		r := o.regionAt(prefix)
		if r == len(o.regions) || o.regions[r].prefix != prefix {
			o.regions = slices.Insert(o.regions, r, region{prefix: prefix})
		}
		o.regions[r].fresh = append(o.regions[r].fresh, int32(o.indexed))
	}
}

// regionAt is the place of the region with prefix, or where it belongs.
func (o *Overlay) regionAt(prefix uint32) int {
	return sort.Search(len(o.regions), func(i int) bool { return o.regions[i].prefix >= prefix })
}

// lowerBound counts the keys below key.
func (o *Overlay) lowerBound(keys []int32, key string) int {
	return sort.Search(len(keys), func(i int) bool { return o.items[keys[i]].key >= key })
}

// settle sorts the fresh keys of region r in and returns all of it.
func (o *Overlay) settle(r int) []int32 {
	g := &o.regions[r]
	if len(g.fresh) == 0 {
		return g.sorted
	}
	o.sortFresh(g.fresh)
	merged := make([]int32, 0, len(g.sorted)+len(g.fresh))
	old := g.sorted
	for _, f := range g.fresh {
		n := 0
		for n < len(old) && o.items[old[n]].key < o.items[f].key {
			n++
		}
		merged = append(append(merged, old[:n]...), f)
		old = old[n:]
	}
	g.sorted, g.fresh = append(merged, old...), nil
	return g.sorted
}

// sortFresh sorts item numbers of one region by key, comparing the eight bytes
// after the region's prefix as a number before it looks at the strings.
func (o *Overlay) sortFresh(ids []int32) {
	type quick struct {
		head uint64
		id   int32
	}
	list := make([]quick, len(ids))
	for i, id := range ids {
		var b [8]byte
		if key := o.items[id].key; len(key) > 3 {
			copy(b[:], key[3:])
		}
		list[i] = quick{binary.BigEndian.Uint64(b[:]), id}
	}
	slices.SortFunc(list, func(a, b quick) int {
		switch {
		case a.head < b.head:
			return -1
		case a.head > b.head:
			return 1
		}
		return strings.Compare(o.items[a.id].key, o.items[b.id].key)
	})
	for i := range list {
		ids[i] = list[i].id
	}
}
