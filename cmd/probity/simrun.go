package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"probity/sim"
)

const simRunLong = `
Play one seed: whole nodes in a box, with delay, loss, partitions, crashes and
restarts, then calm. The oracles watch every step.

  probity sim run --seed 7 --nodes 4`

const simSwarmLong = `
Play many seeds, each twice: the two runs must give the same event-log hash, and
no oracle may fire. Every failure comes with the line that replays it.

  probity sim swarm --seeds 50 --nodes 4 --json`

const simReplayLong = `
Play one seed again, with real ed25519 signatures if --real is given. The last
line is the event-log hash of the run: 64 hex digits.

  probity sim replay --seed 7 --nodes 4`

const simMutantsLong = `
Plant one mistake at a time in every member, each a bug that another
implementation had, and show which oracle catches it, on which seed and after
how much simulated time. The unchanged member is clean on that seed.

  probity sim mutants --json`

// simSettings are the flags that name a run.
func simSettings(f *pflag.FlagSet) *sim.Config {
	c := &sim.Config{}
	f.Uint64Var(&c.Seed, "seed", 1, "the seed that makes the world")
	f.IntVar(&c.Nodes, "nodes", 4, "members, 1 to 64")
	f.BoolVar(&c.Real, "real", false, "real ed25519 signatures instead of the stub scheme")
	return c
}

// mutantFlag lets a run carry a planted mistake.
func mutantFlag(f *pflag.FlagSet) func(*sim.Config) error {
	name := f.String("mutant", "", "plant a mistake: a `name` that sim mutants lists")
	return func(c *sim.Config) error {
		if *name == "" {
			return nil
		}
		if c.Mutant = sim.FindMutant(*name); c.Mutant == nil {
			return usage("no mutant %q: probity sim mutants lists them", *name)
		}
		return nil
	}
}

// simRunCommand is sim run.
func simRunCommand(f *pflag.FlagSet) action {
	cfg := simSettings(f)
	plant := mutantFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		r, err := playOne(cfg, plant)
		if err != nil {
			return err
		}
		if *asJSON {
			if err := s.object(r); err != nil {
				return err
			}
		} else {
			printRun(s, r)
		}
		return verdictOf(r)
	}
}

// simReplayCommand is sim replay.
func simReplayCommand(f *pflag.FlagSet) action {
	cfg := simSettings(f)
	plant := mutantFlag(f)
	return func(_ context.Context, s *streams, _ []string) error {
		r, err := playOne(cfg, plant)
		if err != nil {
			return err
		}
		printRun(s, r)
		s.printf("%x\n", r.Hash[:])
		return verdictOf(r)
	}
}

func playOne(cfg *sim.Config, plant func(*sim.Config) error) (*sim.Result, error) {
	if err := plant(cfg); err != nil {
		return nil, err
	}
	if cfg.Nodes < 1 || cfg.Nodes > 64 {
		return nil, usage("--nodes %d: want 1 to 64", cfg.Nodes)
	}
	return sim.Run(*cfg)
}

func printRun(s *streams, r *sim.Result) {
	s.printf("seed %d, %d nodes: height %d, %d views, %d crashes, %d transactions, %.1f s simulated, %d events\n",
		r.Seed, r.Nodes, r.Height, r.Views, r.Crashes, r.Txs, float64(r.Simulated)/1000, r.Events)
	for _, v := range r.Violations {
		s.printf("violation after %.3f s: %s: %s\n", float64(v.At)/1000, v.Oracle, v.Text)
	}
}

func verdictOf(r *sim.Result) error {
	if n := len(r.Violations); n > 0 {
		return fmt.Errorf("%d violations, the first of oracle %s", n, r.Violations[0].Oracle)
	}
	return nil
}

// simSwarmCommand is sim swarm.
func simSwarmCommand(f *pflag.FlagSet) action {
	var w sim.Swarm
	f.IntVar(&w.Seeds, "seeds", 50, "how many seeds")
	f.Uint64Var(&w.First, "first", 1, "the first of them")
	nodes := f.IntSlice("nodes", []int{4}, "members; several numbers play all seeds with each")
	f.BoolVar(&w.Real, "real", false, "real ed25519 signatures instead of the stub scheme")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		total := sim.Report{Failures: []sim.Failure{}}
		p := newProgress(s, "seeds", int64(w.Seeds*len(*nodes)))
		defer p.end()
		for i, n := range *nodes {
			if n < 1 || n > 64 || w.Seeds < 1 {
				return usage("--nodes %d, --seeds %d: want 1 to 64 nodes and at least one seed", n, w.Seeds)
			}
			w.Nodes, w.Tell = n, func(done int) { p.set(int64(i*w.Seeds + done)) }
			r, err := w.Run()
			if err != nil {
				return err
			}
			total.Merge(r)
		}
		if *asJSON {
			if err := s.object(total); err != nil {
				return err
			}
		} else {
			printSwarm(s, &total)
		}
		if total.Violations > 0 {
			return fmt.Errorf("%d violations: %s", total.Violations, total.Failures[0].Replay)
		}
		return nil
	}
}

func printSwarm(s *streams, r *sim.Report) {
	for _, f := range r.Failures {
		s.printf("%s: %s\n  %s\n", f.Oracle, f.Text, f.Replay)
	}
	s.printf("%d seeds, each twice: %d violations; %d blocks, %d crashes, %d transactions, %s simulated in %s\n",
		r.Seeds, r.Violations, r.Blocks, r.Crashes, r.Txs,
		time.Duration(r.SimulatedSeconds*float64(time.Second)).Round(time.Second),
		time.Duration(r.WallSeconds*float64(time.Second)).Round(100*time.Millisecond))
}

// simMutantsCommand is sim mutants.
func simMutantsCommand(f *pflag.FlagSet) action {
	seeds := f.Int("seeds", 40, "seeds to play at most for each")
	nodes := f.Int("nodes", 4, "members")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		out := struct {
			Mutants []*sim.Catch `json:"mutants"`
		}{}
		p := newProgress(s, "mutants", int64(len(sim.Mutants)))
		defer p.end()
		missed := 0
		for i := range sim.Mutants {
			c, err := sim.Hunt(&sim.Mutants[i], *nodes, *seeds)
			if err != nil {
				return err
			}
			if !c.Caught {
				missed++
			}
			out.Mutants = append(out.Mutants, c)
			p.set(int64(i + 1))
			if !*asJSON {
				printCatch(s, c)
			}
		}
		if *asJSON {
			if err := s.object(out); err != nil {
				return err
			}
		}
		if missed > 0 {
			return fmt.Errorf("%d mutants were not caught on %d seeds", missed, *seeds)
		}
		return nil
	}
}

func printCatch(s *streams, c *sim.Catch) {
	if !c.Caught {
		s.printf("%-24s NOT CAUGHT on %d seeds: %s\n", c.Name, c.Seeds, c.Doc)
		return
	}
	s.printf("%-24s %s, seed %d, %.1f s: %s\n", c.Name, c.Oracle, c.Seed, c.SimulatedSeconds, c.Text)
}
