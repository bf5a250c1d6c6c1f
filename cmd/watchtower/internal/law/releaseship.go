package law

import (
	"strings"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// Stages of a candidate (release §2).
const (
	relAuditing   = 1
	relVoting     = 2
	relRejected   = 3
	relApproved   = 4
	relTriggered  = 5
	relBuilt      = 6
	relPublished  = 7
	relScheduled  = 8
	relActive     = 9
	relExpired    = 10
	relSuperseded = 11
	relWithdrawn  = 12
)

var relStages = [...]string{relAuditing: "auditing", relVoting: "voting", relRejected: "rejected", relApproved: "approved", relTriggered: "triggered", relBuilt: "built"}

// relPlan is what a release does beside being shipped.
type relPlan struct {
	activate bool
	reset    []string
}

func (p *relPlan) shape(f form) { f.fields(2).bool(&p.activate).texts(&p.reset) }

// binary is a file of a release.
type binary struct {
	name string
	hash wire.Hash
}

func (b *binary) shape(f form) { f.fields(2).text(&b.name).hash(&b.hash) }

// shipped is a publication.
type shipped struct {
	publisher                  wire.Address
	time                       uint64
	sourceRoot, provenanceRoot wire.Hash
	binaries                   []binary
	manifest                   wire.Hash
	locator                    string
	height                     uint64
	fast                       bool
	activates                  uint64
}

func (s *shipped) shape(f form) {
	f.fields(10).address(&s.publisher).u64(&s.time).hash(&s.sourceRoot).hash(&s.provenanceRoot)
	listOf(f, &s.binaries, each[binary])
	f.hash(&s.manifest).text(&s.locator).u64(&s.height).bool(&s.fast).u64(&s.activates)
}

// relCandidate is a release candidate (region 2).
type relCandidate struct {
	number           uint64
	submitter        wire.Address
	repo             string
	commit           []byte
	version, locator string
	protocol         uint64
	submitted, stage uint64
	expires, round   uint64
	closes           uint64
	plan             *relPlan
	attempt          uint64
	asked            bool
	artifacts        wire.Hash
	sealed           wire.Hash
	entries          uint64
	head             wire.Hash
	shipped          *shipped
	reason           string
}

func (k *relCandidate) shape(f form) {
	f.fields(21).u64(&k.number).address(&k.submitter).text(&k.repo).bytes(&k.commit).text(&k.version).text(&k.locator).u32(&k.protocol)
	f.u64(&k.submitted).byte(&k.stage).u64(&k.expires).u64(&k.round).u64(&k.closes)
	maybe(f, &k.plan)
	f.u64(&k.attempt).bool(&k.asked).hash(&k.artifacts).hash(&k.sealed).u64(&k.entries).hash(&k.head)
	maybe(f, &k.shipped)
	f.text(&k.reason)
}

func (k *relCandidate) isOpen() bool    { return k.stage >= relAuditing && k.stage <= relBuilt }
func (k *relCandidate) isShipped() bool { return k.stage >= relPublished && k.stage <= relActive }

func candidateKey(rc wire.Hash) string { return key(routeRelease, relCandidates, rc) }

func (c *Chain) relCandidateOf(rc wire.Hash) (k relCandidate, ok bool) {
	ok = c.load(candidateKey(rc), &k)
	return k, ok
}

// note adds an entry to the trail (release §3); the caller stores the candidate.
func (c *Chain) note(k *relCandidate, rc wire.Hash, kind string, body []byte) {
	var actor wire.Address
	var signer wire.Key
	var tx wire.Hash
	if c.tx != nil && c.caller != wire.RouteAddress("release") {
		actor, tx = c.caller, c.tx.Name()
		if actor == c.tx.Sender.Address() {
			signer = c.tx.Sender
		}
	}
	k.entries++
	e := enc(func(e *cbor.Enc) {
		e.Array(8).Uint(k.entries).Uint(c.h.Height).Uint(c.now()).Text(kind).Bytes(actor[:]).Bytes(signer[:]).Bytes(tx[:]).Bytes(body)
	})
	k.head = wire.Sum([]byte("release/trail"), rc[:], k.head[:], e)
	c.State.Set(key(routeRelease, relTrail, rc, k.entries), e)
}

// because is the body of what the rules do.
func because(reason string) []byte { return enc(func(e *cbor.Enc) { e.Array(1).Text(reason) }) }

// rest gives a candidate its time in a stage.
func (c *Chain) rest(k *relCandidate, rc wire.Hash) {
	k.expires = c.now() + c.param("release.candidate_ttl")
	c.relDue(k.expires, relDueExpiry, rc)
}

// endCandidate takes a candidate from those that are open or scheduled.
func (c *Chain) endCandidate(k *relCandidate, rc wire.Hash, stage uint64, reason string) {
	s := c.relSummary()
	var open []wire.Hash
	for _, h := range s.open {
		if h != rc {
			open = append(open, h)
		}
	}
	s.open = open
	if s.vote == rc {
		s.vote = wire.Hash{}
	}
	if s.scheduled == rc {
		s.scheduled = wire.Hash{}
	}
	c.setRelSummary(s)
	k.stage, k.reason, k.closes = stage, reason, 0
	k.expires = c.now() + c.param("release.appeal_window")
}

func (c *Chain) expireCandidate(rc wire.Hash) {
	k, _ := c.relCandidateOf(rc)
	if !k.isOpen() || k.stage == relVoting || k.stage == relTriggered || k.expires > c.now() {
		return
	}
	c.note(&k, rc, "expired", because(relStages[k.stage]))
	c.endCandidate(&k, rc, relExpired, "")
	c.store(candidateKey(rc), &k)
}

// rollback refuses a protocol that does not pass the one in force.
func (c *Chain) rollback(protocol uint64, activate bool) error {
	if now := c.number(key(routeParams, 5)); protocol < now || activate && protocol == now {
		return refuse(12017, "ROLLBACK", "protocol %d", protocol)
	}
	return nil
}

// triggerBuild orders a build (release §6).
func (c *Chain) triggerBuild(from wire.Address, rc wire.Hash) error {
	k, ok := c.relCandidateOf(rc)
	if !ok || !c.isCTR(from) || k.stage != relApproved {
		return refused("not approved, or not by this account")
	}
	list, err := c.audited(rc)
	if err == nil {
		err = c.rollback(k.protocol, k.plan != nil && k.plan.activate)
	}
	if err != nil {
		return err
	}
	k.attempt++
	k.asked = len(c.State.Keys(key(routeRelease, relWatchtowers))) == 0
	k.stage, k.expires = relTriggered, c.now()+c.param("release.build_window")
	c.relDue(k.expires, relDueBuild, rc)
	c.note(&k, rc, "triggered", enc(func(e *cbor.Enc) {
		e.Array(1)
		listOf(form{e: e}, &list, each[counted])
	}))
	c.store(candidateKey(rc), &k)
	if !k.asked {
		return nil
	}
	return c.dispatch("release", routeOracle, 20, enc(func(e *cbor.Enc) {
		e.Array(4).Text("release").Uint(taskBuild).Bytes(rc[:]).Uint(k.expires)
	}))
}

// submitBuild is a rebuild by the minimal register.
func (c *Chain) submitBuild(from wire.Address, rc, artifacts wire.Hash) error {
	k, ok := c.relCandidateOf(rc)
	mine := key(routeRelease, relRebuilds, rc, k.attempt, from)
	towers := key(routeRelease, relWatchtowers)
	if !ok || k.stage != relTriggered || k.asked || !c.has(towers+string(from[:])) || artifacts == (wire.Hash{}) || c.has(mine) {
		return refused("no build waits for this")
	}
	c.State.Set(mine, enc(func(e *cbor.Enc) { e.Bytes(artifacts[:]) }))
	c.note(&k, rc, "rebuilt", buildBody(rc, artifacts))
	same := uint64(0)
	for _, t := range c.State.Keys(towers) {
		raw, ok := c.State.Get(key(routeRelease, relRebuilds, rc, k.attempt, addressAt(t, prefixLen)))
		if ok {
			read(raw, "rebuild", func(d *cbor.Dec) {
				if wire.DecHash(d) == artifacts {
					same++
				}
			})
		}
	}
	if same >= c.relSummary().builders {
		c.built(&k, rc, artifacts)
	}
	c.store(candidateKey(rc), &k)
	return nil
}

func buildBody(rc, artifacts wire.Hash) []byte {
	return enc(func(e *cbor.Enc) { e.Array(2).Bytes(rc[:]).Bytes(artifacts[:]) })
}

func (c *Chain) built(k *relCandidate, rc, artifacts wire.Hash) {
	k.stage, k.artifacts = relBuilt, artifacts
	c.rest(k, rc)
	c.note(k, rc, "built", buildBody(rc, artifacts))
	k.sealed = k.head
}

// buildAnswered hears the watchtowers' answer.
func (c *Chain) buildAnswered(v verdict) {
	k, ok := c.relCandidateOf(v.ref)
	if !ok || k.stage != relTriggered || !k.asked {
		return
	}
	if v.outcome == accepted && len(v.value) == 32 {
		var artifacts wire.Hash
		copy(artifacts[:], v.value)
		c.built(&k, v.ref, artifacts)
	} else {
		c.untrigger(&k, v.ref, "the watchtowers have not agreed")
	}
	c.store(candidateKey(v.ref), &k)
}

func (c *Chain) untrigger(k *relCandidate, rc wire.Hash, reason string) {
	k.stage, k.reason = relApproved, reason
	c.rest(k, rc)
	c.note(k, rc, "build_lapsed", because(reason))
}

func (c *Chain) lapseBuild(rc wire.Hash) {
	k, _ := c.relCandidateOf(rc)
	if k.stage == relTriggered && k.expires <= c.now() {
		c.untrigger(&k, rc, "no agreement in time")
		c.store(candidateKey(rc), &k)
	}
}

// shipMsg is the message publish.
type shipMsg struct {
	rc, sourceRoot, provenanceRoot, trail wire.Hash
	binaries                              []binary
	locator                               string
	height                                uint64
}

func (m *shipMsg) shape(f form) {
	f.fields(7).hash(&m.rc).hash(&m.sourceRoot).hash(&m.provenanceRoot).hash(&m.trail)
	listOf(f, &m.binaries, each[binary])
	f.text(&m.locator).u64(&m.height)
}

// valid reports the form of a publication.
func (m *shipMsg) valid() bool {
	last := ""
	for _, b := range m.binaries {
		if b.name <= last || len(b.name) > relText {
			return false
		}
		last = b.name
	}
	return m.sourceRoot != wire.Hash{} && m.provenanceRoot != wire.Hash{} && len(m.locator) >= 1 && len(m.locator) <= relLocator && len(m.binaries) <= relList
}

// ship is the rule of publish (release §6).
func (c *Chain) ship(from wire.Address, m *shipMsg) error {
	k, ok := c.relCandidateOf(m.rc)
	binaries := enc(func(e *cbor.Enc) { listOf(form{e: e}, &m.binaries, each[binary]) })
	switch {
	case !ok || !c.isCTR(from) || k.stage != relBuilt || !m.valid():
		return refused("no built candidate, or no publication of one")
	case m.trail != k.sealed || wire.Sum([]byte("release/artifacts"), binaries) != k.artifacts:
		return refused("another history, or other binaries")
	}
	list, err := c.audited(m.rc)
	if err != nil {
		return err
	}
	for _, r := range list {
		var rep relReport
		c.load(reportKey(relReports, m.rc, r.auditor), &rep)
		if rep.teamOnly && !rep.disclosed {
			return refused("a counted report is not disclosed")
		}
	}
	activate := k.plan != nil && k.plan.activate
	if err := c.rollback(k.protocol, activate); err != nil {
		return err
	}
	manifest := wire.Sum([]byte("release/manifest"), enc(func(e *cbor.Enc) {
		e.Array(5).Bytes(m.rc[:]).Bytes(m.sourceRoot[:]).Bytes(m.provenanceRoot[:]).Bytes(m.trail[:]).Raw(binaries)
	}))
	delay, fast := c.param("release.delay"), c.has(key(routeRelease, relPreapproved, m.rc))
	if fast {
		delay = c.param("release.fast_delay")
	}
	k.shipped = &shipped{
		publisher: from, time: c.now(), sourceRoot: m.sourceRoot, provenanceRoot: m.provenanceRoot, binaries: m.binaries,
		manifest: manifest, locator: m.locator, height: m.height, fast: fast,
	}
	if activate {
		k.shipped.activates = c.now() + delay
		c.relDue(k.shipped.activates, relDueEnact, m.rc)
	}
	c.endCandidate(&k, m.rc, relPublished, "")
	c.note(&k, m.rc, "published", enc(func(e *cbor.Enc) {
		e.Array(4)
		m.shape(form{e: e})
		e.Bytes(manifest[:]).Bool(fast)
		listOf(form{e: e}, &list, each[counted])
	}))
	c.store(candidateKey(m.rc), &k)
	for _, rc := range c.relSummary().open {
		if old, _ := c.relCandidateOf(rc); old.repo == k.repo && old.number < k.number {
			c.supersede(rc, hashText(m.rc))
		}
	}
	_ = c.dispatch("release", routeContribution, 33, changeBody(k.repo, k.commit)) // its refusal changes nothing
	return nil
}

// supersede ends a candidate in favour of another.
func (c *Chain) supersede(rc wire.Hash, by string) {
	k, _ := c.relCandidateOf(rc)
	c.note(&k, rc, "superseded", because(by))
	c.endCandidate(&k, rc, relSuperseded, by)
	c.store(candidateKey(rc), &k)
}

func (c *Chain) recordStore(from wire.Address, rc wire.Hash, store string, by wire.Key) error {
	k, ok := c.relCandidateOf(rc)
	if !ok || !c.isCTR(from) || !k.isShipped() || by.Address() != from || len(store) < 1 || len(store) > relText {
		return refused("nothing that was shipped, or another's key")
	}
	c.note(&k, rc, "store", enc(func(e *cbor.Enc) { e.Array(3).Bytes(rc[:]).Text(store).Bytes(by[:]) }))
	c.store(candidateKey(rc), &k)
	return nil
}

func (c *Chain) withdrawRelease(from wire.Address, rc wire.Hash, reason string) error {
	k, ok := c.relCandidateOf(rc)
	if !ok || !c.isCTR(from) || !k.isOpen() && k.stage != relPublished && k.stage != relScheduled || strings.TrimSpace(reason) == "" || len(reason) > relLocator {
		return refused("nothing to withdraw")
	}
	if !k.isOpen() || from != k.submitter {
		by, err := c.sign(petWithdraw, rc, from, 0, c.param("release.withdraw_signatures"), c.isCTR)
		if err != nil || by == nil {
			return err
		}
	}
	c.note(&k, rc, "withdrawn", enc(func(e *cbor.Enc) { e.Array(2).Bytes(rc[:]).Text(reason) }))
	c.endCandidate(&k, rc, relWithdrawn, reason)
	c.store(candidateKey(rc), &k)
	return nil
}
