package escrow_test

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/escrow"
)

func ExampleTickets() {
	tickets, ok := escrow.Tickets([]uint64{30, 30, 25, 10, 5}, 7)
	fmt.Println(tickets, ok)
	// Output: [1 1 1 0 0] true
}

func sum[T uint32 | uint64](all []T) (s uint64) {
	for _, x := range all {
		s += uint64(x)
	}
	return s
}

// Goal: members of equal weight hold one ticket each. Method: the sizes that
// the protocol states, small and huge weights.
func TestTicketsOfEquals(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 7, 32, 100} {
		for _, w := range []uint64{1, 1000, 1<<55 - 1} {
			tickets, ok := escrow.Tickets(slices.Repeat([]uint64{w}, n), n)
			if !ok || sum(tickets) != uint64(n) || slices.Max(tickets) != 1 {
				t.Errorf("%d members of %d: %v", n, w, tickets)
			}
		}
	}
}

// Goal: ⌈4n/3⌉ tickets suffice, on which the number of registered keys rests.
// Method: 600 vectors: uniform, by Zipf's law, one member with most of all.
func TestTicketsFew(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	worst := 0.0
	for i := range 600 {
		n := 1 + r.IntN(100)
		weights := make([]uint64, n)
		for k := range weights {
			switch i % 3 {
			case 0:
				weights[k] = 1 + r.Uint64N(1_000_000)
			case 1:
				weights[k] = uint64(1e9/math.Pow(float64(k+1), 0.5+r.Float64())) + 1
			case 2:
				weights[k] = 1 + r.Uint64N(1000)
			}
		}
		if i%3 == 2 {
			weights[r.IntN(n)] = sum(weights) * (1 + r.Uint64N(3)) / 2
		}
		most := (4*n + 2) / 3
		tickets, ok := escrow.Tickets(weights, most)
		if !ok || sum(tickets) > uint64(most) || !escrow.Sound(weights, tickets) {
			t.Fatalf("%v: %v", weights, tickets)
		}
		worst = max(worst, float64(sum(tickets))/float64(n))
	}
	t.Logf("at most %.2f tickets a member", worst)
}

// brute reports by looking at every set of members whether one of less than a
// third of the weight holds half of the tickets or more.
func brute(weights []uint64, tickets []uint32) bool {
	w, all := sum(weights), sum(tickets)
	for set := range uint(1) << len(weights) {
		var have, hold uint64
		for rest := set; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros(rest)
			have, hold = have+weights[i], hold+uint64(tickets[i])
		}
		if 3*have < w && 2*hold >= all {
			return false
		}
	}
	return true
}

// Goal: Sound is exact. Method: against every subset, for random weights and
// tickets, sound or not, of up to ten members.
func TestSoundExact(t *testing.T) {
	both := [2]int{}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "n")
		weights := rapid.SliceOfN(rapid.Uint64Range(0, 20), n, n).Draw(t, "weights")
		tickets := rapid.SliceOfN(rapid.Uint32Range(0, 6), n, n).Draw(t, "tickets")
		if sum(weights) == 0 || sum(tickets) == 0 {
			if escrow.Sound(weights, tickets) {
				t.Fatal("sound without weight or without tickets")
			}
			return
		}
		want := brute(weights, tickets)
		if got := escrow.Sound(weights, tickets); got != want {
			t.Fatalf("%v %v: %v", weights, tickets, got)
		}
		if want {
			both[1]++
		} else {
			both[0]++
		}
	})
	if both[0] == 0 || both[1] == 0 {
		t.Fatalf("one verdict only: %v", both)
	}
}

// Goal: what Tickets gives is sound, also beside both edges of the weights'
// range, gives none to who weighs nothing, and is the family's first sound
// member. Method: every subset; and each result is ⌊w·s + 1/3⌋ for one s.
func TestTicketsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "n")
		top := rapid.SampledFrom([]uint64{3, 100, 1 << 58}).Draw(t, "top")
		weights := rapid.SliceOfN(rapid.Uint64Range(0, top), n, n).Draw(t, "weights")
		tickets, ok := escrow.Tickets(weights, 200)
		if sum(weights) == 0 {
			if ok {
				t.Fatal("tickets without weight")
			}
			return
		}
		if !ok || !brute(weights, tickets) {
			t.Fatalf("%v: %v, %v", weights, tickets, ok)
		}
		for i, w := range weights {
			if w == 0 && tickets[i] != 0 {
				t.Fatalf("%v: %v", weights, tickets)
			}
			for j, v := range weights { // (3tᵢ−1)/3wᵢ ≤ s < (3tⱼ+2)/3wⱼ
				last := new(big.Int).Mul(big.NewInt(3*int64(tickets[i])-1), new(big.Int).SetUint64(v))
				next := new(big.Int).Mul(big.NewInt(3*int64(tickets[j])+2), new(big.Int).SetUint64(w))
				if w > 0 && v > 0 && last.Cmp(next) >= 0 {
					t.Fatalf("%v: %v: no one scale", weights, tickets)
				}
			}
		}
	})
}

// Goal: what cannot be is refused. Method: too few tickets allowed, no weight,
// weights that sum to 2⁶² or overflow, lengths that differ.
func TestTicketsRefuse(t *testing.T) {
	const most = uint64(math.MaxUint64)
	for _, c := range []struct {
		weights []uint64
		most    int
	}{
		{[]uint64{1, 1, 1, 1}, 2}, {nil, 10}, {[]uint64{0, 0}, 10}, {[]uint64{1, 1}, 0}, {[]uint64{1, 1}, -1},
		{[]uint64{1 << 62}, 10}, {[]uint64{1 << 61, 1 << 61}, 10}, {[]uint64{most, 2}, 10},
	} {
		if tickets, ok := escrow.Tickets(c.weights, c.most); ok || tickets != nil {
			t.Errorf("%v, at most %d: %v", c.weights, c.most, tickets)
		}
	}
	if _, ok := escrow.Tickets([]uint64{1<<62 - 2, 1}, 4); !ok {
		t.Error("a sum just below 2⁶² refused")
	}
	for _, tickets := range [][]uint32{nil, {1}, {0, 0}, {1<<32 - 1, 1}, {escrow.MaxTickets, 1}} {
		if escrow.Sound([]uint64{1, 1}, tickets) {
			t.Errorf("%v is sound", tickets)
		}
	}
}
