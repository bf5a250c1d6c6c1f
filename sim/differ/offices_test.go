package differ

import (
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route/legislature"
	"probity/chain/types"
)

// officesSection is a calm chain whose release DAO, watchtowers and repository have all
// the people that they need, under a legislature that decides within a few blocks.
func officesSection(m *Maker, p, routes object) {
	teamSection(m, p, routes)
	p["epoch.blocks"], p["asc.lead_views"], p["dcert.breaker"] = 8, 2, 0
	p["oracle.bond"], p["oracle.quorum_ppm"], p["oracle.keep_epochs"] = 1000, 510_000, 3
	p["pac.interval"], p["pac.count_time"], p["pac.publish_time"] = 500, 6000, 6000
	p["release.vote_period"], p["release.delay"], p["release.candidate_ttl"] = 1500, 1300, 9000
	p["release.inception_size"], p["release.endorsements"], p["release.vetoes"] = 2, 1, 3
	p["court.fee"], p["court.panel_min"], p["court.window"] = 1000, 1, 1200
	of := func(who ...int) (out []keys.Address) {
		for _, i := range who {
			out = append(out, m.people[i].address)
		}
		return out
	}
	section := object{
		"ctrs": of(0, 1, 2), "coreTeam": of(3), "auditors": of(4), "activists": of(5), "technologists": of(6),
		"grounds": []object{{"id": 1, "text": "false reports"}, {"id": 7, "text": "silence"}},
	}
	if m.rng.IntN(2) == 0 {
		section["watchtowers"] = object{"members": of(1, 5, 7), "threshold": 2}
	}
	implementations, members := []object{}, []object{}
	for _, duty := range []string{"watchtower", "treegen"} {
		for i, name := range implementationNames[:4] {
			implementations = append(implementations, object{"duty": duty, "name": name, "author": m.people[i].address, "source": "git"})
		}
	}
	for i := range 4 {
		m.people[i].rep += 5
		one := []string{implementationNames[i]}
		members = append(members, object{"address": m.people[i].address, "watchtower": one, "treegen": one})
	}
	routes["release"], routes["oracle"] = section, object{"implementations": implementations, "members": members}
	routes["contribution"] = object{
		"repository": object{"repo": repoNames[0], "branch": branchNames[0]},
		"required":   []object{{"repo": repoNames[0], "branch": branchNames[0], "ppm": 200_000}},
	}
}

// decreeTx proposes what the legislature may order of the offices, or brings it to its
// end.
func (m *Maker) decreeTx() (*person, []types.Msg) {
	if len(m.proposals(1, 2, 3, 4, 5)) >= 5 || m.rng.IntN(3) != 0 {
		return m.pushTx()
	}
	s := legislature.Submit{Title: "title", Inline: types.Bytes("text"), Fee: types.NewAmount(1000), Deposit: types.NewAmount(2000)}
	orders := []func(m *Maker) types.Msg{(*Maker).contributionAction, (*Maker).oracleAction, (*Maker).releaseAction}
	for range 1 + m.rng.IntN(2) {
		s.Actions = append(s.Actions, orders[m.rng.IntN(len(orders))](m))
	}
	return m.sent(m.richest(), "legislature/submit", s)
}

// Goal: candidates from audit to publication and activation, and the people of the
// release DAO, have the same effects in both, and a watchtower that forgets who
// missed a vote is found. Method: chains in which little else happens.
func TestReleases(t *testing.T) {
	withGenerators(t, officesSection, (*Maker).releaseTx, (*Maker).releaseTx, (*Maker).releaseTx, (*Maker).releaseTx, (*Maker).oracleTx, (*Maker).decreeTx, (*Maker).courtTx)
	all, difference := deep(t, newTower(t, ""), 70, 160)
	if difference != "" {
		t.Fatal(difference)
	}
	reached(t, all, "release/submit_to_council ok", "release/trigger ok", "release/publish ok", "release/revoke_auditor ok", "release/admit ok")
	miss := overlay(t, "releasevote.go", "m.missed++", "")
	if _, difference := deep(t, newTower(t, miss), 70, 160); !strings.Contains(difference, "route 12, region 10") {
		t.Errorf("votes that nobody misses: found %q", difference)
	}
}

// Goal: countings from a trigger to the mint, links, the gate, orders and credentials,
// and the register of watchtowers have the same effects in both, and a watchtower that
// does not add up all shares is found. Method: chains in which little else
// happens.
func TestCountings(t *testing.T) {
	withGenerators(t, officesSection, (*Maker).contributionTx, (*Maker).contributionTx, (*Maker).contributionTx, (*Maker).oracleTx, (*Maker).oracleTx, (*Maker).oracleTx, (*Maker).decreeTx, (*Maker).decreeTx, (*Maker).decreeTx)
	all, difference := deep(t, newTower(t, ""), 80, 160)
	if difference != "" {
		t.Fatal(difference)
	}
	reached(t, all, "contribution/publish_tree ok", "contribution/minted", "contribution/linked", "contribution/approve ok", "oracle/vote ok", "oracle/agreed")
	unsung := overlay(t, "contribution.go", "s.minted = s.minted.Add(amount)", "")
	if _, difference := deep(t, newTower(t, unsung), 80, 160); !strings.Contains(difference, "route 13, region 2") {
		t.Errorf("shares that add up to nothing: found %q", difference)
	}
}
