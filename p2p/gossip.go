package p2p

import (
	"fmt"
	"log/slog"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"probity/chain/keys"
	"probity/p2p/peers"
)

const (
	handlersMax   = 256             // calls of one topic's handler at once
	validateQueue = 256             // messages waiting for one
	sendQueue     = 512             // gossip messages waiting for one peer; they share their bytes
	seenFor       = 2 * time.Minute // a message is not spread again within this
	heartbeat     = 500 * time.Millisecond
	inspectEvery  = 5 * time.Second
	readyWait     = 10 * time.Second // how long Publish also sends directly to a peer whose gossip is not up
	envelopeMax   = 4 << 10          // what GossipSub adds to a message
)

// controlLimit is what one peer may send of GossipSub's own words (who has,
// who wants, join, leave): up to one for each message it may send.
var controlLimit = Limit{Messages: 8192, MessagesBurst: 16384, Bytes: 8 << 20, BytesBurst: 32 << 20}

// newGossip makes the GossipSub router of this chain.
func (h *Host) newGossip() error {
	largest, names := 0, []string{}
	for wire, t := range h.topics {
		largest = max(largest, t.BytesMax)
		names = append(names, wire)
	}
	id := h.protocolID("meshsub/1.2.0")
	subscriptions := pubsub.WrapLimitSubscriptionFilter(pubsub.NewAllowlistSubscriptionFilter(names...), 2*len(names)+8)
	score, thresholds := h.gossipScore(names)
	var err error
	h.gossip, err = pubsub.NewGossipSub(h.ctx, watchedHost{h.net, h},
		pubsub.WithGossipSubProtocols([]protocol.ID{id}, func(f pubsub.GossipSubFeature, p protocol.ID) bool {
			return p == id && f != pubsub.GossipSubFeatureExtensions
		}),
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID),
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerExchange(false),
		pubsub.WithGossipSubParams(meshParams()),
		pubsub.WithMaxMessageSize(largest+envelopeMax),
		pubsub.WithPeerOutboundQueueSize(sendQueue),
		pubsub.WithValidateQueueSize(validateQueue),
		pubsub.WithSeenMessagesTTL(seenFor),
		pubsub.WithSubscriptionFilter(subscriptions),
		pubsub.WithAppSpecificRpcInspector(h.inspect),
		pubsub.WithPeerScore(score, thresholds),
		pubsub.WithPeerScoreInspect(h.noteGossipScores, inspectEvery),
		pubsub.WithRawTracer(tracer{h}),
		pubsub.WithLogger(h.config.Log.With("part", "gossip")),
		pubsub.WithRPCLogger(slog.New(slog.DiscardHandler)), // it logs every message
	)
	if err != nil {
		return err
	}
	for wire, t := range h.topics {
		if t.joined, err = h.gossip.Join(wire); err != nil {
			return fmt.Errorf("topic %q: %w", t.Name, err)
		}
	}
	return nil
}

// messageID is the BLAKE3 digest of topic and data. The zero byte separates
// them: no topic contains one.
func messageID(m *pb.Message) string {
	sum := keys.Sum([]byte(m.GetTopic()), []byte{0}, m.GetData())
	return string(sum[:])
}

// meshParams is GossipSub's overlay for a network of tens to hundreds of
// validators: twice its usual heartbeat, so that a mesh forms and heals within
// a second; a history of three seconds as usual.
func meshParams() pubsub.GossipSubParams {
	p := pubsub.DefaultGossipSubParams()
	p.D, p.Dlo, p.Dhi, p.Dscore, p.Dout = 8, 6, 12, 4, 2
	p.HeartbeatInterval = heartbeat
	p.HeartbeatInitialDelay = 50 * time.Millisecond
	p.HistoryLength, p.HistoryGossip = 8, 6
	p.PruneBackoff = 15 * time.Second
	return p
}

// gossipScore is GossipSub's own score, which decides who stays in the mesh
// and, at the graylist, whose words are not read at all. It starts from the
// peer machine's score, so both agree on who is bad; the graylist lies far below
// the score of a ban, because a peer that is only ignored keeps its place.
// Expected delivery rates
// (P3) are off: consensus may rightly be silent, and a partition would make
// every honest peer look idle. So is the count of peers behind one IP: testnets
// and validators behind one address are legitimate, and rcmgr bounds them.
func (h *Host) gossipScore(topics []string) (*pubsub.PeerScoreParams, *pubsub.PeerScoreThresholds) {
	perTopic := make(map[string]*pubsub.TopicScoreParams)
	for _, t := range topics {
		perTopic[t] = &pubsub.TopicScoreParams{
			SkipAtomicValidation: true, TopicWeight: 1,
			TimeInMeshWeight: 0.01, TimeInMeshQuantum: time.Second, TimeInMeshCap: 500,
			FirstMessageDeliveriesWeight: 0.1, FirstMessageDeliveriesDecay: 0.95, FirstMessageDeliveriesCap: 100,
			InvalidMessageDeliveriesWeight: -4, InvalidMessageDeliveriesDecay: 0.98,
		}
	}
	score := &pubsub.PeerScoreParams{
		SkipAtomicValidation: true,
		Topics:               perTopic,
		TopicScoreCap:        30,
		AppSpecificScore:     h.score,
		AppSpecificWeight:    1,
		// Re-grafting early and unkept promises, beyond a few.
		BehaviourPenaltyWeight: -5, BehaviourPenaltyThreshold: 6, BehaviourPenaltyDecay: 0.95,
		DecayInterval: time.Second, DecayToZero: 0.01, RetainScore: 10 * time.Minute,
	}
	return score, &pubsub.PeerScoreThresholds{
		GossipThreshold: -80, PublishThreshold: -150, GraylistThreshold: -400, AcceptPXThreshold: 1000, OpportunisticGraftThreshold: 1,
	}
}

// score is the peer machine's score of a peer, for GossipSub.
func (h *Host) score(id peer.ID) float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return float64(h.machine.Score(h.now(), ID(id)))
}

// noteGossipScores keeps GossipSub's scores for Peers.
func (h *Host) noteGossipScores(scores map[peer.ID]float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, score := range scores {
		if s := h.live[ID(id)]; s != nil {
			s.gossipScore = score
		}
	}
}

// Publish spreads a message to all subscribers of a topic, starting with every
// connected peer. The data must not be changed afterwards. A message that was
// published or seen within seenFor is not spread again: see Broadcast. Our own
// handler is not called.
func (h *Host) Publish(topic string, data []byte) error {
	t, err := h.topic(topic, data)
	if err != nil {
		return err
	}
	if err := t.joined.Publish(h.ctx, data); err != nil {
		return fmt.Errorf("topic %q: %w", topic, err)
	}
	t.count.published.Add(1)
	// A peer whose gossip stream is not up yet would miss the message for good.
	if links := h.unreached(); len(links) > 0 {
		h.sendTo(t, links, data)
	}
	return nil
}

// unreached lists the links of admitted peers that gossip does not reach yet.
func (h *Host) unreached() []*link {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []*link
	for _, s := range h.live {
		if !(s.subscribed && s.outbound) && time.Since(s.unready) < readyWait {
			out = append(out, s.link)
		}
	}
	return out
}

// inspect sees every gossip message before GossipSub does: what is oversized,
// of no topic, or above its sender's rate is taken out.
func (h *Host) inspect(from peer.ID, rpc *pubsub.RPC) error {
	id := ID(from)
	if !h.admit(from) {
		return ErrNotConnected
	}
	if rpc.Control != nil || len(rpc.Subscriptions) > 0 {
		if !h.received(id, kindControl, 0) {
			return ErrBusy
		}
	}
	if len(rpc.Subscriptions) > 0 {
		h.reachable(id, func(s *session) { s.subscribed = true })
	}
	kept := rpc.Publish[:0]
	for _, m := range rpc.Publish {
		t := h.topics[m.GetTopic()]
		switch {
		case t == nil:
			h.fault(id, peers.Malformed)
		case len(m.Data) > t.BytesMax:
			t.count.rejected.add(peers.Oversized.String())
			h.fault(id, peers.Oversized)
		case !h.received(id, t.kind, len(m.Data)):
			t.count.rejected.add(peers.Flooding.String())
		default:
			t.count.bytesIn.Add(uint64(len(m.Data)))
			kept = append(kept, m)
		}
	}
	rpc.Publish = kept
	return nil
}

const kindControl peers.Kind = 0

// reachable notes how far gossip with a peer is set up.
func (h *Host) reachable(id ID, note func(*session)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.live[id]; s != nil {
		note(s)
	}
}

// watchedHost is the host as GossipSub sees it. It watches the streams that
// GossipSub reads, because that resets a stream with a malformed or oversized
// frame without telling anybody whose it was.
type watchedHost struct {
	host.Host
	h *Host
}

func (w watchedHost) SetStreamHandler(id protocol.ID, handle network.StreamHandler) {
	w.Host.SetStreamHandler(id, func(s network.Stream) {
		if !w.h.tasks.enter() {
			_ = s.Reset()
			return
		}
		defer w.h.tasks.leave()
		from := s.Conn().RemotePeer()
		if !w.h.admit(from) {
			_ = s.Reset()
			return
		}
		watched := &watchedStream{Stream: s}
		handle(watched)
		// GossipSub left although the stream gave it no reason to: what it read
		// was no message.
		if !watched.failed && !w.h.isClosing() {
			w.h.fault(ID(from), peers.Malformed)
		}
	})
}

// watchedStream notes whether reading failed. Only the handler's goroutine
// reads, and the field is read after it returned.
type watchedStream struct {
	network.Stream
	failed bool
}

func (s *watchedStream) Read(p []byte) (int, error) {
	n, err := s.Stream.Read(p)
	s.failed = s.failed || err != nil
	return n, err
}
