package oracle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/oracle"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

// asker stands where route contribution stands, and says what it hears.
var asker = &route.Route{ID: 13, Name: "contribution", Verdict: func(c *route.Ctx, v route.Verdict) {
	c.Emit("verdict", "ref", v.Ref.Short(), "outcome", v.Outcome.String(), "value", fmt.Sprintf("%.4x", v.Value))
}}

var table = route.Table{params.Route, bank.Route, rep.Route, asker, oracle.Route}

// Goal: the lives of members and tasks as stories. Method: transcripts; `wait
// ms=N` lets time pass before the next block, `hash` stands for H(word).
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := routetest.Script{Table: table, Commands: map[string]routetest.Command{
			"wait": func(w *routetest.World, l routetest.Line) string {
				w.Block.Time += types.Time(l.Number("ms"))
				return "time " + fmt.Sprint(uint64(w.Block.Time))
			},
		}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			l := routetest.Line{Cmd: d.Cmd, Input: hashes(d.Input)}
			for _, a := range d.CmdArgs {
				l.Add(a.Key, a.Vals)
			}
			return unhash(s.Step(l))
		})
	})
}

var words = []string{"tree", "other", "lie", "rebuild", "one", "two", "three"}

// hashes puts H(word) in the place of #word.
func hashes(text string) string {
	for _, w := range words {
		text = strings.ReplaceAll(text, "#"+w, keys.Sum([]byte(w)).String())
	}
	return text
}

func unhash(text string) string {
	for _, w := range words {
		text = strings.ReplaceAll(text, keys.Sum([]byte(w)).String(), "#"+w)
	}
	return text
}

const (
	bond = 1_750_000_000_000
	week = 7 * 86_400_000
)

// town is a world with members m1 … mn that run the given implementations in
// turn, and rich outsiders.
type town struct {
	*routetest.World
	t testing.TB
}

func newTown(t testing.TB, n int, params map[string]uint64, impls ...string) *town {
	t.Helper()
	var members, programs, holders []string
	for i, p := range impls {
		for _, name := range strings.Split(p, "+") {
			text := fmt.Sprintf(`{"duty": "watchtower", "name": %q, "author": "@author%d"}`, name, i)
			if name != "" && name != "unregistered" && !strings.Contains(strings.Join(programs, ","), `"`+name+`"`) {
				programs = append(programs, text, strings.Replace(text, "watchtower", "treegen", 1))
			}
		}
	}
	for i := range n {
		list := "[]"
		if len(impls) > 0 && impls[i%len(impls)] != "" {
			b, _ := json.Marshal(strings.Split(impls[i%len(impls)], "+"))
			list = string(b)
		}
		members = append(members, fmt.Sprintf(`{"address": "@m%d", "watchtower": %s, "treegen": %s}`, i+1, list, list))
		holders = append(holders, fmt.Sprintf(`{"address": "@m%d", "amount": "%d"}`, i+1, 2*bond))
	}
	for i := range 4 {
		holders = append(holders, fmt.Sprintf(`{"address": "@new%d", "amount": "%d"}`, i+1, 2*bond))
	}
	w, err := routetest.New(table, params, map[string]string{
		"bank":   `{"balances": [{"address": "@new1", "amount": "50000000000"}]}`,
		"rep":    `{"holders": [` + strings.Join(holders, ",") + `]}`,
		"oracle": `{"implementations": [` + strings.Join(programs, ",") + `], "members": [` + strings.Join(members, ",") + `]}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Block.Time += 1_000_000
	return &town{w, t}
}

// do calls a rule and fails the test where it fails.
func (w *town) do(from, msg string, body any) []types.Event {
	w.t.Helper()
	events, err := w.Call(from, "oracle", msg, body)
	if err != nil {
		w.t.Fatalf("%s by %s: %v", msg, from, err)
	}
	return events
}

// refused calls a rule that must be refused with a verdict.
func (w *town) refused(want error, from, msg string, body any) {
	w.t.Helper()
	if _, err := w.Call(from, "oracle", msg, body); !errors.Is(err, want) {
		w.t.Fatalf("%s by %s: %v, want %v", msg, from, err, want)
	}
}

// pass lets time pass and ends the block.
func (w *town) pass(ms uint64) []types.Event {
	w.t.Helper()
	w.Block.Time += types.Time(ms)
	events, err := w.Next()
	if err == nil {
		err = w.Check()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return events
}

// hold checks the invariants.
func (w *town) hold() {
	w.t.Helper()
	if err := w.Check(); err != nil {
		w.t.Fatal(err)
	}
}

var subject = keys.Sum([]byte("subject"))

// ask opens a task for a hour.
func (w *town) ask(k oracle.Kind) {
	w.t.Helper()
	w.do("contribution", "open_task", oracle.OpenTask{Opener: "contribution", Kind: k, Subject: subject, Deadline: w.Block.Time + 3_600_000})
}

func answer(k oracle.Kind, impl, hash string) oracle.Submit {
	rules := map[oracle.Kind]string{oracle.Contribution: "contribution/1", oracle.ReleaseBuild: "release/1", oracle.State: "state/1", oracle.Salary: "salary/1"}
	return oracle.Submit{
		Kind: k, Subject: subject, Interval: 1, Ruleset: rules[k], Implementation: impl, Version: "1", Hash: keys.Sum([]byte(hash)),
	}
}

// names lists "route/name" of events.
func names(events []types.Event) string {
	var out []string
	for _, e := range events {
		out = append(out, e.Name)
	}
	return strings.Join(out, " ")
}

// query answers a query into v.
func (w *town) query(name, in string, v any) {
	w.t.Helper()
	text, err := w.Query("oracle", name, in)
	if err == nil {
		err = json.Unmarshal([]byte(text), v)
	}
	if err != nil {
		w.t.Fatal(name, err)
	}
}

type taskView struct {
	From, Interval uint64
	Standing       string
	Enforced       bool
	Hash           *string
	Deadline       string
	Submissions    []struct {
		Status   string
		Conflict *string
		Agrees   bool
	}
}

func (w *town) task(k oracle.Kind, s keys.Hash) (v taskView) {
	w.t.Helper()
	type loose struct {
		From, Interval json.Number
		Standing       string
		Enforced       bool
		Hash           *string
		Submissions    []struct {
			Status   string
			Conflict *string
			Agrees   bool
		}
	}
	var l *loose
	w.query("submissions", fmt.Sprintf(`{"kind": %q, "subject": %q}`, k, s), &l)
	if l == nil {
		return taskView{Standing: "forgotten"}
	}
	from, _ := l.From.Int64()
	interval, _ := l.Interval.Int64()
	return taskView{From: uint64(from), Interval: uint64(interval), Standing: l.Standing, Enforced: l.Enforced, Hash: l.Hash, Submissions: l.Submissions}
}
