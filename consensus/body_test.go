package consensus_test

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// Goal: signatures in a body that cannot be checked count for nothing. Method: a
// leader's block holds a Nullification of view 1 that nobody signed, and beside
// it votes with a bitmap of a wrong length; the member judges it as the node does.
func TestUncheckableBody(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 64, 1)
	s, err := types.NewSchedule(w.plans[0])
	if err != nil {
		t.Fatal(err)
	}
	asc := s.ASC(2)
	forged := types.Certificate{Statement: types.Statement{Kind: types.Nullify, View: 1}, Signers: types.Bytes{7}, Signatures: make([]keys.Signature, 3)}
	block := &types.Block{
		Header: types.Header{Version: 1, View: 2, Height: 1, Parent: w.genesis, Time: w.now, ASC: asc.ID},
		Body: types.Body{
			Views: []types.ViewRecord{{View: 1, Nullification: &forged}},
			Votes: []types.Certificate{{Statement: types.Statement{Kind: types.Notarize, View: 1, Digest: keys.Hash{1}}, Signers: types.Bytes{1, 1, 1}}},
		},
	}
	h := &block.Header
	h.VotesRoot, h.ViewsRoot, h.TxRoot = block.Body.VotesRoot(), block.Body.ViewsRoot(), block.Body.TxRoot()
	for _, m := range w.members {
		if m.key.Public() == asc.Key {
			block.Signature = m.key.Sign(h.Statement().SignBytes(w.genesis))
		}
	}
	m := consensus.New(w.config(w.members[0]))
	m.Step(w.now, consensus.Start{Plan: w.plans[0], Base: consensus.Base{Digest: w.genesis, Time: w.now}})
	msg := consensus.Message{Proposal: block}
	checks, err := m.Signatures(&msg)
	if err != nil {
		return // refused
	}
	in := consensus.Received{Message: msg, BodyBad: checks.BodyBad}
	for _, ok := range keys.VerifyBatch(checks.Body, nil) {
		in.BodyBad = in.BodyBad || !ok
	}
	m.Step(w.now, in)
	if v := m.Status().View; v != 1 {
		t.Fatalf("the member stands in view %d on a Nullification that nobody signed", v)
	}
}

// Goal: no block becomes final without a quorum. Method: a good block of view 1,
// then a block of view 2 whose body holds a Finalization of the first that nobody
// signed, beside votes that cannot be checked.
func TestForgedFinalization(t *testing.T) {
	w := newNet(t, 1, []types.Weight{10, 10, 10, 10}, 64, 1)
	s, err := types.NewSchedule(w.plans[0])
	if err != nil {
		t.Fatal(err)
	}
	propose := func(v types.View, body types.Body) *types.Block {
		asc := s.ASC(v)
		b := &types.Block{Header: types.Header{Version: 1, View: v, Height: 1, Parent: w.genesis, Time: w.now, ASC: asc.ID}, Body: body}
		h := &b.Header
		h.VotesRoot, h.ViewsRoot, h.TxRoot = body.VotesRoot(), body.ViewsRoot(), body.TxRoot()
		for _, m := range w.members {
			if m.key.Public() == asc.Key {
				b.Signature = m.key.Sign(h.Statement().SignBytes(w.genesis))
			}
		}
		return b
	}
	m := consensus.New(w.config(w.members[0]))
	m.Step(w.now, consensus.Start{Plan: w.plans[0], Base: consensus.Base{Digest: w.genesis, Time: w.now}})
	good := propose(1, types.Body{})
	m.Step(w.now, consensus.Received{Message: consensus.Message{Proposal: good}})
	m.Step(w.now, consensus.Executed{Digest: good.Digest()})
	forged := types.Certificate{Statement: types.Statement{Kind: types.Finalize, View: 1, Digest: good.Digest()}, Signers: types.Bytes{7}, Signatures: make([]keys.Signature, 3)}
	odd := types.Certificate{Statement: types.Statement{Kind: types.Notarize, View: 1, Digest: keys.Hash{1}}, Signers: types.Bytes{1, 1, 1}}
	msg := consensus.Message{Proposal: propose(2, types.Body{Votes: []types.Certificate{forged, odd}})}
	checks, err := m.Signatures(&msg)
	if err != nil {
		return // refused
	}
	in := consensus.Received{Message: msg, BodyBad: checks.BodyBad}
	for _, ok := range keys.VerifyBatch(checks.Body, nil) {
		in.BodyBad = in.BodyBad || !ok
	}
	if r := m.Step(w.now, in); len(r.Commit) > 0 {
		t.Fatalf("height %d is final here, and nobody has voted for it", m.Status().Height)
	}
}
