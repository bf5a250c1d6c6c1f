package release_test

import (
	"fmt"
	"slices"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/route/release"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: merging is for the core team and those it empowers, through the gate.
// Method: a stranger, a grantee before, during and after his grant, and a gate
// that is closed.
func TestR1_MergersAreTheTeamAndItsGrantees(t *testing.T) {
	w := start(t, full, contribution)
	change := release.RecordMerge{Repo: "probity", Commit: types.Bytes{1}}
	w.refused(release.ErrRole, "stranger", "record_merge", change)
	w.refused(release.ErrRole, "stranger", "grant", release.Grant{Address: w.Addr("stranger"), Until: 1 << 40})
	w.ok("dev", "record_merge", change)
	w.ok("t1", "record_merge", change)
	w.ok("dev", "grant", release.Grant{Address: w.Addr("stranger"), Until: w.Block.Time + hour})
	w.ok("stranger", "record_merge", change)
	w.refused(release.ErrGate, "stranger", "record_merge", release.RecordMerge{Repo: "closed", Commit: types.Bytes{1}})
	w.wait(hour)
	w.refused(release.ErrRole, "stranger", "record_merge", change)

	// A grant falls with the member who gave it.
	w.ok("dev", "grant", release.Grant{Address: w.Addr("stranger"), Until: w.Block.Time + hour})
	w.refused(release.ErrCTR, "dev", "strike", w.member("dev"))
	w.ok("t1", "strike", w.member("dev"))
	w.refused(release.ErrRole, "stranger", "record_merge", change)
	w.refused(release.ErrRole, "dev", "record_merge", change)
	w.ok("t1", "enroll", w.member("dev"))
	w.ok("dev", "ungrant", w.member("stranger"))
	w.refused(release.ErrRole, "stranger", "record_merge", change)
}

// Goal: what representatives do asks for an active one. Method: every message
// of theirs by a core-team member who is none, and by one who has resigned.
func TestR2_OnlyActiveRepresentatives(t *testing.T) {
	w := start(t, full)
	w.approve("x", false)
	for _, who := range []string{"dev", "t3"} {
		if who == "t3" {
			w.ok("t3", "resign", release.Resign{Role: release.RoleCTR})
		}
		w.refused(release.ErrCTR, who, "submit_rc", w.submission("y"))
		w.refused(release.ErrCTR, who, "submit_to_council", w.council("x", false))
		w.refused(release.ErrCTR, who, "trigger", release.Trigger{RC: rc("x")})
		w.refused(release.ErrCTR, who, "publish", w.publication("x"))
		w.refused(release.ErrCTR, who, "record_store", release.RecordStore{RC: rc("x"), Store: "s", Key: w.Key(who).Public()})
		w.refused(release.ErrCTR, who, "withdraw", release.Withdraw{RC: rc("x"), Reason: "r"})
		w.refused(release.ErrCTR, who, "enroll", w.member("stranger"))
	}
	w.refused(release.ErrCTR, "t3", "resign", release.Resign{Role: release.RoleCTR})
	w.refused(release.ErrStage, "t1", "strike", w.member("t2"))
}

// Goal: only a representative opens an audit. Method: everyone else tries.
func TestR3_OnlyRepresentativesSubmit(t *testing.T) {
	w := start(t, full)
	for _, who := range []string{"stranger", "dev", "a1", "e1", "u1", "w1"} {
		w.refused(release.ErrCTR, who, "submit_rc", w.submission("x"))
	}
	w.ok("t3", "submit_rc", w.submission("x"))
	w.stage("x", release.Auditing)
}

// Goal: a candidate is its content's hash, and every record names it. Method: a
// zero id and a second use of one are refused; each event of a whole life has
// the id as its first attribute.
func TestR4_EveryRecordNamesTheContentHash(t *testing.T) {
	w := start(t, full)
	w.refused(release.ErrForm, "t1", "submit_rc", release.SubmitRC{Repo: "probity", Commit: types.Bytes{1}, Protocol: 1})
	w.approve("x", false)
	w.build("x")
	w.publish("x")
	if got := w.attr("published", "rc"); got != rc("x").String() {
		t.Fatal(got)
	}
	w.refused(release.ErrKnown, "t2", "submit_rc", w.submission("x"))
	h := ask[*release.History](w, "history", release.Entries{RC: rc("x")})
	if len(h.Entries) != 15 || uint64(len(h.Entries)) != w.candidate("x").Entries {
		t.Fatalf("%d entries", len(h.Entries))
	}
	w.refused(release.ErrUnknown, "t1", "trigger", release.Trigger{RC: rc("y")})
}

// Goal: anyone may report, and only official reports count. Method: opinions
// pass or block nothing, one official report does.
func TestR5_OnlyOfficialReportsCount(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	w.report("stranger", "x", release.Go)
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("x", false))
	w.report("stranger", "x", release.NoGo)
	w.report("u1", "x", release.Go)
	a := ask[*release.Audit](w, "audit", release.Of{RC: rc("x")})
	if !a.Pass || len(a.Reports) != 2 || a.Reports[0].Auditor != w.Addr("u1") || !a.Reports[0].Counts || a.Reports[1].Official {
		t.Fatalf("%+v", a)
	}
	w.ok("t1", "submit_to_council", w.council("x", false))
}

// Goal: there are three statuses. Method: the numbers around them.
func TestR6_ExactlyThreeStatuses(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	for n := range 6 {
		err := w.try("u1", "report", release.Report{RC: rc("x"), Status: release.Status(n), Report: rc("text")})
		if (err == nil) != (n >= 1 && n <= 3) {
			t.Errorf("status %d: %v", n, err)
		}
	}
}

// Goal: the newer report counts and the older stays on record. Method: NO_GO,
// GO and NO_GO again of one auditor.
func TestR7_TheLatestReportCounts(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	for i, s := range []release.Status{release.NoGo, release.Go, release.NoGo} {
		w.report("u1", "x", s)
		a := ask[*release.Audit](w, "audit", release.Of{RC: rc("x")})
		if len(a.Reports) != 1 || a.Reports[0].Status != s || a.Pass != (s == release.Go) {
			t.Fatalf("%+v", a)
		}
		if e := w.candidate("x").Entries; e != uint64(i+2) {
			t.Fatalf("%d entries", e)
		}
	}
}

// Goal: one NO_GO among many GO stops everything. Method: with one, the council
// is not asked.
func TestR8_AnyNoGoBlocks(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	w.report("u1", "x", release.Go)
	w.report("u2", "x", release.NoGo)
	w.refused(release.ErrNoGo, "t1", "submit_to_council", w.council("x", false))
	if got := w.candidate("x").Missing; got != "NO_GO" {
		t.Fatal(got)
	}
}

// Goal: two things clear a NO_GO. Method: another auditor's GO does not; the
// auditor's own does, and so does its deactivation, after the time for a veto.
func TestR9_WhatClearsANoGo(t *testing.T) {
	t.Run("R9 its own later report", func(t *testing.T) {
		w := start(t, full)
		w.submit("x")
		w.report("u2", "x", release.NoGo)
		w.report("u1", "x", release.Go)
		w.refused(release.ErrNoGo, "t1", "submit_to_council", w.council("x", false))
		w.report("u2", "x", release.GoWithWarnings)
		w.ok("t1", "submit_to_council", w.council("x", false))
	})
	t.Run("R9 deactivation", func(t *testing.T) {
		w := start(t, full)
		w.submit("x")
		w.report("u2", "x", release.NoGo)
		w.report("u1", "x", release.Go)
		for _, by := range []string{"t1", "e2"} {
			w.ok(by, "revoke_auditor", release.Charge{Auditor: w.Addr("u2"), Ground: 1})
		}
		w.refused(release.ErrNoGo, "t1", "submit_to_council", w.council("x", false))
		w.wait(2 * day)
		w.ok("t1", "submit_to_council", w.council("x", false))
	})
}

// Goal: silence is no audit. Method: no report, then one with warnings.
func TestR10_OnePositiveReportIsNeeded(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("x", false))
	w.report("u2", "x", release.GoWithWarnings)
	m := w.council("x", false)
	w.refused(release.ErrUnknown, "t1", "submit_to_council", m) // u1's report is not there
	m.Reports = []keys.Hash{textOf("u2", release.GoWithWarnings)}
	w.ok("t1", "submit_to_council", m)
}

// Goal: key and status are bound to the candidate. Method: a signed transaction;
// its entry in the trail holds the auditor's key, the transaction and the status.
func TestR11_TheAuditorsKeyIsBound(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	m, err := w.Table.Pack("release", "report", reportOf("u1", "x", release.NoGo))
	if err != nil {
		t.Fatal(err)
	}
	tx := types.Tx{Chain: "test", ValidUntil: 9, FeeMax: types.Whole(1), Msgs: []types.Msg{m}}
	tx.Sign(w.Key("u1"), w.Chain.Genesis)
	signed, err := types.Seal(tx)
	if err != nil {
		t.Fatal(err)
	}
	w.fund("u1")
	if e := w.Apply(signed); e.Refused != nil || e.Failed != nil {
		t.Fatalf("%+v", e)
	}
	h := ask[*release.History](w, "history", release.Entries{RC: rc("x"), From: 2})
	e := h.Entries[0].Entry
	var body release.Reported
	if err := codec.Unmarshal(e.Body, &body); err != nil {
		t.Fatal(err)
	}
	if e.Key != w.Key("u1").Public() || e.Tx != signed.Hash || body.Status != release.NoGo || release.Chained(rc("x"), h.Before, e) != h.Head {
		t.Fatalf("%+v, %+v", e, body)
	}
}

// Goal: the report's text is bound by its hash, and kept. Method: a report
// without one is refused; the hash of each stays in the trail.
func TestR12_ReportsAreKeptByHash(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	w.refused(release.ErrForm, "u1", "report", release.Report{RC: rc("x"), Status: release.Go})
	w.report("u1", "x", release.NoGo)
	w.report("u1", "x", release.Go)
	h := ask[*release.History](w, "history", release.Entries{RC: rc("x"), From: 2})
	for i, s := range []release.Status{release.NoGo, release.Go} {
		var body release.Reported
		if err := codec.Unmarshal(h.Entries[i].Entry.Body, &body); err != nil || body.Report != textOf("u1", s) {
			t.Fatalf("%+v %v", body, err)
		}
	}
}

// Goal: an auditor without office may stake on a report and loses the stake to
// the court's word only. Method: exact balances of a fake and of an honest one.
func TestR13_StakedReports(t *testing.T) {
	for _, c := range []struct {
		name   string
		fake   bool
		wantOf string
	}{{"fake", true, "700"}, {"honest", false, "1000"}} {
		w := start(t, full, court)
		w.submit("x")
		m := reportOf("stranger", "x", release.NoGo)
		m.Stake = types.NewAmount(1001)
		if err := w.try("stranger", "report", m); err == nil {
			t.Fatal("staked more than it has")
		}
		m.Stake = types.NewAmount(300)
		w.ok("stranger", "report", m)
		w.ok("stranger", "report", m) // again: in the place of the first
		if got := rep.Exposed(w.Ctx("rep"), w.Addr("stranger")); got != types.NewAmount(300) {
			t.Fatal(got)
		}
		w.refused(release.ErrOwn, "stranger", "challenge_report", release.ChallengeReport{RC: rc("x"), Auditor: w.Addr("stranger")})
		w.refused(release.ErrUnknown, "t2", "challenge_report", release.ChallengeReport{RC: rc("x"), Auditor: w.Addr("u1")})
		w.refused(bank.ErrFunds, "t2", "challenge_report", release.ChallengeReport{RC: rc("x"), Auditor: w.Addr("stranger")})
		bank.Mint(w.Ctx("bank"), w.Addr("t2"), types.Whole(7))
		w.ok("t2", "challenge_report", release.ChallengeReport{RC: rc("x"), Auditor: w.Addr("stranger")})
		if left := bank.Balance(w.Ctx("bank"), w.Addr("t2")); left != types.Whole(2) {
			t.Errorf("the challenger has %s $ left of 7, want 2", left.Decimal())
		}
		w.refused(release.ErrStage, "stranger", "report", m)
		w.decide(map[bool]routeOutcome{true: accepted, false: rejected}[c.fake])
		w.refused(anyOf(c.fake, release.ErrUnknown, release.ErrEarly), "stranger", "reclaim_stake", release.ReclaimStake{RC: rc("x")})
		w.ok("t1", "withdraw", release.Withdraw{RC: rc("x"), Reason: "no"})
		w.wait(week)
		if !c.fake {
			w.ok("stranger", "reclaim_stake", release.ReclaimStake{RC: rc("x")})
		}
		ctx := w.Ctx("rep")
		if b := rep.Balance(ctx, rep.WREP, w.Addr("stranger")); b.String() != c.wantOf || !rep.Exposed(ctx, w.Addr("stranger")).IsZero() {
			t.Errorf("%s: %s left, %s exposed", c.name, b, rep.Exposed(ctx, w.Addr("stranger")))
		}
	}
}

// Goal: challenges of reports do not fill the court's docket, which those who lost a
// role need. Method: sixteen of them, one more, an answer, and one more again.
func TestR13_ChallengesAreBounded(t *testing.T) {
	w := start(t, full, court)
	w.submit("x")
	bank.Mint(w.Ctx("bank"), w.Addr("t2"), types.Whole(1000))
	challenge := func(i int) release.ChallengeReport {
		return release.ChallengeReport{RC: rc("x"), Auditor: w.Addr(fmt.Sprintf("reader%d", i))}
	}
	for i := range 18 {
		name := fmt.Sprintf("reader%d", i)
		rep.Mint(w.Ctx("rep"), rep.WREP, w.Addr(name), types.Whole(1), "given")
		m := reportOf(name, "x", release.NoGo)
		m.Stake = types.NewAmount(1)
		w.ok(name, "report", m)
	}
	for i := range 16 {
		w.ok("t2", "challenge_report", challenge(i))
	}
	w.refused(release.ErrFull, "t2", "challenge_report", challenge(16))
	w.decide(rejected)
	w.ok("t2", "challenge_report", challenge(16))
	w.refused(release.ErrFull, "t2", "challenge_report", challenge(17))
	for _, name := range []string{"t2", "e1", "e2"} {
		w.ok(name, "revoke_ctr", release.Motion{Address: w.Addr("t1"), Reason: "absent"})
	}
	w.ok("t1", "appeal", release.Appeal{Role: release.RoleCTR, Address: w.Addr("t1")})
}

// Goal: only audited candidates reach the council, with references to what
// counts. Method: before the audit, with a wrong reference, then rightly.
func TestR14_TheCouncilIsAskedAfterTheAudit(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("x", false))
	w.report("u1", "x", release.Go)
	for _, refs := range [][]keys.Hash{nil, {rc("other")}, slices.Repeat([]keys.Hash{textOf("u1", release.Go)}, 65)} {
		if w.try("t1", "submit_to_council", release.SubmitToCouncil{RC: rc("x"), Reports: refs}) == nil {
			t.Fatalf("%d references taken", len(refs))
		}
	}
	w.ok("t2", "submit_to_council", w.council("x", false)) // any representative
	w.stage("x", release.Voting)
}

// Goal: closed reports are public before the release is. Method: publication is
// refused until the auditor, or a representative, discloses.
func TestAR12_PublishNeedsDisclosure(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	m := reportOf("u1", "x", release.Go)
	m.TeamOnly = true
	w.ok("u1", "report", m)
	w.ok("t2", "submit_to_council", w.council("x", false))
	w.vote("x", release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	w.wait(week)
	w.build("x")
	w.refused(release.ErrDisclose, "t1", "publish", w.publication("x"))
	if got := w.candidate("x").Missing; got != "UNDISCLOSED" {
		t.Fatal(got)
	}
	d := release.DiscloseReport{RC: rc("x"), Auditor: w.Addr("u1"), Locator: "here"}
	w.refused(release.ErrRole, "stranger", "disclose_report", d)
	w.ok("u1", "disclose_report", d)
	w.refused(release.ErrTwice, "u1", "disclose_report", d)
	w.publish("x")
}

// Goal: "audit to be initiated" means the council, and the submission is first.
// Method: no report can come before the submission; after it the council's stage
// still waits for one.
func TestAR14_SubmissionFirstThenAudit(t *testing.T) {
	w := start(t, full)
	w.refused(release.ErrUnknown, "u1", "report", reportOf("u1", "x", release.Go))
	w.submit("x")
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("x", false))
}

// Goal: nobody audits his own work, and two hats are seen. Method: the submitter
// becomes an auditor and is refused; another representative's report is flagged.
func TestAR16_SubmitterDoesNotAudit(t *testing.T) {
	w := start(t, full)
	for _, a := range []string{"t1", "t2"} {
		w.ok("t3", "grant_auditor", w.member(a))
		w.ok("e1", "grant_auditor", w.member(a))
	}
	w.submit("x")
	w.refused(release.ErrOwn, "t1", "report", reportOf("t1", "x", release.Go))
	w.report("t2", "x", release.Go)
	if w.attr("report", "ctr") != "true" {
		t.Fatal("not flagged")
	}
}

// Goal: new code starts anew. Method: a second candidate of the same repository
// has none of the first one's reports and votes.
func TestAR17_NothingCarriesOver(t *testing.T) {
	w := start(t, full)
	w.approve("x", false)
	w.submit("y")
	w.stage("y", release.Auditing)
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("y", false))
	w.refused(release.ErrStage, "t1", "trigger", release.Trigger{RC: rc("y")})
}

// Goal: a report of an earlier appointment, or from before it, does not count.
// Method: an opinion before the appointment, and a GO across a resignation.
func TestAR4_OnlyReportsOfThisAppointment(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	w.report("stranger", "x", release.Go)
	appoint := func(name string) {
		w.ok("t1", "grant_auditor", w.member(name))
		w.ok("e1", "grant_auditor", w.member(name))
	}
	appoint("stranger")
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("x", false))
	w.report("u1", "x", release.Go)
	w.ok("u1", "resign", release.Resign{Role: release.RoleAuditor})
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("x", false))
	appoint("u1")
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("x", false))
	w.report("u1", "x", release.Go)
	w.ok("t1", "submit_to_council", w.council("x", false))
}
