package sim_test

import (
	"slices"
	"testing"

	"probity/chain/keys"
	"probity/sim"
	"probity/sim/attack"
)

// judged plays an attack once for each of its scenarios and measures; spoilt
// measures the same runs again after a change to their outcomes.
type judged struct {
	t    *testing.T
	a    *attack.Attack
	args attack.Args
	runs []attack.Outcome
}

func judge(t *testing.T, name string, given attack.Args) *judged {
	t.Helper()
	if testing.Short() {
		t.Skip("plays whole members")
	}
	t.Parallel()
	j := &judged{t: t, a: attack.Find(name)}
	var err error
	if j.args, err = j.a.Complete(given); err != nil {
		t.Fatal(err)
	}
	cast, err := j.a.Play.Cast(j.args)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range cast {
		for i := range s.Seeds {
			o, err := sim.Play(s, s.First+uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			j.runs = append(j.runs, *o)
		}
	}
	return j
}

func (j *judged) measure(runs []attack.Outcome) *attack.Result {
	j.t.Helper()
	r, err := j.a.Play.Measure(j.args, runs)
	if err != nil {
		j.t.Fatal(err)
	}
	j.a.Finish(r, j.args)
	return r
}

// holds fails the test where the claim does not hold.
func (j *judged) holds() {
	j.t.Helper()
	r := j.measure(j.runs)
	for _, row := range r.Rows {
		if !row.OK {
			j.t.Errorf("%s %v: %v, %s %v", row.Label, row.Params, row.Measured, row.Rule, row.Expected)
		}
	}
	if len(r.Plots) == 0 || len(r.Plots[0].Series) == 0 {
		j.t.Error("no plot")
	}
	if j.t.Failed() {
		j.t.Log(r.Notes)
	}
}

// spoilt fails the test where the claim holds though an outcome of a scenario
// says what it must not.
func (j *judged) spoilt(scenario, what string, spoil func(*attack.Outcome)) {
	j.t.Helper()
	runs := slices.Clone(j.runs)
	found := false
	for i := range runs {
		if runs[i].Scenario == scenario {
			spoil(&runs[i])
			found = true
		}
	}
	if !found {
		j.t.Fatalf("no scenario %q", scenario)
	}
	if j.measure(runs).Holds {
		j.t.Errorf("%s: the claim holds with %s", scenario, what)
	}
}

func fork(o *attack.Outcome) {
	o.Violations = []attack.Violation{{Oracle: "agreement", Text: "two blocks"}}
}

func acquit(o *attack.Outcome) {
	o.Accused = slices.Clone(o.Accused)
	for i := range o.Accused {
		o.Accused[i].Convicted = 0
	}
}

func rob(o *attack.Outcome) {
	o.REP = slices.Clone(o.REP)
	o.REP[len(o.REP)-1] = 0
}

// Goal: who signs two blocks or two votes forks nothing below a third and is
// convicted, and the check sees a fork, an acquittal and an honest loss.
// Method: each scenario with four members; then outcomes are spoilt.
func TestAttackEquivocate(t *testing.T) {
	j := judge(t, "equivocate", attack.Args{"nodes": "4", "owned": "1", "seeds": "4", "length": "3000"})
	j.holds()
	j.spoilt("two votes", "a fork", fork)
	j.spoilt("two votes", "nobody convicted", acquit)
	j.spoilt("one for each half", "an honest member robbed", rob)
	j.spoilt("above a third", "no fork at half of the weight", func(o *attack.Outcome) { o.Expected = nil })
}

// Goal: twins fork nothing below a third, and the check can fail. Method: as
// before.
func TestAttackTwins(t *testing.T) {
	j := judge(t, "twins", attack.Args{"nodes": "4", "owned": "1", "seeds": "1", "length": "3000"})
	j.holds()
	j.spoilt("halves that change", "a fork", fork)
	j.spoilt("halves that change", "somebody else accused", func(o *attack.Outcome) {
		o.Accused = append(slices.Clone(o.Accused), attack.Accused{Member: 3})
	})
	j.spoilt("above a third", "nobody guilty", func(o *attack.Outcome) { o.Counts = nil })
}

// Goal: who votes for everything is convicted where that is an offence, and the
// check can fail. Method: as before.
func TestAttackNothing(t *testing.T) {
	j := judge(t, "nothingatstake", attack.Args{"nodes": "4", "owned": "1", "seeds": "1", "length": "2500"})
	j.holds()
	j.spoilt("all four", "nobody convicted", acquit)
	j.spoilt("notarize, nullify", "somebody accused", func(o *attack.Outcome) { o.Accused = []attack.Accused{{}} })
}

// Goal: withholding changes no turn of any view, while under the hashed beacon
// it does, and the check sees a changed turn and a missing salt. Method: each
// scenario with four members, compared view by view with the honest run.
func TestAttackWithhold(t *testing.T) {
	j := judge(t, "withhold", attack.Args{"nodes": "4", "owned": "1", "seeds": "1", "length": "7000"})
	j.holds()
	j.spoilt("blocks", "another turn", func(o *attack.Outcome) {
		notes := map[string]keys.Hash{}
		for k, v := range o.Notes {
			notes[k] = v
		}
		notes["turn 1/1"] = keys.Sum([]byte("another"))
		o.Notes = notes
	})
	j.spoilt("blocks and shares", "a salt missing", func(o *attack.Outcome) { o.Counts = map[string]int64{"salts missing": 1} })
	j.spoilt("and jail", "nobody jailed", func(o *attack.Outcome) { o.Counts = nil })
}

// Goal: false, early and replayed openings are refused, counted and without
// effect, and the check can fail. Method: some deeds with seven members,
// two of them owned: a leader alone holds no shares of its own view back.
func TestAttackBeaconAbuse(t *testing.T) {
	j := judge(t, "beaconabuse", attack.Args{"seeds": "1", "length": "4500", "deeds": "wrong shares, garbage, early, wrong reveals"})
	j.holds()
	j.spoilt("wrong shares", "no refusal", func(o *attack.Outcome) { o.Counts = nil })
	j.spoilt("garbage", "a slow chain", func(o *attack.Outcome) { o.Before = 1 })
	j.spoilt("spies", "sight beyond the own turns", func(o *attack.Outcome) { o.Counts = map[string]int64{"looks": 100, "ahead 1": 90} })
}

// Goal: a rewritten past is taken by nobody but a member that joins among
// thieves, which shows that the check can fail. Method: as before.
func TestAttackLongRange(t *testing.T) {
	j := judge(t, "longrange", attack.Args{"seeds": "1", "length": "4000"})
	j.holds()
	j.spoilt("online", "a fork", fork)
	j.spoilt("joins among honest", "a rewritten block taken", func(o *attack.Outcome) { o.Counts = map[string]int64{"rewritten blocks taken": 1} })
}
