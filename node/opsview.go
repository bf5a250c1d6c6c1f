package node

import (
	"log/slog"
	"net/http"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/consensus"
	"probity/node/metrics"
	"probity/node/rpc"
)

// Monitor shows the metrics of a member that runs as a Core alone, by the very
// code that measures a Node: the simulator's members have one, so that the alert
// rules of docs/ops are tried on what real nodes would show.
//
// What a machine has and a Core has not — peers, free room on the disk — its
// caller tells. Gossip counters, calls of JSON-RPC and the wait of a key are a
// Node's own and stay at zero.
type Monitor struct {
	n    *Node
	room roomy
}

// NewMonitor makes the metrics of a member with these keys. The signer's
// refusals are counted where it is one that a Node may have.
func NewMonitor(k *MemberKeys, s Signer) *Monitor {
	n := &Node{feed: rpc.NewFeed(), log: slog.New(slog.DiscardHandler), opts: Options{Keys: k}}
	n.ops = &ops{n: n, metrics: metrics.New(), traffic: map[[2]string]uint64{}}
	if c, ok := s.(custodian); ok {
		n.signer = c
	}
	m := &Monitor{n: n}
	n.opts.disk = &m.room
	return m
}

// Hooks are those of a Node, after the caller's own.
func (m *Monitor) Hooks(h Hooks) Hooks {
	own, first := m.n.hooks(), h
	h.Committed = both(first.Committed, own.Committed)
	h.Stored = both(first.Stored, own.Stored)
	step := first.Step
	h.Step = own.Step
	if step != nil {
		h.Step = func(in consensus.Input, out consensus.Ready) { step(in, out); own.Step(in, out) }
	}
	return h
}

// both calls the first, where there is one, and the second.
func both[T any](first, second func(T)) func(T) {
	if first == nil {
		return second
	}
	return func(v T) { first(v); second(v) }
}

// Open ties the metrics to a core that NewCore has made and nobody has started.
func (m *Monitor) Open(c *Core) {
	m.n.core = c
	m.n.governed()
	m.n.publish()
	m.n.ops.metrics.Store(m.n.ops.storeStats)
}

// Surroundings are what a Core does not know of its machine.
type Surroundings struct {
	Peers int    // connected
	Free  uint64 // bytes on the store's disk; 0: not known
}

// Look brings the metrics up to date, as a Node does every second.
func (m *Monitor) Look(s Surroundings) {
	m.room.free = s.Free
	m.n.publish()
	m.n.ops.metrics.SetPeers(s.Peers)
	m.n.ops.refusals()
}

// Handler serves the metrics in Prometheus' format.
func (m *Monitor) Handler() http.Handler { return m.n.ops.metrics.Handler() }

// roomy is a disk of which only the free room is known.
type roomy struct {
	vfs.FS
	free uint64
}

// GetDiskUsage is vfs.FS.
func (r *roomy) GetDiskUsage(string) (vfs.DiskUsage, error) {
	if r.free == 0 {
		return vfs.DiskUsage{}, vfs.ErrUnsupported
	}
	return vfs.DiskUsage{AvailBytes: r.free, TotalBytes: r.free}, nil
}
