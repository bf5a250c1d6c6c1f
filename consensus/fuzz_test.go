package consensus_test

import (
	"bytes"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// FuzzMessage: bytes from a stranger have one form, and whatever they say, the
// machine neither panics nor signs twice. Signatures are taken as valid, which
// is more than a stranger can do; a panic about a final block that conflicts is
// the machine's own alarm and needs a quorum of them, which the seeds lack.
func FuzzMessage(f *testing.F) {
	w := newNet(f, 1, []types.Weight{10, 10, 10, 10}, 12, 2)
	w.run(w.now+700, func() bool { return false })
	for _, p := range w.queue {
		f.Add(codec.MustMarshal(&p.msg))
	}
	for _, m := range w.members {
		for _, b := range m.chain {
			f.Add(codec.MustMarshal(&consensus.Message{Proposal: b}))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var msg consensus.Message
		if codec.Unmarshal(b, &msg) != nil {
			return
		}
		if again := codec.MustMarshal(&msg); !bytes.Equal(again, b) {
			t.Fatalf("%x decodes and encodes to %x", b, again)
		}
		m := consensus.New(consensus.Config{Genesis: w.genesis, Self: w.members[0].key.Public(), Delta: 250, DeltaMax: 30_000, Early: 500})
		m.Step(w.now, consensus.Start{Plan: w.plans[0], Base: consensus.Base{Digest: w.genesis, Time: w.now}})
		if _, err := m.Signatures(&msg); err != nil {
			return
		}
		said := map[types.Statement]bool{}
		for _, in := range []consensus.Input{
			consensus.Received{Message: msg}, consensus.Received{Message: msg, BodyBad: true}, consensus.Tick{},
		} {
			for _, s := range m.Step(w.now+10, in).Sign {
				for old := range said {
					if consensus.Conflict(old, s) {
						t.Fatalf("signs %v after %v", s, old)
					}
				}
				said[s] = true
			}
		}
	})
}

// Goal: conflicts are symmetric and never within an honest member's own path:
// Notarize then Finalize of one block, Nullify beside Notarize, Reject beside
// Nullify.
func TestConflictTable(t *testing.T) {
	a, b := keys.Hash{1}, keys.Hash{2}
	st := func(k types.Kind, d keys.Hash) types.Statement {
		return types.Statement{Kind: k, Epoch: 1, View: 1, Digest: d}
	}
	all := []types.Statement{
		st(types.Propose, a), st(types.Propose, b), st(types.Notarize, a), st(types.Notarize, b), st(types.Nullify, keys.Hash{}),
		st(types.Reject, a), st(types.Reject, b), st(types.Finalize, a), st(types.Finalize, b),
	}
	pairs := 0
	for _, x := range all {
		for _, y := range all {
			if consensus.Conflict(x, y) != consensus.Conflict(y, x) {
				t.Errorf("%v and %v: not symmetric", x, y)
			}
			if consensus.Conflict(x, y) {
				pairs++
			}
		}
	}
	if pairs != 2*(3+2+2+2+2) { // two of a kind; nullify+finalize; notarize+finalize; notarize+reject; reject+finalize
		t.Errorf("%d conflicting pairs", pairs/2)
	}
}
