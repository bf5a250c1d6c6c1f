package exec

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// Result is an executed block.
type Result struct {
	Header  types.Header
	Digest  keys.Hash
	State   *state.Layer      // after the block, sealed
	Changes *state.Changes    // what it differs by from the parent's, to commit
	Txs     []*types.SignedTx // of the block, in order
	Facts   route.Block       // with the sums of fees, burned $, reward and weight

	outcomes []outcome
	log      route.Log
}

// outcome is how a transaction ended, as long as nobody asks for the text.
type outcome struct {
	refusal *route.Reject // nil: applied
	weight  uint64
	charged types.Amount
	log     route.Log
}

// Root is the state's root after the block.
func (r *Result) Root() keys.Hash { return r.Header.StateRoot }

// Parent is the block as a parent of others.
func (r *Result) Parent() Parent {
	return Parent{State: r.State, Header: r.Header, Digest: r.Digest}
}

// Rebase moves the state onto the committed form of its parent.
func (r *Result) Rebase(base Parent) { r.State.Rebase(base.State.(*state.Base)) }

// TxHashes names the transactions, in order.
func (r *Result) TxHashes() []keys.Hash {
	out := make([]keys.Hash, len(r.Txs))
	for i, tx := range r.Txs {
		out[i] = tx.Hash
	}
	return out
}

// Events are those of the hooks; a transaction's stand in its receipt.
func (r *Result) Events() []types.Event { return r.log.Events() }

// Receipts tell how the transactions ended.
func (r *Result) Receipts() []types.Receipt {
	out := make([]types.Receipt, len(r.outcomes))
	for i := range r.outcomes {
		out[i] = r.outcomes[i].receipt(r.Txs[i].Hash, r.Header.Height, i)
	}
	return out
}

func (o *outcome) receipt(tx keys.Hash, h types.Height, index int) types.Receipt {
	out := types.Receipt{
		Tx: tx, Height: h, Index: uint32(index), Weight: o.weight, Charged: o.charged, Events: o.log.Events(),
	}
	if o.refusal != nil {
		out.Code, out.Kind, out.Text = o.refusal.Code, o.refusal.Kind, o.refusal.Text
	}
	return out
}
