package mempool

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
)

// Iterator gives transactions in the order in which a block takes them. The
// pool may change meanwhile: what comes in after Iterate may be missed, and what
// goes is passed over.
type Iterator struct {
	nonceOf func(keys.Address) uint64
	heads   []*entry         // the pool's best heap as it was
	front   heap[*candidate] // what may come next, best at the top
	last    *entry           // given last; nil once refused
}

// candidate is an entry that may come next. Heads are candidates only when
// those above them in the pool's heap have been taken, so that a block which
// takes k transactions looks at about as many heads, however many wait.
type candidate struct {
	entry *entry
	slot  int // in heads; absent for those behind a head
	place int
}

// Iterate starts a block's selection; nonceOf tells an account's nonce in the
// state that the block builds on, which may be ahead of the final one: what
// blocks between have included is passed over.
func (p *Pool) Iterate(nonceOf func(keys.Address) uint64) *Iterator {
	it := &Iterator{nonceOf: nonceOf, heads: slices.Clone(p.best.list)}
	it.front = heap[*candidate]{
		before: func(a, b *candidate) bool { return a.entry.before(b.entry) },
		place:  func(c *candidate) *int { return &c.place },
	}
	it.head(0)
	return it
}

// Next is the next transaction, or nil when there are no more.
func (it *Iterator) Next() *types.SignedTx {
	if e := it.last; e != nil {
		it.behind(e.line, e.tx.Nonce+1)
		it.last = nil
	}
	for len(it.front.list) > 0 {
		c := it.front.list[0]
		it.front.remove(c)
		e := c.entry
		if c.slot != absent {
			it.head(2*c.slot + 1)
			it.head(2*c.slot + 2)
			if nonce := it.nonceOf(e.tx.From); nonce != e.tx.Nonce {
				it.behind(e.line, nonce)
				continue
			}
		}
		if !e.gone {
			it.last = e
			return e.tx
		}
	}
	return nil
}

// Refused tells that the transaction that Next gave last cannot be included:
// those behind it in its sender's line are passed over.
func (it *Iterator) Refused() { it.last = nil }

// head makes the head in a slot a candidate.
func (it *Iterator) head(slot int) {
	if slot < len(it.heads) {
		it.front.push(&candidate{entry: it.heads[slot], slot: slot})
	}
}

// behind makes a line's entry with a nonce a candidate.
func (it *Iterator) behind(l *line, nonce uint64) {
	if e := l.at(nonce); e != nil {
		it.front.push(&candidate{entry: e, slot: absent})
	}
}
