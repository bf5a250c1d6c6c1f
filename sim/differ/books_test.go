package differ

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/route/forum"
	"probity/chain/route/legislature"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// booksSection is a chain that soon has gREP in many hands: every post that a
// proposal is about has the same four authors.
func booksSection(m *Maker, p, _ object) {
	m.setup.steady, m.setup.focus = true, 1
	p["block.interval"], p["jail.misses"], p["pool.stake_ppm"] = 200, 64, 0
	p["budget.grep_ppm"], p["rep.year_cap_ppm"], p["rep.mint_ratio"] = 1, 0, 1_000_000
	p["law.period"], p["law.draft"], p["law.delay"], p["law.expiry"], p["law.open_max"] = 4000, 3000, 200, 4000, 4
	p["law.deposit"], p["law.fee_min"], p["law.loss_ppm"], p["law.grep_holders"] = 1000, 1, 20_000, 3
	p["epoch.blocks"], p["asc.lead_views"], p["wsc.author_ppm"], p["reward.block"] = 10, 3, 300_000, 1_000_000
	for _, q := range m.people[:4] {
		q.rep += 500
	}
}

// booksTx writes a post of four, proposes for it, and votes in the books that decide.
func (m *Maker) booksTx() (*person, []types.Msg) {
	p := m.people[m.rng.IntN(4)]
	mine := m.postBy(p)
	if mine == (keys.Hash{}) || m.rng.IntN(30) == 0 {
		body := forum.Publish{Inline: types.Bytes{byte(m.rng.IntN(256)), byte(m.rng.IntN(256))}}
		body.Content = keys.Sum(body.Inline)
		for _, q := range m.people[:4] {
			body.Authors = append(body.Authors, forum.Author{Address: q.address, PPM: 250_000})
		}
		return m.sent(p, "forum/publish", body)
	}
	list := m.proposals(1, 2, 3, 4, 5)
	if len(list) < 2 {
		s := legislature.Submit{Title: "books", Post: mine, Fee: types.NewAmount(1 + m.rng.Uint64N(5_000_000_000)), Deposit: types.NewAmount(2000)}
		if m.rng.IntN(3) == 0 {
			a := legislature.Activate{Post: mine, Changes: []params.Change{}}
			if m.rng.IntN(3) == 0 {
				a.Post = keys.Hash{}
			}
			s.Actions = []types.Msg{m.pack("legislature/activate", a)}
		} else {
			s.Actions = []types.Msg{m.pack("params/set", params.Set{Changes: []params.Change{{Name: bank.BudgetGREP.Name, Value: 1 + m.rng.Uint64N(50_000)}}})}
		}
		return m.sent(p, "legislature/submit", s)
	}
	x := list[m.rng.IntN(len(list))]
	switch x.state() {
	case 1:
		return m.sent(p, "legislature/deposit", legislature.Deposit{Proposal: x.number, Amount: types.NewAmount(2000)})
	case 5:
		return m.sent(p, "legislature/execute", legislature.Execute{Proposal: x.number})
	}
	b := x.ballots()[m.rng.IntN(len(x.ballots()))].([]any)
	v := legislature.Vote{Proposal: x.number, Side: legislature.For, Book: rep.Book(b[1].(uint64))}
	if x.number%7 == 0 && m.rng.IntN(2) == 0 {
		v.Side = legislature.Veto
	}
	free := m.free(p, v.Book)
	v.Stake = types.NewAmount(free/3 + m.rng.Uint64N(free/2+1))
	return m.sent(p, "legislature/vote", v)
}

// Goal: what both books decide has the same stages in both implementations, also where
// one book's pool closes early or the chain stands still between the two; and so do
// work contracts and what their posts earn. Method: a chain whose
// gREP canonizes, and that then changes its own share of the budget.
func TestBothBooks(t *testing.T) {
	withGenerators(t, booksSection, (*Maker).booksTx)
	m, err := New(1, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, difference := follow(t, newTower(t, ""), m, 250)
	if difference != "" {
		t.Fatalf("block %d: %s", n, difference)
	}
	both, passed := 0, 0
	m.each(legislature.ID, 1, func(_ []byte, v any) {
		books := map[uint64]bool{}
		for _, r := range v.([]any)[16].([]any) {
			books[r.([]any)[1].(uint64)] = true
		}
		if len(books) == 2 {
			if both++; v.([]any)[4].(uint64) == 6 {
				passed++
			}
		}
	})
	t.Logf("%d blocks, %d proposals of both books, %d executed", n, both, passed)
	if passed == 0 {
		t.Error("no proposal of both books was executed")
	}
	reached(t, m.Coverage(), "legislature/contract", "forum/flow cause=contract", "forum/flow cause=canonized", "legislature/canonizing")
}
