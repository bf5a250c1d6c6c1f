package legislature

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Bounds of the work of one block.
const (
	lapseMax = 64 // proposals that expire
	openMax  = 16 // votes that open
	payMax   = 8  // credits paid in each book
)

// begin opens the book of gREP in the first block in which a budget share for it
// is in force (L7).
func begin(c *route.Ctx) error {
	if bank.BudgetGREP.Get(c) > 0 {
		rep.OpenGovernance(c)
	}
	return nil
}

// end does what waits: proposals that lapse, votes that open, credits. Pools have
// closed before it, in the End of their route.
func end(c *route.Ctx) {
	lapse(c)
	openWaiting(c)
	pay(c, rep.WREP, payMax)
	if rep.GovernanceOpen(c) {
		pay(c, rep.GREP, payMax)
	}
}

// lapse ends drafts without a deposit and passed proposals that nobody executed.
func lapse(c *route.Ctx) {
	left := lapseMax
	dues.Range(c, func(d due, _ State) bool {
		if d.Time > c.Block.Time || left == 0 {
			return false
		}
		left--
		p, _ := proposals.Get(c, d.Number)
		finish(c, d.Number, &p, Expired)
		proposals.Set(c, d.Number, p)
		return true
	})
}

// openWaiting opens votes in order of rank; those that open in one block have
// one electorate, so that electorates are at most as many as blocks.
func openWaiting(c *route.Ctx) {
	left := openMax
	shared := map[rep.Book]uint64{}
	most := OpenMax.Get(c)
	waiting.Range(c, func(k ready, _ types.Height) bool {
		running, _ := counted.Get(c)
		p, _ := proposals.Get(c, k.Number)
		if left == 0 || !p.Class.Rescue && running >= most {
			return false
		}
		left--
		waiting.Delete(c, k)
		open(c, k.Number, &p, shared)
		proposals.Set(c, k.Number, p)
		return true
	})
}

// boundary puts the work contract that waits in force, and sees whether gREP
// canonizes from the next epoch on.
func boundary(c *route.Ctx) {
	enact(c)
	if _, done := canonized.Get(c); !done && spread(c) {
		canonized.Set(c, c.Block.Epoch+1)
		c.Emit("canonizing", "book", rep.GREP.String(), "epoch", c.Block.Epoch+1)
	}
}

// spread reports whether enough accounts hold gREP and none more than a third of
// it. It reads every holder, which a boundary may.
func spread(c *route.Ctx) bool {
	if rep.Count(c, rep.GREP) < Holders.Get(c) {
		return false
	}
	supply, even := rep.Supply(c, rep.GREP), true
	rep.Range(c, rep.GREP, keys.Address{}, func(_ keys.Address, amt types.Amount) bool {
		even = !supply.Less(amt.Mul(3))
		return even
	})
	return even
}
