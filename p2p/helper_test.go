package p2p

import (
	"context"
	"fmt"
	"testing"
	"time"

	"probity/chain/keys"
)

var testGenesis = keys.Sum([]byte("genesis of the tests"))

// testConfig is a node's configuration on loopback, with the topics and a
// protocol as the node declares them.
func testConfig(seed byte) Config {
	return Config{
		Seed: [32]byte{seed}, Genesis: testGenesis, Listen: []string{"/ip4/127.0.0.1/tcp/0"},
		Topics: []Topic{
			{Name: "consensus", BytesMax: 5 << 20},
			{Name: "transactions", BytesMax: 1 << 20},
			{Name: "evidence", BytesMax: 64 << 10},
		},
		Protocols: []Protocol{{Name: "sync/1", RequestMax: 1 << 10, ChunkMax: 64 << 10, ResponseMax: 1 << 20, Timeout: 5 * time.Second, PerPeer: 2}},
	}
}

// node is a host under test and what it received and was told.
type node struct {
	*Host
	got    chan message
	events chan Event
}

type message struct {
	topic, data string
	from        ID
}

// newNode makes and starts a host that accepts every message of every topic.
func newNode(t testing.TB, c Config) *node {
	t.Helper()
	n := &node{got: make(chan message, 4096), events: make(chan Event, 256)}
	c.OnEvent = func(e Event) { n.events <- e }
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	n.Host = h
	t.Cleanup(func() { _ = h.Close() })
	for _, topic := range c.Topics {
		must(t, h.Subscribe(topic.Name, func(_ context.Context, from ID, data []byte) Verdict {
			n.got <- message{topic.Name, string(data), from}
			return Accept
		}))
	}
	return n
}

func startNode(t testing.TB, c Config) *node {
	t.Helper()
	n := newNode(t, c)
	must(t, n.Start())
	return n
}

// startMesh starts hosts where each knows all earlier ones, and waits until all
// are connected with all and gossip is up.
func startMesh(t testing.TB, count int, change func(i int, c *Config)) []*node {
	t.Helper()
	var nodes []*node
	var addrs []string
	for i := range count {
		c := testConfig(byte(i + 1))
		c.Bootstrap = append([]string(nil), addrs...)
		if change != nil {
			change(i, &c)
		}
		n := startNode(t, c)
		nodes, addrs = append(nodes, n), append(addrs, n.Addrs()...)
	}
	for _, n := range nodes {
		n.waitPeers(t, count-1)
		eventually(t, "gossip is up", func() bool { return len(n.unreached()) == 0 })
	}
	return nodes
}

func (n *node) waitPeers(t testing.TB, count int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d peers", count), func() bool { return len(n.Peers()) == count })
}

// next is the next message that arrives.
func (n *node) next(t testing.TB) message {
	t.Helper()
	select {
	case m := <-n.got:
		return m
	case <-time.After(patience):
		t.Fatalf("no message within %v", patience)
		return message{}
	}
}

// event waits for an event of a kind.
func (n *node) event(t testing.TB, kind EventKind) Event {
	t.Helper()
	after := time.After(patience)
	for {
		select {
		case e := <-n.events:
			if e.Kind == kind {
				return e
			}
		case <-after:
			t.Fatalf("no event %q within %v", kind, patience)
		}
	}
}

// patience bounds every wait; nothing depends on how much of it is used.
const patience = 20 * time.Second

func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(2 * time.Millisecond) {
		if done() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
