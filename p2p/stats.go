package p2p

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"probity/p2p/peers"
)

// reasonBusy: a queue or budget of ours was full.
const reasonBusy = "busy"

// EventKind says what happened to a peer.
type EventKind string

// The kinds of Event.
const (
	Connected    EventKind = "connected"    // admitted
	Disconnected EventKind = "disconnected" // its last connection has ended
	Refused      EventKind = "refused"      // of another chain; Reason says which
	Banned       EventKind = "banned"       // Reason says why
	Unreachable  EventKind = "unreachable"  // a bootstrap peer does not answer; it is dialled again
)

// Event is something a person or a log wants to know about a peer.
type Event struct {
	Kind    EventKind
	Peer    ID
	Addr    string // of the other end, if connected
	Inbound bool
	Reason  string
}

// emit queues an event; when nobody listens fast enough it is dropped and counted.
func (h *Host) emit(e Event) {
	select {
	case h.events <- e:
	default:
		h.count.eventsLost.Add(1)
	}
}

// notify tells Config.OnEvent.
func (h *Host) notify() {
	for {
		select {
		case e := <-h.events:
			h.config.OnEvent(e)
		case <-h.ctx.Done():
			return
		}
	}
}

// PeerInfo is one connected peer.
type PeerInfo struct {
	ID          ID
	Addrs       []string // where it listens, as far as known
	Remote      string   // the address of the connection
	Inbound     bool
	Bootstrap   bool
	Since       time.Time
	Agent       string        // its own words
	Score       int           // of the peer machine, peers.ScoreBan…peers.ScoreMax
	GossipScore float64       // of GossipSub, a few seconds old
	Latency     time.Duration // round trip; 0: not measured yet
}

// Peers lists the connected peers in order of ID.
func (h *Host) Peers() []PeerInfo {
	h.mu.Lock()
	out := make([]PeerInfo, 0, len(h.live))
	for id, s := range h.live {
		info, _ := h.machine.Peer(h.now(), id)
		out = append(out, PeerInfo{
			ID: id, Addrs: info.Addrs, Inbound: s.inbound, Bootstrap: info.Keep, Since: s.since, Agent: s.agent,
			Score: info.Score, GossipScore: s.gossipScore, Latency: s.latency,
		})
	}
	h.mu.Unlock()
	for i := range out {
		if conns := h.net.Network().ConnsToPeer(peer.ID(out[i].ID)); len(conns) > 0 {
			out[i].Remote = conns[0].RemoteMultiaddr().String()
		}
	}
	slices.SortFunc(out, func(a, b PeerInfo) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (h *Host) liveIDs() []ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.live))
}

// KnownAddrs lists addresses of peers that were connected once, for
// Config.Known of the next run.
func (h *Host) KnownAddrs() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, p := range h.machine.Peers(h.now()) {
		if p.Proven {
			for _, a := range p.Addrs {
				out = append(out, JoinAddr(a, p.ID))
			}
		}
	}
	return out
}

// Ban closes the connection to a peer and refuses it for a time: ten minutes,
// doubling with each ban up to a day.
func (h *Host) Ban(id ID, reason string) { h.step(peers.Ban{Peer: id, Reason: reason}) }

// Unban forgives a peer.
func (h *Host) Unban(id ID) { h.step(peers.Unban{Peer: id}) }

// BanInfo is one ban in force.
type BanInfo struct {
	ID     ID
	Reason string
	Left   time.Duration
}

// Bans lists the bans in force in order of ID.
func (h *Host) Bans() []BanInfo {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	var out []BanInfo
	for _, b := range h.machine.Bans(now) {
		out = append(out, BanInfo{b.ID, b.Reason, time.Duration(b.Until-now) * time.Millisecond})
	}
	return out
}

// Stats is a snapshot of all counters. They only grow, except where said.
type Stats struct {
	Peers, Inbound int // connected now
	Banned         int // now
	Topics         map[string]TopicStats
	Protocols      map[string]ProtocolStats
	Faults         map[string]uint64 // misconduct of peers, by kind (peers.Fault)
	Refusals       map[string]uint64 // connections not wanted: "banned", "full", "other"
	Bans           uint64
	Dials          uint64 // asked for by the peer machine
	DialsFailed    uint64
	LinksBroken    uint64 // batches of direct messages lost to a broken stream
	EventsLost     uint64
}

// TopicStats counts the messages of one topic. A message received is one of
// delivered, ignored, duplicate or rejected.
type TopicStats struct {
	Published uint64 // by Publish
	Delivered uint64 // accepted by the handler
	Direct    uint64 // came over direct streams (judged like the others)
	Ignored   uint64
	Duplicate uint64
	Dropped   uint64            // not sent to a peer: its queue was full
	Rejected  map[string]uint64 // by reason: the handler's, and oversized, flooding, malformed, busy
	BytesIn   uint64
	BytesOut  uint64
}

// ProtocolStats counts the exchanges of one protocol.
type ProtocolStats struct {
	Served   map[string]uint64 // requests of peers by result: served, refused, invalid, busy, oversized, malformed, flooding, broken
	Asked    map[string]uint64 // requests of ours by result: answered, refused, invalid, busy, timeout, cancelled, unsupported, broken
	BytesIn  uint64
	BytesOut uint64
}

// Stats reads the counters.
func (h *Host) Stats() Stats {
	out := Stats{
		Topics: make(map[string]TopicStats), Protocols: make(map[string]ProtocolStats),
		Faults: h.count.faults.read(), Refusals: h.count.refusals.read(), Bans: h.count.bans.Load(),
		Dials: h.count.dials.Load(), DialsFailed: h.count.dialsFailed.Load(),
		LinksBroken: h.count.linksBroken.Load(), EventsLost: h.count.eventsLost.Load(),
	}
	h.mu.Lock()
	out.Peers, out.Banned = len(h.live), len(h.machine.Bans(h.now()))
	for _, s := range h.live {
		if s.inbound {
			out.Inbound++
		}
	}
	h.mu.Unlock()
	for _, t := range h.topics {
		out.Topics[t.Name] = t.count.read()
	}
	for _, s := range h.protocols {
		out.Protocols[s.Name] = ProtocolStats{s.count.results.read(), s.count.asked.read(), s.count.bytesIn.Load(), s.count.bytesOut.Load()}
	}
	return out
}

// counters are those of the host; topics and services have their own.
type counters struct {
	faults, refusals                                  labels
	bans, dials, dialsFailed, linksBroken, eventsLost atomic.Uint64
}

type topicCount struct {
	published, delivered, direct, ignored, duplicate, dropped, bytesIn, bytesOut atomic.Uint64
	rejected                                                                     labels
}

func (c *topicCount) read() TopicStats {
	return TopicStats{
		Published: c.published.Load(), Delivered: c.delivered.Load(), Direct: c.direct.Load(), Ignored: c.ignored.Load(),
		Duplicate: c.duplicate.Load(), Dropped: c.dropped.Load(), Rejected: c.rejected.read(),
		BytesIn: c.bytesIn.Load(), BytesOut: c.bytesOut.Load(),
	}
}

type protocolCount struct {
	results, asked    labels
	bytesIn, bytesOut atomic.Uint64
}

// labelsMax bounds the label values of one counter; what comes later is "other".
const labelsMax = 32

// labels counts by label. The zero value is ready.
type labels struct {
	mu sync.Mutex
	n  map[string]uint64
}

func (l *labels) add(label string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n == nil {
		l.n = make(map[string]uint64)
	}
	if _, known := l.n[label]; !known && len(l.n) >= labelsMax {
		label = "other"
	}
	l.n[label]++
}

func (l *labels) read() map[string]uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]uint64, len(l.n))
	maps.Copy(out, l.n)
	return out
}

// refusalLabel shortens the machine's words to a label.
func refusalLabel(why string) string {
	switch {
	case strings.HasPrefix(why, "banned"):
		return "banned"
	case strings.HasPrefix(why, "no room"), strings.HasPrefix(why, "book full"):
		return "full"
	default:
		return "other"
	}
}
