package p2p

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// BenchmarkLatency measures the way of a vote of 200 bytes from the sender's
// call to the handlers of the three others, four hosts on loopback.
func BenchmarkLatency(b *testing.B) {
	for _, transport := range []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"} {
		for _, way := range []string{"gossip", "direct"} {
			b.Run(fmt.Sprintf("%s/%s", transport[15:18], way), func(b *testing.B) { benchmarkLatency(b, transport, way) })
		}
	}
}

func benchmarkLatency(b *testing.B, transport, way string) {
	nodes := benchMesh(b, transport)
	arrived := make(chan time.Duration, 1<<16)
	born := time.Now()
	for _, n := range nodes {
		must(b, n.Subscribe("consensus", func(_ context.Context, _ ID, data []byte) Verdict {
			arrived <- time.Since(born) - time.Duration(binary.BigEndian.Uint64(data))
			return Accept
		}))
	}
	time.Sleep(2 * time.Second) // the mesh forms
	var took []time.Duration
	b.ResetTimer()
	for i := range b.N {
		data := make([]byte, 200)
		data[8] = byte(i % 4)
		binary.BigEndian.PutUint64(data, uint64(time.Since(born)))
		if way == "gossip" {
			must(b, nodes[i%4].Publish("consensus", data))
		} else {
			_, err := nodes[i%4].Broadcast("consensus", data)
			must(b, err)
		}
		for range 3 {
			took = append(took, <-arrived)
		}
		time.Sleep(time.Millisecond) // a vote meets an idle network, as votes mostly do
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkThroughput measures messages from one host to three others, 64 KiB
// (a batch of transactions) and 200 bytes (a vote). The rate is that of the
// payload published; cpu-µs is the processor time of all four hosts a message.
func BenchmarkThroughput(b *testing.B) {
	for _, size := range []int{200, 64 << 10} {
		for _, transport := range []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"} {
			for _, way := range []string{"gossip", "direct"} {
				b.Run(fmt.Sprintf("%d/%s/%s", size, transport[15:18], way), func(b *testing.B) { benchmarkThroughput(b, size, transport, way) })
			}
		}
	}
}

func benchmarkThroughput(b *testing.B, size int, transport, way string) {
	nodes := benchMesh(b, transport)
	var arrived atomic.Int64
	for _, n := range nodes {
		must(b, n.Subscribe("transactions", func(context.Context, ID, []byte) Verdict {
			arrived.Add(1)
			return Accept
		}))
	}
	time.Sleep(2 * time.Second)
	ahead := max(16, 16<<10/size) // messages on their way at most
	b.SetBytes(int64(size))
	before := cpuTime(b)
	b.ResetTimer()
	for i := range b.N {
		data := make([]byte, size)
		binary.BigEndian.PutUint64(data, uint64(i))
		if way == "gossip" {
			must(b, nodes[0].Publish("transactions", data))
		} else {
			_, err := nodes[0].Broadcast("transactions", data)
			must(b, err)
		}
		for arrived.Load() < int64(3*(i-ahead)) {
			time.Sleep(50 * time.Microsecond)
		}
	}
	for arrived.Load() < int64(3*b.N) {
		time.Sleep(50 * time.Microsecond)
	}
	b.StopTimer()
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs")
	duplicates := uint64(0)
	for _, n := range nodes {
		duplicates += n.Stats().Topics["transactions"].Duplicate
	}
	b.ReportMetric(float64(duplicates)/float64(b.N), "dup/op")
}

// cpuTime is the processor time this process has used.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchMesh(b *testing.B, transport string) []*Host {
	var hosts []*Host
	var addrs []string
	for i := range 4 {
		c := testConfig(byte(i + 1))
		c.Listen, c.Bootstrap = []string{transport}, slices.Clone(addrs)
		for k := range c.Topics {
			c.Topics[k].Limit = Limit{Messages: 1 << 30, MessagesBurst: 1 << 30, Bytes: 1 << 35, BytesBurst: 1 << 35}
		}
		h, err := New(c)
		must(b, err)
		must(b, h.Start())
		b.Cleanup(func() { _ = h.Close() })
		hosts, addrs = append(hosts, h), append(addrs, h.Addrs()...)
	}
	for _, h := range hosts {
		eventually(b, "mesh", func() bool { return len(h.Peers()) == 3 })
	}
	return hosts
}
