package dcert_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/dcert"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: only stake bonded for dCERT counts, and a third party that bonds gets
// nothing for it. Method: a has REP and stake elsewhere and is no candidate; x
// bonds for it; x's REP and $ are as before but for the lock.
func TestD14_BondedForThisAlone(t *testing.T) {
	w := start(t, nil)
	if err := rep.Expose(w.Ctx("rep"), w.Addr("a"), keys.Sum([]byte("elsewhere")), types.Whole(200)); err != nil {
		t.Fatal(err)
	}
	w.prefer("v", "a")
	w.boundary()
	w.refused(dcert.ErrBond, "a", "accept", dcert.Accept{})
	w.refused(rep.ErrLocked, "a", "bond", dcert.BondFor{Member: w.Addr("a"), Amount: types.Whole(101)}) // at stake already
	money := w.money("x")
	w.must("x", "bond", dcert.BondFor{Member: w.Addr("a"), Amount: types.Whole(100)})
	w.boundary()
	w.must("a", "accept", dcert.Accept{})
	w.pass(4)
	if w.wrep("x") != 250 || w.free("x") != 150 || w.money("x") != money {
		t.Errorf("x has %d wREP, %d free, %d $, want 250, 150, %d", w.wrep("x"), w.free("x"), w.money("x"), money)
	}
	if w.free("a") != 100 {
		t.Errorf("a has %d free, want 100: nothing of its own is bonded", w.free("a"))
	}
}

// Goal: strangers cannot keep anybody from bonding or fill the list with dust.
// Method: bonds below a sixteenth are refused; sixteen strangers bond; the next
// stranger is refused, the member itself is not.
func TestD14_StrangersAreBounded(t *testing.T) {
	w := start(t, nil)
	w.refused(dcert.ErrBond, "x", "bond", dcert.BondFor{Member: w.Addr("a"), Amount: types.NewAmount(6_249_999_999)})
	w.refused(dcert.ErrBond, "x", "bond", dcert.BondFor{Member: w.Addr("a")})
	for i := range dcert.BondersMax {
		name := fmt.Sprintf("s%d", i)
		rep.Mint(w.Ctx("rep"), rep.WREP, w.Addr(name), types.Whole(10), "test")
		w.must(name, "bond", dcert.BondFor{Member: w.Addr("a"), Amount: types.NewAmount(6_250_000_000)})
	}
	w.refused(dcert.ErrBonders, "x", "bond", dcert.BondFor{Member: w.Addr("a"), Amount: types.Whole(50)})
	w.bond("a", 1)
	if got := ask[dcert.Bonded](w, "bond", `{"address":"@a"}`).Total; got != types.Whole(101) {
		t.Errorf("%s bonded, want 101", got.Decimal())
	}
}

// Goal: a withdrawn bond is free after the exit delay and not a block earlier.
// Method: exit delay 2·4 + 16 = 24 blocks; both sides of it; more withdrawals of
// one bond than four wait.
func TestD15_ExitDelay(t *testing.T) {
	w := start(t, nil)
	w.bond("a", 104)
	at := w.Block.Height
	w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a"), Amount: types.Whole(4)})
	for range dcert.WithdrawalsMax - 1 {
		w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a"), Amount: types.Whole(1)})
	}
	w.refused(dcert.ErrBonders, "a", "unbond", dcert.Unbond{Member: w.Addr("a")})
	w.refused(dcert.ErrBond, "b", "unbond", dcert.Unbond{Member: w.Addr("a")})
	w.pass(24)
	if w.Block.Height != at+24 || w.free("a") != 196 {
		t.Fatalf("at height %d %d free, want 196 in the last block of the delay", w.Block.Height, w.free("a"))
	}
	w.pass(1)
	if w.free("a") != 203 {
		t.Fatalf("%d free behind the delay, want 203", w.free("a"))
	}
	w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a")})
	w.pass(25)
	if b := ask[dcert.Bonded](w, "bond", `{"address":"@a"}`); w.free("a") != 300 || len(b.Bonds)+len(b.Withdrawals) != 0 {
		t.Fatalf("%d free, %+v", w.free("a"), b)
	}
}

// Goal: whoever falls below the required stake is removed, from the start of
// unbonding, by a slash elsewhere, and where governance asks for more. Method:
// the four ways, one member each.
func TestD16_BelowIsRemoved(t *testing.T) {
	w := start(t, map[string]uint64{"dcert.max": 4})
	w.group()
	w.must("x", "bond", dcert.BondFor{Member: w.Addr("d"), Amount: types.Whole(100)})
	w.prefer("e", "d")
	w.boundary()
	w.must("d", "accept", dcert.Accept{})

	events := w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a"), Amount: types.NewAmount(1)})
	if find(events, "removed", "cause") != "bond" {
		t.Fatalf("a is a member while its stake unbonds: %v", events)
	}
	rep.Slash(w.Ctx("rep"), w.Addr("b"), types.Whole(201), "evidence") // 99 left of the bond
	w.wantMembers("b c d")
	w.pass(1)
	w.wantMembers("c d")
	w.must("x", "unbond", dcert.Unbond{Member: w.Addr("d")})
	w.wantMembers("c")
	set := w.msg("params/set", paramsSet("dcert.bond", 101_000_000_000))
	if _, err := w.Call("w", "legislature", "execute", act{Msgs: []types.Msg{set}}); err != nil {
		t.Fatal(err)
	}
	w.boundary()
	w.wantMembers("c")
	w.pass(1)
	w.wantMembers("")
}

// Goal: governance alone slashes for a soft breach, one member by a magnitude;
// evidence and courts clamp the bond like any lock. Method: a member and a
// stranger try; governance takes 30 % of what a and x bonded for a.
func TestD17_SlashByMagnitude(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.must("x", "bond", dcert.BondFor{Member: w.Addr("a"), Amount: types.Whole(50)})
	w.refused(route.ErrReserved, "b", "slash", dcert.Slash{Member: w.Addr("a"), PPM: 1})
	w.refused(route.ErrReserved, "court", "slash", dcert.Slash{Member: w.Addr("a"), PPM: 1})
	w.refused(dcert.ErrSlash, "legislature", "slash", dcert.Slash{Member: w.Addr("a")})
	w.refused(dcert.ErrSlash, "legislature", "slash", dcert.Slash{Member: w.Addr("a"), PPM: 1_000_001})
	w.must("legislature", "slash", dcert.Slash{Member: w.Addr("a"), PPM: 300_000})
	if a, x, b := w.wrep("a"), w.wrep("x"), w.wrep("b"); a != 270 || x != 235 || b != 300 {
		t.Fatalf("a %d, x %d, b %d, want 270 235 300", a, x, b)
	}
	w.wantMembers("a b c") // 70 + 35 suffice
	w.must("legislature", "slash", dcert.Slash{Member: w.Addr("a"), PPM: 300_000})
	w.wantMembers("b c")
	if a := w.wrep("a"); a != 249 {
		t.Fatalf("a has %d, want 249", a)
	}
	// Elsewhere: c has 100 of 300 bonded and 150 at stake for a vote.
	vote := keys.Sum([]byte("vote"))
	if err := rep.Expose(w.Ctx("rep"), w.Addr("c"), vote, types.Whole(150)); err != nil {
		t.Fatal(err)
	}
	rep.Slash(w.Ctx("rep"), w.Addr("c"), types.Whole(175), "court") // 125 left for 250
	if got := ask[dcert.Bonded](w, "bond", `{"address":"@c"}`).Total; got != types.Whole(50) {
		t.Fatalf("%s bonded, want half of 100", got.Decimal())
	}
	w.pass(1)
	w.wantMembers("b")
}

// Goal: a slash reaches what is on its way out and takes nothing once it is out.
// Method: a withdraws all; half is slashed in the last block of the exit delay,
// and nothing one block later.
func TestD20_SlashInAndOutOfTime(t *testing.T) {
	for late, want := range map[int]uint64{24: 250, 25: 300} {
		w := start(t, nil)
		w.group()
		w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a")})
		w.pass(late)
		events := w.must("legislature", "slash", dcert.Slash{Member: w.Addr("a"), PPM: 500_000})
		if got := w.wrep("a"); got != want {
			t.Errorf("%d blocks after unbonding: %d left, want %d (%v)", late, got, want, events)
		}
	}
}

// Goal: suspension leaves unbonding as it is: it neither stops the clock nor
// saves the stake. Method: a starts to unbond a part, is suspended, unbonds the
// rest while suspended, and is slashed by all of it.
func TestAD7_SuspensionLeavesUnbonding(t *testing.T) {
	w := start(t, nil)
	w.group()
	w.bond("a", 20)
	w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a"), Amount: types.Whole(20)})
	w.must("b", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.must("c", "suspend", dcert.Suspend{Member: w.Addr("a")})
	w.wantMembers("a* b c")
	w.pass(3)
	w.must("a", "unbond", dcert.Unbond{Member: w.Addr("a"), Amount: types.Whole(100)})
	w.must("legislature", "slash", dcert.Slash{Member: w.Addr("a"), PPM: 1_000_000})
	if got := w.wrep("a"); got != 180 {
		t.Fatalf("a has %d, want 180: both withdrawals are reached", got)
	}
	w.pass(25)
	if got := w.free("a"); got != 180 {
		t.Fatalf("a has %d free, want 180", got)
	}
}

// Goal: whatever is bonded, withdrawn and slashed in whatever order, no REP
// comes or goes but what is burned, and stake is what the books say. Method:
// random operations, checked by the invariants of all routes and against the sum
// of burns.
func TestBondsAreConserved(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := start(t, nil)
		names := []string{"a", "b", "v"}
		total := func() (sum types.Amount) {
			for _, n := range names {
				sum = sum.Add(rep.Balance(w.Ctx("rep"), rep.WREP, w.Addr(n)))
			}
			return sum
		}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			from, of := rapid.SampledFrom(names).Draw(r, "from"), w.Addr(rapid.SampledFrom(names).Draw(r, "of"))
			amount := types.NewAmount(rapid.Uint64Range(0, 200_000_000_000).Draw(r, "amount"))
			before := total()
			switch rapid.IntRange(0, 4).Draw(r, "what") {
			case 0, 1:
				_ = w.do(from, "bond", dcert.BondFor{Member: of, Amount: amount})
			case 2:
				_ = w.do(from, "unbond", dcert.Unbond{Member: of, Amount: amount})
			case 3:
				events := w.must("legislature", "slash", dcert.Slash{Member: of, PPM: types.PPM(rapid.IntRange(1, 1_000_000).Draw(r, "ppm"))})
				burned, err := types.ParseDecimal("0")
				if err != nil || burned.UnmarshalText([]byte(find(events, "slashed", "burned"))) != nil {
					r.Fatal(events)
				}
				before = before.Sub(burned)
			case 4:
				w.pass(rapid.IntRange(1, 30).Draw(r, "blocks"))
			}
			if after := total(); after != before {
				r.Fatalf("%s REP, want %s", after, before)
			}
			if err := w.Check(); err != nil {
				r.Fatal(err)
			}
		}
	})
}
