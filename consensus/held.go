package consensus

import (
	"probity/chain/types"
)

// Bounds of what is held for views whose leader is not known yet.
const (
	HeldMax   = 32      // messages
	HeldPeer  = 8       // of one peer
	HeldBytes = 8 << 20 // about as many, in all
)

// heldMsg is a message about a view beyond reach.
type heldMsg struct {
	Message
	from string
	size int
}

// hold keeps a message that speaks of a view beyond reach: its leader is drawn
// from salts that are still to come. Where there is no room, the nearest views
// stay, since they must be left first. Nobody has checked its signatures, so
// that it may only ask for what comes before it, and only while it is kept.
func (m *Machine) hold(msg Message, from string) {
	e, v := msg.Place()
	if e != m.plan.Epoch || v <= m.base.View || v > m.view+ViewsAhead {
		return
	}
	new := heldMsg{msg, from, msg.bulk()}
	total, peers, last := new.size, 0, -1
	for i := range m.held {
		h := &m.held[i]
		if h.same(&msg) {
			m.fetchParent(&msg)
			return
		}
		total += h.size
		if h.from == from {
			peers++
		}
		if last < 0 || h.view() > m.held[last].view() {
			last = i
		}
	}
	switch {
	case peers >= HeldPeer:
		return
	case len(m.held) < HeldMax && total <= HeldBytes:
		m.held = append(m.held, new)
	case last >= 0 && v < m.held[last].view() && total-m.held[last].size <= HeldBytes:
		m.held[last] = new
	default:
		return
	}
	m.fetchParent(&msg)
}

// fetchParent asks for the block that a held one builds on: it may open the
// views between.
func (m *Machine) fetchParent(msg *Message) {
	if h := msg.header(); h != nil && h.ParentView > m.base.View && h.ParentView < h.View {
		m.fetch(h.Parent)
	}
}

// view is the one that a message speaks of.
func (h *heldMsg) view() types.View {
	_, v := h.Place()
	return v
}

// retry hands back what was held for views that are within reach now.
func (m *Machine) retry() {
	kept := m.held[:0]
	for _, h := range m.held {
		switch v := h.view(); {
		case v <= m.base.View:
		case m.schedule.Reach(v):
			m.out.Ask = append(m.out.Ask, Again{h.Message})
		default:
			kept = append(kept, h)
		}
	}
	m.held = kept
}

// header is that of the block which a message is about, or nil.
func (msg *Message) header() *types.Header {
	switch {
	case msg.Proposal != nil:
		return &msg.Proposal.Header
	case msg.Certified != nil && msg.Certified.Header != nil:
		return &msg.Certified.Header.Header
	}
	return nil
}

// bulk is about how many bytes a message takes.
func (msg *Message) bulk() (n int) {
	n = 1024
	add := func(c *types.Certificate) {
		if c != nil {
			n += 128 + 64*len(c.Signatures) + len(c.Signers) + len(c.Attachment)
		}
	}
	if msg.Certified != nil {
		add(&msg.Certified.Certificate)
	}
	if msg.Proposal == nil {
		return n
	}
	body := &msg.Proposal.Body
	for _, tx := range body.Txs {
		n += len(tx) + 24
	}
	for i := range body.Votes {
		add(&body.Votes[i])
	}
	for i := range body.Views {
		rec := &body.Views[i]
		n += 256
		add(rec.Nullification)
		for j := range rec.Rejected {
			n += 1024
			add(rec.Rejected[j].Rejects)
			add(rec.Rejected[j].Notarizes)
		}
	}
	return n
}

// same reports whether two messages say the same of one view.
func (msg *Message) same(o *Message) bool {
	switch {
	case msg.Proposal != nil:
		return o.Proposal != nil && msg.Proposal.Digest() == o.Proposal.Digest()
	case msg.Certified != nil:
		return o.Certified != nil && msg.Certified.Certificate.Statement == o.Certified.Certificate.Statement
	}
	return false
}
