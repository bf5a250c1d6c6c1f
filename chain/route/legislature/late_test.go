package legislature_test

import (
	"testing"

	"probity/chain/route"
	law "probity/chain/route/legislature"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: where two books decide, a standstill of the chain that outlasts the next
// stage does not stop it, and leaves both books a whole stage. Method: wREP accepts
// early, gREP in the first block after the standstill, at and one ms before the end
// of the stage that wREP had fixed; both go on to the end.
func TestL7_AStandstillAcrossAStage(t *testing.T) {
	for _, late := range []types.Time{400, 399, 90_000} {
		a := governed(t)
		n := a.proposeAs("alice", law.Submit{
			Post: a.post("budget", "alice"), Fee: types.Whole(2), Deposit: types.Whole(1), Actions: []types.Msg{set("budget.grep_ppm", 20_000)},
		})
		a.next(1)
		until := types.Time(a.get(n).Until)
		for name, all := range map[string]uint64{"alice": 400, "bob": 300, "carol": 200, "dave": 100} {
			a.must(name, "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(all), Book: rep.WREP})
		}
		a.next(1)
		a.must("bob", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(9), Book: rep.GREP})
		a.jump(until + late)
		a.next(1)
		p, want := a.get(n), uint64(until+400)
		if late >= 400 {
			want = uint64(until + late + 400)
		}
		if p.State != "half" || uint64(p.Until) != want {
			t.Fatalf("%d ms late: %s until %d, want half until %d", late, p.State, p.Until, want)
		}
		a.check()
		if late < 400 {
			continue // a moment is left, and nobody votes in it
		}
		a.stages(n, "queued", func(string) {
			a.must("alice", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(300), Book: rep.WREP})
			a.must("bob", "vote", law.Vote{Proposal: n, Side: law.For, Stake: types.Whole(9), Book: rep.GREP})
		})
		if r := a.get(n).Results; len(r) != 6 {
			t.Errorf("%d results: %+v", len(r), r)
		}
		a.next(3) // the pool in whose place another came has closed, and nobody minds
		a.check()
	}
}

// Goal: an urgent action, which takes effect with its submission, is alone with its
// like. Method: beside an ordinary action and beside a rescue that is not urgent, in
// both orders; the dry run says so too.
func TestUrgentIsNotMixed(t *testing.T) {
	a := assemble(t, nil)
	disband := act("dcert", "disband", memberMsg{})
	for _, other := range []types.Msg{set("dials.left", 2), act("dcert", "revoke", memberMsg{Member: a.Addr("bob")})} {
		for _, actions := range [][]types.Msg{{disband, other}, {other, disband}} {
			m := law.Submit{Inline: types.Bytes("and more"), Actions: actions, Fee: types.Whole(1)}
			a.refuse(law.ErrAction, "dave", "submit", m)
			f := a.dryRun(law.DryRun{Proposer: a.Addr("dave"), Inline: m.Inline, Actions: actions, Fee: m.Fee})
			if f.OK || f.Errors[0].Kind != law.ErrAction.Kind {
				t.Errorf("dry run: %+v", f.Errors)
			}
		}
	}
	if n, _ := open.Get(a.Reader()); n != 0 {
		t.Error("the route has heard of a proposal that was refused")
	}
	a.check()
}

// Goal: who proposes something urgent cannot take it back before a veto burns its
// stake. Method: withdraw before and after a veto; the veto ends it.
func TestUrgentIsNotWithdrawn(t *testing.T) {
	a := assemble(t, nil)
	n := a.proposeAs("dave", law.Submit{Inline: types.Bytes("they lie"), Actions: []types.Msg{act("dcert", "disband", memberMsg{})}})
	a.refuse(law.ErrState, "dave", "withdraw", law.Withdraw{Proposal: n})
	a.refuse(law.ErrProposer, "carol", "withdraw", law.Withdraw{Proposal: n})
	a.vote(n, "alice", law.Veto, 300)
	a.refuse(law.ErrState, "dave", "withdraw", law.Withdraw{Proposal: n})
	a.stages(n, "vetoed", func(string) {})
	a.check()
}

// Goal: the routes of actions hear whether a vote refused a proposal, or nobody voted on
// it. Method: a proposal to slash is withdrawn as a draft and in its first stage, expires
// as a draft, is rejected, and expires when it has passed.
func TestWhatRoutesHearOfTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(a *assembly, n uint64)
		want route.Stage
	}{
		"a draft withdrawn": {func(a *assembly, n uint64) { a.must("alice", "withdraw", law.Withdraw{Proposal: n}) }, route.StageDropped},
		"withdrawn in the first stage": {func(a *assembly, n uint64) {
			a.must("alice", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(100)})
			a.next(1)
			a.must("alice", "withdraw", law.Withdraw{Proposal: n})
		}, route.StageDropped},
		"a draft expired": {func(a *assembly, n uint64) { a.next(12) }, route.StageDropped},
		"rejected": {func(a *assembly, n uint64) {
			a.must("alice", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(100)})
			a.stages(n, "rejected", func(string) {})
		}, route.StageFailed},
		"passed and not executed": {func(a *assembly, n uint64) {
			a.must("alice", "deposit", law.Deposit{Proposal: n, Amount: types.Whole(100)})
			a.pass(n)
			a.stages(n, "expired", func(string) {})
		}, route.StageFailed},
	} {
		a := assemble(t, nil)
		n := a.proposeAs("alice", law.Submit{
			Inline: types.Bytes("he lies"), Fee: types.Whole(1), Actions: []types.Msg{act("dcert", "slash", memberMsg{Member: a.Addr("bob")})},
		})
		c.end(a, n)
		if told, ok := noticed.Get(a.Reader(), 1); !ok || told.Stage != c.want {
			t.Errorf("%s: heard %s (%v), want %s", name, told.Stage, a.get(n).State, c.want)
		}
		a.check()
	}
}
