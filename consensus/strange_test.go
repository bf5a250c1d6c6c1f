package consensus_test

import (
	"runtime"
	"testing"

	"probity/chain/escrow"
	"probity/chain/types"
	"probity/consensus"
)

// Goal: nothing that travels beside a certificate goes unchecked. Method: a true
// Nullification with a header of view 0 that nobody signed.
func TestNullificationWithStrangeHeader(t *testing.T) {
	b := newBench(t, 0)
	null := b.nullification(1, escrow.MarshalOpening(escrow.Opening{Reveal: escrow.Bytes(b.reveal(1))}))
	msg := consensus.Message{Certified: &types.Certified{Certificate: null, Header: &types.SignedHeader{}}}
	checks, err := b.m.Signatures(&msg)
	if err != nil {
		return // refused: as it should be
	}
	if len(checks.Head) <= len(null.Signatures) {
		t.Errorf("the header's signature is not among the %d checks", len(checks.Head))
	}
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("one message of any peer stops the member: %v", r)
		}
	}()
	b.m.Step(b.now, consensus.Received{Message: msg})
}

// Goal: a forged copy of a header never stands in for the leader's own. Method: a
// Nullification that brings a true header without its signature, then the
// proposal and its Notarization: what the member passes on must carry the
// leader's signature, or its peers blame it.
func TestForgedHeaderSticks(t *testing.T) {
	b := newBench(t, 0)
	block := b.block(1, nil)
	forged := block.Signed()
	forged.Signature[0] ^= 1
	null := b.nullification(1, escrow.MarshalOpening(escrow.Opening{Reveal: escrow.Bytes(b.reveal(1))}))
	msg := consensus.Message{Certified: &types.Certified{Certificate: null, Header: &forged}}
	if _, err := b.m.Signatures(&msg); err != nil {
		return
	}
	b.m.Step(b.now, consensus.Received{Message: msg})
	b.hear(consensus.Message{Proposal: block})
	var sent []consensus.Message
	st := types.Statement{Kind: types.Notarize, View: 1, Digest: block.Digest()}
	for i := 1; i < 4; i++ {
		r := b.vote(types.Vote{Statement: st, Signer: uint32(i), Signature: b.members[i].key.Sign(st.SignBytes(b.genesis))})
		sent = append(sent, r.Send...)
	}
	for _, m := range sent {
		if m.Certified != nil && m.Certified.Header != nil && m.Certified.Header.Signature != block.Signature {
			t.Fatal("the member relays a Notarization with a header whose signature is forged")
		}
	}
}

// Goal: checking an unsigned proposal costs no more than its size. Method: under
// the hashed beacon, one record about a view far ahead; how much is allocated.
func TestRecordOfFarView(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 64, 1)
	m := w.members[0].m
	block := &types.Block{
		Header: types.Header{Version: 1, View: 1, Height: 1, Parent: w.genesis, Time: w.now},
		Body:   types.Body{Views: []types.ViewRecord{{View: 1 << 20, Nullification: &types.Certificate{}}}},
	}
	h := &block.Header
	h.VotesRoot, h.ViewsRoot, h.TxRoot = block.Body.VotesRoot(), block.Body.ViewsRoot(), block.Body.TxRoot()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = m.Signatures(&consensus.Message{Proposal: block})
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Fatalf("%d MB allocated for one unsigned message of a few hundred bytes", n>>20)
	}
}

// Goal: a restart changes no verdict on a block: a body that is good for whoever
// stayed is good for whoever came back. Method: a machine that starts in epoch 1
// with the plan before it hears a block with votes about a header of epoch 0,
// all signatures in which hold.
func TestRestartJudgesOldRecords(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 8, 2)
	byKey := func(e int, v types.View) (*member, types.ASC) {
		s, err := types.NewSchedule(w.plans[e])
		if err != nil {
			t.Fatal(err)
		}
		asc := s.ASC(v)
		for _, m := range w.members {
			if m.key.Public() == asc.Key {
				return m, asc
			}
		}
		panic("nobody")
	}
	leader, asc := byKey(0, 7)
	old := types.SignedHeader{Header: types.Header{Version: 1, View: 7, Height: 7, ASC: asc.ID}}
	old.Signature = leader.key.Sign(old.Header.Statement().SignBytes(w.genesis))
	st := types.Statement{Kind: types.Reject, View: 7, Digest: old.Header.Digest()}
	rejects := types.Bundle([]types.Vote{{Statement: st, Signer: 2, Signature: w.members[2].key.Sign(st.SignBytes(w.genesis))}}, 4)

	maker, mine := byKey(1, 1)
	block := &types.Block{
		Header: types.Header{Version: 1, Epoch: 1, View: 1, Height: 9, Parent: w.genesis, Time: w.now, ASC: mine.ID},
		Body:   types.Body{Views: []types.ViewRecord{{View: 7, Rejected: []types.Rejected{{Header: old, Rejects: &rejects}}}}},
	}
	h := &block.Header
	h.VotesRoot, h.ViewsRoot, h.TxRoot = block.Body.VotesRoot(), block.Body.ViewsRoot(), block.Body.TxRoot()
	block.Signature = maker.key.Sign(h.Statement().SignBytes(w.genesis))

	m := consensus.New(w.config(w.members[0]))
	m.Step(w.now, consensus.Start{Plan: w.plans[1], Prev: w.plans[0], Base: consensus.Base{Digest: w.genesis, Height: 8, Time: w.now}})
	checks, err := m.Signatures(&consensus.Message{Proposal: block})
	if err != nil {
		t.Fatal(err)
	}
	if len(checks.Body) != 2 {
		t.Fatalf("%d checks of two signatures: a restarted member cannot check a good body", len(checks.Body))
	}
}
