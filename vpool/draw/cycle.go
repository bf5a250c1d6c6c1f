package draw

import "math/bits"

// MaxUnits bounds the units of a cycle, and with it its memory: 4 bytes each.
// The arithmetic holds up to 2³².
const MaxUnits = 1 << 24

// Cycle draws entries of a list in turns: REP that was selected waits until
// all other REP was (spec selection, Cycle).
//
// Its state is a function of the list, the number of units and the seeds drawn
// so far. A draw costs two hashes and O(log n). A Cycle is a value for one
// goroutine; forks of the chain continue on Clones.
type Cycle struct {
	list list
	// table is a permutation of the units: the first used entries were drawn
	// in this order, the rest are still unused (a partial Fisher–Yates shuffle).
	table []uint32
	used  int
}

// NewCycle lays the weights on the given number of units. ErrWeight for a sum
// of 0, or of 2⁶² or more; ErrUnits below 1 or above MaxUnits.
func NewCycle(weights []uint64, units int) (*Cycle, error) {
	if units < 1 || units > MaxUnits {
		return nil, ErrUnits
	}
	l, err := newList(weights)
	if err != nil {
		return nil, err
	}
	c := &Cycle{list: l, table: make([]uint32, units)}
	c.restart()
	return c, nil
}

// Next draws the unit and the point of one view with its seed and returns the
// index of the entry that serves it.
func (c *Cycle) Next(seed [32]byte) int {
	if c.used == len(c.table) {
		c.restart()
	}
	s := NewStream("cycle", seed)
	k := c.used + int(s.Point(uint64(len(c.table)-c.used)))
	unit := c.table[k]
	c.table[k] = c.table[c.used]
	c.table[c.used] = unit
	c.used++
	return c.covering(uint64(unit), s.Point(c.list.weight()))
}

// Clone returns an independent copy with the same past. It copies 4 bytes a
// unit (4 KiB for 1,024) and shares the list.
func (c *Cycle) Clone() *Cycle {
	return &Cycle{list: c.list, table: append([]uint32(nil), c.table...), used: c.used}
}

// Unused is the number of units that the cycle still holds.
func (c *Cycle) Unused() int { return len(c.table) - c.used }

// restart makes all units unused.
func (c *Cycle) restart() {
	for i := range c.table {
		c.table[i] = uint32(i)
	}
	c.used = 0
}

// covering returns the entry that covers the given point of a unit: the entry
// at ⌊(unit·W + point)/U⌋ of the list. The position has up to 62 + 32 bits.
// Since unit < U and point < W it is below W·U, so hi < U and Div64 holds.
func (c *Cycle) covering(unit, point uint64) int {
	hi, lo := bits.Mul64(unit, c.list.weight())
	lo, carry := bits.Add64(lo, point, 0)
	p, _ := bits.Div64(hi+carry, lo, uint64(len(c.table)))
	return c.list.at(p)
}
