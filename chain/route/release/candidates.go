package release

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// find reads a candidate, ErrUnknown where there is none.
func find(c *route.Ctx, rc keys.Hash) (candidate, error) {
	k, ok := candidates.Get(c, rc)
	if !ok {
		return k, ErrUnknown.With("no release candidate %s", rc)
	}
	return k, nil
}

// submitRC puts a candidate up (R3, R4). Its id is its content's hash and is
// taken for ever: new code is a new candidate (A-R17).
func submitRC(c *route.Ctx, m SubmitRC) error {
	s, _ := overview.Get(c)
	switch {
	case !isCTR(c, c.Sender):
		return ErrCTR
	case m.RC.IsZero() || m.Repo == "" || len(m.Repo) > textMax || len(m.Version) > textMax || len(m.Locator) > locatorMax ||
		len(m.Commit) == 0 || len(m.Commit) > commitMax:
		return ErrForm.With("want an id, a repository of 1 to %d bytes, a commit of 1 to %d", textMax, commitMax)
	case m.Protocol < c.Block.Version:
		return ErrProtocol.For(m.Protocol, c.Block.Version)
	case candidates.Has(c, m.RC):
		return ErrKnown
	case uint64(len(s.Open)) >= OpenMax.Get(c):
		return ErrFull.For(len(s.Open), OpenMax.Get(c))
	}
	s.Candidates++
	s.Open = append(s.Open, m.RC)
	overview.Set(c, s)
	order.Set(c, s.Candidates, m.RC)
	k := candidate{
		Number: s.Candidates, Submitter: c.Sender, Repo: m.Repo, Commit: m.Commit, Version: m.Version,
		Locator: m.Locator, Protocol: m.Protocol, Submitted: c.Block.Time, Stage: Auditing,
	}
	k.live(c, m.RC)
	k.note(c, m.RC, kindSubmitted, m, "by", c.Sender, "version", m.Version)
	candidates.Set(c, m.RC, k)
	return nil
}

// live gives a candidate time to get on in its stage.
func (k *candidate) live(c *route.Ctx, rc keys.Hash) {
	k.Expires = c.Block.Time + types.Time(CandidateTTL.Get(c))
	schedule(c, k.Expires, dueExpiry, rc)
}

// end takes a candidate from those that can be published. What is staked behind
// reports on it can be challenged until Expires.
func (k *candidate) end(c *route.Ctx, rc keys.Hash, stage Stage, reason string) {
	s, _ := overview.Get(c)
	s.Open = slices.DeleteFunc(s.Open, func(h keys.Hash) bool { return h == rc })
	if s.Vote == rc {
		s.Vote = keys.Hash{}
	}
	if s.Scheduled == rc {
		s.Scheduled = keys.Hash{}
	}
	overview.Set(c, s)
	k.Stage, k.Reason, k.Closes = stage, reason, 0
	k.Expires = c.Block.Time + types.Time(AppealWindow.Get(c))
}

// expire lapses a candidate that has not got on; a build lapses by itself.
func expire(c *route.Ctx, rc keys.Hash) {
	k, _ := candidates.Get(c, rc)
	if !k.Stage.open() || k.Stage == Triggered || k.Expires == 0 || k.Expires > c.Block.Time {
		return
	}
	k.note(c, rc, kindExpired, Because{Reason: k.Stage.String()}, "stage", k.Stage.String())
	k.end(c, rc, Expired, "")
	candidates.Set(c, rc, k)
}

// fileReport takes a report. Anyone may report (R5); those of official auditors
// count and stand in the trail, others are opinions beside it. The submitter
// cannot audit his own candidate, an auditor who is a representative is flagged
// (A-R16).
func fileReport(c *route.Ctx, m Report) error {
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	switch {
	case !m.Status.Valid():
		return ErrForm.With("status %d, want GO, GO_WITH_WARNINGS or NO_GO", m.Status)
	case m.Report.IsZero():
		return ErrForm.With("a report without the hash of its text")
	case k.Submitter == c.Sender:
		return ErrOwn.With("the submitter cannot audit his candidate")
	case !k.Stage.open():
		return ErrStage.For(k.Stage, "one before published")
	}
	id := reportKey{m.RC, c.Sender}
	if err := restake(c, id, m.Stake); err != nil {
		return err
	}
	r := report{
		Status: m.Status, Report: m.Report, TeamOnly: m.TeamOnly, Time: c.Block.Time,
		CTR: isCTR(c, c.Sender), Stake: m.Stake,
	}
	a, _ := auditors.Get(c, c.Sender)
	if !a.Active {
		opinions.Set(c, id, r)
		c.Emit("opinion", "rc", m.RC, "by", c.Sender, "status", m.Status.String(), "report", m.Report)
		return nil
	}
	r.Sequence = a.Sequence
	reports.Set(c, id, r)
	k.note(c, m.RC, kindReport, Reported{Auditor: c.Sender, Status: m.Status, Report: m.Report, TeamOnly: m.TeamOnly, CTR: r.CTR},
		"auditor", c.Sender, "status", m.Status.String(), "report", m.Report, "ctr", r.CTR)
	candidates.Set(c, m.RC, k)
	return nil
}

// restake puts the stake of a report in the place of the one before. While the
// court looks at a report it cannot be replaced.
func restake(c *route.Ctx, id reportKey, stake types.Amount) error {
	if old, set, ok := stored(c, id); ok && !old.Stake.IsZero() {
		if !old.Challenger.IsZero() {
			return ErrStage.With("the court looks at the report before")
		}
		rep.Release(c, id.Auditor, stakeRef(id))
		old.Stake = types.Amount{}
		set(old)
	}
	if stake.IsZero() {
		return nil
	}
	return rep.Expose(c, id.Auditor, stakeRef(id), stake)
}

// disclose opens a report that was kept closed (A-R12).
func disclose(c *route.Ctx, m DiscloseReport) error {
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	id := reportKey{m.RC, m.Auditor}
	r, ok := reports.Get(c, id)
	switch {
	case !ok || !r.TeamOnly:
		return ErrUnknown.With("no closed report of %s on this candidate", m.Auditor)
	case c.Sender != m.Auditor && !isCTR(c, c.Sender):
		return ErrRole.With("the auditor or a representative discloses")
	case m.Locator == "" || len(m.Locator) > locatorMax:
		return ErrForm.With("a locator of 1 to %d bytes", locatorMax)
	case r.Disclosed:
		return ErrTwice
	}
	r.Disclosed, r.Locator = true, m.Locator
	reports.Set(c, id, r)
	k.note(c, m.RC, kindDisclosed, m, "auditor", m.Auditor, "locator", m.Locator)
	candidates.Set(c, m.RC, k)
	return nil
}

// counted are the reports that count now: the latest ones (R7) of official
// auditors in the appointment in which they reported.
func counted(c *route.Ctx, rc keys.Hash) (list []Counted, closed int) {
	list = []Counted{}
	reports.RangePrefix(c, reportKey{RC: rc}, 1, func(k reportKey, r report) bool {
		if a, _ := auditors.Get(c, k.Auditor); a.Active && a.Sequence == r.Sequence {
			list = append(list, Counted{Auditor: k.Auditor, Status: r.Status, Report: r.Report})
			if r.TeamOnly && !r.Disclosed {
				closed++
			}
		}
		return true
	})
	return list, closed
}

// audited refuses to go on while an active official auditor objects (R8) or
// none approves (R10). It is asked when a vote opens, when it closes, at the
// trigger, when the build is agreed, and at the publication (A-R3).
func audited(list []Counted) error {
	positive := false
	for _, r := range list {
		if r.Status == NoGo {
			return ErrNoGo.With("official auditor %s says NO_GO: its own later report or its deactivation clears that", r.Auditor)
		}
		positive = true
	}
	if !positive {
		return ErrNoAudit
	}
	return nil
}
