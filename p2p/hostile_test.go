package p2p

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/libp2p/go-libp2p"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"google.golang.org/protobuf/proto"
)

// mallory is a peer that passes for one of ours and writes what she likes.
type mallory struct {
	host.Host
	victim *node
}

func newMallory(t *testing.T, victim *node, identification string) *mallory {
	t.Helper()
	key, _, err := crypto.GenerateEd25519Key(strings.NewReader(strings.Repeat(t.Name(), 32)))
	must(t, err)
	h, err := libp2p.New(libp2p.Identity(key), libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"), libp2p.ProtocolVersion(identification), libp2p.DisableMetrics(), libp2p.DisableRelay())
	must(t, err)
	t.Cleanup(func() { _ = h.Close() })
	return &mallory{h, victim}
}

func (m *mallory) id() ID { return ID(m.ID()) }

func (m *mallory) connect(t *testing.T) error {
	t.Helper()
	return m.Connect(t.Context(), addrInfo(m.victim.ID(), texts(m.victim.net.Addrs())))
}

// write opens a stream of one of the victim's protocols and writes to it; what
// becomes of it is the victim's affair.
func (m *mallory) write(t *testing.T, name string, data []byte) network.Stream {
	t.Helper()
	s, err := m.NewStream(network.WithNoDial(t.Context(), "test"), peer.ID(m.victim.ID()), m.victim.protocolID(name))
	if err != nil {
		return nil
	}
	_, _ = s.Write(data)
	return s
}

// rpc is a GossipSub frame with one message.
func (m *mallory) rpc(t *testing.T, change func(*pb.Message), topic string, data []byte) []byte {
	t.Helper()
	wire := m.victim.scope + topic
	msg := &pb.Message{Topic: &wire, Data: data}
	if change != nil {
		change(msg)
	}
	out, err := proto.Marshal(&pb.RPC{Publish: []*pb.Message{msg}})
	must(t, err)
	return append(binary.AppendUvarint(nil, uint64(len(out))), out...)
}

// TestMisconduct sends what no honest node sends, once by each way in. Goal:
// each is counted under its name, costs the sender its score and, repeated,
// its connection and its return; the handler never sees it. Method: a bare
// libp2p host that identifies itself as one of ours.
func TestMisconduct(t *testing.T) {
	const gossip = "meshsub/1.2.0"
	huge := binary.BigEndian.AppendUint32([]byte{byte(frameData)}, 1<<31)
	for _, c := range []struct {
		name, fault, protocol string
		bytes                 func(*testing.T, *mallory) []byte
	}{
		{"direct garbage", "malformed", directProtocol, fixed([]byte("GET / HTTP/1.1\r\n"))},
		{"direct huge", "oversized", directProtocol, fixed(huge)},
		{"direct wrong kind", "malformed", directProtocol, fixed(appendFrame(nil, frameEnd))},
		{"direct no topic", "malformed", directProtocol, fixed(appendFrame(nil, frameData, []byte{200}))},
		{"direct unknown topic", "malformed", directProtocol, fixed(appendMessage(nil, "rumours", nil))},
		{"direct above topic", "oversized", directProtocol, fixed(appendMessage(nil, "evidence", make([]byte, 64<<10+1)))},
		{"gossip garbage", "malformed", gossip, fixed([]byte("\x05GET /"))},
		{"gossip huge", "malformed", gossip, fixed(binary.AppendUvarint(nil, 1<<40))},
		{"gossip above topic", "oversized", gossip, func(t *testing.T, m *mallory) []byte { return m.rpc(t, nil, "evidence", make([]byte, 64<<10+1)) }},
		{"gossip unknown topic", "malformed", gossip, func(t *testing.T, m *mallory) []byte { return m.rpc(t, nil, "rumours", nil) }},
		{"gossip with author", "malformed", gossip, func(t *testing.T, m *mallory) []byte {
			return m.rpc(t, func(msg *pb.Message) { msg.From = []byte(m.ID()) }, "evidence", []byte("mine"))
		}},
		{"request garbage", "malformed", "sync/1", fixed(bytes.Repeat([]byte{0xff}, 64))},
		{"request huge", "oversized", "sync/1", fixed(huge)},
		{"request wrong kind", "malformed", "sync/1", fixed(appendFrame(nil, frameBusy))},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := startNode(t, testConfig(1))
			m := newMallory(t, n, n.identification())
			must(t, m.connect(t))
			n.waitPeers(t, 1)
			m.write(t, c.protocol, c.bytes(t, m))
			eventually(t, "counted", func() bool { return n.Stats().Faults[c.fault] == 1 })
			if p := n.Peers(); len(p) != 1 || p[0].Score >= 0 {
				t.Fatalf("after one fault: %+v", p)
			}
			m.write(t, c.protocol, c.bytes(t, m))
			if e := n.event(t, Banned); e.Peer != m.id() || e.Reason != c.fault {
				t.Fatalf("event %+v", e)
			}
			n.waitPeers(t, 0)
			eventually(t, "she notices", func() bool { return len(m.Network().Peers()) == 0 })
			_ = m.connect(t) // may end well for her before the victim has closed it again
			eventually(t, "kept out", func() bool {
				return n.Stats().Refusals["banned"] > 0 && len(n.net.Network().Peers()) == 0
			})
			if len(n.Peers()) != 0 || len(n.got) != 0 {
				t.Errorf("peers %v, %d messages handled", n.Peers(), len(n.got))
			}
		})
	}
}

func fixed(b []byte) func(*testing.T, *mallory) []byte {
	return func(*testing.T, *mallory) []byte { return b }
}

// TestFlood sends valid messages without end, by gossip and directly. Goal: no
// more than the burst is handled, the rest is counted as flooding, and the
// sender is banned.
func TestFlood(t *testing.T) {
	for _, way := range []string{"gossip", "direct", "requests"} {
		t.Run(way, func(t *testing.T) {
			c := testConfig(1)
			c.Topics[2].Limit = Limit{Messages: 1, MessagesBurst: 50, Bytes: 1 << 20, BytesBurst: 1 << 20}
			c.Protocols[0].RequestLimit = Limit{Messages: 1, MessagesBurst: 50, Bytes: 1 << 20, BytesBurst: 1 << 20}
			n := startNode(t, c)
			must(t, n.Serve("sync/1", func(context.Context, ID, []byte, *Writer) error { return nil }))
			m := newMallory(t, n, n.identification())
			must(t, m.connect(t))
			n.waitPeers(t, 1)
			switch way {
			case "requests":
				for range 200 {
					m.write(t, "sync/1", appendFrame(nil, frameData))
				}
			case "direct":
				var all []byte
				for i := range 500 {
					all = appendMessage(all, "evidence", fmt.Appendf(nil, "%d", i))
				}
				m.write(t, directProtocol, all)
			case "gossip":
				var all []byte
				for i := range 500 {
					all = append(all, m.rpc(t, nil, "evidence", fmt.Appendf(nil, "%d", i))...)
				}
				m.write(t, "meshsub/1.2.0", all)
			}
			if e := n.event(t, Banned); e.Reason != "flooding" {
				t.Fatalf("event %+v", e)
			}
			n.waitPeers(t, 0)
			s := n.Stats()
			if s.Faults["flooding"] < 20 || len(n.got) > 55 {
				t.Errorf("%d faults, %d messages handled", s.Faults["flooding"], len(n.got))
			}
		})
	}
}

// TestReject: a handler that rejects. Goal: its reason is counted, the sender
// is banned after a few, and gossip does not pass the message on.
func TestReject(t *testing.T) {
	liar := startNode(t, testConfig(1))
	c := testConfig(2)
	c.Bootstrap, c.Target = liar.Addrs(), 1
	judge, err := New(c)
	must(t, err)
	t.Cleanup(func() { _ = judge.Close() })
	must(t, judge.Subscribe("evidence", func(_ context.Context, _ ID, data []byte) Verdict {
		if strings.HasPrefix(string(data), "old") {
			return Ignore
		}
		return Reject("signature")
	}))
	must(t, judge.Start())
	// The bystander is connected with the judge alone.
	c = testConfig(3)
	c.Target = 1
	bystander := startNode(t, c)
	must(t, judge.Connect(t.Context(), bystander.Addrs()[0]))
	liar.waitPeers(t, 1)
	must(t, liar.Publish("evidence", []byte("old news")))
	eventually(t, "ignored", func() bool { return judge.Stats().Topics["evidence"].Ignored > 0 })
	for i := range 10 {
		_ = liar.Publish("evidence", fmt.Appendf(nil, "lie %d", i))
	}
	eventually(t, "banned", func() bool { return judge.Stats().Banned == 1 })
	s := judge.Stats()
	if r := s.Topics["evidence"].Rejected["signature"]; r < 4 || s.Faults["invalid"] < 4 || s.Topics["evidence"].Delivered != 0 {
		t.Errorf("%+v", s)
	}
	if len(bystander.got) != 0 {
		t.Errorf("bystander heard %v", <-bystander.got)
	}
}

// TestHeldBytes blocks a handler and sends large messages. Goal: what the
// handlers hold at once never exceeds the topic's budget, the rest is counted
// as busy, and nobody is blamed for it.
func TestHeldBytes(t *testing.T) {
	const size, fits = 256 << 10, 4
	sender := startNode(t, testConfig(1))
	c := testConfig(2)
	c.Bootstrap = sender.Addrs()
	c.Topics[1].HeldMax, c.Topics[1].BytesMax = fits*size, size
	n, err := New(c)
	must(t, err)
	t.Cleanup(func() { _ = n.Close() })
	var inside, most atomic.Int64
	release := make(chan struct{})
	var once sync.Once
	free := func() { once.Do(func() { close(release) }) }
	t.Cleanup(free)
	must(t, n.Subscribe("transactions", func(context.Context, ID, []byte) Verdict {
		most.Store(max(most.Load(), inside.Add(1)))
		<-release
		inside.Add(-1)
		return Accept
	}))
	must(t, n.Start())
	sender.waitPeers(t, 1)
	eventually(t, "gossip is up", func() bool { return len(sender.unreached()) == 0 })
	for i := range 40 {
		data := make([]byte, size)
		data[0] = byte(i)
		must(t, sender.Publish("transactions", data))
	}
	eventually(t, "the rest is dropped", func() bool {
		return n.Stats().Topics["transactions"].Rejected[reasonBusy] == 40-fits
	})
	if most.Load() > fits || len(n.Stats().Faults) != 0 {
		t.Errorf("%d messages held, faults %v", most.Load(), n.Stats().Faults)
	}
	free()
	eventually(t, "the held are delivered", func() bool { return n.Stats().Topics["transactions"].Delivered == fits })
}

// TestStranger: a libp2p node that is none of ours is refused in words.
func TestStranger(t *testing.T) {
	n := startNode(t, testConfig(1))
	m := newMallory(t, n, "ipfs/0.1.0")
	must(t, m.connect(t))
	if e := n.event(t, Refused); e.Peer != m.id() || !strings.Contains(e.Reason, "no probity node") {
		t.Fatalf("event %+v", e)
	}
	eventually(t, "closed", func() bool { return len(n.net.Network().Peers()) == 0 })
	m2 := newMallory(t, n, "probity/7/0011223344556677")
	if err := n.check(m2.id(), "probity/7/0011223344556677"); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "speaks") {
		t.Error(err)
	}
}

// TestBadAnswers has the server misbehave. Goal: the asker gets an error of
// the right kind soon, and blames the server only where it is to blame.
func TestBadAnswers(t *testing.T) {
	chunk := func(n int) []byte { return appendFrame(nil, frameData, make([]byte, n)) }
	for _, c := range []struct {
		name   string
		answer []byte
		end    bool // the server closes the stream after it
		want   error
		fault  string
	}{
		{"garbage", []byte("HTTP/1.1 200 OK\r\n"), true, ErrFrame, "malformed"},
		{"large chunk", chunk(64<<10 + 1), true, ErrTooLarge, "oversized"},
		{"too much", bytes.Repeat(chunk(64<<10), 17), true, ErrTooLarge, "oversized"},
		{"cut short", chunk(100)[:50], true, nil, ""},
		{"no end", chunk(100), true, nil, ""},
		{"silence", nil, false, context.DeadlineExceeded, "silent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := testConfig(1)
			config.Protocols[0].Timeout = 300e6
			n := startNode(t, config)
			m := newMallory(t, n, n.identification())
			done := make(chan struct{})
			t.Cleanup(func() { close(done) })
			m.SetStreamHandler(protocol.ID(n.scope+"sync/1"), func(s network.Stream) {
				_, _ = s.Write(c.answer)
				if !c.end {
					<-done
				}
				_ = s.Close()
			})
			must(t, m.connect(t))
			n.waitPeers(t, 1)
			_, err := n.Request(t.Context(), m.id(), "sync/1", []byte("?"))
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Fatalf("error %v", err)
			}
			faults := n.Stats().Faults
			if c.fault == "" && len(faults) != 0 || c.fault != "" && faults[c.fault] != 1 {
				t.Errorf("faults %v", faults)
			}
		})
	}
}
