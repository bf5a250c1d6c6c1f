package consensus_test

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// Goal: nobody says Finalize without having put the Notarization behind it on
// the disk. Method: four members for some epochs; every Ready that asks for a
// Finalize keeps a certificate of that view with its header.
func TestFinalizeKeepsItsNotarization(t *testing.T) {
	w := newNet(t, 7, []types.Weight{10, 10, 10, 10}, 16, 3)
	said := 0
	w.watch = func(_ *member, r consensus.Ready) {
		for _, s := range r.Sign {
			if s.Kind != types.Finalize {
				continue
			}
			said++
			found := false
			for _, c := range r.Keep {
				found = found || c.Certificate.Kind == types.Notarize && c.Certificate.View == s.View && c.Certificate.Epoch == s.Epoch &&
					c.Certificate.Digest == s.Digest && c.Header != nil && c.Header.Header.Digest() == s.Digest
			}
			if !found {
				t.Fatalf("finalize of %d/%d with nothing kept", s.Epoch, s.View)
			}
		}
	}
	w.run(w.now+60_000, func() bool { return w.height(true) >= 20 })
	if said < 40 {
		t.Fatalf("%d finalizes", said)
	}
}

// Goal: after a loss of power a member that had finalized a view shows the
// others how to leave it, although votes for two blocks of an equivocating
// leader leave no quorum to any that are up. Method: the Notarization alone is
// restored; the machine leaves the view and sends it.
func TestKeptNotarizationLeavesItsView(t *testing.T) {
	w := newNet(t, 3, []types.Weight{10, 10, 10, 10}, 16, 1)
	plan := w.plans[0]
	schedule, err := types.NewSchedule(plan)
	if err != nil {
		t.Fatal(err)
	}
	asc := schedule.ASC(1)
	h := types.Header{
		Version: 1, View: 1, Height: 1, Parent: w.genesis, Time: w.now, ASC: asc.ID, Seed: schedule.Seed(1), RosterHash: plan.Roster.Hash(),
	}
	st := h.Statement()
	var sh types.SignedHeader
	sh.Header = h
	var votes []types.Vote
	note := types.Statement{Kind: types.Notarize, View: 1, Digest: h.Digest()}
	for i, m := range w.members {
		if m.key.Public() == asc.Key {
			sh.Signature = m.key.Sign(st.SignBytes(w.genesis))
		}
		if i < 3 {
			votes = append(votes, types.Vote{Statement: note, Signer: uint32(i), Signature: m.key.Sign(note.SignBytes(w.genesis))})
		}
	}
	cert := types.Certified{Certificate: types.Bundle(votes, 4), Header: &sh}
	boot := func(list ...types.Certified) (*consensus.Machine, consensus.Ready) {
		m := consensus.New(consensus.Config{Genesis: w.genesis, Self: w.members[0].key.Public(), Delta: 250, DeltaMax: 30_000, Early: 500})
		return m, m.Step(w.now, consensus.Start{Plan: plan, Base: w.members[0].base, Certificates: list, Own: map[types.View]keys.Hash{}})
	}
	if m, _ := boot(); m.Status().View != 1 {
		t.Fatalf("without it: view %d", m.Status().View)
	}
	m, r := boot(cert)
	if m.Status().View != 2 {
		t.Fatalf("view %d", m.Status().View)
	}
	sent := false
	for _, msg := range r.Send {
		sent = sent || msg.Certified != nil && msg.Certified.Certificate.Statement == note
	}
	if !sent {
		t.Fatal("it is not shown to the others")
	}
}
