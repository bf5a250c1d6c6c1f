// Package quorum is majorities by weight: the arithmetic under every
// certificate, pure and small enough to be checked against the paper.
//
// It promises (spec consensus §1), for a roster of weight W below 2⁶²:
//
//   - Two quorums share members of weight above W/3, so that with less than W/3
//     at fault every two have an honest member in common: no two certificates
//     of one view contradict each other.
//   - The honest members of such a roster reach a quorum without anybody else,
//     since what remains beside the heaviest tolerated fault weighs exactly
//     Threshold(W).
//   - Weight is counted, heads never; and of each member once per statement,
//     whatever order and number of its votes arrive.
//
// It leaves to its caller the signatures, who the indexes are (places in the
// roster of the epoch a statement names), and one Tally per statement.
package quorum

import "probity/chain/types"

// Weight is voting weight, whole REP at the freeze.
type Weight = types.Weight

// Limit bounds the weight of a roster, exclusively.
const Limit Weight = 1 << 62

// Threshold is the weight of a quorum, q = ⌊2W/3⌋+1: the least weight above
// two thirds. With W < Limit the product stays below 2⁶³. An empty roster has
// q = 1, which nobody reaches.
func Threshold(total Weight) Weight { return 2*total/3 + 1 }

// Fault is the greatest weight strictly below W/3: what may be Byzantine while
// safety and liveness hold. Fault(W) = W − Threshold(W) for W > 0.
func Fault(total Weight) Weight {
	if total == 0 {
		return 0
	}
	return (total - 1) / 3
}

// Total sums the weights of a roster. ErrWeight from Limit on.
func Total(weights []Weight) (Weight, error) {
	var total Weight
	for _, w := range weights {
		if w >= Limit-total {
			return 0, ErrWeight
		}
		total += w
	}
	return total, nil
}
