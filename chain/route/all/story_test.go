package all_test

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/court"
	"probity/chain/route/dcert"
	"probity/chain/route/forum"
	"probity/chain/route/legislature"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

func set(name string, v uint64) params.Set {
	return params.Set{Changes: []params.Change{{Name: name, Value: v}}}
}

// Goal: the four phases of governance end to end (L2): talk; a work contract whose
// post and what it cites earn a part of each block's mint, replaced by a proposal;
// gREP, created by a budget; canonization by gREP; and a budget that both books
// set and neither alone. Method: the whole law, by transactions.
func TestFourPhases(t *testing.T) {
	n := found(t, nil, map[string]uint64{"law.grep_holders": 3})

	// Talk, and proposals that cite it.
	talk := n.publish("what the chain pays for", nil, "erin")
	first := n.publish("the first contract", []forum.Reference{{Post: talk, PPM: 200_000}}, "carol")
	second := n.publish("a better one", []forum.Reference{{Post: first, PPM: 500_000}}, "dave")
	contract := func(post keys.Hash, ppm uint64) types.Msg {
		return n.pack("legislature/activate", legislature.Activate{
			Post: post, Changes: []params.Change{{Name: "wsc.author_ppm", Value: ppm}}, Protocol: 1,
		})
	}
	inForce := func() keys.Hash { return pool.WorkContract(n.Reader()) }

	// A work contract.
	id := n.propose("carol", legislature.Submit{Title: "first", Post: first, Actions: []types.Msg{contract(first, 60_000)}})
	if !n.proposal(id).Grave {
		t.Error("a work contract is of class A")
	}
	if s := n.enact(id); s != "executed" {
		t.Fatal(s)
	}
	if inForce() == first {
		t.Error("in force before the epoch ends")
	}
	n.nextEpoch()
	if inForce() != first || n.value("wsc.author_ppm") != 60_000 {
		t.Fatal("the first contract is not in force")
	}
	carol, erin := n.rep(rep.WREP, "carol"), n.rep(rep.WREP, "erin")
	n.nextEpoch()
	n.nextEpoch()
	earned, cited := n.rep(rep.WREP, "carol").Sub(carol), n.rep(rep.WREP, "erin").Sub(erin)
	if ratio := cited.OfPPM(4_000_000); cited.IsZero() || ratio.Add(types.NewAmount(100)).Less(earned) || earned.Add(types.NewAmount(100)).Less(ratio) {
		t.Errorf("the contract's author earned %s, who it cites %s", earned, cited)
	}

	// Another replaces it: it cites the first, which goes on earning by half.
	id = n.propose("dave", legislature.Submit{Title: "second", Post: second, Actions: []types.Msg{contract(second, 50_000)}})
	if s := n.enact(id); s != "executed" {
		t.Fatal(s)
	}
	n.nextEpoch()
	if inForce() != second || n.value("wsc.author_ppm") != 50_000 {
		t.Fatal("the second contract is not in force")
	}
	dave := n.rep(rep.WREP, "dave")
	n.nextEpoch()
	n.nextEpoch()
	if !dave.Less(n.rep(rep.WREP, "dave")) {
		t.Error("the second contract's author earns nothing")
	}
	if h := ask[legislature.Contracts](n, "legislature/contracts", "{}"); len(h.History) < 2 || h.Active == nil || h.Active.Post != second {
		t.Errorf("history %+v", h)
	}

	// A budget creates gREP; four wrote the proposal.
	if rep.GovernanceOpen(n.Reader()) {
		t.Fatal("gREP is open already")
	}
	manifesto := n.publish("those who govern", nil, "carol", "dave", "erin", "j00")
	id = n.propose("carol", legislature.Submit{Title: "gREP", Post: manifesto, Fee: types.Whole(8), Actions: []types.Msg{n.pack("params/set", set("budget.grep_ppm", 50_000))}})
	if s := n.enact(id); s != "executed" {
		t.Fatal(s)
	}
	n.nextEpoch()
	n.nextEpoch()
	if !rep.GovernanceOpen(n.Reader()) || n.value("budget.grep_ppm") != 50_000 {
		t.Fatal("gREP is not open")
	}
	for _, name := range []string{"dave", "erin", "j00"} {
		if n.rep(rep.GREP, name).IsZero() {
			t.Errorf("%s has no gREP", name)
		}
	}
	n.canonized(t)
}

// canonized goes on where gREP has opened: it canonizes as soon as enough hold it,
// and the budget share needs both books (L7).
func (n *nation) canonized(t *testing.T) {
	t.Helper()
	// Carol wrote what passed before, and has more than a third. A proposal of the
	// others evens it out.
	even := n.publish("more of us", nil, "dave", "erin", "j00", "j01")
	id := n.propose("dave", legislature.Submit{Title: "even", Post: even, Fee: types.Whole(40)})
	if s := n.enact(id); s != "executed" {
		t.Fatal(s)
	}
	n.nextEpoch()
	n.nextEpoch()
	if l := ask[legislature.Law](n, "legislature/params", "{}"); l.Book != rep.GREP {
		t.Fatalf("%s canonizes", l.Book)
	}
	budget := func(name string, ppm uint64) uint64 {
		text := n.publish("a budget by "+name, nil, "dave")
		m := legislature.Submit{Title: "budget", Post: text, Fee: types.Whole(2), Actions: []types.Msg{n.pack("params/set", set("budget.grep_ppm", ppm))}}
		m.Deposit = types.Whole(1)
		n.do("dave", "legislature/submit", m)
		return ask[[]legislature.Brief](n, "legislature/list", "{}")[0].Number
	}
	byW := func(id uint64, side legislature.Side) {
		n.vote("alice", id, side, rep.WREP, 500)
		n.vote("bob", id, side, rep.WREP, 600)
	}
	byG := func(id uint64, side legislature.Side) {
		for _, name := range []string{"erin", "j00"} {
			n.vote(name, id, side, rep.GREP, 5)
		}
	}
	for _, c := range []struct {
		name string
		w, g legislature.Side
		want string
	}{
		{"wREP alone", legislature.For, legislature.Against, "rejected"},
		{"gREP alone", legislature.Against, legislature.For, "rejected"},
		{"both", legislature.For, legislature.For, "queued"},
	} {
		id := budget(c.name, 80_000)
		got := n.stages(id, func(stage string) {
			byW(id, c.w)
			byG(id, c.g)
		})
		if got != c.want {
			t.Fatalf("%s: %s, want %s", c.name, got, c.want)
		}
		if got == "queued" && n.execute(id) != "executed" {
			t.Fatal("not executed")
		}
		n.nextEpoch()
		if v := n.value("budget.grep_ppm"); (v == 80_000) != (c.want == "queued") {
			t.Errorf("%s: the budget is %d", c.name, v)
		}
	}
}

// Goal: an accusation of censorship is heard by a panel, appealed and slashed, the
// accused's posts included; meanwhile the accused cannot vote, exit or split her
// REP away. A case that is dismissed pays its bond to the accused. Method: the whole
// law, with the forum's posts and the team's bonds.
func TestAccused(t *testing.T) {
	n := found(t, nil, nil)
	post := n.publish("what I did", nil, "mallory")
	if s := n.enact(n.propose("mallory", legislature.Submit{Title: "praise", Post: post, Fee: types.Whole(10)})); s != "executed" {
		t.Fatal(s)
	}
	n.next(2)
	worth := ask[forum.Worth](n, "forum/get", `{"post": "`+post.String()+`"}`).WREP
	if worth != types.Whole(10) {
		t.Fatalf("the post is worth %s", worth)
	}
	n.do("mallory", "dcert/bond", dcert.BondFor{Member: n.Addr("mallory"), Amount: types.Whole(10)})
	n.do("mallory", "legislature/submit", legislature.Submit{Title: "mine", Inline: types.Bytes("x"), Fee: types.Whole(1), Deposit: types.Whole(1)})
	mine := ask[[]legislature.Brief](n, "legislature/list", "{}")[0].Number
	poll := n.propose("alice", legislature.Submit{Title: "poll"})
	n.until("the vote is open", func() bool { return n.proposal(poll).State == "nonbinding" })

	// The accusation names her post; the forum vouches that she wrote it.
	text := types.Bytes("she leaves my votes out")
	m := court.Accuse{
		Accused: n.Addr("mallory"), Charge: court.Censorship, Content: keys.Sum(text), Inline: text,
		Evidence: []keys.Hash{keys.Sum([]byte("the votes"))}, Posts: []court.Claim{{Post: post, Amount: types.Whole(10)}}, Bond: types.Whole(10),
	}
	wrong := m
	wrong.Posts = []court.Claim{{Post: keys.Sum([]byte("nobody's"))}}
	if _, err := n.try("carol", "court/accuse", wrong); err == nil {
		t.Error("a post that is not there")
	}
	before := n.dollars("carol")
	n.do("carol", "court/accuse", m)
	if paid := before.Sub(n.dollars("carol")); paid.Less(types.Whole(10)) {
		t.Errorf("the bond took %s", paid)
	}
	n.next(1)

	// She cannot vote, exit or split.
	n.refused(rep.ErrLocked, "mallory", "legislature/vote", legislature.Vote{Proposal: poll, Side: legislature.For, Stake: types.Whole(1)})
	n.refused(court.ErrAccused, "mallory", "legislature/withdraw", legislature.Withdraw{Proposal: mine})
	n.refused(court.ErrAccused, "mallory", "dcert/unbond", dcert.Unbond{Member: n.Addr("mallory"), Amount: types.Whole(10)})
	split := n.publish("take it back from me", []forum.Reference{{Post: post, PPM: -1_000_000}}, "dave")
	had := n.rep(rep.WREP, "mallory")
	if s := n.enact(n.propose("dave", legislature.Submit{Title: "split", Post: split, Fee: types.Whole(10)})); s != "executed" {
		t.Fatal(s)
	}
	n.next(2)
	if have := n.rep(rep.WREP, "mallory"); have != had {
		t.Errorf("she had %s and has %s", had, have)
	}

	// Heard, appealed, heard again, slashed by the second panel's ratio.
	n.hear(1, 1, 20_000)
	n.do("mallory", "court/appeal", court.AppealMsg{Case: 1, Bond: types.Whole(20)})
	n.hear(1, 2, 40_000)
	k, _ := court.Find(n.Reader(), 1)
	if k.Stage != court.Final || k.Ratio != 40_000 || k.WREP != had.OfPPM(40_000) {
		t.Fatalf("%s with %d ppm and %s burned of %s", k.Stage, k.Ratio, k.WREP, had)
	}
	if v := ask[forum.Worth](n, "forum/get", `{"post": "`+post.String()+`"}`).WREP; !v.Less(worth) {
		t.Errorf("the post is still worth %s", v)
	}
	if back := n.dollars("carol"); back.Less(before) { // the bond and the appeal's bond, less a few fees
		t.Errorf("the accuser has %s of %s", back, before)
	}
	n.do("mallory", "dcert/unbond", dcert.Unbond{Member: n.Addr("mallory"), Amount: types.Amount{}})

	// A case that is dismissed pays its bond to the accused.
	m.Accused, m.Posts = n.Addr("j00"), nil
	was := n.dollars("j00")
	n.do("carol", "court/accuse", m)
	n.hear(2, 1, 0)
	n.until("the time for an appeal is over", func() bool { k, _ := court.Find(n.Reader(), 2); return k.Stage.Over() })
	if k, _ := court.Find(n.Reader(), 2); k.Outcome != route.Rejected || n.dollars("j00").Sub(was).Less(types.Whole(10)) {
		t.Errorf("%s; the accused has %s more", k.Outcome, n.dollars("j00").Sub(was))
	}
	for _, call := range []string{"court forum/vouch", "court forum/leach", "legislature forum/vouch", "legislature forum/reward"} {
		if !n.heard[call] {
			t.Errorf("nobody heard %s", call)
		}
	}
}
