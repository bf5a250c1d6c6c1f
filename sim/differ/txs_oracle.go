package differ

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/oracle"
	"probity/chain/route/release"
	"probity/chain/types"
)

// oracleSection draws parameters of the watchtowers and the first members.
func oracleSection(m *Maker, p, routes object) {
	r := m.rng
	p["oracle.bond"], p["oracle.challenge_cost"] = r.IntN(300_000_000), r.IntN(50_000_000)
	p["oracle.quorum_ppm"] = 510_000 + r.IntN(3)*r.IntN(200_000)
	for _, name := range []string{"proposal_cooldown", "vote_delay", "challenge_cooldown"} {
		p["oracle."+name] = r.IntN(800)
	}
	for _, name := range []string{"vote_time", "execute_time", "action_time", "challenge_window"} {
		p["oracle."+name] = 800 + r.IntN(3000)
	}
	p["oracle.task_epochs"], p["oracle.keep_epochs"], p["oracle.spacing_ppm"] = 1+r.IntN(3), 1+r.IntN(4), r.IntN(1_000_001)
	if r.IntN(8) == 0 {
		return
	}
	implementations, members := []object{}, []object{}
	for i, name := range implementationNames {
		if i < 4 {
			for _, duty := range []string{"watchtower", "treegen"} {
				implementations = append(implementations, object{"duty": duty, "name": name, "author": m.people[i].address, "source": "git"})
			}
		}
	}
	for i := range 2 + r.IntN(5) {
		q := m.people[i]
		if q.rep >= 1 {
			members = append(members, object{"address": q.address, "watchtower": m.runs(), "treegen": m.runs()})
		}
	}
	routes["oracle"] = object{"implementations": implementations, "members": members}
}

// implementationNames are registered, but the last, which nobody registers at first.
var implementationNames = []string{"probity", "watchtower", "third", "python", "new"}

// runs are some implementations, each once.
func (m *Maker) runs() []string {
	out := []string{}
	for _, i := range m.rng.Perm(len(implementationNames))[:m.rng.IntN(4)] {
		out = append(out, implementationNames[i])
	}
	return out
}

// listed are the accounts that begin the keys of a region, where fits says so.
func (m *Maker) listed(routeID uint16, region byte, skip int, fits func(v any) bool) (out []keys.Address) {
	m.each(routeID, region, func(rest []byte, v any) {
		if fits == nil || fits(v) {
			out = append(out, keys.Address(rest[skip:skip+20]))
		}
	})
	return out
}

// among is someone of the accounts, at times anyone.
func (m *Maker) among(list []keys.Address) *person {
	if len(list) > 0 && m.rng.IntN(12) != 0 {
		if p := m.owners[list[m.rng.IntN(len(list))]]; p != nil {
			return p
		}
	}
	return m.anyone()
}

// watcher is a member of the watchtowers.
func (m *Maker) watcher() *person { return m.among(m.listed(oracle.ID, 1, 0, nil)) }

// oracleTx answers a task, or does something about members.
func (m *Maker) oracleTx() (*person, []types.Msg) {
	p := m.watcher()
	leaving := m.listed(oracle.ID, 1, 0, func(v any) bool { return v.([]any)[5].(uint64) > uint64(m.time()) })
	if len(leaving) > 0 && m.rng.IntN(3) == 0 {
		return m.sent(m.among(leaving), "oracle/leave", oracle.None{})
	}
	switch m.rng.IntN(20) {
	case 0:
		return m.sent(p, "oracle/declare", oracle.Declare{Watchtower: m.runs(), Treegen: m.runs()})
	case 1:
		name := append(implementationNames, "", "a b")[m.rng.IntN(len(implementationNames)+2)]
		return m.sent(m.anyone(), "oracle/publish", oracle.Publish{Duty: oracle.Duty(1 + m.rng.IntN(2)), Name: name, Source: "s"})
	case 2, 3:
		return m.proposeWatcher(p)
	case 4, 5, 6, 7:
		return m.decideProposal(p)
	case 8:
		invited := m.listed(oracle.ID, 2, 0, nil)
		return m.sent(m.among(invited), "oracle/join", oracle.None{})
	case 9:
		return m.sent(m.anyone(), "oracle/recover_join", oracle.None{})
	case 10:
		return m.sent(p, "oracle/leave", oracle.None{})
	case 11:
		if m.rng.IntN(3) != 0 {
			return m.submitHash()
		}
		return m.sent(m.anyone(), "oracle/challenge", oracle.Of{Member: p.address})
	case 12, 13:
		challenged := m.listed(oracle.ID, 1, 0, func(v any) bool { return v.([]any)[9].(uint64) != 0 })
		if q := m.among(challenged); m.rng.IntN(3) == 0 {
			return m.sent(q, "oracle/respond", oracle.None{})
		} else {
			return m.sent(m.anyone(), "oracle/decide", oracle.Of{Member: q.address})
		}
	}
	return m.submitHash()
}

func (m *Maker) proposeWatcher(p *person) (*person, []types.Msg) {
	b := oracle.Propose{Action: oracle.Action(1 + m.rng.IntN(3)), Target: m.anyone().address}
	switch b.Action {
	case oracle.Leave:
		if m.rng.IntN(8) != 0 {
			b.Target = p.address
		}
	case oracle.Kick:
		b.Target, b.Fine = m.watcher().address, types.NewAmount(m.rng.Uint64N(200_000_000))
	}
	return m.sent(p, "oracle/propose", b)
}

// decideProposal votes on a proposal, or executes one that has the votes.
func (m *Maker) decideProposal(p *person) (*person, []types.Msg) {
	now := uint64(m.time())
	var open, ripe []uint64
	voters := map[uint64][]keys.Address{}
	m.each(oracle.ID, 4, func(rest []byte, v any) {
		f, n := v.([]any), number(rest)
		electors, ballots := f[8].([]any), f[9].([]any)
		switch {
		case f[10].(bool) || now >= f[6].(uint64):
		case len(ballots)*2 > len(electors):
			ripe = append(ripe, n)
		case f[4].(uint64) <= now+300 && now < f[5].(uint64):
			open = append(open, n)
			for _, e := range electors {
				voters[n] = append(voters[n], keys.Address(e.([]byte)))
			}
		}
	})
	switch {
	case len(ripe) > 0 && m.rng.IntN(3) != 0 || m.rng.IntN(30) == 0 && len(open) > 0:
		list := append(ripe, open...)
		return m.sent(m.anyone(), "oracle/execute", oracle.Execute{Proposal: list[m.rng.IntN(max(1, len(ripe)))]})
	case len(open) > 0:
		at := open[m.rng.IntN(len(open))]
		return m.sent(m.among(voters[at]), "oracle/vote", oracle.Vote{Proposal: at, For: m.rng.IntN(6) != 0})
	}
	return m.proposeWatcher(p)
}

// submitHash answers a task that is kept, most often as the others do.
func (m *Maker) submitHash() (*person, []types.Msg) {
	var tasks []([]any)
	m.each(oracle.ID, 6, func(_ []byte, v any) {
		if f := v.([]any); f[9].(uint64) == 1 || m.rng.IntN(8) == 0 {
			tasks = append(tasks, f)
		}
	})
	if len(tasks) == 0 {
		return nil, nil
	}
	t := tasks[m.rng.IntN(len(tasks))]
	for range 4 { // what another route waits for comes first
		if t[2].(string) == "oracle" {
			t = tasks[m.rng.IntN(len(tasks))]
		}
	}
	seats := t[8].([]any)
	b := oracle.Submit{Kind: oracle.Kind(t[0].(uint64)), Subject: keys.Hash(t[1].([]byte)), Interval: t[4].(uint64), Version: "1"}
	b.Ruleset = []string{"contribution/1", "release/1", "state/1", "salary/1"}[b.Kind-1]
	b.Implementation, b.Hash = implementationNames[m.rng.IntN(5)], m.truth(b.Kind, b.Subject)
	p := m.anyone()
	if len(seats) > 0 {
		s := seats[m.rng.IntN(len(seats))].([]any)
		if q := m.owners[keys.Address(s[0].([]byte))]; q != nil {
			p = q
		}
		runs := s[1].([]any)
		if name := runs[m.rng.IntN(len(runs))].(string); name != "" && m.rng.IntN(16) != 0 {
			b.Implementation = name
		}
	}
	switch m.rng.IntN(24) {
	case 0:
		b.Hash = keys.Sum([]byte(fmt.Sprint(m.rng.IntN(3))))
	case 1:
		b.Interval++
	case 2:
		b.Ruleset = "state/0"
	case 3:
		b.Trace, b.Locator = b.Hash, "https"
	}
	return m.sent(p, "oracle/submit", b)
}

// truth is what members who tell it say.
func (m *Maker) truth(kind oracle.Kind, subject keys.Hash) keys.Hash {
	switch kind {
	case oracle.Contribution:
		return m.treeOf(subject).Manifest.Hash()
	case oracle.ReleaseBuild:
		return release.ArtifactsHash(binariesOf(subject))
	}
	return keys.Sum([]byte("truth"), []byte{byte(kind)}, subject[:])
}

// oracleAction is what proposals order of the register.
func (m *Maker) oracleAction() types.Msg {
	if m.rng.IntN(2) == 0 {
		return m.pack("oracle/register", oracle.Register{Open: m.rng.IntN(3) != 0})
	}
	return m.pack("oracle/dismiss", oracle.Dismiss{Member: m.watcher().address, Fine: m.amount()})
}
