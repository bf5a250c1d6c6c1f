package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// dcertNotice is what the legislature tells of a proposal (dcert §6).
type dcertNotice struct {
	stage    uint64
	proposal wire.Hash
	proposer wire.Address
	action   []byte
}

func (n *dcertNotice) shape(f form) {
	f.fields(4).byte(&n.stage).hash(&n.proposal).address(&n.proposer).bytes(&n.action)
}

// Stages of a notice (legislature §2, §5).
const (
	noticeOpen    = 1
	noticeRefused = 3
	noticeVetoed  = 4
)

// dcertAccountMsg decodes what the legislature alone sends (dcert §6).
func (c *Chain) dcertAccountMsg(id uint64, d *cbor.Dec) func(from wire.Address) error {
	switch id {
	case 20, 24:
		var n dcertNotice
		take(d, &n)
		if id == 20 {
			return func(wire.Address) error { return c.dcertHeed(&n) }
		}
		return func(wire.Address) error { return c.dcertHeedSlash(&n) }
	case 21:
		d.Array(1)
		member := wire.DecAddress(d)
		return func(wire.Address) error {
			if !c.isDcertMember(member) {
				return dcertRefuse(6)
			}
			c.dcertRemove(member)
			f := c.dcertFormer(member) // or it would be back with the next transaction
			f.suspended = c.h.Time
			c.setDcertFormer(member, f)
			return nil
		}
	case 22:
		member, ppm := decSlash(d)
		return func(wire.Address) error {
			if ppm < 1 || ppm > 1e6 {
				return dcertRefuse(20)
			}
			c.dcertSlashBonds(member, ppm)
			c.dcertAssess(member)
			return nil
		}
	}
	d.Array(1)
	ppm := d.Uint(1<<32 - 1)
	return func(wire.Address) error { return c.dcertDisband(ppm) }
}

func decSlash(d *cbor.Dec) (member wire.Address, ppm uint64) {
	d.Array(2)
	return wire.DecAddress(d), d.Uint(1<<32 - 1)
}

// dcertDisband removes all members (dcert §6).
func (c *Chain) dcertDisband(ppm uint64) error {
	if ppm > 1e6 {
		return dcertRefuse(20)
	}
	for _, a := range c.dcertMembers() {
		c.dcertSlashBonds(a, ppm)
		c.State.Delete(key(routeDcert, 22, a))
		c.dcertUnseat(a)
		c.dcertAssess(a)
	}
	for _, a := range c.addressesUnder(key(routeDcert, 22)) {
		if f := c.dcertFormer(a); f.answers >= c.h.Height {
			c.State.Delete(key(routeDcert, 22, a))
			c.dcertSlashBonds(a, ppm)
			c.dcertAssess(a)
		}
	}
	for _, out := range c.dcertQueued() {
		c.State.Delete(key(routeDcert, 7, out))
	}
	return nil
}

// dcertHeedSlash hears of a proposal to slash a member.
func (c *Chain) dcertHeedSlash(n *dcertNotice) error {
	d := cbor.New(n.action)
	member, ppm := decSlash(d)
	if d.Done() != nil || n.stage == noticeOpen && (ppm < 1 || ppm > 1e6) {
		return dcertRefuse(20)
	}
	k := key(routeDcert, 13, member, n.proposal)
	if n.stage == noticeOpen {
		c.State.Set(k, uint64Value(1))
		return nil
	}
	c.State.Delete(k)
	if (n.stage == noticeRefused || n.stage == noticeVetoed) && !c.slashOpen(member) {
		c.dcertRestore(member)
		f := c.dcertFormer(member)
		f.suspended = 0
		c.setDcertFormer(member, f)
	}
	return nil
}

// dcertRestore ends a suspension.
func (c *Chain) dcertRestore(a wire.Address) {
	if m := c.dcertSeat(a); m != nil && m.suspended != 0 {
		m.suspended = 0
		c.store(key(routeDcert, 5, a), m)
	}
}

// dcertRestorations ends the suspensions that have lasted long enough.
func (c *Chain) dcertRestorations() {
	for _, a := range c.dcertMembers() {
		if m := c.dcertSeat(a); m.suspended != 0 && c.lapsed(a, m.suspended) {
			c.dcertRestore(a)
		}
	}
}

// dcertHalt is the proposal to disband that is open.
type dcertHalt struct {
	proposal wire.Hash
	proposer wire.Address
	since    uint64
}

func (x *dcertHalt) shape(f form) { f.fields(3).hash(&x.proposal).address(&x.proposer).u64(&x.since) }

func (c *Chain) dcertHalted() bool { return c.has(key(routeDcert, 14)) }

func wagerRef(proposal wire.Hash) wire.Hash { return wire.Sum([]byte("dcert/wager"), proposal[:]) }

// dcertHeed hears of a proposal to disband the group.
func (c *Chain) dcertHeed(n *dcertNotice) error {
	open, at := dcertHalt{}, key(routeDcert, 14)
	now := c.load(at, &open)
	if n.stage != noticeOpen {
		if !now || open.proposal != n.proposal {
			return nil
		}
		if left := c.release(wREP, open.proposer, wagerRef(open.proposal)); n.stage == noticeVetoed {
			c.burn(wREP, open.proposer, left)
		}
		c.State.Delete(at)
		c.State.Set(key(routeDcert, 15), uint64Value(c.h.Time))
		return nil
	}
	d := cbor.New(n.action)
	d.Array(1)
	ppm := d.Uint(1<<32 - 1)
	if d.Done() != nil || ppm > 1e6 {
		return dcertRefuse(20)
	}
	last := key(routeDcert, 15)
	if now || c.has(last) && c.h.Time < c.number(last)+c.dcertPeriod() {
		return dcertRefuse(15)
	}
	if err := c.expose(wREP, n.proposer, wagerRef(n.proposal), num.U(c.param("dcert.wager"))); err != nil {
		return err
	}
	c.store(at, &dcertHalt{n.proposal, n.proposer, c.h.Time})
	return nil
}

// dcertPeriod is that of votes on laws (dcert §1).
func (c *Chain) dcertPeriod() uint64 {
	if n, ok := c.params["law.period"]; ok {
		return n
	}
	return 4 * dayMs
}

// slashOpen says that a proposal to slash a member is open.
func (c *Chain) slashOpen(a wire.Address) bool { return len(c.State.Keys(key(routeDcert, 13, a))) > 0 }

// dcertFormer is what an account without a seat is still held to (dcert §4).
type dcertFormer struct{ answers, suspended uint64 }

func (f *dcertFormer) shape(x form) { x.fields(2).u64(&f.answers).u64(&f.suspended) }

func (c *Chain) dcertFormer(a wire.Address) (f dcertFormer) {
	c.load(key(routeDcert, 22, a), &f)
	return f
}

func (c *Chain) setDcertFormer(a wire.Address, f dcertFormer) {
	if f == (dcertFormer{}) {
		c.State.Delete(key(routeDcert, 22, a))
	} else {
		c.store(key(routeDcert, 22, a), &f)
	}
}

// dcertDismiss notes what a member takes along that loses its seat (dcert §4).
func (c *Chain) dcertDismiss(a wire.Address) {
	m, f := c.dcertSeat(a), c.dcertFormer(a)
	var last dcertTrip
	tripped := c.load(key(routeDcert, 18, c.number(key(routeDcert, 19))), &last)
	if c.dcertHalted() || tripped && last.height >= m.since {
		f.answers = max(f.answers, c.h.Height+c.exitDelay())
	}
	f.suspended = m.suspended
	c.setDcertFormer(a, f)
}

// outOfOffice says that an account lost its seat while it was suspended, and may
// not come back yet.
func (c *Chain) outOfOffice(a wire.Address) bool {
	f := c.dcertFormer(a)
	return f.suspended != 0 && !c.lapsed(a, f.suspended)
}

// lapsed says that a suspension since t has ended by itself (dcert §6).
func (c *Chain) lapsed(a wire.Address, t uint64) bool {
	period := c.dcertPeriod()
	return c.h.Time >= t+2*period && !c.slashOpen(a) || c.h.Time >= t+6*period
}

// boundaryDcert forgets those who are held to nothing any more, and starts a
// count.
func (c *Chain) boundaryDcert() {
	for _, a := range c.addressesUnder(key(routeDcert, 22)) {
		if c.dcertFormer(a).answers < c.h.Height && !c.outOfOffice(a) {
			c.State.Delete(key(routeDcert, 22, a))
		}
	}
	c.dcertStartCount()
}
