package law

import (
	"bytes"
	"sort"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/escrow"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// freeze fixes terms and roster of an epoch (availability §3).
func (c *Chain) freeze(epoch, first uint64, bound wire.Hash) {
	t := &terms{
		first: first, blocks: c.param("epoch.blocks"), lead: c.param("asc.lead_views"), scheme: c.param("beacon.scheme"),
		selection: c.param("asc.selection"), stride: c.param("beacon.stride"), interval: c.param("block.interval"), bound: bound,
	}
	c.setTerms(epoch, t)
	r := c.seats(epoch)
	if len(r.Members) == 0 && epoch > 0 {
		old, _ := c.roster(epoch - 1)
		r.Members = old.Members
	} else if t.scheme == schemeRecoverable {
		c.divide(r)
	}
	c.setRoster(r, epoch)
	until := t.last() + c.exitDelay()
	for _, m := range r.Members {
		amount := num.Min(num.U(m.Weight).Mul(num.U(unit)), c.balance(wREP, m.Address))
		if err := c.lock(m.Address, "bench", amount, until); err != nil {
			panic("law: " + err.Error()) // it is at most the balance
		}
	}
	c.setDigest(epoch, digest{roster: r.Hash(), until: until})
}

// seats is a roster from the bench, without tickets.
func (c *Chain) seats(epoch uint64) *wire.Roster {
	prefix := key(routeAvailability, 1)
	var all []wire.Member
	for _, k := range c.State.Keys(prefix) {
		var a wire.Address
		copy(a[:], k[len(prefix):])
		b := c.balance(wREP, a)
		if c.convicted(a) || b.Less(num.U(c.param("bench.min"))) {
			continue
		}
		s, _ := c.seat(a)
		m := wire.Member{Address: a, Key: s.key, Weight: num.Min(b.Div(num.U(unit)), num.U(maxWeight-1)).U64()}
		copy(m.Network[:], s.network)
		all = append(all, m)
	}
	sort.Slice(all, func(i, j int) bool {
		x, y := &all[i], &all[j]
		return x.Weight > y.Weight || x.Weight == y.Weight && bytes.Compare(x.Address[:], y.Address[:]) < 0
	})
	r, sum := &wire.Roster{Epoch: epoch}, uint64(0)
	for _, m := range all {
		if m.Weight < maxWeight-sum && uint64(len(r.Members)) < c.param("bench.max") {
			sum += m.Weight
			r.Members = append(r.Members, m)
		}
	}
	return r
}

// divide gives members their tickets (beacon §3).
func (c *Chain) divide(r *wire.Roster) {
	keys := make([][]wire.Hash, len(r.Members))
	counts := make([]int, len(r.Members))
	for i, m := range r.Members {
		s, _ := c.seat(m.Address)
		keys[i], counts[i] = s.escrow, len(s.escrow)
	}
	for i, n := range escrow.Tickets(r.Weights(), counts, c.param("bench.max")) {
		r.Members[i].Escrow = keys[i][:n]
	}
}

// noteList puts the list's root into the epoch's digest (availability §4).
func (c *Chain) noteList(epoch uint64) {
	l, _ := c.list(epoch)
	var items [][]byte
	for _, a := range l {
		items = append(items, a.encode())
	}
	g, _ := c.digest(epoch)
	g.list, g.contracts = wire.Merkle(items), uint64(len(l))
	c.setDigest(epoch, g)
}

// boundaryAvailability freezes, notes and forgets (availability §4).
func (c *Chain) boundaryAvailability() {
	e, h := c.h.Epoch, c.h.Height
	next, _ := c.terms(e + 1)
	c.freeze(e+2, next.last()+1, c.Genesis)
	c.noteList(e + 1)
	c.activate(e + 1)
	for _, k := range c.State.Keys(key(routeAvailability, 8)) {
		f := tail64(k, prefixLen)
		t, _ := c.terms(f)
		if f >= e || t.last()+64 > h {
			break
		}
		for _, region := range []int{6, 7, 8, 11, 12} {
			for _, old := range c.State.Keys(key(routeAvailability, region, f)) {
				c.State.Delete(old)
			}
		}
		delete(c.schedules, f)
	}
	for _, k := range c.State.Keys(key(routeAvailability, 9)) {
		if g, _ := c.digest(tail64(k, prefixLen)); g.until >= h {
			break
		}
		c.State.Delete(k)
	}
}

// activate puts a planned protocol into force where the members that run it
// weigh enough (upgrades §2).
func (c *Chain) activate(epoch uint64) {
	raw, ok := c.State.Get(key(routeAvailability, 13))
	if !ok {
		return
	}
	var height, protocol uint64
	d := cbor.New(raw)
	if d.Len(); d.Err() == nil {
		height, protocol = d.U64(), d.U64()
	}
	t, _ := c.terms(epoch)
	roster, _ := c.roster(epoch)
	if height > t.first {
		return
	}
	ready := num.Int{}
	for _, m := range roster.Members {
		if c.number(key(routeAvailability, 14, m.Address)) >= protocol {
			ready = ready.Add(num.U(m.Weight))
		}
	}
	if ready.Less(num.U(roster.Quorum())) {
		return
	}
	c.State.Set(key(routeParams, 5), uint64Value(protocol))
	c.State.Delete(key(routeAvailability, 13))
	c.State.Set(key(routeAvailability, 15), enc(func(e *cbor.Enc) { e.Array(2).Raw(raw).Uint(t.first) }))
}
