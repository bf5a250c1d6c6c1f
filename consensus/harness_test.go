package consensus_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// net is a small world for machines alone: links with delay and loss, a clock,
// members that crash and come back with what they persisted and signed. Blocks
// hold no transactions and every block that descends from a valid one is valid,
// but for those that spoil names. The whole node runs in sim.
type net struct {
	t       testing.TB
	rng     *rand.Rand
	now     types.Time
	genesis keys.Hash
	plans   []*types.Plan
	members []*member
	queue   []packet
	loss    int // percent
	delay   int // ms at most
	cut     func(from, to int) bool
	chain   map[types.Height]keys.Hash // what anyone committed
	watch   func(*member, consensus.Ready)
	drop    func(from int, msg *consensus.Message) bool // messages that are lost
	seal    *seal                                       // of the recoverable beacon; nil: the hashed one
	spoil   func(*types.Header) bool                    // blocks that everyone but their maker finds invalid
	good    map[keys.Hash]bool                          // signatures that were checked
	arrive  func(*member, packet)                       // before a message is judged
}

type member struct {
	id      int
	key     keys.PrivateKey
	m       *consensus.Machine
	down    bool
	blocks  map[keys.Hash]*types.Block // persisted
	journal []types.Vote               // signed
	own     map[types.Epoch]map[types.View]keys.Hash
	chain   []*types.Block // committed
	base    consensus.Base
	epoch   types.Epoch
	faults  []consensus.Evidence
	kept    []types.Certified
	// boundary is the last view of the epoch before.
	boundary types.View
}

type packet struct {
	at   types.Time
	seq  int
	from int
	to   int
	msg  consensus.Message
}

func newNet(t testing.TB, seed uint64, weights []types.Weight, blocks uint64, epochs int) *net {
	w := &net{t: t, rng: rand.New(rand.NewPCG(seed, 1)), now: 1_000_000, genesis: keys.Sum([]byte("test")), delay: 20, chain: map[types.Height]keys.Hash{}, good: map[keys.Hash]bool{}}
	roster := types.Roster{}
	var list []types.ASC
	for i, wt := range weights {
		key := keys.FromSeed([32]byte{byte(i + 1)})
		w.members = append(w.members, &member{id: i, key: key, blocks: map[keys.Hash]*types.Block{}, own: map[types.Epoch]map[types.View]keys.Hash{}})
		roster.Members = append(roster.Members, types.Member{Address: key.Public().Address(), Key: key.Public(), Weight: wt})
		list = append(list, types.ASC{ID: keys.Sum([]byte{byte(i)}), Producer: key.Public().Address(), Key: key.Public(), Weight: wt})
	}
	for e := 0; e < epochs; e++ {
		r := roster
		r.Epoch = types.Epoch(e)
		w.plans = append(w.plans, &types.Plan{
			Epoch: types.Epoch(e), First: types.Height(uint64(e)*blocks + 1), Blocks: blocks, Roster: r, List: list,
			Seed: keys.Sum([]byte("seed"), []byte{byte(e)}), Scheme: types.Hashed, Selection: types.Cycle, Stride: 1, Interval: 50,
		})
	}
	for _, m := range w.members {
		m.base = consensus.Base{Digest: w.genesis, Time: w.now}
		w.boot(m)
	}
	return w
}

// boot starts a member from what its disk holds.
func (w *net) boot(m *member) {
	m.down = false
	m.m = consensus.New(w.config(m))
	w.start(m)
}

func (w *net) config(m *member) consensus.Config {
	cfg := consensus.Config{Genesis: w.genesis, Self: m.key.Public(), Delta: 250, DeltaMax: 30_000, Early: 500}
	if w.seal != nil {
		cfg.Escrow = w.seal.suite
	}
	return cfg
}

func (w *net) start(m *member) {
	if int(m.epoch) >= len(w.plans) {
		return
	}
	in := consensus.Start{Plan: w.plans[m.epoch], Base: m.base, Own: m.own[m.epoch]}
	if m.epoch > 0 {
		in.Prev = w.plans[m.epoch-1]
	}
	if w.seal != nil {
		in.Plan = w.seal.opened(in.Plan, m.base.View)
		if m.epoch > 0 {
			in.Prev = w.seal.opened(in.Prev, m.boundary)
		}
	}
	for _, c := range m.kept {
		if c.Certificate.Epoch == m.epoch && c.Certificate.View > m.base.View {
			in.Certificates = append(in.Certificates, c)
		}
	}
	in.Recent = append(in.Recent, m.chain[max(0, len(m.chain)-17):]...)
	for _, v := range m.journal {
		if v.Epoch == m.epoch {
			in.Votes = append(in.Votes, v)
		}
	}
	for _, b := range m.blocks {
		if b.Header.Epoch == m.epoch && b.Header.View > m.base.View && b.Signature != (keys.Signature{}) {
			in.Blocks = append(in.Blocks, b)
		}
	}
	sort.Slice(in.Blocks, func(i, j int) bool { return in.Blocks[i].Header.View < in.Blocks[j].Header.View })
	w.step(m, in)
}

// step performs a Ready as the node's driver does.
func (w *net) step(m *member, in consensus.Input) {
	r := m.m.Step(w.now, in)
	if w.watch != nil {
		w.watch(m, r)
	}
	for _, b := range r.Persist {
		m.blocks[b.Digest()] = b
	}
	m.kept = append(m.kept, r.Keep...)
	m.faults = append(m.faults, r.Evidence...)
	for _, c := range r.Commit {
		w.commit(m, c)
	}
	for _, msg := range r.Send {
		w.send(m.id, msg)
	}
	var next []consensus.Input
	for _, s := range r.Sign {
		sig := m.key.Sign(s.SignBytes(w.genesis))
		for _, v := range m.journal {
			if consensus.Conflict(v.Statement, s) {
				w.t.Fatalf("member %d signs %v after %v", m.id, s, v.Statement)
			}
		}
		if s.Kind == types.Propose {
			if m.own[s.Epoch] == nil {
				m.own[s.Epoch] = map[types.View]keys.Hash{}
			}
			if d, ok := m.own[s.Epoch][s.View]; ok && d != s.Digest {
				w.t.Fatalf("member %d proposes twice in %d/%d", m.id, s.Epoch, s.View)
			}
			m.own[s.Epoch][s.View] = s.Digest
			m.blocks[s.Digest].Signature = sig
		} else {
			m.journal = append(m.journal, types.Vote{Statement: s, Signature: sig})
		}
		next = append(next, consensus.Signed{Statement: s, Signature: sig})
	}
	for _, a := range r.Ask {
		switch a := a.(type) {
		case consensus.Execute:
			var err error
			if w.spoil != nil && w.spoil(&a.Block.Header) {
				err = fmt.Errorf("spoiled")
			} else if w.seal != nil {
				if err = w.seal.check(a.Block); err != nil && w.seal.strict {
					w.t.Fatalf("member %d: an honest block is invalid: %v", m.id, err)
				}
			}
			next = append(next, consensus.Executed{Digest: a.Digest, Err: err})
		case consensus.Build:
			next = append(next, consensus.Built{Epoch: a.Epoch, View: a.View, Block: w.build(m, a)})
		case consensus.Fetch:
			for _, o := range w.members {
				if b := o.blocks[a.Digest]; b != nil && o != m && !o.down && (w.cut == nil || !w.cut(o.id, m.id)) {
					w.push(o.id, m.id, consensus.Message{Proposal: b})
					break
				}
			}
		case consensus.Share:
			next = append(next, consensus.Shared{Epoch: a.Epoch, View: a.View, Shares: w.shares(m, a)})
		case consensus.Again:
			if in := w.judge(m, -1, a.Message); in != nil {
				next = append(next, in)
			}
		case consensus.Behind:
			w.catchUp(m)
			return
		}
	}
	for _, in := range next {
		w.step(m, in)
	}
}

func (w *net) build(m *member, a consensus.Build) *types.Block {
	parentHeight := m.base.Height
	if p := m.blocks[a.Parent]; p != nil {
		parentHeight = p.Header.Height
	}
	b := &types.Block{Header: types.Header{
		Version: 1, Epoch: a.Epoch, View: a.View, Height: parentHeight + 1, ParentView: a.ParentView, Parent: a.Parent,
		Time: w.now, ASC: a.ASC.ID, Seed: types.NextSeed(a.Prev, a.View, nil),
	}, Body: types.Body{Votes: a.Votes, Views: a.Views}}
	if a.Trailing {
		b.Header.Height = parentHeight
	}
	if w.seal != nil && a.Salted {
		salt, reveal := w.seal.open(a.Epoch, a.View)
		b.Header.Reveal, b.Header.Seed = reveal, types.NextSeed(a.Prev, a.View, salt)
	}
	b.Header.VotesRoot, b.Header.ViewsRoot, b.Header.TxRoot = b.Body.VotesRoot(), b.Body.ViewsRoot(), b.Body.TxRoot()
	return b
}

func (w *net) commit(m *member, c consensus.Commit) {
	for _, b := range c.Blocks {
		h := &b.Header
		if h.Height != m.base.Height+1 {
			w.t.Fatalf("member %d commits height %d on %d", m.id, h.Height, m.base.Height)
		}
		if d, ok := w.chain[h.Height]; ok && d != b.Digest() {
			w.t.Fatalf("fork at height %d: %s and %s", h.Height, d.Short(), b.Digest().Short())
		}
		w.chain[h.Height] = b.Digest()
		m.chain = append(m.chain, b)
		m.blocks[b.Digest()] = b
		final := c.Finalization
		m.base = consensus.Base{Digest: b.Digest(), Height: h.Height, View: h.View, Time: h.Time, Final: &final}
	}
	if m.base.Height == w.plans[m.epoch].Last() {
		m.epoch, m.boundary = m.epoch+1, m.base.View
		m.base.View, m.base.Final = 0, nil
		w.start(m)
	}
}

// catchUp copies another member's chain, as sync by range does.
func (w *net) catchUp(m *member) {
	var best *member
	for _, o := range w.members {
		if o != m && !o.down && (w.cut == nil || !w.cut(o.id, m.id)) && (best == nil || len(o.chain) > len(best.chain)) {
			best = o
		}
	}
	if best == nil || len(best.chain) <= len(m.chain) {
		return
	}
	m.chain = append([]*types.Block{}, best.chain...)
	m.base, m.epoch, m.boundary = best.base, best.epoch, best.boundary
	w.start(m)
}

func (w *net) send(from int, msg consensus.Message) {
	if w.drop != nil && w.drop(from, &msg) {
		return
	}
	for _, o := range w.members {
		if o.id != from && (w.cut == nil || !w.cut(from, o.id)) && w.rng.IntN(100) >= w.loss {
			w.push(from, o.id, msg)
		}
	}
}

func (w *net) push(from, to int, msg consensus.Message) {
	w.queue = append(w.queue, packet{at: w.now + 1 + types.Time(w.rng.IntN(w.delay)), seq: len(w.queue), from: from, to: to, msg: msg})
}

// run lets the world go on until a time or until stop says so.
func (w *net) run(until types.Time, stop func() bool) {
	for w.now < until && !stop() {
		next := until
		for _, m := range w.members {
			if d := m.m.Deadline(); !m.down && d < next {
				next = d
			}
		}
		pick := -1
		for i, p := range w.queue {
			if p.at <= next {
				next, pick = p.at, i
			}
		}
		w.now = max(w.now, next)
		if pick >= 0 {
			p := w.queue[pick]
			w.queue[pick] = w.queue[len(w.queue)-1]
			w.queue = w.queue[:len(w.queue)-1]
			w.deliver(p)
			continue
		}
		for _, m := range w.members {
			if !m.down && m.m.Deadline() <= w.now {
				w.step(m, consensus.Tick{})
			}
		}
	}
}

func (w *net) deliver(p packet) {
	m := w.members[p.to]
	if m.down {
		return
	}
	if w.arrive != nil {
		w.arrive(m, p)
	}
	if in := w.judge(m, p.from, p.msg); in != nil {
		w.step(m, in)
	}
}

// judge checks a message's signatures as the node does.
func (w *net) judge(m *member, from int, msg consensus.Message) consensus.Input {
	checks, err := m.m.Signatures(&msg)
	if err == consensus.ErrEpoch {
		if e, _ := msg.Place(); e > m.epoch {
			w.catchUp(m)
		}
		return nil
	}
	if errors.Is(err, consensus.ErrAhead) {
		return consensus.Held{Message: msg, From: fmt.Sprint(from)}
	}
	if err != nil {
		w.t.Fatalf("member %d calls a message of %d malformed: %v", m.id, from, err)
	}
	for _, s := range checks.Head {
		id := keys.Sum(s.Key[:], s.Message, s.Signature[:])
		if !w.good[id] && !keys.Verify(s) {
			w.t.Fatalf("member %d sent a bad signature", from)
		}
		w.good[id] = true
	}
	return consensus.Received{Message: msg}
}

func (w *net) height(up bool) types.Height {
	low := types.Height(1 << 62)
	for _, m := range w.members {
		if !m.down || !up {
			low = min(low, m.base.Height)
		}
	}
	return low
}

// seal knows the salts of every epoch of a net: what each dealt, and so what
// every view opens, before any machine does.
type seal struct {
	suite escrow.Suite
	plans []*types.Plan
	truth []*types.Schedule
	held  map[keys.PublicKey]int // whose contract a key serves

	strict bool // all are honest: an invalid block fails the test
}

// escrowKey is a member's escrow key of a number.
func escrowKey(member, k int) escrow.Secret {
	return escrow.NewSecret(keys.Sum([]byte("escrow"), []byte{byte(member)}), uint32(k))
}

func dealSeed(member int, e types.Epoch, j uint32) [32]byte {
	return keys.Sum([]byte("deal"), []byte{byte(member), byte(e), byte(j >> 8), byte(j)})
}

// newSealedNet is newNet with salts that are dealt: so many a contract; 0: as
// many as it needs.
func newSealedNet(t testing.TB, seed uint64, weights []types.Weight, blocks uint64, epochs int, stride uint64, salts uint32) *net {
	w := newNet(t, seed, weights, blocks, epochs)
	w.seal = &seal{suite: escrow.Ideal{}, plans: w.plans, held: map[keys.PublicKey]int{}}
	tickets, ok := escrow.Tickets(plain(weights), escrow.MaxTickets)
	if !ok {
		t.Fatal("no tickets")
	}
	for e, p := range w.plans {
		p.Scheme, p.Stride, p.Bound = types.Recoverable, stride, w.genesis
		p.Roster.Members = append([]types.Member(nil), p.Roster.Members...)
		p.List = append([]types.ASC(nil), p.List...)
		for i := range p.Roster.Members {
			w.seal.held[p.List[i].Key] = i
			for k := range int(tickets[i]) {
				p.Roster.Members[i].Escrow = append(p.Roster.Members[i].Escrow, w.seal.suite.Public(escrowKey(i, k)))
			}
		}
		panel, err := w.seal.suite.Panel(p.Roster.Tickets())
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.List {
			n := salts
			if n == 0 {
				n = uint32(2*blocks*uint64(weights[i])/uint64(p.Roster.Total())/stride) + 3
			}
			p.List[i].Commitment, p.List[i].Salts = types.Bytes{1}, n
			at := escrow.Place{Bound: p.Bound, Epoch: uint64(e), ASC: p.List[i].ID, Roster: p.Roster.Hash()}
			var list []types.Bytes
			for at.Salt = range n {
				list = append(list, w.seal.suite.Deal(panel, at, dealSeed(i, types.Epoch(e), at.Salt)))
			}
			p.Dealings = append(p.Dealings, list)
		}
		s, err := types.NewSchedule(p)
		if err != nil {
			t.Fatal(err)
		}
		w.seal.truth = append(w.seal.truth, s)
	}
	w.queue = nil // of before
	for _, m := range w.members {
		m.journal, m.own, m.blocks, m.kept, m.faults = nil, map[types.Epoch]map[types.View]keys.Hash{}, map[keys.Hash]*types.Block{}, nil, nil
		w.boot(m)
	}
	return w
}

func plain(weights []types.Weight) (out []uint64) {
	for _, w := range weights {
		out = append(out, uint64(w))
	}
	return out
}

// at is the true schedule of an epoch with the salts of all views below one.
func (s *seal) at(e types.Epoch, v types.View) *types.Schedule {
	for u := types.View(1); u < v; u++ {
		if s.truth[e].Waits(u) {
			s.open(e, u)
		}
	}
	return s.truth[e]
}

// open is the true salt of a view and its dealer's reveal; nothing where it has
// none.
func (s *seal) open(e types.Epoch, v types.View) (salt, reveal types.Bytes) {
	truth := s.at(e, v)
	if !truth.Salted(v) {
		return nil, nil
	}
	reveal = s.suite.Reveal(truth.Place(v), dealSeed(s.held[truth.ASC(v).Key], e, truth.Salt(v)), truth.Dealing(v))
	opened, err := s.suite.Open(truth.Place(v), truth.Dealing(v), reveal)
	if err != nil {
		panic(err)
	}
	truth.Open(v, opened)
	return truth.Opened(v), reveal
}

// opened is a plan as the state after a view holds it.
func (s *seal) opened(p *types.Plan, v types.View) *types.Plan {
	out := *p
	for u := types.View(1); u <= v; u++ {
		salt, _ := s.open(p.Epoch, u)
		out.Opened = append(out.Opened, salt)
	}
	return &out
}

// check is what execution says of a block's salts.
func (s *seal) check(b *types.Block) error {
	h := &b.Header
	truth := s.at(h.Epoch, h.View+1)
	salt, _ := s.open(h.Epoch, h.View)
	opens := func(v types.View, o escrow.Opening) bool {
		_, err := truth.Unseal(s.suite, v, truth.Dealing(v), &o)
		return err == nil
	}
	switch {
	case h.ASC != truth.ASC(h.View).ID || h.Seed != truth.Seed(h.View):
		return fmt.Errorf("turn or seed of view %d", h.View)
	case len(salt) == 0 && len(h.Reveal) > 0 || len(salt) > 0 && !opens(h.View, escrow.Opening{Reveal: escrow.Bytes(h.Reveal)}):
		return fmt.Errorf("reveal of view %d", h.View)
	}
	for i := range b.Body.Views {
		rec := &b.Body.Views[i]
		if rec.Nullification == nil {
			continue
		}
		want, _ := s.open(h.Epoch, rec.View)
		if string(rec.Salt) != string(want) || (len(want) == 0) != (len(rec.Nullification.Attachment) == 0) {
			return fmt.Errorf("record of view %d: salt %x, want %x", rec.View, rec.Salt, want)
		}
		if len(want) > 0 {
			o, err := escrow.ParseOpening(rec.Nullification.Attachment)
			if err != nil || !opens(rec.View, o) {
				return fmt.Errorf("record of view %d: opening %v", rec.View, err)
			}
		}
	}
	return nil
}

// shares are what a member's signer gives: none before its Nullify is journaled.
func (w *net) shares(m *member, a consensus.Share) (out []escrow.Share) {
	said := false
	for _, v := range m.journal {
		said = said || v.Kind == types.Nullify && v.Epoch == a.Epoch && v.View == a.View
	}
	if !said || a.Place.Epoch != uint64(a.Epoch) {
		w.t.Fatalf("member %d asks for shares of %d/%d before its Nullify", m.id, a.Epoch, a.View)
	}
	for k := range a.Count {
		out = append(out, w.seal.suite.Share(a.Place, a.Dealing, a.First+uint32(k), escrowKey(m.id, k)))
	}
	return out
}
