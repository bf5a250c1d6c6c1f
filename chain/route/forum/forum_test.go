package forum_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/forum"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: the forum's life as stories with exact amounts. Method: transcripts
// over whole blocks of the foundation; posts have names.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			w := &world{}
			s := &chaintest.Script{Table: table, Show: []string{"forum", "pool/open", "pool/closed", "rep/mint", "rep/burn", "rep/move"}}
			s.More = story(t, w)
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				l := chaintest.Line{Cmd: d.Cmd, Input: d.Input, Args: map[string][]string{}}
				for _, a := range d.CmdArgs {
					if len(a.Vals) == 0 {
						l.Args[""] = append(l.Args[""], a.Key)
					} else {
						l.Args[a.Key] = a.Vals
					}
				}
				if l.Cmd == "genesis" {
					w.ids, w.named = map[string]keys.Hash{"incinerator": forum.Incinerator}, []string{"incinerator"}
				}
				return w.rename(s.Step(l))
			})
		})
	}
}

// rename puts names in the place of the ids of posts, whole or cut.
func (w *world) rename(text string) string {
	for _, name := range w.named {
		id := w.ids[name].String()
		text = strings.ReplaceAll(strings.ReplaceAll(text, id, name), id[:10], name)
	}
	return text
}

// story are the directives about posts:
//
//	post NAME by=PERSON authors=(PERSON:PPM,…) refs=(POST:PPM,…)
//	fund PERSON POST fee=WHOLE · stake PERSON POST for|against amount=WHOLE
//	reward POST amount=WHOLE [book=gREP] · leach POST amount=WHOLE
//	worth POST … · explain POST · has PERSON … · wsc POST
func story(t rapid.TB, w *world) map[string]func(*chaintest.Chain, chaintest.Line) string {
	run := func(c *chaintest.Chain, from, msg string, body any) string {
		w.Chain = c
		if _, err := c.Run(from, "forum", msg, body); err != nil {
			return kind(err) + ": " + err.Error() + "\n"
		}
		return "ok\n"
	}
	whole := func(l chaintest.Line, key string) (n types.Amount) {
		if v := l.Args[key]; len(v) > 0 {
			n, _ = types.ParseDecimal(v[0])
		}
		return n
	}
	return map[string]func(*chaintest.Chain, chaintest.Line) string{
		"post": func(c *chaintest.Chain, l chaintest.Line) string {
			w.Chain = c
			m := w.draft(l.Args[""][0], l.Args["authors"], l.Args["refs"])
			out := run(c, l.Args["by"][0], "publish", m)
			w.call(forum.PostID(c.Addr(l.Args["by"][0]), m), l.Args[""][0])
			return out
		},
		"fund": func(c *chaintest.Chain, l chaintest.Line) string {
			return run(c, l.Args[""][0], "fund", forum.Fund{Post: w.id(l.Args[""][1]), Fee: whole(l, "fee")})
		},
		"stake": func(c *chaintest.Chain, l chaintest.Line) string {
			m := forum.Stake{Post: w.id(l.Args[""][1]), For: l.Args[""][2] == "for", Amount: whole(l, "amount")}
			return run(c, l.Args[""][0], "stake", m)
		},
		"reward": func(c *chaintest.Chain, l chaintest.Line) string {
			m := forum.Reward{Post: w.id(l.Args[""][0]), Book: rep.WREP, Amount: whole(l, "amount"), Cause: "proposal"}
			return run(c, "legislature", "reward", m)
		},
		"leach": func(c *chaintest.Chain, l chaintest.Line) string {
			m := forum.Leach{Post: w.id(l.Args[""][0]), Amount: whole(l, "amount"), Cause: "case"}
			return run(c, "court", "leach", m)
		},
		"worth": func(c *chaintest.Chain, l chaintest.Line) (out string) {
			for _, name := range l.Args[""] {
				var v forum.Worth
				ask(t, w, "get", fmt.Sprintf(`{"post": %q}`, w.id(name)), &v)
				out += fmt.Sprintf("%s %s gained %s\n", name, v.WREP.Decimal(), v.WREPGained.Decimal())
			}
			return out
		},
		"has": func(c *chaintest.Chain, l chaintest.Line) (out string) {
			w.Chain = c
			for _, name := range l.Args[""] {
				out += name + " " + w.has(name) + "\n"
			}
			return out
		},
		"explain": func(_ *chaintest.Chain, l chaintest.Line) (out string) {
			for _, ch := range changes(t, w, l.Args[""][0]) {
				out += fmt.Sprintf("height %d %s %s value %s cause %s path", ch.Height, ch.Kind, ch.Amount.Decimal(), ch.Change, ch.Cause)
				for _, id := range ch.Path {
					out += " " + id.String()
				}
				for _, e := range ch.Edges {
					out += fmt.Sprintf("\n  %s %s %s", e.Kind, e.Post, e.Amount.Decimal())
				}
				out += "\n"
			}
			return out
		},
	}
}

// Goal: whatever happens, values and balances add up and nothing panics.
// Method: random posts with random references, rewards in both books, leaches,
// stakes of authors elsewhere, links and pools; all invariants of the foundation
// and the forum after each step.
func TestAnythingGoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, map[string]uint64{
			"forum.depth": rapid.Uint64Range(1, 5).Draw(t, "depth"), "forum.visits": 16, "reward.block": 50_000_000_000,
		})
		rep.OpenGovernance(w.Ctx("legislature"))
		w.post(t, "P0", "carol")
		people := []string{"carol", "dave", "erin", "git.ada"}
		some := func(label string) string {
			return fmt.Sprintf("P%d", rapid.IntRange(0, len(w.named)-2).Draw(t, label))
		}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			amount := types.NewAmount(rapid.Uint64Range(0, 20_000_000_000).Draw(t, "amount"))
			var err error
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2:
				randomPost(t, w, people)
			case 3, 4:
				book := rapid.SampledFrom([]rep.Book{rep.WREP, rep.WREP, rep.GREP}).Draw(t, "book")
				_, err = w.Run("legislature", "forum", "reward", forum.Reward{Post: w.id(some("post")), Book: book, Amount: amount, Cause: "x"})
			case 5:
				_, err = w.Run("court", "forum", "leach", forum.Leach{Post: w.id(some("post")), Amount: amount})
			case 6:
				a := w.Addr(rapid.SampledFrom(people[:3]).Draw(t, "who"))
				_ = rep.Expose(w.Ctx("court"), a, keys.Sum(codec.MustMarshal(amount)), amount)
			case 7:
				id := w.id(some("post"))
				_, _ = w.Run("carol", "forum", "fund", forum.Fund{Post: id, Fee: amount})
				_, _ = w.Run("alice", "forum", "stake", forum.Stake{Post: id, For: true, Amount: types.Whole(81)})
			case 8:
				m := forum.Link{Identity: keys.IdentityAddress("git:ada"), To: w.Addr(rapid.SampledFrom(people[:3]).Draw(t, "to"))}
				_, err = w.Run("contribution", "forum", "link", m)
			case 9:
				w.next(t, rapid.IntRange(1, 7).Draw(t, "blocks"))
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Check(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range len(w.named) - 1 { // explained to the unit
			name := fmt.Sprintf("P%d", i)
			var sum, n int64
			for _, c := range changes(t, w, name) {
				fmt.Sscan(c.Change, &n)
				sum += n
			}
			if got := w.worth(t, name); fmt.Sprint(sum) != got.String() {
				t.Fatalf("%s: changes add up to %d, it is worth %s", name, sum, got)
			}
		}
	})
}

// randomPost publishes a post that cites some of those there are.
func randomPost(t *rapid.T, w *world, people []string) {
	name := fmt.Sprintf("P%d", len(w.named)-1)
	refs, left := []string{}, 1_000_000
	for _, to := range w.named {
		if len(refs) == 4 || !rapid.Bool().Draw(t, "cite") {
			continue
		}
		ppm := rapid.IntRange(-left, left).Draw(t, "ppm")
		refs = append(refs, fmt.Sprintf("%s:%d", to, ppm))
		left -= max(ppm, -ppm)
	}
	first := rapid.IntRange(1, 999_999).Draw(t, "first")
	i := rapid.IntRange(0, len(people)-2).Draw(t, "author")
	w.publish(t, name, "carol", []string{fmt.Sprintf("%s:%d", people[i], first), fmt.Sprintf("%s:%d", people[i+1], 1_000_000-first)}, refs)
}

// Goal: what the sampler proposes is plausible: it decodes, and most of it
// succeeds. Method: a chain on which only samples happen.
func TestSamples(t *testing.T) {
	w := newWorld(t, map[string]uint64{"reward.block": 1_000_000_000})
	accounts := []keys.Address{w.Addr("alice"), w.Addr("bob"), w.Addr("carol")}
	seed, done, failed := uint64(7), map[string]int{}, 0
	for range 200 {
		s := &route.Sampler{
			Ctx: w.Ctx("forum"), Accounts: accounts,
			Draw: func(n uint64) uint64 { seed = seed*6364136223846793005 + 1442695040888963407; return seed >> 33 % n },
			Emit: func(from keys.Address, msgs ...types.Msg) {
				r, m, err := table.Resolve(msgs[0], 1)
				if err != nil {
					t.Fatal(err)
				}
				body, err := m.Decode(msgs[0].Body)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := w.Run(w.Name(from), r.Name, m.Name, body); err != nil {
					failed++
				} else {
					done[m.Name]++
				}
			},
		}
		forum.Route.Sample(s)
		w.next(t, 1)
	}
	if done["publish"] < 50 || done["fund"] < 10 || done["stake"] < 10 || failed > 60 {
		t.Errorf("succeeded %v, failed %d", done, failed)
	}
	var sums []forum.Totals
	ask(t, w, "totals", "", &sums)
	if sums[0].Entered.IsZero() || sums[0].Posts < 50 {
		t.Errorf("nothing flowed: %+v", sums[0])
	}
}

// Goal: lists come whole in parts. Method: each list read two at a time against
// what was published.
func TestLists(t *testing.T) {
	w := newWorld(t, nil)
	w.post(t, "P0", "dave")
	w.next(t, 1)
	for i := 1; i < 6; i++ {
		w.post(t, fmt.Sprintf("P%d", i), "carol", "P0:-100000", "incinerator:100000")
		if _, err := w.Run("carol", "forum", "fund", forum.Fund{Post: w.id(fmt.Sprintf("P%d", i)), Fee: types.Whole(1)}); err != nil {
			t.Fatal(err)
		}
	}
	w.next(t, 1)
	w.reward(t, "P0", 10)
	w.reward(t, "P3", 10)
	read := func(part func(cursor string) (n int, next string)) (parts []int) {
		for cursor := ""; ; {
			n, next := part(cursor)
			parts = append(parts, n)
			if cursor = next; next == "" {
				return parts
			}
		}
	}
	for query, want := range map[string]string{"references": "[2 2 1]", "graph": "[2 2 2]", "authored": "[2 2 1]", "validating": "[2 2 1]"} {
		in := map[string]string{
			"references": fmt.Sprintf(`{"post": %q, `, w.id("P0")), "graph": `{"from": 1, "to": 2, `,
			"authored": fmt.Sprintf(`{"address": %q, `, w.Addr("carol")), "validating": `{`,
		}[query]
		got := read(func(cursor string) (int, string) {
			var out struct {
				Citations, Nodes, Posts []struct{}
				Cursor                  string
			}
			ask(t, w, query, in+fmt.Sprintf(`"limit": 2, "cursor": %q}`, cursor), &out)
			return len(out.Citations) + len(out.Nodes) + len(out.Posts), out.Cursor
		})
		if fmt.Sprint(got) != want {
			t.Errorf("%s: parts of %v, want %s", query, got, want)
		}
	}
	var g forum.Graph
	ask(t, w, "graph", `{"from": 2}`, &g)
	if len(g.Nodes) != 5 || len(g.Edges) != 10 || g.Edges[4].WREP != types.Whole(1) || g.Nodes[2].WREP != types.Whole(10) {
		t.Errorf("graph %+v", g)
	}
	for i := range forum.Route.Queries {
		q := &forum.Route.Queries[i]
		if q.Name != "graph" && q.Name != "authored" && q.Name != "validating" {
			continue
		}
		if _, err := q.Run(w.Ctx("forum"), []byte(`{"cursor": "x"}`)); kind(err) != "CURSOR" {
			t.Errorf("%s: %v", q.Name, err)
		}
	}
}

// ExamplePostID shows that an id is known before the post is published, and
// that it depends on who publishes.
func ExamplePostID() {
	m := forum.Publish{
		Content: keys.Sum([]byte("why the sky is blue")),
		Authors: []forum.Author{{Address: keys.Address{1}, PPM: 1_000_000}},
	}
	fmt.Println(forum.PostID(keys.Address{1}, m).Short(), forum.PostID(keys.Address{2}, m).Short())
	fmt.Println(forum.Incinerator)
	// Output:
	// 347a4a09 330dc643
	// 0xd33cdbcb0525d1589733ed0b417f5fbf406f6e30728f26c17c032e3ae799c83e
}

// Goal: a post has one byte form. Method: fuzzed bytes; what decodes encodes to
// the same bytes, and no two of them have one id.
func FuzzPublish(f *testing.F) {
	f.Add(codec.MustMarshal(forum.Publish{}))
	f.Add(codec.MustMarshal(forum.Publish{
		Inline: types.Bytes("x"), Authors: []forum.Author{{PPM: 1}}, References: []forum.Reference{{PPM: -5}, {PPM: 5}},
	}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m forum.Publish
		if codec.Unmarshal(b, &m) == nil && string(codec.MustMarshal(m)) != string(b) {
			t.Fatalf("%x decodes to %+v, which has another form", b, m)
		}
	})
}
