package evidence

import (
	"probity/chain/escrow"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/types"
)

// Bounds of the views that headers are judged in, which is how far a schedule
// is worked out for it.
const (
	headerViews = 8192 // of a past epoch
	headerAhead = 1024 // of the running epoch, ahead of the running block
)

// judge finds a header that is wrong.
func (m *Header) judge(c *route.Ctx) (crime, error) {
	h := &m.Header.Header
	if err := heard(c, h.Epoch); err != nil {
		return crime{}, err
	}
	if err := produced(c, &m.Header, &m.Producer); err != nil {
		return crime{}, err
	}
	plan := availability.Plan(c, h.Epoch)
	if plan == nil {
		return crime{}, ErrUntold
	}
	wrong := wrongPlace(c, h, plan)
	if wrong == "" && m.Parent != nil {
		if m.Parent.Digest() != h.Parent {
			return crime{}, ErrForm.With("not the parent's header")
		}
		wrong = wrongChild(h, m.Parent, plan)
	}
	if wrong == "" {
		var err error
		if wrong, err = wrongTurn(c, h, plan); err != nil {
			return crime{}, err
		}
	}
	if wrong == "" {
		return crime{}, ErrHonest
	}
	return crime{Epoch: h.Epoch, View: h.View, Account: m.Producer.ASC.Producer, Offence: BadHeader}, nil
}

// wrongPlace compares a header with what is fixed about its epoch, and names
// the first field that differs.
func wrongPlace(c *route.Ctx, h *types.Header, plan *types.Plan) string {
	if h.View == 0 {
		return "view"
	}
	if h.Height < plan.First || h.Height > plan.Last() {
		return "height"
	}
	if want, ok := availability.RosterHash(c, h.Epoch); ok && h.RosterHash != want {
		return "rosterHash"
	}
	if want, ok := availability.RosterHash(c, h.Epoch+1); ok && h.NextRosterHash != want {
		return "nextRosterHash"
	}
	return ""
}

// wrongChild compares a header with its parent's. Nobody honest builds on a
// parent that it has not seen notarized, so the parent's own faults are no
// excuse.
func wrongChild(h, p *types.Header, plan *types.Plan) string {
	trails := h.Height == p.Height && p.Height == plan.Last() && p.Epoch == h.Epoch
	switch {
	case h.Height != p.Height+1 && !trails:
		return "height"
	case h.Epoch == p.Epoch && h.View <= p.View:
		return "view"
	case h.Time < p.Time+plan.Interval && !trails:
		return "time"
	}
	return ""
}

// wrongTurn compares a header with what the beacon says of its view.
// ErrUntold where the view is beyond what is worked out.
func wrongTurn(c *route.Ctx, h *types.Header, plan *types.Plan) (string, error) {
	s := c.Block.Schedule
	switch {
	case h.Epoch == c.Block.Epoch && h.View > c.Block.View+headerAhead:
		return "", ErrUntold.With("view %d", h.View)
	case h.Epoch == c.Block.Epoch && plan.Scheme == types.Recoverable && h.View > c.Block.View:
		// The schedule may know more than this chain has opened, from a rival
		// block: a verdict must not depend on who has seen that.
		return "", ErrUntold.With("view %d, and the chain has opened %d", h.View, c.Block.View)
	case h.Epoch != c.Block.Epoch:
		if h.View > headerViews {
			return "", ErrUntold.With("view %d", h.View)
		}
		var err error
		if s, err = types.NewSchedule(plan); err != nil {
			return "", ErrUntold
		}
	}
	if !s.Reach(h.View) {
		return "", ErrUntold.With("view %d waits for a salt before it", h.View)
	}
	asc := s.ASC(h.View)
	if h.ASC != asc.ID {
		return "asc", nil
	}
	if plan.Scheme == types.Recoverable {
		return wrongReveal(c, h, s)
	}
	if h.Seed != s.Seed(h.View) {
		return "seed", nil
	}
	t := beacon.Turn{Scheme: plan.Scheme, Stride: plan.Stride, View: h.View, ASC: asc, Salt: s.Salt(h.View)}
	if h.Height < plan.Last() && t.Check(h.Reveal) != nil {
		return "reveal", nil
	}
	return "", nil
}

// wrongReveal compares a header with the dealing of its view, which is state
// as long as the plan is. A right reveal is also the salt that its seed needs.
func wrongReveal(c *route.Ctx, h *types.Header, s *types.Schedule) (string, error) {
	var salt types.Bytes
	switch {
	case !s.Salted(h.View) && len(h.Reveal) > 0:
		return "reveal", nil
	case s.Salted(h.View):
		dealing := availability.Dealing(c, h.Epoch, s.ASC(h.View).Producer, s.Salt(h.View))
		opened, err := s.Unseal(c.Chain.Escrow, h.View, dealing, &escrow.Opening{Reveal: escrow.Bytes(h.Reveal)})
		if err != nil {
			return "reveal", nil
		}
		salt = opened[:]
	}
	if h.Seed != types.NextSeed(s.Seed(h.View-1), h.View, salt) {
		return "seed", nil
	}
	return "", nil
}
