package forum_test

import (
	"fmt"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/forum"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Peers of the forum, of which only the address matters.
var (
	legislature  = &route.Route{ID: 9, Name: "legislature"}
	court        = &route.Route{ID: 10, Name: "court"}
	contribution = &route.Route{ID: 13, Name: "contribution"}
)

// table is the foundation with the forum and those that may call it.
var table = route.Table{
	params.Route, bank.Route, rep.Route, availability.Route, beacon.Route, pool.Route, evidence.Route,
	forum.Route, legislature, court, contribution,
}

// world is a chain with posts that have names.
type world struct {
	*chaintest.Chain
	ids   map[string]keys.Hash
	named []string
}

// quiet are parameters of a chain that mints nothing by itself and whose pools
// are open for a second, five blocks.
func quiet(more map[string]uint64) map[string]uint64 {
	out := map[string]uint64{
		"epoch.blocks": 64, "asc.lead_views": 16, "evidence.window": 16, "reward.block": 0, "rep.year_cap_ppm": 0,
		"forum.period": 1000,
	}
	for name, v := range more {
		out[name] = v
	}
	return out
}

// people are two who make blocks, and two who write.
var people = []chaintest.Person{
	{Name: "alice", REP: 400, Dollars: 1000, Bench: true, Weight: 100, Salts: 64},
	{Name: "bob", REP: 300, Dollars: 1000, Bench: true, Weight: 100, Salts: 64},
	{Name: "carol", REP: 100, Dollars: 1000},
	{Name: "dave", REP: 0, Dollars: 1000},
}

func newWorld(t rapid.TB, more map[string]uint64) *world {
	t.Helper()
	c, err := chaintest.New(table, people, quiet(more))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{Chain: c, ids: map[string]keys.Hash{"incinerator": forum.Incinerator}, named: []string{"incinerator"}}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	return w
}

// next ends the running block and n−1 others, and begins one more; the
// invariants must hold.
func (w *world) next(t rapid.TB, n int) {
	t.Helper()
	for range n {
		w.End()
		if err := w.Begin(chaintest.Draft{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
}

// ref is a reference by the name of a post, "P1:-500000".
func (w *world) ref(text string) forum.Reference {
	name, weight, _ := strings.Cut(text, ":")
	ppm, err := strconv.ParseInt(weight, 10, 32)
	if err != nil {
		panic(text)
	}
	return forum.Reference{Post: w.id(name), PPM: int32(ppm)}
}

func (w *world) id(name string) keys.Hash {
	if id, ok := w.ids[name]; ok {
		return id
	}
	return keys.Sum([]byte("unknown"), []byte(name))
}

func (w *world) call(id keys.Hash, name string) { w.ids[name], w.named = id, append(w.named, name) }

// draft is a post by its parts: authors "alice:600000", references "P1:-500000".
func (w *world) draft(text string, authors, refs []string) forum.Publish {
	m := forum.Publish{Content: keys.Sum([]byte(text))}
	for _, a := range authors {
		name, weight, _ := strings.Cut(a, ":")
		ppm, err := strconv.ParseUint(weight, 10, 32)
		if err != nil {
			ppm = uint64(types.Million)
		}
		addr := w.Addr(name)
		if strings.HasPrefix(name, "git.") {
			addr = keys.IdentityAddress("git:" + name[4:])
		}
		m.Authors = append(m.Authors, forum.Author{Address: addr, PPM: types.PPM(ppm)})
	}
	for _, r := range refs {
		m.References = append(m.References, w.ref(r))
	}
	return m
}

// post publishes by the first author in sole charge.
func (w *world) post(t rapid.TB, name, author string, refs ...string) keys.Hash {
	t.Helper()
	return w.publish(t, name, author, []string{author}, refs)
}

func (w *world) publish(t rapid.TB, name, by string, authors, refs []string) keys.Hash {
	t.Helper()
	m := w.draft(name, authors, refs)
	if _, err := w.Run(by, "forum", "publish", m); err != nil {
		t.Fatalf("publish %s: %v", name, err)
	}
	id := forum.PostID(w.Addr(by), m)
	w.call(id, name)
	return id
}

// reward lets whole REP arrive at a post.
func (w *world) reward(t rapid.TB, name string, whole uint64) {
	t.Helper()
	m := forum.Reward{Post: w.id(name), Book: rep.WREP, Amount: types.Whole(whole), Cause: "test"}
	if _, err := w.Run("legislature", "forum", "reward", m); err != nil {
		t.Fatal(err)
	}
}

// worth is what a post is worth in wREP.
func (w *world) worth(t rapid.TB, name string) types.Amount {
	t.Helper()
	r := forum.Route
	for i := range r.Queries {
		if r.Queries[i].Name == "get" {
			out, err := r.Queries[i].Run(w.Ctx("forum"), []byte(fmt.Sprintf(`{"post": %q}`, w.id(name))))
			if v := out.(*forum.Worth); err == nil && v != nil {
				return v.WREP
			}
		}
	}
	t.Fatalf("no worth of %s", name)
	return types.Amount{}
}

// worths compares what posts are worth: "P1 10 P2 0.5".
func (w *world) worths(t rapid.TB, want string) {
	t.Helper()
	fields := strings.Fields(want)
	var got []string
	for i := 0; i+1 < len(fields); i += 2 {
		got = append(got, fields[i], w.worth(t, fields[i]).Decimal())
	}
	if s := strings.Join(got, " "); s != want {
		t.Errorf("worth %s, want %s", s, want)
	}
}

// has is a person's wREP.
func (w *world) has(name string) string {
	return rep.Balance(w.Reader(), rep.WREP, w.Addr(name)).Decimal()
}

// balances compares wREP of people: "alice 400 dave 0.5".
func (w *world) balances(t rapid.TB, want string) {
	t.Helper()
	fields := strings.Fields(want)
	var got []string
	for i := 0; i+1 < len(fields); i += 2 {
		got = append(got, fields[i], w.has(fields[i]))
	}
	if s := strings.Join(got, " "); s != want {
		t.Errorf("balances %s, want %s", s, want)
	}
}

// kind is the kind of a refusal.
func kind(err error) string {
	if err == nil {
		return ""
	}
	return route.AsReject(err).Kind
}
