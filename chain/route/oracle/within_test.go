package oracle

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/types"
)

// Goal: a rate may change by 2 % and no more, and no kind is a rate today.
// Method: changes at the bound and one beyond, up and down; the table of kinds.
func TestOF9_RateChange(t *testing.T) {
	n := func(v uint64) keys.Hash { return EpochSubject(types.Epoch(v)) }
	for _, c := range []struct {
		was, is uint64
		ok      bool
	}{{1000, 1020, true}, {1000, 1021, false}, {1000, 980, true}, {1000, 979, false}, {0, 0, true}, {0, 1, false}} {
		if got := within(n(c.was), n(c.is), 20_000); got != c.ok {
			t.Errorf("%d to %d: %v", c.was, c.is, got)
		}
	}
	for k := Contribution; k <= Salary; k++ {
		if kinds[k].rated {
			t.Errorf("kind %s is a rate: its subject needs a rule of its own", k)
		}
	}
	if RateMax.Default != 20_000 || RateMax.Min != 10_000 {
		t.Error("2 % with a floor of 1 %")
	}
}
