// Package draw draws from seeds (docs/spec/selection.md). Everything is a
// function of domain, seed and weights.
package draw

import (
	"encoding/binary"

	"github.com/zeebo/blake3"

	"probity/cmd/watchtower/internal/num"
)

// Stream is the numbers of a domain and a seed (§1).
type Stream struct {
	prefix []byte
	next   uint64
}

// NewStream starts at number 0.
func NewStream(domain string, seed [32]byte) *Stream {
	p := append([]byte("probity/draw/v1"), byte(len(domain)))
	p = append(p, domain...)
	return &Stream{prefix: append(p, seed[:]...)}
}

// Next is the next number of 128 bits.
func (s *Stream) Next() num.Int {
	h := blake3.Sum256(binary.BigEndian.AppendUint64(append([]byte{}, s.prefix...), s.next))
	s.next++
	return num.Bytes(h[:16])
}

// Point is uniform on 0 … n−1 (§2).
func (s *Stream) Point(n num.Int) num.Int {
	all := num.U(1).Shl(128)
	bound := all.Sub(all.Mod(n))
	for {
		if x := s.Next(); x.Less(bound) {
			return x.Mod(n)
		}
	}
}

// Cover is the entry that covers the point p of a list; −1: none.
func Cover(weights []uint64, p num.Int) int {
	sum := num.Int{}
	for i, w := range weights {
		sum = sum.Add(num.U(w))
		if p.Less(sum) {
			return i
		}
	}
	return -1
}

// Total is the sum of weights.
func Total(weights []uint64) num.Int {
	sum := num.Int{}
	for _, w := range weights {
		sum = sum.Add(num.U(w))
	}
	return sum
}

// Lottery draws one entry (§3).
func Lottery(weights []uint64, seed [32]byte) int {
	return Cover(weights, NewStream("lottery", seed).Point(Total(weights)))
}

// Cycle draws in turns (§4).
type Cycle struct {
	weights []uint64
	total   num.Int
	table   []uint64
	j       uint64
}

// NewCycle lays the list on units turns.
func NewCycle(weights []uint64, units uint64) *Cycle {
	c := &Cycle{weights: weights, total: Total(weights), table: make([]uint64, units)}
	c.reset()
	return c
}

func (c *Cycle) reset() {
	for i := range c.table {
		c.table[i] = uint64(i)
	}
	c.j = 0
}

// Draw is the entry that the seed gives the next turn.
func (c *Cycle) Draw(seed [32]byte) int {
	units := uint64(len(c.table))
	if c.j == units {
		c.reset()
	}
	s := NewStream("cycle", seed)
	k := c.j + s.Point(num.U(units-c.j)).U64()
	u := c.table[k]
	c.table[k], c.table[c.j] = c.table[c.j], u
	c.j++
	r := s.Point(c.total)
	return Cover(c.weights, num.U(u).Mul(c.total).Add(r).Div(num.U(units)))
}

// Sample draws k entries without replacement (§5).
func Sample(seed [32]byte, weights []uint64, k int) (out []int) {
	left := append([]uint64{}, weights...)
	s := NewStream("sample", seed)
	for len(out) < k {
		v := Total(left)
		if v.IsZero() {
			return out
		}
		i := Cover(left, s.Point(v))
		out = append(out, i)
		left[i] = 0
	}
	return out
}
