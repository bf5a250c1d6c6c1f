package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// ground is a reason for which an auditor may be revoked.
type ground struct {
	id   uint64
	text string
}

func (g *ground) shape(f form) { f.fields(2).u16(&g.id).text(&g.text) }

// watchtowersMsg is the message set_watchtowers.
type watchtowersMsg struct {
	members   []wire.Address
	threshold uint64
}

func (m *watchtowersMsg) shape(f form) { f.fields(2).addresses(&m.members).u64(&m.threshold) }

// releasePeople decodes the messages about people (release §8).
func (c *Chain) releasePeople(id uint64, f form) func(from wire.Address) error {
	var a wire.Address
	var n uint64
	var text string
	byAddress := map[uint64]func(from, a wire.Address) error{
		12: c.enroll, 13: c.strike, 15: c.ungrant, 17: c.sponsorApplicant, 18: c.endorseApplicant, 19: c.vetoApplicant,
		20: func(_, a wire.Address) error { return c.admitApplicant(a) }, 24: c.revokeInactive, 25: c.sponsorCTR, 26: c.endorseCTR,
		28: c.grantAuditor, 33: c.vetoCharge,
	}
	if do := byAddress[id]; do != nil {
		f.fields(1).address(&a)
		return func(from wire.Address) error { return do(from, a) }
	}
	switch id {
	case 11:
		var commit []byte
		f.fields(2).text(&text).bytes(&commit)
		return func(from wire.Address) error { return c.recordMerge(from, text, commit) }
	case 14:
		f.fields(2).address(&a).u64(&n)
		return func(from wire.Address) error { return c.grantMerge(from, a, n) }
	case 16, 36:
		f.fields(1).byte(&n)
		if id == 16 {
			return func(from wire.Address) error { return c.apply(from, n) }
		}
		return func(from wire.Address) error { return c.resign(from, n) }
	case 21:
		f.fields(0)
		return c.leaveCouncil
	case 22, 27:
		f.fields(2).address(&a).text(&text)
		if id == 22 {
			return func(from wire.Address) error { return c.openRevocation(from, a, text) }
		}
		return func(from wire.Address) error { return c.revokeCTR(from, a, text) }
	case 23:
		f.fields(2).address(&a).byte(&n)
		return func(from wire.Address) error { return c.ballotOnMember(from, a, n) }
	case 29:
		f.fields(2).address(&a).u16(&n)
		return func(from wire.Address) error { return c.revokeAuditor(from, a, n) }
	case 32:
		var list []ground
		f.fields(1)
		listOf(f, &list, each[ground])
		return func(wire.Address) error { return c.setGrounds(list) }
	case 34:
		f.fields(2).byte(&n).address(&a)
		return func(from wire.Address) error { return c.appealRole(from, n, a) }
	case 37:
		var m watchtowersMsg
		m.shape(f)
		return func(wire.Address) error { return c.setWatchtowers(&m) }
	}
	return nil
}

func relForm(why string) error { return refuse(12007, "FORM", "%s", why) }

func groundKey(id uint64) string { return key(routeRelease, relGrounds, id) }

// groundsMax bounds the list of grounds.
const groundsMax = 256

func (c *Chain) setGrounds(list []ground) error {
	if len(list) > relList {
		return relForm("too many changes")
	}
	for _, g := range list {
		switch {
		case g.id == 0 || len(g.text) > relLocator:
			return relForm("no ground")
		case g.text == "":
			c.State.Delete(groundKey(g.id))
		default:
			c.State.Set(groundKey(g.id), enc(func(e *cbor.Enc) { e.Text(g.text) }))
		}
	}
	if len(c.State.Keys(key(routeRelease, relGrounds))) > groundsMax {
		return refuse(12008, "FULL", "grounds")
	}
	return nil
}

// setWatchtowers replaces the minimal register.
func (c *Chain) setWatchtowers(m *watchtowersMsg) error {
	n := uint64(len(m.members))
	if n > relList || twice(m.members) || m.threshold > n || 2*m.threshold <= n && n > 0 {
		return relForm("no register of watchtowers")
	}
	for _, k := range c.State.Keys(key(routeRelease, relWatchtowers)) {
		c.State.Delete(k)
	}
	for _, a := range m.members {
		c.setFlag(key(routeRelease, relWatchtowers, a), true)
	}
	s := c.relSummary()
	s.builders = m.threshold
	c.setRelSummary(s)
	return nil
}

func (c *Chain) enroll(from, a wire.Address) error {
	if !c.isCTR(from) || c.isCore(a) {
		return refused("no CTR, or on the register already")
	}
	c.setCore(a)
	return nil
}

func (c *Chain) strike(from, a wire.Address) error {
	if !c.isCTR(from) || !c.isCore(a) || c.isCTR(a) {
		return refused("nobody to strike")
	}
	c.State.Delete(coreKey(a))
	return nil
}

// mergeGrant lets somebody outside the core team merge (region 14).
type mergeGrant struct {
	by    wire.Address
	until uint64
}

func (g *mergeGrant) shape(f form) { f.fields(2).address(&g.by).u64(&g.until) }

func grantKey(a wire.Address) string { return key(routeRelease, relGrants, a) }

func (c *Chain) grantMerge(from, a wire.Address, until uint64) error {
	if !c.isCore(from) || until <= c.now() {
		return refused("not on the core team, or a time that has passed")
	}
	c.store(grantKey(a), &mergeGrant{from, until})
	return nil
}

func (c *Chain) ungrant(from, a wire.Address) error {
	if !c.isCore(from) || !c.has(grantKey(a)) {
		return refused("no grant")
	}
	c.State.Delete(grantKey(a))
	return nil
}

// recordMerge asks the gate; it changes no state.
func (c *Chain) recordMerge(from wire.Address, repo string, commit []byte) error {
	var g mergeGrant
	granted := c.load(grantKey(from), &g) && g.until > c.now() && c.isCore(g.by)
	if !c.isCore(from) && !granted {
		return refused("not on the core team")
	}
	if len(repo) < 1 || len(repo) > relText || len(commit) < 1 || len(commit) > relCommit {
		return refused("no change")
	}
	if _, row := c.kind(routeContribution, 36); row == nil {
		return nil
	}
	return c.dispatch("release", routeContribution, 36, changeBody(repo, commit))
}

func changeBody(repo string, commit []byte) []byte {
	return enc(func(e *cbor.Enc) { e.Array(2).Text(repo).Bytes(commit) })
}

// candidacy is somebody on the way to be a representative (region 18).
type candidacy struct {
	sponsor  wire.Address
	expires  uint64
	endorsed []wire.Address
}

func (m *candidacy) shape(f form) {
	f.fields(3).address(&m.sponsor).u64(&m.expires).addresses(&m.endorsed)
}

// electsCTRs is the circle that sponsors and endorses representatives.
func (c *Chain) electsCTRs(a wire.Address) bool {
	if c.relSummary().over {
		return c.isSigner(a)
	}
	return c.isCTR(a)
}

func candidacyKey(a wire.Address) string { return key(routeRelease, relCandidacies, a) }

// candidacyOf is one that has not lapsed.
func (c *Chain) candidacyOf(a wire.Address) (m candidacy, ok bool) {
	ok = c.load(candidacyKey(a), &m) && m.expires > c.now()
	return m, ok
}

func (c *Chain) sponsorCTR(from, a wire.Address) error {
	_, open := c.candidacyOf(a)
	if !c.electsCTRs(from) || from == a || !c.isCore(a) || c.isCTR(a) || open {
		return refused("nobody to sponsor")
	}
	m := candidacy{sponsor: from, expires: c.now() + c.param("release.signature_window")}
	c.store(candidacyKey(a), &m)
	c.relDue(m.expires, relDueCandidacy, subjectOf(a))
	return nil
}

func (c *Chain) endorseCTR(from, a wire.Address) error {
	m, open := c.candidacyOf(a)
	over := c.relSummary().over
	if !open || !c.electsCTRs(from) || from == a || contains(m.endorsed, from) || over && from == m.sponsor {
		return refused("nobody to endorse")
	}
	m.endorsed = append(m.endorsed, from)
	c.store(candidacyKey(a), &m)
	n, need := uint64(0), c.param("release.ctr_inception_signatures")
	if over {
		need = c.param("release.ctr_signatures")
	}
	for _, x := range m.endorsed {
		if c.electsCTRs(x) && !(over && x == m.sponsor) {
			n++
		}
	}
	if n < need || !c.isCore(a) {
		return nil
	}
	if c.relSummary().ctrs >= c.param("release.ctrs_max") {
		return refused("there are as many as there may be")
	}
	c.State.Delete(candidacyKey(a))
	c.appointCTR(a)
	return nil
}

// revokeCTR signs the revocation of a representative (R44).
func (c *Chain) revokeCTR(from, a wire.Address, reason string) error {
	entitled := func(x wire.Address) bool { return x != a && c.isSigner(x) }
	if !entitled(from) || !c.isCTR(a) || len(reason) > relLocator {
		return refused("nobody to revoke")
	}
	by, err := c.sign(petCTR, subjectOf(a), from, 0, c.param("release.ctr_revoke_signatures"), entitled)
	if by != nil {
		c.endCTR(a, by)
	}
	return err
}

func (c *Chain) grantAuditor(from, a wire.Address) error {
	if !c.isSigner(from) || c.auditor(a).active || c.relSummary().auditors >= c.param("release.auditors_max") {
		return refused("nobody to appoint")
	}
	by, err := c.sign(petGrant, subjectOf(a), from, 0, c.param("release.auditor_signatures"), c.isSigner)
	if by != nil {
		c.appointAuditor(a)
	}
	return err
}

func (c *Chain) revokeAuditor(from, a wire.Address, ground uint64) error {
	r := c.auditor(a)
	entitled := func(x wire.Address) bool { return x != a && c.isSigner(x) }
	if !entitled(from) || !r.active || r.charge != nil || !c.has(groundKey(ground)) {
		return refused("nobody to revoke, or no ground")
	}
	by, err := c.sign(petRevoke, subjectOf(a), from, ground, c.param("release.auditor_revoke_signatures"), entitled)
	if by != nil {
		r.charge = &auditorCharge{ground: ground, by: by, until: c.now() + c.param("release.auditor_veto_delay")}
		c.store(auditorKey(a), &r)
		c.relDue(r.charge.until, relDueAuditor, subjectOf(a))
	}
	return err
}

func (c *Chain) vetoCharge(from, a wire.Address) error {
	r := c.auditor(a)
	if !c.isSigner(from) || from == a || r.charge == nil || r.charge.vetoer != (wire.Address{}) || r.charge.until <= c.now() {
		return refused("nothing to veto")
	}
	r.charge.vetoer, r.charge.until = from, c.now()+c.param("release.appeal_window")
	c.store(auditorKey(a), &r)
	c.relDue(r.charge.until, relDueAuditor, subjectOf(a))
	return nil
}

// settleCharge ends a charge at its time, unless the court has it.
func (c *Chain) settleCharge(a wire.Address) {
	r := c.auditor(a)
	switch {
	case r.charge == nil || r.charge.until == 0 || r.charge.until > c.now():
	case r.charge.vetoer == wire.Address{}:
		c.endAuditor(a)
	default:
		r.charge = nil
		c.store(auditorKey(a), &r)
	}
}

// Roles that end by resigning, and that appeals are about (release §2).
const (
	roleCTR     = 1
	roleAuditor = 2
)

func (c *Chain) resign(from wire.Address, role uint64) error {
	switch {
	case role == roleCTR && c.isCTR(from):
		c.endCTR(from, nil)
	case role == roleAuditor && c.auditor(from).active:
		c.endAuditor(from)
	default:
		return refused("no such role")
	}
	return nil
}
