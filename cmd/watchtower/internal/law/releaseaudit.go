package law

import (
	"fmt"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Statuses of reports (release §2).
const (
	statusGo   = 1
	statusNoGo = 3
)

func hashText(h wire.Hash) string { return fmt.Sprintf("0x%x", h[:]) }

// submitRCMsg is the message submit_rc.
type submitRCMsg struct {
	rc       wire.Hash
	repo     string
	commit   []byte
	version  string
	protocol uint64
	locator  string
}

func (m *submitRCMsg) shape(f form) {
	f.fields(6).hash(&m.rc).text(&m.repo).bytes(&m.commit).text(&m.version).u32(&m.protocol).text(&m.locator)
}

// reportMsg is the message report.
type reportMsg struct {
	rc       wire.Hash
	status   uint64
	report   wire.Hash
	teamOnly bool
	stake    num.Int
}

func (m *reportMsg) shape(f form) {
	f.fields(5).hash(&m.rc).byte(&m.status).hash(&m.report).bool(&m.teamOnly).amount(&m.stake)
}

// releaseShipping decodes the messages about candidates (release §4 to §7, §9).
func (c *Chain) releaseShipping(id uint64, f form) func(from wire.Address) error {
	var rc, h wire.Hash
	var a wire.Address
	var n uint64
	var text string
	switch id {
	case 1:
		var m submitRCMsg
		m.shape(f)
		return func(from wire.Address) error { return c.submitRC(from, &m) }
	case 2:
		var m reportMsg
		m.shape(f)
		return func(from wire.Address) error { return c.report(from, &m) }
	case 3:
		f.fields(3).hash(&rc).address(&a).text(&text)
		return func(from wire.Address) error { return c.disclose(from, rc, a, text) }
	case 4:
		var reports []wire.Hash
		var plan relPlan
		f.fields(3).hash(&rc).hashes(&reports)
		plan.shape(f)
		return func(from wire.Address) error { return c.openCouncil(from, rc, reports, plan) }
	case 5:
		f.fields(2).hash(&rc).byte(&n)
		return func(from wire.Address) error { return c.councilBallot(from, rc, n) }
	case 6, 30, 39:
		f.fields(1).hash(&rc)
		return func(from wire.Address) error {
			switch id {
			case 6:
				return c.triggerBuild(from, rc)
			case 30:
				return c.preapproveRelease(rc)
			}
			return c.reclaimStake(from, rc)
		}
	case 7:
		f.fields(2).hash(&rc).hash(&h)
		return func(from wire.Address) error { return c.submitBuild(from, rc, h) }
	case 8:
		var m shipMsg
		m.shape(f)
		return func(from wire.Address) error { return c.ship(from, &m) }
	case 9:
		var k wire.Key
		f.fields(3).hash(&rc).text(&text).key(&k)
		return func(from wire.Address) error { return c.recordStore(from, rc, text, k) }
	case 10:
		f.fields(2).hash(&rc).text(&text)
		return func(from wire.Address) error { return c.withdrawRelease(from, rc, text) }
	case 35:
		f.fields(2).hash(&rc).u64(&n)
		return func(wire.Address) error { return c.activateRelease(rc, n) }
	case 38:
		f.fields(2).hash(&rc).address(&a)
		return func(from wire.Address) error { return c.challengeReport(from, rc, a) }
	}
	return nil
}

func (c *Chain) submitRC(from wire.Address, m *submitRCMsg) error {
	s := c.relSummary()
	switch {
	case !c.isCTR(from) || m.rc == wire.Hash{} || len(m.repo) < 1 || len(m.repo) > relText || len(m.commit) < 1 || len(m.commit) > relCommit:
		return refused("no CTR, or no candidate")
	case len(m.version) > relText || len(m.locator) > relLocator:
		return refused("texts that are too long")
	case c.has(candidateKey(m.rc)) || uint64(len(s.open)) >= c.param("release.open_max"):
		return refused("known, or too many are open")
	}
	if err := c.rollback(m.protocol, false); err != nil {
		return err
	}
	s.candidates++
	s.open = append(s.open, m.rc)
	c.setRelSummary(s)
	k := relCandidate{
		number: s.candidates, submitter: from, repo: m.repo, commit: m.commit, version: m.version, locator: m.locator,
		protocol: m.protocol, submitted: c.now(), stage: relAuditing,
	}
	c.State.Set(key(routeRelease, relOrder, k.number), enc(func(e *cbor.Enc) { e.Bytes(m.rc[:]) }))
	c.rest(&k, m.rc)
	c.note(&k, m.rc, "submitted", encoded(m))
	c.store(candidateKey(m.rc), &k)
	return nil
}

// relReport is the latest of one author on one candidate (regions 5 and 6).
type relReport struct {
	sequence, status    uint64
	report              wire.Hash
	teamOnly, disclosed bool
	locator             string
	time                uint64
	ctr                 bool
	stake               num.Int
	challenger          wire.Address
}

func (r *relReport) shape(f form) {
	f.fields(10).u64(&r.sequence).byte(&r.status).hash(&r.report).bool(&r.teamOnly).bool(&r.disclosed).text(&r.locator)
	f.u64(&r.time).bool(&r.ctr).amount(&r.stake).address(&r.challenger)
}

func reportKey(region int, rc wire.Hash, a wire.Address) string {
	return key(routeRelease, region, rc, a)
}

func stakeRef(rc wire.Hash, a wire.Address) wire.Hash {
	return wire.Sum([]byte("release/report"), rc[:], a[:])
}

// counted is a report that counts.
type counted struct {
	auditor wire.Address
	status  uint64
	report  wire.Hash
}

func (r *counted) shape(f form) { f.fields(3).address(&r.auditor).byte(&r.status).hash(&r.report) }

// audited are the reports that count; refused where they do not let it pass
// (release §4).
func (c *Chain) audited(rc wire.Hash) (list []counted, err error) {
	prefix := key(routeRelease, relReports, rc)
	noGo := false
	for _, k := range c.State.Keys(prefix) {
		var r relReport
		c.load(k, &r)
		a := addressAt(k, len(prefix))
		if of := c.auditor(a); !of.active || of.sequence != r.sequence {
			continue
		}
		list = append(list, counted{a, r.status, r.report})
		noGo = noGo || r.status == statusNoGo
	}
	switch {
	case noGo:
		return list, refuse(12010, "NO_GO", "an auditor says no")
	case len(list) == 0:
		return list, refuse(12011, "NO_AUDIT", "no auditor says go")
	}
	return list, nil
}

// report is the rule of report (release §4).
func (c *Chain) report(from wire.Address, m *reportMsg) error {
	k, ok := c.relCandidateOf(m.rc)
	if !ok || !k.isOpen() || m.status < statusGo || m.status > statusNoGo || m.report == (wire.Hash{}) || from == k.submitter {
		return refused("no report on a candidate")
	}
	r := relReport{status: m.status, report: m.report, teamOnly: m.teamOnly, time: c.now(), ctr: c.isCTR(from), stake: m.stake}
	region := relOpinions
	if of := c.auditor(from); of.active {
		region, r.sequence = relReports, of.sequence
	}
	if at, old, ok := c.stakedReport(m.rc, from); ok {
		if old.challenger != (wire.Address{}) {
			return refused("challenged")
		}
		c.release(wREP, from, stakeRef(m.rc, from))
		old.stake = num.Int{}
		c.store(at, &old)
	}
	if err := c.expose(wREP, from, stakeRef(m.rc, from), m.stake); err != nil {
		return err
	}
	c.store(reportKey(region, m.rc, from), &r)
	if region == relReports {
		c.note(&k, m.rc, "report", enc(func(e *cbor.Enc) {
			e.Array(5).Bytes(from[:]).Uint(m.status).Bytes(m.report[:]).Bool(m.teamOnly).Bool(r.ctr)
		}))
		c.store(candidateKey(m.rc), &k)
	}
	return nil
}

func (c *Chain) disclose(from wire.Address, rc wire.Hash, a wire.Address, locator string) error {
	k, ok := c.relCandidateOf(rc)
	var r relReport
	at := reportKey(relReports, rc, a)
	if !ok || !c.load(at, &r) || !r.teamOnly || r.disclosed || from != a && !c.isCTR(from) || len(locator) < 1 || len(locator) > relLocator {
		return refused("nothing to disclose")
	}
	r.disclosed, r.locator = true, locator
	c.store(at, &r)
	c.note(&k, rc, "disclosed", enc(func(e *cbor.Enc) { e.Array(3).Bytes(rc[:]).Bytes(a[:]).Text(locator) }))
	c.store(candidateKey(rc), &k)
	return nil
}

// stakedReport is the report of an author with a stake behind it.
func (c *Chain) stakedReport(rc wire.Hash, a wire.Address) (at string, r relReport, ok bool) {
	for _, region := range []int{relReports, relOpinions} {
		at = reportKey(region, rc, a)
		if r = (relReport{}); c.load(at, &r) && !r.stake.IsZero() {
			return at, r, true
		}
	}
	return "", r, false
}

// challengesMax bounds the reports before the court.
const challengesMax = 16

func (c *Chain) challengeReport(from wire.Address, rc wire.Hash, a wire.Address) error {
	at, r, ok := c.stakedReport(rc, a)
	if !ok || r.challenger != (wire.Address{}) || from == a {
		return refused("nothing to challenge")
	}
	n := 0
	for _, k := range c.State.Keys(key(routeRelease, relAppeals)) {
		var q courtQuestion
		if c.load(k, &q); q.kind == askReport {
			n++
		}
	}
	if n >= challengesMax {
		return refused("the court looks at enough reports")
	}
	if err := c.chargeFee(from, num.U(c.param("court.fee"))); err != nil {
		return err
	}
	if _, err := c.askCourt(courtQuestion{askReport, a, rc}, []wire.Address{a, from}); err != nil {
		return err
	}
	r.challenger = from
	c.store(at, &r)
	return nil
}

// reportJudged ends a challenge.
func (c *Chain) reportJudged(rc wire.Hash, a wire.Address, fake bool) {
	at, r, ok := c.stakedReport(rc, a)
	if !ok {
		return
	}
	r.challenger = wire.Address{}
	if fake {
		c.burn(wREP, a, c.release(wREP, a, stakeRef(rc, a)))
		r.stake = num.Int{}
	}
	c.store(at, &r)
}

func (c *Chain) reclaimStake(from wire.Address, rc wire.Hash) error {
	k, _ := c.relCandidateOf(rc)
	at, r, ok := c.stakedReport(rc, from)
	if !ok || k.isOpen() || c.now() < k.expires || r.challenger != (wire.Address{}) {
		return refused("no stake to have back")
	}
	c.release(wREP, from, stakeRef(rc, from))
	r.stake = num.Int{}
	c.store(at, &r)
	return nil
}
