package consensus_test

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"

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
	spoil   func(*types.Header) bool   // blocks that everyone but their maker finds invalid
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
}

type packet struct {
	at   types.Time
	seq  int
	from int
	to   int
	msg  consensus.Message
}

func newNet(t testing.TB, seed uint64, weights []types.Weight, blocks uint64, epochs int) *net {
	w := &net{t: t, rng: rand.New(rand.NewPCG(seed, 1)), now: 1_000_000, genesis: keys.Sum([]byte("test")), delay: 20, chain: map[types.Height]keys.Hash{}}
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
	m.m = consensus.New(consensus.Config{Genesis: w.genesis, Self: m.key.Public(), Delta: 250, DeltaMax: 30_000, Early: 500})
	w.start(m)
}

func (w *net) start(m *member) {
	if int(m.epoch) >= len(w.plans) {
		return
	}
	in := consensus.Start{Plan: w.plans[m.epoch], Base: m.base, Own: m.own[m.epoch]}
	if m.epoch > 0 {
		in.Prev = w.plans[m.epoch-1]
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
	for _, b := range r.Persist {
		m.blocks[b.Digest()] = b
	}
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
		Time: w.now, ASC: a.ASC.ID, Seed: a.Seed,
	}, Body: types.Body{Votes: a.Votes, Views: a.Views}}
	if a.Trailing {
		b.Header.Height = parentHeight
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
		m.epoch++
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
	m.base, m.epoch = best.base, best.epoch
	w.start(m)
}

func (w *net) send(from int, msg consensus.Message) {
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
	checks, err := m.m.Signatures(&p.msg)
	if err == consensus.ErrEpoch {
		if e, _ := p.msg.Place(); e > m.epoch {
			w.catchUp(m)
		}
		return
	}
	if err != nil {
		w.t.Fatalf("member %d calls a message of %d malformed: %v", p.to, p.from, err)
	}
	for _, s := range checks.Head {
		if !keys.Verify(s) {
			w.t.Fatalf("member %d sent a bad signature", p.from)
		}
	}
	w.step(m, consensus.Received{Message: p.msg})
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
