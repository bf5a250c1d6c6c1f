package node

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/exec"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/rpc"
	"probity/p2p"
	"probity/p2p/peers"
)

// Monitor is what a Node has around its Core and needs no goroutine, socket or
// timer for: the custody of its key, the judgement of its peers, the answers of
// JSON-RPC that come from the store, and the metrics. The simulator's members have
// one, so that the alert rules of docs/ops are tried on what real nodes would show.
//
// Its methods are called one at a time, with those of the Core. What a machine has
// and a Core has not — connections, free room on the disk — its caller tells.
type Monitor struct {
	n     *Node
	room  roomy
	peers *peers.Machine
	kinds map[string]peers.Kind // of topics
	near  map[string]bool       // peers that are connected
	stats p2p.Stats
}

// Owner is whose member a Monitor watches, and what that person has set.
type Owner struct {
	Genesis *exec.Genesis
	Keys    *MemberKeys
	Listen  types.Time // before a key whose past is unknown signs, ms; 0: it does not listen
}

// NewMonitor makes what a member has around its Core.
func NewMonitor(o Owner) (*Monitor, error) {
	stopped := make(chan struct{})
	close(stopped) // nobody waits for a loop: calls that need it are answered that it has ended
	n := &Node{
		feed: rpc.NewFeed(), log: slog.New(slog.DiscardHandler), stopped: stopped,
		opts: Options{Genesis: o.Genesis, Keys: o.Keys, Listen: time.Duration(o.Listen) * time.Millisecond},
	}
	n.ops = newOps(n)
	m := &Monitor{n: n, kinds: map[string]peers.Kind{}, near: map[string]bool{}, stats: p2p.Stats{Topics: map[string]p2p.TopicStats{}, Faults: map[string]uint64{}}}
	n.opts.disk = &m.room
	var limits []p2p.Limit
	for i, t := range topics(p2p.Limit{}) {
		m.kinds[t.Name] = peers.Kind(i)
		limits = append(limits, p2p.DefaultLimit(t.BytesMax))
		m.stats.Topics[t.Name] = p2p.TopicStats{Rejected: map[string]uint64{}}
	}
	var err error
	m.peers, err = peers.New(peers.Config{Max: p2p.PeersMaxDefault, Limits: limits})
	return m, err
}

// Entrust has a signer sign for the member as a Node's does: after a wait where
// the past of its key is unknown, and nothing new before the member stands where
// its peers do. One that a Node could not have is left as it is.
func (m *Monitor) Entrust(s Signer, w *World) error {
	w.Signer = s
	if c, ok := s.(custodian); ok {
		return m.n.entrust(c, w)
	}
	return nil
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

// Open ties all this to a core that NewCore has made and nobody has started. The
// error is that of a key whose memory cannot be brought up to date.
func (m *Monitor) Open(c *Core) error {
	m.n.core = c
	m.n.introduce()
	m.n.ops.metrics.Store(m.n.ops.storeStats)
	return m.n.beforeSigning()
}

// Close ends what answers clients.
func (m *Monitor) Close() {
	if m.n.verify != nil {
		m.n.verify.Close()
	}
}

// Turn is called after every event of the core, as a Node's loop does.
func (m *Monitor) Turn() { m.n.release() }

// Second lets a second pass.
func (m *Monitor) Second() { m.n.listening() }

// Hear hands a message of a peer to the core, and books what it was worth as a
// Node's network does: a peer above its rate is not heard, one that says what no
// honest peer says loses points and is banned for a time.
func (m *Monitor) Hear(now types.Time, topic, from string, data []byte) {
	kind, known := m.kinds[topic]
	if !known || !m.connected(now, from) {
		return
	}
	count := m.stats.Topics[topic]
	defer func() { m.stats.Topics[topic] = count }()
	id := peers.ID(from)
	if r := m.peers.Step(peers.Millis(now), peers.Received{Peer: id, Kind: kind, Bytes: len(data)}); r.Refuse != "" {
		count.Rejected[r.Refuse]++
		m.stats.Faults[r.Refuse]++
		m.drop(now, r)
		return
	}
	switch m.n.core.Receive(topic, from, data) {
	case Accept:
		count.Delivered++
		m.peers.Step(peers.Millis(now), peers.Useful{Peer: id})
	case Ignore:
		count.Ignored++
	case Refuse:
		count.Rejected[topic]++
		m.stats.Faults[peers.Invalid.String()]++
		m.drop(now, m.peers.Step(peers.Millis(now), peers.Faulted{Peer: id, Fault: peers.Invalid}))
	}
}

// connected lets a peer in that is not banned.
func (m *Monitor) connected(now types.Time, id string) bool {
	if !m.near[id] {
		m.near[id] = m.peers.Step(peers.Millis(now), peers.Connected{Peer: peers.ID(id)}).Refuse == ""
	}
	return m.near[id]
}

// drop ends connections.
func (m *Monitor) drop(now types.Time, r peers.Ready) {
	for _, d := range r.Drop {
		m.peers.Step(peers.Millis(now), peers.Disconnected{Peer: d.Peer})
		delete(m.near, string(d.Peer))
	}
}

// Shuns reports whether the member has banned a peer: nothing passes between them.
func (m *Monitor) Shuns(now types.Time, id string) bool {
	return m.peers.Step(peers.Millis(now), peers.Knock{Peer: peers.ID(id)}).Refuse != ""
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
	m.stats.Peers = s.Peers
	m.n.ops.gossip(m.stats)
	m.n.ops.refusals()
}

// Handler serves the metrics in Prometheus' format.
func (m *Monitor) Handler() http.Handler { return m.n.ops.metrics.Handler() }

// RPC serves JSON-RPC over the core's store. Calls that a Node hands to its loop
// or its network are not answered.
func (m *Monitor) RPC() (http.Handler, error) {
	if m.n.rpc != nil {
		return m.n.rpc, nil
	}
	m.n.verify = rpc.NewVerifier(m.n.opts.Genesis.Hash(), 1)
	var err error
	m.n.rpc, err = rpc.New(rpc.Config{Backend: backend{m.n}, Feed: m.n.feed, Verifier: m.n.verify, Observe: m.n.ops.called, Log: m.n.log})
	return m.n.rpc, err
}

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
