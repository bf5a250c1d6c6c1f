package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"probity/chain/route/evidence"
)

// Metrics are the metrics of one node. All methods may be called from many
// goroutines.
type Metrics struct {
	registry *prometheus.Registry

	height    *gauges
	view      prometheus.Gauge
	finality  prometheus.Histogram
	views     *counters
	blocks    *counters
	pools     *counters
	supply    *gauges
	gini      prometheus.Gauge
	topShare  *gauges
	reveals   *counters
	refused   *counters
	evidence  *counters
	circuits  *gauges
	open      map[string]bool // routes with a gauge above zero; of the loop alone
	planned   prometheus.Gauge
	signalled prometheus.Gauge
	mempool   prometheus.Gauge
	mempoolB  prometheus.Gauge
	roomTxs   prometheus.Gauge
	roomBytes prometheus.Gauge
	peers     prometheus.Gauge
	messages  *counters
	requests  *counters
	requestsT prometheus.Histogram
	refusals  *counters
	waiting   prometheus.Gauge
	twin      prometheus.Gauge
	diversity *gauges
	commits   prometheus.Histogram
	store     *storeCollector
}

// New makes the metrics of a node, all at zero.
func New() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), store: &storeCollector{}}
	m.height = m.gauges("chain_height", "Height of the last block, by how far it has come.", "kind")
	m.view = m.gauge("consensus_view", "View of the running epoch in which consensus is.")
	m.finality = m.histogram("consensus_finality_seconds", "Time from a block's own time to its finality here.", 0.01, 2, 12)
	m.views = m.counters("consensus_views_total", "Views that have ended, by how.", "outcome")
	m.blocks = m.counters("producer_blocks_total", "Views that this node was drawn for, by what came of them.", "outcome")
	m.pools = m.counters("pool_outcomes_total", "Validation pools that have closed, by outcome.", "outcome")
	m.supply = m.gauges("rep_supply", "Reputation that exists, in REP.", "book")
	m.gini = m.gauge("rep_gini_ratio", "Gini coefficient of wREP over its holders.")
	m.topShare = m.gauges("rep_top_share_ratio", "Part of all wREP that the k largest holders have.", "k")
	m.reveals = m.counters("beacon_reveals_total", "Salts of views, by what became of them: opened by their block, empty, withheld by their producer, recovered by the bench.", "outcome")
	m.refused = m.counters("beacon_refused_total", "What the beacon refused: shares beside a Nullify, openings in records and certificates, reveals in headers.", "what")
	m.evidence = m.counters("evidence_total", "Evidence of misbehaviour in final blocks, by kind.", "kind")
	m.circuits = m.gauges("circuit_open", "1 while a message or route is halted by the emergency team.", "route")
	m.planned = m.gauge("upgrade_planned_protocol", "Protocol version that is planned; 0: none.")
	m.signalled = m.gauge("upgrade_signalled_ratio", "Part of the roster's weight that signals the planned protocol version.")
	m.mempool = m.gauge("mempool_transactions", "Transactions in the mempool.")
	m.mempoolB = m.gauge("mempool_bytes", "Bytes of the transactions in the mempool.")
	m.roomTxs = m.gauge("mempool_limit_transactions", "Transactions that the mempool holds at most.")
	m.roomBytes = m.gauge("mempool_limit_bytes", "Bytes of transactions that the mempool holds at most.")
	m.peers = m.gauge("p2p_peers", "Peers connected.")
	m.messages = m.counters("p2p_messages_total", "Messages received, by topic and by what was done with them.", "topic", "result")
	m.requests = m.counters("rpc_requests_total", "Calls, by method and error code; 0 is success.", "method", "code")
	m.requestsT = m.histogram("rpc_request_seconds", "Time that a call took.", 0.0001, 4, 9)
	m.refusals = m.counters("signer_refusals_total", "Statements that the signer declined to sign, by reason.", "reason")
	m.waiting = m.gauge("signer_waiting_seconds", "How long the key still listens for another host before it signs; 0: it signs.")
	m.twin = m.gauge("signer_twin", "1 where another host signs with this node's key.")
	m.diversity = m.gauges("oracle_implementation_share_ratio", "Part of the oracle's seats that run an implementation, by duty.", "duty", "implementation")
	m.commits = m.histogram("store_commit_seconds", "Time that writing a final block took, fsync included.", 0.001, 2, 12)
	m.registry.MustRegister(m.store, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	// Known labels exist from the start, so that a rate over them is defined:
	// the increase of a counter that is born with its first event is zero.
	for _, kind := range []string{"best", "finalized", "notarized"} {
		m.height.with(kind)
	}
	m.views.start("notarized", "nullified")
	m.blocks.start("final", "lost", "missed")
	m.pools.start("valid", "invalid", "void")
	m.reveals.start("opened", "empty", "withheld", "recovered")
	m.refused.start("shares", "openings", "reveals")
	m.refusals.start("conflict")
	for o := evidence.TwoProposals; o <= evidence.BadHeader; o++ {
		m.evidence.start(o.String())
	}
	return m
}

// SetHeight tells the height of the last block of a kind: finalized, notarized,
// or best, of which a peer has told.
func (m *Metrics) SetHeight(kind string, h uint64) { m.height.with(kind).Set(float64(h)) }

// SetView tells the view of the running epoch.
func (m *Metrics) SetView(v uint64) { m.view.Set(float64(v)) }

// Finalized tells how long after its own time a block became final here.
func (m *Metrics) Finalized(after time.Duration) { m.finality.Observe(after.Seconds()) }

// View counts a view that has ended: notarized or nullified.
func (m *Metrics) View(outcome string) { m.views.with(outcome).Inc() }

// Block counts a view for which this node was drawn: final, lost (another way
// was taken) or missed (it proposed nothing).
func (m *Metrics) Block(outcome string) { m.blocks.with(outcome).Inc() }

// Pool counts a validation pool that has closed: valid, invalid or void.
func (m *Metrics) Pool(outcome string) { m.pools.with(outcome).Inc() }

// SetSupply tells all REP of a book.
func (m *Metrics) SetSupply(book string, rep float64) { m.supply.with(book).Set(rep) }

// SetDistribution tells how even wREP is spread: the Gini coefficient, and the
// part of the k largest holders for some k.
func (m *Metrics) SetDistribution(gini float64, topShare map[int]float64) {
	m.gini.Set(gini)
	for k, share := range topShare {
		m.topShare.with(strconv.Itoa(k)).Set(share)
	}
}

// Reveal counts the salt of a view: opened, empty, withheld or recovered.
func (m *Metrics) Reveal(outcome string) { m.reveals.with(outcome).Inc() }

// BeaconRefused counts n more things that the beacon refused: shares, openings
// or reveals.
func (m *Metrics) BeaconRefused(what string, n int) { m.refused.with(what).Add(float64(n)) }

// Evidence counts evidence that a final block holds.
func (m *Metrics) Evidence(kind string) { m.evidence.with(kind).Inc() }

// SetCircuits tells which circuits are open, by the names of what they halt.
// Calls do not overlap.
func (m *Metrics) SetCircuits(open []string) {
	now := make(map[string]bool, len(open))
	for _, url := range open {
		now[url] = true
		m.circuits.with(url).Set(1)
	}
	for url := range m.open {
		if !now[url] {
			m.circuits.with(url).Set(0)
		}
	}
	m.open = now
}

// SetUpgrade tells which protocol version is planned, 0 for none, and what part
// of the roster's weight signals it.
func (m *Metrics) SetUpgrade(protocol uint32, signalled float64) {
	m.planned.Set(float64(protocol))
	m.signalled.Set(signalled)
}

// SetMempool tells what the mempool holds.
func (m *Metrics) SetMempool(txs, bytes int) {
	m.mempool.Set(float64(txs))
	m.mempoolB.Set(float64(bytes))
}

// SetMempoolLimits tells what the mempool holds at most.
func (m *Metrics) SetMempoolLimits(txs, bytes int) {
	m.roomTxs.Set(float64(txs))
	m.roomBytes.Set(float64(bytes))
}

// SetPeers tells how many peers are connected.
func (m *Metrics) SetPeers(n int) { m.peers.Set(float64(n)) }

// Messages counts messages of a topic that ended alike: accepted, ignored,
// rejected and so on.
func (m *Metrics) Messages(topic, result string, n int) {
	m.messages.with(topic, result).Add(float64(n))
}

// Request counts a call with its error code, 0 for success.
func (m *Metrics) Request(method string, code int, took time.Duration) {
	m.requests.with(method, strconv.Itoa(code)).Inc()
	m.requestsT.Observe(took.Seconds())
}

// Refusal counts a statement that the signer declined.
func (m *Metrics) Refusal(reason string) { m.refusals.with(reason).Inc() }

// SetWaiting tells how long the key still listens, and whether it heard a twin.
func (m *Metrics) SetWaiting(left time.Duration, twin bool) {
	m.waiting.Set(left.Seconds())
	m.twin.Set(0)
	if twin {
		m.twin.Set(1)
	}
}

// SetDiversity tells what part of the oracle's seats runs an implementation.
func (m *Metrics) SetDiversity(duty, implementation string, share float64) {
	m.diversity.with(duty, implementation).Set(share)
}

// Commit tells how long writing a final block took.
func (m *Metrics) Commit(took time.Duration) { m.commits.Observe(took.Seconds()) }

// Store has read called at every scrape, from then on.
func (m *Metrics) Store(read func() StoreStats) { m.store.read.Store(&read) }

// Handler serves the metrics in Prometheus' formats.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Sample is the value of one metric under one set of labels. A histogram is
// its _count and its _sum.
type Sample struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
}

// Snapshot lists all present values in order of names and labels.
func (m *Metrics) Snapshot() ([]Sample, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return nil, err
	}
	out := []Sample{}
	for _, f := range families {
		for _, x := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range x.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			add := func(suffix string, v float64) { out = append(out, Sample{f.GetName() + suffix, labels, v}) }
			switch {
			case x.Gauge != nil:
				add("", x.GetGauge().GetValue())
			case x.Counter != nil:
				add("", x.GetCounter().GetValue())
			case x.Histogram != nil:
				add("_count", float64(x.GetHistogram().GetSampleCount()))
				add("_sum", x.GetHistogram().GetSampleSum())
			case x.Summary != nil:
				add("_count", float64(x.GetSummary().GetSampleCount()))
				add("_sum", x.GetSummary().GetSampleSum())
			}
		}
	}
	return out, nil
}
