package sim_test

import (
	"testing"

	"probity/chain/types"
	"probity/sim"
	"probity/sim/attack"
)

// networkAttacks are the attacks of this file under options with which all of
// them take seconds.
var networkAttacks = []struct {
	name string
	args attack.Args
}{
	{"partition", attack.Args{"seeds": "1", "outages": "2,4"}},
	{"eclipse", attack.Args{"seeds": "1", "eclipses": "2"}},
	{"spam", attack.Args{"seeds": "1", "flood": "noise"}},
	{"censor", attack.Args{"seeds": "1", "alpha": "0.3", "seconds": "4"}},
	{"rejects", attack.Args{"seeds": "1"}},
	{"crash", attack.Args{"seeds": "4", "seconds": "5"}},
}

// measured plays an attack and judges it.
func measured(t *testing.T, name string, given attack.Args) *attack.Result {
	t.Helper()
	a := attack.Find(name)
	if a == nil {
		t.Fatalf("no attack %q", name)
	}
	args, err := a.Complete(given)
	if err != nil {
		t.Fatal(err)
	}
	r, err := sim.PlayAttack(a, args, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.Finish(r, args)
	return r
}

// Goal: what the protocol claims against censors, cuts, eclipses, floods,
// cartels and crashes holds on whole members, and breaks where the attacker has
// more than its third. Method: each attack on one seed; scenarios above the
// third are rows of their own, which fail where nothing breaks.
func TestNetworkAttacks(t *testing.T) {
	for i, n := range networkAttacks {
		t.Run(n.name, func(t *testing.T) {
			if testing.Short() && i > 0 {
				t.Skip("the race detector's slice plays one attack")
			}
			r := measured(t, n.name, n.args)
			for _, row := range r.Rows {
				if !row.OK {
					t.Errorf("%s %v: %v, %s %v", row.Label, row.Params, row.Measured, row.Rule, row.Expected)
				}
			}
			if !r.Holds || len(r.Plots) == 0 || len(r.Rows) < 10 {
				t.Errorf("holds %v, %d rows, %d plots", r.Holds, len(r.Rows), len(r.Plots))
			}
		})
	}
}

// Goal: the crash attack can fail. Method: members that send a vote before its
// record is on the disk, under the same faults.
func TestCrashAttackFails(t *testing.T) {
	if testing.Short() {
		t.Skip("one attack is enough under the race detector")
	}
	s, err := sim.FindScenario("crash", attack.Args{"seeds": "1", "seconds": "5"}, "faults")
	if err != nil {
		t.Fatal(err)
	}
	for seed := uint64(1); seed <= 8; seed++ {
		r, err := sim.Run(sim.Config{Seed: seed, Nodes: 4, Scenario: s, Mutant: sim.FindMutant("sign-before-journal"), First: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Violations) > 0 && r.Violations[0].Oracle == "persisted" {
			return
		}
	}
	t.Error("a member that signs before it writes is not seen")
}

// Goal: the claims about floods can fail. Method: outcomes of a member that
// floods slow down to five times, and whose buffers outgrow their bound, are
// measured as if they had been played.
func TestSpamAttackFails(t *testing.T) {
	quiet := attack.Outcome{Scenario: "no flood", Offered: 1, Included: []types.Time{100}}
	lossy := attack.Outcome{Scenario: "no flood, lossy", Offered: 1, Included: []types.Time{100}}
	for _, c := range []struct {
		name string
		run  attack.Outcome
		want bool
	}{
		{"as before", attack.Outcome{Offered: 1, Included: []types.Time{100}}, true},
		{"slow", attack.Outcome{Offered: 1, Included: []types.Time{500}}, false},
		{"full", attack.Outcome{Offered: 1, Included: []types.Time{100}, HeldMax: 33}, false},
		{"lost", attack.Outcome{Offered: 100, Included: []types.Time{100}}, false},
	} {
		c.run.Scenario = "paid"
		a := attack.Find("spam")
		r, err := a.Play.Measure(nil, []attack.Outcome{quiet, lossy, c.run})
		if err != nil {
			t.Fatal(err)
		}
		if a.Finish(r, nil); r.Holds != c.want {
			t.Errorf("%s: holds %v", c.name, r.Holds)
		}
	}
}
