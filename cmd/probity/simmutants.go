package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"probity/chain/types"
	"probity/sim"
)

const simMutantsLong = `
Plant one mistake at a time in every member, each a bug that another
implementation had, and show which oracle catches it, on which seed and after
how much simulated time. The unchanged member is clean in the same world on that
seed. The command succeeds only if every mistake is caught.

  probity sim mutants --json
  probity sim mutants --only timer-reset`

const simCrashpointsLong = `
Play one view of four nodes again and again, and each time cut the power of one
node before one of the changes that it makes on its disks: a write, a sync, a
rename. Of what was not synced nothing, everything, or everything but half of
the last write is left. The node is started again; nobody may vote twice, no
final block may be lost, and finality must return.

  probity sim crashpoints --json`

const simCulpritsLong = `
Give Byzantine members a third of the weight and more, and part the honest ones:
the chain forks, the oracle agreement fires, and what honest members have signed
and relayed names culprits of at least a third of the weight, all of them
Byzantine. Below a third the same attack makes no fork.

  probity sim culprits --json`

// mutantsReport is what sim mutants prints.
type mutantsReport struct {
	Mutants []*sim.Catch `json:"mutants"`
	Caught  int          `json:"caught"`
	Missed  int          `json:"missed"`
	Clean   bool         `json:"clean"` // the unchanged member on every seed that caught
}

// simMutantsCommand is sim mutants.
func simMutantsCommand(f *pflag.FlagSet) action {
	seeds := f.Int("seeds", 100, "seeds to play at most for each")
	nodes := f.Int("nodes", 4, "members")
	only := f.String("only", "", "one mistake by its `name`")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		chosen, err := chooseMutants(*only)
		if err != nil {
			return err
		}
		if *nodes < 4 || *nodes > 64 || *seeds < 1 {
			return usage("--nodes %d, --seeds %d: want 4 to 64 nodes and at least one seed", *nodes, *seeds)
		}
		out := mutantsReport{Mutants: []*sim.Catch{}, Clean: true}
		p := newProgress(s, "mutants", int64(len(chosen)))
		defer p.end()
		for i, m := range chosen {
			if ctx.Err() != nil {
				return errStopped
			}
			c, err := sim.Hunt(m, *nodes, *seeds)
			if err != nil {
				return err
			}
			out.Mutants = append(out.Mutants, c)
			if c.Caught {
				out.Caught++
			} else {
				out.Missed++
			}
			out.Clean = out.Clean && (c.Clean || !c.Caught)
			p.set(int64(i + 1))
		}
		p.end()
		if *asJSON {
			if err := s.object(out); err != nil {
				return err
			}
		} else {
			printMutants(s, &out)
		}
		if out.Missed > 0 {
			return fmt.Errorf("%d mutants were not caught on %d seeds", out.Missed, *seeds)
		}
		return nil
	}
}

// chooseMutants is all of them, or the one with a name.
func chooseMutants(only string) ([]*sim.Mutant, error) {
	var all []*sim.Mutant
	var names []string
	for i := range sim.Mutants {
		m := &sim.Mutants[i]
		if m.Name == only {
			return []*sim.Mutant{m}, nil
		}
		all, names = append(all, m), append(names, m.Name)
	}
	if only == "" {
		return all, nil
	}
	if n := nearest(only, names); n != "" {
		return nil, usage("no mutant %q: did you mean %s?", only, n)
	}
	return nil, usage("no mutant %q: probity sim mutants lists them", only)
}

func printMutants(s *streams, r *mutantsReport) {
	s.printf("%-26s %-13s %6s %6s %9s %6s  %s\n", "mutant", "oracle", "seed", "seeds", "ms", "views", "what it said")
	for _, c := range r.Mutants {
		if !c.Caught {
			s.printf("%-26s NOT CAUGHT on %d seeds: %s\n", c.Name, c.Seeds, c.Doc)
			continue
		}
		s.printf("%-26s %-13s %6d %6d %9d %6d  %s\n", c.Name, c.Oracle, c.Seed, c.Seeds, c.Simulated, c.Views, c.Text)
	}
	s.printf("%d caught, %d missed; the unchanged member is clean on the same seeds: %v\n", r.Caught, r.Missed, r.Clean)
}

// crashpointsReport is what sim crashpoints prints: one entry for each view.
type crashpointsReport struct {
	Views    []*sim.CrashReport `json:"views"`
	Points   int                `json:"points"`
	Syncs    int                `json:"syncs"`
	Runs     int                `json:"runs"`
	Doubles  int                `json:"double_votes"`
	Lost     int                `json:"lost"`
	Stuck    int                `json:"stuck"`
	Failures int                `json:"failures"`
	Recovery types.Time         `json:"recovery_ms"`
}

// simCrashpointsCommand is sim crashpoints.
func simCrashpointsCommand(f *pflag.FlagSet) action {
	plan := sim.CrashPlan{}
	f.Uint64Var(&plan.Seed, "seed", 1, "the seed that makes the world")
	f.IntVar(&plan.Nodes, "nodes", 4, "members, 1 to 16")
	view := f.Uint64("view", 3, "which view of the first epoch, 1 to 20")
	f.IntVar(&plan.Every, "every", 1, "every so many points only")
	f.BoolVar(&plan.Lies, "lying-disks", false, "disks that promise to sync and do not: shows what the check notices")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		if plan.Nodes < 1 || plan.Nodes > 16 || *view < 1 || *view > 20 || plan.Every < 1 {
			return usage("--nodes %d, --view %d, --every %d: want 1 to 16 nodes, a view from 1 to 20, and at least every point", plan.Nodes, *view, plan.Every)
		}
		plan.View = types.View(*view)
		out := crashpointsReport{}
		for _, mute := range []bool{false, true} {
			plan.Mute = mute
			var p *progress
			plan.Tell = func(done, of int) {
				if p == nil {
					p = newProgress(s, "crashes", int64(of))
				}
				p.set(int64(done))
			}
			r, err := sim.CrashPoints(plan)
			if p != nil {
				p.end()
			}
			if err != nil {
				return err
			}
			out.add(r)
		}
		if *asJSON {
			if err := s.object(out); err != nil {
				return err
			}
		} else {
			printCrashpoints(s, &out)
		}
		if out.Failures > 0 {
			return fmt.Errorf("%d of %d crashes did harm", out.Failures, out.Runs)
		}
		return nil
	}
}

func (c *crashpointsReport) add(r *sim.CrashReport) {
	c.Views = append(c.Views, r)
	c.Points, c.Syncs, c.Runs = c.Points+r.Points, c.Syncs+r.Syncs, c.Runs+r.Runs
	c.Doubles, c.Lost, c.Stuck = c.Doubles+r.Doubles, c.Lost+r.Lost, c.Stuck+r.Stuck
	c.Failures += len(r.Failures)
	c.Recovery = max(c.Recovery, r.Recovery)
}

func printCrashpoints(s *streams, c *crashpointsReport) {
	for _, r := range c.Views {
		kind := "notarized"
		if r.Mute {
			kind = "nullified"
		}
		s.printf("view %d, %s: %d points, %d of them syncs (by member %v), %d crashes, %d failures, recovery within %d ms\n",
			r.View, kind, r.Points, r.Syncs, r.Members, r.Runs, len(r.Failures), r.Recovery)
		for _, p := range r.Failures {
			s.printf("  member %d, before %s %d, %s: %s: %s\n", p.Member, p.Kind, p.Change, p.Left, p.Violations[0].Oracle, p.Violations[0].Text)
		}
	}
	s.printf("%d crashes: %d double votes, %d lost, %d without finality\n", c.Runs, c.Doubles, c.Lost, c.Stuck)
}

// simCulpritsCommand is sim culprits.
func simCulpritsCommand(f *pflag.FlagSet) action {
	first := f.Uint64("first", 1, "the first seed")
	seeds := f.Int("seeds", 5, "how many for each world")
	only := f.String("only", "", "one world by its `name`")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		out := struct {
			Worlds []*sim.Verdict `json:"worlds"`
			Holds  bool           `json:"holds"`
		}{[]*sim.Verdict{}, true}
		names := []string{}
		for i := range sim.Breaches {
			b := &sim.Breaches[i]
			names = append(names, b.Name)
			if *only != "" && *only != b.Name {
				continue
			}
			for seed := *first; seed < *first+uint64(*seeds); seed++ {
				if ctx.Err() != nil {
					return errStopped
				}
				v, err := b.Play(seed)
				if err != nil {
					return err
				}
				out.Worlds = append(out.Worlds, v)
				out.Holds = out.Holds && v.Holds
			}
		}
		if len(out.Worlds) == 0 {
			return usage("--only %s, --seeds %d: want one of %v and at least one seed", *only, *seeds, names)
		}
		if *asJSON {
			if err := s.object(out); err != nil {
				return err
			}
		} else {
			printCulprits(s, out.Worlds)
		}
		if !out.Holds {
			return fmt.Errorf("the claim does not hold in every world")
		}
		return nil
	}
}

func printCulprits(s *streams, worlds []*sim.Verdict) {
	for _, v := range worlds {
		end := "no fork"
		if v.Forked {
			end = fmt.Sprintf("fork after %d ms, culprits of %d named", v.At, v.Weight)
		}
		s.printf("%-14s seed %d: Byzantine %d of %d: %s, %d honest named\n", v.Name, v.Seed, v.Liars, v.Total, end, v.Honest)
		for _, c := range v.Named {
			s.printf("  signer %d (weight %d): %s and %s in %d/%d\n", c.Signer, c.Weight, c.A.Kind, c.B.Kind, c.A.Epoch, c.A.View)
		}
	}
}
