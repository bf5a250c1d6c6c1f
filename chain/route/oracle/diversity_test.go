package oracle_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

type diversity struct {
	Met, Enforced   bool
	Implementations []struct {
		Name, Seats, Author string
		Ppm                 json.Number
		Below               bool
	}
	Authors []struct {
		Name, Seats string
		Below       bool
	}
}

func (d diversity) shares() string {
	var out []string
	for _, s := range d.Implementations {
		out = append(out, s.Name+":"+s.Seats)
	}
	return strings.Join(out, " ")
}

// Goal: no implementation decides with half of the seats or more. Method: four
// seats of three implementations, two of them the same: those count for one, so
// that they and one other are 50 %, and a third implementation completes it.
func TestO7_StrictlyBelowHalf(t *testing.T) {
	w := newTown(t, 4, nil, "a", "a", "b", "c")
	w.ask(oracle.Contribution)
	w.do("m1", "submit", answer(oracle.Contribution, "a", "tree"))
	w.do("m2", "submit", answer(oracle.Contribution, "a", "tree"))
	if got := names(w.do("m3", "submit", answer(oracle.Contribution, "b", "tree"))); got != "submission" {
		t.Fatalf("a and b: %s", got)
	}
	if got := names(w.do("m4", "submit", answer(oracle.Contribution, "c", "tree"))); got != "submission agreed verdict" {
		t.Fatalf("a, b and c: %s", got)
	}
	w.hold()
	var d diversity
	w.query("diversity", `{}`, &d)
	if d.Met || !d.Enforced || d.Implementations[0].Below { // a has exactly half
		t.Errorf("%+v", d)
	}
}

// Goal: two implementations find each other's mistakes and cannot decide over them;
// three of each duty, the third by a third party, can. Method: five seats for
// watchtowers and for treegens. The first implementation has a mistake. With two, the
// majority that runs it wins, and the disagreement is all that is left of the other; with
// three its seats, which are as many, settle nothing, and the others do. A third that is of
// one of the two authors is seen to be.
func TestO6_TwoFindThreeDecide(t *testing.T) {
	for _, duty := range []string{"watchtower", "treegen"} {
		kind, at := oracle.Contribution, subject
		open := func(impls ...string) *town {
			w := newTown(t, 5, map[string]uint64{"epoch.blocks": 4, "block.interval": 1000}, impls...)
			if duty == "watchtower" {
				w.ask(kind)
				return w
			}
			for range 4 { // an epoch ends
				w.pass(0)
			}
			return w
		}
		if duty == "treegen" {
			kind, at = oracle.Salary, oracle.EpochSubject(0)
		}
		say := func(w *town, member, impl, hash string) string {
			a := answer(kind, impl, hash)
			a.Subject = at
			if kind == oracle.Salary {
				a.Interval = 0
			}
			return routetest.Events(w.do(member, "submit", a))
		}
		two := open("a", "a", "a", "b", "b")
		say(two, "m4", "b", "tree")
		found := say(two, "m1", "a", "lie")
		say(two, "m2", "a", "lie")
		if settled := say(two, "m3", "a", "lie"); !strings.Contains(found, "disagreement") || !strings.Contains(settled, "agreed") {
			t.Errorf("%s, two: %s%s", duty, found, settled)
		}
		three := open("a", "a", "a", "b", "c")
		for i := range 3 {
			if got := say(three, fmt.Sprintf("m%d", i+1), "a", "lie"); strings.Contains(got, "agreed") {
				t.Errorf("%s, three: %s", duty, got)
			}
		}
		right := open("a", "a", "b", "b", "c")
		var last string
		for i, impl := range []string{"a", "a", "b", "b", "c"} {
			last = say(right, fmt.Sprintf("m%d", i+1), impl, map[bool]string{true: "lie", false: "tree"}[impl == "a"])
		}
		if !strings.Contains(last, "agreed") || !strings.Contains(last, keys.Sum([]byte("tree")).String()) {
			t.Errorf("%s, three against a mistake: %s", duty, last)
		}
		for met, w := range map[bool]*town{false: two, true: right} {
			var d diversity
			w.query("diversity", fmt.Sprintf(`{"duty": %q}`, duty), &d)
			if d.Met != met || d.Enforced != met {
				t.Errorf("%s: %+v", duty, d)
			}
		}
	}
	// One author twice: three names, two sources.
	w := newTown(t, 3, nil, "a", "b", "c")
	w.do("author0", "publish", oracle.Publish{Duty: oracle.Watchtower, Name: "z"})
	w.do("m3", "declare", oracle.Declare{Watchtower: []string{"z"}})
	var d diversity
	w.query("diversity", `{"duty": "watchtower"}`, &d)
	if len(d.Authors) != 2 || !d.Met || d.Authors[0].Below && d.Authors[1].Below {
		t.Errorf("authors: %+v", d)
	}
}

// Goal: a disagreement is found and reported when it happens. Method: two
// different hashes: the event names both members and both roots.
func TestO8_DisagreementIsReported(t *testing.T) {
	w := newTown(t, 3, nil)
	w.ask(oracle.Contribution)
	w.do("m1", "submit", answer(oracle.Contribution, "x", "tree"))
	events := w.do("m2", "submit", answer(oracle.Contribution, "x", "lie"))
	text := routetest.Events(events)
	for _, part := range []string{"disagreement", keys.Sum([]byte("tree")).String(), keys.Sum([]byte("lie")).String(),
		w.Addr("m1").String(), w.Addr("m2").String()} {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %s", text, part)
		}
	}
}

// Goal: whoever owns one source of software owns no result. Method: random towns
// of three or more implementations: all seats of any one implementation, agreeing
// on a lie, settle nothing.
func TestO9_OneSourceIsNotEnough(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(3, 9).Draw(rt, "seats")
		impls := []string{"a", "b", "c"}
		for len(impls) < n {
			impls = append(impls, rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(rt, "implementation"))
		}
		w := newTown(t, n, nil, impls...)
		w.ask(oracle.Contribution)
		bad := rapid.SampledFrom(impls).Draw(rt, "bad")
		for i, p := range impls {
			if p == bad {
				if got := names(w.do(fmt.Sprintf("m%d", i+1), "submit", answer(oracle.Contribution, p, "lie"))); got != "submission" {
					rt.Fatalf("%v: all of %s settle it: %s", impls, bad, got)
				}
			}
		}
	})
}

// Goal: seats count one each, whatever REP stands behind them, and the duties
// apart. Method: a member with a thousand times the REP counts one of three; a
// member's treegen does not count among watchtowers.
func TestAO1_SeatsNotREP(t *testing.T) {
	w := newTown(t, 3, nil)
	rep.Mint(w.Ctx("rep"), rep.WREP, w.Addr("m1"), types.Whole(1_000_000), "test")
	w.ask(oracle.Contribution)
	if got := names(w.do("m1", "submit", answer(oracle.Contribution, "x", "tree"))); got != "submission" {
		t.Error(got)
	}
	w.do("m1", "publish", oracle.Publish{Duty: oracle.Treegen, Name: "gen"})
	w.do("m1", "declare", oracle.Declare{Treegen: []string{"gen"}})
	var d diversity
	w.query("diversity", `{"duty": "watchtower"}`, &d)
	if got := d.shares(); got != ":3" {
		t.Errorf("watchtowers: %s", got)
	}
	w.query("diversity", `{"duty": "treegen"}`, &d)
	if got := d.shares(); got != "gen:3" { // the unknown count with it
		t.Errorf("treegens: %s", got)
	}
}

// Goal: with two implementations one half is not avoidable: the status says so
// and nothing is enforced. Method: two and two seats agree as they like.
func TestAO2_TwoImplementations(t *testing.T) {
	w := newTown(t, 4, nil, "a", "b")
	var d diversity
	w.query("diversity", `{}`, &d)
	if d.Met || d.Enforced {
		t.Errorf("%+v", d)
	}
	w.ask(oracle.Contribution)
	w.do("m1", "submit", answer(oracle.Contribution, "a", "tree"))
	w.do("m3", "submit", answer(oracle.Contribution, "a", "tree"))
	if got := names(w.do("m2", "submit", answer(oracle.Contribution, "b", "tree"))); got != "submission agreed verdict" {
		t.Error(got)
	}
}

// Goal: undeclared and unknown implementations count to the largest; a trace
// commitment stands with the submission. Method: five seats, one each of b and c,
// one a, one unregistered and one silent, which both count as a.
func TestAO3_UnknownCountsToTheLargest(t *testing.T) {
	w := newTown(t, 5, nil, "a", "unregistered", "b", "c", "")
	var d diversity
	w.query("diversity", `{}`, &d)
	if got := d.shares(); got != "a:3 b:1 c:1" || d.Met {
		t.Errorf("%s %v", got, d.Met)
	}
	w.ask(oracle.Contribution)
	m := answer(oracle.Contribution, "a", "tree")
	m.Trace = keys.Sum([]byte("trace"))
	w.do("m1", "submit", m)
	w.do("m2", "submit", answer(oracle.Contribution, "unregistered", "tree"))
	// Three seats that count as a are worth two: 40 %.
	if got := names(w.do("m5", "submit", answer(oracle.Contribution, "whatever", "tree"))); got != "submission" {
		t.Error(got)
	}
	w.refused(oracle.ErrImplementation, "m3", "submit", answer(oracle.Contribution, "a", "tree"))
	if got := names(w.do("m3", "submit", answer(oracle.Contribution, "b", "tree"))); got != "submission agreed verdict" {
		t.Error(got)
	}
	text, err := w.Query("oracle", "submissions", fmt.Sprintf(`{"kind": "contribution", "subject": %q}`, subject))
	if err != nil || !strings.Contains(text, keys.Sum([]byte("trace")).String()) {
		t.Error(text, err)
	}
}

// Goal: the rule binds from three implementations on, counts ⌊(n−1)/2⌋ seats of
// each, and leaves rebuilds of releases alone. Method: seven seats, five of a:
// they count for three; the same in a rebuild settle it.
func TestAO4_EnforcedFromThree(t *testing.T) {
	impls := []string{"a", "a", "a", "a", "a", "b", "c"}
	w := newTown(t, 7, nil, impls...)
	w.ask(oracle.Contribution)
	for i := range 5 {
		if got := names(w.do(fmt.Sprintf("m%d", i+1), "submit", answer(oracle.Contribution, "a", "tree"))); got != "submission" {
			t.Fatal(got)
		}
	}
	if got := names(w.do("m6", "submit", answer(oracle.Contribution, "b", "tree"))); got != "submission agreed verdict" { // 3 + 1 of 7
		t.Fatal(got)
	}
	w.ask(oracle.ReleaseBuild)
	for i := range 3 {
		w.do(fmt.Sprintf("m%d", i+1), "submit", answer(oracle.ReleaseBuild, "a", "rebuild"))
	}
	if got := names(w.do("m4", "submit", answer(oracle.ReleaseBuild, "a", "rebuild"))); got != "submission agreed verdict" {
		t.Fatal(got)
	}
	w.hold()
	if !(oracle.Submit{Kind: oracle.ReleaseBuild}).Rescues(nil) || (oracle.Submit{Kind: oracle.State}).Rescues(nil) {
		t.Error("submissions about rebuilds, and no others, are beyond the breaker")
	}
}

// Goal: no seat alone puts the rule in force, which would stop all others that run one
// implementation (A-O4). Method: six of seven run a, the seventh declares three more;
// two who each run one of them do put it in force.
func TestAO4_NotByOneSeat(t *testing.T) {
	for spoilers, want := range map[string]string{"a,x+y+z": "submission agreed verdict", "x,y": "submission"} {
		w := newTown(t, 7, nil, append([]string{"a", "a", "a", "a", "a"}, strings.Split(spoilers, ",")...)...)
		w.ask(oracle.Contribution)
		for i := range 3 {
			w.do(fmt.Sprintf("m%d", i+1), "submit", answer(oracle.Contribution, "a", "tree"))
		}
		if got := names(w.do("m4", "submit", answer(oracle.Contribution, "a", "tree"))); got != want {
			t.Errorf("%s: %s", spoilers, got)
		}
		var d diversity
		if w.query("diversity", `{}`, &d); d.Enforced != (want == "submission") {
			t.Errorf("%s: %+v", spoilers, d)
		}
	}
}

// Goal: two implementations of one author show as one. Method: a and b of the
// same author: two shares of implementations, one of authors; names are kept to
// their author.
func TestAO5_SharesPerAuthor(t *testing.T) {
	w := newTown(t, 3, nil, "a", "b", "c")
	w.refused(oracle.ErrTaken, "m1", "publish", oracle.Publish{Duty: oracle.Watchtower, Name: "a"})
	w.do("author0", "publish", oracle.Publish{Duty: oracle.Watchtower, Name: "twin", Source: "git:twin"})
	w.do("m2", "declare", oracle.Declare{Watchtower: []string{"twin"}})
	var d diversity
	w.query("diversity", `{}`, &d)
	if len(d.Implementations) != 3 || len(d.Authors) != 2 || !d.Met {
		t.Fatalf("%+v", d)
	}
	for _, a := range d.Authors {
		if a.Name == "@author0" && (a.Seats != "2" || a.Below) {
			t.Errorf("%+v", a)
		}
	}
}

// Goal: a seat that runs k implementations counts to each with 1/k. Method:
// three seats of a, b, c and one of all three: each has a third of it, and the
// cap is not passed by it.
func TestAO6_SeveralImplementations(t *testing.T) {
	w := newTown(t, 4, nil, "a", "b", "c", "a+b+c")
	var d diversity
	w.query("diversity", `{}`, &d)
	if got := d.shares(); got != "a:4/3 b:4/3 c:4/3" || !d.Met {
		t.Errorf("%s %v", got, d.Met)
	}
	w.ask(oracle.Contribution)
	w.do("m4", "submit", answer(oracle.Contribution, "b", "tree"))
	w.do("m1", "submit", answer(oracle.Contribution, "a", "tree"))
	// m4 and m1: a 16, b 4, c 4; a is capped to 12 of 48: 20 in all, not 24.5.
	if got := names(w.do("m2", "submit", answer(oracle.Contribution, "b", "tree"))); got != "submission agreed verdict" {
		t.Error(got) // a 12, b 12, c 4 = 28 of 48
	}
}
