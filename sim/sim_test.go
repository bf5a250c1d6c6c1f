package sim_test

import (
	"testing"

	"probity/sim"
)

// Goal: whole members survive chaos and return to finality, with no oracle
// firing, and a seed is a run. Method: a few seeds, each run twice.
func TestSwarm(t *testing.T) {
	seeds := 6
	if testing.Short() {
		seeds = 2
	}
	rep, err := sim.Swarm{First: 1, Seeds: seeds, Nodes: 4, Chaos: 5000}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Failures {
		t.Errorf("%s: %s (%s)", f.Oracle, f.Text, f.Replay)
	}
	t.Logf("%d blocks, %d crashes, %d transactions, %.0f s simulated in %.1f s", rep.Blocks, rep.Crashes, rep.Txs, rep.SimulatedSeconds, rep.WallSeconds)
}
