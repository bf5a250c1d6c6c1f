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

// Topic names what may be subscribed to.
type Topic string

// SubscribeParams say what to be told of.
type SubscribeParams struct {
	Topic      Topic   `json:"topic"`
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
// and peers: notifications) were left out. ResumeCursor subscribes to those of
// them that the node still keeps.
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

// subscribeWeight is what a subscription takes of a client's tokens.
const subscribeWeight = 5

func (s *Server) subscribe(ctx context.Context, p SubscribeParams) (string, error) {
	who := ctx.Value(sessionKey{}).(session)
	sub, err := s.newSubscription(string(p.Topic), p.FromCursor)
	if err != nil {
		return "", err
	}
	if err := who.socket.add(s, who.fresh, sub); err != nil {
		return "", err
	}
	return sub.id, nil
}

func topicNames() []string {
	all := make([]string, len(topics))
	for i := range topics {
		all[i] = topics[i].name
	}
	return all
}

// newSubscription is one to a topic, behind a cursor or at the present.
func (s *Server) newSubscription(name string, cursor *string) (*subscription, error) {
	t := findTopic(name)
	if t == nil {
		all := topicNames()
		e := badParams("no topic %q", clip([]byte(name))).with("TOPIC").values(clip([]byte(name)), all)
		if near := nearest(name, all); near != "" {
			return nil, e.hint("did you mean %q?", near)
		}
		return nil, e.hint("there are %s", strings.Join(all, ", "))
	}
	sub := &subscription{topic: t, live: cursor == nil}
	if t.of != nil {
		return sub, s.placeBlock(sub, cursor)
	}
	return sub, s.placeRing(sub, cursor)
}

// placeBlock puts a subscription to what blocks yield where it begins.
func (s *Server) placeBlock(sub *subscription, cursor *string) (err error) {
	tip := s.Feed.height()
	if cursor == nil {
		sub.pos = position{height: tip + 1}
		return nil
	}
	if sub.pos, err = parsePosition(*cursor); err != nil {
		return err
	}
	if sub.pos.height > tip+1 {
		return fail(CodeParams, "CURSOR", "the cursor lies ahead of the chain").
			hint("pass the cursor of a notification of this topic").values(sub.pos.height, tip)
	}
	all := sub.pos.height == 0 // the genesis is no block; 0.0 asks for all there are
	if all {
		sub.pos = position{height: 1}
	}
	oldest, err := s.oldest(sub.pos.height, tip)
	if err != nil || oldest <= sub.pos.height {
		return err
	}
	if !all {
		return expired(*cursor, position{height: oldest}.String())
	}
	sub.pos = position{height: oldest}
	return nil
}

// placeRing puts a subscription to a ring of the feed where it begins.
func (s *Server) placeRing(sub *subscription, cursor *string) error {
	last := s.Feed.last(sub.topic.name)
	if cursor == nil {
		sub.next = last + 1
		return nil
	}
	oldest := max(last, recentMax) - recentMax // behind it begins what the ring holds
	run, n, _ := strings.Cut(*cursor, "-")
	seen, err := strconv.ParseUint(n, 10, 64)
	switch {
	case err != nil || len(run) != len(s.Feed.run) || run == s.Feed.run && seen > last:
		return fail(CodeParams, "CURSOR", "no cursor of this topic").
			hint("pass the cursor of a notification of this topic").values(clip([]byte(*cursor)), nil)
	case run != s.Feed.run || seen < oldest:
		return expired(*cursor, s.ringCursor(oldest))
	}
	sub.next = seen + 1
	return nil
}

// expired refuses a cursor behind which the node has forgotten something, and
// names the oldest one that it can go on from.
func expired(cursor, oldest string) *Error {
	return fail(CodeUnavailable, "CURSOR_EXPIRED", "the node no longer keeps what follows this cursor").
		hint("go on from %s, or ask a node that keeps history", oldest).values(clip([]byte(cursor)), oldest)
}

// oldest is the first height from h on of which the node has the events; tip+1
// where it has none. What is kept has no gaps, so that halving finds it.
func (s *Server) oldest(h, tip types.Height) (types.Height, error) {
	kept := func(h types.Height) (bool, error) {
		_, err := s.Backend.Receipts(h)
		if errors.Is(err, ErrPruned) {
			return false, nil
		}
		return true, err
	}
	if h > tip {
		return h, nil
	}
	if ok, err := kept(h); ok || err != nil {
		return h, err
	}
	gone, there := h, tip+1
	for there-gone > 1 {
		middle := gone + (there-gone)/2
		ok, err := kept(middle)
		switch {
		case err != nil:
			return 0, err
		case ok:
			there = middle
		default:
			gone = middle
		}
	}
	return there, nil
}

// cursorOf resumes where the subscription stands.
func (s *Server) cursorOf(sub *subscription) string {
	if sub.topic.of != nil {
		return sub.pos.String()
	}
	return s.ringCursor(sub.next - 1)
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
		return true, sub.skip(send, tip, sub.pos)
	}
	items, err := s.yield(sub.topic, sub.pos.height)
	if errors.Is(err, ErrPruned) && late > 0 { // deleted before it was sent
		oldest, err := s.oldest(sub.pos.height+1, tip)
		if err == nil && oldest <= tip {
			return true, sub.skip(send, oldest, position{height: oldest})
		}
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

// skip leaves out everything before a height, and says so with the cursor that
// gets what can still be had.
func (sub *subscription) skip(send func(Notice) error, to types.Height, resume position) error {
	from := sub.pos.height
	sub.pos, sub.live = position{height: to}, true
	return sub.send(send, Notice{
		Cursor: sub.pos.String(),
		Lagged: &Lagged{Dropped: uint64(to - from), ResumeCursor: resume.String()},
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
