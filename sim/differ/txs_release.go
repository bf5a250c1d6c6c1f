package differ

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/types"
)

// releaseSection draws parameters of releases and the first people.
func releaseSection(m *Maker, p, routes object) {
	r := m.rng
	for _, name := range []string{"vote_period", "revocation_period", "auditor_veto_delay", "build_window", "admission_delay"} {
		p["release."+name] = 1000 + r.IntN(1500)
	}
	for _, name := range []string{"admission_expiry", "signature_window", "appeal_window", "candidate_ttl"} {
		p["release."+name] = 3000 + r.IntN(5000)
	}
	p["release.fast_delay"], p["release.delay"] = 1000+r.IntN(300), 1300+r.IntN(2000)
	p["release.inception_size"], p["release.endorsements"], p["release.vetoes"] = 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(3)
	p["release.inactive_votes"], p["release.open_max"], p["release.ctr_revoke_signatures"] = 1+r.IntN(2), 2+r.IntN(5), 2+r.IntN(2)
	if r.IntN(8) == 0 {
		return
	}
	order := r.Perm(len(m.people))
	next := func(n int) []keys.Address {
		out := []keys.Address{}
		for range n {
			out, order = append(out, m.people[order[0]].address), append(order[1:], order[0])
		}
		return out
	}
	a, t := next(r.IntN(3)), next(r.IntN(3))
	section := object{"ctrs": next(3), "coreTeam": next(1), "auditors": next(1 + r.IntN(2)), "activists": a, "technologists": t,
		"grounds": []object{{"id": 1, "text": "false reports"}, {"id": 7, "text": "silence"}}}
	if r.IntN(2) == 0 {
		var towers []keys.Address
		for _, i := range r.Perm(len(m.people))[:3] {
			towers = append(towers, m.people[i].address)
		}
		section["watchtowers"] = object{"members": towers, "threshold": 2}
	}
	routes["release"] = section
}

// binariesOf are what a build of a candidate gives.
func binariesOf(rc keys.Hash) []release.Binary {
	return []release.Binary{{Name: "a", Hash: rc}, {Name: "b", Hash: keys.Sum(rc[:])}}
}

// rc is a candidate of the state.
type rc struct {
	id     keys.Hash
	fields []any
}

func (k *rc) stage() release.Stage { return release.Stage(k.fields[8].(uint64)) }
func (k *rc) sealed() keys.Hash    { return keys.Hash(k.fields[16].([]byte)) }
func (k *rc) asked() bool          { return k.fields[14].(bool) }
func (k *rc) protocol() uint64     { return k.fields[6].(uint64) }

// rcs are the candidates of some stages; of none given, all.
func (m *Maker) rcs(stages ...release.Stage) (out []rc) {
	m.each(release.ID, 2, func(rest []byte, v any) {
		k := rc{keys.Hash(rest[:32]), v.([]any)}
		for _, s := range stages {
			if k.stage() == s {
				out = append(out, k)
			}
		}
		if len(stages) == 0 {
			out = append(out, k)
		}
	})
	return out
}

// Roles of people in the state.
func active(i int) func(v any) bool { return func(v any) bool { return v.([]any)[i].(bool) } }

func (m *Maker) aCTR() *person      { return m.among(m.listed(release.ID, 11, 0, active(1))) }
func (m *Maker) anAuditor() *person { return m.among(m.listed(release.ID, 12, 0, active(1))) }
func (m *Maker) aCCM() *person      { return m.among(m.listed(release.ID, 10, 8, nil)) }
func (m *Maker) aCore() *person     { return m.among(m.listed(release.ID, 13, 0, nil)) }

// aVoice is a member of the council or a representative.
func (m *Maker) aVoice() *person {
	if m.rng.IntN(2) == 0 {
		return m.aCTR()
	}
	return m.aCCM()
}

// releaseTx takes the next step of a candidate, or does something about people.
func (m *Maker) releaseTx() (*person, []types.Msg) {
	if m.rng.IntN(5) < 2 {
		return m.peopleTx()
	}
	list := m.rcs()
	open := m.rcs(release.Auditing, release.Voting, release.Rejected, release.Approved, release.Triggered, release.Built)
	if len(open) < 2 && m.rng.IntN(3) == 0 || len(list) == 0 || m.rng.IntN(30) == 0 {
		return m.submitRC(list)
	}
	if len(open) == 0 || m.rng.IntN(6) == 0 {
		open = list
	}
	k := open[m.rng.IntN(len(open))]
	if m.rng.IntN(8) == 0 {
		return m.besides(&k)
	}
	return m.onward(&k)
}

func (m *Maker) submitRC(old []rc) (*person, []types.Msg) {
	b := release.SubmitRC{RC: keys.Sum([]byte(fmt.Sprint("rc", m.rng.IntN(1000)))), Repo: repoNames[m.rng.IntN(6)/5], Commit: m.head(), Version: "v1", Protocol: uint32(1 + m.rng.IntN(4)/2), Locator: "here"}
	if len(old) > 0 && m.rng.IntN(10) == 0 {
		b.RC = old[0].id
	}
	if m.rng.IntN(12) == 0 {
		b.Protocol = 0
	}
	return m.sent(m.aCTR(), "release/submit_rc", b)
}

// onward is what a candidate needs next.
func (m *Maker) onward(k *rc) (*person, []types.Msg) {
	switch k.stage() {
	case release.Auditing, release.Rejected:
		if n := m.reportsOn(k); len(n) > 0 && (len(m.rcs(release.Voting)) == 0 || m.rng.IntN(10) == 0) {
			plan := release.Plan{Activate: k.protocol() > 1 && m.rng.IntN(4) != 0}
			if plan.Activate {
				plan.Reset = []string{"bank/send", "forum"}[:m.rng.IntN(3)]
			}
			return m.sent(m.aCTR(), "release/submit_to_council", release.SubmitToCouncil{RC: k.id, Reports: n[:1], Plan: plan})
		}
		return m.auditTx(k)
	case release.Voting:
		choice := release.Yes
		if n := m.rng.IntN(12); n < 3 {
			choice = release.Choice(1 + n)
		}
		return m.sent(m.aCCM(), "release/ballot", release.Ballot{RC: k.id, Choice: choice})
	case release.Approved:
		return m.sent(m.aCTR(), "release/trigger", release.Trigger{RC: k.id})
	case release.Triggered:
		if k.asked() && m.rng.IntN(20) != 0 {
			return m.submitHash()
		}
		b := release.SubmitBuild{RC: k.id, Artifacts: release.ArtifactsHash(binariesOf(k.id))}
		if m.rng.IntN(6) == 0 {
			b.Artifacts = keys.Sum([]byte{byte(m.rng.IntN(2))})
		}
		return m.sent(m.among(m.listed(release.ID, 16, 0, nil)), "release/submit_build", b)
	case release.Built:
		if m.rng.IntN(3) == 0 {
			return m.discloseTx(k)
		}
		b := release.Publish{RC: k.id, SourceRoot: k.id, ProvenanceRoot: k.id, Trail: k.sealed(), Binaries: binariesOf(k.id), Locator: "here", Height: types.Height(m.rng.IntN(3) * 1_000_000)}
		switch m.rng.IntN(12) {
		case 0:
			b.Trail[0]++
		case 1:
			b.Binaries = b.Binaries[1:]
		}
		return m.sent(m.aCTR(), "release/publish", b)
	}
	return m.besides(k)
}

// reportsOn are the hashes of reports on a candidate.
func (m *Maker) reportsOn(k *rc) (out []keys.Hash) {
	m.each(release.ID, 5, func(rest []byte, v any) {
		if keys.Hash(rest[:32]) == k.id {
			out = append(out, keys.Hash(v.([]any)[2].([]byte)))
		}
	})
	return out
}

func (m *Maker) auditTx(k *rc) (*person, []types.Msg) {
	b := release.Report{RC: k.id, Status: release.Go, Report: keys.Sum([]byte{byte(m.rng.IntN(4))}), TeamOnly: m.rng.IntN(3) == 0}
	if n := m.rng.IntN(10); n < 3 {
		b.Status = release.Status(1 + n)
	}
	if m.rng.IntN(2) == 0 {
		b.Stake = types.NewAmount(m.rng.Uint64N(100_000_000))
	}
	p := m.anAuditor()
	if m.rng.IntN(4) == 0 {
		p = m.anyone()
	}
	return m.sent(p, "release/report", b)
}

// authors are those of the reports on a candidate, where fits says so.
func (m *Maker) authors(k *rc, region byte, fits func(f []any) bool) (out []keys.Address) {
	m.each(release.ID, region, func(rest []byte, v any) {
		if keys.Hash(rest[:32]) == k.id && fits(v.([]any)) {
			out = append(out, keys.Address(rest[32:52]))
		}
	})
	return out
}

func (m *Maker) discloseTx(k *rc) (*person, []types.Msg) {
	author := m.among(m.authors(k, 5, func(f []any) bool { return f[3].(bool) && !f[4].(bool) }))
	by := author
	if m.rng.IntN(2) == 0 {
		by = m.aCTR()
	}
	return m.sent(by, "release/disclose_report", release.DiscloseReport{RC: k.id, Auditor: author.address, Locator: "there"})
}

// besides is what may happen to a candidate at its side.
func (m *Maker) besides(k *rc) (*person, []types.Msg) {
	staked := m.among(m.authors(k, byte(5+m.rng.IntN(2)), func(f []any) bool { return len(f[8].([]byte)) > 0 }))
	switch m.rng.IntN(9) {
	case 0, 1:
		return m.discloseTx(k)
	case 2, 3:
		return m.sent(m.anyone(), "release/challenge_report", release.ChallengeReport{RC: k.id, Auditor: staked.address})
	case 4:
		return m.sent(staked, "release/reclaim_stake", release.ReclaimStake{RC: k.id})
	case 5:
		q := m.aCTR()
		return m.sent(q, "release/record_store", release.RecordStore{RC: k.id, Store: "store", Key: q.key.Public()})
	case 6:
		if m.rng.IntN(3) == 0 {
			return m.sent(m.aCTR(), "release/withdraw", release.Withdraw{RC: k.id, Reason: "why"})
		}
	case 7:
		if ended := m.rcs(release.Published, release.Active, release.Expired, release.Superseded, release.Withdrawn); len(ended) > 0 {
			k = &ended[m.rng.IntN(len(ended))]
			staked = m.among(m.authors(k, byte(5+m.rng.IntN(2)), func(f []any) bool { return len(f[8].([]byte)) > 0 }))
			return m.sent(staked, "release/reclaim_stake", release.ReclaimStake{RC: k.id})
		}
	}
	return m.auditTx(k)
}

// petitioned are the subjects of petitions of a kind.
func (m *Maker) petitioned(kind uint64) (out []keys.Address) {
	m.each(release.ID, 20, func(rest []byte, _ any) {
		if number(rest) == kind {
			out = append(out, keys.Address(rest[8:28]))
		}
	})
	return out
}

// releaseAction is what proposals order of releases.
func (m *Maker) releaseAction() types.Msg {
	switch m.rng.IntN(4) {
	case 0:
		return m.pack("release/set_grounds", release.SetGrounds{Grounds: []release.Ground{{ID: uint16(m.rng.IntN(9)), Text: "text"[:m.rng.IntN(5)]}}})
	case 1:
		b := release.SetWatchtowers{Threshold: uint64(m.rng.IntN(3))}
		for range m.rng.IntN(4) {
			b.Members = append(b.Members, m.anyone().address)
		}
		return m.pack("release/set_watchtowers", b)
	}
	var id keys.Hash
	for _, k := range m.rcs(release.Published, release.Scheduled, release.Auditing) {
		if k.stage() == release.Published || id == (keys.Hash{}) {
			id = k.id
		}
	}
	return m.pack("release/activate", release.Activate{RC: id, Height: types.Height(m.rng.IntN(3) * 1_000_000)})
}
