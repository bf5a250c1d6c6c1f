package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/pflag"

	"probity/sim"
	"probity/sim/attack"
)

const simRunLong = `
Play one seed: whole nodes in a box, with trouble on links, disks and clocks,
partitions, crashes and losses of power, then calm. The oracles watch every step.

  probity sim run --seed 7 --nodes 4`

const simReplayLong = `
Play one seed again, with real ed25519 signatures if --real is given, or play a
file that sim shrink wrote. The last line is the event-log hash of the run: 64
hex digits. The code is 1 where an oracle fires.

  probity sim replay --seed 7 --nodes 4
  probity sim replay failure.json`

const simShrinkLong = `
Make a failing run small: take out all trouble that the failure does not need,
nodes and views, until the same oracle still fires first but nothing more can
go. The file holds what is left; its signatures are real where it fails the same
way with them.

  probity sim shrink --seed 4 --mutant forget-nullify --out failure.json
  probity sim replay failure.json`

// simGC lets the collector wait longer: a simulation makes much short-lived
// garbage and holds little.
func simGC() { debug.SetGCPercent(400) }

// simSettings are the flags that name a run.
type simSettings struct {
	cfg              sim.Config
	mutant           string
	attack, scenario string
	options          map[string]string
	timeline         string // file
}

// simFlags declares the flags that name a run.
func simFlags(f *pflag.FlagSet) *simSettings {
	c := &simSettings{}
	f.Uint64Var(&c.cfg.Seed, "seed", 1, "the seed that makes the world")
	f.IntVar(&c.cfg.Nodes, "nodes", 4, "members, 1 to 64")
	f.BoolVar(&c.cfg.Real, "real", false, "real ed25519 signatures instead of the stub scheme")
	f.StringVar(&c.mutant, "mutant", "", "plant a mistake: a `name` that sim mutants lists")
	f.StringVar(&c.attack, "attack", "", "play a scenario of an attack: a `name` that sim attack lists")
	f.StringVar(&c.scenario, "scenario", "", "which scenario of --attack")
	f.StringToStringVar(&c.options, "option", nil, "options of --attack: `name=value`")
	f.StringVar(&c.timeline, "timeline", "", "write what happened to this `file`, for the explorer to open")
	return c
}

// config works out the run that the flags name, and what a file says of it.
func (c *simSettings) config() (sim.Config, sim.Cause, error) {
	cfg, why := c.cfg, sim.Cause{Mutant: c.mutant}
	if cfg.Nodes < 1 || cfg.Nodes > sim.NodesMax {
		return cfg, why, usage("--nodes %d: want 1 to %d", cfg.Nodes, sim.NodesMax)
	}
	if c.mutant != "" {
		if cfg.Mutant = sim.FindMutant(c.mutant); cfg.Mutant == nil {
			return cfg, why, usage("no mutant %q: probity sim mutants lists them", c.mutant)
		}
	}
	if c.attack == "" {
		return cfg, why, nil
	}
	args := attack.Args{}
	for _, a := range attack.All {
		if a.Name == c.attack {
			for _, o := range a.Options {
				args[o.Name] = o.Default
			}
		}
	}
	for name, value := range c.options {
		args[name] = value
	}
	s, err := sim.FindScenario(c.attack, args, c.scenario)
	if err != nil {
		return cfg, why, usage("%w", err)
	}
	why = sim.Cause{Attack: c.attack, Args: args, Scenario: c.scenario}
	return sim.PlayConfig(s, cfg.Seed), why, nil
}

// simRunCommand is sim run.
func simRunCommand(f *pflag.FlagSet) action {
	c := simFlags(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		simGC()
		r, err := c.run()
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

func (c *simSettings) run() (*sim.Result, error) {
	cfg, why, err := c.config()
	if err != nil {
		return nil, err
	}
	return played(cfg, why, c.timeline)
}

// played plays a run and writes its timeline to a file, where one is named.
func played(cfg sim.Config, why sim.Cause, timeline string) (*sim.Result, error) {
	if timeline == "" {
		return sim.Run(cfg)
	}
	cfg.Timeline = &sim.Timeline{Name: fmt.Sprintf("Seed %d, %d members", cfg.Seed, cfg.Nodes)}
	switch {
	case why.Attack != "":
		cfg.Timeline.Name += fmt.Sprintf(", attack %s, %s", why.Attack, why.Scenario)
	case why.Mutant != "":
		cfg.Timeline.Name += ", mutant " + why.Mutant
	}
	r, err := sim.Run(cfg)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(cfg.Timeline)
	if err != nil {
		return nil, err
	}
	return r, os.WriteFile(timeline, data, 0o644)
}

// simReplayCommand is sim replay.
func simReplayCommand(f *pflag.FlagSet) action {
	c := simFlags(f)
	return func(_ context.Context, s *streams, args []string) error {
		simGC()
		if len(args) == 1 {
			return replayFile(s, args[0])
		}
		r, err := c.run()
		if err != nil {
			return err
		}
		printRun(s, r)
		s.printf("%x\n", r.Hash[:])
		return verdictOf(r)
	}
}

// replayFile plays a recording. It fails as the recording did, or says that it
// does not.
func replayFile(s *streams, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	rec, err := sim.ParseRecording(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	r, err := rec.Replay()
	if err != nil {
		return err
	}
	printRun(s, r)
	s.printf("%x\n", r.Hash[:])
	switch {
	case len(r.Violations) == 0 && rec.Oracle == "":
		return nil
	case !rec.Same(r):
		return fmt.Errorf("%s: oracle %s does not fire first: the program has changed since it was written", path, rec.Oracle)
	}
	v := r.Violations[0]
	return fmt.Errorf("oracle %s fires after %.3f s, as %s says: %s", v.Oracle, float64(v.At)/1000, path, v.Text)
}

// simShrinkCommand is sim shrink.
func simShrinkCommand(f *pflag.FlagSet) action {
	c := simFlags(f)
	out := f.String("out", "", "write the small run to this `file` (default: to the standard output)")
	runs := f.Int("runs", 600, "runs to spend at most")
	return func(_ context.Context, s *streams, _ []string) error {
		simGC()
		if *runs < 1 {
			return usage("--runs %d: want at least 1", *runs)
		}
		cfg, why, err := c.config()
		if err != nil {
			return err
		}
		p := newProgress(s, "runs", int64(*runs))
		sh := sim.Shrinker{Config: cfg, Cause: why, Runs: *runs, Tell: func(left, _ int) { p.set(int64(*runs - left)) }}
		rec, err := sh.Run()
		p.end()
		if errors.Is(err, sim.ErrHolds) {
			return fmt.Errorf("nothing to shrink: %w", err)
		}
		if err != nil {
			return err
		}
		s.notef("oracle %s after %.3f s: %d of %d events are left, %d of %d nodes, %d of %d views",
			rec.Oracle, float64(rec.At)/1000, len(rec.Events), rec.Original.Events, rec.Nodes, rec.Original.Nodes, rec.Views, rec.Original.Views)
		if *out == "" {
			return s.pretty(rec)
		}
		return writeJSON(*out, rec)
	}
}

// writeJSON writes an indented JSON object to a file.
func writeJSON(path string, v any) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = (&streams{out: f}).pretty(v)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
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
