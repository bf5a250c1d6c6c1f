package p2p

import (
	"context"
	"fmt"
	"sync/atomic"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"probity/p2p/peers"
)

// Handler judges a message of a topic that came over the connection of from.
// It may keep data but must not change it. ctx ends with the host. For gossip
// it is asked before the message is passed on, so it should check whatever a
// neighbour would blame us for; it runs concurrently with itself.
type Handler func(ctx context.Context, from ID, data []byte) Verdict

// Verdict is a handler's judgement: Accept, Ignore or Reject.
type Verdict struct {
	decision pubsub.ValidationResult
	reason   string
}

var (
	// Accept: valid and news; gossip passes it on.
	Accept = Verdict{decision: pubsub.ValidationAccept}
	// Ignore: of no use to us now (old, early, known) and nobody's fault; it is
	// not passed on.
	Ignore = Verdict{decision: pubsub.ValidationIgnore}
)

// Reject: no honest peer sends or passes on such bytes; it costs the sender.
// The reason is a label of metrics: one of few constants, not a text with numbers.
func Reject(reason string) Verdict {
	return Verdict{decision: pubsub.ValidationReject, reason: reason}
}

// topic is the state of one Topic.
type topic struct {
	Topic
	host    *Host
	wire    string // name on the wire, with the genesis
	kind    peers.Kind
	joined  *pubsub.Topic
	handler atomic.Pointer[Handler]
	held    atomic.Int64 // bytes in the hands of the handler
	count   topicCount
}

// Subscribe sets the handler of a topic and joins its mesh. Once a topic; best
// before Start, so that peers learn of it with the first word.
func (h *Host) Subscribe(topic string, handler Handler) error {
	t := h.topics[h.scope+topic]
	if t == nil {
		return fmt.Errorf("topic %q: %w", topic, ErrUnknown)
	}
	if !t.handler.CompareAndSwap(nil, &handler) {
		return fmt.Errorf("topic %q has a handler", topic)
	}
	if err := h.gossip.RegisterTopicValidator(t.wire, t.validate, pubsub.WithValidatorConcurrency(handlersMax)); err != nil {
		return fmt.Errorf("topic %q: %w", topic, err)
	}
	// Relay joins the mesh without a queue of messages to read: the validator
	// is the delivery.
	if _, err := t.joined.Relay(); err != nil {
		return fmt.Errorf("topic %q: %w", topic, err)
	}
	return nil
}

// topic finds a topic for a message to send.
func (h *Host) topic(name string, data []byte) (*topic, error) {
	t := h.topics[h.scope+name]
	switch {
	case t == nil:
		return nil, fmt.Errorf("topic %q: %w", name, ErrUnknown)
	case len(data) > t.BytesMax:
		return nil, fmt.Errorf("topic %q: %w: %d bytes, at most %d", name, ErrTooLarge, len(data), t.BytesMax)
	case h.isClosing():
		return nil, ErrClosed
	}
	return t, nil
}

// validate is GossipSub's question whether to deliver and pass on a message.
func (t *topic) validate(_ context.Context, from peer.ID, msg *pubsub.Message) pubsub.ValidationResult {
	if ID(from) == t.host.id {
		return pubsub.ValidationAccept // our own: the caller of Publish knows it
	}
	if !t.host.tasks.enter() {
		return pubsub.ValidationIgnore
	}
	defer t.host.tasks.leave()
	return t.judge(ID(from), msg.Data)
}

// judge hands a message to the handler, within the topic's budget of bytes,
// and books the verdict.
func (t *topic) judge(from ID, data []byte) pubsub.ValidationResult {
	handler := t.handler.Load()
	if handler == nil {
		return pubsub.ValidationIgnore
	}
	n := int64(len(data))
	defer t.held.Add(-n)
	if t.held.Add(n) > t.HeldMax {
		t.count.rejected.add(reasonBusy)
		return pubsub.ValidationIgnore
	}
	v := (*handler)(t.host.ctx, from, data)
	switch v.decision {
	case pubsub.ValidationAccept:
		t.count.delivered.Add(1)
		t.host.step(peers.Useful{Peer: from})
	case pubsub.ValidationIgnore:
		t.count.ignored.Add(1)
	case pubsub.ValidationReject:
		t.count.rejected.add(v.reason)
		t.host.fault(from, peers.Invalid)
	}
	return v.decision
}
