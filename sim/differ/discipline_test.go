package differ

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"probity/chain/route/legislature"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// teamSection is a rich emergency team whose members break things, under a
// legislature that decides within a few blocks.
func teamSection(m *Maker, p, routes object) {
	r := m.rng
	m.setup.steady = true
	p["block.interval"], p["jail.misses"], p["pool.stake_ppm"], p["reward.block"] = 250, 64, 0, 1_000_000
	p["law.period"], p["law.draft"], p["law.delay"], p["law.expiry"] = 6000, 2000, 200, 4000
	if r.IntN(3) == 0 { // drafts outlast suspensions
		p["law.period"], p["law.draft"], p["law.delay"] = 1000, 12_000, 100
	}
	p["law.deposit"], p["law.fee_min"], p["law.open_max"], p["law.loss_ppm"] = 1000, 1, 6, r.IntN(100_000)
	p["dcert.bond"], p["dcert.max"], p["dcert.wager"] = uint64(1_000_000_000), 3+r.IntN(3), 1+r.IntN(2_000_000_000)
	p["dcert.breaker"], p["dcert.suspend_quorum"] = 1, 1+r.IntN(600_000)
	members := []object{}
	for _, q := range m.people[:3] {
		q.rep += 50
		members = append(members, object{"account": q.address, "bond": "3000000000"})
	}
	routes["dcert"] = object{"members": members}
}

// pushTx brings what is proposed against the team to its end: most of it passes, some
// is vetoed, some lapses.
func (m *Maker) pushTx() (*person, []types.Msg) {
	open := m.proposals(1, 2, 3, 4, 5)
	if len(open) < 3 && m.rng.IntN(3) == 0 {
		p := m.richest()
		s := legislature.Submit{Title: "title", Inline: types.Bytes("text"), Fee: types.NewAmount(uint64(1 + m.rng.IntN(1000))), Deposit: types.NewAmount(2000)}
		s.Actions = append(s.Actions, m.dcertAction())
		if s.Actions[0].ID == 23 { // urgent: it costs nothing
			s.Deposit = types.Amount{}
		}
		return m.sent(p, "legislature/submit", s)
	}
	if late := m.proposals(3, 4, 5); len(late) > 0 && m.rng.IntN(3) != 0 {
		open = late
	}
	if len(open) == 0 {
		return nil, nil
	}
	x := open[m.rng.IntN(len(open))]
	switch {
	case x.state() == 1 && m.setup.params["law.draft"].(int) > 10_000 && m.rng.IntN(8) != 0:
		return nil, nil
	case x.state() == 1:
		return m.sent(m.richest(), "legislature/deposit", legislature.Deposit{Proposal: x.number, Amount: types.NewAmount(2000)})
	case x.state() == 5:
		return m.sent(m.anyone(), "legislature/execute", legislature.Execute{Proposal: x.number})
	}
	v := legislature.Vote{Proposal: x.number, Side: legislature.For}
	if x.number%5 == 0 {
		v.Side = legislature.Veto
	}
	p := m.richest()
	n, _ := rep.WREP.Unexposed(m.tip.State, p.address).Uint64()
	v.Stake = types.NewAmount(1 + n/uint64(2+m.rng.IntN(3)))
	return m.sent(p, "legislature/vote", v)
}

// richest is one of those with most wREP to spare.
func (m *Maker) richest() *person {
	best := m.anyone()
	for range 2 {
		if q := m.anyone(); rep.WREP.Unexposed(m.tip.State, best.address).Less(rep.WREP.Unexposed(m.tip.State, q.address)) {
			best = q
		}
	}
	return best
}

// withGenerators makes New draw other sections and other messages.
func withGenerators(t *testing.T, fill func(m *Maker, p, routes object), gen ...func(m *Maker) (*person, []types.Msg)) {
	fills, makers := sections, generators
	t.Cleanup(func() { sections, generators = fills, makers })
	sections, generators = append(fills[:len(fills):len(fills)], fill), gen
}

// deep follows chains of which sections and generators are replaced, for want blocks or
// as many as PROBITY_DIFFER says, and tells what they have reached.
func deep(t *testing.T, w *tower, seed uint64, want int) (all Coverage, difference string) {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("PROBITY_DIFFER")); err == nil {
		want = n
	}
	all = Coverage{}
	for done := 0; done < want && difference == ""; seed++ {
		m, err := New(seed, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if n, difference = follow(t, w, m, min(300, want-done)); difference != "" {
			difference = fmt.Sprintf("seed %d, block %d: %s", seed, n, difference)
		}
		done += n
		all.Add(m.Coverage())
	}
	if testing.Verbose() {
		t.Log(all)
	}
	return all, difference
}

// reached asks that chains have come to some states.
func reached(t *testing.T, all Coverage, states ...string) {
	t.Helper()
	for _, s := range states {
		if all[s] == 0 {
			t.Errorf("no %s", s)
		}
	}
}

// Goal: revocations, slashes, proposals to disband with their wagers, what former
// members answer for, and circuits under the legislature's hand have the same effects in
// both, and a watchtower that keeps a wager is found. Method: chains in which little
// else happens.
func TestDiscipline(t *testing.T) {
	withGenerators(t, teamSection, (*Maker).pushTx, (*Maker).pushTx, (*Maker).pushTx, (*Maker).pushTx, (*Maker).dcertTx, (*Maker).dcertTx, (*Maker).dcertTx)
	all, difference := deep(t, newTower(t, ""), 30, 120)
	if difference != "" {
		t.Fatal(difference)
	}
	reached(t, all, "dcert/halted", "dcert/resumed", "dcert/removed")
	keeps := overlay(t, "dcertaccount.go", "c.release(wREP, open.proposer, wagerRef(open.proposal))", "c.exposure(wREP, open.proposer, wagerRef(open.proposal))")
	if _, difference := deep(t, newTower(t, keeps), 30, 120); !strings.Contains(difference, "route 3, region 6") {
		t.Errorf("a wager that is kept: found %q", difference)
	}
}

// courtesy is a court that many are accused before, and whose panels have jurors.
func courtesy(m *Maker, p, _ object) {
	m.setup.steady = true
	p["block.interval"], p["jail.misses"], p["pool.stake_ppm"] = 250, 64, 0
	p["epoch.blocks"], p["asc.lead_views"] = 4, 1
	p["court.panel_min"], p["court.window"] = 1, 1500
	p["court.open_max"], p["court.lock_ppm"], p["court.fee"] = 24, 400_000, 1_000_000
	p["court.max_ppm"] = []int{20_000, 3}[m.rng.IntN(2)]
}

// Goal: panels, their decisions, appeals, ratifications and slashes have the same effects
// in both, and a watchtower that takes nothing from silent jurors is found. Method:
// chains in which little else happens than cases.
func TestJudgement(t *testing.T) {
	withGenerators(t, courtesy, (*Maker).courtTx, (*Maker).courtTx, (*Maker).courtTx, (*Maker).forumTx)
	all, difference := deep(t, newTower(t, ""), 50, 120)
	if difference != "" {
		t.Fatal(difference)
	}
	reached(t, all, "court/reveal ok", "court/appeal ok", "court/closed outcome=rejected")
	spares := overlay(t, "courtpanel.go", "loss = j.stake.PPM(k.terms[termSilence])", "loss = num.Int{}")
	if _, difference := deep(t, newTower(t, spares), 50, 120); !strings.Contains(difference, "route ") {
		t.Errorf("silence that costs nothing: found %q", difference)
	}
}
