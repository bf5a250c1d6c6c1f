package release

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// sample proposes steps of releases and of the council's life by accounts that
// are entitled to them, and some that are not.
func sample(s *route.Sampler) {
	now, _ := overview.Get(s.Ctx)
	if !now.Live || len(s.Accounts) == 0 {
		return
	}
	from, other := s.Accounts[s.Draw(uint64(len(s.Accounts)))], s.Accounts[s.Draw(uint64(len(s.Accounts)))]
	say := func(id uint16, body any) {
		s.Emit(from, types.Msg{Route: ID, ID: id, Body: codec.MustMarshal(body)})
	}
	rc := keys.Sum([]byte("sample"), codec.MustMarshal(s.Draw(1<<32)))
	if n := uint64(len(now.Open)); n > 0 && s.Draw(4) > 0 {
		rc = now.Open[s.Draw(n)]
	}
	switch s.Draw(9) {
	case 0:
		say(1, SubmitRC{RC: rc, Repo: "sample", Commit: rc[:20], Version: "0", Protocol: s.Ctx.Block.Version})
	case 1:
		say(2, Report{RC: rc, Status: Status(1 + s.Draw(3)), Report: keys.Sum(rc[:])})
	case 2:
		say(4, SubmitToCouncil{RC: rc, Reports: []keys.Hash{keys.Sum(rc[:])}})
	case 3:
		say(5, Ballot{RC: rc, Choice: Choice(1 + s.Draw(3))})
	case 4:
		say(6, Trigger{RC: rc})
	case 5:
		say(16, Apply{College: College(1 + s.Draw(2))})
	case 6:
		say(17, Member{Address: other})
	case 7:
		say(18, Member{Address: other})
	case 8:
		say(20, Member{Address: other})
	}
}
