package attack

import (
	"probity/vpool"
)

// longconAttack behaves for years to gather a third of all REP, and strikes.
var longconAttack = &Attack{
	Name:   "longcon",
	Title:  "Behave for years, then strike",
	Claim:  "Honest work keeps an actor's share where it is on average, so patience buys no third; the break-even of the strike is reported.",
	Source: "spec economy §4, spec pools §3",
	Options: []Option{
		{"share", "0.05,0.20", "the actor's shares at the start"},
		{"years", "10", "years of honest work, at the cap of the mint"},
		{"runs", "400", "chains played"},
		{"discount", "0.05", "yearly interest at which income is valued"},
		{"seed", "1", "the seed of all chance"},
	},
	Run: runLongcon,
}

// longconPools stands for a year's blocks: fewer and larger pools, which makes
// shares wander more, not less.
const longconPools = 100

// work is one actor's share after years of honest production and policing at
// the cap of the mint. With favoured, the producer's part is always its own:
// the rule that the check must see through.
func work(share, years float64, favoured bool, chance func() float64) (float64, error) {
	mine, other := vpool.NewAmount(uint64(share*captureStart)), vpool.NewAmount(captureStart-uint64(share*captureStart))
	for range int(years * longconPools) {
		supply := grown(mine, other)
		terms := vpool.MintTerms{RatioPPM: vpool.Million, Supply: supply, YearCapPPM: yearCapPPM, IntervalMs: vpool.YearMs / longconPools}
		s, err := vpool.Executive{
			Outcome: vpool.Valid, Base: vpool.Roster, PosterPPM: posterPPM, Minted: terms.Caps().Blocks, Weight: supply.Uint64(),
			Approvers: []vpool.Vote{{Weight: mine.Uint64()}, {Weight: other.Uint64()}},
		}.Settle()
		if err != nil {
			return 0, err
		}
		drawn := chance() < mine.Float64()/supply.Float64()
		mine, other = grown(mine, s.Approvers[0].Minted), grown(other, s.Approvers[1].Minted)
		if drawn || favoured {
			mine = grown(mine, s.Producer)
		} else {
			other = grown(other, s.Producer)
		}
	}
	return mine.Float64() / (mine.Float64() + other.Float64()), nil
}

// claimWork measures the share after the work over many chains.
func claimWork(share, years float64, runs int64, seed uint64, favoured bool) (Row, error) {
	r := chance("longcon", seed, uint64(share*1e6))
	var m moments
	for range runs {
		after, err := work(share, years, favoured, r.Float64)
		if err != nil {
			return Row{}, err
		}
		m.add(after)
	}
	return insideMean("share after honest work", map[string]any{"share": share, "years": years}, share, m), nil
}

func runLongcon(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	shares, years := r.fractions("share", 0, 1), r.fractions("years", 0, 1000)
	runs, seed := r.integer("runs", 20, 1e6), uint64(r.integer("seed", 0, 1<<62))
	discount := r.fractions("discount", 0, 10)
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	plot := Plot{Title: "share of REP before and after honest work", X: Axis{Label: "years"}, Y: Axis{Label: "share", Unit: "%"}}
	done, all := int64(0), int64(len(shares)*len(years))
	for _, share := range shares {
		add(&plot, figure(share, "%")+" at the start", Point{X: 0, Y: share})
		for _, y := range years {
			row, err := claimWork(share, y, runs, seed, false)
			if err != nil {
				return nil, err
			}
			out.Rows = append(out.Rows, row)
			add(&plot, figure(share, "%")+" at the start", Point{X: y, Y: row.Measured, Low: row.Low, High: row.High})
			done++
			tell(done, all)
		}
		for _, d := range discount {
			// The strike costs all REP: the salary that it would have earned for
			// ever, of the block reward alone, worth income/discount today.
			income := share * float64(rewardBlock) / vpool.Unit * yearBlocks
			out.Rows = append(out.Rows, reported("profit at which the strike breaks even", map[string]any{"share": share, "discount": d}, income/d).in("$"))
		}
	}
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"The break-even counts the block reward alone; fees add to it. It bounds what an attack must bring in, not what the chain loses.",
		"A third is reached by work of one's own only with others' leave: by references, by newcomers' posts, or by fees (attack capture).",
	}
	return out, nil
}
