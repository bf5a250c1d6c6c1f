package differ

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/route/court"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// courtSection draws parameters of the court.
func courtSection(m *Maker, p, _ object) {
	r := m.rng
	p["court.panel_min"] = 1 + r.IntN(3)
	p["court.panel"], p["court.appeal_panel"] = 3+r.IntN(3), 3+r.IntN(4)
	p["court.juror_stake"] = uint64(1_000_000_000) * uint64(1+r.IntN(2))
	p["court.silence_ppm"], p["court.minority_ppm"] = r.IntN(1_000_001), r.IntN(1_000_001)
	p["court.bond"], p["court.appeal_bond"], p["court.fee"] = 1+r.IntN(30_000_000), 1+r.IntN(30_000_000), r.IntN(20_000_000)
	for _, name := range []string{"commit", "reveal", "window", "ratify"} {
		p["court."+name] = 1000 + r.IntN(2500)
	}
	p["court.max_ppm"], p["court.loss_ppm"], p["court.lock_ppm"] = r.IntN(200_001), r.IntN(1_000_001), 1_000_000-r.IntN(3)*r.IntN(500_000)
	p["court.open_max"], p["court.accuser_max"], p["court.appeals_max"] = 2+r.IntN(10), 1+r.IntN(3), 1+r.IntN(4)
}

// suit is a case of the state.
type suit struct {
	number uint64
	fields []any
}

func (s *suit) kind() uint64       { return s.fields[0].(uint64) }
func (s *suit) stage() uint64      { return s.fields[1].(uint64) }
func (s *suit) party(i int) []byte { return s.fields[3+i].([]byte) }
func (s *suit) round() uint64      { return s.fields[14].(uint64) }

func (m *Maker) suits(stages ...court.Stage) (out []suit) {
	m.each(court.ID, 1, func(rest []byte, v any) {
		s := suit{number(rest), v.([]any)}
		if slices.Contains(stages, court.Stage(s.stage())) {
			out = append(out, s)
		}
	})
	return out
}

// courtTx takes the next step of a case, or files one.
func (m *Maker) courtTx() (*person, []types.Msg) {
	if p, msgs := m.jurorTx(); p != nil && m.rng.IntN(10) < 8 {
		return p, msgs
	}
	switch n := m.rng.IntN(10); {
	case n < 3:
		most := 3
		if m.setup.params["court.lock_ppm"].(int) < 500_000 {
			most = 10 // the accused have something left to vote with
		}
		if len(m.suits(court.Filed, court.Commit, court.Reveal, court.Decided, court.Appealed, court.Ratify)) < most || m.rng.IntN(20) == 0 {
			return m.accuseTx()
		}
	case n < 5:
		if list := m.suits(court.Decided); len(list) > 0 && m.rng.IntN(3) == 0 {
			return m.appealTx(list[m.rng.IntN(len(list))])
		}
	case n < 9:
		if list := m.suits(court.Ratify); len(list) > 0 {
			s, p := list[m.rng.IntN(len(list))], m.anyone()
			return m.sent(p, "court/vote", court.Vote{Case: s.number, For: m.rng.IntN(3) != 0, Amount: m.share(p)})
		}
	default:
		return m.courtNonsense()
	}
	return nil, nil
}

// share is a part of what a person has to spare, most of the time.
func (m *Maker) share(p *person) types.Amount {
	free := rep.WREP.Unexposed(m.tip.State, p.address)
	if n, ok := free.Uint64(); ok && n > 0 && m.rng.IntN(10) != 0 {
		return types.NewAmount(1 + n/uint64(2+m.rng.IntN(20)))
	}
	return m.reps(p)
}

// accuseTx files an accusation, at times one that is refused.
func (m *Maker) accuseTx() (*person, []types.Msg) {
	p, q := m.anyone(), m.anyone()
	a := court.Accuse{Accused: q.address, Charge: court.Charge(1 + m.rng.IntN(4)), Evidence: []keys.Hash{keys.Sum([]byte{1})}}
	a.Content = keys.Sum([]byte("said elsewhere"))
	if m.rng.IntN(2) == 0 {
		a.Inline = types.Bytes("said here")
		a.Content = keys.Sum(a.Inline)
	}
	if post := m.postBy(q); post != (keys.Hash{}) && m.rng.IntN(2) == 0 {
		a.Posts = append(a.Posts, court.Claim{Post: post, Amount: m.reps(q)})
	}
	a.Bond = types.NewAmount(uint64(m.setup.params["court.bond"].(int) + m.rng.IntN(1_000_000)))
	switch m.rng.IntN(24) {
	case 0:
		a.Charge = court.Charge(m.rng.IntN(6))
	case 1:
		a.Accused = m.somewhere()
	case 2:
		a.Evidence = append(a.Evidence, keys.Hash{})
	case 3:
		a.Bond = m.amount()
	case 4:
		a.Posts = append(a.Posts, court.Claim{Post: m.post(), Amount: m.amount()})
	case 5:
		a.Content = keys.Hash{}
	}
	return m.sent(p, "court/accuse", a)
}

// opinion is what a juror thinks of a case: most of a panel agree, on nothing, on a
// ratio that a panel may take, or on one that holders have to ratify.
func (m *Maker) opinion(s *suit, juror []byte) (ratio types.PPM, salt keys.Hash) {
	salt = keys.Sum([]byte("juror"), be64(s.number), be64(s.round()), juror)
	most := []types.PPM{0, 3, 250_000, 20_000}[(s.number+(s.round()-1)*(s.number%3))%4]
	if salt[0]%4 == 0 {
		most = types.PPM(salt[1]) * 1000
	}
	if s.kind() == uint64(court.Appeal) {
		most = types.PPM(salt[2]%2) * 1_000_000
		if s.number%2 == 0 && salt[0]%4 != 0 {
			most = 1_000_000
		}
	}
	return most, salt
}

// jurorTx is what a juror has to do in all its seats.
func (m *Maker) jurorTx() (*person, []types.Msg) {
	due := map[*person][]types.Msg{}
	var who []*person
	for _, s := range m.suits(court.Commit, court.Reveal) {
		m.each(court.ID, 3, func(rest []byte, v any) {
			p := m.owners[keys.Address(rest[16:])]
			if number(rest) != s.number || number(rest[8:]) != s.round() || p == nil {
				return
			}
			if msg, ok := m.verdict(&s, p, v.([]any)); ok {
				if len(due[p]) == 0 {
					who = append(who, p)
				}
				due[p] = append(due[p], msg)
			}
		})
	}
	if len(who) == 0 {
		return nil, nil
	}
	p := who[m.rng.IntN(len(who))]
	return p, due[p][:min(8, len(due[p]))]
}

// verdict is what a juror commits to, or reveals of it; at times too late, twice or
// with another salt.
func (m *Maker) verdict(s *suit, p *person, seat []any) (types.Msg, bool) {
	ratio, salt := m.opinion(s, p.address[:])
	c := court.Commitment(s.number, uint8(s.round()), p.address, ratio, salt)
	committed, revealed := keys.Hash(seat[1].([]byte)) == c, seat[2].(bool)
	again := m.rng.IntN(30) == 0
	if len(seat[0].([]byte)) == 0 && !again {
		return types.Msg{}, false
	}
	if court.Stage(s.stage()) == court.Commit && (!committed || again) {
		return m.pack("court/commit", court.CommitMsg{Case: s.number, Commitment: c}), true
	}
	if court.Stage(s.stage()) == court.Reveal && (committed && !revealed || again) {
		if m.rng.IntN(40) == 0 {
			salt[0]++
		}
		return m.pack("court/reveal", court.RevealMsg{Case: s.number, Ratio: ratio, Salt: salt}), true
	}
	return types.Msg{}, false
}

// appealTx is an appeal by a party, at times by another.
func (m *Maker) appealTx(s suit) (*person, []types.Msg) {
	p := m.owners[keys.Address(s.party(m.rng.IntN(2)))]
	if p == nil || m.rng.IntN(10) == 0 {
		p = m.anyone()
	}
	bond := types.NewAmount(uint64(m.setup.params["court.appeal_bond"].(int) + m.rng.IntN(1000)))
	if m.rng.IntN(10) == 0 {
		bond = m.amount()
	}
	return m.sent(p, "court/appeal", court.AppealMsg{Case: s.number, Bond: bond})
}

// courtNonsense is about any case in any stage.
func (m *Maker) courtNonsense() (*person, []types.Msg) {
	n := uint64(m.rng.IntN(6))
	switch m.rng.IntN(5) {
	case 0:
		return m.sent(m.anyone(), "court/commit", court.CommitMsg{Case: n, Commitment: keys.Sum([]byte{byte(n)})})
	case 1:
		return m.sent(m.anyone(), "court/reveal", court.RevealMsg{Case: n, Ratio: types.PPM(m.rng.IntN(1_100_000))})
	case 2:
		return m.sent(m.anyone(), "court/appeal", court.AppealMsg{Case: n, Bond: m.amount()})
	case 3:
		return m.sent(m.anyone(), "court/vote", court.Vote{Case: n, For: true, Amount: m.amount()})
	}
	return m.sent(m.anyone(), "court/open_appeal", court.OpenAppeal{Opener: "oracle", Parties: []keys.Address{m.anyone().address}})
}
