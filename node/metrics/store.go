package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// StoreStats are the numbers that a store has about itself.
type StoreStats struct {
	DiskBytes    uint64 // of all files
	CacheBytes   uint64 // of hot state in memory
	CacheHits    uint64 // since the start
	CacheMisses  uint64
	Fsyncs       uint64 // barriers on the disk
	Commits      uint64 // batches of final blocks
	Compactions  uint64
	BytesWritten uint64 // in batches, before compaction
	FreeBytes    uint64 // on its disk; 0: not known
	OldestState  uint64 // height of the oldest state that is kept
	OldestBlock  uint64 // and of the oldest block
}

// storeCollector reads the store at each scrape.
type storeCollector struct {
	read atomic.Pointer[func() StoreStats]
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "store", name), help, labels, nil)
}

var (
	diskBytes   = desc("disk_bytes", "Bytes of the store's files.")
	cacheBytes  = desc("cache_bytes", "Bytes of hot state in memory.")
	cacheReads  = desc("cache_reads_total", "Reads of hot state, by whether memory had it.", "result")
	fsyncs      = desc("fsyncs_total", "Barriers on the disk.")
	commits     = desc("commits_total", "Batches of final blocks written.")
	compactions = desc("compactions_total", "Compactions of tables.")
	freeBytes   = desc("free_bytes", "Bytes free on the store's disk.")
	oldest      = desc("oldest_height", "Height of the oldest that pruning has left.", "what")
	written     = desc("written_bytes_total", "Bytes written in batches, before compaction.")
)

// Describe lists what Collect may give.
func (c *storeCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{diskBytes, cacheBytes, cacheReads, fsyncs, commits, compactions, written, freeBytes, oldest} {
		out <- d
	}
}

// Collect reads the store; nothing where there is none yet.
func (c *storeCollector) Collect(out chan<- prometheus.Metric) {
	read := c.read.Load()
	if read == nil {
		return
	}
	s := (*read)()
	gauge := func(d *prometheus.Desc, v uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	count := func(d *prometheus.Desc, v uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(diskBytes, s.DiskBytes)
	gauge(cacheBytes, s.CacheBytes)
	count(cacheReads, s.CacheHits, "hit")
	count(cacheReads, s.CacheMisses, "miss")
	count(fsyncs, s.Fsyncs)
	count(commits, s.Commits)
	count(compactions, s.Compactions)
	count(written, s.BytesWritten)
	if s.FreeBytes > 0 {
		gauge(freeBytes, s.FreeBytes)
	}
	gauge(oldest, s.OldestState, "state")
	gauge(oldest, s.OldestBlock, "block")
}
