package node

import (
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/evidence"
	"probity/chain/types"
	"probity/consensus"
)

// evidenceMax bounds the accusations that wait for a block.
const evidenceMax = 64

// report keeps evidence until a block holds it.
func (c *Core) report(e consensus.Evidence) {
	if c.set.Hooks.Evidence != nil {
		c.set.Hooks.Evidence(e)
	}
	c.log.Warn("evidence", "event", "evidence", "epoch", e.Epoch, "signer", e.Signer, "a", e.A.Kind, "b", e.B.Kind)
	if c.set.Account == nil || len(c.pilot.cases) >= evidenceMax {
		return
	}
	if m, ok := c.accusation(&e); ok {
		c.pilot.cases = append(c.pilot.cases, m)
	}
}

// accusation is the message that proves the offence: both statements, and the
// offender's place in the frozen roster or list.
func (c *Core) accusation(e *consensus.Evidence) (types.Msg, bool) {
	plan := c.exec.Outline(c.base, e.Epoch)
	if plan == nil {
		return types.Msg{}, false
	}
	var m evidence.Submit
	switch {
	case len(e.Headers) == 2:
		p, ok := availability.ProveASC(plan, e.Headers[0].Header.ASC)
		if !ok {
			return types.Msg{}, false
		}
		m.Proposals = &evidence.Proposals{A: e.Headers[0], B: e.Headers[1], Producer: p}
	case len(e.Headers) == 1:
		p, ok := availability.ProveASC(plan, e.Headers[0].Header.ASC)
		if !ok {
			return types.Msg{}, false
		}
		m.Header = &evidence.Header{Header: e.Headers[0], Producer: p}
	case e.Signer >= 0 && e.Signer < len(plan.Roster.Members):
		m.Votes = &evidence.Votes{
			A:      evidence.Signed{Statement: e.A.Statement, Signature: e.A.Signature},
			B:      evidence.Signed{Statement: e.B.Statement, Signature: e.B.Signature},
			Member: plan.Roster.Prove(e.Signer),
		}
	default:
		return types.Msg{}, false
	}
	msg, err := all.Table.Pack("evidence", "submit", m)
	if err != nil {
		panic("node: " + err.Error())
	}
	return msg, true
}

// prosecute sends the first case that waits, one at a time: the offender may be
// convicted for another offence before the next is due.
func (c *Core) prosecute() {
	p := &c.pilot
	h := c.Height()
	if len(p.cases) == 0 || p.sent > 0 && h < p.sent+pilotRetry {
		return
	}
	p.sent = h
	if p.tries++; p.tries > casesTries {
		p.cases, p.tries = p.cases[1:], 0
		return
	}
	if err := c.send(p.cases[:1]); err != nil { // known already, or proven void
		p.cases, p.tries, p.sent = p.cases[1:], 0, 0
	}
}

// casesTries is how often an accusation is sent before it is given up.
const casesTries = 3
