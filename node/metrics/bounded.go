package metrics

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// labelsMax bounds the label sets of one metric; what comes beyond it is
// counted under "other". The table of RPC methods times its codes fits.
const labelsMax = 512

// bound keeps the label sets of a metric within labelsMax.
type bound struct {
	mu    sync.Mutex
	known map[string]bool
	width int
}

// admit gives the labels under which to count.
func (b *bound) admit(labels []string) []string {
	key := strings.Join(labels, "\x00")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[key] {
		return labels
	}
	if len(b.known) < labelsMax {
		b.known[key] = true
		return labels
	}
	other := make([]string, b.width)
	for i := range other {
		other[i] = "other"
	}
	return other
}

// counters is a counter with labels.
type counters struct {
	bound
	vec *prometheus.CounterVec
}

func (c *counters) with(labels ...string) prometheus.Counter {
	return c.vec.WithLabelValues(c.admit(labels)...)
}

// start makes counters of one label that begin at zero.
func (c *counters) start(labels ...string) {
	for _, l := range labels {
		c.with(l)
	}
}

// gauges is a gauge with labels.
type gauges struct {
	bound
	vec *prometheus.GaugeVec
}

func (g *gauges) with(labels ...string) prometheus.Gauge {
	return g.vec.WithLabelValues(g.admit(labels)...)
}

const namespace = "probity"

func (m *Metrics) counters(name, help string, labels ...string) *counters {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(vec)
	return &counters{bound{known: map[string]bool{}, width: len(labels)}, vec}
}

func (m *Metrics) gauges(name, help string, labels ...string) *gauges {
	vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(vec)
	return &gauges{bound{known: map[string]bool{}, width: len(labels)}, vec}
}

func (m *Metrics) gauge(name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) histogram(name, help string, first, factor float64, n int) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(first, factor, n),
	})
	m.registry.MustRegister(h)
	return h
}
