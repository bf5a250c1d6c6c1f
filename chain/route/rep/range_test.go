package rep_test

import (
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

// Goal: RangeAt lists what BalanceAt says of every account, those that have
// nothing any more included. Method: random changes and snapshots; each open
// snapshot is compared over all accounts after each change.
func TestRangeAtIsBalanceAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, err := routetest.New(route.Table{params.Route, bank.Route, rep.Route}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := w.Ctx("rep")
		var open []uint64
		all := make([]keys.Address, 6)
		for i := range all {
			all[i][0] = byte(i + 1)
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			a := rapid.SampledFrom(all).Draw(t, "who")
			b := rapid.SampledFrom([]rep.Book{rep.WREP, rep.GREP}).Draw(t, "book")
			switch rapid.IntRange(0, 4).Draw(t, "act") {
			case 0, 1:
				rep.Mint(c, b, a, types.NewAmount(rapid.Uint64Range(1, 3).Draw(t, "n")), "")
			case 2:
				rep.Burn(c, b, a, rep.Balance(c, b, a), "")
			case 3:
				open = append(open, rep.Snapshot(c))
			case 4:
				if len(open) > 0 {
					i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
					rep.DropSnapshot(c, open[i])
					open = append(open[:i:i], open[i+1:]...)
				}
			}
			for _, id := range open {
				var listed []keys.Address
				rep.RangeAt(c, id, b, func(a keys.Address, amt types.Amount) bool {
					if amt.IsZero() || amt != rep.BalanceAt(c, id, b, a) {
						t.Fatalf("%s had %s, listed with %s", a, rep.BalanceAt(c, id, b, a), amt)
					}
					listed = append(listed, a)
					return true
				})
				i := 0
				for _, a := range all {
					if rep.BalanceAt(c, id, b, a).IsZero() {
						continue
					}
					if i >= len(listed) || listed[i] != a {
						t.Fatalf("%s is missing or out of order", a)
					}
					i++
				}
				if i != len(listed) {
					t.Fatalf("%d listed, %d had", len(listed), i)
				}
			}
		}
	})
}
