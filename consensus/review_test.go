package consensus_test

import (
	"errors"
	"testing"
	"time"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// Goal: a power loss of all, after which one member of four never returns,
// does not stop the others. Method: many instants and delays around Δ.
func TestReviewPowerLossWithOneGone(t *testing.T) {
	stuck := 0
	for seed := uint64(1); seed <= 300; seed++ {
		w := newNet(t, seed, []types.Weight{10, 10, 10, 10}, 64, 4)
		w.delay = 400
		w.loss = 10
		w.run(w.now+types.Time(1000+w.rng.IntN(8000)), func() bool { return false })
		w.queue = nil
		w.delay, w.loss = 20, 0
		gone := int(seed % 4)
		w.members[gone].down = true
		for _, m := range w.members {
			if m.id != gone {
				w.boot(m)
			}
		}
		target := types.Height(len(w.chain)) + 5
		w.run(w.now+300_000, func() bool { return w.height(true) >= target })
		if w.height(true) < target {
			stuck++
			if stuck < 3 {
				for _, m := range w.members {
					t.Logf("seed %d member %d down %v: %+v", seed, m.id, m.down, m.m.Status())
					for _, v := range m.journal {
						if v.Epoch == m.epoch && v.View > m.base.View {
							t.Logf("   %v %d %s", v.Kind, v.View, v.Digest.Short())
						}
					}
				}
			}
		}
	}
	if stuck > 0 {
		t.Fatalf("%d of 300 stuck for ever", stuck)
	}
}

// Goal: an unsigned message cannot make the schedule run away.
func TestReviewScheduleBomb(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 1000, 4)
	w.run(w.now+500, func() bool { return false })
	m := w.members[0].m
	h := types.Header{Epoch: 0, View: 1 << 20, Height: 5}
	b := &types.Block{Header: h}
	b.Header.VotesRoot, b.Header.ViewsRoot = b.Body.VotesRoot(), b.Body.ViewsRoot()
	at := time.Now()
	_, err := m.Signatures(&consensus.Message{Proposal: b})
	t.Log(err, time.Since(at))
	_ = errors.Is
	_ = keys.Hash{}
}
