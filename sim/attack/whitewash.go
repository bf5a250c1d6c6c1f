package attack

import (
	"math"

	"probity/vpool"
)

// whitewashAttack leaves a slashed account behind and begins anew.
var whitewashAttack = &Attack{
	Name:   "whitewash",
	Title:  "Leave a slashed account and come back under a new name",
	Claim:  "A new account is worth nothing: to weigh again what was slashed costs at least that much in fees of the newcomer's own pools, and takes years under the cap.",
	Source: "spec economy §4.7",
	Options: []Option{
		{"share", "0.01,0.05,0.20", "shares of all REP that were slashed"},
		{"pools", "365", "newcomer's pools a year"},
	},
	Run: runWhitewash,
}

// comeback is the way back of a newcomer: a fee into a pool of its own post
// mints REP from the part of the cap that is kept for newcomers; c2 of it is
// the poster's, the rest goes to those who approve, by REP.
type comeback struct {
	mine, other vpool.Amount
	paid        vpool.Amount
	pools       int64
}

// back pays until the newcomer weighs what it had, every pool as much as the cap
// lets it mint; `whole` gives the newcomer all that is minted, the rule that
// the check must see through.
func back(share float64, yearly int64, posterPPM uint32, ratioPPM uint32) (*comeback, error) {
	lost := uint64(share * captureStart)
	c := &comeback{other: vpool.NewAmount(captureStart - lost)}
	for c.mine.LtUint64(lost) {
		terms := vpool.MintTerms{
			RatioPPM: ratioPPM, Supply: grown(c.mine, c.other), YearCapPPM: yearCapPPM,
			IntervalMs: vpool.YearMs / uint64(yearly), EntryPPM: entryPPM,
		}
		room := terms.Caps().Entries
		fee := vpool.ShareDown(room, vpool.NewAmount(vpool.Million), vpool.NewAmount(uint64(ratioPPM)))
		minted := terms.MintEntry(fee, vpool.Amount{})
		s, err := vpool.Pool{
			For: []vpool.Amount{c.mine, c.other}, Minted: minted, PosterPPM: posterPPM, WinPPM: vpool.Million / 2, Base: vpool.Included,
		}.Settle()
		if err != nil {
			return nil, err
		}
		c.mine = grown(grown(c.mine, s.Poster), s.For[0].Minted)
		c.other = grown(c.other, s.For[1].Minted)
		c.paid = grown(c.paid, fee)
		c.pools++
	}
	return c, nil
}

func runWhitewash(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	shares, yearly := r.fractions("share", 0, 0.9), r.integer("pools", 1, 1e6)
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	plot := Plot{Title: "years until a slashed share is back", X: Axis{Label: "share of all REP", Unit: "%"}, Y: Axis{Label: "years"}}
	for i, share := range shares {
		c, err := back(share, yearly, posterPPM, vpool.Million)
		if err != nil {
			return nil, err
		}
		params := map[string]any{"share": share}
		lost := math.Floor(share*captureStart) / vpool.Unit
		years := float64(c.pools) / float64(yearly)
		least := share / (float64(yearCapPPM) / 1e6 * float64(entryPPM) / 1e6)
		out.Rows = append(out.Rows,
			compared(AtLeast, "fees to weigh the same again, at a mint ratio of 1", params, lost, inREP(c.paid)).in("$").of(c.pools),
			reported("what of the supply is back once the weight is", params, c.mine.Float64()/(c.mine.Float64()+c.other.Float64())),
			reported("years it takes, were all of the newcomers' cap its own", params, years).in("years"),
			reported("years at least, were the supply not to grow", params, least).in("years"))
		add(&plot, "way back", Point{X: share, Y: years})
		tell(int64(i)+1, int64(len(shares)))
	}
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"A conviction holds across key rotations: only a new account without REP is free of it.",
		"Fees return in part as salary to all who hold REP, the newcomer's part at the end its share; the figures leave that out on the first way back, where it holds next to nothing.",
	}
	return out, nil
}
