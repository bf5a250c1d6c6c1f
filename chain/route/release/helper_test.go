package release_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/release"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

// Stand-ins of the peers: they take what the route tells them and say so in
// events. Tests answer for them.
type (
	openAppeal struct {
		_       struct{} `cbor:",toarray"`
		Opener  string
		Ref     keys.Hash
		Parties []keys.Address
	}
	openTask struct {
		_        struct{} `cbor:",toarray"`
		Opener   string
		Kind     uint8
		Subject  keys.Hash
		Deadline types.Time
	}
	change struct {
		_      struct{} `cbor:",toarray"`
		Repo   string
		Commit types.Bytes
	}
)

var lastAppeal openAppeal // what the court was asked last

var upgrades = &route.Route{ID: availability.ID, Name: "availability", Msgs: []route.Msg{
	route.On(7, "upgrade", func(c *route.Ctx, m availability.Upgrade) error {
		if len(m.Reset) > 0 && m.Reset[0] == "refused" {
			return availability.ErrUpgrade
		}
		c.Emit("upgrade", "height", m.Height, "protocol", m.Protocol, "reset", strings.Join(m.Reset, ","))
		d := c.Aside() // whose events would double the one above
		if err := availability.Route.Msg("upgrade").Run(d, m); err != nil {
			return err
		}
		d.Merge()
		return nil
	}).OnlyBy("legislature", "release"),
	route.On(8, "cancel", func(c *route.Ctx, m availability.Cancel) error {
		return availability.Route.Msg("cancel").Run(c, m)
	}).OnlyBy("legislature", "release"),
}}

// courtFee is what a challenge costs.
var courtFee = &route.Param{Name: "court.fee", Unit: route.Base, Default: 5_000_000_000, Max: 1 << 56}

var court = &route.Route{ID: 10, Name: "court", Params: []*route.Param{courtFee}, Msgs: []route.Msg{
	route.On(5, "open_appeal", func(c *route.Ctx, m openAppeal) error {
		lastAppeal = m
		c.Emit("open_appeal", "opener", m.Opener, "parties", m.Parties)
		return nil
	}).OnlyBy("release"),
}}

var contribution = &route.Route{ID: 13, Name: "contribution", Msgs: []route.Msg{
	route.On(33, "released", func(c *route.Ctx, m change) error {
		if m.Repo == "counted" {
			return errors.New("counted lately")
		}
		c.Emit("released", "repo", m.Repo)
		return nil
	}).OnlyBy("release"),
	route.On(40, "gate_check", func(c *route.Ctx, m change) error {
		if m.Repo == "closed" {
			return errors.New("39 % of 50 % approve")
		}
		return nil
	}),
}}

var oracle = &route.Route{ID: 14, Name: "oracle", Msgs: []route.Msg{
	route.On(20, "open_task", func(c *route.Ctx, m openTask) error {
		c.Emit("open_task", "opener", m.Opener, "kind", m.Kind, "deadline", uint64(m.Deadline))
		return nil
	}).OnlyBy("release"),
}}

var table = route.Table{params.Route, bank.Route, rep.Route, upgrades, release.Route}

func with(more ...*route.Route) route.Table {
	t := append(route.Table{}, table...)
	for _, id := range []uint16{court.ID, 12, contribution.ID, oracle.ID} {
		for _, r := range more {
			if r.ID == id {
				t = append(t, r)
			}
		}
	}
	return t
}

// Lengths of time in ms.
const (
	hour types.Time = 3_600_000
	day             = 24 * hour
	week            = 7 * day
)

// full is a genesis whose inception is over: t1–t3 are representatives, a1–a5
// activists, e1–e5 technologists, u1 and u2 auditors, w1–w3 rebuild, of whom two
// must agree.
const full = `{"ctrs": ["@t1", "@t2", "@t3"], "coreTeam": ["@dev"], "auditors": ["@u1", "@u2"],
	"grounds": [{"id": 1, "text": "reported without having read"}, {"id": 2, "text": "bribed"}],
	"activists": ["@a1", "@a2", "@a3", "@a4", "@a5"], "technologists": ["@e1", "@e2", "@e3", "@e4", "@e5"],
	"watchtowers": {"members": ["@w1", "@w2", "@w3"], "threshold": 2}}`

// young is the same without council: in its inception.
const young = `{"ctrs": ["@t1", "@t2", "@t3"], "coreTeam": ["@dev", "@dev2"], "auditors": ["@u1"]}`

var (
	activists     = []string{"a1", "a2", "a3", "a4", "a5"}
	technologists = []string{"e1", "e2", "e3", "e4", "e5"}
)

// world is a chain with names for accounts and candidates.
type world struct {
	*routetest.World
	t      testing.TB
	events []types.Event // of the last message or block
}

func start(t testing.TB, section string, more ...*route.Route) *world {
	t.Helper()
	return startWith(t, section, nil, more...)
}

func startWith(t testing.TB, section string, p map[string]uint64, more ...*route.Route) *world {
	t.Helper()
	w, err := routetest.New(with(more...), p, map[string]string{
		"release": section,
		"rep":     `{"holders": [{"address": "@stranger", "amount": "1000"}, {"address": "@u1", "amount": "1000"}]}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &world{World: w, t: t}
}

// rc is the id of a named candidate.
func rc(name string) keys.Hash { return keys.Sum([]byte("rc"), []byte(name)) }

func (w *world) try(from, msg string, body any) error {
	events, err := w.Call(from, "release", msg, body)
	w.events = events
	return err
}

func (w *world) ok(from, msg string, body any) {
	w.t.Helper()
	if err := w.try(from, msg, body); err != nil {
		w.t.Fatalf("%s %s %+v: %v", from, msg, body, err)
	}
}

func (w *world) refused(want *route.Reject, from, msg string, body any) {
	w.t.Helper()
	if err := w.try(from, msg, body); !errors.Is(err, want) {
		w.t.Fatalf("%s %s %+v: %v, want %s", from, msg, body, err, want.Kind)
	}
}

// wait lets time pass and a block begin.
func (w *world) wait(ms types.Time) {
	w.t.Helper()
	events, err := next(w.World, ms)
	if err != nil {
		w.t.Fatal(err)
	}
	w.events = events
	if err := w.Check(); err != nil {
		w.t.Fatal(err)
	}
}

// next begins a block, ms (at least a second) after the last one, and returns
// what happened since.
func next(w *routetest.World, ms types.Time) ([]types.Event, error) {
	told := w.Ctx("release").Log().Len()
	w.Block.Time += max(ms, 1000) - 1000
	events, err := w.Next()
	return events[told:], err
}

// happened looks for an event of the last message or block.
func (w *world) happened(name string) *types.Event {
	for i := range w.events {
		if w.events[i].Name == name {
			return &w.events[i]
		}
	}
	return nil
}

// attr is an attribute of such an event.
func (w *world) attr(name, key string) string {
	w.t.Helper()
	e := w.happened(name)
	if e == nil {
		w.t.Fatalf("no %s among %v", name, w.events)
	}
	for _, a := range e.Attrs {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// ask answers a query.
func ask[T any](w *world, name string, in any) T {
	w.t.Helper()
	r := w.Table.Find("release")
	for i := range r.Queries {
		if r.Queries[i].Name == name {
			out, err := r.Queries[i].Run(w.Ctx("release"), mustJSON(in))
			if err != nil {
				w.t.Fatal(err)
			}
			return out.(T)
		}
	}
	w.t.Fatalf("no query %s", name)
	panic("unreachable")
}

func (w *world) candidate(name string) *release.Candidate {
	w.t.Helper()
	return ask[*release.Candidate](w, "status", release.Of{RC: rc(name)})
}

func (w *world) stage(name string, want release.Stage) {
	w.t.Helper()
	if got := w.candidate(name); got.Stage != want {
		w.t.Fatalf("%s is %s (%s), want %s", name, got.Stage, got.Reason, want)
	}
}

// The steps of a release.

func (w *world) submission(name string) release.SubmitRC {
	return release.SubmitRC{RC: rc(name), Repo: "probity", Commit: types.Bytes{1, 2, 3}, Version: name, Protocol: 2, Locator: "peers"}
}

func (w *world) submit(name string) {
	w.t.Helper()
	w.ok("t1", "submit_rc", w.submission(name))
}

func textOf(auditor string, s release.Status) keys.Hash {
	return keys.Sum([]byte(auditor), []byte{byte(s)})
}

func reportOf(auditor, name string, s release.Status) release.Report {
	return release.Report{RC: rc(name), Status: s, Report: textOf(auditor, s)}
}

func (w *world) report(auditor, name string, s release.Status) {
	w.t.Helper()
	w.ok(auditor, "report", reportOf(auditor, name, s))
}

func (w *world) council(name string, activate bool) release.SubmitToCouncil {
	m := release.SubmitToCouncil{RC: rc(name), Reports: []keys.Hash{textOf("u1", release.Go)}}
	if activate {
		m.Plan = release.Plan{Activate: true, Reset: []string{"bank/send"}}
	}
	return m
}

// open brings a candidate before the council.
func (w *world) open(name string, activate bool) {
	w.t.Helper()
	w.submit(name)
	w.report("u1", name, release.Go)
	w.ok("t2", "submit_to_council", w.council(name, activate))
}

func (w *world) vote(name string, choice release.Choice, voters ...string) {
	w.t.Helper()
	for _, v := range voters {
		w.ok(v, "ballot", release.Ballot{RC: rc(name), Choice: choice})
	}
}

// approve carries a candidate through the vote.
func (w *world) approve(name string, activate bool) {
	w.t.Helper()
	w.open(name, activate)
	w.vote(name, release.Yes, "a1", "a2", "a3", "e1", "e2", "e3")
	w.wait(week)
	w.stage(name, release.Approved)
}

func binaries(name string) []release.Binary {
	return []release.Binary{{Name: "probity-linux-amd64", Hash: keys.Sum([]byte(name))}, {Name: "watchtower", Hash: keys.Sum([]byte(name), []byte("w"))}}
}

func (w *world) build(name string) {
	w.t.Helper()
	w.ok("t3", "trigger", release.Trigger{RC: rc(name)})
	m := release.SubmitBuild{RC: rc(name), Artifacts: release.ArtifactsHash(binaries(name))}
	w.ok("w1", "submit_build", m)
	w.ok("w3", "submit_build", m)
	w.stage(name, release.Built)
}

func (w *world) publication(name string) release.Publish {
	return release.Publish{
		RC: rc(name), SourceRoot: keys.Sum([]byte("source")), ProvenanceRoot: keys.Sum([]byte("provenance")),
		Trail: w.candidate(name).Sealed, Binaries: binaries(name), Locator: "peers",
	}
}

func (w *world) publish(name string) {
	w.t.Helper()
	w.ok("t1", "publish", w.publication(name))
	w.stage(name, release.Published)
}

// court answers the last appeal.
func (w *world) decide(o route.Outcome) {
	w.t.Helper()
	c := w.Ctx("release")
	before := c.Log().Len()
	c.Deliver("release", route.Verdict{Ref: lastAppeal.Ref, Outcome: o})
	w.events = c.LogFrom(before).Events()
	if err := w.Check(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) is(role, name string) bool {
	w.t.Helper()
	switch a := w.Addr(name); role {
	case "ctr":
		for _, r := range ask[release.Team](w, "ctrs", release.None{}).CTRs {
			if r.Address == a {
				return r.Active
			}
		}
	case "auditor":
		for _, r := range ask[release.Auditors](w, "auditors", release.None{}).Auditors {
			if r.Address == a {
				return r.Active
			}
		}
	case "member":
		for _, m := range ask[release.Council](w, "council", release.None{}).Members {
			if m.Address == a {
				return true
			}
		}
	default:
		panic(fmt.Sprintf("no role %q", role))
	}
	return false
}

func (w *world) member(name string) release.Member { return release.Member{Address: w.Addr(name)} }

func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

type routeOutcome = route.Outcome

const (
	accepted = route.Accepted
	rejected = route.Rejected
)

func anyOf(first bool, a, b *route.Reject) *route.Reject {
	if first {
		return a
	}
	return b
}

// fund gives an account $ for fees.
func (w *world) fund(name string) { bank.Mint(w.Ctx("bank"), w.Addr(name), types.Whole(1)) }
