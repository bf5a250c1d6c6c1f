package differ

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"

	"probity/chain/codec"
	"probity/chain/escrow"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/state"
	"probity/chain/types"
)

// Table are the rows that a Maker's chains have, where it is given no others.
var Table = all.Table

// skipMost bounds the views that a Maker skips where their leaders are convicted.
const skipMost = 40

// ErrHalted is the end of a chain whose producers are all convicted, or that has
// taken up a protocol that no software has.
var ErrHalted = errors.New("everyone who may produce is convicted, or knows no such protocol")

// hashedSalts is how many salts a contract of the hashed beacon commits to.
const hashedSalts = 40

// Maker extends one chain block by block.
type Maker struct {
	File []byte // the genesis file

	rng     *rand.Rand
	setup   setup
	x, y    *exec.Exec // builds, verifies
	g       *exec.Genesis
	store   *state.Memory
	tip     exec.Parent
	made    *exec.Result // of the last block of Next
	plan    *types.Plan
	sched   *types.Schedule
	plans   map[types.Epoch]*types.Plan
	people  []*person
	owners  map[keys.Address]*person
	nonces  map[keys.Address]uint64
	old     []late
	gone    []skipped
	dropped []*types.SignedTx // that Build would not have in the last block
	seen    Coverage

	paid   wages // salaries, in the running epoch
	start  wages // due when it began
	salary keys.Hash
}

// late is a block whose votes may still come.
type late struct {
	height    types.Height
	statement types.Statement
	roster    types.Roster
	approved  map[int]bool
	rejected  map[int]bool
}

// skipped is a view that has given no block.
type skipped struct {
	epoch  types.Epoch
	view   types.View
	anchor types.Height
	roster types.Roster
	header *types.SignedHeader
	sides  [2]map[int]bool
}

// New makes the genesis of a seed. hashed says which beacon the chain has. table
// may be one with a mistake; nil is Table.
func New(seed uint64, hashed bool, table route.Table) (*Maker, error) {
	if table == nil {
		table = Table
	}
	m := &Maker{
		rng: rand.New(rand.NewPCG(seed, 7)), store: state.NewMemory(), plans: map[types.Epoch]*types.Plan{},
		owners: map[keys.Address]*person{}, nonces: map[keys.Address]uint64{}, seen: Coverage{},
	}
	m.draw(seed, hashed)
	var err error
	if m.File, err = m.genesis(); err != nil {
		return nil, err
	}
	if m.g, err = exec.ParseGenesis(m.File); err != nil {
		return nil, err
	}
	if m.x, err = exec.New(table, m.g); err != nil {
		return nil, err
	}
	if m.y, err = exec.New(table, m.g); err != nil {
		return nil, err
	}
	r, err := m.x.Genesis()
	if err != nil {
		return nil, err
	}
	m.commit(r)
	m.paid, m.start = wages{}, wages{}
	return m, nil
}

// commit makes a block the tip and its state the store's.
func (m *Maker) commit(r *exec.Result) {
	m.store.Commit(r.Changes)
	m.tip = m.x.Base(m.store, r.Header, r.Digest)
}

// Tip is the last block's header, or that of height 0.
func (m *Maker) Tip() types.Header { return m.tip.Header }

// Leaves calls fn with every leaf of the state, in key order.
func (m *Maker) Leaves(fn func(key, value []byte) bool) error {
	return m.store.Range(nil, nil, fn)
}

// Get is the state's value of a key; nil: absent.
func (m *Maker) Get(key []byte) []byte {
	v, err := m.store.Get(key)
	if err != nil {
		panic("differ: " + err.Error()) // memory has no errors
	}
	return v
}

// Next makes, signs and verifies the next block, which Commit makes the tip.
func (m *Maker) Next() (*types.Block, error) {
	p, err := m.propose()
	if err != nil {
		return nil, err
	}
	m.dropped = nil
	b, r, err := m.x.Build(m.tip, p, list(m.txs()), func(tx *types.SignedTx, _ error) { m.dropped = append(m.dropped, tx) })
	if newer := (*exec.Outdated)(nil); errors.As(err, &newer) {
		return nil, ErrHalted
	}
	if err != nil {
		return nil, fmt.Errorf("height %d: build: %w", m.tip.Header.Height+1, err)
	}
	m.sign(b)
	if err := m.Verify(b); err != nil {
		return nil, fmt.Errorf("height %d: verify: %w", b.Header.Height, err)
	}
	m.made = r
	return b, nil
}

// Commit makes the last block of Next the tip.
func (m *Maker) Commit(b *types.Block) {
	m.note(m.made)
	m.seen.note(m.made)
	m.commit(m.made)
	m.remember(b)
	if h := &b.Header; h.Height == m.plan.Last() {
		m.closeEpoch(h.Epoch)
	}
}

// Verify judges a block on the tip as another member does.
func (m *Maker) Verify(b *types.Block) error {
	txs, err := exec.Decode(b)
	if err != nil {
		return err
	}
	sigs := make([]bool, len(txs))
	for i, tx := range txs {
		sigs[i] = keys.Verify(tx.Signed(m.g.Hash()))
	}
	_, err = m.y.Verify(m.tip, b, txs, sigs)
	return err
}

// sign puts the leader's signature on a block, where there is a leader.
func (m *Maker) sign(b *types.Block) {
	if !m.sched.Reach(b.Header.View) {
		return // nobody leads it yet
	}
	asc := m.sched.ASC(b.Header.View)
	s := types.Statement{Kind: types.Propose, Epoch: b.Header.Epoch, View: b.Header.View, Digest: b.Digest()}
	if k := m.holder(asc.Key); k != nil {
		b.Signature = k.Sign(s.SignBytes(m.g.Hash()))
	}
}

// holder is the private key of a public one.
func (m *Maker) holder(k keys.PublicKey) *keys.PrivateKey {
	for _, p := range m.people {
		for i := range p.votes {
			if p.votes[i].Public() == k {
				return &p.votes[i]
			}
		}
	}
	return nil
}

func list(txs []*types.SignedTx) func() *types.SignedTx {
	return func() *types.SignedTx {
		if len(txs) == 0 {
			return nil
		}
		tx := txs[0]
		txs = txs[1:]
		return tx
	}
}

// propose is what the next leader adds: a parent's certificate, late votes,
// records of some skipped views.
func (m *Maker) propose() (exec.Proposal, error) {
	h := m.tip.Header
	epoch, view := h.Epoch, h.View
	if h.Height >= m.x.Outline(m.tip, epoch).Last() {
		epoch, view = epoch+1, 0
	}
	if m.plan == nil || m.plan.Epoch != epoch {
		m.plan = m.x.Plan(m.tip, epoch)
		m.plans[epoch] = m.plan
		var err error
		if m.sched, err = types.NewSchedule(m.plan); err != nil {
			panic("differ: " + err.Error()) // it comes from the state
		}
	}
	p := exec.Proposal{Epoch: epoch, ParentView: h.View, Time: h.Time + m.plan.Interval + types.Time(m.rng.IntN(3))}
	if m.rng.IntN(150) == 0 {
		p.Time += types.Time(m.rng.IntN(12_000)) // the chain stood still
	}
	if view > 0 {
		p.Votes = append(p.Votes, m.parent(epoch, view))
	}
	p.Votes = append(p.Votes, m.lateVotes()...)
	skip := 0
	if m.rng.IntN(4) == 0 {
		skip = 1 + m.rng.IntN(3)
	}
	for n := 0; skip > 0 || m.barred(view+1); skip-- {
		if n++; n > skipMost {
			return p, ErrHalted
		}
		view++
		p.Views = append(p.Views, m.record(epoch, view))
	}
	p.Views = append(p.Views, m.additions()...)
	p.View = view + 1
	asc := m.sched.ASC(p.View)
	p.Reveal = m.reveal(p.View)
	p.ASC, p.Seed = asc.ID, m.sched.Seed(p.View)
	return p, nil
}

// barred says that who leads a view is convicted, and can give no block.
func (m *Maker) barred(v types.View) bool {
	return availability.Convicted(m.tip.State, m.sched.ASC(v).Producer)
}

// reveal is what the leader opens a view's salt with.
func (m *Maker) reveal(v types.View) types.Bytes {
	if !m.sched.Salted(v) {
		return nil
	}
	asc := m.sched.ASC(v)
	p := m.owners[asc.Producer]
	if m.plan.Scheme == types.Hashed {
		return beacon.Reveal(p.secret(m.plan.Epoch), asc.Salts, m.sched.Salt(v))
	}
	at, dealing := m.sched.Place(v), m.sched.Dealing(v)
	out := m.setup.suite.Reveal(at, p.deal(m.plan.Epoch, m.sched.Salt(v)), dealing)
	salt, err := m.setup.suite.Open(at, dealing, out)
	if err != nil {
		panic("differ: " + err.Error()) // it is the dealer's
	}
	m.sched.Open(v, salt)
	return out
}

// record is that of a skipped view: a Nullification, its salt, at times a
// rejected header.
func (m *Maker) record(e types.Epoch, v types.View) types.ViewRecord {
	s := types.Statement{Kind: types.Nullify, Epoch: e, View: v}
	cert := m.certify(&m.plan.Roster, s, m.quorum(&m.plan.Roster))
	out := types.ViewRecord{Epoch: e, View: v, Nullification: &cert}
	if m.sched.Salted(v) && m.plan.Scheme == types.Recoverable {
		o := escrow.Opening{Reveal: escrow.Bytes(m.reveal(v))}
		if m.rng.IntN(2) == 0 {
			o = escrow.Opening{Shares: m.shares(v)}
		}
		out.Salt, cert.Attachment = m.sched.Opened(v), escrow.MarshalOpening(o)
	}
	gone := skipped{epoch: e, view: v, anchor: m.tip.Header.Height + 1, roster: m.plan.Roster, sides: [2]map[int]bool{{}, {}}}
	often := 2
	if m.setup.steady {
		often = 16 // a rejected header costs its producer all of its stake
	}
	if m.rng.IntN(often) == 0 {
		gone.header = m.refused(e, v)
		if m.rng.IntN(2) == 0 {
			out.Rejected = append(out.Rejected, m.votesOn(&gone))
		}
	}
	m.gone = append(m.gone, gone)
	return out
}

// shares are those that open a salt, of the lowest tickets or the highest.
func (m *Maker) shares(v types.View) (out []escrow.Share) {
	r := &m.plan.Roster
	n := len(r.Tickets())
	need := (n + 1) / 2
	from := m.rng.IntN(n - need + 1)
	for k := from; k < from+need; k++ {
		i := 0
		for i+1 < len(r.Members) && int(r.FirstTicket(i+1)) <= k {
			i++
		}
		own := m.owners[r.Members[i].Address].escrow(r.Members[i].Escrow[k-int(r.FirstTicket(i))], m.setup.suite)
		out = append(out, m.setup.suite.Share(m.sched.Place(v), m.sched.Dealing(v), uint32(k), own))
	}
	return out
}

// refused is a header that the leader of a view has signed.
func (m *Maker) refused(e types.Epoch, v types.View) *types.SignedHeader {
	h := m.tip.Header
	asc := m.sched.ASC(v)
	h.Epoch, h.View, h.Height, h.ASC = e, v, h.Height+1, asc.ID
	h.Parent, h.StateRoot = m.tip.Digest, keys.Sum([]byte{byte(m.rng.IntN(256))})
	h.Reveal = nil
	k := m.holder(asc.Key)
	s := types.Statement{Kind: types.Propose, Epoch: e, View: v, Digest: h.Digest()}
	return &types.SignedHeader{Header: h, Signature: k.Sign(s.SignBytes(m.g.Hash()))}
}

// votesOn are some votes on a refused header that no block has included.
func (m *Maker) votesOn(s *skipped) types.Rejected {
	out := types.Rejected{Header: *s.header}
	d := s.header.Header.Digest()
	for side, kind := range []types.Kind{types.Reject, types.Notarize} {
		odds := 2 - side // most reject
		who := m.fresh(&s.roster, s.sides[side], odds)
		if len(who) == 0 {
			continue
		}
		cert := m.certify(&s.roster, types.Statement{Kind: kind, Epoch: s.epoch, View: s.view, Digest: d}, who)
		if side == 0 {
			out.Rejects = &cert
		} else {
			out.Notarizes = &cert
		}
	}
	if out.Rejects == nil && out.Notarizes == nil {
		cert := m.certify(&s.roster, types.Statement{Kind: types.Reject, Epoch: s.epoch, View: s.view, Digest: d}, m.one(&s.roster, s.sides[0]))
		out.Rejects = &cert
	}
	return out
}

// one is the first member that is not in the set, and enters it.
func (m *Maker) one(r *types.Roster, in map[int]bool) []int {
	for i := range r.Members {
		if !in[i] {
			in[i] = true
			return []int{i}
		}
	}
	return nil
}

// fresh draws members that are not in the set; odds of 0 to 3 in three each.
func (m *Maker) fresh(r *types.Roster, in map[int]bool, odds int) (out []int) {
	for i := range r.Members {
		if !in[i] && m.rng.IntN(3) < odds {
			in[i] = true
			out = append(out, i)
		}
	}
	return out
}

// full says that all members of a roster are in a set.
func full(r *types.Roster, in map[int]bool) bool { return len(in) == len(r.Members) }

// additions are late votes on headers of views that earlier blocks skipped.
func (m *Maker) additions() (out []types.ViewRecord) {
	next := m.tip.Header.Height + 1
	for i := range m.gone {
		s := &m.gone[i]
		if s.header == nil || s.anchor >= next || s.anchor+15 < next || full(&s.roster, s.sides[0]) || m.rng.IntN(6) != 0 {
			continue
		}
		if _, ok := availability.Roster(m.tip.State, s.epoch); !ok {
			continue
		}
		out = append(out, types.ViewRecord{Epoch: s.epoch, View: s.view, Rejected: []types.Rejected{m.votesOn(s)}})
	}
	return out
}

// quorum draws members that weigh a quorum.
func (m *Maker) quorum(r *types.Roster) (out []int) {
	need := uint64(r.Total())*2/3 + 1
	var sum uint64
	in := map[int]bool{}
	for _, i := range m.rng.Perm(len(r.Members)) {
		if sum < need || m.rng.IntN(3) == 0 {
			in[i] = true
			sum += uint64(r.Members[i].Weight)
		}
	}
	for i := range r.Members {
		if in[i] {
			out = append(out, i)
		}
	}
	return out
}

// certify bundles the signatures of some members.
func (m *Maker) certify(r *types.Roster, s types.Statement, who []int) types.Certificate {
	var votes []types.Vote
	for _, i := range who {
		k := m.holder(r.Members[i].Key)
		votes = append(votes, types.Vote{Statement: s, Signer: uint32(i), Signature: k.Sign(s.SignBytes(m.g.Hash()))})
	}
	return types.Bundle(votes, len(r.Members))
}

// parent is the certificate of the tip, at times a Finalize.
func (m *Maker) parent(e types.Epoch, v types.View) types.Certificate {
	r := &m.plan.Roster
	s := types.Statement{Kind: types.Notarize, Epoch: e, View: v, Digest: m.tip.Digest}
	who := m.quorum(r)
	last := &m.old[len(m.old)-1]
	if m.rng.IntN(8) == 0 {
		s.Kind = types.Finalize
	} else {
		for _, i := range who {
			last.approved[i] = true
		}
	}
	return m.certify(r, s, who)
}

// lateVotes are votes on blocks of the last sixteen heights.
func (m *Maker) lateVotes() (out []types.Certificate) {
	next := m.tip.Header.Height + 1
	for i := range m.old {
		l := &m.old[i]
		if l.height+16 < next || m.rng.IntN(5) != 0 {
			continue
		}
		if l.height+1 == next && len(l.approved) == 0 {
			continue // the parent's certificate comes first
		}
		s := l.statement
		in := l.approved
		odds := 2
		if m.rng.IntN(3) == 0 {
			s.Kind, in, odds = types.Reject, l.rejected, 1
		}
		if who := m.fresh(&l.roster, in, odds); len(who) > 0 {
			out = append(out, m.certify(&l.roster, s, who))
		}
	}
	return out
}

// remember notes a block for late votes.
func (m *Maker) remember(b *types.Block) {
	h := &b.Header
	m.old = append(m.old, late{
		height: h.Height, statement: types.Statement{Kind: types.Notarize, Epoch: h.Epoch, View: h.View, Digest: b.Digest()},
		roster: m.plan.Roster, approved: map[int]bool{}, rejected: map[int]bool{},
	})
	if len(m.old) > 20 {
		m.old = m.old[1:]
	}
	if len(m.gone) > 40 {
		m.gone = m.gone[len(m.gone)-40:]
	}
}

// be64 is n in eight bytes.
func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Encode are the parts of a block as they travel.
func Encode(b *types.Block) (header, signature, body []byte) {
	return codec.MustMarshal(&b.Header), b.Signature[:], codec.MustMarshal(&b.Body)
}
