package report

import (
	"cmp"
	"fmt"
	"slices"

	"probity/sim"
	"probity/sim/attack"
)

// culpritsClaim: whoever breaks the chain is named.
func (c *Campaign) culpritsClaim() Claim {
	claim := Claim{
		Subject: "culprits", Anchor: "culprits", Source: "spec consensus §6, §9",
		Text: "With a third of the weight or more the chain forks, and signed statements name culprits of at least a third, none of them honest; below a third the same attack makes no fork.",
	}
	for _, w := range c.worlds() {
		claim.miss(w.Holds, "%s, seed %d: forked %t, weight named %d of %d, honest named %d", w.Name, w.Seed, w.Forked, w.Weight, w.Total, w.Honest)
	}
	return claim
}

func (c *Campaign) worlds() (out []*sim.Verdict) {
	for _, v := range c.Culprits {
		out = append(out, v.Worlds...)
	}
	return out
}

// world sums up the seeds of one world.
type world struct {
	*sim.Verdict
	seeds, forks, honest int
	least                float64 // share of the weight that was named, of the seed with the least
	last                 float64 // ms until the latest fork
	ok                   bool
}

// byWorld gathers verdicts by the name of their world, in their order.
func byWorld(all []*sim.Verdict) (out []*world) {
	at := map[string]*world{}
	for _, v := range all {
		w := at[v.Name]
		if w == nil {
			w = &world{Verdict: v, least: 1, ok: true}
			at[v.Name] = w
			out = append(out, w)
		}
		w.seeds++
		w.honest += v.Honest
		w.ok = w.ok && v.Holds
		w.least = min(w.least, share(v))
		if v.Forked {
			w.forks++
			w.last = max(w.last, float64(v.At))
		}
	}
	return out
}

// share is the part of the weight that a verdict names.
func share(v *sim.Verdict) float64 { return float64(v.Weight) / float64(max(1, v.Total)) }

// culpritsSection shows each world with all its seeds in one row.
func (c *Campaign) culpritsSection(claim *Claim) section {
	s := section{
		Anchor: "culprits", Title: "culprits", Claim: claim, Raw: indented(c.Culprits), Again: []string{"probity sim culprits"},
		About: "Byzantine members part the honest ones and serve each side another history",
	}
	t := table{Caption: "Worlds at and below a third of Byzantine weight", Head: 1, Columns: columns("verdict", "world", "what happens", "#Byzantine weight", "#seeds", "#forked", "#latest fork", "#weight named, at least", "#honest named")}
	b := bars{id: "culprits-weight", title: "weight that the evidence names, least of all seeds", axis: attack.Axis{Label: "share of the weight", Unit: "%"}, mark: 1.0 / 3, marked: "a third"}
	for _, w := range byWorld(c.worlds()) {
		row := []cell{
			judged(w.ok), text(w.Name), prose(w.Doc), num(figure(float64(w.Liars)/float64(max(1, w.Total)), "")), whole(w.seeds), whole(w.forks),
			{}, num(figure(w.least, "")), zeroBest(w.honest),
		}
		if w.forks > 0 {
			row[6] = num(seconds(w.last))
		}
		t.Rows = append(t.Rows, row)
		b.bars = append(b.bars, bar{name: w.Name, value: w.least, none: w.least == 0, note: "nobody, and no fork"})
		if w.least == 0 && w.forks > 0 {
			b.bars[len(b.bars)-1].note = "nobody"
		}
	}
	s.Tables = []table{t}
	if len(b.bars) > 0 {
		s.Figures = []picture{chartOf(b)}
	}
	return s
}

// speedGoal is the goal of views a second in a world of four members.
const speedGoal = 1000

// speedSection shows how fast the simulator is. It depends on the machine: it is
// measured against a goal, and nothing is claimed.
func (c *Campaign) speedSection() section {
	s := section{
		Anchor: "speed", Title: "speed", Raw: indented(c.Speeds), Again: []string{"probity sim speed"},
		About: "Views a second of a quiet network with stub signatures, every oracle watching, in one process, a world beside another on each processor",
		Notes: []string{fmt.Sprintf("The goal is %s views a second with four members (quality, benchmarks). The figures are of one machine, and no claim of the protocol.", count(speedGoal))},
	}
	t := table{Caption: "Speed of the simulator", Columns: columns("nodes", "#worlds", "#views a second, median", "#least", "#most", "#times real time", "goal")}
	b := bars{id: "speed-views", title: "views a second: median, least and most of the runs", axis: attack.Axis{Label: "views a second"}}
	for _, v := range c.Speeds {
		low, high := v.ViewsPerS, v.ViewsPerS
		for _, r := range v.Runs {
			low, high = min(low, r), max(high, r)
		}
		goal := cell{}
		if v.Nodes == 4 {
			goal = text("missed")
			if v.ViewsPerS >= speedGoal {
				goal = text("met")
			}
		}
		t.Rows = append(t.Rows, []cell{text(fmt.Sprint(v.Nodes)), num(fmt.Sprint(max(1, v.Worlds))), num(number(v.ViewsPerS)), num(number(low)), num(number(high)), num(number(v.TimesRealTime)), goal})
		b.bars = append(b.bars, bar{name: fmt.Sprintf("%d nodes", v.Nodes), value: v.ViewsPerS, low: low, high: high, none: v.ViewsPerS <= 0, note: "nothing"})
	}
	s.Tables, s.Figures = []table{t}, []picture{chartOf(b)}
	return s
}

// ranked sorts points by place and lets each count up.
func ranked(points []attack.Point) {
	slices.SortStableFunc(points, func(a, b attack.Point) int { return cmp.Compare(a.X, b.X) })
	for i := range points {
		points[i].Y = float64(i + 1)
	}
}
