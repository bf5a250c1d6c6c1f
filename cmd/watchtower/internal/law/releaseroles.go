package law

import "probity/cmd/watchtower/internal/wire"

// Colleges (release §2).
const (
	activists     = 1
	technologists = 2
)

// councilMember is a member of a college (region 10).
type councilMember struct{ sequence, since, missed uint64 }

func (m *councilMember) shape(f form) { f.fields(3).u64(&m.sequence).u64(&m.since).u64(&m.missed) }

func memberKey(college uint64, a wire.Address) string {
	return key(routeRelease, relMembers, college, a)
}

// councillor is an account's seat on the council; college 0: it has none.
func (c *Chain) councillor(a wire.Address) (college uint64, m councilMember) {
	for college = activists; college <= technologists; college++ {
		if c.load(memberKey(college, a), &m) {
			return college, m
		}
	}
	return 0, m
}

func (c *Chain) isCCM(a wire.Address) bool {
	college, _ := c.councillor(a)
	return college != 0
}

// representative is a CTR, present or past (region 11).
type representative struct {
	sequence uint64
	active   bool
	since    uint64
	revokers []wire.Address
	appeal   wire.Hash
	final    bool
}

func (r *representative) shape(f form) {
	f.fields(6).u64(&r.sequence).bool(&r.active).u64(&r.since).addresses(&r.revokers).hash(&r.appeal).bool(&r.final)
}

func ctrKey(a wire.Address) string { return key(routeRelease, relCTRs, a) }

func (c *Chain) ctr(a wire.Address) (r representative) {
	c.load(ctrKey(a), &r)
	return r
}

func (c *Chain) isCTR(a wire.Address) bool { return c.ctr(a).active }

// auditorCharge is a revocation of an auditor under way.
type auditorCharge struct {
	ground uint64
	by     []wire.Address
	until  uint64
	vetoer wire.Address
	appeal wire.Hash
}

func (h *auditorCharge) shape(f form) {
	f.fields(5).u16(&h.ground).addresses(&h.by).u64(&h.until).address(&h.vetoer).hash(&h.appeal)
}

// officialAuditor is one, present or past (region 12).
type officialAuditor struct {
	sequence uint64
	active   bool
	since    uint64
	charge   *auditorCharge
}

func (r *officialAuditor) shape(f form) {
	f.fields(4).u64(&r.sequence).bool(&r.active).u64(&r.since)
	maybe(f, &r.charge)
}

func auditorKey(a wire.Address) string { return key(routeRelease, relAuditors, a) }

func (c *Chain) auditor(a wire.Address) (r officialAuditor) {
	c.load(auditorKey(a), &r)
	return r
}

// signer is CTR or CCM/T, voice is CCM or CTR (release, head).
func (c *Chain) isSigner(a wire.Address) bool {
	return c.isCTR(a) || c.has(memberKey(technologists, a))
}
func (c *Chain) isVoice(a wire.Address) bool { return c.isCTR(a) || c.isCCM(a) }

func coreKey(a wire.Address) string         { return key(routeRelease, relCore, a) }
func (c *Chain) isCore(a wire.Address) bool { return c.has(coreKey(a)) }
func (c *Chain) setCore(a wire.Address)     { c.State.Set(coreKey(a), uint64Value(c.now())) }

// appointCTR makes an account a representative.
func (c *Chain) appointCTR(a wire.Address) {
	s := c.relSummary()
	c.store(ctrKey(a), &representative{sequence: s.appoint(), active: true, since: c.now()})
	s.ctrs++
	c.setRelSummary(s)
}

// endCTR ends a representative's standing; revokers are none where it resigned.
func (c *Chain) endCTR(a wire.Address, revokers []wire.Address) {
	s, r := c.relSummary(), c.ctr(a)
	c.dropPetition(petCTR, a)
	r.active, r.since, r.revokers, r.appeal, r.final = false, c.now(), revokers, wire.Hash{}, false
	c.store(ctrKey(a), &r)
	s.ctrs--
	c.setRelSummary(s)
}

func (c *Chain) appointAuditor(a wire.Address) {
	s := c.relSummary()
	c.store(auditorKey(a), &officialAuditor{sequence: s.appoint(), active: true, since: c.now()})
	s.auditors++
	c.setRelSummary(s)
}

func (c *Chain) endAuditor(a wire.Address) {
	s, r := c.relSummary(), c.auditor(a)
	c.dropPetition(petRevoke, a)
	r.active, r.since, r.charge = false, c.now(), nil
	c.store(auditorKey(a), &r)
	s.auditors--
	c.setRelSummary(s)
}

// college is the count of a college's members.
func (s *summary) college(n uint64) *uint64 {
	if n == activists {
		return &s.activists
	}
	return &s.technologists
}

// enterCouncil puts an account into a college, and ends the inception (release §8).
func (c *Chain) enterCouncil(college uint64, a wire.Address) {
	s := c.relSummary()
	c.store(memberKey(college, a), &councilMember{sequence: s.appoint(), since: c.now()})
	*s.college(college)++
	size := c.param("release.inception_size")
	s.over = s.over || s.activists >= size && s.technologists >= size
	c.setRelSummary(s)
}

func (c *Chain) dropCouncillor(college uint64, a wire.Address) {
	s := c.relSummary()
	c.dropPetition(petInactive, a)
	c.State.Delete(memberKey(college, a))
	*s.college(college)--
	c.setRelSummary(s)
}

// helped says that CTRs sponsor and endorse for a college (R27, A-R7).
func (c *Chain) helped(college uint64) bool {
	s := c.relSummary()
	return !s.over || *s.college(college) < c.param("release.endorsements")
}

// councilSeat is a voter of a snapshot.
type councilSeat struct {
	address  wire.Address
	sequence uint64
	ctr      bool
}

func (s *councilSeat) shape(f form) { f.fields(3).address(&s.address).u64(&s.sequence).bool(&s.ctr) }

// holds says that a seat's appointment is still the one of the snapshot.
func (c *Chain) holds(s *councilSeat) bool {
	if s.ctr {
		r := c.ctr(s.address)
		return r.active && r.sequence == s.sequence
	}
	college, m := c.councillor(s.address)
	return college != 0 && m.sequence == s.sequence
}

// collegeSeats is a snapshot of a college, ascending.
func (c *Chain) collegeSeats(college uint64) (out []councilSeat) {
	prefix := key(routeRelease, relMembers, college)
	for _, k := range c.State.Keys(prefix) {
		var m councilMember
		c.load(k, &m)
		out = append(out, councilSeat{address: addressAt(k, len(prefix)), sequence: m.sequence})
	}
	return out
}

// Choices of ballots (release §2).
const (
	choiceYes     = 1
	choiceAbstain = 3
)

// collegeTally is how a college voted.
type collegeTally struct{ size, yes, no, abstain, void uint64 }

func (t *collegeTally) shape(f form) {
	f.fields(5).u64(&t.size).u64(&t.yes).u64(&t.no).u64(&t.abstain).u64(&t.void)
}

// add counts a ballot; holds: its seat does.
func (t *collegeTally) add(choice uint64, holds bool) {
	switch {
	case !holds:
		t.void++
	case choice == choiceYes:
		t.yes++
	case choice == choiceAbstain:
		t.abstain++
	default:
		t.no++
	}
}

func (t *collegeTally) turnout(ppm uint64) bool {
	return t.size > 0 && atLeast(t.yes+t.no+t.abstain, t.size, ppm)
}

func (t *collegeTally) approval(ppm uint64) bool { return t.yes*1_000_000 > (t.yes+t.no)*ppm }

// petition gathers signatures (region 20).
type petition struct {
	until, ground uint64
	signers       []wire.Address
}

func (p *petition) shape(f form) { f.fields(3).u64(&p.until).u16(&p.ground).addresses(&p.signers) }

// Kinds of petitions.
const (
	petInactive = 1
	petCTR      = 2
	petGrant    = 3
	petRevoke   = 4
	petWithdraw = 5
)

// dropPetition forgets the signatures under a revocation that has no object any
// more (release §8).
func (c *Chain) dropPetition(kind uint64, a wire.Address) {
	c.State.Delete(key(routeRelease, relPetitions, kind, subjectOf(a)))
}

// sign adds a signature to a petition; enough gives all signers where it is done
// (release §8). entitled says whose signatures count now.
func (c *Chain) sign(kind uint64, of wire.Hash, by wire.Address, ground, need uint64, entitled func(a wire.Address) bool) (enough []wire.Address, err error) {
	k := key(routeRelease, relPetitions, kind, of)
	var p petition
	if !c.load(k, &p) || p.until <= c.now() {
		p = petition{until: c.now() + c.param("release.signature_window"), ground: ground}
		c.relDue(p.until, relDuePetition+kind, of)
	}
	var kept []wire.Address
	for _, a := range p.signers {
		if a == by {
			return nil, refused("signed already")
		}
		if entitled(a) {
			kept = append(kept, a)
		}
	}
	if p.ground != ground {
		return nil, refused("another ground than that of the others")
	}
	p.signers = append(kept, by)
	if uint64(len(p.signers)) >= need {
		c.State.Delete(k)
		return p.signers, nil
	}
	c.store(k, &p)
	return nil, nil
}
