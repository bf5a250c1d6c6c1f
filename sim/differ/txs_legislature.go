package differ

import (
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/legislature"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// lawSection draws parameters of the legislature.
func lawSection(m *Maker, p, _ object) {
	r := m.rng
	p["law.period"], p["law.draft"] = 400+r.IntN(8000), 400+r.IntN(4000)
	p["law.delay"], p["law.expiry"] = 100+r.IntN(1500), 1000+r.IntN(6000)
	p["law.deposit"], p["law.deposit_ppm"], p["law.fee_min"] = 1+r.IntN(5_000_000_000), 1+r.IntN(50_000), r.IntN(1_000_000)
	p["law.loss_ppm"], p["law.open_max"], p["law.grep_holders"] = r.IntN(500_001), 1+r.IntN(5), 1+r.IntN(3)
	if m.setup.steady && r.IntN(3) != 0 {
		p["law.period"], p["law.expiry"], p["law.deposit"] = 4000+r.IntN(4000), 6000, 1+r.IntN(1_000_000)
		p["law.loss_ppm"] = r.IntN(100_000)
	}
	if m.legislating() {
		p["budget.grep_ppm"], p["rep.year_cap_ppm"], p["rep.mint_ratio"], p["pool.entry_ppm"] = 1+r.IntN(100_000), 0, 1_000_000+r.IntN(1_000_000), 500_000
		p["block.interval"], p["law.period"], p["law.expiry"] = 200, 5000+r.IntN(3000), 6000
		p["law.deposit"], p["law.loss_ppm"], p["forum.period"] = 1+r.IntN(1_000_000), r.IntN(100_000), 1000+r.IntN(500)
	}
}

// legislating says that the chain is one that makes law: its proposals are often
// passed, and gREP soon canonizes.
func (m *Maker) legislating() bool {
	return m.setup.steady && m.setup.focus == 1
}

// proposal is one of the state.
type proposal struct {
	number uint64
	fields []any
}

func (p *proposal) state() uint64    { return p.fields[4].(uint64) }
func (p *proposal) ready() uint64    { return p.fields[17].(uint64) }
func (p *proposal) ballots() []any   { return p.fields[14].([]any) }
func (p *proposal) proposer() []byte { return p.fields[0].([]byte) }

func (m *Maker) proposals(states ...uint64) (out []proposal) {
	m.each(legislature.ID, 1, func(rest []byte, v any) {
		p := proposal{number(rest), v.([]any)}
		for _, s := range states {
			if p.state() == s {
				out = append(out, p)
			}
		}
	})
	return out
}

// number is eight bytes as one.
func number(b []byte) (n uint64) {
	for _, x := range b[:8] {
		n = n<<8 | uint64(x)
	}
	return n
}

// lawTx takes the next step of a proposal, or makes one.
func (m *Maker) lawTx() (*person, []types.Msg) {
	p := m.anyone()
	switch n := m.rng.IntN(12); {
	case n < 2:
		if len(m.proposals(1, 2, 3, 4)) > 2 && m.rng.IntN(10) != 0 {
			return nil, nil
		}
		return m.submit(p)
	case n < 4:
		if list := m.proposals(1); len(list) > 0 {
			p = m.whale(rep.WREP)
			return m.sent(p, "legislature/deposit", legislature.Deposit{Proposal: list[m.rng.IntN(len(list))].number, Amount: m.reps(p)})
		}
	case n < 9:
		list := m.proposals(3, 4)
		if len(list) == 0 || m.rng.IntN(3) == 0 {
			list = m.proposals(2, 3, 4)
		}
		if len(list) > 0 {
			return m.vote(list[m.rng.IntN(min(len(list), 1+m.rng.IntN(4)))])
		}
	case n < 11:
		now := uint64(m.time())
		for _, x := range m.proposals(5) {
			if x.ready() <= now || m.rng.IntN(20) == 0 {
				return m.sent(p, "legislature/execute", legislature.Execute{Proposal: x.number})
			}
		}
	default:
		if list := m.proposals(1, 2, 3); len(list) > 0 && m.rng.IntN(3) == 0 {
			x := list[m.rng.IntN(len(list))]
			if q := m.owners[keys.Address(x.proposer())]; q != nil {
				p = q
			}
			return m.sent(p, "legislature/withdraw", legislature.Withdraw{Proposal: x.number})
		}
	}
	return nil, nil
}

// vote is mostly for a proposal, and against every fourth.
func (m *Maker) vote(x proposal) (*person, []types.Msg) {
	v := legislature.Vote{Proposal: x.number, Side: legislature.For}
	book := rep.Book(x.fields[13].(uint64))
	if b := x.ballots(); len(b) > 0 {
		if book = rep.Book(b[m.rng.IntN(len(b))].([]any)[1].(uint64)); m.rng.IntN(2) == 0 || len(b) > 1 {
			v.Book = book
		}
	}
	p := m.whale(book)
	if n := m.rng.IntN(16); n == 0 {
		v.Side = legislature.Side(m.rng.IntN(5))
	} else if x.number%4 == 0 && n < 12 {
		v.Side = legislature.Side(2 + m.rng.IntN(2))
	}
	free := m.free(p, book)
	v.Stake = types.NewAmount(free/4 + m.rng.Uint64N(free/2+1))
	return m.sent(p, "legislature/vote", v)
}

// submit is a proposal of some actions.
func (m *Maker) submit(p *person) (*person, []types.Msg) {
	s := legislature.Submit{Title: "title", Fee: types.NewAmount(uint64(m.setup.params["law.fee_min"].(int)) * uint64(1+m.rng.IntN(1000)))}
	if m.rng.IntN(2) == 0 {
		s.Deposit = m.reps(p)
	}
	if m.rng.IntN(3) != 0 {
		s.Post = m.postBy(p)
	}
	if s.Post == (keys.Hash{}) {
		s.Inline = types.Bytes("text")
	}
	if m.rng.IntN(20) == 0 {
		s.Inline = types.Bytes("text")
	}
	for range m.rng.IntN(3) {
		s.Actions = append(s.Actions, m.action())
	}
	return m.sent(p, "legislature/submit", s)
}

// postBy is a post with an author; zero: there is none.
func (m *Maker) postBy(p *person) (id keys.Hash) {
	m.each(8, 5, func(rest []byte, v any) {
		if keys.Address(rest[:20]) == p.address && (id == keys.Hash{} || m.rng.IntN(2) == 0) {
			id = keys.Hash(v.([]byte))
		}
	})
	return id
}

// actions are what proposals may order, by route; those of routes 10 to 14 stand in
// the files of these.
var actions = []func(m *Maker) types.Msg{
	(*Maker).setParams, (*Maker).setParams, (*Maker).spend, (*Maker).activate, (*Maker).planUpgrade, (*Maker).dcertAction,
	(*Maker).releaseAction, (*Maker).contributionAction, (*Maker).contributionAction, (*Maker).oracleAction,
}

func (m *Maker) action() types.Msg { return actions[m.rng.IntN(len(actions))](m) }

// changes are some new values of parameters.
func (m *Maker) changes() (out []params.Change) {
	names := []string{"fees.base_min", "reward.block", "treasury_ppm", "budget.grep_ppm", "law.loss_ppm", "pool.poster_ppm", "wsc.author_ppm", "fees.burn_ppm", "asc.lead_views", "law.period", "nothing"}
	for range 1 + m.rng.IntN(2) {
		name := names[m.rng.IntN(len(names)-m.rng.IntN(2))]
		v := uint64(m.rng.IntN(400_000))
		switch name {
		case "asc.lead_views":
			v = 1 + v%4
		case "fees.base_min":
			v = 1 + v%50
		case "law.period":
			v = 400 + v%8000
		}
		out = append(out, params.Change{Name: name, Value: v})
	}
	if m.rng.IntN(3) == 0 || m.legislating() && m.rng.IntN(2) == 0 {
		out = []params.Change{{Name: "budget.grep_ppm", Value: 1 + uint64(m.rng.IntN(200_000))}}
	}
	return out
}

func (m *Maker) setParams() types.Msg {
	return m.pack("params/set", params.Set{Changes: m.changes()})
}

func (m *Maker) spend() types.Msg {
	return m.pack("bank/spend", bank.Spend{To: m.somewhere(), Amount: m.amount()})
}

func (m *Maker) activate() types.Msg {
	a := legislature.Activate{Changes: m.changes()[:m.rng.IntN(2)], Protocol: uint32(m.rng.IntN(2) + m.rng.IntN(10)/9)}
	if m.rng.IntN(5) != 0 {
		a.Post = m.post()
	}
	return m.pack("legislature/activate", a)
}

func (m *Maker) planUpgrade() types.Msg {
	if m.rng.IntN(3) == 0 {
		var plan []any
		m.each(availability.ID, 13, func(_ []byte, v any) { plan = v.([]any) })
		if plan != nil {
			return m.pack("availability/cancel", availability.Cancel{Height: types.Height(plan[0].(uint64)), Protocol: uint32(plan[1].(uint64))})
		}
	}
	u := availability.Upgrade{Height: m.tip.Header.Height + types.Height(m.rng.IntN(100)), Protocol: uint32(1 + m.rng.IntN(3)), Reset: []string{"bank/send", "forum"}[:m.rng.IntN(3)]}
	return m.pack("availability/upgrade", u)
}
