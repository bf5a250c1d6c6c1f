package sim

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/sim/check"
	"probity/sim/world"
)

// The worlds that mistakes are aimed at: what drawn faults would show after
// many seeds they show on the first.

// slow is a world in which, once it is calm, every message takes longer than the
// first timeout allows: finality still returns, since Δ grows.
func slow(m *member, _ *node.Settings, _ *node.World) {
	r := m.run
	r.agenda.add(max(r.now, world.Start+r.cfg.length())+1, func() { r.net.Links.DelayMin, r.net.Links.DelayMax = 700, 900 })
}

// late is a world in which proposals arrive just before the first timeout, and
// the votes for them after it: members nullify what is then notarized.
func late(m *member, _ *node.Settings, _ *node.World) {
	if r := m.run; m.id == 0 && !r.calm {
		r.agenda.add(r.now+2*slot, func() { r.net.Links.DelayMin, r.net.Links.DelayMax = 150, 450 })
	}
}

// restless is a late world in which members crash soon after they nullify.
func restless(m *member, set *node.Settings, w *node.World) {
	late(m, set, w)
	r, inner := m.run, set.Hooks.Step
	set.Hooks.Step = func(in consensus.Input, out consensus.Ready) {
		inner(in, out)
		if s, ok := in.(consensus.Signed); !ok || s.Statement.Kind != types.Nullify || s.Statement.View%types.View(len(r.members)) != types.View(m.id) {
			return
		}
		r.agenda.add(r.now+restlessFor, func() {
			if m.core != nil && !r.calm {
				m.crash()
				r.agenda.add(r.now+restlessFor, func() { r.reboot(m) })
			}
		})
	}
}

// restlessFor is how long a restless member stays up, and then down, ms.
const restlessFor types.Time = 40

// flooded is a world in which member 0 votes for views far ahead, beside its
// honest votes.
func flooded(m *member, _ *node.Settings, w *node.World) {
	if m.id == 0 {
		w.Network = rewriter{link{m}, flood(m)}
	}
}

// floodVotes is how many votes for far views go out with every honest one.
const floodVotes = 40

func flood(m *member) func(*consensus.Message) []*consensus.Message {
	n := types.View(0)
	return func(msg *consensus.Message) []*consensus.Message {
		out := []*consensus.Message{msg}
		if msg.Vote == nil {
			return out
		}
		for range floodVotes {
			n++
			v := types.Vote{Statement: types.Statement{Kind: types.Nullify, Epoch: msg.Vote.Epoch, View: msg.Vote.View + 10_000 + n}, Signer: msg.Vote.Signer}
			v.Signature = m.forge(v.Statement)
			out = append(out, &consensus.Message{Vote: &v})
		}
		return out
	}
}

// twoFaced is a world without faults in which member 0 notarizes, in some
// views, a block that does not exist before it notarizes the one that does:
// whoever hears both holds evidence.
func twoFaced(m *member, set *node.Settings, w *node.World) {
	r := m.run
	if m.id == 0 {
		r.calm = true // nothing breaks
		r.net.Links.DelayMax = 20
		r.oracle(check.Reported)
		r.oracle(check.EvidenceBut(m.keys.Consensus.Public()))
		r.oracle(check.SlashedBut(m.id))
		w.Network = rewriter{link{m}, twoFaces(m)}
		return
	}
	inner := set.Hooks.Step
	set.Hooks.Step = func(in consensus.Input, out consensus.Ready) {
		if got, ok := in.(consensus.Received); ok && got.Vote != nil {
			m.see(check.Event{Heard: got.Vote})
		}
		inner(in, out)
	}
}

// twoFacedEvery is in which views member 0 has two faces.
const twoFacedEvery = 8

func twoFaces(m *member) func(*consensus.Message) []*consensus.Message {
	return func(msg *consensus.Message) []*consensus.Message {
		if msg.Vote == nil || msg.Vote.Kind != types.Notarize || msg.Vote.View%twoFacedEvery != 0 {
			return []*consensus.Message{msg}
		}
		v := *msg.Vote
		v.Digest = keys.Sum([]byte("no such block"), v.Digest[:])
		v.Signature = m.forge(v.Statement)
		return []*consensus.Message{{Vote: &v}, msg}
	}
}

// forge signs with a member's key what its signer was never asked.
func (m *member) forge(s types.Statement) keys.Signature {
	return m.run.sign(m.keys.Consensus, m.keys.Consensus.Public(), s.SignBytes(m.run.genesis.Hash()))
}

// oracle adds a check, in place of one with its name.
func (r *run) oracle(c check.Check) {
	w := watch{c.Name, c.New()}
	for i := range r.checks {
		if r.checks[i].name == c.Name {
			r.checks[i] = w
			return
		}
	}
	r.checks = append(r.checks, w)
}

// rewriter is a network on which a member sends something else than its machine
// wants.
type rewriter struct {
	link
	change func(*consensus.Message) []*consensus.Message
}

// Broadcast sends what the change makes of a message.
func (l rewriter) Broadcast(topic string, data []byte) {
	msg := read(topic, data)
	if msg == nil {
		l.link.Broadcast(topic, data)
		return
	}
	for _, out := range l.change(msg) {
		l.link.Broadcast(topic, codec.MustMarshal(out))
	}
}
