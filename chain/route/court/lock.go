package court

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// lock exposes the REP of an accused that is at stake for nothing else, in both
// books, until court.lock_ppm of its balance is exposed for the court. REP
// cannot be given away, but an author gives back what a post with a negative
// reference takes from it: exposed REP is not given back, not staked again, and
// not adopted by another account. What is at stake elsewhere is slashed there,
// and locked here when it comes free.
func lock(c *route.Ctx, a keys.Address) {
	ref := lockRef(a)
	for _, b := range []rep.Book{rep.WREP, rep.GREP} {
		want := rep.Balance(c, b, a).OfPPM(LockPPM.PPM(c)).SubClamp(b.Stake(c, a, ref))
		free := b.Unexposed(c, a)
		if err := b.Expose(c, a, ref, want.Min(free)); err != nil {
			panic("court: unexposed REP cannot be exposed: " + err.Error())
		}
	}
}

// unlock ends the exposure.
func unlock(c *route.Ctx, a keys.Address) (wrep, grep types.Amount) {
	return rep.WREP.Release(c, a, lockRef(a)), rep.GREP.Release(c, a, lockRef(a))
}

// exits are the rules by which an account has locked REP of its own let go.
var exits = map[string][]string{
	"legislature": {"withdraw"},
	"dcert":       {"unbond", "leave"},
	"oracle":      {"leave"},
}

// guard refuses them to an accused account (J5). It looks at the state for
// those rules only.
func guard(c *route.Ctx, call route.Call) error {
	for _, name := range exits[call.Route.Name] {
		if name == call.Msg.Name && charged.Has(c, c.Sender) {
			return ErrAccused.With("%s/%s is closed to an accused account until its cases are final", call.Route.Name, name)
		}
	}
	return nil
}
