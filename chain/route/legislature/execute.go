package legislature

import (
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// circuitOpen is the kind of the breaker's refusal.
const circuitOpen = "CIRCUIT_OPEN"

// execute runs the actions of a proposal: all of them or none (L1). Where one
// fails the proposal has failed, which is no fault of who sent this; where a
// circuit is open it stays queued.
func execute(c *route.Ctx, m Execute) error {
	p, err := load(c, m.Proposal)
	if err != nil {
		return err
	}
	switch {
	case p.State != Queued || c.Block.Time >= p.Due:
		return ErrState.With("proposal %d is %s: only a queued one can be executed, before it expires", m.Proposal, p.State)
	case c.Block.Time < p.Ready:
		return ErrEarly.For(uint64(c.Block.Time), uint64(p.Ready))
	}
	actions, _ := actionsOf.Get(c, m.Proposal)
	aside := c.Aside()
	failed, err := run(aside, actions)
	if err == nil {
		c.Settle(aside)
		finish(c, m.Proposal, &p, Executed)
		canonize(c, &p)
		proposals.Set(c, m.Proposal, p)
		return nil
	}
	refusal := route.AsReject(err)
	if refusal.Kind == circuitOpen {
		return refusal
	}
	p.Failures = []Failure{{Action: uint8(failed), Code: refusal.Code, Kind: clip(refusal.Kind)}}
	c.Emit("failed", "proposal", m.Proposal, "action", failed, "kind", refusal.Kind, "reason", refusal.Text)
	finish(c, m.Proposal, &p, Failed)
	proposals.Set(c, m.Proposal, p)
	return nil
}

// run dispatches actions in order until one fails, and tells which.
func run(c *route.Ctx, actions []types.Msg) (failed int, err error) {
	for i, a := range actions {
		if err := c.Dispatch(a); err != nil {
			return i, err
		}
	}
	return len(actions), nil
}

// clip bounds what the state keeps of a refusal's name.
func clip(kind string) string {
	if len(kind) > kindMax {
		return kind[:kindMax]
	}
	return kind
}

// canonize lets the post of an executed proposal earn in gREP what it earned in
// wREP when it passed (L7). Until the book of gREP opens the credit waits. Where
// gREP canonizes, the post has earned it already.
func canonize(c *route.Ctx, p *proposal) {
	if p.Book == rep.WREP && !p.Earned.IsZero() {
		earn(c, rep.GREP, credit{Post: p.Post, Amount: p.Earned, Cause: "canonized"})
	}
}

// earn notes a credit, to be paid by End.
func earn(c *route.Ctx, b rep.Book, cr credit) {
	n, _ := lastPaid.Get(c, b)
	n++
	lastPaid.Set(c, b, n)
	credits.Set(c, credited{b, n}, cr)
}

// pay lets posts gain what they have earned, in order. A credit that an open
// circuit keeps from being paid waits, and all behind it; one that the forum
// refuses is void.
func pay(c *route.Ctx, b rep.Book, most int) {
	credits.RangePrefix(c, credited{Book: b}, 1, func(k credited, cr credit) bool {
		if most--; most < 0 {
			return false
		}
		err := c.Dispatch(message(forumReward, reward{Post: cr.Post, Book: uint8(b), Amount: cr.Amount, Cause: cr.Cause}))
		if err != nil && route.AsReject(err).Kind == circuitOpen {
			return false
		}
		credits.Delete(c, k)
		if err != nil {
			c.Emit("unpaid", "post", cr.Post, "book", b.String(), "amount", cr.Amount, "reason", err.Error())
			return true
		}
		c.Emit("rewarded", "post", cr.Post, "book", b.String(), "amount", cr.Amount, "cause", cr.Cause)
		return true
	})
}
