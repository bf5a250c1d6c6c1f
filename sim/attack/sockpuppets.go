package attack

import (
	"fmt"
	"slices"

	"probity/vpool/draw"
)

// sockpuppetsAttack splits one holder's REP over many contracts.
var sockpuppetsAttack = &Attack{
	Name:   "sockpuppets",
	Title:  "Split REP over many contracts to serve more often",
	Claim:  "An actor serves as often as it holds REP, in the cycle and in the lottery, with 1, 5 and 50 contracts.",
	Source: "spec selection §4",
	Options: []Option{
		{"share", "0.1,0.3333,0.5", "the actor's shares of REP"},
		{"puppets", "1,5,50", "over how many contracts it spreads them"},
		{"draws", "102400", "views drawn for each"},
		{"seed", "1", "the seed of all chance"},
	},
	Run: runSockpuppets,
}

// puppetUnits is the length of the cycle, that of an epoch by default.
const puppetUnits = 1024

// selection draws a number of producers from weights and counts those that are
// the actor's.
type selection struct {
	name string
	run  func(weights []uint64, mine []bool, draws int64, seed uint64) (own, all int64, err error)
}

var selections = []selection{{byCycle, drawCycle}, {byLottery, drawLottery}}

// wholeContracts is the rule that the cycle replaces: every contract serves
// once before any serves again.
var wholeContracts = selection{"whole contracts without replacement", drawWhole}

func drawCycle(weights []uint64, mine []bool, draws int64, seed uint64) (own, all int64, err error) {
	c, err := draw.NewCycle(weights, puppetUnits)
	if err != nil {
		return 0, 0, err
	}
	for v := range draws {
		if mine[c.Next(named("puppets", seed, uint64(v)))] {
			own++
		}
	}
	return own, draws, nil
}

func drawLottery(weights []uint64, mine []bool, draws int64, seed uint64) (own, all int64, err error) {
	l, err := draw.NewLottery(weights)
	if err != nil {
		return 0, 0, err
	}
	for v := range draws {
		if mine[l.Next(named("puppets", seed, uint64(v)))] {
			own++
		}
	}
	return own, draws, nil
}

func drawWhole(weights []uint64, mine []bool, draws int64, seed uint64) (own, all int64, err error) {
	for round := uint64(0); all < draws; round++ {
		order, err := draw.Sample(named("puppets", seed, round), weights, len(weights))
		if err != nil {
			return 0, 0, err
		}
		for _, i := range order {
			if mine[i] {
				own++
			}
		}
		all += int64(len(order))
	}
	return own, all, nil
}

// puppetOthers is over how many contracts the others spread the rest.
const puppetOthers = 5

// puppets is a list in which an actor holds a share in equal parts. They stand
// scattered, as ids scatter them.
func puppets(number int, share float64) (weights []uint64, mine []bool) {
	const all = 1_000_000_000
	part := uint64(share*all) / uint64(number)
	other := (all - part*uint64(number)) / puppetOthers
	for i := range number + puppetOthers {
		at, weight := i*2654435761%(len(mine)+1), other
		if i < number {
			weight = part
		}
		weights = slices.Insert(weights, at, weight)
		mine = slices.Insert(mine, at, i < number)
	}
	return weights, mine
}

// share is what the actor holds of the list, exactly.
func shareOf(weights []uint64, mine []bool) float64 {
	var held, all uint64
	for i, w := range weights {
		all += w
		if mine[i] {
			held += w
		}
	}
	return float64(held) / float64(all)
}

// claimShare measures a rule against the claim that blocks follow REP.
func claimShare(rule selection, number int, share float64, draws int64, seed uint64) (Row, error) {
	weights, mine := puppets(number, share)
	own, all, err := rule.run(weights, mine, draws, seed)
	if err != nil {
		return Row{}, err
	}
	return inside("share of blocks, "+rule.name, map[string]any{"share": share, "puppets": number}, shareOf(weights, mine), own, all), nil
}

func runSockpuppets(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	shares, numbers := r.fractions("share", 0, 1), r.integers("puppets", 1, 1000)
	draws, seed := r.integer("draws", 1000, 1e8), uint64(r.integer("seed", 0, 1<<62))
	if r.err != nil {
		return nil, r.err
	}
	out, done := &Result{}, int64(0)
	plot := Plot{
		Title: "blocks for each block that the REP is due, by number of contracts",
		X:     Axis{Label: "contracts", Log: true}, Y: Axis{Label: "share of blocks / share of REP"},
	}
	for _, rule := range selections {
		for _, share := range shares {
			for _, number := range numbers {
				row, err := claimShare(rule, int(number), share, draws, seed)
				if err != nil {
					return nil, err
				}
				out.Rows = append(out.Rows, row)
				add(&plot, fmt.Sprintf("%s, %g of REP", rule.name, share), Point{float64(number), row.Measured / row.Expected, row.Low / row.Expected, row.High / row.Expected})
				done++
				tell(done, int64(len(selections)*len(shares)*len(numbers)))
			}
		}
	}
	// The rule that this chain does not have, with half of the REP.
	for _, number := range numbers {
		weights, mine := puppets(int(number), 0.5)
		own, all, err := drawWhole(weights, mine, draws, seed)
		if err != nil {
			return nil, err
		}
		expected, got := float64(number)/float64(number+puppetOthers), float64(own)/float64(all)
		out.Rows = append(out.Rows, near("share of blocks, baseline: "+wholeContracts.name,
			map[string]any{"share": 0.5, "puppets": number}, expected, got, 1e-9).of(all))
		add(&plot, wholeContracts.name+", 0.5 of REP", Point{X: float64(number), Y: 2 * got})
	}
	out.Plots = []Plot{plot}
	out.Notes = []string{"The baseline's five other contracts hold the other half of the REP. It follows contracts, not REP: the cycle lays weights on units instead."}
	return out, nil
}
