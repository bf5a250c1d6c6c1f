package attack

import "math"

// The baseline of Ethereum: 32 slots an epoch, whose reveals (RANDAO) decide a
// later epoch.

// randaoSlots is the length of an epoch there.
const randaoSlots = 32

// randaoPublished is what the paper gives, in slots of all slots.
var randaoPublished = map[float64]float64{0.05: 0.05048, 0.10: 0.1019, 0.20: 0.2068}

// randaoTolerance is 0.05 points.
const randaoTolerance = 0.0005

// runRandao solves the game and plays its solution.
func (g *grind) runRandao(alpha float64, out *Result) error {
	game := newTailGame(alpha, randaoSlots, randaoSlots)
	params := map[string]any{"scheme": "randao32", "alpha": alpha}
	exact := reported("randao32: optimal share, computed", params, game.share())
	for at, published := range randaoPublished { // order does not show: one entry at most
		if math.Abs(at-alpha) < 1e-9 {
			exact = near("randao32: optimal share, computed, beside the published one", params, published, game.share(), randaoTolerance)
		}
	}
	played, withheld := game.simulate(g.draws, chance("randao", g.seed, weightOf(alpha)))
	row := insideMean("randao32: share when played, beside the computed one", params, game.share(), played)
	row.N = g.draws * randaoSlots
	g.step(g.draws)
	out.Rows = append(out.Rows, exact, row)
	out.Shares = append(out.Shares, Share{
		Alpha: alpha, Scheme: "randao32", Share: exact.Measured, Low: row.Low, High: row.High, N: row.N,
		Expected: exact.Expected, Differences: withheld, OK: exact.OK && row.OK,
	})
	return nil
}
