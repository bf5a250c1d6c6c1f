package release

import (
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/types"
)

// enact hands the plan of a published release to route availability when the
// enactment delay is over. A refusal leaves it published; the legislature may
// activate it later.
func enact(c *route.Ctx, rc keys.Hash) {
	k, _ := candidates.Get(c, rc)
	if k.Stage != Published || !k.Plan.Activate || k.Shipped.Activates > c.Block.Time {
		return
	}
	if err := k.plan(c, rc, k.Shipped.Height); err != nil {
		k.note(c, rc, kindUnplanned, Because{Reason: route.AsReject(err).Kind}, "reason", err.Error())
	}
	candidates.Set(c, rc, k)
}

// plan schedules the release's upgrade, and so replaces one that waits.
func (k *candidate) plan(c *route.Ctx, rc keys.Hash, height types.Height) error {
	if err := rollback(c, k, true); err != nil {
		return err
	}
	peer := c.Table().Find("availability")
	m := availability.Upgrade{Height: max(height, c.Block.Height+1), Protocol: k.Protocol, Reset: k.Plan.Reset}
	if err := c.Dispatch(types.Msg{Route: peer.ID, ID: peer.Msg("upgrade").ID, Body: codec.MustMarshal(m)}); err != nil {
		return err
	}
	s, _ := overview.Get(c)
	if !s.Scheduled.IsZero() && s.Scheduled != rc {
		replace(c, s.Scheduled, rc.String())
		s, _ = overview.Get(c)
	}
	s.Scheduled = rc
	overview.Set(c, s)
	k.Stage = Scheduled
	k.note(c, rc, kindScheduled, Upgrade{Height: m.Height, Protocol: m.Protocol, Reset: m.Reset},
		"protocol", m.Protocol, "height", m.Height)
	return nil
}

// replace supersedes a scheduled release.
func replace(c *route.Ctx, rc keys.Hash, by string) {
	k, _ := candidates.Get(c, rc)
	k.note(c, rc, kindSuperseded, Because{Reason: by}, "by", by)
	k.end(c, rc, Superseded, by)
	candidates.Set(c, rc, k)
}

// activate schedules the plan of a release that is published but not scheduled,
// by a proposal that passed: where the hand-over failed, or without waiting for
// the delay.
func activate(c *route.Ctx, m Activate) error {
	k, err := find(c, m.RC)
	if err != nil {
		return err
	}
	if k.Stage != Published || !k.Plan.Activate {
		return ErrStage.With("only a published release that carries a plan is activated").For(k.Stage, Published)
	}
	if err := k.plan(c, m.RC, m.Height); err != nil {
		return err
	}
	candidates.Set(c, m.RC, k)
	return nil
}

// inForce notices that the version of the scheduled release is in force, or a
// later one, which another plan has brought; or that its plan is gone.
func inForce(c *route.Ctx, s *summary) {
	if s.Scheduled.IsZero() {
		return
	}
	rc := s.Scheduled
	k, _ := candidates.Get(c, rc)
	if c.Block.Version < k.Protocol {
		if !k.waits(c) {
			k.unplan(c, rc, s)
		}
		return
	}
	if c.Block.Version > k.Protocol {
		replace(c, rc, "a later version is in force")
		*s, _ = overview.Get(c)
		return
	}
	k.Stage = Active
	k.note(c, rc, kindActive, Upgrade{Height: c.Block.Height, Protocol: k.Protocol, Reset: k.Plan.Reset}, "protocol", k.Protocol)
	candidates.Set(c, rc, k)
	s.Scheduled, s.Active = keys.Hash{}, rc
	overview.Set(c, *s)
}

// waits reports whether the plan that route availability holds is the release's.
func (k *candidate) waits(c *route.Ctx) bool {
	up, ok := availability.Planned(c)
	return ok && up.Protocol == k.Protocol && slices.Equal(up.Reset, k.Plan.Reset)
}

// unplan makes a scheduled release a published one again, as another decision has
// cancelled its plan or put another in its place. It may be activated later.
func (k *candidate) unplan(c *route.Ctx, rc keys.Hash, s *summary) {
	s.Scheduled = keys.Hash{}
	overview.Set(c, *s)
	k.Stage = Published
	k.note(c, rc, kindUnplanned, Because{Reason: "PLAN_GONE"}, "reason", "the plan was cancelled or replaced")
	candidates.Set(c, rc, *k)
}

// preapprove shortens the enactment delay of a candidate, known already or not,
// that is not published yet. It spares no step before the publication.
func preapprove(c *route.Ctx, m Preapprove) error {
	if preapproved.Has(c, m.RC) {
		return ErrTwice
	}
	if k, ok := candidates.Get(c, m.RC); ok && !k.Stage.open() {
		return ErrStage.For(k.Stage, "one before published")
	}
	preapproved.Set(c, m.RC, c.Block.Time)
	c.Emit("preapproved", "rc", m.RC)
	return nil
}
