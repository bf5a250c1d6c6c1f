package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Regions of route 12 (release §11).
const (
	relSummary      = 1
	relCandidates   = 2
	relOrder        = 3
	relTrail        = 4
	relReports      = 5
	relOpinions     = 6
	relVotes        = 7
	relBallots      = 8
	relRebuilds     = 9
	relMembers      = 10
	relCTRs         = 11
	relAuditors     = 12
	relCore         = 13
	relGrants       = 14
	relGrounds      = 15
	relWatchtowers  = 16
	relApplications = 17
	relCandidacies  = 18
	relRevocations  = 19
	relPetitions    = 20
	relAppeals      = 21
	relDues         = 22
	relPreapproved  = 23
	relOnMembers    = 24
)

// Bounds of what messages carry (release §4 to §8).
const (
	relText    = 128
	relLocator = 512
	relList    = 64
	relCommit  = 32
	relCircuit = 80
)

// releasePart is route 12.
func releasePart() *part {
	legislature, dcert := []string{"legislature"}, []string{"dcert"}
	p := &part{
		number: routeRelease, name: "release",
		genesis: (*Chain).genesisRelease,
		message: (*Chain).releaseMsg,
		begin:   always((*Chain).beginRelease),
		closed:  (*Chain).releaseHears,
	}
	for id, name := range []string{
		1: "submit_rc", 2: "report", 3: "disclose_report", 4: "submit_to_council", 5: "ballot", 6: "trigger", 7: "submit_build",
		8: "publish", 9: "record_store", 10: "withdraw", 11: "record_merge", 12: "enroll", 13: "strike", 14: "grant", 15: "ungrant",
		16: "apply", 17: "sponsor", 18: "endorse", 19: "veto", 20: "admit", 21: "leave", 22: "open_revocation", 23: "revocation_ballot",
		24: "revoke_inactive", 25: "sponsor_ctr", 26: "endorse_ctr", 27: "revoke_ctr", 28: "grant_auditor", 29: "revoke_auditor",
		30: "preapprove", 32: "set_grounds", 33: "veto_revocation", 34: "appeal", 35: "activate", 36: "resign", 37: "set_watchtowers",
		38: "challenge_report", 39: "reclaim_stake",
	} {
		if name == "" {
			continue
		}
		r := row{id: uint64(id), name: name}
		switch name {
		case "submit_to_council", "publish", "open_revocation":
			r.weight = 2000
		case "record_merge":
			r.weight = 20_000
		case "preapprove":
			r.callers = dcert
		case "set_grounds":
			r.callers = legislature
		case "activate", "set_watchtowers":
			r.callers, r.grave, r.rescue = legislature, true, name == "activate"
		}
		p.rows = append(p.rows, r)
	}
	return p
}

// releaseParams are those of release §10, all of class A.
var releaseParams = func() (out []parameter) {
	const second, hour = 1000, 3_600_000
	span := func(name string, hours uint64) {
		out = append(out, parameter{name: "release." + name, def: hours * hour, least: second, most: 365 * 24 * hour, grave: true})
	}
	count := func(name string, def, least, most uint64) {
		out = append(out, parameter{name: "release." + name, def: def, least: least, most: most, grave: true})
	}
	for _, week := range []string{"vote_period", "revocation_period", "signature_window", "appeal_window", "build_window"} {
		span(week, 7*24)
	}
	span("admission_delay", 48)
	span("auditor_veto_delay", 48)
	span("admission_expiry", 30*24)
	span("candidate_ttl", 30*24)
	span("delay", 3*24)
	span("fast_delay", 6)
	for _, half := range []string{"turnout_ppm", "approval_ppm", "revocation_approval_ppm"} {
		count(half, 500_000, 500_000, 1e6)
	}
	count("revocation_turnout_ppm", 100_000, 100_000, 1e6)
	count("inception_size", 5, 1, 100)
	count("endorsements", 3, 1, 100)
	count("vetoes", 2, 1, 100)
	count("inactive_votes", 2, 1, 100)
	for _, two := range []string{"inactive_signatures", "ctr_inception_signatures", "ctr_signatures", "auditor_signatures", "withdraw_signatures"} {
		count(two, 2, 2, 100)
	}
	count("ctr_revoke_signatures", 3, 2, 20)
	count("auditor_revoke_signatures", 2, 2, 20)
	count("open_max", 16, 1, 256)
	count("council_max", 101, 5, 256)
	count("ctrs_max", 64, 3, 256)
	count("auditors_max", 64, 1, 256)
	return out
}()

// summary is what the route knows of itself (region 1).
type summary struct {
	live, over                               bool
	ctrs, auditors, activists, technologists uint64
	sequence, candidates                     uint64
	vote                                     wire.Hash
	open                                     []wire.Hash
	scheduled, active                        wire.Hash
	builders                                 uint64
}

func (s *summary) shape(f form) {
	f.fields(13).bool(&s.live).bool(&s.over).u64(&s.ctrs).u64(&s.auditors).u64(&s.activists).u64(&s.technologists)
	f.u64(&s.sequence).u64(&s.candidates).hash(&s.vote).hashes(&s.open).hash(&s.scheduled).hash(&s.active).u64(&s.builders)
}

func (c *Chain) relSummary() (s summary) {
	c.load(key(routeRelease, relSummary), &s)
	return s
}

func (c *Chain) setRelSummary(s summary) { c.store(key(routeRelease, relSummary), &s) }

// appoint gives the next number of an appointment or an appeal.
func (s *summary) appoint() uint64 { s.sequence++; return s.sequence }

// Kinds of deadlines (release §11).
const (
	relDueVote        = 1
	relDueExpiry      = 2
	relDueBuild       = 3
	relDueEnact       = 4
	relDueApplication = 5
	relDueCandidacy   = 6
	relDueMember      = 7
	relDueAuditor     = 8
	relDuePetition    = 16

	relDuesPerBlock = 32
)

func (c *Chain) relDue(at, kind uint64, of wire.Hash) {
	c.setFlag(key(routeRelease, relDues, at, kind, of), true)
}

// subjectOf is an account as the subject of a petition or a deadline.
func subjectOf(a wire.Address) (h wire.Hash) { copy(h[:], a[:]); return h }

func accountOf(h wire.Hash) (a wire.Address) { copy(a[:], h[:]); return a }

// beginRelease sees what is in force, then lets deadlines act (release §11).
func (c *Chain) beginRelease() {
	if !c.relSummary().live {
		return
	}
	c.seeActivation()
	prefix := key(routeRelease, relDues)
	for i, k := range c.State.Keys(prefix) {
		if i == relDuesPerBlock || tail64(k, prefixLen) > c.now() {
			return
		}
		c.State.Delete(k)
		c.relAct(tail64(k, prefixLen+8), hashAt(k, prefixLen+16))
	}
}

func (c *Chain) relAct(kind uint64, of wire.Hash) {
	switch kind {
	case relDueVote:
		c.closeCouncil(of)
	case relDueExpiry:
		c.expireCandidate(of)
	case relDueBuild:
		c.lapseBuild(of)
	case relDueEnact:
		c.enactPlan(of)
	case relDueApplication:
		k := key(routeRelease, relApplications, accountOf(of))
		var a application
		if c.load(k, &a) && a.expires <= c.now() {
			c.State.Delete(k)
		}
	case relDueCandidacy:
		k := key(routeRelease, relCandidacies, accountOf(of))
		var a candidacy
		if c.load(k, &a) && a.expires <= c.now() {
			c.State.Delete(k)
		}
	case relDueMember:
		c.closeRevocation(accountOf(of))
	case relDueAuditor:
		c.settleCharge(accountOf(of))
	default:
		k := key(routeRelease, relPetitions, kind-relDuePetition, of)
		var p petition
		if c.load(k, &p) && p.until <= c.now() {
			c.State.Delete(k)
		}
	}
}

// releaseMsg decodes a message; without a section of the genesis all are refused.
func (c *Chain) releaseMsg(id uint64, d *cbor.Dec) (out message) {
	f := form{d: d}
	run := c.releaseShipping(id, f)
	if run == nil {
		run = c.releasePeople(id, f)
	}
	if run == nil {
		return out
	}
	out.run = func(from wire.Address) error {
		if !c.relSummary().live {
			return refuse(12001, "DORMANT", "no section of the genesis")
		}
		return run(from)
	}
	return out
}

// genesisRelease reads the section of release §1.
func (c *Chain) genesisRelease(v value) error {
	if v == nil {
		c.setRelSummary(summary{})
		return nil
	}
	o := newObject(v, "release")
	ctrs, core, auditors := o.addresses("ctrs"), o.addresses("coreTeam"), o.addresses("auditors")
	colleges := [][]wire.Address{activists: o.addresses("activists"), technologists: o.addresses("technologists")}
	grounds := c.genesisGrounds(o)
	var w watchtowersMsg
	if t := o.get("watchtowers"); t != nil {
		p := newObject(t, "watchtowers")
		w.members, w.threshold = p.addresses("members"), p.uint("threshold")
		if err := p.done(); err != nil {
			return err
		}
	}
	if len(ctrs) < 3 {
		o.fail("has too few ctrs")
	}
	if err := o.done(); err != nil {
		return err
	}
	c.setRelSummary(summary{live: true})
	for _, a := range ctrs {
		c.setCore(a)
		c.appointCTR(a)
	}
	for _, a := range core {
		c.setCore(a)
	}
	for _, a := range auditors {
		c.appointAuditor(a)
	}
	for college := uint64(activists); college <= technologists; college++ {
		for _, a := range colleges[college] {
			c.enterCouncil(college, a)
		}
	}
	s := c.relSummary()
	if twice(ctrs) || twice(core) || twice(auditors) || twice(append(colleges[activists], colleges[technologists]...)) ||
		s.ctrs > c.param("release.ctrs_max") || s.auditors > c.param("release.auditors_max") ||
		max(s.activists, s.technologists) > c.param("release.council_max") {
		return genesisFault("release", refused("an address twice, or too many"))
	}
	if err := c.setGrounds(grounds); err != nil {
		return genesisFault("grounds", err)
	}
	if len(w.members) > 0 || w.threshold > 0 {
		if err := c.setWatchtowers(&w); err != nil {
			return genesisFault("watchtowers", err)
		}
	}
	return nil
}

func (c *Chain) genesisGrounds(o *object) (out []ground) {
	for _, it := range o.list("grounds") {
		p := newObject(it, "grounds")
		out = append(out, ground{p.uint("id"), p.text("text")})
		if err := p.done(); err != nil {
			o.fail("%v", err)
		}
	}
	return out
}

// twice reports whether an address stands more than once.
func twice(list []wire.Address) bool {
	seen := map[wire.Address]bool{}
	for _, a := range list {
		if seen[a] {
			return true
		}
		seen[a] = true
	}
	return false
}

// atLeast reports n·10⁶ ≥ of·ppm.
func atLeast(n, of, ppm uint64) bool {
	return !num.U(n).Mul(num.U(1e6)).Less(num.U(of).Mul(num.U(ppm)))
}
