package node

import (
	"errors"
	"fmt"
	"slices"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/store"
)

// parentOf is the executed state that a block builds on.
func (c *Core) parentOf(digest keys.Hash) (exec.Parent, bool) {
	if digest == c.base.Digest {
		return c.base, true
	}
	e := c.tree[digest]
	if e == nil {
		return exec.Parent{}, false
	}
	return e.state, true
}

// errOrphan says that a block's parent is not here: no verdict on the block.
var errOrphan = errors.New("the parent's state is not here")

// execute verifies a block against its parent's state.
func (c *Core) execute(a consensus.Execute) error {
	if c.tree[a.Digest] != nil {
		return nil
	}
	parent, ok := c.parentOf(a.Block.Header.Parent)
	if !ok {
		return fmt.Errorf("%w: %s", errOrphan, a.Block.Header.Parent.Short())
	}
	e := &executed{block: a.Block, parent: a.Block.Header.Parent, trailing: a.Trailing}
	if a.Trailing {
		if err := c.exec.VerifyTrailing(parent, a.Block); err != nil {
			return err
		}
		e.state = parent.Trailing(a.Block)
		c.tree[a.Digest] = e
		return nil
	}
	result, err := c.run(parent, a.Block)
	if err != nil {
		return err
	}
	e.result, e.state = result, result.Parent()
	c.tree[a.Digest] = e
	return nil
}

// run decodes a block's transactions, checks the signatures of those that the
// mempool has not seen, and executes.
func (c *Core) run(parent exec.Parent, b *types.Block) (*exec.Result, error) {
	txs := make([]*types.SignedTx, len(b.Body.Txs))
	sigs := make([]bool, len(txs))
	var items []keys.Signed
	var at []int
	for i, raw := range b.Body.Txs {
		if tx := c.pool.Get(keys.Sum(raw)); tx != nil {
			txs[i], sigs[i] = tx, true
			continue
		}
		tx, err := types.DecodeTx(raw)
		if err != nil {
			return nil, fmt.Errorf("transaction %d: %w", i, err)
		}
		txs[i] = tx
		items, at = append(items, tx.Signed(c.genesis)), append(at, i)
	}
	if len(items) > 0 {
		for j, ok := range c.seen.verify(items, c.world.Entropy) {
			sigs[at[j]] = ok
		}
	}
	return c.exec.Verify(parent, b, txs, sigs)
}

// build makes this member's block for the view it leads; nil where it cannot.
func (c *Core) build(a consensus.Build) *types.Block {
	parent, ok := c.parentOf(a.Parent)
	if !ok {
		return nil
	}
	now := max(c.world.Clock.Now(), parent.Header.Time+c.plan.Interval)
	p := exec.Proposal{
		Epoch: a.Epoch, View: a.View, ParentView: parent.Header.View, Time: now, ASC: a.ASC.ID, Votes: a.Votes, Views: a.Views,
	}
	if p.Reveal, p.Seed, ok = c.reveal(&a); !ok {
		return nil
	}
	if a.Trailing {
		block, err := c.exec.BuildTrailing(parent, p)
		if err != nil {
			c.log.Error("no trailing block", "event", "build_failed", "view", a.View, "reason", err)
			return nil
		}
		e := &executed{block: block, parent: a.Parent, state: parent.Trailing(block), trailing: true}
		c.tree[e.state.Digest] = e
		return block
	}
	block, result, err := c.fill(parent, p)
	if err != nil {
		// Late votes are optional and come from others: none of them may keep an
		// honest leader from its block.
		c.log.Error("late votes left out", "event", "build_bare", "view", a.View, "reason", err)
		block, result, err = c.fill(parent, bare(p, parent.Header.Epoch))
	}
	if err != nil {
		c.log.Error("no block", "event", "build_failed", "view", a.View, "reason", err)
		return nil
	}
	c.tree[result.Digest] = &executed{block: block, parent: a.Parent, result: result, state: result.Parent()}
	return block
}

// fill builds a block of what the mempool holds.
func (c *Core) fill(parent exec.Parent, p exec.Proposal) (*types.Block, *exec.Result, error) {
	iter := c.pool.Iterate(func(addr keys.Address) uint64 { return c.exec.Nonce(parent, addr) })
	return c.exec.Build(parent, p, iter.Next, func(tx *types.SignedTx, err error) {
		iter.Refused()
		if !errors.Is(err, bank.ErrNonce) { // a nonce may come right when the line before it is final
			c.pool.Drop(tx.Hash)
		}
		c.log.Debug("transaction left out", "event", "tx_dropped", "tx", tx.Hash, "kind", kindOf(err), "reason", err)
	})
}

// bare is a proposal with nothing but what justifies it: the parent's
// certificate and the Nullifications of the views between.
func bare(p exec.Proposal, parentEpoch types.Epoch) exec.Proposal {
	first := types.View(1)
	if parentEpoch == p.Epoch {
		first = p.ParentView + 1
		p.Votes = p.Votes[:min(1, len(p.Votes))]
	} else {
		p.Votes = nil
	}
	skipped := int(p.View - first)
	views := make([]types.ViewRecord, 0, skipped)
	for _, rec := range p.Views[:min(skipped, len(p.Views))] {
		rec.Rejected = nil
		views = append(views, rec)
	}
	p.Views = views
	return p
}

// reveal opens the salt of the view that this member leads, and takes it up
// into the seed. It is false where the member's secret does not open its own
// dealing: it registered with another, and has no block to give.
func (c *Core) reveal(a *consensus.Build) (reveal types.Bytes, seed keys.Hash, ok bool) {
	switch {
	case !a.Salted || c.plan.Scheme == types.Hashed && a.Trailing:
	case c.plan.Scheme == types.Hashed:
		reveal = beacon.Reveal(SaltSecret(c.set.Beacon, a.Epoch), a.ASC.Salts, a.Salt)
	default:
		reveal = c.escrow.Reveal(a.Place, dealSecret(c.set.Beacon, a.Epoch, a.Salt), a.Dealing)
		salt, err := c.escrow.Open(a.Place, a.Dealing, reveal)
		if err != nil {
			c.log.Error("this member's beacon secret does not open its own salt", "event", "reveal_failed", "epoch", a.Epoch, "view", a.View, "salt", a.Salt, "reason", err)
			return nil, seed, false
		}
		return reveal, types.NextSeed(a.Prev, a.View, salt[:]), true
	}
	return reveal, types.NextSeed(a.Prev, a.View, nil), true
}

// commit writes final blocks, their proof and their state in one atomic batch,
// moves the base, and starts the next epoch behind a boundary.
func (c *Core) commit(f *consensus.Commit) {
	batch := store.Batch{Proof: store.Proof{Finalization: f.Finalization, Trailing: f.Trailing}}
	var done []*executed
	for _, b := range f.Blocks {
		d := b.Digest()
		e := c.tree[d]
		if e == nil || e.result == nil {
			panic(fmt.Sprintf("node: block %s is final and was not executed", d.Short()))
		}
		done = append(done, e)
		batch.Blocks = append(batch.Blocks, store.Final{Block: b, Digest: d, Changes: e.result.Changes, Receipts: e.result.Receipts(), Events: e.result.Events(), Txs: e.result.TxHashes()})
	}
	began := c.world.Clock.Now()
	c.must(c.store.Commit(batch))
	if c.set.Hooks.Stored != nil {
		c.set.Hooks.Stored(max(c.world.Clock.Now()-began, 0))
	}
	c.advance(done)
	c.settle(done)
	if c.outdated() {
		c.must(c.world.raise(f.Finalization.Epoch, f.Finalization.View))
		return
	}
	if c.base.Header.Height >= c.plan.Last() {
		c.inputs = append([]consensus.Input{c.startInput()}, c.inputs...)
		c.due = true
	} else if bad := c.convicted(done); len(bad) > 0 {
		c.inputs = append(c.inputs, consensus.Convicted{Accounts: bad})
	}
	c.must(c.world.raise(f.Finalization.Epoch, f.Finalization.View))
}

// convicted lists who is convicted, where one of the blocks may have added to
// the list: nothing but evidence convicts.
func (c *Core) convicted(done []*executed) []keys.Address {
	for _, e := range done {
		for _, tx := range e.result.Txs {
			if slices.ContainsFunc(tx.Msgs, func(m types.Msg) bool { return m.Route == evidenceRoute }) {
				return c.exec.Convicted(c.base)
			}
		}
	}
	return nil
}

// raise moves the signer's watermark, where there is a signer.
func (w *World) raise(e types.Epoch, v types.View) error {
	if w.Signer == nil {
		return nil
	}
	return w.Signer.Raise(e, v)
}

// advance makes the last of done the base. Blocks that stand on it stay; those
// of other branches go.
func (c *Core) advance(done []*executed) {
	last := done[len(done)-1]
	base := c.exec.Base(c.store, last.block.Header, last.state.Digest)
	for _, e := range done {
		delete(c.tree, e.state.Digest)
		c.recent = append(c.recent, e.block)
	}
	if n := len(c.recent); n > consensus.VoteWindow+1 {
		c.recent = append([]*types.Block{}, c.recent[n-consensus.VoteWindow-1:]...)
	}
	c.base = base
	c.prune()
	for _, e := range c.tree {
		if e.result != nil && e.parent == base.Digest {
			e.result.Rebase(base)
		}
	}
}

// prune drops executed blocks that do not descend from the base.
func (c *Core) prune() {
	keep := map[keys.Hash]*executed{}
	for d, e := range c.tree {
		up := e
		for up != nil && up.parent != c.base.Digest {
			up = c.tree[up.parent]
		}
		if up != nil {
			keep[d] = e
		}
	}
	c.tree = keep
}

// settle tells the mempool, the sync machine and the observers.
func (c *Core) settle(done []*executed) {
	for i, e := range done {
		d := e.state.Digest
		c.pool.Committed(e.block.Header.Height, e.result.Txs, func(addr keys.Address) uint64 { return c.exec.Nonce(c.base, addr) })
		c.sync.Have(d)
		if c.set.Hooks.Committed != nil {
			c.set.Hooks.Committed(Committed{Block: e.block, Digest: d, Result: e.result, Final: i == len(done)-1, Proposed: c.heard[d]})
		}
		h := &e.block.Header
		c.log.Info("block final", "event", "block_final", "height", h.Height, "epoch", h.Epoch, "view", h.View, "txs", len(e.block.Body.Txs), "digest", d.Short())
	}
	c.sync.Committed(c.base.Header.Height)
	for d := range c.heard {
		if c.tree[d] == nil {
			delete(c.heard, d)
		}
	}
}
