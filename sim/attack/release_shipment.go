package attack

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/types"
)

// shipmentAttack tries every way to ship what should not be shipped.
var shipmentAttack = &Attack{
	Name:  "shipment",
	Title: "Force a release: bribe a college, capture auditors, let the council sleep, race cancelled candidates",
	Claim: "Nothing ships outside the rules: not with one whole college bribed, not over one honest auditor's NO_GO at any gate, not with a " +
		"council that sleeps, and no withdrawn, replaced or superseded candidate; an inactive half of a council delays releases and does not end them.",
	Source: "spec release §4–§8 (R8, R10, R16, R17, R40, A-R3, A-R17)",
	Options: []Option{
		{"members", "10", "members of each college"},
		{"auditors", "5", "official auditors, of whom one is honest"},
	},
	Run: runShipment,
}

// shipyard is a chain with a release DAO, and what its people do.
type shipyard struct {
	a             *assembly
	activists     []string
	technologists []string
	auditors      []string
	number        int // of candidates made
}

var shipBinaries = []release.Binary{{Name: "probity", Hash: keys.Sum([]byte("bytes"))}}

func newShipyard(members, auditors int) (*shipyard, error) {
	y := &shipyard{activists: crew("activist", members), technologists: crew("technologist", members), auditors: crew("auditor", auditors)}
	people := map[string]uint64{}
	addresses := func(names []string) []keys.Address {
		out := []keys.Address{}
		for _, n := range names {
			people[n] = 0
			out = append(out, addressOf(n))
		}
		return out
	}
	towers := addresses(crew("tower", 3))
	section := map[string]any{
		"ctrs": addresses(crew("ctr", 3)), "auditors": addresses(y.auditors), "grounds": []map[string]any{{"id": 1, "text": "unread"}},
		"activists": addresses(y.activists), "technologists": addresses(y.technologists),
		"watchtowers": map[string]any{"members": towers, "threshold": 2},
	}
	var err error
	y.a, err = convene(sitting{rep: people, every: 4, routes: map[string]any{"release": section}})
	return y, err
}

// do performs what must succeed.
func (y *shipyard) do(who, rule string, body any) {
	if kind := y.a.try(who, "release/"+rule, body); kind != "" {
		y.a.fail("%s %s is refused as %s", who, rule, kind)
	}
}

// submit puts a new candidate up for audit.
func (y *shipyard) submit() keys.Hash {
	y.number++
	rc := keys.Sum([]byte("candidate"), []byte{byte(y.number)})
	y.do("ctr0", "submit_rc", release.SubmitRC{RC: rc, Repo: "probity", Commit: types.Bytes{byte(y.number)}, Version: fmt.Sprint(y.number), Protocol: 1})
	return rc
}

func (y *shipyard) report(auditor string, rc keys.Hash, s release.Status) {
	y.do(auditor, "report", release.Report{RC: rc, Status: s, Report: keys.Sum([]byte(auditor), []byte{byte(s)})})
}

// council opens the vote, referring to the first auditor's report.
func (y *shipyard) council(rc keys.Hash) string {
	text := keys.Sum([]byte(y.auditors[0]), []byte{byte(release.Go)})
	return y.a.try("ctr1", "release/submit_to_council", release.SubmitToCouncil{RC: rc, Reports: []keys.Hash{text}, Plan: release.Plan{Reset: []string{}}})
}

// vote has members vote; those of them that are none any more are left out.
func (y *shipyard) vote(rc keys.Hash, choice release.Choice, names []string) {
	for _, n := range names {
		y.a.say(n, "release/ballot", release.Ballot{RC: rc, Choice: choice})
	}
	y.a.must(0)
}

// close lets the vote end and is the stage that it leads to.
func (y *shipyard) close(rc keys.Hash) release.Stage {
	y.a.reach(y.stage(rc).Closes)
	y.a.idle(1)
	return y.stage(rc).Stage
}

func (y *shipyard) stage(rc keys.Hash) release.Candidate {
	if k := query[*release.Candidate](y.a, "release", "status", release.Of{RC: rc}); k != nil {
		return *k
	}
	y.a.fail("no candidate %s", rc)
	return release.Candidate{}
}

// polled is a vote from submission to close: how many of each college vote yes,
// while as many as honest says vote no.
func (y *shipyard) polled(yesA, noA, yesT, noT int) (keys.Hash, release.Stage) {
	rc := y.submit()
	y.report(y.auditors[0], rc, release.Go)
	if kind := y.council(rc); kind != "" {
		y.a.fail("the council is not asked: %s", kind)
	}
	y.vote(rc, release.Yes, y.activists[:yesA])
	y.vote(rc, release.No, y.activists[len(y.activists)-noA:])
	y.vote(rc, release.Yes, y.technologists[:yesT])
	y.vote(rc, release.No, y.technologists[len(y.technologists)-noT:])
	return rc, y.close(rc)
}

func (y *shipyard) build(rc keys.Hash) {
	y.do("ctr2", "trigger", release.Trigger{RC: rc})
	for _, tower := range []string{"tower0", "tower1"} {
		y.do(tower, "submit_build", release.SubmitBuild{RC: rc, Artifacts: release.ArtifactsHash(shipBinaries)})
	}
}

func (y *shipyard) publish(rc keys.Hash) string {
	return y.a.try("ctr0", "release/publish", release.Publish{
		RC: rc, SourceRoot: keys.Hash{1}, ProvenanceRoot: keys.Hash{2}, Trail: y.stage(rc).Sealed, Binaries: shipBinaries, Locator: "peers",
	})
}

// force tries every step behind the council's vote and is the number of those
// that are not refused.
func (y *shipyard) force(rc keys.Hash) (n int64) {
	for _, try := range []func() string{
		func() string { return y.a.try("ctr2", "release/trigger", release.Trigger{RC: rc}) },
		func() string {
			return y.a.try("tower0", "release/submit_build", release.SubmitBuild{RC: rc, Artifacts: release.ArtifactsHash(shipBinaries)})
		},
		func() string { return y.publish(rc) },
	} {
		if try() == "" {
			n++
		}
	}
	return n
}

func runShipment(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	members, auditors := int(r.integer("members", 5, 40)), int(r.integer("auditors", 2, 20))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	parts := []func(*Result, int, int) error{bribedCollege, capturedAuditors, sleepingCouncil, cancelledRaces}
	for i, part := range parts {
		if err := part(out, members, auditors); err != nil {
			return nil, err
		}
		tell(int64(i)+1, int64(len(parts)))
	}
	out.Notes = []string{
		"Bribing more than half of the voters of both colleges, a representative and an auditor, with no other auditor objecting, ships: that is what approval means here.",
		"The council that wakes is smaller: the seats of those who slept are gone until they are admitted anew.",
	}
	return out, nil
}

// bribedCollege buys members in one college and in both.
func bribedCollege(out *Result, members, auditors int) error {
	y, err := newShipyard(members, auditors)
	if err != nil {
		return err
	}
	plot := Plot{Title: "does it pass, all others voting no", X: Axis{Label: "members bribed in the college"}, Y: Axis{Label: "passes"}}
	rc, stage := y.polled(members, 0, 0, members)
	out.Rows = append(out.Rows,
		compared(Exactly, "passed by one whole college against the other", nil, 0, count(stage == release.Approved)).in("votes"),
		compared(Exactly, "steps that follow all the same", nil, 0, float64(y.force(rc))).in("of 3"))
	least := 0
	for k := 0; k <= members; k++ {
		_, stage := y.polled(k, members-k, k, members-k)
		add(&plot, "in both", Point{X: float64(k), Y: count(stage == release.Approved)})
		if stage == release.Approved && least == 0 {
			least = k
		}
		_, stage = y.polled(k, members-k, 0, members)
		add(&plot, "in one", Point{X: float64(k), Y: count(stage == release.Approved)})
		if stage == release.Approved {
			y.a.fail("one college of two passes a candidate with %d", k)
		}
		y.a.reach(y.a.now() + types.Time(release.CandidateTTL.Default)) // all those expire
		y.a.idle(2)
	}
	out.Rows = append(out.Rows, compared(Exactly, "least bribed in each of both colleges that pass", nil, float64(members/2+1), float64(least)).in("members"))
	out.Plots = append(out.Plots, plot)
	return y.a.failed()
}

// capturedAuditors own all auditors but one, who objects at every gate.
func capturedAuditors(out *Result, members, auditors int) error {
	y, err := newShipyard(members, auditors)
	if err != nil {
		return err
	}
	honest := y.auditors[auditors-1]
	passed := int64(0)
	for gate := range 4 {
		rc := y.submit()
		for _, name := range y.auditors[:auditors-1] {
			y.report(name, rc, release.Go)
		}
		object := func(at int) {
			if gate == at {
				y.report(honest, rc, release.NoGo)
			}
		}
		object(0)
		kind := y.council(rc)
		if gate > 0 {
			y.vote(rc, release.Yes, y.activists)
			y.vote(rc, release.Yes, y.technologists)
			object(1)
			y.close(rc)
			object(2)
			kind = y.a.try("ctr2", "release/trigger", release.Trigger{RC: rc})
		}
		if gate == 3 {
			for _, tower := range []string{"tower0", "tower1"} {
				y.do(tower, "submit_build", release.SubmitBuild{RC: rc, Artifacts: release.ArtifactsHash(shipBinaries)})
			}
			object(3)
			kind = y.publish(rc)
		}
		if kind == "" || y.stage(rc).Stage >= release.Published && y.stage(rc).Stage <= release.Active {
			passed++
		}
		y.do("ctr0", "withdraw", release.Withdraw{RC: rc, Reason: "blocked"})
	}
	// Two representatives charge the honest one; a third one's veto keeps him.
	for _, name := range []string{"ctr0", "ctr1"} {
		y.do(name, "revoke_auditor", release.Charge{Auditor: addressOf(honest), Ground: 1})
	}
	y.do("ctr2", "veto_revocation", release.Member{Address: addressOf(honest)})
	rc := y.submit()
	y.report(y.auditors[0], rc, release.Go)
	y.report(honest, rc, release.NoGo)
	y.a.reach(y.a.now() + types.Time(release.AuditorVetoDelay.Default))
	y.a.idle(1)
	kind := y.council(rc)
	out.Rows = append(out.Rows,
		compared(Exactly, "gates passed over one honest NO_GO", map[string]any{"auditors": auditors}, 0, float64(passed)).in("of 4"),
		compared(Exactly, "passed after a vetoed revocation of the honest auditor", nil, 0, count(kind != "NO_GO")).in("gates"))
	return y.a.failed()
}

// sleepingCouncil has half of a college and more miss votes.
func sleepingCouncil(out *Result, members, auditors int) error {
	y, err := newShipyard(members, auditors)
	if err != nil {
		return err
	}
	awake := (members - 1) / 2 // one short of half
	from := y.a.now()
	passed := int64(0)
	for range 2 {
		rc, stage := y.polled(awake, 0, members, 0)
		if stage == release.Approved {
			passed++
		}
		passed += y.force(rc)
	}
	for _, name := range y.activists[awake:] {
		for _, signer := range []string{"ctr0", "ctr1"} {
			y.a.say(signer, "release/revoke_inactive", release.Member{Address: addressOf(name)})
		}
		y.a.must(0)
	}
	left := query[release.Council](y.a, "release", "council", release.None{})
	seats := 0
	for _, m := range left.Members {
		if m.College == release.Activists {
			seats++
		}
	}
	y.activists = y.activists[:awake]
	rc, stage := y.polled(awake, 0, members, 0)
	days := float64(y.a.now()-from) / 86_400_000
	if stage == release.Approved {
		y.build(rc)
	}
	kind := y.publish(rc)
	out.Rows = append(out.Rows,
		compared(Exactly, "votes passed, or steps after them, with a college one short of half", nil, 0, float64(passed)).in("of 8"),
		compared(Exactly, "seats left to those who were awake", nil, float64(awake), float64(seats)).in("seats"),
		compared(Exactly, "releases shipped by the council that is left", nil, 1, count(kind == "")).in("releases"),
		compared(AtMost, "days until it votes again", nil, 21.01, days).in("days"))
	return y.a.failed()
}

// cancelledRaces try what is left of candidates that have ended.
func cancelledRaces(out *Result, members, auditors int) error {
	y, err := newShipyard(members, auditors)
	if err != nil {
		return err
	}
	shipped := int64(0)
	again := func(rc keys.Hash) {
		m := release.SubmitRC{RC: rc, Repo: "probity", Commit: types.Bytes{1}, Version: "again", Protocol: 1}
		if y.a.try("ctr0", "release/submit_rc", m) != "KNOWN" {
			shipped++
		}
		shipped += y.force(rc)
		if y.council(rc) != "STAGE" {
			shipped++
		}
	}
	// Withdrawn when it is built, when it is approved, and while it is voted on.
	built, _ := y.polled(members, 0, members, 0)
	y.build(built)
	approved, _ := y.polled(members, 0, members, 0)
	voting := y.submit()
	y.report(y.auditors[0], voting, release.Go)
	y.council(voting)
	y.vote(voting, release.Yes, y.activists)
	y.vote(voting, release.Yes, y.technologists)
	for _, rc := range []keys.Hash{built, approved, voting} {
		y.do("ctr0", "withdraw", release.Withdraw{RC: rc, Reason: "cancelled"})
		again(rc)
	}
	y.a.reach(y.a.now() + types.Time(release.VotePeriod.Default)) // the vote's time comes all the same
	y.a.idle(1)
	again(voting)
	// A later one overtakes an earlier one that is built already.
	early, _ := y.polled(members, 0, members, 0)
	y.build(early)
	late, _ := y.polled(members, 0, members, 0)
	y.build(late)
	first := y.publish(late)
	again(early)
	// One representative alone does not cancel what another has submitted.
	other := y.submit()
	y.do("ctr1", "withdraw", release.Withdraw{RC: other, Reason: "sabotage"})
	out.Rows = append(out.Rows,
		compared(Exactly, "steps of withdrawn and overtaken candidates that are not refused", nil, 0, float64(shipped)).in("of 25"),
		compared(Exactly, "releases shipped by the one that overtook", nil, 1, count(first == "")).in("releases"),
		compared(Exactly, "candidates that one representative alone cancelled", nil, 0, count(y.stage(other).Stage == release.Withdrawn)).in("candidates"))
	return y.a.failed()
}
