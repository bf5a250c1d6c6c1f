package attack

import (
	"probity/chain/route/evidence"
	"probity/consensus/quorum"
	"probity/vpool"
)

// lendingAttack rents REP by renting the keys that vote with it.
var lendingAttack = &Attack{
	Name:   "lending",
	Title:  "Rent the keys of others to vote with their REP",
	Claim:  "REP cannot be lent without its risk: a rented vote that breaks a rule is taken from the lender. The break-even rent is reported.",
	Source: "spec economy §1, spec evidence §4",
	Options: []Option{
		{"share", "0.05,0.20,0.3333334", "shares of the roster that are rented"},
		{"risk", "0.001,0.01,0.1,1", "the lenders' belief that the borrower breaks a rule in an epoch"},
	},
	Run: runLending,
}

// lenderLoss is what the lenders of a weight lose where the borrower votes with
// it against the law: by double votes all of it, by rejecting a valid block the
// stake.
func lenderLoss(weight uint64) (double, reject float64, err error) {
	s, err := blockPool(vpool.Valid, votes(rosterWeight-weight), votes(weight)).Settle()
	if err != nil {
		return 0, 0, err
	}
	return slashed(weight, evidence.Slash.Default), -change(s.Rejecters[0]), nil
}

// slashed is what evidence of a double vote burns of a weight.
func slashed(weight, ppm uint64) float64 { return float64(weight) * float64(ppm) / vpool.Million }

func runLending(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	shares, risks := r.fractions("share", 0, 1), r.fractions("risk", 0, 1.0000001)
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	plot := Plot{
		Title: "rent at which a lender breaks even", X: Axis{Label: "risk of a double vote, per epoch", Log: true},
		Y: Axis{Label: "part of the lent REP, per epoch", Log: true},
	}
	for i, share := range shares {
		weight := partOf(share)
		double, reject, err := lenderLoss(weight)
		if err != nil {
			return nil, err
		}
		params := map[string]any{"share": share, "can fork": weight >= overlap(rosterWeight, quorum.Threshold), "can stop": weight > uint64(quorum.Fault(rosterWeight))}
		out.Rows = append(out.Rows, compared(AtLeast, "REP of the lenders that a double vote costs", params, float64(weight), double).in("REP"))
		if weight <= uint64(quorum.Fault(rosterWeight)) {
			out.Rows = append(out.Rows, compared(AtLeast, "REP of the lenders that rejecting one valid block costs", params, float64(weight)*stakePPM/vpool.Million, reject).in("REP"))
		}
		for _, risk := range risks {
			rent := risk * double
			out.Rows = append(out.Rows, reported("break-even rent", map[string]any{"share": share, "risk": risk}, rent).in("REP per epoch"))
			if i == 0 {
				add(&plot, "any share", Point{X: risk, Y: rent / double})
			}
		}
		tell(int64(i)+1, int64(len(shares)))
	}
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"The chain cannot see a rented key; it makes the owner answer for it. Salary goes on to the lender, so a rent pays for risk alone.",
		"Renting a third for one attack costs the lenders' whole REP, as a bribe for a fork does.",
	}
	return out, nil
}
