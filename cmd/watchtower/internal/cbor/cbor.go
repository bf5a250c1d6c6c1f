// Package cbor is the one byte form of values (docs/spec/wire.md §1), written
// for the watchtower alone: integers, byte strings, text, arrays,
// booleans and null, in the shortest form and of definite length.
//
// A Dec accepts only bytes that an Enc would write for the shape that its
// caller asks for. What a shape means (lengths, bounds) is the caller's.
package cbor

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrForm is the error of bytes that are not the one form of a value.
var ErrForm = errors.New("not canonical")

// Major types of RFC 8949.
const (
	majorUint     = 0
	majorNegative = 1
	majorBytes    = 2
	majorText     = 3
	majorArray    = 4
	null          = 0xf6
	no            = 0xf4
	yes           = 0xf5
)

// Enc appends values.
type Enc []byte

func (e *Enc) head(major byte, n uint64) {
	switch {
	case n < 24:
		*e = append(*e, major<<5|byte(n))
	case n < 1<<8:
		*e = append(*e, major<<5|24, byte(n))
	case n < 1<<16:
		*e = append(*e, major<<5|25, byte(n>>8), byte(n))
	case n < 1<<32:
		*e = append(*e, major<<5|26, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	default:
		*e = append(*e, major<<5|27, byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
}

// Array opens an array of n values, which follow.
func (e *Enc) Array(n int) *Enc { e.head(majorArray, uint64(n)); return e }

// Uint appends an unsigned integer.
func (e *Enc) Uint(n uint64) *Enc { e.head(majorUint, n); return e }

// Negative appends −n, n not zero.
func (e *Enc) Negative(n uint64) *Enc { e.head(majorNegative, n-1); return e }

// Bytes appends a byte string; none at all is 0x40.
func (e *Enc) Bytes(b []byte) *Enc {
	e.head(majorBytes, uint64(len(b)))
	*e = append(*e, b...)
	return e
}

// Text appends text.
func (e *Enc) Text(s string) *Enc { e.head(majorText, uint64(len(s))); *e = append(*e, s...); return e }

// Bool appends a boolean.
func (e *Enc) Bool(b bool) *Enc {
	if b {
		*e = append(*e, yes)
	} else {
		*e = append(*e, no)
	}
	return e
}

// Null appends what stands for an absent value.
func (e *Enc) Null() *Enc { *e = append(*e, null); return e }

// Raw appends bytes that are encoded already.
func (e *Enc) Raw(b []byte) *Enc { *e = append(*e, b...); return e }

// Dec reads values from the front of its bytes. After the first fault all reads
// give zero values and Err tells of it.
type Dec struct {
	b   []byte
	err error
}

// New reads b.
func New(b []byte) *Dec { return &Dec{b: b} }

// Err is the first fault; nil: none.
func (d *Dec) Err() error { return d.err }

// Fail notes a fault of the caller's own, such as a bound.
func (d *Dec) Fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format+": %w", append(args, ErrForm)...)
	}
	d.b = nil
}

// Done is Err, or that bytes follow the value.
func (d *Dec) Done() error {
	if d.err == nil && len(d.b) > 0 {
		d.Fail("%d bytes after the value", len(d.b))
	}
	return d.err
}

// Rest is what is left to read.
func (d *Dec) Rest() []byte { return d.b }

func (d *Dec) head(major byte) uint64 {
	if d.err != nil {
		return 0
	}
	if len(d.b) == 0 {
		d.Fail("ends early")
		return 0
	}
	first := d.b[0]
	if first>>5 != major {
		d.Fail("major type %d where %d is due", first>>5, major)
		return 0
	}
	low := first & 31
	if low < 24 {
		d.b = d.b[1:]
		return uint64(low)
	}
	if low > 27 {
		d.Fail("indefinite or reserved length")
		return 0
	}
	size := 1 << (low - 24)
	if len(d.b) < 1+size {
		d.Fail("ends early")
		return 0
	}
	var n uint64
	for _, c := range d.b[1 : 1+size] {
		n = n<<8 | uint64(c)
	}
	if size == 1 && n < 24 || size > 1 && n < 1<<(4*size) {
		d.Fail("a longer form of %d", n)
		return 0
	}
	d.b = d.b[1+size:]
	return n
}

// Uint reads an unsigned integer of at most most.
func (d *Dec) Uint(most uint64) uint64 {
	n := d.head(majorUint)
	if n > most {
		d.Fail("%d is above %d", n, most)
		return 0
	}
	return n
}

// Int32 reads an integer of −2³¹ … 2³¹−1, as what it is without its sign.
func (d *Dec) Int32() (n uint64, negative bool) {
	if len(d.b) > 0 && d.b[0]>>5 == majorNegative {
		if n = d.head(majorNegative); n >= 1<<31 {
			d.Fail("−1 − %d is below −2³¹", n)
			return 0, false
		}
		return n + 1, d.err == nil
	}
	return d.Uint(1<<31 - 1), false
}

// U64 reads an unsigned integer.
func (d *Dec) U64() uint64 { return d.head(majorUint) }

// Len reads the head of an array of any length, which fits the bytes left.
func (d *Dec) Len() int {
	n := d.head(majorArray)
	if n > uint64(len(d.b)) {
		d.Fail("an array of %d", n)
		return 0
	}
	return int(n)
}

// Array reads the head of an array of n values.
func (d *Dec) Array(n int) {
	if got := d.head(majorArray); d.err == nil && got != uint64(n) {
		d.Fail("an array of %d where %d is due", got, n)
	}
}

func (d *Dec) take(major byte) []byte {
	n := d.head(major)
	if n > uint64(len(d.b)) {
		d.Fail("ends early")
		return nil
	}
	out := d.b[:n:n]
	d.b = d.b[n:]
	return out
}

// Bytes reads a byte string.
func (d *Dec) Bytes() []byte { return d.take(majorBytes) }

// Fixed reads a byte string of the length of out.
func (d *Dec) Fixed(out []byte) {
	b := d.take(majorBytes)
	if d.err == nil && len(b) != len(out) {
		d.Fail("%d bytes where %d are due", len(b), len(out))
	}
	copy(out, b)
}

// Text reads text.
func (d *Dec) Text() string {
	b := d.take(majorText)
	if !utf8.Valid(b) {
		d.Fail("text is not UTF-8")
		return ""
	}
	return string(b)
}

// Bool reads a boolean.
func (d *Dec) Bool() bool {
	if d.err == nil && len(d.b) > 0 && (d.b[0] == yes || d.b[0] == no) {
		b := d.b[0] == yes
		d.b = d.b[1:]
		return b
	}
	d.Fail("no boolean")
	return false
}

// Null reports whether an absent value stands here, and reads it.
func (d *Dec) Null() bool {
	if d.err == nil && len(d.b) > 0 && d.b[0] == null {
		d.b = d.b[1:]
		return true
	}
	return false
}
