package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Regions of route 9 (legislature §9).
const (
	lawProposals    = 1
	lawActions      = 2
	lawTexts        = 3
	lawLast         = 4
	lawNumbers      = 5
	lawDeposits     = 6
	lawVetoes       = 7
	lawWaiting      = 8
	lawDue          = 9
	lawVoting       = 10
	lawOpenCount    = 11
	lawCredits      = 12
	lawLastCredit   = 13
	lawCanonized    = 14
	lawContracts    = 15
	lawNextContract = 16
	lawLastContract = 17
)

// States of a proposal (legislature §4).
const (
	stateDraft = iota + 1
	stateNonbinding
	stateHalf
	stateBinding
	stateQueued
	stateExecuted
	stateFailed
	stateExpired
	stateWithdrawn
	stateVetoed
	stateRejected
)

// Bounds of the legislature.
const (
	maxTitle   = 120
	maxActions = 16
	maxBodies  = 32_768
	maxBackers = 32
	maxTurns   = 16
	maxDue     = 64
	maxCredits = 8
	maxKind    = 40
)

// Stages of a notice (legislature §2, §5).
const (
	toldOpened   = 1
	toldExecuted = 2
	toldEnded    = 3
	toldVetoed   = 4
	toldDropped  = 5
)

// lawParams are the rows of legislature §1.
var lawParams = []parameter{
	{name: "law.period", def: 345_600_000, least: 400, most: 7_776_000_000, grave: true},
	{name: "law.draft", def: 604_800_000, least: 400, most: 7_776_000_000},
	{name: "law.delay", def: 86_400_000, least: 100, most: 2_592_000_000, grave: true},
	{name: "law.expiry", def: 691_200_000, least: 400, most: 7_776_000_000},
	{name: "law.deposit", def: 100e9, least: 1, most: 1 << 60},
	{name: "law.deposit_ppm", def: 10_000, least: 1, most: 100_000},
	{name: "law.fee_min", def: 1e8, least: 0, most: 1 << 50},
	{name: "law.quorum_ppm", def: 100_000, least: 100_000, most: 500_000, grave: true},
	{name: "law.pass_ppm", def: 500_000, least: 500_000, most: 900_000, grave: true},
	{name: "law.grave_quorum_ppm", def: 333_333, least: 333_333, most: 666_667, grave: true},
	{name: "law.grave_pass_ppm", def: 666_667, least: 666_667, most: 900_000, grave: true},
	{name: "law.loss_ppm", def: 100_000, least: 0, most: 500_000, grave: true},
	{name: "law.open_max", def: 256, least: 1, most: 1024},
	{name: "law.grep_holders", def: 7, least: 1, most: 1000, grave: true},
}

// lawPart is route 9.
func lawPart() *part {
	return &part{
		number: routeLegislature, name: "legislature",
		rows: []row{
			{id: 1, name: "submit", weight: 4000, perByte: 2}, {id: 2, name: "deposit"}, {id: 3, name: "withdraw"},
			{id: 4, name: "vote", weight: 4000}, {id: 5, name: "execute", weight: 8000},
			{id: 6, name: "activate", callers: []string{"legislature"}, grave: true},
		},
		message:  (*Chain).lawMsg,
		begin:    always((*Chain).openGREP),
		end:      always((*Chain).endLaw),
		boundary: always((*Chain).boundaryLaw),
		closed:   (*Chain).closedLaw,
	}
}

// errLaw is a refusal of route 9 (legislature §11).
func errLaw(n uint64, format string, args ...any) error {
	kinds := [...]string{
		"", "PROPOSAL", "STATE", "TEXT", "ACTION", "PROPOSAL_FEE", "DEPOSIT", "PROPOSER", "SIDE", "BOOK", "EARLY", "PROTOCOL", "CONTRACT",
	}
	return refuse(9000+n, kinds[n], format, args...)
}

// class is what follows from the actions of a proposal (legislature §2).
type class struct{ grave, rescue, urgent, budget bool }

func (k *class) shape(f form) {
	f.fields(4).bool(&k.grave).bool(&k.rescue).bool(&k.urgent).bool(&k.budget)
}

// lawTerms are the parameters that a vote runs by.
type lawTerms struct{ period, delay, expiry, quorum, pass, loss uint64 }

func (t *lawTerms) shape(f form) {
	f.fields(6).u64(&t.period).u64(&t.delay).u64(&t.expiry).u64(&t.quorum).u64(&t.pass).u64(&t.loss)
}

// lawBallot is a pool of a stage.
type lawBallot struct {
	pool, book    uint64
	against, veto num.Int // as cast
	outcome       uint64
}

func (b *lawBallot) shape(f form) {
	f.fields(5).u64(&b.pool).u64(&b.book).amount(&b.against).amount(&b.veto).u64(&b.outcome)
}

// lawResult is a pool that has closed.
type lawResult struct {
	stage, book, pool uint64
	yes, no, veto     num.Int
	outcome, height   uint64
}

func (r *lawResult) shape(f form) {
	f.fields(8).u64(&r.stage).u64(&r.book).u64(&r.pool).amount(&r.yes).amount(&r.no).amount(&r.veto).u64(&r.outcome).u64(&r.height)
}

// failure is the action that was refused.
type failure struct {
	index, code uint64
	kind        string
}

func (x *failure) shape(f form) { f.fields(3).u64(&x.index).u64(&x.code).text(&x.kind) }

// lawProposal is one of region 1.
type lawProposal struct {
	proposer        wire.Address
	title           string
	post            wire.Hash
	fee             num.Int
	state           uint64
	class           class
	submitted, bond uint64
	need, deposited num.Int
	backers, due    uint64
	terms           lawTerms
	book            uint64
	ballots, next   []lawBallot
	results         []lawResult
	ready           uint64
	earned          num.Int
	failures        []failure
	ended           uint64
	number          uint64
}

func (p *lawProposal) shape(f form) {
	f.fields(21).address(&p.proposer).text(&p.title).hash(&p.post).amount(&p.fee).u64(&p.state)
	p.class.shape(f)
	f.u64(&p.submitted).u64(&p.bond).amount(&p.need).amount(&p.deposited).u64(&p.backers).u64(&p.due)
	p.terms.shape(f)
	f.u64(&p.book)
	listOf(f, &p.ballots, each[lawBallot])
	listOf(f, &p.next, each[lawBallot])
	listOf(f, &p.results, each[lawResult])
	f.u64(&p.ready).amount(&p.earned)
	listOf(f, &p.failures, each[failure])
	f.u64(&p.ended)
}

// action is a message that a proposal orders.
type action struct {
	route, id uint64
	body      []byte
}

func (a *action) shape(f form) { f.fields(3).u16(&a.route).u16(&a.id).bytes(&a.body) }

func (c *Chain) proposal(n uint64) *lawProposal {
	p := &lawProposal{number: n}
	if !c.load(key(routeLegislature, lawProposals, n), p) {
		return nil
	}
	return p
}

func (c *Chain) setProposal(p *lawProposal) {
	c.store(key(routeLegislature, lawProposals, p.number), p)
}

func (c *Chain) actions(n uint64) (list []action) {
	raw, _ := c.State.Get(key(routeLegislature, lawActions, n))
	read(raw, "actions", func(d *cbor.Dec) { listOf(form{d: d}, &list, each[action]) })
	return list
}

// id names a proposal (legislature §3).
func (p *lawProposal) id() wire.Hash { return wire.Sum([]byte("proposal"), wire.Be64(p.number)) }

// depositRef is what deposits of a proposal are exposed for.
func (p *lawProposal) depositRef() wire.Hash { return wire.Sum([]byte("deposit"), wire.Be64(p.number)) }

// voting says that the proposal is in a stage.
func (p *lawProposal) voting() bool { return p.state >= stateNonbinding && p.state <= stateBinding }

// canonizing is the book that decides (legislature §7).
func (c *Chain) canonizing() int {
	if c.has(key(routeLegislature, lawCanonized)) {
		return gREP
	}
	return wREP
}

// classify says what follows from actions; refused where one is none (legislature §2).
func (c *Chain) classify(list []action) (k class, err error) {
	bytes, hurried := 0, false
	k.rescue, k.urgent = len(list) > 0, len(list) > 0
	for i := range list {
		a := &list[i]
		bytes += len(a.body)
		x, err := c.decode(&wire.Msg{Route: a.route, ID: a.id, Body: a.body})
		if err != nil || !x.isAction() {
			return k, errLaw(4, "action %d is none", i)
		}
		if x.set != nil && !c.acceptable(*x.set) || x.part.number == routeLegislature && !ofContract(*x.set) {
			return k, errLaw(4, "action %d sets what cannot be in force", i)
		}
		hurried = hurried || x.row.urgent
		k.grave = k.grave || x.row.grave || x.grave
		k.rescue = k.rescue && x.row.rescue
		k.urgent = k.urgent && x.row.urgent
		k.budget = k.budget || x.budget
	}
	if len(list) > maxActions || bytes > maxBodies || hurried && !k.urgent {
		return k, errLaw(4, "too many actions, too long ones, or some that are urgent")
	}
	return k, nil
}

// isAction says that a proposal may order the message: one of the legislature, none
// of the forum and no notice.
func (k *call) isAction() bool {
	for _, r := range k.part.rows {
		if r.notice == k.row.id {
			return false
		}
	}
	return k.row.by("legislature") && k.part.number != routeForum
}

// notify tells the routes of a proposal's actions (legislature §2).
func (c *Chain) notify(p *lawProposal, stage uint64) error {
	for _, a := range c.actions(p.number) {
		_, r := c.kind(a.route, a.id)
		if r == nil || r.notice == 0 {
			continue
		}
		id := p.id()
		body := enc(func(e *cbor.Enc) { e.Array(4).Uint(stage).Bytes(id[:]).Bytes(p.proposer[:]).Bytes(a.body) })
		if err := c.dispatch("legislature", a.route, r.notice, body); err != nil && stage == toldOpened {
			return err
		}
	}
	return nil
}

// lawMsg decodes a message of the legislature.
func (c *Chain) lawMsg(id uint64, d *cbor.Dec) (m message) {
	if id == 1 {
		return c.submitMsg(d)
	}
	if id == 6 {
		return c.activateMsg(d)
	}
	var n uint64
	of := func(rule func(from wire.Address, p *lawProposal) error) {
		m.rescues = func() bool {
			p := c.proposal(n)
			return p != nil && p.class.rescue
		}
		m.run = func(from wire.Address) error {
			p := c.proposal(n)
			if p == nil {
				return errLaw(1, "no proposal %d", n)
			}
			return rule(from, p)
		}
	}
	switch id {
	case 2:
		d.Array(2)
		n = d.U64()
		amount := wire.DecAmount(d)
		of(func(from wire.Address, p *lawProposal) error { return c.deposit(from, p, amount) })
	case 3:
		d.Array(1)
		n = d.U64()
		of(c.withdraw)
	case 4:
		d.Array(4)
		n = d.U64()
		side, stake, book := d.Uint(255), wire.DecAmount(d), d.Uint(255)
		of(func(from wire.Address, p *lawProposal) error { return c.voteLaw(from, p, side, stake, book) })
	case 5:
		d.Array(1)
		n = d.U64()
		of(func(_ wire.Address, p *lawProposal) error { return c.executeLaw(p) })
	}
	return m
}
