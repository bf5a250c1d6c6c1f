package legislature_test

import (
	"errors"
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

// Goal: a proposal happens whole or not at all, and its failure is no fault of who
// executes it. Method: a payment that would succeed before an action that fails.
func TestL1_FailingActionUndoesAll(t *testing.T) {
	a := assemble(t, nil)
	if err := bank.Transfer(a.Ctx("bank"), a.Addr("dave"), bank.Treasury, types.Whole(50)); err != nil {
		t.Fatal(err)
	}
	n := a.propose(a.spend("erin", 5), set("dials.left", 9), act("dials", "stick", turnMsg{}))
	before := bank.Balance(a.Reader(), a.Addr("erin"))
	if s := a.enact(n); s != "failed" {
		t.Fatalf("state %s", s)
	}
	p := a.get(n)
	if p.Failure == nil || p.Failure.Action != 2 || p.Failure.Kind != "STUCK" || p.Failure.Code != 90_001 {
		t.Errorf("failure %+v", p.Failure)
	}
	if have := bank.Balance(a.Reader(), a.Addr("erin")); have != before {
		t.Errorf("erin has %s, had %s", have, before)
	}
	a.nextEpoch()
	if v := a.Params.Get(a.Params.Find("dials.left")); v != 1 {
		t.Errorf("dials.left is %d", v)
	}
	a.refuse(law.ErrState, "erin", "execute", law.Execute{Proposal: n})
	a.check()
}

// Goal: actions that succeed happen, in order, in the legislature's name. Method:
// a payment from the treasury and a parameter.
func TestL1_ActionsExecute(t *testing.T) {
	a := assemble(t, nil)
	if err := bank.Transfer(a.Ctx("bank"), a.Addr("dave"), bank.Treasury, types.Whole(50)); err != nil {
		t.Fatal(err)
	}
	n := a.propose(a.spend("erin", 5), set("dials.left", 9))
	before := bank.Balance(a.Reader(), a.Addr("erin"))
	if s := a.enact(n); s != "executed" {
		t.Fatalf("state %s", s)
	}
	if have := bank.Balance(a.Reader(), a.Addr("erin")); have != before.Add(types.Whole(5)) {
		t.Errorf("erin has %s, had %s", have, before)
	}
	a.check()
}

// Goal: an open circuit stops an action, which passes every guard, and leaves the
// proposal queued until it is mended. Method: params/set broken, then mended.
func TestL1_OpenCircuitLeavesQueued(t *testing.T) {
	a := assemble(t, nil)
	n := a.propose(set("dials.left", 9))
	a.pass(n)
	if _, err := a.Run("dave", "dcert", "break", breakMsg{What: "params/set"}); err != nil {
		t.Fatal(err)
	}
	a.next(2)
	a.refuse(errOpen, "erin", "execute", law.Execute{Proposal: n})
	if s := a.get(n).State; s != "queued" {
		t.Fatalf("state %s", s)
	}
	if _, err := a.Run("dave", "dcert", "break", breakMsg{What: "params/set", Mend: true}); err != nil {
		t.Fatal(err)
	}
	a.must("erin", "execute", law.Execute{Proposal: n})
	if s := a.get(n).State; s != "executed" {
		t.Fatalf("state %s", s)
	}
	a.check()
}

// Goal: only messages that the legislature may call are actions, with bodies that
// decode, within the bounds. Method: each mistake.
func TestL1_WhatIsAnAction(t *testing.T) {
	a := assemble(t, nil)
	many := make([]types.Msg, law.ActionsMax+1)
	for i := range many {
		many[i] = set("dials.left", 5)
	}
	for name, actions := range map[string][]types.Msg{
		"for anyone":       {act("bank", "send", bank.Send{To: a.Addr("bob"), Amount: types.Whole(1)})},
		"no such message":  {{Route: 90, ID: 7, Body: types.Bytes{0x80}}},
		"no such route":    {{Route: 77, ID: 1, Body: types.Bytes{0x80}}},
		"malformed":        {{Route: 1, ID: 1, Body: types.Bytes{0x80}}},
		"too many":         many,
		"too long":         {{Route: 1, ID: 1, Body: make(types.Bytes, law.BodiesMax+1)}},
		"forum alone":      {act("forum", "publish", publishMsg{})},
		"minting":          {act("forum", "reward", rewardMsg{Book: rep.WREP, Amount: types.Whole(1), Cause: "we want it"})},
		"a false notice":   {act("dcert", "heed", route.Notice{Stage: route.StageVetoed, Proposer: a.Addr("bob")})},
		"unknown number":   {set("dials.middle", 5)},
		"guardrail":        {set("dials.left", 101)},
		"bad combination":  {set("dials.left", 60, "dials.right", 60)},
		"not a rule of it": {act("legislature", "activate", law.Activate{Changes: []params.Change{{Name: "dials.left", Value: 2}}})},
	} {
		m := law.Submit{Inline: types.Bytes("why"), Actions: actions, Fee: types.Whole(1)}
		if _, err := a.Run("alice", "legislature", "submit", m); !errors.Is(err, law.ErrAction) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if have := bank.Balance(a.Reader(), a.Addr("alice")); have != types.Whole(1000) {
		t.Errorf("refused proposals cost alice: %s", have)
	}
}

// Goal: a proposal is a post of its proposer, or a text of its own, and costs a
// fee. Method: each mistake, then both ways.
func TestL1_APostOrAText(t *testing.T) {
	a := assemble(t, nil)
	post := a.post("idea", "bob")
	fee := types.Whole(1)
	a.refuse(law.ErrText, "alice", "submit", law.Submit{Fee: fee})
	a.refuse(law.ErrText, "bob", "submit", law.Submit{Post: post, Inline: types.Bytes("x"), Fee: fee})
	a.refuse(law.ErrText, "alice", "submit", law.Submit{Inline: make(types.Bytes, law.InlineMax+1), Fee: fee})
	a.refuse(law.ErrText, "bob", "submit", law.Submit{Post: post, Title: string(make([]byte, law.TitleMax+1)), Fee: fee})
	a.refuse(errPost, "alice", "submit", law.Submit{Post: post, Fee: fee})
	a.refuse(law.ErrFee, "bob", "submit", law.Submit{Post: post, Fee: types.NewAmount(999_999_999)})
	a.refuse(bank.ErrFunds, "bob", "submit", law.Submit{Post: post, Fee: types.Whole(1001)})
	if n := a.proposeAs("bob", law.Submit{Post: post, Fee: fee}); n != 1 {
		t.Errorf("number %d", n)
	}
	if have := bank.Balance(a.Reader(), a.Addr("bob")); have != types.Whole(999) {
		t.Errorf("bob has %s", have)
	}
	if p := a.get(1); p.ID != law.Ref(1) || p.Post != post || len(p.Text) != 0 || p.State != "draft" {
		t.Errorf("%+v", p)
	}
	a.check()
}

// Goal: the four phases, one behind the other. Method: posts; a proposal that
// makes one of them the work contract, which then earns from blocks; the creation
// of gREP; canonization by those who hold it.
func TestL2_FourPhases(t *testing.T) {
	a := assemble(t, map[string]uint64{"law.grep_holders": 2, "rep.mint_ratio": 1_000_000})
	a.post("talk", "dave")
	contract := a.post("a favoured proposal", "carol", "dave")
	n := a.proposeAs("carol", law.Submit{
		Title: "contract", Post: contract, Fee: types.Whole(8), Deposit: types.Whole(10),
		Actions: []types.Msg{act("legislature", "activate", law.Activate{
			Post: contract, Protocol: 1, Changes: []params.Change{{Name: "wsc.author_ppm", Value: 100_000}, {Name: "reward.block", Value: 1_000_000_000}},
		})},
	})
	a.stages(n, "queued", func(string) { a.vote(n, "alice", law.For, 390); a.vote(n, "bob", law.For, 10) })
	a.next(2)
	a.must("erin", "execute", law.Execute{Proposal: n})
	a.nextEpoch()
	if got := pool.WorkContract(a.Reader()); got != contract {
		t.Fatalf("work contract %s", got)
	}
	a.next(20) // the blocks of the new epoch settle
	if due := pool.TakeAuthor(a.Ctx("pool"), contract); due.IsZero() {
		t.Error("the contract earns nothing of the blocks")
	}
	g := a.proposeAs("dave", law.Submit{
		Title: "gREP", Post: a.post("govern", "carol", "dave"), Fee: types.Whole(4), Deposit: types.Whole(11),
		Actions: []types.Msg{set("budget.grep_ppm", 50_000)},
	})
	if s := a.enact(g); s != "executed" {
		t.Fatal(s)
	}
	if rep.GovernanceOpen(a.Reader()) {
		t.Error("the book is open before the budget takes effect")
	}
	a.nextEpoch()
	if !rep.GovernanceOpen(a.Reader()) {
		t.Fatal("the book of gREP is closed")
	}
	a.next(1)
	// Both canonized proposals earn what they earned in wREP: 8 and 4 by halves.
	a.has(rep.GREP, "carol", "6", "dave", "6")
	if bank.Balance(a.Reader(), bank.GovernancePot).IsZero() {
		t.Error("gREP has no part of the salaries")
	}
	a.check()
}

// Goal: the lengths of the stages and what a losing vote risks in each. Method:
// dave votes 100 against alice in every stage; the loss burns, and each stage is a
// pool of its own.
func TestL3_StagesAndLosses(t *testing.T) {
	a := assemble(t, nil)
	n := a.propose(set("dials.left", 9))
	start := a.Block.Time
	at := map[string]types.Time{}
	left := []string{}
	a.stages(n, "queued", func(stage string) {
		left = append(left, a.rep(rep.WREP, "dave"))
		at[stage] = a.get(n).Until
		a.vote(n, "alice", law.For, 200)
		spare := rep.WREP.Unexposed(a.Reader(), a.Addr("dave"))
		a.must("dave", "vote", law.Vote{Proposal: n, Side: law.Against, Stake: spare})
	})
	if at["nonbinding"] != start+800 || at["half"] != start+1200 || at["binding"] != start+1600 {
		t.Errorf("began %d: %v", start, at)
	}
	// 100, then 0 lost, then 5 %, then 10 % of 95.
	if len(left) != 3 || left[0] != "100" || left[1] != "100" || left[2] != "95" {
		t.Errorf("dave had %v", left)
	}
	a.has(rep.WREP, "dave", "85.5", "alice", "400")
	p := a.get(n)
	if len(p.Results) != 3 || p.Results[0].Pool == p.Results[1].Pool || p.Results[2].Against != types.Whole(95) {
		t.Errorf("results %+v", p.Results)
	}
	a.check()
}

// Goal: later stages have the electorate of the first. Method: erin gets REP after
// the opening and may not vote in any stage.
func TestL3_SameElectorate(t *testing.T) {
	a := assemble(t, nil)
	n := a.propose()
	a.next(1)
	a.grant(rep.WREP, 500, "erin")
	seen := 0
	a.stages(n, "queued", func(string) {
		seen++
		a.refuse(pool.ErrElectorate, "erin", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(1)})
		a.vote(n, "alice", law.For, 300)
	})
	if seen != 3 {
		t.Errorf("%d stages", seen)
	}
}

// Goal: each stage must pass. Method: rejected in the second by the second's votes.
func TestL3_EachStageMustPass(t *testing.T) {
	a := assemble(t, nil)
	n := a.propose(set("dials.left", 9))
	a.stages(n, "rejected", func(stage string) {
		a.vote(n, "alice", law.For, 300)
		if stage == "half" {
			a.vote(n, "bob", law.Against, 300)
			a.vote(n, "carol", law.Against, 100)
		}
	})
	if p := a.get(n); len(p.Results) != 2 || p.Results[1].Outcome != route.Rejected || p.Ended == 0 {
		t.Errorf("%+v", p)
	}
	a.refuse(law.ErrState, "alice", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(1)})
	a.refuse(law.ErrState, "alice", "execute", law.Execute{Proposal: n})
	a.has(rep.WREP, "alice", "385") // 5 % of 300
	if d := rep.Exposed(a.Reader(), a.Addr("alice")); !d.IsZero() {
		t.Errorf("%s of alice are locked after all", d)
	}
	a.check()
}

// Goal: more than a third of vetoes ends a proposal and burns the deposit; a third
// does neither. Method: 67 for; 33 and 34 vetoes of 100 and 101.
func TestL3_VetoBurnsTheDeposit(t *testing.T) {
	for veto, want := range map[uint64]string{100: "queued", 101: "vetoed"} {
		a := assemble(t, nil)
		n := a.propose(set("dials.left", 9))
		a.next(1)
		a.vote(n, "alice", law.For, 200)
		a.vote(n, "bob", law.Veto, veto)
		if s := a.tally(n).Books[0]; s.Vetoed != (want == "vetoed") || s.Veto != types.Whole(veto) || s.Against != s.Veto {
			t.Errorf("%d vetoes: %+v", veto, s)
		}
		a.stages(n, want, func(stage string) {
			if stage != "nonbinding" {
				a.vote(n, "alice", law.For, 200)
			}
		})
		alice := map[string]string{"queued": "400", "vetoed": "390"}[want]
		a.has(rep.WREP, "alice", alice)
		if d := rep.Exposed(a.Reader(), a.Addr("alice")); !d.IsZero() {
			t.Errorf("%s still locked", d)
		}
		a.check()
	}
}

// Goal: vetoes without a quorum burn nothing. Method: one small veto alone.
func TestL3_VetoNeedsAQuorum(t *testing.T) {
	a := assemble(t, nil)
	n := a.propose(set("dials.left", 9))
	a.next(1)
	a.vote(n, "dave", law.Veto, 99)
	a.stages(n, "rejected", func(string) {})
	a.has(rep.WREP, "alice", "400")
	if r := a.get(n).Results[0]; r.Outcome != route.Void {
		t.Errorf("%+v", r)
	}
}

// Goal: a veto of slashed REP counts by what is left of it. Method: bob vetoes
// with 300 against alice's 400 and loses two thirds of all he has.
func TestL3_SlashedVetoShrinks(t *testing.T) {
	a := assemble(t, nil)
	n := a.propose(set("dials.left", 9))
	a.next(1)
	a.vote(n, "alice", law.For, 390)
	a.vote(n, "bob", law.Veto, 300)
	rep.Slash(a.Ctx("rep"), a.Addr("bob"), types.Whole(200), "test")
	a.stages(n, "half", func(string) {})
	if r := a.get(n).Results[0]; r.Veto != types.Whole(100) || r.Against != types.Whole(100) {
		t.Errorf("%+v", r)
	}
}

// Goal: who may withdraw, until when, and that the deposit returns. Method: each
// state and person.
func TestL3_Withdraw(t *testing.T) {
	a := assemble(t, nil)
	draft := a.proposeAs("alice", law.Submit{Inline: types.Bytes("x"), Fee: types.Whole(1), Deposit: types.Whole(4)})
	a.refuse(law.ErrProposer, "bob", "withdraw", law.Withdraw{Proposal: draft})
	a.must("alice", "withdraw", law.Withdraw{Proposal: draft})
	n, late := a.propose(), a.propose()
	a.next(1)
	a.vote(n, "bob", law.Veto, 300)
	a.must("alice", "withdraw", law.Withdraw{Proposal: n})
	a.refuse(law.ErrState, "bob", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(1)})
	a.refuse(law.ErrState, "alice", "withdraw", law.Withdraw{Proposal: n})
	a.stages(late, "half", func(string) { a.vote(late, "alice", law.For, 300) })
	a.refuse(law.ErrState, "alice", "withdraw", law.Withdraw{Proposal: late})
	if p := a.get(n); p.State != "withdrawn" || len(p.Results) != 0 {
		t.Errorf("%+v", p)
	}
	a.has(rep.WREP, "alice", "400", "bob", "300")
	if d := rep.Exposed(a.Reader(), a.Addr("bob")); !d.IsZero() {
		t.Errorf("bob's stake of a withdrawn proposal stays: %s", d)
	}
	a.refuse(law.ErrUnknown, "alice", "withdraw", law.Withdraw{Proposal: 99})
	a.check()
}

// Goal: a draft gathers its deposit from several, no more than is missing, in time.
// Method: 10 of 1,000 REP are due; bob adds too much; another draft gets nothing.
func TestL3_DepositOpensTheVote(t *testing.T) {
	a := assemble(t, nil)
	m := law.Submit{Inline: types.Bytes("x"), Fee: types.Whole(1), Deposit: types.Whole(4)}
	n, poor := a.proposeAs("alice", m), a.proposeAs("alice", m)
	a.next(1)
	a.must("bob", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(50)})
	a.refuse(law.ErrDeposit, "carol", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(1)})
	a.refuse(rep.ErrLocked, "erin", "deposit", law.Deposit{Proposal: poor, Amount: types.Whole(1)})
	a.refuse(law.ErrState, "bob", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(1)})
	if p := a.get(n); p.Deposited != types.Whole(10) || len(p.Backers) != 2 || p.Terms != nil {
		t.Errorf("%+v", p)
	}
	if d := rep.Exposed(a.Reader(), a.Addr("bob")); d != types.Whole(6) {
		t.Errorf("bob has %s locked", d)
	}
	a.check()
	a.next(1)
	if s := a.get(n).State; s != "nonbinding" {
		t.Fatal(s)
	}
	a.refuse(law.ErrState, "bob", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(1)})
	a.next(9) // law.draft is over
	if s := a.get(poor).State; s != "expired" {
		t.Errorf("state %s", s)
	}
	a.refuse(law.ErrState, "bob", "deposit", law.Deposit{Proposal: poor, Amount: types.Whole(1)})
	a.check()
}

// Goal: enactment delay and expiry, to the block. Method: execution is tried in
// every block from passing on.
func TestL3_DelayAndExpiry(t *testing.T) {
	a := assemble(t, nil)
	n, m := a.propose(), a.propose()
	both := func(string) {
		for _, k := range []uint64{n, m} {
			a.vote(k, "bob", law.For, 100)
		}
	}
	a.stages(n, "queued", both)
	passed := a.Block.Time - 200
	p := a.get(n)
	if p.Ready != passed+400 || p.Until != passed+2000 {
		t.Errorf("passed at %d: %d, %d", passed, p.Ready, p.Until)
	}
	a.refuse(law.ErrEarly, "erin", "execute", law.Execute{Proposal: n})
	a.next(1)
	a.must("erin", "execute", law.Execute{Proposal: n})
	for a.Block.Time < p.Until {
		if s := a.get(m).State; s != "queued" {
			t.Fatalf("%s at %d", s, a.Block.Time)
		}
		a.next(1)
	}
	a.refuse(law.ErrState, "erin", "execute", law.Execute{Proposal: m})
	a.next(1)
	if s := a.get(m).State; s != "expired" {
		t.Errorf("state %s", s)
	}
	a.check()
}

// Goal: quorum and majority of both classes at their edges. Method: exact stakes
// of 1,000: a tenth and a third are a quorum, a half and two thirds do not pass.
func TestL4_Thresholds(t *testing.T) {
	for _, v := range []struct {
		name         string
		param        string
		inFavour     types.Amount
		against      types.Amount
		quorum, pass bool
	}{
		{"a tenth", "dials.left", types.Whole(100), types.Amount{}, true, true},
		{"less than a tenth", "dials.left", types.Whole(100).Sub(types.NewAmount(1)), types.Amount{}, false, false},
		{"a tie", "dials.left", types.Whole(150), types.Whole(150), true, false},
		{"just above a half", "dials.left", types.Whole(150).Add(types.NewAmount(1)), types.Whole(150), true, true},
		{"less than a third", "dials.grave", types.Whole(333), types.Amount{}, false, false},
		{"a third", "dials.grave", types.Whole(300), types.NewAmount(33_333_333_334), true, true},
		{"two thirds", "dials.grave", types.Whole(240), types.Whole(120), true, false},
		{"above two thirds", "dials.grave", types.Whole(241), types.Whole(120), true, true},
	} {
		a := assemble(t, nil)
		n := a.propose(set(v.param, 9))
		a.next(1)
		a.must("alice", "vote", law.Vote{Proposal: n, Side: law.For, Stake: v.inFavour})
		if !v.against.IsZero() {
			a.must("bob", "vote", law.Vote{Proposal: n, Side: law.Against, Stake: v.against})
		}
		s := a.tally(n).Books[0]
		if s.Missing.IsZero() != v.quorum || s.Passing != v.pass {
			t.Errorf("%s: %+v", v.name, s)
		}
		a.next(5)
		r := a.get(n).Results[0]
		if (r.Outcome != route.Void) != v.quorum || (r.Outcome == route.Accepted) != v.pass {
			t.Errorf("%s: %+v", v.name, r)
		}
	}
}

// Goal: a vote is decided by the terms of its opening. Method: a second proposal
// raises the majority and the loss while the first is voted on.
func TestL4_TermsOfTheOpening(t *testing.T) {
	a := assemble(t, map[string]uint64{"law.period": 25_600, "law.draft": 60_000})
	early := a.propose(set("dials.left", 9))
	a.next(1)
	law2 := act("params", "set", params.Set{Changes: []params.Change{
		{Name: "law.pass_ppm", Value: 600_000}, {Name: "law.loss_ppm", Value: 500_000}, {Name: "law.period", Value: 1600},
	}})
	if _, err := a.Run("legislature", "params", "set", mustDecode(t, law2)); err != nil {
		t.Fatal(err)
	}
	a.nextEpoch()
	late := a.propose(set("dials.left", 9))
	a.next(1)
	if e, l := a.get(early).Terms, a.get(late).Terms; e.PassPPM != 500_000 || e.LossPPM != 100_000 || e.Period != 25_600 ||
		l.PassPPM != 600_000 || l.LossPPM != 500_000 || l.Period != 1600 {
		t.Errorf("%+v, %+v", e, l)
	}
	a.stages(early, "queued", func(string) {
		a.vote(early, "alice", law.For, 110)
		a.vote(early, "bob", law.Against, 100)
	})
	a.has(rep.WREP, "bob", "285") // 5 and 10 of 100
	a.check()
}

func mustDecode(t *testing.T, m types.Msg) params.Set {
	t.Helper()
	_, msg, err := table.Resolve(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	body, err := msg.Decode(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body.(params.Set)
}

// Goal: one grave action makes the whole proposal grave. Method: an ordinary and a
// grave parameter, alone and together; a work contract always.
func TestL4_GraveByAnyAction(t *testing.T) {
	a := assemble(t, nil)
	for _, v := range []struct {
		grave   bool
		actions []types.Msg
	}{
		{false, nil},
		{false, []types.Msg{set("dials.left", 4)}},
		{true, []types.Msg{set("dials.left", 4), set("dials.grave", 4)}},
		{true, []types.Msg{set("law.quorum_ppm", 200_000)}},
		{true, []types.Msg{act("legislature", "activate", law.Activate{Post: keys.Sum([]byte("x"))})}},
		{false, []types.Msg{set("budget.grep_ppm", 1000)}}, // L7 has its own majority
	} {
		if n := a.propose(v.actions...); a.get(n).Grave != v.grave {
			t.Errorf("%d: grave is %v", n, !v.grave)
		}
	}
}

// Goal: several parameters change together at the boundary, and what governance
// cannot set it cannot propose. Method: two sets in one epoch; neither is in force
// before the next one, then both are.
func TestL5_AtomicAtTheBoundary(t *testing.T) {
	a := assemble(t, nil)
	n := a.propose(set("dials.left", 40, "dials.right", 60))
	if s := a.enact(n); s != "executed" {
		t.Fatal(s)
	}
	get := func(name string) uint64 { return a.Params.Get(a.Params.Find(name)) }
	if get("dials.left") != 1 || get("dials.right") != 2 {
		t.Error("in force inside the epoch")
	}
	a.nextEpoch()
	if get("dials.left") != 40 || get("dials.right") != 60 {
		t.Errorf("left %d, right %d", get("dials.left"), get("dials.right"))
	}
	if v, ok := params.At(a.Reader(), "dials.left", 0); !ok || v != 1 {
		t.Errorf("history has %d", v)
	}
}

// Goal: a set that other changes have made impossible fails as a whole. Method:
// right rises to 70 first; left to 40 with grave is then refused, with grave.
func TestL5_RefusedAsAWhole(t *testing.T) {
	a := assemble(t, nil)
	first, second := a.propose(set("dials.right", 70)), a.propose(set("dials.left", 40))
	both := func(string) {
		for _, n := range []uint64{first, second} {
			a.vote(n, "bob", law.For, 100)
		}
	}
	a.stages(first, "queued", both)
	a.next(2)
	a.must("erin", "execute", law.Execute{Proposal: first})
	a.must("erin", "execute", law.Execute{Proposal: second})
	if p := a.get(second); p.State != "failed" || p.Failure.Kind != "PARAM_SET" && p.Failure.Kind == "" {
		t.Errorf("%+v", p)
	}
	a.nextEpoch()
	if v := a.Params.Get(a.Params.Find("dials.left")); v != 1 {
		t.Errorf("dials.left is %d", v)
	}
}

// Goal: a tenth of the supply does not take from the others the time to object. Method:
// dave's tenth passes an ordinary change alone, and fails to shorten votes or delays.
func TestL4_TimeToObjectIsGrave(t *testing.T) {
	for name, want := range map[string]string{"law.fee_min": "queued", "law.period": "rejected", "law.delay": "rejected"} {
		a := assemble(t, nil)
		n := a.propose(set(name, 800))
		a.stages(n, want, func(string) { a.vote(n, "dave", law.For, 100) })
		if p := a.get(n); p.Grave != (want == "rejected") {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
