package availability

import (
	"testing"

	"pgregory.net/rapid"

	"probity/chain/types"
)

// Goal: no choice of members or contracts reaches 2⁶², and none is passed over
// that fits. Method: random weights up to the limit against the definition.
func TestWeightsStayBelowTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Uint64Range(1, weightLimit-1), 0, 12).Draw(t, "weights")
		most := rapid.IntRange(0, 12).Draw(t, "most")
		got := lighter(append([]uint64(nil), weights...), most, func(w uint64) types.Weight { return types.Weight(w) })
		var want []uint64
		var total uint64
		for _, w := range weights {
			if len(want) < most && total+w < weightLimit {
				want, total = append(want, w), total+w
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%v of %v, want %v", got, weights, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%v of %v, want %v", got, weights, want)
			}
		}
	})
}
