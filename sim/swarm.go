package sim

import (
	"context"
	"fmt"
	"time"

	"probity/chain/types"
)

// Swarm is many seeds, each run twice.
type Swarm struct {
	First uint64
	Seeds int
	Nodes int
	Shard Shard
	Chaos types.Time // of each run, ms; 0: the default
	Real  bool       // ed25519 on every seed, not only on each sixteenth
	Tell  func(done int)
}

// RealEvery says on which seeds signatures are real: forging is refused by the
// stub scheme itself, so that some runs must not rest on it.
const RealEvery = 16

// Failure is a seed that an oracle did not like, or whose two runs differed.
type Failure struct {
	Seed   uint64 `json:"seed"`
	Nodes  int    `json:"nodes"`
	Oracle string `json:"oracle"`
	Text   string `json:"text"`
	Replay string `json:"replay"` // the one line that shows it again
}

// Report is what a swarm found.
type Report struct {
	First            uint64         `json:"first"`
	Seeds            int            `json:"seeds"` // played, with every number of nodes
	Runs             int            `json:"runs"`  // twice for each seed and number of nodes
	Nodes            []int          `json:"nodes"`
	Shards           []Shard        `json:"shards"` // that these are; one of one: all
	Total            int            `json:"total"`  // seeds of all shards together
	Violations       int            `json:"violations"`
	Failures         []Failure      `json:"failures"`
	SimulatedSeconds float64        `json:"simulated_seconds"`
	WallSeconds      float64        `json:"wall_seconds"`
	Blocks           uint64         `json:"blocks"`
	Views            uint64         `json:"views"`
	Crashes          int            `json:"crashes"`
	Txs              int            `json:"txs"`
	Real             int            `json:"real"`   // seeds with real signatures
	Faults           map[string]int `json:"faults"` // struck, by kind
}

// Run plays the swarm's shard on all processors. The report does not depend on
// how many there are, but for the time it took.
func (s Swarm) Run(ctx context.Context) (*Report, error) {
	begin := time.Now()
	seeds := s.seeds()
	type outcome struct {
		a, b *Result
		err  error
	}
	outcomes := make([]outcome, len(seeds))
	parallel(len(seeds), func(i int) {
		o := &outcomes[i]
		if o.err = ctx.Err(); o.err != nil {
			return
		}
		if o.a, o.err = Run(s.config(seeds[i])); o.err == nil {
			o.b, o.err = Run(s.config(seeds[i]))
		}
		if o.err == nil {
			o.a.tape, o.b.tape = nil, nil // only failures need it, and they are played again
		}
	}, s.Tell)
	rep := &Report{
		First: s.First, Seeds: len(seeds), Nodes: []int{s.Nodes}, Shards: []Shard{s.Shard.whole()}, Total: s.Seeds,
		Failures: []Failure{}, Faults: map[string]int{},
	}
	for i, o := range outcomes {
		if o.err != nil {
			return nil, fmt.Errorf("seed %d, %d nodes: %w", seeds[i], s.Nodes, o.err)
		}
		rep.add(s, seeds[i], o.a, o.b)
	}
	rep.WallSeconds = time.Since(begin).Seconds()
	return rep, nil
}

// seeds lists those of the shard.
func (s Swarm) seeds() (out []uint64) {
	for i := range s.Seeds {
		if s.Shard.holds(i) {
			out = append(out, s.First+uint64(i))
		}
	}
	return out
}

// Size is how many seeds the shard has.
func (s Swarm) Size() int { return len(s.seeds()) }

// config is a seed's run.
func (s Swarm) config(seed uint64) Config {
	return Config{Seed: seed, Nodes: s.Nodes, Chaos: s.Chaos, Real: s.Real || seed%RealEvery == 0}
}

func (rep *Report) add(s Swarm, seed uint64, a, b *Result) {
	replay := fmt.Sprintf("probity sim replay --seed %d --nodes %d", seed, s.Nodes)
	if s.config(seed).Real {
		replay += " --real"
		rep.Real++
	}
	for _, v := range a.Violations {
		rep.Violations++
		rep.Failures = append(rep.Failures, Failure{seed, s.Nodes, v.Oracle, v.Text, replay})
	}
	if a.Hash != b.Hash {
		rep.Violations++
		rep.Failures = append(rep.Failures, Failure{seed, s.Nodes, "determinism", fmt.Sprintf("two runs give %s and %s", a.Hash, b.Hash), replay})
	}
	rep.Runs += 2
	rep.SimulatedSeconds += float64(a.Simulated+b.Simulated) / 1000
	rep.Blocks += uint64(a.Height)
	rep.Views += a.Views
	rep.Crashes += a.Crashes
	rep.Txs += a.Txs
	for name, n := range a.Faults {
		rep.Faults[name] += n
	}
}

// Join adds the report of the same seeds with another number of nodes.
func (rep *Report) Join(o *Report) {
	rep.Nodes = append(rep.Nodes, o.Nodes...)
	rep.sum(o)
}

// sum adds up what was found.
func (rep *Report) sum(o *Report) {
	rep.Runs += o.Runs
	rep.Violations += o.Violations
	rep.Failures = append(rep.Failures, o.Failures...)
	rep.SimulatedSeconds += o.SimulatedSeconds
	rep.WallSeconds += o.WallSeconds
	rep.Blocks += o.Blocks
	rep.Views += o.Views
	rep.Crashes += o.Crashes
	rep.Txs += o.Txs
	rep.Real += o.Real
	for name, n := range o.Faults {
		rep.Faults[name] += n
	}
}
