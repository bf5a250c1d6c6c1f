package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// dcertShare is an entry of a preference.
type dcertShare struct {
	to  wire.Address
	ppm uint64
}

func (s *dcertShare) shape(f form) { f.fields(2).address(&s.to).u32(&s.ppm) }

func decPreference(d *cbor.Dec) (out []dcertShare) {
	listOf(form{d: d}, &out, each[dcertShare])
	return out
}

func (c *Chain) dcertPreference(k string) (out []dcertShare) {
	raw, _ := c.State.Get(k)
	read(raw, "preference", func(d *cbor.Dec) {
		d.Array(1)
		out = decPreference(d)
	})
	return out
}

// dcertPrefer replaces an account's preference (dcert §3).
func (c *Chain) dcertPrefer(from wire.Address, p []dcertShare) error {
	k := key(routeDcert, 1, from)
	had := c.has(k)
	if len(p) == 0 {
		if !had {
			return dcertRefuse(11)
		}
		c.dcertDropPreference(k)
		return nil
	}
	seen, sum := map[wire.Address]bool{}, num.Int{}
	for _, s := range p {
		if s.ppm == 0 || seen[s.to] {
			return dcertRefuse(11)
		}
		seen[s.to] = true
		sum = sum.Add(num.U(s.ppm))
	}
	if len(p) > entriesMost || num.U(1e6).Less(sum) || c.balance(wREP, from).IsZero() {
		return dcertRefuse(11)
	}
	if !had {
		c.State.Set(key(routeDcert, 2), uint64Value(c.number(key(routeDcert, 2))+1))
	}
	c.State.Set(k, enc(func(e *cbor.Enc) {
		e.Array(1)
		listOf(form{e: e}, &p, each[dcertShare])
	}))
	return nil
}

func (c *Chain) dcertDropPreference(k string) {
	c.State.Delete(k)
	c.State.Set(key(routeDcert, 2), uint64Value(c.number(key(routeDcert, 2))-1))
}

// dcertCount is a count that runs.
type dcertCount struct {
	epoch, snapshot uint64
	next            wire.Address
}

func (t *dcertCount) shape(f form) { f.fields(3).u64(&t.epoch).u64(&t.snapshot).address(&t.next) }

// dcertStartCount begins a count at a boundary, unless one runs (dcert §3).
func (c *Chain) dcertStartCount() {
	if c.has(key(routeDcert, 3)) {
		return
	}
	t := &dcertCount{epoch: c.h.Epoch}
	if c.number(key(routeDcert, 2)) > countStep {
		t.snapshot = c.takeSnapshot()
	}
	c.store(key(routeDcert, 3), t)
	c.dcertCountOn()
}

// dcertCountOn takes the next preferences, and ends the count where none is left.
func (c *Chain) dcertCountOn() {
	t := &dcertCount{}
	c.load(key(routeDcert, 3), t)
	prefix := key(routeDcert, 1)
	sums := map[wire.Address]num.Int{}
	n := 0
	for _, k := range c.State.Keys(prefix) {
		var voter wire.Address
		copy(voter[:], k[len(prefix):])
		if string(voter[:]) < string(t.next[:]) {
			continue
		}
		if n++; n > countStep {
			t.next = voter
			break
		}
		w := c.balance(wREP, voter)
		if t.snapshot != 0 {
			w = c.balanceAt(t.snapshot, wREP, voter)
		}
		for _, s := range c.dcertPreference(k) {
			sums[s.to] = sums[s.to].Add(w.PPM(s.ppm))
		}
		if w.IsZero() {
			c.dcertDropPreference(k)
		}
	}
	done := n <= countStep
	for _, a := range c.addressesUnder(key(routeDcert, 4)) {
		x := c.dcertCandidate(a)
		was := x
		x.running = x.running.Add(sums[a])
		if done {
			x.votes, x.running = x.running, num.Int{}
		}
		if x.votes.Cmp(was.votes) != 0 || x.running.Cmp(was.running) != 0 {
			c.setDcertCandidate(a, x)
		}
		if done && !c.dcertReaches(a) {
			c.dcertAssess(a)
		}
	}
	if !done {
		c.store(key(routeDcert, 3), t)
		return
	}
	c.State.Delete(key(routeDcert, 3))
	if t.snapshot != 0 {
		c.dropSnapshot(t.snapshot)
	}
}
