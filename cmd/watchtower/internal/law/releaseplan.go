package law

import (
	"errors"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// schedulePlan hands a plan over (release §7).
func (c *Chain) schedulePlan(k *relCandidate, rc wire.Hash, height uint64) error {
	if err := c.rollback(k.protocol, true); err != nil {
		return err
	}
	height = max(height, c.h.Height+1)
	body := func(e *cbor.Enc) {
		e.Array(3).Uint(height).Uint(k.protocol)
		form{e: e}.texts(&k.plan.reset)
	}
	if err := c.dispatch("release", routeAvailability, 7, enc(body)); err != nil {
		return err
	}
	if old := c.relSummary().scheduled; old != (wire.Hash{}) && old != rc {
		c.supersede(old, hashText(rc))
	}
	s := c.relSummary()
	s.scheduled = rc
	c.setRelSummary(s)
	k.stage = relScheduled
	c.note(k, rc, "scheduled", enc(body))
	return nil
}

func (c *Chain) enactPlan(rc wire.Hash) {
	k, _ := c.relCandidateOf(rc)
	if k.stage != relPublished || !k.plan.activate || k.shipped.activates > c.now() {
		return
	}
	if err := c.schedulePlan(&k, rc, k.shipped.height); err != nil {
		var r *refusal
		errors.As(err, &r)
		c.note(&k, rc, "schedule_failed", because(r.kind))
	}
	c.store(candidateKey(rc), &k)
}

func (c *Chain) activateRelease(rc wire.Hash, height uint64) error {
	k, ok := c.relCandidateOf(rc)
	switch {
	case !ok:
		return refuse(12004, "UNKNOWN", "no candidate")
	case k.stage != relPublished || !k.plan.activate:
		return refuse(12006, "STAGE", "not published with a plan")
	}
	if err := c.schedulePlan(&k, rc, height); err != nil {
		return err
	}
	c.store(candidateKey(rc), &k)
	return nil
}

// seeActivation sees that the scheduled release's protocol is in force, or that
// its plan is gone (release §7).
func (c *Chain) seeActivation() {
	s := c.relSummary()
	if s.scheduled == (wire.Hash{}) {
		return
	}
	rc := s.scheduled
	k, _ := c.relCandidateOf(rc)
	now := c.number(key(routeParams, 5))
	switch {
	case now > k.protocol:
		c.supersede(rc, "a later version is in force")
		return
	case now < k.protocol && c.planWaits(&k):
		return
	case now < k.protocol:
		k.stage = relPublished
		c.note(&k, rc, "schedule_failed", because("PLAN_GONE"))
	default:
		k.stage = relActive
		c.note(&k, rc, "active", enc(func(e *cbor.Enc) {
			e.Array(3).Uint(c.h.Height).Uint(k.protocol)
			form{e: e}.texts(&k.plan.reset)
		}))
		s.active = rc
	}
	s.scheduled = wire.Hash{}
	c.setRelSummary(s)
	c.store(candidateKey(rc), &k)
}

// planWaits reports whether route availability holds the release's plan.
func (c *Chain) planWaits(k *relCandidate) bool {
	raw, ok := c.State.Get(key(routeAvailability, 13))
	if !ok {
		return false
	}
	same := false
	read(raw, "plan", func(d *cbor.Dec) {
		d.Array(3)
		d.U64()
		protocol := d.U64()
		var reset []string
		form{d: d}.texts(&reset)
		same = protocol == k.protocol && len(reset) == len(k.plan.reset)
		for i := 0; same && i < len(reset); i++ {
			same = reset[i] == k.plan.reset[i]
		}
	})
	return same
}

func (c *Chain) preapproveRelease(rc wire.Hash) error {
	if k, ok := c.relCandidateOf(rc); ok && !k.isOpen() || c.has(key(routeRelease, relPreapproved, rc)) {
		return refused("published or pre-approved already")
	}
	c.State.Set(key(routeRelease, relPreapproved, rc), uint64Value(c.now()))
	return nil
}
