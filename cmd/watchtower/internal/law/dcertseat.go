package law

import (
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// dcertCandidate is what an account has of votes, and of the count that runs.
type dcertCandidate struct{ votes, running num.Int }

func (x *dcertCandidate) shape(f form) { f.fields(2).amount(&x.votes).amount(&x.running) }

func (c *Chain) isDcertCandidate(a wire.Address) bool { return c.has(key(routeDcert, 4, a)) }

func (c *Chain) dcertCandidate(a wire.Address) (x dcertCandidate) {
	c.load(key(routeDcert, 4, a), &x)
	return x
}

func (c *Chain) setDcertCandidate(a wire.Address, x dcertCandidate) {
	c.store(key(routeDcert, 4, a), &x)
}

// dcertMember is a member of the group.
type dcertMember struct{ sequence, since, suspended uint64 }

func (m *dcertMember) shape(f form) { f.fields(3).u64(&m.sequence).u64(&m.since).u64(&m.suspended) }

func (c *Chain) isDcertMember(a wire.Address) bool { return c.has(key(routeDcert, 5, a)) }

// dcertSeat is an account's seat; nil: it has none.
func (c *Chain) dcertSeat(a wire.Address) *dcertMember {
	m := &dcertMember{}
	if !c.load(key(routeDcert, 5, a), m) {
		return nil
	}
	return m
}

// dcertMembers are all, in order of addresses.
func (c *Chain) dcertMembers() []wire.Address { return c.addressesUnder(key(routeDcert, 5)) }

// dcertAdmit gives an account a seat, and takes its entry from the queue (dcert §4).
func (c *Chain) dcertAdmit(a wire.Address) {
	n := c.number(key(routeDcert, 6)) + 1
	c.State.Set(key(routeDcert, 6), uint64Value(n))
	c.store(key(routeDcert, 5, a), &dcertMember{sequence: n, since: c.h.Height})
	c.dcertUnqueue(a)
}

// dcertRemove ends a seat and all votes to suspend it.
func (c *Chain) dcertRemove(a wire.Address) {
	c.dcertDismiss(a)
	c.dcertUnseat(a)
}

// dcertUnseat is a removal of which nothing follows for the account.
func (c *Chain) dcertUnseat(a wire.Address) {
	c.State.Delete(key(routeDcert, 5, a))
	c.dcertForgetVotes(suspendSubject(a))
}

// dcertSwap is an entry of the queue.
type dcertSwap struct {
	newcomer wire.Address
	time     uint64
}

func (s *dcertSwap) shape(f form) { f.fields(2).address(&s.newcomer).u64(&s.time) }

// dcertQueued are the outgoing of the queue, in order.
func (c *Chain) dcertQueued() []wire.Address { return c.addressesUnder(key(routeDcert, 7)) }

func (c *Chain) dcertSwap(outgoing wire.Address) (s dcertSwap, ok bool) {
	ok = c.load(key(routeDcert, 7, outgoing), &s)
	return s, ok
}

// dcertUnqueue takes a newcomer's entry from the queue, and says whether it had one.
func (c *Chain) dcertUnqueue(newcomer wire.Address) bool {
	for _, out := range c.dcertQueued() {
		if s, _ := c.dcertSwap(out); s.newcomer == newcomer {
			c.State.Delete(key(routeDcert, 7, out))
			return true
		}
	}
	return false
}

// dcertAccept takes a seat, or a place in the queue for one (dcert §4).
func (c *Chain) dcertAccept(from wire.Address) error {
	mine := c.dcertCandidate(from).votes
	switch {
	case c.dcertHalted():
		return dcertRefuse(5)
	case c.isDcertMember(from):
		return dcertRefuse(7)
	case c.outOfOffice(from):
		return dcertRefuse(8)
	case !c.dcertReaches(from):
		return dcertRefuse(9)
	case mine.IsZero() || c.dcertAhead(from, mine) >= c.param("dcert.max"):
		return dcertRefuse(12)
	}
	if uint64(len(c.dcertMembers())) < c.param("dcert.max") {
		c.dcertAdmit(from)
		return nil
	}
	for _, out := range c.dcertQueued() {
		if s, _ := c.dcertSwap(out); s.newcomer == from {
			return dcertRefuse(14)
		}
	}
	outgoing, ok := c.dcertLowest(true)
	switch {
	case !ok:
		return dcertRefuse(14)
	case !c.dcertCandidate(outgoing).votes.Less(mine):
		return dcertRefuse(13)
	}
	if c.param("dcert.stabilization") == 0 {
		c.dcertRemove(outgoing)
		c.dcertAdmit(from)
		return nil
	}
	c.store(key(routeDcert, 7, outgoing), &dcertSwap{from, c.h.Time + c.param("dcert.stabilization")})
	return nil
}

// dcertAhead counts the candidates before one: those with more votes, and members with
// as many.
func (c *Chain) dcertAhead(of wire.Address, mine num.Int) (n uint64) {
	for _, a := range c.addressesUnder(key(routeDcert, 4)) {
		v := c.dcertCandidate(a).votes
		if a != of && (mine.Less(v) || v.Cmp(mine) == 0 && c.isDcertMember(a)) {
			n++
		}
	}
	return n
}

// dcertLowest is the member with the fewest votes, and of such the one that was
// admitted last; free: among those that do not go already.
func (c *Chain) dcertLowest(free bool) (low wire.Address, ok bool) {
	for _, a := range c.dcertMembers() {
		if free && c.has(key(routeDcert, 7, a)) {
			continue
		}
		x, y := c.dcertCandidate(a).votes, c.dcertCandidate(low).votes
		if !ok || x.Less(y) || x.Cmp(y) == 0 && c.dcertSeat(a).sequence > c.dcertSeat(low).sequence {
			low, ok = a, true
		}
	}
	return low, ok
}

// dcertLeave gives up a seat, or a place in the queue.
func (c *Chain) dcertLeave(from wire.Address) error {
	if c.isDcertMember(from) {
		c.dcertRemove(from)
		return nil
	}
	if !c.dcertUnqueue(from) {
		return dcertRefuse(6)
	}
	return nil
}

// dcertTurnQueue carries out the swaps that are due (dcert §4).
func (c *Chain) dcertTurnQueue() {
	for _, out := range c.dcertQueued() {
		s, ok := c.dcertSwap(out)
		if !ok || c.isDcertMember(out) && c.h.Time < s.time {
			continue
		}
		c.State.Delete(key(routeDcert, 7, out))
		if c.isDcertMember(s.newcomer) || !c.dcertReaches(s.newcomer) {
			continue
		}
		if uint64(len(c.dcertMembers())) < c.param("dcert.max") {
			c.dcertAdmit(s.newcomer)
		} else if c.isDcertMember(out) && c.dcertCandidate(out).votes.Less(c.dcertCandidate(s.newcomer).votes) {
			c.dcertRemove(out)
			c.dcertAdmit(s.newcomer)
		}
	}
}

// dcertShrink removes members that there are too many of.
func (c *Chain) dcertShrink() {
	for uint64(len(c.dcertMembers())) > c.param("dcert.max") {
		low, _ := c.dcertLowest(false)
		c.dcertRemove(low)
	}
}

// dcertStipends pays the active members from the treasury (dcert §5).
func (c *Chain) dcertStipends() {
	n := c.dcertActive(wire.Address{})
	if n == 0 {
		return
	}
	amount := num.Min(num.U(c.param("dcert.stipend")), c.account(treasury).balance.Div(num.U(n)))
	for _, a := range c.dcertMembers() {
		if c.dcertSeat(a).suspended == 0 {
			if err := c.pay(treasury, a, amount); err != nil {
				panic("law: " + err.Error()) // it is a part of what is there
			}
		}
	}
}
