package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/spf13/pflag"

	"probity/sim"
)

const simSwarmLong = `
Play many seeds, each twice: the two runs must give the same event-log hash, and
no oracle may fire. Signatures are real on every sixteenth seed. Every failure
comes with the line that replays it.

A campaign can be spread over any job system: --shard i/n plays every n-th seed
from the i-th on, --out writes the result to a file, and sim merge joins the files.

  probity sim swarm --seeds 50 --nodes 4,7 --json
  probity sim swarm --seeds 1000 --shard 2/8 --out part-2.json`

const simMergeLong = `
Join the results of all shards of one campaign. A shard given twice, a missing
one and one of another campaign are refused.

  probity sim merge part-*.json --out campaign.json`

const simSpeedLong = `
Measure how fast the simulator gets on: views per second of a quiet network with
light load and stub signatures, every oracle watching, in one process. A world
has one thread of events, so one world a processor is played, as sim swarm does,
and the views of all count; --worlds 1 measures one alone. Each number of nodes
is played three times; the median counts.

  probity sim speed --nodes 4,32 --json
  probity sim speed --nodes 4 --worlds 1`

// simSwarmCommand is sim swarm.
func simSwarmCommand(f *pflag.FlagSet) action {
	var w sim.Swarm
	f.IntVar(&w.Seeds, "seeds", 50, "how many seeds, of all shards together")
	f.Uint64Var(&w.First, "first", 1, "the first of them")
	nodes := f.IntSlice("nodes", []int{4}, "members; several numbers play all seeds with each")
	f.BoolVar(&w.Real, "real", false, "real ed25519 signatures on every seed")
	shard := f.String("shard", "1/1", "play only part `i/n` of the seeds")
	out := f.String("out", "", "also write the result to this `file`, for sim merge")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) (err error) {
		simGC()
		if w.Shard, err = sim.ParseShard(*shard); err != nil {
			return usage("--shard: %w", err)
		}
		for _, n := range *nodes {
			if n < 1 || n > sim.NodesMax || w.Seeds < 1 {
				return usage("--nodes %d, --seeds %d: want 1 to %d nodes and at least one seed", n, w.Seeds, sim.NodesMax)
			}
		}
		total, err := swarms(ctx, s, w, *nodes)
		if err != nil {
			return err
		}
		if *out != "" {
			if err := writeJSON(*out, total); err != nil {
				return err
			}
		}
		return printReport(s, total, *asJSON)
	}
}

// swarms plays the shard with each number of nodes.
func swarms(ctx context.Context, s *streams, w sim.Swarm, nodes []int) (*sim.Report, error) {
	each := w.Size()
	p := newProgress(s, "seeds", int64(each*len(nodes)))
	defer p.end()
	var total *sim.Report
	for i, n := range nodes {
		w.Nodes, w.Tell = n, func(done int) { p.set(int64(i*each + done)) }
		r, err := w.Run(ctx)
		switch {
		case errors.Is(err, context.Canceled):
			return nil, errStopped
		case err != nil:
			return nil, err
		case total == nil:
			total = r
		default:
			total.Join(r)
		}
	}
	return total, nil
}

// printReport shows a campaign, and is an error where something failed.
func printReport(s *streams, r *sim.Report, asJSON bool) error {
	if asJSON {
		if err := s.object(r); err != nil {
			return err
		}
	} else {
		for _, f := range r.Failures {
			s.printf("%s: %s\n  %s\n", f.Oracle, f.Text, f.Replay)
		}
		s.printf("%d seeds with %v nodes, each twice: %d violations; %d blocks, %d views, %d crashes, %d transactions, %s simulated in %s\n",
			r.Seeds, r.Nodes, r.Violations, r.Blocks, r.Views, r.Crashes, r.Txs,
			time.Duration(r.SimulatedSeconds*float64(time.Second)).Round(time.Second),
			time.Duration(r.WallSeconds*float64(time.Second)).Round(100*time.Millisecond))
	}
	if r.Violations > 0 {
		return fmt.Errorf("%d violations: %s", r.Violations, r.Failures[0].Replay)
	}
	return nil
}

// simMergeCommand is sim merge.
func simMergeCommand(f *pflag.FlagSet) action {
	out := f.String("out", "", "also write the whole to this `file`")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		var parts []sim.Part
		for _, file := range args {
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			p, err := sim.ReadPart(file, data)
			if err != nil {
				return err
			}
			parts = append(parts, p)
		}
		r, err := sim.Merge(parts)
		if err != nil {
			return err
		}
		if *out != "" {
			if err := writeJSON(*out, r); err != nil {
				return err
			}
		}
		return printReport(s, r, *asJSON)
	}
}

// simSpeedCommand is sim speed.
func simSpeedCommand(f *pflag.FlagSet) action {
	nodes := f.IntSlice("nodes", []int{4}, "members; several numbers are measured one after the other")
	views := f.Uint64("views", 1000, "views of each world; fewer with many nodes")
	worlds := f.Int("worlds", runtime.NumCPU(), "worlds beside each other, a processor each")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		simGC()
		out := struct {
			Speeds []*sim.Speed `json:"speeds"`
		}{}
		for _, n := range *nodes {
			if n < 1 || n > sim.NodesMax || *views < 1 || *worlds < 1 {
				return usage("--nodes %d, --views %d, --worlds %d: want 1 to %d nodes, at least one view and one world", n, *views, *worlds, sim.NodesMax)
			}
			r, err := sim.MeasureSpeed(n, max(1, *views*16/uint64(max(16, n*n))), *worlds)
			if err != nil {
				return err
			}
			out.Speeds = append(out.Speeds, r)
			if !*asJSON {
				s.printf("%2d nodes: %.0f views/s in %d worlds beside each other, each at %.1f times real time\n", n, r.ViewsPerS, r.Worlds, r.TimesRealTime)
			}
		}
		if *asJSON {
			return s.object(out)
		}
		return nil
	}
}
