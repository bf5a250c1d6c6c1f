package release

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// Seat is a member of the council.
type Seat struct {
	Address keys.Address `json:"address"`
	College College      `json:"college"`
	Since   types.Time   `json:"since"`
	Missed  uint64       `json:"missed"` // closed votes in a row
}

// Applicant is somebody on the way into the council.
type Applicant struct {
	Address  keys.Address   `json:"address"`
	College  College        `json:"college"`
	Sponsor  *keys.Address  `json:"sponsor"`  // null: nobody yet
	Earliest types.Time     `json:"earliest"` // of the admission
	Expires  types.Time     `json:"expires"`
	Endorsed []keys.Address `json:"endorsed"`
	Vetoed   []keys.Address `json:"vetoed"`
}

// Revocation is an open vote on a member.
type Revocation struct {
	Member  keys.Address   `json:"member"`
	Opener  keys.Address   `json:"opener"`
	Reason  string         `json:"reason"`
	Closes  types.Time     `json:"closes"`
	Voters  []keys.Address `json:"voters"`
	Yes     uint64         `json:"yes"`
	No      uint64         `json:"no"`
	Abstain uint64         `json:"abstain"`
}

// Council is the council and those on the way in and out.
type Council struct {
	InceptionOver bool         `json:"inceptionOver"`
	Recovering    []College    `json:"recovering"` // colleges for which representatives endorse
	Members       []Seat       `json:"members"`
	Applications  []Applicant  `json:"applications"` // at most 1000
	Revocations   []Revocation `json:"revocations"`
}

func council(c *route.Ctx, _ None) (Council, error) {
	s, _ := overview.Get(c)
	out := Council{
		InceptionOver: s.Over, Recovering: []College{}, Members: []Seat{}, Applications: []Applicant{}, Revocations: []Revocation{},
	}
	for _, college := range []College{Activists, Technologists} {
		if s.Over && helped(c, &s, college) {
			out.Recovering = append(out.Recovering, college)
		}
	}
	members.Range(c, func(k memberKey, m member) bool {
		out.Members = append(out.Members, Seat{Address: k.Address, College: k.College, Since: m.Since, Missed: m.Missed})
		return true
	})
	applications.Range(c, func(a keys.Address, p application) bool {
		w := Applicant{Address: a, College: p.College, Earliest: p.Earliest, Expires: p.Expires, Endorsed: list0(p.Endorsed), Vetoed: list0(p.Vetoed)}
		if !p.Sponsor.IsZero() {
			w.Sponsor = &p.Sponsor
		}
		out.Applications = append(out.Applications, w)
		return len(out.Applications) < 1000
	})
	revocations.Range(c, func(a keys.Address, v revocation) bool {
		t := Tally{}
		for _, s := range v.Voters {
			choice, _ := revocationBallots.Get(c, revocationVoter{a, s.Address})
			t.add(choice)
		}
		out.Revocations = append(out.Revocations, Revocation{
			Member: a, Opener: v.Opener, Reason: v.Reason, Closes: v.Closes, Voters: addresses(v.Voters),
			Yes: t.Yes, No: t.No, Abstain: t.Abstain,
		})
		return true
	})
	return out, nil
}

// list0 is a list that is never null in JSON.
func list0(in []keys.Address) []keys.Address {
	if in == nil {
		return []keys.Address{}
	}
	return in
}

// Representative is a CTR, present or past.
type Representative struct {
	Address   keys.Address   `json:"address"`
	Active    bool           `json:"active"`
	Since     types.Time     `json:"since"` // of this standing
	RevokedBy []keys.Address `json:"revokedBy"`
	Appealed  bool           `json:"appealed"` // the court has it
}

// Candidacy is somebody on the way to be one.
type Candidacy struct {
	Address  keys.Address   `json:"address"`
	Sponsor  keys.Address   `json:"sponsor"`
	Expires  types.Time     `json:"expires"`
	Endorsed []keys.Address `json:"endorsed"`
}

// Merger is somebody who holds a grant to merge.
type Merger struct {
	Address keys.Address `json:"address"`
	By      keys.Address `json:"by"`
	Until   types.Time   `json:"until"`
}

// Team is the core team and its representatives.
type Team struct {
	CTRs        []Representative `json:"ctrs"`
	Core        []keys.Address   `json:"coreTeam"`
	Grants      []Merger         `json:"grants"`
	Candidacies []Candidacy      `json:"candidacies"`
}

func representatives(c *route.Ctx, _ None) (Team, error) {
	out := Team{CTRs: []Representative{}, Core: []keys.Address{}, Grants: []Merger{}, Candidacies: []Candidacy{}}
	ctrs.Range(c, func(a keys.Address, t representative) bool {
		out.CTRs = append(out.CTRs, Representative{
			Address: a, Active: t.Active, Since: t.Since, RevokedBy: list0(t.Revokers), Appealed: !t.Appeal.IsZero(),
		})
		return true
	})
	core.Range(c, func(a keys.Address, _ types.Time) bool { out.Core = append(out.Core, a); return true })
	grants.Range(c, func(a keys.Address, g grant) bool {
		out.Grants = append(out.Grants, Merger{Address: a, By: g.By, Until: g.Until})
		return true
	})
	candidacies.Range(c, func(a keys.Address, k candidacy) bool {
		out.Candidacies = append(out.Candidacies, Candidacy{Address: a, Sponsor: k.Sponsor, Expires: k.Expires, Endorsed: list0(k.Endorsed)})
		return true
	})
	return out, nil
}

// Auditor is an official auditor, present or past.
type Auditor struct {
	Address keys.Address `json:"address"`
	Active  bool         `json:"active"`
	Since   types.Time   `json:"since"`  // of this standing
	Charge  string       `json:"charge"` // stage of a revocation: "", "open", "vetoed", "appealed"
	Ground  uint16       `json:"ground"`
	Until   types.Time   `json:"until"` // of the stage
}

// Auditors are the register of them and the grounds of revocation.
type Auditors struct {
	Auditors []Auditor `json:"auditors"`
	Grounds  []Ground  `json:"grounds"`
}

func auditorList(c *route.Ctx, _ None) (Auditors, error) {
	out := Auditors{Auditors: []Auditor{}, Grounds: []Ground{}}
	auditors.Range(c, func(a keys.Address, k auditor) bool {
		w := Auditor{Address: a, Active: k.Active, Since: k.Since}
		if k.Charge != nil {
			w.Ground, w.Until = k.Charge.Ground, k.Charge.Until
			switch {
			case !k.Charge.Appeal.IsZero():
				w.Charge = "appealed"
			case !k.Charge.Vetoer.IsZero():
				w.Charge = "vetoed"
			default:
				w.Charge = "open"
			}
		}
		out.Auditors = append(out.Auditors, w)
		return true
	})
	grounds.Range(c, func(id uint16, text string) bool {
		out.Grounds = append(out.Grounds, Ground{ID: id, Text: text})
		return true
	})
	return out, nil
}

// Overview is the route at one glance.
type Overview struct {
	Live          bool           `json:"live"` // false: the genesis has no section release, and every message is refused
	InceptionOver bool           `json:"inceptionOver"`
	CTRs          uint64         `json:"ctrs"`
	Auditors      uint64         `json:"auditors"`
	Activists     uint64         `json:"activists"`
	Technologists uint64         `json:"technologists"`
	Vote          *keys.Hash     `json:"vote"`      // being voted on
	Open          []keys.Hash    `json:"open"`      // candidates under way
	Scheduled     *keys.Hash     `json:"scheduled"` // release whose plan waits
	Active        *keys.Hash     `json:"active"`    // release that activated last
	Watchtowers   []keys.Address `json:"watchtowers"`
	Threshold     uint64         `json:"threshold"` // identical rebuilds
}

func glance(c *route.Ctx, _ None) (Overview, error) {
	s, _ := overview.Get(c)
	out := Overview{
		Live: s.Live, InceptionOver: s.Over, CTRs: s.CTRs, Auditors: s.Auditors,
		Activists: s.Activists, Technologists: s.Technologists, Open: append([]keys.Hash{}, s.Open...),
		Watchtowers: Watchtowers(c), Threshold: s.Builders,
	}
	for _, w := range []struct {
		from keys.Hash
		to   **keys.Hash
	}{{s.Vote, &out.Vote}, {s.Scheduled, &out.Scheduled}, {s.Active, &out.Active}} {
		if h := w.from; !h.IsZero() {
			*w.to = &h
		}
	}
	return out, nil
}

// Watchtowers is the minimal register of builders, ascending.
func Watchtowers(r state.Reader) []keys.Address {
	out := []keys.Address{}
	watchtowers.Range(r, func(a keys.Address, _ bool) bool { out = append(out, a); return true })
	return out
}
