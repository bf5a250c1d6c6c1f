// Package num is whole numbers of any size with the rounding of the
// specification: every division rounds down, and no result is negative unless
// the caller subtracts the larger.
package num

import "math/big"

// Int is a whole number; its zero value is zero. It is never changed in place.
type Int struct{ v *big.Int }

var zero = new(big.Int)

func (a Int) big() *big.Int {
	if a.v == nil {
		return zero
	}
	return a.v
}

// U is n.
func U(n uint64) Int { return Int{new(big.Int).SetUint64(n)} }

// Bytes reads a big-endian number.
func Bytes(b []byte) Int { return Int{new(big.Int).SetBytes(b)} }

// Parse reads a number as a genesis file may write it: decimal, or 0x and hex.
func Parse(s string) (Int, bool) {
	base := 10
	if len(s) > 2 && s[:2] == "0x" {
		base, s = 16, s[2:]
	}
	if s == "" {
		return Int{}, false
	}
	for _, c := range s {
		if c == '_' || c == '-' || c == '+' {
			return Int{}, false
		}
	}
	v, ok := new(big.Int).SetString(s, base)
	return Int{v}, ok
}

// Add is a + b.
func (a Int) Add(b Int) Int { return Int{new(big.Int).Add(a.big(), b.big())} }

// Sub is a − b.
func (a Int) Sub(b Int) Int { return Int{new(big.Int).Sub(a.big(), b.big())} }

// Mul is a·b.
func (a Int) Mul(b Int) Int { return Int{new(big.Int).Mul(a.big(), b.big())} }

// Div is ⌊a/b⌋.
func (a Int) Div(b Int) Int { return Int{new(big.Int).Div(a.big(), b.big())} }

// Mod is a mod b, never negative.
func (a Int) Mod(b Int) Int { return Int{new(big.Int).Mod(a.big(), b.big())} }

// Shl is a·2ⁿ.
func (a Int) Shl(n uint) Int { return Int{new(big.Int).Lsh(a.big(), n)} }

// Shr is ⌊a/2ⁿ⌋.
func (a Int) Shr(n uint) Int { return Int{new(big.Int).Rsh(a.big(), n)} }

// Cmp is −1, 0 or 1.
func (a Int) Cmp(b Int) int { return a.big().Cmp(b.big()) }

// Less reports a < b.
func (a Int) Less(b Int) bool { return a.Cmp(b) < 0 }

// IsZero reports a = 0.
func (a Int) IsZero() bool { return a.big().Sign() == 0 }

// Neg reports a < 0.
func (a Int) Neg() bool { return a.big().Sign() < 0 }

// Sign is −1, 0 or 1.
func (a Int) Sign() int { return a.big().Sign() }

// Min is the smaller.
func Min(a, b Int) Int {
	if b.Less(a) {
		return b
	}
	return a
}

// Over is a − b, or zero where b is larger.
func (a Int) Over(b Int) Int {
	if a.Less(b) {
		return Int{}
	}
	return a.Sub(b)
}

// PPM is ⌊a·r/10⁶⌋.
func (a Int) PPM(r uint64) Int { return a.Mul(U(r)).Div(U(1_000_000)) }

// Big is the minimal big-endian form; zero has no bytes.
func (a Int) Big() []byte { return a.big().Bytes() }

// BitLen is the number of bits.
func (a Int) BitLen() int { return a.big().BitLen() }

// U64 is a, which the caller knows to be below 2⁶⁴.
func (a Int) U64() uint64 { return a.big().Uint64() }

// String is decimal.
func (a Int) String() string { return a.big().String() }
