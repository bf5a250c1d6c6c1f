package node

import (
	"errors"
	"slices"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/types"
	"probity/node/mempool"
)

// receiveTxs takes a gossiped batch whose signatures nobody here has checked.
func (c *Core) receiveTxs(txs []*types.SignedTx) Verdict {
	var fresh []*types.SignedTx
	for _, tx := range txs {
		if !c.pool.Has(tx.Hash) {
			fresh = append(fresh, tx)
		}
	}
	if len(fresh) == 0 {
		return Ignore
	}
	items := make([]keys.Signed, len(fresh))
	for i, tx := range fresh {
		items[i] = tx.Signed(c.genesis)
	}
	for _, ok := range c.seen.verify(items, c.world.Entropy) {
		if !ok {
			return c.drop(Refuse, "tx_signature")
		}
	}
	return c.gossiped(fresh)
}

// Admit offers transactions whose signatures hold to the mempool and returns
// the verdict on each: nil, or why not.
func (c *Core) Admit(txs []*types.SignedTx) []error {
	out := make([]error, len(txs))
	view := c.exec.CheckView(c.base)
	for i, tx := range txs {
		out[i] = c.admit(view, tx)
	}
	return out
}

// admit asks the guards and then the mempool. The guards are asked as if the
// transactions before it in its sender's line were done.
func (c *Core) admit(view *exec.View, tx *types.SignedTx) error {
	if c.pool.Has(tx.Hash) {
		return nil
	}
	nonce := view.Nonce(tx.From)
	if tx.Nonce < nonce {
		return bank.ErrNonce.For(tx.Nonce, nonce)
	}
	if err := view.Check(tx, tx.Nonce); err != nil {
		return err
	}
	err := c.pool.Add(tx, nonce)
	if err == nil {
		c.foresee(view, tx)
	}
	if errors.Is(err, mempool.ErrGap) || errors.Is(err, mempool.ErrStale) || errors.Is(err, mempool.ErrReplace) {
		return bank.ErrNonce.With("nonce %d: %v; the next free one is %d", tx.Nonce, err, c.pool.Next(tx.From, nonce))
	}
	return err
}

// foresee checks the dealings of a transaction that the mempool took, so that
// its block need not: for one account a few times an epoch, since anyone may
// send as many as it has nonces for.
func (c *Core) foresee(view *exec.View, tx *types.SignedTx) {
	if !slices.ContainsFunc(tx.Msgs, func(m types.Msg) bool { return m.Route == availability.ID }) || c.plan == nil {
		return
	}
	if c.foreseen.epoch != c.plan.Epoch || c.foreseen.times == nil {
		c.foreseen.epoch, c.foreseen.times = c.plan.Epoch, map[keys.Address]int{}
	}
	if c.foreseen.times[tx.From]++; c.foreseen.times[tx.From] <= foreseeMax {
		view.Foresee(tx)
	}
}

// foreseeMax is enough for the salts of one account at 100 members.
const foreseeMax = 4

// NextNonce is an account's next nonce behind its transactions here.
func (c *Core) NextNonce(a keys.Address) uint64 {
	return c.pool.Next(a, c.exec.Nonce(c.base, a))
}

// Submit is Admit for transactions of this member's own users: those admitted
// are gossiped.
func (c *Core) Submit(txs []*types.SignedTx) (out []error) {
	if c.halted != nil {
		out = make([]error, len(txs))
		for i := range out {
			out[i] = c.halted
		}
		return out
	}
	defer c.guard(nil)
	out = c.Admit(txs)
	now := c.now()
	for i, tx := range txs {
		if out[i] == nil {
			c.outbox.add(tx, now)
		}
	}
	c.flush(now)
	return out
}

// outboxWait is how long an own transaction waits for others to share a
// message with, and outboxBytes the size from which a batch leaves at once.
const (
	outboxWait  types.Time = 4
	outboxBytes            = 48 << 10
)

// outbox gathers own transactions: gossiped by the hundred they cost 1.7 µs
// each at every member, one by one 26 to 52.
type outbox struct {
	raws  []types.Bytes
	bytes int
	since types.Time
}

func (o *outbox) add(tx *types.SignedTx, now types.Time) {
	if len(o.raws) == 0 {
		o.since = now
	}
	o.raws = append(o.raws, tx.Raw)
	o.bytes += len(tx.Raw)
}

func (o *outbox) deadline() types.Time {
	if len(o.raws) == 0 {
		return 1<<63 - 1
	}
	return o.since + outboxWait
}

// flush gossips the outbox when it is due, in messages within bounds.
func (c *Core) flush(now types.Time) {
	o := &c.outbox
	if len(o.raws) == 0 || o.bytes < outboxBytes && now < o.deadline() {
		return
	}
	for len(o.raws) > 0 {
		n, size := 0, 0
		for n < len(o.raws) && n < TxsMax && (n == 0 || size+len(o.raws[n]) <= TxsBytes) {
			size += len(o.raws[n])
			n++
		}
		c.world.Network.Broadcast(TopicTxs, EncodeTxs(o.raws[:n]))
		o.raws = o.raws[n:]
	}
	*o = outbox{}
}

// kindOf is the stable name of a verdict for logs and metrics.
func kindOf(err error) string {
	if r, ok := err.(*route.Reject); ok {
		return r.Kind
	}
	return "OTHER"
}

// Gossiped admits transactions that came from a peer and were verified.
func (c *Core) Gossiped(txs []*types.SignedTx) Verdict {
	if c.halted != nil {
		return Ignore
	}
	defer c.guard(nil)
	return c.gossiped(txs)
}

// gossiped judges a batch by what was news in it. One that brought nothing (a
// replay, stale nonces, fees that nobody can pay) goes no further: signatures
// of keys without an account are free, and passing them on would let one peer
// fill every member's line. A transaction of another chain is no accident,
// since its signature holds under the genesis of this one.
func (c *Core) gossiped(txs []*types.SignedTx) Verdict {
	fresh := make([]bool, len(txs))
	for i, tx := range txs {
		if tx.Chain != c.set.Genesis.Chain {
			return c.drop(Refuse, "chain")
		}
		fresh[i] = !c.pool.Has(tx.Hash)
	}
	v := Ignore
	for i, err := range c.Admit(txs) {
		if err == nil && fresh[i] {
			v = Accept
		}
	}
	return v
}
