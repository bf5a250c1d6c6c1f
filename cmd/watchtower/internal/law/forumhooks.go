package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// closedForum queues what an accepted post has earned (forum §4).
func (c *Chain) closedForum(v verdict) {
	c.State.Delete(key(routeForum, forumOpenPools, v.ref))
	x := num.Bytes(v.value)
	if v.outcome != accepted || x.IsZero() {
		return
	}
	n := c.number(key(routeForum, forumLastDue)) + 1
	c.State.Set(key(routeForum, forumLastDue), uint64Value(n))
	c.State.Set(key(routeForum, forumQueue, n), enc(func(e *cbor.Enc) {
		e.Array(2).Bytes(v.ref[:])
		wire.Amount(e, x)
	}))
}

// endForum lets what is queued arrive, and notes the work contract (forum §4, §5).
func (c *Chain) endForum() {
	queue := c.State.Keys(key(routeForum, forumQueue))
	for i := 0; i < len(queue) && uint64(i) < c.param("forum.flows"); i++ {
		raw, _ := c.State.Get(queue[i])
		c.State.Delete(queue[i])
		read(raw, "queue", func(d *cbor.Dec) {
			d.Array(2)
			c.arrive(wREP, wire.DecHash(d), wire.DecAmount(d), "validated")
		})
	}
	c.noteContract()
}

// workContract is the post of the active one; zero: none.
func (c *Chain) workContract(k string) (h wire.Hash) {
	if raw, ok := c.State.Get(k); ok {
		read(raw, "work contract", func(d *cbor.Dec) { h = wire.DecHash(d) })
	}
	return h
}

func (c *Chain) noteContract() {
	k := key(routeForum, forumContract)
	now, was := c.workContract(key(routePool, 3)), c.workContract(k)
	if now == was {
		return
	}
	if was != (wire.Hash{}) {
		c.State.Set(key(routeForum, forumContracts, was), uint64Value(c.h.Height))
	}
	if now != (wire.Hash{}) {
		c.State.Set(key(routeForum, forumContracts, now), uint64Value(0))
	}
	c.State.Set(k, enc(func(e *cbor.Enc) { e.Bytes(now[:]) }))
}

// boundaryForum lets author shares arrive at the posts of work contracts (forum §5).
func (c *Chain) boundaryForum() {
	prefix := key(routeForum, forumContracts)
	for _, k := range c.State.Keys(prefix) {
		id, ended := wire.Hash([]byte(k[len(prefix):])), c.number(k)
		if c.post(id) != nil {
			share := key(routePool, 4, id)
			x := c.amount(share)
			c.State.Delete(share)
			c.arrive(wREP, id, x, "contract")
		}
		if least := c.h.Height - min(c.h.Height, c.param("pool.window")); ended != 0 && ended <= least {
			c.State.Delete(k)
		}
	}
}

// reward lets an amount arrive (forum §5).
func (c *Chain) reward(id wire.Hash, book int, amount num.Int, cause string) error {
	switch {
	case len(cause) > maxCause:
		return errForum(13, "too long a cause")
	case c.post(id) == nil:
		return errForum(4, "no such post")
	case book != wREP && book != gREP || book == gREP && !c.grepOpen():
		return errForum(10, "no such book")
	}
	c.arrive(book, id, amount, cause)
	return nil
}

// leach takes from a post, and burns it (forum §5).
func (c *Chain) leach(id wire.Hash, amount num.Int, cause string) error {
	switch {
	case len(cause) > maxCause:
		return errForum(13, "too long a cause")
	case c.post(id) == nil:
		return errForum(4, "no such post")
	}
	c.takeOut(id, amount, cause)
	return nil
}

// vouch says that an account is an author of a post (forum §5).
func (c *Chain) vouch(id wire.Hash, by wire.Address) error {
	p := c.post(id)
	if p == nil {
		return errForum(4, "no such post")
	}
	if by == (wire.Address{}) {
		return nil
	}
	for _, a := range p.authors {
		if a.a == by || c.linked(a.a) == by {
			return nil
		}
	}
	return errForum(9, "not its author")
}

// linked is the account of an author: that of its link, or itself (forum §6).
func (c *Chain) linked(a wire.Address) wire.Address {
	if to, ok := c.owner(key(routeForum, forumLinks, a)); ok {
		return to
	}
	return a
}

// link makes an account that of an identity (forum §6).
func (c *Chain) link(identity, to wire.Address) error {
	if to == (wire.Address{}) || to == identity || to == incinerator || c.has(key(routeForum, forumLinks, to)) {
		return errForum(11, "no account for an identity")
	}
	c.adoptIdentity(identity, to)
	c.setOwner(key(routeForum, forumLinks, identity), to)
	return nil
}
