package rep_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

var table = route.Table{params.Route, bank.Route, rep.Route}

// Goal: books, locks, salaries and snapshots as stories. Method: transcripts
// whose directives are the functions that other routes call.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := routetest.Script{Table: table, Commands: commands}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			l := routetest.Line{Cmd: d.Cmd, Input: d.Input}
			for _, a := range d.CmdArgs {
				l.Add(a.Key, a.Vals)
			}
			return s.Step(l)
		})
	})
}

func book(l routetest.Line) (b rep.Book) {
	if err := b.UnmarshalText([]byte(l.Args["book"])); err != nil {
		panic(err)
	}
	return b
}

// did runs f and lists the events of the block so far that it added.
func did(w *routetest.World, f func(*route.Ctx) string) string {
	c := w.Ctx("rep")
	before := c.Log().Len()
	text := f(c)
	return text + "\n" + routetest.Events(c.Events()[before:])
}

func verdict(err error) string {
	if err != nil {
		return routetest.Verdict(err)
	}
	return "ok"
}

var commands = map[string]routetest.Command{
	"mint": func(w *routetest.World, l routetest.Line) string {
		return did(w, func(c *route.Ctx) string {
			rep.Mint(c, book(l), w.Addr(l.Args["to"]), l.Amount(), l.Args["cause"])
			return "ok"
		})
	},
	"burn": func(w *routetest.World, l routetest.Line) string {
		return did(w, func(c *route.Ctx) string {
			return "burned " + rep.Burn(c, book(l), w.Addr(l.Args["from"]), l.Amount(), l.Args["cause"]).String()
		})
	},
	"move": func(w *routetest.World, l routetest.Line) string {
		return did(w, func(c *route.Ctx) string {
			return "moved " + rep.Move(c, w.Addr(l.Args["from"]), w.Addr(l.Args["to"]), l.Amount(), l.Args["cause"]).String()
		})
	},
	"standing": func(w *routetest.World, l routetest.Line) string {
		c, a := w.Ctx("rep"), w.Addr(l.Args["of"])
		return verdict(rep.Standing(c, a, l.Args["slot"], l.Amount(), types.Height(l.Number("until"))))
	},
	"expose": func(w *routetest.World, l routetest.Line) string {
		return verdict(rep.Expose(w.Ctx("rep"), w.Addr(l.Args["of"]), ref(l.Args["ref"]), l.Amount()))
	},
	"release": func(w *routetest.World, l routetest.Line) string {
		return rep.Release(w.Ctx("rep"), w.Addr(l.Args["of"]), ref(l.Args["ref"])).String()
	},
	"salary": func(w *routetest.World, l routetest.Line) string {
		return rep.Salary(w.Ctx("rep"), w.Addr(l.Args["of"])).String()
	},
	"epoch-supply": func(w *routetest.World, l routetest.Line) string {
		return rep.EpochSupply(w.Ctx("rep")).String()
	},
	"snapshot": func(w *routetest.World, l routetest.Line) string {
		return fmt.Sprint(rep.Snapshot(w.Ctx("rep")))
	},
	"drop": func(w *routetest.World, l routetest.Line) string {
		rep.DropSnapshot(w.Ctx("rep"), l.Number("id"))
		return "ok"
	},
	"at": func(w *routetest.World, l routetest.Line) string {
		c, out := w.Ctx("rep"), ""
		for _, b := range []rep.Book{rep.WREP, rep.GREP} {
			out += fmt.Sprintf("%s:", b)
			for _, name := range strings.Split(l.Args["of"], ",") {
				out += fmt.Sprintf(" %s %s,", name, rep.BalanceAt(c, l.Number("id"), b, w.Addr(name)))
			}
			out += fmt.Sprintf(" supply %s\n", rep.SupplyAt(c, l.Number("id"), b))
		}
		return out
	},
	"kept": func(w *routetest.World, l routetest.Line) string {
		n := 0
		w.Ctx("rep").Range([]byte{0, rep.ID, 8}, []byte{0, rep.ID, 10}, func(_, _ []byte) bool { n++; return true })
		return fmt.Sprintf("%d keys of snapshots", n)
	},
}

func ref(name string) keys.Hash { return keys.Sum([]byte(name)) }

var people = []string{"alice", "bob", "carol", "dora"}

func world(t *rapid.T, params map[string]uint64, sections map[string]string) *routetest.World {
	w, err := routetest.New(table, params, sections)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Goal: REP and $ are conserved, salaries covered and locks owned whatever the
// routes above do. Method: random calls of all functions over several blocks;
// all invariants after each block.
func TestInvariantsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world(t, map[string]uint64{"reward.block": rapid.Uint64Range(0, 5000).Draw(t, "reward"), "budget.grep_ppm": 70_000, "epoch.blocks": 4},
			map[string]string{"rep": `{"holders": [{"address": "@alice", "amount": "1000003"}, {"address": "@bob", "amount": "77"}]}`})
		open := []uint64{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			c := w.Ctx("rep")
			a := w.Addr(rapid.SampledFrom(people).Draw(t, "who"))
			to := w.Addr(rapid.SampledFrom(append(people, "incinerator")).Draw(t, "to"))
			amt := types.NewAmount(rapid.Uint64Range(0, 2000).Draw(t, "amount"))
			b := rapid.SampledFrom([]rep.Book{rep.WREP, rep.GREP}).Draw(t, "book")
			r := ref(rapid.SampledFrom(people).Draw(t, "ref"))
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1:
				if _, err := w.Next(); err != nil {
					t.Fatal(err)
				}
			case 2:
				rep.Mint(c, b, to, amt, "x")
			case 3:
				rep.Burn(c, b, a, amt, "x")
			case 4:
				rep.Move(c, a, to, amt, "x")
			case 5:
				_ = b.Expose(c, a, r, amt)
			case 6:
				b.Release(c, a, r)
			case 7:
				_ = rep.Standing(c, a, "bench", amt, w.Block.Height+3)
			case 8:
				rep.Claim(c, a)
			case 9:
				if len(open) < 3 {
					open = append(open, rep.Snapshot(c))
				} else {
					rep.DropSnapshot(c, open[0])
					open = open[1:]
				}
			}
			if err := w.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Goal: a snapshot answers what the balances were. Method: random changes and
// snapshots, dropped in any order, against copies of the books.
func TestSnapshotsAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world(t, nil, map[string]string{"rep": `{"holders": [{"address": "@alice", "amount": "50"}]}`})
		c := w.Ctx("rep")
		now := func() (m [4]types.Amount) {
			for i, name := range people {
				m[i] = rep.Balance(c, rep.WREP, w.Addr(name))
			}
			return m
		}
		ids, model := []uint64{}, map[uint64][4]types.Amount{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			a := w.Addr(rapid.SampledFrom(people).Draw(t, "who"))
			switch n := rapid.IntRange(0, 4).Draw(t, "what"); {
			case n < 2:
				rep.Mint(c, rep.WREP, a, types.NewAmount(uint64(n)+1), "x")
			case n == 2:
				rep.Burn(c, rep.WREP, a, types.NewAmount(2), "x")
			case n == 3:
				id := rep.Snapshot(c)
				ids, model[id] = append(ids, id), now()
			case len(ids) > 0:
				i := rapid.IntRange(0, len(ids)-1).Draw(t, "drop")
				rep.DropSnapshot(c, ids[i])
				ids = append(ids[:i], ids[i+1:]...)
			}
			for _, id := range ids {
				for i, name := range people {
					if got := rep.BalanceAt(c, id, rep.WREP, w.Addr(name)); got != model[id][i] {
						t.Fatalf("snapshot %d: %s had %s, want %s", id, name, got, model[id][i])
					}
				}
			}
		}
	})
}

// Goal: splitting an account gains nothing. Method: two worlds in which the
// same rewards flow; in one a holder has all its REP in one account, in the
// other in two. The salaries of the parts are never more than that of the
// whole, and less by one base unit for each claim at most.
func TestSplittingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Uint64Range(2, 1_000_000).Draw(t, "whole")
		part := rapid.Uint64Range(1, whole-1).Draw(t, "part")
		others := rapid.Uint64Range(1, 1_000_000).Draw(t, "others")
		reward := rapid.Uint64Range(1, 100_000).Draw(t, "reward")
		blocks := rapid.IntRange(1, 6).Draw(t, "blocks")
		earn := func(parts ...uint64) (total types.Amount) {
			holders := fmt.Sprintf(`{"address": "@other", "amount": "%d"}`, others)
			for i, p := range parts {
				holders += fmt.Sprintf(`, {"address": "@part%d", "amount": "%d"}`, i, p)
			}
			w := world(t, map[string]uint64{"reward.block": reward}, map[string]string{"rep": `{"holders": [` + holders + `]}`})
			for range blocks {
				if _, err := w.Next(); err != nil {
					t.Fatal(err)
				}
			}
			for i := range parts {
				total = total.Add(rep.Claim(w.Ctx("rep"), w.Addr(fmt.Sprintf("part%d", i))))
			}
			return total
		}
		one, two := earn(whole), earn(part, whole-part)
		if one.Less(two) || two.Add(types.NewAmount(1)).Less(one) {
			t.Fatalf("whole earns %s, in parts %s", one, two)
		}
	})
}

// Goal: the distribution's figures. Method: cases computed by hand.
func TestDistribution(t *testing.T) {
	for _, c := range []struct {
		name     string
		balances []int
		gini     string
		top3     string
	}{
		{"equal", []int{5, 5, 5, 5}, "0", "750000"},
		{"one has all", []int{9}, "0", "1000000"},
		{"1 2 3 4", []int{3, 1, 4, 2}, "250000", "900000"},
		{"99 to 1", []int{99, 1}, "490000", "1000000"},
	} {
		list := []string{}
		for i, b := range c.balances {
			list = append(list, fmt.Sprintf(`{"address": "@a%d", "amount": "%d"}`, i, b))
		}
		w, err := routetest.New(table, nil, map[string]string{"rep": `{"holders": [` + strings.Join(list, ",") + `]}`})
		if err != nil {
			t.Fatal(err)
		}
		out, err := w.Query("rep", "distribution", "")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out, `"gini":`+c.gini+",") || !strings.Contains(out, `{"k":3,"share":`+c.top3+"}") {
			t.Errorf("%s: %s", c.name, out)
		}
	}
}

func ExampleBook_Expose() {
	w, _ := routetest.New(table, nil, map[string]string{"rep": `{"holders": [{"address": "@alice", "amount": "1000000000"}]}`})
	c, alice := w.Ctx("rep"), w.Addr("alice")
	vote := keys.Sum([]byte("a vote"))
	fmt.Println(rep.WREP.Expose(c, alice, vote, types.NewAmount(600_000_000)))
	fmt.Println(rep.WREP.Expose(c, alice, vote, types.NewAmount(600_000_000)))
	fmt.Println(rep.WREP.Release(c, alice, vote).Decimal(), rep.WREP.Unexposed(c, alice).Decimal())
	// Output:
	// <nil>
	// 0.6 of 1 are at stake already, 0.6 more are not there
	// 0.6 1
}
