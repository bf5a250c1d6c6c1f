package draw_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"probity/vpool/draw"
)

// puppets is a list of 10⁹ REP in which the given number of accounts hold a
// share in equal parts, and five others the rest. They stand scattered, as ids
// scatter them; mine tells which are puppets.
func puppets(number int, share float64) (weights []uint64, mine []bool) {
	const all = 1_000_000_000
	part := uint64(share*all) / uint64(number)
	other := (all - part*uint64(number)) / 5
	for i := range number + 5 {
		at := i * 2654435761 % (len(mine) + 1)
		weight := other
		if i < number {
			weight = part
		}
		weights = slices.Insert(weights, at, weight)
		mine = slices.Insert(mine, at, i < number)
	}
	return weights, mine
}

// Goal: the share of blocks per REP is the same for 1, 5 and 50 puppets, in
// the cycle and in the lottery. Method: 102,400 draws (100 cycles of 1,024)
// with fixed seeds; the puppets' count lies within the binomial 99.9 % bounds.
// The cycle's true spread is narrower, which the test of full cycles shows.
func TestShareIsTheSameForPuppets(t *testing.T) {
	const draws = 100 * 1024
	for _, share := range []float64{0.1, 1.0 / 3, 0.5} {
		for _, number := range []int{1, 5, 50} {
			weights, mine := puppets(number, share)
			cycle, err := draw.NewCycle(weights, 1024)
			if err != nil {
				t.Fatal(err)
			}
			lottery, err := draw.NewLottery(weights)
			if err != nil {
				t.Fatal(err)
			}
			var byCycle, byLottery int
			for v := range uint64(draws) {
				if mine[cycle.Next(numbered(v))] {
					byCycle++
				}
				if mine[lottery.Next(numbered(v))] {
					byLottery++
				}
			}
			var held uint64
			for i, w := range weights {
				if mine[i] {
					held += w
				}
			}
			p := float64(held) / float64(total(weights))
			t.Logf("%d puppets with %.3f of the REP", number, p)
			within999(t, "cycle", byCycle, draws, p)
			within999(t, "lottery", byLottery, draws, p)
		}
	}
}

// Goal: in one full cycle every ASC serves its share, rounded, give or take
// one; that is what "REP that was selected waits its turn" means. Method: any
// list, any seeds, as many draws as units.
func TestFullCycleServesEveryShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := append(anyWeights(t, 0), 1)
		units := rapid.IntRange(1, 300).Draw(t, "units")
		first := rapid.Uint64().Draw(t, "first seed")
		cycle, err := draw.NewCycle(weights, units)
		if err != nil {
			t.Fatal(err)
		}
		served := make([]int, len(weights))
		for v := range uint64(units) {
			served[cycle.Next(numbered(first+v))]++
		}
		if cycle.Unused() != 0 {
			t.Fatalf("%d units unused after a full cycle", cycle.Unused())
		}
		for i, n := range served {
			share := float64(units) * (float64(weights[i]) / float64(total(weights)))
			const noise = 1e-9 // of the float division above
			if float64(n) < math.Floor(share-noise)-1 || float64(n) > math.Ceil(share+noise)+1 {
				t.Fatalf("entry %d with a share of %.3f served %d times", i, share, n)
			}
		}
	})
}

// Goal: the baseline that the cycle replaces. Drawing whole ASCs without
// replacement lets each serve once a round, so blocks follow the number of
// ASCs and not REP: beside five others with the other half of the REP, half of
// the REP has 1/6, 5/10 and 50/55 of the blocks as 1, 5 and 50 ASCs (17 %,
// 50 %, 91 %). Method: rounds of Sample over the whole list.
func TestBaselineWholeASCsWithoutReplacement(t *testing.T) {
	for _, c := range []struct {
		number, percent int
	}{{1, 17}, {5, 50}, {50, 91}} {
		weights, mine := puppets(c.number, 0.5)
		var served, blocks int
		for round := range uint64(20) {
			order, err := draw.Sample(numbered(round), weights, len(weights))
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range order {
				blocks++
				if mine[i] {
					served++
				}
			}
		}
		if got := int(math.Round(100 * float64(served) / float64(blocks))); got != c.percent {
			t.Errorf("%d puppets have %d %% of blocks, expected %d %%", c.number, got, c.percent)
		}
	}
}

// Goal: the first seat of a sample goes by weight, and the second by weight
// among the rest. Method: 100,000 samples of two from weights 1, 2, 3, 4
// against the exact probabilities.
func TestSampleProbabilities(t *testing.T) {
	const samples = 100_000
	weights := []uint64{1, 2, 3, 4}
	var pairs [4][4]int
	for v := range uint64(samples) {
		s, err := draw.Sample(numbered(v), weights, 2)
		if err != nil {
			t.Fatal(err)
		}
		pairs[s[0]][s[1]]++
	}
	for i, wi := range weights {
		for j, wj := range weights {
			if i == j {
				if pairs[i][j] != 0 {
					t.Errorf("entry %d drawn twice", i)
				}
				continue
			}
			p := float64(wi) / 10 * float64(wj) / float64(10-wi)
			within999(t, "first and second seat", pairs[i][j], samples, p)
		}
	}
}
