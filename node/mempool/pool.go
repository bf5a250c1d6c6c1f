package mempool

import (
	"container/heap"
	"errors"
	"fmt"
	"sort"

	"probity/chain/keys"
	"probity/chain/types"
)

// Limits bound a pool; zero fields take the defaults.
type Limits struct {
	Txs    int // transactions
	Bytes  int // and their bytes
	Sender int // transactions of one sender
	Gap    int // by which a nonce may be ahead of the sender's next free one
}

// Defaults of Limits.
var defaults = Limits{Txs: 100_000, Bytes: 64 << 20, Sender: 20_000, Gap: 64}

// Errors of Add.
var (
	ErrStale   = errors.New("nonce already used")
	ErrGap     = errors.New("nonce too far ahead")
	ErrReplace = errors.New("a replacement must offer a tenth more")
	ErrSender  = errors.New("too many transactions of one sender")
)

// FullError refuses a transaction that offers no more than the cheapest one in
// a full pool.
type FullError struct{ Rate types.Amount }

// Error tells the rate that would enter.
func (e *FullError) Error() string {
	return fmt.Sprintf("mempool full: offer more than %s base units per million of weight", e.Rate)
}

// Enters is the FeeMax with which a transaction of a weight would enter.
func (e *FullError) Enters(weight uint64, _ error) types.Amount {
	return e.Rate.ShareDown(max(weight, 1), 1_000_000).Add(types.NewAmount(1))
}

// entry is a transaction with what orders it.
type entry struct {
	tx     *types.SignedTx
	rate   types.Amount // FeeMax per million of weight
	urgent bool
	gone   bool
}

// less orders entries by what they offer; the hash decides between equals, so
// that every run decides alike.
func (e *entry) less(o *entry) bool {
	if e.urgent != o.urgent {
		return o.urgent
	}
	if c := e.rate.Cmp(o.rate); c != 0 {
		return c < 0
	}
	return string(e.tx.Hash[:]) < string(o.tx.Hash[:])
}

// sender holds one account's transactions by nonce.
type sender struct {
	byNonce map[uint64]*entry
}

// Pool is the mempool.
type Pool struct {
	limits  Limits
	weight  func(*types.SignedTx) (uint64, error)
	byHash  map[keys.Hash]*entry
	senders map[keys.Address]*sender
	urgent  func(*types.SignedTx) bool
	bytes   int
	cheap   rates // all entries ever added, cheapest first; dead ones are skipped
}

// New makes an empty pool. weight is the law's measure of a transaction; urgent
// transactions (evidence, which pays nothing) go before all others.
func New(l Limits, weight func(*types.SignedTx) (uint64, error), urgent func(*types.SignedTx) bool) *Pool {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&l.Txs, defaults.Txs)
	set(&l.Bytes, defaults.Bytes)
	set(&l.Sender, defaults.Sender)
	set(&l.Gap, defaults.Gap)
	return &Pool{limits: l, weight: weight, urgent: urgent, byHash: map[keys.Hash]*entry{}, senders: map[keys.Address]*sender{}}
}

// Len is the number of transactions.
func (p *Pool) Len() int { return len(p.byHash) }

// Bytes is their size.
func (p *Pool) Bytes() int { return p.bytes }

// Has reports whether a transaction is here.
func (p *Pool) Has(hash keys.Hash) bool { return p.byHash[hash] != nil }

// Get is the transaction with a hash, or nil.
func (p *Pool) Get(hash keys.Hash) *types.SignedTx {
	if e := p.byHash[hash]; e != nil {
		return e.tx
	}
	return nil
}

// Next is the account's next free nonce behind its transactions here, from its
// nonce in the state.
func (p *Pool) Next(a keys.Address, nonce uint64) uint64 {
	s := p.senders[a]
	for s != nil && s.byNonce[nonce] != nil {
		nonce++
	}
	return nonce
}

// List shows transactions, of one account by nonce where from is not nil.
func (p *Pool) List(from *keys.Address, limit int) (out []*types.SignedTx) {
	for _, a := range p.addresses() {
		if from != nil && a != *from {
			continue
		}
		for _, n := range p.senders[a].nonces() {
			if len(out) >= limit {
				return out
			}
			out = append(out, p.senders[a].byNonce[n].tx)
		}
	}
	return out
}

// Add offers a transaction; nonce is its account's next in the state. One that
// is here already is taken again without effect.
func (p *Pool) Add(tx *types.SignedTx, nonce uint64) error {
	if p.byHash[tx.Hash] != nil {
		return nil
	}
	if tx.Nonce < nonce {
		return ErrStale
	}
	w, err := p.weight(tx)
	if err != nil {
		return err
	}
	e := &entry{tx: tx, rate: tx.FeeMax.ShareDown(1_000_000, max(w, 1)), urgent: p.urgent != nil && p.urgent(tx)}
	s := p.senders[tx.From]
	if s == nil {
		s = &sender{byNonce: map[uint64]*entry{}}
	}
	if old := s.byNonce[tx.Nonce]; old != nil {
		if tx.FeeMax.Less(old.tx.FeeMax.ShareDown(11, 10)) {
			return ErrReplace
		}
		p.remove(old)
	} else if len(s.byNonce) >= p.limits.Sender {
		return ErrSender
	} else if tx.Nonce > p.Next(tx.From, nonce)+uint64(p.limits.Gap) {
		return ErrGap
	}
	if err := p.room(e); err != nil {
		return err
	}
	p.senders[tx.From] = s
	s.byNonce[tx.Nonce] = e
	heap.Push(&p.cheap, e)
	p.byHash[tx.Hash] = e
	p.bytes += len(tx.Raw)
	return nil
}

// room makes place for a transaction, at the expense of the last transactions
// of those who offer least. It refuses one that offers no more than they.
func (p *Pool) room(e *entry) error {
	for len(p.byHash)+1 > p.limits.Txs || p.bytes+len(e.tx.Raw) > p.limits.Bytes {
		for len(p.cheap) > 0 && p.cheap[0].gone {
			heap.Pop(&p.cheap)
		}
		if len(p.cheap) == 0 {
			return &FullError{}
		}
		worst := p.cheap[0]
		if !worst.less(e) || worst.rate == e.rate && worst.urgent == e.urgent {
			return &FullError{Rate: worst.rate}
		}
		p.remove(p.senders[worst.tx.From].last())
	}
	return nil
}

// remove takes an entry out.
func (p *Pool) remove(e *entry) {
	e.gone = true
	delete(p.byHash, e.tx.Hash)
	p.bytes -= len(e.tx.Raw)
	s := p.senders[e.tx.From]
	delete(s.byNonce, e.tx.Nonce)
	if len(s.byNonce) == 0 {
		delete(p.senders, e.tx.From)
	}
	if len(p.cheap) > 64 && len(p.cheap) > 2*len(p.byHash) {
		p.rebuild()
	}
}

// rebuild drops the dead from the heap.
func (p *Pool) rebuild() {
	live := p.cheap[:0]
	for _, e := range p.cheap {
		if !e.gone {
			live = append(live, e)
		}
	}
	for i := len(live); i < len(p.cheap); i++ {
		p.cheap[i] = nil
	}
	p.cheap = live
	heap.Init(&p.cheap)
}

// Drop takes a transaction out, whatever became of it.
func (p *Pool) Drop(hash keys.Hash) {
	if e := p.byHash[hash]; e != nil {
		p.remove(e)
	}
}

// Committed takes out what a final block holds or has made stale: nonceOf tells
// the accounts' nonces after it.
func (p *Pool) Committed(height types.Height, txs []*types.SignedTx, nonceOf func(keys.Address) uint64) {
	for _, tx := range txs {
		p.Drop(tx.Hash)
	}
	for _, tx := range txs {
		s := p.senders[tx.From]
		if s == nil {
			continue
		}
		next := nonceOf(tx.From)
		for _, n := range s.nonces() {
			if n >= next {
				break
			}
			p.remove(s.byNonce[n])
		}
	}
	if height%64 == 0 {
		p.expire(height)
	}
}

// expire takes out what may no longer be included.
func (p *Pool) expire(height types.Height) {
	for _, a := range p.addresses() {
		s := p.senders[a]
		for _, n := range s.nonces() {
			if e := s.byNonce[n]; e.tx.ValidUntil <= height {
				p.remove(e)
			}
		}
	}
}

// nonces lists a sender's nonces, ascending.
func (s *sender) nonces() []uint64 {
	out := make([]uint64, 0, len(s.byNonce))
	for n := range s.byNonce {
		out = append(out, n)
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// last is the sender's transaction with the highest nonce.
func (s *sender) last() (best *entry) {
	for _, e := range s.byNonce {
		if best == nil || e.tx.Nonce > best.tx.Nonce {
			best = e
		}
	}
	return best
}

func (p *Pool) addresses() []keys.Address {
	out := make([]keys.Address, 0, len(p.senders))
	for a := range p.senders {
		out = append(out, a)
	}
	sort.Slice(out, func(i, j int) bool { return string(out[i][:]) < string(out[j][:]) })
	return out
}

// rates is a heap of entries, cheapest first.
type rates []*entry

func (r rates) Len() int           { return len(r) }
func (r rates) Less(i, j int) bool { return r[i].less(r[j]) }
func (r rates) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *rates) Push(x any)        { *r = append(*r, x.(*entry)) }
func (r *rates) Pop() any {
	old := *r
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*r = old[:len(old)-1]
	return e
}
