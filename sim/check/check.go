// Package check holds the oracles: statements about every run that the
// protocol claims and that the simulator watches after every step (spec
// simulation §2). A check sees events and says what is wrong; it never looks
// into a member.
//
// Each check has been seen to fire on a deliberately broken member: the
// mutants of package sim.
package check

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/consensus/quorum"
)

// Event is one thing that happened to one member. The fields that a kind of
// event has are set, the others zero.
type Event struct {
	Member int
	At     types.Time

	Signed    *types.Statement   // the signer gave its signature
	Guilty    bool               // Signed speaks of a leader that an adversary owns
	Sent      *consensus.Message // it left for the network
	Journaled bool               // Sent holds a vote, and a crash now would not forget it
	Committed *Committed         // a block became final here
	Evidence  *consensus.Evidence
	Refused   error             // the signer refused what the machine asked for
	Invalid   error             // a block of an honest member was found invalid
	Invariant error             // the state after a block breaks an invariant
	Status    *consensus.Status // after a step
	Halted    error
	Convicted []int       // honest members that the state calls convicted
	Heard     *types.Vote // the machine took it in
	Served    *Served     // a view has its leader
	Calm      *Calm       // the end of the calm phase
}

// Committed is a final block with the proof that came with it.
type Committed struct {
	Header types.Header
	Digest keys.Hash
	Root   keys.Hash          // of the state that this member reached
	Plan   *types.Plan        // of the block's epoch, by this member's state
	Proof  *types.Certificate // null where the proof came with a later block
	Holds  bool               // and its signatures hold
}

// Calm tells how the run ended.
type Calm struct {
	Target   types.Height // that every member had to reach
	Heights  []types.Height
	Deadline types.Time
	Missing  []int // members whose users offered a transaction when calm began that is not final
}

// Check is one oracle. An event is the caller's again when the check returns.
type Check struct {
	Name string
	Doc  string
	New  func() func(*Event) error // state of its own for one run
}

// Checks is the table of oracles.
var Checks = []Check{
	{"agreement", "no two members finalize different blocks at one height", Agreement},
	{"roots", "a member's state after a final block has the root of its header", roots},
	{"certificates", "certificates weigh a quorum of the roster of their own epoch", certificates},
	{"exclusion", "no view has both a Nullification and a Finalization, or two Notarizations", exclusion},
	{"honesty", "an honest member never signs two statements that convict it, across crashes too", honesty},
	{"persisted", "what a member says has been journaled and synced", persisted},
	{"memory", "machine and signer agree on what was said: nothing is refused", refused},
	{"evidence", "honest members leave no evidence", evidence},
	{"validity", "honest members build valid blocks", validity},
	{"invariants", "the books balance after every block", invariants},
	{"bounds", "what a machine keeps stays within its bounds", bounds},
	{"halts", "no member stops", halts},
	{"seeds", "the seed of every view is the same for everyone, on every fork", seeds},
	{"slashed", "no honest member is ever convicted", slashed},
	{"light", "a light client that is fed headers and proofs agrees", light},
	{"liveness", "after calm everyone finalizes within the bound", liveness},
	{"inclusion", "after calm every honest user's transaction becomes final", inclusion},
}

// Agreement is the oracle of one chain, for a run of its own.
func Agreement() func(*Event) error {
	chain := map[types.Height]keys.Hash{}
	return func(e *Event) error {
		if e.Committed == nil {
			return nil
		}
		h := e.Committed.Header.Height
		if d, ok := chain[h]; ok && d != e.Committed.Digest {
			return fmt.Errorf("height %d: %s and %s are both final", h, d.Short(), e.Committed.Digest.Short())
		}
		chain[h] = e.Committed.Digest
		return nil
	}
}

func roots() func(*Event) error {
	return func(e *Event) error {
		if c := e.Committed; c != nil && c.Root != c.Header.StateRoot {
			return fmt.Errorf("height %d: state root %s, header %s", c.Header.Height, c.Root.Short(), c.Header.StateRoot.Short())
		}
		return nil
	}
}

// certificates learns each epoch's roster from the states of the members.
func certificates() func(*Event) error {
	plans := map[types.Epoch]*types.Plan{}
	last := map[int]*types.Plan{} // of each member, by identity
	weigh := func(c *types.Certificate) error {
		p := plans[c.Epoch]
		if p == nil {
			return nil // nobody has committed in that epoch yet
		}
		w, err := c.Weight(&p.Roster)
		if q := quorum.Threshold(p.Roster.Total()); err != nil || w < q {
			return fmt.Errorf("%s of %d/%d weighs %d, quorum %d (%v)", c.Kind, c.Epoch, c.View, w, q, err)
		}
		return nil
	}
	return func(e *Event) error {
		if c := e.Committed; c != nil {
			old := plans[c.Header.Epoch]
			if old != nil && last[e.Member] != c.Plan && old.Roster.Hash() != c.Plan.Roster.Hash() {
				return fmt.Errorf("two rosters for epoch %d", c.Header.Epoch)
			}
			plans[c.Header.Epoch], last[e.Member] = c.Plan, c.Plan
			if c.Proof != nil {
				return weigh(c.Proof)
			}
		}
		if e.Sent != nil && e.Sent.Certified != nil {
			return weigh(&e.Sent.Certified.Certificate)
		}
		return nil
	}
}

func exclusion() func(*Event) error {
	type place struct {
		e types.Epoch
		v types.View
	}
	seen := map[place]map[types.Kind]keys.Hash{}
	return func(e *Event) error {
		if e.Sent == nil || e.Sent.Certified == nil {
			return nil
		}
		c := &e.Sent.Certified.Certificate
		at := place{c.Epoch, c.View}
		if seen[at] == nil {
			seen[at] = map[types.Kind]keys.Hash{}
		}
		if d, ok := seen[at][c.Kind]; ok && d != c.Digest {
			return fmt.Errorf("two certificates of kind %s in %d/%d", c.Kind, c.Epoch, c.View)
		}
		seen[at][c.Kind] = c.Digest
		_, nullified := seen[at][types.Nullify]
		_, finalized := seen[at][types.Finalize]
		if nullified && finalized {
			return fmt.Errorf("%d/%d is nullified and finalized", c.Epoch, c.View)
		}
		return nil
	}
}

func honesty() func(*Event) error {
	type place struct {
		member int
		e      types.Epoch
		v      types.View
	}
	said := map[place][]types.Statement{}
	return func(e *Event) error {
		if e.Signed == nil {
			return nil
		}
		at := place{e.Member, e.Signed.Epoch, e.Signed.View}
		for _, s := range said[at] {
			if consensus.Conflict(s, *e.Signed) {
				return fmt.Errorf("member %d signed %s after %s in %d/%d", e.Member, e.Signed.Kind, s.Kind, e.Signed.Epoch, e.Signed.View)
			}
		}
		said[at] = append(said[at], *e.Signed)
		return nil
	}
}

func persisted() func(*Event) error {
	return func(e *Event) error {
		if e.Sent != nil && e.Sent.Vote != nil && !e.Journaled {
			v := e.Sent.Vote
			return fmt.Errorf("member %d sent %s of %d/%d before it was safe", e.Member, v.Kind, v.Epoch, v.View)
		}
		return nil
	}
}

func refused() func(*Event) error {
	return func(e *Event) error {
		if e.Refused != nil {
			return fmt.Errorf("member %d: %w", e.Member, e.Refused)
		}
		return nil
	}
}

func evidence() func(*Event) error {
	return func(e *Event) error {
		if ev := e.Evidence; ev != nil {
			return fmt.Errorf("member %d holds evidence against %d: %s and %s in %d/%d", e.Member, ev.Signer, ev.A.Kind, ev.B.Kind, ev.Epoch, ev.A.View)
		}
		return nil
	}
}

func validity() func(*Event) error {
	return func(e *Event) error {
		if e.Signed != nil && e.Signed.Kind == types.Reject && !e.Guilty {
			return fmt.Errorf("member %d rejects a block of an honest leader in %d/%d", e.Member, e.Signed.Epoch, e.Signed.View)
		}
		return e.Invalid
	}
}

func invariants() func(*Event) error {
	return func(e *Event) error { return e.Invariant }
}

func bounds() func(*Event) error {
	return func(e *Event) error {
		s := e.Status
		if s == nil {
			return nil
		}
		// Views between the last final one and the present one are all needed;
		// beyond them only the buffer for what comes early and the window for late votes.
		views := int(s.View-s.Finalized) + consensus.ViewsAhead + 8*consensus.VoteWindow
		if s.Rounds > views || s.Blocks > views*consensus.ProposalsMax {
			return fmt.Errorf("member %d keeps %d views and %d blocks in view %d, final %d", e.Member, s.Rounds, s.Blocks, s.View, s.Finalized)
		}
		return nil
	}
}

func halts() func(*Event) error {
	return func(e *Event) error {
		if e.Halted != nil {
			return fmt.Errorf("member %d: %w", e.Member, e.Halted)
		}
		return nil
	}
}

func liveness() func(*Event) error {
	return func(e *Event) error {
		if e.Calm == nil {
			return nil
		}
		for i, h := range e.Calm.Heights {
			if h < e.Calm.Target {
				return fmt.Errorf("member %d is at height %d of %d when the calm ends", i, h, e.Calm.Target)
			}
		}
		return nil
	}
}
