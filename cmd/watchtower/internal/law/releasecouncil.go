package law

import (
	"bytes"
	"sort"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// application is somebody on the way into the council (region 17).
type application struct {
	college           uint64
	sponsor           wire.Address
	earliest, expires uint64
	endorsed, vetoed  []wire.Address
}

func (m *application) shape(f form) {
	f.fields(6).byte(&m.college).address(&m.sponsor).u64(&m.earliest).u64(&m.expires).addresses(&m.endorsed).addresses(&m.vetoed)
}

func applicationKey(a wire.Address) string { return key(routeRelease, relApplications, a) }

// applicationOf is one that has not lapsed.
func (c *Chain) applicationOf(a wire.Address) (m application, ok bool) {
	ok = c.load(applicationKey(a), &m) && m.expires > c.now()
	return m, ok
}

func (c *Chain) apply(from wire.Address, college uint64) error {
	if _, open := c.applicationOf(from); open || college != activists && college != technologists || c.isCCM(from) {
		return refused("no such college, a member, or an application that is open")
	}
	m := application{college: college, expires: c.now() + c.param("release.admission_expiry")}
	c.store(applicationKey(from), &m)
	c.relDue(m.expires, relDueApplication, subjectOf(from))
	return nil
}

func (c *Chain) sponsorApplicant(from, a wire.Address) error {
	m, open := c.applicationOf(a)
	if !open || m.sponsor != (wire.Address{}) || from == a || !c.isCCM(from) && !(c.isCTR(from) && c.helped(m.college)) {
		return refused("nobody to sponsor")
	}
	m.sponsor, m.earliest = from, c.now()+c.param("release.admission_delay")
	m.expires = c.now() + c.param("release.admission_expiry")
	c.store(applicationKey(a), &m)
	c.relDue(m.expires, relDueApplication, subjectOf(a))
	return nil
}

// mayEndorse says that an account endorses for a college.
func (c *Chain) mayEndorse(college uint64, a wire.Address) bool {
	return c.has(memberKey(college, a)) || c.isCTR(a) && c.helped(college)
}

func (c *Chain) endorseApplicant(from, a wire.Address) error {
	m, open := c.applicationOf(a)
	if !open || m.sponsor == (wire.Address{}) || from == a || !c.mayEndorse(m.college, from) || contains(m.endorsed, from) || contains(m.vetoed, from) {
		return refused("nobody to endorse")
	}
	m.endorsed = append(m.endorsed, from)
	c.store(applicationKey(a), &m)
	return nil
}

// vetoes are those of accounts that are voices now.
func (c *Chain) vetoes(m *application) (n uint64) {
	for _, a := range m.vetoed {
		if c.isVoice(a) {
			n++
		}
	}
	return n
}

func (c *Chain) vetoApplicant(from, a wire.Address) error {
	m, open := c.applicationOf(a)
	if !open || m.sponsor == (wire.Address{}) || from == a || !c.isVoice(from) || m.sponsor == from || contains(m.endorsed, from) || contains(m.vetoed, from) {
		return refused("nothing to veto")
	}
	m.vetoed = append(m.vetoed, from)
	if c.vetoes(&m) >= c.param("release.vetoes") {
		c.State.Delete(applicationKey(a))
		return nil
	}
	c.store(applicationKey(a), &m)
	return nil
}

func (c *Chain) admitApplicant(a wire.Address) error {
	m, open := c.applicationOf(a)
	n := uint64(0)
	for _, x := range m.endorsed {
		if c.mayEndorse(m.college, x) {
			n++
		}
	}
	s := c.relSummary()
	switch {
	case !open || m.sponsor == wire.Address{} || c.now() < m.earliest:
		return refused("nobody to admit")
	case n < c.param("release.endorsements") || c.vetoes(&m) >= c.param("release.vetoes"):
		return refused("not enough endorsements")
	case *s.college(m.college) >= c.param("release.council_max"):
		return refused("the college is full")
	}
	c.State.Delete(applicationKey(a))
	c.enterCouncil(m.college, a)
	return nil
}

func (c *Chain) leaveCouncil(from wire.Address) error {
	college, _ := c.councillor(from)
	if college == 0 {
		return refused("no member")
	}
	c.dropCouncillor(college, from)
	return nil
}

// memberVote is an open vote on a member (region 19).
type memberVote struct {
	sequence uint64
	opener   wire.Address
	reason   string
	closes   uint64
	voters   []councilSeat
}

func (v *memberVote) shape(f form) {
	f.fields(5).u64(&v.sequence).address(&v.opener).text(&v.reason).u64(&v.closes)
	listOf(f, &v.voters, each[councilSeat])
}

func memberVoteKey(a wire.Address) string { return key(routeRelease, relRevocations, a) }

func (c *Chain) openRevocation(from, a wire.Address, reason string) error {
	college, m := c.councillor(a)
	if !c.isVoice(from) || from == a || college == 0 || c.has(memberVoteKey(a)) || len(reason) > relLocator {
		return refused("no member, or a vote is open")
	}
	v := memberVote{sequence: m.sequence, opener: from, reason: reason, closes: c.now() + c.param("release.revocation_period")}
	for _, s := range append(c.collegeSeats(activists), c.collegeSeats(technologists)...) {
		if s.address != a {
			v.voters = append(v.voters, s)
		}
	}
	if !c.relSummary().over {
		for _, k := range c.State.Keys(key(routeRelease, relCTRs)) {
			if x := addressAt(k, prefixLen); c.isCTR(x) && !c.isCCM(x) {
				v.voters = append(v.voters, councilSeat{x, c.ctr(x).sequence, true})
			}
		}
	}
	sort.Slice(v.voters, func(i, j int) bool {
		return bytes.Compare(v.voters[i].address[:], v.voters[j].address[:]) < 0
	})
	c.store(memberVoteKey(a), &v)
	c.relDue(v.closes, relDueMember, subjectOf(a))
	return nil
}

func (c *Chain) ballotOnMember(from, a wire.Address, choice uint64) error {
	var v memberVote
	if !c.load(memberVoteKey(a), &v) || v.closes <= c.now() || choice < choiceYes || choice > choiceAbstain {
		return refused("no vote is open")
	}
	k := key(routeRelease, relOnMembers, a, from)
	for i := range v.voters {
		if s := &v.voters[i]; s.address == from && c.holds(s) && !c.has(k) {
			c.State.Set(k, uint64Value(choice))
			return nil
		}
	}
	return refused("no voter, or a second ballot")
}

// closeRevocation decides a vote on a member (R36, A-R9).
func (c *Chain) closeRevocation(a wire.Address) {
	var v memberVote
	if !c.load(memberVoteKey(a), &v) || v.closes > c.now() {
		return
	}
	t := collegeTally{size: uint64(len(v.voters))}
	for i := range v.voters {
		k := key(routeRelease, relOnMembers, a, v.voters[i].address)
		if c.has(k) {
			t.add(c.number(k), c.holds(&v.voters[i]))
			c.State.Delete(k)
		}
	}
	c.State.Delete(memberVoteKey(a))
	college, m := c.councillor(a)
	if college != 0 && m.sequence == v.sequence && t.turnout(c.param("release.revocation_turnout_ppm")) && t.approval(c.param("release.revocation_approval_ppm")) {
		c.dropCouncillor(college, a)
	}
}

// revokeInactive signs that a member who missed votes is out (R40).
func (c *Chain) revokeInactive(from, a wire.Address) error {
	college, m := c.councillor(a)
	entitled := func(x wire.Address) bool { return x != a && c.isVoice(x) }
	if college == 0 || !entitled(from) || m.missed < c.param("release.inactive_votes") {
		return refused("nobody to revoke")
	}
	by, err := c.sign(petInactive, subjectOf(a), from, 0, c.param("release.inactive_signatures"), entitled)
	if by != nil {
		c.dropCouncillor(college, a)
	}
	return err
}

// Questions to the court (release §9).
const (
	askCTR     = 1
	askAuditor = 2
	askReport  = 3
)

// courtQuestion is one (region 21).
type courtQuestion struct {
	kind    uint64
	account wire.Address
	rc      wire.Hash
}

func (q *courtQuestion) shape(f form) { f.fields(3).byte(&q.kind).address(&q.account).hash(&q.rc) }

// askCourt opens an appeal, and gives its ref.
func (c *Chain) askCourt(q courtQuestion, parties []wire.Address) (ref wire.Hash, err error) {
	if !c.serves(routeCourt) {
		return ref, refused("no court")
	}
	s := c.relSummary()
	ref = wire.Sum([]byte("release/appeal"), wire.Be64(s.appoint()))
	c.setRelSummary(s)
	c.store(key(routeRelease, relAppeals, ref), &q)
	var distinct []wire.Address
	for _, a := range parties {
		if !contains(distinct, a) {
			distinct = append(distinct, a)
		}
	}
	sort.Slice(distinct, func(i, j int) bool { return bytes.Compare(distinct[i][:], distinct[j][:]) < 0 })
	return ref, c.dispatch("release", routeCourt, 5, enc(func(e *cbor.Enc) {
		e.Array(3).Text("release").Bytes(ref[:])
		form{e: e}.addresses(&distinct)
	}))
}

// appealRole is the message appeal.
func (c *Chain) appealRole(from wire.Address, role uint64, a wire.Address) (err error) {
	window := c.param("release.appeal_window")
	switch role {
	case roleCTR:
		r := c.ctr(a)
		if from != a || r.active || len(r.revokers) == 0 || r.final || r.appeal != (wire.Hash{}) || c.now() >= r.since+window {
			return refused("nothing to appeal")
		}
		if r.appeal, err = c.askCourt(courtQuestion{kind: askCTR, account: a}, append([]wire.Address{a}, r.revokers...)); err != nil {
			return err
		}
		c.store(ctrKey(a), &r)
		return nil
	case roleAuditor:
		r := c.auditor(a)
		h := r.charge
		if h == nil || h.vetoer == (wire.Address{}) || h.until <= c.now() || from != a && !c.isVoice(from) {
			return refused("nothing to appeal")
		}
		if h.appeal, err = c.askCourt(courtQuestion{kind: askAuditor, account: a}, append([]wire.Address{a, from, h.vetoer}, h.by...)); err != nil {
			return err
		}
		h.until = 0
		c.store(auditorKey(a), &r)
		return nil
	}
	return refused("no such role")
}

// releaseHears is what the court and the watchtowers answer (release §6, §9). What
// follows is nobody's, whosever transaction the answer comes in (§3).
func (c *Chain) releaseHears(v verdict) {
	defer func(before wire.Address) { c.caller = before }(c.caller)
	c.caller = wire.RouteAddress("release")
	k := key(routeRelease, relAppeals, v.ref)
	var q courtQuestion
	if !c.load(k, &q) {
		c.buildAnswered(v)
		return
	}
	c.State.Delete(k)
	switch q.kind {
	case askCTR:
		r := c.ctr(q.account)
		if r.appeal != v.ref {
			return
		}
		r.appeal, r.since, r.final = wire.Hash{}, c.now(), v.outcome == rejected
		if v.outcome == accepted {
			r.active, r.revokers = true, nil
			s := c.relSummary()
			s.ctrs++
			c.setRelSummary(s)
		}
		c.store(ctrKey(q.account), &r)
	case askAuditor:
		r := c.auditor(q.account)
		switch {
		case r.charge == nil || r.charge.appeal != v.ref:
		case v.outcome == accepted:
			c.endAuditor(q.account)
		default:
			r.charge = nil
			c.store(auditorKey(q.account), &r)
		}
	default:
		c.reportJudged(q.rc, q.account, v.outcome == accepted)
	}
}
