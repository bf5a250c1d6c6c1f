package sim

import (
	"testing"

	"probity/chain/types"
)

// Goal: a member whose clock was ahead by an hour is of use as soon as it is set
// right, not an hour later. Method: one of four is ahead for three seconds, in
// which the others go on without it, and is set right; then another one loses its
// power, so that no view of that one ends without the timers of the first.
func TestClockSetRight(t *testing.T) {
	const hour = 3_600_000
	r, err := setup(Config{Seed: 7, Nodes: 4, Quiet: true, Load: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.finish()
	play := func(ms types.Time) types.Height {
		t.Helper()
		before := r.lowestUp()
		if err := r.play(r.now+ms, func() bool { return false }); err != nil {
			t.Fatal(err)
		}
		if len(r.out.Violations) > 0 {
			t.Fatal(r.out.Violations[0])
		}
		return r.lowestUp() - before
	}
	play(2000)
	r.members[0].clock.Jump(hour)
	if n := play(3000); n < 8 {
		t.Errorf("%d blocks beside a member that is an hour ahead", n)
	}
	r.members[0].clock.Jump(-hour)
	r.members[1].crash()
	if n := play(10_000); n < 20 { // 38 where no clock was wrong
		t.Errorf("%d blocks in ten seconds after it was set right", n)
	}
}

// lowestUp is the height that all members with power have reached.
func (r *run) lowestUp() types.Height {
	low := types.Height(1 << 62)
	for _, m := range r.members {
		if m.core != nil {
			low = min(low, m.core.Height())
		}
	}
	return low
}
