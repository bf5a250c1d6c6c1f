package release

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// openRevocation opens a vote on a member of the council (R35). Its voters are
// fixed now: all other members, and during inception the representatives (R36).
// With ten members one ballot is a turnout of 10 %: the numbers are the sources',
// so the vote runs for its whole period and a tie keeps the member (A-R9).
func openRevocation(c *route.Ctx, m Motion) error {
	s, _ := overview.Get(c)
	_, target, ok := memberOf(c, m.Address)
	switch {
	case len(m.Reason) > locatorMax:
		return ErrForm.With("a reason of %d bytes, at most %d", len(m.Reason), locatorMax)
	case !isVoice(c, c.Sender):
		return ErrRole.With("members of the council and representatives open a revocation")
	case !ok:
		return ErrUnknown.With("%s is no member of the council", m.Address)
	case m.Address == c.Sender:
		return ErrOwn.With("leave instead")
	case revocations.Has(c, m.Address):
		return ErrBusy.With("a vote on %s is open", m.Address)
	}
	v := revocation{
		Sequence: target.Sequence, Opener: c.Sender, Reason: m.Reason,
		Closes: c.Block.Time + types.Time(RevocationPeriod.Get(c)), Voters: revokers(c, &s, m.Address),
	}
	revocations.Set(c, m.Address, v)
	schedule(c, v.Closes, dueRevocation, subject(m.Address))
	c.Emit("revocation_opened", "member", m.Address, "by", c.Sender, "voters", len(v.Voters), "closes", uint64(v.Closes), "reason", m.Reason)
	return nil
}

// revokers are the voters on a member: one with two roles votes once, as a
// member (A-R15).
func revokers(c *route.Ctx, s *summary, target keys.Address) []seat {
	list := append(seats(c, Activists), seats(c, Technologists)...)
	if !s.Over {
		ctrs.Range(c, func(a keys.Address, t representative) bool {
			if _, _, twice := memberOf(c, a); t.Active && !twice {
				list = append(list, seat{Address: a, Sequence: t.Sequence, CTR: true})
			}
			return true
		})
	}
	list = slices.DeleteFunc(list, func(s seat) bool { return s.Address == target })
	slices.SortFunc(list, func(a, b seat) int { return slices.Compare(a.Address[:], b.Address[:]) })
	return list
}

// stands reports whether a voter still has the appointment of the snapshot.
func (s seat) stands(c *route.Ctx) bool {
	if s.CTR {
		t, _ := ctrs.Get(c, s.Address)
		return t.Active && t.Sequence == s.Sequence
	}
	return s.holds(c, Activists) || s.holds(c, Technologists)
}

func castRevocation(c *route.Ctx, m RevocationBallot) error {
	v, ok := revocations.Get(c, m.Member)
	i := slices.IndexFunc(v.Voters, func(s seat) bool { return s.Address == c.Sender })
	id := revocationVoter{m.Member, c.Sender}
	switch {
	case !ok:
		return ErrUnknown.With("no vote on %s is open", m.Member)
	case c.Block.Time >= v.Closes:
		return ErrLate.With("the vote closed at %d", v.Closes)
	case !m.Choice.Valid():
		return ErrForm.With("choice %d, want yes, no or abstain", m.Choice)
	case i < 0 || !v.Voters[i].stands(c):
		return ErrElectorate
	case revocationBallots.Has(c, id):
		return ErrTwice.With("ballots are final")
	}
	revocationBallots.Set(c, id, m.Choice)
	c.Emit("revocation_ballot", "member", m.Member, "voter", c.Sender, "choice", m.Choice.String())
	return nil
}

// closeRevocation decides the vote on a member: turnout rounds up, the majority
// is strict, ballots of those who are gone are void and stay in the denominator.
func closeRevocation(c *route.Ctx, account keys.Address) {
	v, ok := revocations.Get(c, account)
	if !ok || v.Closes > c.Block.Time {
		return
	}
	t := Tally{Size: uint64(len(v.Voters))}
	for _, s := range v.Voters {
		id := revocationVoter{account, s.Address}
		choice, voted := revocationBallots.Get(c, id)
		revocationBallots.Delete(c, id)
		switch {
		case voted && !s.stands(c):
			t.Void++
		case voted:
			t.add(choice)
		}
	}
	revocations.Delete(c, account)
	college, m, there := memberOf(c, account)
	passed := t.turnout(RevocationTurnout.PPM(c)) && t.approved(RevocationApproval.PPM(c))
	c.Emit("revocation_closed", "member", account, "passed", passed, "voters", t.Size, "yes", t.Yes, "no", t.No, "abstain", t.Abstain, "void", t.Void)
	if passed && there && m.Sequence == v.Sequence {
		unseat(c, college, account, "revoked")
	}
}

// revokeMissing signs the revocation of a member who has missed
// release.inactive_votes closed votes in a row; it needs no vote (R40).
func revokeMissing(c *route.Ctx, m Member) error {
	college, target, ok := memberOf(c, m.Address)
	switch {
	case !isVoice(c, c.Sender):
		return ErrRole.With("members of the council and representatives revoke the inactive")
	case !ok:
		return ErrUnknown.With("%s is no member of the council", m.Address)
	case m.Address == c.Sender:
		return ErrOwn.With("leave instead")
	case target.Missed < InactiveVotes.Get(c):
		return ErrMissed.For(target.Missed, InactiveVotes.Get(c))
	}
	by, done, err := sign(c, petitionKey{revokeInactive, subject(m.Address)}, InactiveSignatures.Get(c), 0,
		func(a keys.Address) bool { return isVoice(c, a) })
	if err != nil {
		return err
	}
	c.Emit("inactive_signed", "member", m.Address, "by", c.Sender, "signatures", len(by))
	if done {
		unseat(c, college, m.Address, "inactive")
	}
	return nil
}
