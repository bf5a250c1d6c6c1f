package law

import (
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

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
