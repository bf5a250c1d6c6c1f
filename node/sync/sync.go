// Package sync brings a member that was away up to date: single blocks by
// digest for the running views, and ranges of final blocks with the proof of
// their finality (spec network §3).
//
// Machine is policy as a machine: what to ask whom, and when to ask again. It
// owns no clock and no socket; it checks no proof, since its caller executes
// what arrives and lets the consensus certificates speak. A peer that answers
// wrongly is reported by the caller (Failed) and not asked again for a while.
//
// Messages travel one way each; an answer carries the number of its request,
// so that a late or forged answer to a question nobody asked is dropped.
package sync

import (
	"slices"
	"sort"

	"probity/chain/keys"
	"probity/chain/types"
)

// Bounds (spec network §3).
const (
	RangeBlocks = 64      // blocks in one answer
	RangeBytes  = 4 << 20 // and their size, of which the first block is exempt
	fetchesMax  = 64      // digests asked for at once
	retryMs     = 400     // before the next peer is asked
	pollMs      = 1000    // between questions for a peer's height while nothing moves
	shunMs      = 10_000  // for which a peer that answered wrongly is left alone
	behindMs    = 100     // between questions that messages of others provoke
)

// Message is one question or answer. Exactly one of the last fields is set.
type Message struct {
	_      struct{} `cbor:",toarray"`
	ID     uint64
	Status *Status
	Want   *Want
	Range  *Range
	Block  *types.Block
	Blocks *Blocks
}

// Status tells how far its sender is; asked with Ask set.
type Status struct {
	_      struct{} `cbor:",toarray"`
	Height types.Height
	Ask    bool
}

// Want asks for a block by digest.
type Want struct {
	_      struct{} `cbor:",toarray"`
	Digest keys.Hash
}

// Range asks for final blocks from a height on.
type Range struct {
	_    struct{} `cbor:",toarray"`
	From types.Height
}

// Blocks answers Range: consecutive final blocks of one epoch, and the
// Finalization of the last of them or of the last of Trailing, which extend it.
type Blocks struct {
	_            struct{} `cbor:",toarray"`
	Blocks       []*types.Block
	Finalization types.Certificate
	Trailing     []types.SignedHeader
}

// Out is a message to a peer.
type Out struct {
	Peer string
	Msg  Message
}

// Machine decides what to ask.
type Machine struct {
	now     types.Time
	peers   []string
	heights map[string]types.Height
	shunned map[string]types.Time
	next    uint64
	turn    int

	height  types.Height
	moved   types.Time // when height last rose
	polled  types.Time
	fetches map[keys.Hash]*question
	span    *question
	out     []Out
}

type question struct {
	id    uint64
	peer  string
	at    types.Time
	tries int
}

// New makes a machine at a height.
func New(height types.Height) *Machine {
	return &Machine{height: height, heights: map[string]types.Height{}, shunned: map[string]types.Time{}, fetches: map[keys.Hash]*question{}}
}

// Take returns what is to be sent and forgets it.
func (m *Machine) Take() []Out {
	out := m.out
	m.out = nil
	return out
}

// Tick lets time pass, with the peers that are connected now.
func (m *Machine) Tick(now types.Time, peers []string) {
	m.now, m.peers = max(m.now, now), peers
	m.tidy()
	for _, d := range m.wanted() {
		if q := m.fetches[d]; now >= q.at+retryMs {
			m.ask(q, func(id uint64) Message { return Message{ID: id, Want: &Want{Digest: d}} })
		}
	}
	if m.span != nil && now >= m.span.at+4*retryMs {
		m.shun(m.span.peer)
		m.span = nil
	}
	if now >= max(m.moved, m.polled)+pollMs {
		m.polled = now
		for _, p := range peers {
			m.out = append(m.out, Out{p, Message{Status: &Status{Height: m.height, Ask: true}}})
		}
	}
	m.catchUp()
}

// Deadline is when Tick is next due.
func (m *Machine) Deadline() types.Time {
	next := max(m.moved, m.polled) + pollMs
	for _, q := range m.fetches {
		next = min(next, q.at+retryMs)
	}
	if m.span != nil {
		next = min(next, m.span.at+4*retryMs)
	}
	return next
}

// Fetch asks for a block by digest until it is here (Have) or nobody wants it.
func (m *Machine) Fetch(d keys.Hash) {
	if m.fetches[d] != nil {
		return
	}
	if len(m.fetches) >= fetchesMax {
		m.forget()
	}
	q := &question{}
	m.fetches[d] = q
	m.ask(q, func(id uint64) Message { return Message{ID: id, Want: &Want{Digest: d}} })
}

// forget gives up the search that has been asked about most: nobody seems to
// have that block, and whoever still wants it asks again.
func (m *Machine) forget() {
	var worst keys.Hash
	tries := -1
	for _, d := range m.wanted() {
		if q := m.fetches[d]; q.tries > tries {
			worst, tries = d, q.tries
		}
	}
	delete(m.fetches, worst)
}

// Have ends the search for a block.
func (m *Machine) Have(d keys.Hash) { delete(m.fetches, d) }

// Behind starts catching up by range without waiting for the next poll.
func (m *Machine) Behind() {
	if m.polled > 0 && m.now < m.polled+behindMs {
		return
	}
	m.polled = m.now
	for _, p := range m.peers {
		m.out = append(m.out, Out{p, Message{Status: &Status{Height: m.height, Ask: true}}})
	}
}

// Committed tells that the member's own height rose.
func (m *Machine) Committed(h types.Height) {
	if h > m.height {
		m.height, m.moved = h, m.now
	}
}

// Heard takes a peer's status.
func (m *Machine) Heard(peer string, s Status) {
	m.heights[peer] = s.Height
	m.catchUp()
}

// Answered reports whether a range answer was asked for, and ends the question.
func (m *Machine) Answered(peer string, id uint64) bool {
	if m.span == nil || m.span.peer != peer || m.span.id != id {
		return false
	}
	m.span = nil
	return true
}

// Failed leaves a peer alone for a while.
func (m *Machine) Failed(peer string) { m.shun(peer) }

// Best is the greatest height that may be believed of what connected peers told:
// of every four one may boast, and its word does not count; a stranger could put
// every member into catching up otherwise.
func (m *Machine) Best() types.Height {
	var told []types.Height
	for _, p := range m.peers {
		if h, ok := m.heights[p]; ok {
			told = append(told, h)
		}
	}
	if len(told) == 0 {
		return 0
	}
	slices.Sort(told)
	return told[len(told)-1-len(told)/4]
}

// Abreast reports whether the member stands where its peers do: of those
// connected that told their height, more than half told no greater one. One that
// boasts cannot make it false.
func (m *Machine) Abreast() bool {
	told, higher := 0, 0
	for _, p := range m.peers {
		if h, ok := m.heights[p]; ok {
			told++
			if h > m.height {
				higher++
			}
		}
	}
	return 2*higher < told
}

// Busy reports whether a range is being fetched.
func (m *Machine) Busy() bool { return m.span != nil }

// Continue asks for the next range after one was applied.
func (m *Machine) Continue() { m.catchUp() }

// catchUp asks the highest peer for the next range, one at a time. While the
// member's own commits move, views bring what is missing: a peer one block
// ahead is no reason to ask.
func (m *Machine) catchUp() {
	if m.span != nil {
		return
	}
	best, peer := m.height, ""
	for _, p := range m.peers {
		if m.heights[p] > best && m.shunned[p] <= m.now {
			best, peer = m.heights[p], p
		}
	}
	if peer == "" || best <= m.height+1 && m.now < m.moved+pollMs {
		return
	}
	m.next++
	m.span = &question{id: m.next, peer: peer, at: m.now}
	m.out = append(m.out, Out{peer, Message{ID: m.next, Range: &Range{From: m.height + 1}}})
}

// ask sends a question to the next peer in turn.
func (m *Machine) ask(q *question, msg func(uint64) Message) {
	m.next++
	q.id, q.at, q.peer = m.next, m.now, ""
	q.tries++
	for range m.peers {
		m.turn++
		if p := m.peers[m.turn%len(m.peers)]; m.shunned[p] <= m.now {
			q.peer = p
			m.out = append(m.out, Out{p, msg(q.id)})
			return
		}
	}
}

// shun leaves a peer alone and forgets what it claimed: were its height kept, a
// liar would be asked first for ever.
func (m *Machine) shun(peer string) {
	m.shunned[peer] = m.now + shunMs
	delete(m.heights, peer)
}

// tidy forgets peers that are gone.
func (m *Machine) tidy() {
	here := map[string]bool{}
	for _, p := range m.peers {
		here[p] = true
	}
	for p := range m.heights {
		if !here[p] {
			delete(m.heights, p)
		}
	}
	for p, until := range m.shunned {
		if !here[p] && until <= m.now {
			delete(m.shunned, p)
		}
	}
}

// wanted lists the digests in order.
func (m *Machine) wanted() []keys.Hash {
	out := make([]keys.Hash, 0, len(m.fetches))
	for d := range m.fetches {
		out = append(out, d)
	}
	sort.Slice(out, func(i, j int) bool { return string(out[i][:]) < string(out[j][:]) })
	return out
}
