package consensus

import (
	"sort"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

// Salts (spec beacon §8). Under the recoverable beacon the leader of v+1 is
// drawn from a seed that takes up the salt of v, so every way to leave v must
// deliver that salt: the header by its reveal, a Nullification by the reveal or
// by shares. A Nullify counts with its sender's valid shares, and without them
// once the salt is known; a quorum of weight holds enough tickets to recover.
// Openings prove themselves: nobody signs them, and a wrong one is dropped
// without harm to the vote that it came with.

// waits reports whether the salt of a view within reach is still to come.
func (m *Machine) waits(v types.View) bool { return m.schedule.Reach(v) && m.schedule.Waits(v) }

// unseal takes an opening that came with whatever message, for a view within
// reach whose salt is still to come.
func (m *Machine) unseal(v types.View, o escrow.Opening) bool {
	salt, err := m.schedule.Unseal(m.cfg.Escrow, v, m.schedule.Dealing(v), &o)
	if err != nil {
		return false
	}
	m.schedule.Open(v, salt)
	m.round(v).opening = &o
	m.opened = true
	return true
}

// unsealBody takes the openings of the views that a block skips: without them
// its leader may be unknown. It stops at the first that does not hold.
func (m *Machine) unsealBody(b *types.Block) {
	if m.plan.Scheme != types.Recoverable || b.Header.View > m.view+viewsMax {
		return
	}
	for i := range b.Body.Views {
		rec := &b.Body.Views[i]
		if rec.Epoch != m.plan.Epoch || rec.View <= m.base.View || rec.View >= b.Header.View || rec.Nullification == nil || !m.schedule.Reach(rec.View) {
			return
		}
		if !m.schedule.Waits(rec.View) {
			continue
		}
		if !m.unsealWith(rec.View, rec.Nullification.Attachment) {
			return
		}
	}
}

// unsealWith takes an encoded opening.
func (m *Machine) unsealWith(v types.View, attachment types.Bytes) bool {
	o, err := escrow.ParseOpening(attachment)
	if err != nil || !m.unseal(v, o) {
		m.refused.Openings++
		return false
	}
	return true
}

// unsealHeader takes the reveal of a header that its leader has signed. A wrong
// one makes the block invalid, and is evidence against the leader.
func (m *Machine) unsealHeader(h *types.SignedHeader) {
	hd := &h.Header
	if m.plan.Scheme != types.Recoverable || !m.schedule.Reach(hd.View) {
		return
	}
	good := len(hd.Reveal) == 0
	if m.schedule.Salted(hd.View) {
		o := escrow.Opening{Reveal: escrow.Bytes(hd.Reveal)}
		if m.schedule.Waits(hd.View) {
			good = o.Check() == nil && m.unseal(hd.View, o)
		} else {
			_, err := m.schedule.Unseal(m.cfg.Escrow, hd.View, m.schedule.Dealing(hd.View), &o)
			good = err == nil
		}
	}
	if good {
		return
	}
	m.refused.Reveals++
	asc := m.schedule.ASC(hd.View)
	m.out.Evidence = append(m.out.Evidence, Evidence{
		Epoch: hd.Epoch, Signer: m.plan.Roster.Index(asc.Key), Key: asc.Key, Headers: []types.SignedHeader{*h},
	})
}

// admits reports whether a Nullify of the running epoch counts already.
func (m *Machine) admits(r *round, v *types.Vote) bool {
	switch {
	case m.plan.Scheme != types.Recoverable:
		return true
	case !m.schedule.Reach(r.view):
		return false
	case !m.schedule.Waits(r.view):
		return true
	}
	return m.shares(r, v)
}

// shares checks what a Nullify brings towards the salt of its view: the reveal,
// or a share for each ticket of its sender. Members without tickets owe none.
func (m *Machine) shares(r *round, v *types.Vote) bool {
	first, owed := m.plan.Roster.FirstTicket(int(v.Signer)), len(m.plan.Roster.Members[v.Signer].Escrow)
	if len(v.Attachment) == 0 {
		return owed == 0
	}
	o, err := escrow.ParseOpening(v.Attachment)
	if err == nil && len(o.Reveal) > 0 {
		return m.unsealWith(r.view, v.Attachment)
	}
	if err != nil || len(o.Shares) != owed {
		m.refused.Shares++
		return false
	}
	at, dealing := m.schedule.Place(r.view), m.schedule.Dealing(r.view)
	for i, s := range o.Shares {
		if s.Ticket != first+uint32(i) || m.cfg.Escrow.CheckShare(m.schedule.Panel(m.cfg.Escrow), at, dealing, s) != nil {
			m.refused.Shares++
			return false
		}
	}
	for _, s := range o.Shares {
		if r.shares == nil {
			r.shares = map[uint32]escrow.Share{}
		}
		r.shares[s.Ticket] = s
	}
	m.recover(r)
	return true
}

// recover opens a view once the shares of enough tickets are here, with those
// of the lowest.
func (m *Machine) recover(r *round) {
	need := m.schedule.Panel(m.cfg.Escrow).Threshold()
	if len(r.shares) < need {
		return
	}
	list := make([]escrow.Share, 0, len(r.shares))
	for _, s := range r.shares {
		list = append(list, s)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Ticket < list[j].Ticket })
	salt, err := m.cfg.Escrow.Recover(m.schedule.Panel(m.cfg.Escrow), m.schedule.Place(r.view), m.schedule.Dealing(r.view), list[:need])
	if err != nil {
		panic("consensus: checked shares do not recover: " + err.Error()) // the dealing was verified when it was registered
	}
	m.schedule.Open(r.view, salt)
	r.opening = &escrow.Opening{Shares: list[:need]}
	r.shares, m.opened = nil, true
}

// review counts what waited for a salt, view by view: an opened view may bring
// the next one within reach, whose shares are here already.
func (m *Machine) review() {
	for m.opened {
		m.opened = false
		for _, v := range m.views() {
			r := m.rounds[v]
			if v <= m.base.View || !m.schedule.Reach(v) {
				continue
			}
			for i := 0; i < len(r.headers) && m.schedule.Waits(v); i++ { // they came before the view was within reach
				_ = m.unseal(v, escrow.Opening{Reveal: escrow.Bytes(r.headers[i].Header.Reveal)})
			}
			m.admitPending(r)
			if m.schedule.Known(v) {
				for _, b := range r.ballots {
					m.tally(r, b)
				}
			}
		}
	}
}

func (m *Machine) admitPending(r *round) {
	b := r.find(types.Nullify, keys.Hash{})
	if b == nil {
		return
	}
	for _, signer := range b.waiting() {
		v, counts := b.pending[signer], !m.schedule.Waits(r.view)
		list := b.attachments(signer)
		if len(list) == 0 {
			list = []types.Bytes{nil} // enough of a member without tickets
		}
		for _, a := range list {
			if v.Attachment = a; counts || m.admits(r, &v) {
				counts = true
				break
			}
		}
		if counts {
			b.add(v, m.plan.Roster.Members[signer].Weight)
		} else { // its shares are wrong: it may bring others, and counts without once the salt is known
			v.Attachment = nil
			b.pending[signer] = v
		}
	}
	m.tally(r, b)
}

// release asks for this member's shares of every view that it has nullified and
// whose salt is still to come: once in the view's life, and again after a
// restart, which remembers the vote and not the shares.
func (m *Machine) release() {
	if m.self < 0 || m.plan.Scheme != types.Recoverable {
		return
	}
	for _, v := range m.views() {
		r := m.rounds[v]
		if v <= m.base.View || !r.own.nullify || !m.schedule.Reach(v) {
			continue
		}
		if !m.schedule.Waits(v) {
			m.sendWaiting(r)
			continue
		}
		if n := len(m.plan.Roster.Members[m.self].Escrow); n > 0 && !r.asked {
			r.asked = true
			m.out.Ask = append(m.out.Ask, Share{
				Epoch: m.plan.Epoch, View: v, Place: m.schedule.Place(v), Dealing: m.schedule.Dealing(v),
				First: m.plan.Roster.FirstTicket(m.self), Count: n,
			})
		}
	}
}

// shared sends this member's Nullify with its shares.
func (m *Machine) shared(in Shared) {
	r := m.rounds[in.View]
	if in.Epoch != m.plan.Epoch || r == nil || in.View <= m.base.View {
		return
	}
	r.shared = in.Shares
	if r.unsent == nil {
		if b := r.find(types.Nullify, keys.Hash{}); b != nil {
			if v, ok := b.pending[uint32(m.self)]; ok {
				r.unsent = &v
			}
		}
	}
	m.sendWaiting(r)
}

// sendWaiting sends the own Nullify that waited for its shares.
func (m *Machine) sendWaiting(r *round) {
	if r.unsent == nil {
		return
	}
	v := *r.unsent
	r.unsent = nil
	m.sendNullify(r, v)
}

// sendNullify sends an own Nullify with what opens its view: the reveal where
// it is known, else the shares.
func (m *Machine) sendNullify(r *round, v types.Vote) {
	switch {
	case r.opening != nil && len(r.opening.Reveal) > 0:
		v.Attachment = escrow.MarshalOpening(*r.opening)
	case m.waits(r.view) && len(r.shared) > 0:
		v.Attachment = escrow.MarshalOpening(escrow.Opening{Shares: r.shared})
	}
	m.send(Message{Vote: &v})
	m.count(r, v)
}

// owes reports whether an own Nullify must wait for its shares.
func (m *Machine) owes(r *round) bool {
	return m.waits(r.view) && len(r.shared) == 0 && len(m.plan.Roster.Members[m.self].Escrow) > 0
}

// attachment is what a Nullification of the view carries.
func (r *round) attachment() types.Bytes {
	if r.opening == nil {
		return nil
	}
	return escrow.MarshalOpening(*r.opening)
}

// record is that of a skipped view, for a block to carry.
func (m *Machine) record(v types.View) types.ViewRecord {
	return types.ViewRecord{Epoch: m.plan.Epoch, View: v, Nullification: m.rounds[v].nullified, Salt: m.schedule.Opened(v)}
}
