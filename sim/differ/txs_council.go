package differ

import (
	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/types"
)

// peopleTx is about who may do what.
func (m *Maker) peopleTx() (*person, []types.Msg) {
	if p, msgs := m.appealRoleTx(); len(msgs) > 0 && m.rng.IntN(4) == 0 {
		return p, msgs
	}
	switch m.rng.IntN(3) {
	case 0:
		return m.councilTx()
	case 1:
		return m.auditorTx()
	}
	who := release.Member{Address: m.anyone().address}
	switch m.rng.IntN(16) {
	case 0, 1:
		return m.sent(m.aCTR(), "release/enroll", who)
	case 2:
		return m.sent(m.aCTR(), "release/strike", who)
	case 3:
		return m.sent(m.aCore(), "release/grant", release.Grant{Address: who.Address, Until: m.time() + types.Time(m.rng.IntN(3000))})
	case 4:
		who.Address = m.among(m.listed(release.ID, 14, 0, nil)).address
		return m.sent(m.aCore(), "release/ungrant", who)
	case 5, 6:
		p := m.aCore()
		if m.rng.IntN(3) == 0 {
			p = m.among(m.listed(release.ID, 14, 0, nil))
		}
		return m.sent(p, "release/record_merge", release.RecordMerge{Repo: repoNames[m.rng.IntN(2)], Commit: m.head()})
	case 7, 8:
		who.Address = m.aCore().address
		return m.sent(m.aVoice(), "release/sponsor_ctr", who)
	case 9, 10, 11:
		who.Address = m.among(m.listed(release.ID, 18, 0, nil)).address
		return m.sent(m.aVoice(), "release/endorse_ctr", who)
	case 12, 13:
		if m.rng.IntN(4) == 0 {
			return m.sent(m.aVoice(), "release/revoke_ctr", release.Motion{Address: m.aCTR().address, Reason: "why"})
		}
		if list := m.petitioned(2); len(list) > 0 {
			return m.sent(m.aVoice(), "release/revoke_ctr", release.Motion{Address: m.among(list).address})
		}
	}
	past := m.among(m.listed(release.ID, 11, 0, func(v any) bool { return !v.([]any)[1].(bool) && len(v.([]any)[3].([]any)) > 0 }))
	if m.rng.IntN(8) == 0 {
		return m.sent(m.anyone(), "release/resign", release.Resign{Role: release.Role(m.rng.IntN(4))})
	}
	return m.sent(past, "release/appeal", release.Appeal{Role: 1, Address: past.address})
}

// appealRoleTx is about a revoked representative who has not asked the court, or a
// vetoed revocation of an auditor.
func (m *Maker) appealRoleTx() (*person, []types.Msg) {
	revoked := m.listed(release.ID, 11, 0, func(v any) bool {
		f := v.([]any)
		return !f[1].(bool) && len(f[3].([]any)) > 0 && !f[5].(bool) && keys.Hash(f[4].([]byte)) == keys.Hash{}
	})
	if len(revoked) > 0 {
		p := m.among(revoked)
		return m.sent(p, "release/appeal", release.Appeal{Role: 1, Address: p.address})
	}
	vetoed := m.listed(release.ID, 12, 0, func(v any) bool {
		f, ok := v.([]any)[3].([]any)
		return ok && keys.Address(f[3].([]byte)) != keys.Address{} && f[2].(uint64) != 0
	})
	if len(vetoed) > 0 {
		return m.sent(m.aVoice(), "release/appeal", release.Appeal{Role: 2, Address: m.among(vetoed).address})
	}
	return nil, nil
}

// councilTx is about members of the council.
func (m *Maker) councilTx() (*person, []types.Msg) {
	if open := m.listed(release.ID, 19, 0, nil); len(open) > 0 && m.rng.IntN(2) == 0 {
		b := release.RevocationBallot{Member: m.among(open).address, Choice: release.Choice(1 + m.rng.IntN(4)/2)}
		return m.sent(m.aVoice(), "release/revocation_ballot", b)
	}
	switch m.rng.IntN(14) {
	case 0, 1:
		return m.sent(m.anyone(), "release/apply", release.Apply{College: release.College(1 + m.rng.IntN(9)/4)})
	case 2:
		if m.rng.IntN(3) == 0 {
			return m.sent(m.aCCM(), "release/leave", release.Leave{})
		}
	case 3:
		return m.sent(m.aVoice(), "release/open_revocation", release.Motion{Address: m.aCCM().address, Reason: "why"[:m.rng.IntN(4)]})
	case 4:
		missed := m.listed(release.ID, 10, 8, func(v any) bool { return v.([]any)[2].(uint64) > 0 })
		return m.sent(m.aVoice(), "release/revoke_inactive", release.Member{Address: m.among(missed).address})
	}
	return m.admissionTx()
}

// admissionTx takes an application one step on.
func (m *Maker) admissionTx() (*person, []types.Msg) {
	a := release.Member{Address: m.anyone().address}
	var f []any
	m.each(release.ID, 17, func(rest []byte, v any) {
		if f == nil || m.rng.IntN(2) == 0 {
			a.Address, f = keys.Address(rest[:20]), v.([]any)
		}
	})
	switch {
	case f == nil:
		return m.sent(m.owners[a.Address], "release/apply", release.Apply{College: release.College(1 + m.rng.IntN(2))})
	case keys.Address(f[1].([]byte)) == keys.Address{}:
		return m.sent(m.aVoice(), "release/sponsor", a)
	case m.rng.IntN(8) == 0:
		return m.sent(m.aVoice(), "release/veto", a)
	case types.Time(f[2].(uint64)) <= m.time() && m.rng.IntN(3) == 0:
		return m.sent(m.anyone(), "release/admit", a)
	}
	return m.sent(m.aVoice(), "release/endorse", a)
}

// auditorTx is about official auditors.
func (m *Maker) auditorTx() (*person, []types.Msg) {
	charged := m.listed(release.ID, 12, 0, func(v any) bool { return v.([]any)[3] != nil })
	p := m.aVoice()
	switch m.rng.IntN(10) {
	case 0:
		return m.sent(p, "release/grant_auditor", release.Member{Address: m.anyone().address})
	case 1:
		if list := m.petitioned(3); len(list) > 0 {
			return m.sent(p, "release/grant_auditor", release.Member{Address: m.among(list).address})
		}
	case 2, 3:
		of := m.anAuditor()
		if list := m.petitioned(4); len(list) > 0 {
			of = m.among(list)
		}
		return m.sent(p, "release/revoke_auditor", release.Charge{Auditor: of.address, Ground: uint16(1 + 6*(m.rng.IntN(8)/7))})
	case 4, 8, 9:
		if len(charged) > 0 {
			return m.sent(p, "release/veto_revocation", release.Member{Address: m.among(charged).address})
		}
	case 5, 6:
		q := m.among(charged)
		if m.rng.IntN(2) == 0 {
			p = q
		}
		return m.sent(p, "release/appeal", release.Appeal{Role: 2, Address: q.address})
	case 7:
		if len(m.listed(release.ID, 12, 0, active(1))) > 2 {
			return m.sent(m.anAuditor(), "release/resign", release.Resign{Role: 2})
		}
	}
	return nil, nil
}
