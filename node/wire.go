package node

import (
	"context"
	"sort"
	"sync"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/blobs"
	"probity/node/rpc"
	snapshots "probity/node/snapshot"
	"probity/p2p"
)

// Bounds of the topics.
const (
	consensusBytes = types.BlockTxBytes + types.BlockVoteBytes
	txsBytes       = TxsBytes + 64<<10
	syncBytes      = 8 << 20
)

// topics are those of every node of a chain.
func topics(limit p2p.Limit) []p2p.Topic {
	return []p2p.Topic{
		{Name: TopicConsensus, BytesMax: consensusBytes, Limit: limit},
		{Name: TopicTxs, BytesMax: txsBytes, Limit: limit},
		{Name: TopicSync, BytesMax: syncBytes, Limit: limit},
	}
}

// openHost prepares the network; it listens when the member runs.
func (n *Node) openHost() error {
	cfg := p2p.Config{
		Genesis: n.opts.Genesis.Hash(), Listen: n.opts.P2PListen, Bootstrap: n.opts.Bootstrap, PeersMax: n.opts.PeersMax,
		Topics: topics(n.opts.limit), Agent: "probity/" + n.opts.Software, OnEvent: n.peerEvent, Log: n.log,
		Announce: n.opts.Announce, Protocols: []p2p.Protocol{snapshots.Protocol},
	}
	if n.opts.Blobs != nil {
		cfg.Protocols = append(cfg.Protocols, blobs.Protocol)
	}
	if n.opts.Keys != nil {
		cfg.Seed = n.opts.Keys.Network
	} else {
		cfg.Seed = n.observerSeed()
	}
	host, err := p2p.New(cfg)
	if err != nil {
		return err
	}
	n.host = host
	if err := host.Serve(snapshots.Protocol.Name, snapshots.NewServer(n.core.store).Serve); err != nil {
		return err
	}
	if n.opts.Blobs != nil {
		if err := host.Serve(blobs.Protocol.Name, n.opts.Blobs.Serve); err != nil {
			return err
		}
	}
	for topic, handler := range map[string]p2p.Handler{TopicConsensus: n.onConsensus, TopicTxs: n.onTxs, TopicSync: n.onSync} {
		if err := host.Subscribe(topic, handler); err != nil {
			return err
		}
	}
	return nil
}

// observerSeed is the network identity of a node without keys: new every time.
func (n *Node) observerSeed() [32]byte {
	var seed [32]byte
	copy(seed[:], randomBytes(32))
	return seed
}

func (n *Node) peerEvent(e p2p.Event) {
	n.log.Info("peer", "event", "peer_"+string(e.Kind), "peer", e.Peer, "addr", e.Addr, "reason", e.Reason)
	if e.Kind == p2p.Disconnected {
		n.meshed.Store(false)
	}
	n.feed.Peer(rpc.PeerChange{ID: e.Peer.String(), Connected: e.Kind == p2p.Connected, Peers: len(n.host.Peers())})
	if e.Kind == p2p.Connected { // whoever is new may be ahead
		n.post(func() { n.core.Met(e.Peer.String()) })
	}
}

// post runs f in the loop without waiting for it.
func (n *Node) post(f func()) {
	select {
	case n.calls <- f:
	case <-n.stopped:
	}
}

// receive hands a message to the loop and waits for its verdict.
func (n *Node) receive(ctx context.Context, topic string, from p2p.ID, data []byte) p2p.Verdict {
	v := Ignore
	if !n.do(ctx, func() { v = n.core.Receive(topic, from.String(), data) }) {
		return p2p.Ignore
	}
	return judged(v, topic)
}

func judged(v Verdict, reason string) p2p.Verdict {
	switch v {
	case Accept:
		return p2p.Accept
	case Refuse:
		return p2p.Reject(reason)
	}
	return p2p.Ignore
}

func (n *Node) onConsensus(ctx context.Context, from p2p.ID, data []byte) p2p.Verdict {
	return n.receive(ctx, TopicConsensus, from, data)
}

func (n *Node) onSync(ctx context.Context, from p2p.ID, data []byte) p2p.Verdict {
	return n.receive(ctx, TopicSync, from, data)
}

// onTxs decodes and verifies outside the loop, which only admits.
func (n *Node) onTxs(ctx context.Context, _ p2p.ID, data []byte) p2p.Verdict {
	txs, err := DecodeTxs(data)
	if err != nil {
		return p2p.Reject("form")
	}
	ok, err := n.verify.Verify(ctx, txs)
	if err != nil {
		return p2p.Ignore
	}
	for _, good := range ok {
		if !good {
			return p2p.Reject("signature")
		}
	}
	v := Ignore
	if !n.do(ctx, func() { v = n.core.Gossiped(txs) }) {
		return p2p.Ignore
	}
	return judged(v, "chain")
}

// wire is the network door over the host.
type wire Node

// Broadcast says it to every peer directly where the whole roster is connected,
// which costs a tenth of gossip; else it gossips what is new. What was said
// before is always repeated directly: gossip would drop it as a duplicate, and
// a repetition is made because somebody may have missed it.
func (w *wire) Broadcast(topic string, data []byte) {
	var err error
	if w.meshed.Load() || w.said.again(keys.Sum(data)) {
		_, err = w.host.Broadcast(topic, data)
	} else {
		err = w.host.Publish(topic, data)
	}
	if err != nil {
		w.log.Debug("not sent", "event", "send_failed", "topic", topic, "reason", err)
	}
}

// Send sends to one peer.
func (w *wire) Send(peer, topic string, data []byte) {
	id, err := p2p.ParseID(peer)
	if err == nil {
		err = w.host.Send(id, topic, data)
	}
	if err != nil {
		w.log.Debug("not sent", "event", "send_failed", "topic", topic, "peer", peer, "reason", err)
	}
}

// Peers lists the connected peers.
func (w *wire) Peers() (out []string) {
	for _, p := range w.host.Peers() {
		out = append(out, p.ID.String())
	}
	sort.Strings(out)
	return out
}

// mesh works out whether every other member of the roster is connected.
func (n *Node) mesh() {
	plan := n.core.plan
	if plan == nil {
		return
	}
	connected := map[p2p.ID]bool{n.host.ID(): true}
	for _, p := range n.host.Peers() {
		connected[p.ID] = true
	}
	all := true
	for i := range plan.Roster.Members {
		id, err := p2p.PeerID(plan.Roster.Members[i].Network)
		all = all && err == nil && connected[id]
	}
	n.meshed.Store(all)
}

// repeats remembers what was said lately, in two generations.
type repeats struct {
	mu       sync.Mutex
	new, old map[keys.Hash]struct{}
}

const repeatsMax = 4096

// again reports whether the message was said before, and remembers it.
func (r *repeats) again(id keys.Hash) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.new[id]; ok {
		return true
	}
	_, ok := r.old[id]
	if r.new == nil || len(r.new) >= repeatsMax {
		r.old, r.new = r.new, make(map[keys.Hash]struct{})
	}
	r.new[id] = struct{}{}
	return ok
}
