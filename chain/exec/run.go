package exec

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/state"
	"probity/chain/types"
)

// run is a block being executed.
type run struct {
	x       *Exec
	layer   *state.Layer
	facts   route.Block
	epoch   *epoch
	ctx     *route.Ctx
	tx      *route.Ctx     // of the transaction being applied
	scratch *state.Overlay // that it writes to
	limit   uint64         // weight that fits
	paying  int            // bytes of the transactions that pay
	bytes   int            // of all
	calls   []route.Call

	txs      []*types.SignedTx
	outcomes []outcome
}

// start opens a layer above the parent's state and runs the Begin hooks.
func (x *Exec) start(p Parent, facts route.Block, e *epoch) (*run, error) {
	r := &run{x: x, layer: state.NewLayer(p.State), facts: facts, epoch: e}
	r.facts.Schedule = e.schedule
	r.ctx = route.NewCtx(&r.layer.Overlay, x.chain, x.paramsOf(p.State), &r.facts, x.table)
	r.scratch = r.layer.Child()
	r.limit = params.BlockWeight.Get(r.ctx)
	for _, row := range x.table {
		if row.Begin == nil || !row.Serves(facts.Version) {
			continue
		}
		if err := row.Begin(r.ctx.For(row)); err != nil {
			return nil, &Invalid{Code: BadBegin, Field: row.Name, Err: err}
		}
	}
	return r, nil
}

// decode finds the rules that a transaction calls and reads their messages.
func decode(t route.Table, calls []route.Call, tx *types.SignedTx, version uint32) ([]route.Call, error) {
	for i := range tx.Msgs {
		row, msg, err := t.Resolve(tx.Msgs[i], version)
		if err != nil {
			return calls, err
		}
		body, err := msg.Decode(tx.Msgs[i].Body)
		if err != nil {
			return calls, err
		}
		calls = append(calls, route.Call{Route: row, Msg: msg, Body: body, Top: true, Index: i})
	}
	return calls, nil
}

// apply runs a transaction. An error means that it may not be in the block, and
// then it has left no trace.
func (r *run) apply(tx *types.SignedTx) error {
	var err error
	if r.calls, err = decode(r.x.table, r.calls[:0], tx, r.facts.Version); err != nil {
		return err
	}
	fees, weight := r.facts.Fees, r.facts.Weight
	c := r.begin(tx)
	first := c.Log().Len()
	if err = admit(c, r.calls); err == nil {
		err = r.fits(c, tx)
	}
	if err != nil {
		r.scratch.Reset()
		c.Rewind(first)
		r.facts.Fees, r.facts.Weight = fees, weight
		return err
	}
	r.scratch.Merge()

	o := outcome{charged: r.facts.Fees.Sub(fees), weight: r.facts.Weight - weight}
	if err := perform(c, r.calls); err != nil {
		r.scratch.Reset()
		o.refusal = route.AsReject(err)
	} else {
		r.scratch.Merge()
	}
	o.log = c.LogFrom(first)
	r.txs, r.outcomes = append(r.txs, tx), append(r.outcomes, o)
	return nil
}

// begin is the context of a transaction; one serves for all of a block.
func (r *run) begin(tx *types.SignedTx) *route.Ctx {
	if r.tx == nil {
		r.tx = r.ctx.ForTx(tx, r.scratch)
	} else {
		r.tx.Begin(tx)
	}
	return r.tx
}

// admit runs the guards of all messages before the first rule, so that whether
// a transaction belongs into a block does not depend on what it does.
func admit(c *route.Ctx, calls []route.Call) error {
	for _, call := range calls {
		if err := c.Guards(call); err != nil {
			return err
		}
	}
	return nil
}

// perform runs the rules; where one fails, the events of all are forgotten.
func perform(c *route.Ctx, calls []route.Call) error {
	admitted := c.Log().Len()
	for _, call := range calls {
		if err := c.Apply(call); err != nil {
			c.Rewind(admitted)
			return err
		}
	}
	return nil
}

// fits checks the bounds of the block with one more transaction: its bytes, of
// which evidence alone may use the last, and the weight of those that pay.
func (r *run) fits(c *route.Ctx, tx *types.SignedTx) error {
	paying := r.paying
	if !c.Free {
		paying += len(tx.Raw)
	}
	switch {
	case r.bytes+len(tx.Raw) > types.BlockTxBytes:
		return fmt.Errorf("%w: more than %d bytes of transactions", errFull, types.BlockTxBytes)
	case paying > types.BlockTxBytes-types.EvidenceReserve:
		return fmt.Errorf("%w: more than %d bytes of paying transactions", errFull, types.BlockTxBytes-types.EvidenceReserve)
	case r.facts.Weight > r.limit:
		return fmt.Errorf("%w: weight above %d", errFull, r.limit)
	}
	r.bytes, r.paying = r.bytes+len(tx.Raw), paying
	return nil
}

// finish runs the End hooks, those of the boundary where the epoch ends, and
// seals the state. The header gets all that follows from execution.
func (r *run) finish(h types.Header) *Result {
	for _, row := range r.x.table {
		if row.End != nil && row.Serves(r.facts.Version) {
			row.End(r.ctx.For(row))
		}
	}
	if r.facts.Height == r.epoch.last {
		for i := len(r.x.table) - 1; i >= 0; i-- {
			if row := r.x.table[i]; row.Boundary != nil && row.Serves(r.facts.Version) {
				row.Boundary(r.ctx.For(row))
			}
		}
	}
	root, changes := r.x.seal(r.layer, r.facts.Height)
	h.StateRoot = root
	return &Result{
		Header: h, Digest: h.Digest(), State: r.layer, Changes: changes, Txs: r.txs, Facts: r.facts,
		outcomes: r.outcomes, log: r.ctx.Log(),
	}
}

func (x *Exec) seal(l *state.Layer, h types.Height) (keys.Hash, *state.Changes) {
	if x.Each == nil {
		return l.Seal(h)
	}
	return l.SealWith(h, x.Each)
}

// txRoot is the Merkle root over the transactions' hashes.
func txRoot(txs []*types.SignedTx) keys.Hash {
	hashes := make([]keys.Hash, len(txs))
	for i, tx := range txs {
		hashes[i] = tx.Hash
	}
	return types.TxRoot(hashes)
}
