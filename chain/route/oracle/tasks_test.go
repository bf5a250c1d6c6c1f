package oracle_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: fewer than 51 % of the seats agree on nothing, 51 % do. Method: 100
// seats are not to be had, so 51 % of 64: 32 identical submissions (50 %) leave
// the task open, the 33rd settles it; and the guardrail forbids less.
func TestOF1_FiftyOnePercent(t *testing.T) {
	w := newTown(t, 64, nil)
	w.ask(oracle.Contribution)
	for i := range 32 {
		if got := names(w.do(fmt.Sprintf("m%d", i+1), "submit", answer(oracle.Contribution, "x", "tree"))); got != "submission" {
			t.Fatalf("submission %d: %s", i+1, got)
		}
	}
	if got := names(w.do("m33", "submit", answer(oracle.Contribution, "x", "tree"))); got != "submission agreed verdict" {
		t.Fatal(got)
	}
	w.hold()
	if err := oracle.Quorum.Check(509_999); err == nil {
		t.Error("the quorum can be lowered")
	}
	small := newTown(t, 2, nil)
	small.ask(oracle.Contribution)
	if got := names(small.do("m1", "submit", answer(oracle.Contribution, "x", "tree"))); got != "submission" {
		t.Errorf("one of two: %s", got)
	}
}

// Goal: what counts is bytes by their hash under a named ruleset, whatever
// library made them. Method: another ruleset is refused; two implementations
// with one hash agree.
func TestOF2_KeyedByHashAndRuleset(t *testing.T) {
	w := newTown(t, 2, nil, "go", "python")
	w.ask(oracle.Contribution)
	m := answer(oracle.Contribution, "go", "tree")
	m.Ruleset = "contribution/2"
	w.refused(oracle.ErrRuleset, "m1", "submit", m)
	w.do("m1", "submit", answer(oracle.Contribution, "go", "tree"))
	if got := names(w.do("m2", "submit", answer(oracle.Contribution, "python", "tree"))); got != "submission agreed verdict" {
		t.Error(got)
	}
}

// Goal: who was no member when the task opened neither counts nor moves the
// whole. Method: two more join after it opened: they are refused, and two of the
// three old ones suffice.
func TestOF3_SnapshotAtIntervalStart(t *testing.T) {
	w := newTown(t, 3, nil)
	w.ask(oracle.Contribution)
	w.do("legislature", "register", oracle.Register{Open: true})
	w.do("new1", "join", oracle.None{})
	w.do("new2", "join", oracle.None{})
	w.refused(oracle.ErrSeat, "new1", "submit", answer(oracle.Contribution, "x", "tree"))
	w.do("m1", "submit", answer(oracle.Contribution, "x", "tree"))
	if got := names(w.do("m2", "submit", answer(oracle.Contribution, "x", "tree"))); got != "submission agreed verdict" {
		t.Errorf("two of three: %s", got)
	}
}

// Goal: one submission each; a conflicting second succeeds as a transaction,
// marks the member and takes its vote away. Method: m1 answers twice differently:
// its first no longer counts, so that two others are needed; a third is refused.
func TestOF4_Equivocation(t *testing.T) {
	w := newTown(t, 3, nil)
	w.ask(oracle.Contribution)
	w.do("m1", "submit", answer(oracle.Contribution, "x", "tree"))
	w.refused(oracle.ErrSubmitted, "m1", "submit", answer(oracle.Contribution, "x", "tree"))
	if got := names(w.do("m1", "submit", answer(oracle.Contribution, "x", "lie"))); got != "equivocated" {
		t.Fatal(got)
	}
	w.refused(oracle.ErrSubmitted, "m1", "submit", answer(oracle.Contribution, "x", "tree"))
	if got := names(w.do("m2", "submit", answer(oracle.Contribution, "x", "tree"))); got != "submission" {
		t.Fatalf("an equivocator counted: %s", got)
	}
	w.do("m3", "submit", answer(oracle.Contribution, "x", "tree"))
	v := w.task(oracle.Contribution, subject)
	marked := 0
	for _, s := range v.Submissions {
		if s.Status == "equivocated" && s.Conflict != nil {
			marked++
		}
	}
	if v.Standing != "agreed" || marked != 1 {
		t.Errorf("%+v", v)
	}
	w.hold()
}

// Goal: a vote past consensus is recorded and executes nothing. Method: a third
// submission after two agreed: one verdict in all; also from the other side.
func TestOF5_PastConsensus(t *testing.T) {
	w := newTown(t, 3, nil)
	w.ask(oracle.Contribution)
	w.do("m1", "submit", answer(oracle.Contribution, "x", "tree"))
	w.do("m2", "submit", answer(oracle.Contribution, "x", "tree"))
	if got := names(w.do("m3", "submit", answer(oracle.Contribution, "x", "lie"))); got != "disagreement submission" {
		t.Error(got)
	}
	if v := w.task(oracle.Contribution, subject); len(v.Submissions) != 3 || *v.Hash != keys.Sum([]byte("tree")).String() {
		t.Errorf("%+v", v)
	}
}

// Goal: an interval that nobody answered in time rolls up into the next one.
// Method: the tasks of two epochs pass unanswered, the one after covers three;
// once it is agreed the next covers itself alone. A routes' task that rolls up
// is Void.
func TestOF6_RollsUp(t *testing.T) {
	w := newTown(t, 1, map[string]uint64{"oracle.task_epochs": 1, "block.interval": 1000, "epoch.blocks": 4, "oracle.keep_epochs": 4096})
	for range 12 {
		w.pass(0)
	}
	v := w.task(oracle.Salary, oracle.EpochSubject(2))
	if v.From != 0 || v.Interval != 2 || v.Standing != "open" {
		t.Fatalf("%+v", v)
	}
	if old := w.task(oracle.Salary, oracle.EpochSubject(0)); old.Standing != "rolled_up" {
		t.Fatalf("%+v", old)
	}
	m := answer(oracle.Salary, "x", "tree")
	m.Subject, m.Interval = oracle.EpochSubject(2), 2
	w.do("m1", "submit", m)
	for range 4 {
		w.pass(0)
	}
	if v := w.task(oracle.Salary, oracle.EpochSubject(3)); v.From != 3 || v.Interval != 3 {
		t.Errorf("after an agreement: %+v", v)
	}
	w.ask(oracle.Contribution)
	if got := names(w.pass(3_600_000)); !strings.Contains(got, "rolled_up verdict") {
		t.Error(got)
	}
	late := answer(oracle.Contribution, "x", "tree")
	w.do("m1", "submit", late)
	if v := w.task(oracle.Contribution, subject); v.Standing != "rolled_up" || v.Submissions[0].Status != "late" {
		t.Errorf("late: %+v", v)
	}
}

// Goal: shares are exact: whole numbers of twelfths. Method: seats with one to
// four implementations; the parts add up to twelve twelfths a seat.
func TestOF7_IntegerShares(t *testing.T) {
	w := newTown(t, 4, nil, "a", "a+b", "a+b+c", "a+b+c+d")
	var d diversity
	w.query("diversity", `{"duty": "watchtower"}`, &d)
	if got := d.shares(); got != "a:25/12 b:13/12 c:7/12 d:1/4" {
		t.Error(got)
	}
}

// Goal: automatic tasks of a kind open at least 0.95 of an epoch apart, and no
// kind is a rate. Method: epochs that end in a tenth of their least length open
// a task in the first and the tenth; a task's interval then covers the others.
func TestOF9_Spacing(t *testing.T) {
	// An epoch's least length is 4 blocks of 10 s; the test's blocks are 1 s apart.
	w := newTown(t, 1, map[string]uint64{"epoch.blocks": 4, "block.interval": 10_000, "oracle.task_epochs": 1024})
	opened := []uint64{}
	for range 48 {
		for _, e := range w.pass(0) {
			if e.Name == "task" && e.Attrs[0].Value == "state" {
				opened = append(opened, uint64(w.Block.Height-1))
			}
		}
	}
	if fmt.Sprint(opened) != "[4 44]" { // 40 s apart, 38 would do
		t.Errorf("opened at heights %v", opened)
	}
	if v := w.task(oracle.State, oracle.EpochSubject(10)); v.From != 0 || v.Interval != 10 {
		t.Errorf("%+v", v)
	}
}

// Goal: other routes' tasks are theirs alone. Method: every way to open one
// wrongly.
func TestOpenTaskRefuses(t *testing.T) {
	w := newTown(t, 1, nil)
	ok := oracle.OpenTask{Opener: "contribution", Kind: oracle.Contribution, Subject: subject, Deadline: w.Block.Time + 10}
	w.refused(route.ErrReserved, "m1", "open_task", ok)
	for _, change := range []func(*oracle.OpenTask){
		func(m *oracle.OpenTask) { m.Opener = "release" },
		func(m *oracle.OpenTask) { m.Kind = oracle.State },
		func(m *oracle.OpenTask) { m.Kind = 9 },
		func(m *oracle.OpenTask) { m.Deadline = w.Block.Time },
	} {
		bad := ok
		change(&bad)
		w.refused(oracle.ErrOpen, "contribution", "open_task", bad)
	}
	w.do("contribution", "open_task", ok)
	w.refused(oracle.ErrOpen, "contribution", "open_task", ok)
	empty := newTown(t, 0, nil)
	empty.refused(oracle.ErrOpen, "contribution", "open_task", ok)
}

// Goal: what rolled up can be asked again, with no trace of the first time.
// Method: a task that one of two answered rolls up; asked again, both answer.
func TestRolledUpIsAskedAgain(t *testing.T) {
	w := newTown(t, 2, nil)
	w.ask(oracle.ReleaseBuild)
	w.do("m1", "submit", answer(oracle.ReleaseBuild, "x", "lie"))
	w.pass(3_600_000)
	w.ask(oracle.ReleaseBuild)
	m := answer(oracle.ReleaseBuild, "x", "rebuild")
	m.Interval = 2
	w.do("m1", "submit", m)
	if got := names(w.do("m2", "submit", m)); got != "submission agreed verdict" {
		t.Error(got)
	}
	w.refused(oracle.ErrOpen, "contribution", "open_task", oracle.OpenTask{
		Opener: "contribution", Kind: oracle.ReleaseBuild, Subject: subject, Deadline: w.Block.Time + 1000,
	})
	w.hold()
}

// Goal: closed tasks and what belongs to them leave the state. Method: an agreed
// task is there, and after keep_epochs it is not.
func TestClosedTasksAreForgotten(t *testing.T) {
	w := newTown(t, 1, map[string]uint64{"oracle.keep_epochs": 2, "epoch.blocks": 4, "block.interval": 1000})
	w.ask(oracle.Contribution)
	w.do("m1", "submit", answer(oracle.Contribution, "x", "tree"))
	w.pass(0)
	if v := w.task(oracle.Contribution, subject); v.Standing != "agreed" {
		t.Fatalf("%+v", v)
	}
	w.pass(9000)
	if v := w.task(oracle.Contribution, subject); v.Standing != "forgotten" {
		t.Fatalf("%+v", v)
	}
}

// Goal: no sequence of messages breaks an invariant or lets a result stand twice.
// Method: random calls of members and others, with time passing; invariants after
// each block, and at most one verdict a subject.
func TestInvariants(t *testing.T) {
	people := []string{"m1", "m2", "m3", "m4", "new1", "new2"}
	rapid.Check(t, func(rt *rapid.T) {
		w := newTown(t, 4, map[string]uint64{"oracle.vote_delay": 0, "oracle.proposal_cooldown": 0, "epoch.blocks": 4}, "a", "b", "c", "a+d")
		w.ask(oracle.Contribution)
		verdicts := 0
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			from, other := rapid.SampledFrom(people).Draw(rt, "from"), rapid.SampledFrom(people).Draw(rt, "other")
			hash := rapid.SampledFrom([]string{"tree", "lie"}).Draw(rt, "hash")
			impl := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "impl")
			id := rapid.Uint64Range(1, 3).Draw(rt, "proposal")
			act := rapid.SampledFrom([]oracle.Action{oracle.Invite, oracle.Leave, oracle.Kick}).Draw(rt, "action")
			var events []types.Event
			switch rapid.IntRange(0, 10).Draw(rt, "what") {
			case 0, 1, 2, 3:
				events, _ = w.Call(from, "oracle", "submit", answer(oracle.Contribution, impl, hash))
			case 4:
				_, _ = w.Call(from, "oracle", "propose", oracle.Propose{Action: act, Target: w.Addr(other)})
			case 5:
				_, _ = w.Call(from, "oracle", "vote", oracle.Vote{Proposal: id, For: true})
			case 6:
				_, _ = w.Call(from, "oracle", "execute", oracle.Execute{Proposal: id})
			case 7:
				_, _ = w.Call(from, "oracle", rapid.SampledFrom([]string{"join", "recover_join", "leave", "respond"}).Draw(rt, "none"), oracle.None{})
			case 8:
				_, _ = w.Call(from, "oracle", rapid.SampledFrom([]string{"challenge", "decide"}).Draw(rt, "of"), oracle.Of{Member: w.Addr(other)})
			case 9:
				rep.Slash(w.Ctx("rep"), w.Addr(other), types.Whole(900), "test")
			default:
				events = w.pass(rapid.SampledFrom([]uint64{0, 600_000, week}).Draw(rt, "time"))
			}
			verdicts += strings.Count(names(events), "verdict")
			if err := w.Check(); err != nil {
				rt.Fatal(err)
			}
		}
		if verdicts > 1 {
			rt.Fatalf("%d verdicts of one task", verdicts)
		}
	})
}
