package peers

import "slices"

// Bounds of the address book.
const (
	AddrsMax     = 8   // addresses kept of one peer
	AddrBytesMax = 256 // length of one address
	LearnedMax   = 64  // peers in the book that one other peer told us of
	BookMax      = 1024

	staleFails = 3 // after so many failed dials hearsay about a proven peer is taken
)

// entry is all that is known of one peer.
type entry struct {
	addrs     []string
	source    ID // who told us first; empty: the operator or the peer itself
	keep      bool
	proven    bool // was connected once
	connected bool
	inbound   bool
	dialing   bool
	fails     int
	dialAt    Millis // no dial before
	seen      Millis
	score     score
	meters    []meter // while connected, one per kind
}

// learn notes addresses that from claims belong to in.Peer.
func (m *Machine) learn(now Millis, in Learn) string {
	if in.Peer == m.config.Self || !wellFormed(in.Peer) {
		return "not a peer"
	}
	addrs := clean(in.Addrs)
	if len(addrs) == 0 {
		return "no address"
	}
	if e, ok := m.book[in.Peer]; ok {
		// What a peer said of itself, or the operator of it, outweighs hearsay
		// until it has failed us: otherwise a stranger could fill the eight
		// places with his own addresses.
		if in.From != "" && (e.proven || e.keep) && e.fails < staleFails {
			return "known"
		}
		e.addrs = merge(e.addrs, addrs)
		return ""
	}
	if in.From != "" && m.learnedFrom(in.From) >= LearnedMax {
		return "too many from one peer"
	}
	if !m.makeRoom() {
		return "book full"
	}
	m.book[in.Peer] = &entry{addrs: merge(nil, addrs), source: in.From, seen: now, score: m.scoreAtEntry(now, in.Peer)}
	return ""
}

// keep notes a peer the operator named; it is dialled at the next Tick.
func (m *Machine) keep(now Millis, in Keep) string {
	if in.Peer == m.config.Self || !wellFormed(in.Peer) {
		return "not a peer"
	}
	e, ok := m.book[in.Peer]
	if !ok {
		if !m.makeRoom() {
			return "book full"
		}
		e = &entry{seen: now, score: m.scoreAtEntry(now, in.Peer)}
		m.book[in.Peer] = e
	}
	if !e.keep && e.connected {
		m.kept++
	}
	e.keep = true
	e.addrs = merge(e.addrs, clean(in.Addrs))
	return ""
}

// scoreAtEntry is the score of a peer that enters the book: one that was
// banned does not start afresh.
func (m *Machine) scoreAtEntry(now Millis, id ID) score {
	if b, ok := m.bans[id]; ok && b.count > 0 {
		return score{points: scoreAfterBan, at: max(now, b.until)}
	}
	return score{at: now}
}

func (m *Machine) learnedFrom(from ID) int {
	n := 0
	for _, e := range m.book {
		if e.source == from {
			n++
		}
	}
	return n
}

// makeRoom evicts one peer if the book is full: never a connected or kept one,
// unproven before proven, then the one that failed most, then the longest unseen.
func (m *Machine) makeRoom() bool {
	if len(m.book) < m.config.BookMax {
		return true
	}
	var victim ID
	var worst *entry
	for id, e := range m.book {
		if e.connected || e.keep || e.dialing {
			continue
		}
		if worst == nil || evictBefore(id, e, victim, worst) {
			victim, worst = id, e
		}
	}
	if worst == nil {
		return false
	}
	delete(m.book, victim)
	return true
}

func evictBefore(a ID, x *entry, b ID, y *entry) bool {
	if x.proven != y.proven {
		return !x.proven
	}
	if x.fails != y.fails {
		return x.fails > y.fails
	}
	if x.seen != y.seen {
		return x.seen < y.seen
	}
	return a < b
}

// clean drops addresses that are empty or too long.
func clean(addrs []string) []string {
	return slices.DeleteFunc(slices.Clone(addrs), func(a string) bool {
		return a == "" || len(a) > AddrBytesMax
	})
}

// merge puts fresh addresses first and keeps AddrsMax in all.
func merge(old, fresh []string) []string {
	var out []string
	for _, a := range slices.Concat(fresh, old) {
		if len(out) < AddrsMax && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
