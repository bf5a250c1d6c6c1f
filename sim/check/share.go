package check

import (
	"fmt"
	"math/big"
	"slices"

	"probity/chain/types"
)

// Served tells who leads a view.
type Served struct {
	Epoch   types.Epoch
	View    types.View
	ASC     int            // place in the list
	Weights []types.Weight // of the list
}

// Share is the oracle of selection: every contract leads as often as the REP
// behind it says, within the exact binomial bound of shareOdds.
var Share = Check{"share", "a contract leads in proportion to the REP behind it", share}

// shareOdds is how unlikely a count must be, 1 in 2^shareOdds, before it is
// called wrong: with a million looks a right draw is called wrong once in a
// million runs.
const shareOdds = 40

// share looks when an epoch ends. The counts of a cycle vary less than those of
// independent draws, so the binomial bound errs on the quiet side.
func share() func(*Event) error {
	turns, views := map[int]int64{}, int64(0)
	var last *Served
	return func(e *Event) (err error) {
		s := e.Served
		if last != nil && (e.Calm != nil || s != nil && s.Epoch != last.Epoch) {
			err = unfair(turns, views, last.Weights)
		}
		if s == nil {
			return err
		}
		if last != nil && !slices.Equal(s.Weights, last.Weights) {
			turns, views = map[int]int64{}, 0 // another list
		}
		last = s
		turns[s.ASC]++
		views++
		return err
	}
}

// unfair finds the first contract whose count is too low or too high.
func unfair(turns map[int]int64, views int64, weights []types.Weight) error {
	var total types.Weight
	for _, w := range weights {
		total += w
	}
	for i, w := range weights {
		if unlikely(turns[i], views, uint64(w), uint64(total)) {
			return fmt.Errorf("contract %d led %d of %d views, its REP is worth %d", i, turns[i], views, uint64(views)*uint64(w)/uint64(total))
		}
	}
	return nil
}

// unlikely reports whether k successes or fewer, or k or more, of n draws with
// chance a/b each have a probability below 2^−shareOdds. It is exact: with
// c = b−a, P(X = j) is C(n,j)·aʲ·c^(n−j) parts of bⁿ.
func unlikely(k, n int64, a, b uint64) bool {
	if a == 0 || a == b {
		return a == 0 && k > 0 || a == b && k < n
	}
	up, down := new(big.Int).SetUint64(a), new(big.Int).SetUint64(b-a)
	whole := new(big.Int).Exp(new(big.Int).SetUint64(b), big.NewInt(n), nil)
	term := new(big.Int).Exp(down, big.NewInt(n), nil) // j = 0
	low, high := new(big.Int), new(big.Int)
	for j := int64(0); j <= n; j++ {
		if j <= k {
			low.Add(low, term)
		}
		if j >= k {
			high.Add(high, term)
		}
		term.Mul(term, up).Mul(term, big.NewInt(n-j))
		term.Quo(term, new(big.Int).Mul(down, big.NewInt(j+1))) // exact
	}
	limit := whole.Rsh(whole, shareOdds)
	return low.Cmp(limit) < 0 || high.Cmp(limit) < 0
}
