package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// lawDraft is the message submit.
type lawDraft struct {
	title   string
	post    wire.Hash
	inline  []byte
	actions []action
	fee     num.Int
	deposit num.Int
}

// submitMsg decodes submit (legislature §3).
func (c *Chain) submitMsg(d *cbor.Dec) message {
	s := &lawDraft{}
	f := form{d: d}
	f.fields(6).text(&s.title).hash(&s.post).bytes(&s.inline)
	listOf(f, &s.actions, each[action])
	f.amount(&s.fee).amount(&s.deposit)
	return message{
		run: func(from wire.Address) error { return c.submit(from, s) },
		rescues: func() bool {
			k, err := c.classify(s.actions)
			return err == nil && k.rescue
		},
	}
}

func (c *Chain) submit(from wire.Address, s *lawDraft) error {
	if len(s.title) > maxTitle || (s.post != wire.Hash{}) == (len(s.inline) > 0) || len(s.inline) > maxInline {
		return errLaw(3, "neither a post nor a text")
	}
	k, err := c.classify(s.actions)
	switch {
	case err != nil:
		return err
	case s.fee.Less(num.U(c.param("law.fee_min"))) && !k.urgent:
		return errLaw(5, "too small a fee")
	case !s.deposit.IsZero() && k.urgent:
		return errLaw(6, "an urgent proposal has no deposit")
	}
	if err := c.chargeFee(from, s.fee); err != nil {
		return err
	}
	if s.post != (wire.Hash{}) {
		body := enc(func(e *cbor.Enc) { e.Array(2).Bytes(s.post[:]).Bytes(from[:]) })
		if err := c.dispatch("legislature", routeForum, forumVouch, body); err != nil {
			return err
		}
	}
	n := c.number(key(routeLegislature, lawLast)) + 1
	c.State.Set(key(routeLegislature, lawLast), uint64Value(n))
	bond := c.canonizing()
	p := &lawProposal{
		proposer: from, title: s.title, post: s.post, fee: s.fee, state: stateDraft, class: k,
		submitted: c.h.Height, bond: uint64(bond), number: n,
	}
	if !k.urgent {
		p.need = num.Min(num.U(c.param("law.deposit")), c.supply(bond).PPM(c.param("law.deposit_ppm")))
		if p.need.IsZero() {
			p.need = num.U(1)
		}
	}
	id := p.id()
	c.State.Set(key(routeLegislature, lawNumbers, id), uint64Value(n))
	c.State.Set(key(routeLegislature, lawActions, n), enc(func(e *cbor.Enc) { listOf(form{e: e}, &s.actions, each[action]) }))
	if s.post == (wire.Hash{}) {
		c.State.Set(key(routeLegislature, lawTexts, n), enc(func(e *cbor.Enc) { e.Bytes(s.inline) }))
	}
	c.setProposal(p)
	if err := c.notify(p, toldOpened); err != nil {
		return err
	}
	if k.urgent {
		c.openVote(p, map[uint64]uint64{})
		return nil
	}
	c.setDue(p, c.h.Time+c.param("law.draft"))
	c.setProposal(p)
	if s.deposit.IsZero() {
		return nil
	}
	return c.deposit(from, p, s.deposit)
}

// setDue notes when a draft or a queued proposal expires; 0: never.
func (c *Chain) setDue(p *lawProposal, due uint64) {
	if p.due != 0 && !p.voting() {
		c.State.Delete(key(routeLegislature, lawDue, p.due, p.number))
	}
	if p.due = due; due != 0 {
		c.State.Set(key(routeLegislature, lawDue, due, p.number), uint64Value(p.state))
	}
}

// deposit exposes REP for a draft (legislature §3).
func (c *Chain) deposit(from wire.Address, p *lawProposal, amount num.Int) error {
	if p.state != stateDraft || p.due != 0 && c.h.Time >= p.due {
		return errLaw(2, "no draft")
	}
	rest := p.need.Sub(p.deposited)
	a := num.Min(amount, rest)
	least := p.need.Add(num.U(maxBackers - 1)).Div(num.U(maxBackers))
	k := key(routeLegislature, lawDeposits, p.number, from)
	if a.IsZero() || a.Less(least) && a.Less(rest) {
		return errLaw(6, "too small a deposit")
	}
	if err := c.expose(int(p.bond), from, p.depositRef(), a); err != nil {
		return err
	}
	if !c.has(k) {
		p.backers++
	}
	c.setAmount(k, c.amount(k).Add(a))
	if p.deposited = p.deposited.Add(a); p.deposited.Cmp(p.need) == 0 {
		c.setDue(p, 0)
		c.State.Set(c.waitKey(p), uint64Value(c.h.Height))
	}
	c.setProposal(p)
	return nil
}

// waitKey is the place of a proposal among those that wait.
func (c *Chain) waitKey(p *lawProposal) string {
	kind := 1
	if p.class.rescue {
		kind = 0
	}
	return key(routeLegislature, lawWaiting, kind, p.number)
}

// withdraw takes a proposal back (legislature §3).
func (c *Chain) withdraw(from wire.Address, p *lawProposal) error {
	switch {
	case from != p.proposer:
		return errLaw(7, "not its proposer")
	case p.class.urgent || p.state != stateDraft && p.state != stateNonbinding:
		return errLaw(2, "too late to take it back")
	}
	c.endProposal(p, stateWithdrawn)
	return nil
}
