package store

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"probity/chain/state"
)

// A book holds all keys and values of one small region of the state, those
// that begin with the same three bytes, in order. Every block asks some regions
// for a range that holds little or nothing (what is due, what is locked), and an
// iterator over the database costs more than the answer.
//
// A book is made by the first range of its region and brought up to date by
// every commit; one that has grown too large is given up for good, and its
// region is read from the database.
type book struct {
	keys   [][]byte
	values [][]byte
	bytes  int
}

// Bounds of books: together they hold at most 8 MiB. The dealings of a few
// members, which every plan reads, fit into one.
const (
	bookKeys  = 1024
	bookBytes = 128 << 10
	booksMax  = 64
)

// prefixBytes is how many bytes of a key name its region.
const prefixBytes = 3

// books are those of the tip. A book is never changed, only replaced.
type books struct {
	mu   sync.RWMutex
	have map[string]*book // nil: the region is too large
}

// region is the prefix that all keys from lo on and below hi begin with; false
// where they have none in common.
func region(lo, hi []byte) (string, bool) {
	if len(lo) < prefixBytes || hi == nil {
		return "", false
	}
	p := string(lo[:prefixBytes])
	return p, strings.HasPrefix(string(hi), p) || string(hi) == string(next(p))
}

// next is the first key above all that begin with a prefix; nil where there is
// none.
func next(prefix string) []byte {
	end := []byte(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// find is the book of a region; known is false where nobody has asked yet.
func (b *books) find(prefix string) (have *book, known bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	have, known = b.have[prefix]
	return have, known
}

// value is what the book of its region has under a key, nil where it has
// nothing; known is false where there is no book. New keys are asked for before
// they are written, and the database would look for them in every table.
func (b *books) value(key []byte) (v []byte, known bool) {
	if len(key) < prefixBytes {
		return nil, false
	}
	b.mu.RLock()
	have := b.have[string(key[:prefixBytes])]
	b.mu.RUnlock()
	if have == nil {
		return nil, false
	}
	if i, ok := slices.BinarySearchFunc(have.keys, key, bytes.Compare); ok {
		v = have.values[i]
	}
	return v, true
}

// fill takes in what a reader found, where allowed still says so.
func (b *books) fill(prefix string, found *book, allowed func() bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !allowed() {
		return
	}
	if b.have == nil || len(b.have) >= booksMax {
		b.have = map[string]*book{}
	}
	b.have[prefix] = found
}

// apply takes in what a commit has changed.
func (b *books) apply(ch *state.Changes) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for list := ch.Values; len(list) > 0; {
		n, k := 1, list[0].Key
		if len(k) < prefixBytes {
			list = list[1:]
			continue
		}
		for n < len(list) && len(list[n].Key) >= prefixBytes && string(list[n].Key[:prefixBytes]) == string(k[:prefixBytes]) {
			n++
		}
		if old := b.have[string(k[:prefixBytes])]; old != nil {
			b.have[string(k[:prefixBytes])] = old.with(list[:n])
		}
		list = list[n:]
	}
}

// with is the book after changes, ascending by key; nil where it is too large.
func (b *book) with(changes []state.Write) *book {
	if out := b.overwritten(changes); out != nil {
		return out
	}
	out := &book{
		keys: make([][]byte, 0, len(b.keys)+len(changes)), values: make([][]byte, 0, len(b.keys)+len(changes)),
		bytes: b.bytes,
	}
	at := 0
	for i := range changes {
		k := changes[i].Key
		to, same := slices.BinarySearchFunc(b.keys[at:], k, bytes.Compare)
		out.keys, out.values = append(out.keys, b.keys[at:at+to]...), append(out.values, b.values[at:at+to]...)
		if at += to; same {
			out.bytes -= len(k) + len(b.values[at])
			at++
		}
		if changes[i].Value != nil {
			out.add(bytes.Clone(k), changes[i].Value) // alone: the keys of a block share their memory
		}
	}
	out.keys, out.values = append(out.keys, b.keys[at:]...), append(out.values, b.values[at:]...)
	if !out.fits() {
		return nil
	}
	return out
}

// overwritten is with where the keys stay the same, which it then shares; nil
// where they do not, or the book may have grown too large.
func (b *book) overwritten(changes []state.Write) *book {
	out := &book{keys: b.keys, bytes: b.bytes}
	for i := range changes {
		at, same := slices.BinarySearchFunc(b.keys, changes[i].Key, bytes.Compare)
		if !same || changes[i].Value == nil {
			return nil
		}
		if out.values == nil {
			out.values = slices.Clone(b.values)
		}
		out.bytes += len(changes[i].Value) - len(out.values[at])
		out.values[at] = changes[i].Value
	}
	if !out.fits() {
		return nil
	}
	return out
}

func (b *book) add(key, value []byte) {
	b.keys, b.values, b.bytes = append(b.keys, key), append(b.values, value), b.bytes+len(key)+len(value)
}

func (b *book) fits() bool { return len(b.keys) <= bookKeys && b.bytes <= bookBytes }

// walk calls fn with the keys from lo on and below hi.
func (b *book) walk(lo, hi []byte, fn func(key, value []byte) bool) {
	first, _ := slices.BinarySearchFunc(b.keys, lo, bytes.Compare)
	for i := first; i < len(b.keys) && bytes.Compare(b.keys[i], hi) < 0; i++ {
		if !fn(b.keys[i], b.values[i]) {
			return
		}
	}
}

// book reads the book of a region from the database; nil where it is too large.
func (r reader) book(prefix string) (*book, error) {
	b := &book{}
	from, to := bounds(tableValue, []byte(prefix), next(prefix))
	err := r.scan(from, to, func(k, v []byte) (bool, error) {
		b.add(bytes.Clone(k[1:]), append(make([]byte, 0, len(v)), v...))
		return b.fits(), nil
	})
	if err != nil || !b.fits() {
		return nil, err
	}
	return b, nil
}
