package node

import (
	"testing"

	"pgregory.net/rapid"

	"probity/chain/types"
)

// Goal: whatever is done to the clock, the time that is made of it never runs
// backwards, never stands still for long, and is the clock's again in the end.
// Method: random steps and jumps of both signs.
func TestSteady(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s steady
		clock := types.Time(1_700_000_000_000)
		last := s.at(clock)
		if last != clock {
			t.Fatalf("at the start %d, the clock shows %d", last, clock)
		}
		for range rapid.IntRange(1, 200).Draw(t, "looks") {
			step := rapid.Uint64Range(0, 5000).Draw(t, "step")
			jump := int64(0)
			if rapid.IntRange(0, 9).Draw(t, "jumps") == 0 {
				jump = rapid.Int64Range(-4_000_000, 4_000_000).Draw(t, "jump")
			}
			clock = types.Time(int64(clock) + int64(step) + jump)
			now := s.at(clock)
			if now < last || now < clock {
				t.Fatalf("%d after %d, the clock shows %d", now, last, clock)
			}
			if jump == 0 && now-last+1 < types.Time(step)*7/8 {
				t.Fatalf("%d ms went by and %d were told", step, now-last)
			}
			if d := s.shows(now + 1000); d > clock+1000 || d+1000 < clock {
				t.Fatalf("in 1,000 ms the clock shows %d, not %d", clock+1000, d)
			}
			last = now
		}
		for range 10_000 { // what it leads by is eight times made up for
			clock += 1 + s.lead
			if s.at(clock) == clock {
				break
			}
		}
		if now := s.at(clock); now != clock {
			t.Fatalf("long after, %d, the clock shows %d", now, clock)
		}
	})
	var s steady
	if never := types.Time(1<<63 - 1); s.shows(never) != never {
		t.Error("never is some time")
	}
}
