package release_test

import (
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/release"
	"probity/chain/route/routetest"
)

func newWorld(section string) (*routetest.World, error) {
	return routetest.New(with(), nil, map[string]string{"release": section})
}

func motion(w *world, name string) release.Motion {
	return release.Motion{Address: w.Addr(name), Reason: "captured"}
}

// revokeCTR revokes a representative by three signatures.
func (w *world) revokeCTR(name string, by ...string) {
	w.t.Helper()
	for _, b := range by {
		w.ok(b, "revoke_ctr", motion(w, name))
	}
}

// Goal: the first representatives are the genesis's. Method: three are active and
// on the core team; none without the section, where everything is refused.
func TestR41_GenesisAppointsRepresentatives(t *testing.T) {
	w := start(t, young)
	for _, name := range []string{"t1", "t2", "t3"} {
		if !w.is("ctr", name) {
			t.Errorf("%s is none", name)
		}
	}
	for _, bad := range []string{`{}`, `{"ctrs": ["@t1", "@t2", "@t2"]}`, strings.Replace(full, `"@a5"]`, `"@e1"]`, 1), strings.Replace(full, `"threshold": 2`, `"threshold": 1`, 1)} {
		if _, err := newWorld(bad); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
	dormant, err := routetest.New(with(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &world{World: dormant, t: t}
	d.refused(release.ErrDormant, "t1", "apply", release.Apply{College: release.Activists})
	d.refused(release.ErrDormant, "legislature", "set_grounds", release.SetGrounds{})
	if ask[release.Overview](d, "overview", release.None{}).Live {
		t.Fatal("live")
	}
	d.wait(1000)
}

// Goal: during inception two representatives appoint one of the core team.
// Method: not on the team; one endorsement; two, of which one is the sponsor's.
func TestR42_InceptionAppointment(t *testing.T) {
	w := start(t, young)
	w.refused(release.ErrRole, "t1", "sponsor_ctr", w.member("stranger"))
	w.refused(release.ErrRole, "dev", "sponsor_ctr", w.member("dev2"))
	w.ok("t1", "sponsor_ctr", w.member("dev"))
	w.refused(release.ErrTwice, "t2", "sponsor_ctr", w.member("dev"))
	w.refused(release.ErrRole, "dev2", "endorse_ctr", w.member("dev"))
	w.ok("t1", "endorse_ctr", w.member("dev"))
	w.refused(release.ErrTwice, "t1", "endorse_ctr", w.member("dev"))
	if w.is("ctr", "dev") {
		t.Fatal("one is enough")
	}
	w.ok("t2", "endorse_ctr", w.member("dev"))
	if !w.is("ctr", "dev") {
		t.Fatal("two are not enough")
	}
	w.refused(release.ErrTwice, "t1", "sponsor_ctr", w.member("dev"))
}

// Goal: afterwards a sponsor and two others. Method: the sponsor's own is
// refused, an activist's too; a technologist's counts; time runs out.
func TestR43_SponsorAndTwoOthers(t *testing.T) {
	w := start(t, full)
	w.ok("e1", "sponsor_ctr", w.member("dev"))
	w.refused(release.ErrOwn, "e1", "endorse_ctr", w.member("dev"))
	w.refused(release.ErrOwn, "dev", "endorse_ctr", w.member("dev"))
	w.refused(release.ErrRole, "a1", "endorse_ctr", w.member("dev"))
	w.ok("e2", "endorse_ctr", w.member("dev"))
	w.wait(week)
	w.refused(release.ErrUnknown, "t1", "endorse_ctr", w.member("dev"))
	w.ok("t1", "sponsor_ctr", w.member("dev"))
	w.ok("e2", "endorse_ctr", w.member("dev"))
	if w.is("ctr", "dev") {
		t.Fatal("one other is enough")
	}
	w.ok("t2", "endorse_ctr", w.member("dev"))
	if !w.is("ctr", "dev") {
		t.Fatal("two others are not enough")
	}
}

// Goal: three signatures revoke at once. Method: activists and the target cannot
// sign; two are not enough; a signer who lost his role is not counted.
func TestR44_ThreeRevokeARepresentative(t *testing.T) {
	w := start(t, full)
	w.refused(release.ErrRole, "a1", "revoke_ctr", motion(w, "t1"))
	w.refused(release.ErrOwn, "t1", "revoke_ctr", motion(w, "t1"))
	w.refused(release.ErrUnknown, "t1", "revoke_ctr", motion(w, "e1"))
	w.revokeCTR("t1", "t2", "e1")
	w.ok("e1", "leave", release.Leave{})
	w.ok("e2", "revoke_ctr", motion(w, "t1"))
	if !w.is("ctr", "t1") {
		t.Fatal("the signature of one who left counts")
	}
	w.ok("e3", "revoke_ctr", motion(w, "t1"))
	if w.is("ctr", "t1") {
		t.Fatal("three are not enough")
	}
	w.refused(release.ErrCTR, "t1", "submit_rc", w.submission("x"))
}

// Goal: the court's word on a revoked representative is final. Method: won,
// lost and undecided appeals; late, foreign and second ones are refused.
func TestR45_RevokedRepresentativeAppeals(t *testing.T) {
	for _, c := range []struct {
		outcome route.Outcome
		back    bool
		again   *route.Reject
	}{{route.Accepted, true, release.ErrAppeal}, {route.Rejected, false, release.ErrAppeal}, {route.Void, false, nil}} {
		w := start(t, full, court)
		m := release.Appeal{Role: release.RoleCTR, Address: w.Addr("t1")}
		w.refused(release.ErrAppeal, "t1", "appeal", m)
		w.revokeCTR("t1", "t2", "e1", "e2")
		w.refused(release.ErrRole, "t3", "appeal", m)
		w.ok("t1", "appeal", m)
		w.refused(release.ErrAppeal, "t1", "appeal", m)
		if w.is("ctr", "t1") || len(lastAppeal.Parties) != 4 || lastAppeal.Opener != "release" {
			t.Fatalf("%+v", lastAppeal)
		}
		w.wait(30 * day)
		w.decide(c.outcome)
		if w.is("ctr", "t1") != c.back {
			t.Fatalf("%s: representative %v", c.outcome, !c.back)
		}
		if err := w.try("t1", "appeal", m); (err == nil) != (c.again == nil) {
			t.Fatalf("%s: again: %v", c.outcome, err)
		}
	}
	w := start(t, full, court)
	w.revokeCTR("t1", "t2", "e1", "e2")
	w.wait(week)
	w.refused(release.ErrLate, "t1", "appeal", release.Appeal{Role: release.RoleCTR, Address: w.Addr("t1")})
	w = start(t, full)
	w.revokeCTR("t1", "t2", "e1", "e2")
	w.refused(release.ErrCourt, "t1", "appeal", release.Appeal{Role: release.RoleCTR, Address: w.Addr("t1")})
}

// Goal: two signatures appoint an auditor. Method: activists cannot; one is not
// enough.
func TestR46_TwoAppointAnAuditor(t *testing.T) {
	w := start(t, full)
	w.refused(release.ErrRole, "a1", "grant_auditor", w.member("stranger"))
	w.ok("e1", "grant_auditor", w.member("stranger"))
	if w.is("auditor", "stranger") {
		t.Fatal("one is enough")
	}
	w.refused(release.ErrTwice, "e1", "grant_auditor", w.member("stranger"))
	w.ok("e2", "grant_auditor", w.member("stranger"))
	if !w.is("auditor", "stranger") {
		t.Fatal("two are not enough")
	}
}

func charge(w *world, ground uint16) release.Charge {
	return release.Charge{Auditor: w.Addr("u1"), Ground: ground}
}

// Goal: revocations name a listed ground. Method: an unlisted one, another than
// the first signature's, one that the legislature has struck.
func TestR47_ListedGroundsOnly(t *testing.T) {
	w := start(t, full)
	w.refused(release.ErrGround, "t1", "revoke_auditor", charge(w, 3))
	w.refused(release.ErrGround, "t1", "revoke_auditor", charge(w, 0))
	w.refused(route.ErrReserved, "t1", "set_grounds", release.SetGrounds{})
	w.ok("legislature", "set_grounds", release.SetGrounds{Grounds: []release.Ground{{ID: 3, Text: "idle"}, {ID: 2}}})
	w.refused(release.ErrGround, "t1", "revoke_auditor", charge(w, 2))
	w.ok("t1", "revoke_auditor", charge(w, 3))
	w.refused(release.ErrGround, "t2", "revoke_auditor", charge(w, 1))
	w.ok("t2", "revoke_auditor", charge(w, 3))
}

// Goal: two revoke, any one vetoes. Method: without a veto it takes effect after
// 48 hours; with one it does not; activists, the auditor and late vetoes are
// refused.
func TestR48_TwoRevokeOneVetoes(t *testing.T) {
	w := start(t, full)
	w.refused(release.ErrRole, "a1", "revoke_auditor", charge(w, 1))
	w.refused(release.ErrStage, "t3", "veto_revocation", w.member("u1"))
	w.ok("t1", "revoke_auditor", charge(w, 1))
	w.refused(release.ErrStage, "t3", "veto_revocation", w.member("u1"))
	w.ok("e1", "revoke_auditor", charge(w, 1))
	w.refused(release.ErrStage, "e2", "revoke_auditor", charge(w, 1))
	w.refused(release.ErrRole, "a1", "veto_revocation", w.member("u1"))
	w.wait(2*day - 1)
	if !w.is("auditor", "u1") {
		t.Fatal("deactivated early")
	}
	w.wait(1000)
	if w.is("auditor", "u1") {
		t.Fatal("not deactivated")
	}
	w.refused(release.ErrStage, "e3", "veto_revocation", w.member("u1"))

	w = start(t, full)
	w.ok("t1", "revoke_auditor", charge(w, 1))
	w.ok("e1", "revoke_auditor", charge(w, 1))
	w.ok("t1", "veto_revocation", w.member("u1")) // one of those who signed
	w.refused(release.ErrStage, "e3", "veto_revocation", w.member("u1"))
	w.wait(2 * day)
	if !w.is("auditor", "u1") {
		t.Fatal("deactivated over a veto")
	}
}

// Goal: a veto can be set aside by the court alone, and stands if nobody asks.
// Method: each who may appeal, the outcomes, and a lapse.
func TestR49_VetoAppealed(t *testing.T) {
	for _, c := range []struct {
		by      string
		outcome route.Outcome
		active  bool
	}{{"a1", route.Accepted, false}, {"u1", route.Rejected, true}, {"t1", route.Void, true}} {
		w := start(t, full, court)
		m := release.Appeal{Role: release.RoleAuditor, Address: w.Addr("u1")}
		w.ok("t1", "revoke_auditor", charge(w, 1))
		w.ok("e1", "revoke_auditor", charge(w, 1))
		w.refused(release.ErrAppeal, c.by, "appeal", m)
		w.ok("e2", "veto_revocation", w.member("u1"))
		w.refused(release.ErrRole, "dev", "appeal", m)
		w.ok(c.by, "appeal", m)
		w.refused(release.ErrAppeal, "a2", "appeal", m)
		w.wait(30 * day)
		if !w.is("auditor", "u1") {
			t.Fatal("deactivated without a word of the court")
		}
		w.decide(c.outcome)
		if w.is("auditor", "u1") != c.active {
			t.Fatalf("%s: active %v", c.outcome, !c.active)
		}
	}
	w := start(t, full, court)
	w.ok("t1", "revoke_auditor", charge(w, 1))
	w.ok("e1", "revoke_auditor", charge(w, 1))
	w.ok("e2", "veto_revocation", w.member("u1"))
	w.wait(week)
	if w.attr("charge_lapsed", "auditor") == "" || !w.is("auditor", "u1") {
		t.Fatal("the veto does not stand")
	}
	w.refused(release.ErrAppeal, "a1", "appeal", release.Appeal{Role: release.RoleAuditor, Address: w.Addr("u1")})
}

// Goal: representatives are out at once, auditors after 48 hours, and their
// reports count until then. Method: a NO_GO under a signed revocation, vetoed,
// and set aside by the court.
func TestAR11_WhatCountsDuringAppeals(t *testing.T) {
	w := start(t, full, court)
	w.submit("x")
	w.report("u2", "x", release.Go)
	w.report("u1", "x", release.NoGo)
	m := release.SubmitToCouncil{RC: rc("x"), Reports: []keys.Hash{textOf("u2", release.Go)}}
	w.ok("t1", "revoke_auditor", charge(w, 2))
	w.ok("e1", "revoke_auditor", charge(w, 2))
	w.refused(release.ErrNoGo, "t1", "submit_to_council", m)
	w.ok("e2", "veto_revocation", w.member("u1"))
	w.ok("a1", "appeal", release.Appeal{Role: release.RoleAuditor, Address: w.Addr("u1")})
	w.refused(release.ErrNoGo, "t1", "submit_to_council", m)
	for _, p := range []string{"u1", "a1", "e2", "t1", "e1"} {
		if !contains(lastAppeal.Parties, w.Addr(p)) {
			t.Errorf("%s is not a party", p)
		}
	}
	w.decide(route.Accepted)
	w.ok("t1", "submit_to_council", m)
}

func contains(list []keys.Address, a keys.Address) bool {
	for _, b := range list {
		if a == b {
			return true
		}
	}
	return false
}

// Goal: one person signs once. Method: somebody who is representative and
// technologist: one signature of three, one vote of the electorate.
func TestAR15_OnePersonOneSignature(t *testing.T) {
	w := startWith(t, full, quick)
	w.sponsored("t3", "e1", release.Technologists)
	w.endorsed("t3", "e1", "e2", "e3")
	w.wait(1000)
	w.ok("t3", "admit", w.member("t3"))
	w.revokeCTR("t1", "t3", "e1")
	w.refused(release.ErrTwice, "t3", "revoke_ctr", motion(w, "t1"))
	if !w.is("ctr", "t1") {
		t.Fatal("two people are three signatures")
	}
	w.ok("e2", "revoke_ctr", motion(w, "t1"))
	if w.is("ctr", "t1") {
		t.Fatal("not revoked")
	}
	w.ok("a1", "open_revocation", release.Motion{Address: w.Addr("a2")})
	if w.attr("revocation_opened", "voters") != "10" {
		t.Fatal(w.events)
	}
}

// Goal: signatures for a revocation are about one appointment. Method: two of three
// sign, he resigns and is appointed anew within the window, a third signs; the same of
// an auditor, of one of two.
func TestR44_SignaturesDoNotWait(t *testing.T) {
	w := start(t, full)
	revoke := release.Motion{Address: w.Addr("t1"), Reason: "absent"}
	w.ok("e1", "revoke_ctr", revoke)
	w.ok("e2", "revoke_ctr", revoke)
	w.ok("t1", "resign", release.Resign{Role: release.RoleCTR})
	w.ok("t2", "sponsor_ctr", w.member("t1"))
	w.ok("t3", "endorse_ctr", w.member("t1"))
	w.ok("e1", "endorse_ctr", w.member("t1"))
	w.ok("e3", "revoke_ctr", revoke)
	if !w.is("ctr", "t1") {
		t.Error("revoked by signatures of another appointment")
	}
	w.ok("e1", "revoke_ctr", revoke)
	w.ok("e2", "revoke_ctr", revoke)
	if w.is("ctr", "t1") {
		t.Error("not revoked by three")
	}

	w.ok("e1", "revoke_auditor", release.Charge{Auditor: w.Addr("u1"), Ground: 1})
	w.ok("u1", "resign", release.Resign{Role: release.RoleAuditor})
	w.ok("e1", "grant_auditor", w.member("u1"))
	w.ok("e2", "grant_auditor", w.member("u1"))
	w.ok("e2", "revoke_auditor", release.Charge{Auditor: w.Addr("u1"), Ground: 1})
	w.wait(2 * day)
	if !w.is("auditor", "u1") {
		t.Error("an auditor was revoked by signatures of another appointment")
	}
}
