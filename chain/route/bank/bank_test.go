package bank_test

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

var table = route.Table{params.Route, bank.Route}

// Goal: the route's rules, refusals and numbers as stories. Method: transcripts.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := routetest.Script{Table: table}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			l := routetest.Line{Cmd: d.Cmd, Input: d.Input}
			for _, a := range d.CmdArgs {
				l.Add(a.Key, a.Vals)
			}
			return s.Step(l)
		})
	})
}

var people = []string{"alice", "bob", "carol", "dora"}

// Goal: $ are conserved whatever happens. Method: random transactions, some of
// them nonsense, through guards and rules over several blocks; the invariants
// are checked after each, and every charge is base fee × weight.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, err := routetest.New(table, map[string]uint64{"fees.base_min": 3, "epoch.blocks": 4}, map[string]string{
			"bank": `{"balances": [{"address": "@alice", "amount": "5000000"}, {"address": "@bob", "amount": "40000"}]}`,
		})
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			if rapid.IntRange(0, 4).Draw(t, "block") == 0 {
				if _, err := w.Next(); err != nil {
					t.Fatal(err)
				}
				if err := w.Check(); err != nil {
					t.Fatal(err)
				}
				continue
			}
			e := w.Apply(draw(t, w))
			if want := w.Block.BaseFee.Mul(e.Weight); e.Refused == nil && e.Charged != want {
				t.Fatalf("charged %s, want %s", e.Charged, want)
			}
			if e.Refused != nil && (e.Weight != 0 || !e.Charged.IsZero()) {
				t.Fatalf("refused, and charged %s", e.Charged)
			}
		}
		if _, err := w.Next(); err != nil {
			t.Fatal(err)
		}
		if err := w.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// draw is a random transaction.
func draw(t *rapid.T, w *routetest.World) *types.SignedTx {
	from := rapid.SampledFrom(people).Draw(t, "from")
	sender := w.Key(from).Public().Address()
	tx := types.Tx{
		Chain: w.Chain.Name, Nonce: bank.Nonce(w.Ctx("bank"), sender), ValidUntil: w.Block.Height,
		FeeMax: types.NewAmount(rapid.Uint64Range(0, 20_000).Draw(t, "feeMax")),
	}
	if rapid.IntRange(0, 9).Draw(t, "stale") == 0 {
		tx.Nonce++
	}
	if rapid.Bool().Draw(t, "sponsored") {
		payer := w.Addr(rapid.SampledFrom(people).Draw(t, "payer"))
		tx.FeePayer = &payer
	}
	for range rapid.IntRange(1, 4).Draw(t, "msgs") {
		to := w.Addr(rapid.SampledFrom(append(people, "salary", "treasury")).Draw(t, "to"))
		amount := types.NewAmount(rapid.Uint64Range(0, 30_000).Draw(t, "amount"))
		var body any
		id := rapid.Uint16Range(1, 3).Draw(t, "msg")
		switch id {
		case 1:
			body = bank.Send{To: to, Amount: amount}
		case 2:
			body = bank.Allow{Spender: to, PerEpoch: amount}
		case 3:
			body = bank.Revoke{Spender: to}
		}
		tx.Msgs = append(tx.Msgs, types.Msg{Route: bank.ID, ID: id, Body: codec.MustMarshal(body)})
	}
	tx.Sign(w.Key(from), w.Chain.Genesis)
	signed, err := types.Seal(tx)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Goal: paying in parts is paying the whole. Method: a random payment, once
// whole and once in two parts, leaves the same balances.
func TestSplittingAPaymentChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := rapid.Uint64Range(1, 1000).Draw(t, "have")
		whole := rapid.Uint64Range(2, 1000).Draw(t, "whole")
		part := rapid.Uint64Range(1, whole-1).Draw(t, "part")
		pay := func(parts ...uint64) (a, b types.Amount) {
			w, err := routetest.New(table, nil, map[string]string{
				"bank": fmt.Sprintf(`{"balances": [{"address": "@alice", "amount": "%d"}]}`, have),
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range parts {
				if _, err := w.Call("alice", "bank", "send", bank.Send{To: w.Addr("bob"), Amount: types.NewAmount(p)}); err != nil {
					break
				}
			}
			return bank.Balance(w.Ctx("bank"), w.Addr("alice")), bank.Balance(w.Ctx("bank"), w.Addr("bob"))
		}
		a1, b1 := pay(whole)
		if whole > have {
			if b1 != (types.Amount{}) {
				t.Fatal("paid more than there was")
			}
			return
		}
		if a2, b2 := pay(part, whole-part); a1 != a2 || b1 != b2 {
			t.Fatalf("whole %s/%s, in parts %s/%s", a1, b1, a2, b2)
		}
	})
}

// Goal: the base fee moves by at most an eighth, towards half-full blocks, and
// stays above its floor. Method: random blocks against the inequalities, then
// runs of full and of empty blocks against the closed form's direction.
func TestNextBaseFee(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := types.NewAmount(rapid.Uint64Range(1, 1<<40).Draw(t, "base"))
		floor := types.NewAmount(rapid.Uint64Range(1, 1000).Draw(t, "floor"))
		limit := rapid.Uint64Range(2, 1<<30).Draw(t, "limit")
		weight := rapid.Uint64Range(0, limit).Draw(t, "weight")
		next := bank.NextBaseFee(base, weight, limit, floor)
		eighth := base.ShareDown(1, 8).Max(types.NewAmount(1))
		if next.Less(floor) {
			t.Fatalf("%s is below the floor %s", next, floor)
		}
		switch target := limit / 2; {
		case weight > target:
			if !base.Less(next) || base.Max(floor).Add(eighth).Less(next) {
				t.Fatalf("%s → %s with %d of %d", base, next, weight, limit)
			}
		case weight < target:
			if want := base.SubClamp(eighth); next.Less(want) || base.Max(floor).Less(next) || floor.Less(base) && next == base {
				t.Fatalf("%s → %s with %d of %d", base, next, weight, limit)
			}
		case next != base.Max(floor):
			t.Fatalf("%s → %s at the target", base, next)
		}
	})
	fee, floor := types.NewAmount(1), types.NewAmount(1)
	for range 40 {
		fee = bank.NextBaseFee(fee, 1000, 1000, floor)
	}
	if fee != types.NewAmount(1+40) && fee.Less(types.NewAmount(40)) {
		t.Fatalf("after 40 full blocks the fee is %s", fee)
	}
	for range 400 {
		fee = bank.NextBaseFee(fee, 0, 1000, floor)
	}
	if fee != floor {
		t.Fatalf("after 400 empty blocks the fee is %s", fee)
	}
}

// Goal: an account that says nothing takes no room. Method: pay all away, then
// look for the key.
func TestEmptyAccountsVanish(t *testing.T) {
	w, err := routetest.New(table, nil, map[string]string{"bank": `{"balances": [{"address": "@alice", "amount": "7"}]}`})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Call("alice", "bank", "send", bank.Send{To: w.Addr("bob"), Amount: types.NewAmount(7)}); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.Ctx("bank").Get(bank.AccountKey(w.Addr("alice"))); ok {
		t.Error("an empty account is still there")
	}
}

func ExampleTransfer() {
	w, _ := routetest.New(table, nil, map[string]string{"bank": `{"balances": [{"address": "@alice", "amount": "100"}]}`})
	c := w.Ctx("bank")
	alice, bob := w.Addr("alice"), w.Addr("bob")
	fmt.Println(bank.Transfer(c, alice, bob, types.NewAmount(30)), bank.Balance(c, alice), bank.Balance(c, bob))
	fmt.Println(bank.Transfer(c, alice, bob, types.NewAmount(71)))
	// Output:
	// <nil> 70 30
	// the balance does not cover this: got 70, want 71
}

// Goal: the message that blocks are full of is read by hand exactly as the
// codec reads it. Method: fuzzed bytes through both; what is accepted is the
// same value, and its encoding the same bytes.
func FuzzSendWire(f *testing.F) {
	f.Add(codec.MustMarshal(bank.Send{Amount: types.NewAmount(300)}))
	f.Add(codec.MustMarshal(bank.Send{}))
	f.Add([]byte{0x82, 0x54})
	f.Fuzz(func(t *testing.T, b []byte) {
		var fast, slow bank.Send
		fastErr, slowErr := fast.UnmarshalWire(b), codec.Unmarshal(b, &slow)
		if (fastErr == nil) != (slowErr == nil) {
			t.Fatalf("%x: by hand %v, codec %v", b, fastErr, slowErr)
		}
		if fastErr == nil && (fast != slow || string(codec.MustMarshal(fast)) != string(b)) {
			t.Fatalf("%x: %+v and %+v", b, fast, slow)
		}
	})
}
