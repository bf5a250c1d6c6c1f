package vpool_test

import (
	"testing"

	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	"probity/vpool"
)

// rep reads a decimal number of REP in a test.
func rep(t testing.TB, text string) vpool.Amount {
	t.Helper()
	a, err := vpool.ParseREP(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func n(v uint64) vpool.Amount { return vpool.NewAmount(v) }

func plus(list ...vpool.Amount) vpool.Amount {
	var z uint256.Int
	for i := range list {
		z.Add(&z, &list[i])
	}
	return z
}

func minus(a, b vpool.Amount) vpool.Amount {
	var z uint256.Int
	if _, under := z.SubOverflow(&a, &b); under {
		panic("test: difference below zero")
	}
	return z
}

// anyAmount draws base units over many magnitudes, with small and equal ones
// often, since dust shows there.
func anyAmount() *rapid.Generator[vpool.Amount] {
	return rapid.Custom(func(t *rapid.T) vpool.Amount {
		bits := rapid.SampledFrom([]uint{2, 8, 40, 64, 100, 128}).Draw(t, "bits")
		z := uint256.Int{rapid.Uint64().Draw(t, "lo"), rapid.Uint64().Draw(t, "hi")}
		return *z.Rsh(&z, 128-bits)
	})
}

func anyPPM() *rapid.Generator[uint32] {
	return rapid.OneOf(rapid.SampledFrom([]uint32{0, 1, 20_000, 333_333, 500_000, 999_999, 1_000_000}), rapid.Uint32Range(0, 1_000_000))
}

// cut draws one of the ways to write a as a sum of two amounts.
func cut(t *rapid.T, a vpool.Amount, label string) (vpool.Amount, vpool.Amount) {
	first := vpool.PPMDown(a, anyPPM().Draw(t, label))
	return first, minus(a, first)
}
