package attack

import (
	"math"
	"math/rand/v2"

	"probity/chain/keys"
	"probity/vpool/draw"
)

// The baseline of the wiki: everyone reveals, and the seed is the union of all
// salts revealed. An actor with k salts whose reveals come last publishes the
// set of them whose draw it likes.

// unionMost is the largest number of free salts that is measured.
const unionMost = 4

// runUnion measures the first draw after such a union, for k = 1 … 4 with a
// quarter of the draws each.
func (g *grind) runUnion(alpha float64, out *Result) error {
	mine := weightOf(alpha)
	for k := 1; k <= unionMost; k++ {
		draws := g.draws / unionMost
		hits, differ, err := g.union(mine, k, draws)
		if err != nil {
			return err
		}
		a := float64(mine) / modelWeight
		expected := 1 - math.Pow(1-a, math.Exp2(float64(k)))
		row := inside("everyone-reveals: first draw hit", map[string]any{"scheme": "everyone-reveals", "alpha": alpha, "k": k}, expected, hits, draws)
		out.Rows = append(out.Rows, row)
		out.Shares = append(out.Shares, row.as(Share{Alpha: alpha, Scheme: "everyone-reveals", K: k, Differences: differ}))
		g.step(draws)
	}
	return nil
}

// union counts the draws that the actor wins, and those whose producer is not
// the one that revealing everything would have drawn.
func (g *grind) union(mine uint64, k int, draws int64) (hits, differ int64, err error) {
	lot, err := draw.NewLottery([]uint64{mine, modelWeight - mine})
	if err != nil {
		return 0, 0, err
	}
	salts := rand.NewChaCha8(named("union", g.seed, mine, uint64(k)))
	var all [32 * (1 + unionMost)]byte // the others' reveals folded, then the actor's
	var seed [len(all)]byte
	for range draws {
		if _, err := salts.Read(all[:32*(k+1)]); err != nil {
			return 0, 0, err
		}
		for set := 1<<k - 1; set >= 0; set-- {
			n := copy(seed[:], all[:32])
			for i := range k {
				if set>>i&1 == 1 {
					n += copy(seed[n:], all[32*(i+1):32*(i+2)])
				}
			}
			if lot.Next(keys.Sum(seed[:n])) == 0 {
				hits++
				if set != 1<<k-1 {
					differ++
				}
				break
			}
		}
	}
	return hits, differ, nil
}
