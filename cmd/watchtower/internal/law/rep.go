package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Books of REP (economy §1).
const (
	wREP = 1
	gREP = 2
)

// holder is a balance of REP and the index up to which its salary is paid.
type holder struct{ balance, paid num.Int }

func (c *Chain) holder(book int, a wire.Address) (h holder) {
	if b, ok := c.State.Get(key(routeRep, 1, book, a)); ok {
		h.balance, b = readShort(b)
		h.paid, _ = readShort(b)
	}
	return h
}

// balance is the REP of an account.
func (c *Chain) balance(book int, a wire.Address) num.Int { return c.holder(book, a).balance }

// setHolder stores a holder, and counts the holders (region 12).
func (c *Chain) setHolder(book int, a wire.Address, h holder) {
	k := key(routeRep, 1, book, a)
	_, was := c.State.Get(k)
	is := !h.balance.IsZero()
	if was != is {
		n := c.number(key(routeRep, 12, book))
		if is {
			n++
		} else {
			n--
		}
		c.State.Set(key(routeRep, 12, book), uint64Value(n))
	}
	if is {
		c.State.Set(k, short(short(nil, h.balance), h.paid))
	} else {
		c.State.Delete(k)
	}
}

func (c *Chain) supply(book int) num.Int { return c.books(key(routeRep, 2, book)).supply() }

// salary is the accumulator of a book (economy §4.1).
type salary struct {
	index, pot, carry num.Int
	dust              uint64
}

func (c *Chain) salary(book int) (s salary) {
	if b, ok := c.State.Get(key(routeRep, 3, book)); ok {
		s.index, b = readShort(b)
		s.pot, b = readShort(b)
		s.carry, b = readShort(b)
		for _, x := range b {
			s.dust = s.dust<<8 | uint64(x)
		}
	}
	return s
}

func (c *Chain) setSalary(book int, s salary) {
	b := short(short(short(nil, s.index), s.pot), s.carry)
	c.State.Set(key(routeRep, 3, book), append(b, wire.Be64(s.dust)...))
}

func (s *salary) owed() num.Int { return s.pot.Sub(s.carry).Shl(64).Sub(num.U(s.dust)) }

// follow sets carry and dust so that owed is what is given.
func (s *salary) follow(owed num.Int) {
	one := num.U(1).Shl(64)
	up := owed.Add(one).Sub(num.U(1)).Shr(64)
	s.dust = up.Shl(64).Sub(owed).U64()
	s.carry = s.pot.Sub(up)
}

// endRep raises the indices (economy §4.1).
func (c *Chain) endRep() {
	for book := wREP; book <= gREP; book++ {
		s := c.salary(book)
		rest := c.account(salaryPots[book]).balance.Sub(s.pot)
		r := c.supply(book)
		switch {
		case rest.IsZero() && (s.carry.IsZero() || r.IsZero()):
			continue
		case r.IsZero():
			s.pot, s.carry = s.pot.Add(rest), s.carry.Add(rest)
		default:
			rise := s.carry.Add(rest).Shl(64).Div(r)
			owed := s.owed().Add(rise.Mul(r))
			s.index = s.index.Add(rise)
			s.pot = s.pot.Add(rest)
			s.follow(owed)
		}
		c.setSalary(book, s)
	}
}

// paySalary pays what an account has earned in a book.
func (c *Chain) paySalary(book int, a wire.Address) {
	h, s := c.holder(book, a), c.salary(book)
	if h.balance.IsZero() || h.paid.Cmp(s.index) == 0 {
		return
	}
	claim := h.balance.Mul(s.index.Sub(h.paid))
	due := claim.Shr(64)
	owed := s.owed().Sub(claim)
	s.pot = s.pot.Sub(due)
	s.follow(owed)
	h.paid = s.index
	c.setHolder(book, a, h)
	c.setSalary(book, s)
	if !due.IsZero() {
		c.debit(salaryPots[book], due)
		c.credit(a, due)
		c.payments = append(c.payments, Payment{a, uint64(book), due})
	}
}

// Payment is a salary that was paid, or is due.
type Payment struct {
	Address wire.Address
	Book    uint64
	Amount  num.Int
}

// Payments are the salaries that the last block paid, in order.
func (c *Chain) Payments() []Payment { return c.payments }

// Dues are the salaries that are earned in the state and not paid (oracle §5).
func (c *Chain) Dues() (out []Payment) {
	for book := wREP; book <= gREP; book++ {
		index, prefix := c.salary(book).index, key(routeRep, 1, book)
		for _, k := range c.State.Keys(prefix) {
			var a wire.Address
			copy(a[:], k[len(prefix):])
			h := c.holder(book, a)
			out = append(out, Payment{a, uint64(book), h.balance.Mul(index.Sub(h.paid)).Shr(64)})
		}
	}
	return out
}

// setBalance is a change of a balance (economy §1): salary, snapshot, balance,
// locks.
func (c *Chain) setBalance(book int, a wire.Address, to num.Int) {
	c.paySalary(book, a)
	h := c.holder(book, a)
	old := h.balance
	c.keep(book, a, old)
	if old.IsZero() {
		h.paid = c.salary(book).index
	}
	h.balance = to
	c.setHolder(book, a, h)
	if to.Less(old) {
		c.clamp(book, a, to)
	}
}

// keep stores a balance for the newest open snapshot (economy §3).
func (c *Chain) keep(book int, a wire.Address, balance num.Int) {
	raw, ok := c.State.Get(key(routeRep, 10))
	if !ok {
		return
	}
	var open uint64
	read(raw, "latest snapshot", func(d *cbor.Dec) {
		d.Array(2)
		d.U64()
		open = d.U64()
	})
	k := key(routeRep, 9, open, book, a)
	if _, has := c.State.Get(k); open != 0 && !has {
		c.setAmount(k, balance)
	}
}

func (c *Chain) addBooks(book int, minted, burned num.Int) {
	b := c.books(key(routeRep, 2, book))
	b.minted, b.burned = b.minted.Add(minted), b.burned.Add(burned)
	c.setBooks(key(routeRep, 2, book), b)
}

// mint makes REP; to the incinerator it is burned at once.
func (c *Chain) mint(book int, a wire.Address, amount num.Int) {
	switch {
	case amount.IsZero():
	case a == incinerator:
		c.addBooks(book, amount, amount)
	default:
		c.addBooks(book, amount, num.Int{})
		c.setBalance(book, a, c.balance(book, a).Add(amount))
	}
}

// burn takes REP, at most what there is, and says how much.
func (c *Chain) burn(book int, a wire.Address, amount num.Int) num.Int {
	b := c.balance(book, a)
	amount = num.Min(amount, b)
	if !amount.IsZero() {
		c.setBalance(book, a, b.Sub(amount))
		c.addBooks(book, num.Int{}, amount)
	}
	return amount
}

// move takes REP from one account to another.
func (c *Chain) move(book int, from, to wire.Address, amount num.Int) {
	if to == incinerator {
		c.burn(book, from, amount)
		return
	}
	b := c.balance(book, from)
	amount = num.Min(amount, b)
	if from == to || amount.IsZero() {
		return
	}
	c.setBalance(book, from, b.Sub(amount))
	c.setBalance(book, to, c.balance(book, to).Add(amount))
}

// standing is a lock of an account (economy §2).
type standing struct {
	amount num.Int
	until  uint64
}

func (c *Chain) standing(k string) (s standing) {
	if raw, ok := c.State.Get(k); ok {
		read(raw, "lock", func(d *cbor.Dec) {
			d.Array(2)
			s = standing{wire.DecAmount(d), d.U64()}
		})
	}
	return s
}

func (c *Chain) setStanding(k string, s standing) {
	c.State.Set(k, enc(func(e *cbor.Enc) {
		e.Array(2)
		wire.Amount(e, s.amount)
		e.Uint(s.until)
	}))
}

// lock sets a standing lock; refused where the balance is below amount.
func (c *Chain) lock(a wire.Address, slot string, amount num.Int, until uint64) error {
	if c.balance(wREP, a).Less(amount) {
		return refused("not enough wREP")
	}
	for _, k := range c.State.Keys(key(routeRep, 5, a)) {
		if c.standing(k).until < c.h.Height {
			c.State.Delete(k)
		}
	}
	k := key(routeRep, 5, a, slot)
	c.setStanding(k, standing{amount, max(until, c.standing(k).until)})
	return nil
}

// clamp fits the locks of an account to a balance that fell (economy §2).
func (c *Chain) clamp(book int, a wire.Address, b num.Int) {
	if book == wREP {
		for _, k := range c.State.Keys(key(routeRep, 5, a)) {
			s := c.standing(k)
			if b.IsZero() {
				c.State.Delete(k)
			} else if b.Less(s.amount) {
				c.setStanding(k, standing{b, s.until})
			}
		}
	}
	sumKey := key(routeRep, 7, book, a)
	sum := c.amount(sumKey)
	if !b.Less(sum) {
		return
	}
	left := num.Int{}
	for _, k := range c.State.Keys(key(routeRep, 6, book, a)) {
		x := c.amount(k).Mul(b).Div(sum)
		left = left.Add(x)
		if x.IsZero() {
			c.State.Delete(k)
		} else {
			c.setAmount(k, x)
		}
	}
	if left.IsZero() {
		c.State.Delete(sumKey)
	} else {
		c.setAmount(sumKey, left)
	}
}

// repMsg decodes a message of rep.
func (c *Chain) repMsg(id uint64, d *cbor.Dec) func(from wire.Address) error {
	if id != 1 {
		return nil
	}
	d.Array(0)
	return func(from wire.Address) error {
		c.paySalary(wREP, from)
		c.paySalary(gREP, from)
		return nil
	}
}
