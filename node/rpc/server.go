package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"probity/chain/route"
)

// Limits bound what strangers can make a node spend. Zero fields take the
// defaults.
type Limits struct {
	BatchMax      int           `json:"batch"`         // requests in one batch
	BytesIn       int           `json:"bytesIn"`       // of one message
	BytesOut      int           `json:"bytesOut"`      // of one answer, a batch's included
	Concurrent    int           `json:"concurrent"`    // messages worked on at once, over all clients
	Timeout       time.Duration `json:"-"`             // of a call that does not wait for consensus
	WaitMax       time.Duration `json:"-"`             // of tx_wait
	Waits         int           `json:"waits"`         // calls of tx_wait at once, over all clients
	Sockets       int           `json:"sockets"`       // connections of subscribers: WebSockets and streams of events
	Subscriptions int           `json:"subscriptions"` // of one WebSocket connection
	Behind        int           `json:"behind"`        // blocks or notifications by which a subscription may be late
	Rate          float64       `json:"rate"`          // tokens a second of one client; loopback clients have no limit
	Burst         int           `json:"burst"`         // tokens that a client may save up
}

// Defaults of Limits.
var defaults = Limits{
	BatchMax: 100, BytesIn: 1 << 20, BytesOut: 10 << 20, Concurrent: 64,
	Timeout: 10 * time.Second, WaitMax: time.Minute, Waits: 4096,
	Sockets: 1024, Subscriptions: 32, Behind: 256, Rate: 1000, Burst: 4000,
}

// filled replaces zero fields by their defaults.
func (l Limits) filled() Limits {
	d := defaults
	set := func(v *int, given int) {
		if given != 0 {
			*v = given
		}
	}
	set(&d.BatchMax, l.BatchMax)
	set(&d.BytesIn, l.BytesIn)
	set(&d.BytesOut, l.BytesOut)
	set(&d.Concurrent, l.Concurrent)
	set(&d.Waits, l.Waits)
	set(&d.Sockets, l.Sockets)
	set(&d.Subscriptions, l.Subscriptions)
	set(&d.Behind, l.Behind)
	set(&d.Burst, l.Burst)
	if l.Timeout != 0 {
		d.Timeout = l.Timeout
	}
	if l.WaitMax != 0 {
		d.WaitMax = l.WaitMax
	}
	if l.Rate != 0 {
		d.Rate = l.Rate
	}
	return d
}

// Call is what an observer is told of every call.
type Call struct {
	Method string // "unknown" where there is no such method
	Code   int    // 0 where it succeeded
	Took   time.Duration
}

// Config is what a Server is made of. Backend is required.
type Config struct {
	Backend  Backend
	Feed     *Feed      // what the node publishes; a silent one where nil
	Verifier *Verifier  // shared with gossip; the server's own where nil
	Hosts    []string   // names, beside loopback, by which clients may address the node; "*" is any
	Limits   Limits     //
	Observe  func(Call) // told of every call; may be nil
	Operator Operator   // behind the methods admin_…; none are declared where nil
	Secret   []byte     // of tokens by which operators call over TCP, SecretSize bytes; none: over the unix socket only
	Page     Page       // what people see; a line of text where nil
	Log      *slog.Logger
}

// Page answers a request that is one for people, and reports whether it was.
type Page func(http.ResponseWriter, *http.Request) bool

// Server answers calls over every transport.
type Server struct {
	Config
	methods  map[string]*Method
	list     []*Method
	owned    bool // the verifier is ours to close
	work     chan struct{}
	waits    chan struct{}
	sockets  chan struct{}
	clients  *clients
	yields   yields
	open     sync.WaitGroup // WebSocket connections
	discover func() ([]byte, error)
	operator http.Handler // what operators are answered
}

// New makes a server. It fails where a route's query and a method of the
// server's own have one name.
func New(c Config) (*Server, error) {
	if len(c.Secret) != 0 && len(c.Secret) != SecretSize {
		return nil, fmt.Errorf("a secret of %d bytes, want %d", len(c.Secret), SecretSize)
	}
	c.Limits = c.Limits.filled()
	if c.Feed == nil {
		c.Feed = NewFeed()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		Config: c,
		work:   make(chan struct{}, c.Limits.Concurrent), waits: make(chan struct{}, c.Limits.Waits),
		sockets: make(chan struct{}, c.Limits.Sockets), clients: newClients(c.Limits.Rate, c.Limits.Burst),
	}
	if err := s.declare(c.Backend.Table()); err != nil {
		return nil, err
	}
	if s.Verifier == nil {
		s.Verifier, s.owned = NewVerifier(c.Backend.Info().Genesis, 0), true
	}
	s.operator = s.operatorMux()
	s.discover = sync.OnceValues(func() ([]byte, error) { return s.openRPC(c.Backend.Table()) })
	return s, nil
}

// Close ends the verifier, where the server made it. Serve and ServeAdmin have
// returned by then.
func (s *Server) Close() {
	if s.owned {
		s.Verifier.Close()
	}
}

// declare makes the table of methods.
func (s *Server) declare(routes route.Table) (err error) {
	all := s.chainMethods()
	all = append(all, s.txMethods()...)
	all = append(all, s.nodeMethods()...)
	all = append(all, s.explainMethods()...)
	for _, r := range routes {
		for _, q := range r.Queries {
			all = append(all, s.query(r, q))
		}
	}
	if s.Operator != nil {
		all = append(all, s.adminMethods()...)
	}
	s.methods, s.list, err = table(all)
	return err
}

// session is who calls, and over what.
type session struct {
	client string // whose rate limit counts; empty for none
	admin  bool
	socket *socket  // nil where the connection does not last
	fresh  *[]*live // subscriptions that this message has made
}

// handle answers one message: nil where it holds notifications only.
func (s *Server) handle(ctx context.Context, who session, msg []byte) []byte {
	if len(msg) > s.Limits.BytesIn {
		return s.tooLong()
	}
	calls, batch, bad := parse(msg, s.Limits.BatchMax)
	if bad != nil {
		s.observe("unknown", bad, 0)
		return appendAnswer(nil, nil, nil, bad)
	}
	outcomes := s.perform(ctx, who, calls)
	if !batch {
		return s.answerOne(&calls[0], &outcomes[0])
	}
	return s.answerBatch(calls, outcomes)
}

func (s *Server) tooLong() []byte {
	e := limited("SIZE", nil, s.Limits.BytesIn, "a message has at most %d bytes", s.Limits.BytesIn)
	s.observe("unknown", e, 0)
	return appendAnswer(nil, nil, nil, e)
}

// outcome is how a call ended.
type outcome struct {
	result []byte
	err    *Error
}

func (s *Server) answerOne(r *request, o *outcome) []byte {
	if r.silent() {
		return nil
	}
	if len(o.result) > s.Limits.BytesOut {
		o.err = s.answerTooLong(len(o.result))
	}
	return appendAnswer(nil, r.id, o.result, o.err)
}

// answerBatch joins the answers; those that no longer fit are replaced by errors.
func (s *Server) answerBatch(calls []request, outcomes []outcome) []byte {
	size := 2
	for i := range outcomes {
		size += len(outcomes[i].result) + 64
	}
	b := append(make([]byte, 0, min(size, s.Limits.BytesOut)), '[')
	for i := range calls {
		if calls[i].silent() {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		if len(b)+len(outcomes[i].result) > s.Limits.BytesOut {
			outcomes[i].err = s.answerTooLong(len(outcomes[i].result))
		}
		b = appendAnswer(b, calls[i].id, outcomes[i].result, outcomes[i].err)
	}
	if len(b) == 1 {
		return nil
	}
	return append(b, ']')
}

func (s *Server) answerTooLong(n int) *Error {
	return limited("ANSWER_SIZE", n, s.Limits.BytesOut, "the answer is too long").hint("ask for less with limit, or in smaller batches")
}

// silent says that nobody waits for an answer. What is no request at all is
// answered, since it may have been meant as one.
func (r *request) silent() bool { return r.id == nil && r.err == nil }

// perform runs the calls of one message: submissions together, so that their
// signatures are checked as one batch; those that wait for consensus side by
// side; the rest in order.
func (s *Server) perform(ctx context.Context, who session, calls []request) []outcome {
	out := make([]outcome, len(calls))
	var submits []int
	inline := false
	var waiting sync.WaitGroup
	defer waiting.Wait()

	methods := make([]*Method, len(calls))
	for i := range calls {
		var err *Error
		if methods[i], err = s.admit(who, &calls[i]); err != nil {
			out[i].err = err
			s.observe(label(methods[i]), err, 0)
			continue
		}
		switch m := methods[i]; {
		case m.Name == submitName:
			submits = append(submits, i)
		case m.slow:
			waiting.Go(func() { out[i] = s.call(ctx, who, m, calls[i].params) })
		default:
			inline = true
		}
	}

	if len(submits) == 0 && !inline {
		return out
	}
	select {
	case s.work <- struct{}{}:
		defer func() { <-s.work }()
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(ctx, s.Limits.Timeout)
	defer cancel()
	if len(submits) > 0 {
		s.submitAll(limited, calls, submits, out)
	}
	for i, m := range methods {
		if m != nil && !m.slow && m.Name != submitName && out[i].err == nil {
			out[i] = s.call(limited, who, m, calls[i].params)
		}
	}
	return out
}

// admit finds the method of a request, and refuses what may not be called.
func (s *Server) admit(who session, r *request) (*Method, *Error) {
	if r.err != nil {
		return nil, r.err
	}
	m := s.methods[string(r.method)]
	if m == nil || m.admin && !who.admin {
		e := fail(CodeMethod, "METHOD", "no method %q", clip(r.method)).values(clip(r.method), nil).
			hint("rpc.discover lists all methods")
		all := make([]string, 0, len(s.list))
		for _, m := range s.list {
			if !m.admin || who.admin {
				all = append(all, m.Name)
			}
		}
		if near := nearest(string(r.method), all); near != "" {
			e.hint("did you mean %s?", near).values(clip(r.method), near)
		}
		if m != nil { // there is, for others
			e = adminHint(e.values(clip(r.method), nil))
		}
		return nil, e
	}
	if m.stream && who.socket == nil {
		return m, fail(CodeUnsupported, "TRANSPORT", "%s needs a WebSocket connection", m.Name).hint("connect a WebSocket to /ws, or GET /events?topic=… for server-sent events")
	}
	if wait, ok := s.clients.take(who.client, m.weight); !ok {
		return m, s.tooFast(wait)
	}
	return m, nil
}

// tooFast tells a client whose tokens are used up when there are enough again.
func (s *Server) tooFast(wait time.Duration) *Error {
	return limited("RATE", nil, s.Limits.Rate, "too many calls").
		hint("retry in %d ms; weights of methods are told by rpc_limits", wait.Milliseconds()+1)
}

func label(m *Method) string {
	if m == nil {
		return "unknown"
	}
	return m.Name
}

// call runs one method. A panic is an answer to this client and a line in the
// log: a fault of the disk halts the node by its own way, not by this one.
func (s *Server) call(ctx context.Context, who session, m *Method, params []byte) (o outcome) {
	start := time.Now()
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("rpc: method panicked", "method", m.Name, "panic", fmt.Sprint(p))
			o = outcome{err: answer(errors.New("panic"))}
		}
		s.observe(m.Name, o.err, time.Since(start))
	}()
	v, err := m.run(context.WithValue(ctx, sessionKey{}, who), params)
	if err != nil {
		return outcome{err: s.explain(m.Name, err)}
	}
	if raw, ok := v.(json.RawMessage); ok {
		return outcome{result: raw}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return outcome{err: s.explain(m.Name, err)}
	}
	return outcome{result: b}
}

// explain turns an error into an answer, and logs what the answer hides.
func (s *Server) explain(method string, err error) *Error {
	e := answer(err)
	if e.Code == CodeInternal {
		s.Log.Error("rpc: internal error", "method", method, "err", err)
	}
	return e
}

type sessionKey struct{}

func (s *Server) observe(method string, err *Error, took time.Duration) {
	if s.Observe == nil {
		return
	}
	c := Call{Method: method, Took: took}
	if err != nil {
		c.Code = err.Code
	}
	s.Observe(c)
}
