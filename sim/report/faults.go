package report

import (
	"fmt"
	"slices"

	"probity/sim"
	"probity/sim/attack"
)

// mutantsClaim: every planted mistake is found, and nothing where there is none.
func (c *Campaign) mutantsClaim() Claim {
	claim := Claim{
		Subject: "mutants", Anchor: "mutants", Source: "spec simulation §3, protocol §8",
		Text: "Every planted mistake is caught by an oracle, on a seed on which the unchanged member is clean.",
	}
	for _, m := range c.catches() {
		claim.miss(m.Caught && m.Clean, "%s was not caught on %d seeds", m.Name, m.Seeds)
	}
	return claim
}

func (c *Campaign) catches() (out []*sim.Catch) {
	for _, m := range c.Mutants {
		out = append(out, m.Mutants...)
	}
	return out
}

// mutantsSection shows what caught each mistake and how soon.
func (c *Campaign) mutantsSection(claim *Claim) section {
	s := section{
		Anchor: "mutants", Title: "mutants", Claim: claim, Raw: indented(c.Mutants), Again: []string{"probity sim mutants"},
		About: "Members with one planted mistake each, a bug that another implementation had",
		Notes: []string{"The time is simulated time in the run that caught the mistake. The number of seeds tells how many were played until then."},
	}
	t := table{Caption: "Planted mistakes", Head: 1, Columns: columns("verdict", "mutant", "oracle", "#seed", "#seeds played", "#after", "#views", "planted mistake", "what the oracle said")}
	b := bars{id: "mutants-time", title: "simulated time to detection", axis: attack.Axis{Label: "simulated time", Unit: "s"}}
	steps := series{kind: step, Series: attack.Series{Name: "mutants caught"}}
	for _, m := range c.catches() {
		row := []cell{judged(m.Caught && m.Clean), text(m.Name), {}, {}, whole(m.Seeds), {}, {}, prose(m.Doc), prose(m.Text)}
		if m.Caught {
			row[2], row[3], row[5], row[6] = text(m.Oracle), num(fmt.Sprint(m.Seed)), num(seconds(float64(m.Simulated))), whole(m.Views)
			steps.Points = append(steps.Points, attack.Point{X: float64(m.Simulated) / 1000})
		}
		t.Rows = append(t.Rows, row)
		b.bars = append(b.bars, bar{name: m.Name, value: float64(m.Simulated) / 1000, none: !m.Caught, note: "not caught"})
	}
	s.Tables = []table{t}
	if len(t.Rows) == 0 {
		return s
	}
	b.order(false)
	s.Figures = []picture{chartOf(b)}
	if len(steps.Points) > 1 {
		s.Figures = append(s.Figures, detections(steps, len(t.Rows)))
	}
	return s
}

// detections shows how many mutants were caught by a time.
func detections(s series, all int) picture {
	p := plot{
		id: "mutants-caught", title: fmt.Sprintf("mutants caught by a time, of %d", all),
		x: attack.Axis{Label: "simulated time", Unit: "s"}, y: attack.Axis{Label: "mutants caught"},
	}
	ranked(s.Points)
	if first, last := s.Points[0].X, s.Points[len(s.Points)-1].X; first > 0 && last > 100*first {
		p.x.Log = true
	} else {
		s.Points = append([]attack.Point{{}}, s.Points...)
	}
	p.series = []series{s}
	return pictured(p)
}

// crashClaim: power may go at any point.
func (c *Campaign) crashClaim() Claim {
	claim := Claim{
		Subject: "crash points", Anchor: "crashpoints", Source: "spec simulation §1, quality (crash points)",
		Text: "Wherever in a view a member's power goes, nobody votes twice, no final block is lost, and finality returns.",
	}
	for _, r := range c.crashes() {
		claim.Checks += max(r.Runs, len(r.Failures))
		if len(r.Failures) > 0 && claim.Failed == 0 {
			claim.First = crashText(&r.Failures[0])
		}
		claim.Failed += len(r.Failures)
	}
	return claim
}

func (c *Campaign) crashes() (out []*sim.CrashReport) {
	for _, v := range c.Crashes {
		out = append(out, v.Views...)
	}
	return out
}

func crashText(p *sim.CrashPoint) string {
	out := fmt.Sprintf("member %d, before %s %d, left %s", p.Member, p.Kind, p.Change, p.Left)
	if len(p.Violations) > 0 {
		out += fmt.Sprintf(": %s: %s", p.Violations[0].Oracle, p.Violations[0].Text)
	}
	return out
}

// crashSection shows the views whose every point was tried.
func (c *Campaign) crashSection(claim *Claim) section {
	s := section{
		Anchor: "crashpoints", Title: "crash points", Claim: claim, Raw: indented(c.Crashes),
		About: "The power of one member goes before each change that it makes on its disks in one view",
		Notes: []string{"Each point is tried once for each thing that a crash may leave of what was not synced: nothing, everything, or everything but half of the last write."},
	}
	t := table{Caption: "Crash points by view", Columns: columns("view", "#seed", "#nodes", "#points", "#of them syncs", "#crashes played", "#double votes", "#final blocks lost", "#without finality", "#longest recovery")}
	bad := table{Caption: "Crashes that did harm", Columns: columns("crash", "#view")}
	for _, r := range c.crashes() {
		again := fmt.Sprintf("probity sim crashpoints --seed %d --nodes %d --view %d", r.Seed, r.Nodes, r.View)
		if !slices.Contains(s.Again, again) { // one command tries both kinds
			s.Again = append(s.Again, again)
		}
		kind := "notarized"
		if r.Mute {
			kind = "nullified"
		}
		t.Rows = append(t.Rows, []cell{
			text(fmt.Sprintf("%d, %s", r.View, kind)), num(fmt.Sprint(r.Seed)), whole(r.Nodes), whole(r.Points), whole(r.Syncs), whole(r.Runs),
			zeroBest(r.Doubles), zeroBest(r.Lost), zeroBest(r.Stuck), num(seconds(float64(r.Recovery))),
		})
		for i := range r.Failures {
			bad.Rows = append(bad.Rows, []cell{prose(crashText(&r.Failures[i])), num(fmt.Sprint(r.View))})
		}
	}
	s.Tables = []table{t}
	if len(bad.Rows) > 0 {
		s.Tables = append(s.Tables, bad)
	}
	return s
}

// killsClaim: real processes may be killed.
func (c *Campaign) killsClaim() Claim {
	claim := Claim{
		Subject: "kills", Anchor: "kills", Source: "quality (crash points)",
		Text: "Real processes killed at random instants lose no final block, vote twice nowhere, make no fork, and catch up.",
	}
	for _, k := range c.Kills {
		claim.miss(k.Lost == 0, "%d final blocks lost", k.Lost)
		claim.miss(k.DoubleVotes == 0, "%d members voted twice", k.DoubleVotes)
		claim.miss(k.Forks == 0, "forks at %d heights", k.Forks)
		claim.miss(k.CaughtUp, "not every node caught up")
	}
	return claim
}

// killsSection shows runs of real processes.
func (c *Campaign) killsSection(claim *Claim) section {
	s := section{
		Anchor: "kills", Title: "kills of real processes", Claim: claim, Raw: indented(c.Kills),
		About: "Nodes on this machine, each killed at random instants and started again",
	}
	t := table{Caption: "Runs of real processes", Columns: columns("seed", "#nodes", "#kills", "#restarts", "#height of all", "#final blocks lost", "#double votes", "#forks", "all caught up")}
	for _, k := range c.Kills {
		t.Rows = append(t.Rows, []cell{
			text(fmt.Sprint(k.Seed)), whole(k.Nodes), whole(k.Kills), whole(k.Restarts), whole(uint64(k.Height)),
			zeroBest(k.Lost), zeroBest(k.DoubleVotes), zeroBest(k.Forks), judged(k.CaughtUp),
		})
	}
	s.Tables = []table{t}
	return s
}
