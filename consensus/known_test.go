package consensus_test

import (
	"fmt"
	"reflect"
	"testing"

	"probity/chain/types"
	"probity/consensus"
)

// Goal: what Known lets drop unread says nothing new. Method: nets with losses,
// some with salts, some with a leader that is not heard; whenever a member knows
// a message, it is stepped with it all the same, after a tick of the same
// instant: nothing is to be done and nothing has moved. And most certificates
// are known, which is what makes them cheap.
func TestKnownSaysNothing(t *testing.T) {
	type count struct{ known, all int }
	kinds := map[string]*count{}
	for seed := uint64(1); seed <= 6; seed++ {
		weights := []types.Weight{10, 11, 12, 13, 9}
		var w *net
		if seed%2 == 0 {
			w = newSealedNet(t, seed, weights, 16, 3, 1, 12)
		} else {
			w = newNet(t, seed, weights, 16, 3)
		}
		w.loss, w.delay = int(seed%3)*8, 60
		w.drop = func(from int, msg *consensus.Message) bool {
			return msg.Proposal != nil && msg.Proposal.Header.View%5 == 2 && seed > 3
		}
		w.arrive = func(m *member, p packet) {
			w.step(m, consensus.Tick{})
			c := kinds[p.msg.Kind()]
			if c == nil {
				c = &count{}
				kinds[p.msg.Kind()] = c
			}
			c.all++
			if !m.m.Known(&p.msg) {
				return
			}
			c.known++
			in, ok := w.judge(m, p.from, p.msg).(consensus.Received)
			if !ok {
				return
			}
			before := m.m.Status()
			if out := m.m.Step(w.now, in); !reflect.DeepEqual(out, consensus.Ready{}) {
				t.Fatalf("seed %d: a known %s makes a member do %+v", seed, p.msg.Kind(), out)
			}
			if after := m.m.Status(); !reflect.DeepEqual(after, before) {
				t.Fatalf("seed %d: a known %s moves a member from %+v to %+v", seed, p.msg.Kind(), before, after)
			}
		}
		w.run(w.now+60_000, func() bool { return w.height(true) >= 20 })
	}
	text := ""
	for _, k := range []string{"proposal", "notarize", "nullify", "finalize", "certificate"} {
		if c := kinds[k]; c == nil || c.known == 0 || c.known == c.all {
			t.Errorf("%s: %+v", k, c)
		} else {
			text += fmt.Sprintf(" %s %d/%d", k, c.known, c.all)
		}
	}
	t.Logf("known:%s", text)
	if c := kinds["certificate"]; c != nil && 3*c.known < c.all {
		t.Errorf("of %d certificates only %d were known", c.all, c.known)
	}
}

// Goal: what somebody adds to a counted vote, or to the certificate of counted
// votes, does not hide behind it: the sender is at fault. Method: a vote and a
// certificate that a member has counted come again with an attachment.
func TestKnownHidesNoAttachment(t *testing.T) {
	w := newNet(t, 2, []types.Weight{10, 10, 10, 10}, 64, 1)
	tried := map[string]bool{}
	w.arrive = func(m *member, p packet) {
		msg := p.msg
		switch {
		case !m.m.Known(&msg):
			return
		case msg.Vote != nil:
			v := *msg.Vote
			v.Attachment = types.Bytes{1}
			msg.Vote = &v
		case msg.Certified != nil && msg.Certified.Certificate.View > m.m.Status().Finalized:
			c := *msg.Certified
			c.Certificate.Attachment = types.Bytes{1}
			msg.Certified = &c
		default:
			return
		}
		if m.m.Known(&msg) {
			t.Fatalf("a %s with an attachment is known", msg.Kind())
		}
		if _, err := m.m.Signatures(&msg); err == nil {
			t.Fatalf("a %s with an attachment is well-formed", msg.Kind())
		}
		tried[msg.Kind()] = true
	}
	w.run(w.now+20_000, func() bool { return w.height(true) >= 12 })
	if !tried["certificate"] || !tried["finalize"] && !tried["notarize"] {
		t.Errorf("tried: %v", tried)
	}
}
