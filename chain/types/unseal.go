package types

import (
	"errors"
	"fmt"

	"probity/chain/escrow"
	"probity/chain/keys"
)

// ErrSealed is returned for an opening that does not open its view's salt.
var ErrSealed = errors.New("does not open the view's salt")

// roll is what the schedule derives from the roster once.
type roll struct {
	hash  keys.Hash
	panel *escrow.Panel
}

// roster derives on first use.
func (s *Schedule) roster() *roll {
	if s.roll == nil {
		s.roll = &roll{hash: s.plan.Roster.Hash()}
	}
	return s.roll
}

// Panel is the keys that the epoch's salts are dealt to; nil where there are
// none. They were checked when they were registered. A schedule serves one
// suite.
func (s *Schedule) Panel(suite escrow.Suite) *escrow.Panel {
	r := s.roster()
	if tickets := s.plan.Roster.Tickets(); r.panel == nil && len(tickets) > 0 {
		panel, err := suite.Panel(tickets)
		if err != nil {
			panic(fmt.Sprintf("types: tickets of roster %d: %v", s.plan.Epoch, err))
		}
		r.panel = panel
	}
	return r.panel
}

// Place is what the dealing of a view's salt is bound to (spec beacon §6). The
// view is within Reach.
func (s *Schedule) Place(v View) escrow.Place {
	t := s.turn(v)
	return escrow.Place{
		Bound: s.plan.Bound, Epoch: uint64(s.plan.Epoch), ASC: s.plan.List[t.leader].ID, Salt: t.salt, Roster: s.roster().hash,
	}
}

// Dealing is that of a salted view, where the plan was read with its dealings.
func (s *Schedule) Dealing(v View) Bytes {
	t := s.turn(v)
	if t.leader >= len(s.plan.Dealings) || int(t.salt) >= len(s.plan.Dealings[t.leader]) {
		return nil
	}
	return s.plan.Dealings[t.leader][t.salt]
}

// Unseal checks an opening of the salt of a view within reach against its
// dealing, and gives the salt. Shares must be those of exactly as many tickets
// as recovery takes: an opening says no more than it must (spec beacon §8). It
// opens nothing: a caller that trusts the dealing hands the salt to Open.
func (s *Schedule) Unseal(suite escrow.Suite, v View, dealing Bytes, o *escrow.Opening) (salt [SaltBytes]byte, err error) {
	at := s.Place(v)
	if len(o.Reveal) > 0 {
		if len(o.Shares) > 0 {
			return salt, fmt.Errorf("%w: both ways at once", ErrSealed)
		}
		if salt, err = suite.Open(at, dealing, o.Reveal); err != nil {
			return salt, fmt.Errorf("%w: view %d/%d: %w", ErrSealed, s.plan.Epoch, v, err)
		}
		return salt, nil
	}
	panel := s.Panel(suite)
	if panel == nil || len(o.Shares) != panel.Threshold() {
		return salt, fmt.Errorf("%w: view %d/%d: %d shares", ErrSealed, s.plan.Epoch, v, len(o.Shares))
	}
	for i := range o.Shares {
		if i > 0 && o.Shares[i].Ticket <= o.Shares[i-1].Ticket {
			return salt, fmt.Errorf("%w: view %d/%d: shares out of order", ErrSealed, s.plan.Epoch, v)
		}
		if err := suite.CheckShare(panel, at, dealing, o.Shares[i]); err != nil {
			return salt, fmt.Errorf("%w: view %d/%d: %w", ErrSealed, s.plan.Epoch, v, err)
		}
	}
	if salt, err = suite.Recover(panel, at, dealing, o.Shares); err != nil {
		return salt, fmt.Errorf("%w: view %d/%d: %w", ErrSealed, s.plan.Epoch, v, err)
	}
	return salt, nil
}
