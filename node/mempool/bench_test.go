package mempool_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/mempool"
)

// load makes n transactions of a number of senders, by nonce.
func load(n, senders, round int) []*types.SignedTx {
	out := make([]*types.SignedTx, n)
	for i := range out {
		s := i % senders
		t := &types.SignedTx{Raw: make([]byte, 200)}
		t.Nonce = uint64(round*(n/senders) + i/senders)
		t.FeeMax = types.NewAmount(uint64(1000 + s*7919%5000))
		t.ValidUntil = types.Height(round + 100)
		binary.BigEndian.PutUint64(t.From[:], uint64(s))
		t.Hash = keys.Sum(t.From[:], binary.BigEndian.AppendUint64(nil, t.Nonce))
		out[i] = t
	}
	return out
}

// BenchmarkBlock adds 10,000 transactions, selects them for a block and takes
// them out again, beside 50,000 of other senders that pay less; by the number
// of senders.
func BenchmarkBlock(b *testing.B) {
	const n = 10_000
	for _, senders := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(senders), func(b *testing.B) {
			p := mempool.New(mempool.Limits{}, weigh, nil)
			for i := range 50_000 {
				x := tx(fmt.Sprint("idle", i), 0, 1, 100, 1<<40, 0)
				if err := p.Add(x, 0); err != nil {
					b.Fatal(err)
				}
			}
			nonces := map[keys.Address]uint64{}
			nonceOf := func(a keys.Address) uint64 { return nonces[a] }
			round := 0
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				txs := load(n, senders, round)
				round++
				b.StartTimer()
				for _, x := range txs {
					if err := p.Add(x, nonces[x.From]); err != nil {
						b.Fatal(err)
					}
				}
				it := p.Iterate(nonceOf)
				for range n {
					x := it.Next()
					nonces[x.From] = x.Nonce + 1
					txs = append(txs, x)
				}
				p.Committed(types.Height(round), txs[n:], nonceOf)
			}
			if p.Len() != 50_000 {
				b.Fatalf("%d left", p.Len())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/tx")
		})
	}
}

// BenchmarkFull offers ever better transactions to a full pool.
func BenchmarkFull(b *testing.B) {
	p := mempool.New(mempool.Limits{Txs: 50_000}, weigh, nil)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		if err := p.Add(tx(fmt.Sprint(i), 0, uint64(i), 100, 1<<40, 0), 0); err != nil {
			b.Fatal(err)
		}
	}
}
