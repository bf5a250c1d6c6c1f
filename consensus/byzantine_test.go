package consensus_test

import (
	"errors"
	"testing"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// Goal: a power loss of all, after which one member of four never returns,
// does not stop the others. Method: many instants and delays around Δ.
func TestPowerLossWithOneGone(t *testing.T) {
	stuck := 0
	for seed := uint64(1); seed <= 30; seed++ {
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
		w.run(w.now+60_000, func() bool { return w.height(true) >= target })
		same := true
		for _, m := range w.members {
			same = same && (m.down || m.base.Height == w.height(true))
		}
		if same && w.height(true) < target {
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
		t.Fatalf("%d of 30 stuck for ever", stuck)
	}
}

// Goal: an unsigned message cannot make the schedule run away.
func TestScheduleBomb(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 1000, 4)
	w.run(w.now+500, func() bool { return false })
	m := w.members[0].m
	h := types.Header{Epoch: 0, View: 1 << 20, Height: 5}
	b := &types.Block{Header: h}
	b.Header.VotesRoot, b.Header.ViewsRoot = b.Body.VotesRoot(), b.Body.ViewsRoot()
	b.Header.TxRoot = b.Body.TxRoot()
	if _, err := m.Signatures(&consensus.Message{Proposal: b}); !errors.Is(err, consensus.ErrMessage) {
		t.Fatalf("got %v", err)
	}
}

// Goal: the first block of an epoch carries the boundary's own certificate.
// Method: one member also notarizes the boundary's digest in other views.
func TestBoundaryCertificate(t *testing.T) {
	bad := 0
	for seed := uint64(1); seed <= 8; seed++ {
		w := newNet(t, seed, []types.Weight{10, 10, 10, 10}, 12, 3)
		poisoned := false
		w.run(w.now+20_000, func() bool {
			b := w.members[0]
			for _, m := range w.members {
				if !poisoned && len(m.chain) == 11 { // height 12 is proposed
					for _, n := range m.blocks {
						if n.Header.Height == 12 {
							poisoned = true
							for v := types.View(3); v < n.Header.View; v++ {
								st := types.Statement{Kind: types.Notarize, Epoch: 0, View: v, Digest: n.Digest()}
								vote := types.Vote{Statement: st, Signer: 3, Signature: w.members[3].key.Sign(st.SignBytes(w.genesis))}
								for _, o := range w.members[:3] {
									w.step(o, consensus.Received{Message: consensus.Message{Vote: &vote}})
								}
							}
						}
					}
				}
			}
			return len(b.chain) >= 15
		})
		if !poisoned {
			continue
		}
		chain := w.members[0].chain
		if len(chain) < 13 {
			t.Fatal("short")
		}
		first, boundary := chain[12], chain[11]
		if len(first.Body.Votes) > 0 && first.Body.Votes[0].View != boundary.Header.View {
			bad++
			t.Logf("seed %d: first block of epoch 1 certifies its parent of view %d by votes of view %d", seed, boundary.Header.View, first.Body.Votes[0].View)
		}
	}
	if bad > 0 {
		t.Fatalf("%d of 8", bad)
	}
}

// Goal: an old epoch's schedule is not worked out to a view of a stranger's choice.
func TestOldScheduleBomb(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 12, 4)
	w.run(w.now+20_000, func() bool { return w.height(true) >= 14 })
	m := w.members[0].m
	if m.Status().Epoch != 1 {
		t.Skip("epoch", m.Status().Epoch)
	}
	h := types.Header{Epoch: 0, View: 4_000_000, Height: 5}
	c := types.Certificate{Statement: types.Statement{Kind: types.Notarize, Epoch: 1, View: 1, Digest: h.Digest()}, Signers: types.Bytes{0xf}, Signatures: make([]keys.Signature, 4)}
	_, err := m.Signatures(&consensus.Message{Certified: &types.Certified{Certificate: c, Header: &types.SignedHeader{Header: h}}})
	if !errors.Is(err, consensus.ErrMessage) {
		t.Fatalf("got %v for a header of view %d of the epoch before", err, h.View)
	}
}
