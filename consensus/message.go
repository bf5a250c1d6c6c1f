package consensus

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

var _ = codec.Register[Message]()

// Kind names a message for metrics and logs.
func (msg *Message) Kind() string {
	switch {
	case msg.Proposal != nil:
		return "proposal"
	case msg.Vote != nil:
		return msg.Vote.Kind.String()
	case msg.Certified != nil:
		return "certificate"
	}
	return "empty"
}

// Height is that of the block which a message is about; zero where it is not
// about one.
func (msg *Message) Height() types.Height {
	if h := msg.header(); h != nil {
		return h.Height
	}
	return 0
}

// Place is the epoch and view that a message speaks of.
func (msg *Message) Place() (types.Epoch, types.View) {
	switch {
	case msg.Proposal != nil:
		return msg.Proposal.Header.Epoch, msg.Proposal.Header.View
	case msg.Vote != nil:
		return msg.Vote.Epoch, msg.Vote.View
	case msg.Certified != nil:
		return msg.Certified.Certificate.Epoch, msg.Certified.Certificate.View
	}
	return 0, 0
}

// Checks lists the signatures that a message rests on, for the caller to verify
// before it steps the machine. Head must hold or the message is its sender's
// fault; where one of Body fails, the leader has signed an invalid block and
// the caller says so in Received.BodyBad.
type Checks struct {
	Head    []keys.Signed
	Body    []keys.Signed
	BodyBad bool // the body holds what no signature could mend: the leader has signed an invalid block
}

// Signatures works out the checks of a message. An error means that the
// message is malformed or of an epoch whose roster is not here; ErrEpoch tells
// the latter, and ErrAhead that the leader of its view is not known yet, which
// are nobody's fault. Openings of salts in it are taken on the way: they prove
// themselves, and the leader may follow from them.
func (m *Machine) Signatures(msg *Message) (Checks, error) {
	if m.plan == nil {
		return Checks{}, ErrEpoch
	}
	switch {
	case msg.Vote != nil && msg.Proposal == nil && msg.Certified == nil:
		return m.voteChecks(msg.Vote)
	case msg.Certified != nil && msg.Proposal == nil && msg.Vote == nil:
		return m.certifiedChecks(msg.Certified)
	case msg.Proposal != nil && msg.Vote == nil && msg.Certified == nil:
		return m.proposalChecks(msg.Proposal)
	}
	return Checks{}, fmt.Errorf("%w: not exactly one field", ErrMessage)
}

// Known reports whether a message can be dropped unread: a vote that is counted,
// a certificate of a settled view or of counted votes alone, a block that is
// here, or one of a view that is settled or too far ahead. It is asked before
// signatures are checked, so that repeating or inventing blocks costs nothing,
// and neither does a certificate that everyone makes and sends.
func (m *Machine) Known(msg *Message) bool {
	if m.plan == nil {
		return false
	}
	switch b, c, v := msg.Proposal, msg.Certified, msg.Vote; {
	case b != nil && c == nil && v == nil && b.Header.Epoch == m.plan.Epoch:
		digest := b.Digest()
		return m.nodes[digest] != nil || b.Header.View <= m.base.View || b.Header.View > m.view+ViewsAhead && !m.fetching[digest]
	case c != nil && b == nil && v == nil && c.Certificate.Epoch == m.plan.Epoch:
		return c.Certificate.View <= m.base.View || m.counted(&c.Certificate)
	case v != nil && b == nil && c == nil && v.Epoch == m.plan.Epoch && len(v.Attachment) == 0:
		if r := m.rounds[v.View]; r != nil {
			return r.has(v.Statement, v.Signer)
		}
	}
	return false
}

// counted reports whether the certificate's kind is certified here for the same
// block, whose header is here, and each of its votes is counted.
func (m *Machine) counted(c *types.Certificate) bool {
	r := m.rounds[c.View]
	if r == nil || c.Kind == types.Reject || len(c.Attachment) > 0 && c.Kind != types.Nullify || !m.known(r, c.Kind) || c.Kind != types.Nullify && r.header(c.Digest) == nil {
		return false
	}
	signers, err := c.Indices(len(m.plan.Roster.Members))
	if err != nil {
		return false
	}
	for _, s := range signers {
		if !r.has(c.Statement, uint32(s)) {
			return false
		}
	}
	return true
}

func (m *Machine) voteChecks(v *types.Vote) (Checks, error) {
	if err := v.Check(); err != nil {
		return Checks{}, err
	}
	plan := m.planOf(v.Epoch)
	if plan == nil {
		return Checks{}, ErrEpoch
	}
	if int(v.Signer) >= len(plan.Roster.Members) {
		return Checks{}, fmt.Errorf("%w: signer %d of %d", ErrMessage, v.Signer, len(plan.Roster.Members))
	}
	if n := len(v.Attachment); n > 0 && (plan.Scheme == types.Hashed || v.Kind != types.Nullify || n > attachmentMax(plan, int(v.Signer))) {
		return Checks{}, fmt.Errorf("%w: an attachment of %d bytes to a %s", ErrMessage, n, v.Kind)
	}
	return Checks{Head: []keys.Signed{{
		Key: plan.Roster.Members[v.Signer].Key, Message: v.SignBytes(m.cfg.Genesis), Signature: v.Signature,
	}}}, nil
}

func (m *Machine) certifiedChecks(c *types.Certified) (Checks, error) {
	cert := &c.Certificate
	if cert.Kind == types.Propose || !cert.Valid() || cert.View == 0 ||
		len(cert.Attachment) > 0 && (m.plan.Scheme == types.Hashed || cert.Kind != types.Nullify || len(cert.Attachment) > escrow.MaxOpeningBytes) {
		return Checks{}, fmt.Errorf("%w: certificate of kind %v", ErrMessage, cert.Kind)
	}
	if cert.Epoch != m.plan.Epoch {
		return Checks{}, ErrEpoch
	}
	if cert.View > m.view+viewsMax {
		return Checks{}, fmt.Errorf("%w: view %d", ErrMessage, cert.View)
	}
	w, err := cert.Weight(&m.plan.Roster)
	if err != nil {
		return Checks{}, err
	}
	if w < m.quorum {
		return Checks{}, fmt.Errorf("%w: certificate of weight %d, quorum %d", ErrMessage, w, m.quorum)
	}
	head, err := cert.Signed(&m.plan.Roster, m.cfg.Genesis)
	if err != nil {
		return Checks{}, err
	}
	if !m.schedule.Reach(cert.View) {
		return Checks{}, ErrAhead
	}
	if cert.Kind == types.Nullify {
		if c.Header != nil { // nothing vouches for it
			return Checks{}, fmt.Errorf("%w: a Nullification with a header", ErrMessage)
		}
		return Checks{Head: head}, nil
	}
	if c.Header == nil || c.Header.Header.Epoch != cert.Epoch || c.Header.Header.View != cert.View || c.Header.Header.Digest() != cert.Digest {
		return Checks{}, fmt.Errorf("%w: certificate without its header", ErrMessage)
	}
	key, err := m.headerCheck(c.Header)
	return Checks{Head: append(head, key)}, err
}

// attachmentMax bounds what a Nullify brings: a share for each ticket of its
// sender, or the reveal.
func attachmentMax(plan *types.Plan, signer int) int {
	return 128 + len(plan.Roster.Members[signer].Escrow)*(escrow.ShareBytes+16)
}

// headerCheck is the check of a leader's signature on a header of this epoch.
func (m *Machine) headerCheck(h *types.SignedHeader) (keys.Signed, error) {
	hd := &h.Header
	plan, schedule := m.planOf(hd.Epoch), m.schedule
	if plan == nil {
		return keys.Signed{}, ErrEpoch
	}
	if hd.View == 0 || hd.Epoch == m.plan.Epoch && hd.View > m.view+viewsMax {
		return keys.Signed{}, fmt.Errorf("%w: view %d", ErrMessage, hd.View)
	}
	if plan != m.plan {
		// A schedule is worked out as far as blocks may speak of it, whatever
		// this member has heard of the views: verdicts on bodies depend on it.
		if hd.View > types.View(m.old.plan.Blocks)+viewsMax {
			return keys.Signed{}, fmt.Errorf("%w: view %d of epoch %d", ErrMessage, hd.View, hd.Epoch)
		}
		schedule = m.old.schedule
		if !schedule.Reach(hd.View) {
			return keys.Signed{}, fmt.Errorf("%w: view %d of epoch %d, whose leader nobody knows", ErrMessage, hd.View, hd.Epoch)
		}
	}
	if !schedule.Reach(hd.View) {
		return keys.Signed{}, ErrAhead
	}
	asc := schedule.ASC(hd.View)
	if hd.ASC != asc.ID {
		return keys.Signed{}, fmt.Errorf("%w: contract %s does not serve view %d", ErrMessage, hd.ASC.Short(), hd.View)
	}
	st := hd.Statement()
	return keys.Signed{Key: asc.Key, Message: st.SignBytes(m.cfg.Genesis), Signature: h.Signature}, nil
}

// viewsMax bounds how far ahead a header's view may lie: the schedule is worked
// out up to it.
const viewsMax = types.ViewRecordsMax

func (m *Machine) proposalChecks(b *types.Block) (Checks, error) {
	if b.Header.Epoch != m.plan.Epoch {
		return Checks{}, ErrEpoch
	}
	if err := b.Check(); err != nil {
		return Checks{}, err
	}
	m.unsealBody(b) // its leader may follow from the salts of the views that it skips
	sh := b.Signed()
	head, err := m.headerCheck(&sh)
	if err != nil {
		return Checks{}, err
	}
	body, err := m.bodyChecks(&b.Body)
	if err != nil { // the leader signed a body that cannot be checked: invalid, not a sender's fault
		return Checks{Head: []keys.Signed{head}, BodyBad: true}, nil
	}
	return Checks{Head: []keys.Signed{head}, Body: body}, nil
}

// bodyChecks lists the signatures of votes, nullifications and rejected headers.
func (m *Machine) bodyChecks(body *types.Body) (out []keys.Signed, err error) {
	add := func(c *types.Certificate) {
		if c == nil || err != nil {
			return
		}
		plan := m.planOf(c.Epoch)
		if plan == nil {
			err = fmt.Errorf("%w: votes of epoch %d", ErrMessage, c.Epoch)
			return
		}
		var s []keys.Signed
		if s, err = c.Signed(&plan.Roster, m.cfg.Genesis); err == nil {
			out = append(out, s...)
		}
	}
	for i := range body.Votes {
		add(&body.Votes[i])
	}
	for i := range body.Views {
		rec := &body.Views[i]
		add(rec.Nullification)
		for j := range rec.Rejected {
			add(rec.Rejected[j].Rejects)
			add(rec.Rejected[j].Notarizes)
			s, herr := m.headerCheck(&rec.Rejected[j].Header)
			if herr != nil {
				return nil, herr
			}
			out = append(out, s)
		}
	}
	return out, err
}

// planOf is the plan of the running epoch or the one before, or nil.
func (m *Machine) planOf(e types.Epoch) *types.Plan {
	switch {
	case e == m.plan.Epoch:
		return m.plan
	case m.old != nil && e == m.old.plan.Epoch:
		return m.old.plan
	}
	return nil
}
