package quorum

import (
	"fmt"
	"iter"
	"math/bits"
)

// Bitmap is a set of members by index. Its byte form is canonical: member i is
// bit i mod 8, counted from the least significant, of byte ⌊i/8⌋; there are
// exactly ⌈n/8⌉ bytes for n members, and the bits above n are zero. So every
// set has one form, and a certificate cannot be padded into another one.
type Bitmap struct {
	bytes []byte
	n     int
}

// NewBitmap is the empty set of n members.
func NewBitmap(n int) Bitmap { return Bitmap{bytes: make([]byte, (n+7)/8), n: n} }

// ParseBitmap reads the canonical form for n members. It copies b. ErrBitmap
// for another length or for padding bits that are set.
func ParseBitmap(b []byte, n int) (Bitmap, error) {
	if n < 0 || len(b) != (n+7)/8 {
		return Bitmap{}, fmt.Errorf("%w: %d bytes for %d members", ErrBitmap, len(b), n)
	}
	if n%8 != 0 && b[len(b)-1]>>(n%8) != 0 {
		return Bitmap{}, fmt.Errorf("%w: a bit above %d members is set", ErrBitmap, n)
	}
	return Bitmap{bytes: append([]byte(nil), b...), n: n}, nil
}

// Bytes is a copy of the canonical form.
func (b Bitmap) Bytes() []byte { return append([]byte{}, b.bytes...) }

// Len is the number of members that the set is about, in it or not.
func (b Bitmap) Len() int { return b.n }

// Has reports whether member i is in the set. It panics for an i that is no
// member.
func (b Bitmap) Has(i int) bool {
	b.member(i)
	return b.bytes[i/8]>>(i%8)&1 == 1
}

// Add puts member i into the set and reports whether it was not there before.
// It panics for an i that is no member.
func (b Bitmap) Add(i int) bool {
	if b.Has(i) {
		return false
	}
	b.bytes[i/8] |= 1 << (i % 8)
	return true
}

// All yields the members of the set in ascending order.
func (b Bitmap) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for at, left := range b.bytes {
			for ; left != 0; left &= left - 1 {
				if !yield(8*at + bits.TrailingZeros8(left)) {
					return
				}
			}
		}
	}
}

// Weight sums the weights of the set's members; weights has one entry per
// member.
func (b Bitmap) Weight(weights []Weight) (sum Weight) {
	if len(weights) != b.n {
		panic("quorum: weights of another roster")
	}
	for i := range b.All() {
		sum += weights[i]
	}
	return sum
}

// member panics for an index beyond the roster: a bit there would be padding.
func (b Bitmap) member(i int) {
	if i < 0 || i >= b.n {
		panic("quorum: index of no member")
	}
}
