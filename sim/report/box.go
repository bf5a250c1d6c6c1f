package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"probity/sim"
	"probity/sim/attack"
)

// swarmClaim: nothing is found on any seed.
func (c *Campaign) swarmClaim() Claim {
	claim := Claim{
		Subject: "swarm", Anchor: "swarm", Source: "spec simulation §1, §2",
		Text: "On every seed no oracle fires, in chaos or in calm, and two runs give the same event-log hash.",
	}
	for _, r := range c.Swarms {
		bad := map[string]bool{}
		for _, f := range r.Failures {
			bad[fmt.Sprint(f.Seed, f.Nodes)] = true
		}
		failed := len(bad)
		if r.Violations > 0 {
			failed = max(failed, 1)
		}
		claim.Checks += max(r.Runs/2, failed)
		if failed > 0 && claim.Failed == 0 {
			claim.First = fmt.Sprintf("%d violations", r.Violations)
			if len(r.Failures) > 0 {
				f := r.Failures[0]
				claim.First = fmt.Sprintf("seed %d, %d nodes: %s: %s", f.Seed, f.Nodes, f.Oracle, f.Text)
			}
		}
		claim.Failed += failed
	}
	return claim
}

// swarmSection shows all swarms of the campaign in one table, then what failed,
// and how often each kind of fault struck.
func (c *Campaign) swarmSection(claim *Claim) section {
	s := section{
		Anchor: "swarm", Title: "swarm", Claim: claim, Notes: c.shardNotes(), Raw: indented(c.Swarms), After: true,
		About: "Whole members in a world made by a seed: faults of network, clocks and disks, then calm",
	}
	t := table{Caption: "Seeds played", Columns: columns("nodes", "seeds", "#runs", "#violations", "#crashes", "#views", "#blocks", "#transactions", "#simulated time", "#seeds with real signatures")}
	failures := table{Caption: "What failed", Columns: columns("seed", "#nodes", "oracle", "what it said", "play it again")}
	total, faults := sim.Report{}, map[string]int{}
	for _, r := range c.Swarms {
		t.Rows = append(t.Rows, swarmRow(listed(r.Nodes), seedsOf(r), r))
		s.Again = append(s.Again, swarmCommand(r))
		total.Runs, total.Violations, total.Crashes = total.Runs+r.Runs, total.Violations+r.Violations, total.Crashes+r.Crashes
		total.Views, total.Blocks, total.Txs = total.Views+r.Views, total.Blocks+r.Blocks, total.Txs+r.Txs
		total.SimulatedSeconds, total.Real = total.SimulatedSeconds+r.SimulatedSeconds, total.Real+r.Real
		for name, n := range r.Faults {
			faults[name] += n
		}
		for _, f := range r.Failures {
			failures.Rows = append(failures.Rows, []cell{text(fmt.Sprint(f.Seed)), whole(f.Nodes), text(f.Oracle), prose(f.Text), {Text: f.Replay, Class: "code"}})
		}
	}
	if len(c.Swarms) > 1 {
		t.Rows = append(t.Rows, swarmRow("all", "", &total))
	}
	s.Tables = append(s.Tables, t)
	if len(failures.Rows) > 0 {
		s.Tables = append(s.Tables, failures)
	}
	if len(faults) > 0 {
		s.Figures = append(s.Figures, faultBars(faults))
	}
	return s
}

func swarmRow(nodes, seeds string, r *sim.Report) []cell {
	return []cell{
		text(nodes), text(seeds), whole(r.Runs), zeroBest(r.Violations), whole(r.Crashes), whole(r.Views), whole(r.Blocks),
		whole(r.Txs), num(number(float64(int64(r.SimulatedSeconds))) + thin + "s"), whole(r.Real),
	}
}

// seedsOf says which seeds a report is of.
func seedsOf(r *sim.Report) string {
	out := fmt.Sprintf("%d … %d", r.First, r.First+uint64(max(1, r.Total))-1)
	if len(r.Shards) == 1 && r.Shards[0].Count > 1 {
		out += ", shard " + r.Shards[0].String()
	}
	return out
}

// swarmCommand plays a report's seeds again.
func swarmCommand(r *sim.Report) string {
	out := fmt.Sprintf("probity sim swarm --first %d --seeds %d --nodes %s", r.First, r.Total, strings.ReplaceAll(listed(r.Nodes), " ", ""))
	if len(r.Shards) == 1 && r.Shards[0].Count > 1 {
		out += " --shard " + r.Shards[0].String()
	}
	return out
}

// listed writes numbers with commas between.
func listed(numbers []int) string {
	var out []string
	for _, n := range numbers {
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, ", ")
}

// campaignOf names the campaign that a shard is of.
func campaignOf(r *sim.Report) string { return fmt.Sprint(r.First, r.Total, r.Nodes) }

// repeated reports whether the last swarm is a shard that was read before.
func (c *Campaign) repeated() error {
	last := c.Swarms[len(c.Swarms)-1]
	for _, r := range c.Swarms[:len(c.Swarms)-1] {
		if campaignOf(r) == campaignOf(last) && slices.Equal(r.Shards, last.Shards) {
			c.Swarms = c.Swarms[:len(c.Swarms)-1]
			return fmt.Errorf("seeds %s with %s nodes were given already: give each report once", seedsOf(last), listed(last.Nodes))
		}
	}
	return nil
}

// shardNotes names the shards of a campaign that are missing.
func (c *Campaign) shardNotes() (out []string) {
	seen := map[string]bool{}
	for _, r := range c.Swarms {
		name := campaignOf(r)
		if len(r.Shards) == 0 || seen[name] {
			continue
		}
		seen[name] = true
		have := map[sim.Shard]bool{}
		for _, o := range c.Swarms {
			if campaignOf(o) == name {
				for _, s := range o.Shards {
					have[s] = true
				}
			}
		}
		var missing []string
		of := r.Shards[0].Count
		for i := 1; i <= of && len(missing) <= 10; i++ {
			if s := (sim.Shard{Index: i, Count: of}); !have[s] {
				missing = append(missing, s.String())
			}
		}
		if len(missing) > 0 {
			out = append(out, fmt.Sprintf("Not the whole campaign of %d seeds from %d on: missing shards %s.", r.Total, r.First, strings.Join(missing, ", ")))
		}
	}
	return out
}

// faultBars shows how often each kind of fault struck, the most frequent first.
func faultBars(faults map[string]int) picture {
	b := bars{id: "swarm-faults", title: "how often each kind of fault struck", axis: attack.Axis{Label: "times"}}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		b.bars = append(b.bars, bar{name: name, value: float64(faults[name]), none: faults[name] <= 0, note: "never"})
	}
	b.order(true)
	return chartOf(b)
}

// order sorts bars by their amount, and makes the axis logarithmic where amounts
// are more than a hundredfold apart.
func (b *bars) order(descending bool) {
	low, high := 0.0, 0.0
	for i := range b.bars {
		r := &b.bars[i]
		if r.none {
			continue
		}
		if low == 0 || r.value < low {
			low = r.value
		}
		high = max(high, r.value)
	}
	b.axis.Log = low > 0 && high > 100*low
	slices.SortStableFunc(b.bars, func(x, y bar) int {
		switch {
		case x.none != y.none && x.none:
			return 1
		case x.none != y.none:
			return -1
		case descending:
			return cmp.Compare(y.value, x.value)
		}
		return cmp.Compare(x.value, y.value)
	})
}
