package release_test

import (
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/release"
	"probity/chain/types"
)

// closed lets the vote end.
func (w *world) closed(name string, passed bool, reason string) {
	w.t.Helper()
	w.wait(week)
	v := ask[*release.Vote](w, "vote", release.Round{RC: rc(name)})
	if !v.Closed || v.Passed != passed || v.Reason != reason {
		w.t.Fatalf("passed %v %q, want %v %q (%+v, %+v)", v.Passed, v.Reason, passed, reason, v.Activists, v.Technologists)
	}
	want := release.Rejected
	if passed {
		want = release.Approved
	}
	w.stage(name, want)
}

// Goal: there are two colleges and nobody votes in both. Method: the electorate
// of a vote; a member of one applies to the other.
func TestR15_TwoColleges(t *testing.T) {
	w := start(t, full)
	w.open("x", false)
	count := map[release.College]int{}
	for _, v := range ask[*release.Vote](w, "vote", release.Round{RC: rc("x")}).Voters {
		count[v.College]++
	}
	if count[release.Activists] != 5 || count[release.Technologists] != 5 || len(count) != 2 {
		t.Fatal(count)
	}
	w.refused(release.ErrTwice, "a1", "apply", release.Apply{College: release.Technologists})
	w.refused(release.ErrElectorate, "t1", "ballot", release.Ballot{RC: rc("x"), Choice: release.Yes})
}

// Goal: half of each college has to vote. Method: three of five vote in one and
// two in the other, either way round; then three in both.
func TestR16_TurnoutInEachCollege(t *testing.T) {
	for _, c := range []struct {
		a, e   []string
		passed bool
		reason string
	}{
		{activists[:3], technologists[:2], false, "turnout of technologists"},
		{activists[:2], technologists[:3], false, "turnout of activists"},
		{activists[:3], technologists[:3], true, ""},
	} {
		w := start(t, full)
		w.open("x", false)
		w.vote("x", release.Yes, c.a...)
		w.vote("x", release.Yes, c.e...)
		w.closed("x", c.passed, c.reason)
	}
}

// Goal: each college has to approve, by more yes than no. Method: a tie and a
// majority in one college beside a clear yes of the other.
func TestR17_ApprovalInEachCollege(t *testing.T) {
	for _, c := range []struct {
		yes, no []string
		passed  bool
		reason  string
	}{
		{[]string{"a1", "a2", "e1", "e2", "e3"}, []string{"a3", "a4"}, false, "approval of activists"},
		{[]string{"a1", "a2", "a3", "e1", "e2"}, []string{"e3", "e4", "e5"}, false, "approval of technologists"},
		{[]string{"a1", "a2", "e1", "e2"}, []string{"a3", "e3"}, true, ""},
	} {
		w := start(t, full)
		w.open("x", false)
		w.vote("x", release.Yes, c.yes...)
		w.vote("x", release.No, c.no...)
		w.closed("x", c.passed, c.reason)
	}
}

// Goal: a vote lasts exactly a week, however clear it is. Method: all have voted;
// a block one millisecond early leaves it open, the next one closes it.
func TestR18_OneWeek(t *testing.T) {
	w := start(t, full)
	w.open("x", false)
	w.vote("x", release.Yes, activists[:4]...)
	w.vote("x", release.Yes, technologists...)
	w.wait(week - 1)
	w.stage("x", release.Voting)
	w.vote("x", release.Yes, "a5")
	w.wait(1000)
	w.stage("x", release.Approved)
	w.refused(release.ErrStage, "a1", "ballot", release.Ballot{RC: rc("x"), Choice: release.No})
}

// Goal: no silence passes and nobody lowers the bar. Method: a vote without a
// ballot; parameters below one half, which no proposal can set.
func TestR19_NoPassByDefault(t *testing.T) {
	w := start(t, full)
	w.open("x", false)
	w.closed("x", false, "turnout of activists")
	for _, p := range []*route.Param{release.Turnout, release.Approval} {
		if p.Check(499_999) == nil || p.Check(500_000) != nil {
			t.Errorf("%s from %d", p.Name, p.Min)
		}
	}
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council2("y"))
}

// council2 submits a candidate that nobody reports on.
func (w *world) council2(name string) release.SubmitToCouncil {
	w.submit(name)
	return w.council(name, false)
}

// Goal: ballots are public and bound to the candidate. Method: the query shows
// who voted what; the trail holds voter, key and choice; no ballot is changed.
func TestR20_BallotsArePublic(t *testing.T) {
	w := start(t, full)
	w.open("x", false)
	w.fund("a1")
	m, err := w.Table.Pack("release", "ballot", release.Ballot{RC: rc("x"), Choice: release.No})
	if err != nil {
		t.Fatal(err)
	}
	tx := types.Tx{Chain: "test", ValidUntil: 9, FeeMax: types.Whole(1), Msgs: []types.Msg{m}}
	tx.Sign(w.Key("a1"), w.Chain.Genesis)
	signed, _ := types.Seal(tx)
	if e := w.Apply(signed); e.Failed != nil || e.Refused != nil {
		t.Fatalf("%+v", e)
	}
	shown := ""
	for _, v := range ask[*release.Vote](w, "vote", release.Round{RC: rc("x")}).Voters {
		if v.Address == w.Addr("a1") {
			shown = v.Choice
		}
	}
	h := ask[*release.History](w, "history", release.Entries{RC: rc("x"), From: w.candidate("x").Entries})
	var cast release.Cast
	if err := codec.Unmarshal(h.Entries[0].Entry.Body, &cast); err != nil {
		t.Fatal(err)
	}
	if shown != "no" || cast.Choice != release.No || h.Entries[0].Entry.Key != w.Key("a1").Public() {
		t.Fatal(shown, cast, h.Entries[0])
	}
	w.refused(release.ErrTwice, "a1", "ballot", release.Ballot{RC: rc("x"), Choice: release.Yes})
	w.refused(release.ErrForm, "a2", "ballot", release.Ballot{RC: rc("x"), Choice: 4})
}

// Goal: approved is all four conditions. Method: with any one missing the
// candidate is not approved, with all it is.
func TestR21_ApprovedIsAllOfIt(t *testing.T) {
	yes := func(w *world) {
		w.vote("x", release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	}
	for name, c := range map[string]struct {
		do     func(*world)
		passed bool
		reason string
	}{
		"all":       {yes, true, ""},
		"no vote":   {func(*world) {}, false, "turnout of activists"},
		"objection": {func(w *world) { yes(w); w.report("u2", "x", release.NoGo) }, false, "audit: NO_GO"},
		"no audit":  {func(w *world) { yes(w); w.ok("u1", "resign", release.Resign{Role: release.RoleAuditor}) }, false, "audit: NO_AUDIT"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, full)
			w.open("x", false)
			c.do(w)
			w.closed("x", c.passed, c.reason)
			if !c.passed {
				w.refused(release.ErrStage, "t1", "trigger", release.Trigger{RC: rc("x")})
			}
		})
	}
}

// Goal: the final step waits for the approval and is any representative's.
// Method: triggered in every stage before.
func TestR22_TriggerOnlyWhenApproved(t *testing.T) {
	w := start(t, full)
	m := release.Trigger{RC: rc("x")}
	w.submit("x")
	w.refused(release.ErrStage, "t1", "trigger", m)
	w.report("u1", "x", release.Go)
	w.ok("t2", "submit_to_council", w.council("x", false))
	w.refused(release.ErrStage, "t1", "trigger", m)
	w.vote("x", release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	w.refused(release.ErrStage, "t1", "trigger", m)
	w.wait(week)
	w.refused(release.ErrCTR, "a1", "trigger", m)
	w.ok("t3", "trigger", m) // who submitted nothing
	w.refused(release.ErrStage, "t3", "trigger", m)
}

// Goal: the turnout is a minimum, the approval a majority, and abstentions count
// for the turnout only. Method: half of four; a tie; a yes among abstentions.
func TestAR1_AtLeastHalfAndMoreThanHalf(t *testing.T) {
	four := `{"ctrs": ["@t1", "@t2", "@t3"], "auditors": ["@u1", "@u2"], "activists": ["@a1", "@a2", "@a3", "@a4"], "technologists": ["@e1", "@e2"]}`
	for _, c := range []struct {
		yes, no, abstain []string
		passed           bool
		reason           string
	}{
		{[]string{"a1", "a2", "e1"}, nil, nil, true, ""},
		{[]string{"a1", "e1"}, []string{"a2"}, nil, false, "approval of activists"},
		{[]string{"a1", "e1"}, nil, []string{"a2"}, true, ""},
		{[]string{"e1"}, nil, []string{"a1", "a2"}, false, "approval of activists"},
		{[]string{"a1", "e1"}, nil, nil, false, "turnout of activists"},
	} {
		w := start(t, four)
		w.open("x", false)
		w.vote("x", release.Yes, c.yes...)
		w.vote("x", release.No, c.no...)
		w.vote("x", release.Abstain, c.abstain...)
		w.closed("x", c.passed, c.reason)
	}
}

// Goal: the electorate is the one of the opening. Method: a newcomer cannot vote;
// a ballot of one who left is void and his seat stays in the denominator, also
// when he is back.
func TestAR2_SnapshotOfBothColleges(t *testing.T) {
	p := map[string]uint64{"release.admission_delay": 1000}
	w := startWith(t, full, p)
	w.ok("stranger", "apply", release.Apply{College: release.Activists})
	w.ok("a1", "sponsor", w.member("stranger"))
	for _, by := range activists[:3] {
		w.ok(by, "endorse", w.member("stranger"))
	}
	w.open("x", false)
	w.wait(1000)
	w.ok("stranger", "admit", w.member("stranger"))
	w.refused(release.ErrElectorate, "stranger", "ballot", release.Ballot{RC: rc("x"), Choice: release.Yes})
	w.vote("x", release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	w.ok("a3", "leave", release.Leave{})
	v := ask[*release.Vote](w, "vote", release.Round{RC: rc("x")})
	if v.Activists.Size != 5 || v.Activists.Yes != 2 || v.Activists.Void != 1 {
		t.Fatalf("%+v", v.Activists)
	}
	w.ok("a3", "apply", release.Apply{College: release.Activists})
	w.ok("a1", "sponsor", w.member("a3"))
	for _, by := range []string{"a1", "a2", "a4"} {
		w.ok(by, "endorse", w.member("a3"))
	}
	w.wait(1000)
	w.ok("a3", "admit", w.member("a3"))
	w.refused(release.ErrElectorate, "a3", "ballot", release.Ballot{RC: rc("x"), Choice: release.Yes})
	w.closed("x", false, "turnout of activists")
}

// Goal: the audit is asked again at each step. Method: a NO_GO, and the loss of
// the only GO, arrive before the trigger, before the publication; each stops it.
func TestAR3_AuditIsCheckedAgain(t *testing.T) {
	t.Run("AR3 trigger", func(t *testing.T) {
		w := start(t, full)
		w.approve("x", false)
		w.report("u2", "x", release.NoGo)
		w.refused(release.ErrNoGo, "t1", "trigger", release.Trigger{RC: rc("x")})
		w.report("u2", "x", release.Go)
		w.ok("u1", "resign", release.Resign{Role: release.RoleAuditor})
		w.ok("u2", "resign", release.Resign{Role: release.RoleAuditor})
		w.refused(release.ErrNoAudit, "t1", "trigger", release.Trigger{RC: rc("x")})
	})
	t.Run("AR3 publish", func(t *testing.T) {
		w := start(t, full)
		w.approve("x", false)
		w.build("x")
		w.report("u2", "x", release.NoGo)
		w.refused(release.ErrNoGo, "t1", "publish", w.publication("x"))
		w.report("u2", "x", release.GoWithWarnings)
		w.publish("x")
	})
}

// Goal: the counter counts closed votes of whose snapshot he was, in a row.
// Method: two missed votes, one cast between, a withdrawn vote.
func TestAR10_TwoVotesInARow(t *testing.T) {
	w := start(t, full)
	missed := func(name string) uint64 {
		for _, m := range ask[release.Council](w, "council", release.None{}).Members {
			if m.Address == w.Addr(name) {
				return m.Missed
			}
		}
		return 99
	}
	w.open("x", false)
	w.closed("x", false, "turnout of activists")
	w.ok("t1", "submit_to_council", w.council("x", false))
	w.ok("t1", "withdraw", release.Withdraw{RC: rc("x"), Reason: "a bug"})
	w.wait(week)
	if missed("a5") != 1 {
		t.Fatal("a withdrawn vote counts", missed("a5"))
	}
	w.open("y", false)
	w.vote("y", release.No, "a4")
	if missed("a4") != 0 || missed("a5") != 1 {
		t.Fatal(missed("a4"), missed("a5"))
	}
	w.closed("y", false, "turnout of activists")
	if missed("a4") != 0 || missed("a5") != 2 {
		t.Fatal(missed("a4"), missed("a5"))
	}
}

// Goal: no tally passes that the rules do not let pass. Method: random votes of
// random colleges against the inequalities of the page, computed apart.
func TestDecisionsAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := start(t, full)
		w.open("x", false)
		pass := true
		for _, side := range [][]string{activists, technologists} {
			voted, yes, no := 0, 0, 0
			for _, name := range side {
				choice := rapid.IntRange(0, 3).Draw(r, name)
				if choice == 0 {
					continue
				}
				w.vote("x", release.Choice(choice), name)
				voted++
				switch release.Choice(choice) {
				case release.Yes:
					yes++
				case release.No:
					no++
				}
				if rapid.IntRange(0, 5).Draw(r, name+" leaves") == 0 {
					w.ok(name, "leave", release.Leave{})
					voted--
					switch release.Choice(choice) {
					case release.Yes:
						yes--
					case release.No:
						no--
					}
				}
			}
			pass = pass && 2*voted >= len(side) && yes > no
		}
		w.wait(week)
		if got := w.candidate("x").Stage == release.Approved; got != pass {
			r.Fatalf("approved %v, want %v", got, pass)
		}
	})
}

// Goal: the hash of a candidate does not depend on the history it will carry.
// Method: the manifest binds candidate, source root, provenance root, trail and
// binaries: each changes it, and the embedded trail is the sealed one.
func TestAR13_ManifestBindsWhatTheIdCannot(t *testing.T) {
	w := start(t, full)
	w.approve("x", false)
	w.build("x")
	sealed := w.candidate("x").Sealed
	w.report("u2", "x", release.GoWithWarnings) // after the seal
	m := w.publication("x")
	if m.Trail != sealed {
		t.Fatal("the seal moved")
	}
	seen := map[keys.Hash]bool{release.ManifestHash(m): true}
	for _, f := range []func(*release.Publish){
		func(m *release.Publish) { m.RC[0] ^= 1 }, func(m *release.Publish) { m.SourceRoot[0] ^= 1 },
		func(m *release.Publish) { m.ProvenanceRoot[0] ^= 1 }, func(m *release.Publish) { m.Trail[0] ^= 1 },
		func(m *release.Publish) { m.Binaries = m.Binaries[:1] },
	} {
		d := m
		f(&d)
		seen[release.ManifestHash(d)] = true
	}
	if len(seen) != 6 {
		t.Fatal(len(seen))
	}
	w.publish("x")
	if got := w.candidate("x").Shipped.Manifest; got != release.ManifestHash(m) {
		t.Fatal(got)
	}
}
