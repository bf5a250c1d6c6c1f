package consensus

import (
	"bytes"
	"cmp"
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// receive takes in a message whose signatures hold.
func (m *Machine) receive(in Received) {
	switch {
	case in.Vote != nil:
		m.heard(*in.Vote)
	case in.Certified != nil:
		m.certified(in.Certified)
	case in.Proposal != nil:
		m.proposed(in.Proposal, in.BodyBad)
	}
}

// heard counts a vote of another member. Votes too far ahead are dropped: the
// buffer would be the attacker's to fill. Votes for views long settled find no
// round and are dropped too.
func (m *Machine) heard(v types.Vote) {
	rounds := m.rounds
	switch {
	case v.Epoch != m.plan.Epoch:
		if m.old == nil || v.Epoch != m.old.plan.Epoch {
			return
		}
		rounds = m.old.rounds
	case v.View > m.view+ViewsAhead:
		return
	case v.View > m.base.View:
		m.round(v.View)
	}
	if r := rounds[v.View]; r != nil {
		m.count(r, v)
	}
}

// count adds a vote to its ballot, looks for what contradicts it, and acts on
// a quorum. The first vote of a signer stays: a later one never replaces it.
func (m *Machine) count(r *round, v types.Vote) {
	if b := r.find(v.Kind, v.Digest); b != nil {
		if _, again := b.votes[v.Signer]; again {
			return
		}
		if _, again := b.pending[v.Signer]; again {
			m.reconsider(r, b, v)
			return
		}
	}
	plan := m.planOf(v.Epoch)
	others := r.others(v.Signer, v.Statement)
	same := 0
	for _, o := range others {
		if o.Kind == v.Kind {
			same++
		}
		if Conflict(o.Statement, v.Statement) {
			m.out.Evidence = append(m.out.Evidence, Evidence{
				Epoch: v.Epoch, Signer: int(v.Signer), Key: plan.Roster.Members[v.Signer].Key, A: o, B: v,
			})
		}
	}
	if same >= DigestsMax {
		return
	}
	b := r.ballot(v.Statement)
	if v.Kind == types.Nullify && v.Epoch == m.plan.Epoch && !m.admits(r, &v) {
		b.postpone(v, m.schedule.Reach(r.view))
		return
	}
	if b.add(v, plan.Roster.Members[v.Signer].Weight) && v.Epoch == m.plan.Epoch {
		m.tally(r, b)
	}
}

// reconsider takes a Nullify that was heard before with wrong shares or none.
func (m *Machine) reconsider(r *round, b *ballot, v types.Vote) {
	if v.Epoch != m.plan.Epoch || len(v.Attachment) == 0 && m.waits(r.view) {
		return
	}
	if !m.admits(r, &v) {
		b.postpone(v, m.schedule.Reach(r.view))
		return
	}
	if b.add(v, m.plan.Roster.Members[v.Signer].Weight) {
		m.tally(r, b)
	}
}

// tally turns a ballot that reached the quorum into a certificate, once its
// header is here. A certificate about an unknown block is not acted on: the
// block is fetched and its arrival tallies again.
func (m *Machine) tally(r *round, b *ballot) {
	if k := b.statement.Kind; (k == types.Notarize || k == types.Finalize) && m.likely(b) && m.nodes[b.statement.Digest] == nil {
		m.fetch(b.statement.Digest)
	}
	if b.weight < m.quorum || m.known(r, b.statement.Kind) {
		return
	}
	if b.statement.Kind != types.Nullify && r.header(b.statement.Digest) == nil {
		m.fetch(b.statement.Digest)
		return
	}
	m.certify(r, types.Bundle(b.sorted(), len(m.plan.Roster.Members)))
}

// likely reports whether an honest member voted so: the weight is above what
// Byzantine members may have. Its block exists and is worth fetching, even
// where a quorum for it can only come together once it is here.
func (m *Machine) likely(b *ballot) bool {
	return b.weight > quorum.Fault(m.plan.Roster.Total())
}

// known reports whether the round has its certificate of a kind.
func (m *Machine) known(r *round, k types.Kind) bool {
	switch k {
	case types.Notarize:
		return r.notarized != nil
	case types.Nullify:
		return r.nullified != nil
	case types.Finalize:
		return r.finalized != nil
	}
	return true // a Rejection is no reason to act: the pool of its block reads the votes
}

// certified takes in a certificate made by others, with its header.
func (m *Machine) certified(c *types.Certified) {
	cert := c.Certificate
	if cert.Epoch != m.plan.Epoch || cert.View <= m.base.View {
		return
	}
	r := m.round(cert.View)
	if c.Header != nil {
		m.addHeader(r, c.Header, cert.Digest, true)
	}
	if cert.Kind == types.Nullify && m.waits(cert.View) {
		m.unsealWith(cert.View, cert.Attachment)
	}
	if votes, err := cert.Votes(len(m.plan.Roster.Members)); err == nil {
		for _, v := range votes {
			m.count(r, v)
		}
	}
	if !m.known(r, cert.Kind) {
		m.certify(r, cert)
	}
}

// certify acts on a certificate seen for the first time: relay it, and leave
// its view at once, whatever this member voted.
//
// One whose view's salt is not known here is incomplete: whoever acted on it
// would stand in a view whose leader it does not know. Its votes are counted,
// and the salt's arrival tallies again.
func (m *Machine) certify(r *round, cert types.Certificate) {
	if !m.schedule.Known(r.view) {
		return
	}
	cert.Attachment = nil
	switch cert.Kind {
	case types.Notarize:
		r.notarized = &cert
	case types.Nullify:
		cert.Attachment = r.attachment()
		r.nullified = &cert
	case types.Finalize:
		r.finalized = &cert
	default:
		return
	}
	c := &types.Certified{Certificate: cert}
	if cert.Kind != types.Nullify {
		c.Header = r.header(cert.Digest)
		if m.nodes[cert.Digest] == nil {
			m.fetch(cert.Digest)
		}
	}
	m.send(Message{Certified: c})
	m.enter(r.view + 1)
}

// recount tallies every ballot, after votes were restored.
func (m *Machine) recount() {
	for _, v := range m.views() {
		r := m.rounds[v]
		for _, b := range r.ballots {
			m.tally(r, b)
		}
	}
}

// addHeader remembers a header with its leader's signature. Beyond ProposalsMax
// only one that a certificate names is kept. Two from one leader are evidence.
func (m *Machine) addHeader(r *round, h *types.SignedHeader, digest keys.Hash, certified bool) bool {
	if r.header(digest) != nil {
		return true
	}
	if len(r.headers) >= ProposalsMax && !certified {
		return false
	}
	if len(r.headers) == 1 {
		asc := m.schedule.ASC(r.view)
		m.out.Evidence = append(m.out.Evidence, Evidence{
			Epoch: m.plan.Epoch, Signer: m.plan.Roster.Index(asc.Key), Key: asc.Key,
			Headers: []types.SignedHeader{*r.headers[0], *h},
		})
	}
	r.headers, r.digests = append(r.headers, h), append(r.digests, digest)
	m.unsealHeader(h)
	return true
}

// proposed takes in a block, proposed or fetched. The certificates it carries
// are news like any others.
func (m *Machine) proposed(b *types.Block, bodyBad bool) {
	h := &b.Header
	if h.Epoch != m.plan.Epoch || h.View <= m.base.View {
		return
	}
	digest := b.Digest()
	if h.View > m.view+ViewsAhead && !m.fetching[digest] {
		return
	}
	delete(m.fetching, digest)
	if !bodyBad {
		m.learn(&b.Body)
	}
	m.addBlock(b, digest, bodyBad)
}

// learn takes the certificates out of a body.
func (m *Machine) learn(body *types.Body) {
	for i := range body.Votes {
		m.witness(&body.Votes[i])
	}
	for i := range body.Views {
		rec := &body.Views[i]
		if rec.Nullification != nil {
			m.witness(rec.Nullification)
		}
	}
}

// witness counts the votes of a certificate of this epoch.
func (m *Machine) witness(c *types.Certificate) {
	if c.Epoch != m.plan.Epoch || c.View <= m.base.View {
		return
	}
	votes, err := c.Votes(len(m.plan.Roster.Members))
	if err != nil {
		return
	}
	r := m.round(c.View)
	for _, v := range votes {
		m.count(r, v)
	}
}

// addBlock puts a block into the tree and tallies what was waiting for it.
func (m *Machine) addBlock(b *types.Block, digest keys.Hash, bodyBad bool) {
	if m.nodes[digest] != nil || b.Header.View <= m.base.View || b.Header.Epoch != m.plan.Epoch {
		return
	}
	r := m.round(b.Header.View)
	sh := b.Signed()
	if !m.addHeader(r, &sh, digest, m.named(r, digest)) {
		return
	}
	m.nodes[digest], m.inTurn = &node{block: b, digest: digest, bodyBad: bodyBad}, nil
	for _, ballot := range r.ballots {
		if ballot.statement.Digest == digest {
			m.tally(r, ballot)
		}
	}
}

// named reports whether a certificate or a quorum of votes names the digest.
func (m *Machine) named(r *round, digest keys.Hash) bool {
	for _, b := range r.ballots {
		if b.statement.Digest == digest && m.likely(b) {
			return true
		}
	}
	return false
}

// fetch asks for a block once; standstill asks again.
func (m *Machine) fetch(digest keys.Hash) {
	if m.fetching[digest] || m.nodes[digest] != nil || digest == m.base.Digest {
		return
	}
	m.fetching[digest] = true
	m.out.Ask = append(m.out.Ask, Fetch{digest})
}

// send queues a message to all.
func (m *Machine) send(msg Message) { m.out.Send = append(m.out.Send, msg) }

// ordered lists the nodes by view, then digest. Like views, the list stays as it
// is when nodes come and go.
func (m *Machine) ordered() []*node {
	if m.inTurn == nil {
		m.inTurn = make([]*node, 0, len(m.nodes))
		for _, n := range m.nodes {
			m.inTurn = append(m.inTurn, n)
		}
		slices.SortFunc(m.inTurn, func(a, b *node) int {
			return cmp.Or(cmp.Compare(a.block.Header.View, b.block.Header.View), bytes.Compare(a.digest[:], b.digest[:]))
		})
	}
	return m.inTurn
}
