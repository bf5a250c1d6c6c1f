package court

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// sample proposes what a case needs next: somebody accuses, a juror commits,
// reveals what it committed to, a party appeals, a holder votes. Salts and
// verdicts follow from case and juror, so that a later call can reveal them.
func sample(s *route.Sampler) {
	if len(s.Accounts) < 2 {
		return
	}
	var open []uint64
	cases.Range(s.Ctx, func(id uint64, k Case) bool {
		if !k.Stage.Over() {
			open = append(open, id)
		}
		return len(open) < 16
	})
	emit := func(from keys.Address, id uint16, body any) {
		s.Emit(from, types.Msg{Route: ID, ID: id, Body: codec.MustMarshal(body)})
	}
	if len(open) == 0 || len(open) < 4 && s.Draw(16) == 0 {
		i := s.Draw(uint64(len(s.Accounts)))
		j := (i + 1 + s.Draw(uint64(len(s.Accounts)-1))) % uint64(len(s.Accounts))
		text := types.Bytes("It leaves out what it does not like.")
		emit(s.Accounts[i], 1, Accuse{
			Accused: s.Accounts[j], Charge: Charge(1 + s.Draw(4)), Content: keys.Sum(text), Inline: text,
			Evidence: []keys.Hash{keys.Sum(be64(s.Draw(1 << 32)))}, Bond: Bond.Amount(s.Ctx),
		})
		return
	}
	id := open[s.Draw(uint64(len(open)))]
	k, _ := cases.Get(s.Ctx, id)
	switch k.Stage {
	case Commit, Reveal:
		sampleJuror(s, id, &k, emit)
	case Decided:
		emit(k.Parties[s.Draw(uint64(len(k.Parties)))], 4, AppealMsg{Case: id, Bond: k.Terms.AppealBond})
	case Ratify:
		emit(s.Accounts[s.Draw(uint64(len(s.Accounts)))], 6, Vote{Case: id, For: s.Draw(4) > 0, Amount: types.Whole(1 + s.Draw(8))})
	}
}

// sampleJuror has one of the panel commit or reveal that has yet to.
func sampleJuror(s *route.Sampler, id uint64, k *Case, emit func(keys.Address, uint16, any)) {
	var idle []keys.Address
	for _, seat := range Seats(s.Ctx, id, k.Round) {
		if !seat.Stake.IsZero() && (k.Stage == Commit && !seat.Committed || k.Stage == Reveal && seat.Committed && !seat.Revealed) {
			idle = append(idle, seat.Juror)
		}
	}
	if len(idle) == 0 {
		return
	}
	juror := idle[s.Draw(uint64(len(idle)))]
	salt := keys.Sum([]byte("sample"), be64(id), juror[:])
	ratio := types.PPM(0)
	if salt[0]&1 > 0 {
		ratio = types.PPM(uint32(salt[1])*1000 + 1)
	}
	if k.Kind == Appeal && ratio > 0 {
		ratio = types.Million
	}
	if k.Stage == Commit {
		emit(juror, 2, CommitMsg{Case: id, Commitment: Commitment(id, k.Round, juror, ratio, salt)})
		return
	}
	emit(juror, 3, RevealMsg{Case: id, Ratio: ratio, Salt: salt})
}
