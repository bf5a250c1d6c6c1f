package attack

import (
	"math"
	"slices"

	"probity/chain/types"
)

// tally is the outcomes of one scenario over its seeds, for the attacks on
// whole members to sum up.
type tally []Outcome

// tallies sorts outcomes by their scenario.
func tallies(runs []Outcome) map[string]tally {
	out := map[string]tally{}
	for _, o := range runs {
		out[o.Scenario] = append(out[o.Scenario], o)
	}
	return out
}

// most is the greatest of a figure over the seeds.
func (t tally) most(figure func(*Outcome) float64) (out float64) {
	for i := range t {
		out = max(out, figure(&t[i]))
	}
	return out
}

// sum adds a figure up over the seeds.
func (t tally) sum(figure func(*Outcome) float64) (out float64) {
	for i := range t {
		out += figure(&t[i])
	}
	return out
}

// mean is a figure with its spread over the seeds.
func (t tally) mean(figure func(*Outcome) float64) (m moments) {
	for i := range t {
		m.add(figure(&t[i]))
	}
	return m
}

// count sums up what an adversary counted under a name.
func (t tally) count(name string) float64 {
	return t.sum(func(o *Outcome) float64 { return float64(o.Counts[name]) })
}

// fired counts the oracles that fired without being meant to.
func (t tally) fired() float64 {
	return t.sum(func(o *Outcome) float64 { return float64(len(o.Violations)) })
}

// included lists the waits of all honest transfers, ascending.
func (t tally) included() (out []types.Time) {
	for i := range t {
		out = append(out, t[i].Included...)
	}
	slices.Sort(out)
	return out
}

// waitQuantile is that of an ascending list, in ms; 0 where it is empty.
func waitQuantile(list []types.Time, q float64) float64 {
	if len(list) == 0 {
		return 0
	}
	return float64(list[min(len(list)-1, int(q*float64(len(list))))])
}

// tailRow is the 99th percentile of the waits with its interval: the ranks
// that the true one lies between, by the normal form of the binomial.
func (t tally) tailRow(row Row) Row {
	list := t.included()
	n := float64(len(list))
	if half := 3.2905 * math.Sqrt(0.99*0.01/max(1, n)); n > 0 {
		row.Low, row.High = waitQuantile(list, 0.99-half), waitQuantile(list, min(1, 0.99+half))
	}
	return row.in("ms").of(int64(n))
}

// oracleRow claims that no oracle fired in a scenario.
func (t tally) oracleRow() Row {
	return compared(Exactly, "oracles that fired", scene(t), 0, t.fired()).in("alarms").of(int64(len(t)))
}

// scene names the scenario of a row.
func scene(t tally) map[string]any {
	if len(t) == 0 {
		return nil
	}
	return map[string]any{"scenario": t[0].Scenario}
}

// Figures of an outcome that several attacks share.
func recoveryOf(o *Outcome) float64 { return float64(o.Recovery) }
func roundsOf(o *Outcome) float64   { return float64(o.RoundsMax) }
func blocksOf(o *Outcome) float64   { return float64(o.BlocksMax) }
func votesOf(o *Outcome) float64    { return float64(o.VotesMax) }
func heldOf(o *Outcome) float64     { return float64(o.HeldMax) }
