package court

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// placed checks that every open case waits in exactly the queue of its stage,
// that nothing waits beside them, and that they are counted.
func placed(c *route.Ctx) (err error) {
	var n, want load
	queues := map[string]int{}
	accused, accusers := map[keys.Address]uint64{}, map[keys.Address]uint64{}
	cases.Range(c, func(id uint64, k Case) bool {
		if k.Stage.Over() != (k.Outcome != 0) || k.Stage.Over() != (k.Ended != 0) {
			err = fmt.Errorf("case %d is at %s with outcome %d", id, k.Stage, k.Outcome)
		}
		if k.Stage.Over() || err != nil {
			return err == nil
		}
		if k.Kind == Appeal {
			n.Appeals++
		} else {
			n.Accusations++
			accused[k.Accused]++
			accusers[k.Accuser]++
		}
		ok := false
		switch k.Stage {
		case Filed, Appealed:
			ok = k.Snapshot != 0 && waiting.Has(c, queued{k.Draws, id})
			queues["waiting"]++
		case Ratify:
			at, known := pools.Get(c, k.Pool)
			ok = known && at == id && pool.IsOpen(c, k.Pool) && k.Snapshot == 0
			queues["pools"]++
		default:
			ok = turns.Has(c, turn{k.Until, id}) && k.Snapshot == 0
			queues["turns"]++
		}
		if !ok {
			err = fmt.Errorf("case %d at %s is in no queue of that stage", id, k.Stage)
		}
		return err == nil
	})
	if want, _ = opened.Get(c); err == nil && want != n {
		err = fmt.Errorf("%d accusations and %d appeals are open, %d and %d are counted", n.Accusations, n.Appeals, want.Accusations, want.Appeals)
	}
	for _, q := range []struct {
		name string
		in   int
	}{{"waiting", size(c, waiting.Range)}, {"turns", size(c, turns.Range)}, {"pools", size(c, pools.Range)}} {
		if err == nil && q.in != queues[q.name] {
			err = fmt.Errorf("%d cases in %s, %d belong there", q.in, q.name, queues[q.name])
		}
	}
	check := func(of map[keys.Address]uint64) func(keys.Address, uint64) bool {
		return func(a keys.Address, n uint64) bool {
			if of[a] != n && err == nil {
				err = fmt.Errorf("%s has %d open cases, %d are counted", a, of[a], n)
			}
			delete(of, a)
			return err == nil
		}
	}
	charged.Range(c, check(accused))
	filed.Range(c, check(accusers))
	if err == nil && len(accused)+len(accusers) > 0 {
		err = fmt.Errorf("parties of open cases are not counted")
	}
	return err
}

// size is the number of entries of a region.
func size[K, V any](c *route.Ctx, each func(r state.Reader, fn func(K, V) bool)) (n int) {
	each(c, func(K, V) bool {
		n++
		return true
	})
	return n
}

// held checks that the court's account has the bonds of open cases.
func held(c *route.Ctx) error {
	var sum types.Amount
	cases.Range(c, func(_ uint64, k Case) bool {
		if !k.Stage.Over() {
			sum = sum.Add(k.Bond)
			if len(k.Decisions) < 2 {
				sum = sum.Add(k.AppealBond)
			}
		}
		return true
	})
	if have := bank.Balance(c, account); have.Less(sum) {
		return fmt.Errorf("bonds of %s, the account has %s", sum, have)
	}
	return nil
}

// bound checks that jurors' stakes are exposed while their panel sits and no
// longer, and that nobody is locked who is not accused.
func bound(c *route.Ctx) (err error) {
	seats.Range(c, func(p place, s seat) bool {
		k, _ := cases.Get(c, p.Case)
		sits := k.Round == p.Round && (k.Stage == Commit || k.Stage == Reveal)
		at := rep.WREP.Stake(c, p.Juror, stakeRef(p.Case, p.Round))
		if !sits && !at.IsZero() || s.Stake.Less(at) {
			err = fmt.Errorf("case %d, round %d: %s has %s at stake of %s", p.Case, p.Round, p.Juror, at, s.Stake)
		}
		return err == nil
	})
	cases.Range(c, func(id uint64, k Case) bool {
		if err == nil && k.Kind == Accusation && Charged(c, k.Accused) == 0 {
			w, g := rep.WREP.Stake(c, k.Accused, lockRef(k.Accused)), rep.GREP.Stake(c, k.Accused, lockRef(k.Accused))
			if !w.IsZero() || !g.IsZero() {
				err = fmt.Errorf("%s is locked and not accused", k.Accused)
			}
		}
		return err == nil
	})
	return err
}
