package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// exposure is what an account has exposed for a reference (economy §2).
func (c *Chain) exposure(book int, a wire.Address, ref wire.Hash) num.Int {
	return c.amount(key(routeRep, 6, book, a, ref))
}

// exposed is the sum of an account's exposures.
func (c *Chain) exposed(book int, a wire.Address) num.Int {
	return c.amount(key(routeRep, 7, book, a))
}

// spare is what an account has not exposed.
func (c *Chain) spare(book int, a wire.Address) num.Int {
	return c.balance(book, a).Over(c.exposed(book, a))
}

// expose adds to what an account has exposed for a reference; refused where the
// sum would exceed the balance.
func (c *Chain) expose(book int, a wire.Address, ref wire.Hash, amount num.Int) error {
	sum := c.exposed(book, a).Add(amount)
	if c.balance(book, a).Less(sum) {
		return refuse(codeExposed, kindExposed, "not enough REP that is not exposed")
	}
	c.setExposure(book, a, ref, c.exposure(book, a, ref).Add(amount), sum)
	return nil
}

// release ends an exposure, and says how much it was.
func (c *Chain) release(book int, a wire.Address, ref wire.Hash) num.Int {
	x := c.exposure(book, a, ref)
	c.reduce(book, a, ref, x)
	return x
}

// reduce releases a part of an exposure, at most all of it.
func (c *Chain) reduce(book int, a wire.Address, ref wire.Hash, amount num.Int) {
	x := c.exposure(book, a, ref)
	amount = num.Min(amount, x)
	if !amount.IsZero() {
		c.setExposure(book, a, ref, x.Sub(amount), c.exposed(book, a).Sub(amount))
	}
}

// setExposure stores an exposure and the sum of all; zero is absent.
func (c *Chain) setExposure(book int, a wire.Address, ref wire.Hash, x, sum num.Int) {
	c.setPositive(key(routeRep, 6, book, a, ref), x)
	c.setPositive(key(routeRep, 7, book, a), sum)
}

// setPositive stores an amount, or removes it where it is zero.
func (c *Chain) setPositive(k string, a num.Int) {
	if a.IsZero() {
		c.State.Delete(k)
	} else {
		c.setAmount(k, a)
	}
}

// setCount stores a number, or removes it where it is zero.
func (c *Chain) setCount(k string, n uint64) {
	if n == 0 {
		c.State.Delete(k)
	} else {
		c.State.Set(k, uint64Value(n))
	}
}

// latestSnapshot is the number of the last snapshot, and of the newest that is
// open; 0: none (economy §3).
func (c *Chain) latestSnapshot() (last, open uint64) {
	if raw, ok := c.State.Get(key(routeRep, 10)); ok {
		read(raw, "latest snapshot", func(d *cbor.Dec) {
			d.Array(2)
			last, open = d.U64(), d.U64()
		})
	}
	return last, open
}

func (c *Chain) setLatestSnapshot(last, open uint64) {
	c.State.Set(key(routeRep, 10), enc(func(e *cbor.Enc) { e.Array(2).Uint(last).Uint(open) }))
}

// takeSnapshot fixes all balances (economy §3).
func (c *Chain) takeSnapshot() uint64 {
	last, _ := c.latestSnapshot()
	n := last + 1
	c.setLatestSnapshot(n, n)
	c.State.Set(key(routeRep, 8, n), enc(func(e *cbor.Enc) {
		e.Array(1).Raw(amounts(c.supply(wREP), c.supply(gREP)))
	}))
	return n
}

// supplyAt is the supply of a book at a snapshot.
func (c *Chain) supplyAt(n uint64, book int) (s num.Int) {
	raw, _ := c.State.Get(key(routeRep, 8, n))
	read(raw, "snapshot", func(d *cbor.Dec) {
		d.Array(1)
		d.Array(2)
		w, g := wire.DecAmount(d), wire.DecAmount(d)
		if s = w; book == gREP {
			s = g
		}
	})
	return s
}

// balanceAt is the balance of an account at a snapshot that is held.
func (c *Chain) balanceAt(n uint64, book int, a wire.Address) num.Int {
	for _, k := range c.State.Keys(key(routeRep, 8)) {
		m := tail64(k, prefixLen)
		if m < n {
			continue
		}
		if kept := key(routeRep, 9, m, book, a); c.has(kept) {
			return c.amount(kept)
		}
	}
	return c.balance(book, a)
}

func (c *Chain) has(k string) bool {
	_, ok := c.State.Get(k)
	return ok
}

// dropSnapshot forgets a snapshot: what it stores goes to the open one before it
// (economy §3).
func (c *Chain) dropSnapshot(n uint64) {
	c.State.Delete(key(routeRep, 8, n))
	before := uint64(0)
	for _, k := range c.State.Keys(key(routeRep, 8)) {
		if m := tail64(k, prefixLen); m < n {
			before = m
		}
	}
	prefix := key(routeRep, 9, n)
	for _, k := range c.State.Keys(prefix) {
		v, _ := c.State.Get(k)
		c.State.Delete(k)
		if to := key(routeRep, 9, before) + k[len(prefix):]; before != 0 && !c.has(to) {
			c.State.Set(to, v)
		}
	}
	if last, open := c.latestSnapshot(); open == n {
		c.setLatestSnapshot(last, before)
	}
}

// shift takes REP that is not exposed from one account to another, and says how
// much (economy §1).
func (c *Chain) shift(book int, from, to wire.Address, amount num.Int) num.Int {
	amount = num.Min(amount, c.spare(book, from))
	c.move(book, from, to, amount)
	return amount
}

// adoptIdentity moves all REP that is not exposed and all $ of an address to an
// account (economy §1).
func (c *Chain) adoptIdentity(from, to wire.Address) {
	for book := wREP; book <= gREP; book++ {
		c.shift(book, from, to, c.balance(book, from))
	}
	_ = c.pay(from, to, c.account(from).balance)
}

// grepOpen says that the book of gREP is open (economy §1).
func (c *Chain) grepOpen() bool { return c.has(key(routeRep, 11)) }
