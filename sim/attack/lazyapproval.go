package attack

import (
	"math"

	"probity/consensus/quorum"
	"probity/vpool"
)

// lazyapprovalAttack approves every block without executing it.
var lazyapprovalAttack = &Attack{
	Name:  "lazyapproval",
	Title: "Approve every block unseen",
	Claim: "Below one third of the weight lazy approval finalizes no invalid block, and it loses its stake on each: " +
		"where invalid blocks occur more often than the break-even, checking pays.",
	Source: "spec pools §3, spec consensus",
	Options: []Option{
		{"share", "0.01", "the lazy member's share of the roster, below a third"},
		{"rate", "0.0001,0.001,0.01", "how often a block is invalid"},
		{"blocks", "1000000", "blocks played for each rate"},
		{"seed", "1", "the seed of all chance"},
	},
	Run: runLazyapproval,
}

// lazyLeast is the least weight of lazy approvers that finalizes an invalid
// block, by trying every weight near a third and two thirds, and the number of
// weights below a third at which the block is not rejected.
func lazyLeast(rule voting) (least uint64, unpunished int64) {
	least = rosterWeight + 1
	fault := uint64(quorum.Fault(rosterWeight))
	for w := uint64(rosterWeight); ; w -= step(w) {
		o := rule(rosterWeight, w, rosterWeight-w)
		if o == vpool.Valid {
			least = w
		}
		if w <= fault && o != vpool.Invalid {
			unpunished++
		}
		if w == 0 {
			return least, unpunished
		}
	}
}

// stakes of a member: what its approval of a block is worth, in REP.
type approval struct {
	right float64 // approving a valid block
	wrong float64 // approving an invalid one
	check float64 // rejecting an invalid one
}

// approvalOf settles a valid and an invalid block for a member of a weight, with
// all others honest, and the producer's encumbered REP out of the reckoning.
func approvalOf(weight uint64) (approval, error) {
	var a approval
	rest := uint64(rosterWeight) - weight
	for _, c := range []struct {
		e   vpool.Executive
		set func(vpool.Settlement)
	}{
		{blockPool(vpool.Valid, votes(weight, rest), nil), func(s vpool.Settlement) { a.right = change(s.Approvers[0]) }},
		{blockPool(vpool.Invalid, votes(weight), votes(rest)), func(s vpool.Settlement) { a.wrong = change(s.Approvers[0]) }},
		{blockPool(vpool.Invalid, nil, votes(weight, rest)), func(s vpool.Settlement) { a.check = change(s.Rejecters[0]) }},
	} {
		s, err := c.e.Settle()
		if err != nil {
			return a, err
		}
		c.set(s)
	}
	return a, nil
}

func runLazyapproval(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	shares, rates := r.fractions("share", 0, 1.0/3), r.fractions("rate", 0, 1)
	blocks, seed := r.integer("blocks", 1000, 1e9), uint64(r.integer("seed", 0, 1<<62))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	claimLazy(out, byQuorum)
	plot := Plot{
		Title: "lazy approval against checking: REP per block and REP staked",
		X:     Axis{Label: "rate of invalid blocks", Log: true}, Y: Axis{Label: "parts of the stake lost per block", Log: true},
	}
	done, all := int64(0), int64(len(shares)*len(rates))
	for _, share := range shares {
		a, err := approvalOf(partOf(share))
		if err != nil {
			return nil, err
		}
		params := map[string]any{"share": share}
		evens := a.right / (a.check - a.wrong)
		out.Rows = append(out.Rows,
			compared(AtMost, "approving an invalid block", params, 0, a.wrong).in("REP"),
			reported("approving a valid block", params, a.right).in("REP"),
			reported("rate of invalid blocks at which checking is worth all that approvals earn", params, evens).in("per block"))
		for _, rate := range rates {
			chance := chance("lazy", seed, math.Float64bits(rate))
			var lost moments
			for range blocks {
				if chance.Float64() < rate {
					lost.add(a.check - a.wrong)
				} else {
					lost.add(0)
				}
			}
			params := map[string]any{"share": share, "rate": rate}
			out.Rows = append(out.Rows, insideMean("REP that checking saves, per block", params, rate*(a.check-a.wrong), lost).in("REP"))
			add(&plot, "member of "+figure(share, "%"), Point{X: rate, Y: lost.mean() / -a.wrong})
			done++
			tell(done, all)
		}
	}
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"A block mints so little beside a stake that one wrong approval undoes the income of very many right ones; what checking costs must be compared with that.",
		"The figures leave out the producer's encumbered REP, which rejecters divide as well: it makes checking pay more.",
	}
	return out, nil
}

// claimLazy adds the claims about finality.
func claimLazy(out *Result, rule voting) {
	least, unpunished := lazyLeast(rule)
	out.Rows = append(out.Rows,
		compared(Exactly, "least weight of lazy approvers that finalizes an invalid block", nil, float64(quorum.Threshold(rosterWeight)), float64(least)).in("REP").of(rosterWeight),
		compared(Exactly, "weights below one third at which an invalid block goes unpunished", nil, 0, float64(unpunished)).in("weights").of(int64(quorum.Fault(rosterWeight))))
}
