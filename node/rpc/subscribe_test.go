package rpc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"probity/chain/types"
	"probity/node/rpc"
)

// Goal: each topic tells what belongs to it, in order, each notice with the
// next seq. Method: all topics on one connection while blocks and peers come.
func TestTopics(t *testing.T) {
	r := serve(t, rpc.Config{})
	want := map[string]string{
		"newBlocks":  `"height":4`,
		"finalized":  `"txs":1`,
		"repChanges": `"name":"mint"`,
		"peers":      `"connected":true`,
	}
	for topic, part := range want {
		ws := r.dial(t)
		id := ws.subscribe(topic, nil)
		r.feed.NewBlock(rpc.NewBlock{Height: 4})
		r.feed.Peer(rpc.PeerChange{ID: "x", Connected: true, Peers: 2})
		r.feed.Finalized(r.extend(r.send(r.alice, 9, 9)))
		n := ws.notice()
		if n.Subscription != id || n.Seq != 1 || n.Cursor == "" || !strings.Contains(string(n.Result), part) {
			t.Errorf("%s: %+v %s", topic, n, n.Result)
		}
		ws.send(request(t, "chain_unsubscribe", []string{id}))
		if !must[bool](t, parseReply(t, ws.read())) {
			t.Errorf("%s: no such subscription", topic)
		}
		r.feed.NewBlock(rpc.NewBlock{Height: 5})
		r.feed.Peer(rpc.PeerChange{ID: "y"})
		r.feed.Finalized(r.extend())
		ws.send(request(t, "chain_status", rpc.None{}))
		must[rpc.ChainStatus](t, parseReply(t, ws.read())) // nothing came between
	}
}

// Goal: whoever resumes with the cursor of his last notice misses nothing and
// gets nothing twice, wherever his connection broke. Method: one reader takes
// all notices; others resume behind each of them.
func TestResume(t *testing.T) {
	r := serve(t, rpc.Config{})
	start := "0.0"
	const last = 9
	for h := types.Height(4); h <= last; h++ {
		r.extend()
		r.events[h] = append(r.events[h], types.Event{Route: "rep", Name: "burn"}) // two in a block
	}
	r.feed.Finalized(last)
	for range 5 {
		r.feed.Peer(rpc.PeerChange{ID: "p"})
	}
	for _, topic := range []string{"finalized", "repChanges", "peers"} {
		ws := r.dial(t)
		from := &start
		if topic == "peers" {
			from = nil
		}
		ws.subscribe(topic, from)
		if topic == "peers" {
			for i := range 5 {
				r.feed.Peer(rpc.PeerChange{ID: fmt.Sprint(i)})
			}
		}
		count := map[string]int{"finalized": last, "repChanges": 3 + 2*(last-3), "peers": 5}[topic]
		var all []notice
		for len(all) < count {
			all = append(all, ws.notice())
		}
		for i, n := range all[:count-1] {
			again := r.dial(t)
			again.subscribe(topic, &n.Cursor)
			if m := again.notice(); m.Cursor != all[i+1].Cursor || string(m.Result) != string(all[i+1].Result) || m.Seq != 1 {
				t.Errorf("%s behind %s: %+v, want %+v", topic, n.Cursor, m, all[i+1])
			}
			_ = again.CloseNow()
		}
	}
}

// Goal: a client that reads too slowly is told how much it missed and how to
// get it, and costs no memory meanwhile. Method: a connection without any
// buffer whose client does not read while hundreds of blocks become final.
func TestLagged(t *testing.T) {
	f := newFake()
	feed := rpc.NewFeed()
	feed.Finalized(3)
	s, err := rpc.New(rpc.Config{Backend: f, Feed: feed, Limits: rpc.Limits{Behind: 10}})
	if err != nil {
		t.Fatal(err)
	}
	ln := newPipes()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, ln) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.Close()
	}()
	client := &http.Client{Transport: &http.Transport{DialContext: ln.dial}}
	conn, _, err := websocket.Dial(ctx, "http://localhost/ws", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	ws := &socket{conn, t}
	for _, topic := range []string{"finalized", "newBlocks"} {
		ws.subscribe(topic, nil)
	}
	feed.Finalized(f.extend()) // delivered or on its way: the subscription is up to date
	feed.NewBlock(rpc.NewBlock{Height: 4})
	for len(newest(ws, 2)) < 2 {
		t.Fatal("no notices")
	}
	for range 300 {
		h := f.extend()
		feed.NewBlock(rpc.NewBlock{Height: h})
		feed.Finalized(h)
		if h%50 == 0 {
			time.Sleep(time.Millisecond) // lets the pumps fall behind at several places
		}
	}
	var lagged []notice
	for len(lagged) < 2 {
		if n := ws.notice(); n.Lagged != nil {
			lagged = append(lagged, n)
			if n.Lagged.Dropped == 0 || n.Lagged.ResumeCursor == "" {
				t.Errorf("%+v", n.Lagged)
			}
		}
	}
	// What was dropped can be had again: the chain's topic from the store.
	for _, n := range lagged {
		if strings.Contains(n.Cursor, "-") {
			continue
		}
		again, _, err := websocket.Dial(ctx, "http://localhost/ws", &websocket.DialOptions{HTTPClient: client})
		if err != nil {
			t.Fatal(err)
		}
		ws2 := &socket{again, t}
		ws2.subscribe("finalized", &n.Lagged.ResumeCursor)
		for k := range n.Lagged.Dropped {
			m := ws2.notice()
			var b rpc.FinalBlock
			if err := json.Unmarshal(m.Result, &b); err != nil || m.Lagged != nil {
				t.Fatalf("notice %d: %+v: %v", k, m, err)
			}
			if want := fmt.Sprintf("%d.0", b.Height); k == 0 && want != n.Lagged.ResumeCursor {
				t.Errorf("resumed at %s, want %s", want, n.Lagged.ResumeCursor)
			}
		}
		_ = again.CloseNow()
	}
}

// newest reads n notices.
func newest(ws *socket, n int) (out []notice) {
	for len(out) < n {
		out = append(out, ws.notice())
	}
	return out
}

// pipes is a listener whose connections have no buffer.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	a, b := net.Pipe()
	select {
	case p.conns <- a:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Goal: subscriptions of one connection are bounded, and places become free.
// Method: one more than allowed.
func TestSubscriptionBound(t *testing.T) {
	r := serve(t, rpc.Config{Limits: rpc.Limits{Subscriptions: 2}})
	ws := r.dial(t)
	id := ws.subscribe("pools", nil)
	ws.subscribe("evidence", nil)
	ws.send(request(t, "chain_subscribe", []string{"peers"}))
	if got := parseReply(t, ws.read()); got.Error == nil || got.Error.Data.Kind != "SUBSCRIPTIONS" {
		t.Errorf("%+v", got)
	}
	ws.send(request(t, "chain_unsubscribe", []string{id}))
	parseReply(t, ws.read())
	ws.subscribe("peers", nil)
}

// Goal: a cursor behind which the node has forgotten something is refused by
// name, with the oldest one that goes on; 0.0 begins there by itself. Method:
// cursors of blocks below the pruned height, and of a ring that has turned over
// and of an earlier run.
func TestCursorExpired(t *testing.T) {
	r := serve(t, rpc.Config{})
	for range 40 {
		r.extend()
	}
	r.feed.Finalized(43)
	r.fake.pruned = 30
	ws := r.dial(t)
	ws.subscribe("peers", nil)
	for range 300 {
		r.feed.Peer(rpc.PeerChange{ID: "x"})
	}
	current := ws.notice().Cursor
	run, _, _ := strings.Cut(current, "-")
	for _, c := range []struct{ topic, cursor, kind, want string }{
		{"repChanges", "1.0", "CURSOR_EXPIRED", "30.0"},
		{"repChanges", "29.1", "CURSOR_EXPIRED", "30.0"},
		{"repChanges", "45.0", "CURSOR", ""},
		{"repChanges", "1", "CURSOR", ""},
		{"peers", run + "-7", "CURSOR_EXPIRED", run + "-44"},
		{"peers", "00000000-7", "CURSOR_EXPIRED", run + "-44"},
		{"peers", run + "-301", "CURSOR", ""},
		{"peers", "x", "CURSOR", ""},
	} {
		fresh := r.dial(t)
		fresh.send(request(t, "chain_subscribe", []string{c.topic, c.cursor}))
		e := parseReply(t, fresh.read()).Error
		if e == nil || e.Data.Kind != c.kind || c.want != "" && e.Data.Want != c.want || e.Data.Hint == "" {
			t.Errorf("%s behind %s: %+v", c.topic, c.cursor, e)
			continue
		}
		if c.want != "" {
			fresh.subscribe(c.topic, &c.want)
			if n := fresh.notice(); n.Lagged != nil || n.Result == nil {
				t.Errorf("%s behind %s: %+v", c.topic, c.want, n)
			}
		}
		_ = fresh.CloseNow()
	}
	for topic, from := range map[string]string{"repChanges": "0.0", "finalized": "30.0"} {
		fresh := r.dial(t)
		fresh.subscribe(topic, &from)
		if n := fresh.notice(); n.Seq != 1 || !strings.Contains(string(n.Result), `"height":30`) {
			t.Errorf("%s: %+v %s", topic, n, n.Result)
		}
	}
}

// Goal: a subscription that stands where the node prunes goes on with what is
// left, and says how much was lost. Method: a client that does not read while
// what comes next for it is pruned.
func TestPrunedMeanwhile(t *testing.T) {
	r := serve(t, rpc.Config{})
	for range 7 {
		r.extend()
	}
	r.prune = func() { r.fake.pruned = 8 }
	r.feed.Finalized(10)
	ws := r.dial(t)
	from := "2.0"
	ws.subscribe("repChanges", &from)
	if n := ws.notice(); n.Lagged == nil || n.Lagged.Dropped != 6 || n.Lagged.ResumeCursor != "8.0" || n.Cursor != "8.0" {
		t.Fatalf("%+v %+v", n, n.Lagged)
	}
	if n := ws.notice(); !strings.Contains(string(n.Result), `"height":8`) {
		t.Errorf("%s", n.Result)
	}
}

// Goal: a page of events ends where it says, and its cursor goes on there.
// Method: pages of one over three blocks against all at once.
func TestEventPages(t *testing.T) {
	r := serve(t, rpc.Config{})
	type page struct {
		Value rpc.Events `json:"value"`
	}
	all := must[page](t, r.call(t, "chain_getEvents", map[string]any{"from": 1})).Value
	if len(all.Items) != 6 || all.Cursor != nil {
		t.Fatalf("%+v", all)
	}
	params := map[string]any{"from": 1, "limit": 1}
	for i, want := range all.Items {
		got := must[page](t, r.call(t, "chain_getEvents", params)).Value
		if len(got.Items) != 1 || fmt.Sprint(got.Items[0].Event) != fmt.Sprint(want.Event) || got.Items[0].Height != want.Height {
			t.Fatalf("page %d: %+v, want %+v", i, got.Items, want)
		}
		if (got.Cursor == nil) != (i == len(all.Items)-1) {
			t.Fatalf("page %d: cursor %v", i, got.Cursor)
		}
		if got.Cursor != nil {
			params["cursor"] = *got.Cursor
		}
	}
	only := must[page](t, r.call(t, "chain_getEvents", map[string]any{"from": "0x1", "route": "bank", "tx": r.receipts[2][0].Tx})).Value
	if len(only.Items) != 1 || only.Items[0].Height != 2 || only.Items[0].Event.Route != "bank" {
		t.Errorf("%+v", only)
	}
}
