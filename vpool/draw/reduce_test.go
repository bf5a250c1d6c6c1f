package draw

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Goal: the reduction of 128 bits to a point is exact, and refuses exactly the
// values at and above the last multiple of n, which no hash will show us.
// Method: big integers, with values drawn near that limit.
func TestReduce(t *testing.T) {
	all := new(big.Int).Lsh(big.NewInt(1), 128)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.Uint64Range(1, 10), rapid.Uint64Min(1)).Draw(t, "n")
		big1 := new(big.Int).SetUint64(n)
		limit := new(big.Int).Sub(all, new(big.Int).Mod(all, big1))
		x := new(big.Int).SetUint64(rapid.Uint64().Draw(t, "hi"))
		x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(rapid.Uint64().Draw(t, "lo")))
		if rapid.Bool().Draw(t, "near the limit") {
			x.Add(limit, big.NewInt(rapid.Int64Range(-3, 3).Draw(t, "offset")))
			x.Mod(x, all)
		}
		low := new(big.Int).And(x, new(big.Int).SetUint64(1<<64-1))
		p, ok := reduce(new(big.Int).Rsh(x, 64).Uint64(), low.Uint64(), n)
		if want := new(big.Int).Mod(x, big1).Uint64(); p != want {
			t.Fatalf("%v mod %d = %d, want %d", x, n, p, want)
		}
		if want := x.Cmp(limit) < 0; ok != want {
			t.Fatalf("%v accepted for %d: %v, want %v", x, n, ok, want)
		}
	})
}

// Goal: every REP has the same expectation, exactly, however it is split.
// Method: count the positions of all units that an entry covers; each position
// is drawn with probability 1/(W·U), so w·U positions mean w/W of the draws.
func TestEveryPositionBelongsToItsWeight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := append(rapid.SliceOfN(rapid.Uint64Range(0, 9), 0, 6).Draw(t, "weights"), 1)
		units := rapid.IntRange(1, 30).Draw(t, "units")
		c, err := NewCycle(weights, units)
		if err != nil {
			t.Fatal(err)
		}
		covered := make([]uint64, len(weights))
		for u := range uint64(units) {
			for p := range c.list.weight() {
				covered[c.covering(u, p)]++
			}
		}
		for i, w := range weights {
			if covered[i] != w*uint64(units) {
				t.Fatalf("entry %d of weight %d covers %d positions of %d units", i, w, covered[i], units)
			}
		}
	})
}

// Goal: positions of 94 bits do not overflow. Method: the last and the first
// position at the largest weight and number of units.
func TestCoveringAtTheBounds(t *testing.T) {
	const most = maxWeight - 1
	c := &Cycle{table: make([]uint32, MaxUnits)}
	var err error
	if c.list, err = newList([]uint64{1, most - 2, 1}); err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		unit, point uint64
		want        int
	}{
		{0, 0, 0},
		{0, MaxUnits - 1, 0},
		{0, MaxUnits, 1},
		{4, 10, 1}, // 4·W + 10 carries into the upper 64 bits
		{MaxUnits / 2, most / 2, 1},
		{MaxUnits - 1, most - MaxUnits - 1, 1},
		{MaxUnits - 1, most - MaxUnits, 2},
		{MaxUnits - 1, most - 1, 2},
	} {
		if got := c.covering(v.unit, v.point); got != v.want {
			t.Errorf("unit %d point %d is covered by %d, want %d", v.unit, v.point, got, v.want)
		}
	}
}
