package availability

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus/quorum"
)

// begin checks the block's place in its epoch and the records of the views it
// skips, fixes the next list when it is time, and keeps the producers' conduct.
func begin(c *route.Ctx) error {
	b := c.Block
	now, ok := numbers.Get(c, b.Epoch)
	if !ok || b.Schedule == nil || b.Height < now.First || b.Height > now.last() {
		return fmt.Errorf("%w: epoch %d, height %d", ErrPlan, b.Epoch, b.Height)
	}
	skipped, err := records(c, &now)
	if err != nil {
		return err
	}
	if leader := b.Schedule.ASC(b.View).Producer; Convicted(c, leader) {
		return fmt.Errorf("%w: %s in view %d", ErrProducer, leader, b.View)
	}
	// The state is still that of the parent, the last block of a view up to the
	// deadline: nothing in this block moves the list.
	if b.View > now.deadline() && !lists.Has(c, b.Epoch+1) {
		fixList(c, b.Epoch+1)
	}
	for i := range skipped {
		Miss(c, b.Schedule.ASC(skipped[i].View))
	}
	Served(c, b.Schedule.ASC(b.View))
	return nil
}

// Skipped is how many views the block skips since its parent, of its own epoch:
// the first so many of its records are about them. The parent of an epoch's
// first block is the boundary, whose view is of the epoch before.
func Skipped(c *route.Ctx) (uint64, error) {
	from := c.Block.ParentView
	if now, ok := numbers.Get(c, c.Block.Epoch); ok && now.First == c.Block.Height {
		from = 0
	}
	if c.Block.View <= from {
		return 0, fmt.Errorf("%w: view %d on view %d", ErrViews, c.Block.View, from)
	}
	return uint64(c.Block.View - from - 1), nil
}

// records are those of the skipped views: one each, in order, with a
// Nullification of quorum weight. That their number is bounded by the body also
// bounds how far the schedule is ever worked out. Later records are additions
// and certify nothing.
func records(c *route.Ctx, now *terms) ([]types.ViewRecord, error) {
	n, err := Skipped(c)
	if err != nil {
		return nil, err
	}
	views := c.Block.Views
	if n > uint64(len(views)) {
		return nil, fmt.Errorf("%w: %d views skipped, %d records", ErrViews, n, len(views))
	}
	if len(views) == 0 {
		return nil, nil
	}
	bench, _ := rosters.Get(c, c.Block.Epoch)
	need := quorum.Threshold(bench.Total())
	first := c.Block.View - types.View(n)
	for i := range views {
		rec := &views[i]
		if uint64(i) >= n {
			if rec.Nullification != nil {
				return nil, fmt.Errorf("%w: addition about view %d has a nullification", ErrViews, rec.View)
			}
			continue
		}
		v := first + types.View(i)
		null := rec.Nullification
		if rec.Epoch != c.Block.Epoch || rec.View != v || null == nil ||
			null.Kind != types.Nullify || null.Epoch != rec.Epoch || null.View != v {
			return nil, fmt.Errorf("%w: record %d is not about view %d", ErrViews, i, v)
		}
		if w, err := null.Weight(&bench); err != nil || w < need {
			return nil, fmt.Errorf("%w: view %d nullified by weight %d of %d", ErrViews, v, w, need)
		}
	}
	return views[:n], nil
}

// Miss notes that the producer of a contract was drawn and gave no block.
// jail.misses of them in a row jail it: the next list leaves it out until it
// asks back. Nothing is taken from it.
func Miss(c *route.Ctx, asc types.ASC) {
	k, _ := conducts.Get(c, asc.Producer)
	if k.Jailed {
		return
	}
	k.Misses++
	if k.Misses >= JailMisses.Get(c) {
		conducts.Set(c, asc.Producer, k)
		Jail(c, asc.Producer)
		return
	}
	conducts.Set(c, asc.Producer, k)
}

// Served notes that the producer of a contract gave a block. It does not free
// the jailed: they ask.
func Served(c *route.Ctx, asc types.ASC) {
	if k, ok := conducts.Get(c, asc.Producer); ok && !k.Jailed {
		conducts.Delete(c, asc.Producer)
	}
}

// Jail leaves an account out of the lists to come until it asks back. It stays
// on the bench: votes of a roster must not depend on who was online.
func Jail(c *route.Ctx, a keys.Address) {
	k, _ := conducts.Get(c, a)
	if k.Jailed {
		return
	}
	k.Jailed = true
	conducts.Set(c, a, k)
	c.EmitAs("availability", "jail", "address", a, "misses", k.Misses)
}

// Jailed reports whether an account is in jail.
func Jailed(r state.Reader, a keys.Address) bool {
	k, _ := conducts.Get(r, a)
	return k.Jailed
}

// Convict bars an account from benches and lists to come, for good. It keeps
// its place where that is already frozen: its proposals are invalid on any
// parent that holds the conviction, its votes count and earn nothing.
func Convict(c *route.Ctx, a keys.Address) {
	if convicted.Has(c, a) {
		return
	}
	convicted.Set(c, a, c.Block.Height)
	c.EmitAs("availability", "convict", "address", a)
}

// Convicted reports whether an account is convicted.
func Convicted(r state.Reader, a keys.Address) bool { return convicted.Has(r, a) }

// ConvictedAll lists the convicted accounts, in order of addresses.
func ConvictedAll(r state.Reader) (out []keys.Address) {
	convicted.Range(r, func(a keys.Address, _ types.Height) bool {
		out = append(out, a)
		return true
	})
	return out
}
