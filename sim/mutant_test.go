package sim_test

import (
	"testing"

	"probity/sim"
)

// Goal: the oracles can fail. Method: each planted mistake is caught on some
// seed on which the unchanged member is clean.
func TestMutants(t *testing.T) {
	for i := range sim.Mutants {
		m := &sim.Mutants[i]
		t.Run(m.Name, func(t *testing.T) {
			if testing.Short() && i > 0 {
				t.Skip("the race detector's slice plays one mutant")
			}
			t.Parallel()
			c, err := sim.Hunt(m, 4, 40)
			if err != nil {
				t.Fatal(err)
			}
			if !c.Caught {
				t.Fatalf("not caught on %d seeds: %s", c.Seeds, m.Doc)
			}
			t.Logf("seed %d, after %d ms and %d views simulated: %s: %s", c.Seed, c.Simulated, c.Views, c.Oracle, c.Text)
		})
	}
}
