package bank_test

import (
	"errors"
	"testing"

	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

func funded(t *testing.T) *routetest.World {
	t.Helper()
	w, err := routetest.New(table, map[string]uint64{
		"reward.block": 0, "fees.burn_ppm": 500_000, "treasury_ppm": 200_000, "fees.base_min": 1,
	}, map[string]string{"bank": `{"balances": [{"address": "@alice", "amount": "5000"}]}`})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Goal: a fee that a rule charges is burned and divided as fees are, and nothing
// else of the block counts it. Method: 1,000 charged of alice, half of it burned,
// a fifth of the rest for the treasury; Block.Fees, which mints, stays zero.
func TestCharge(t *testing.T) {
	w := funded(t)
	c := w.Ctx("bank")
	if err := bank.Charge(c, w.Addr("alice"), types.NewAmount(1000)); err != nil {
		t.Fatal(err)
	}
	if err := bank.Charge(c, w.Addr("alice"), types.NewAmount(4001)); !errors.Is(err, bank.ErrFunds) {
		t.Fatalf("charging more than there is: %v", err)
	}
	if !w.Block.Fees.IsZero() {
		t.Fatalf("Block.Fees is %s", w.Block.Fees)
	}
	if _, err := w.Next(); err != nil {
		t.Fatal(err)
	}
	c = w.Ctx("bank")
	for _, want := range []struct {
		name    string
		have    types.Amount
		correct uint64
	}{
		{"alice", bank.Balance(c, w.Addr("alice")), 4000},
		{"entry", bank.Balance(c, bank.EntryPot), 0},
		{"treasury", bank.Balance(c, bank.Treasury), 100},
		{"salaries", bank.Balance(c, bank.SalaryPot), 400},
		{"supply", bank.Supply(c), 4500},
	} {
		if want.have != types.NewAmount(want.correct) {
			t.Errorf("%s has %s, want %d", want.name, want.have, want.correct)
		}
	}
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
}

// Goal: the treasury pays for the legislature alone, and no more than it has.
// Method: alice and the legislature order payments.
func TestSpend(t *testing.T) {
	w := funded(t)
	if err := bank.Transfer(w.Ctx("bank"), w.Addr("alice"), bank.Treasury, types.NewAmount(300)); err != nil {
		t.Fatal(err)
	}
	order := func(from string, amt uint64) error {
		_, err := w.Call(from, "bank", "spend", bank.Spend{To: w.Addr("bob"), Amount: types.NewAmount(amt)})
		return err
	}
	if err := order("alice", 1); !errors.Is(err, route.ErrReserved) {
		t.Errorf("alice spends the treasury: %v", err)
	}
	if err := order("@legislature", 301); !errors.Is(err, bank.ErrFunds) {
		t.Errorf("more than the treasury has: %v", err)
	}
	if err := order("@legislature", 0); !errors.Is(err, bank.ErrAmount) {
		t.Errorf("nothing: %v", err)
	}
	if err := order("@legislature", 300); err != nil {
		t.Error(err)
	}
	if have := bank.Balance(w.Ctx("bank"), w.Addr("bob")); have != types.NewAmount(300) {
		t.Errorf("bob has %s, want 300", have)
	}
}
