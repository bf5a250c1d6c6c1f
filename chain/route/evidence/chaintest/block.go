package chaintest

import (
	"errors"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence"
	"probity/chain/route/params"
	"probity/chain/state"
	"probity/chain/types"
)

// Draft is what is unusual about a block.
type Draft struct {
	Skip    int                 // views nullified since the parent
	Refused [][]types.Rejected  // headers in the records of the skipped views, in order
	Parent  *types.Certificate  // first votes; nil: everyone notarized the parent
	Votes   []types.Certificate // after the first
	Late    []types.ViewRecord  // after the records of the skipped views
	Edit    func(*Chain)        // changes Chain.Block before the hooks run
}

var errRunning = errors.New("chaintest: a block is running")

// Begin opens the next block and runs the Begin hooks. Where they refuse it the
// chain is as before and another may be begun.
func (w *Chain) Begin(d Draft) error {
	if w.running {
		return errRunning
	}
	last := w.Block
	e, v := w.NextView()
	v += types.View(d.Skip)
	plan := w.Plan(e)
	if w.schedule == nil || w.planned != e {
		w.schedule, w.planned = w.Schedule(e), e
	}
	known := w.Known(e, v)
	asc := known.ASC(v)
	w.Block.Epoch, w.Block.View, w.Block.Height = e, v, last.Height+1
	w.Block.ParentView, w.Block.Parent, w.Block.ParentTime = last.View, Digest(last.Height), last.Time
	w.Block.Time = last.Time + plan.Interval
	w.Block.ASC, w.Block.Seed, w.Block.Schedule = asc.ID, known.Seed(v), w.schedule
	w.Block.Reveal = w.Reveal(e, v)
	w.Block.Fees, w.Block.Burned, w.Block.Reward, w.Block.Weight = types.Amount{}, types.Amount{}, types.Amount{}, 0
	w.Block.Votes, w.Block.Views = w.votes(last.Epoch, d), w.records(d)
	if d.Edit != nil {
		d.Edit(w)
	}
	p, err := params.Load(state.NewBase(w.backend), w.Table)
	if err != nil {
		return err
	}
	w.Params = p
	w.open()
	if err := w.unseal(v - types.View(d.Skip)); err != nil {
		w.Block, w.running = last, false
		return fmt.Errorf("beacon: %w", err)
	}
	for _, r := range w.Table {
		if r.Begin == nil {
			continue
		}
		if err := r.Begin(w.ctx.For(r)); err != nil {
			w.Block, w.running = last, false
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return nil
}

// unseal opens the salts of the block's views, as the executor does before the
// hooks. Records that are not there are for the hooks to miss.
func (w *Chain) unseal(first types.View) error {
	b := &types.Block{
		Header: types.Header{Epoch: w.Block.Epoch, View: w.Block.View, Height: w.Block.Height, Reveal: w.Block.Reveal},
		Body:   types.Body{Views: w.Block.Views},
	}
	for i := range b.Body.Views {
		if first+types.View(i) < b.Header.View && b.Body.Views[i].Nullification == nil {
			return nil
		}
	}
	if w.Block.Schedule == nil || first+types.View(len(b.Body.Views)) < b.Header.View || b.Header.View < first {
		return nil
	}
	return beacon.Open(w.ctx, w.Facts.Escrow, w.Block.Schedule, b, first, false)
}

// votes begin with the parent's certificate, except on the genesis and at the
// start of an epoch, where the draft may give one.
func (w *Chain) votes(parentEpoch types.Epoch, d Draft) (out []types.Certificate) {
	switch {
	case d.Parent != nil:
		out = append(out, *d.Parent)
	case w.Block.Height > w.Plan(w.Block.Epoch).First:
		out = append(out, w.Certificate(types.Notarize, parentEpoch, w.Block.ParentView, w.Block.Parent))
	}
	return append(out, d.Votes...)
}

func (w *Chain) records(d Draft) (out []types.ViewRecord) {
	for i := range d.Skip {
		v := w.Block.View - types.View(d.Skip) + types.View(i)
		c := w.Certificate(types.Nullify, w.Block.Epoch, v, keys.Hash{})
		rec := types.ViewRecord{Epoch: w.Block.Epoch, View: v, Nullification: &c}
		if w.recoverable(w.Block.Epoch) {
			rec.Salt, c.Attachment = w.Known(w.Block.Epoch, v).Opened(v), w.Opening(w.Block.Epoch, v)
		}
		if i < len(d.Refused) {
			rec.Rejected = d.Refused[i]
		}
		out = append(out, rec)
	}
	return append(out, d.Late...)
}

// End runs the End hooks, and those of the boundary where the epoch ends, and
// returns the block's events.
func (w *Chain) End() []types.Event {
	for _, r := range w.Table {
		if r.End != nil {
			r.End(w.ctx.For(r))
		}
	}
	if w.Block.Height == w.Plan(w.Block.Epoch).Last() {
		for i := len(w.Table) - 1; i >= 0; i-- {
			if r := w.Table[i]; r.Boundary != nil {
				r.Boundary(w.ctx.For(r))
			}
		}
	}
	events := w.ctx.Events()
	w.seal()
	return events
}

// Go makes n usual blocks.
func (w *Chain) Go(n int) error {
	for range n {
		if err := w.Begin(Draft{}); err != nil {
			return err
		}
		w.End()
	}
	return nil
}

// Certificate has the votes of some members of an epoch's roster, of all where
// none is named, without signatures.
func (w *Chain) Certificate(k types.Kind, e types.Epoch, v types.View, digest keys.Hash, names ...string) types.Certificate {
	members := w.Plan(e).Roster.Members
	c := types.Certificate{
		Statement: types.Statement{Kind: k, Epoch: e, View: v, Digest: digest},
		Signers:   make(types.Bytes, (len(members)+7)/8),
	}
	for i := range members {
		if in(names, w.Name(members[i].Address)) {
			c.Signers[i/8] |= 1 << (i % 8)
			c.Signatures = append(c.Signatures, keys.Signature{})
		}
	}
	return c
}

// On is a certificate about the block at a height, whose epoch and view the
// test knows.
func (w *Chain) On(k types.Kind, h types.Height, e types.Epoch, v types.View, names ...string) types.Certificate {
	return w.Certificate(k, e, v, Digest(h), names...)
}

func in(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return len(names) == 0
}

// Vote is a person's signed statement.
func (w *Chain) Vote(name string, k types.Kind, e types.Epoch, v types.View, digest keys.Hash) evidence.Signed {
	s := types.Statement{Kind: k, Epoch: e, View: v, Digest: digest}
	return evidence.Signed{Statement: s, Signature: w.Key(name).Sign(s.SignBytes(w.Facts.Genesis))}
}

// keyOf is a person's key, of now or before, with the given public part.
func (w *Chain) keyOf(name string, public keys.PublicKey) keys.PrivateKey {
	for n := w.rotated[name]; n >= 0; n-- {
		if k := consensusKey(name, n); k.Public() == public {
			return k
		}
	}
	return w.Key(name)
}

// Header is a right header of a view at a height, changed by edit, and signed
// by whom the view was drawn for.
func (w *Chain) Header(e types.Epoch, v types.View, h types.Height, edit func(*types.Header)) types.SignedHeader {
	plan, s := w.Plan(e), w.Known(e, v)
	asc := s.ASC(v)
	name := w.Name(asc.Producer)
	out := types.SignedHeader{Header: types.Header{
		Version: 1, Epoch: e, View: v, Height: h, Parent: Digest(h - 1), ASC: asc.ID, Seed: s.Seed(v),
		RosterHash: plan.Roster.Hash(),
	}}
	if next, ok := w.rosterHash(e + 1); ok {
		out.Header.NextRosterHash = next
	}
	out.Header.Reveal = w.Reveal(e, v)
	if edit != nil {
		edit(&out.Header)
	}
	st := out.Header.Statement()
	out.Signature = w.keyOf(name, asc.Key).Sign(st.SignBytes(w.Facts.Genesis))
	return out
}
