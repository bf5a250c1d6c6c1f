package node

import (
	"fmt"
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/consensus/quorum"
	"probity/node/sync"
)

// flushSync sends what the sync machine wants sent.
func (c *Core) flushSync() {
	for _, o := range c.sync.Take() {
		c.reply(o.Peer, o.Msg)
	}
}

func (c *Core) reply(peer string, msg sync.Message) {
	c.world.Network.Send(peer, TopicSync, codec.MustMarshal(&msg))
}

// receiveSync answers questions and takes answers.
func (c *Core) receiveSync(from string, data []byte) Verdict {
	var m sync.Message
	if err := codec.Unmarshal(data, &m); err != nil {
		return c.drop(Refuse, "form")
	}
	switch {
	case m.Status != nil:
		c.sync.Heard(from, *m.Status)
		if m.Status.Ask {
			c.reply(from, sync.Message{Status: &sync.Status{Height: c.Height()}})
		}
	case m.Want != nil:
		if b := c.find(*m.Want); b != nil {
			c.reply(from, sync.Message{ID: m.ID, Block: b})
		}
	case m.Range != nil:
		if blocks := c.serve(m.Range.From); blocks != nil {
			c.reply(from, sync.Message{ID: m.ID, Blocks: blocks})
		}
	case m.Block != nil:
		return c.take("", &consensus.Message{Proposal: m.Block})
	case m.Blocks != nil:
		if !c.sync.Answered(from, m.ID) {
			return c.drop(Ignore, "unasked")
		}
		before := c.Height()
		if err := c.catchUp(m.Blocks); err != nil {
			c.log.Warn("range refused", "event", "sync_refused", "peer", from, "reason", err)
			c.sync.Failed(from)
			return Refuse
		}
		if c.Height() == before { // old blocks: a peer that has nothing newer claimed more
			c.sync.Failed(from)
		}
		c.sync.Continue()
	}
	c.flushSync()
	return Accept
}

// find looks for a block among those executed, final and pending.
func (c *Core) find(w sync.Want) *types.Block {
	if e := c.tree[w.Digest]; e != nil {
		if e.block.Signature == ([64]byte{}) {
			return nil // being signed
		}
		return e.block
	}
	if b, err := c.store.BlockByDigest(w.Digest); err == nil && b != nil {
		return b
	}
	blocks, err := c.store.Pending(c.plan.Epoch)
	c.must(err)
	for _, b := range blocks {
		if b.Digest() == w.Digest && b.Signature != ([64]byte{}) {
			return b
		}
	}
	return nil
}

// serve gathers final blocks from a height on, up to the last one in bounds
// whose finality is proven, all of one epoch.
func (c *Core) serve(from types.Height) *sync.Blocks {
	var best, out sync.Blocks
	size := 0
	var epoch types.Epoch
	for h := from; h <= c.Height() && len(out.Blocks) < sync.RangeBlocks; h++ {
		b, err := c.store.Block(h)
		c.must(err)
		if b == nil || len(out.Blocks) > 0 && b.Header.Epoch != epoch {
			break
		}
		epoch = b.Header.Epoch
		size += len(codec.MustMarshal(b))
		if len(best.Blocks) > 0 && size > sync.RangeBytes {
			break
		}
		out.Blocks = append(out.Blocks, b)
		p, err := c.store.Finality(h)
		c.must(err)
		if p != nil && p.Height == h {
			best = sync.Blocks{Blocks: append([]*types.Block{}, out.Blocks...), Finalization: p.Finalization, Trailing: p.Trailing}
		}
	}
	if len(best.Blocks) == 0 {
		return nil
	}
	return &best
}

// catchUp executes and commits a range of final blocks. The proof is checked
// against the roster of the epoch that this member knows from its own state;
// nothing of the answer is trusted.
func (c *Core) catchUp(r *sync.Blocks) error {
	if len(r.Blocks) == 0 || slices.Contains(r.Blocks, nil) {
		return fmt.Errorf("empty range, or an empty place in it")
	}
	first := &r.Blocks[0].Header
	if first.Height <= c.Height() {
		return nil // committed meanwhile by the views
	}
	if first.Height != c.Height()+1 || first.Epoch != c.plan.Epoch {
		return fmt.Errorf("range from %d in epoch %d, want %d in %d", first.Height, first.Epoch, c.Height()+1, c.plan.Epoch)
	}
	if err := c.proven(r); err != nil {
		return err
	}
	parent := c.base
	for _, b := range r.Blocks {
		d := b.Digest()
		e := c.tree[d]
		if e == nil {
			result, err := c.run(parent, b)
			if err != nil {
				panic(fmt.Sprintf("node: block %s of height %d is final and invalid here: %v", d.Short(), b.Header.Height, err))
			}
			e = &executed{block: b, parent: b.Header.Parent, result: result, state: result.Parent()}
			c.tree[d] = e
		}
		parent = e.state
	}
	epoch := c.plan.Epoch
	c.commit(&consensus.Commit{Blocks: r.Blocks, Finalization: r.Finalization, Trailing: r.Trailing})
	if c.halted != nil {
		return nil
	}
	if c.plan.Epoch == epoch { // the machine has not seen these blocks become final
		c.inputs = append([]consensus.Input{c.startInput()}, c.inputs...)
	}
	c.step(consensus.Tick{})
	return nil
}

// proven checks that the blocks form a chain on the base and that a quorum of
// the epoch's roster finalized its end.
func (c *Core) proven(r *sync.Blocks) error {
	prev, height := c.base.Digest, c.Height()
	var items []keys.Signed
	for _, b := range r.Blocks {
		h := &b.Header
		if h.Parent != prev || h.Height != height+1 || h.Epoch != c.plan.Epoch {
			return fmt.Errorf("block at height %d does not follow", h.Height)
		}
		if err := b.Check(); err != nil {
			return err
		}
		if h.View == 0 || h.View > types.View(c.plan.Blocks)+types.ViewRecordsMax*types.View(len(r.Blocks)) {
			return fmt.Errorf("block of view %d", h.View)
		}
		// Who serves the view follows from salts that execution opens; until
		// then the contract is the one that the header names.
		asc := slices.IndexFunc(c.plan.List, func(a types.ASC) bool { return a.ID == h.ASC })
		if asc < 0 {
			return fmt.Errorf("block at height %d by no contract of the epoch", h.Height)
		}
		st := h.Statement()
		items = append(items, keys.Signed{Key: c.plan.List[asc].Key, Message: st.SignBytes(c.genesis), Signature: b.Signature})
		prev, height = b.Digest(), h.Height
	}
	for i := range r.Trailing {
		h := &r.Trailing[i].Header
		if h.Parent != prev || h.Height != height || h.Epoch != c.plan.Epoch || height != c.plan.Last() {
			return fmt.Errorf("trailing header of view %d does not follow", h.View)
		}
		prev = h.Digest()
	}
	f := &r.Finalization
	if f.Kind != types.Finalize || f.Digest != prev {
		return fmt.Errorf("the finalization names another block")
	}
	w, err := f.Weight(&c.plan.Roster)
	if err != nil {
		return err
	}
	if total := c.plan.Roster.Total(); w < quorum.Threshold(total) {
		return fmt.Errorf("finalization of weight %d of %d", w, total)
	}
	final, err := f.Signed(&c.plan.Roster, c.genesis)
	if err != nil {
		return err
	}
	items = append(items, final...)
	if !all1(c.seen.check(items, c.world.Entropy)) {
		return fmt.Errorf("a signature of the blocks or of the finalization does not verify")
	}
	return nil
}
