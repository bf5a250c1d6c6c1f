package law

import (
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

// TakeRoutes replaces all leaves of routes that are not covered by those given;
// others of the given are passed over.
func (c *Chain) TakeRoutes(leaves []tree.Leaf) {
	for _, k := range c.State.Keys("") {
		if int(k[0])<<8|int(k[1]) > Covered {
			c.State.Delete(k)
		}
	}
	for _, l := range leaves {
		if int(l.Key[0])<<8|int(l.Key[1]) > Covered {
			c.State.Set(string(l.Key), l.Value)
		}
	}
}

// TakeForeign takes over, at height 0, the leaves of routes that are not covered,
// and their parameters.
func (c *Chain) TakeForeign(leaves []tree.Leaf) {
	c.TakeRoutes(leaves)
	names := key(routeParams, 1)
	foreign := map[wire.Hash]bool{}
	for _, l := range leaves {
		k := string(l.Key)
		if len(k) > len(names) && k[:len(names)] == names && find(k[len(names):]) == nil {
			c.State.Set(k, l.Value)
			foreign[wire.Sum([]byte(k[len(names):]))] = true
		}
	}
	history := key(routeParams, 4)
	for _, l := range leaves {
		k := string(l.Key)
		var h wire.Hash
		if len(k) == len(history)+40 && k[:len(history)] == history {
			copy(h[:], k[len(history):])
			if foreign[h] {
				c.State.Set(k, l.Value)
			}
		}
	}
	c.stamp()
}

// Rehead gives the header of height 0 the root of a state with foreign leaves.
func (c *Chain) Rehead(root wire.Hash) {
	c.Head.StateRoot = root
	c.Digest = c.Head.Digest()
	c.State.Settle()
}

// Adopt makes the leaves the state.
func (c *Chain) Adopt(leaves []tree.Leaf) {
	keep := map[string]bool{}
	for _, l := range leaves {
		keep[string(l.Key)] = true
		if v, ok := c.State.Get(string(l.Key)); !ok || string(v) != string(l.Value) {
			c.State.Set(string(l.Key), l.Value)
		}
	}
	for _, k := range c.State.Keys("") {
		if !keep[k] {
			c.State.Delete(k)
		}
	}
	c.State.Settle()
	c.schedules, c.rosters = map[uint64]*schedule{}, map[uint64]*wire.Roster{}
}

// Replace makes the leaves the state and the block the head.
func (c *Chain) Replace(leaves []tree.Leaf, b *wire.Block) {
	c.Adopt(leaves)
	c.Head, c.Digest = b.Header, b.Header.Digest()
}

// Epoch is that of the next block.
func (c *Chain) Epoch() uint64 {
	if t, ok := c.terms(c.Head.Epoch); ok && c.Head.Height >= t.last() {
		return c.Head.Epoch + 1
	}
	return c.Head.Epoch
}
