package dcert

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// Bounds of bonds.
const (
	BondersMax     = 16 // of one member, beside itself
	WithdrawalsMax = 4  // open ones of one bonder for one member
	maturing       = 64 // withdrawals that one block completes
)

// BondFor puts wREP of the sender behind a member or candidate.
type BondFor struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
	Amount types.Amount `json:"amount"`
}

// Unbond withdraws what the sender has bonded for a member; zero stands for all.
type Unbond struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
	Amount types.Amount `json:"amount"`
}

// place exposes stake for dCERT alone (D14). A stranger's bond is at least a
// sixteenth of what is asked for, so that strangers who take all places together
// bond enough and nobody can be kept from being bonded by dust.
func place(c *route.Ctx, m BondFor) error {
	k := bondKey{m.Member, c.Sender}
	b, known := bonds.Get(c, k)
	if m.Amount.IsZero() {
		return ErrBond.With("a bond of nothing")
	}
	if c.Sender != m.Member {
		if sum, least := rep.WREP.Stake(c, c.Sender, bondRef(m.Member)).Add(m.Amount), leastShare(c); sum.Less(least) {
			return ErrBond.For(sum, least)
		}
		if !known && strangers(c, m.Member) >= BondersMax {
			return ErrBonders.With("%d others bond for %s already", BondersMax, m.Member)
		}
	}
	if err := rep.Expose(c, c.Sender, bondRef(m.Member), m.Amount); err != nil {
		return err
	}
	bonds.Set(c, k, b)
	c.Emit("bond", "member", m.Member, "bonder", c.Sender, "amount", m.Amount)
	assess(c, m.Member)
	return nil
}

// leastShare is the least bond for another: ⌈dcert.bond/16⌉.
func leastShare(c *route.Ctx) types.Amount {
	return types.NewAmount((Bond.Get(c) + BondersMax - 1) / BondersMax)
}

// strangers counts who bonds for an account beside itself. Places of bonds that
// slashes have left nothing of are free again.
func strangers(c *route.Ctx, a keys.Address) (n int) {
	bonds.RangePrefix(c, bondKey{Member: a}, 1, func(k bondKey, b bond) bool {
		switch {
		case b.Pending == 0 && rep.WREP.Stake(c, k.Bonder, bondRef(a)).IsZero():
			bonds.Delete(c, k)
		case k.Bonder != a:
			n++
		}
		return true
	})
	return n
}

// bonded is what stands behind an account: withdrawals no longer do (D16).
func bonded(r state.Reader, a keys.Address) (sum types.Amount) {
	bonds.RangePrefix(r, bondKey{Member: a}, 1, func(k bondKey, _ bond) bool {
		sum = sum.Add(rep.WREP.Stake(r, k.Bonder, bondRef(a)))
		return true
	})
	return sum
}

// assess keeps the list of candidates, and removes a member whose bond no
// longer suffices (D16).
func assess(c *route.Ctx, a keys.Address) {
	enough := !bonded(c, a).Less(Bond.Amount(c))
	listed := candidates.Has(c, a)
	switch {
	case enough && !listed:
		candidates.Set(c, a, candidate{})
	case !enough && listed:
		candidates.Delete(c, a)
	}
	if !enough && members.Has(c, a) {
		remove(c, a, "bond")
	}
}

// unbond moves stake to a withdrawal, which is free after the exit delay (D15)
// and can be slashed until then (A-D7).
func unbond(c *route.Ctx, m Unbond) error {
	k := bondKey{m.Member, c.Sender}
	b, ok := bonds.Get(c, k)
	have := rep.WREP.Stake(c, c.Sender, bondRef(m.Member))
	amount := m.Amount
	if amount.IsZero() {
		amount = have
	}
	switch rest := have.SubClamp(amount); {
	case !ok || have.IsZero() || have.Less(amount):
		return ErrBond.For(have, amount)
	case c.Sender != m.Member && !rest.IsZero() && rest.Less(leastShare(c)):
		return ErrBond.With("%s would remain, less than %s: withdraw all of it", rest, leastShare(c))
	case b.Pending >= WithdrawalsMax:
		return ErrBonders.With("%d withdrawals of this bond are open", b.Pending)
	}
	rep.Release(c, c.Sender, bondRef(m.Member))
	id, _ := lastUnbond.Get(c)
	id++
	lastUnbond.Set(c, id)
	mustExpose(c, c.Sender, bondRef(m.Member), have.Sub(amount))
	mustExpose(c, c.Sender, unbondRef(id), amount)
	until := c.Block.Height + availability.ExitDelay(c)
	withdrawals.Set(c, due{until, id}, withdrawal{Member: m.Member, Bonder: c.Sender})
	leaving.Set(c, of{m.Member, id}, until)
	b.Pending++
	bonds.Set(c, k, b)
	c.Emit("unbond", "member", m.Member, "bonder", c.Sender, "amount", amount, "withdrawal", id, "until", until)
	assess(c, m.Member)
	return nil
}

// mustExpose exposes again what was released in the same rule.
func mustExpose(c *route.Ctx, a keys.Address, ref keys.Hash, amount types.Amount) {
	if err := rep.Expose(c, a, ref, amount); err != nil {
		panic("dcert: stake that was there is gone: " + err.Error())
	}
}

// complete frees withdrawals whose exit delay has passed, the oldest first.
func complete(c *route.Ctx) {
	n := 0
	withdrawals.Range(c, func(k due, w withdrawal) bool {
		if k.Until > c.Block.Height || n == maturing {
			return false
		}
		n++
		withdrawals.Delete(c, k)
		leaving.Delete(c, of{w.Member, k.ID})
		amount := rep.Release(c, w.Bonder, unbondRef(k.ID))
		at := bondKey{w.Member, w.Bonder}
		b, _ := bonds.Get(c, at)
		b.Pending--
		if b.Pending == 0 && rep.WREP.Stake(c, w.Bonder, bondRef(w.Member)).IsZero() {
			bonds.Delete(c, at)
		} else {
			bonds.Set(c, at, b)
		}
		c.Emit("unbonded", "member", w.Member, "bonder", w.Bonder, "amount", amount, "withdrawal", k.ID)
		return true
	})
}

// burn takes a part of all that is bonded for an account, whoever bonds it, and
// of withdrawals that are not complete (D17, D20). It returns how much that was.
func burn(c *route.Ctx, a keys.Address, part types.PPM) (sum types.Amount) {
	cut := func(bonder keys.Address, ref keys.Hash) {
		have := rep.Release(c, bonder, ref)
		loss := have.OfPPM(part)
		rep.Slash(c, bonder, loss, "dcert")
		mustExpose(c, bonder, ref, have.Sub(loss))
		sum = sum.Add(loss)
	}
	bonds.RangePrefix(c, bondKey{Member: a}, 1, func(k bondKey, _ bond) bool {
		cut(k.Bonder, bondRef(a))
		return true
	})
	leaving.RangePrefix(c, of{Address: a}, 1, func(k of, until types.Height) bool {
		if w, _ := withdrawals.Get(c, due{until, k.ID}); until >= c.Block.Height {
			cut(w.Bonder, unbondRef(k.ID))
		}
		return true
	})
	return sum
}
