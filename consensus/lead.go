package consensus

import (
	"cmp"
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
)

// parent is what the present view's leader builds on.
type parent struct {
	digest keys.Hash
	height types.Height
	view   types.View
	time   types.Time
}

// leading reports whether this member serves the present view and has not
// proposed yet.
func (m *Machine) leading() bool {
	return m.cfg.Self != (keys.PublicKey{}) && m.schedule.ASC(m.view).Key == m.cfg.Self && !m.building && m.mine[m.view].IsZero() && m.pending[m.view] == nil &&
		!m.convicted[m.schedule.ASC(m.view).Producer]
}

// choose finds the highest notarized block whose body is here and executed,
// such that every view between has its Nullification. Where a view between has
// neither, the leader waits: assuming that it was skipped would let two chains
// both look justified.
func (m *Machine) choose() (parent, bool) {
	for v := m.view - 1; v > m.base.View; v-- {
		r := m.rounds[v]
		if r == nil {
			return parent{}, false
		}
		if r.notarized != nil {
			if n := m.nodes[r.notarized.Digest]; n != nil && n.status == valid {
				h := &n.block.Header
				return parent{n.digest, h.Height, h.View, h.Time}, true
			}
		}
		if r.nullified == nil {
			return parent{}, false
		}
	}
	return parent{m.base.Digest, m.base.Height, m.base.View, m.base.Time}, true
}

// leadTime is when this member may propose: the law wants an interval between
// blocks.
func (m *Machine) leadTime() (types.Time, bool) {
	if !m.leading() {
		return 0, false
	}
	p, ok := m.choose()
	return p.time + m.plan.Interval, ok
}

// lead asks for a block when it is this member's turn and time.
func (m *Machine) lead() {
	at, ok := m.leadTime()
	if !ok || at > m.now {
		return
	}
	p, _ := m.choose()
	m.building = true
	trailing := p.height >= m.plan.Last()
	votes, views := m.assemble(p, trailing)
	m.out.Ask = append(m.out.Ask, Build{
		Epoch: m.plan.Epoch, View: m.view, Parent: p.digest, ParentView: p.view, Trailing: trailing,
		ASC: m.schedule.ASC(m.view), Salt: m.schedule.Salt(m.view), Salted: m.schedule.Salted(m.view),
		Prev: m.schedule.Seed(m.view - 1), Votes: votes, Views: views,
		Place: m.schedule.Place(m.view), Dealing: m.schedule.Dealing(m.view),
	})
}

// built has the leader's own block persisted and its statement signed.
func (m *Machine) built(in Built) {
	if in.Block == nil || in.Epoch != m.plan.Epoch || in.View != m.view || !m.building {
		return
	}
	m.pending[in.View] = in.Block
	m.out.Persist = append(m.out.Persist, in.Block)
	m.out.Sign = append(m.out.Sign, in.Block.Header.Statement())
}

// assemble gathers what a block on p says of votes and views: the certificate
// of its parent, a record of each view skipped, and late votes that no block of
// the branch includes yet (spec pools §2). A trailing block pays nobody and
// carries only what justifies it.
func (m *Machine) assemble(p parent, trailing bool) (votes []types.Certificate, views []types.ViewRecord) {
	if trailing {
		if c := m.parentCertificate(p); c != nil {
			votes = append(votes, *c)
		}
		for v := p.view + 1; v < m.view; v++ {
			views = append(views, m.record(v))
		}
		return votes, views
	}
	branch := m.branch(p.digest)
	seen := included(branch)
	height := p.height + 1
	if c := m.parentCertificate(p); c != nil {
		votes = append(votes, *c)
		seen.add(c)
	}
	for _, b := range branch {
		h := &b.block.Header
		if h.Height+VoteWindow < height {
			continue
		}
		for _, k := range []types.Kind{types.Notarize, types.Reject} {
			if c := m.late(h.Epoch, h.View, k, b.digest, seen); c != nil {
				votes = append(votes, *c)
			}
		}
	}
	for v := p.view + 1; v < m.view; v++ {
		rec := m.record(v)
		rec.Rejected = m.rejected(m.rounds[v], seen)
		views = append(views, rec)
	}
	return votes, append(views, m.lateRecords(branch, height, seen)...)
}

// parentCertificate is the widest Notarization of p that is here, or the
// Finalization of the base where its Notarization is not.
func (m *Machine) parentCertificate(p parent) *types.Certificate {
	if p.view == 0 {
		if m.old == nil {
			return nil
		}
		if len(m.recent) == 0 {
			return nil
		}
		last := &m.recent[len(m.recent)-1].block.Header // other views' votes for its digest mean nothing
		if r := m.old.rounds[last.View]; r != nil && last.Epoch == m.old.plan.Epoch && r.notarized != nil {
			if b := r.find(types.Notarize, p.digest); b != nil {
				c := types.Bundle(b.sorted(), len(m.old.plan.Roster.Members))
				return &c
			}
		}
		return nil
	}
	if r := m.rounds[p.view]; r != nil {
		if b := r.find(types.Notarize, p.digest); b != nil && b.weight >= m.quorum {
			c := types.Bundle(b.sorted(), len(m.plan.Roster.Members))
			return &c
		}
		if r.notarized != nil && r.notarized.Digest == p.digest {
			return r.notarized
		}
	}
	return m.base.Final
}

// branch lists the blocks from digest back through the window.
func (m *Machine) branch(digest keys.Hash) (out []final) {
	for n := m.nodes[digest]; n != nil; n = m.nodes[digest] {
		if !n.trailing {
			out = append(out, final{n.block, n.digest})
		}
		digest = n.block.Header.Parent
	}
	for i := len(m.recent) - 1; i >= 0; i-- {
		out = append(out, m.recent[i])
	}
	return out
}

// tracker remembers which signers of which statements a branch includes.
type tracker map[types.Statement]*signers

// signers is a set of places in a roster, a bit for each.
type signers []byte

func (s *signers) has(i int) bool { return s != nil && i/8 < len(*s) && (*s)[i/8]>>(i%8)&1 == 1 }

func (s *signers) any() bool {
	return s != nil && slices.ContainsFunc(*s, func(b byte) bool { return b != 0 })
}

func included(branch []final) tracker {
	t := tracker{}
	for _, b := range branch {
		body := &b.block.Body
		for i := range body.Votes {
			t.add(&body.Votes[i])
		}
		for i := range body.Views {
			for j := range body.Views[i].Rejected {
				t.add(body.Views[i].Rejected[j].Rejects)
				t.add(body.Views[i].Rejected[j].Notarizes)
			}
		}
	}
	return t
}

func (t tracker) add(c *types.Certificate) {
	if c == nil {
		return
	}
	set := t[c.Statement]
	if set == nil {
		set = new(signers)
		t[c.Statement] = set
	}
	for len(*set) < len(c.Signers) {
		*set = append(*set, 0)
	}
	for i, b := range c.Signers {
		(*set)[i] |= b
	}
}

// late bundles the votes of a statement that the branch does not include yet.
func (m *Machine) late(e types.Epoch, v types.View, k types.Kind, digest keys.Hash, seen tracker) *types.Certificate {
	rounds, plan := m.rounds, m.plan
	if e != m.plan.Epoch {
		if m.old == nil || e != m.old.plan.Epoch {
			return nil
		}
		rounds, plan = m.old.rounds, m.old.plan
	}
	r := rounds[v]
	if r == nil {
		return nil
	}
	b := r.find(k, digest)
	if b == nil {
		return nil
	}
	var fresh []types.Vote
	set := seen[b.statement]
	for _, vote := range b.votes {
		if !set.has(int(vote.Signer)) {
			fresh = append(fresh, vote)
		}
	}
	slices.SortFunc(fresh, func(a, b types.Vote) int { return cmp.Compare(a.Signer, b.Signer) })
	if len(fresh) == 0 {
		return nil
	}
	c := types.Bundle(fresh, len(plan.Roster.Members))
	return &c
}

// rejected lists the refused headers of a view with votes that are news to the
// branch.
func (m *Machine) rejected(r *round, seen tracker) (out []types.Rejected) {
	for i, h := range r.headers {
		digest := r.digests[i]
		rejects := m.late(m.plan.Epoch, r.view, types.Reject, digest, seen)
		known := seen[types.Statement{Kind: types.Reject, Epoch: m.plan.Epoch, View: r.view, Digest: digest}].any()
		if rejects == nil && !known || len(out) >= types.RejectedMax {
			continue
		}
		notarizes := m.late(m.plan.Epoch, r.view, types.Notarize, digest, seen)
		if rejects != nil || notarizes != nil {
			out = append(out, types.Rejected{Header: *h, Rejects: rejects, Notarizes: notarizes})
		}
	}
	return out
}

// lateRecords adds what came late about views that the branch skipped inside
// the window.
func (m *Machine) lateRecords(branch []final, height types.Height, seen tracker) (out []types.ViewRecord) {
	for _, b := range branch {
		h, body := &b.block.Header, &b.block.Body
		if h.Epoch != m.plan.Epoch || h.Height+VoteWindow-1 < height {
			continue
		}
		for i := range body.Views {
			rec := &body.Views[i]
			r := m.rounds[rec.View]
			if rec.Nullification == nil || rec.Epoch != m.plan.Epoch || r == nil {
				continue
			}
			if rejected := m.rejected(r, seen); len(rejected) > 0 {
				out = append(out, types.ViewRecord{Epoch: m.plan.Epoch, View: rec.View, Rejected: rejected})
			}
		}
	}
	return out
}
