package vpool

// Accepted reports whether a pool passes: something was staked, and
// stakedFor·10⁶ > winPPM·(stakedFor+stakedAgainst), strictly (spec pools §5).
// A tie at winPPM = 500,000 therefore keeps the status quo. Both amounts are
// within MaxBits.
//
// Executive settlement alone accepts ties, and needs no function for it: the
// outcome of a block's pool is whether the block became an ancestor, so a
// block with equal stakes on both sides, or with none, is VALID.
func Accepted(stakedFor, stakedAgainst Amount, winPPM uint32) bool {
	total := add(stakedFor, stakedAgainst)
	if total.IsZero() {
		return false
	}
	have := mul(stakedFor, NewAmount(Million))
	need := mul(total, NewAmount(uint64(winPPM)))
	return have.Gt(&need)
}

// QuorumMet reports whether staked is at least quorumPPM of the supply in the
// pool's snapshot (spec pools §5). It compares products, so no rounding helps
// either side.
func QuorumMet(staked, supply Amount, quorumPPM uint32) bool {
	have := mul(staked, NewAmount(Million))
	need := mul(supply, NewAmount(uint64(quorumPPM)))
	return !have.Lt(&need)
}

// FrozenStake is what a vote in a block's pool stakes: stakePPM of the frozen
// weight, which counts whole REP. A whole REP is 10⁹ base units, so one ppm of
// it is 1,000 of them and nothing is rounded: split weights stake the same sum
// (spec economy §4, locks; spec pools §3).
func FrozenStake(weight uint64, stakePPM uint32) Amount {
	return mul(NewAmount(weight), NewAmount(uint64(stakePPM)*(Unit/Million)))
}
