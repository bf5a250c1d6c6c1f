package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"probity/chain/types"
)

// SubscribeParams say what to be told of.
type SubscribeParams struct {
	Topic      string  `json:"topic" doc:"newBlocks, finalized, pools, repChanges, governance, evidence, circuits or peers."`
	FromCursor *string `json:"fromCursor,omitempty" doc:"The cursor of the last notification seen; from now on where it is left out."`
}

// UnsubscribeParams name a subscription.
type UnsubscribeParams struct {
	Subscription string `json:"subscription" doc:"The id that chain_subscribe answered."`
}

// Notice is the params of a chain_subscription notification. Result, Lagged or
// Error is set.
type Notice struct {
	Subscription string  `json:"subscription"`
	Seq          uint64  `json:"seq"`    // counts the notices of this subscription from 1
	Cursor       string  `json:"cursor"` // resumes behind this notice
	Result       any     `json:"result,omitempty"`
	Lagged       *Lagged `json:"lagged,omitempty"`
	Error        *Error  `json:"error,omitempty"` // the subscription has ended
}

// Lagged tells a client that it was too slow: so many blocks (of topics newBlocks
// and peers: notifications) were left out. ResumeCursor subscribes to them.
type Lagged struct {
	Dropped      uint64 `json:"dropped"`
	ResumeCursor string `json:"resumeCursor"`
}

// subscription is a place in a topic's sequence that moves on as notices are
// sent. It holds none of them: a client that reads slowly costs no memory.
type subscription struct {
	id    string
	topic *topic
	seq   uint64
	pos   position // next item, of topics that blocks yield
	next  uint64   // number of the next item, of rings
	live  bool     // has once been up to date; before, it may be as late as it likes
}

func (s *Server) subscribe(ctx context.Context, p SubscribeParams) (string, error) {
	who := ctx.Value(sessionKey{}).(session)
	t := findTopic(p.Topic)
	if t == nil {
		all := make([]string, len(topics))
		for i := range topics {
			all[i] = topics[i].name
		}
		e := badParams("no topic %q", clip([]byte(p.Topic))).with("TOPIC").values(clip([]byte(p.Topic)), all)
		if near := nearest(p.Topic, all); near != "" {
			return "", e.hint("did you mean %q?", near)
		}
		return "", e.hint("there are %s", strings.Join(all, ", "))
	}
	sub := &subscription{topic: t}
	if err := s.place(sub, p.FromCursor); err != nil {
		return "", err
	}
	if err := who.socket.add(s, who.fresh, sub); err != nil {
		return "", err
	}
	return sub.id, nil
}

// place puts a subscription behind a cursor, or at the present.
func (s *Server) place(sub *subscription, cursor *string) (err error) {
	sub.live = cursor == nil
	if sub.topic.of != nil {
		tip := s.Feed.height()
		if cursor == nil {
			sub.pos = position{height: tip + 1}
			return nil
		}
		if sub.pos, err = parsePosition(*cursor); err == nil && sub.pos.height > tip+1 {
			err = fail(CodeParams, "CURSOR", "the cursor lies ahead of the chain").
				hint("pass the cursor of a notification of this topic").values(sub.pos.height, tip)
		}
		if sub.pos.height == 0 { // the genesis is no block; 0.0 asks for all there are
			sub.pos = position{height: 1}
		}
		return err
	}
	last := s.Feed.last(sub.topic.name)
	if cursor == nil {
		sub.next = last + 1
		return nil
	}
	run, n, _ := strings.Cut(*cursor, "-")
	seen, err := strconv.ParseUint(n, 10, 64)
	if err != nil || run != s.Feed.run || seen > last {
		return fail(CodeParams, "CURSOR", "no cursor of this topic since the node started").
			hint("subscribe without fromCursor").values(clip([]byte(*cursor)), nil)
	}
	sub.next = seen + 1
	return nil
}

func (s *Server) unsubscribe(ctx context.Context, p UnsubscribeParams) (bool, error) {
	return ctx.Value(sessionKey{}).(session).socket.remove(p.Subscription), nil
}

// pump sends notices until ctx ends or the client is gone.
func (s *Server) pump(ctx context.Context, send func(Notice) error, sub *subscription) {
	for {
		moved := s.Feed.moved()
		var more bool
		var err error
		if sub.topic.of != nil {
			more, err = s.pumpBlock(send, sub)
		} else {
			more, err = s.pumpRing(send, sub)
		}
		if err != nil || ctx.Err() != nil {
			return
		}
		if more {
			continue
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return
		}
	}
}

// pumpBlock sends what the next block yields; more is false where there is none.
func (s *Server) pumpBlock(send func(Notice) error, sub *subscription) (more bool, err error) {
	tip := s.Feed.height()
	if sub.pos.height > tip {
		return false, nil
	}
	late := uint64(tip - sub.pos.height)
	if sub.live && late > uint64(s.Limits.Behind) {
		return true, sub.skip(send, tip)
	}
	items, err := s.yield(sub.topic, sub.pos.height)
	if errors.Is(err, ErrPruned) && late > 0 {
		return true, sub.skip(send, tip)
	}
	if err != nil {
		_ = sub.send(send, Notice{Error: s.explain("chain_subscribe", err)})
		return false, err
	}
	for ; sub.pos.index < len(items); sub.pos.index++ {
		n := Notice{Cursor: position{sub.pos.height, sub.pos.index + 1}.String(), Result: items[sub.pos.index]}
		if err := sub.send(send, n); err != nil {
			return false, err
		}
	}
	sub.pos = position{height: sub.pos.height + 1}
	sub.live = sub.live || late == 0
	return true, nil
}

// skip leaves out everything up to the tip, and says so.
func (sub *subscription) skip(send func(Notice) error, tip types.Height) error {
	from := sub.pos
	sub.pos, sub.live = position{height: tip}, true
	return sub.send(send, Notice{
		Cursor: sub.pos.String(),
		Lagged: &Lagged{Dropped: uint64(tip - from.height), ResumeCursor: from.String()},
	})
}

// pumpRing sends the next notification of a ring.
func (s *Server) pumpRing(send func(Notice) error, sub *subscription) (more bool, err error) {
	last := s.Feed.last(sub.topic.name)
	if sub.next > last {
		return false, nil
	}
	item, ok := s.Feed.item(sub.topic.name, sub.next)
	if !ok || last-sub.next > uint64(s.Limits.Behind) {
		from := sub.next
		sub.next = last
		return true, sub.send(send, Notice{
			Cursor: s.ringCursor(last - 1),
			Lagged: &Lagged{Dropped: last - from, ResumeCursor: s.ringCursor(from - 1)},
		})
	}
	sub.next++
	return true, sub.send(send, Notice{Cursor: s.ringCursor(sub.next - 1), Result: item})
}

func (s *Server) ringCursor(seen uint64) string { return fmt.Sprintf("%s-%d", s.Feed.run, seen) }

func (sub *subscription) send(send func(Notice) error, n Notice) error {
	sub.seq++
	n.Subscription, n.Seq = sub.id, sub.seq
	return send(n)
}

// yieldsMax bounds the blocks whose notifications are kept rendered, so that
// many subscribers cost one reading of the store.
const yieldsMax = 64

// yields keeps what recent blocks gave each topic.
type yields struct {
	mu    sync.Mutex
	items map[yieldKey][]any
	order []yieldKey
}

type yieldKey struct {
	topic  string
	height types.Height
}

// yield is what a final block gives a topic, as JSON.
func (s *Server) yield(t *topic, h types.Height) ([]any, error) {
	y, key := &s.yields, yieldKey{t.name, h}
	y.mu.Lock()
	defer y.mu.Unlock()
	if items, ok := y.items[key]; ok {
		return items, nil
	}
	items, err := t.of(s, h)
	if err != nil {
		return nil, err
	}
	for i := range items {
		raw, err := json.Marshal(items[i])
		if err != nil {
			return nil, err
		}
		items[i] = json.RawMessage(raw)
	}
	if y.items == nil {
		y.items = map[yieldKey][]any{}
	}
	if len(y.order) == yieldsMax {
		delete(y.items, y.order[0])
		y.order = y.order[1:]
	}
	y.items[key], y.order = items, append(y.order, key)
	return items, nil
}
