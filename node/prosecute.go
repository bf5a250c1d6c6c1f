package node

import (
	"slices"

	"probity/chain/keys"
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
		c.pilot.cases = append(c.pilot.cases, accused{m, e.Key})
	}
}

// accused is an accusation and whom it is about.
type accused struct {
	msg types.Msg
	key keys.PublicKey
}

// closed drops accusations of those who are convicted already: one offence is
// enough, and a loud offender must not crowd out another.
func (c *Core) closed() {
	if len(c.pilot.cases) == 0 {
		return
	}
	bad := map[keys.Address]bool{}
	for _, a := range c.exec.Convicted(c.base) {
		bad[a] = true
	}
	if len(bad) == 0 {
		return
	}
	first := c.convictedKey(bad, c.pilot.cases[0].key)
	c.pilot.cases = slices.DeleteFunc(c.pilot.cases, func(a accused) bool { return c.convictedKey(bad, a.key) })
	if first {
		c.pilot.tries, c.pilot.sent = 0, 0
	}
}

func (c *Core) convictedKey(bad map[keys.Address]bool, k keys.PublicKey) bool {
	owner, ok := availability.Owner(c.base.State, k)
	return ok && bad[owner]
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
	c.closed()
	if len(p.cases) == 0 || p.sent > 0 && h < p.sent+pilotRetry {
		return
	}
	p.sent = h
	if p.tries++; p.tries > casesTries {
		p.cases, p.tries = p.cases[1:], 0
		return
	}
	if err := c.send([]types.Msg{p.cases[0].msg}); err != nil { // known already, or proven void
		p.cases, p.tries, p.sent = p.cases[1:], 0, 0
	}
}

// casesTries is how often an accusation is sent before it is given up.
const casesTries = 3
