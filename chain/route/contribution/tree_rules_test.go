package contribution_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: weights are decided by members: they are parameters, they are in the
// hash of the rules, and that is in the subject that watchtowers answer. Method:
// the canonical text with defaults against its words; other weights give another
// subject; the policy is part of it.
func TestG14_WeightsAreDecided(t *testing.T) {
	type rules struct {
		Text string
		Hash keys.Hash
	}
	subject := func(p map[string]uint64, policy *contribution.Policy) (keys.Hash, rules) {
		w := newTown(t, p)
		if policy != nil {
			w.do("legislature", "contribution/policy", *policy)
		}
		w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
		var r rules
		w.query("rules", "{}", &r)
		return w.status().Subject, r
	}
	first, r := subject(nil, nil)
	want := "probity/counting/1\ncode 1000000\ncomment 500000\ntext 500000\nother 0\ngenesis " + keys.Sum([]byte("genesis")).String() + "\n"
	if r.Text != want || r.Hash != keys.Sum([]byte(want)) {
		t.Errorf("rules %q", r.Text)
	}
	second, _ := subject(map[string]uint64{"contrib.comment": 250_000}, nil)
	third, r := subject(nil, &contribution.Policy{Exclude: []string{"vendor/**"}, Multiply: []contribution.Multiplier{{Glob: "docs/**", PPM: 500_000}}})
	if first == second || first == third || second == third {
		t.Error("the subject does not know the rules")
	}
	if !strings.Contains(r.Text, "exclude vendor/**\nmultiply 500000 docs/**\n") {
		t.Errorf("rules %q", r.Text)
	}
	w := newTown(t, nil)
	w.refused(route.ErrReserved, "ada", "contribution/policy", contribution.Policy{})
	w.refused(contribution.ErrForm, "legislature", "contribution/policy", contribution.Policy{Exclude: []string{"a\nb"}})
}

// Goal: what is counted is pinned by a commit that watchtowers attest: fewer than
// 51 % identical bytes give nothing, and no page but the agreed ones is taken.
// Method: one of three agrees; then two; then forged pages of all kinds.
func TestAG10_AttestedTree(t *testing.T) {
	w := newTown(t, nil)
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
	s := w.status()
	forged := contribution.Count(s.Subject, 1, []contribution.Leaf{w.wrote("eve", 1_000_000)})
	w.refused(contribution.ErrStage, "zoe", "contribution/publish_tree", forged.Publish(1, 0))
	w.do("w3", "oracle/submit", oracle.Submit{
		Kind: oracle.Contribution, Subject: s.Subject, Interval: 1, Ruleset: contribution.Ruleset, Implementation: "x", Hash: forged.Manifest.Hash(),
	})
	w.refused(contribution.ErrStage, "zoe", "contribution/publish_tree", forged.Publish(1, 0))
	tree := w.agree(w.wrote("ada", 1), w.wrote("bob", 2))
	w.refused(contribution.ErrTree, "zoe", "contribution/publish_tree", forged.Publish(1, 0))
	mixed := tree.Publish(1, 0)
	mixed.Chunk = forged.Pages[0]
	w.refused(contribution.ErrTree, "zoe", "contribution/publish_tree", mixed)
	w.refused(contribution.ErrStage, "zoe", "contribution/publish_tree", tree.Publish(2, 0))
	late := tree.Publish(1, 0)
	late.Index = 1
	w.refused(contribution.ErrTree, "zoe", "contribution/publish_tree", late)
	w.do("zoe", "contribution/publish_tree", tree.Publish(1, 0))
	w.refused(contribution.ErrStage, "zoe", "contribution/publish_tree", tree.Publish(1, 0))
}

// Goal: an agreed tree that nobody shows lapses, and does not cost an interval.
// Method: eight days.
func TestUnshownTreeLapses(t *testing.T) {
	w := newTown(t, nil)
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
	w.agree(w.wrote("ada", 1))
	w.pass(8 * day)
	if s := w.status(); s.Stage != "lapsed" {
		t.Fatalf("%+v", s)
	}
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
}

// Goal: a commit that is not on the branch costs nobody an interval: its tree has
// no leaf, and the counting lapses when that is agreed. Method: one, and another
// trigger at once.
func TestNoSuchCommitLapses(t *testing.T) {
	w := newTown(t, nil)
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(66)})
	w.agree()
	if s := w.status(); s.Stage != "lapsed" {
		t.Errorf("%+v", s)
	}
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
}

// Goal: trees of more than a page, and of disorder. Method: 300 leaves are three
// pages and minted to the unit; an agreed tree out of order is refused.
func TestPages(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.initial": 600})
	var leaves []contribution.Leaf
	for i := range 300 {
		leaves = append(leaves, w.wrote(fmt.Sprintf("a%03d", i), 1))
	}
	leaves[7].Addresses = []keys.Address{w.Addr("ada")}
	w.do("zoe", "contribution/link", w.linkAs(leaves[7].Identity, "ada"))
	if s := w.count(leaves...); s.Stage != "minted" || s.Minted != "600" || w.shares("ada") != "2" {
		t.Errorf("%+v %s", s, w.shares("ada"))
	}
	var p struct {
		Leaves []contribution.Leaf
		Cursor string
	}
	w.query("points", fmt.Sprintf(`{"limit": 2, "cursor": %q}`, id("a126")), &p)
	if len(p.Leaves) != 2 || p.Leaves[0].Identity != id("a127") || p.Cursor != id("a128") {
		t.Errorf("%+v", p)
	}
	w.Block.Time += 31 * day
	w.do("ada", "contribution/trigger", contribution.Trigger{Repo: repo, Commit: commit(1)})
	s := w.status()
	bad := contribution.NewTree(contribution.Manifest{Ruleset: contribution.Ruleset, Subject: s.Subject, From: s.Counting, Total: 2},
		[]contribution.Leaf{{Identity: id("b"), Micropoints: 1, Addresses: []keys.Address{}}, {Identity: id("a"), Micropoints: 1, Addresses: []keys.Address{}}})
	for _, who := range []string{"w1", "w2"} {
		w.do(who, "oracle/submit", oracle.Submit{
			Kind: oracle.Contribution, Subject: s.Subject, Interval: s.Counting, Ruleset: contribution.Ruleset, Implementation: "x", Hash: bad.Manifest.Hash(),
		})
	}
	w.refused(contribution.ErrTree, "zoe", "contribution/publish_tree", bad.Publish(s.Counting, 0))
}

// Goal: gREP for shares waits until there is gREP, follows a link, and is minted
// in bounded steps. Method: 300 accounts owed before the book opens: 256 of them
// in the first block after, the rest in the next; later mints at once.
func TestGREPAccrues(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.initial": 300})
	var leaves []contribution.Leaf
	for i := range 300 {
		n := fmt.Sprintf("a%03d", i)
		owner := map[bool]string{true: "ada", false: n}[i == 0]
		leaves = append(leaves, w.wrote(n, 1, owner))
		w.do("zoe", "contribution/link", w.linkAs(id(n), owner))
	}
	w.count(leaves...)
	c := w.Ctx("rep")
	if s := w.status(); s.Owed != "300" || !rep.Supply(c, rep.GREP).IsZero() {
		t.Fatalf("%+v", s)
	}
	rep.OpenGovernance(w.Ctx("rep"))
	w.pass(0)
	if got := rep.Supply(w.Ctx("rep"), rep.GREP).String(); got != "256" {
		t.Errorf("after one block: %s", got)
	}
	w.pass(0)
	if got := rep.Supply(w.Ctx("rep"), rep.GREP).String(); got != "300" || w.status().Owed != "0" || w.grep("ada") != "1" {
		t.Errorf("after two: %s", got)
	}
	leaves[0].Micropoints = 10
	if s := w.count(leaves...); w.grep("ada") != "10" || s.Minted != "9" {
		t.Errorf("%+v %s", s, w.grep("ada"))
	}
}

// Goal: a link needs the address's signature for this identity on this chain,
// and a tree that lists it; in either order. Method: forged signatures; a link
// after the tree takes effect at once; where the forum refuses, the link stands
// and is tried again.
func TestLinks(t *testing.T) {
	w := newTown(t, nil)
	w.do("zoe", "contribution/link", w.link("ada"))
	w.refused(contribution.ErrLinked, "zoe", "contribution/link", w.link("ada"))
	stolen := w.link("eve")
	stolen.Identity = id("ada")
	w.refused(contribution.ErrSignature, "zoe", "contribution/link", stolen)
	foreign := w.link("eve")
	foreign.Signature = w.Key("eve").Sign(contribution.LinkMessage(keys.Hash{}, id("eve")))
	w.refused(contribution.ErrSignature, "zoe", "contribution/link", foreign)
	w.refused(contribution.ErrIdentity, "zoe", "contribution/link", w.linkAs("git:Eve@Example.org", "eve"))
	// mallory signs for eve's identity, but no tree lists mallory.
	w.do("zoe", "contribution/link", w.linkAs(id("eve"), "mallory"))
	rep.Mint(w.Ctx("rep"), rep.WREP, keys.IdentityAddress(id("eve")), types.NewAmount(77), "post")
	w.count(w.wrote("ada", 1, "ada"), w.wrote("eve", 1, "eve"))
	if got := w.shares("mallory") + w.shares("eve"); got != "00" {
		t.Fatal(got)
	}
	*w.broken = true
	if got := names(w.do("zoe", "contribution/link", w.link("eve"))); got != "claimed linked released adoption_waits" {
		t.Error(got)
	}
	if got := w.shares("eve"); got != "500" {
		t.Error(got)
	}
	*w.broken = false
	w.do("zoe", "contribution/link", w.link("eve"))
	if got := rep.Balance(w.Ctx("rep"), rep.WREP, w.Addr("eve")).String(); got != "77" {
		t.Error(got)
	}
	w.refused(contribution.ErrLinked, "zoe", "contribution/link", w.link("eve"))
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
}

// Goal: what a mint does not reach at once it reaches over intervals, at most a
// tenth each. Method: shares of 50/50 and points of 999/1.
func TestGrowthClamp(t *testing.T) {
	w := newTown(t, map[string]uint64{"pac.max_growth_ppm": 100_000})
	w.do("zoe", "contribution/link", w.link("ada"))
	w.count(w.wrote("ada", 1, "ada"), w.wrote("bob", 1))
	if s := w.count(w.wrote("ada", 999, "ada"), w.wrote("bob", 1)); s.Minted != "100" || !s.Clamped || w.shares("ada") != "600" {
		t.Errorf("%+v %s", s, w.shares("ada"))
	}
	if s := w.count(w.wrote("ada", 999, "ada"), w.wrote("bob", 1)); s.Minted != "110" || w.shares("ada") != "710" {
		t.Errorf("%+v %s", s, w.shares("ada"))
	}
}

// Goal: whatever happens, shares are conserved, nobody's fall but by its own
// transfer, and each minted share is one gREP minted or owed. Method: random
// countings, links, transfers and openings of the book.
func TestInvariants(t *testing.T) {
	people := []string{"ada", "bob", "cid"}
	rapid.Check(t, func(rt *rapid.T) {
		w := newTown(t, nil)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			who := rapid.SampledFrom(people).Draw(rt, "who")
			before := map[string]types.Amount{}
			for _, p := range people {
				before[p] = contribution.Shares(w.Ctx("contribution"), w.Addr(p))
			}
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				_, _ = w.Call("zoe", "contribution", "link", w.link(who))
			case 1:
				amt := rapid.Uint64Range(1, 300).Draw(rt, "amount")
				m := contribution.Transfer{To: w.Addr(rapid.SampledFrom(people).Draw(rt, "to")), Amount: types.NewAmount(amt)}
				if _, err := w.Call(who, "contribution", "transfer", m); err == nil {
					before[who] = before[who].SubClamp(m.Amount)
				}
			case 2:
				rep.OpenGovernance(w.Ctx("rep"))
				w.pass(0)
			default:
				var leaves []contribution.Leaf
				for _, p := range people {
					if n := rapid.Uint64Range(0, 20).Draw(rt, "points"); n > 0 {
						leaves = append(leaves, w.wrote(p, n, p))
					}
				}
				if len(leaves) > 0 {
					w.count(leaves...)
				}
			}
			c := w.Ctx("contribution")
			if err := w.Check(); err != nil {
				rt.Fatal(err)
			}
			for _, p := range people {
				if contribution.Shares(c, w.Addr(p)).Less(before[p]) {
					rt.Fatalf("%s had %s and has %s", p, before[p], contribution.Shares(c, w.Addr(p)))
				}
			}
			owed, _ := types.ParseDecimal("0")
			if err := owed.UnmarshalText([]byte(w.status().Owed)); err != nil {
				rt.Fatal(err)
			}
			if rep.Supply(c, rep.GREP).Add(owed) != contribution.Total(c) {
				rt.Fatalf("%s gREP and %s owed for %s shares", rep.Supply(c, rep.GREP), owed, contribution.Total(c))
			}
		}
	})
}
