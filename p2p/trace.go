package p2p

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"probity/p2p/peers"
)

// tracer counts what GossipSub does. It is called synchronously from
// GossipSub's loop, so it only counts.
type tracer struct{ h *Host }

var _ pubsub.RawTracer = tracer{}

// OnNewOutboundStream: our gossip to the peer is up. GossipSub may have seen
// the identification before we did.
func (t tracer) OnNewOutboundStream(id peer.ID, _ protocol.ID) {
	t.h.admit(id)
	t.h.reachable(ID(id), func(s *session) { s.outbound = true })
}

// OnClosedOutboundStream: our gossip to the peer is down; it may come back.
func (t tracer) OnClosedOutboundStream(id peer.ID) {
	t.h.reachable(ID(id), func(s *session) { s.outbound, s.unready = false, time.Now() })
}

// DuplicateMessage: a message we had.
func (t tracer) DuplicateMessage(m *pubsub.Message) {
	if topic := t.h.topics[m.GetTopic()]; topic != nil {
		topic.count.duplicate.Add(1)
	}
}

// RejectMessage: what the handler said is counted where it was asked; the rest
// is either a queue of ours that was full or a message that breaks GossipSub's
// own rules (a signature or an author where none may be).
func (t tracer) RejectMessage(m *pubsub.Message, reason string) {
	topic := t.h.topics[m.GetTopic()]
	if topic == nil {
		return
	}
	switch reason {
	case pubsub.RejectValidationFailed, pubsub.RejectValidationIgnored:
	case pubsub.RejectValidationQueueFull, pubsub.RejectValidationThrottled:
		topic.count.rejected.add(reasonBusy)
	default:
		topic.count.rejected.add(peers.Malformed.String())
		t.h.fault(ID(m.ReceivedFrom), peers.Malformed)
	}
}

// SendRPC: messages leave for one peer.
func (t tracer) SendRPC(rpc *pubsub.RPC, _ peer.ID) {
	for _, m := range rpc.Publish {
		if topic := t.h.topics[m.GetTopic()]; topic != nil {
			topic.count.bytesOut.Add(uint64(len(m.Data)))
		}
	}
}

// DropRPC: the queue to one peer is full.
func (t tracer) DropRPC(rpc *pubsub.RPC, _ peer.ID) {
	for _, m := range rpc.Publish {
		if topic := t.h.topics[m.GetTopic()]; topic != nil {
			topic.count.dropped.Add(1)
		}
	}
}

// The rest of what GossipSub tells is not counted.

func (tracer) Join(string)                          {}
func (tracer) Graft(peer.ID, string)                {}
func (tracer) Prune(peer.ID, string)                {}
func (tracer) Leave(string)                         {}
func (tracer) ValidateMessage(*pubsub.Message)      {}
func (tracer) DeliverMessage(*pubsub.Message)       {}
func (tracer) ThrottlePeer(peer.ID)                 {}
func (tracer) RecvRPC(*pubsub.RPC)                  {}
func (tracer) UndeliverableMessage(*pubsub.Message) {}
