package node

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/store"
	"probity/node/sync"
)

// load takes up where the store ends, or makes the genesis state.
func (c *Core) load() error {
	tip, err := c.store.Tip()
	if err != nil {
		return err
	}
	if tip == nil {
		result, err := c.exec.Genesis()
		if err != nil {
			return err
		}
		if err := c.store.Genesis(result.Changes, result.Header); err != nil {
			return err
		}
		if tip, err = c.store.Tip(); err != nil {
			return err
		}
	}
	c.base = c.exec.Base(c.store, tip.Header, tip.Digest)
	if err := c.exec.Supports(c.base); err != nil {
		return err
	}
	for h := tip.Header.Height; h > 0 && len(c.recent) <= consensus.VoteWindow; h-- {
		b, err := c.store.Block(h)
		if err != nil {
			return err
		}
		if b == nil {
			break // below what a snapshot or pruning left
		}
		c.recent = append([]*types.Block{b}, c.recent...)
	}
	c.machine = c.newMachine()
	c.sync = sync.New(tip.Header.Height)
	return nil
}

// newMachine makes a machine that waits for its first Start.
func (c *Core) newMachine() Stepper {
	cfg := consensus.Config{
		Genesis: c.genesis, Self: c.self(), Delta: c.delta(), DeltaMax: consensus.DeltaMaxDefault, Early: consensus.EarlyDefault,
		Escrow: c.escrow,
	}
	if c.set.Machine != nil {
		return c.set.Machine(cfg)
	}
	return consensus.New(cfg)
}

// self is the key that this member votes with; zero for an observer.
func (c *Core) self() keys.PublicKey {
	if c.world.Signer == nil {
		return keys.PublicKey{}
	}
	return c.world.Signer.Public()
}

func (c *Core) delta() types.Time {
	if c.set.Delta > 0 {
		return c.set.Delta
	}
	return consensus.DeltaDefault
}

// startInput is what the machine needs to run the epoch that the base lies in,
// or the next one where the base is a boundary: the plan, the base with its
// proof, own votes from the signer's journal, and the blocks persisted above.
func (c *Core) startInput() consensus.Start {
	h := &c.base.Header
	epoch := h.Epoch
	plan := c.exec.Plan(c.base, epoch)
	if h.Height > 0 && h.Height >= plan.Last() {
		epoch++
		plan = c.exec.Plan(c.base, epoch)
	}
	c.plan = plan
	in := consensus.Start{
		Plan: plan, Recent: append([]*types.Block{}, c.recent...), Convicted: c.exec.Convicted(c.base), Own: map[types.View]keys.Hash{},
		Base: consensus.Base{Digest: c.base.Digest, Height: h.Height, Time: h.Time},
	}
	if epoch > 0 {
		in.Prev = c.exec.Outline(c.base, epoch-1)
	}
	if h.Height > 0 && h.Epoch == epoch {
		in.Base.View = h.View
		in.Base.Final = c.finality(h.Height)
	}
	c.own(&in, epoch)
	blocks, err := c.store.Pending(epoch)
	c.must(err)
	for _, b := range blocks {
		if b.Header.View <= in.Base.View {
			continue
		}
		// A block persisted by a crash before its signature was never proposed.
		if b = c.resign(b, in.Own); b.Signature != (keys.Signature{}) {
			in.Blocks = append(in.Blocks, b)
		}
	}
	if in.Certificates, err = c.store.Certificates(epoch); err != nil {
		c.must(err)
	}
	c.pilot.epoch(epoch)
	return in
}

// finality is the Finalization of the base.
func (c *Core) finality(h types.Height) *types.Certificate {
	p, err := c.store.Finality(h)
	c.must(err)
	if p == nil || p.Height != h || len(p.Trailing) > 0 {
		panic(fmt.Sprintf("node: no finalization of height %d in the store", h))
	}
	return &p.Finalization
}

// own re-adds what the signer's journal holds of the epoch: signing the same
// statement again gives the same bytes.
func (c *Core) own(in *consensus.Start, epoch types.Epoch) {
	if c.world.Signer == nil {
		return
	}
	for _, s := range c.world.Signer.Said(epoch) {
		if s.View <= in.Base.View {
			continue
		}
		sig, err := c.world.Signer.Sign(s)
		if err != nil {
			continue
		}
		if s.Kind == types.Propose {
			in.Own[s.View] = s.Digest
			continue
		}
		in.Votes = append(in.Votes, types.Vote{Statement: s, Signature: sig})
	}
}

// resign puts the signature back on an own block, which was persisted before
// it was signed.
func (c *Core) resign(b *types.Block, own map[types.View]keys.Hash) *types.Block {
	if own[b.Header.View] != b.Digest() || c.world.Signer == nil {
		return b
	}
	if sig, err := c.world.Signer.Sign(b.Header.Statement()); err == nil {
		b.Signature = sig
	}
	return b
}

// Height is that of the last final block.
func (c *Core) Height() types.Height { return c.base.Header.Height }

// Base is the header and digest of the last final block.
func (c *Core) Base() (types.Header, keys.Hash) { return c.base.Header, c.base.Digest }

// Machine is the consensus machine's status.
func (c *Core) Machine() consensus.Status { return c.machine.Status() }

// Store is the member's store, for readers.
func (c *Core) Store() *store.Store { return c.store }

// Plan is that of an epoch, by the state after the last final block; nil where
// that state does not hold it.
func (c *Core) Plan(e types.Epoch) *types.Plan { return c.exec.Plan(c.base, e) }

// Invariants checks the invariants of all routes over the state after the last
// final block; it reads all of it.
func (c *Core) Invariants() error { return c.exec.Invariants(c.base) }
