package differ

import (
	"fmt"
	"slices"

	"probity/chain/keys"
	"probity/chain/route/dcert"
	"probity/chain/route/release"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// dcertSection draws parameters of the emergency team, and its first members.
func dcertSection(m *Maker, p, routes object) {
	r := m.rng
	bond := uint64(1_000_000_000) * uint64(1+r.IntN(8))
	p["dcert.bond"], p["dcert.max"], p["dcert.stipend"] = bond, 1+r.IntN(4), r.IntN(2)*r.IntN(2_000_000)
	p["dcert.suspend_quorum"], p["dcert.wager"] = 1+r.IntN(1_000_000), r.IntN(5_000_000_000)
	p["dcert.stabilization"], p["dcert.ballot"] = r.IntN(2)*r.IntN(3000), 500+r.IntN(8000)
	p["dcert.breaker"], p["dcert.break_quorum"] = min(1, r.IntN(4)), 1+r.IntN(2)*r.IntN(2)
	p["dcert.expiry"], p["dcert.recovery_set"] = 500+r.IntN(2500), min(1, r.IntN(5))
	members := []object{}
	for _, q := range m.people[:r.IntN(5)] {
		if q.rep*1_000_000_000 >= bond && len(members) < p["dcert.max"].(int) {
			members = append(members, object{"account": q.address, "bond": fmt.Sprint(bond)})
		}
	}
	if r.IntN(4) != 0 {
		routes["dcert"] = object{"members": members}
	}
}

// addresses are those that the keys of a region of dcert begin with.
func (m *Maker) addresses(region byte) (out []keys.Address) {
	m.each(dcert.ID, region, func(rest []byte, _ any) { out = append(out, keys.Address(rest[:20])) })
	return out
}

// pick is one of some accounts whose person is known; else anyone.
func (m *Maker) pick(from []keys.Address) *person {
	if len(from) > 0 && m.rng.IntN(12) != 0 {
		if p := m.owners[from[m.rng.IntN(len(from))]]; p != nil {
			return p
		}
	}
	return m.anyone()
}

// dcertTx is about elections and bonds, or what members do.
func (m *Maker) dcertTx() (*person, []types.Msg) {
	p := m.anyone()
	switch n := m.rng.IntN(12); {
	case n < 2:
		return m.preferTx(p)
	case n < 4:
		return m.bondTx()
	case n < 5:
		return m.unbondTx()
	case n < 6:
		return m.acceptTx()
	case n < 7:
		return m.motiveTx(p)
	}
	members := m.addresses(5)
	if len(members) == 0 && m.rng.IntN(10) != 0 {
		return nil, nil
	}
	p = m.pick(members)
	switch m.rng.IntN(12) {
	case 0:
		if m.rng.IntN(3) == 0 {
			return m.sent(p, "dcert/leave", dcert.Leave{})
		}
	case 1, 2, 3:
		return m.suspendTx(p, members)
	case 4, 5, 6:
		return m.tripTx(p)
	case 7, 8:
		return m.reportTx(p)
	case 9:
		return m.sent(p, "dcert/describe", dcert.Describe{Text: []string{"", "a member", string(make([]byte, 1025))}[m.rng.IntN(3)]})
	case 10, 11:
		return m.preapproveTx(p)
	}
	return nil, nil
}

// acceptTx is by a candidate that is no member, most of the time.
func (m *Maker) acceptTx() (*person, []types.Msg) {
	members := m.addresses(5)
	candidates := slices.DeleteFunc(m.addresses(4), func(a keys.Address) bool { return slices.Contains(members, a) })
	if len(candidates) == 0 && m.rng.IntN(10) != 0 {
		return nil, nil
	}
	return m.sent(m.pick(candidates), "dcert/accept", dcert.Accept{})
}

// preferTx divides a weight, most of it among who can win by it.
func (m *Maker) preferTx(p *person) (*person, []types.Msg) {
	var body dcert.Prefer
	candidates := m.addresses(4)
	left := 1_000_000
	for range m.rng.IntN(10) * 4 / 9 {
		to := m.pick(candidates).address
		ppm := 1 + m.rng.IntN(left)
		left = max(1, left-ppm)
		if slices.ContainsFunc(body.Shares, func(s dcert.Share) bool { return s.Address == to }) && m.rng.IntN(10) != 0 {
			continue
		}
		if m.rng.IntN(60) == 0 {
			ppm = m.rng.IntN(2) * 2_000_000
		}
		body.Shares = append(body.Shares, dcert.Share{Address: to, PPM: types.PPM(ppm)})
	}
	return m.sent(p, "dcert/prefer", body)
}

// bondTx puts REP behind the sender, or somebody else.
func (m *Maker) bondTx() (*person, []types.Msg) {
	whole := m.setup.params["dcert.bond"].(uint64)
	p := m.anyone()
	for range 3 {
		if free, ok := rep.WREP.Unexposed(m.tip.State, p.address).Uint64(); !ok || free < whole {
			p = m.anyone()
		}
	}
	body := dcert.BondFor{Member: p.address, Amount: types.NewAmount(whole)}
	if m.rng.IntN(3) == 0 {
		body.Member = m.pick(m.addresses(4)).address
	}
	switch m.rng.IntN(6) {
	case 0:
		body.Amount = m.reps(p)
	case 1, 2:
		body.Amount = types.NewAmount(whole/16 + m.rng.Uint64N(3))
	}
	return m.sent(p, "dcert/bond", body)
}

// unbondTx withdraws from a bond that there is.
func (m *Maker) unbondTx() (*person, []types.Msg) {
	var bonds [][]byte
	m.each(dcert.ID, 8, func(rest []byte, _ any) { bonds = append(bonds, append([]byte{}, rest...)) })
	if len(bonds) == 0 {
		return nil, nil
	}
	b := bonds[m.rng.IntN(len(bonds))]
	p := m.owners[keys.Address(b[20:])]
	if p == nil || m.rng.IntN(3) == 0 {
		return nil, nil
	}
	body := dcert.Unbond{Member: keys.Address(b[:20])}
	if m.rng.IntN(2) == 0 {
		body.Amount = types.NewAmount(m.rng.Uint64N(m.setup.params["dcert.bond"].(uint64)))
	}
	return m.sent(p, "dcert/unbond", body)
}

// suspendTx is a vote against one who has votes against it already, or another.
func (m *Maker) suspendTx(p *person, members []keys.Address) (*person, []types.Msg) {
	whom := m.pick(members)
	if len(members) > 0 && m.rng.IntN(3) != 0 {
		whom = m.pick(members[:1])
	}
	return m.sent(p, "dcert/suspend", dcert.Suspend{Member: whom.address})
}

// motive is why a trip was, one of eight.
func motive(i int) (text types.Bytes, salt keys.Hash) {
	return types.Bytes(fmt.Sprintf("motive %d", i)), keys.Sum([]byte("salt"), []byte{byte(i)})
}

// tripTx breaks some circuits, few of which everything depends on.
func (m *Maker) tripTx(p *person) (*person, []types.Msg) {
	all := []string{
		"bank/send", "forum/publish", "legislature/submit", "court/vote", "oracle", "contribution", "rep/claim", "forum", "bank/allow",
		"legislature/vote", "oracle/submit", "legislature/execute", "court", "forum/reward",
		"dcert", "dcert/slash", "release/propose", "availability/bench", "beacon", "bank/nothing", "nothing", "bank/", "",
	}
	trip := dcert.Trip{}
	text, salt := motive(m.rng.IntN(8))
	trip.Commitment = dcert.MotiveCommitment(text, salt)
	for range 1 + m.rng.IntN(2) {
		most := len(all)
		if m.rng.IntN(4) != 0 {
			most -= 9
		}
		trip.Messages = append(trip.Messages, all[m.rng.IntN(most)])
	}
	switch m.rng.IntN(16) {
	case 0:
		trip.Commitment = keys.Hash{}
	case 1:
		trip.Messages = nil
	case 2, 3:
		trip.Messages = append(trip.Messages, trip.Messages[0])
	}
	if m.rng.IntN(2) == 0 {
		trip.Messages = []string{"bank/send"} // two members agree more often
	}
	return m.sent(p, "dcert/trip", trip)
}

// motiveTx reveals why a trip was.
func (m *Maker) motiveTx(p *person) (*person, []types.Msg) {
	body := dcert.RevealMotive{Trip: uint64(m.rng.IntN(4))}
	body.Motive, body.Salt = motive(m.rng.IntN(8))
	m.each(dcert.ID, 18, func(rest []byte, v any) {
		for i := range 8 {
			text, salt := motive(i)
			if dcert.MotiveCommitment(text, salt) == keys.Hash(v.([]any)[4].([]byte)) && m.rng.IntN(3) != 0 {
				body = dcert.RevealMotive{Trip: number(rest), Motive: text, Salt: salt}
			}
		}
	})
	return m.sent(p, "dcert/reveal_motive", body)
}

// reportTx commits to a report, or opens one.
func (m *Maker) reportTx(p *person) (*person, []types.Msg) {
	n := 0
	m.each(dcert.ID, 20, func([]byte, any) { n++ })
	report := func(i int) (content, salt keys.Hash) {
		return keys.Sum([]byte("report"), be64(uint64(i))), keys.Sum([]byte("salt"), be64(uint64(i)))
	}
	if m.rng.IntN(3) == 0 {
		content, salt := report(m.rng.IntN(n + 1))
		body := dcert.OpenReport{Content: content, Salt: salt, Locator: []string{"", "somewhere", string(make([]byte, 257))}[m.rng.IntN(3)]}
		return m.sent(m.anyone(), "dcert/open_report", body)
	}
	if m.rng.IntN(5) == 0 {
		n = max(0, n-1)
	}
	body := dcert.CommitReport{Commitment: dcert.ReportCommitment(report(n))}
	return m.sent(p, "dcert/commit_report", body)
}

// preapproveTx votes for a release that is proposed, or for nothing.
func (m *Maker) preapproveTx(p *person) (*person, []types.Msg) {
	rc := keys.Sum([]byte{byte(m.rng.IntN(2))})
	m.each(release.ID, 2, func(rest []byte, _ any) {
		if m.rng.IntN(2) == 0 {
			rc = keys.Hash(rest)
		}
	})
	return m.sent(p, "dcert/preapprove", dcert.Preapprove{Hash: rc})
}

// dcertAction is what the legislature does to the group.
func (m *Maker) dcertAction() types.Msg {
	whom := m.pick(m.addresses(5)).address
	switch m.rng.IntN(3) {
	case 0:
		return m.pack("dcert/revoke", dcert.Revoke{Member: whom})
	case 1:
		return m.pack("dcert/slash", dcert.Slash{Member: whom, PPM: types.PPM(m.rng.IntN(1_100_000))})
	}
	return m.pack("dcert/disband", dcert.Disband{SlashPPM: types.PPM(m.rng.IntN(1_050_000))})
}
