package contribution_test

import (
	"encoding/json"
	"errors"
	"sort"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

// linkBody is the forum's message.
type linkBody struct {
	_        struct{} `cbor:",toarray"`
	Identity keys.Address
	To       keys.Address
}

// forum stands where route forum stands: it adopts, or refuses while broken.
func forum(broken *bool) *route.Route {
	return &route.Route{ID: 8, Name: "forum", Msgs: []route.Msg{
		route.On(7, "link", func(c *route.Ctx, m linkBody) error {
			if *broken {
				return errors.New("the forum is broken")
			}
			return rep.Adopt(c, m.Identity, m.To)
		}).OnlyBy("contribution"),
	}}
}

func table(broken *bool) route.Table {
	return route.Table{params.Route, bank.Route, rep.Route, forum(broken), contribution.Route, oracle.Route}
}

const (
	day  = 86_400_000
	repo = "https://example.org/probity.git"
	unit = 1_000_000_000
)

// town is a world with three watchtowers w1 … w3 and a repository.
type town struct {
	*routetest.World
	t      testing.TB
	broken *bool
}

func newTown(t testing.TB, params map[string]uint64) *town {
	t.Helper()
	p := map[string]uint64{"oracle.bond": 0, "pac.initial": 1000, "pac.max_growth_ppm": 1_000_000, "epoch.blocks": 4}
	for k, v := range params {
		p[k] = v
	}
	broken := new(bool)
	w, err := routetest.New(table(broken), p, map[string]string{
		"bank":   `{"balances": [{"address": "@ada", "amount": "100000000000"}, {"address": "@contribution", "amount": "5000000"}]}`,
		"rep":    `{"holders": [{"address": "@ada", "amount": "1000000000"}]}`,
		"oracle": `{"members": [{"address": "@w1"}, {"address": "@w2"}, {"address": "@w3"}]}`,
		"contribution": `{"repository": {"repo": "` + repo + `", "branch": "main"},
			"required": [{"repo": "` + repo + `", "branch": "main", "ppm": 500000}, {"repo": "` + repo + `", "branch": "next", "ppm": 200000}]}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Block.Time += 1_000_000
	return &town{w, t, broken}
}

func (w *town) do(from, name string, body any) []types.Event {
	w.t.Helper()
	r, msg, _ := strings.Cut(name, "/")
	events, err := w.Call(from, r, msg, body)
	if err != nil {
		w.t.Fatalf("%s by %s: %v", name, from, err)
	}
	return events
}

func (w *town) refused(want error, from, name string, body any) {
	w.t.Helper()
	r, msg, _ := strings.Cut(name, "/")
	if _, err := w.Call(from, r, msg, body); !errors.Is(err, want) {
		w.t.Fatalf("%s by %s: %v, want %v", name, from, err, want)
	}
}

// pass lets time pass, ends the block and checks the invariants.
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

// boundary goes on to the next epoch.
func (w *town) boundary() (events []types.Event) {
	w.t.Helper()
	for e := w.Block.Epoch; w.Block.Epoch == e; {
		events = append(events, w.pass(0)...)
	}
	return events
}

func (w *town) query(name, in string, v any) {
	w.t.Helper()
	in = strings.ReplaceAll(in, "@", `\u0040`) // of identities; names are not expanded here
	text, err := w.Query("contribution", name, in)
	if err == nil {
		err = json.Unmarshal([]byte(text), v)
	}
	if err != nil {
		w.t.Fatal(name, err)
	}
}

type status struct {
	Counting uint64
	Stage    string
	Subject  keys.Hash
	Rules    keys.Hash
	Minted   string
	Clamped  bool
	Owed     string
}

func (w *town) status() (s status) {
	w.t.Helper()
	w.query("pac", "{}", &s)
	return s
}

func id(name string) string { return "git:" + name + "@example.org" }

// link has a name claim its identity with its own key.
func (w *town) link(name string) contribution.Link { return w.linkAs(id(name), name) }

func (w *town) linkAs(identity, key string) contribution.Link {
	k := w.Key(key)
	return contribution.Link{Identity: identity, Key: k.Public(), Signature: k.Sign(contribution.LinkMessage(w.Chain.Genesis, identity))}
}

// wrote is a leaf: points of a name, and whether the file names its address.
func (w *town) wrote(name string, points uint64, accounts ...string) contribution.Leaf {
	l := contribution.Leaf{Identity: id(name), Micropoints: points}
	for _, a := range accounts {
		l.Addresses = append(l.Addresses, w.Addr(a))
	}
	return l
}

func commit(n byte) types.Bytes { return append(make(types.Bytes, 19), n) }

// agree has the watchtowers agree on a tree for the counting that is on.
func (w *town) agree(leaves ...contribution.Leaf) contribution.Tree {
	w.t.Helper()
	sort.Slice(leaves, func(i, j int) bool { return leaves[i].Identity < leaves[j].Identity })
	s := w.status()
	tree := contribution.Count(s.Subject, s.Counting, leaves)
	for _, who := range []string{"w1", "w2"} {
		w.do(who, "oracle/submit", oracle.Submit{
			Kind: oracle.Contribution, Subject: s.Subject, Interval: s.Counting, Ruleset: contribution.Ruleset,
			Implementation: "x", Version: "1", Hash: tree.Manifest.Hash(),
		})
	}
	return tree
}

// show publishes all pages.
func (w *town) show(tree contribution.Tree) {
	w.t.Helper()
	n := w.status().Counting
	for i := range tree.Pages {
		w.do("zoe", "contribution/publish_tree", tree.Publish(n, i))
	}
}

// count does a whole counting, an interval after the last.
func (w *town) count(leaves ...contribution.Leaf) status {
	w.t.Helper()
	w.Block.Time += 31 * day
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
	w.show(w.agree(leaves...))
	w.boundary()
	return w.status()
}

func (w *town) shares(name string) string {
	return contribution.Shares(w.Ctx("contribution"), w.Addr(name)).String()
}

func (w *town) grep(name string) string {
	return rep.Balance(w.Ctx("rep"), rep.GREP, w.Addr(name)).String()
}

func names(events []types.Event) string {
	var out []string
	for _, e := range events {
		out = append(out, e.Name)
	}
	return strings.Join(out, " ")
}
