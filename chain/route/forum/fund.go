package forum

import (
	"github.com/holiman/uint256"

	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// slots is how many electorates a period is divided into.
const slots = 16

// fund opens a validation pool on a post (spec forum §4). The fee pays for the
// mint whatever the pool decides.
func fund(c *route.Ctx, m Fund) error {
	p, ok := find(c, m.Post)
	switch {
	case !ok:
		return ErrPost.With("there is no post %s", m.Post)
	case p.Number == 0:
		return ErrBlock.With("%s is no published post", m.Post)
	case m.Fee.Less(FeeMin.Amount(c)):
		return ErrFee.For(m.Fee, FeeMin.Amount(c))
	case open.Has(c, m.Post):
		return ErrOpen.With("post %s has an open pool already: stake in that", m.Post)
	}
	if err := bank.Charge(c, c.Sender, m.Fee); err != nil {
		return err
	}
	period := types.Time(Period.Get(c))
	id, err := openPool(c, pool.Config{
		Opener: Name, Ref: m.Post, Book: rep.WREP, Deadline: c.Block.Time + period,
		QuorumPPM: QuorumPPM.PPM(c), WinPPM: WinPPM.PPM(c), BindingPPM: BindingPPM.PPM(c),
		Fee: m.Fee, PosterPPM: pool.PosterPPM.PPM(c),
	})
	if err != nil {
		return err
	}
	open.Set(c, m.Post, id)
	c.Emit("funded", "post", m.Post, "by", c.Sender, "fee", m.Fee, "pool", id)
	return nil
}

// openPool opens a pool with the electorate of its slot of time, a sixteenth of
// the period: so as many pools as people pay for hold at most 17 electorates,
// and reading a balance of one stays cheap.
func openPool(c *route.Ctx, config pool.Config) (uint64, error) {
	slot := uint64(c.Block.Time) / max(Period.Get(c)/slots, 1)
	if e, ok := voters.Get(c); ok && e.Slot == slot {
		config.After = e.Pool
		if id, err := pool.Open(c, config); err == nil {
			return id, nil
		}
		config.After = 0 // all pools of the slot have closed, and its electorate is gone
	}
	id, err := pool.Open(c, config)
	if err == nil {
		voters.Set(c, electorate{Slot: slot, Pool: id})
	}
	return id, err
}

// stake stakes in the open pool of a post.
func stake(c *route.Ctx, m Stake) error {
	id, ok := open.Get(c, m.Post)
	if !ok {
		return ErrOpen.With("post %s has no open pool: fund one", m.Post)
	}
	return pool.Stake(c, id, c.Sender, m.For, m.Amount)
}

// verdict hears how a pool ended. The poster's part of what it minted flows at
// the end of the block.
func verdict(c *route.Ctx, v route.Verdict) {
	open.Delete(c, v.Ref)
	if v.Outcome != route.Accepted || len(v.Value) == 0 {
		return
	}
	n, _ := lastDue.Get(c)
	n++
	lastDue.Set(c, n)
	queue.Set(c, n, due{Post: v.Ref, Amount: types.AmountOf(new(uint256.Int).SetBytes(v.Value))})
}
