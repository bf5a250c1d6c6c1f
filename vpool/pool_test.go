package vpool_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/vpool"
)

// The worked pool of spec economy §4.5: 100 REP are minted, half of it for
// the poster; A and B stake for, C against. The binding fraction decides what
// C's vote costs him.
func ExamplePool_Settle() {
	rep := func(n uint64) vpool.Amount { return vpool.NewAmount(n * vpool.Unit) }
	for _, binding := range []uint32{1_000_000, 500_000, 0} {
		out, err := vpool.Pool{
			For:          []vpool.Amount{rep(300), rep(100)},
			Against:      []vpool.Amount{rep(80)},
			Minted:       rep(100),
			PosterPPM:    500_000,
			WinPPM:       500_000,
			BindingPPM:   binding,
			Redistribute: true,
			Base:         vpool.Included,
		}.Settle()
		if err != nil {
			panic(err)
		}
		a, b := out.For[0], out.For[1]
		fmt.Printf("P +%s  A +%s +%s  B +%s +%s  C -%s\n", vpool.FormatREP(out.Poster),
			vpool.FormatREP(a.Minted), vpool.FormatREP(a.Won),
			vpool.FormatREP(b.Minted), vpool.FormatREP(b.Won), vpool.FormatREP(out.Against[0].Lost))
	}
	// Output:
	// P +50  A +37.5 +60  B +12.5 +20  C -80
	// P +50  A +37.5 +30  B +12.5 +10  C -40
	// P +50  A +37.5 +0  B +12.5 +0  C -0
}

func anyPool(t *rapid.T) vpool.Pool {
	p := vpool.Pool{
		For:          rapid.SliceOfN(anyAmount(), 0, 6).Draw(t, "for"),
		Against:      rapid.SliceOfN(anyAmount(), 0, 6).Draw(t, "against"),
		Minted:       anyAmount().Draw(t, "minted"),
		PosterPPM:    anyPPM().Draw(t, "c2"),
		IncluderPPM:  anyPPM().Draw(t, "includer"),
		WinPPM:       anyPPM().Draw(t, "win"),
		BindingPPM:   anyPPM().Draw(t, "binding"),
		Redistribute: rapid.Bool().Draw(t, "redistribute"),
		Base:         rapid.SampledFrom([]vpool.Base{vpool.Roster, vpool.Included}).Draw(t, "base"),
	}
	if rapid.Bool().Draw(t, "absent") {
		p.Whole = plus(plus(p.For...), plus(p.Against...), anyAmount().Draw(t, "absent stake"))
	}
	return p
}

func settle(t *rapid.T, p vpool.Pool) vpool.Payouts {
	out, err := p.Settle()
	if err != nil {
		t.Fatalf("%+v: %v", p, err)
	}
	return out
}

// totals sums the three fields of payouts.
func totals(lists ...[]vpool.Payout) (minted, won, lost vpool.Amount) {
	for _, list := range lists {
		for _, p := range list {
			minted, won, lost = plus(minted, p.Minted), plus(won, p.Won), plus(lost, p.Lost)
		}
	}
	return minted, won, lost
}

// Goal: no base unit appears or vanishes. Method: for any pool, minted parts
// and Unminted add up to the mint, and stakes won and burned to stakes lost.
func TestPoolBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPool(t)
		out := settle(t, p)
		minted, won, lost := totals(out.For, out.Against)
		if got := plus(minted, out.Poster, out.Includers, out.Unminted); got != p.Minted {
			t.Fatalf("mint %v became %v", p.Minted, got)
		}
		if got := plus(won, out.Burned); got != lost {
			t.Fatalf("lost %v became %v", lost, got)
		}
		for i, side := range [][]vpool.Amount{p.For, p.Against} {
			for j, pay := range [][]vpool.Payout{out.For, out.Against}[i] {
				if pay.Lost.Gt(&side[j]) {
					t.Fatalf("stake %v lost %v", side[j], pay.Lost)
				}
				if !pay.Lost.IsZero() && !(pay.Minted.IsZero() && pay.Won.IsZero()) {
					t.Fatalf("one stake both won and lost: %+v", pay)
				}
			}
		}
		if !out.Accepted && !(out.Poster.IsZero() && minted.IsZero()) {
			t.Fatalf("a pool that failed minted: %+v", out)
		}
	})
}

// Goal: splitting a stake never gains, on either side, whoever wins. Method:
// settle a pool with the last stake whole and in two, and compare what its
// owner gains and loses.
func TestPoolSplittingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPool(t)
		stake := anyAmount().Draw(t, "stake")
		if !p.Whole.IsZero() {
			p.Whole = plus(p.Whole, stake)
		}
		one, two := cut(t, stake, "cut")
		side := func(q *vpool.Pool) *[]vpool.Amount { return &q.For }
		paid := func(o vpool.Payouts) []vpool.Payout { return o.For }
		if rapid.Bool().Draw(t, "against") {
			side = func(q *vpool.Pool) *[]vpool.Amount { return &q.Against }
			paid = func(o vpool.Payouts) []vpool.Payout { return o.Against }
		}
		whole, parts := p, p
		*side(&whole) = append(append([]vpool.Amount(nil), *side(&p)...), stake)
		*side(&parts) = append(append([]vpool.Amount(nil), *side(&p)...), one, two)
		a, b := settle(t, whole), settle(t, parts)
		i := len(*side(&p))
		minted, won, lost := totals(paid(b)[i:])
		single := paid(a)[i]
		if minted.Gt(&single.Minted) || won.Gt(&single.Won) || lost.Lt(&single.Lost) {
			t.Fatalf("in parts +%v +%v -%v, whole %+v", minted, won, lost, single)
		}
		if b.Poster.Gt(&a.Poster) || b.Includers.Gt(&a.Includers) {
			t.Fatalf("the poster or the includers gained by another's split")
		}
	})
}

// Goal: bad inputs are refused by name. Method: one bad field at a time.
func TestPoolRefuses(t *testing.T) {
	huge := vpool.Amount{0, 0, 0, 1}
	good := vpool.Pool{For: []vpool.Amount{n(5)}, Base: vpool.Roster}
	for _, c := range []struct {
		want error
		bad  func(*vpool.Pool)
	}{
		{vpool.ErrBase, func(p *vpool.Pool) { p.Base = 0 }},
		{vpool.ErrBase, func(p *vpool.Pool) { p.Base = 3 }},
		{vpool.ErrPPM, func(p *vpool.Pool) { p.PosterPPM = 1_000_001 }},
		{vpool.ErrPPM, func(p *vpool.Pool) { p.IncluderPPM = 1_000_001 }},
		{vpool.ErrPPM, func(p *vpool.Pool) { p.WinPPM = 1_000_001 }},
		{vpool.ErrPPM, func(p *vpool.Pool) { p.BindingPPM = 1_000_001 }},
		{vpool.ErrAmount, func(p *vpool.Pool) { p.Minted = huge }},
		{vpool.ErrAmount, func(p *vpool.Pool) { p.Whole = huge }},
		{vpool.ErrAmount, func(p *vpool.Pool) { p.For = []vpool.Amount{huge} }},
		{vpool.ErrAmount, func(p *vpool.Pool) { p.Against = []vpool.Amount{n(1), huge} }},
		{vpool.ErrWeights, func(p *vpool.Pool) { p.Whole = n(4) }},
	} {
		p := good
		c.bad(&p)
		if _, err := p.Settle(); !errors.Is(err, c.want) {
			t.Errorf("%+v: got %v, want %v", p, err, c.want)
		}
	}
	if _, err := good.Settle(); err != nil {
		t.Errorf("good pool: %v", err)
	}
}

// Goal: the rule of §5 at its edges. Method: a table around ties, zero and the
// exact threshold.
func TestAccepted(t *testing.T) {
	for _, c := range []struct {
		yes, no uint64
		win     uint32
		want    bool
	}{
		{0, 0, 0, false},
		{0, 0, 500_000, false},
		{1, 0, 0, true},
		{0, 1, 0, false},
		{50, 50, 500_000, false},
		{51, 50, 500_000, true},
		{2, 1, 666_666, true},
		{2, 1, 666_667, false},
		{1_000_000, 0, 1_000_000, false},
		{1 << 63, 1<<63 - 1, 500_000, true},
	} {
		if got := vpool.Accepted(n(c.yes), n(c.no), c.win); got != c.want {
			t.Errorf("Accepted(%d, %d, %d) = %v", c.yes, c.no, c.win, got)
		}
	}
}

// Goal: a quorum is met exactly from quorum_ppm of the supply on. Method: the
// floor of the share meets it only if the share is whole, one unit more always.
func TestQuorumMet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		supply, ppm := anyAmount().Draw(t, "supply"), anyPPM().Draw(t, "quorum")
		floor := vpool.PPMDown(supply, ppm)
		least := plus(floor, n(1))
		if !vpool.QuorumMet(least, supply, ppm) {
			t.Fatalf("%v of %v at %d ppm is not enough", least, supply, ppm)
		}
		keep := vpool.PPMDown(supply, vpool.Million-ppm)
		exact := plus(floor, keep) == supply
		if vpool.QuorumMet(floor, supply, ppm) != exact {
			t.Fatalf("floor %v of %v at %d ppm: exact %v", floor, supply, ppm, exact)
		}
	})
}

// Goal: the stake of a vote is the exact ppm of whole REP, so that split
// weights stake the same. Method: additivity for any weights, and one value.
func TestFrozenStake(t *testing.T) {
	if got := vpool.FrozenStake(250, 10_000); got != rep(t, "2.5") {
		t.Fatalf("1 %% of 250 REP is %s", vpool.FormatREP(got))
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64Range(0, 1<<61).Draw(t, "a"), rapid.Uint64Range(0, 1<<61).Draw(t, "b")
		ppm := anyPPM().Draw(t, "ppm")
		if plus(vpool.FrozenStake(a, ppm), vpool.FrozenStake(b, ppm)) != vpool.FrozenStake(a+b, ppm) {
			t.Fatal("the stake is not additive")
		}
	})
}
