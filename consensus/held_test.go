package consensus_test

import (
	"errors"
	"fmt"
	"testing"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// line is a chain of blocks of views 1 … n, each with its parent's Notarization.
func (b *bench) line(n int) (out []*types.Block) {
	for v := types.View(1); v <= types.View(n); v++ {
		out = append(out, b.block(v, func(x *types.Block) {
			x.Body.Views = nil
			x.Header.Height, x.Header.Time = types.Height(v), b.now+types.Time(50*v)
			if v == 1 {
				return
			}
			parent := out[v-2]
			x.Header.Parent, x.Header.ParentView = parent.Digest(), v-1
			st := types.Statement{Kind: types.Notarize, View: v - 1, Digest: parent.Digest()}
			var votes []types.Vote
			for i := 1; i < 4; i++ {
				votes = append(votes, types.Vote{Statement: st, Signer: uint32(i), Signature: b.members[i].key.Sign(st.SignBytes(b.genesis))})
			}
			x.Body.Votes = []types.Certificate{types.Bundle(votes, 4)}
		}))
	}
	return out
}

// ahead holds a message that must be ahead of the machine.
func (b *bench) ahead(msg consensus.Message, from string) consensus.Ready {
	b.t.Helper()
	if _, err := b.m.Signatures(&msg); !errors.Is(err, consensus.ErrAhead) {
		_, v := msg.Place()
		b.t.Fatalf("a %s of view %d: %v", msg.Kind(), v, err)
	}
	return b.m.Step(b.now, consensus.Held{Message: msg, From: from})
}

// settle answers Again and Execute until nothing is asked, and tells the views of
// what came again, and which blocks were fetched.
func (b *bench) settle(r consensus.Ready) (again []types.View, fetched int) {
	b.t.Helper()
	queue := []consensus.Ready{r}
	for len(queue) > 0 {
		r, queue = queue[0], queue[1:]
		for _, a := range r.Ask {
			switch a := a.(type) {
			case consensus.Again:
				_, v := a.Place()
				again = append(again, v)
				queue = append(queue, b.hear(a.Message))
			case consensus.Execute:
				queue = append(queue, b.m.Step(b.now, consensus.Executed{Digest: a.Digest, Err: b.seal.check(a.Block)}))
			case consensus.Fetch:
				fetched++
			}
		}
	}
	return again, fetched
}

// Goal: what is ahead of the salts comes back in the order of views, once each, and
// does what it would have done. Method: blocks of four views and a Nullification,
// heard last first.
func TestHeldComesAgainInOrder(t *testing.T) {
	b := newBench(t, 0)
	blocks := b.line(5)
	null := b.nullification(6, escrow.MarshalOpening(escrow.Opening{Reveal: escrow.Bytes(b.reveal(6))}))
	b.ahead(consensus.Message{Certified: &types.Certified{Certificate: null}}, "a")
	for v := 5; v > 1; v-- {
		r := b.ahead(consensus.Message{Proposal: blocks[v-1]}, "a")
		if len(r.Ask) != 1 || r.Ask[0] != (consensus.Fetch{Digest: blocks[v-2].Digest()}) {
			t.Fatalf("view %d: %+v", v, r.Ask)
		}
		// The same again changes nothing.
		if r := b.ahead(consensus.Message{Proposal: blocks[v-1]}, "b"); len(r.Ask) != 0 {
			t.Fatalf("view %d again: %+v", v, r.Ask)
		}
	}
	if n := b.m.Status().Held; n != 5 {
		t.Fatalf("%d held", n)
	}
	b.view(1)
	again, _ := b.settle(b.hear(consensus.Message{Proposal: blocks[0]}))
	if fmt.Sprint(again) != "[2 3 4 5 6]" {
		t.Errorf("again %v", again)
	}
	if n := b.m.Status().Held; n != 0 {
		t.Errorf("%d still held", n)
	}
	b.view(7)
	b.refused(0, 0, 0)
	if len(b.m.Step(b.now, consensus.Tick{}).Evidence) != 0 {
		t.Error("evidence")
	}
}

// Goal: a proposal brings the salts that its own leader is drawn from. Method: a
// block that skips three views with right openings is understood at once by a member
// in view 1; with one opening spoiled it waits, and is understood when that view is
// opened by somebody else.
func TestProposalOpensWhatItSkips(t *testing.T) {
	b := newBench(t, 0)
	b.hear(consensus.Message{Proposal: b.block(4, nil)})
	b.view(4)

	b = newBench(t, 0)
	for u := range 3 {
		spoiled := b.block(4, func(x *types.Block) { x.Body.Views[u].Nullification.Attachment = types.Bytes("garbage") })
		b.ahead(consensus.Message{Proposal: spoiled}, fmt.Sprint(u))
	}
	b.view(1)
	if got := b.m.Status(); got.Held != 3 || got.Refused.Openings != 3 {
		t.Fatalf("%+v", got)
	}
	// Each opened the views below its fault; 3 is all that is missing.
	null := b.nullification(3, escrow.MarshalOpening(escrow.Opening{Reveal: escrow.Bytes(b.reveal(3))}))
	again, _ := b.settle(b.hear(consensus.Message{Certified: &types.Certified{Certificate: null}}))
	if fmt.Sprint(again) != "[4 4 4]" {
		t.Errorf("again %v", again)
	}
	b.view(4)
}

// Goal: nobody fills a member's memory with what nobody can check, nor the network
// with what it asks for, and the nearest views stay. Method: floods of unsigned
// proposals by one peer and by many, of heavy ones, of all distances; then what the
// member needs next.
func TestHeldIsBounded(t *testing.T) {
	forged := func(n int, v types.View, bytes int) consensus.Message {
		x := &types.Block{Header: types.Header{Version: 1, View: v, Height: 2, ParentView: v - 1, Parent: keys.Sum([]byte("parent"), []byte{byte(n), byte(n >> 8)})}}
		if bytes > 0 {
			x.Body.Txs = []types.Bytes{make(types.Bytes, bytes)}
		}
		x.Header.VotesRoot, x.Header.ViewsRoot, x.Header.TxRoot = x.Body.VotesRoot(), x.Body.ViewsRoot(), x.Body.TxRoot()
		return consensus.Message{Proposal: x}
	}
	flood := func(b *bench, n int, peer func(int) string, view func(int) types.View, bytes int) (fetched int) {
		for i := range n {
			_, f := b.settle(b.ahead(forged(i, view(i), bytes), peer(i)))
			fetched += f
		}
		return fetched
	}
	one := func(int) string { return "one" }
	many := func(i int) string { return fmt.Sprint(i) }
	far := func(int) types.View { return 60 }

	b := newBench(t, 0)
	if f := flood(b, 300, one, far, 0); b.m.Status().Held > consensus.HeldPeer || f > consensus.HeldPeer {
		t.Errorf("one peer: %d held, %d fetched", b.m.Status().Held, f)
	}
	b = newBench(t, 0)
	if f := flood(b, 300, many, far, 0); b.m.Status().Held != consensus.HeldMax || f > consensus.HeldMax {
		t.Errorf("many peers: %d held, %d fetched", b.m.Status().Held, f)
	}
	// Falling views replace one another, which must come to an end.
	if f := flood(b, 3000, many, func(i int) types.View { return types.View(60 - i*55/3000) }, 0); b.m.Status().Held != consensus.HeldMax || f > 60*consensus.HeldMax {
		t.Errorf("falling views: %d held, %d fetched", b.m.Status().Held, f)
	}
	b = newBench(t, 0)
	flood(b, 20, many, far, 1<<20)
	if n := b.m.Status().Held; n > consensus.HeldBytes>>20 {
		t.Errorf("%d of 1 MiB are held", n)
	}
	flood(b, 20, many, func(int) types.View { return 50 }, 3<<20)
	if n := b.m.Status().Held; n > consensus.HeldBytes>>20 {
		t.Errorf("%d are held, some of 3 MiB", n)
	}

	// Out of reach altogether.
	b = newBench(t, 0)
	held := b.m.Step(b.now, consensus.Held{Message: forged(1, 1+consensus.ViewsAhead+1, 0), From: "one"})
	if b.m.Status().Held != 0 || len(held.Ask) != 0 {
		t.Errorf("a view beyond what is kept: %+v, %+v", b.m.Status(), held.Ask)
	}

	// The nearest stay, and are what the member goes on with.
	b = newBench(t, 0)
	blocks := b.line(3)
	flood(b, 300, many, far, 0)
	b.ahead(consensus.Message{Proposal: blocks[2]}, "honest")
	b.ahead(consensus.Message{Proposal: blocks[1]}, "honest")
	flood(b, 300, many, far, 0)
	again, _ := b.settle(b.hear(consensus.Message{Proposal: blocks[0]}))
	if fmt.Sprint(again) != "[2 3]" {
		t.Errorf("again %v after a flood", again)
	}
	b.view(3)
}

// Goal: a message is held only where it could become right: one that its sender
// made wrong is its fault, whatever its view. Method: certificates and proposals of
// a view ahead with too little weight, wrong roots, too far.
func TestAheadIsNoExcuse(t *testing.T) {
	b := newBench(t, 0)
	light := b.nullification(5, nil)
	light.Signers, light.Signatures = types.Bytes{2}, light.Signatures[:1]
	rooted := b.block(5, func(x *types.Block) { x.Body.Views = nil })
	rooted.Header.TxRoot[0] ^= 1
	distant := b.nullification(1<<40, nil)
	for what, msg := range map[string]consensus.Message{
		"light":   {Certified: &types.Certified{Certificate: light}},
		"roots":   {Proposal: rooted},
		"distant": {Certified: &types.Certified{Certificate: distant}},
		"long":    {Vote: &types.Vote{Statement: types.Statement{Kind: types.Nullify, View: 5}, Attachment: make(types.Bytes, 4096)}},
		"loud":    {Vote: &types.Vote{Statement: types.Statement{Kind: types.Finalize, View: 5, Digest: keys.Hash{1}}, Attachment: types.Bytes{1}}},
	} {
		if _, err := b.m.Signatures(&msg); err == nil || errors.Is(err, consensus.ErrAhead) || errors.Is(err, consensus.ErrEpoch) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
