package law

import (
	"fmt"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// dcertParams are the rows of dcert §1.
var dcertParams = []parameter{
	{name: "dcert.stipend", most: 1e15},
	{name: "dcert.max", def: 7, least: 1, most: 64},
	{name: "dcert.bond", def: 1e12, least: 1e9, most: 1 << 60},
	{name: "dcert.suspend_quorum", def: 666_666, least: 1, most: 1e6},
	{name: "dcert.wager", def: 1e13, most: 1 << 60},
	{name: "dcert.stabilization", def: 604_800_000, most: 365 * dayMs},
	{name: "dcert.breaker", most: 1},
	{name: "dcert.break_quorum", def: 1, least: 1, most: 64},
	{name: "dcert.expiry", most: 3650 * dayMs},
	{name: "dcert.recovery_set", def: 1, most: 1, grave: true},
	{name: "dcert.ballot", def: dayMs, least: 1, most: 365 * dayMs},
}

const dayMs = 86_400_000

// Bounds of the emergency team (dcert §2, §3, §5, §7).
const (
	othersMost      = 16
	withdrawalsMost = 4
	dueMost         = 64
	entriesMost     = 16
	countStep       = 512
	describeMost    = 1024
	locatorMost     = 256
	motiveMost      = 4096
	urlsMost        = 32
	urlMost         = 80
)

// dcertRefuse is a refusal by its number and name (dcert §9).
func dcertRefuse(n int) error {
	names := [...]string{
		"", circuitOpen, "BREAKER_DISABLED", "UNKNOWN_ROUTE", "RECOVERY_SET", "HALTED", "NOT_MEMBER", "MEMBER", "SUSPENDED",
		"BOND", "BONDERS", "PREFERENCE", "NOT_ELIGIBLE", "NOT_AHEAD", "QUEUED", "DISBAND", "TRIP", "OPENING", "REPORT", "TEXT", "MAGNITUDE",
	}
	return refuse(uint64(routeDcert*1000+n), names[n], "dcert refuses it")
}

// dcertPart is route 11.
func dcertPart() *part {
	law := []string{"legislature"}
	return &part{
		number: routeDcert, name: "dcert",
		rows: []row{
			{id: 1, name: "prefer"}, {id: 2, name: "bond"}, {id: 3, name: "unbond"}, {id: 4, name: "accept", weight: 2000},
			{id: 5, name: "leave"}, {id: 6, name: "describe"}, {id: 7, name: "trip", weight: 2000}, {id: 8, name: "reveal_motive"},
			{id: 9, name: "suspend"}, {id: 10, name: "commit_report"}, {id: 11, name: "open_report"}, {id: 12, name: "preapprove"},
			{id: 20, name: "heed", callers: law}, {id: 21, name: "revoke", callers: law, rescue: true},
			{id: 22, name: "slash", callers: law, rescue: true, notice: 24}, {id: 23, name: "disband", callers: law, rescue: true, urgent: true, notice: 20},
			{id: 24, name: "heed_slash", callers: law},
		},
		genesis:  (*Chain).genesisDcert,
		message:  func(c *Chain, id uint64, d *cbor.Dec) message { return message{run: c.dcertMsg(id, d)} },
		begin:    always((*Chain).beginDcert),
		end:      always((*Chain).endDcert),
		boundary: always((*Chain).boundaryDcert),
		guard:    (*Chain).guardDcert,
	}
}

// dcertMsg decodes a message of the emergency team.
func (c *Chain) dcertMsg(id uint64, d *cbor.Dec) func(from wire.Address) error {
	switch id {
	case 1:
		d.Array(1)
		p := decPreference(d)
		return func(from wire.Address) error { return c.dcertPrefer(from, p) }
	case 2, 3:
		d.Array(2)
		member, amount := wire.DecAddress(d), wire.DecAmount(d)
		if id == 2 {
			return func(from wire.Address) error { return c.dcertBond(from, member, amount) }
		}
		return func(from wire.Address) error { return c.dcertUnbond(from, member, amount) }
	case 4:
		d.Array(0)
		return c.dcertAccept
	case 5:
		d.Array(0)
		return c.dcertLeave
	case 9:
		d.Array(1)
		member := wire.DecAddress(d)
		return func(from wire.Address) error { return c.dcertSuspend(from, member) }
	case 20, 21, 22, 23, 24:
		return c.dcertAccountMsg(id, d)
	}
	return c.dcertPowerMsg(id, d)
}

// dcertPowerMsg decodes what members do, and what shows of it later.
func (c *Chain) dcertPowerMsg(id uint64, d *cbor.Dec) func(from wire.Address) error {
	switch id {
	case 6:
		d.Array(1)
		text := d.Text()
		return func(from wire.Address) error { return c.dcertDescribe(from, text) }
	case 7:
		d.Array(2)
		var urls []string
		for n := d.Len(); n > 0 && d.Err() == nil; n-- {
			urls = append(urls, d.Text())
		}
		commitment := wire.DecHash(d)
		return func(from wire.Address) error { return c.dcertTrip(from, urls, commitment) }
	case 8:
		d.Array(3)
		trip, motive, salt := d.U64(), d.Bytes(), wire.DecHash(d)
		return func(wire.Address) error { return c.dcertRevealMotive(trip, motive, salt) }
	case 10:
		d.Array(1)
		commitment := wire.DecHash(d)
		return func(from wire.Address) error { return c.dcertCommitReport(from, commitment) }
	case 11:
		d.Array(3)
		content, salt, locator := wire.DecHash(d), wire.DecHash(d), d.Text()
		return func(wire.Address) error { return c.dcertOpenReport(content, salt, locator) }
	case 12:
		d.Array(1)
		h := wire.DecHash(d)
		return func(from wire.Address) error { return c.dcertPreapprove(from, h) }
	}
	return nil
}

// genesisDcert seats the first members (dcert §4).
func (c *Chain) genesisDcert(v value) error {
	c.State.Set(key(routeDcert, 17), uint64Value(0))
	if v == nil {
		return nil
	}
	o := newObject(v, "dcert")
	for _, it := range o.list("members") {
		e := newObject(it, "dcert")
		a := e.address("account")
		n, ok := num.Parse(e.text("bond"))
		if err := e.done(); err != nil {
			return err
		}
		if !ok || c.dcertBond(a, a, n) != nil || !c.isDcertCandidate(a) || c.isDcertMember(a) {
			return fmt.Errorf("%w: dcert: %s has no bond for a seat", ErrGenesis, a)
		}
		c.dcertAdmit(a)
	}
	return o.done()
}

// endDcert are the hooks of the End, in their order (dcert §8).
func (c *Chain) endDcert() {
	c.dcertDue()
	for _, a := range c.dcertMembers() {
		c.dcertAssess(a)
	}
	c.dcertRestorations()
	if !c.dcertHalted() {
		c.dcertTurnQueue()
		c.dcertShrink()
		c.dcertStipends()
	}
	if c.has(key(routeDcert, 3)) {
		c.dcertCountOn()
	}
}

// dcertVotes counts a vote on a subject (dcert §5).
func (c *Chain) dcertVotes(subject wire.Hash, from wire.Address) (n uint64) {
	c.State.Set(key(routeDcert, 12, subject, from), uint64Value(c.h.Time))
	prefix := key(routeDcert, 12, subject)
	for _, k := range c.State.Keys(prefix) {
		var a wire.Address
		copy(a[:], k[len(prefix):])
		if m := c.dcertSeat(a); m == nil || m.suspended != 0 || c.h.Time >= c.number(k)+c.param("dcert.ballot") {
			c.State.Delete(k)
			continue
		}
		n++
	}
	return n
}

// dcertForgetVotes removes all votes on a subject.
func (c *Chain) dcertForgetVotes(subject wire.Hash) {
	for _, k := range c.State.Keys(key(routeDcert, 12, subject)) {
		c.State.Delete(k)
	}
}

// dcertActive is the number of members that are not suspended, but one.
func (c *Chain) dcertActive(but wire.Address) (n uint64) {
	for _, a := range c.dcertMembers() {
		if a != but && c.dcertSeat(a).suspended == 0 {
			n++
		}
	}
	return n
}

// dcertPower says whether an account may use the powers of a member (dcert §5).
func (c *Chain) dcertPower(from wire.Address) error {
	m := c.dcertSeat(from)
	switch {
	case m == nil:
		return dcertRefuse(6)
	case c.dcertHalted():
		return dcertRefuse(5)
	case m.suspended != 0:
		return dcertRefuse(8)
	}
	return nil
}

// dcertEnough reports n·10⁶ ≥ of·quorum.
func (c *Chain) dcertEnough(n, of uint64) bool {
	return n*1_000_000 >= of*c.param("dcert.suspend_quorum")
}

func (c *Chain) dcertDescribe(from wire.Address, text string) error {
	if err := c.dcertPower(from); err != nil {
		return err
	}
	if len(text) > describeMost {
		return dcertRefuse(19)
	}
	c.State.Set(key(routeDcert, 21, from), enc(func(e *cbor.Enc) { e.Text(text) }))
	return nil
}

func suspendSubject(a wire.Address) wire.Hash { return wire.Sum([]byte("dcert/suspend"), a[:]) }

func (c *Chain) dcertSuspend(from, member wire.Address) error {
	if err := c.dcertPower(from); err != nil {
		return err
	}
	m := c.dcertSeat(member)
	switch {
	case m == nil || member == from:
		return dcertRefuse(6)
	case m.suspended != 0:
		return dcertRefuse(8)
	}
	subject := suspendSubject(member)
	if n := c.dcertVotes(subject, from); c.dcertEnough(n, c.dcertActive(member)) {
		c.dcertForgetVotes(subject)
		m.suspended = c.h.Time
		c.store(key(routeDcert, 5, member), m)
	}
	return nil
}

// dcertReport is a commitment to a report, and what has opened it.
type dcertReport struct {
	by             wire.Address
	height, opened uint64
	content        wire.Hash
	locator        string
}

func (r *dcertReport) shape(f form) {
	f.fields(5).address(&r.by).u64(&r.height).u64(&r.opened).hash(&r.content).text(&r.locator)
}

func (c *Chain) dcertCommitReport(from wire.Address, commitment wire.Hash) error {
	if err := c.dcertPower(from); err != nil {
		return err
	}
	k := key(routeDcert, 20, commitment)
	if commitment == (wire.Hash{}) || c.has(k) {
		return dcertRefuse(18)
	}
	c.store(k, &dcertReport{by: from, height: c.h.Height})
	return nil
}

func (c *Chain) dcertOpenReport(content, salt wire.Hash, locator string) error {
	k := key(routeDcert, 20, wire.Sum([]byte("dcert/report"), salt[:], content[:]))
	r := &dcertReport{}
	if !c.load(k, r) || r.opened != 0 {
		return dcertRefuse(18)
	}
	if len(locator) > locatorMost {
		return dcertRefuse(19)
	}
	r.opened, r.content, r.locator = c.h.Height, content, locator
	c.store(k, r)
	return nil
}

// releasePreapprove is the message that a pre-approval dispatches.
const releasePreapprove = 30

func (c *Chain) dcertPreapprove(from wire.Address, h wire.Hash) error {
	if err := c.dcertPower(from); err != nil {
		return err
	}
	subject := wire.Sum([]byte("dcert/preapprove"), h[:])
	body := enc(func(e *cbor.Enc) { e.Array(1).Bytes(h[:]) })
	if n := c.dcertVotes(subject, from); !c.dcertEnough(n, c.dcertActive(wire.Address{})) {
		return c.trial("dcert", routeRelease, releasePreapprove, body)
	}
	c.dcertForgetVotes(subject)
	return c.dispatch("dcert", routeRelease, releasePreapprove, body)
}
