package contribution_test

import (
	"errors"
	"fmt"
	"testing"

	"probity/chain/codec"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

// Goal: no counting but the first mints more than the growth allows, whoever is
// counted. Method: all lines of the first owner give way to another's, who was never
// minted anything, again and again; the interval, which the growth is of, needs the
// majority that the growth needs.
func TestGrowthClamp_NewOwnersOnly(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.max_growth_ppm": 100_000})
	for _, n := range []string{"ada", "bob", "cid"} {
		w.do("zoe", "contribution/link", w.link(n))
	}
	w.count(w.wrote("ada", 1, "ada"))
	w.count(w.wrote("bob", 5, "bob"))
	if got := w.shares("ada") + " " + w.shares("bob"); got != "1000 100" {
		t.Error(got)
	}
	w.count(w.wrote("cid", 7, "cid"))
	if got := w.shares("bob") + " " + w.shares("cid"); got != "100 110" {
		t.Error(got)
	}
	if !contribution.Interval.ClassA {
		t.Error("less than two thirds change how often a tenth is minted")
	}
}

// pays has an account spend the route's money for a transfer to itself.
func (w *town) pays(name string) routetest.Ending {
	w.t.Helper()
	payer := route.Address("contribution")
	tx := types.Tx{
		Chain: w.Chain.Name, Nonce: bank.Nonce(w.Ctx("bank"), w.Addr(name)), ValidUntil: w.Block.Height + 10,
		FeeMax: types.NewAmount(100_000), FeePayer: &payer, Msgs: []types.Msg{{Route: contribution.ID, ID: 2,
			Body: codec.MustMarshal(contribution.Transfer{To: w.Addr(name), Amount: types.NewAmount(1)})}},
	}
	tx.Sign(w.Key(name), w.Chain.Genesis)
	signed, err := types.Seal(tx)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.Apply(signed)
}

// Goal: nobody drains the route's money by handing one share from account to
// account, and nobody has an allowance anew whose old one is spent. Method: bob gives
// shares to eve, who earned nothing; bob's allowance is asked for again an epoch
// later, after a part of it is spent; bob's successor earns, and bob pays himself.
func TestG20_AllowancesOfContributorsAlone(t *testing.T) {
	w := newTown(t, map[string]uint64{"fees.base_min": 1})
	w.do("zoe", "contribution/link", w.link("bob"))
	w.count(w.wrote("bob", 1, "bob"))
	w.do("bob", "contribution/transfer", contribution.Transfer{To: w.Addr("eve"), Amount: types.NewAmount(900)})
	w.refused(contribution.ErrSponsor, "eve", "contribution/sponsor", contribution.Sponsor{Account: w.Addr("eve")})
	w.do("zoe", "contribution/sponsor", contribution.Sponsor{Account: w.Addr("bob")})
	w.boundary()
	if e := w.pays("bob"); e.Refused != nil || e.Charged.IsZero() {
		t.Fatal(e)
	}
	w.refused(contribution.ErrSponsor, "zoe", "contribution/sponsor", contribution.Sponsor{Account: w.Addr("bob")})
	w.do("bob", "contribution/link", w.linkAs(id("bob"), "bea"))
	w.count(w.wrote("bob", 1, "bea", "bob"))
	if e := w.pays("bob"); !errors.Is(e.Refused, contribution.ErrSponsor) {
		t.Errorf("paid for who earns no more: %v", e)
	}
	w.do("zoe", "contribution/sponsor", contribution.Sponsor{Account: w.Addr("bea")})
}

// Goal: who is linked is replaced by nobody but itself (A-G4). Method: a tree lists
// mallory's address first for ada, by a forged line that was merged; mallory signed
// before ada was linked, and after; then ada's account vouches for another of hers,
// whose link somebody else had sent already.
func TestAG4_FurtherLinksByTheAccount(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.max_growth_ppm": 1_000_000})
	w.do("zoe", "contribution/link", w.link("bob"))
	w.do("zoe", "contribution/link", w.link("ada"))
	w.do("mallory", "contribution/link", w.linkAs(id("ada"), "mallory"))
	w.do("mallory", "contribution/link", w.linkAs(id("ada"), "new"))
	w.count(w.wrote("ada", 1, "ada"), w.wrote("bob", 1, "bob"))
	w.refused(contribution.ErrLinked, "mallory", "contribution/link", w.linkAs(id("ada"), "mallory"))
	w.refused(contribution.ErrLinked, "mallory", "contribution/link", w.linkAs(id("ada"), "more"))
	w.count(w.wrote("ada", 3, "mallory", "new", "ada"), w.wrote("bob", 1, "bob"))
	if got := w.shares("mallory") + " " + w.shares("new") + " " + w.shares("ada"); got != "0 0 1500" {
		t.Error(got)
	}
	w.do("ada", "contribution/link", w.linkAs(id("ada"), "new")) // in place of mallory's: linked at once
	w.refused(contribution.ErrLinked, "ada", "contribution/link", w.linkAs(id("ada"), "new"))
	w.count(w.wrote("ada", 5, "mallory", "new", "ada"), w.wrote("bob", 1, "bob"))
	if got := w.shares("mallory") + " " + w.shares("new") + " " + w.shares("ada"); got != "0 1000 1500" {
		t.Error(got)
	}
	var links []struct{ Linked []string }
	if w.query("links", `{"identity": "`+id("ada")+`"}`, &links); len(links[0].Linked) != 2 {
		t.Error(links)
	}
}

// Goal: gREP votes, so that none is anybody's who cannot vote: the legislature would
// take seven identities without an account for seven holders, and its quorum of them.
// Method: with the book open, eight authors are counted, of whom one is linked; a
// second links later, before the next counting.
func TestL7_GREPOfAccountsAlone(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.initial": 800})
	rep.OpenGovernance(w.Ctx("rep"))
	w.do("zoe", "contribution/link", w.link("a0"))
	var leaves []contribution.Leaf
	for i := range 8 {
		n := fmt.Sprintf("a%d", i)
		leaves = append(leaves, w.wrote(n, 1, n))
	}
	w.count(leaves...)
	c := w.Ctx("rep")
	if n, all := rep.Count(c, rep.GREP), rep.Supply(c, rep.GREP).String(); n != 1 || all != "100" || w.status().Owed != "700" {
		t.Errorf("%d hold %s, %s are owed", n, all, w.status().Owed)
	}
	w.do("zoe", "contribution/link", w.link("a1"))
	w.pass(0)
	if got := w.grep("a1") + " " + w.shares("a1") + " " + w.status().Owed; got != "100 100 600" {
		t.Error(got)
	}
}
