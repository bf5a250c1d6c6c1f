package node

import (
	"context"
	"time"
)

// pruneRest is how long pruning rests when nothing is left to give up.
const pruneRest = time.Second

// prune gives up in the background what the policy does not keep.
func (n *Node) prune(ctx context.Context) error {
	p := n.opts.Keep
	states, blocks := n.core.store.Pruned()
	n.log.Info("pruning", "event", "prune_policy", "policy", p.String(), "oldest_state", states, "oldest_block", blocks)
	for ctx.Err() == nil {
		more, err := n.core.store.PruneStep(p)
		if err != nil {
			return err
		}
		rest := pruneRest
		if more {
			rest = pruneRest / 20
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
	return nil
}
