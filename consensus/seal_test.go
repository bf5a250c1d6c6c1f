package consensus_test

import (
	"fmt"
	"testing"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// honest fails where members that keep to the protocol were accused, or where
// anything of theirs was refused.
func (w *net) honest() {
	w.t.Helper()
	for _, m := range w.members {
		if len(m.faults) > 0 {
			w.t.Fatalf("member %d accuses the honest: %+v", m.id, m.faults[0])
		}
		if r := m.m.Status().Refused; r != (consensus.Refusals{}) {
			w.t.Fatalf("member %d refuses what the honest say: %+v", m.id, r)
		}
	}
}

// recovered counts the skipped views in a chain whose salt shares opened, and
// those that a reveal opened.
func recovered(chain []*types.Block) (byShares, byReveal int) {
	for _, b := range chain {
		for i := range b.Body.Views {
			rec := &b.Body.Views[i]
			if rec.Nullification == nil || len(rec.Salt) == 0 {
				continue
			}
			if o, err := escrow.ParseOpening(rec.Nullification.Attachment); err == nil && len(o.Reveal) > 0 {
				byReveal++
			} else if err == nil {
				byShares++
			}
		}
	}
	return byShares, byReveal
}

// Goal: whoever withholds a block withholds no salt: the chain goes on through
// every epoch, with the seeds that were dealt. Method: calm links on which the
// proposals of every third view are lost, or one member is gone for good.
func TestWithheldSaltsAreRecovered(t *testing.T) {
	for name, tc := range map[string]struct {
		weights []types.Weight
		stride  uint64
		salts   uint32
		gone    int // −1: nobody
	}{
		"four":         {[]types.Weight{10, 10, 10, 10}, 1, 0, -1},
		"four, gone":   {[]types.Weight{10, 10, 10, 10}, 1, 0, 2},
		"uneven, gone": {[]types.Weight{40, 20, 20, 10, 10, 5, 3}, 1, 0, 2},
		"no tickets":   {[]types.Weight{50, 30, 20, 1, 1}, 1, 0, 2}, // for the light ones
		"stride":       {[]types.Weight{10, 10, 10, 10}, 3, 0, 1},
		"few salts":    {[]types.Weight{10, 10, 10, 10}, 1, 2, 1},
		"one":          {[]types.Weight{7}, 1, 0, -1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSealedNet(t, 5, tc.weights, 8, 5, tc.stride, tc.salts)
			w.seal.strict = true
			if tc.gone >= 0 {
				w.members[tc.gone].down = true
			} else if len(tc.weights) > 1 {
				w.drop = func(_ int, m *consensus.Message) bool { return m.Proposal != nil && m.Proposal.Header.View%3 == 0 }
			}
			w.run(w.now+400_000, func() bool { return w.height(true) >= 32 })
			if w.height(true) < 32 {
				for _, m := range w.members {
					t.Logf("member %d: %+v", m.id, m.m.Status())
				}
				t.Fatalf("height %d", w.height(true))
			}
			w.honest()
			shares, _ := recovered(w.members[0].chain)
			if len(tc.weights) > 1 && shares == 0 {
				t.Fatal("no view was recovered by shares")
			}
		})
	}
}

// Goal: agreement in chaos, finality after calm, and no share or reveal of an
// honest member is ever refused, under the recoverable beacon. Method: many seeds
// with loss, delay, partitions, crashes and restarts; then a healed network.
func TestRecoverableChaosThenCalm(t *testing.T) {
	for seed := uint64(1); seed <= 12; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			weights := [][]types.Weight{{10, 10, 10, 10}, {5, 1, 1, 1, 3}, {40, 20, 20, 10, 10, 5, 3}, {7, 7, 7, 7, 7, 7, 7}}[seed%4]
			w := newSealedNet(t, seed, weights, 9, 40, 1+seed%5/3, uint32(seed%3))
			w.seal.strict = true
			w.loss, w.delay = int(seed%5)*6, 20+int(seed%7)*60
			for range 12 {
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
			target, calm := types.Height(len(w.chain))+10, w.now
			w.run(w.now+200_000, func() bool { return w.height(true) >= target })
			if w.height(true) < target {
				for _, m := range w.members {
					t.Logf("member %d: %+v", m.id, m.m.Status())
				}
				t.Fatalf("height %d of %d, %d ms after calm", w.height(true), target, w.now-calm)
			}
			w.honest()
		})
	}
}

// Goal: a network that lost power whole, with Nullifies signed and their shares
// forgotten, goes on. Method: all crash at many instants while proposals are lost;
// what was in flight is gone.
func TestRecoverablePowerLoss(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		w := newSealedNet(t, seed, []types.Weight{10, 10, 10, 10}, 64, 2, 1, 0)
		w.seal.strict = true
		w.drop = func(_ int, m *consensus.Message) bool { return m.Proposal != nil && m.Proposal.Header.View%2 == 0 }
		w.delay = 100
		w.run(w.now+types.Time(400+97*seed), func() bool { return false })
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
		w.honest()
	}
}

// bench is one machine of four members in view 1 of a sealed net, stepped by hand.
type bench struct {
	*net
	t    *testing.T
	m    *consensus.Machine
	self int
	plan *types.Plan
}

func newBench(t *testing.T, self int) *bench {
	w := newSealedNet(t, 1, []types.Weight{10, 10, 10, 10}, 64, 1, 1, 0)
	b := &bench{net: w, t: t, self: self, plan: w.plans[0]}
	b.restart(nil)
	return b
}

// restart makes the machine anew from votes that its signer remembers.
func (b *bench) restart(votes []types.Vote) consensus.Ready {
	b.m = consensus.New(b.config(b.members[b.self]))
	return b.m.Step(b.now, consensus.Start{Plan: b.seal.opened(b.plan, 0), Base: consensus.Base{Digest: b.genesis, Time: b.now}, Votes: votes})
}

// nullify is a member's vote with the given attachment.
func (b *bench) nullify(i int, v types.View, attachment types.Bytes) types.Vote {
	st := types.Statement{Kind: types.Nullify, View: v}
	return types.Vote{Statement: st, Signer: uint32(i), Signature: b.members[i].key.Sign(st.SignBytes(b.genesis)), Attachment: attachment}
}

// share is what a member's Nullify of a view should bring.
func (b *bench) share(i int, v types.View) []escrow.Share {
	s := b.seal.at(0, v)
	return []escrow.Share{b.seal.suite.Share(s.Place(v), s.Dealing(v), uint32(i), escrowKey(i, 0))}
}

func shares(list ...escrow.Share) types.Bytes {
	return escrow.MarshalOpening(escrow.Opening{Shares: list})
}

// reveal is the true one of a view.
func (b *bench) reveal(v types.View) types.Bytes {
	_, r := b.seal.open(0, v)
	return r
}

// hear steps the machine with a message as the node does.
func (b *bench) hear(msg consensus.Message) consensus.Ready {
	b.t.Helper()
	in := b.judge(&member{id: b.self, m: b.m}, 9, msg)
	if in == nil {
		b.t.Fatal("dropped")
	}
	return b.m.Step(b.now, in)
}

func (b *bench) vote(v types.Vote) consensus.Ready {
	b.t.Helper()
	return b.hear(consensus.Message{Vote: &v})
}

// block is a leader's block of a view on the genesis, behind Nullifications by the
// three others of every view before, with right openings, changed before it is
// signed.
func (b *bench) block(v types.View, change func(*types.Block)) *types.Block {
	truth := b.seal.at(0, v+1)
	asc := truth.ASC(v)
	_, reveal := b.seal.open(0, v)
	out := &types.Block{Header: types.Header{
		Version: 1, View: v, Height: 1, Parent: b.genesis, Time: b.now, ASC: asc.ID, Reveal: reveal, Seed: truth.Seed(v),
	}}
	for u := types.View(1); u < v; u++ {
		cert := b.nullification(u, escrow.MarshalOpening(escrow.Opening{Reveal: escrow.Bytes(b.reveal(u))}))
		out.Body.Views = append(out.Body.Views, types.ViewRecord{View: u, Nullification: &cert, Salt: truth.Opened(u)})
	}
	if change != nil {
		change(out)
	}
	out.Header.VotesRoot, out.Header.ViewsRoot, out.Header.TxRoot = out.Body.VotesRoot(), out.Body.ViewsRoot(), out.Body.TxRoot()
	st := out.Header.Statement()
	out.Signature = b.members[b.seal.held[asc.Key]].key.Sign(st.SignBytes(b.genesis))
	return out
}

// nullification is one by three members.
func (b *bench) nullification(v types.View, attachment types.Bytes) types.Certificate {
	var votes []types.Vote
	for i := range b.members {
		if i != b.self {
			votes = append(votes, b.nullify(i, v, nil))
		}
	}
	c := types.Bundle(votes, len(b.members))
	c.Attachment = attachment
	return c
}

func (b *bench) view(want types.View) {
	b.t.Helper()
	if got := b.m.Status().View; got != want {
		b.t.Fatalf("in view %d, want %d: %+v", got, want, b.m.Status())
	}
}

func (b *bench) refused(shares, reveals, openings int) {
	b.t.Helper()
	if got := b.m.Status().Refused; got != (consensus.Refusals{Shares: shares, Reveals: reveals, Openings: openings}) {
		b.t.Fatalf("refused %+v, want %d shares, %d reveals, %d openings", got, shares, reveals, openings)
	}
}

// Goal: a Nullify counts with its sender's share, or once the salt is known, and
// with anything else not at all. Method: Nullifies of all others without shares or
// with wrong ones; each kind is refused and counted; the right ones, sent again,
// count, and two of them with a third one's bare Nullify make the Nullification.
func TestNullifyCountsWithItsShare(t *testing.T) {
	b := newBench(t, 0)
	for i := 1; i < 4; i++ {
		b.vote(b.nullify(i, 1, nil))
	}
	b.view(1)
	b.refused(0, 0, 0)
	forged := b.share(1, 1)[0]
	forged.Proof[7] ^= 1
	renamed := b.share(1, 1)[0]
	renamed.Ticket = 2
	wrong := []types.Bytes{
		types.Bytes("garbage"), shares(forged), shares(renamed), shares(b.share(2, 1)...), shares(b.share(1, 2)...),
		shares(append(b.share(1, 1), b.share(2, 1)...)...), {0x82, 0x40, 0x80},
	}
	for n, a := range wrong {
		for range 2 { // sent twice it is looked at twice, and counted so
			b.vote(b.nullify(1, 1, a))
		}
		b.view(1)
		b.refused(2*(n+1), 0, 0)
	}
	refused := len(wrong) * 2
	// A wrong reveal is no better, and is told apart.
	bad := append(types.Bytes(nil), b.reveal(1)...)
	bad[50] ^= 1
	b.vote(b.nullify(1, 1, escrow.MarshalOpening(escrow.Opening{Reveal: escrow.Bytes(bad)})))
	b.view(1)
	b.refused(refused, 0, 1)

	b.vote(b.nullify(1, 1, shares(b.share(1, 1)...)))
	b.view(1)
	if r := b.vote(b.nullify(2, 1, shares(b.share(2, 1)...))); len(r.Send) != 1 || r.Send[0].Certified == nil {
		t.Fatalf("%+v", r.Send) // 3's bare Nullify counts since the salt is known
	} else {
		c := r.Send[0].Certified.Certificate
		o, err := escrow.ParseOpening(c.Attachment)
		if err != nil || len(o.Shares) != 2 || o.Shares[0].Ticket != 1 || o.Shares[1].Ticket != 2 || len(c.Signatures) != 3 {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	b.view(2)
	b.refused(refused, 0, 1)
}

// Goal: a right reveal, whoever brings it and beside whatever vote, opens the view
// for all that waits. Method: bare Nullifies, then one with the reveal; and bare
// ones, then the header of the view's own block.
func TestRevealCountsForAll(t *testing.T) {
	b := newBench(t, 0)
	b.vote(b.nullify(1, 1, nil))
	b.vote(b.nullify(2, 1, nil))
	b.vote(b.nullify(3, 1, escrow.MarshalOpening(escrow.Opening{Reveal: escrow.Bytes(b.reveal(1))})))
	b.view(2)
	b.refused(0, 0, 0)

	b = newBench(t, 0)
	for i := 1; i < 4; i++ {
		b.vote(b.nullify(i, 1, nil))
	}
	b.view(1)
	b.hear(consensus.Message{Proposal: b.block(1, nil)})
	b.view(2)
	b.refused(0, 0, 0)
}

// Goal: shares that come before their view is within reach wait, and are looked at
// when it is. Method: Nullifies of view 2 with right shares, wrong ones, and both in
// either order, before view 1 is left.
func TestSharesAheadWait(t *testing.T) {
	b := newBench(t, 0)
	right := func(i int) types.Vote { return b.nullify(i, 2, shares(b.share(i, 2)...)) }
	wrong := func(i int) types.Vote { return b.nullify(i, 2, shares(b.share(i, 1)...)) }
	b.vote(right(1))
	b.vote(right(2))
	b.vote(right(3))
	b.refused(0, 0, 0) // nobody can judge them
	b.view(1)
	if n := b.m.Status().Votes; n != 3 {
		t.Fatalf("%d votes kept", n)
	}
	c := b.nullification(1, shares(append(b.share(1, 1), b.share(2, 1)...)...))
	b.hear(consensus.Message{Certified: &types.Certified{Certificate: c}})
	b.view(3)

	b = newBench(t, 0)
	b.vote(wrong(1))
	b.vote(wrong(2))
	b.vote(nullifyBare(b, 3))
	c = b.nullification(1, shares(append(b.share(2, 1), b.share(3, 1)...)...))
	b.hear(consensus.Message{Certified: &types.Certified{Certificate: c}})
	b.view(2)
	b.refused(2, 0, 0)
	b.vote(right(1))
	b.view(2)
	b.vote(right(3))
	b.view(3) // and 2's counts, whose shares were wrong
}

func nullifyBare(b *bench, i int) types.Vote { return b.nullify(i, 2, nil) }

// Goal: a share taken away or spoiled on the way is harmless once the right one
// comes, although nobody signs it. Method: someone relays a member's Nullify with
// another attachment, before and after the right one, while the view is ahead.
func TestRelayedAttachmentsDoNotCensor(t *testing.T) {
	for name, order := range map[string][]int{"spoiled first": {0, 1}, "spoiled last": {1, 0}, "taken away last": {1, 2}} {
		b := newBench(t, 0)
		for i := 1; i < 4; i++ {
			form := []types.Vote{
				b.nullify(i, 2, types.Bytes("garbage")), b.nullify(i, 2, shares(b.share(i, 2)...)), b.nullify(i, 2, nil),
			}
			for _, k := range order {
				b.vote(form[k])
			}
		}
		c := b.nullification(1, shares(append(b.share(1, 1), b.share(2, 1)...)...))
		b.hear(consensus.Message{Certified: &types.Certified{Certificate: c}})
		for i := 1; i < 4; i++ { // their senders repeat themselves at the latest
			b.vote(b.nullify(i, 2, shares(b.share(i, 2)...)))
		}
		if b.m.Status().View != 3 {
			t.Errorf("%s: %+v", name, b.m.Status())
		}
	}
}

// Goal: a Nullification that does not open its view is not acted on, and its votes
// count once the salt comes. Method: certificates without an opening, with garbage,
// of another view and with a share too many; then one share opens it together with
// an own one.
func TestIncompleteNullification(t *testing.T) {
	b := newBench(t, 0)
	many := shares(append(append(b.share(1, 1), b.share(2, 1)...), b.share(3, 1)...)...)
	other := shares(append(b.share(1, 2), b.share(2, 2)...)...)
	for n, a := range []types.Bytes{nil, types.Bytes("garbage"), many, other} {
		c := b.nullification(1, a)
		if r := b.hear(consensus.Message{Certified: &types.Certified{Certificate: c}}); len(r.Send) != 0 {
			t.Fatalf("attachment %d is relayed: %+v", n, r.Send)
		}
		b.view(1)
	}
	if got := b.m.Status().Refused; got.Openings < 3 {
		t.Fatalf("%+v", got)
	}
	b.vote(b.nullify(1, 1, shares(b.share(1, 1)...)))
	b.view(1)
	b.vote(b.nullify(3, 1, shares(b.share(3, 1)...)))
	b.view(2)
}

// Goal: votes that wait are still evidence. Method: a bare Nullify that does not
// count yet, then a Finalize of the same member and view; and the other way round.
func TestWaitingNullifyIsEvidence(t *testing.T) {
	for _, first := range []types.Kind{types.Nullify, types.Finalize} {
		b := newBench(t, 0)
		st := types.Statement{Kind: types.Finalize, View: 1, Digest: keys.Sum([]byte("d"))}
		final := types.Vote{Statement: st, Signer: 2, Signature: b.members[2].key.Sign(st.SignBytes(b.genesis))}
		pair := []types.Vote{b.nullify(2, 1, nil), final}
		if first == types.Finalize {
			pair[0], pair[1] = pair[1], pair[0]
		}
		if r := b.vote(pair[0]); len(r.Evidence) != 0 {
			t.Fatalf("%+v", r.Evidence)
		}
		r := b.vote(pair[1])
		if len(r.Evidence) != 1 || r.Evidence[0].Signer != 2 || !consensus.Conflict(r.Evidence[0].A.Statement, r.Evidence[0].B.Statement) {
			t.Errorf("%v first: %+v", first, r.Evidence)
		}
	}
}

// Goal: a header whose reveal is wrong is evidence of one header, opens nothing and
// is not voted for. Method: an own timer that runs out behind it; the leader's
// Nullify, the other leader's block, go on.
func TestWrongRevealIsEvidence(t *testing.T) {
	for what, spoil := range map[string]func(*types.Block){
		"none": func(b *types.Block) { b.Header.Reveal = nil },
		"wrong": func(b *types.Block) {
			b.Header.Reveal = append(types.Bytes(nil), b.Header.Reveal...)
			b.Header.Reveal[3] ^= 1
		},
		"long": func(b *types.Block) { b.Header.Reveal = append(append(types.Bytes(nil), b.Header.Reveal...), 0) },
	} {
		b := newBench(t, 0)
		bad := b.block(1, spoil)
		r := b.hear(consensus.Message{Proposal: bad})
		if len(r.Evidence) != 1 || len(r.Evidence[0].Headers) != 1 || r.Evidence[0].Headers[0].Header.Digest() != bad.Digest() ||
			r.Evidence[0].Key != b.plan.List[b.seal.truth[0].Leader(1)].Key {
			t.Fatalf("%s: %+v", what, r.Evidence)
		}
		b.refused(0, 1, 0)
		for _, a := range r.Ask {
			if e, ok := a.(consensus.Execute); ok {
				r = b.m.Step(b.now, consensus.Executed{Digest: e.Digest, Err: b.seal.check(e.Block)})
			}
		}
		nullified := false
		for _, s := range r.Sign {
			if s.Kind == types.Notarize || s.Kind == types.Finalize {
				t.Errorf("%s: signs %v", what, s)
			}
			nullified = nullified || s.Kind == types.Nullify
		}
		if !nullified {
			t.Errorf("%s: no Nullify among %v", what, r.Sign)
		}
		// It is told once, and what it did not open is still closed.
		if r := b.hear(consensus.Message{Proposal: bad}); len(r.Evidence) != 0 {
			t.Errorf("%s: told again", what)
		}
		for i := 1; i < 4; i++ {
			b.vote(b.nullify(i, 1, nil))
		}
		b.view(1)
	}
}

// Goal: an own Nullify is sent with its shares, which are asked for once it is
// journaled, and again after a restart that remembers the vote alone. Method: let
// the timer run out, answer what the machine asks; restart and answer again; the
// bytes sent are the same.
func TestOwnNullifyBringsItsShares(t *testing.T) {
	b := newBench(t, 2)
	said, sent := b.timeout(nil, b.share(2, 1))
	if len(said) != 1 || said[0].Kind != types.Nullify || len(sent) != 1 {
		t.Fatalf("signs %v, sends %+v", said, sent)
	}
	o, err := escrow.ParseOpening(sent[0].Attachment)
	if err != nil || len(o.Shares) != 1 || o.Shares[0] != b.share(2, 1)[0] {
		t.Fatalf("%+v, %v", o, err)
	}
	bare := sent[0]
	bare.Attachment = nil
	r := b.restart([]types.Vote{bare})
	_, again := b.timeout(&r, b.share(2, 1))
	if len(again) != 1 || string(again[0].Attachment) != string(sent[0].Attachment) || again[0].Signature != sent[0].Signature {
		t.Fatalf("after a restart: %+v", again)
	}
	// It counts: with two others the view is left, by shares of the lowest tickets.
	b.vote(b.nullify(3, 1, shares(b.share(3, 1)...)))
	r = b.vote(b.nullify(1, 1, shares(b.share(1, 1)...)))
	b.view(2)
	found := false
	for _, msg := range r.Send {
		found = found || msg.Certified != nil && msg.Certified.Certificate.Kind == types.Nullify && len(msg.Certified.Certificate.Attachment) > 0
	}
	if !found {
		t.Errorf("%+v", r.Send)
	}
}

// timeout answers what the machine asks to sign and to share when its timer in
// view 1 has run out, and gives what it signed and the Nullifies it sent.
func (b *bench) timeout(first *consensus.Ready, own []escrow.Share) (said []types.Statement, sent []types.Vote) {
	b.t.Helper()
	queue := []consensus.Input{}
	take := func(r consensus.Ready) {
		if len(r.Send) > 0 && len(r.Sign) > 0 {
			for _, msg := range r.Send {
				if msg.Vote != nil {
					b.t.Fatalf("sends %+v in the step that asks for its signature", msg.Vote)
				}
			}
		}
		for _, s := range r.Sign {
			said = append(said, s)
			queue = append(queue, consensus.Signed{Statement: s, Signature: b.members[b.self].key.Sign(s.SignBytes(b.genesis))})
		}
		for _, a := range r.Ask {
			if a, ok := a.(consensus.Share); ok {
				if a.View != 1 || a.Count != 1 || a.First != uint32(b.self) {
					b.t.Fatalf("%+v", a)
				}
				queue = append(queue, consensus.Shared{View: a.View, Shares: own})
			}
		}
		for _, msg := range r.Send {
			if msg.Vote != nil && msg.Vote.Kind == types.Nullify {
				sent = append(sent, *msg.Vote)
			}
		}
	}
	if first != nil {
		take(*first)
	} else {
		b.now += 501
		take(b.m.Step(b.now, consensus.Tick{}))
	}
	for len(queue) > 0 {
		in := queue[0]
		queue = queue[1:]
		take(b.m.Step(b.now, in))
	}
	return said, sent
}

// Goal: a signer that gives no shares does not stop its machine: the Nullify goes
// out bare and counts once others open the view. Method: an empty answer.
func TestNoSharesFromTheSigner(t *testing.T) {
	b := newBench(t, 2)
	_, sent := b.timeout(nil, nil)
	if len(sent) != 1 || len(sent[0].Attachment) != 0 {
		t.Fatalf("%+v", sent)
	}
	b.vote(b.nullify(0, 1, shares(b.share(0, 1)...)))
	b.view(1)
	b.vote(b.nullify(1, 1, shares(b.share(1, 1)...)))
	b.view(2)
}
