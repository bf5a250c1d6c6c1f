package legislature

import (
	"fmt"

	"probity/chain/route"
	"probity/chain/route/pool"
	"probity/chain/types"
)

// bonded checks that deposits are those of proposals that are not over, add up,
// and lock no more than they say: a slash may have made a lock smaller.
func bonded(c *route.Ctx) (err error) {
	sums := map[uint64]types.Amount{}
	deposits.Range(c, func(k backer, amt types.Amount) bool {
		p, _ := proposals.Get(c, k.Number)
		sums[k.Number] = sums[k.Number].Add(amt)
		if locked := p.Bond.Stake(c, k.Address, bondRef(k.Number)); amt.Less(locked) {
			err = fmt.Errorf("proposal %d: %s are locked for a deposit of %s", k.Number, locked, amt)
		}
		return err == nil
	})
	proposals.Range(c, func(n uint64, p proposal) bool {
		switch {
		case err != nil:
		case sums[n] != p.Deposited:
			err = fmt.Errorf("proposal %d: deposits of %s, it has %s", n, sums[n], p.Deposited)
		case p.Need.Less(p.Deposited):
			err = fmt.Errorf("proposal %d: deposited %s of %s", n, p.Deposited, p.Need)
		case p.State >= Queued && !p.Deposited.IsZero():
			err = fmt.Errorf("proposal %d is %s and holds a deposit of %s", n, p.State, p.Deposited)
		}
		return err == nil
	})
	return err
}

// opened checks that what is voted on has its pools, and is counted.
func opened(c *route.Ctx) (err error) {
	running := uint64(0)
	proposals.Range(c, func(n uint64, p proposal) bool {
		if voting.Has(c, n) != p.State.Voting() {
			err = fmt.Errorf("proposal %d is %s and listed the other way", n, p.State)
		}
		if p.State.Voting() != (len(p.Ballots) > 0) {
			err = fmt.Errorf("proposal %d is %s with %d pools", n, p.State, len(p.Ballots))
		}
		if p.State.Voting() && !p.Class.Rescue {
			running++
		}
		for _, b := range p.Ballots {
			if b.Outcome == 0 && !pool.IsOpen(c, b.Pool) {
				err = fmt.Errorf("proposal %d: pool %d has closed unheard", n, b.Pool)
			}
			if b.Against.Less(b.Veto) {
				err = fmt.Errorf("proposal %d: more vetoes than votes against", n)
			}
		}
		return err == nil
	})
	if count, _ := counted.Get(c); err == nil && count != running {
		err = fmt.Errorf("%d proposals are voted on, %d are counted", running, count)
	}
	return err
}

// queued checks that each proposal waits where its state says, and nothing else
// does.
func queued(c *route.Ctx) (err error) {
	timed, turns := 0, 0
	proposals.Range(c, func(n uint64, p proposal) bool {
		want := p.State == Draft && p.Deposited != p.Need || p.State == Queued
		if want {
			timed++
		}
		if want != dues.Has(c, due{p.Due, n}) {
			err = fmt.Errorf("proposal %d is %s and its time %d is not kept so", n, p.State, p.Due)
		}
		turn := p.State == Draft && p.Deposited == p.Need
		if turn {
			turns++
		}
		if turn != waiting.Has(c, p.rank(n)) {
			err = fmt.Errorf("proposal %d is %s and in the queue the other way", n, p.State)
		}
		return err == nil
	})
	dues.Range(c, func(due, State) bool { timed--; return true })
	waiting.Range(c, func(ready, types.Height) bool { turns--; return true })
	if err == nil && (timed != 0 || turns != 0) {
		err = fmt.Errorf("%d and %d more proposals than entries in the queues", timed, turns)
	}
	return err
}
