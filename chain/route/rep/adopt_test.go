package rep_test

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

func twoHolders(t *testing.T) *routetest.World {
	t.Helper()
	w, err := routetest.New(table, map[string]uint64{"reward.block": 1000, "treasury_ppm": 0}, map[string]string{
		"rep": `{"holders": [{"address": "@alice", "amount": "1000"}, {"address": "@bob", "amount": "500"}]}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Goal: what waits at the address of an identity, REP of both books and the
// salary that it earned meanwhile, reaches the account that is linked. Method:
// mint there, run a block that pays salaries, adopt.
func TestAdopt(t *testing.T) {
	w := twoHolders(t)
	id := keys.IdentityAddress("git:ada@example.org")
	c := w.Ctx("rep")
	rep.OpenGovernance(c)
	rep.Mint(c, rep.WREP, id, types.NewAmount(500), "test")
	rep.Mint(c, rep.GREP, id, types.NewAmount(70), "test")
	if _, err := w.Next(); err != nil {
		t.Fatal(err)
	}
	c = w.Ctx("rep")
	earned := rep.Salary(c, id)
	if earned.IsZero() {
		t.Fatal("waiting REP has earned nothing")
	}
	if err := rep.Adopt(c, id, w.Addr("carol")); err != nil {
		t.Fatal(err)
	}
	for _, b := range []rep.Book{rep.WREP, rep.GREP} {
		if have := rep.Balance(c, b, id); !have.IsZero() {
			t.Errorf("%s %s stayed behind", have, b)
		}
	}
	if have := rep.Balance(c, rep.WREP, w.Addr("carol")); have != types.NewAmount(500) {
		t.Errorf("carol has %s wREP, want 500", have)
	}
	if have := rep.Balance(c, rep.GREP, w.Addr("carol")); have != types.NewAmount(70) {
		t.Errorf("carol has %s gREP, want 70", have)
	}
	if have := bank.Balance(c, w.Addr("carol")); have != earned {
		t.Errorf("carol has %s $, the identity had earned %s", have, earned)
	}
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
}

// Goal: REP at stake does not flow back, and holders are counted. Method: alice
// exposes 400 of 1,000 and 800 are asked back of her; then bob gives all.
func TestShift(t *testing.T) {
	w := twoHolders(t)
	c := w.Ctx("rep")
	alice, bob, carol := w.Addr("alice"), w.Addr("bob"), w.Addr("carol")
	if err := rep.Expose(c, alice, keys.Sum([]byte("stake")), types.NewAmount(400)); err != nil {
		t.Fatal(err)
	}
	if got := rep.Shift(c, rep.WREP, alice, carol, types.NewAmount(800), "test"); got != types.NewAmount(600) {
		t.Errorf("alice gave %s, want 600", got)
	}
	if n := rep.Count(c, rep.WREP); n != 3 {
		t.Errorf("%d holders, want 3", n)
	}
	if got := rep.Shift(c, rep.WREP, bob, rep.Incinerator, types.NewAmount(500), "test"); got != types.NewAmount(500) {
		t.Errorf("bob gave %s, want 500", got)
	}
	if n := rep.Count(c, rep.WREP); n != 2 {
		t.Errorf("%d holders, want 2", n)
	}
	if have := rep.Supply(c, rep.WREP); have != types.NewAmount(1000) {
		t.Errorf("supply is %s, want 1000", have)
	}
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
}
