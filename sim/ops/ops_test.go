package ops

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route/dcert"
	"probity/sim"
	"probity/sim/attack"
)

// Goal: series are written as promtool reads them. Method: runs, single samples,
// gaps and ends beside their notation.
func TestRuns(t *testing.T) {
	for want, in := range map[string][]string{
		"0x2 1":         {"0", "0", "0", "1"},
		"_x2 5 stale":   {"", "", "5", "stale"},
		"1 stale _x1 2": {"1", "stale", "", "2"},
		"0.25x1":        {"0.25", "0.25"},
	} {
		if got := runs(in); got != want {
			t.Errorf("%q is written %q, want %q", in, got, want)
		}
	}
}

// Goal: what a member no longer answers ends, and goes on when it answers again;
// only what rules ask for is kept. Method: three scrapes of pages by hand.
func TestRecord(t *testing.T) {
	r := newRecord(15, asked("probity_a > probity_b"))
	r.scrape(0, 1, true, "# HELP x\nprobity_a 1.5e+06\nprobity_b{k=\"x y\"} 2\nprobity_c 3\n")
	r.scrape(15, 1, false, "")
	r.scrape(30, 1, false, "")
	r.scrape(45, 1, true, "probity_a 4\n")
	var b strings.Builder
	r.input(&b)
	want := `      - {series: 'probity_a{instance="n1",job="probity"}', values: '1500000 stale _x1 4'}
      - {series: 'probity_b{instance="n1",job="probity",k="x y"}', values: '2 stale'}
      - {series: 'up{instance="n1",job="probity"}', values: '1 0x1 1'}
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// Goal: members show what they do: each block that they write is timed, each view
// is counted, and counters that alerts take the increase of are there before
// their first event. Method: two simulated minutes of a calm network.
func TestMeasured(t *testing.T) {
	s := &Scenario{Name: "short", Story: "nothing happens", Length: 2}
	p, err := Play(s, []string{"rules.yml"}, "probity_store_commit_seconds_count probity_consensus_views_total probity_evidence_total probity_chain_height")
	if err != nil {
		t.Fatal(err)
	}
	if p.Height < 100 {
		t.Errorf("height %d after two minutes", p.Height)
	}
	last := func(series string) string {
		_, values, ok := strings.Cut(p.Test, "'"+series+"', values: '")
		if !ok {
			t.Errorf("nobody shows %s", series)
			return ""
		}
		values, _, _ = strings.Cut(values, "'")
		return values[strings.LastIndexByte(values, ' ')+1:]
	}
	for _, grows := range []string{
		`probity_store_commit_seconds_count{instance="n0",job="probity"}`, `probity_chain_height{instance="n3",job="probity",kind="finalized"}`,
		`probity_consensus_views_total{instance="n1",job="probity",outcome="notarized"}`,
	} {
		if v := last(grows); len(v) < 3 {
			t.Errorf("%s ends at %s", grows, v)
		}
	}
	if v := last(`probity_evidence_total{instance="n2",job="probity",kind="TWO_FINALIZES"}`); !strings.HasPrefix(v, "0x") {
		t.Errorf("evidence ends at %s", v)
	}
}

// Goal: what happens to members' machines, keys, peers and laws shows in their
// metrics, and nothing else has to be set for it. Method: three simulated minutes of
// each trouble; a series of each at its end, and at its beginning.
func TestTroubles(t *testing.T) {
	const rules = `probity_signer_twin probity_signer_waiting_seconds probity_signer_refusals_total probity_store_commit_seconds_sum
		probity_p2p_messages_total probity_rpc_requests_total probity_circuit_open probity_mempool_limit_transactions probity_p2p_peers
		probity_oracle_implementation_share_ratio`
	all := Scenario{
		Name: "all", Nodes: 6, Interval: 1000, Weights: []uint64{100, 100, 100, 100, 100, 2}, Owned: []int{5}, Length: 3, Mempool: 77, Copies: []int{1},
		New: func() attack.Adversary { return &vandal{who: []int{5}, every: 100} },
		Sections: func(accounts []keys.Address) map[string]any {
			out := emergencyTeam(accounts)
			maps.Copy(out, oracleSeats(accounts[:5]))
			return out
		},
		Params: map[string]uint64{"dcert.breaker": 1, "dcert.bond": 10_000_000_000, "oracle.bond": 10_000_000_000},
		Trouble: func(h *sim.Hands) {
			h.Move(6, minute/6)
			h.At(minute/4, func() { h.Boot(6) })
			h.At(minute/2, func() {
				h.Say(1, "dcert", "trip", dcert.Trip{Messages: []string{"forum"}, Commitment: keys.Sum([]byte("motive"))})
				h.Slow(2, 300)
			})
			h.At(minute, func() {
				h.Stop(4)
				h.Rehearse(4, 1000)
				h.Boot(4)
			})
			h.At(2*minute, func() {
				h.Spoil(3, 128<<10)
				for at := 1; at <= 20; at++ {
					h.Call(3, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"chain_getBlock","params":{"at":%d}}`, at))
				}
			})
		},
	}
	p, err := Play(&all, []string{"rules.yml"}, rules)
	if err != nil {
		t.Fatal(err)
	}
	if !testing.Short() {
		if again, err := Play(&all, []string{"rules.yml"}, rules); err != nil || again.Test != p.Test {
			t.Errorf("played again it is another file (%v)", err)
		}
	}
	for _, c := range []struct {
		series string
		least  float64
		most   float64
	}{
		{`probity_signer_twin{instance="n6",job="probity"}`, 1, 1},
		{`probity_signer_twin{instance="n1",job="probity"}`, 0, 0},
		{`probity_signer_waiting_seconds{instance="n6",job="probity"}`, 1, 10},
		{`probity_signer_refusals_total{instance="n4",job="probity",reason="conflict"}`, 50, 10_000},
		{`probity_signer_refusals_total{instance="n6",job="probity",reason="conflict"}`, 0, 0},
		{`probity_store_commit_seconds_sum{instance="n2",job="probity"}`, 20, 180},
		{`probity_store_commit_seconds_sum{instance="n0",job="probity"}`, 0, 0},
		{`probity_p2p_messages_total{instance="n0",job="probity",result="rejected",topic="transactions"}`, 4, 20}, // and then it is banned
		{`probity_p2p_peers{instance="n5",job="probity"}`, 0, 0},
		{`probity_rpc_requests_total{instance="n3",job="probity",code="-32603",method="chain_getBlock"}`, 5, 20},
		{`probity_circuit_open{instance="n3",job="probity",route="forum"}`, 1, 1},
		{`probity_mempool_limit_transactions{instance="n3",job="probity"}`, 77, 77},
		{`probity_oracle_implementation_share_ratio{instance="n3",job="probity",duty="watchtower",implementation="first"}`, 1, 1},
	} {
		_, values, shown := strings.Cut(p.Test, "'"+c.series+"', values: '")
		values, _, _ = strings.Cut(values, "'")
		last, _, _ := strings.Cut(values[strings.LastIndexByte(values, ' ')+1:], "x")
		if v, err := strconv.ParseFloat(last, 64); !shown || err != nil || v < c.least || v > c.most {
			t.Errorf("%s ends at %q, want %v to %v", c.series, values, c.least, c.most)
		}
	}
}
