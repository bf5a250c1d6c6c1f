package rpc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// Bounds of a WebSocket connection.
const (
	socketCalls  = 16               // messages worked on at once; more wait unread
	socketStall  = 30 * time.Second // for which one write may make no progress
	drainFactor  = 16               // a message so many times too long ends the connection
	closeTimeout = 3 * time.Second
)

// socket is a WebSocket connection with its subscriptions.
type socket struct {
	conn *websocket.Conn
	ctx  context.Context // ends with the connection
	stop context.CancelFunc

	writing sync.Mutex
	mu      sync.Mutex
	subs    map[string]*live
	running sync.WaitGroup // pumps and calls
}

// live is a subscription that runs.
type live struct {
	sub  *subscription
	ctx  context.Context
	stop context.CancelFunc
}

// serveSocket speaks JSON-RPC over one WebSocket connection until it ends.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request, who session) {
	select {
	case s.sockets <- struct{}{}:
		defer func() { <-s.sockets }()
	default:
		http.Error(w, "too many WebSocket connections", http.StatusServiceUnavailable)
		return
	}
	if !s.clients.enter(who.client) {
		http.Error(w, "too many WebSocket connections of one client", http.StatusTooManyRequests)
		return
	}
	defer s.clients.leave(who.client)
	// The origin has been checked against the hosts already.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return // Accept has answered
	}
	s.open.Add(1)
	defer s.open.Done()
	conn.SetReadLimit(-1) // ours answers, and the connection lives
	ctx, stop := context.WithCancel(r.Context())
	k := &socket{conn: conn, ctx: ctx, stop: stop, subs: map[string]*live{}}
	end := context.AfterFunc(stopping(r.Context()), stop)
	who.socket = k
	s.converse(k, who)
	end()
	stop()
	k.running.Wait()
	_ = conn.Close(websocket.StatusGoingAway, "")
}

// converse reads messages and answers each in its own goroutine.
func (s *Server) converse(k *socket, who session) {
	slots := make(chan struct{}, socketCalls)
	for {
		_, r, err := k.conn.Reader(k.ctx)
		if err != nil {
			return
		}
		msg, err := readBounded(r, s.Limits.BytesIn)
		if err != nil {
			return
		}
		select {
		case slots <- struct{}{}:
		case <-k.ctx.Done():
			return
		}
		k.running.Go(func() {
			defer func() { <-slots }()
			mine := who
			mine.fresh = &[]*live{}
			if answer := s.handle(k.ctx, mine, msg); answer != nil && k.send(answer) != nil {
				k.stop()
			}
			s.begin(k, *mine.fresh)
		})
	}
}

// readBounded reads a message. One that is too long is read to its end and
// given with one byte too many, so that it is answered and the connection
// lives; one that is far too long is an error.
func readBounded(r io.Reader, limit int) ([]byte, error) {
	msg, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil || len(msg) <= limit {
		return msg, err
	}
	n, err := io.Copy(io.Discard, io.LimitReader(r, int64(limit)*drainFactor))
	if err == nil && n == int64(limit)*drainFactor {
		err = io.ErrShortBuffer
	}
	return msg, err
}

// send writes one message. A client that does not read for too long is cut off.
func (k *socket) send(msg []byte) error {
	k.writing.Lock()
	defer k.writing.Unlock()
	ctx, cancel := context.WithTimeout(k.ctx, socketStall)
	defer cancel()
	return k.conn.Write(ctx, websocket.MessageText, msg)
}

// notify sends a notice of a subscription.
func (k *socket) notify(n Notice) error {
	params, err := json.Marshal(n)
	if err != nil {
		return err
	}
	msg := append([]byte(`{"jsonrpc":"2.0","method":"chain_subscription","params":`), params...)
	return k.send(append(msg, '}'))
}

// add gives a subscription its id. It begins after the answer that tells it.
func (k *socket) add(s *Server, fresh *[]*live, sub *subscription) error {
	var id [8]byte
	_, _ = rand.Read(id[:])
	sub.id = "0x" + hex.EncodeToString(id[:])
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.subs) >= s.Limits.Subscriptions {
		return limited("SUBSCRIPTIONS", len(k.subs)+1, s.Limits.Subscriptions, "too many subscriptions on this connection")
	}
	l := &live{sub: sub}
	l.ctx, l.stop = context.WithCancel(k.ctx)
	k.subs[sub.id] = l
	*fresh = append(*fresh, l)
	return nil
}

// begin starts the subscriptions that a message has made.
func (s *Server) begin(k *socket, fresh []*live) {
	for _, l := range fresh {
		k.running.Go(func() {
			defer k.remove(l.sub.id)
			defer s.recovered(l.sub)
			s.pump(l.ctx, k.notify, l.sub)
		})
	}
}

// recovered keeps a panic of a subscription from ending the node.
func (s *Server) recovered(sub *subscription) {
	if p := recover(); p != nil {
		s.Log.Error("rpc: subscription panicked", "topic", sub.topic.name, "panic", p)
	}
}

// remove ends a subscription; false where there is none.
func (k *socket) remove(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.subs[id]
	if l == nil {
		return false
	}
	l.stop()
	delete(k.subs, id)
	return true
}
