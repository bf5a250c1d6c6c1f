package consensus_test

import (
	"fmt"
	"testing"

	"probity/chain/types"
	"probity/consensus"
)

// Goal: on calm links the chain grows at the interval of blocks and every
// epoch boundary is passed. Method: four members, three epochs, no loss.
func TestCalmNetwork(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 12, 4)
	w.run(w.now+20_000, func() bool { return w.height(true) >= 40 })
	if w.height(true) < 40 {
		t.Fatalf("height %d after %d ms", w.height(true), w.now-1_000_000)
	}
	for _, m := range w.members {
		if len(m.faults) > 0 {
			t.Fatalf("honest members produced evidence: %+v", m.faults)
		}
	}
}

// Goal: an interval between blocks far above Δ costs no views. Method: a calm
// network whose law wants two seconds, eight times Δ, between blocks; nobody
// may have said Nullify.
func TestLongInterval(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 12, 2)
	for _, p := range w.plans {
		p.Interval = 2000
	}
	w.run(w.now+60_000, func() bool { return w.height(true) >= 20 })
	if w.height(true) < 20 {
		t.Fatalf("height %d", w.height(true))
	}
	for _, m := range w.members {
		for _, s := range m.journal {
			if s.Kind == types.Nullify {
				t.Fatalf("member %d nullified view %d", m.id, s.View)
			}
		}
	}
}

// Goal: agreement in chaos, finality after calm. Method: many seeds with loss,
// delay, partitions, crashes and restarts, then a healed network that must
// finalize ten more blocks.
func TestChaosThenCalm(t *testing.T) {
	for seed := uint64(1); seed <= 16; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			weights := [][]types.Weight{{10, 10, 10, 10}, {5, 1, 1, 1, 3}, {40, 20, 20, 10, 10, 5, 3}, {7}}[seed%4]
			w := newNet(t, seed, weights, 9, 60)
			w.loss, w.delay = int(seed%5)*6, 20+int(seed%7)*60
			for round := 0; round < 12; round++ {
				group := w.rng.IntN(1 << len(weights))
				w.cut = nil
				if w.rng.IntN(2) == 0 {
					w.cut = func(a, b int) bool { return group>>a&1 != group>>b&1 }
				}
				if i := w.rng.IntN(2 * len(weights)); i < len(weights) {
					w.members[i].down = true
				}
				w.run(w.now+types.Time(500+w.rng.IntN(3000)), func() bool { return false })
				for _, m := range w.members {
					if m.down && w.rng.IntN(2) == 0 {
						w.boot(m)
					}
				}
			}
			w.cut, w.loss, w.delay = nil, 0, 20
			for _, m := range w.members {
				if m.down {
					w.boot(m)
				}
			}
			target := types.Height(len(w.chain)) + 10
			calm := w.now
			w.run(w.now+200_000, func() bool { return w.height(true) >= target })
			if w.height(true) < target {
				for _, m := range w.members {
					t.Logf("member %d: %+v", m.id, m.m.Status())
				}
				t.Fatalf("height %d of %d, %d ms after calm", w.height(true), target, w.now-calm)
			}
			for _, m := range w.members {
				if len(m.faults) > 0 {
					t.Fatalf("honest members produced evidence: %+v", m.faults)
				}
			}
		})
	}
}

// Goal: a network that lost power whole goes on, with nothing signed twice.
// Method: all members crash at once at many instants and restart.
func TestPowerLoss(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		w := newNet(t, seed, []types.Weight{10, 10, 10, 10}, 64, 4)
		w.run(w.now+types.Time(100+37*seed), func() bool { return false })
		w.queue = nil
		for _, m := range w.members {
			w.boot(m)
		}
		target := types.Height(len(w.chain)) + 5
		w.run(w.now+60_000, func() bool { return w.height(true) >= target })
		if w.height(true) < target {
			for _, m := range w.members {
				t.Logf("member %d: %+v", m.id, m.m.Status())
			}
			t.Fatalf("seed %d: height %d of %d", seed, w.height(true), target)
		}
	}
}

// Goal: an invalid block is rejected by votes, its view skipped and the votes
// recorded in a later block. Method: every third view is spoiled.
func TestInvalidBlocksAreRejected(t *testing.T) {
	w := newNet(t, 3, []types.Weight{10, 10, 10, 10}, 1000, 1)
	w.spoil = func(h *types.Header) bool { return h.View%3 == 1 }
	w.run(w.now+60_000, func() bool { return w.height(true) >= 10 })
	rejected := 0
	for _, b := range w.members[0].chain {
		for _, rec := range b.Body.Views {
			for _, r := range rec.Rejected {
				if r.Rejects != nil && len(r.Rejects.Signatures) >= 3 {
					rejected++
				}
			}
		}
	}
	if w.height(true) < 10 || rejected == 0 {
		t.Fatalf("height %d, %d rejections recorded", w.height(true), rejected)
	}
}

// Goal: memory stays bounded while nothing is final. Method: a minority alone
// for a long time.
func TestMinorityStaysBounded(t *testing.T) {
	w := newNet(t, 4, []types.Weight{10, 10, 10, 10}, 1000, 1)
	w.cut = func(a, b int) bool { return a/2 != b/2 }
	w.run(w.now+600_000, func() bool { return false })
	for _, m := range w.members {
		s := m.m.Status()
		if s.Height != 0 || s.Rounds > 2*consensus.ViewsAhead || s.Blocks > 2*consensus.ViewsAhead {
			t.Fatalf("member %d: %+v", m.id, s)
		}
	}
}
