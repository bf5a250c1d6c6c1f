package oracle_test

import (
	"fmt"
	"testing"

	"probity/chain/route/bank"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: the bond is at stake from joining to leaving, comes back after an agreed
// leave, is fined by a kick and burned by a lost challenge. Method: one member
// each, against balances and exposures.
func TestOF10_Bond(t *testing.T) {
	p := map[string]uint64{"oracle.vote_delay": 0, "oracle.proposal_cooldown": 0}
	w := newTown(t, 5, p)
	c := w.Ctx("oracle")
	have := func(name string) string {
		a := w.Addr(name)
		c = w.Ctx("oracle")
		return fmt.Sprintf("%s at stake %s", rep.Balance(c, rep.WREP, a).Decimal(), rep.Exposed(c, a).Decimal())
	}
	decide := func(m oracle.Propose, by string, id uint64) {
		w.do(by, "propose", m)
		for _, v := range []string{"m1", "m2", "m3"} {
			w.do(v, "vote", oracle.Vote{Proposal: id, For: true})
		}
		w.do("new1", "execute", oracle.Execute{Proposal: id})
	}
	if got := have("m5"); got != "3500 at stake 1750" {
		t.Fatal(got)
	}
	w.refused(oracle.ErrProposal, "m5", "leave", oracle.None{})
	decide(oracle.Propose{Action: oracle.Leave, Target: w.Addr("m5")}, "m5", 1)
	w.do("m5", "leave", oracle.None{})
	if got := have("m5"); got != "3500 at stake 0" {
		t.Error("left: ", got)
	}
	w.refused(oracle.ErrForm, "m1", "propose", oracle.Propose{Action: oracle.Kick, Target: w.Addr("m4"), Fine: types.NewAmount(bond + 1)})
	decide(oracle.Propose{Action: oracle.Kick, Target: w.Addr("m4"), Fine: types.Whole(750)}, "m1", 2)
	if got := have("m4"); got != "2750 at stake 0" {
		t.Error("kicked: ", got)
	}
	w.do("m1", "challenge", oracle.Of{Member: w.Addr("m3")})
	w.pass(week)
	w.do("m2", "decide", oracle.Of{Member: w.Addr("m3")})
	if got := have("m3"); got != "1750 at stake 0" {
		t.Error("silent: ", got)
	}
	w.hold()
}

// Goal: the times and the quorum of members' votes. Method: walk an invitation
// through them, with one step too early and one too late at each.
func TestOF11_ProposalTimes(t *testing.T) {
	w := newTown(t, 4, nil)
	w.refused(oracle.ErrMember, "new1", "propose", oracle.Propose{Action: oracle.Invite, Target: w.Addr("new1")})
	w.do("m1", "propose", oracle.Propose{Action: oracle.Invite, Target: w.Addr("new1")})
	w.refused(oracle.ErrCooldown, "m1", "propose", oracle.Propose{Action: oracle.Invite, Target: w.Addr("new2")})
	w.refused(oracle.ErrProposal, "m1", "vote", oracle.Vote{Proposal: 1, For: true}) // delay: one week
	w.pass(week)
	w.do("m1", "propose", oracle.Propose{Action: oracle.Invite, Target: w.Addr("new2")}) // two days have passed
	w.do("m1", "vote", oracle.Vote{Proposal: 1, For: true})
	w.refused(oracle.ErrProposal, "m1", "vote", oracle.Vote{Proposal: 1, For: true})
	w.do("m2", "vote", oracle.Vote{Proposal: 1, For: true})
	w.refused(oracle.ErrProposal, "m1", "execute", oracle.Execute{Proposal: 1}) // 50 %
	w.do("m3", "vote", oracle.Vote{Proposal: 1, For: true})
	w.pass(2 * week)
	w.refused(oracle.ErrProposal, "m4", "vote", oracle.Vote{Proposal: 1, For: true}) // two weeks are over
	w.do("m4", "execute", oracle.Execute{Proposal: 1})
	w.refused(oracle.ErrProposal, "m4", "execute", oracle.Execute{Proposal: 1})
	w.pass(4*week - 2000)
	w.do("new1", "join", oracle.None{}) // within four weeks
	w.pass(week)
	for _, m := range []string{"m1", "m2", "m3"} { // the second's vote is over
		w.refused(oracle.ErrProposal, m, "vote", oracle.Vote{Proposal: 2, For: true})
	}
	w.do("m1", "propose", oracle.Propose{Action: oracle.Invite, Target: w.Addr("new2")})
	w.pass(week)
	for _, m := range []string{"m1", "m2", "m3"} {
		w.do(m, "vote", oracle.Vote{Proposal: 3, For: true})
	}
	w.do("m1", "propose", oracle.Propose{Action: oracle.Invite, Target: w.Addr("new3")})
	w.do("m1", "execute", oracle.Execute{Proposal: 3})
	w.pass(4 * week)
	w.refused(oracle.ErrInvited, "new2", "join", oracle.None{}) // four weeks are over
	for _, m := range []string{"m1", "m2", "m3"} {
		w.refused(oracle.ErrProposal, m, "vote", oracle.Vote{Proposal: 4, For: true})
	}
	w.pass(3 * week)
	w.refused(oracle.ErrProposal, "m1", "execute", oracle.Execute{Proposal: 4})
}

// Goal: nobody leaves below three, and below three anybody with a bond may join.
// Method: leave with three; remove one; recover; once there are three again it
// is refused.
func TestOF12_RecoveryBelowThree(t *testing.T) {
	w := newTown(t, 3, map[string]uint64{"oracle.vote_delay": 0, "oracle.proposal_cooldown": 0})
	w.do("m3", "propose", oracle.Propose{Action: oracle.Leave, Target: w.Addr("m3")})
	for _, m := range []string{"m1", "m2"} {
		w.do(m, "vote", oracle.Vote{Proposal: 1, For: true})
	}
	w.do("m3", "execute", oracle.Execute{Proposal: 1})
	w.refused(oracle.ErrFull, "m3", "leave", oracle.None{})
	w.refused(oracle.ErrFull, "new1", "recover_join", oracle.None{})
	w.do("legislature", "dismiss", oracle.Dismiss{Member: w.Addr("m1"), Fine: types.Whole(1)})
	w.refused(oracle.ErrInvited, "new1", "join", oracle.None{})
	w.refused(rep.ErrLocked, "nobody", "recover_join", oracle.None{})
	w.do("new1", "recover_join", oracle.None{})
	w.refused(oracle.ErrFull, "new2", "recover_join", oracle.None{})
	w.hold()
	if err := oracle.MembersMin.Check(2); err == nil {
		t.Error("the least number of members can be lowered")
	}
}

// Goal: a challenge has a window, a cooldown, a price for outsiders, and is not
// decided by who made it. Method: each refusal, then both ends of one.
func TestOF13_Challenge(t *testing.T) {
	w := newTown(t, 4, nil)
	of := func(name string) oracle.Of { return oracle.Of{Member: w.Addr(name)} }
	w.refused(oracle.ErrChallenge, "m1", "challenge", of("m1"))
	w.refused(oracle.ErrMember, "m1", "challenge", of("new1"))
	w.do("m1", "challenge", of("m2"))
	w.refused(oracle.ErrCooldown, "m1", "challenge", of("m3"))
	w.refused(oracle.ErrChallenge, "m3", "challenge", of("m2"))
	w.refused(bank.ErrFunds, "new2", "challenge", of("m3"))
	before := bank.Balance(w.Ctx("oracle"), w.Addr("new1"))
	w.do("new1", "challenge", of("m3"))
	if cost := before.Sub(bank.Balance(w.Ctx("oracle"), w.Addr("new1"))); cost != types.Whole(10) {
		t.Errorf("an outsider paid %s", cost.Decimal())
	}
	w.refused(oracle.ErrChallenge, "m4", "decide", of("m2")) // the window is open
	w.do("m2", "respond", oracle.None{})
	w.refused(oracle.ErrChallenge, "m2", "respond", oracle.None{})
	w.refused(oracle.ErrCooldown, "m4", "challenge", of("m2"))
	w.pass(week)
	w.refused(oracle.ErrChallenge, "m4", "decide", of("m2")) // answered
	w.refused(oracle.ErrChallenge, "new1", "decide", of("m3"))
	w.refused(oracle.ErrChallenge, "m3", "decide", of("m3"))
	w.do("new2", "decide", of("m3"))
	w.refused(oracle.ErrMember, "m3", "respond", oracle.None{})
	w.hold()
}

// Goal: who was not seen on each duty for a week is unhealthy. Method: two
// members, one of which answers; a week later the query tells them apart, and
// answering one of two kinds is not enough.
func TestOF14_Health(t *testing.T) {
	w := newTown(t, 3, map[string]uint64{"epoch.blocks": 4, "block.interval": 1})
	w.pass(week)
	for w.Block.Height%4 != 1 {
		w.pass(0)
	}
	e := w.Block.Epoch - 1
	for _, who := range []string{"m1", "m2"} {
		for _, k := range []oracle.Kind{oracle.State, oracle.Salary} {
			if who == "m2" && k == oracle.Salary {
				continue
			}
			m := answer(k, "x", "tree")
			m.Subject, m.Interval = oracle.EpochSubject(e), uint64(e)
			w.do(who, "submit", m)
		}
	}
	var list []struct {
		Address string
		Healthy bool
	}
	w.query("members", "{}", &list)
	for _, m := range list {
		if m.Healthy != (m.Address == "@m1") {
			t.Errorf("%+v", m)
		}
	}
}
