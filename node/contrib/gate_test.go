package contrib

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/node/contrib/fixture"
)

// gated is a repository of Ada with 60, Bob with 30 and Carol with 10 shares,
// and a feature of Carol's.
func gated(t testing.TB) (*Repo, GateCase) {
	t.Helper()
	m := fixture.New()
	at := work(m, carol, work(m, bob, work(m, ada)))
	var rows []string
	for i, who := range []string{ada, bob, carol} {
		_, email, _ := strings.Cut(strings.TrimSuffix(who, ">"), " <")
		rows = append(rows, signed(email, byte(i+1)))
		at = write(m, who, at, rows...)
	}
	feature := m.Commit(fixture.Commit{Author: carol, Parents: []ID{at}, Files: map[string]string{"f.go": "var F = 1\n"}})
	m.Branch("main", at)
	m.Branch("feature", feature)
	g := GateCase{Head: feature, Branch: "main", Base: at, RequiredPPM: 500_000, Now: 1_000_000_000,
		Approvals: Approvals{Head: feature.String(), Height: "12", Author: "carol@example.org"},
		Shares:    Shares{Height: "12", Time: 999_000_000, Balances: map[keys.Address]json.Number{}}}
	for i, amount := range []json.Number{"60", "30", "10"} {
		g.Shares.Balances[key(byte(i+1)).Public().Address()] = amount
	}
	return written(t, m), g
}

func asked(t testing.TB, r *Repo, g GateCase, approvers ...string) *Verdict {
	t.Helper()
	g.Approvals.Approvers = approvers
	v, err := Gate(t.Context(), r, g, DefaultRules(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Goal: G17: approvers, their verified addresses, their part of the shares
// against the required one; a merge is allowed if and only if it is reached.
// Method: each set of approvers of three.
func TestG17_MergeGate(t *testing.T) {
	r, g := gated(t)
	g.Approvals.Author = "dora@example.org"
	for _, c := range []struct {
		approvers string
		required  uint64
		allowed   bool
		approving string
	}{
		{"ada@example.org", 500_000, true, "60.00"},
		{"bob@example.org carol@example.org", 500_000, false, "40.00"},
		{"ada@example.org bob@example.org carol@example.org", 1_000_000, true, "100.00"},
		{"", 1, false, "0.00"},
		{"ada@example.org ada@example.org ADA@example.org", 600_001, false, "60.00"}, // once
		{"stranger@example.org", 1, false, "0.00"},
	} {
		g.RequiredPPM = c.required
		v := asked(t, r, g, strings.Fields(c.approvers)...)
		if v.Allowed != c.allowed || v.Approving != c.approving {
			t.Errorf("%q with %d required: %v with %s: %s", c.approvers, c.required, v.Allowed, v.Approving, v.Reason)
		}
	}
}

// Goal: A-G6: exactly the required part is enough. Method: 30 of 100 against
// 30 % and one ppm more.
func TestAG6_AtLeast(t *testing.T) {
	r, g := gated(t)
	g.RequiredPPM = 300_000
	if v := asked(t, r, g, "bob@example.org"); !v.Allowed {
		t.Errorf("30.00 of 30.00: %s", v.Reason)
	}
	g.RequiredPPM++
	if v := asked(t, r, g, "bob@example.org"); v.Allowed {
		t.Error("30 of 30.0001 is allowed")
	}
}

// Goal: A-G7: approvals are for one head and one height at most seven days old,
// and the author's own does not count unless it is said to. Method: each of
// them off by one.
func TestAG7_HeadHeightAuthor(t *testing.T) {
	r, g := gated(t)
	g.RequiredPPM = 100_000
	if v := asked(t, r, g, "carol@example.org"); v.Allowed || v.Approvers[0].Note == "" {
		t.Errorf("the author approves: %+v", v)
	}
	own := g
	own.CountAuthor = true
	if v := asked(t, r, own, "carol@example.org"); !v.Allowed {
		t.Errorf("the author may approve: %s", v.Reason)
	}
	for name, spoil := range map[string]func(g *GateCase){
		"head":   func(g *GateCase) { g.Approvals.Head = g.Base.String() },
		"height": func(g *GateCase) { g.Approvals.Height = "13" },
		"old":    func(g *GateCase) { g.Now = g.Shares.Time + SharesAgeMax + 1 },
		"future": func(g *GateCase) { g.Now = g.Shares.Time - 1 },
	} {
		bad := g
		spoil(&bad)
		if v := asked(t, r, bad, "ada@example.org"); v.Allowed || v.Reason == "" {
			t.Errorf("%s: %+v", name, v)
		}
	}
	g.Now = g.Shares.Time + SharesAgeMax
	if v := asked(t, r, g, "ada@example.org"); !v.Allowed {
		t.Errorf("seven days old: %s", v.Reason)
	}
}

// Goal: a change cannot bring its own voters: addresses come from the branch.
// Method: a feature that links a rich address to its author's friend.
func TestGateReadsTheBase(t *testing.T) {
	_, g := gated(t)
	m := fixture.New()
	base := work(m, ada)
	head := m.Commit(fixture.Commit{Author: bob, Parents: []ID{base}, Files: map[string]string{linksFile: signed("bob@example.org", 2) + "\n"}})
	m.Branch("main", base)
	m.Branch("feature", head)
	g.Base, g.Head, g.Approvals.Head = base, head, head.String()
	if v := asked(t, written(t, m), g, "bob@example.org"); v.Allowed || v.Approving != "0.00" {
		t.Errorf("the feature's own link counts: %+v", v)
	}
}

// Goal: one address counts once, and never for a second identity of the author.
// Method: Dora links Ada's address; Carol's address under another identity.
func TestGateAddressOnce(t *testing.T) {
	_, g := gated(t)
	total, err := g.Shares.total()
	if err != nil {
		t.Fatal(err)
	}
	own := map[Identity][]keys.Address{
		"git:ada@example.org": {key(1).Public().Address()}, "git:dora@example.org": {key(1).Public().Address()},
		"git:carol@example.org": {key(3).Public().Address()}, "git:carol2@example.org": {key(3).Public().Address()}}
	g.Approvals.Approvers = []string{"ada@example.org", "dora@example.org", "carol2@example.org"}
	v := &Verdict{}
	if sum := g.weigh(v, own, IdentityOf, total); sum.String() != "60" {
		t.Errorf("%s shares approve, want 60: %+v", sum, v.Approvers)
	}
}

// Goal: shares that do not add up are refused. Method: a table.
func TestSharesRefused(t *testing.T) {
	_, g := gated(t)
	for _, bad := range []json.Number{"-1", "1.5", "1e3", "99"} {
		g.Shares.Total = bad
		if _, err := g.Shares.total(); !errors.Is(err, ErrShares) {
			t.Errorf("total %s: %v", bad, err)
		}
	}
	g.Shares.Total = "200"
	if total, err := g.Shares.total(); err != nil || total.String() != "200" {
		t.Errorf("total %v, %v", total, err)
	}
	for _, a := range []Approvals{{}, {Head: "x"}, {Head: "x", Height: "1"}} {
		if err := a.Check(); !errors.Is(err, ErrApprovals) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}
