package mempool

import (
	"container/heap"

	"probity/chain/keys"
	"probity/chain/types"
)

// Iterator gives transactions in the order in which a block takes them: by
// offer between senders, by nonce within one.
type Iterator struct {
	pool    *Pool
	nonceOf func(keys.Address) uint64
	heads   best
	last    *entry
}

// Iterate starts a block's selection; nonceOf tells an account's nonce in the
// state that the block builds on.
func (p *Pool) Iterate(nonceOf func(keys.Address) uint64) *Iterator {
	it := &Iterator{pool: p, nonceOf: nonceOf}
	for a, s := range p.senders { // the heap orders them, whatever order they come in
		if e := s.byNonce[nonceOf(a)]; e != nil {
			it.heads = append(it.heads, e)
		}
	}
	heap.Init(&it.heads)
	return it
}

// Next is the next transaction, or nil.
func (it *Iterator) Next() *types.SignedTx {
	if it.last != nil {
		if s := it.pool.senders[it.last.tx.From]; s != nil {
			if e := s.byNonce[it.last.tx.Nonce+1]; e != nil {
				heap.Push(&it.heads, e)
			}
		}
		it.last = nil
	}
	if len(it.heads) == 0 {
		return nil
	}
	it.last = heap.Pop(&it.heads).(*entry)
	return it.last.tx
}

// Refused tells that the transaction that Next gave last cannot be included:
// those behind it in its sender's line are passed over.
func (it *Iterator) Refused() { it.last = nil }

// best is a heap of entries, the highest offer first.
type best []*entry

func (b best) Len() int           { return len(b) }
func (b best) Less(i, j int) bool { return b[j].less(b[i]) }
func (b best) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *best) Push(x any)        { *b = append(*b, x.(*entry)) }
func (b *best) Pop() any {
	old := *b
	e := old[len(old)-1]
	*b = old[:len(old)-1]
	return e
}
