package release_test

import (
	"testing"

	"probity/chain/route/release"
	"probity/chain/types"
)

// quick are parameters under which admissions take a block.
var quick = map[string]uint64{"release.admission_delay": 1000}

// sponsored opens an application.
func (w *world) sponsored(name, by string, college release.College) {
	w.t.Helper()
	w.ok(name, "apply", release.Apply{College: college})
	w.ok(by, "sponsor", w.member(name))
}

// endorsed backs it.
func (w *world) endorsed(name string, by ...string) {
	w.t.Helper()
	for _, b := range by {
		w.ok(b, "endorse", w.member(name))
	}
}

// seat carries somebody into the council by the word of representatives.
func (w *world) seat(name string, college release.College) {
	w.t.Helper()
	w.sponsored(name, "t1", college)
	w.endorsed(name, "t1", "t2", "t3")
	w.wait(2 * day)
	w.ok(name, "admit", w.member(name))
}

// Goal: at first representatives elect the members of both colleges. Method: a
// council of none; one of each college is seated by three of them.
func TestR27_RepresentativesElectDuringInception(t *testing.T) {
	w := start(t, young)
	w.seat("a1", release.Activists)
	w.seat("e1", release.Technologists)
	if !w.is("member", "a1") || !w.is("member", "e1") {
		t.Fatal("not admitted")
	}
}

// Goal: inception ends when both colleges have five, not before, and for good.
// Method: five and four, five and five, five and four again.
func TestR28_InceptionEndsAtFiveAndFive(t *testing.T) {
	w := start(t, young)
	over := func() bool { return ask[release.Overview](w, "overview", release.None{}).InceptionOver }
	for i := range 5 {
		w.seat(activists[i], release.Activists)
		if over() {
			t.Fatal("over with one college")
		}
	}
	for i := range 5 {
		if over() {
			t.Fatalf("over with %d technologists", i)
		}
		w.seat(technologists[i], release.Technologists)
	}
	if !over() || w.happened("inception_over") == nil {
		t.Fatal("not over")
	}
	w.ok("e5", "leave", release.Leave{})
	if !over() {
		t.Fatal("inception is back")
	}
}

// Goal: after inception representatives veto and do no more. Method: they try to
// sponsor and to endorse; two vetoes of theirs reject.
func TestR29_AfterInceptionTheyOnlyVeto(t *testing.T) {
	w := start(t, full)
	w.ok("stranger", "apply", release.Apply{College: release.Activists})
	w.refused(release.ErrRole, "t1", "sponsor", w.member("stranger"))
	w.ok("e1", "sponsor", w.member("stranger")) // any member, also of the other college
	w.refused(release.ErrRole, "t1", "endorse", w.member("stranger"))
	w.ok("t1", "veto", w.member("stranger"))
	w.ok("t2", "veto", w.member("stranger"))
	if w.happened("application_rejected") == nil {
		t.Fatal(w.events)
	}
}

// Goal: anyone may apply, once at a time. Method: a stranger, twice; then again
// after the first application has expired.
func TestR30_AnyoneApplies(t *testing.T) {
	w := start(t, full)
	w.refused(release.ErrForm, "stranger", "apply", release.Apply{College: 3})
	w.ok("stranger", "apply", release.Apply{College: release.Technologists})
	w.refused(release.ErrTwice, "stranger", "apply", release.Apply{College: release.Activists})
	w.wait(30 * day)
	if w.happened("application_expired") == nil {
		t.Fatal(w.events)
	}
	w.ok("stranger", "apply", release.Apply{College: release.Activists})
}

// Goal: one sponsor opens the admission. Method: nothing happens to an
// application before; strangers and the applicant cannot sponsor.
func TestR31_SponsorshipOpens(t *testing.T) {
	w := start(t, full)
	w.refused(release.ErrUnknown, "a1", "sponsor", w.member("stranger"))
	w.ok("stranger", "apply", release.Apply{College: release.Activists})
	w.refused(release.ErrStage, "a1", "endorse", w.member("stranger"))
	w.refused(release.ErrStage, "a1", "veto", w.member("stranger"))
	w.refused(release.ErrStage, "a1", "admit", w.member("stranger"))
	w.refused(release.ErrRole, "dev", "sponsor", w.member("stranger"))
	w.refused(release.ErrOwn, "stranger", "sponsor", w.member("stranger"))
	w.ok("a1", "sponsor", w.member("stranger"))
	w.refused(release.ErrTwice, "a2", "sponsor", w.member("stranger"))
}

// Goal: three of the same college endorse. Method: others' endorsements are
// refused, two are not enough, three are.
func TestR32_ThreeOfTheSameCollege(t *testing.T) {
	w := startWith(t, full, quick)
	w.sponsored("stranger", "a1", release.Activists)
	w.refused(release.ErrRole, "e1", "endorse", w.member("stranger"))
	w.endorsed("stranger", "a2", "a3")
	w.refused(release.ErrTwice, "a2", "endorse", w.member("stranger"))
	w.wait(1000)
	w.refused(release.ErrAdmission, "stranger", "admit", w.member("stranger"))
	w.endorsed("stranger", "a4")
	w.ok("dev", "admit", w.member("stranger")) // anyone calls it
	if !w.is("member", "stranger") {
		t.Fatal("not admitted")
	}
}

// Goal: 48 hours pass from the sponsorship. Method: one millisecond less.
func TestR33_FortyEightHours(t *testing.T) {
	w := start(t, full)
	w.ok("stranger", "apply", release.Apply{College: release.Activists})
	w.wait(5 * day)
	w.ok("a1", "sponsor", w.member("stranger"))
	w.endorsed("stranger", "a1", "a2", "a3")
	w.wait(2*day - 1)
	w.refused(release.ErrEarly, "stranger", "admit", w.member("stranger"))
	w.wait(1000)
	w.ok("stranger", "admit", w.member("stranger"))
}

// Goal: two vetoes reject. Method: one does not, two do, and there is nothing
// left to admit; the applicant may begin anew.
func TestR34_TwoVetoesReject(t *testing.T) {
	w := startWith(t, full, quick)
	w.sponsored("stranger", "a1", release.Activists)
	w.endorsed("stranger", "a1", "a2", "a3")
	w.refused(release.ErrRole, "dev", "veto", w.member("stranger"))
	w.ok("e1", "veto", w.member("stranger"))
	w.refused(release.ErrTwice, "e1", "veto", w.member("stranger"))
	w.ok("t1", "veto", w.member("stranger"))
	w.wait(1000)
	w.refused(release.ErrUnknown, "stranger", "admit", w.member("stranger"))
	w.ok("stranger", "apply", release.Apply{College: release.Activists})
}

// Goal: vetoes come from others than sponsor and endorsers. Method: each of those
// tries; who has vetoed cannot endorse; who lost his role is not counted.
func TestAR5_OthersVeto(t *testing.T) {
	w := startWith(t, full, quick)
	w.sponsored("stranger", "a1", release.Activists)
	w.endorsed("stranger", "a2", "a3", "a4")
	w.refused(release.ErrOwn, "a1", "veto", w.member("stranger"))
	w.refused(release.ErrOwn, "a2", "veto", w.member("stranger"))
	w.ok("a5", "veto", w.member("stranger"))
	w.refused(release.ErrTwice, "a5", "endorse", w.member("stranger"))
	w.ok("a5", "leave", release.Leave{})
	w.ok("e1", "veto", w.member("stranger"))
	w.wait(1000)
	w.ok("stranger", "admit", w.member("stranger"))
}

// Goal: the sponsor may be one of the three, by an endorsement of his own.
// Method: his sponsorship alone does not count, his endorsement does.
func TestAR6_TheSponsorMayEndorse(t *testing.T) {
	w := startWith(t, full, quick)
	w.sponsored("stranger", "a1", release.Activists)
	w.endorsed("stranger", "a2", "a3")
	w.wait(1000)
	w.refused(release.ErrAdmission, "a1", "admit", w.member("stranger"))
	w.endorsed("stranger", "a1")
	w.ok("a1", "admit", w.member("stranger"))
}

// Goal: a college too small to endorse recovers by the representatives, for it
// alone; a genesis has three of them. Method: activists shrink to two; genesis
// with two.
func TestAR7_RecoveryOfASmallCollege(t *testing.T) {
	w := startWith(t, full, quick)
	for _, a := range activists[:3] {
		w.ok(a, "leave", release.Leave{})
	}
	if got := ask[release.Council](w, "council", release.None{}).Recovering; len(got) != 1 || got[0] != release.Activists {
		t.Fatal(got)
	}
	w.sponsored("stranger", "t1", release.Activists)
	w.endorsed("stranger", "t1", "t2", "a4")
	w.ok("dev", "apply", release.Apply{College: release.Technologists})
	w.refused(release.ErrRole, "t1", "sponsor", w.member("dev"))
	w.wait(1000)
	w.ok("stranger", "admit", w.member("stranger"))
	w.ok("a3", "apply", release.Apply{College: release.Activists})
	w.refused(release.ErrRole, "t1", "sponsor", w.member("a3")) // three again
	if _, err := newWorld(`{"ctrs": ["@t1", "@t2"]}`); err == nil {
		t.Fatal("a genesis with two representatives")
	}
}

// Goal: what gathers slowly ends. Method: an admission lapses after 30 days,
// signatures after 7, a vote on a member closes after 7.
func TestAR8_Windows(t *testing.T) {
	w := start(t, full)
	w.sponsored("stranger", "a1", release.Activists)
	w.endorsed("stranger", "a1", "a2", "a3")
	w.wait(30 * day)
	w.refused(release.ErrUnknown, "a1", "admit", w.member("stranger"))

	for _, step := range []types.Time{week - 1, week} {
		w.ok("t1", "grant_auditor", w.member("stranger"))
		w.wait(step)
		w.ok("e1", "grant_auditor", w.member("stranger"))
		if got := w.is("auditor", "stranger"); got != (step < week) {
			t.Fatalf("after %d ms: %v", step, got)
		}
		if step < week {
			w.ok("stranger", "resign", release.Resign{Role: release.RoleAuditor})
		}
	}

	w.ok("a1", "open_revocation", release.Motion{Address: w.Addr("a2")})
	w.ok("a1", "revocation_ballot", release.RevocationBallot{Member: w.Addr("a2"), Choice: release.Yes})
	w.wait(week - 1)
	if !w.is("member", "a2") {
		t.Fatal("revoked early")
	}
	w.wait(1000)
	if w.is("member", "a2") {
		t.Fatal("not revoked")
	}
}

// Goal: any member or representative opens a vote on a member. Method: one of
// each; strangers, the member himself and a second vote are refused.
func TestR35_WhoOpensARevocation(t *testing.T) {
	w := start(t, full)
	on := func(name string) release.Motion { return release.Motion{Address: w.Addr(name), Reason: "absent"} }
	w.refused(release.ErrRole, "stranger", "open_revocation", on("a1"))
	w.refused(release.ErrOwn, "a1", "open_revocation", on("a1"))
	w.refused(release.ErrUnknown, "a1", "open_revocation", on("t1"))
	w.ok("e1", "open_revocation", on("a1"))
	w.refused(release.ErrBusy, "t1", "open_revocation", on("a1"))
	w.ok("t1", "open_revocation", on("e1"))
}

// Goal: members vote, representatives only during inception; a tenth is enough
// and a tie is not. Method: both times; one yes; a yes and a no.
func TestR36_RevocationByVote(t *testing.T) {
	on := func(w *world, c release.Choice) release.RevocationBallot {
		return release.RevocationBallot{Member: w.Addr("a1"), Choice: c}
	}
	t.Run("R36 after inception", func(t *testing.T) {
		w := start(t, full)
		w.ok("t1", "open_revocation", release.Motion{Address: w.Addr("a1")})
		w.refused(release.ErrElectorate, "t1", "revocation_ballot", on(w, release.Yes))
		w.ok("e1", "revocation_ballot", on(w, release.Yes))
		w.refused(release.ErrTwice, "e1", "revocation_ballot", on(w, release.No))
		w.wait(week)
		if w.is("member", "a1") || w.attr("revocation_closed", "voters") != "9" {
			t.Fatal("one of nine is a tenth")
		}
	})
	t.Run("R36 tie", func(t *testing.T) {
		w := start(t, full)
		w.ok("t1", "open_revocation", release.Motion{Address: w.Addr("a1")})
		w.ok("e1", "revocation_ballot", on(w, release.Yes))
		w.ok("e2", "revocation_ballot", on(w, release.No))
		w.wait(week)
		if !w.is("member", "a1") {
			t.Fatal("a tie revokes")
		}
	})
	t.Run("R36 inception", func(t *testing.T) {
		w := start(t, young)
		w.seat("a1", release.Activists)
		w.ok("t1", "open_revocation", release.Motion{Address: w.Addr("a1")})
		w.ok("t2", "revocation_ballot", on(w, release.Yes))
		w.wait(week)
		if w.is("member", "a1") || w.attr("revocation_closed", "voters") != "3" {
			t.Fatal("representatives do not vote")
		}
	})
	t.Run("R36 silence", func(t *testing.T) {
		w := start(t, full)
		w.ok("t1", "open_revocation", release.Motion{Address: w.Addr("a1")})
		w.wait(week)
		if !w.is("member", "a1") {
			t.Fatal("silence revokes")
		}
	})
}

// Goal: the tenth rounds up, the target does not count, the void stay counted.
// Method: eleven voters, of whom one is too few; the target's ballot; a voter
// who leaves.
func TestAR9_TurnoutRoundsUp(t *testing.T) {
	w := startWith(t, full, quick)
	for _, name := range []string{"x1", "x2"} {
		w.sponsored(name, "a1", release.Activists)
		w.endorsed(name, "a1", "a2", "a3")
	}
	w.wait(1000)
	w.ok("x1", "admit", w.member("x1"))
	w.ok("x2", "admit", w.member("x2"))
	on := release.RevocationBallot{Member: w.Addr("a1"), Choice: release.Yes}
	for _, void := range []bool{false, true} {
		w.ok("e1", "open_revocation", release.Motion{Address: w.Addr("a1")})
		w.refused(release.ErrElectorate, "a1", "revocation_ballot", on)
		w.ok("e2", "revocation_ballot", on)
		if void {
			w.ok("x1", "revocation_ballot", on)
			w.ok("x1", "leave", release.Leave{})
		}
		w.wait(week)
		if !w.is("member", "a1") || w.attr("revocation_closed", "voters") != "11" {
			t.Fatal("one of eleven is no tenth")
		}
	}
	w.ok("e1", "open_revocation", release.Motion{Address: w.Addr("a1")})
	w.ok("e2", "revocation_ballot", on)
	w.wait(week) // of ten
	if w.is("member", "a1") {
		t.Fatal("one of ten is a tenth")
	}
}

// Goal: two roles are allowed and told of when the council is large enough.
// Method: a representative is seated during inception, another after it.
func TestR37_TwoRolesAreWarnedOf(t *testing.T) {
	w := start(t, young)
	w.sponsored("t1", "t2", release.Technologists)
	w.ok("t2", "endorse", w.member("t1"))
	w.refused(release.ErrOwn, "t1", "endorse", w.member("t1"))
	w.ok("t3", "endorse", w.member("t1"))
	w.wait(2 * day)
	w.refused(release.ErrAdmission, "t1", "admit", w.member("t1"))

	w = startWith(t, full, quick)
	w.sponsored("t1", "a1", release.Activists)
	w.endorsed("t1", "a1", "a2", "a3")
	w.wait(1000)
	w.ok("t1", "admit", w.member("t1"))
	if w.attr("two_roles", "address") != w.Addr("t1").String() || !w.is("member", "t1") || !w.is("ctr", "t1") {
		t.Fatal(w.events)
	}
}

// Goal: a member leaves when he likes. Method: in the middle of everything.
func TestR38_LeaveAtAnyTime(t *testing.T) {
	w := start(t, full)
	w.open("x", false)
	w.ok("a1", "open_revocation", release.Motion{Address: w.Addr("a2")})
	w.ok("a2", "leave", release.Leave{})
	w.refused(release.ErrRole, "a2", "leave", release.Leave{})
	w.wait(week)
	if w.is("member", "a2") {
		t.Fatal("still there")
	}
}

// Goal: who left comes back as anyone does. Method: no vote, no endorsement by
// him, the whole admission, and a new appointment that an old vote on him does
// not touch.
func TestR39_ReinstatementIsAdmission(t *testing.T) {
	w := startWith(t, full, quick)
	w.ok("e1", "open_revocation", release.Motion{Address: w.Addr("a1")})
	w.ok("e1", "revocation_ballot", release.RevocationBallot{Member: w.Addr("a1"), Choice: release.Yes})
	w.ok("a1", "leave", release.Leave{})
	w.sponsored("a1", "a2", release.Activists)
	w.endorsed("a1", "a2", "a3")
	w.wait(1000)
	w.refused(release.ErrAdmission, "a1", "admit", w.member("a1"))
	w.endorsed("a1", "a4")
	w.ok("a1", "admit", w.member("a1"))
	w.wait(week)
	if !w.is("member", "a1") {
		t.Fatal("the vote on his last membership ended this one")
	}
}

// Goal: two signatures end the membership of who missed two votes. Method: one
// vote missed, two missed, one signature, two; his ballot in between saves him.
func TestR40_InactiveMembers(t *testing.T) {
	w := start(t, full)
	vote := func(name string, voters ...string) {
		w.open(name, false)
		w.vote(name, release.Yes, voters...)
		w.wait(week)
	}
	vote("x", "a1")
	w.refused(release.ErrMissed, "t1", "revoke_inactive", w.member("a5"))
	vote("y", "a1")
	w.refused(release.ErrRole, "dev", "revoke_inactive", w.member("a5"))
	w.refused(release.ErrMissed, "t1", "revoke_inactive", w.member("a1"))
	w.refused(release.ErrOwn, "a5", "revoke_inactive", w.member("a5"))
	w.ok("t1", "revoke_inactive", w.member("a5"))
	w.refused(release.ErrTwice, "t1", "revoke_inactive", w.member("a5"))
	w.ok("e1", "revoke_inactive", w.member("a5"))
	if w.is("member", "a5") {
		t.Fatal("still there")
	}
	w.ok("t1", "revoke_inactive", w.member("a4"))
	w.open("z", false)
	w.vote("z", release.No, "a4")
	w.refused(release.ErrMissed, "e1", "revoke_inactive", w.member("a4"))
}
