package sim

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Swarm is many seeds, each run twice.
type Swarm struct {
	First uint64
	Seeds int
	Nodes int
	Real  bool
	Tell  func(done int) // progress; may be nil
}

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
	Seeds            int       `json:"seeds"`
	Violations       int       `json:"violations"`
	Failures         []Failure `json:"failures"`
	SimulatedSeconds float64   `json:"simulated_seconds"`
	WallSeconds      float64   `json:"wall_seconds"`
	Blocks           uint64    `json:"blocks"`
	Views            uint64    `json:"views"`
	Crashes          int       `json:"crashes"`
	Txs              int       `json:"txs"`
}

// Run plays the swarm on all processors. The report does not depend on how
// many there are.
func (s Swarm) Run() (*Report, error) {
	begin := time.Now()
	type outcome struct {
		a, b *Result
		err  error
	}
	outcomes := make([]outcome, s.Seeds)
	next, done := make(chan int), 0
	var wg sync.WaitGroup
	var mu sync.Mutex
	for w := 0; w < runtime.GOMAXPROCS(0); w++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				o := &outcomes[i]
				cfg := Config{Seed: s.First + uint64(i), Nodes: s.Nodes, Real: s.Real}
				if o.a, o.err = Run(cfg); o.err == nil {
					o.b, o.err = Run(cfg)
				}
				mu.Lock()
				done++
				if s.Tell != nil {
					s.Tell(done)
				}
				mu.Unlock()
			}
		}()
	}
	for i := 0; i < s.Seeds; i++ {
		next <- i
	}
	close(next)
	wg.Wait()
	rep := &Report{Seeds: s.Seeds, Failures: []Failure{}}
	for i, o := range outcomes {
		seed := s.First + uint64(i)
		if o.err != nil {
			return nil, fmt.Errorf("seed %d: %w", seed, o.err)
		}
		rep.add(s, seed, o.a, o.b)
	}
	rep.WallSeconds = time.Since(begin).Seconds()
	return rep, nil
}

func (rep *Report) add(s Swarm, seed uint64, a, b *Result) {
	replay := fmt.Sprintf("probity sim replay --seed %d --nodes %d", seed, s.Nodes)
	if s.Real {
		replay += " --real"
	}
	for _, v := range a.Violations {
		rep.Violations++
		rep.Failures = append(rep.Failures, Failure{seed, s.Nodes, v.Oracle, v.Text, replay})
	}
	if a.Hash != b.Hash {
		rep.Violations++
		rep.Failures = append(rep.Failures, Failure{seed, s.Nodes, "determinism", fmt.Sprintf("two runs give %s and %s", a.Hash, b.Hash), replay})
	}
	rep.SimulatedSeconds += float64(a.Simulated+b.Simulated) / 1000
	rep.Blocks += uint64(a.Height)
	rep.Views += a.Views
	rep.Crashes += a.Crashes
	rep.Txs += a.Txs
}

// Merge adds another report's findings to rep.
func (rep *Report) Merge(o *Report) {
	rep.Seeds += o.Seeds
	rep.Violations += o.Violations
	rep.Failures = append(rep.Failures, o.Failures...)
	rep.SimulatedSeconds += o.SimulatedSeconds
	rep.WallSeconds += o.WallSeconds
	rep.Blocks += o.Blocks
	rep.Views += o.Views
	rep.Crashes += o.Crashes
	rep.Txs += o.Txs
}
