package consensus

import (
	"fmt"

	"probity/chain/types"
)

// execute asks for the execution of every block whose parent's state is known.
func (m *Machine) execute() {
	for _, n := range m.ordered() {
		if n.status != held {
			continue
		}
		h := &n.block.Header
		parent := m.nodes[h.Parent]
		switch {
		case n.bodyBad:
			n.status = invalid
		case h.Parent != m.base.Digest && parent == nil:
			if h.ParentView > m.base.View && h.ParentView < h.View { // else it left the final chain
				m.fetch(h.Parent)
			}
		case parent != nil && parent.status == invalid:
			n.status = invalid
		case parent != nil && parent.status != valid:
		case h.Time > m.now+m.cfg.Early: // its clock is ahead of mine: held, never rejected
		default:
			m.ask(n)
		}
	}
}

// ask checks what the certificates must show and hands the block to execution.
func (m *Machine) ask(n *node) {
	if err := m.justified(&n.block.Header, &n.block.Body); err != nil {
		n.status = invalid
		return
	}
	n.status = executing
	n.trailing = n.block.Header.Height == m.parentHeight(&n.block.Header)
	m.out.Ask = append(m.out.Ask, Execute{Block: n.block, Digest: n.digest, Trailing: n.trailing})
}

// parentHeight is the height of a block's parent; zero where it is not here.
func (m *Machine) parentHeight(h *types.Header) types.Height {
	if h.Parent == m.base.Digest {
		return m.base.Height
	}
	if p := m.nodes[h.Parent]; p != nil {
		return p.block.Header.Height
	}
	return 0
}

// justified checks that a proposal carries a certificate of its parent and a
// Nullification of every view between (spec consensus §3): no view is ever
// assumed to be skipped.
func (m *Machine) justified(h *types.Header, body *types.Body) error {
	from := m.base.View
	if p := m.nodes[h.Parent]; p != nil {
		from = p.block.Header.View
	}
	if from > 0 { // 0: the parent is the boundary, which the epoch itself stands on
		if h.ParentView != from {
			return fmt.Errorf("%w: parent view %d, want %d", ErrMessage, h.ParentView, from)
		}
		if len(body.Votes) == 0 {
			return fmt.Errorf("%w: no certificate of the parent", ErrMessage)
		}
		c := &body.Votes[0]
		if c.Kind != types.Notarize && c.Kind != types.Finalize || c.View != from || c.Digest != h.Parent || !m.heavy(c) {
			return fmt.Errorf("%w: first votes do not certify the parent", ErrMessage)
		}
	}
	skipped := int(h.View - from - 1)
	if h.View <= from || len(body.Views) < skipped {
		return fmt.Errorf("%w: view %d on %d with %d records", ErrMessage, h.View, from, len(body.Views))
	}
	for i := 0; i < skipped; i++ {
		rec := &body.Views[i]
		v := from + 1 + types.View(i)
		c := rec.Nullification
		if rec.Epoch != h.Epoch || rec.View != v || c == nil || c.Kind != types.Nullify || c.View != v || !m.heavy(c) {
			return fmt.Errorf("%w: view %d skipped without its nullification", ErrMessage, v)
		}
	}
	return nil
}

// heavy reports whether a certificate of this epoch reaches the quorum.
func (m *Machine) heavy(c *types.Certificate) bool {
	w, err := c.Weight(&m.plan.Roster)
	return err == nil && w >= m.quorum
}

// executed notes a verdict on a block.
func (m *Machine) executed(in Executed) {
	n := m.nodes[in.Digest]
	if n == nil || n.status != executing {
		return
	}
	n.status = valid
	if in.Err != nil {
		n.status = invalid
	}
}

// vote says Notarize to the first valid block of each view, and Reject beside a
// Nullify to an invalid one. Older views than the present one may still be
// approved: late votes are paid, and a Notarization may need them.
func (m *Machine) vote() {
	if m.self < 0 {
		return
	}
	for _, n := range m.ordered() {
		h := &n.block.Header
		r := m.round(h.View)
		switch {
		case n.status == valid && r.own.notarize.IsZero() && r.own.reject != n.digest && h.View <= m.view && !m.tardy(h.View):
			if m.mine[h.View] != n.digest { // own blocks were persisted before they were signed
				m.out.Persist = append(m.out.Persist, n.block)
			}
			m.sign(r, types.Statement{Kind: types.Notarize, View: h.View, Digest: n.digest})
		case n.status == invalid && r.own.reject.IsZero() && r.own.notarize != n.digest && !r.own.finalize:
			if !r.own.nullify {
				m.sign(r, types.Statement{Kind: types.Nullify, View: h.View})
			}
			m.sign(r, types.Statement{Kind: types.Reject, View: h.View, Digest: n.digest})
		}
	}
}

// tardy reports whether a block of view v comes too late to be approved: it may
// hold registrations for the next epoch, and this member stands in a view behind
// their deadline, so that salts are open which its maker must not have known.
// Whoever stands there has left v by a certificate, and needs no other.
func (m *Machine) tardy(v types.View) bool {
	return m.plan.Scheme == types.Recoverable && v <= m.plan.Deadline() && m.view > m.plan.Deadline()+1
}

// sign asks for a signature and marks the statement as made: from here on
// nothing that contradicts it may be asked for, whatever happens to the answer.
func (m *Machine) sign(r *round, s types.Statement) {
	s.Epoch = m.plan.Epoch
	r.own.note(s)
	m.out.Sign = append(m.out.Sign, s)
}

// finalize says Finalize where a block that this member notarized has its
// Notarization and the member never said Nullify in the view. It may follow
// entry into the next view.
func (m *Machine) finalize() {
	if m.self < 0 {
		return
	}
	for _, v := range m.views() {
		r := m.rounds[v]
		if v > m.base.View && r.notarized != nil && r.own.notarize == r.notarized.Digest && !r.own.nullify && !r.own.finalize {
			// After this the view cannot be nullified here: should the others
			// lose the Notarization, it is for this member to show it.
			m.out.Keep = append(m.out.Keep, types.Certified{Certificate: *r.notarized, Header: r.header(r.notarized.Digest)})
			m.sign(r, types.Statement{Kind: types.Finalize, View: v, Digest: r.notarized.Digest})
		}
	}
}

// timers says Nullify in the present view where there is reason to.
func (m *Machine) timers() {
	if m.self < 0 {
		return
	}
	r := m.round(m.view)
	if r.own.nullify || r.own.finalize {
		return
	}
	first, last := m.patience()
	waited := m.now - m.entered
	if waited >= last || waited >= first && !m.validIn(m.view) ||
		len(r.headers) > 1 || m.convicted[m.schedule.ASC(m.view).Producer] {
		m.sign(r, types.Statement{Kind: types.Nullify, View: m.view})
	}
}

// patience is how long after entry a member waits for a valid proposal, and for
// all else. The leader may enter Δ later and its block travels for Δ; but it must
// also leave an interval between blocks, which may be longer than Δ.
func (m *Machine) patience() (first, last types.Time) {
	wait := max(m.delta, m.plan.Interval)
	return wait + m.delta, wait + 2*m.delta
}

// validIn reports whether a valid proposal of the view is here.
func (m *Machine) validIn(v types.View) bool {
	for _, n := range m.nodes {
		if n.block.Header.View == v && n.status == valid {
			return true
		}
	}
	return false
}

// signed sends what has been journaled and signed, and counts it.
func (m *Machine) signed(in Signed) {
	s := in.Statement
	if s.Epoch != m.plan.Epoch {
		return
	}
	if s.Kind == types.Propose {
		b := m.pending[s.View]
		delete(m.pending, s.View)
		if b == nil || b.Digest() != s.Digest {
			return
		}
		b.Signature = in.Signature
		m.mine[s.View] = s.Digest
		m.addBlock(b, s.Digest, false)
		if n := m.nodes[s.Digest]; n != nil {
			n.status = valid
			n.trailing = b.Header.Height == m.parentHeight(&b.Header)
		}
		m.send(Message{Proposal: b})
		return
	}
	v := types.Vote{Statement: s, Signer: uint32(m.self), Signature: in.Signature}
	if s.Kind == types.Nullify && s.View > m.base.View {
		if r := m.round(s.View); m.owes(r) {
			r.unsent = &v
		} else {
			m.sendNullify(r, v)
		}
		return
	}
	m.send(Message{Vote: &v})
	if s.View > m.base.View {
		m.count(m.round(s.View), v)
	} else if r := m.rounds[s.View]; r != nil {
		m.count(r, v)
	}
}

// commit makes a block with a Finalization final, with all its ancestors.
func (m *Machine) commit() {
	r := m.topFinal()
	if r == nil {
		return
	}
	path, whole := m.path(r)
	if !whole {
		if h := r.header(r.finalized.Digest); h != nil && h.Header.Height > m.base.Height+behindBy && m.behind < r.view {
			m.behind = r.view
			m.out.Ask = append(m.out.Ask, Behind{Epoch: m.plan.Epoch, View: r.view, Digest: r.finalized.Digest})
		}
		return
	}
	c := Commit{Finalization: *r.finalized}
	var blocks []final
	for _, n := range path {
		if n.trailing {
			c.Trailing = append(c.Trailing, n.block.Signed())
		} else {
			c.Blocks, blocks = append(c.Blocks, n.block), append(blocks, final{n.block, n.digest})
		}
	}
	m.out.Commit = append(m.out.Commit, c)
	m.advance(blocks, r)
}

// behindBy is how many heights may be missing before catching up by range is
// cheaper than fetching block by block.
const behindBy = 4

// topFinal is the highest round with a Finalization above the base.
func (m *Machine) topFinal() (best *round) {
	for v, r := range m.rounds {
		if v > m.base.View && r.finalized != nil && (best == nil || v > best.view) {
			best = r
		}
	}
	return best
}

// path lists the blocks from the base's child to the finalized one; whole
// reports whether all are here and executed. A final block that is invalid
// here means that this member and a quorum disagree about the law: it stops.
func (m *Machine) path(r *round) (path []*node, whole bool) {
	digest := r.finalized.Digest
	for digest != m.base.Digest {
		n := m.nodes[digest]
		if n == nil {
			return nil, false
		}
		if n.status == invalid {
			panic(fmt.Sprintf("consensus: block %s of view %d/%d is final and invalid here", n.digest.Short(), m.plan.Epoch, n.block.Header.View))
		}
		if n.block.Header.View <= m.base.View {
			panic(fmt.Sprintf("consensus: final block %s does not descend from %s", r.finalized.Digest.Short(), m.base.Digest.Short()))
		}
		if n.status != valid {
			return nil, false
		}
		path = append([]*node{n}, path...)
		digest = n.block.Header.Parent
	}
	return path, true
}

// advance moves the base to the last committed block and forgets what no block
// may include any more.
func (m *Machine) advance(blocks []final, r *round) {
	if len(blocks) > 0 {
		last := blocks[len(blocks)-1]
		m.recent = append(m.recent, blocks...)
		if n := len(m.recent); n > VoteWindow+1 {
			m.recent = append([]final{}, m.recent[n-VoteWindow-1:]...)
		}
		h := &last.block.Header
		m.base = Base{Digest: last.digest, Height: h.Height, View: h.View, Time: h.Time, Final: r.finalized}
	}
	if m.base.Height >= m.plan.Last() {
		m.ended = true
		return
	}
	low := m.base.View
	for _, f := range m.recent {
		if h := &f.block.Header; h.Epoch == m.plan.Epoch && h.View < low {
			low = h.View
		}
	}
	for v := range m.rounds {
		if v < low {
			delete(m.rounds, v)
			m.byView = nil
		}
	}
	for d, n := range m.nodes {
		if n.block.Header.View <= m.base.View {
			delete(m.nodes, d)
			m.inTurn = nil
		}
	}
	for v := range m.mine {
		if v <= m.base.View {
			delete(m.mine, v)
		}
	}
	if m.old != nil && m.base.Height >= m.plan.First+VoteWindow {
		m.old = nil
	}
	m.fetching = keepFetching(m.fetching, m.nodes, r)
}
