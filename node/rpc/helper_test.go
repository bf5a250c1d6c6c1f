package rpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"probity/node/rpc"
)

// Goal: no goroutine outlives the tests that started it.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// rewriting says that expected answers are to be written anew.
func rewriting() bool {
	f := flag.Lookup("rewrite")
	return f != nil && f.Value.String() == "true"
}

// rig is a server over real sockets.
type rig struct {
	*fake
	server *rpc.Server
	feed   *rpc.Feed
	url    string
	admin  string // path of the unix socket
	client *http.Client
}

// serve starts a server over a TCP listener and a unix socket; both end with
// the test. A config's backend and feed are the rig's.
func serve(t testing.TB, c rpc.Config) *rig {
	t.Helper()
	r := &rig{fake: newFake(), feed: rpc.NewFeed()}
	r.feed.Finalized(3)
	c.Backend, c.Feed = r.fake, r.feed
	var err error
	if r.server, err = rpc.New(c); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.admin = t.TempDir() + "/admin"
	unix, err := net.Listen("unix", r.admin)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 2)
	go func() { done <- r.server.Serve(ctx, ln) }()
	go func() { done <- r.server.ServeAdmin(ctx, unix) }()
	r.url, r.client = "http://"+ln.Addr().String(), &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		r.client.CloseIdleConnections()
		stop()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		r.server.Close()
	})
	return r
}

// post sends one message and gives status and body.
func (r *rig) post(t testing.TB, msg string) (int, string) {
	t.Helper()
	resp, err := r.client.Post(r.url, "application/json", strings.NewReader(msg))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// reply is a response.
type reply struct {
	ID     any             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *rpc.Error      `json:"error"`
}

// call calls a method with params given as a Go value.
func (r *rig) call(t testing.TB, method string, params any) reply {
	t.Helper()
	status, body := r.post(t, request(t, method, params))
	if status != http.StatusOK {
		t.Fatalf("%s: status %d", method, status)
	}
	return parseReply(t, body)
}

func request(t testing.TB, method string, params any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parseReply(t testing.TB, body string) (out reply) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	var envelope struct {
		JSONRPC string          `json:"jsonrpc"`
		ID      any             `json:"id"`
		Result  json.RawMessage `json:"result"`
		Error   *rpc.Error      `json:"error"`
	}
	if err := d.Decode(&envelope); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if envelope.JSONRPC != "2.0" || (envelope.Error == nil) == (envelope.Result == nil) {
		t.Fatalf("not a response: %s", body)
	}
	return reply{envelope.ID, envelope.Result, envelope.Error}
}

// must gives the result of a call as R.
func must[R any](t testing.TB, r reply) (out R) {
	t.Helper()
	if r.Error != nil {
		t.Fatalf("%d %s: %s", r.Error.Code, r.Error.Data.Kind, r.Error.Message)
	}
	if err := json.Unmarshal(r.Result, &out); err != nil {
		t.Fatalf("%s: %v", r.Result, err)
	}
	return out
}

// socket is the client's end of a WebSocket connection.
type socket struct {
	*websocket.Conn
	t testing.TB
}

func (r *rig) dial(t testing.TB) *socket {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), r.url+"/ws", &websocket.DialOptions{HTTPClient: r.client})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &socket{conn, t}
}

func (s *socket) send(msg string) {
	s.t.Helper()
	if err := s.Write(s.t.Context(), websocket.MessageText, []byte(msg)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) read() string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	_, b, err := s.Read(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// notice reads a notification of a subscription.
func (s *socket) notice() (n notice) {
	s.t.Helper()
	var m struct {
		JSONRPC string `json:"jsonrpc"`
		Method  string `json:"method"`
		Params  notice `json:"params"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(s.read())))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil || m.Method != "chain_subscription" {
		s.t.Fatalf("%+v: %v", m, err)
	}
	return m.Params
}

type notice struct {
	Subscription string          `json:"subscription"`
	Seq          uint64          `json:"seq"`
	Cursor       string          `json:"cursor"`
	Result       json.RawMessage `json:"result"`
	Lagged       *rpc.Lagged     `json:"lagged"`
	Error        *rpc.Error      `json:"error"`
}

// subscribe subscribes and gives the subscription's id.
func (s *socket) subscribe(topic string, from *string) string {
	s.t.Helper()
	params := map[string]any{"topic": topic}
	if from != nil {
		params["fromCursor"] = *from
	}
	s.send(request(s.t, "chain_subscribe", params))
	return must[string](s.t, parseReply(s.t, s.read()))
}
