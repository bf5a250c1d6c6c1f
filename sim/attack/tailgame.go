package attack

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// tailGame is the best play of an actor against a seed that each epoch folds
// from its producers' reveals: the average-reward Markov decision process of
// Alpturer and Weinberg, "Optimal RANDAO Manipulation in Ethereum" (AFT 2024),
// restated here.
//
// An epoch has L slots, each the actor's with probability α, independently. Its
// tail is the actor's last t slots in a row: when it decides about them all
// other reveals are out, so it can compute the seed for each of the 2^t sets of
// own reveals to withhold, and thereby the next epoch. To an onlooker those are
// 2^t independent epochs, each described by its number of the actor's slots and
// its tail. A withheld reveal forfeits its slot. With g the slots per epoch and
// h(t) what a tail is worth beyond that,
//
//	g + h(t) = E[ max over sets s of n_s − |s| + h(t_s) ],   h(0) = 0.
//
// The maximum of independent variables has the product of their distributions,
//
//	P(max ≤ y) = ∏_k F(y + k)^C(t,k),   F of n + h(tail),
//
// so a step of value iteration is exact but for rounding.
type tailGame struct {
	alpha    float64
	slots    int // L
	most     int // tail slots that the actor uses; L for the exact game
	outcomes []outcome
	odds     []float64 // of tail and own slots
	gain     float64   // g
	worth    []float64 // h, by tail up to most
}

// outcome is what a seed makes of an epoch.
type outcome struct {
	own, tail int
	p         float64
}

// newTailGame solves the game. With most < slots it is a bound from below: a
// longer tail is used as one of `most` slots.
func newTailGame(alpha float64, slots, most int) *tailGame {
	g := &tailGame{alpha: alpha, slots: slots, most: most, worth: make([]float64, most+1)}
	for tail := 0; tail < slots; tail++ {
		before := slots - 1 - tail // slots before the tail and the one that ends it
		for own := 0; own <= before; own++ {
			p := math.Exp(logChoose(before, own) + float64(own+tail)*math.Log(alpha) + float64(before-own+1)*math.Log1p(-alpha))
			g.outcomes = append(g.outcomes, outcome{own + tail, tail, p})
		}
	}
	g.outcomes = append(g.outcomes, outcome{slots, slots, math.Pow(alpha, float64(slots))})
	g.odds = make([]float64, (slots+1)*(slots+1))
	for _, o := range g.outcomes {
		g.odds[o.tail*(slots+1)+o.own] = o.p
	}
	for range 200 {
		next, points := make([]float64, most+1), g.points()
		for t := range next {
			next[t] = g.best(t, points)
		}
		moved := math.Abs(next[0] - g.gain)
		g.gain = next[0]
		for t := range next {
			moved = max(moved, math.Abs(next[t]-g.gain-g.worth[t]))
			g.worth[t] = next[t] - g.gain
		}
		if moved < 1e-12 {
			break
		}
	}
	return g
}

// share is the part of all slots that the actor fills.
func (g *tailGame) share() float64 { return g.gain / float64(g.slots) }

// value is what an epoch with own slots and a tail is worth.
func (g *tailGame) value(own, tail int) float64 {
	return float64(own) + g.worth[min(tail, g.most)]
}

// points are the values n − k + h(t) that a maximum can take, in rising order.
// They fall into few: n and k are whole numbers, so only n − k counts.
func (g *tailGame) points() []point {
	var out []point
	for tail := 0; tail <= g.slots; tail++ {
		for net := -g.most; net <= g.slots; net++ {
			out = append(out, point{g.value(net, tail), net, tail})
		}
	}
	slices.SortFunc(out, func(a, b point) int { return cmp.Compare(a.y, b.y) })
	return out
}

type point struct {
	y         float64
	net, tail int
}

// best is the expected maximum for a tail of t: a sweep over the points. F(y+k)
// grows at a point by the probability of its tail with net + k own slots.
// Above one half F is kept as 1 − F, summed from its own small end: the power
// C(t,k) would blow up what rounding loses near one.
func (g *tailGame) best(t int, points []point) float64 {
	below, above, logs := make([]float64, t+1), make([]float64, t+1), make([]float64, t+1)
	power := make([]float64, t+1)
	for k := range power {
		power[k] = math.Exp(logChoose(t, k))
	}
	high := make([]float64, 0, len(points)*(t+1)) // 1 − F after each step, last one first
	for i := len(points) - 1; i >= 0; i-- {
		for k := t; k >= 0; k-- {
			high = append(high, above[k])
			above[k] += g.chance(points[i].net+k, points[i].tail)
		}
	}
	unreached, total, before, mean := t+1, 0.0, 0.0, 0.0
	for i, at := range points {
		for k := 0; k <= t; k++ {
			p := g.chance(at.net+k, at.tail)
			if p == 0 {
				continue
			}
			if below[k] == 0 {
				unreached--
			}
			below[k] += p
			l := below[k]
			if l > 0.5 {
				l = math.Log1p(-high[len(high)-1-i*(t+1)-k])
			} else {
				l = math.Log(l)
			}
			total += power[k] * (l - logs[k])
			logs[k] = l
		}
		if unreached == 0 {
			now := math.Exp(total)
			mean += at.y * (now - before)
			before = now
		}
	}
	return mean
}

// chance is the probability of an epoch with own slots and a tail.
func (g *tailGame) chance(own, tail int) float64 {
	if own < 0 || own > g.slots {
		return 0
	}
	return g.odds[tail*(g.slots+1)+own]
}

// logChoose is ln C(n,k).
func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

// simulate plays the policy that the solution gives for a number of epochs and
// returns the share of slots filled, by batches of epochs, and in how many
// epochs a reveal was withheld.
func (g *tailGame) simulate(epochs int64, r *rand.Rand) (share moments, withheld int64) {
	ends := make([]float64, len(g.outcomes))
	sum := 0.0
	for i, o := range g.outcomes {
		sum += o.p
		ends[i] = sum
	}
	pick := func() outcome {
		i, _ := slices.BinarySearch(ends, r.Float64()*sum)
		return g.outcomes[min(i, len(ends)-1)]
	}
	const batch = 64
	tail, filled, inBatch := 0, 0.0, 0
	for range epochs {
		used := min(tail, g.most, simulatedTail)
		best, most, cost := outcome{}, math.Inf(-1), 0
		for set := range 1 << used {
			k := ones(set)
			if o := pick(); g.value(o.own, o.tail)-float64(k) > most {
				best, most, cost = o, g.value(o.own, o.tail)-float64(k), k
			}
		}
		if cost > 0 {
			withheld++
		}
		filled += float64(best.own - cost)
		tail = best.tail
		if inBatch++; inBatch == batch {
			share.add(filled / float64(batch*g.slots))
			filled, inBatch = 0, 0
		}
	}
	return share, withheld
}

// simulatedTail bounds the sets that are drawn one by one; a longer tail is
// rarer than 10⁻⁶ at α = 0.4.
const simulatedTail = 16

// ones counts the bits of a set.
func ones(set int) int {
	n := 0
	for ; set != 0; set &= set - 1 {
		n++
	}
	return n
}
