package types

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"github.com/holiman/uint256"

	"probity/chain/codec"
)

// AmountBytes bounds an amount on the wire: below 2¹²⁸ base units, so that
// sums of amounts and products with a 64-bit factor stay within 256 bits.
const AmountBytes = 16

// ErrAmount is returned for text or bytes that are no amount.
var ErrAmount = errors.New("not an amount")

// Amount counts base units (10⁻⁹) of $ or REP; it is never negative. The zero
// value is zero. On the wire it is its minimal big-endian byte string.
type Amount struct {
	v uint256.Int
}

// NewAmount is n base units.
func NewAmount(n uint64) (a Amount) {
	a.v.SetUint64(n)
	return a
}

// Whole is n whole $ or REP.
func Whole(n uint64) (a Amount) {
	a.v.SetUint64(n)
	a.v.Mul(&a.v, uint256.NewInt(1_000_000_000))
	return a
}

// AmountOf copies v, which must be below 2²⁵⁶ by its type.
func AmountOf(v *uint256.Int) Amount { return Amount{*v} }

// Int is a copy for arithmetic of full width.
func (a Amount) Int() *uint256.Int { return new(uint256.Int).Set(&a.v) }

// IsZero reports whether a is zero.
func (a Amount) IsZero() bool { return a.v.IsZero() }

// Cmp is −1, 0 or +1 as a is below, equal to or above b.
func (a Amount) Cmp(b Amount) int { return a.v.Cmp(&b.v) }

// Less reports whether a is below b.
func (a Amount) Less(b Amount) bool { return a.v.Lt(&b.v) }

// Add is a + b. Overflow of 256 bits is a broken invariant, since no supply
// reaches 2¹²⁸ base units, and panics.
func (a Amount) Add(b Amount) Amount {
	var sum uint256.Int
	if _, over := sum.AddOverflow(&a.v, &b.v); over {
		panic("types: amount overflow")
	}
	return Amount{sum}
}

// Sub is a − b; the caller has checked that b is not above a, and a broken
// check panics.
func (a Amount) Sub(b Amount) Amount {
	var diff uint256.Int
	if _, under := diff.SubOverflow(&a.v, &b.v); under {
		panic("types: amount underflow")
	}
	return Amount{diff}
}

// SubClamp is a − b, or zero where b is above a.
func (a Amount) SubClamp(b Amount) Amount {
	if a.Less(b) {
		return Amount{}
	}
	return a.Sub(b)
}

// Min is the smaller of a and b.
func (a Amount) Min(b Amount) Amount {
	if b.Less(a) {
		return b
	}
	return a
}

// Max is the larger of a and b.
func (a Amount) Max(b Amount) Amount {
	if a.Less(b) {
		return b
	}
	return a
}

// Mul is a·n, and panics on overflow of 256 bits.
func (a Amount) Mul(n uint64) Amount {
	var p uint256.Int
	if _, over := p.MulOverflow(&a.v, uint256.NewInt(n)); over {
		panic("types: amount overflow")
	}
	return Amount{p}
}

// ShareDown is ⌊a·num/den⌋, the product at full width. den is not zero.
func (a Amount) ShareDown(num, den uint64) Amount {
	var q uint256.Int
	if _, over := q.MulDivOverflow(&a.v, uint256.NewInt(num), uint256.NewInt(den)); over || den == 0 {
		panic("types: share overflow")
	}
	return Amount{q}
}

// OfPPM is ⌊a·p/10⁶⌋.
func (a Amount) OfPPM(p PPM) Amount { return a.ShareDown(uint64(p), uint64(Million)) }

// Uint64 is a as 64 bits and whether it fits.
func (a Amount) Uint64() (uint64, bool) { return a.v.Uint64(), a.v.IsUint64() }

// WholeDown is ⌊a/10⁹⌋, the whole $ or REP, capped at 2⁶²−1.
func (a Amount) WholeDown() uint64 {
	var q uint256.Int
	q.Div(&a.v, uint256.NewInt(1_000_000_000))
	if !q.IsUint64() || q.Uint64() >= 1<<62 {
		return 1<<62 - 1
	}
	return q.Uint64()
}

// String is the decimal number of base units.
func (a Amount) String() string { return a.v.Dec() }

// Decimal is the number of whole units with up to nine decimals, "12.5".
func (a Amount) Decimal() string {
	s := a.v.Dec()
	if len(s) <= Decimals {
		s = strings.Repeat("0", Decimals+1-len(s)) + s
	}
	whole, frac := s[:len(s)-Decimals], strings.TrimRight(s[len(s)-Decimals:], "0")
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

// ParseDecimal reads whole units with up to nine decimals.
func ParseDecimal(s string) (Amount, error) {
	whole, frac, dot := strings.Cut(s, ".")
	if whole == "" || dot && frac == "" || len(frac) > Decimals || !digits(whole) || !digits(frac) {
		return Amount{}, fmt.Errorf("%w: %.60q, want digits with at most %d decimals", ErrAmount, s, Decimals)
	}
	return parseBase(whole + frac + strings.Repeat("0", Decimals-len(frac)))
}

// MarshalText gives the decimal number of base units.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a decimal or 0x number of base units.
func (a *Amount) UnmarshalText(text []byte) (err error) {
	s := string(text)
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		hex = strings.TrimLeft(hex, "0")
		if hex == "" {
			hex = "0"
		}
		var v uint256.Int
		if err := v.SetFromHex("0x" + hex); err != nil || v.ByteLen() > AmountBytes {
			return fmt.Errorf("%w: %.60q", ErrAmount, s)
		}
		a.v = v
		return nil
	}
	if s == "" || !digits(s) {
		return fmt.Errorf("%w: %.60q, want decimal digits of base units", ErrAmount, s)
	}
	*a, err = parseBase(s)
	return err
}

// UnmarshalJSON reads a string as UnmarshalText does, or a bare whole number.
func (a *Amount) UnmarshalJSON(b []byte) error {
	if len(b) >= 2 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	return a.UnmarshalText(b)
}

// parseBase reads decimal digits of base units, bounded as on the wire.
func parseBase(s string) (Amount, error) {
	s = strings.TrimLeft(s, "0")
	if s == "" {
		return Amount{}, nil
	}
	var v uint256.Int
	if len(s) > 39 || v.SetFromDecimal(s) != nil || v.ByteLen() > AmountBytes {
		return Amount{}, fmt.Errorf("%w: %.60q is not below 2^128 base units", ErrAmount, s)
	}
	return Amount{v}, nil
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// AppendWire appends the length (one byte) and the minimal big-endian bytes of
// a: the form inside hot state values.
func (a Amount) AppendWire(b []byte) []byte {
	full := a.v.Bytes32()
	n := a.v.ByteLen()
	return append(append(b, byte(n)), full[32-n:]...)
}

// ReadWire reads what AppendWire wrote and returns the rest of b.
func (a *Amount) ReadWire(b []byte) ([]byte, error) {
	if len(b) == 0 || int(b[0]) > 32 || len(b) < 1+int(b[0]) {
		return nil, fmt.Errorf("%w: truncated", ErrAmount)
	}
	n := int(b[0])
	if n > 0 && b[1] == 0 {
		return nil, fmt.Errorf("%w: leading zero", ErrAmount)
	}
	a.v.SetBytes(b[1 : 1+n])
	return b[1+n:], nil
}

// MarshalCBOR gives the minimal big-endian byte string.
func (a Amount) MarshalCBOR() ([]byte, error) { return a.AppendCBOR(nil) }

// AppendCBOR appends what MarshalCBOR gives.
func (a Amount) AppendCBOR(b []byte) ([]byte, error) {
	n := a.v.ByteLen()
	if n > AmountBytes {
		return nil, fmt.Errorf("%w: %d bytes on the wire", ErrAmount, n)
	}
	full := a.v.Bytes32()
	return append(append(b, 0x40|byte(n)), full[32-n:]...), nil
}

// UnmarshalCBOR reads a byte string of at most 16 bytes without a leading zero.
func (a *Amount) UnmarshalCBOR(b []byte) error {
	if len(b) == 0 || b[0]&0xe0 != 0x40 || int(b[0]&0x1f) > AmountBytes || len(b) != 1+int(b[0]&0x1f) {
		return fmt.Errorf("%w: want a byte string of at most %d bytes", ErrAmount, AmountBytes)
	}
	if len(b) > 1 && b[1] == 0 {
		return fmt.Errorf("%w: leading zero", ErrAmount)
	}
	a.v.SetBytes(b[1:])
	return nil
}

var (
	_ cbor.Marshaler   = Amount{}
	_ cbor.Unmarshaler = (*Amount)(nil)
	_ codec.Own        = (*Amount)(nil)
)
