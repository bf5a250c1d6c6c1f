package sim

import (
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/node/sync"
	"probity/sim/world"
)

// twist lets one member's network change what it broadcasts, per receiver.
type twist struct {
	link
	change func(to int, msg *consensus.Message) []*consensus.Message
}

func (l twist) Broadcast(topic string, data []byte) {
	if topic != node.TopicConsensus {
		l.link.Broadcast(topic, data)
		return
	}
	for _, o := range l.m.run.members {
		if o.id == l.m.id {
			continue
		}
		var msg consensus.Message
		if err := codec.Unmarshal(data, &msg); err != nil {
			panic(err)
		}
		for _, out := range l.change(o.id, &msg) {
			l.m.run.net.Send(l.m.run.now, world.Packet{From: l.m.id, To: o.id, Topic: topic, Data: codec.MustMarshal(out)})
		}
	}
}

// Goal: a proposal whose transactions are not those that its header commits to
// is its sender's fault, never the leader's. Method: one member strips the
// transactions of every proposal on the way to member 1.
func TestStrippedBody(t *testing.T) {
	mutant := &Mutant{Name: "strip", apply: func(m *member, _ *node.Settings, w *node.World) {
		if m.id != 0 {
			return
		}
		w.Network = twist{link{m}, func(to int, msg *consensus.Message) []*consensus.Message {
			if to == 1 && msg.Proposal != nil {
				msg.Proposal.Body.Txs = nil
			}
			return []*consensus.Message{msg}
		}}
	}}
	res, err := Run(Config{Seed: 3, Nodes: 4, Chaos: 100, Mutant: mutant})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range res.Violations {
		t.Errorf("%s at %d: %s", v.Oracle, v.At, v.Text)
	}
}

// Goal: a member that catches up by range on a chain that holds a conviction
// goes on from the new base. Method: member 0 notarizes two digests and is
// convicted; chaos then makes others fall behind.
func TestCatchUpAfterConviction(t *testing.T) {
	mutant := &Mutant{Name: "twice", apply: func(m *member, _ *node.Settings, w *node.World) {
		if m.id != 0 {
			return
		}
		w.Network = twist{link{m}, func(to int, msg *consensus.Message) []*consensus.Message {
			if msg.Vote == nil || msg.Vote.Kind != types.Notarize || msg.Vote.View != 7 {
				return []*consensus.Message{msg}
			}
			v := *msg.Vote
			v.Digest = keys.Sum([]byte("other"))
			v.Signature = m.keys.Consensus.Sign(v.SignBytes(m.run.genesis.Hash()))
			return []*consensus.Message{msg, {Vote: &v}}
		}}
	}}
	r, err := setup(Config{Seed: 3, Nodes: 4, Real: true, Mutant: mutant})
	if err != nil {
		t.Fatal(err)
	}
	var checks []watch
	for _, c := range r.checks {
		if c.name != "evidence" && c.name != "slashed" { // here a member is guilty
			checks = append(checks, c)
		}
	}
	r.checks, r.calm = checks, true
	if err := r.heal(); err != nil {
		t.Fatal(err)
	}
	play := func(ms types.Time) {
		if err := r.play(r.now+ms, func() bool { return false }); err != nil {
			t.Fatal(err)
		}
	}
	play(2500)
	t.Logf("height %d, convicted %v", r.top, r.members[1].core != nil)
	r.net.Links.Cut = func(from, to int) bool { return from == 1 || to == 1 }
	play(1200)
	t.Logf("height %d, member 1 at %d", r.top, r.members[1].core.Height())
	r.net.Links.Cut = nil
	play(4000)
	for _, v := range r.out.Violations {
		t.Errorf("%s at %d: %s", v.Oracle, v.At, v.Text)
	}
	if c := r.members[1].core; c == nil || c.Height()+4 < r.top {
		t.Errorf("member 1 did not come back: top %d", r.top)
	}
	r.finish()
}

// Goal: an answer that holds no block is a peer's fault, not the end of the
// process. Method: a liar tells a great height and answers with null.
func TestNullBlock(t *testing.T) {
	r, err := setup(Config{Seed: 3, Nodes: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer r.finish()
	c := r.members[1].core
	send := func(m sync.Message) { c.Receive(node.TopicSync, "n0", codec.MustMarshal(&m)) }
	c.Tick()
	send(sync.Message{Status: &sync.Status{Height: 1000}})
	for id := uint64(0); id < 50; id++ { // the question's number is in the packet that the liar was sent
		send(sync.Message{ID: id, Blocks: &sync.Blocks{Blocks: []*types.Block{nil}}})
	}
}
