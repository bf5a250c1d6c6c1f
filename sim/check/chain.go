package check

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// place is a view of an epoch.
type place struct {
	epoch types.Epoch
	view  types.View
}

// seeds watches the beacon: what was fixed before an epoch is the same for
// everyone, and so is what each view opens, on every fork.
func seeds() func(*Event) error {
	plans := map[types.Epoch]*types.Plan{}
	views := map[place]keys.Hash{}
	return func(e *Event) error {
		var h *types.Header
		switch {
		case e.Committed != nil:
			h = &e.Committed.Header
			p := e.Committed.Plan
			if p == nil {
				break
			}
			if old := plans[p.Epoch]; old != nil && old != p && (old.Seed != p.Seed || len(old.List) != len(p.List)) {
				return fmt.Errorf("epoch %d begins with seed %s and %d contracts, and with %s and %d", p.Epoch, old.Seed.Short(), len(old.List), p.Seed.Short(), len(p.List))
			}
			plans[p.Epoch] = p
		case e.Sent != nil && e.Sent.Proposal != nil:
			h = &e.Sent.Proposal.Header
		}
		if h == nil {
			return nil
		}
		at := place{h.Epoch, h.View}
		if old, ok := views[at]; ok && old != h.Seed {
			return fmt.Errorf("view %d/%d has the seeds %s and %s", h.Epoch, h.View, old.Short(), h.Seed.Short())
		}
		views[at] = h.Seed
		return nil
	}
}

// slashed watches convictions: whatever happens, no honest member is convicted.
func slashed() func(*Event) error {
	return func(e *Event) error {
		if len(e.Convicted) > 0 {
			return fmt.Errorf("honest members %v are convicted", e.Convicted)
		}
		return nil
	}
}

// light is a client that is fed headers and proofs alone. It trusts the first
// roster, and each later one because a final header has announced its hash.
func light() func(*Event) error {
	chain := map[types.Height]keys.Hash{}
	trusted := map[types.Epoch]keys.Hash{}
	return func(e *Event) error {
		c := e.Committed
		if c == nil {
			return nil
		}
		h := &c.Header
		if p, ok := chain[h.Height-1]; ok && p != h.Parent {
			return fmt.Errorf("height %d builds on %s, final is %s", h.Height, h.Parent.Short(), p.Short())
		}
		chain[h.Height] = c.Digest
		if c.Digest != h.Digest() {
			return fmt.Errorf("height %d: header %s is called %s", h.Height, h.Digest().Short(), c.Digest.Short())
		}
		if t, ok := trusted[h.Epoch]; ok && t != h.RosterHash {
			return fmt.Errorf("height %d: roster %s of epoch %d, announced was %s", h.Height, h.RosterHash.Short(), h.Epoch, t.Short())
		}
		trusted[h.Epoch], trusted[h.Epoch+1] = h.RosterHash, h.NextRosterHash
		if c.Proof == nil || c.Plan == nil {
			return nil
		}
		r := &c.Plan.Roster
		if r.Hash() != trusted[h.Epoch] {
			return fmt.Errorf("epoch %d: the roster has not the hash that headers announce", h.Epoch)
		}
		w, err := c.Proof.Weight(r)
		if err != nil || w < quorum.Threshold(r.Total()) || c.Proof.Kind != types.Finalize || !c.Holds {
			return fmt.Errorf("height %d: a proof of kind %s and weight %d of %d proves nothing (%v)", h.Height, c.Proof.Kind, w, r.Total(), err)
		}
		return nil
	}
}

// inclusion wants what users offered when calm began to be final in the end.
func inclusion() func(*Event) error {
	return func(e *Event) error {
		if e.Calm != nil && len(e.Calm.Missing) > 0 {
			return fmt.Errorf("%d transactions that were offered when calm began are not final, the first at member %d", len(e.Calm.Missing), e.Calm.Missing[0])
		}
		return nil
	}
}
