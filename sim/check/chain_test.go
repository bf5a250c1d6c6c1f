package check_test

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/sim/check"
)

// chainOf makes final headers of one epoch that a light client accepts.
func chainOf(n int) (out []check.Event) {
	roster := types.Roster{Members: []types.Member{{Weight: 2}, {Weight: 1}}}
	plan := &types.Plan{Roster: roster, Seed: keys.Sum([]byte("seed"))}
	parent := keys.Sum([]byte("genesis"))
	for i := range n {
		h := types.Header{Height: types.Height(i + 1), View: types.View(i + 1), Parent: parent, Seed: keys.Sum([]byte{byte(i)}), RosterHash: roster.Hash(), NextRosterHash: keys.Sum([]byte("next"))}
		parent = h.Digest()
		votes := []types.Vote{{Statement: types.Statement{Kind: types.Finalize, View: h.View, Digest: parent}, Signer: 0}, {Statement: types.Statement{Kind: types.Finalize, View: h.View, Digest: parent}, Signer: 1}}
		proof := types.Bundle(votes, 2)
		out = append(out, check.Event{Committed: &check.Committed{Header: h, Digest: parent, Plan: plan, Proof: &proof, Holds: true}})
	}
	return out
}

// Goal: each oracle of the chain is silent about what is right and fires on what
// is wrong. Method: a right chain, and copies of it with one thing changed.
func TestChainOracles(t *testing.T) {
	find := func(name string) func(*check.Event) error {
		for _, c := range check.Checks {
			if c.Name == name {
				return c.New()
			}
		}
		t.Fatalf("no oracle %s", name)
		return nil
	}
	cases := []struct {
		oracle, what string
		spoil        func([]check.Event) []check.Event
	}{
		{"light", "another parent", func(e []check.Event) []check.Event { e[2].Committed.Header.Parent[0]++; return e }},
		{"light", "another digest", func(e []check.Event) []check.Event { e[1].Committed.Digest[0]++; return e }},
		{"light", "a roster that nobody announced", func(e []check.Event) []check.Event {
			c := e[2].Committed
			c.Header.RosterHash[0]++
			c.Digest = c.Header.Digest()
			return e
		}},
		{"light", "a proof that is too light", func(e []check.Event) []check.Event {
			p := e[1].Committed.Proof
			*p = types.Bundle([]types.Vote{{Statement: p.Statement, Signer: 1}}, 2)
			return e
		}},
		{"light", "signatures that do not hold", func(e []check.Event) []check.Event { e[0].Committed.Holds = false; return e }},
		{"seeds", "two seeds of a view", func(e []check.Event) []check.Event {
			b := &types.Block{Header: e[1].Committed.Header}
			b.Header.Seed[0]++
			return append(e, check.Event{Sent: &consensus.Message{Proposal: b}})
		}},
		{"seeds", "two beginnings of an epoch", func(e []check.Event) []check.Event {
			other := *e[2].Committed.Plan
			other.Seed[0]++
			e[2].Committed.Plan = &other
			return e
		}},
		{"slashed", "an honest member convicted", func(e []check.Event) []check.Event { e[1].Convicted = []int{2}; return e }},
		{"inclusion", "a transaction left out", func(e []check.Event) []check.Event {
			return append(e, check.Event{Calm: &check.Calm{Missing: []int{0}}})
		}},
	}
	for _, c := range cases {
		see := find(c.oracle)
		for _, e := range append(chainOf(3), check.Event{Calm: &check.Calm{}}) {
			if err := see(&e); err != nil {
				t.Errorf("%s fires on a right chain: %v", c.oracle, err)
			}
		}
		see, fired := find(c.oracle), false
		for _, e := range c.spoil(chainOf(3)) {
			fired = see(&e) != nil || fired
		}
		if !fired {
			t.Errorf("%s is silent about %s", c.oracle, c.what)
		}
	}
}
