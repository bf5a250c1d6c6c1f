package params_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/route/routetest"
	"probity/chain/state"
	"probity/chain/types"
)

var (
	left  = &route.Param{Name: "dials.left", Unit: route.Count, Default: 1, Max: 100}
	right = &route.Param{Name: "dials.right", Unit: route.Count, Default: 2, Max: 100}
	mode  = &route.Param{Name: "dials.mode", Unit: route.Choice, Max: 1, Choices: []string{"slow", "fast"}, ClassA: true}
)

// dials is a route whose two numbers must not exceed 100 together.
var dials = &route.Route{
	ID: 90, Name: "dials", Params: []*route.Param{left, right, mode},
	CheckParams: func(p *route.Params) error {
		if p.Get(left)+p.Get(right) > 100 {
			return errors.New("too much together")
		}
		return nil
	},
}

var table = route.Table{params.Route, dials}

func reload(w *routetest.World) {
	w.Reload = func(r state.Reader) (*route.Params, error) { return params.Load(r, table) }
}

// Goal: the route's life as a story. Method: transcripts over a table with one
// more route that has numbers to govern.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := routetest.Script{Table: table, Setup: reload}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			l := routetest.Line{Cmd: d.Cmd, Input: d.Input}
			for _, a := range d.CmdArgs {
				l.Add(a.Key, a.Vals)
			}
			return s.Step(l)
		})
	})
}

// Goal: what governance does can never break the combination, and is whole or
// not at all. Method: random sets in random epochs; after each boundary the
// values are those of a model that applies accepted sets in order.
func TestSetsAreAtomic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, err := routetest.New(table, map[string]uint64{"epoch.blocks": 4}, nil)
		if err != nil {
			t.Fatal(err)
		}
		reload(w)
		now := map[string]uint64{"dials.left": 1, "dials.right": 2}
		next := map[string]uint64{"dials.left": 1, "dials.right": 2}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "block") {
				if _, err := w.Next(); err != nil {
					t.Fatal(err)
				}
				if w.Block.Height%4 == 1 {
					now = map[string]uint64{"dials.left": next["dials.left"], "dials.right": next["dials.right"]}
				}
			} else {
				trySet(t, w, next)
			}
			for name, v := range now {
				if got := w.Params.Get(w.Params.Find(name)); got != v {
					t.Fatalf("%s is %d, want %d", name, got, v)
				}
			}
		}
	})
}

// trySet sends a random set, and puts it into the model where it must pass.
func trySet(t *rapid.T, w *routetest.World, next map[string]uint64) {
	set := params.Set{}
	want := map[string]uint64{"dials.left": next["dials.left"], "dials.right": next["dials.right"]}
	for _, name := range rapid.SampledFrom([][]string{{"dials.left"}, {"dials.right"}, {"dials.left", "dials.right"}}).Draw(t, "names") {
		v := rapid.Uint64Range(0, 120).Draw(t, name)
		set.Changes = append(set.Changes, params.Change{Name: name, Value: v})
		want[name] = v
	}
	l, r := want["dials.left"], want["dials.right"]
	valid := l <= 100 && r <= 100 && l+r <= 100
	_, err := w.Call("legislature", "params", "set", set)
	if (err == nil) != valid {
		t.Fatalf("set %v: %v", set.Changes, err)
	}
	if valid {
		next["dials.left"], next["dials.right"] = l, r
	}
}

// Goal: the waiting room has a bound, and At tells the past. Method: one set
// too many, then the values of several epochs.
func TestPendingBoundAndHistory(t *testing.T) {
	w, err := routetest.New(table, map[string]uint64{"epoch.blocks": 4}, nil)
	if err != nil {
		t.Fatal(err)
	}
	reload(w)
	one := params.Set{Changes: []params.Change{{Name: "dials.left", Value: 7}}}
	for range params.PendingMax {
		if _, err := w.Call("legislature", "params", "set", one); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Call("legislature", "params", "set", one); !errors.Is(err, params.ErrFull) {
		t.Fatal(err)
	}
	stamp := params.Stamp(w.Ctx("params"))
	for range 4 {
		if _, err := w.Next(); err != nil {
			t.Fatal(err)
		}
	}
	c := w.Ctx("params")
	if params.Stamp(c) == stamp {
		t.Error("other values, same stamp")
	}
	for e, want := range map[types.Epoch]uint64{0: 1, 1: 7, 9: 7} {
		if got, ok := params.At(c, "dials.left", e); !ok || got != want {
			t.Errorf("epoch %d: %d, %v", e, got, ok)
		}
	}
	if _, ok := params.At(c, "no.such", 3); ok {
		t.Error("a history of nothing")
	}
}

func Example() {
	w, _ := routetest.New(table, map[string]uint64{"epoch.blocks": 4}, nil)
	reload(w)
	_, err := w.Call("legislature", "params", "set", params.Set{Changes: []params.Change{{Name: "dials.mode", Value: 1}}})
	fmt.Println(err, mode.Format(w.Params.Get(mode)))
	for range 4 {
		_, _ = w.Next()
	}
	fmt.Println(mode.Format(w.Params.Get(mode)))
	// Output:
	// <nil> slow
	// fast
}
