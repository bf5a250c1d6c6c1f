package legislature_test

import (
	"fmt"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	posted "probity/chain/route/forum"
	law "probity/chain/route/legislature"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// assembleOn is assemble on another table.
func assembleOn(t *testing.T, rows route.Table, more map[string]uint64) *assembly {
	t.Helper()
	was := table
	table = rows
	t.Cleanup(func() { table = was })
	return assemble(t, more)
}

// Goal: with the forum of the chain, a proposal that cites two posts moves the REP
// of all three authors by exactly what its dry run foretold, and the messages that
// are declared on both sides agree. Method: bob and carol post; dave proposes a post
// that gives a half to the one and takes a fifth from the other, whose REP is there
// by an earlier proposal of carol's.
func TestL6_ForetoldThroughTheForum(t *testing.T) {
	rows := append(route.Table{}, table...)
	for i := range rows {
		if rows[i] == forum {
			rows[i] = posted.Route
		}
	}
	a := assembleOn(t, rows, map[string]uint64{"fees.burn_ppm": 1_000_000, "rep.mint_ratio": 1_000_000})
	publish := func(by, text string, refs ...posted.Reference) keys.Hash {
		m := posted.Publish{
			Content: keys.Sum([]byte(text)), Authors: []posted.Author{{Address: a.Addr(by), PPM: types.Million}}, References: refs,
		}
		if _, err := a.Run(by, "forum", "publish", m); err != nil {
			t.Fatal(err)
		}
		return posted.PostID(a.Addr(by), m)
	}
	first := publish("bob", "an idea")
	second := publish("carol", "a mistake")
	earlier := a.proposeAs("carol", law.Submit{Post: second, Fee: types.Whole(4), Deposit: types.Whole(10)})
	if s := a.enact(earlier); s != "executed" {
		t.Fatal(s)
	}
	a.next(1)
	a.has(rep.WREP, "carol", "204")
	third := publish("dave", "a synthesis", posted.Reference{Post: second, PPM: -200_000}, posted.Reference{Post: first, PPM: 500_000})
	draft := law.Submit{Title: "both", Post: third, Fee: types.Whole(10), Deposit: types.Whole(20), Actions: []types.Msg{set("dials.left", 9)}}
	f := a.dryRun(law.DryRun{Proposer: a.Addr("dave"), Title: draft.Title, Post: third, Fee: draft.Fee, Actions: draft.Actions})
	if !f.OK {
		t.Fatalf("%+v", f.Errors)
	}
	before := a.balances()
	n := a.proposeAs("dave", draft)
	if s := a.enact(n); s != "executed" {
		t.Fatal(s)
	}
	a.next(1)
	want := map[string]string{}
	for _, d := range f.Balances {
		want[d.Asset+d.Address.String()] = fmt.Sprint(d.From, " to ", d.To)
	}
	for k, now := range a.balances() {
		if k[0] == '$' {
			continue // dave has paid the fee
		}
		got := ""
		if before[k] != now {
			got = fmt.Sprint(before[k], " to ", now)
		}
		if got != want[k] {
			t.Errorf("%s: %q, foretold %q", a.Names(k), got, want[k])
		}
	}
	// 10 arrive; 2 are leached of carol's 4; 5 go to bob; dave keeps what remains.
	a.has(rep.WREP, "bob", "305", "carol", "202", "dave", "107")
	a.nextEpoch()
	if v := a.Params.Get(a.Params.Find("dials.left")); v != 9 {
		t.Errorf("dials.left is %d", v)
	}
	a.check()
}
