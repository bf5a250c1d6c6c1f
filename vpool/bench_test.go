package vpool_test

import (
	"testing"

	"probity/vpool"
)

// BenchmarkExecutiveSettle settles a block with the largest bench, 200 votes.
func BenchmarkExecutiveSettle(b *testing.B) {
	e := vpool.Executive{
		Outcome: vpool.Valid, Base: vpool.Roster, PosterPPM: 500_000, IncluderPPM: 20_000,
		Minted: rep(b, "0.000507356"), Weight: 1_000_000, Includers: []uint64{400_000, 100_000},
	}
	for range 190 {
		e.Approvers = append(e.Approvers, vpool.Vote{Weight: 5_000, Stake: rep(b, "50")})
	}
	for range 10 {
		e.Rejecters = append(e.Rejecters, vpool.Vote{Weight: 5_000, Stake: rep(b, "50")})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Settle(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSalary raises the index and pays one account.
func BenchmarkSalary(b *testing.B) {
	supply, balance := rep(b, "1000000"), rep(b, "1234.56789")
	rest := vpool.NewAmount(665_000)
	var s vpool.Salary
	var err error
	b.ReportAllocs()
	for b.Loop() {
		start := s.Index
		if s, err = s.Accrue(rest, supply); err != nil {
			b.Fatal(err)
		}
		if s, _, err = s.Claim(balance, start); err != nil {
			b.Fatal(err)
		}
		if s.Pot.BitLen() > 100 {
			s = vpool.Salary{}
		}
	}
}
