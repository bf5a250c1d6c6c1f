package court

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool/draw"
)

// BenchmarkDraw draws a panel of 21 from 100,000 holders, of whom a hundredth
// have other balances than at the snapshot: what a block pays at most.
func BenchmarkDraw(b *testing.B) {
	table := route.Table{params.Route, rep.Route, Route}
	p, err := route.NewParams(table, nil)
	if err != nil {
		b.Fatal(err)
	}
	c := route.NewCtx(state.NewOverlay(state.NewBase(state.NewMemory())), route.Chain{}, p, &route.Block{}, table).For(Route)
	holder := func(i int) keys.Address {
		h := keys.Sum(be64(uint64(i)))
		return keys.Address(h[:20])
	}
	for i := range 100_000 {
		rep.Mint(c, rep.WREP, holder(i), types.Whole(uint64(10+i%90)), "")
	}
	k := &Case{Round: 1, Snapshot: rep.Snapshot(c), Terms: terms(c)}
	for i := range 1000 {
		rep.Mint(c, rep.WREP, holder(100*i), types.Whole(7), "")
	}
	b.ReportAllocs()
	for b.Loop() {
		who, weights := electorate(c, 1, k)
		if _, err := draw.Sample(keys.Sum([]byte("seed")), weights, 21); err != nil || len(who) != 100_000 {
			b.Fatal(len(who), err)
		}
	}
}
