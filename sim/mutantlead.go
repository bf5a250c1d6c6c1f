package sim

import (
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
)

// Mistakes about views: who leads, what is skipped, when to give up.

type skipper struct{ pass }

func skipUnnullified(keys.PublicKey) bug { return skipper{} }

func (skipper) out(_ consensus.Input, r *consensus.Ready) {
	for i, a := range r.Ask {
		if build, ok := a.(consensus.Build); ok && len(build.Views) > 0 {
			build.Views = append([]types.ViewRecord{}, build.Views...)
			build.Views[len(build.Views)-1].Nullification = nil
			r.Ask[i] = build
		}
	}
}

// timerReset makes a machine whose Δ never grows: entering a view by any
// certificate brings it back.
func timerReset(_ *member, set *node.Settings, _ *node.World) {
	set.Machine = func(cfg consensus.Config) node.Stepper {
		cfg.DeltaMax = cfg.Delta
		return consensus.New(cfg)
	}
}

type lateSeed struct {
	view types.View
}

func seedAfterBoundary(keys.PublicKey) bug { return &lateSeed{} }

func (b *lateSeed) in(in consensus.Input) (consensus.Input, bool) {
	s, ok := in.(consensus.Start)
	if !ok || s.Plan.Epoch == 0 {
		return in, true
	}
	plan := *s.Plan
	plan.Seed = keys.Sum(plan.Seed[:], []byte{byte(b.view), byte(b.view >> 8)})
	s.Plan = &plan
	return s, true
}

func (b *lateSeed) out(_ consensus.Input, r *consensus.Ready) {
	for _, c := range r.Commit {
		b.view = c.Finalization.View
	}
}
