package vpool_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/vpool"
)

// A block with 0.001 $ of fees and the default reward of 0.0002 $: half of the
// fees burn, the treasury has 5 % of the rest, holders of REP have what remains.
func ExampleIncome_Split() {
	d, err := vpool.Income{
		Fees: vpool.NewAmount(1_000_000), Reward: vpool.NewAmount(200_000),
		BurnPPM: 500_000, TreasuryPPM: 50_000,
	}.Split()
	if err != nil {
		panic(err)
	}
	fmt.Println(d.Burned.Dec(), d.Treasury.Dec(), d.Governance.Dec(), d.Salary.Dec())
	// Output: 500000 35000 0 665000
}

// With the defaults and a supply of a million REP the reward alone mints 3.15 %
// a year; the cap of 10 % leaves four fifths of itself to blocks.
func ExampleMintTerms_Mint() {
	terms := vpool.MintTerms{
		RatioPPM: 1_000_000, Supply: vpool.NewAmount(1_000_000 * vpool.Unit),
		YearCapPPM: 100_000, IntervalMs: 200, EntryPPM: 200_000,
	}
	reward := vpool.NewAmount(200_000)
	quiet := terms.Mint(vpool.Amount{}, reward)
	busy := terms.Mint(vpool.NewAmount(vpool.Unit), reward)
	fmt.Println("reward alone:", vpool.FormatREP(quiet), "a block,", quiet.Uint64()*157_680_000/vpool.Unit, "a year")
	fmt.Println("capped:", vpool.FormatREP(busy), "a block,", busy.Uint64()*157_680_000/vpool.Unit, "a year")
	fmt.Println("kept for newcomers:", vpool.FormatREP(terms.Caps().Entries))
	// Output:
	// reward alone: 0.0002 a block, 31536 a year
	// capped: 0.000507356 a block, 79999 a year
	// kept for newcomers: 0.000126839
}

// Goal: every $ of a block goes somewhere. Method: the four parts add up for
// any income, and two blocks never burn or divert more than one with both.
func TestIncomeBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := vpool.Income{
			Fees: anyAmount().Draw(t, "fees"), Reward: anyAmount().Draw(t, "reward"),
			BurnPPM: anyPPM().Draw(t, "burn"), TreasuryPPM: anyPPM().Draw(t, "treasury"),
		}
		i.GovernancePPM = rapid.Uint32Range(0, 1_000_000-i.TreasuryPPM).Draw(t, "governance")
		d, err := i.Split()
		if err != nil {
			t.Fatal(err)
		}
		if plus(d.Burned, d.Treasury, d.Governance, d.Salary) != plus(i.Fees, i.Reward) {
			t.Fatalf("%+v became %+v", i, d)
		}
		if want := vpool.PPMDown(i.Fees, i.BurnPPM); d.Burned != want {
			t.Fatalf("burned %v, want %v", d.Burned, want)
		}
	})
	for _, bad := range []vpool.Income{
		{BurnPPM: 1_000_001}, {TreasuryPPM: 1_000_001}, {GovernancePPM: 1 << 31, TreasuryPPM: 1 << 31},
		{TreasuryPPM: 600_000, GovernancePPM: 400_001},
	} {
		if _, err := bad.Split(); !errors.Is(err, vpool.ErrPPM) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := (vpool.Income{Fees: vpool.Amount{0, 0, 0, 1}}).Split(); !errors.Is(err, vpool.ErrAmount) {
		t.Errorf("huge fees: %v", err)
	}
}

// Goal: a year of blocks never mints more than the cap, and the two parts of
// the cap are the cap. Method: any terms; multiply back with the number of
// blocks in a year.
func TestMintCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := vpool.MintTerms{
			RatioPPM: anyPPM().Draw(t, "ratio"), Supply: anyAmount().Draw(t, "supply"),
			YearCapPPM: anyPPM().Draw(t, "cap"), IntervalMs: rapid.Uint64Range(1, vpool.YearMs).Draw(t, "interval"),
			EntryPPM: anyPPM().Draw(t, "entry"),
		}
		fees, reward := anyAmount().Draw(t, "fees"), anyAmount().Draw(t, "reward")
		got, caps := terms.Mint(fees, reward), terms.Caps()
		uncapped := vpool.PPMDown(plus(fees, reward), terms.RatioPPM)
		if terms.YearCapPPM == 0 {
			if caps.Limited || got != uncapped {
				t.Fatalf("no cap, and yet %v of %v", got, uncapped)
			}
			return
		}
		if got.Gt(&uncapped) || got.Gt(&caps.Blocks) || (got.Lt(&uncapped) && got != caps.Blocks) {
			t.Fatalf("minted %v of %v, cap %+v", got, uncapped, caps)
		}
		both := plus(caps.Blocks, caps.Entries)
		blocks := n(vpool.YearMs / terms.IntervalMs)
		year := vpool.ShareDown(both, blocks, n(1))
		if limit := vpool.PPMDown(terms.Supply, terms.YearCapPPM); year.Gt(&limit) {
			t.Fatalf("a year mints %v, the cap is %v", year, limit)
		}
	})
}

// Goal: newcomers' pools share the entry part of the cap and no more. Method:
// several fees in one block, each told what the earlier ones used.
func TestMintEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := vpool.MintTerms{
			RatioPPM: 1_000_000, Supply: anyAmount().Draw(t, "supply"), YearCapPPM: anyPPM().Draw(t, "cap"),
			IntervalMs: 200, EntryPPM: anyPPM().Draw(t, "entry"),
		}
		var used, asked vpool.Amount
		for _, fee := range rapid.SliceOfN(anyAmount(), 1, 5).Draw(t, "fees") {
			used = plus(used, terms.MintEntry(fee, used))
			asked = plus(asked, fee)
		}
		caps := terms.Caps()
		want := asked
		if caps.Limited && caps.Entries.Lt(&want) {
			want = caps.Entries
		}
		if used != want {
			t.Fatalf("minted %v, want %v", used, want)
		}
		if over := plus(caps.Entries, n(1)); caps.Limited {
			if got := terms.MintEntry(asked, over); !got.IsZero() {
				t.Fatalf("an overdrawn entry cap mints %v", got)
			}
		}
	})
}

// Goal: fees paid in two blocks mint no more than in one. Method: superadditivity
// of Mint under one cap.
func TestMintSplittingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := vpool.MintTerms{RatioPPM: anyPPM().Draw(t, "ratio")}
		a, b := anyAmount().Draw(t, "a"), anyAmount().Draw(t, "b")
		var zero vpool.Amount
		parts, whole := plus(terms.Mint(a, zero), terms.Mint(b, zero)), terms.Mint(plus(a, b), zero)
		if parts.Gt(&whole) {
			t.Fatalf("parts %v, whole %v", parts, whole)
		}
	})
}
