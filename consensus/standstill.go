package consensus

import (
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// standstillAfter is how many Δ₀ without leaving a view pass before a member
// repeats itself, and between repetitions. It does not grow with Δ: the length
// of the repair must not depend on that of the outage.
const standstillAfter = 4

func (m *Machine) lastSendDue() types.Time {
	return max(m.entered, m.lastSend) + standstillAfter*m.cfg.Delta + m.jitter()
}

// jitter spreads repetitions over a further Δ₀, by member and repetition: a
// fixed interval could fall into the gaps of a link that fails in the same
// rhythm, for ever and for all members at once.
func (m *Machine) jitter() types.Time {
	return m.cfg.Delta * types.Time((uint64(m.self+1)*5+m.repeats*3)%8) / 8
}

// standstill repeats, while nothing moves, the highest Finalization, everything
// above it, and own votes: any of them may be what another member lacks.
func (m *Machine) standstill() {
	if m.now < m.lastSendDue() {
		return
	}
	m.lastSend = m.now
	m.repeats++
	room := StandstillSize
	say := func(msg Message) {
		if n := len(codec.MustMarshal(msg)); n <= room {
			room -= n
			m.send(msg)
		}
	}
	if m.base.Final != nil {
		if n := len(m.recent); n > 0 && m.recent[n-1].digest == m.base.Digest { // rounds are gone after a restart
			h := m.recent[n-1].block.Signed()
			say(Message{Certified: &types.Certified{Certificate: *m.base.Final, Header: &h}})
		}
	}
	// Where room is short, the present view comes first: members meet there.
	// Then from the base upwards: whoever is behind opens salts in that order.
	// What does not fit this time comes next time.
	views := m.turnViews()
	for i, v := range views {
		if v > m.base.View {
			m.repeat(m.rounds[v], say)
		}
		if i > 0 && room > StandstillSize/64 {
			m.cursor = v
		}
	}
	for _, v := range views {
		if n := m.nodes[m.mine[v]]; n != nil && v > m.base.View {
			say(Message{Proposal: n.block})
		}
	}
	m.refetch()
}

// turnViews lists the present view, then all others from the cursor on, upwards
// and around.
func (m *Machine) turnViews() []types.View {
	out := []types.View{m.view}
	all := m.views()
	from, _ := slices.BinarySearch(all, m.cursor+1)
	for i := range all {
		if v := all[(from+i)%len(all)]; v != m.view {
			out = append(out, v)
		}
	}
	if m.rounds[m.view] == nil {
		return out[1:]
	}
	return out
}

// repeat says again what is known of a view: its certificates and own votes.
func (m *Machine) repeat(r *round, say func(Message)) {
	for _, c := range []*types.Certificate{r.notarized, r.nullified, r.finalized} {
		if c == nil {
			continue
		}
		msg := &types.Certified{Certificate: *c}
		if c.Kind != types.Nullify {
			msg.Header = r.header(c.Digest)
		}
		say(Message{Certified: msg})
	}
	if m.self < 0 {
		return
	}
	for _, b := range r.ballots {
		v, ok := b.votes[uint32(m.self)]
		if !ok {
			v, ok = b.pending[uint32(m.self)]
		}
		if ok {
			say(Message{Vote: &v})
		}
	}
}

// refetch asks again for blocks that never came.
func (m *Machine) refetch() {
	missing := m.fetching
	m.fetching = map[keys.Hash]bool{}
	for _, v := range m.views() {
		for _, d := range m.rounds[v].digests {
			if missing[d] {
				m.fetch(d)
			}
		}
		for _, b := range m.rounds[v].ballots {
			if missing[b.statement.Digest] {
				m.fetch(b.statement.Digest)
			}
		}
	}
	for _, n := range m.ordered() {
		if missing[n.block.Header.Parent] && n.block.Header.ParentView > m.base.View {
			m.fetch(n.block.Header.Parent)
		}
	}
}

// keepFetching forgets requests that the base has overtaken: what is still
// wanted is asked for again by standstill or by a child.
func keepFetching(fetching map[keys.Hash]bool, nodes map[keys.Hash]*node, r *round) map[keys.Hash]bool {
	if len(nodes) == 0 {
		return map[keys.Hash]bool{}
	}
	delete(fetching, r.finalized.Digest)
	return fetching
}
