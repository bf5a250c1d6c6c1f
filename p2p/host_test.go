package p2p

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"probity/chain/keys"
)

// TestMain also checks that all tests together leave no goroutine behind.
func TestMain(m *testing.M) {
	// libp2p reports at level warn what these tests provoke on purpose.
	LibraryLogs(slog.DiscardHandler)
	goleak.VerifyTestMain(m)
}

// TestMesh connects four hosts with one another. Goal: a message published by
// any of them on any topic reaches the three others once, with the right
// connection named, and the views (Peers, events, Stats) agree with it.
// Method: real hosts over loopback, every topic from every host.
func TestMesh(t *testing.T) {
	nodes := startMesh(t, 4, nil)
	for i, from := range nodes {
		for _, topic := range []string{"consensus", "transactions", "evidence"} {
			data := fmt.Sprintf("%s from %d", topic, i)
			must(t, from.Publish(topic, []byte(data)))
			for j, to := range nodes {
				if j == i {
					continue
				}
				if m := to.next(t); m.topic != topic || m.data != data || m.from == to.ID() {
					t.Fatalf("node %d got %v, want %q", j, m, data)
				}
			}
		}
	}
	eventually(t, "latencies measured, identifications seen", func() bool {
		for _, p := range nodes[0].Peers() {
			if p.Latency == 0 || p.Agent == "" {
				return false
			}
		}
		return true
	})
	for _, p := range nodes[0].Peers() {
		if !p.Inbound || p.Bootstrap || p.Agent != "probity" || len(p.Addrs) == 0 || p.Remote == "" || p.Since.IsZero() {
			t.Errorf("node 0 sees %+v", p)
		}
	}
	for _, p := range nodes[3].Peers() {
		if p.Inbound || !p.Bootstrap {
			t.Errorf("node 3 sees %+v", p)
		}
	}
	s := nodes[1].Stats()
	if s.Peers != 3 || s.Inbound != 2 || len(s.Faults) != 0 || s.Bans != 0 {
		t.Errorf("stats of node 1: %+v", s)
	}
	if c := s.Topics["consensus"]; c.Published != 1 || c.Delivered != 3 || c.BytesIn == 0 || c.BytesOut == 0 {
		t.Errorf("consensus at node 1: %+v", c)
	}
	nodes[3].event(t, Connected)
	must(t, nodes[0].Close())
	if e := nodes[3].event(t, Disconnected); e.Peer != nodes[0].ID() {
		t.Errorf("disconnected %v", e)
	}
}

// TestPublishAtOnce publishes the moment a peer is reported connected, before a
// mesh can have formed and perhaps before gossip knows the other's topics.
// Goal: the message arrives none the less. Method: fresh pairs, both ways.
func TestPublishAtOnce(t *testing.T) {
	for i := range 5 {
		a := startNode(t, testConfig(1))
		c := testConfig(2)
		c.Bootstrap = a.Addrs()
		b := startNode(t, c)
		from, to := a, b
		if i%2 == 1 {
			from, to = b, a
		}
		from.event(t, Connected)
		must(t, from.Publish("consensus", []byte("first words")))
		if m := to.next(t); m.data != "first words" || m.from != from.ID() {
			t.Fatalf("got %v", m)
		}
		must(t, a.Close())
		must(t, b.Close())
	}
}

// TestRepeat sends the same bytes again. Goal: gossip suppresses them, Send and
// Broadcast do not, and order is kept on the direct way.
func TestRepeat(t *testing.T) {
	nodes := startMesh(t, 2, nil)
	a, b := nodes[0], nodes[1]
	must(t, a.Publish("consensus", []byte("vote")))
	b.next(t)
	must(t, a.Publish("consensus", []byte("vote")))
	for i := range 100 {
		n, err := a.Broadcast("consensus", fmt.Appendf(nil, "again %d", i))
		must(t, err)
		if n != 1 {
			t.Fatalf("queued to %d peers", n)
		}
	}
	must(t, a.Send(b.ID(), "consensus", []byte("again 0")))
	for i := range 101 {
		want := fmt.Sprintf("again %d", i%100)
		if m := b.next(t); m.data != want || m.from != a.ID() {
			t.Fatalf("got %v, want %q", m, want)
		}
	}
	if s := b.Stats().Topics["consensus"]; s.Direct != 101 {
		t.Errorf("%+v", s)
	}
	for what, err := range map[string]error{
		"unknown topic": a.Publish("rumours", nil),
		"too large":     a.Publish("evidence", make([]byte, 64<<10+1)),
		"no such peer":  a.Send(IDFromSeed([32]byte{99}), "consensus", nil),
	} {
		if !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrNotConnected) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestForeign connects nodes of two chains. Goal: the dialler is told in words,
// both sides report it, nothing is exchanged, and the connection ends.
func TestForeign(t *testing.T) {
	a := startNode(t, testConfig(1))
	c := testConfig(2)
	c.Genesis = keys.Sum([]byte("another genesis"))
	b := startNode(t, c)
	err := b.Connect(t.Context(), a.Addrs()[0])
	if !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "on another genesis") || !strings.Contains(err.Error(), a.ID().String()) {
		t.Fatalf("connect: %v", err)
	}
	for _, side := range []struct{ n, other *node }{{a, b}, {b, a}} {
		e := side.n.event(t, Refused)
		if e.Peer != side.other.ID() || !strings.Contains(e.Reason, "on another genesis") {
			t.Errorf("event %+v", e)
		}
		eventually(t, "connection closed", func() bool { return len(side.n.net.Network().Peers()) == 0 })
		if len(side.n.Peers()) != 0 || side.n.Stats().Faults["foreign"] == 0 {
			t.Errorf("peers %v, stats %+v", side.n.Peers(), side.n.Stats())
		}
	}
	eventually(t, "refused without a connection", func() bool {
		err := b.Connect(t.Context(), a.Addrs()[0])
		return errors.Is(err, ErrRefused) && strings.Contains(err.Error(), "banned: on another chain")
	})
}

// TestReconnect restarts a peer on the same port. Goal: the other one, which
// has it as bootstrap, finds it again and gossip works. The first attempt, to
// a port where nobody listens yet, must not matter.
func TestReconnect(t *testing.T) {
	first := startNode(t, testConfig(1))
	addr := first.Addrs()[0]
	must(t, first.Close())

	c := testConfig(2)
	c.Bootstrap = []string{addr}
	other := startNode(t, c)
	if e := other.event(t, Unreachable); e.Peer != first.ID() {
		t.Fatalf("event %+v", e)
	}
	at, _, err := SplitAddr(addr)
	must(t, err)
	for range 2 {
		c := testConfig(1)
		c.Listen = []string{at}
		again := startNode(t, c)
		again.waitPeers(t, 1)
		other.waitPeers(t, 1)
		word := fmt.Sprintf("hello %p", again)
		must(t, other.Publish("evidence", []byte(word)))
		if m := again.next(t); m.data != word {
			t.Fatalf("got %v", m)
		}
		must(t, again.Close())
		other.waitPeers(t, 0)
	}
}

// TestLearn gives two nodes a common bootstrap peer. Goal: they find each other
// through it, and the addresses they learned survive in KnownAddrs.
func TestLearn(t *testing.T) {
	hub := startNode(t, testConfig(1))
	for i := range 2 {
		c := testConfig(byte(i + 2))
		c.Bootstrap = hub.Addrs()
		n := startNode(t, c)
		if i == 1 {
			n.waitPeers(t, 2)
			if known := strings.Join(n.KnownAddrs(), " "); !strings.Contains(known, hub.ID().String()) || !strings.Contains(known, IDFromSeed([32]byte{2}).String()) {
				t.Errorf("knows %s", known)
			}
		}
	}
}

// TestQUIC: two nodes that listen by QUIC alone.
func TestQUIC(t *testing.T) {
	nodes := startMesh(t, 2, func(_ int, c *Config) { c.Listen = []string{"/ip4/127.0.0.1/udp/0/quic-v1"} })
	must(t, nodes[1].Publish("transactions", bytes.Repeat([]byte("t"), 100_000)))
	if m := nodes[0].next(t); len(m.data) != 100_000 {
		t.Fatalf("got %d bytes", len(m.data))
	}
	if r := nodes[1].Peers()[0].Remote; !strings.Contains(r, "quic-v1") {
		t.Errorf("connected by %s", r)
	}
}

// TestRoom fills a host. Goal: beyond PeersMax strangers are turned away and
// the operator's own are not.
func TestRoom(t *testing.T) {
	friend := startNode(t, testConfig(9))
	c := testConfig(1)
	c.PeersMax, c.Bootstrap = 1, friend.Addrs()
	n := startNode(t, c)
	n.waitPeers(t, 1)
	a, b := startNode(t, testConfig(2)), startNode(t, testConfig(3))
	must(t, a.Connect(t.Context(), n.Addrs()[0]))
	n.waitPeers(t, 2)
	if err := b.Connect(t.Context(), n.Addrs()[0]); err == nil {
		t.Fatal("a third peer was taken")
	}
	if s := n.Stats(); s.Refusals["full"] == 0 {
		t.Errorf("refusals %v", s.Refusals)
	}
	// The operator's ban ends a connection and makes room.
	n.Ban(a.ID(), "makes noise")
	n.waitPeers(t, 1)
	if e := n.event(t, Banned); e.Peer != a.ID() || e.Reason != "makes noise" {
		t.Errorf("event %+v", e)
	}
	if bans := n.Bans(); len(bans) != 1 || bans[0].ID != a.ID() || bans[0].Left < 9*time.Minute {
		t.Errorf("bans %v", bans)
	}
	must(t, b.Connect(t.Context(), n.Addrs()[0]))
	n.Unban(a.ID())
	if len(n.Bans()) != 0 {
		t.Error("still banned")
	}
}

// TestClose closes hosts in the middle of traffic, with a handler and a server
// at work and requests outstanding. Goal: Close returns, calls fail with
// ErrClosed or an end of context, and no goroutine is left.
func TestClose(t *testing.T) {
	running := goleak.IgnoreCurrent()
	nodes := startMesh(t, 2, nil)
	a, b := nodes[0], nodes[1]
	must(t, a.Serve("sync/1", func(ctx context.Context, _ ID, _ []byte, _ *Writer) error {
		<-ctx.Done()
		return ctx.Err()
	}))
	asked := make(chan error)
	go func() {
		_, err := b.Request(context.Background(), a.ID(), "sync/1", nil)
		asked <- err
	}()
	for i := range 1000 {
		_ = b.Publish("transactions", fmt.Appendf(nil, "%d", i))
		_, _ = a.Broadcast("consensus", fmt.Appendf(nil, "%d", i))
	}
	eventually(t, "the request is served", func() bool { return a.protocols["sync/1"].active.total() == 1 })
	must(t, a.Close())
	must(t, b.Close())
	if err := <-asked; err == nil {
		t.Error("a request without an answer succeeded")
	}
	for what, err := range map[string]error{
		"start": a.Start(), "publish": a.Publish("consensus", nil), "send": a.Send(b.ID(), "consensus", nil), "close again": a.Close(),
	} {
		if what == "close again" && err != nil || what != "close again" && !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	goleak.VerifyNone(t, running)
}

// TestConfigRefused: what cannot work is refused before anything starts.
func TestConfigRefused(t *testing.T) {
	for what, change := range map[string]func(*Config){
		"name":       func(c *Config) { c.Topics[0].Name = "Consensus" },
		"twice":      func(c *Config) { c.Topics[1].Name = "consensus" },
		"reserved":   func(c *Config) { c.Protocols[0].Name = exchangeProtocol },
		"bytes":      func(c *Config) { c.Topics[0].Limit = Limit{Messages: 1, MessagesBurst: 1, Bytes: 1, BytesBurst: 1} },
		"held":       func(c *Config) { c.Topics[0].HeldMax = 1 },
		"slots":      func(c *Config) { c.Protocols[0].PerPeer = 100 },
		"bootstrap":  func(c *Config) { c.Bootstrap = []string{"/ip4/127.0.0.1/tcp/1"} },
		"listen":     func(c *Config) { c.Listen = []string{"nowhere"} },
		"announce":   func(c *Config) { c.Announce = []string{"/ip4/x"} },
		"peers":      func(c *Config) { c.PeersMax = -1 },
		"more peers": func(c *Config) { c.Target = 1000 },
	} {
		c := testConfig(1)
		change(&c)
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", what, err)
		}
	}
	taken := startNode(t, testConfig(1))
	c := testConfig(2)
	at, _, err := SplitAddr(taken.Addrs()[0])
	must(t, err)
	c.Listen = []string{"/ip4/127.0.0.1/udp/0/quic-v1", at}
	n := newNode(t, c)
	if err := n.Start(); err == nil || !strings.Contains(err.Error(), at) {
		t.Errorf("taken port: %v", err)
	}
}
