package store

import (
	"errors"
	"fmt"

	"probity/chain/types"
)

// Policy says how much of the past a member keeps. What it gives up others may
// still have; its own votes need the latest state alone.
type Policy struct {
	States types.Height // states of the last so many blocks; 0: all
	Blocks types.Height // the last so many blocks, with receipts and events; 0: all
}

// PolicyMin is the least that may be kept: peers that are a little behind ask
// for blocks, readers for states of a moment ago, and a snapshot is read while
// the chain goes on.
const PolicyMin = 256

// ErrPolicy refuses a policy that keeps too little.
var ErrPolicy = errors.New("too little would be kept")

// Check refuses a policy below PolicyMin.
func (p Policy) Check() error {
	if p.States != 0 && p.States < PolicyMin || p.Blocks != 0 && p.Blocks < PolicyMin {
		return fmt.Errorf("%w: at least %d states and blocks, or 0 for all", ErrPolicy, PolicyMin)
	}
	return nil
}

// String is the policy in words.
func (p Policy) String() string {
	return "keeps " + last(p.States, "states") + " and " + last(p.Blocks, "blocks")
}

func last(n types.Height, what string) string {
	if n == 0 {
		return "all " + what
	}
	return fmt.Sprintf("the last %d %s", n, what)
}

// pruneStep is how many heights one PruneStep gives up at most: a commit waits
// for it, so it is kept short.
const pruneStep = 64

// PruneStep gives up some of what the policy no longer keeps, the oldest first,
// and says whether more is left. Between two steps commits pass, so a member
// prunes beside its work.
func (s *Store) PruneStep(p Policy) (more bool, err error) {
	t := s.tip.Load()
	if t == nil || p.Check() != nil {
		return false, firstOf(s.ready(), p.Check())
	}
	states, blocks := s.Pruned()
	nextStates, leftStates := step(states, t.Header.Height, p.States)
	nextBlocks, leftBlocks := step(blocks, t.Header.Height, p.Blocks)
	if nextStates == states && nextBlocks == blocks {
		return false, s.ready()
	}
	return leftStates || leftBlocks, s.Prune(nextStates, nextBlocks)
}

// step is up to where to prune now, and whether that is not all.
func step(from, tip, keep types.Height) (to types.Height, more bool) {
	if keep == 0 || tip < keep || tip-keep < from {
		return from, false
	}
	to = tip - keep + 1
	if to > from+pruneStep {
		return from + pruneStep, true
	}
	return to, false
}
