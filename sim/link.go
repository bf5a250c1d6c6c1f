package sim

import (
	"probity/chain/keys"
	"probity/chain/types"
	"probity/sim/world"
)

// link is the network as one member sees it.
type link struct{ m *member }

// Broadcast sends to every other member.
func (l link) Broadcast(topic string, data []byte) {
	if l.m.dead.Load() {
		return
	}
	r := l.m.run
	if r.puppets != nil {
		r.puppets.broadcast(l.m, topic, data)
		return
	}
	hash := keys.Sum(data)
	for _, o := range r.members {
		if o.id != l.m.id {
			r.net.SendLate(r.now, world.Packet{From: l.m.id, To: o.id, Topic: topic, Data: data, Hash: hash}, l.m.took())
		}
	}
}

// Send sends to one member.
func (l link) Send(peer, topic string, data []byte) {
	if l.m.dead.Load() {
		return
	}
	r := l.m.run
	for _, o := range r.members {
		if name(o.id) != peer || o.id == l.m.id {
			continue
		}
		if r.puppets != nil {
			r.puppets.send(l.m, o.id, topic, data)
			return
		}
		r.net.SendLate(r.now, world.Packet{From: l.m.id, To: o.id, Topic: topic, Data: data}, l.m.took())
	}
}

// took is how long the member's present step has lasted: its disk is slow.
func (m *member) took() types.Time { return types.Time(m.data.Took() + m.journal.Took()) }

// rest ends a step: the member is busy for as long as it took.
func (m *member) rest() {
	if took := m.took(); took > 0 {
		m.busy = m.run.now + took
		m.data.Rest()
		m.journal.Rest()
	}
}

// Peers lists the members that are up.
func (l link) Peers() (out []string) {
	for _, o := range l.m.run.members {
		if o.id != l.m.id && o.core != nil && (l.m.run.hands == nil || l.m.run.hands.linked(l.m, o)) {
			out = append(out, name(o.id))
		}
	}
	return out
}

// memberOf finds whose consensus key it is.
func (r *run) memberOf(k keys.PublicKey) (int, bool) {
	if r.byKey == nil {
		r.byKey = map[keys.PublicKey]int{}
		for i := range r.members[:r.cfg.Nodes] {
			r.byKey[r.members[i].keys.Consensus.Public()] = i
		}
	}
	id, ok := r.byKey[k]
	return id, ok
}

// leaderOf is who may sign a header, by the plan of its epoch.
func (r *run) leaderOf(h *types.Header) (int, bool) {
	p := r.plans[h.Epoch]
	if p == nil {
		return 0, false
	}
	for i := range p.List {
		if p.List[i].ID == h.ASC {
			return r.memberOf(p.List[i].Key)
		}
	}
	return 0, false
}
