package legislature_test

import (
	"errors"
	"fmt"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	law "probity/chain/route/legislature"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// fund puts whole $ into the treasury.
func (a *assembly) fund(whole uint64) {
	a.t.Helper()
	if err := bank.Transfer(a.Ctx("bank"), a.Addr("dave"), bank.Treasury, types.Whole(whole)); err != nil {
		a.t.Fatal(err)
	}
}

// balances are all that a forecast may name: asset and account to amount.
func (a *assembly) balances() map[string]types.Amount {
	out := map[string]types.Amount{}
	for _, name := range []string{"alice", "bob", "carol", "dave", "erin", "treasury"} {
		at := a.Addr(name)
		out["$"+at.String()] = bank.Balance(a.Reader(), at)
		for _, b := range []rep.Book{rep.WREP, rep.GREP} {
			out[b.String()+at.String()] = rep.Balance(a.Reader(), b, at)
		}
	}
	return out
}

// Goal: what a dry run foretells is what happens, to the base unit. Method: a
// proposal that pays, changes parameters and a work contract is dry-run as a draft;
// then the same is submitted, passed and executed; every balance and parameter that
// differs was foretold, and nothing else was.
func TestL6_DryRunIsExact(t *testing.T) {
	for _, governed := range []bool{false, true} {
		t.Run(fmt.Sprint("gREP open ", governed), func(t *testing.T) {
			a := assemble(t, map[string]uint64{"rep.mint_ratio": 700_000, "fees.burn_ppm": 1_000_000})
			a.fund(50)
			if governed {
				rep.OpenGovernance(a.Ctx("rep"))
			}
			post := a.post("three wrote this", "carol", "dave", "erin")
			draft := law.DryRun{
				Proposer: a.Addr("carol"), Title: "all at once", Post: post, Fee: types.NewAmount(7_000_000_001),
				Actions: []types.Msg{
					a.spend("erin", 5), set("dials.left", 9, "dials.right", 8),
					act("legislature", "activate", law.Activate{Post: post, Changes: []params.Change{{Name: "wsc.author_ppm", Value: 77_000}}}),
				},
			}
			f := a.dryRun(draft)
			if !f.OK || len(f.Errors) > 0 || !f.Grave || f.Contract == nil || f.Capped || f.Deposit != types.Whole(10) || f.Fee != draft.Fee {
				t.Fatalf("%+v", f)
			}
			before := a.balances()
			n := a.proposeAs("carol", law.Submit{
				Title: draft.Title, Post: post, Fee: draft.Fee, Actions: draft.Actions, Deposit: types.Whole(100),
			})
			before["$"+a.Addr("carol").String()] = before["$"+a.Addr("carol").String()].Sub(draft.Fee)
			if s := a.enact(n); s != "executed" {
				t.Fatal(s)
			}
			a.next(1)
			foretold := map[string]law.BalanceDiff{}
			for _, d := range f.Balances {
				foretold[d.Asset+d.Address.String()] = d
			}
			for k, now := range a.balances() {
				d, ok := foretold[k]
				if change := before[k] != now; change != ok {
					t.Errorf("%s changed: %v, foretold: %v", a.Names(k), change, ok)
				}
				if ok && now.Add(d.From) != before[k].Add(d.To) {
					t.Errorf("%s went from %s to %s, foretold %s to %s", a.Names(k), before[k], now, d.From, d.To)
				}
			}
			// 0.7 of the fee is 4.9000000007 REP; a third each, rounded down twice.
			want := "201.633331700"
			if have := rep.Balance(a.Reader(), rep.WREP, a.Addr("carol")); have != mustAmount(t, want) {
				t.Errorf("carol has %s, want %s", have.Decimal(), want)
			}
			if _, ok := foretold["gREP"+a.Addr("carol").String()]; ok != governed {
				t.Errorf("gREP foretold: %v", ok)
			}
			a.nextEpoch()
			for _, d := range f.Params {
				if v := a.Params.Get(a.Params.Find(d.Name)); v != d.To {
					t.Errorf("%s is %d, foretold %d", d.Name, v, d.To)
				}
			}
			if len(f.Params) != 3 || f.Params[0].Name != "dials.left" || f.Params[0].From != 1 || f.Params[0].To != 9 {
				t.Errorf("%+v", f.Params)
			}
			a.check()
		})
	}
}

func mustAmount(t *testing.T, s string) types.Amount {
	t.Helper()
	v, err := types.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Goal: a dry run leaves no trace and tells every mistake at once. Method: two
// failing actions and a proposer without means; the same asked twice.
func TestL6_DryRunChangesNothing(t *testing.T) {
	a := assemble(t, nil)
	q := law.DryRun{
		Proposer: a.Addr("erin"), Inline: types.Bytes("x"), Fee: types.Whole(2000),
		Actions: []types.Msg{a.spend("bob", 5), set("dials.left", 1, "budget.grep_ppm", 1000), act("dials", "stick", turnMsg{})},
	}
	before := a.balances()
	f := a.dryRun(q)
	if again := a.dryRun(q); fmt.Sprint(again) != fmt.Sprint(f) {
		t.Errorf("%+v, then %+v", f, again)
	}
	if fmt.Sprint(before) != fmt.Sprint(a.balances()) || len(a.list()) != 0 {
		t.Error("something stayed")
	}
	kinds := []string{}
	for _, e := range f.Errors {
		kinds = append(kinds, fmt.Sprint(e.Action, " ", e.Kind))
	}
	if f.OK || fmt.Sprint(kinds) != "[-1 FUNDS 0 FUNDS 2 STUCK]" {
		t.Errorf("errors %v", kinds)
	}
	found := map[string]bool{}
	for _, l := range f.Lint {
		found[l.Kind] = true
	}
	for _, k := range []string{"TITLE", "NO_POST", "FUNDS", "DEPOSIT", "TREASURY", "NO_CHANGE", "OPENS_GREP"} {
		if !found[k] {
			t.Errorf("lint misses %s: %+v", k, f.Lint)
		}
	}
	if len(f.Timetable) != 4 || f.Timetable[0].Until != a.Block.Time+800 || f.Timetable[3].Until != a.Block.Time+3600 {
		t.Errorf("timetable %+v", f.Timetable)
	}
	var none law.Forecast
	a.ask("dryRun", `{"proposal": 9}`, &none)
	if none.Errors != nil {
		t.Error("a forecast of a proposal that is not there")
	}
}

// Goal: a dry run of a proposal that is under way tells what is still to come.
// Method: the same proposal as a draft, in its vote, queued, and executed.
func TestL6_DryRunAlongTheWay(t *testing.T) {
	a := assemble(t, nil)
	post := a.post("p", "carol")
	n := a.proposeAs("carol", law.Submit{Title: "t", Post: post, Fee: types.Whole(2), Deposit: types.Whole(10), Actions: []types.Msg{set("dials.left", 9)}})
	rival := a.propose(set("dials.left", 7))
	a.next(1)
	ask := func() law.Forecast { return a.dryRun(law.DryRun{Proposal: n}) }
	f := ask()
	if len(f.Balances) != 1 || f.Balances[0].To.Sub(f.Balances[0].From) != types.Whole(2) || len(f.Earned) != 2 || !f.Earned[1].Waits || len(f.Timetable) != 4 {
		t.Errorf("%+v", f)
	}
	if fmt.Sprint(f.Lint) != fmt.Sprintf("[{RIVAL -1 dials.left is changed by proposal %d as well, which is being voted on}]", rival) {
		t.Errorf("%+v", f.Lint)
	}
	a.pass(n)
	if f := ask(); len(f.Balances) != 0 || len(f.Earned) != 1 || f.Earned[0].Book != rep.GREP || len(f.Timetable) != 1 || !f.OK {
		t.Errorf("%+v", f)
	}
	a.next(2)
	a.must("erin", "execute", law.Execute{Proposal: n})
	if f := ask(); len(f.Params) != 0 || len(f.Earned) != 0 || len(f.Timetable) != 0 {
		t.Errorf("%+v", f)
	}
}

// Goal: gREP is created by a budget for it, and earned by those who wrote what is
// executed, before and after. Method: one proposal before, the creating one, one
// after; each pays 3 in wREP when it passes and 3 in gREP.
func TestL7_GrepIsEarned(t *testing.T) {
	a := assemble(t, nil)
	fee := types.Whole(3)
	early := a.proposeAs("dave", law.Submit{Post: a.post("early", "dave"), Fee: fee, Deposit: types.Whole(10)})
	lost := a.proposeAs("dave", law.Submit{Post: a.post("lost", "dave"), Fee: fee, Deposit: types.Whole(10), Actions: []types.Msg{act("dials", "stick", turnMsg{})}})
	both := func(string) { a.vote(early, "bob", law.For, 100); a.vote(lost, "bob", law.For, 100) }
	a.stages(early, "queued", both)
	a.has(rep.WREP, "dave", "106") // both passed, both earned
	a.next(2)
	a.must("erin", "execute", law.Execute{Proposal: early})
	a.must("erin", "execute", law.Execute{Proposal: lost})
	n := a.proposeAs("carol", law.Submit{Post: a.post("create", "carol"), Fee: fee, Deposit: types.Whole(20), Actions: []types.Msg{set("budget.grep_ppm", 50_000)}})
	if s := a.enact(n); s != "executed" {
		t.Fatal(s)
	}
	a.has(rep.GREP, "dave", "0", "carol", "0")
	a.nextEpoch()
	a.next(1)
	a.has(rep.GREP, "dave", "3", "carol", "3") // what failed earns none
	late := a.proposeAs("bob", law.Submit{Post: a.post("late", "bob"), Fee: fee, Deposit: types.Whole(20)})
	if s := a.enact(late); s != "executed" {
		t.Fatal(s)
	}
	a.next(1)
	a.has(rep.GREP, "bob", "3")
	a.has(rep.WREP, "bob", "303")
	a.check()
}

// Goal: a text of its own earns nothing, nor does what is rejected. Method: fees
// of both against the supply.
func TestL7_OnlyPostsEarn(t *testing.T) {
	a := assemble(t, nil)
	n := a.propose()
	if s := a.enact(n); s != "executed" {
		t.Fatal(s)
	}
	r := a.proposeAs("carol", law.Submit{Post: a.post("bad", "carol"), Fee: types.Whole(3), Deposit: types.Whole(10)})
	a.stages(r, "rejected", func(stage string) {
		side := law.For
		if stage == "binding" {
			side = law.Against
		}
		a.vote(r, "bob", side, 100)
	})
	if s := rep.Supply(a.Reader(), rep.WREP); s != types.Whole(1000) {
		t.Errorf("supply %s", s.Decimal())
	}
}

// governed is an assembly in which gREP canonizes: seven hold 10 each.
func governed(t *testing.T) *assembly {
	t.Helper()
	a := assemble(t, map[string]uint64{"budget.grep_ppm": 10_000})
	a.grant(rep.GREP, 10, "alice", "bob", "carol", "dave", "erin", "frank", "grace")
	a.nextEpoch()
	return a
}

// Goal: gREP canonizes from when seven hold it, none more than a third, for good.
// Method: six holders; a seventh with all above a third; then less; then one holder
// alone.
func TestL7_WhoCanonizes(t *testing.T) {
	a := assemble(t, map[string]uint64{"budget.grep_ppm": 10_000})
	book := func() rep.Book {
		var l law.Law
		a.ask("params", "{}", &l)
		return l.Book
	}
	a.grant(rep.GREP, 10, "alice", "bob", "carol", "dave", "erin", "frank")
	a.nextEpoch()
	if book() != rep.WREP {
		t.Error("six suffice")
	}
	a.grant(rep.GREP, 31, "grace")
	a.nextEpoch()
	if book() != rep.WREP {
		t.Error("one has more than a third")
	}
	rep.Burn(a.Ctx("rep"), rep.GREP, a.Addr("grace"), types.Whole(1), "test") // 30 of 90
	if book() != rep.WREP {
		t.Error("not at the boundary")
	}
	a.nextEpoch()
	if book() != rep.GREP {
		t.Error("seven hold it, none more than a third")
	}
	for _, name := range []string{"alice", "bob", "carol", "dave", "erin", "frank"} {
		rep.Burn(a.Ctx("rep"), rep.GREP, a.Addr(name), types.Whole(10), "test")
	}
	a.nextEpoch()
	if book() != rep.GREP {
		t.Error("not for good")
	}
	a.check()
}

// Goal: once gREP canonizes, holders of it deposit and decide, and posts earn in
// it, once. Method: frank, who has gREP alone, proposes; wREP counts for nothing.
func TestL7_GrepCanonizes(t *testing.T) {
	a := governed(t)
	rep.Mint(a.Ctx("rep"), rep.WREP, a.Addr("heidi"), types.Whole(500), "test")
	post := a.post("by frank", "dave")
	m := law.Submit{Post: post, Fee: types.Whole(2), Actions: []types.Msg{set("dials.left", 9)}}
	n := a.proposeAs("dave", m)
	if p := a.get(n); p.Bond != rep.GREP || p.Deposit != mustAmount(t, "0.7") {
		t.Fatalf("%+v", p)
	}
	a.refuse(rep.ErrLocked, "heidi", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(1)})
	a.must("frank", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(1)})
	a.next(1)
	a.refuse(pool.ErrElectorate, "heidi", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(1)})
	a.refuse(law.ErrBook, "alice", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(1), Book: rep.WREP})
	a.stages(n, "queued", func(string) {
		a.vote(n, "frank", law.For, 9)
		a.vote(n, "grace", law.Against, 8)
	})
	a.next(2)
	a.must("erin", "execute", law.Execute{Proposal: n})
	a.next(1)
	a.has(rep.GREP, "dave", "12", "grace", "8.8") // 5 % of 8 twice over: 0.4, then 0.8
	a.has(rep.WREP, "dave", "100")
	a.check()
}

// Goal: the budget share needs both books, each by itself. Method: for each book
// alone in favour, and both; votes are counted apart, and one that has passed early
// waits for the other.
func TestL7_BudgetNeedsBothBooks(t *testing.T) {
	for _, v := range []struct {
		wrep, grep law.Side
		want       string
	}{
		{law.For, law.For, "executed"}, {law.For, law.Against, "rejected"},
		{law.Against, law.For, "rejected"}, {law.For, 0, "rejected"}, {0, law.For, "rejected"},
	} {
		a := governed(t)
		n := a.proposeAs("alice", law.Submit{
			Post: a.post("budget", "alice"), Fee: types.Whole(2), Deposit: types.Whole(1), Actions: []types.Msg{set("budget.grep_ppm", 20_000)},
		})
		a.next(1)
		if p := a.get(n); len(p.Books) != 2 || p.Grave || len(a.tally(n).Books) != 2 {
			t.Fatalf("%+v", p)
		}
		seen := 0
		cast := func(string) {
			seen++
			if v.wrep != 0 {
				a.must("alice", "vote", law.Vote{Proposal: n, Side: v.wrep, Stake: types.Whole(300), Book: rep.WREP})
			}
			if v.grep != 0 {
				a.must("bob", "vote", law.Vote{Proposal: n, Side: v.grep, Stake: types.Whole(9), Book: rep.GREP})
			}
		}
		if v.want == "executed" {
			a.stages(n, "queued", cast)
			a.next(2)
			a.must("erin", "execute", law.Execute{Proposal: n})
			a.nextEpoch()
			if b := bank.BudgetGREP.Get(a.Ctx("bank")); b != 20_000 || seen != 3 {
				t.Errorf("budget %d after %d stages", b, seen)
			}
			a.has(rep.GREP, "alice", "12")
			a.has(rep.WREP, "alice", "400")
		} else {
			a.stages(n, v.want, cast)
			if seen != 1 {
				t.Errorf("%+v: %d stages", v, seen)
			}
			a.next(20) // the other book's next pool closes, and nobody minds
			if r := a.get(n); r.State != v.want {
				t.Errorf("%+v: then %s", v, r.State)
			}
		}
		a.check()
	}
}

// Goal: a book in which all has been staked passes early, and waits for the other,
// whose stage goes on as the timetable says. Method: all wREP is staked at once; its
// holders cannot vote on before gREP has accepted.
func TestL7_OneBookClosesEarly(t *testing.T) {
	a := governed(t)
	n := a.proposeAs("alice", law.Submit{
		Post: a.post("budget", "alice"), Fee: types.Whole(2), Deposit: types.Whole(1), Actions: []types.Msg{set("budget.grep_ppm", 20_000)},
	})
	a.next(1)
	until := a.get(n).Until
	for name, all := range map[string]uint64{"alice": 400, "bob": 300, "carol": 200, "dave": 100} {
		a.must(name, "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(all), Book: rep.WREP})
	}
	a.next(1)
	if p := a.get(n); p.State != "nonbinding" || len(p.Results) != 1 || p.Results[0].Book != rep.WREP {
		t.Fatalf("%+v", p)
	}
	a.refuse(pool.ErrClosed, "alice", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(1), Book: rep.WREP})
	a.must("bob", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(9), Book: rep.GREP})
	a.check()
	a.stages(n, "half", func(string) {})
	if p := a.get(n); p.Until != until+400 || len(p.Results) != 2 {
		t.Errorf("until %d, was %d: %+v", p.Until, until, p)
	}
	a.check()
}

// Goal: work contracts are versioned and take effect whole at the boundary, those
// for a later protocol are refused. Method: two in turn, one for protocol 2.
func TestL8_WorkContracts(t *testing.T) {
	a := assemble(t, nil)
	first, second := a.post("first", "carol"), a.post("second", "dave")
	activate := func(post keys.Hash, protocol uint32, changes ...params.Change) types.Msg {
		return act("legislature", "activate", law.Activate{Post: post, Protocol: protocol, Changes: changes})
	}
	a.refuse(route.ErrReserved, "alice", "activate", law.Activate{Post: first})
	for i, m := range []types.Msg{
		activate(first, 1, params.Change{Name: "pool.poster_ppm", Value: 400_000}, params.Change{Name: "asc.selection", Value: 2}),
		activate(second, 0, params.Change{Name: "fees.burn_ppm", Value: 1}),
	} {
		n := a.propose(m)
		a.stages(n, "queued", func(string) { a.vote(n, "alice", law.For, 350) })
		a.next(2)
		a.must("erin", "execute", law.Execute{Proposal: n})
		var k law.Contracts
		a.ask("contracts", "{}", &k)
		if k.Upcoming == nil || k.Upcoming.Version != uint64(i+1) || len(k.History) != i {
			t.Fatalf("%+v", k)
		}
		if pool.WorkContract(a.Reader()) == k.Upcoming.Post {
			t.Error("in force inside the epoch")
		}
		epoch := a.Block.Epoch
		a.nextEpoch()
		if pool.WorkContract(a.Reader()) != k.Upcoming.Post || k.Upcoming.From != epoch+1 {
			t.Error("not in force in the next epoch")
		}
	}
	var k law.Contracts
	a.ask("contracts", "{}", &k)
	if k.Active == nil || k.Active.Version != 2 || k.Active.Post != second || len(k.History) != 2 || k.History[0].Post != first || k.Upcoming != nil {
		t.Errorf("%+v", k)
	}
	rules := map[string]uint64{}
	for _, r := range k.Rules {
		rules[r.Name] = r.Value
	}
	if rules["pool.poster_ppm"] != 400_000 || rules["fees.burn_ppm"] != 1 || rules["asc.selection"] != 2 || len(rules) < 20 {
		t.Errorf("%v", rules)
	}
	n := a.propose(activate(first, 2))
	a.stages(n, "queued", func(string) { a.vote(n, "alice", law.For, 350) })
	a.next(2)
	a.must("erin", "execute", law.Execute{Proposal: n})
	if p := a.get(n); p.State != "failed" || p.Failure.Kind != "PROTOCOL" {
		t.Errorf("%+v", p)
	}
	a.check()
}

// Goal: a contract's post must exist, and a contract may have none. Method: both.
func TestL8_ThePostOfAContract(t *testing.T) {
	a := assemble(t, nil)
	bad := a.propose(act("legislature", "activate", law.Activate{Post: keys.Sum([]byte("nothing"))}))
	none := a.propose(act("legislature", "activate", law.Activate{Changes: []params.Change{{Name: "rep.mint_ratio", Value: 5}}}))
	pool.SetWorkContract(a.Ctx("pool"), keys.Sum([]byte("old")))
	a.stages(none, "queued", func(string) {
		a.vote(bad, "alice", law.For, 350)
		a.vote(none, "bob", law.For, 300)
		a.vote(none, "carol", law.For, 200)
	})
	a.next(2)
	a.must("erin", "execute", law.Execute{Proposal: bad})
	a.must("erin", "execute", law.Execute{Proposal: none})
	if f := a.get(bad).Failure; f == nil || f.Kind != "POST" {
		t.Errorf("%+v", f)
	}
	a.nextEpoch()
	if p := pool.WorkContract(a.Reader()); !p.IsZero() {
		t.Errorf("%s earns", p)
	}
}

// Goal: what a breaker cannot stop: proposals of rescuing actions alone, at every
// step. Method: every message of the route broken; revoke passes, a mixture does not.
func TestRescue(t *testing.T) {
	a := assemble(t, nil)
	for _, what := range []string{"legislature/submit", "legislature/deposit", "legislature/vote", "legislature/execute", "forum/vouch", "params/set"} {
		if _, err := a.Run("dave", "dcert", "break", breakMsg{What: what}); err != nil {
			t.Fatal(err)
		}
	}
	nonce := map[string]uint64{}
	send := func(from, msg string, body any) error {
		s := a.Send(from, nonce[from], act("legislature", msg, body))
		if s.Refused != nil {
			return s.Refused
		}
		nonce[from]++
		return s.Failed
	}
	revoke := act("dcert", "revoke", memberMsg{Member: a.Addr("bob")})
	m := law.Submit{Inline: types.Bytes("bob trips"), Fee: types.Whole(1), Actions: []types.Msg{revoke, set("dials.left", 2)}}
	if err := send("alice", "submit", m); !errors.Is(err, errOpen) {
		t.Fatalf("a mixture: %v", err)
	}
	m.Actions = nil
	if err := send("alice", "submit", m); !errors.Is(err, errOpen) {
		t.Fatalf("no action: %v", err)
	}
	m.Actions = []types.Msg{revoke}
	if err := send("alice", "submit", m); err != nil {
		t.Fatal(err)
	}
	if p := a.get(1); !p.Rescue || p.Urgent {
		t.Fatalf("%+v", p)
	}
	if err := send("bob", "deposit", law.Deposit{Proposal: 1, Amount: types.Whole(10)}); err != nil {
		t.Fatal(err)
	}
	a.stages(1, "queued", func(string) {
		if err := send("carol", "vote", law.Vote{Proposal: 1, Side: law.For, Stake: types.Whole(150)}); err != nil {
			t.Fatal(err)
		}
	})
	a.next(2)
	if err := send("erin", "execute", law.Execute{Proposal: 1}); err != nil {
		t.Fatal(err)
	}
	if s := a.get(1).State; s != "executed" {
		t.Error(s)
	}
	a.next(1) // fees are under way inside a block
	a.check()
}

// Goal: an urgent proposal is voted on from its submission on, without deposit and
// fee, and the route of its action hears of beginning and end. Method: a disband
// that is refused a second beside it, and each way to end.
func TestUrgentAndHeralded(t *testing.T) {
	for want, stage := range map[string]route.Stage{
		"executed": route.StageExecuted, "rejected": route.StageFailed, "vetoed": route.StageVetoed,
	} {
		a := assemble(t, nil)
		m := law.Submit{Inline: types.Bytes("they lie"), Actions: []types.Msg{act("dcert", "disband", memberMsg{})}}
		deposit := m
		deposit.Deposit = types.Whole(1)
		a.refuse(law.ErrDeposit, "dave", "submit", deposit)
		n := a.proposeAs("dave", m)
		if p := a.get(n); p.State != "nonbinding" || !p.Urgent || !p.Deposit.IsZero() {
			t.Fatalf("%+v", p)
		}
		a.refuse(errDisband, "carol", "submit", m)
		a.check()
		switch want {
		case "executed":
			a.enact(n)
		case "vetoed":
			a.vote(n, "alice", law.Veto, 300)
			a.stages(n, want, func(string) {})
		case "rejected":
			a.vote(n, "alice", law.Against, 300)
			a.stages(n, want, func(string) {})
		}
		opened, _ := noticed.Get(a.Reader(), 0)
		ended, _ := noticed.Get(a.Reader(), 1)
		if opened.Stage != route.StageOpened || ended.Stage != stage || ended.Proposal != law.Ref(n) || ended.Proposer != a.Addr("dave") {
			t.Errorf("%s: heard %+v, %+v", want, opened, ended)
		}
		if string(ended.Action) != string(m.Actions[0].Body) {
			t.Errorf("heard of %x", ended.Action)
		}
		a.proposeAs("carol", m) // the next one may begin
		a.check()
	}
}
