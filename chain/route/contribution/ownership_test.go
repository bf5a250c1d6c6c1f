package contribution_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: the DAO owns the repository in proportion to contribution. Method: three
// authors with 5, 3 and 2 points own 500, 300 and 200 of the first 1000 shares.
func TestG1_ProportionalToContribution(t *testing.T) {
	w := newTown(t, nil)
	for _, n := range []string{"ada", "bob", "cid"} {
		w.do("zoe", "contribution/link", w.link(n))
	}
	w.count(w.wrote("ada", 5, "ada"), w.wrote("bob", 3, "bob"), w.wrote("cid", 2, "cid"))
	if got := w.shares("ada") + " " + w.shares("bob") + " " + w.shares("cid"); got != "500 300 200" {
		t.Error(got)
	}
}

// Goal: minted shares are never taken back. Method: an author's lines vanish, its
// REP is slashed to nothing, and its shares stay.
func TestG2_NeverClawedBack(t *testing.T) {
	w := newTown(t, nil)
	w.do("zoe", "contribution/link", w.link("ada"))
	w.do("zoe", "contribution/link", w.link("bob"))
	w.count(w.wrote("ada", 1, "ada"), w.wrote("bob", 1, "bob"))
	w.count(w.wrote("bob", 7, "bob"))
	rep.Slash(w.Ctx("rep"), w.Addr("ada"), types.Whole(1), "test")
	if got := w.shares("ada"); got != "500" {
		t.Error(got)
	}
}

// Goal: a transfer gives ownership for good: a counting restores nothing, only a
// transfer back does. Method: ada gives all to cid; counting again mints nothing.
func TestG3_TransferForGood(t *testing.T) {
	w := newTown(t, nil)
	w.do("zoe", "contribution/link", w.link("ada"))
	w.count(w.wrote("ada", 4, "ada"))
	w.do("ada", "contribution/transfer", contribution.Transfer{To: w.Addr("cid"), Amount: types.NewAmount(1000)})
	w.refused(contribution.ErrShares, "ada", "contribution/transfer", contribution.Transfer{To: w.Addr("cid"), Amount: types.NewAmount(1)})
	if s := w.count(w.wrote("ada", 4, "ada")); s.Stage != "unchanged" || w.shares("ada") != "0" || w.shares("cid") != "1000" {
		t.Errorf("%+v, ada %s, cid %s", s, w.shares("ada"), w.shares("cid"))
	}
	w.do("cid", "contribution/transfer", contribution.Transfer{To: w.Addr("ada"), Amount: types.NewAmount(1000)})
	if got := w.shares("ada"); got != "1000" {
		t.Error(got)
	}
}

// Goal: what is compared is what was minted: 1000 minted, 300 transferred,
// entitled to 1200: 200 are minted. Method: exactly that.
func TestG4_MintedNotOwned(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.initial": 2200})
	w.do("zoe", "contribution/link", w.link("ada"))
	w.do("zoe", "contribution/link", w.link("bob"))
	w.count(w.wrote("ada", 10, "ada"), w.wrote("bob", 12, "bob"))
	w.do("ada", "contribution/transfer", contribution.Transfer{To: w.Addr("cid"), Amount: types.NewAmount(300)})
	s := w.count(w.wrote("ada", 12, "ada"), w.wrote("bob", 12, "bob"))
	if s.Minted != "200" || w.shares("ada") != "900" || w.shares("bob") != "1200" {
		t.Errorf("minted %s, ada %s, bob %s", s.Minted, w.shares("ada"), w.shares("bob"))
	}
}

// Goal: a merge or a release triggers, only if the last counting is older than
// the threshold; else nothing happens. Method: triggers of both kinds before and
// after the interval; one that lapsed does not count.
func TestG5_TriggerAndThreshold(t *testing.T) {
	w := newTown(t, nil)
	of := contribution.Trigger{Repo: repo, Commit: commit(1)}
	w.refused(contribution.ErrRepository, "ada", "contribution/trigger", contribution.Trigger{Repo: "elsewhere", Commit: commit(1)})
	w.refused(contribution.ErrForm, "ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: types.Bytes{1}})
	w.refused(bank.ErrFunds, "bob", "contribution/trigger", of)
	w.do("ada", "contribution/trigger", of)
	w.refused(contribution.ErrBusy, "ada", "contribution/trigger", of)
	if got := names(w.pass(8 * day)); !strings.Contains(got, "lapsed") {
		t.Fatal(got)
	}
	w.do("ada", "contribution/trigger", of) // at once: nothing was counted
	w.show(w.agree(w.wrote("ada", 1)))
	w.boundary()
	w.refused(contribution.ErrInterval, "release", "contribution/released", contribution.Change{Repo: repo, Commit: commit(2)})
	w.pass(29 * day)
	w.refused(contribution.ErrInterval, "ada", "contribution/trigger", of)
	w.pass(day)
	w.refused(route.ErrReserved, "ada", "contribution/released", contribution.Change{Repo: repo, Commit: commit(2)})
	w.do("release", "contribution/released", contribution.Change{Repo: repo, Commit: commit(2)})
}

// Goal: the order of a counting: count, links, difference (no change: end),
// shares, limits. Method: the events of the boundary in both cases.
func TestG6_Order(t *testing.T) {
	w := newTown(t, nil)
	w.do("zoe", "contribution/link", w.link("ada"))
	w.Block.Time += 31 * day
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
	w.show(w.agree(w.wrote("ada", 1, "ada")))
	if got := strings.ReplaceAll(names(w.boundary()), " transfer", ""); !strings.Contains(got, "linked mint minted limits") {
		t.Error(got)
	}
	w.Block.Time += 31 * day
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
	w.show(w.agree(w.wrote("ada", 1, "ada")))
	if got := names(w.boundary()); !strings.Contains(got, "unchanged") || strings.Contains(got, "limits") {
		t.Error(got)
	}
}

// Goal: rules and frequency are on the chain. Method: the parameter of the
// interval changes what is refused; the file is named by no rule of the chain.
func TestG19_OnChainConfiguration(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.interval": 5000})
	w.count(w.wrote("ada", 1))
	w.pass(5000)
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(2)})
	if d := contribution.Interval.Default; d != 30*day {
		t.Errorf("default %d", d)
	}
}

// Goal: an identity has an address before anybody knows of it, and what is
// minted there is the identity's when it links. Method: an author without an
// account: its shares stand at that address, which nobody has a key of, and move, all,
// when the newest listed address has signed; its gREP is minted then.
func TestG21_AddressBeforeAccount(t *testing.T) {
	w := newTown(t, nil)
	rep.OpenGovernance(w.Ctx("rep"))
	w.do("zoe", "contribution/link", w.link("ada"))
	w.count(w.wrote("ada", 1, "ada"), w.wrote("eve", 1))
	waits := keys.IdentityAddress(id("eve"))
	c := w.Ctx("contribution")
	if contribution.Shares(c, waits).String() != "500" || !rep.Balance(c, rep.GREP, waits).IsZero() || w.status().Owed != "500" {
		t.Fatal("nothing waits")
	}
	w.do("zoe", "contribution/link", w.link("eve"))
	w.count(w.wrote("ada", 1, "ada"), w.wrote("eve", 1, "eve"))
	w.pass(0)
	if got := w.shares("eve") + " " + w.grep("eve"); got != "500 500" {
		t.Error(got)
	}
	c = w.Ctx("contribution")
	if !contribution.Shares(c, waits).IsZero() || !rep.Balance(c, rep.GREP, waits).IsZero() {
		t.Error("something still waits")
	}
}

// Goal: the target is the part of all points, and who has no account keeps its
// part in escrow; with `claimed` it has none; with nobody linked nothing happens.
// Method: the same tree under the three.
func TestAG3_EscrowOrClaimed(t *testing.T) {
	for _, c := range []struct {
		target uint64
		link   bool
		want   string
	}{{1, true, "750 250 minted"}, {2, true, "1000 0 minted"}, {1, false, "0 0 unchanged"}} {
		w := newTown(t, map[string]uint64{"pac.target": c.target})
		if c.link {
			w.do("zoe", "contribution/link", w.link("ada"))
		}
		s := w.count(w.wrote("ada", 3, "ada"), w.wrote("eve", 1))
		escrow := contribution.Shares(w.Ctx("contribution"), keys.IdentityAddress(id("eve")))
		if got := w.shares("ada") + " " + escrow.String() + " " + s.Stage; got != c.want {
			t.Errorf("target %d, linked %v: %s, want %s", c.target, c.link, got, c.want)
		}
	}
}

// Goal: two users of one address sum there; two addresses of one user are one,
// the newest earns. Method: both at once.
func TestAG8_UnionsOfAddresses(t *testing.T) {
	w := newTown(t, nil)
	w.do("zoe", "contribution/link", w.linkAs(id("ada"), "team"))
	w.do("zoe", "contribution/link", w.linkAs(id("bob"), "team"))
	w.do("zoe", "contribution/link", w.linkAs(id("cid"), "old"))
	w.count(w.wrote("ada", 2, "team"), w.wrote("bob", 3, "team"), w.wrote("cid", 5, "old"))
	if got := w.shares("team") + " " + w.shares("old"); got != "500 500" {
		t.Fatal(got)
	}
	w.do("old", "contribution/link", w.linkAs(id("cid"), "new"))
	// 500 of cid's points now ask for 750: what old has counts as cid's.
	s := w.count(w.wrote("ada", 2, "team"), w.wrote("bob", 3, "team"), w.wrote("cid", 15, "new", "old"))
	if got := w.shares("old") + " " + w.shares("new") + " " + s.Minted; got != "500 1000 1000" {
		t.Error(got)
	}
	// Approving with both is approving with the sum.
	var a struct{ ApprovingPpm json.Number }
	w.query("gate", fmt.Sprintf(`{"repo": %q, "branch": "main", "approvers": [%q]}`, repo, id("cid")), &a)
	if a.ApprovingPpm != "750000" {
		t.Errorf("%+v", a)
	}
}
