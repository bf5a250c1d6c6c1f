package rep

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// SlotLen bounds the name of a slot.
const SlotLen = 40

// lock is a standing lock: so much REP until the end of a height.
type lock struct {
	_      struct{} `cbor:",toarray"`
	Amount types.Amount
	Until  types.Height
}

// Standing sets the standing lock of a slot, "bench" or "asc/7", in place of
// the one it had; it never shortens it. Locks that have ended are forgotten.
// ErrLocked where the account has less wREP than amount.
func Standing(c *route.Ctx, a keys.Address, slotName string, amount types.Amount, until types.Height) error {
	if len(slotName) > SlotLen {
		panic("rep: name of a slot too long: " + slotName)
	}
	if have := Balance(c, WREP, a); have.Less(amount) {
		return ErrLocked.For(have, amount)
	}
	standing.RangePrefix(c, slot{Address: a}, 1, func(k slot, l lock) bool {
		if l.Until < c.Block.Height {
			standing.Delete(c, k)
		}
		return true
	})
	k := slot{a, slotName}
	if l, ok := standing.Get(c, k); ok && l.Until > until {
		until = l.Until
	}
	standing.Set(c, k, lock{Amount: amount, Until: until})
	return nil
}

// StandingMax is the wREP that standing locks hold: the largest of them, since
// they overlap.
func StandingMax(c *route.Ctx, a keys.Address) (most types.Amount) {
	standing.RangePrefix(c, slot{Address: a}, 1, func(_ slot, l lock) bool {
		if l.Until >= c.Block.Height {
			most = most.Max(l.Amount)
		}
		return true
	})
	return most
}

// Expose puts more REP of an account at stake for ref. ErrLocked where the
// balance does not cover all that is exposed.
func (b Book) Expose(c *route.Ctx, a keys.Address, ref keys.Hash, amount types.Amount) error {
	sum := b.Exposed(c, a).Add(amount)
	if have := Balance(c, b, a); have.Less(sum) {
		return ErrLocked.With("%s of %s are at stake already, %s more are not there",
			b.Exposed(c, a).Decimal(), have.Decimal(), amount.Decimal())
	}
	if amount.IsZero() {
		return nil
	}
	k := exposure{b, a, ref}
	before, _ := exposures.Get(c, k)
	exposures.Set(c, k, before.Add(amount))
	exposed.Set(c, owner{b, a}, sum)
	return nil
}

// Release ends what is at stake for ref and returns how much that was: a slash
// may have made it less than what was exposed.
func (b Book) Release(c *route.Ctx, a keys.Address, ref keys.Hash) types.Amount {
	k := exposure{b, a, ref}
	amount, ok := exposures.Get(c, k)
	if !ok {
		return amount
	}
	exposures.Delete(c, k)
	setExposed(c, owner{b, a}, b.Exposed(c, a).Sub(amount))
	return amount
}

// Exposed is all REP that an account has at stake.
func (b Book) Exposed(r state.Reader, a keys.Address) types.Amount {
	sum, _ := exposed.Get(r, owner{b, a})
	return sum
}

// Stake is what an account has at stake for ref.
func (b Book) Stake(r state.Reader, a keys.Address, ref keys.Hash) types.Amount {
	amount, _ := exposures.Get(r, exposure{b, a, ref})
	return amount
}

// Unexposed is the REP that an account could still put at stake.
func (b Book) Unexposed(r state.Reader, a keys.Address) types.Amount {
	return Balance(r, b, a).Sub(b.Exposed(r, a))
}

// Expose is WREP.Expose.
func Expose(c *route.Ctx, a keys.Address, ref keys.Hash, amount types.Amount) error {
	return WREP.Expose(c, a, ref, amount)
}

// Release is WREP.Release.
func Release(c *route.Ctx, a keys.Address, ref keys.Hash) types.Amount {
	return WREP.Release(c, a, ref)
}

// Exposed is WREP.Exposed.
func Exposed(r state.Reader, a keys.Address) types.Amount { return WREP.Exposed(r, a) }

func setExposed(c *route.Ctx, k owner, sum types.Amount) {
	if sum.IsZero() {
		exposed.Delete(c, k)
		return
	}
	exposed.Set(c, k, sum)
}

// clamp makes the locks of an account fit a balance that has fallen: standing
// ones to at most the balance, exposed ones, where they add up to more, each in
// proportion, rounded down. Votes on blocks need no clamp: their stake is the
// smaller of frozen weight and balance when it is read, and so falls first.
func clamp(c *route.Ctx, k owner, balance types.Amount) {
	if k.Book == WREP {
		standing.RangePrefix(c, slot{Address: k.Address}, 1, func(s slot, l lock) bool {
			if balance.IsZero() {
				standing.Delete(c, s)
			} else if balance.Less(l.Amount) {
				l.Amount = balance
				standing.Set(c, s, l)
			}
			return true
		})
	}
	sum := k.Book.Exposed(c, k.Address)
	if !balance.Less(sum) {
		return
	}
	var left types.Amount
	exposures.RangePrefix(c, exposure{Book: k.Book, Address: k.Address}, 2, func(e exposure, amount types.Amount) bool {
		amount = share(amount, balance, sum)
		left = left.Add(amount)
		if amount.IsZero() {
			exposures.Delete(c, e)
		} else {
			exposures.Set(c, e, amount)
		}
		return true
	})
	setExposed(c, k, left)
}
