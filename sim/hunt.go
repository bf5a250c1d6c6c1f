package sim

import (
	"probity/chain/types"
	"probity/sim/check"
)

// Catch is how a mutant was found.
type Catch struct {
	Name      string     `json:"name"`
	Doc       string     `json:"doc"`
	Caught    bool       `json:"caught"`
	Clean     bool       `json:"clean"`        // the unchanged member, on the seed that caught
	Oracle    string     `json:"oracle"`       // the first that fired
	Text      string     `json:"text"`         // what it said
	Seed      uint64     `json:"seed"`         // on which it fired
	Seeds     int        `json:"seeds"`        // played until then
	Simulated types.Time `json:"simulated_ms"` // into that run, when it fired
	Views     uint64     `json:"views"`        // of that run, when it fired
}

// Hunt plays seeds until an oracle catches the mutant and is silent about the
// unchanged member in the same world: what fires on both is no catch.
func Hunt(m *Mutant, nodes, seeds int) (*Catch, error) {
	c := &Catch{Name: m.Name, Doc: m.Doc}
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		c.Seeds++
		r, views, err := m.play(seed, nodes, true)
		if err != nil {
			return nil, err
		}
		if len(r.Violations) == 0 {
			continue
		}
		clean, _, err := m.play(seed, nodes, false)
		if err != nil {
			return nil, err
		}
		if len(clean.Violations) > 0 {
			continue
		}
		v := r.Violations[0]
		c.Caught, c.Clean, c.Oracle, c.Text, c.Seed, c.Simulated, c.Views = true, true, v.Oracle, v.Text, seed, v.At, views
		return c, nil
	}
	return c, nil
}

// play plays one seed of the mutant's world, with the mistake or without, until
// an oracle fires, and counts the views that the fastest member went through.
func (m *Mutant) play(seed uint64, nodes int, mistaken bool) (*Result, uint64, error) {
	cfg := Config{Seed: seed, Nodes: nodes, Mutant: m, First: true}
	if m.draws {
		r, err := playDraws(cfg, mistaken)
		if err != nil {
			return nil, 0, err
		}
		return r, r.Views, nil
	}
	if !mistaken {
		same := *m
		if same.apply = m.world; m.world == nil {
			same.apply = unchanged
		}
		cfg.Mutant = &same
	}
	r, err := setup(cfg)
	if err != nil {
		return nil, 0, err
	}
	defer r.finish()
	views := r.countViews()
	if err := r.both(); err != nil {
		return nil, 0, err
	}
	return r.finish(), views(), nil
}

// countViews counts the views that the fastest member enters.
func (r *run) countViews() func() uint64 {
	top := map[types.Epoch]types.View{}
	r.checks = append(r.checks, watch{"views", func(e *check.Event) error {
		if s := e.Status; s != nil {
			top[s.Epoch] = max(top[s.Epoch], s.View)
		}
		return nil
	}})
	return func() (n uint64) {
		for _, v := range top {
			n += uint64(v)
		}
		return n
	}
}
