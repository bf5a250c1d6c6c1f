package attack

import (
	"math"

	"probity/vpool"
)

// The setting that the attacks on the economy share: the parameters' defaults
// of the chain and a supply of a million REP.
const (
	rosterWeight = 1_000_000 // whole REP: all of the supply sits on the bench
	stakePPM     = 10_000
	posterPPM    = 500_000
	includerPPM  = 20_000
	burnPPM      = 500_000
	yearCapPPM   = 100_000
	entryPPM     = 200_000
	intervalMs   = 200
	rewardBlock  = 200_000 // 0.0002 $ in base units; with a mint ratio of 1 also REP
	yearBlocks   = float64(vpool.YearMs) / intervalMs
)

// votes are the votes of members with the stakes that their weights freeze.
func votes(weights ...uint64) []vpool.Vote {
	out := make([]vpool.Vote, len(weights))
	for i, w := range weights {
		out[i] = vpool.Vote{Weight: w, Stake: vpool.FrozenStake(w, stakePPM)}
	}
	return out
}

// blockPool is the pool of one block with the default parameters.
func blockPool(outcome vpool.Outcome, approvers, rejecters []vpool.Vote) vpool.Executive {
	return vpool.Executive{
		Outcome: outcome, Minted: vpool.NewAmount(rewardBlock), PosterPPM: posterPPM, IncluderPPM: includerPPM,
		Base: vpool.Roster, Weight: rosterWeight, Approvers: approvers, Rejecters: rejecters,
	}
}

// change is what a payout does to its owner's REP, in REP.
func change(p vpool.Payout) float64 {
	return (p.Minted.Float64() + p.Won.Float64() - p.Lost.Float64()) / vpool.Unit
}

// inREP is an amount in REP.
func inREP(a vpool.Amount) float64 { return a.Float64() / vpool.Unit }

// grown is a+b.
func grown(a, b vpool.Amount) vpool.Amount {
	var z vpool.Amount
	z.Add(&a, &b)
	return z
}

// partOf is a share of the roster in whole REP.
func partOf(share float64) uint64 { return uint64(math.Round(share * rosterWeight)) }
