package release

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/types"
)

// submitToCouncil opens the vote on an audited candidate (R14). One vote is open
// at a time; both colleges are fixed now (A-R2).
func submitToCouncil(c *route.Ctx, m SubmitToCouncil) error {
	s, _ := overview.Get(c)
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	list, _ := counted(c, m.RC)
	switch {
	case !isCTR(c, c.Sender):
		return ErrCTR
	case k.Stage != Auditing && k.Stage != Rejected:
		return ErrStage.For(k.Stage, "auditing or rejected")
	case !s.Vote.IsZero():
		return ErrBusy.With("the vote on %s is open", s.Vote)
	}
	if err := audited(list); err != nil {
		return err
	}
	if err := checkCouncil(c, &k, m, list); err != nil {
		return err
	}
	k.Round++
	k.Stage, k.Closes, k.Expires, k.Plan = Voting, c.Block.Time+types.Time(VotePeriod.Get(c)), 0, &m.Plan
	v := vote{
		Opened: c.Block.Time, Closes: k.Closes, Reports: m.Reports,
		Activists: seats(c, Activists), Technologists: seats(c, Technologists),
	}
	votes.Set(c, roundKey{m.RC, k.Round}, v)
	schedule(c, k.Closes, dueVote, m.RC)
	s.Vote = m.RC
	overview.Set(c, s)
	k.note(c, m.RC, kindOpened, Opened{
		Round: k.Round, Closes: k.Closes, Plan: m.Plan, Reports: m.Reports, Counted: list,
		Activists: addresses(v.Activists), Technologists: addresses(v.Technologists),
	}, "round", k.Round, "closes", uint64(k.Closes), "activists", len(v.Activists), "technologists", len(v.Technologists))
	candidates.Set(c, m.RC, k)
	return nil
}

// checkCouncil refuses references to what does not count and plans that could
// not be carried out.
func checkCouncil(c *route.Ctx, k *candidate, m SubmitToCouncil, list []Counted) error {
	if n := len(m.Reports); n == 0 || n > listMax {
		return ErrForm.With("%d report references, want 1 to %d", n, listMax)
	}
	for _, h := range m.Reports {
		if !slices.ContainsFunc(list, func(r Counted) bool { return r.Report == h }) {
			return ErrUnknown.With("report %s is not the latest of an active official auditor", h)
		}
	}
	if len(m.Plan.Reset) > availability.ResetMax || !m.Plan.Activate && len(m.Plan.Reset) > 0 {
		return ErrForm.With("at most %d circuits, and only with a plan that activates", availability.ResetMax)
	}
	for _, r := range m.Plan.Reset {
		if r == "" || len(r) > availability.ResetLen {
			return ErrForm.With("circuit %.40q", r)
		}
	}
	return rollback(c, k, m.Plan.Activate)
}

// rollback refuses a candidate that does not speak the active protocol version,
// and one that is to activate without a later version.
func rollback(c *route.Ctx, k *candidate, activate bool) error {
	if k.Protocol < c.Block.Version {
		return ErrProtocol.For(k.Protocol, c.Block.Version)
	}
	if activate && k.Protocol == c.Block.Version {
		return ErrProtocol.With("only a later version than %d activates", c.Block.Version)
	}
	return nil
}

// seats is the electorate of a college now.
func seats(c *route.Ctx, college College) []seat {
	out := []seat{}
	members.RangePrefix(c, memberKey{College: college}, 1, func(k memberKey, m member) bool {
		out = append(out, seat{Address: k.Address, Sequence: m.Sequence})
		return true
	})
	return out
}

func addresses(list []seat) []keys.Address {
	out := make([]keys.Address, len(list))
	for i := range list {
		out[i] = list[i].Address
	}
	return out
}

// holds reports whether the member of a seat is still the one of the snapshot.
func (s seat) holds(c *route.Ctx, college College) bool {
	m, ok := members.Get(c, memberKey{college, s.Address})
	return ok && m.Sequence == s.Sequence
}

// castBallot takes a ballot. Ballots are public and final (R20).
func castBallot(c *route.Ctx, m Ballot) error {
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	v, _ := votes.Get(c, roundKey{m.RC, k.Round})
	college, me, ok := memberOf(c, c.Sender)
	list := v.Activists
	if college == Technologists {
		list = v.Technologists
	}
	switch id := (ballotKey{m.RC, k.Round, c.Sender}); {
	case !m.Choice.Valid():
		return ErrForm.With("choice %d, want yes, no or abstain", m.Choice)
	case k.Stage != Voting:
		return ErrStage.For(k.Stage, Voting)
	case c.Block.Time >= k.Closes:
		return ErrLate.With("the vote closed at %d", k.Closes)
	case !ok || !slices.Contains(list, seat{Address: c.Sender, Sequence: me.Sequence}):
		return ErrElectorate
	case ballots.Has(c, id):
		return ErrTwice.With("ballots are final")
	default:
		ballots.Set(c, id, ballot{Choice: m.Choice, Time: c.Block.Time})
	}
	me.Missed = 0 // any ballot resets (A-R10)
	members.Set(c, memberKey{college, c.Sender}, me)
	k.note(c, m.RC, kindBallot, Cast{Round: k.Round, College: college, Choice: m.Choice},
		"voter", c.Sender, "college", college.String(), "choice", m.Choice.String())
	candidates.Set(c, m.RC, k)
	return nil
}

// closeVote decides a vote whose time is over, and notes who missed it.
func closeVote(c *route.Ctx, rc keys.Hash) {
	k, _ := candidates.Get(c, rc)
	if k.Stage != Voting || k.Closes > c.Block.Time {
		return
	}
	id := roundKey{rc, k.Round}
	v, _ := votes.Get(c, id)
	v.A, v.T = tally(c, id, Activists, v.Activists), tally(c, id, Technologists, v.Technologists)
	list, _ := counted(c, rc)
	v.Closed = true
	v.Passed, v.Reason = decide(c, &v, list)
	votes.Set(c, id, v)

	k.Stage, k.Reason, k.Closes = Approved, v.Reason, 0
	if !v.Passed {
		k.Stage = Rejected
	}
	k.live(c, rc)
	s, _ := overview.Get(c)
	s.Vote = keys.Hash{}
	overview.Set(c, s)
	k.note(c, rc, kindClosed, Decided{
		Round: k.Round, Passed: v.Passed, Reason: v.Reason, Activists: v.A, Technologists: v.T, Counted: list,
	}, "passed", v.Passed, "reason", v.Reason)
	candidates.Set(c, rc, k)
}

// decide is the outcome: turnout and approval in each college (R16, R17; what is
// missing is never approval, R19), and the audit once more (A-R3).
func decide(c *route.Ctx, v *vote, list []Counted) (bool, string) {
	turnout, approval := Turnout.PPM(c), Approval.PPM(c)
	for _, side := range []struct {
		name string
		Tally
	}{{"activists", v.A}, {"technologists", v.T}} {
		switch {
		case side.Size == 0 || !side.turnout(turnout):
			return false, "turnout of " + side.name
		case !side.approved(approval):
			return false, "approval of " + side.name
		}
	}
	if err := audited(list); err != nil {
		return false, "audit: " + route.AsReject(err).Kind
	}
	return true, ""
}

// tally counts a college's ballots. Ballots of members who are gone are void and
// stay in the denominator (A-R2).
func tally(c *route.Ctx, id roundKey, college College, list []seat) Tally {
	t := Tally{Size: uint64(len(list))}
	for _, s := range list {
		b, voted := ballots.Get(c, ballotKey{id.RC, id.Round, s.Address})
		if !s.holds(c, college) {
			if voted {
				t.Void++
			}
			continue
		}
		t.add(b.Choice)
		missed(c, memberKey{college, s.Address}, voted)
	}
	return t
}

// missed counts the votes in a row that a member has missed (A-R10).
func missed(c *route.Ctx, k memberKey, voted bool) {
	m, _ := members.Get(c, k)
	if voted {
		m.Missed = 0
	} else {
		m.Missed++
	}
	members.Set(c, k, m)
}

func (t *Tally) add(choice Choice) {
	switch choice {
	case Yes:
		t.Yes++
	case No:
		t.No++
	case Abstain:
		t.Abstain++
	}
}

// turnout reports whether enough have voted: voted·10⁶ ≥ size·ppm, so that the
// share is a minimum and the number of ballots rounds up (A-R1, A-R9).
func (t Tally) turnout(ppm types.PPM) bool {
	return (t.Yes+t.No+t.Abstain)*uint64(types.Million) >= t.Size*uint64(ppm)
}

// approved reports whether more than the share of those who decided say yes: a
// tie fails, abstentions do not count (A-R1).
func (t Tally) approved(ppm types.PPM) bool {
	return t.Yes*uint64(types.Million) > (t.Yes+t.No)*uint64(ppm)
}
