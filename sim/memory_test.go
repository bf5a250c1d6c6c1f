package sim_test

import (
	"runtime"
	"testing"

	"probity/sim"
)

// Goal: a campaign needs the memory of a run, not of all its runs. Method: keep
// the results of several runs, and see what stays on the heap with them.
func TestResultsAreSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("plays several seeds")
	}
	var kept []*sim.Result
	for seed := uint64(1); seed <= 3; seed++ {
		r, err := sim.Run(sim.Config{Seed: seed, Nodes: 7})
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, r)
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 64<<20 {
		t.Fatalf("%d MiB on the heap behind %d results", m.HeapAlloc>>20, len(kept))
	}
	runtime.KeepAlive(kept)
}
