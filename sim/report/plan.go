package report

import (
	"context"
	"fmt"
	"maps"
	"runtime"

	"probity/sim"
	"probity/sim/attack"
)

// Plan is a campaign to run: all attacks, a swarm, and with Full the mutants,
// crash points, culprits and the speed as well. One part runs after another, in
// the order of the page.
type Plan struct {
	Full  bool
	Seeds int // of the swarm
	Nodes int // of the swarm and of the mutants
	// Attacks are those to run; nil: all.
	Attacks []*attack.Attack
	// Tell is told the part that runs, and how many of its steps are done. All is
	// zero where that is not known. It may be nil, and calls may come from any
	// goroutine.
	Tell func(part string, done, all int64)
}

// The sizes of the two campaigns.
const (
	QuickSeeds = 20
	FullSeeds  = 100

	mutantSeeds  = 100 // at most for each mutant
	culpritSeeds = 5
)

// speeds are the sizes of which the speed is measured, with the views to play: a
// view of many members takes long.
var speeds = []struct {
	nodes int
	views uint64
}{{4, 500}, {32, 15}}

// small are the options of a quick campaign where the defaults take long.
var small = map[string]attack.Args{
	"grind":        {"draws": "20000", "real": "20"},
	"sockpuppets":  {"draws": "20000"},
	"capture":      {"runs": "100"},
	"votegames":    {"pools": "2000"},
	"lazyapproval": {"blocks": "100000"},
	"longcon":      {"runs": "100"},
	"equivocate":   {"seeds": "6"}, // of the runs above a third one must fork
	"crash":        {"seeds": "10"},
	"lawcapture":   {"turnout": "0.5,1", "grain": "1000"},
	"citations":    {"accounts": "2,4"},
	"jury":         {"draws": "20000", "cases": "64"},
	"crowd":        {"posts": "1000", "proposals": "100"},
	"election":     {"voters": "2000"},
}

// Run plays the plan. The campaign is a function of the plan, except for the
// speed. The error is that of the part that could not be run; what a part finds
// is no error.
func (p Plan) Run(ctx context.Context) (*Campaign, error) {
	if p.Tell == nil {
		p.Tell = func(string, int64, int64) {}
	}
	if p.Attacks == nil {
		p.Attacks = attack.All
	}
	c := &Campaign{}
	parts := []func(context.Context, *Campaign) error{p.attacks, p.swarm}
	if p.Full {
		parts = append(parts, p.mutants, p.crashes, p.culprits, p.speed)
	}
	for _, part := range parts {
		if err := part(ctx, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// options are those of an attack in this plan: the defaults in a full campaign,
// smaller ones in a quick one.
func (p Plan) options(a *attack.Attack) attack.Args {
	given := attack.Args{}
	if p.Full {
		return given
	}
	for _, o := range a.Options {
		if o.Name == "seeds" && a.Play != nil {
			given[o.Name] = "1"
		}
	}
	maps.Copy(given, small[a.Name])
	return given
}

func (p Plan) attacks(ctx context.Context, c *Campaign) error {
	for _, a := range p.Attacks {
		if err := ctx.Err(); err != nil {
			return err
		}
		args, err := a.Complete(p.options(a))
		if err != nil {
			return fmt.Errorf("attack %s: %w", a.Name, err)
		}
		run := a.Run
		if a.Play != nil {
			run = func(args attack.Args, tell attack.Progress) (*attack.Result, error) {
				return sim.PlayAttack(a, args, tell)
			}
		}
		p.Tell(a.Name, 0, 0)
		r, err := run(args, func(done, all int64) { p.Tell(a.Name, done, all) })
		if err != nil {
			return fmt.Errorf("attack %s: %w", a.Name, err)
		}
		a.Finish(r, args)
		c.Attacks = append(c.Attacks, r)
	}
	return nil
}

// swarm plays the seeds. How long that took is left out: it is the one figure
// that would differ from run to run.
func (p Plan) swarm(ctx context.Context, c *Campaign) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.Tell("swarm", 0, int64(p.Seeds))
	r, err := sim.Swarm{First: 1, Seeds: p.Seeds, Nodes: p.Nodes, Tell: func(done int) { p.Tell("swarm", int64(done), int64(p.Seeds)) }}.Run(ctx)
	if err != nil {
		return fmt.Errorf("swarm: %w", err)
	}
	r.WallSeconds = 0
	c.Swarms = append(c.Swarms, r)
	return nil
}

func (p Plan) mutants(ctx context.Context, c *Campaign) error {
	m := &Mutants{}
	for i := range sim.Mutants {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.Tell("mutants", int64(i), int64(len(sim.Mutants)))
		caught, err := sim.Hunt(&sim.Mutants[i], p.Nodes, mutantSeeds)
		if err != nil {
			return fmt.Errorf("mutant %s: %w", sim.Mutants[i].Name, err)
		}
		m.Mutants = append(m.Mutants, caught)
	}
	c.Mutants = append(c.Mutants, m)
	return nil
}

// crashes tries every point of a view that is notarized and of one that is
// nullified.
func (p Plan) crashes(ctx context.Context, c *Campaign) error {
	out := &Crashes{}
	for _, mute := range []bool{false, true} {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := sim.CrashPoints(sim.CrashPlan{Seed: 1, Nodes: p.Nodes, View: 3, Mute: mute, Every: 1, Tell: func(done, of int) {
			p.Tell("crash points", int64(done), int64(of))
		}})
		if err != nil {
			return fmt.Errorf("crash points: %w", err)
		}
		out.Views = append(out.Views, r)
	}
	c.Crashes = append(c.Crashes, out)
	return nil
}

func (p Plan) culprits(ctx context.Context, c *Campaign) error {
	out := &Culprits{}
	for i := range sim.Breaches {
		for seed := range uint64(culpritSeeds) {
			if err := ctx.Err(); err != nil {
				return err
			}
			p.Tell("culprits", int64(i*culpritSeeds)+int64(seed), int64(len(sim.Breaches)*culpritSeeds))
			v, err := sim.Breaches[i].Play(seed + 1)
			if err != nil {
				return fmt.Errorf("culprits, %s: %w", sim.Breaches[i].Name, err)
			}
			out.Worlds = append(out.Worlds, v)
		}
	}
	c.Culprits = append(c.Culprits, out)
	return nil
}

func (p Plan) speed(ctx context.Context, c *Campaign) error {
	for i, size := range speeds {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.Tell("speed", int64(i), int64(len(speeds)))
		s, err := sim.MeasureSpeed(size.nodes, size.views, runtime.NumCPU())
		if err != nil {
			return fmt.Errorf("speed of %d nodes: %w", size.nodes, err)
		}
		c.Speeds = append(c.Speeds, s)
	}
	return nil
}
