package oracle

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/types"
	"probity/vpool"
)

// after is a time later than now by a parameter.
func after(c *route.Ctx, p *route.Param) types.Time { return c.Block.Time + types.Time(p.Get(c)) }

// rested reports whether a parameter's time has passed since then; there may
// have been no then.
func rested(c *route.Ctx, then types.Time, p *route.Param) bool {
	return then == 0 || then+types.Time(p.Get(c)) <= c.Block.Time
}

// enough reports whether n of whole reach a quorum.
func enough(n, whole uint64, quorum types.PPM) bool {
	return whole > 0 && n*vpool.Million >= whole*uint64(quorum)
}

func propose(c *route.Ctx, m Propose) error {
	by, ok := members.Get(c, c.Sender)
	if !ok {
		return ErrMember
	}
	if !rested(c, by.Proposed, ProposalCooldown) {
		return ErrCooldown.With("one proposal in %d ms", ProposalCooldown.Get(c))
	}
	target, seated := members.Get(c, m.Target)
	switch {
	case m.Action == Invite && seated:
		return ErrSeated
	case m.Action == Leave && m.Target != c.Sender:
		return ErrProposal.With("a member proposes its own leave")
	case m.Action == Kick && !seated:
		return ErrMember.With("%s is no member", m.Target)
	case m.Action == Kick && target.Bond.Less(m.Fine):
		return ErrForm.With("the fine is above the bond").For(m.Fine, target.Bond)
	case m.Action != Kick && !m.Fine.IsZero() || m.Action < Invite || m.Action > Kick:
		return ErrForm.With("want invite, leave, or kick with a fine")
	}
	by.Proposed = c.Block.Time
	members.Set(c, c.Sender, by)
	p := proposal{
		Action: m.Action, Target: m.Target, Fine: m.Fine, Proposer: c.Sender,
		VoteFrom: after(c, VoteDelay), QuorumPPM: Quorum.PPM(c), Electors: []keys.Address{}, Ballots: []ballot{},
	}
	p.VoteUntil = p.VoteFrom + types.Time(VoteTime.Get(c))
	p.ExecuteUntil = p.VoteUntil + types.Time(ExecuteTime.Get(c))
	members.Range(c, func(a keys.Address, _ member) bool {
		p.Electors = append(p.Electors, a)
		return true
	})
	id, _ := lastProposal.Get(c)
	id++
	lastProposal.Set(c, id)
	proposals.Set(c, id, p)
	dues.Set(c, due{p.ExecuteUntil, dueProposal, proposalRef(id)}, id)
	c.Emit("proposed", "proposal", id, "action", m.Action.String(), "target", m.Target, "fine", m.Fine, "by", c.Sender)
	return nil
}

// vote takes a ballot of who was a member when the proposal was made, and still
// is.
func vote(c *route.Ctx, m Vote) error {
	p, ok := proposals.Get(c, m.Proposal)
	now := c.Block.Time
	switch {
	case !ok || p.Executed || now < p.VoteFrom || now >= p.VoteUntil:
		return ErrProposal
	case !members.Has(c, c.Sender) || !contains(p.Electors, c.Sender):
		return ErrMember
	}
	for _, b := range p.Ballots {
		if b.By == c.Sender {
			return ErrProposal.With("this member has voted")
		}
	}
	p.Ballots = append(p.Ballots, ballot{By: c.Sender, For: m.For})
	proposals.Set(c, m.Proposal, p)
	c.Emit("voted", "proposal", m.Proposal, "by", c.Sender, "for", m.For)
	return nil
}

// passed reports whether a quorum of the electors is for it; ballots of who was
// removed meanwhile do not count, and its place stays in the whole.
func (p *proposal) passed(c *route.Ctx) bool {
	var n uint64
	for _, b := range p.Ballots {
		if b.For && members.Has(c, b.By) {
			n++
		}
	}
	return enough(n, uint64(len(p.Electors)), p.QuorumPPM)
}

func execute(c *route.Ctx, m Execute) error {
	p, ok := proposals.Get(c, m.Proposal)
	if !ok || p.Executed || c.Block.Time >= p.ExecuteUntil || !p.passed(c) {
		return ErrProposal
	}
	target, seated := members.Get(c, p.Target)
	switch {
	case p.Action == Invite && seated:
		return ErrSeated
	case p.Action != Invite && !seated:
		return ErrMember.With("%s is no member any more", p.Target)
	}
	p.Executed = true
	proposals.Set(c, m.Proposal, p)
	c.Emit("executed", "proposal", m.Proposal, "action", p.Action.String(), "target", p.Target)
	switch p.Action {
	case Invite:
		invitations.Set(c, p.Target, after(c, ActionTime))
	case Leave:
		target.LeaveBy = after(c, ActionTime)
		members.Set(c, p.Target, target)
	case Kick:
		remove(c, p.Target, p.Fine, "kicked")
	}
	return nil
}

// challenge starts the clock of a member that seems silent (OF13). Members do it
// for free, now and then; others pay, so that nobody keeps members busy.
func challenge(c *route.Ctx, m Of) error {
	target, ok := members.Get(c, m.Member)
	switch {
	case !ok:
		return ErrMember.With("%s is no member", m.Member)
	case m.Member == c.Sender:
		return ErrChallenge.With("a member cannot challenge itself")
	case target.Since != 0:
		return ErrChallenge.With("%s is challenged already", m.Member)
	case !rested(c, target.Answered, ChallengeCooldown):
		return ErrCooldown.With("%s has just answered", m.Member)
	}
	if by, member := members.Get(c, c.Sender); member {
		if !rested(c, by.Challenged, ChallengeCooldown) {
			return ErrCooldown.With("one challenge in %d ms", ChallengeCooldown.Get(c))
		}
		by.Challenged = c.Block.Time
		members.Set(c, c.Sender, by)
	} else if err := bank.Charge(c, c.Sender, ChallengeCost.Amount(c)); err != nil {
		return err
	}
	target.Challenger, target.Since = c.Sender, c.Block.Time
	members.Set(c, m.Member, target)
	c.Emit("challenged", "member", m.Member, "by", c.Sender, "until", uint64(after(c, ChallengeWindow)))
	return nil
}

// respond ends a challenge of the sender, as long as nobody has decided it.
func respond(c *route.Ctx, _ None) error {
	m, ok := members.Get(c, c.Sender)
	switch {
	case !ok:
		return ErrMember
	case m.Since == 0:
		return ErrChallenge
	}
	m.Challenger, m.Since, m.Answered = keys.Address{}, 0, c.Block.Time
	members.Set(c, c.Sender, m)
	c.Emit("answered", "member", c.Sender)
	return nil
}

// decide removes who did not answer; the bond burns. Whoever challenged does
// not decide, so that it takes two to end a seat.
func decide(c *route.Ctx, m Of) error {
	target, ok := members.Get(c, m.Member)
	switch {
	case !ok:
		return ErrMember.With("%s is no member", m.Member)
	case target.Since == 0 || !rested(c, target.Since, ChallengeWindow):
		return ErrChallenge
	case c.Sender == target.Challenger || c.Sender == m.Member:
		return ErrChallenge.With("another than the challenger and the challenged decides")
	}
	remove(c, m.Member, target.Bond, "silent")
	return nil
}
