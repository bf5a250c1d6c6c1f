package vpool

import "github.com/holiman/uint256"

// Amount is a number of base units: 10⁻⁹ REP or 10⁻⁹ $. It is the bare 256-bit
// integer, so that wider types wrap and unwrap it without a copy of the logic.
type Amount = uint256.Int

const (
	// Million is one whole in ppm.
	Million = 1_000_000
	// Unit is one REP, or one $, in base units.
	Unit = 1_000_000_000
	// MaxBits bounds every amount that enters this package. With it no sum of
	// 2³² amounts and no product with a ppm can leave 256 bits. The supply of
	// a chain stays far below: 2¹⁹² base units are 6·10⁴⁸ REP.
	MaxBits = 192
)

// NewAmount is n base units.
func NewAmount(n uint64) Amount { return Amount{n} }

// ShareDown is ⌊x·part/whole⌋ with the product at its full 512 bits. It panics
// where whole is zero, since nobody has a share of nothing, and where the
// result leaves 256 bits, which no share of a whole can.
func ShareDown(x, part, whole Amount) Amount {
	if whole.IsZero() {
		panic("vpool: share of an empty whole")
	}
	var z Amount
	if _, overflow := z.MulDivOverflow(&x, &part, &whole); overflow {
		panic("vpool: share leaves 256 bits")
	}
	return z
}

// PPMDown is ⌊x·ppm/10⁶⌋.
func PPMDown(x Amount, ppm uint32) Amount {
	return ShareDown(x, NewAmount(uint64(ppm)), NewAmount(Million))
}

// split hands every weight its ⌊x·weight/whole⌋ and returns the parts with
// what is left of x. Where whole is zero nobody takes part and all is left.
// The caller has checked Σ weights ≤ whole, hence Σ parts ≤ x.
func split(x Amount, weights []Amount, whole Amount) (parts []Amount, rest Amount) {
	parts = make([]Amount, len(weights))
	if whole.IsZero() {
		return parts, x
	}
	rest = x
	for i := range weights {
		parts[i] = ShareDown(x, weights[i], whole)
		rest = sub(rest, parts[i])
	}
	return parts, rest
}

// add is a+b; the sum leaves 256 bits only if MaxBits was not respected.
func add(a, b Amount) Amount {
	var z Amount
	if _, overflow := z.AddOverflow(&a, &b); overflow {
		panic("vpool: sum leaves 256 bits")
	}
	return z
}

// sub is a−b; a difference below zero is a broken formula, never an input.
func sub(a, b Amount) Amount {
	var z Amount
	if _, underflow := z.SubOverflow(&a, &b); underflow {
		panic("vpool: difference below zero")
	}
	return z
}

// mul is a·b where the operands are known to fit.
func mul(a, b Amount) Amount {
	var z Amount
	if _, overflow := z.MulOverflow(&a, &b); overflow {
		panic("vpool: product leaves 256 bits")
	}
	return z
}

func sum(list []Amount) Amount {
	var z Amount
	for i := range list {
		z = add(z, list[i])
	}
	return z
}

func minimum(a, b Amount) Amount {
	if a.Lt(&b) {
		return a
	}
	return b
}

// within reports whether every amount has at most MaxBits bits.
func within(list ...Amount) error {
	for i := range list {
		if list[i].BitLen() > MaxBits {
			return ErrAmount
		}
	}
	return nil
}

// ratios reports whether every ratio is at most one whole.
func ratios(ppm ...uint32) error {
	for _, p := range ppm {
		if p > Million {
			return ErrPPM
		}
	}
	return nil
}
