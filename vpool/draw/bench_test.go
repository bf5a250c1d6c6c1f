package draw_test

import (
	"testing"

	"probity/vpool/draw"
)

func even(n int) []uint64 {
	weights := make([]uint64, n)
	for i := range weights {
		weights[i] = 1_000 + uint64(i)
	}
	return weights
}

// BenchmarkCycleNext draws producers from a list of 10,000 ASCs.
func BenchmarkCycleNext(b *testing.B) {
	c, err := draw.NewCycle(even(10_000), 1024)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	v := uint64(0)
	for b.Loop() {
		c.Next(numbered(v))
		v++
	}
}

// BenchmarkCycleClone copies a cycle of 1,024 units for a fork.
func BenchmarkCycleClone(b *testing.B) {
	c, err := draw.NewCycle(even(10_000), 1024)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Clone()
	}
}

// BenchmarkSample draws a panel of 21 from 100,000 holders.
func BenchmarkSample(b *testing.B) {
	weights := even(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := draw.Sample(numbered(1), weights, 21); err != nil {
			b.Fatal(err)
		}
	}
}
