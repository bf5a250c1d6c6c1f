package attack

import (
	"slices"

	"probity/chain/types"
)

// twinsAttack runs two copies of a member with one key, and shows each to
// another half of the network (Bano et al., "Twins: BFT Systems Made Robust",
// OPODIS 2021): whatever two honest copies can say in two networks, a Byzantine
// member can say in one.
var twinsAttack = &Attack{
	Name:   "twins",
	Title:  "Run two copies of a member, each for another half of the network",
	Claim:  "Below a third nothing forks however halves are drawn, finality comes back when they meet, and only the twin is ever convicted; above a third culprits of at least a third are named.",
	Source: "spec consensus §9, evidence §1",
	Options: []Option{
		{"nodes", "7", "members, of equal weight"},
		{"owned", "2", "of them run as twins, below a third"},
		{"seeds", "4", "runs of each scenario"},
		{"length", "6000", "of the attack in each run, ms"},
	},
	Play: &Play{Cast: castTwins, Measure: measureTwins},
}

// twinSlice is for how long one drawing of halves lasts, ms: about as long as a
// few views.
const twinSlice types.Time = 300

func castTwins(a Args) ([]Scenario, error) {
	s := sizeOf(a)
	if s.err != nil {
		return nil, s.err
	}
	twins := func(name string, n int, fixed bool) Scenario {
		sc := s.scene(name, n, func() Adversary { return &doubles{court: court{onlooks: n == s.above()}, fixed: fixed} })
		sc.Twins = firstMembers(n)
		return sc
	}
	above := twins("above a third", s.above(), true)
	above.Expect = broken
	return []Scenario{
		s.scene("honest", 0, watchOnly),
		twins("halves that stay", s.owned, true),
		twins("halves that change", s.owned, false),
		above,
	}, nil
}

// doubles splits everyone in two sides. Nothing passes between the sides before
// they change, or before the attack ends; a copy stays on the side that its
// original is not on.
type doubles struct {
	court
	fixed bool
	slice types.Time // of which the sides are known
	side  []bool
}

// Begin is Adversary.
func (d *doubles) Begin(h Hands) {
	d.court.Begin(h)
	d.slice = Never
	d.redraw()
}

// redraw draws the sides of the present slice.
func (d *doubles) redraw() {
	at := (d.h.Now() - d.h.Start()) / twinSlice
	if d.fixed {
		at = 0
	}
	if d.slice == at {
		return
	}
	d.slice, d.side = at, make([]bool, len(d.members))
	for i, m := range d.members {
		switch {
		case m.Of != i:
			d.side[i] = !d.side[m.Of]
		case d.fixed:
			d.side[i] = i%2 == 1
		default:
			d.side[i] = d.h.Draw("side", 2) == 1
		}
	}
}

// Sends is Adversary.
func (d *doubles) Sends(l Letter) []Letter {
	if d.onlooks && d.h.Calm() {
		return nil // all that is to be seen has been
	}
	return []Letter{l}
}

// Delays is Adversary.
func (d *doubles) Delays(l *Letter) types.Time {
	if d.h.Calm() {
		return 0
	}
	d.redraw()
	switch {
	case d.side[l.From] == d.side[l.To]:
		return 0
	case d.fixed:
		return Never
	}
	return twinSlice - (d.h.Now()-d.h.Start())%twinSlice
}

func measureTwins(a Args, runs []Outcome) (*Result, error) {
	s := sizeOf(a)
	out := &Result{Notes: []string{
		"A twin is convicted where its copies say different things of one view and a member hears both. Above a third each half goes on alone: no member hears the other half's votes of views that it has settled, so that the proof is in the messages of both halves taken together.",
	}}
	conviction := convictionPlot()
	recovery := Plot{
		Title: "Time from the end of the attack until everyone has grown by 8 blocks", X: Axis{Label: "ms"}, Y: Axis{Label: "share of runs", Unit: "%"},
	}
	for _, t := range troupes(runs) {
		if t.name == "above a third" {
			t.fall(out, s)
			continue
		}
		owned := firstMembers(s.owned)
		if t.name == "honest" {
			owned = nil
		}
		t.safe(out, owned)
		back := t.gather(func(o *Outcome) []float64 { return []float64{float64(o.Recovery)} })
		recovery.Series = append(recovery.Series, steps(t.name, back, len(back)))
		out.Rows = append(out.Rows,
			compared(AtMost, "ms from the end of the attack to 8 more blocks everywhere, at most", t.params(), recoveryBound, back[len(back)-1]).in("ms").of(int64(len(back))),
			spread("final blocks a second", t.params(), t.pace(s.length)).in("blocks/s"))
		if owned == nil {
			continue
		}
		accused := t.gather(func(o *Outcome) (out []float64) {
			for _, c := range o.Accused {
				if c.Convicted > 0 {
					out = append(out, float64(c.Views))
				}
			}
			return out
		})
		all, strangers := 0, 0
		for i := range t.runs {
			all += len(t.runs[i].Accused)
			strangers += slices.IndexFunc(t.runs[i].Accused, func(c Accused) bool { return !slices.Contains(owned, c.Member) }) + 1
		}
		out.Rows = append(out.Rows,
			compared(Exactly, "others accused", t.params(), 0, float64(strangers)).in("members").of(int64(len(t.runs))),
			reported("twins against whom there is evidence", t.params(), float64(all)).in("members").of(int64(len(t.runs)*s.owned)),
			reported("of them convicted before the run ends", t.params(), float64(len(accused))).in("members").of(int64(all)))
		conviction.Series = append(conviction.Series, steps(t.name, accused, max(1, all)))
	}
	out.Plots = []Plot{recovery, conviction}
	return out, nil
}

// recoveryBound is 20 Δ₀ and the time of 8 views that all have to be skipped:
// what a member stands still before it repeats itself, and what a timeout takes.
const recoveryBound = 20*250 + 8*1000
