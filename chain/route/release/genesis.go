package release

import (
	"encoding/json"
	"errors"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
)

// CTRsMin is the least number of representatives of a genesis: with fewer no
// first member could get the three endorsements (A-R7).
const CTRsMin = 3

// start is the genesis section.
type start struct {
	CTRs          []keys.Address `json:"ctrs"`     // at least three
	Core          []keys.Address `json:"coreTeam"` // beside them
	Auditors      []keys.Address `json:"auditors"`
	Grounds       []Ground       `json:"grounds"`
	Activists     []keys.Address `json:"activists"`     // usually none: they are elected
	Technologists []keys.Address `json:"technologists"` // usually none
	Watchtowers   struct {
		Members   []keys.Address `json:"members"`
		Threshold uint64         `json:"threshold"`
	} `json:"watchtowers"`
}

// genesis appoints the first representatives (R41) and fills the registers. A
// chain without the section has no release DAO.
func genesis(c *route.Ctx, section json.RawMessage) error {
	if section == nil {
		overview.Set(c, summary{})
		return nil
	}
	var in start
	if err := route.ReadJSON(section, &in); err != nil {
		return err
	}
	if len(in.CTRs) < CTRsMin {
		return fmt.Errorf("ctrs: %d representatives, want at least %d", len(in.CTRs), CTRsMin)
	}
	overview.Set(c, summary{Live: true})
	for _, a := range in.CTRs {
		if isCTR(c, a) {
			return fmt.Errorf("ctrs: %s is given twice", a)
		}
		core.Set(c, a, c.Block.Time)
		appointCTR(c, a)
	}
	for _, a := range in.Core {
		core.Set(c, a, c.Block.Time)
	}
	for _, a := range in.Auditors {
		if auditors.Has(c, a) {
			return fmt.Errorf("auditors: %s is given twice", a)
		}
		appointAuditor(c, a)
	}
	if err := genesisCouncil(c, in); err != nil {
		return err
	}
	if err := setGrounds(c, SetGrounds{Grounds: in.Grounds}); err != nil {
		return fmt.Errorf("grounds: %w", err)
	}
	if w := in.Watchtowers; len(w.Members) > 0 || w.Threshold > 0 {
		if err := setWatchtowers(c, SetWatchtowers{Members: w.Members, Threshold: w.Threshold}); err != nil {
			return fmt.Errorf("watchtowers: %w", err)
		}
	}
	s, _ := overview.Get(c)
	if s.CTRs > CTRsMax.Get(c) || s.Auditors > AuditorsMax.Get(c) || s.Activists > CouncilMax.Get(c) || s.Technologists > CouncilMax.Get(c) {
		return errors.New("more representatives, auditors or members than the parameters allow")
	}
	return nil
}

func genesisCouncil(c *route.Ctx, in start) error {
	for _, side := range []struct {
		college College
		list    []keys.Address
	}{{Activists, in.Activists}, {Technologists, in.Technologists}} {
		for _, a := range side.list {
			if _, _, ok := memberOf(c, a); ok {
				return fmt.Errorf("%s: %s is in a college already", side.college, a)
			}
			seatMember(c, side.college, a)
		}
	}
	return nil
}

// setGrounds replaces entries of the list on which auditors may be revoked (R47).
func setGrounds(c *route.Ctx, m SetGrounds) error {
	if len(m.Grounds) > listMax {
		return ErrForm.With("%d grounds, at most %d", len(m.Grounds), listMax)
	}
	for _, g := range m.Grounds {
		switch {
		case g.ID == 0 || len(g.Text) > locatorMax:
			return ErrForm.With("ground %d: want a number above 0 and a text of at most %d bytes", g.ID, locatorMax)
		case g.Text == "":
			grounds.Delete(c, g.ID)
		default:
			grounds.Set(c, g.ID, g.Text)
		}
		c.Emit("ground", "id", g.ID, "text", g.Text)
	}
	n := 0
	grounds.Range(c, func(uint16, string) bool { n++; return n <= 4*listMax })
	if n > 4*listMax {
		return ErrFull.With("more than %d grounds", 4*listMax)
	}
	return nil
}

// setWatchtowers replaces the minimal register of builders. Two hashes can never
// both have the threshold: it is more than half of them. An empty register leaves
// rebuilds to route oracle.
func setWatchtowers(c *route.Ctx, m SetWatchtowers) error {
	n := uint64(len(m.Members))
	if n > listMax || m.Threshold > n || 2*m.Threshold <= n && n > 0 {
		return ErrForm.With("%d watchtowers with a threshold of %d: want at most %d, and more than half", n, m.Threshold, listMax)
	}
	watchtowers.Range(c, func(a keys.Address, _ bool) bool {
		watchtowers.Delete(c, a)
		return true
	})
	for _, a := range m.Members {
		if watchtowers.Has(c, a) {
			return ErrForm.With("%s is given twice", a)
		}
		watchtowers.Set(c, a, true)
	}
	s, _ := overview.Get(c)
	s.Builders = m.Threshold
	overview.Set(c, s)
	c.Emit("watchtowers", "members", n, "threshold", m.Threshold)
	return nil
}
