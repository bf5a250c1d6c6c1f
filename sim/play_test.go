package sim_test

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/sim"
	"probity/sim/attack"
)

// doubleVoter notarizes a second digest now and then, to every second member.
type doubleVoter struct {
	attack.Idle
	h attack.Hands
}

func (d *doubleVoter) Begin(h attack.Hands) { d.h = h }

func (d *doubleVoter) Sends(l attack.Letter) []attack.Letter {
	if l.Msg == nil || l.Msg.Vote == nil || l.Msg.Vote.Kind != types.Notarize || d.h.Draw("equivocate", 3) != 2 {
		return []attack.Letter{l}
	}
	other := l.Msg.Vote.Statement
	other.Digest = keys.Sum([]byte("other"), other.Digest[:])
	v, ok := d.h.Vote(l.From, other)
	if !ok {
		return []attack.Letter{l}
	}
	d.h.Count("double votes", 1)
	return []attack.Letter{l, {From: l.From, To: l.To, Topic: l.Topic, Msg: &consensus.Message{Vote: &v}}}
}

// twins lets one copy talk to one half of the others only, and splits the
// honest halves for a while.
type twins struct {
	attack.Idle
	h attack.Hands
}

func (w *twins) Begin(h attack.Hands) { w.h = h }

func (w *twins) Delays(l *attack.Letter) types.Time {
	members := w.h.Members()
	side := func(id int) bool { return id == 1 || members[id].Owned && id != members[id].Of }
	if (w.h.Now()-w.h.Start())/1500%2 == 1 && side(l.From) != side(l.To) {
		return attack.Never
	}
	return 0
}

func play(t *testing.T, s attack.Scenario, seed uint64) *attack.Outcome {
	t.Helper()
	o, err := sim.Play(s, seed)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sim.Play(s, seed)
	if err != nil {
		t.Fatal(err)
	}
	if o.Hash != again.Hash {
		t.Errorf("two plays give %s and %s", o.Hash, again.Hash)
	}
	for _, v := range o.Violations {
		t.Errorf("%s at %d: %s", v.Oracle, v.At, v.Text)
	}
	t.Logf("height %d, %d views, accused %+v, counts %v, blocks %v, REP %v, recovery %d ms, dropped %v",
		o.Height, o.Views, o.Accused, o.Counts, o.Blocks, o.REP, o.Recovery, o.Dropped)
	return o
}

// Goal: one member in four that votes twice forks nothing, is convicted by a
// block, and is the only one that loses anything. Method: it is played, twice.
func TestDoubleVoter(t *testing.T) {
	o := play(t, attack.Scenario{
		Name: "double", Nodes: 4, Length: 4000, Owned: []int{0}, New: func() attack.Adversary { return &doubleVoter{} },
	}, 1)
	if len(o.Accused) != 1 || o.Accused[0].Member != 0 || o.Accused[0].Convicted == 0 {
		t.Errorf("accused: %+v", o.Accused)
	}
	for i, rep := range o.REP {
		if (rep < o.Genesis[i]) != (i == 0) {
			t.Errorf("member %d has %d REP of %d", i, rep, o.Genesis[i])
		}
	}
}

// Goal: two copies of a member with one key fork nothing below a third. Method:
// each copy talks to one half of a network that is split again and again.
func TestTwins(t *testing.T) {
	o := play(t, attack.Scenario{
		Name: "twins", Nodes: 4, Length: 6000, Owned: []int{0}, Twins: []int{0}, New: func() attack.Adversary { return &twins{} },
	}, 2)
	for _, a := range o.Accused {
		if a.Member != 0 {
			t.Errorf("accused: %+v", a)
		}
	}
}

// Goal: an adversary that does nothing is no adversary. Method: idle members are
// owned; blocks and REP come to all alike, and nobody is accused.
func TestIdleAdversary(t *testing.T) {
	o := play(t, attack.Scenario{Name: "idle", Nodes: 4, Length: 3000, Owned: []int{3}}, 3)
	if len(o.Accused) > 0 || o.Blocks[3] == 0 {
		t.Errorf("accused %+v, blocks %v", o.Accused, o.Blocks)
	}
	if len(o.Included) == 0 || len(o.Finality) == 0 || o.Leads[0] == 0 {
		t.Errorf("included %d of %d, finality of %d blocks, leads %v", len(o.Included), o.Offered, len(o.Finality), o.Leads)
	}
}
