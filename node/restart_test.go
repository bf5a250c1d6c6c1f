package node_test

import "testing"

// Goal: a member that is stopped and started again and again signs nothing that
// contradicts what it said before. Method: stop one of four five times in the
// middle of its voting, and look at every signer's refusals and at the chain
// for evidence.
func TestRestartKeepsVotes(t *testing.T) {
	c := sharedCluster(t)
	const restarted = 3
	from := c.nodes[0].Height()
	for range 5 {
		c.stop(restarted)
		c.reach(0, c.nodes[0].Height()+2, patience)
		c.start(restarted)
		c.reach(restarted, c.nodes[0].Height()+3, patience)
		for i := range c.nodes {
			if n := c.metric(i, "probity_signer_refusals_total", nil); n != 0 {
				t.Fatalf("member %d: %v refusals", i, n)
			}
		}
	}
	for i := range c.nodes {
		if n := c.metric(i, "probity_evidence_total", nil); n != 0 {
			t.Errorf("member %d counts %v pieces of evidence", i, n)
		}
	}
	out := c.result(0, "chain_getEvents", map[string]any{"from": from, "to": c.nodes[0].Height(), "route": "evidence"}).(map[string]any)
	if events := out["value"].(map[string]any)["items"].([]any); len(events) != 0 {
		t.Errorf("evidence: %v", events)
	}
}
