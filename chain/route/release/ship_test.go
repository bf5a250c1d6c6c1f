package release_test

import (
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/release"
	"probity/chain/types"
)

// Goal: the build is what independent builders agree on. Method: differing
// hashes, strangers, second submissions, a lapse and a second attempt.
func TestR23_RebuiltByIndependentBuilders(t *testing.T) {
	w := start(t, full)
	w.approve("x", false)
	good, bad := release.ArtifactsHash(binaries("x")), keys.Sum([]byte("bad"))
	say := func(h keys.Hash) release.SubmitBuild { return release.SubmitBuild{RC: rc("x"), Artifacts: h} }
	w.refused(release.ErrStage, "w1", "submit_build", say(good))
	w.ok("t1", "trigger", release.Trigger{RC: rc("x")})
	w.refused(release.ErrBuilders, "t1", "submit_build", say(good))
	w.ok("w1", "submit_build", say(bad))
	w.refused(release.ErrTwice, "w1", "submit_build", say(good))
	w.ok("w2", "submit_build", say(good))
	w.stage("x", release.Triggered)
	w.refused(release.ErrStage, "t1", "publish", w.publication("x"))
	w.wait(week)
	w.stage("x", release.Approved)
	w.build("x")
	m := w.publication("x")
	m.Binaries = binaries("other")
	w.refused(release.ErrArtifacts, "t1", "publish", m)
	m.Binaries = []release.Binary{binaries("x")[1], binaries("x")[0]}
	w.refused(release.ErrForm, "t1", "publish", m)
	w.publish("x")

	without := start(t, `{"ctrs": ["@t1", "@t2", "@t3"], "auditors": ["@u1"], "activists": ["@a1"], "technologists": ["@e1"]}`)
	without.open("x", false)
	without.vote("x", release.Yes, "a1", "e1")
	without.wait(week)
	without.refused(release.ErrBuilders, "t1", "trigger", release.Trigger{RC: rc("x")})
}

// Goal: when the minimal register is empty the oracle's word is the build.
// Method: while the register has members it is not asked; then the task is
// opened; no agreement lets it be triggered again; an agreed hash builds.
func TestR23_BuildByTheOracle(t *testing.T) {
	w := start(t, full, oracle)
	w.approve("y", false)
	w.ok("t3", "trigger", release.Trigger{RC: rc("y")})
	if w.happened("open_task") != nil {
		t.Fatal("the oracle was asked beside the register")
	}
	w.refused(route.ErrReserved, "t1", "set_watchtowers", release.SetWatchtowers{})
	w.refused(release.ErrForm, "legislature", "set_watchtowers", release.SetWatchtowers{Threshold: 1})
	w.ok("legislature", "set_watchtowers", release.SetWatchtowers{})
	w.Ctx("release").Deliver("release", route.Verdict{Ref: rc("y"), Outcome: route.Accepted, Value: make([]byte, 32)})
	w.stage("y", release.Triggered)
	w.approve("x", false)
	answer := func(o route.Outcome, value []byte) {
		w.Ctx("release").Deliver("release", route.Verdict{Ref: rc("x"), Outcome: o, Value: value})
	}
	good := release.ArtifactsHash(binaries("x"))
	answer(route.Accepted, good[:])
	w.stage("x", release.Approved) // nobody asked
	w.ok("t1", "trigger", release.Trigger{RC: rc("x")})
	if w.attr("open_task", "opener") != "release" || w.attr("open_task", "kind") != "2" {
		t.Fatal(w.events)
	}
	w.refused(release.ErrBuilders, "w1", "submit_build", release.SubmitBuild{RC: rc("x"), Artifacts: good})
	answer(route.Void, nil)
	w.stage("x", release.Approved)
	w.ok("t1", "trigger", release.Trigger{RC: rc("x")})
	answer(route.Accepted, good[:])
	w.stage("x", release.Built)
	w.publish("x")
}

// Goal: the embedded history verifies against the state. Method: entries in
// clear, chained from nothing, lead to the sealed head and then to the head in
// the state; a changed byte, a missing and a swapped entry do not; a delivery
// with another history is not published.
func TestR24_TheTrailVerifies(t *testing.T) {
	w := start(t, full)
	w.approve("x", false)
	w.build("x")
	m := w.publication("x")
	m.Trail[5] ^= 1
	w.refused(release.ErrTrail, "t1", "publish", m)
	w.publish("x")
	h := ask[*release.History](w, "history", release.Entries{RC: rc("x")})
	heads := func(list []release.Told) (out []keys.Hash) {
		var head keys.Hash
		for _, e := range list {
			head = release.Chained(rc("x"), head, e.Entry)
			out = append(out, head)
		}
		return out
	}
	all := heads(h.Entries)
	n := len(all)
	if all[n-1] != h.Head || all[n-2] != h.Sealed || h.Head != w.candidate("x").Head {
		t.Fatal("the trail does not lead to the heads")
	}
	for _, e := range h.Entries {
		if e.Clear == "" {
			t.Errorf("%s is not in clear", e.Entry.Kind)
		}
	}
	broken := append([]release.Told{}, h.Entries...)
	broken[2].Entry.Body = append(types.Bytes{}, broken[2].Entry.Body...)
	broken[2].Entry.Body[0] ^= 1
	swapped := append([]release.Told{}, h.Entries...)
	swapped[3], swapped[4] = swapped[4], swapped[3]
	for name, list := range map[string][]release.Told{"changed": broken, "missing": h.Entries[1:], "swapped": swapped} {
		if got := heads(list); got[len(got)-1] == h.Head {
			t.Errorf("%s: still leads to the head", name)
		}
	}
	// Parts of it join.
	for from := uint64(1); from != 0; {
		part := ask[*release.History](w, "history", release.Entries{RC: rc("x"), From: from, Limit: 4})
		if from > 1 && part.Before != all[from-2] || part.Entries[0].Head != all[from-1] {
			t.Fatal(from, part.Before)
		}
		from = part.Next
	}
}

// Goal: hashes of source and binaries, and where to fetch them, are on chain.
// Method: a publication without any of them is refused; the query shows them.
func TestR25_PublishedByHash(t *testing.T) {
	w := start(t, full)
	w.approve("x", false)
	w.build("x")
	for name, f := range map[string]func(*release.Publish){
		"source": func(m *release.Publish) { m.SourceRoot = keys.Hash{} }, "provenance": func(m *release.Publish) { m.ProvenanceRoot = keys.Hash{} },
		"locator": func(m *release.Publish) { m.Locator = "" },
	} {
		m := w.publication("x")
		f(&m)
		if err := w.try("t1", "publish", m); err == nil {
			t.Errorf("published without %s", name)
		}
	}
	w.publish("x")
	s := w.candidate("x").Shipped
	if s.SourceRoot.IsZero() || len(s.Binaries) != 2 || s.Locator != "peers" {
		t.Fatalf("%+v", s)
	}
}

// Goal: what the oracle agrees on stands in the trail as nobody's, as the bundle's
// rules read it, though a member's transaction brings it about. Method: the agreement
// comes in the course of a transaction; the release is then verified from its trail.
func TestR23_TheOraclesBuildIsNobodys(t *testing.T) {
	w := start(t, full, oracle)
	w.ok("legislature", "set_watchtowers", release.SetWatchtowers{})
	w.approve("x", false)
	w.ok("t1", "trigger", release.Trigger{RC: rc("x")})
	good := release.ArtifactsHash(binaries("x"))
	c := w.Ctx("release")
	c.Tx = &types.SignedTx{Hash: keys.Sum([]byte("a member's transaction")), From: w.Addr("w1")}
	c.Deliver("release", route.Verdict{Ref: rc("x"), Outcome: route.Accepted, Value: good[:]})
	w.stage("x", release.Built)
	h := ask[*release.History](w, "history", release.Entries{RC: rc("x"), From: w.candidate("x").Entries})
	if e := h.Entries[0].Entry; e.Kind != "built" || !e.Actor.IsZero() || !e.Tx.IsZero() || e.Key != (keys.PublicKey{}) {
		t.Errorf("%+v", e)
	}
	w.publish("x")
	if v := ask[*release.Verification](w, "verify", release.Held{RC: rc("x")}); !v.OK {
		t.Errorf("%+v", v.Findings)
	}
}

// Goal: a node tells of a release, and of binaries that somebody holds, whether they
// are what was approved, rebuilt and published. Method: before and after the
// publication, with the right binaries, one flipped bit, another name; a candidate that
// there is not.
func TestVerify(t *testing.T) {
	w := start(t, full)
	w.approve("x", false)
	w.build("x")
	held := release.Held{RC: rc("x"), Binaries: binaries("x")}
	failed := func() (rules []string) {
		v := ask[*release.Verification](w, "verify", held)
		for _, f := range v.Findings {
			if !f.OK {
				rules = append(rules, f.Rule)
			}
		}
		if v.OK != (rules == nil) {
			t.Errorf("%+v", v)
		}
		return rules
	}
	if r := failed(); len(r) != 1 || r[0] != "R21" {
		t.Errorf("before the publication: %v", r)
	}
	w.publish("x")
	if r := failed(); r != nil {
		t.Errorf("published: %v", r)
	}
	held.Binaries[0].Hash[7] ^= 1
	if r := failed(); len(r) != 1 || r[0] != "R25" {
		t.Errorf("a flipped bit: %v", r)
	}
	held.Binaries = binaries("x")
	held.Binaries[0].Name += "x"
	if r := failed(); len(r) != 1 || r[0] != "R25" {
		t.Errorf("another name: %v", r)
	}
	if v := ask[*release.Verification](w, "verify", release.Held{RC: rc("y")}); v != nil {
		t.Errorf("%+v", v)
	}
}

// Goal: store submissions lead to a representative's key. Method: others, others'
// keys and unpublished releases are refused; the trail then holds the key.
func TestR26_StoreSubmitterIsOnRecord(t *testing.T) {
	w := start(t, full)
	m := func(by string) release.RecordStore {
		return release.RecordStore{RC: rc("x"), Store: "F-Droid", Key: w.Key(by).Public()}
	}
	w.approve("x", false)
	w.build("x")
	w.refused(release.ErrStage, "t1", "record_store", m("t1"))
	w.publish("x")
	w.refused(release.ErrCTR, "a1", "record_store", m("a1"))
	w.refused(release.ErrKey, "t1", "record_store", m("t2"))
	w.ok("t2", "record_store", m("t2"))
	h := ask[*release.History](w, "history", release.Entries{RC: rc("x"), From: w.candidate("x").Entries})
	var body release.RecordStore
	if err := codec.Unmarshal(h.Entries[0].Entry.Body, &body); err != nil || body.Key != w.Key("t2").Public() {
		t.Fatalf("%+v %v", body, err)
	}
}

// Goal: a release activates after the delay, through the members. Method: the
// plan is handed over when the delay is over; the version in force makes it
// active, a later one supersedes it.
func TestActivation(t *testing.T) {
	for _, c := range []struct {
		version uint32
		want    release.Stage
	}{{2, release.Active}, {3, release.Superseded}} {
		w := start(t, full)
		w.approve("x", true)
		w.build("x")
		w.publish("x")
		w.wait(3*day - 1)
		w.stage("x", release.Published)
		w.wait(1000)
		w.stage("x", release.Scheduled)
		if w.attr("upgrade", "reset") != "bank/send" || w.attr("upgrade", "protocol") != "2" {
			t.Fatal(w.events)
		}
		w.wait(1000)
		w.stage("x", release.Scheduled)
		w.Block.Version = c.version
		w.wait(1000)
		w.stage("x", c.want)
		w.refused(release.ErrStage, "legislature", "activate", release.Activate{RC: rc("x")})
	}
}

// Goal: a release is scheduled no longer than its plan waits, and can be activated
// again. Method: the plan is cancelled, replaced by one of another protocol, and by one
// that mends other circuits; a plan of another height with the same content stands.
func TestPlanThatIsGone(t *testing.T) {
	plan := func(h types.Height, protocol uint32, reset ...string) availability.Upgrade {
		return availability.Upgrade{Height: h, Protocol: protocol, Reset: reset}
	}
	for name, c := range map[string]struct {
		msg  string
		body func(availability.Upgrade) any
		want release.Stage
	}{
		"cancelled": {"cancel", func(up availability.Upgrade) any {
			return availability.Cancel{Height: up.Height, Protocol: up.Protocol}
		}, release.Published},
		"another protocol": {"upgrade", func(availability.Upgrade) any { return plan(500, 3, "bank/send") }, release.Published},
		"other circuits":   {"upgrade", func(availability.Upgrade) any { return plan(500, 2, "bank") }, release.Published},
		"later":            {"upgrade", func(availability.Upgrade) any { return plan(500, 2, "bank/send") }, release.Scheduled},
	} {
		w := start(t, full)
		w.approve("x", true)
		w.build("x")
		w.publish("x")
		w.wait(3 * day)
		w.stage("x", release.Scheduled)
		up, _ := availability.Planned(w.Ctx("release"))
		if _, err := w.Call("legislature", "availability", c.msg, c.body(up)); err != nil {
			t.Fatal(err)
		}
		w.wait(1000)
		w.stage("x", c.want)
		if c.want == release.Scheduled {
			continue
		}
		if w.attr("schedule_failed", "reason") == "" || ask[release.Overview](w, "overview", release.None{}).Scheduled != nil {
			t.Errorf("%s: %v", name, w.events)
		}
		w.ok("legislature", "activate", release.Activate{RC: rc("x"), Height: 900})
		w.wait(1000)
		w.stage("x", release.Scheduled)
	}
}

// Goal: pre-approval shortens the delay and nothing else. Method: a pre-approved
// hash still needs audit and vote, and is scheduled after the short delay.
func TestFastTrack(t *testing.T) {
	w := start(t, full)
	w.refused(route.ErrReserved, "t1", "preapprove", release.Preapprove{RC: rc("x")})
	w.ok("dcert", "preapprove", release.Preapprove{RC: rc("x")})
	w.refused(release.ErrTwice, "dcert", "preapprove", release.Preapprove{RC: rc("x")})
	w.submit("x")
	w.refused(release.ErrNoAudit, "t1", "submit_to_council", w.council("x", true))
	w.report("u1", "x", release.Go)
	w.ok("t1", "submit_to_council", w.council("x", true))
	w.vote("x", release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	w.wait(6 * hour)
	w.stage("x", release.Voting)
	w.wait(week)
	w.build("x")
	w.publish("x")
	w.wait(6 * hour)
	w.stage("x", release.Scheduled)
	w.approve("y", false)
	w.build("y")
	w.publish("y")
	w.refused(release.ErrStage, "dcert", "preapprove", release.Preapprove{RC: rc("y")})
}

// Goal: nothing goes back below the active protocol. Method: the version rises
// between the steps of a candidate's life, and each refuses.
func TestRollbackIsRefused(t *testing.T) {
	w := start(t, full)
	old := w.submission("old")
	old.Protocol = 0
	w.refused(release.ErrProtocol, "t1", "submit_rc", old)
	w.submit("x")
	w.report("u1", "x", release.Go)
	w.Block.Version = 2
	w.refused(release.ErrProtocol, "t1", "submit_to_council", w.council("x", true))
	w.ok("t1", "submit_to_council", w.council("x", false))
	w.vote("x", release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	w.wait(week)
	w.Block.Version = 3
	w.refused(release.ErrProtocol, "t1", "trigger", release.Trigger{RC: rc("x")})
	w.Block.Version = 2
	w.build("x")
	w.Block.Version = 3
	w.refused(release.ErrProtocol, "t1", "publish", w.publication("x"))
}

// Goal: one representative alone cancels only what is his. Method: the submitter
// withdraws; another's candidate and a published release take two.
func TestWithdrawal(t *testing.T) {
	w := start(t, full)
	say := func(name string) release.Withdraw { return release.Withdraw{RC: rc(name), Reason: "broken"} }
	w.submit("x")
	w.refused(release.ErrForm, "t1", "withdraw", release.Withdraw{RC: rc("x")})
	w.ok("t2", "withdraw", say("x"))
	w.stage("x", release.Auditing)
	w.refused(release.ErrTwice, "t2", "withdraw", say("x"))
	w.ok("t3", "withdraw", say("x"))
	w.stage("x", release.Withdrawn)
	w.submit("y")
	w.ok("t1", "withdraw", say("y"))
	w.stage("y", release.Withdrawn)
	w.refused(release.ErrStage, "t1", "withdraw", say("y"))

	w.approve("z", true)
	w.build("z")
	w.publish("z")
	w.ok("t1", "withdraw", say("z"))
	w.stage("z", release.Published)
	w.ok("t2", "withdraw", say("z"))
	w.stage("z", release.Withdrawn)
	w.wait(3 * day)
	if w.happened("upgrade") != nil {
		t.Fatal("a withdrawn plan was handed over")
	}
}

// Goal: old candidates go away. Method: one expires in its stage; of those beside
// a published one the earlier are superseded, also in mid-vote, the later and
// those of another repository are not.
func TestExpiryAndSupersession(t *testing.T) {
	w := start(t, full)
	w.submit("x")
	w.wait(30*day - 1)
	w.stage("x", release.Auditing)
	w.wait(1000)
	w.stage("x", release.Expired)
	w.refused(release.ErrStage, "u1", "report", reportOf("u1", "x", release.Go))

	w.submit("early")
	m := w.submission("elsewhere")
	m.Repo = "other"
	w.ok("t1", "submit_rc", m)
	w.approve("y", false)
	w.build("y")
	w.submit("late")
	w.report("u1", "early", release.Go)
	w.ok("t1", "submit_to_council", w.council("early", false))
	w.publish("y")
	w.stage("early", release.Superseded)
	w.stage("late", release.Auditing)
	w.stage("elsewhere", release.Auditing)
	w.wait(week)
	w.stage("early", release.Superseded)
}

// Goal: a second plan takes the place of the first. Method: two releases with
// plans; then one whose hand-over is refused is activated by a proposal.
func TestPlansReplaceOneAnother(t *testing.T) {
	w := start(t, full, contribution)
	for _, name := range []string{"x", "y"} {
		w.approve(name, true)
		w.build(name)
		w.publish(name)
		w.wait(3 * day)
		w.stage(name, release.Scheduled)
	}
	w.stage("x", release.Superseded)
	w.submit("z")
	w.report("u1", "z", release.Go)
	m := w.council("z", true)
	m.Plan.Reset = []string{"refused"}
	w.ok("t1", "submit_to_council", m)
	w.vote("z", release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	w.wait(week)
	w.build("z")
	w.publish("z")
	w.wait(3 * day)
	w.stage("z", release.Published)
	if w.attr("schedule_failed", "rc") == "" {
		t.Fatal(w.events)
	}
	if err := w.try("legislature", "activate", release.Activate{RC: rc("z"), Height: 99}); err == nil {
		t.Fatal("activated")
	}
	if m := release.Route.Msg("activate"); !m.Grave || !m.Rescue || !release.Route.Rescue {
		t.Fatal("activate is not of class A, or can be broken")
	}
}

// Goal: what is said to route contribution does not decide on a publication.
// Method: it counts, or refuses because it counted lately.
func TestContributionHearsOfReleases(t *testing.T) {
	w := start(t, full, contribution)
	w.approve("x", false)
	w.build("x")
	w.publish("x")
	if w.attr("released", "repo") != "probity" {
		t.Fatal(w.events)
	}
	m := w.submission("y")
	m.Repo = "counted"
	w.ok("t1", "submit_rc", m)
	w.report("u1", "y", release.Go)
	w.ok("t1", "submit_to_council", w.council("y", false))
	w.vote("y", release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	w.wait(week)
	w.build("y")
	w.publish("y")
	if w.attr("count_refused", "kind") != "RULE" {
		t.Fatal(w.events)
	}
}
