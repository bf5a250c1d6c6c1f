package law

import (
	"errors"
	"fmt"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// part is a route: a row of the table (execution §1). What it does not have is
// nil.
type part struct {
	number int
	name   string
	rows   []row

	genesis              func(c *Chain, section value) error // nil: the file has none
	message              func(c *Chain, id uint64, d *cbor.Dec) message
	begin, end, boundary func(c *Chain) error // an error makes the block invalid
	guard                func(c *Chain, k *call) error
	payer                func(c *Chain, t *wire.Tx) error // of a transaction's feePayer
	closed               func(c *Chain, v verdict)
}

// row is a message of a route.
type row struct {
	id      uint64
	name    string
	weight  uint64   // 0: 200
	perByte uint64   // besides, for each byte of the body
	callers []string // the routes that it is reserved for; none: anyone may send it
	grave   bool     // the marks of legislature §2
	rescue  bool
	urgent  bool
	notice  uint64 // the message of the route that hears of proposals with it
}

// message is a decoded message, ready to run.
type message struct {
	run      func(from wire.Address) error
	weight   uint64 // beyond that of its row
	evidence *evidence
	grave    bool        // its body says so
	budget   bool        // it sets the share of gREP
	set      *[]change   // the parameters that it sets; nil: none
	rescues  func() bool // its body does; nil: no (dcert §7)
}

// call is a message with the row that it is one of.
type call struct {
	part *part
	row  *row
	body []byte
	from wire.Address
	message
}

// url names a message (dcert §7).
func (k *call) url() string { return k.part.name + "/" + k.row.name }

// rescue says that the message is of the recovery set (dcert §7).
func (p *part) rescue() bool {
	switch p.number {
	case routeAvailability, routeBeacon, routeEvidence, routeDcert, routeRelease:
		return true
	}
	return false
}

// by reports whether a route may send the message.
func (r *row) by(name string) bool {
	for _, n := range r.callers {
		if n == name {
			return true
		}
	}
	return false
}

// routes is the table.
func routes() []*part {
	return []*part{
		paramsPart(), bankPart(), repPart(), availabilityPart(), beaconPart(), poolPart(), evidencePart(),
		forumPart(), lawPart(), courtPart(), dcertPart(), releasePart(), contributionPart(), oraclePart(),
	}
}

// refusal is a rule's refusal with the number and the name of its kind.
type refusal struct {
	code uint64
	kind string
	why  string
}

func (e *refusal) Error() string        { return fmt.Sprintf("%d %s: %s", e.code, e.kind, e.why) }
func (e *refusal) Is(target error) bool { return target == errRule }

// refuse is a refusal of a kind.
func refuse(code uint64, kind, format string, args ...any) error {
	return &refusal{code, kind, fmt.Sprintf(format, args...)}
}

// circuitOpen is the kind of what an open circuit refuses (dcert §9).
const circuitOpen = "CIRCUIT_OPEN"

// broken says that an open circuit has refused.
func broken(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.kind == circuitOpen
}

// verdict is what the route hears that opened a pool, or asked (pools §6).
type verdict struct {
	ref     wire.Hash
	pool    uint64
	outcome uint64 // accepted, rejected or void
	yes, no num.Int
	quorum  bool
	value   []byte
}

// Outcomes of pools, courts and tasks (pools §6).
const (
	accepted = 1
	rejected = 2
	void     = 3
)

// deliver tells a route a verdict.
func (c *Chain) deliver(opener string, v verdict) {
	if p := c.route(opener); p != nil && p.closed != nil {
		p.closed(c, v)
	}
}

// route is the row of a name; nil: the table has none.
func (c *Chain) route(name string) *part {
	for _, p := range c.table {
		if p.name == name {
			return p
		}
	}
	return nil
}

// kind is the row of a message; nil: there is none.
func (c *Chain) kind(route, id uint64) (*part, *row) {
	for _, p := range c.table {
		if uint64(p.number) != route {
			continue
		}
		for i := range p.rows {
			if p.rows[i].id == id {
				return p, &p.rows[i]
			}
		}
	}
	return nil, nil
}

// decode reads a message's body (execution §1).
func (c *Chain) decode(m *wire.Msg) (*call, error) {
	p, r := c.kind(m.Route, m.ID)
	if r == nil {
		return nil, invalid("tx", "there is no %s", describe(m))
	}
	d := cbor.New(m.Body)
	k := &call{part: p, row: r, body: m.Body, message: p.message(c, m.ID, d)}
	if err := d.Done(); err != nil {
		return nil, invalid("tx", "%s: %v", describe(m), err)
	}
	return k, nil
}

// cost is what the message weighs beyond the transaction's bytes.
func (k *call) cost() uint64 {
	w := k.row.weight
	if w == 0 {
		w = 200
	}
	return w + k.row.perByte*uint64(len(k.body)) + k.message.weight
}

// do runs the rule of a message, where its sender may send it.
func (k *call) do(from wire.Address) error {
	if len(k.row.callers) == 0 {
		return k.run(from)
	}
	for _, name := range k.row.callers {
		if from == wire.RouteAddress(name) {
			return k.run(from)
		}
	}
	return refuse(2, "RESERVED", "the message is for other routes")
}

// guarded asks the guards that see every call (execution §3): dcert, then court.
func (c *Chain) guarded(k *call) error {
	for _, name := range []string{"dcert", "court"} {
		if p := c.route(name); p != nil && p.guard != nil {
			if err := p.guard(c, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// deepest is how many dispatches may be within one another (execution §1).
const deepest = 8

// dispatch sends a message in a route's name (execution §1): on an error nothing
// of it has happened.
func (c *Chain) dispatch(from string, route, id uint64, body []byte) error {
	undo := c.mark()
	err := c.send(from, route, id, body)
	if err != nil {
		undo()
	}
	return err
}

// trial is a dispatch of which nothing stays.
func (c *Chain) trial(from string, route, id uint64, body []byte) error {
	undo := c.mark()
	defer undo()
	return c.send(from, route, id, body)
}

func (c *Chain) send(from string, route, id uint64, body []byte) error {
	if c.depth >= deepest {
		return refuse(3, "DEPTH", "too many dispatches within one another")
	}
	c.depth++
	defer func() { c.depth-- }()
	k, err := c.decode(&wire.Msg{Route: route, ID: id, Body: body})
	if err != nil {
		return refuse(1, "MESSAGE", "%v", err)
	}
	k.from = wire.RouteAddress(from)
	if err := c.guarded(k); err != nil {
		return err
	}
	defer func(before wire.Address) { c.caller = before }(c.caller)
	c.caller = k.from
	return k.do(k.from)
}

// mark is a copy of the state; calling what it gives returns to it.
func (c *Chain) mark() (undo func()) {
	at, paid := c.State.Mark(), len(c.payments)
	return func() {
		c.State.Back(at)
		c.payments = c.payments[:paid]
	}
}

// serves says that the table has a route.
func (c *Chain) serves(route int) bool {
	for _, p := range c.table {
		if p.number == route {
			return true
		}
	}
	return false
}

// Kinds of refusals of routes 1 to 7 that a failed action keeps (legislature §6).
const (
	codeFunds   = 2001
	codeExposed = 3001
	codeUpgrade = 4015
	kindExposed = "LOCKED"
)
