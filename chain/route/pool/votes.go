package pool

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// intake takes the votes of one block in. Pools and rosters that it needs are
// read once, and what has changed is written at the end.
type intake struct {
	c       *route.Ctx
	by      keys.Address // who includes
	blocks  map[types.Height]*blockPool
	changed []types.Height // of blocks
	rosters map[types.Epoch]*types.Roster
}

// begin names the parent's pool and includes the votes that the block carries.
// Any fault of them makes the block invalid.
func begin(c *route.Ctx) error {
	in := &intake{
		c: c, by: c.Block.Schedule.ASC(c.Block.View).Producer,
		blocks: map[types.Height]*blockPool{}, rosters: map[types.Epoch]*types.Roster{},
	}
	inside, err := in.parent()
	if err != nil {
		return err
	}
	for i := range c.Block.Votes {
		cert := &c.Block.Votes[i]
		if i == 0 && inside && cert.Kind == types.Finalize {
			continue // certifies, pays nothing
		}
		if err := in.vote(cert); err != nil {
			return err
		}
	}
	if err := in.records(); err != nil {
		return err
	}
	for _, h := range in.changed {
		blocks.Set(c, h, *in.blocks[h])
	}
	return nil
}

// parent names the pool of the parent, whose digest no rule of its own block
// could know, and checks what certifies it. inside is false for the first block
// of an epoch: it builds on a boundary that is final, and members of the new
// epoch need not have its certificate.
func (in *intake) parent() (inside bool, err error) {
	b := in.c.Block
	p := in.at(b.Height - 1)
	if p == nil {
		return false, nil // on the genesis
	}
	p.Ballot.Digest = b.Parent
	in.changed = append(in.changed, b.Height-1)
	if p.Ballot.Epoch != b.Epoch {
		return false, nil
	}
	if p.Ballot.View != b.ParentView {
		return true, fmt.Errorf("%w: it is of view %d, not %d", ErrParent, p.Ballot.View, b.ParentView)
	}
	if len(b.Votes) == 0 {
		return true, fmt.Errorf("%w: there are none", ErrParent)
	}
	cert := &b.Votes[0]
	if cert.Kind != types.Notarize && cert.Kind != types.Finalize ||
		cert.Epoch != b.Epoch || cert.View != b.ParentView || cert.Digest != b.Parent {
		return true, fmt.Errorf("%w: %s of view %d", ErrParent, cert.Kind, cert.View)
	}
	bench := in.roster(b.Epoch)
	need := quorum.Threshold(bench.Total())
	if w, err := cert.Weight(bench); err != nil || w < need || len(cert.Attachment) != 0 {
		return true, fmt.Errorf("%w: weight %d of %d", ErrParent, w, need)
	}
	return true, nil
}

// vote includes the votes of a certificate on a block of the chain.
func (in *intake) vote(cert *types.Certificate) error {
	if cert.Kind != types.Notarize && cert.Kind != types.Reject {
		return fmt.Errorf("%w: %s", ErrVotes, cert.Kind)
	}
	b := in.c.Block
	for h := below(b.Height, 1); h > 0 && h+span(in.c) >= b.Height; h-- {
		p := in.at(h)
		if p != nil && p.Ballot.Epoch == cert.Epoch && p.Ballot.View == cert.View && p.Ballot.Digest == cert.Digest {
			in.changed = append(in.changed, h)
			return in.include(&p.Ballot, cert)
		}
	}
	return fmt.Errorf("%w: no block %s of view %d/%d in the window", ErrVotes, cert.Digest.Short(), cert.Epoch, cert.View)
}

// include adds the signers of a certificate to a ballot. All must be new.
func (in *intake) include(b *ballot, cert *types.Certificate) error {
	bench := in.roster(cert.Epoch)
	if bench == nil {
		return fmt.Errorf("%w: roster of epoch %d is not kept", ErrVotes, cert.Epoch)
	}
	signers, err := cert.Indices(len(bench.Members))
	if err != nil || len(signers) == 0 || len(cert.Attachment) != 0 {
		return fmt.Errorf("%w: %s of view %d/%d is empty or malformed", ErrVotes, cert.Kind, cert.Epoch, cert.View)
	}
	seen := b.Rejects
	if cert.Kind == types.Notarize {
		seen = b.approvals(len(bench.Members))
	}
	for _, i := range signers {
		if has(seen, i) {
			return fmt.Errorf("%w: %s of member %d in view %d/%d is included already", ErrVotes, cert.Kind, i, cert.Epoch, cert.View)
		}
	}
	if cert.Kind == types.Reject {
		b.Rejects = union(b.Rejects, cert.Signers)
		return nil
	}
	for i := range b.Approvals {
		if b.Approvals[i].By == in.by {
			b.Approvals[i].Signers = union(b.Approvals[i].Signers, cert.Signers)
			return nil
		}
	}
	b.Approvals = append(b.Approvals, inclusion{By: in.by, Signers: cert.Signers})
	return nil
}

// records includes what the view records say of refused headers.
func (in *intake) records() error {
	if len(in.c.Block.Views) == 0 {
		return nil
	}
	skipped, err := availability.Skipped(in.c)
	if err != nil {
		return err
	}
	for i := range in.c.Block.Views {
		rec := &in.c.Block.Views[i]
		anchor := in.c.Block.Height
		if uint64(i) >= skipped {
			var ok bool
			if anchor, ok = in.anchor(rec.Epoch, rec.View); !ok || len(rec.Rejected) == 0 {
				return fmt.Errorf("%w: addition about view %d/%d", ErrRecord, rec.Epoch, rec.View)
			}
		}
		for j := range rec.Rejected {
			if err := in.reject(anchor, rec, &rec.Rejected[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// anchor is the height of the block that skipped a view, where the window that
// begins with it is still open.
func (in *intake) anchor(e types.Epoch, v types.View) (types.Height, bool) {
	now := in.c.Block.Height
	for h := now - 1; h > 0 && h+span(in.c) > now; h-- {
		p := in.at(h)
		if p != nil && p.Ballot.Epoch == e && p.From < v && v < p.Ballot.View {
			return h, true
		}
	}
	return 0, false
}

// reject includes the votes on one refused header.
func (in *intake) reject(anchor types.Height, rec *types.ViewRecord, r *types.Rejected) error {
	h := &r.Header.Header
	k := place{Due: anchor + span(in.c) - 1, Epoch: rec.Epoch, View: rec.View, Digest: h.Digest()}
	if h.Epoch != rec.Epoch || h.View != rec.View || r.Rejects == nil && r.Notarizes == nil {
		return fmt.Errorf("%w: header %s is not of view %d/%d, or without votes", ErrRecord, k.Digest.Short(), rec.Epoch, rec.View)
	}
	b, ok := refused.Get(in.c, k)
	if !ok {
		var err error
		if b, err = in.open(k, h); err != nil {
			return err
		}
	}
	for _, v := range []struct {
		cert *types.Certificate
		kind types.Kind
	}{{r.Rejects, types.Reject}, {r.Notarizes, types.Notarize}} {
		if v.cert == nil {
			continue
		}
		want := types.Statement{Kind: v.kind, Epoch: k.Epoch, View: k.View, Digest: k.Digest}
		if v.cert.Statement != want {
			return fmt.Errorf("%w: votes on header %s say otherwise", ErrRecord, k.Digest.Short())
		}
		if err := in.include(&b, v.cert); err != nil {
			return err
		}
	}
	refused.Set(in.c, k, b)
	return nil
}

// open is the pool of a refused digest, before its first votes.
func (in *intake) open(k place, h *types.Header) (ballot, error) {
	others := 0
	refused.RangePrefix(in.c, place{Due: k.Due, Epoch: k.Epoch, View: k.View}, 3, func(place, ballot) bool {
		others++
		return true
	})
	if others >= refusedMax {
		return ballot{}, fmt.Errorf("%w: more than %d headers of view %d", ErrRecord, refusedMax, k.View)
	}
	s := in.c.Block.Schedule
	if k.Epoch != in.c.Block.Epoch {
		plan := availability.Plan(in.c, k.Epoch)
		if plan == nil {
			return ballot{}, fmt.Errorf("%w: plan of epoch %d is not kept", ErrRecord, k.Epoch)
		}
		var err error
		if s, err = types.NewSchedule(plan); err != nil {
			return ballot{}, err
		}
	}
	if k.Epoch == in.c.Block.Epoch && k.View > in.c.Block.View || !s.Known(k.View) {
		return ballot{}, fmt.Errorf("%w: view %d of epoch %d, whose salt no block opened", ErrRecord, k.View, k.Epoch)
	}
	asc := s.ASC(k.View)
	if h.ASC != asc.ID {
		return ballot{}, fmt.Errorf("%w: header of contract %s, which does not serve view %d", ErrRecord, h.ASC.Short(), k.View)
	}
	b := newBallot(in.c, k.Epoch, k.View, asc, s.Seed(k.View))
	b.Digest = k.Digest
	return b, nil
}

// newBallot is an empty pool that settles by the rules in force.
func newBallot(c *route.Ctx, e types.Epoch, v types.View, asc types.ASC, seed keys.Hash) ballot {
	return ballot{
		Epoch: e, View: v, Producer: asc.Producer, Encumbered: types.Whole(uint64(asc.Weight)), Seed: seed, Rules: opening(c),
	}
}

// at is the pool of a block, nil where it is not open.
func (in *intake) at(h types.Height) *blockPool {
	if p, ok := in.blocks[h]; ok {
		return p
	}
	p, ok := blocks.Get(in.c, h)
	if !ok {
		in.blocks[h] = nil
		return nil
	}
	in.blocks[h] = &p
	return &p
}

// roster is that of an epoch, nil where it is not kept.
func (in *intake) roster(e types.Epoch) *types.Roster {
	if r, ok := in.rosters[e]; ok {
		return r
	}
	var out *types.Roster
	if r, ok := availability.Roster(in.c, e); ok {
		out = &r
	}
	in.rosters[e] = out
	return out
}

// approvals is the set of members whose approval is included, out of n.
func (b *ballot) approvals(n int) types.Bytes {
	all := make(types.Bytes, (n+7)/8)
	for i := range b.Approvals {
		all = union(all, b.Approvals[i].Signers)
	}
	return all
}

// has reports whether a bitmap holds a member; the empty one holds none.
func has(set types.Bytes, i int) bool { return len(set) > i/8 && set[i/8]>>(i%8)&1 == 1 }

// union is a new bitmap; either may be empty, else they are of one length.
func union(a, b types.Bytes) types.Bytes {
	out := append(types.Bytes(nil), b...)
	if len(out) < len(a) {
		out = append(out, make(types.Bytes, len(a)-len(out))...)
	}
	for i := range a {
		out[i] |= a[i]
	}
	return out
}
