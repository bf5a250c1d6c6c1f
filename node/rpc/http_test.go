package rpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"probity/node/rpc"
)

// Goal: only pages and clients that address the node by an allowed name are
// served, and what is not the interface is told plainly. Method: requests with
// hosts, origins, methods and paths.
func TestHTTP(t *testing.T) {
	r := serve(t, rpc.Config{Hosts: []string{"node.example"}})
	status := `{"jsonrpc":"2.0","id":1,"method":"chain_status"}`
	for _, c := range []struct {
		name, method, path, host, origin, body string
		want                                   int
		says                                   string
	}{
		{"pointer", "GET", "/", "", "", "", 200, "rpc.discover"},
		{"path", "GET", "/nothing", "", "", "", 404, ""},
		{"post elsewhere", "POST", "/rpc", "", "", status, 404, ""},
		{"put", "PUT", "/", "", "", status, 405, "POST a JSON-RPC"},
		{"loopback name", "POST", "/", "localhost:8645", "", status, 200, `"result"`},
		{"loopback v6", "POST", "/", "[::1]:8645", "", status, 200, `"result"`},
		{"allowed name", "POST", "/", "Node.Example", "", status, 200, `"result"`},
		{"rebound name", "POST", "/", "evil.example", "", status, 403, "rpc.hosts"},
		{"page of another origin", "POST", "/", "localhost", "https://evil.example", status, 403, "rpc.hosts"},
		{"page of null origin", "POST", "/", "localhost", "null", status, 403, "rpc.hosts"},
		{"own page", "POST", "/", "localhost", "http://localhost:8645", status, 200, `"result"`},
		{"socket of another origin", "GET", "/ws", "localhost", "https://evil.example", "", 403, "rpc.hosts"},
		{"events of another origin", "GET", "/events?topic=pools", "localhost", "https://evil.example", "", 403, "rpc.hosts"},
		{"events by POST", "POST", "/events", "", "", status, 405, "GET"},
		{"no upgrade", "GET", "/ws", "", "", "", 426, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequest(c.method, r.url+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			if c.origin != "" {
				req.Header.Set("Origin", c.origin)
			}
			resp, err := r.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != c.want || !strings.Contains(string(b), c.says) {
				t.Errorf("%d %s", resp.StatusCode, b)
			}
			for name := range resp.Header {
				if strings.HasPrefix(name, "Access-Control") {
					t.Errorf("header %s", name)
				}
			}
		})
	}
}

// Goal: a batch may ask for what is too long together, and each part that no
// longer fits says so; the rest is answered. Method: a small limit.
func TestAnswerSize(t *testing.T) {
	r := serve(t, rpc.Config{Limits: rpc.Limits{BytesOut: 4000}})
	one := `{"jsonrpc":"2.0","id":1,"method":"chain_getBlock"}`
	_, body := r.post(t, "["+strings.Repeat(one+",", 9)+one+"]")
	if len(body) > 4000+10*300 {
		t.Errorf("%d bytes", len(body))
	}
	if !strings.Contains(body, `"result"`) || !strings.Contains(body, "ANSWER_SIZE") {
		t.Error(body)
	}
	if got := r.call(t, "rpc.discover", rpc.None{}); got.Error == nil || got.Error.Data.Kind != "ANSWER_SIZE" {
		t.Errorf("%+v", got.Error)
	}
}

// Goal: a message that is too long is answered, and the same WebSocket
// connection lives; one that is far too long ends it. Method: lengths around
// both bounds.
func TestSocketBounds(t *testing.T) {
	r := serve(t, rpc.Config{Limits: rpc.Limits{BytesIn: 1000}})
	ws := r.dial(t)
	pad := func(n int) string { return `{"jsonrpc":"2.0","id":1,"method":"chain_status"}` + strings.Repeat(" ", n) }
	ws.send(pad(5000))
	if got := parseReply(t, ws.read()); got.Error == nil || got.Error.Data.Kind != "SIZE" {
		t.Errorf("%+v", got)
	}
	ws.send(pad(10))
	must[rpc.ChainStatus](t, parseReply(t, ws.read()))
	ws.send(pad(50_000))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, _, err := ws.Read(ctx); err == nil {
		t.Error("the connection lives")
	}
}

// Goal: clients draw from buckets of their own, loopback from none, and a
// client over its rate is told when to come back. Method: the address is set on
// the request, since tests come from loopback.
func TestRate(t *testing.T) {
	f := newFake()
	s, err := rpc.New(rpc.Config{Backend: f, Limits: rpc.Limits{Rate: 1, Burst: 5}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ask := func(from, method string) string {
		req, _ := http.NewRequest("POST", "http://localhost/", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`+method+`"}`))
		req.RemoteAddr, req.Host = from, "localhost"
		w := &recorder{header: http.Header{}}
		s.ServeHTTP(w, req)
		return w.body.String()
	}
	for range 5 {
		if got := ask("203.0.113.1:5", "chain_status"); !strings.Contains(got, "result") {
			t.Fatal(got)
		}
	}
	if got := ask("203.0.113.1:6", "chain_status"); !strings.Contains(got, `"kind":"RATE"`) || !strings.Contains(got, "retry in") {
		t.Error(got)
	}
	if got := ask("203.0.113.2:5", "chain_getBlock"); !strings.Contains(got, "result") {
		t.Error(got)
	}
	if got := ask("[2001:db8::1]:5", "chain_getBlock"); !strings.Contains(got, "result") {
		t.Error(got)
	}
	if got := ask("[2001:db8::2]:5", "chain_status"); !strings.Contains(got, "RATE") {
		t.Errorf("a second address of one /64: %s", got)
	}
	for range 50 {
		if got := ask("127.0.0.1:5", "chain_status"); !strings.Contains(got, "result") {
			t.Fatal(got)
		}
	}
}

// Goal: one client takes neither all sockets nor the memory of the buckets, and
// one that is connected is not forgotten. Method: more of each than allowed.
func TestClientsBounded(t *testing.T) {
	c := rpc.NewClients()
	open := 0
	for c.Enter("a") {
		open++
	}
	if open == 0 || open > 100 {
		t.Errorf("%d sockets", open)
	}
	for i := range 10_000 {
		c.Take(fmt.Sprint("client", i))
	}
	if c.Len() > 4096 {
		t.Errorf("%d clients", c.Len())
	}
	if c.Enter("a") {
		t.Error("a connected client was forgotten")
	}
	c.Leave("a")
	if !c.Enter("a") || !c.Enter("b") {
		t.Error("a place did not become free")
	}
}

type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }
func (w *recorder) WriteHeader(int)             {}

// Goal: a doctor's findings follow what the node knows: none in good health, one
// where it has fallen behind. Method: both.
func TestDoctor(t *testing.T) {
	r := serve(t, rpc.Config{})
	ills := func() (out []string) {
		for _, f := range must[[]rpc.Finding](t, r.call(t, "node_doctor", rpc.None{})) {
			if f.Check == "" || f.Got == "" || f.Want == "" || f.Fix == "" {
				t.Errorf("%+v", f)
			}
			if !f.OK {
				out = append(out, f.Check+": "+f.Got)
			}
		}
		return out
	}
	if got := ills(); got != nil {
		t.Errorf("in good health: %v", got)
	}
	r.fake.mu.Lock()
	r.fake.best = 900
	r.fake.mu.Unlock()
	if got := ills(); len(got) != 1 || got[0] != "synced: 897 blocks behind" {
		t.Errorf("%v", got)
	}
}

// Goal: every call is observed under a name of the table and with its code,
// whatever clients send. Method: good, bad and unknown calls.
func TestObserve(t *testing.T) {
	var mu sync.Mutex
	seen := map[string][]int{}
	r := serve(t, rpc.Config{Observe: func(c rpc.Call) {
		mu.Lock()
		defer mu.Unlock()
		seen[c.Method] = append(seen[c.Method], c.Code)
	}})
	r.post(t, `nonsense`)
	r.post(t, `{"jsonrpc":"2.0","id":1,"method":"x_y"}`)
	r.post(t, `{"jsonrpc":"2.0","id":1,"method":"chain_status"}`)
	r.call(t, "tx_submit", map[string]any{"raw": "0x00"})
	r.call(t, "bank_balance", map[string]any{})
	mu.Lock()
	defer mu.Unlock()
	b, _ := json.Marshal(seen)
	if want := `{"bank_balance":[-32602],"chain_status":[0],"tx_submit":[-32003],"unknown":[-32700,-32601]}`; string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
}

// Goal: a server stops while clients wait and are connected. Method: a tx_wait
// and a socket are open when the context ends; the leak check does the rest.
func TestStop(t *testing.T) {
	f := newFake()
	s, err := rpc.New(rpc.Config{Backend: f})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, ln) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	conn, _, err := websocket.Dial(t.Context(), "http://"+ln.Addr().String()+"/ws", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	wait := `{"jsonrpc":"2.0","id":1,"method":"tx_wait","params":{"hash":"` + f.digest(1).String() + `","timeoutMs":60000}}`
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(wait)); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	s.Close()
}
