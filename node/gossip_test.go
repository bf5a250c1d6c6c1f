package node

import (
	"testing"

	"probity/p2p"
)

// Goal: what no honest peer sends is counted apart from what was too much, each
// message once, and the counter is there before its first message. Method: two
// looks at a network's counters.
func TestGossipCounted(t *testing.T) {
	o := newOps(&Node{})
	seen := func(result string) (v float64, there bool) {
		all, err := o.metrics.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if s.Name == "probity_p2p_messages_total" && s.Labels["topic"] == TopicTxs && s.Labels["result"] == result {
				return s.Value, true
			}
		}
		return 0, false
	}
	if v, there := seen("rejected"); !there || v != 0 {
		t.Errorf("at the start rejected is %v, %v", v, there)
	}
	for look := range 2 {
		o.gossip(p2p.Stats{Topics: map[string]p2p.TopicStats{
			TopicTxs: {Delivered: 7, Rejected: map[string]uint64{"form": 3, "oversized": 1, "busy": 2, "flooding": 5}},
		}})
		for result, want := range map[string]float64{"accepted": 7, "rejected": 4, "busy": 2, "flooding": 5} {
			if v, _ := seen(result); v != want {
				t.Errorf("look %d: %s is %v, want %v", look, result, v, want)
			}
		}
	}
}
