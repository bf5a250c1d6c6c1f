package sim_test

import (
	"testing"

	"probity/sim"
)

// Goal: with a third of the weight the chain can be forked; then the oracle
// fires, and what honest members hold names liars of at least a third of the
// weight and no honest member. Below a third there is no fork. Method: every
// breach on a few seeds.
func TestBreaches(t *testing.T) {
	for i := range sim.Breaches {
		b := &sim.Breaches[i]
		t.Run(b.Name, func(t *testing.T) {
			for seed := uint64(1); seed <= 3; seed++ {
				v, err := b.Play(seed)
				if err != nil {
					t.Fatal(err)
				}
				if !v.Holds {
					t.Errorf("%+v", v)
				}
				t.Logf("seed %d: forked %v after %d ms, heights %v, culprits of %d of %d (liars %d)", seed, v.Forked, v.At, v.Heights, v.Weight, v.Total, v.Liars)
				for _, c := range v.Named {
					t.Logf("  signer %d: %s and %s in %d/%d", c.Signer, c.A.Kind, c.B.Kind, c.A.Epoch, c.A.View)
				}
				if testing.Short() {
					break
				}
			}
		})
	}
}
