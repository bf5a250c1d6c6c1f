package sim

import (
	"encoding/binary"
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/sim/check"
	"probity/vpool/draw"
)

const (
	drawPuppets             = 50
	drawViews               = 64 // an epoch
	drawEpochs  types.Epoch = 8
	drawPace    types.Time  = 50 // ms a view
)

// playDraws is a world of draws alone: one contract has half of the REP, fifty
// others have the rest, and the law's schedule says who leads.
func playDraws(cfg Config, mistaken bool) (*Result, error) {
	out := &Result{Seed: cfg.Seed, Nodes: 1 + drawPuppets, Violations: []Violation{}}
	see := check.Share.New()
	weights := []types.Weight{drawPuppets * 100}
	for range drawPuppets {
		weights = append(weights, 100)
	}
	show := func(e *check.Event) {
		if err := see(e); err != nil {
			out.Violations = append(out.Violations, Violation{Oracle: check.Share.Name, At: out.Simulated, Text: err.Error()})
		}
	}
	for e := types.Epoch(0); e < drawEpochs && len(out.Violations) == 0; e++ {
		leads, err := drawSchedule(drawPlan(cfg.Seed, e, weights), mistaken)
		if err != nil {
			return nil, err
		}
		for v := types.View(1); v <= drawViews && len(out.Violations) == 0; v++ {
			out.Simulated += drawPace
			out.Views++
			show(&check.Event{At: out.Simulated, Served: &check.Served{Epoch: e, View: v, ASC: leads(v), Weights: weights}})
		}
	}
	show(&check.Event{At: out.Simulated, Calm: &check.Calm{}})
	return out, nil
}

// drawPlan is an epoch of the world of draws.
func drawPlan(seed uint64, e types.Epoch, weights []types.Weight) *types.Plan {
	s := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, seed), uint64(e))
	p := &types.Plan{
		Epoch: e, First: 1 + drawViews*types.Height(e), Blocks: drawViews, Seed: keys.Sum([]byte("draws"), s),
		Scheme: types.Hashed, Selection: types.Cycle, Stride: 1, Interval: drawPace,
		Roster: types.Roster{Epoch: e, Members: []types.Member{{Weight: 1}}},
	}
	for i, w := range weights {
		p.List = append(p.List, types.ASC{ID: keys.Sum([]byte("draw"), []byte{byte(i)}), Weight: w})
	}
	return p
}

// drawSchedule gives the leader of each view: by the law, or by its mutated
// copy, which draws whole contracts until none is left and begins again.
func drawSchedule(p *types.Plan, mistaken bool) (func(types.View) int, error) {
	if !mistaken {
		s, err := types.NewSchedule(p)
		if err != nil {
			return nil, err
		}
		return s.Leader, nil
	}
	weights := make([]uint64, len(p.List))
	for i := range p.List {
		weights[i] = uint64(p.List[i].Weight)
	}
	var order []int
	for round := byte(0); len(order) < drawViews; round++ {
		cycle, err := draw.Sample(keys.Sum(p.Seed[:], []byte{round}), weights, len(weights))
		if err != nil {
			return nil, fmt.Errorf("draw: %w", err)
		}
		order = append(order, cycle...)
	}
	return func(v types.View) int { return order[v-1] }, nil
}
