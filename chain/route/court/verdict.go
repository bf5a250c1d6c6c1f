package court

import (
	"sort"

	"probity/chain/types"
)

// ballot is what a seat counts for when its panel is settled.
type ballot struct {
	Stake    types.Amount // what is left of it
	Revealed bool
	Ratio    types.PPM
}

func (b ballot) guilty() bool { return b.Revealed && b.Ratio > 0 }

// decide counts a panel (spec court §4). Without more than half of the seats
// revealed there is no verdict. More votes for a ratio than for none are a
// verdict of guilty, whose ratio is the median of those votes, the lower one
// where two are in the middle: a doubt is the accused's. A tie acquits.
func decide(panel []ballot) Decision {
	d := Decision{Seats: uint64(len(panel))}
	var ratios []types.PPM
	for _, b := range panel {
		switch {
		case b.guilty():
			d.Guilty++
			ratios = append(ratios, b.Ratio)
		case b.Revealed:
			d.Clear++
		}
	}
	d.Hung = 2*(d.Guilty+d.Clear) <= d.Seats
	if !d.Hung && d.Guilty > d.Clear {
		sort.Slice(ratios, func(i, j int) bool { return ratios[i] < ratios[j] })
		d.Ratio = ratios[(len(ratios)-1)/2]
	}
	return d
}

// settle divides the stakes of a panel: what seat i loses, what it is due of
// what others lose, and what is left of that. Σ lost = Σ due + burned. Silence
// costs silencePPM of the stake, being outvoted minorityPPM; the seats that said
// what the panel said, all that revealed in a tie, and none where it is hung,
// are due the losses in proportion to their stakes, each rounded down.
func (d Decision) settle(panel []ballot, silencePPM, minorityPPM types.PPM) (lost, due []types.Amount, burned types.Amount) {
	lost, due = make([]types.Amount, len(panel)), make([]types.Amount, len(panel))
	tie := d.Guilty == d.Clear
	var total, winners types.Amount
	wins := func(b ballot) bool {
		return b.Revealed && !d.Hung && (tie || b.guilty() == (d.Ratio > 0))
	}
	for i, b := range panel {
		switch {
		case !b.Revealed:
			lost[i] = b.Stake.OfPPM(silencePPM)
		case wins(b):
			winners = winners.Add(b.Stake)
		case !d.Hung:
			lost[i] = b.Stake.OfPPM(minorityPPM)
		}
		total = total.Add(lost[i])
	}
	burned = total
	if winners.IsZero() {
		return lost, due, burned
	}
	for i, b := range panel {
		if wins(b) {
			due[i] = portion(total, b.Stake, winners)
			burned = burned.Sub(due[i])
		}
	}
	return lost, due, burned
}
