package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// The chain's own accounts (economy §1).
var (
	treasury    = wire.RouteAddress("treasury")
	entryPot    = wire.RouteAddress("entry")
	incinerator = wire.RouteAddress("incinerator")
	salaryPots  = [...]wire.Address{wREP: wire.RouteAddress("salary"), gREP: wire.RouteAddress("salary.grep")}
)

// account is a nonce and a balance of $.
type account struct {
	nonce   uint64
	balance num.Int
}

func (c *Chain) account(a wire.Address) (acc account) {
	if b, ok := c.State.Get(key(routeBank, 1, a)); ok {
		acc.nonce, b = readUvarint(b)
		acc.balance, _ = readShort(b)
	}
	return acc
}

func (c *Chain) setAccount(a wire.Address, acc account) {
	k := key(routeBank, 1, a)
	if acc.nonce == 0 && acc.balance.IsZero() {
		c.State.Delete(k)
		return
	}
	c.State.Set(k, short(uvarint(nil, acc.nonce), acc.balance))
}

// credit and debit change a balance; a debit is covered, as its caller has seen.
func (c *Chain) credit(a wire.Address, amount num.Int) {
	acc := c.account(a)
	acc.balance = acc.balance.Add(amount)
	c.setAccount(a, acc)
}

func (c *Chain) debit(a wire.Address, amount num.Int) {
	acc := c.account(a)
	acc.balance = acc.balance.Sub(amount)
	if acc.balance.Neg() {
		panic("law: a balance below zero")
	}
	c.setAccount(a, acc)
}

// pay moves $; refused where the payer has not as much.
func (c *Chain) pay(from, to wire.Address, amount num.Int) error {
	if c.account(from).balance.Less(amount) {
		return refuse(codeFunds, "FUNDS", "not enough $")
	}
	if from != to && !amount.IsZero() {
		c.debit(from, amount)
		c.credit(to, amount)
	}
	return nil
}

// books is genesis, minted and burned of a currency.
type books struct{ genesis, minted, burned num.Int }

func (b books) supply() num.Int { return b.genesis.Add(b.minted).Sub(b.burned) }

func (c *Chain) books(k string) (b books) {
	if raw, ok := c.State.Get(k); ok {
		read(raw, "books", func(d *cbor.Dec) {
			d.Array(3)
			b = books{wire.DecAmount(d), wire.DecAmount(d), wire.DecAmount(d)}
		})
	}
	return b
}

func (c *Chain) setBooks(k string, b books) { c.State.Set(k, amounts(b.genesis, b.minted, b.burned)) }

func (c *Chain) amount(k string) (a num.Int) {
	if raw, ok := c.State.Get(k); ok {
		read(raw, "amount", func(d *cbor.Dec) { a = wire.DecAmount(d) })
	}
	return a
}

func (c *Chain) setAmount(k string, a num.Int) {
	c.State.Set(k, enc(func(e *cbor.Enc) { wire.Amount(e, a) }))
}

func (c *Chain) baseFee() num.Int { return c.amount(key(routeBank, 4)) }

// bankMsg decodes a message of the bank; the rule runs later.
func (c *Chain) bankMsg(id uint64, d *cbor.Dec) func(from wire.Address) error {
	switch id {
	case 1:
		d.Array(2)
		to, amount := wire.DecAddress(d), wire.DecAmount(d)
		return func(from wire.Address) error {
			if amount.IsZero() {
				return refused("nothing to send")
			}
			return c.pay(from, to, amount)
		}
	case 2:
		d.Array(2)
		spender, per := wire.DecAddress(d), wire.DecAmount(d)
		return func(from wire.Address) error {
			if per.IsZero() {
				return refused("an allowance of nothing")
			}
			c.setAllowance(from, spender, allowance{perEpoch: per})
			return nil
		}
	case 3:
		d.Array(1)
		spender := wire.DecAddress(d)
		return func(from wire.Address) error {
			k := key(routeBank, 3, from, spender)
			if _, ok := c.State.Get(k); !ok {
				return refused("no allowance")
			}
			c.State.Delete(k)
			return nil
		}
	case 4:
		d.Array(2)
		to, amount := wire.DecAddress(d), wire.DecAmount(d)
		return func(wire.Address) error {
			if amount.IsZero() {
				return refuse(2005, "AMOUNT", "nothing to spend")
			}
			return c.pay(treasury, to, amount)
		}
	}
	return nil
}

// chargeFee takes a fee that a rule asks for (economy §1).
func (c *Chain) chargeFee(a wire.Address, amount num.Int) error { return c.pay(a, entryPot, amount) }

// allowance is what a granter lets a spender pay in fees.
type allowance struct {
	perEpoch num.Int
	epoch    uint64
	spent    num.Int
}

func (c *Chain) setAllowance(granter, spender wire.Address, a allowance) {
	c.State.Set(key(routeBank, 3, granter, spender), enc(func(e *cbor.Enc) {
		e.Array(3)
		wire.Amount(e, a.perEpoch)
		e.Uint(a.epoch)
		wire.Amount(e, a.spent)
	}))
}

// charge is the bank's guard: who pays, and how much (execution §3).
func (c *Chain) charge(t *wire.Tx, sender wire.Address, fee num.Int) error {
	if t.FeeMax.Less(fee) {
		return invalid("fee", "feeMax %v is below %v", t.FeeMax, fee)
	}
	payer := sender
	if t.FeePayer != nil {
		payer = *t.FeePayer
	}
	if payer != sender {
		raw, ok := c.State.Get(key(routeBank, 3, payer, sender))
		if !ok {
			return invalid("fee", "no allowance")
		}
		var a allowance
		read(raw, "allowance", func(d *cbor.Dec) {
			d.Array(3)
			a = allowance{wire.DecAmount(d), d.U64(), wire.DecAmount(d)}
		})
		if a.epoch != c.h.Epoch {
			a.epoch, a.spent = c.h.Epoch, num.Int{}
		}
		if a.spent = a.spent.Add(fee); a.perEpoch.Less(a.spent) {
			return invalid("fee", "the allowance is used up")
		}
		c.setAllowance(payer, sender, a)
	}
	if c.account(payer).balance.Less(fee) {
		return invalid("fee", "the payer has not as much")
	}
	c.debit(payer, fee)
	return nil
}

// endBank divides the block's $ and sets the next base fee (economy §4.1,
// execution §3).
func (c *Chain) endBank() {
	fees := c.fees
	if acc := c.account(entryPot); !acc.balance.IsZero() {
		fees = fees.Add(acc.balance)
		c.debit(entryPot, acc.balance)
	}
	reward := num.U(c.param("reward.block"))
	burned := fees.PPM(c.param("fees.burn_ppm"))
	n := fees.Sub(burned).Add(reward)
	t := n.PPM(c.param("treasury_ppm"))
	g := n.PPM(c.param("budget.grep_ppm"))
	c.credit(treasury, t)
	c.credit(salaryPots[gREP], g)
	c.credit(salaryPots[wREP], n.Sub(t).Sub(g))
	money := c.books(key(routeBank, 2))
	money.minted = money.minted.Add(reward)
	money.burned = money.burned.Add(burned)
	c.setBooks(key(routeBank, 2), money)
	c.nextBaseFee()
}

func (c *Chain) nextBaseFee() {
	t := num.U(c.param("block.weight") / 2)
	w := num.Min(c.weight, t.Mul(num.U(2)))
	base := c.baseFee()
	step := func(d num.Int) num.Int {
		s := base.Mul(d).Div(t.Mul(num.U(8)))
		if s.IsZero() {
			return num.U(1)
		}
		return s
	}
	switch w.Cmp(t) {
	case 1:
		base = base.Add(step(w.Sub(t)))
	case -1:
		base = base.Over(step(t.Sub(w)))
	}
	if least := num.U(c.param("fees.base_min")); base.Less(least) {
		base = least
	}
	c.setAmount(key(routeBank, 4), base)
}
