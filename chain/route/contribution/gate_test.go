package contribution_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

// Goal: the gate opens iff owners of the required part approve. Method: 40, 35
// and 25 % of the shares against a requirement of 50 %: one alone is refused, two
// pass; exactly the required part is enough; no shares at all are not.
func TestG17_MergeGate(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.initial": 100})
	head := contribution.Change{Repo: repo, Commit: commit(9)}
	w.refused(contribution.ErrGate, "release", "contribution/gate_check", head)
	w.refused(contribution.ErrShares, "bob", "contribution/approve", contribution.Approve{Repo: repo, Branch: "main", Head: commit(9)})
	for _, n := range []string{"bob", "cid", "dan"} {
		w.do("zoe", "contribution/link", w.link(n))
	}
	w.count(w.wrote("bob", 40, "bob"), w.wrote("cid", 35, "cid"), w.wrote("dan", 25, "dan"))
	say := func(who, branch string) {
		w.do(who, "contribution/approve", contribution.Approve{Repo: repo, Branch: branch, Head: commit(9), Author: w.Addr("zoe")})
	}
	say("dan", "main")
	w.refused(contribution.ErrGate, "release", "contribution/gate_check", head)
	say("cid", "next") // approves it for another branch: 35 % of 20 %
	w.do("release", "contribution/gate_check", head)
	say("cid", "main")
	w.do("release", "contribution/gate_check", head)
	w.refused(contribution.ErrGate, "release", "contribution/gate_check", contribution.Change{Repo: repo, Commit: commit(8)})
	w.do("release", "contribution/gate_check", contribution.Change{Repo: "not governed", Commit: commit(8)})

	type answer struct {
		Open         bool
		ApprovingPpm json.Number
		Unknown      []string
	}
	ask := func(branch, author string, who ...string) (a answer) {
		b, _ := json.Marshal(who)
		w.query("gate", fmt.Sprintf(`{"repo": %q, "branch": %q, "author": %q, "approvers": %s}`, repo, branch, author, b), &a)
		return a
	}
	at := func(n string) string { return w.Addr(n).String() }
	if a := ask("main", "", at("bob")); a.Open || a.ApprovingPpm != "400000" {
		t.Errorf("%+v", a)
	}
	if a := ask("main", "", id("bob"), at("dan"), at("dan"), id("nobody")); !a.Open || a.ApprovingPpm != "650000" || len(a.Unknown) != 1 {
		t.Errorf("%+v", a)
	}
	w.do("bob", "contribution/transfer", contribution.Transfer{To: w.Addr("dan"), Amount: types.NewAmount(25)})
	if a := ask("main", "", at("dan")); !a.Open || a.ApprovingPpm != "500000" { // exactly the half
		t.Errorf("%+v", a)
	}
}

// Goal: the required part stands on the chain for each repository and branch and
// is compared with ≥. Method: set, change and end one; an unknown branch answers
// null.
func TestAG6_RequirementPerBranch(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.initial": 100})
	w.do("zoe", "contribution/link", w.link("bob"))
	w.do("zoe", "contribution/link", w.link("cid"))
	w.count(w.wrote("bob", 20, "bob"), w.wrote("cid", 80, "cid"))
	open := func(branch string) string {
		text, err := w.Query("contribution", "gate", fmt.Sprintf(`{"repo": %q, "branch": %q, "approvers": ["@bob"]}`, repo, branch))
		if err != nil {
			t.Fatal(err)
		}
		if text == "null" {
			return text
		}
		return fmt.Sprint(strings.Contains(text, `"open":true`))
	}
	if got := open("main") + open("next") + open("other"); got != "falsetruenull" {
		t.Error(got)
	}
	w.refused(route.ErrReserved, "ada", "contribution/require", contribution.Require{Repo: repo, Branch: "main", PPM: 1})
	w.refused(contribution.ErrForm, "legislature", "contribution/require", contribution.Require{Repo: repo, Branch: "main", PPM: 1_000_001})
	w.do("legislature", "contribution/require", contribution.Require{Repo: repo, Branch: "main", PPM: 200_000})
	w.do("legislature", "contribution/require", contribution.Require{Repo: repo, Branch: "next", PPM: 200_001})
	if got := open("main") + open("next"); got != "truefalse" {
		t.Error(got)
	}
	w.do("legislature", "contribution/require", contribution.Require{Repo: repo, Branch: "next", End: true})
	if got := open("next"); got != "null" {
		t.Error(got)
	}
}

// Goal: an approval is of one head, holds for seven days, and the author's own
// does not count unless members decide so. Method: another head, eight days, the
// author under two addresses; the parameter.
func TestAG7_Approvals(t *testing.T) {
	for _, counts := range []uint64{0, 1} {
		w := newTown(t, map[string]uint64{"pac.initial": 100, "contrib.author_counts": counts})
		w.do("zoe", "contribution/link", w.linkAs(id("bob"), "bob"))
		w.do("zoe", "contribution/link", w.linkAs(id("bob"), "bobby"))
		w.count(w.wrote("bob", 1, "bob", "bobby"))
		w.do("bob", "contribution/approve", contribution.Approve{Repo: repo, Branch: "main", Head: commit(9), Author: w.Addr("bobby")})
		_, err := w.Call("release", "contribution", "gate_check", contribution.Change{Repo: repo, Commit: commit(9)})
		if (err == nil) != (counts == 1) {
			t.Errorf("author counts %d: %v", counts, err)
		}
	}
	w := newTown(t, map[string]uint64{"pac.initial": 100})
	w.do("zoe", "contribution/link", w.link("bob"))
	w.count(w.wrote("bob", 1, "bob"))
	w.do("bob", "contribution/approve", contribution.Approve{Repo: repo, Branch: "main", Head: commit(9)})
	w.do("release", "contribution/gate_check", contribution.Change{Repo: repo, Commit: commit(9)})
	w.refused(contribution.ErrGate, "release", "contribution/gate_check", contribution.Change{Repo: repo, Commit: commit(10)})
	w.pass(7*day - 2000)
	w.do("release", "contribution/gate_check", contribution.Change{Repo: repo, Commit: commit(9)})
	w.pass(1000)
	w.pass(0)
	w.refused(contribution.ErrGate, "release", "contribution/gate_check", contribution.Change{Repo: repo, Commit: commit(9)})
}

// Goal: after a mint the list of approvers is new, whole. Method: bob sells to
// cid between two mints: the second list has cid and not bob; the escrow of
// somebody without an account is on no list.
func TestG18_LimitsReplaced(t *testing.T) {
	w := newTown(t, nil)
	w.do("zoe", "contribution/link", w.link("ada"))
	w.do("zoe", "contribution/link", w.link("bob"))
	w.count(w.wrote("ada", 5, "ada"), w.wrote("bob", 4, "bob"), w.wrote("eve", 1))
	list := func() string {
		var l struct {
			Run       uint64
			Approvers []struct{ Address, Amount string }
		}
		w.query("limits", "{}", &l)
		return fmt.Sprint(l.Run, l.Approvers)
	}
	if got := list(); got != "1 [{@ada 500} {@bob 400}]" {
		t.Error(got)
	}
	w.do("bob", "contribution/transfer", contribution.Transfer{To: w.Addr("cid"), Amount: types.NewAmount(400)})
	w.count(w.wrote("ada", 6, "ada"), w.wrote("bob", 4, "bob"), w.wrote("eve", 1))
	if got := list(); got != "2 [{@ada 600} {@cid 400}]" {
		t.Error(got)
	}
}

// Goal: the DAO pays contributors' fees for its own affairs, up to an amount in
// each epoch. Method: bob, without $, transfers shares and is charged to the
// route's account; sends of $ and strangers are refused; asking again, which would
// forget what was spent, is refused too.
func TestG20_SponsoredFees(t *testing.T) {
	w := newTown(t, map[string]uint64{"fees.base_min": 1})
	w.refused(contribution.ErrSponsor, "zoe", "contribution/sponsor", contribution.Sponsor{Account: w.Addr("bob")})
	w.do("zoe", "contribution/link", w.link("bob"))
	w.count(w.wrote("bob", 1, "bob"))
	w.do("zoe", "contribution/sponsor", contribution.Sponsor{Account: w.Addr("bob")})
	w.refused(contribution.ErrSponsor, "zoe", "contribution/sponsor", contribution.Sponsor{Account: w.Addr("bob")})
	send := func(msgs ...types.Msg) routetest.Ending {
		payer := route.Address("contribution")
		tx := types.Tx{
			Chain: w.Chain.Name, Nonce: bank.Nonce(w.Ctx("bank"), w.Addr("bob")), ValidUntil: w.Block.Height + 10,
			FeeMax: types.NewAmount(100_000), FeePayer: &payer, Msgs: msgs,
		}
		tx.Sign(w.Key("bob"), w.Chain.Genesis)
		signed, err := types.Seal(tx)
		if err != nil {
			t.Fatal(err)
		}
		return w.Apply(signed)
	}
	give := types.Msg{Route: contribution.ID, ID: 2, Body: codec.MustMarshal(contribution.Transfer{To: w.Addr("cid"), Amount: types.NewAmount(1)})}
	before := bank.Balance(w.Ctx("bank"), route.Address("contribution"))
	e := send(give)
	if e.Refused != nil || e.Failed != nil || e.Charged.IsZero() {
		t.Fatal(e)
	}
	if paid := before.Sub(bank.Balance(w.Ctx("bank"), route.Address("contribution"))); paid != e.Charged {
		t.Errorf("charged %s, paid %s", e.Charged, paid)
	}
	pay := types.Msg{Route: bank.ID, ID: 1, Body: codec.MustMarshal(bank.Send{To: w.Addr("cid"), Amount: types.NewAmount(1)})}
	if e := send(give, pay); !errors.Is(e.Refused, contribution.ErrSponsor) {
		t.Errorf("paid for a payment: %v", e)
	}
	w.boundary()
	w.refused(contribution.ErrSponsor, "zoe", "contribution/sponsor", contribution.Sponsor{Account: w.Addr("bob")})
}

// Goal: a credential is an encrypted document with owners and a threshold;
// access is by proposal, for a reason; used, it must be reset; all of it is
// visible. Method: the life of one, with each step that its state forbids.
func TestG22_CredentialCustody(t *testing.T) {
	w := newTown(t, nil)
	name, first, second := "registry token", keys.Sum([]byte("1")), keys.Sum([]byte("2"))
	keep := contribution.Custody{Document: name, Hash: first, Threshold: 2, Owners: []keys.Address{w.Addr("ada"), w.Addr("bob"), w.Addr("cid")}}
	use := contribution.Access{Document: name, To: w.Addr("ada"), Recipient: "age1ada", Reason: "publish 1.2"}
	again := contribution.Reset{Document: name, Hash: second}
	w.refused(route.ErrReserved, "ada", "contribution/access", use)
	w.refused(contribution.ErrDocument, "legislature", "contribution/access", use)
	bad := keep
	bad.Threshold = 4
	w.refused(contribution.ErrForm, "legislature", "contribution/custody", bad)
	w.do("legislature", "contribution/custody", keep)
	w.refused(contribution.ErrDocument, "legislature", "contribution/reset", again)
	none := use
	none.Reason = ""
	w.refused(contribution.ErrForm, "legislature", "contribution/access", none)
	if got := routetest.Events(w.do("legislature", "contribution/access", use)); !strings.Contains(got, "reason=publish 1.2") {
		t.Error(got)
	}
	w.refused(contribution.ErrDocument, "legislature", "contribution/access", use)   // in use
	w.refused(contribution.ErrDocument, "legislature", "contribution/custody", keep) // in use
	w.pass(3 * day)
	var list []struct {
		State   string
		Overdue bool
		Reason  string
		Version json.Number
	}
	w.query("documents", "{}", &list)
	if len(list) != 1 || list[0].State != "granted" || !list[0].Overdue || list[0].Reason != "publish 1.2" {
		t.Errorf("%+v", list)
	}
	same := again
	same.Hash = first
	w.refused(contribution.ErrDocument, "legislature", "contribution/reset", same)
	w.do("legislature", "contribution/reset", again)
	w.query("documents", "{}", &list)
	if list[0].State != "sealed" || list[0].Overdue || list[0].Version != "2" {
		t.Errorf("%+v", list)
	}
}

// Goal: a passed proposal orders a bot, which reports. Method: only the
// legislature orders, only the named bot reports, once; the order stands under
// its key in the state.
func TestG23_OrdersToBots(t *testing.T) {
	w := newTown(t, nil)
	m := contribution.Order{Repo: repo, Action: "tag", Arguments: types.Bytes("v1.2"), Bot: w.Addr("bot")}
	w.refused(route.ErrReserved, "ada", "contribution/order", m)
	w.do("legislature", "contribution/order", m)
	w.refused(contribution.ErrOrder, "ada", "contribution/done", contribution.Done{Order: 1, OK: true})
	w.refused(contribution.ErrOrder, "bot", "contribution/done", contribution.Done{Order: 2, OK: true})
	w.do("bot", "contribution/done", contribution.Done{Order: 1, OK: true, Result: "tagged"})
	w.refused(contribution.ErrOrder, "bot", "contribution/done", contribution.Done{Order: 1, OK: false})
	b, ok := w.Ctx("contribution").Get(contribution.OrderKey(1))
	var stands contribution.Instruction
	if !ok || codec.Unmarshal(b, &stands) != nil || stands.Order.Action != "tag" || stands.Result != "tagged" {
		t.Errorf("%v %+v", ok, stands)
	}
}

// Goal: no number of identities lets an author approve through another account of
// theirs. Method: an author of seventeen identities, the last of which is linked to a
// second account too, whose approval counts for others' changes alone.
func TestAG7_ManyIdentitiesOfOneAuthor(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.initial": 1000})
	var leaves []contribution.Leaf
	for i := range 16 {
		n := fmt.Sprintf("a%02d", i)
		w.do("zoe", "contribution/link", w.linkAs(id(n), "bob"))
		leaves = append(leaves, w.wrote(n, 1, "bob"))
	}
	w.do("zoe", "contribution/link", w.linkAs(id("last"), "bob"))
	w.do("zoe", "contribution/link", w.linkAs(id("last"), "cid"))
	w.count(append(leaves, w.wrote("last", 984, "cid", "bob"))...)
	head := contribution.Change{Repo: repo, Commit: commit(9)}
	approve := func(author string) {
		w.do("cid", "contribution/approve", contribution.Approve{Repo: repo, Branch: "main", Head: commit(9), Author: w.Addr(author)})
	}
	approve("bob")
	w.refused(contribution.ErrGate, "release", "contribution/gate_check", head)
	approve("zoe")
	w.do("release", "contribution/gate_check", head)
}
