package vpool_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/vpool"
)

// Three accounts with one unit of REP each share 10 units of $: 3 each, and
// the one that is left over enters the next salary, where 2 + 1 are enough for all.
func ExampleSalary() {
	var s vpool.Salary
	three, one := vpool.NewAmount(3), vpool.NewAmount(1)
	for _, rest := range []uint64{10, 2} {
		start := s.Index
		s, _ = s.Accrue(vpool.NewAmount(rest), three)
		var paid vpool.Amount
		for range 3 {
			s, paid, _ = s.Claim(one, start)
		}
		fmt.Println("each has", paid.Dec(), "and the carry is", s.Carry.Dec())
	}
	// Output:
	// each has 3 and the carry is 1
	// each has 1 and the carry is 0
}

// holder is an account of the model in TestSalary.
type holder struct{ balance, index, paid vpool.Amount }

// Goal: salaries are exact. Method: any history of incomes, mints, burns and
// claims over a few accounts; after each step paid + pot = accrued, and what is
// owed is what the accounts can claim. At the end everybody claims, and the rest
// is carry to the last unit.
func TestSalary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s vpool.Salary
		var accrued, supply vpool.Amount
		accounts := make([]holder, rapid.IntRange(1, 5).Draw(t, "accounts"))
		claim := func(h *holder) {
			next, due, err := s.Claim(h.balance, h.index)
			if err != nil {
				t.Fatal(err)
			}
			if want := s.Due(h.balance, h.index); due != want {
				t.Fatalf("claimed %v, due %v", due, want)
			}
			s, h.index, h.paid = next, next.Index, plus(h.paid, due)
		}
		check := func() {
			paid := s.Pot
			for _, h := range accounts {
				paid = plus(paid, h.paid)
			}
			if paid != accrued {
				t.Fatalf("accrued %v, paid and in the pot %v", accrued, paid)
			}
			var owed vpool.Amount
			for _, h := range accounts {
				owed = plus(owed, vpool.ShareDown(h.balance, minus(s.Index, h.index), n(1)))
			}
			if owed != s.Owed() {
				t.Fatalf("accounts can claim %v, owed %v", owed, s.Owed())
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) { check() },
			"accrue": func(t *rapid.T) {
				rest := anyAmount().Draw(t, "rest")
				rest.Rsh(&rest, 8) // 256 incomes stay within 128 bits
				if accrued.BitLen() > 126 {
					t.Skip("pot full")
				}
				next, err := s.Accrue(rest, supply)
				if err != nil {
					t.Fatal(err)
				}
				s, accrued = next, plus(accrued, rest)
			},
			"claim": func(t *rapid.T) {
				claim(&accounts[rapid.IntRange(0, len(accounts)-1).Draw(t, "who")])
			},
			"change balance": func(t *rapid.T) {
				h := &accounts[rapid.IntRange(0, len(accounts)-1).Draw(t, "who")]
				claim(h)
				balance := anyAmount().Draw(t, "balance")
				balance.Rsh(&balance, 32)
				supply = plus(minus(supply, h.balance), balance)
				h.balance = balance
			},
		})
		for i := range accounts {
			claim(&accounts[i])
		}
		check()
		if owed := s.Owed(); !owed.IsZero() || s.Carry != s.Pot || s.Dust != 0 {
			t.Fatalf("all claimed: owed %v, state %+v", owed, s)
		}
	})
}

// Goal: what an income leaves unpaid is bounded: less than one unit per
// account, plus less than supply/2⁶⁴ + 1 from the index. Method: one income
// over any balances; everybody claims.
func TestSalaryDustIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		balances := rapid.SliceOfN(anyAmount(), 1, 8).Draw(t, "balances")
		supply, rest := plus(balances...), anyAmount().Draw(t, "rest")
		if supply.IsZero() {
			return
		}
		s, err := vpool.Salary{}.Accrue(rest, supply)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range balances {
			exact := vpool.ShareDown(rest, b, supply)
			var due vpool.Amount
			if s, due, err = s.Claim(b, vpool.Amount{}); err != nil || due.Gt(&exact) {
				t.Fatalf("%v of %v has %v of %v (%v)", b, supply, due, rest, err)
			}
		}
		var bound vpool.Amount
		bound.Rsh(&supply, 64)
		bound = plus(bound, n(uint64(len(balances))+2))
		if s.Pot.Gt(&bound) {
			t.Fatalf("%v left, bound %v", s.Pot, bound)
		}
	})
}

// Goal: neither two accounts nor two claims have more than one. Method: the
// same balance and span of the index, cut either way.
func TestSalarySplittingNeverGains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		supply := plus(anyAmount().Draw(t, "supply"), n(1))
		var s vpool.Salary
		s, _ = s.Accrue(anyAmount().Draw(t, "first"), supply)
		middle := s
		s, _ = s.Accrue(anyAmount().Draw(t, "second"), supply)
		var start vpool.Amount
		whole := s.Due(supply, start)
		a, b := cut(t, supply, "cut")
		if parts := plus(s.Due(a, start), s.Due(b, start)); parts.Gt(&whole) {
			t.Fatalf("two accounts have %v, one %v", parts, whole)
		}
		if claims := plus(middle.Due(supply, start), s.Due(supply, middle.Index)); claims.Gt(&whole) {
			t.Fatalf("two claims have %v, one %v", claims, whole)
		}
	})
}

// Goal: without holders the income waits, and broken claims are refused.
// Method: direct cases.
func TestSalaryEdges(t *testing.T) {
	s, err := vpool.Salary{}.Accrue(n(10), vpool.Amount{})
	if err != nil || s.Carry != n(10) || !s.Index.IsZero() {
		t.Fatalf("no holders: %+v, %v", s, err)
	}
	if s, err = s.Accrue(n(2), n(4)); err != nil || s.Due(n(4), vpool.Amount{}) != n(12) {
		t.Fatalf("first holder: %+v, %v", s, err)
	}
	for name, c := range map[string]struct{ balance, paid vpool.Amount }{
		"more than the supply": {n(5), vpool.Amount{}},
		"from the future":      {n(1), plus(s.Index, n(1))},
		"beyond 256 bits":      {vpool.Amount{0, 0, 0, 1 << 63}, vpool.Amount{}},
	} {
		if same, paid, err := s.Claim(c.balance, c.paid); !errors.Is(err, vpool.ErrSalary) || !paid.IsZero() || same != s {
			t.Errorf("%s: %v %v", name, paid, err)
		}
	}
	if _, err := s.Accrue(vpool.Amount{0, 0, 1}, n(1)); !errors.Is(err, vpool.ErrAmount) {
		t.Errorf("huge income: %v", err)
	}
	full := s
	full.Index.SetAllOne()
	if _, err := full.Accrue(n(1), n(1)); !errors.Is(err, vpool.ErrAmount) {
		t.Errorf("full index: %v", err)
	}
}
