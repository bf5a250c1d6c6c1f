package release

import (
	"encoding/binary"
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// ask takes a question to the court. Parties are left out of the panel.
func ask(c *route.Ctx, k appeal, parties []keys.Address) (keys.Hash, error) {
	if !serves(c, "court") {
		return keys.Hash{}, ErrCourt
	}
	s, _ := overview.Get(c)
	s.Sequence++
	overview.Set(c, s)
	ref := keys.Sum([]byte("release/appeal"), binary.BigEndian.AppendUint64(nil, s.Sequence))
	slices.SortFunc(parties, func(a, b keys.Address) int { return slices.Compare(a[:], b[:]) })
	body := codec.MustMarshal(openAppeal{Opener: "release", Ref: ref, Parties: slices.Compact(parties)})
	if err := c.Dispatch(types.Msg{Route: courtRoute, ID: courtOpenAppeal, Body: body}); err != nil {
		return keys.Hash{}, err
	}
	appeals.Set(c, ref, k)
	c.Emit("appealed", "ref", ref, "address", k.Account, "by", c.Sender)
	return ref, nil
}

// goToCourt appeals a revocation: the revoked representative his own (R45),
// anyone in a role a vetoed one of an auditor (R49). There is one appeal.
func goToCourt(c *route.Ctx, m Appeal) error {
	switch m.Role {
	case RoleCTR:
		return appealRevokedCTR(c, m.Address)
	case RoleAuditor:
		return appealVeto(c, m.Address)
	}
	return ErrForm.With("no such role")
}

func appealRevokedCTR(c *route.Ctx, account keys.Address) error {
	t, _ := ctrs.Get(c, account)
	switch {
	case account != c.Sender:
		return ErrRole.With("only the revoked representative appeals")
	case t.Active || len(t.Revokers) == 0:
		return ErrAppeal.With("%s is not revoked", account)
	case t.Final || !t.Appeal.IsZero():
		return ErrAppeal.With("the court has been asked")
	case c.Block.Time >= t.Since+types.Time(AppealWindow.Get(c)):
		return ErrLate.With("the time for an appeal ended at %d", t.Since+types.Time(AppealWindow.Get(c)))
	}
	ref, err := ask(c, appeal{Kind: appealCTR, Account: account}, append([]keys.Address{account}, t.Revokers...))
	if err != nil {
		return err
	}
	t.Appeal = ref
	ctrs.Set(c, account, t)
	return nil
}

func appealVeto(c *route.Ctx, account keys.Address) error {
	a, _ := auditors.Get(c, account)
	switch {
	case account != c.Sender && !isVoice(c, c.Sender):
		return ErrRole.With("the auditor, representatives and members of the council appeal")
	case a.Charge == nil || a.Charge.Vetoer.IsZero():
		return ErrAppeal.With("no revocation of %s is vetoed", account)
	case !a.Charge.Appeal.IsZero():
		return ErrAppeal.With("the court has been asked")
	case a.Charge.Until <= c.Block.Time:
		return ErrLate.With("the time for an appeal ended at %d", a.Charge.Until)
	}
	parties := append([]keys.Address{account, c.Sender, a.Charge.Vetoer}, a.Charge.By...)
	ref, err := ask(c, appeal{Kind: appealAuditor, Account: account}, parties)
	if err != nil {
		return err
	}
	a.Charge.Appeal, a.Charge.Until = ref, 0
	auditors.Set(c, account, a)
	return nil
}

// verdict hears the court, and the oracle about builds. It can be told nothing
// twice: the question is forgotten with the answer.
func verdict(c *route.Ctx, v route.Verdict) {
	k, ok := appeals.Get(c, v.Ref)
	if !ok {
		rebuilt(c, v)
		return
	}
	appeals.Delete(c, v.Ref)
	c.Emit("appeal_decided", "ref", v.Ref, "address", k.Account, "outcome", v.Outcome.String())
	switch k.Kind {
	case appealCTR:
		decideCTR(c, k.Account, v)
	case appealAuditor:
		decideCharge(c, k.Account, v)
	case appealReport:
		decideReport(c, reportKey{k.RC, k.Account}, v)
	}
}

// decideCTR reinstates a representative who won. Without a decision he may ask
// once more.
func decideCTR(c *route.Ctx, account keys.Address, v route.Verdict) {
	t, ok := ctrs.Get(c, account)
	if !ok || t.Active || t.Appeal != v.Ref {
		return // appointed anew meanwhile
	}
	t.Appeal, t.Final = keys.Hash{}, v.Outcome != route.Void
	if v.Outcome != route.Accepted {
		t.Since = c.Block.Time
		ctrs.Set(c, account, t)
		return
	}
	t.Active, t.Since, t.Revokers, t.Final = true, c.Block.Time, nil, false
	ctrs.Set(c, account, t)
	s, _ := overview.Get(c)
	s.CTRs++
	overview.Set(c, s)
	c.Emit("ctr_reinstated", "address", account)
}

// decideCharge ends a vetoed revocation: an appeal upheld sets the veto aside.
func decideCharge(c *route.Ctx, account keys.Address, v route.Verdict) {
	a, ok := auditors.Get(c, account)
	switch {
	case !ok || a.Charge == nil || a.Charge.Appeal != v.Ref:
		return // resigned meanwhile
	case v.Outcome == route.Accepted:
		deactivate(c, account, "court")
	default:
		a.Charge = nil
		auditors.Set(c, account, a)
		c.Emit("charge_dismissed", "auditor", account)
	}
}

// stakeRef is what REP behind a report is at stake for.
func stakeRef(k reportKey) keys.Hash {
	return keys.Sum([]byte("release/report"), k.RC[:], k.Auditor[:])
}

// stored finds a report among the official ones and the opinions.
func stored(c *route.Ctx, k reportKey) (report, func(report), bool) {
	if r, ok := reports.Get(c, k); ok && !r.Stake.IsZero() {
		return r, func(r report) { reports.Set(c, k, r) }, true
	}
	r, ok := opinions.Get(c, k)
	return r, func(r report) { opinions.Set(c, k, r) }, ok
}

// challengesMax is how many reports are before the court at a time: the rest of its
// docket is for those who have lost a role and have a week to ask.
const challengesMax = 16

// challengeReport has the court look at a report with a stake (R13). It costs what
// filing an accusation does: jurors who are silent lose stakes to those who speak,
// so that a panel that is had for nothing would be worth calling for itself.
func challengeReport(c *route.Ctx, m ChallengeReport) error {
	k := reportKey{m.RC, m.Auditor}
	r, set, ok := stored(c, k)
	switch {
	case m.Auditor == c.Sender:
		return ErrOwn
	case !ok || r.Stake.IsZero():
		return ErrUnknown.With("no stake is behind a report of %s on this", m.Auditor)
	case !r.Challenger.IsZero():
		return ErrTwice.With("the court looks at it")
	}
	if n := challenges(c); n >= challengesMax {
		return ErrFull.With("the court looks at %d reports", n)
	}
	if err := bank.Charge(c, c.Sender, courtFee(c)); err != nil {
		return err
	}
	if _, err := ask(c, appeal{Kind: appealReport, Account: m.Auditor, RC: m.RC}, []keys.Address{m.Auditor, c.Sender}); err != nil {
		return err
	}
	r.Challenger = c.Sender
	set(r)
	return nil
}

// challenges counts the reports before the court.
func challenges(c *route.Ctx) (n int) {
	appeals.Range(c, func(_ keys.Hash, k appeal) bool {
		if k.Kind == appealReport {
			n++
		}
		return true
	})
	return n
}

// courtFee is court.fee where a route declares it.
func courtFee(c *route.Ctx) (fee types.Amount) {
	if p := c.Params.Find("court.fee"); p != nil {
		fee = types.NewAmount(c.Params.Get(p))
	}
	return fee
}

// decideReport burns the stake of a fake report.
func decideReport(c *route.Ctx, k reportKey, v route.Verdict) {
	r, set, ok := stored(c, k)
	if !ok {
		return
	}
	r.Challenger = keys.Address{}
	if v.Outcome == route.Accepted {
		held := rep.Release(c, k.Auditor, stakeRef(k))
		burned := rep.Burn(c, rep.WREP, k.Auditor, held.Min(r.Stake), "fake report")
		r.Stake = types.Amount{}
		c.Emit("report_slashed", "rc", k.RC, "auditor", k.Auditor, "burned", burned)
	}
	set(r)
}

// reclaimStake returns a stake when its candidate has ended and nobody has
// challenged the report within release.appeal_window of that.
func reclaimStake(c *route.Ctx, m ReclaimStake) error {
	cand, ok := candidates.Get(c, m.RC)
	k := reportKey{m.RC, c.Sender}
	r, set, there := stored(c, k)
	switch {
	case !ok || !there || r.Stake.IsZero():
		return ErrUnknown.With("no stake of %s is behind a report on this", c.Sender)
	case cand.Stage.open() || c.Block.Time < cand.Expires:
		return ErrEarly.With("stakes return when the candidate has ended and the time for challenges after it")
	case !r.Challenger.IsZero():
		return ErrStage.With("the court looks at the report")
	}
	rep.Release(c, c.Sender, stakeRef(k))
	r.Stake = types.Amount{}
	set(r)
	c.Emit("stake_returned", "rc", m.RC, "auditor", c.Sender)
	return nil
}
