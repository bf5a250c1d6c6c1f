package forum

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/vpool/flow"
)

// causeBlock is the cause of the first visit of a block that is kept: the mint of
// its own pool.
const causeBlock = "block"

// keep makes a settled block a post for good (spec forum §1). The pool forgets its
// blocks; what a post references, and what is worth something in a book, must be
// there for every flow to come.
func keep(c *route.Ctx, id keys.Hash) {
	b, ok := pool.Posted(c, id)
	if !ok || posts.Has(c, id) {
		return
	}
	posts.Set(c, id, ofBlock(id, b))
	w := worth{Value: b.Minted}
	if !b.Minted.IsZero() {
		w.Visits = 1
		visits.Set(c, nth{rep.WREP, id, 1}, visit{Height: c.Block.Height, Kind: flow.Minted, Amount: b.Minted, Cause: causeBlock})
	}
	worths.Set(c, in{rep.WREP, id}, w)
	t, _ := sums.Get(c, rep.WREP)
	t.Entered = t.Entered.Add(b.Minted)
	sums.Set(c, rep.WREP, t)
}

// ofBlock is a settled block as a post.
func ofBlock(id keys.Hash, b pool.BlockPost) post {
	return post{
		Height: b.Height, Publisher: b.Producer, Content: id,
		Authors: []Author{{Address: b.Producer, PPM: types.Million}},
	}
}
