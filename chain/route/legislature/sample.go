package legislature

import (
	"probity/chain/codec"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/types"
)

// sample proposes: a change of the law, deposits, votes and executions, of
// whatever the state has.
func sample(s *route.Sampler) {
	if len(s.Accounts) == 0 {
		return
	}
	who := s.Accounts[s.Draw(uint64(len(s.Accounts)))]
	n, _ := last.Get(s.Ctx)
	if n == 0 || s.Draw(8) == 0 {
		s.Emit(who, sampleProposal(s))
		return
	}
	n -= s.Draw(min(n, 16))
	p, _ := proposals.Get(s.Ctx, n)
	switch {
	case p.State == Draft:
		s.Emit(who, pack(2, Deposit{Proposal: n, Amount: p.Need}))
	case p.State.Voting():
		b := p.Ballots[s.Draw(uint64(len(p.Ballots)))].Book
		spare, _ := b.Unexposed(s.Ctx, who).Uint64()
		s.Emit(who, pack(4, Vote{
			Proposal: n, Side: Side(1 + s.Draw(4)/2*s.Draw(3)), Stake: types.NewAmount(1 + s.Draw(1+spare/2)), Book: b,
		}))
	case p.State == Queued:
		s.Emit(who, pack(5, Execute{Proposal: n}))
	}
}

func sampleProposal(s *route.Sampler) types.Msg {
	m := Submit{
		Title: "sample", Inline: types.Bytes("sample"), Fee: FeeMin.Amount(s.Ctx),
		Deposit: need(s.Ctx, canon(s.Ctx)),
	}
	if s.Draw(4) > 0 {
		body := codec.MustMarshal(params.Set{Changes: []params.Change{{Name: Loss.Name, Value: s.Draw(200_000)}}})
		m.Actions = []types.Msg{{Route: params.ID, ID: 1, Body: body}}
	}
	return pack(1, m)
}

func pack(id uint16, body any) types.Msg {
	return types.Msg{Route: ID, ID: id, Body: codec.MustMarshal(body)}
}
