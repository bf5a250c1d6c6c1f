package rpc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"probity/chain/types"
	"probity/node/rpc"
)

// listener is the client's end of a stream of events.
type listener struct {
	t    testing.TB
	body io.ReadCloser
	r    *bufio.Reader
	last string // id of the last event, or what the stream began with
}

// told is one server-sent event.
type told struct {
	topic, id string
	notice    notice
}

// listen opens a stream of topics behind an id, which may be empty.
func listen(t testing.TB, client *http.Client, base, id string, topics ...string) *listener {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", base+"/events?"+url.Values{"topic": topics}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if id != "" {
		req.Header.Set("Last-Event-ID", id)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		b, _ := io.ReadAll(resp.Body)
		t.Fatalf("%s: %s", resp.Status, b)
	}
	l := &listener{t: t, body: resp.Body, r: bufio.NewReader(resp.Body)}
	t.Cleanup(func() { _ = l.body.Close() })
	if first := l.fields(); first["retry"] == "" || first["data"] != "" {
		t.Fatalf("the stream begins with %v", first)
	}
	return l
}

// fields reads up to an empty line.
func (l *listener) fields() map[string]string {
	l.t.Helper()
	out := map[string]string{}
	for {
		line, err := l.r.ReadString('\n')
		if err != nil {
			l.t.Fatal(err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if name == "" {
			break
		}
		out[name] = value
	}
	if out["id"] != "" {
		l.last = out["id"]
	}
	return out
}

func (l *listener) next() told {
	l.t.Helper()
	f := l.fields()
	e := told{topic: f["event"], id: f["id"]}
	if err := json.Unmarshal([]byte(f["data"]), &e.notice); err != nil {
		l.t.Fatalf("%v: %v", f, err)
	}
	return e
}

// Goal: a stream of events tells of several topics what WebSocket subscriptions
// tell, and whoever comes back with the id of any event misses nothing and gets
// nothing twice. Method: one stream takes all events; others begin behind each.
func TestEvents(t *testing.T) {
	r := serve(t, rpc.Config{})
	topics := []string{"finalized", "repChanges", "peers"}
	whole := listen(t, r.client, r.url, "", topics...)
	begin := whole.last
	const blocks = 4
	for i := range blocks {
		r.feed.Finalized(r.extend(r.send(r.alice, uint64(10+i), 9)))
		r.feed.Peer(rpc.PeerChange{ID: fmt.Sprint(i), Connected: true})
	}
	var all []told
	seq := map[string]uint64{}
	for len(all) < 3*blocks {
		e := whole.next()
		if seq[e.topic]++; e.notice.Seq != seq[e.topic] || e.notice.Subscription != e.topic || !strings.Contains(","+e.id+",", ","+e.notice.Cursor+",") {
			t.Errorf("event %s of %s: %+v", e.id, e.topic, e.notice)
		}
		all = append(all, e)
	}
	for i, id := range append([]string{begin}, ids(all[:len(all)-1])...) {
		missing := map[string]bool{}
		for _, e := range all[i:] {
			missing[e.topic+string(e.notice.Result)] = true
		}
		again := listen(t, r.client, r.url, id, topics...)
		for range all[i:] {
			e := again.next()
			if key := e.topic + string(e.notice.Result); !missing[key] {
				t.Errorf("behind %s: %s twice or too early", id, key)
			} else {
				delete(missing, key)
			}
		}
		_ = again.body.Close()
	}
}

func ids(all []told) (out []string) {
	for _, e := range all {
		out = append(out, e.id)
	}
	return out
}

// Goal: a node that stops ends its streams, and a page that goes frees its
// place. Method: as many streams as one client may have, from an address of its
// own; then one ends.
func TestEventPlaces(t *testing.T) {
	r := serve(t, rpc.Config{Limits: rpc.Limits{Sockets: 3}})
	var open []*listener
	for range 3 {
		open = append(open, listen(t, r.client, r.url, "", "peers"))
	}
	status := func() int {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "GET", r.url+"/events?topic=peers", nil)
		resp, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	if got := status(); got != http.StatusTooManyRequests {
		t.Errorf("a fourth stream: %d", got)
	}
	_ = open[0].body.Close()
	for end := time.Now().Add(10 * time.Second); status() != http.StatusOK; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no place becomes free")
		}
	}
}

// endless is a chain whose blocks are made as they are read.
type endless struct{ *fake }

func (endless) Header(h types.Height) (*types.SignedHeader, error) {
	return &types.SignedHeader{Header: types.Header{Version: 1, View: types.View(h), Height: h}}, nil
}
func (endless) Receipts(types.Height) ([]types.Receipt, error) { return nil, nil }
func (endless) Events(types.Height) ([]types.Event, error) {
	return []types.Event{{Route: "rep", Name: "mint", Attrs: []types.Attr{{Key: "cause", Value: strings.Repeat("x", 500)}}}}, nil
}

// Goal: subscribers that do not read cost the node no memory, whatever happens
// meanwhile, and when they read again they are told exactly how much they
// missed. Method: WebSockets and streams of events over connections without a
// buffer stand still while 20,000 blocks become final; the heap stays where it
// was; then each reads on, and with what was dropped its heights have no gap.
func TestSlowSubscribers(t *testing.T) {
	const each, behind = 50, 100
	blocks := types.Height(20_000)
	if testing.Short() {
		blocks = 2000
	}
	feed := rpc.NewFeed()
	s, err := rpc.New(rpc.Config{Backend: endless{newFake()}, Feed: feed, Limits: rpc.Limits{Behind: behind}})
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
	client := &http.Client{Transport: &http.Transport{DialContext: ln.dial, DisableKeepAlives: true}}
	var sockets []*socket
	var streams []*listener
	for range each {
		conn, _, err := websocket.Dial(ctx, "http://localhost/ws", &websocket.DialOptions{HTTPClient: client})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		ws := &socket{conn, t}
		ws.subscribe("finalized", nil)
		ws.subscribe("repChanges", nil)
		sockets = append(sockets, ws)
		streams = append(streams, listen(t, client, "http://localhost", "", "finalized", "repChanges"))
	}
	before := heap()
	for h := range blocks {
		feed.Finalized(h + 1)
		if h%16 == 0 {
			runtime.Gosched()
		}
	}
	// All notices that nobody has read are 50,000,000 bytes for each client.
	if grown := int64(heap()) - int64(before); grown > 8<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	for i := range each {
		gapless(t, blocks, 2, sockets[i].notice)
		_ = sockets[i].CloseNow()
		gapless(t, blocks, 2, func() notice { return streams[i].next().notice })
		_ = streams[i].body.Close()
	}
}

// gapless reads notices until so many subscriptions, which began at height 0,
// have come to the last block: each tells every block or counts it as dropped.
func gapless(t *testing.T, last types.Height, subscriptions int, read func() notice) {
	t.Helper()
	told, dropped := map[string]types.Height{}, uint64(0)
	for ended := 0; ended < subscriptions; {
		n := read()
		at := told[n.Subscription]
		if n.Lagged != nil {
			if want := fmt.Sprintf("%d.0", at+1); n.Lagged.ResumeCursor != want || n.Lagged.Dropped == 0 {
				t.Fatalf("behind %d: %+v, want %s", at, n.Lagged, want)
			}
			told[n.Subscription] += types.Height(n.Lagged.Dropped)
			dropped += n.Lagged.Dropped
			continue
		}
		var b struct{ Height types.Height }
		if err := json.Unmarshal(n.Result, &b); err != nil || b.Height != at+1 {
			t.Fatalf("behind %d comes %s: %v", at, n.Result, err)
		}
		told[n.Subscription]++
		if b.Height == last {
			ended++
		}
	}
	if dropped == 0 {
		t.Error("nothing was dropped: the clients were not slow")
	}
}

// heap is what is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
