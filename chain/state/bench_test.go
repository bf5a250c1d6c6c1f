package state

import (
	"encoding/binary"
	"fmt"
	"testing"

	"probity/chain/types"
)

// benchKey is the key of account i: a region prefix and 20 bytes.
func benchKey(i int) []byte {
	k := make([]byte, 23)
	k[1], k[2] = 2, 1
	binary.BigEndian.PutUint64(k[3:], uint64(i)*0x9e3779b97f4a7c15)
	return k
}

// benchValue is an account of 40 bytes.
func benchValue(i, salt int) []byte {
	v := make([]byte, 40)
	binary.BigEndian.PutUint64(v, uint64(i))
	binary.BigEndian.PutUint64(v[8:], uint64(salt))
	return v
}

// accounts is a backend with n accounts.
func accounts(n int) *Memory {
	m := NewMemory()
	for i, v := 0, 1; i < n; v++ {
		l := NewLayer(NewBase(m))
		for end := min(n, i+100_000); i < end; i++ {
			l.Set(benchKey(i), benchValue(i, 0))
		}
		_, c := l.Seal(types.Height(v))
		m.Commit(c)
		m.Prune(c.Version)
	}
	return m
}

// BenchmarkSeal measures the tree's part of a block of 10,000 transfers: 20,000
// accounts change, of 10⁵ and of 10⁶; on one processor and on all.
func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		m := accounts(n)
		b.Run(fmt.Sprintf("of=%d/each=inTurn", n), func(b *testing.B) { benchSeal(b, m, n, inTurn) })
		b.Run(fmt.Sprintf("of=%d/each=concurrent", n), func(b *testing.B) { benchSeal(b, m, n, concurrent) })
	}
}

func benchSeal(b *testing.B, m *Memory, n int, each Each) {
	const block = 20_000
	var c *Changes
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		base := NewBase(m)
		l := NewLayer(base)
		for i := range block {
			a := (i*7919 + int(base.version)*104729) % n
			l.Set(benchKey(a), benchValue(a, int(base.version)))
		}
		b.StartTimer()
		_, c = l.SealWith(base.version+1, each)
		b.StopTimer()
		m.Commit(c)
		m.Prune(c.Version)
		b.StartTimer()
	}
	size := 0
	for _, p := range c.Pages {
		size += len(p.Page.Append(p.Key.Append(nil), p.Key))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/block, "ns/key")
	b.ReportMetric(float64(len(c.Pages))/block, "pages/key")
	b.ReportMetric(float64(size)/block, "page-B/key")
}
