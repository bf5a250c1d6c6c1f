package attack

import (
	"math"

	"probity/chain/route/evidence"
	"probity/consensus/quorum"
	"probity/vpool"
)

// briberyAttack pays voters to reject a valid block, or to vote twice.
var briberyAttack = &Attack{
	Name:  "bribery",
	Title: "Bribe voters: p + ε",
	Claim: "The break-even of a bribe is reported. Safety does not rest on it: a fork takes the provable double vote of more than a third, " +
		"and whoever is bribed to it loses all its REP.",
	Source: "spec consensus, spec evidence §1",
	Options: []Option{
		{"epsilon", "0.1", "what a bribe pays beyond the loss, as a part of it"},
		{"blocks", "1,1024", "for how many blocks in a row the bribe is offered"},
	},
	Run: runBribery,
}

// overlap is the least weight that must have voted twice where two blocks of one
// view have a certificate each.
func overlap(whole uint64, threshold func(quorum.Weight) quorum.Weight) uint64 {
	return 2*uint64(threshold(quorum.Weight(whole))) - whole
}

// cheapForks counts the rosters, up to a weight, in which less than a third of
// double votes gives two certificates.
func cheapForks(most uint64, threshold func(quorum.Weight) quorum.Weight) (n int64) {
	for whole := uint64(1); whole <= most; whole++ {
		if 3*overlap(whole, threshold) < whole {
			n++
		}
	}
	return n
}

func runBribery(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	epsilon, blocks := r.fractions("epsilon", 0, 100), r.integers("blocks", 1, 1e9)
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	// A fork, at every weight of a roster up to 10,000: the voters in both
	// quorums weigh a third or more, each with its evidence.
	fork := overlap(rosterWeight, quorum.Threshold)
	out.Rows = append(out.Rows,
		compared(Exactly, "rosters in which two certificates need less than a third of double votes", nil, 0, float64(cheapForks(10_000, quorum.Threshold))).in("rosters").of(10_000),
		reported("bribe for a fork: all REP of those who vote twice", nil, slashed(fork, evidence.Slash.Default)).in("REP"))

	stopping := uint64(quorum.Fault(rosterWeight)) + 1
	s, err := blockPool(vpool.Valid, votes(rosterWeight-stopping), votes(stopping)).Settle()
	if err != nil {
		return nil, err
	}
	loyal, err := blockPool(vpool.Valid, votes(rosterWeight-stopping, stopping), nil).Settle()
	if err != nil {
		return nil, err
	}
	// p: what rejecting costs a voter while the block is finalized without it.
	p := change(loyal.Approvers[1]) - change(s.Rejecters[0])
	plot := Plot{
		Title: "what a briber must put up to stop blocks, were the promise called",
		X:     Axis{Label: "blocks", Log: true}, Y: Axis{Label: "REP", Log: true},
	}
	for _, e := range epsilon {
		for _, n := range blocks {
			params := map[string]any{"epsilon": e, "blocks": n}
			// Stakes stop at the REP there is.
			budget := math.Min(p*float64(n), float64(stopping)) * (1 + e)
			out.Rows = append(out.Rows, reported("p + ε: deposit that makes the promise credible to a third", params, budget).in("REP"))
			add(&plot, "deposit, ε = "+figure(e, "%"), Point{X: float64(n), Y: budget})
		}
	}
	out.Rows = append(out.Rows, reported("p + ε: paid where the attack succeeds", nil, 0).in("REP"))
	tell(1, 1)
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"p + ε pays only those who vote for the attack while it fails, so a success is free: voters who all believe in it lose nothing when a view is skipped (VOID). What a third can do so is stop finality, not change it.",
		"REP cannot be bought, so figures in REP stand for the money at which an owner would part with it.",
	}
	return out, nil
}
