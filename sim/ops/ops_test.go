package ops

import (
	"strings"
	"testing"
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
