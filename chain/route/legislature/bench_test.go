package legislature_test

import (
	"testing"

	"probity/chain/route/evidence/chaintest"
	law "probity/chain/route/legislature"
	"probity/chain/types"
)

// thousand is a chain on which a thousand proposals are voted on, each by four.
func thousand(b *testing.B) *assembly {
	a := assemble(b, map[string]uint64{
		"law.deposit": 1, "law.open_max": 1024, "law.fee_min": 0, "law.period": 3_200_000, "law.draft": 3_200_000, "epoch.blocks": 1 << 16,
	})
	for range 1000 {
		a.must("alice", "submit", law.Submit{Inline: types.Bytes("x"), Deposit: types.NewAmount(1)})
	}
	a.next(1000/16 + 1)
	for n := range uint64(1000) {
		for i, name := range []string{"alice", "bob", "carol", "dave"} {
			side := []law.Side{law.For, law.For, law.Against, law.Veto}[i]
			a.must(name, "vote", law.Vote{Proposal: n + 1, Side: side, Stake: types.NewAmount(50_000_000)})
		}
	}
	a.next(1)
	return a
}

// BenchmarkThousandOpen is a block in which nothing happens while a thousand
// proposals are voted on.
func BenchmarkThousandOpen(b *testing.B) {
	a := thousand(b)
	for b.Loop() {
		a.next(1)
	}
}

// BenchmarkVoteAmongThousand is a vote on the oldest of a thousand electorates.
func BenchmarkVoteAmongThousand(b *testing.B) {
	a := thousand(b)
	for b.Loop() {
		a.must("alice", "vote", law.Vote{Proposal: 1, Side: law.For, Stake: types.NewAmount(1)})
	}
}

// BenchmarkCloseSixteen is a block at the end of whose stage sixteen of a thousand
// proposals close, and open their next: as many as can open in one block.
func BenchmarkCloseSixteen(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		a := thousand(b)
		a.jump(a.tally(1).Until)
		b.StartTimer()
		a.End()
	}
}

// BenchmarkCloseThousand is the worst that a chain meets which has stood still for a
// day: all thousand close in one block.
func BenchmarkCloseThousand(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		a := thousand(b)
		a.jump(a.tally(1000).Until)
		b.StartTimer()
		a.End()
	}
}

// jump begins a block at a time.
func (a *assembly) jump(to types.Time) {
	a.t.Helper()
	a.End()
	if err := a.Begin(chaintest.Draft{Edit: func(w *chaintest.Chain) { w.Block.Time = to }}); err != nil {
		a.t.Fatal(err)
	}
}
