package p2p

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"google.golang.org/protobuf/proto"
)

// flooded is how many messages the flood has; PROBITY_FLOOD sets another number.
func flooded(t *testing.T) int {
	text := os.Getenv("PROBITY_FLOOD")
	switch {
	case text == "" && testing.Short():
		return 300
	case text == "":
		return 2000
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// TestNoise has a peer write messages of random kinds, most of them malformed,
// to every protocol and topic. Goal: they leave no memory and no goroutine
// behind, the node goes on serving, and what it found is counted. Method: a bare
// host that is banned, forgiven and back again, as often as it takes; the heap
// is held against that before.
func TestNoise(t *testing.T) {
	n := startNode(t, testConfig(1))
	must(t, n.Serve("sync/1", func(_ context.Context, _ ID, request []byte, w *Writer) error {
		_, err := w.Write(request)
		return err
	}))
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-n.got:
			case <-n.events:
			case <-done:
				return
			}
		}
	}()
	m := newMallory(t, n, n.identification())
	r := rand.New(rand.NewPCG(5, 6))
	write := func(count int) {
		for range count {
			for len(n.Peers()) == 0 { // a ban may come at any moment
				n.Unban(m.id())
				_ = m.connect(t)
				time.Sleep(time.Millisecond)
			}
			name, data := m.random(r)
			if s := m.write(t, name, data); s != nil {
				_ = s.Close()
			}
		}
		_ = m.Network().ClosePeer(n.net.ID())
		eventually(t, "she is gone", func() bool { return len(n.Peers()) == 0 })
	}
	settled := func() (heap int64, goroutines int) {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return int64(s.HeapAlloc), runtime.NumGoroutine()
	}
	count := flooded(t)
	write(100) // pools and caches fill
	before, goroutines := settled()
	write(count)
	eventually(t, "nothing is left behind", func() bool {
		heap, now := settled()
		return heap < before+3<<20 && now < goroutines+20
	})
	s := n.Stats()
	for _, fault := range []string{"malformed", "oversized"} {
		if s.Faults[fault] < uint64(count/100) {
			t.Errorf("faults %v", s.Faults)
		}
	}
	honest := startNode(t, testConfig(9))
	must(t, honest.Connect(t.Context(), n.Addrs()[0]))
	if answer, err := honest.Request(t.Context(), n.ID(), "sync/1", []byte("still there?")); err != nil || string(answer) != "still there?" {
		t.Errorf("%q, %v", answer, err)
	}
	heap, _ := settled()
	t.Logf("%d messages: faults %v, heap from %d to %d KiB", count, s.Faults, before>>10, heap>>10)
}

// random is a message of a random kind and the protocol to write it to.
func (m *mallory) random(r *rand.Rand) (name string, data []byte) {
	bytes := func(most int) []byte {
		b := make([]byte, r.IntN(most))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	topic := []string{"consensus", "transactions", "evidence", "rumours", string(bytes(200))}[r.IntN(5)]
	size := []int{1, 100, 70 << 10}[r.IntN(3)]
	name = []string{directProtocol, "meshsub/1.2.0", "sync/1", exchangeProtocol, "ping/1"}[r.IntN(5)]
	switch r.IntN(6) {
	case 0:
		return name, bytes(300)
	case 1:
		return name, appendFrame(nil, frameKind(r.IntN(8)), bytes(size))
	case 2:
		return name, binary.BigEndian.AppendUint32([]byte{byte(frameData)}, r.Uint32())
	case 3:
		return directProtocol, appendMessage(appendMessage(nil, topic, bytes(size)), topic, bytes(100))
	case 4:
		return "meshsub/1.2.0", append(m.control(r, topic, bytes), bytes(50)...)
	}
	all := appendMessage(nil, topic, bytes(size))
	for range 3 {
		all[r.IntN(len(all))] ^= 1 << r.IntN(8)
	}
	return directProtocol, all
}

// control is a GossipSub frame of random parts.
func (m *mallory) control(r *rand.Rand, topic string, bytes func(int) []byte) []byte {
	wire := m.victim.scope + topic
	ids := []string{string(bytes(40)), string(bytes(40))}
	out := &pb.RPC{
		Subscriptions: []*pb.RPC_SubOpts{{Subscribe: proto.Bool(r.IntN(2) == 0), Topicid: &wire}},
		Publish:       []*pb.Message{{Topic: &wire, Data: bytes(200), From: bytes(10), Signature: bytes(64)}},
		Control: &pb.ControlMessage{
			Ihave: []*pb.ControlIHave{{TopicID: &wire, MessageIDs: ids}},
			Iwant: []*pb.ControlIWant{{MessageIDs: ids}},
			Graft: []*pb.ControlGraft{{TopicID: &wire}},
			Prune: []*pb.ControlPrune{{TopicID: &wire, Backoff: proto.Uint64(r.Uint64())}},
		},
	}
	if r.IntN(2) == 0 {
		out.Publish = nil
	}
	b, err := proto.Marshal(out)
	if err != nil {
		panic(err)
	}
	return append(binary.AppendUvarint(nil, uint64(len(b))), b...)
}
