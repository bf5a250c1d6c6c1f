package mempool

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
)

// Limits bound a pool; zero fields take the defaults.
type Limits struct {
	Txs    int // transactions
	Bytes  int // and their bytes
	Sender int // transactions of one sender
	Gap    int // by which a nonce may be ahead of the sender's next free one
	Urgent int // bytes kept for urgent transactions, beside the others
}

// defaults of Limits.
var defaults = Limits{Txs: 100_000, Bytes: 64 << 20, Sender: 20_000, Gap: 64, Urgent: 4 * types.EvidenceReserve}

// Pool is the mempool. Its methods are called one at a time.
type Pool struct {
	limits   Limits
	weight   func(*types.SignedTx) (uint64, error)
	isUrgent func(*types.SignedTx) bool

	byHash  map[keys.Hash]*entry
	lines   map[keys.Address]*line
	best    heap[*entry] // the heads of lines, what blocks take first at the top
	worst   heap[*line]  // lines with entries that are not urgent, worth least at the top
	expiry  heap[*entry] // all, what expires first at the top
	height  types.Height // of the last final block
	arrived uint64
	total   room // of all
	urgent  room // of those that stand in the room of urgent ones
}

// room is how much something takes.
type room struct{ txs, bytes int }

// New makes an empty pool. weight is the law's measure of a transaction, and
// its error the verdict on one that has none. Urgent transactions go before all
// others whatever they offer; a nil function says that there are none.
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
	set(&l.Urgent, defaults.Urgent)
	if urgent == nil {
		urgent = func(*types.SignedTx) bool { return false }
	}
	return &Pool{
		limits: l, weight: weight, isUrgent: urgent,
		byHash: map[keys.Hash]*entry{}, lines: map[keys.Address]*line{},
		best:  heap[*entry]{before: (*entry).before, place: func(e *entry) *int { return &e.best }},
		worst: heap[*line]{before: worthLess, place: func(l *line) *int { return &l.worst }},
		expiry: heap[*entry]{
			before: func(a, b *entry) bool { return a.tx.ValidUntil < b.tx.ValidUntil },
			place:  func(e *entry) *int { return &e.expiry },
		},
	}
}

// Len is the number of transactions.
func (p *Pool) Len() int { return p.total.txs }

// Bytes is their size.
func (p *Pool) Bytes() int { return p.total.bytes }

// Limits are the bounds in force.
func (p *Pool) Limits() Limits { return p.limits }

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
// nonce in the state on.
func (p *Pool) Next(a keys.Address, nonce uint64) uint64 {
	l := p.lines[a]
	if l == nil {
		return nonce
	}
	if nonce >= l.nonce && nonce <= l.free() {
		nonce = l.free()
	}
	for l.at(nonce) != nil {
		nonce++
	}
	return nonce
}

// List shows up to limit transactions: those of one account by nonce, with
// what waits behind gaps; or, where from is nil, what blocks take next.
func (p *Pool) List(from *keys.Address, limit int) (out []*types.SignedTx) {
	if from != nil {
		if l := p.lines[*from]; l != nil {
			for _, e := range l.entries[:min(limit, len(l.entries))] {
				out = append(out, e.tx)
			}
		}
		return out
	}
	it := p.Iterate(func(a keys.Address) uint64 { return p.lines[a].nonce })
	for tx := it.Next(); tx != nil && len(out) < limit; tx = it.Next() {
		out = append(out, tx)
	}
	return out
}

// Add offers a transaction; nonce is its account's next in the latest final
// state. One that is here already is taken again without effect. Whatever has
// to go for it is gone when Add returns.
func (p *Pool) Add(tx *types.SignedTx, nonce uint64) error {
	if p.byHash[tx.Hash] != nil {
		return nil
	}
	if tx.ValidUntil <= p.height {
		return ErrExpired
	}
	weight, err := p.weight(tx)
	if err != nil {
		return err
	}
	l := p.lines[tx.From]
	if l == nil {
		l = &line{from: tx.From, nonce: nonce, worst: absent}
	} else if nonce > l.nonce {
		p.advance(l, nonce)
	}
	old := l.at(tx.Nonce)
	if err := p.fits(l, tx, old); err != nil {
		return err
	}
	e := &entry{
		tx: tx, line: l, rate: tx.FeeMax.ShareDown(perWeight, max(weight, 1)), seq: p.arrived,
		urgent: p.isUrgent(tx) && p.urgent.bytes+len(tx.Raw) <= p.limits.Urgent, best: absent, expiry: absent,
	}
	if err := p.makeRoom(e, old); err != nil {
		return err
	}
	p.arrived++
	p.insert(e)
	return nil
}

// fits checks a newcomer against its line; old is what has its nonce now.
func (p *Pool) fits(l *line, tx *types.SignedTx, old *entry) error {
	switch {
	case tx.Nonce < l.nonce:
		return ErrStale
	case old != nil && !outbids(tx.FeeMax, old.tx.FeeMax):
		return ErrReplace
	case old != nil:
		return nil
	case len(l.entries) >= p.limits.Sender:
		return ErrSender
	case tx.Nonce-l.free() > uint64(p.limits.Gap) && tx.Nonce > l.free():
		return ErrGap
	}
	return nil
}

// outbids says whether a fee is a tenth more than another, and more at all.
func outbids(fee, old types.Amount) bool {
	return old.Less(fee) && !fee.Mul(10).Less(old.Mul(11))
}

// makeRoom takes out what e replaces and whatever is worth less than e, until
// e fits. Where that does not suffice everything is put back: or a large
// transaction could drive small ones out without getting in.
func (p *Pool) makeRoom(e, old *entry) error {
	value := p.worthOf(e)
	var out []*entry
	for {
		used := p.ordinary()
		if old != nil && !old.gone && !old.urgent {
			used.txs--
			used.bytes -= len(old.tx.Raw)
		}
		if e.urgent || used.txs < p.limits.Txs && used.bytes+len(e.tx.Raw) <= p.limits.Bytes {
			break
		}
		last, least := p.least()
		if last == nil || !value.above(least) {
			for _, back := range slices.Backward(out) {
				p.insert(back)
			}
			return &FullError{Rate: least.rate}
		}
		p.remove(last)
		out = append(out, last)
	}
	if old != nil && !old.gone {
		p.remove(old)
	}
	return nil
}

// ordinary is the room taken by what is not urgent.
func (p *Pool) ordinary() room {
	return room{p.total.txs - p.urgent.txs, p.total.bytes - p.urgent.bytes}
}

// worthOf is what e would be worth in its line.
func (p *Pool) worthOf(e *entry) worth {
	i, _ := e.line.find(e.tx.Nonce)
	return worth{queued: e.tx.Nonce > e.line.free(), rate: e.line.lowest(i).Min(e.rate)}
}

// least is what goes first when room is short, and what it is worth.
func (p *Pool) least() (*entry, worth) {
	if len(p.worst.list) == 0 {
		return nil, worth{}
	}
	e, queued := p.worst.list[0].last()
	return e, worth{queued, e.low}
}

// insert puts e into its line.
func (p *Pool) insert(e *entry) {
	l := e.line
	e.gone = false
	p.lines[l.from] = l
	p.byHash[e.tx.Hash] = e
	p.expiry.push(e)
	p.account(e, 1)
	i, _ := l.find(e.tx.Nonce)
	l.entries = slices.Insert(l.entries, i, e)
	p.settle(l, i)
}

// remove takes e out of its line.
func (p *Pool) remove(e *entry) {
	l := e.line
	i, _ := l.find(e.tx.Nonce)
	p.forget(e)
	l.entries = slices.Delete(l.entries, i, i+1)
	p.settle(l, i)
}

// forget takes e out of everything but its line.
func (p *Pool) forget(e *entry) {
	e.gone = true
	delete(p.byHash, e.tx.Hash)
	p.expiry.remove(e)
	p.account(e, -1)
}

// sweep takes what is gone out of a line.
func (p *Pool) sweep(l *line) {
	l.entries = slices.DeleteFunc(l.entries, func(e *entry) bool { return e.gone })
	l.dirty = false
	p.settle(l, 0)
}

func (p *Pool) account(e *entry, sign int) {
	p.total.txs += sign
	p.total.bytes += sign * len(e.tx.Raw)
	if e.urgent {
		p.urgent.txs += sign
		p.urgent.bytes += sign * len(e.tx.Raw)
	}
}

// settle brings a line and its places in the heaps up to date after its
// entries from place i on have changed. A line without entries is dropped.
func (p *Pool) settle(l *line, i int) {
	l.refresh(i)
	var head *entry
	if l.ready > 0 {
		head = l.entries[0]
	}
	if l.head != head {
		if l.head != nil {
			p.best.remove(l.head)
		}
		if l.head = head; head != nil {
			p.best.push(head)
		}
	}
	last, _ := l.last()
	switch {
	case last == nil && l.worst != absent:
		p.worst.remove(l)
	case last != nil && l.worst == absent:
		p.worst.push(l)
	case last != nil:
		p.worst.fix(l)
	}
	if len(l.entries) == 0 {
		delete(p.lines, l.from)
	}
}

// advance moves a line to a later nonce of its account.
func (p *Pool) advance(l *line, nonce uint64) {
	n := 0
	for n < len(l.entries) && l.entries[n].tx.Nonce < nonce {
		p.forget(l.entries[n])
		n++
	}
	clear(l.entries[:n])
	l.entries = l.entries[n:]
	l.nonce, l.ready = nonce, 0
	p.settle(l, 0)
}

// Drop takes a transaction out, whatever became of it; those behind it in its
// line wait until another has its nonce.
func (p *Pool) Drop(hash keys.Hash) {
	if e := p.byHash[hash]; e != nil {
		p.remove(e)
	}
}

// Committed takes out what a final block holds or has made stale or expired:
// nonceOf tells the accounts' nonces after it.
func (p *Pool) Committed(height types.Height, txs []*types.SignedTx, nonceOf func(keys.Address) uint64) {
	p.height = max(p.height, height)
	for i, tx := range txs {
		if i > 0 && txs[i-1].From == tx.From {
			continue // asked for already
		}
		if l := p.lines[tx.From]; l != nil {
			if nonce := nonceOf(tx.From); nonce > l.nonce {
				p.advance(l, nonce)
			}
		}
	}
	for _, tx := range txs {
		p.Drop(tx.Hash)
	}
	p.expire()
}

// expire takes out what no later block may include, line by line, since many
// of one line mostly expire together.
func (p *Pool) expire() {
	var lines []*line
	for len(p.expiry.list) > 0 && p.expiry.list[0].tx.ValidUntil <= p.height {
		e := p.expiry.list[0]
		p.forget(e)
		if !e.line.dirty {
			e.line.dirty = true
			lines = append(lines, e.line)
		}
	}
	for _, l := range lines {
		p.sweep(l)
	}
}
