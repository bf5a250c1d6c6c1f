package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// eventsPath is where server-sent events are had: the notices of
// chain_subscribe for who has no WebSocket.
const eventsPath = "/events"

// Times of a stream of events.
const (
	eventsPulse = 15 * time.Second // between comments, so that neither end takes silence for a broken line
	eventsRetry = "1000"           // ms after which a browser connects again
)

// stream is one connection of server-sent events (WHATWG HTML §9.2). Each event
// carries, as its id, the cursors of all topics of the stream, so that whoever
// comes back with it in Last-Event-ID misses nothing of any.
type stream struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	cursors []string // of each topic, behind its last notice
}

// serveEvents answers GET /events?topic=finalized&topic=pools&fromCursor=….
// What is wrong with the query is answered as an error of JSON-RPC, under a
// status with which browsers do not try again.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request, who session) {
	subs, e := s.streamed(r, who)
	if e == nil {
		select {
		case s.sockets <- struct{}{}:
			defer func() { <-s.sockets }()
		default:
			e = limited("STREAMS", nil, s.Limits.Sockets, "too many connections of subscribers")
		}
	}
	if e == nil && !s.clients.enter(who.client) {
		e = limited("STREAMS", nil, socketsMax, "too many connections of one subscriber")
	} else if e == nil {
		defer s.clients.leave(who.client)
	}
	s.observe("chain_subscribe", e, 0)
	if e != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(statusOf(e))
		_, _ = w.Write(appendAnswer(nil, nil, nil, e))
		return
	}
	s.open.Add(1)
	defer s.open.Done()
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(stopping(r.Context()), stop)()
	s.stream(ctx, stop, w, subs)
}

// statusOf is the HTTP status of an error, where the answer is no JSON-RPC.
func statusOf(e *Error) int {
	switch {
	case e.Data.Kind == "CURSOR_EXPIRED":
		return http.StatusGone
	case e.Code == CodeLimit:
		return http.StatusTooManyRequests
	case e.Code == CodeUnavailable:
		return http.StatusServiceUnavailable
	case e.Code == CodeInternal:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// streamed reads the query: the topics, and where each begins.
func (s *Server) streamed(r *http.Request, who session) ([]*subscription, *Error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badParams("malformed query").hint("want %s?topic=finalized", eventsPath)
	}
	from := r.Header.Get("Last-Event-ID")
	for name, values := range query {
		switch {
		case name == "topic":
		case name != "fromCursor":
			return nil, answer(unknownMember(clip([]byte(name)), name, []target{{name: "topic"}, {name: "fromCursor"}}))
		case len(values) > 1:
			return nil, badParams("member %q is given twice", name).hint("give it once")
		case from == "": // a browser that comes back asks for the same again, and says how far it was
			from = values[0]
		}
	}
	names := query["topic"]
	if len(names) == 0 {
		return nil, badParams("member %q is missing", "topic").hint("want %s?topic=finalized", eventsPath).values(nil, topicNames())
	}
	if len(names) > len(topics) {
		return nil, limited("ITEMS", len(names), len(topics), "topic: %d items", len(names))
	}
	if wait, ok := s.clients.take(who.client, subscribeWeight*len(names)); !ok {
		return nil, s.tooFast(wait)
	}
	return s.placeAll(names, from)
}

// placeAll puts a subscription to each topic behind its cursor in the list.
func (s *Server) placeAll(names []string, from string) ([]*subscription, *Error) {
	cursors := strings.Split(from, ",")
	if from != "" && len(cursors) != len(names) {
		return nil, fail(CodeParams, "CURSOR", "%d cursors for %d topics", len(cursors), len(names)).
			hint("pass the id of an event of the same topics, in the same order").values(clip([]byte(from)), nil)
	}
	subs := make([]*subscription, len(names))
	for i, name := range names {
		var cursor *string
		if from != "" {
			cursor = &cursors[i]
		}
		sub, err := s.newSubscription(name, cursor)
		if err != nil {
			return nil, answer(err)
		}
		for _, other := range subs[:i] {
			if other.topic == sub.topic {
				return nil, badParams("topic %q is given twice", name).hint("give it once")
			}
		}
		sub.id, subs[i] = name, sub
	}
	return subs, nil
}

// stream sends the notices of all subscriptions until the client or the server
// goes, or one of them ends.
func (s *Server) stream(ctx context.Context, stop context.CancelFunc, w http.ResponseWriter, subs []*subscription) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // asks proxies not to gather events
	k := &stream{w: w, control: http.NewResponseController(w), cursors: make([]string, len(subs))}
	for i, sub := range subs {
		k.cursors[i] = s.cursorOf(sub)
	}
	_ = k.control.SetReadDeadline(time.Time{})
	// An event without data is not shown, but its id counts from now on.
	if k.write("retry: "+eventsRetry+"\nid: "+strings.Join(k.cursors, ",")+"\n\n") != nil {
		return
	}
	var pumps sync.WaitGroup
	defer pumps.Wait()
	for i, sub := range subs {
		pumps.Go(func() {
			defer stop()
			defer s.recovered(sub)
			s.pump(ctx, func(n Notice) error { return k.notify(i, sub.topic.name, n) }, sub)
		})
	}
	pulse := time.NewTicker(eventsPulse)
	defer pulse.Stop()
	for {
		select {
		case <-pulse.C:
			if k.pulse() != nil {
				stop()
			}
		case <-ctx.Done():
			return
		}
	}
}

// notify sends a notice of the i-th topic.
func (k *stream) notify(i int, topic string, n Notice) error {
	data, err := json.Marshal(n) // one line, as an event's data must be
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cursors[i] = n.Cursor
	var b bytes.Buffer
	b.WriteString("event: " + topic + "\nid: " + strings.Join(k.cursors, ",") + "\ndata: ")
	b.Write(data)
	b.WriteString("\n\n")
	return k.write(b.String())
}

func (k *stream) pulse() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.write(":\n\n")
}

// write sends text at once. A client that does not read for too long is cut off.
func (k *stream) write(text string) error {
	if err := k.control.SetWriteDeadline(time.Now().Add(socketStall)); err != nil {
		return err
	}
	if _, err := k.w.Write([]byte(text)); err != nil {
		return err
	}
	return k.control.Flush()
}
