package store_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/state"
	"probity/node/store"
)

// account is the i-th account's key: a region and 20 bytes.
func account(i int) string {
	k := make([]byte, 23)
	k[1], k[2] = 2, 1
	binary.BigEndian.PutUint64(k[3:], uint64(i)*0x9e3779b97f4a7c15)
	return string(k)
}

func accountValue(i, salt int) []byte {
	v := make([]byte, 40)
	binary.BigEndian.PutUint64(v, uint64(i))
	binary.BigEndian.PutUint64(v[8:], uint64(salt))
	return v
}

// accounts opens a store on the real disk with n accounts.
func accounts(b *testing.B, n int) *chain {
	s, err := store.Open(vfs.Default, b.TempDir(), store.Options{Genesis: genesisHash})
	ok(b, err)
	b.Cleanup(func() { ok(b, s.Close()) })
	c := begin(b, s)
	for i := 0; i < n; {
		var w []write
		for end := min(n, i+50_000); i < end; i++ {
			w = append(w, write{account(i), accountValue(i, 0)})
		}
		ok(b, s.Commit(batchOf(c.next(0, w...))))
		ok(b, s.Prune(c.height, c.height))
	}
	return c
}

// BenchmarkCommit is the store's part of a block that changes 10,000 accounts
// of 10⁵ and of 10⁶ on a real disk, synced, with 5,000 receipts; the state is
// kept for 16 versions. Executing and hashing are not counted.
func BenchmarkCommit(b *testing.B) {
	const changes = 10_000
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := accounts(b, n)
			before := c.store.Metrics()
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				w := make([]write, changes)
				for i := range w {
					a := (i*7919 + int(c.height)*104729) % n
					w[i] = write{account(a), accountValue(a, int(c.height))}
				}
				f := c.next(changes/2, w...)
				b.StartTimer()
				ok(b, c.store.Commit(batchOf(f)))
				if c.height%16 == 0 {
					ok(b, c.store.Prune(c.height-16, 0))
				}
			}
			after := c.store.Metrics()
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/changes, "ns/change")
			b.ReportMetric(float64(after.BytesWritten-before.BytesWritten)/float64(b.N)/changes, "B/change")
			b.ReportMetric(float64(after.Fsyncs-before.Fsyncs)/float64(b.N), "fsyncs/block")
			hits, misses := after.CacheHits-before.CacheHits, after.CacheMisses-before.CacheMisses
			b.ReportMetric(100*float64(hits)/float64(hits+misses), "hit%")
		})
	}
}

// BenchmarkGet reads accounts of 10⁵, which fit the memory of hot values, and
// of 10⁶, which do not.
func BenchmarkGet(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := accounts(b, n)
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				if v, err := c.store.Get([]byte(account(i % n))); err != nil || v == nil {
					b.Fatalf("account %d: %x, %v", i%n, v, err)
				}
				i += 7919
			}
		})
	}
}

// BenchmarkSimulated is a small block in the simulator: persisted, committed,
// on a disk that can crash.
func BenchmarkSimulated(b *testing.B) {
	s := open(b, vfs.NewCrashableMem())
	c := begin(b, s)
	b.ReportAllocs()
	for b.Loop() {
		f := c.next(4, write{account(int(c.height) % 500), accountValue(1, int(c.height))})
		ok(b, s.PutPending(f.Block))
		ok(b, s.Commit(batchOf(f)))
		if c.height%64 == 0 {
			ok(b, s.Prune(c.height-64, 0))
		}
	}
	ok(b, s.Close())
}

var (
	_ state.Backend = (*store.Store)(nil)
	_ state.Backend = (*store.View)(nil)
)
