package metrics_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"

	"probity/node/metrics"
)

// Goal: no goroutine outlives the tests that started it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// filled are metrics of which each has a value.
func filled() *metrics.Metrics {
	m := metrics.New()
	m.SetHeight("finalized", 7)
	m.SetView(9)
	m.Finalized(80 * time.Millisecond)
	m.View("notarized")
	m.Block("final")
	m.Pool("valid")
	m.SetSupply("wREP", 1000.5)
	m.SetDistribution(0.25, map[int]float64{1: 0.1, 10: 0.6})
	m.Reveal("opened")
	m.Evidence("two_proposals")
	m.SetMempool(3, 600)
	m.SetPeers(4)
	m.Messages("txs", "accepted", 5)
	m.Request("chain_status", 0, time.Millisecond)
	m.Refusal("height")
	m.Commit(time.Millisecond)
	m.Store(func() metrics.StoreStats { return metrics.StoreStats{DiskBytes: 1, CacheHits: 2} })
	return m
}

// get asks a server and gives status and body.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func listen(t *testing.T, m *metrics.Metrics) *metrics.Server {
	t.Helper()
	s, err := metrics.Listen("127.0.0.1:0", m, map[string]string{"software": "probity/test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Goal: what a scrape gives is what Prometheus' own linter accepts, and holds
// every metric of the interface. Method: promlint over the body of /metrics.
func TestScrape(t *testing.T) {
	s := listen(t, filled())
	status, body := get(t, "http://"+s.Addr()+"/metrics")
	if status != 200 {
		t.Fatal(status, body)
	}
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "probity_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(`chain_height consensus_view consensus_finality_seconds consensus_views_total
		producer_blocks_total pool_outcomes_total rep_supply rep_gini_ratio rep_top_share_ratio beacon_reveals_total beacon_refused_total
		evidence_total mempool_transactions mempool_bytes mempool_limit_transactions mempool_limit_bytes p2p_peers p2p_messages_total rpc_requests_total
		rpc_request_seconds store_disk_bytes store_cache_bytes store_cache_reads_total store_fsyncs_total
		store_commits_total store_compactions_total store_written_bytes_total store_commit_seconds signer_refusals_total`) {
		if families["probity_"+name] == nil {
			t.Errorf("no probity_%s", name)
		}
	}
	for name := range families {
		if !strings.HasPrefix(name, "probity_") && !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			t.Errorf("%s has no prefix of ours", name)
		}
	}
}

// Goal: values arrive as they were set. Method: the snapshot of metrics set to
// known values.
func TestSnapshot(t *testing.T) {
	all, err := filled().Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, s := range all {
		got[fmt.Sprint(s.Name, s.Labels)] = s.Value
	}
	for name, want := range map[string]float64{
		"probity_chain_heightmap[kind:finalized]":                   7,
		"probity_consensus_viewmap[]":                               9,
		"probity_consensus_finality_seconds_countmap[]":             1,
		"probity_consensus_finality_seconds_summap[]":               0.08,
		"probity_consensus_views_totalmap[outcome:nullified]":       0,
		"probity_rep_supplymap[book:wREP]":                          1000.5,
		"probity_rep_top_share_ratiomap[k:10]":                      0.6,
		"probity_p2p_messages_totalmap[result:accepted topic:txs]":  5,
		"probity_rpc_requests_totalmap[code:0 method:chain_status]": 1,
		"probity_store_cache_reads_totalmap[result:hit]":            2,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
}

// Goal: nobody can make the metrics grow. Method: many more labels than there
// is room for; what is beyond is counted together, and nothing is lost.
func TestBounded(t *testing.T) {
	m := metrics.New()
	const n = 5000
	for i := range n {
		m.Messages(fmt.Sprintf("topic%d", i), "rejected", 1)
	}
	all, err := m.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	series, sum := 0, 0.0
	for _, s := range all {
		if s.Name == "probity_p2p_messages_total" {
			series, sum = series+1, sum+s.Value
		}
	}
	if series > 600 || sum != n {
		t.Errorf("%d series, sum %v", series, sum)
	}
}

// Goal: probes tell the truth at every stage of a node's life. Method: each
// stage in turn, with criteria that hold and that do not.
func TestProbes(t *testing.T) {
	s := listen(t, metrics.New())
	url := "http://" + s.Addr()
	expect := func(path string, status int, parts ...string) {
		t.Helper()
		got, body := get(t, url+path)
		if got != status {
			t.Errorf("%s: %d %s", path, got, body)
		}
		for _, p := range parts {
			if !strings.Contains(body, p) {
				t.Errorf("%s: %q has no %q", path, body, p)
			}
		}
	}
	// The database is not open yet.
	expect("/livez", 200, "ok")
	expect("/startupz", 503, "starting")
	expect("/readyz", 503, "starting")
	expect("/version", 200, `{"software":"probity/test"}`)
	expect("/metrics", 200, "probity_chain_height", "go_goroutines")
	expect("/nothing", 404)

	behind := 40
	s.Started()
	s.Ready(func() []metrics.Check {
		return []metrics.Check{
			{Name: "synced", OK: behind <= 16, Value: fmt.Sprintf("%d blocks behind", behind), Limit: "at most 16"},
			{Name: "peers", OK: true, Value: "4", Limit: "at least 1"},
		}
	})
	expect("/startupz", 200, "ok")
	expect("/readyz", 503, "[-] synced: 40 blocks behind, at most 16", "not ready")
	behind = 2
	expect("/readyz", 200, "ready")
	expect("/readyz?verbose", 200, "[+] synced: 2 blocks behind, at most 16", "[+] peers: 4, at least 1", "ready")
}

// Goal: a taken port is said in one line. Method: two servers on one port.
func TestTakenPort(t *testing.T) {
	s := listen(t, metrics.New())
	if _, err := metrics.Listen(s.Addr(), metrics.New(), nil); err == nil || !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("%v", err)
	}
}
