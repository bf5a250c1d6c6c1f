package mempool

import (
	"sort"

	"github.com/holiman/uint256"

	"probity/chain/keys"
	"probity/chain/types"
)

// entry is a transaction with what orders it.
type entry struct {
	tx     *types.SignedTx
	line   *line
	rate   types.Amount // FeeMax per million of weight
	low    types.Amount // the least rate in the line up to here, urgent ones aside
	seq    uint64       // arrival
	urgent bool
	gone   bool // no longer in the pool
	best   int  // places in heaps
	expiry int
}

// before orders what blocks take first.
func (e *entry) before(o *entry) bool {
	if e.urgent != o.urgent {
		return e.urgent
	}
	if c := e.rate.Cmp(o.rate); c != 0 {
		return c > 0
	}
	return e.seq < o.seq
}

// highest is above every rate.
var highest = types.AmountOf(new(uint256.Int).SetAllOne())

// line is one sender's transactions by nonce.
type line struct {
	from    keys.Address
	nonce   uint64 // of the account in the latest final state
	entries []*entry
	ready   int    // how many from the front have no gap before them
	head    *entry // the first, if it is ready: what stands in the pool's best
	worst   int    // place in the pool's worst
	dirty   bool   // has entries that are gone, until it is swept
}

// find is where a nonce stands or would.
func (l *line) find(nonce uint64) (i int, ok bool) {
	// Without gaps its distance from the account's nonce is its place.
	if d := nonce - l.nonce; nonce >= l.nonce && d < uint64(l.ready) {
		return int(d), true
	}
	i = sort.Search(len(l.entries), func(i int) bool { return l.entries[i].tx.Nonce >= nonce })
	return i, i < len(l.entries) && l.entries[i].tx.Nonce == nonce
}

// at is the entry with a nonce, or nil.
func (l *line) at(nonce uint64) *entry {
	if i, ok := l.find(nonce); ok {
		return l.entries[i]
	}
	return nil
}

// free is the first nonce without a transaction, from the account's on.
func (l *line) free() uint64 { return l.nonce + uint64(l.ready) }

// refresh works out again what follows from the entries from place i on, after
// those have changed.
func (l *line) refresh(i int) {
	l.ready = min(l.ready, i)
	for l.ready < len(l.entries) && l.entries[l.ready].tx.Nonce == l.free() {
		l.ready++
	}
	for ; i < len(l.entries); i++ {
		e := l.entries[i]
		e.low = l.lowest(i)
		if !e.urgent {
			e.low = e.low.Min(e.rate)
		}
	}
}

// lowest is the least rate before place i.
func (l *line) lowest(i int) types.Amount {
	if i == 0 {
		return highest
	}
	return l.entries[i-1].low
}

// last is what the sender loses first: its last entry that is not urgent; nil
// where it has none.
func (l *line) last() (e *entry, queued bool) {
	for i := len(l.entries) - 1; i >= 0; i-- {
		if !l.entries[i].urgent {
			return l.entries[i], i >= l.ready
		}
	}
	return nil, false
}

// worth is what a transaction counts for when room is short: nothing behind a
// gap, else the least rate up to it.
type worth struct {
	queued bool
	rate   types.Amount
}

// above says whether w is worth more than o.
func (w worth) above(o worth) bool {
	if w.queued != o.queued {
		return o.queued
	}
	return !w.queued && o.rate.Less(w.rate)
}

// worthLess orders lines by what their last entries are worth, the latest
// arrival first among equals.
func worthLess(a, b *line) bool {
	x, xq := a.last()
	y, yq := b.last()
	v, w := worth{xq, x.low}, worth{yq, y.low}
	if v.above(w) || w.above(v) {
		return w.above(v)
	}
	return x.seq > y.seq
}
