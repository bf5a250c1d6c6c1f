package sim_test

import (
	"runtime"
	"testing"

	"probity/sim"
)

// everyFault lists what the world can do, by the names that Result.Faults has.
var everyFault = []string{
	"delay", "loss", "duplicate", "reorder", "clog", "replay", "quality",
	"split", "oneway", "isolate", "flap", "blocked",
	"skew", "drift", "jump",
	"crash", "power", "cut", "torn", "lost-write", "lost-rename", "full", "fsync", "rot", "bit-rot", "clean-stop",
}

// Goal: each kind of trouble really happens, in some seed. Method: seeds are
// played until every kind has been counted.
func TestEveryFaultStrikes(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector's slice has no time for many seeds")
	}
	total := map[string]int{}
	left := func() (out []string) {
		for _, name := range everyFault {
			if total[name] == 0 {
				out = append(out, name)
			}
		}
		return out
	}
	for seed := uint64(1); len(left()) > 0; seed++ {
		if seed > 240 {
			t.Fatalf("never struck: %v; struck: %v", left(), total)
		}
		r, err := sim.Run(sim.Config{Seed: seed, Nodes: 4, Chaos: 4000})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Violations {
			t.Errorf("seed %d: %s: %s", seed, v.Oracle, v.Text)
		}
		for name, n := range r.Faults {
			total[name] += n
		}
	}
	t.Logf("struck: %v", total)
}

// Goal: a seed is one run on any number of processors. Method: seeds with all
// kinds of trouble are played with one, two and eight. On 220 the database once
// removed old files in the background before a crash in one run, and after it in
// the other.
func TestProcessors(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	for _, seed := range []uint64{220, 6, 9, 16} {
		var first *sim.Result
		for _, n := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(n)
			cfg := sim.Config{Seed: seed, Nodes: 4, Chaos: 5000, Real: seed%sim.RealEvery == 0}
			if seed == 220 {
				cfg.Chaos = 8000
			}
			r, err := sim.Run(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = r
			}
			if r.Hash != first.Hash || r.Choices != first.Choices {
				t.Errorf("seed %d with %d processors: %s, with one %s", seed, n, r.Hash, first.Hash)
			}
		}
		if testing.Short() {
			break
		}
	}
}
