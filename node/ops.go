package node

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/route/availability"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/metrics"
	"probity/node/rpc"
	"probity/p2p"
	"probity/p2p/peers"
)

// ops is what operators see: metrics, and health on a port of its own that is
// up before the store opens.
type ops struct {
	n       *Node
	metrics *metrics.Metrics
	server  *metrics.Server
	traffic map[[2]string]uint64 // message counts at the last look
	refused int
	beacon  consensus.Refusals
}

// newOps makes the metrics of a node. The counters of what its topics reject are
// there from the start, or their first increase would not be seen.
func newOps(n *Node) *ops {
	o := &ops{n: n, metrics: metrics.New(), traffic: map[[2]string]uint64{}}
	for _, t := range topics(p2p.Limit{}) {
		o.metrics.Messages(t.Name, "rejected", 0)
	}
	return o
}

// openOps binds the operations port.
func (n *Node) openOps() error {
	o := newOps(n)
	n.ops = o
	if n.opts.OpsListen == "" {
		return nil
	}
	var err error
	version := map[string]any{"software": n.opts.Software, "protocol": ProtocolMax, "genesis": n.opts.Genesis.Hash()}
	if o.server, err = metrics.Listen(n.opts.OpsListen, o.metrics, version); err != nil {
		return fmt.Errorf("ops.listen %s: %w; stop the other program or set another address", n.opts.OpsListen, err)
	}
	return nil
}

// introduce publishes what a loop that was just opened shows.
func (n *Node) introduce() {
	l := n.core.pool.Limits()
	n.ops.metrics.SetMempoolLimits(l.Txs, l.Bytes)
	n.governed()
	n.publish()
}

// started tells that everything is open, and what readiness rests on.
func (o *ops) started() {
	o.metrics.Store(o.storeStats)
	if o.server != nil {
		o.server.Started()
		o.server.Ready(o.checks)
	}
}

// checks are the criteria of readiness, each with its value and limit.
func (o *ops) checks() []metrics.Check {
	s := o.n.status.Load()
	behind := s.status.Best - s.header.Height
	peers := len(o.n.host.Peers())
	need := 0
	if len(o.n.opts.Bootstrap) > 0 {
		need = 1
	}
	out := []metrics.Check{
		{Name: "synced", OK: !s.status.Syncing, Value: fmt.Sprintf("%d blocks behind", behind), Limit: fmt.Sprintf("at most %d", syncingBehind)},
		{Name: "peers", OK: peers >= need, Value: fmt.Sprint(peers), Limit: fmt.Sprintf("at least %d", need)},
	}
	if o.n.opts.Keys != nil && o.n.opts.Member {
		value, ok := o.n.custodyState()
		out = append(out, metrics.Check{Name: "signer", OK: ok, Value: value, Limit: "signs"})
	}
	if free, known := o.n.freeBytes(); known {
		out = append(out, metrics.Check{Name: "disk", OK: free >= freeMin, Value: fmt.Sprintf("%d MiB free", free>>20), Limit: fmt.Sprintf("at least %d MiB", freeMin>>20)})
	}
	return out
}

// called counts a call of JSON-RPC.
func (o *ops) called(c rpc.Call) { o.metrics.Request(c.Method, c.Code, c.Took) }

func (o *ops) addr() string {
	if o.server == nil {
		return ""
	}
	return o.server.Addr()
}

func (o *ops) close() {
	if o != nil && o.server != nil {
		_ = o.server.Close()
	}
}

func (o *ops) storeStats() metrics.StoreStats {
	m := o.n.core.store.Metrics()
	states, blocks := o.n.core.store.Pruned()
	free, _ := o.n.freeBytes()
	return metrics.StoreStats{
		FreeBytes: free, OldestState: uint64(states), OldestBlock: uint64(blocks),
		DiskBytes: m.DiskBytes, CacheBytes: uint64(m.CacheBytes), CacheHits: m.CacheHits, CacheMisses: m.CacheMisses,
		Fsyncs: m.Fsyncs, Commits: m.Commits, Compactions: uint64(m.Compactions), BytesWritten: m.BytesWritten,
	}
}

// samples lists the present value of every metric.
func (n *Node) samples() []rpc.Sample {
	list, err := n.ops.metrics.Snapshot()
	if err != nil {
		n.log.Warn("metrics", "event", "metrics_failed", "reason", err)
		return []rpc.Sample{}
	}
	out := make([]rpc.Sample, len(list))
	for i, s := range list {
		out[i] = rpc.Sample{Name: s.Name, Labels: s.Labels, Value: s.Value}
	}
	return out
}

// hooks tell subscribers and metrics what the loop does.
func (n *Node) hooks() Hooks {
	return Hooks{Committed: n.committed, Step: n.stepped, Stored: n.stored}
}

// stored counts the time that writing final blocks took.
func (n *Node) stored(took types.Time) {
	n.ops.metrics.Commit(time.Duration(took) * time.Millisecond)
}

// committed counts a final block.
func (n *Node) committed(c Committed) {
	m := n.ops.metrics
	h := &c.Block.Header
	n.feed.Finalized(h.Height)
	m.SetHeight("finalized", uint64(h.Height))
	now := n.core.world.Clock.Now()
	if now > h.Time {
		m.Finalized(time.Duration(now-h.Time) * time.Millisecond)
	}
	m.View("notarized")
	n.skipped(c.Block, c.Result.Facts.Schedule)
	if len(h.Reveal) > 0 {
		m.Reveal("opened")
	} else {
		m.Reveal("empty")
	}
	if n.mine(h.ASC, h.Epoch) {
		m.Block("final")
	}
	for _, e := range c.Result.Events() {
		switch e.Route + "/" + e.Name {
		case "pool/settled":
			m.Pool(attr(e, "outcome"))
		case "evidence/punished":
			m.Evidence(attr(e, "offence"))
		}
	}
	if slices.ContainsFunc(c.Result.Txs, urgent) { // making receipts costs more than looking
		n.punished(c.Result.Receipts())
	}
	n.governed()
	n.vouched(c.Block)
	if h.Height%distributionEvery == 0 || h.Height < 2 {
		n.distribution()
	}
}

// punished counts the offences that a block's transactions proved.
func (n *Node) punished(receipts []types.Receipt) {
	for _, r := range receipts {
		for _, e := range r.Events {
			if e.Route == "evidence" && e.Name == "punished" {
				n.ops.metrics.Evidence(attr(e, "offence"))
			}
		}
	}
}

// distributionEvery is how often the spread of REP is worked out: it reads
// every holder.
const distributionEvery = 64

// skipped counts the views that gave no block, and those that were this
// member's.
func (n *Node) skipped(b *types.Block, s *types.Schedule) {
	for i := range b.Body.Views {
		rec := &b.Body.Views[i]
		if rec.Nullification == nil {
			continue
		}
		n.ops.metrics.View("nullified")
		n.ops.metrics.Reveal("withheld")
		if len(rec.Salt) > 0 {
			n.ops.metrics.Reveal("recovered")
		}
		if n.mine(s.ASC(rec.View).ID, rec.Epoch) {
			n.ops.metrics.Block("missed")
		}
	}
}

// mine reports whether a contract is this member's.
func (n *Node) mine(asc [32]byte, e types.Epoch) bool {
	if n.opts.Keys == nil {
		return false
	}
	return asc == availability.ContractID(e, n.opts.Keys.Account.Public().Address())
}

// distribution publishes how much REP there is and how evenly it is spread.
func (n *Node) distribution() {
	r := n.core.base.State
	for name, book := range map[string]rep.Book{"wrep": rep.WREP, "grep": rep.GREP} {
		n.ops.metrics.SetSupply(name, units(rep.Supply(r, book)))
	}
	n.diversity()
	out, err := n.core.exec.QueryAt(r, n.core.base.Header, "rep", "distribution", json.RawMessage("{}"))
	list, ok := out.([]rep.Distribution)
	if err != nil || !ok || len(list) == 0 {
		return
	}
	top := map[int]float64{}
	for _, t := range list[0].Top {
		top[t.K] = float64(t.Share) / float64(types.Million)
	}
	n.ops.metrics.SetDistribution(float64(list[0].Gini)/float64(types.Million), top)
}

// units is an amount in whole units, for a gauge.
func units(a types.Amount) float64 {
	return a.Int().Float64() / 1e9
}

func attr(e types.Event, key string) string {
	for _, a := range e.Attrs {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// stepped tells subscribers of blocks that were notarized.
func (n *Node) stepped(in consensus.Input, out consensus.Ready) {
	n.overheard(in)
	for i := range out.Send {
		c := out.Send[i].Certified
		if c == nil || c.Certificate.Kind != types.Notarize || c.Header == nil {
			continue
		}
		h := &c.Header.Header
		n.ops.metrics.SetHeight("notarized", uint64(h.Height))
		b := rpc.NewBlock{Height: h.Height, Hash: c.Certificate.Digest, Epoch: h.Epoch, View: h.View, Time: h.Time, ASC: h.ASC}
		if e := n.core.tree[c.Certificate.Digest]; e != nil {
			b.Txs = len(e.block.Body.Txs)
		}
		n.feed.NewBlock(b)
	}
}

// observe publishes where the loop stands; it is called often and looks at the
// network's counters now and then.
func (o *ops) observe(s *snapshot) {
	m := o.metrics
	m.SetHeight("best", uint64(s.status.Best))
	m.SetView(uint64(s.status.View))
	m.SetMempool(s.status.MempoolTxs, s.status.MempoolBytes)
	if o.n.signer != nil {
		for now := o.n.signer.Refusals(); o.refused < now; o.refused++ {
			m.Refusal("conflict")
		}
	}
}

// network brings the counters of gossip up to date.
func (o *ops) network() {
	o.gossip(o.n.host.Stats())
	o.refusals()
}

// busy is the network's word for a message that there was no room for.
const busy = "busy"

// gossip brings the counters up to date with those of the network. What this
// node had no room for and what was above a peer's rate is nobody's lie, so it is
// kept apart from what was rejected.
func (o *ops) gossip(st p2p.Stats) {
	o.metrics.SetPeers(st.Peers)
	for topic, t := range st.Topics {
		o.count(topic, "accepted", t.Delivered)
		o.count(topic, "ignored", t.Ignored)
		o.count(topic, "duplicate", t.Duplicate)
		o.count(topic, "dropped", t.Dropped)
		var bad uint64
		for why, k := range t.Rejected {
			if why == busy || why == peers.Flooding.String() {
				o.count(topic, why, k)
				continue
			}
			bad += k
		}
		o.count(topic, "rejected", bad)
	}
	for fault, k := range st.Faults { // by kind, whatever it came by: some fault has no topic
		o.count("any", fault, k)
	}
	for why, k := range st.Refusals {
		o.count("connection", why, k)
	}
}

// refusals counts what the beacon has refused since the last look.
func (o *ops) refusals() {
	now := o.n.core.Machine().Refused
	o.metrics.BeaconRefused("shares", now.Shares-o.beacon.Shares)
	o.metrics.BeaconRefused("openings", now.Openings-o.beacon.Openings)
	o.metrics.BeaconRefused("reveals", now.Reveals-o.beacon.Reveals)
	o.beacon = now
}

func (o *ops) count(topic, result string, now uint64) {
	at := [2]string{topic, result}
	if before := o.traffic[at]; now > before {
		o.metrics.Messages(topic, result, int(now-before))
	}
	o.traffic[at] = now
}

// freeMin is the room on the disk below which a node is not ready: a commit that
// does not fit ends it.
const freeMin = 256 << 20

// freeBytes is the room on the store's disk, where the system tells.
func (n *Node) freeBytes() (uint64, bool) {
	fs := n.opts.disk
	if fs == nil {
		fs = vfs.Default
	}
	u, err := fs.GetDiskUsage(n.opts.Home)
	return u.AvailBytes, err == nil && u.TotalBytes > 0
}

// diversity publishes how the oracle's seats are spread over implementations.
func (n *Node) diversity() {
	for _, duty := range []oracle.Duty{oracle.Watchtower, oracle.Treegen} {
		in := json.RawMessage(fmt.Sprintf(`{"duty":%q}`, duty))
		out, err := n.core.exec.QueryAt(n.core.base.State, n.core.base.Header, "oracle", "diversity", in)
		d, ok := out.(oracle.Diversity)
		if err != nil || !ok {
			continue
		}
		for _, s := range d.Implementations {
			n.ops.metrics.SetDiversity(d.Duty.String(), s.Name, float64(s.PPM)/float64(types.Million))
		}
	}
}
