package sim_test

import (
	"testing"

	"probity/sim"
)

// Goal: a crash at any point of a view costs nothing: no second vote, no final
// block lost, and finality returns. Method: power goes before every change that
// a member makes on its disks in a view that is notarized, and before every
// fourth in one that is nullified (sim crashpoints plays all), with what was not
// synced lost, kept and torn; in the short run, at every eighteenth.
func TestCrashPoints(t *testing.T) {
	for _, c := range []struct {
		name  string
		mute  bool
		every int
	}{{"notarized", false, 1}, {"nullified", true, 4}} {
		t.Run(c.name, func(t *testing.T) {
			plan := sim.CrashPlan{Seed: 1, Nodes: 4, View: 3, Mute: c.mute, Every: c.every}
			if testing.Short() {
				plan.Every = 18
			}
			rep, err := sim.CrashPoints(plan)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range rep.Failures {
				for _, v := range p.Violations {
					t.Errorf("member %d, before %s %d, %s: %s: %s", p.Member, p.Kind, p.Change, p.Left, v.Oracle, v.Text)
				}
			}
			if rep.Points < 40 || rep.Syncs < 16 {
				t.Errorf("only %d points, %d of them syncs", rep.Points, rep.Syncs)
			}
			t.Logf("%d points (%d syncs; by member %v), %d crashes, recovery within %d ms", rep.Points, rep.Syncs, rep.Members, rep.Runs, rep.Recovery)
		})
	}
}

// Goal: the check of crash points can fail. Method: disks that promise to sync
// and do not.
func TestCrashPointsLying(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector's slice leaves the lying disks out")
	}
	rep, err := sim.CrashPoints(sim.CrashPlan{Seed: 1, Nodes: 4, View: 3, Every: 9, Lies: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Failures) == 0 || rep.Doubles == 0 {
		t.Errorf("%d crashes on lying disks: %d failures, %d double votes", rep.Runs, len(rep.Failures), rep.Doubles)
	}
}
