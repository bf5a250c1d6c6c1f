package exec

import (
	"bytes"
	"fmt"

	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/types"
)

// Verify executes a block on p and holds its header against what the law gives.
// txs are the body's transactions, decoded, and sigs says of each whether its
// signature holds. The error is an *Invalid; or ErrPlan or *Outdated where p is
// no parent that a block can be executed on, here.
func (x *Exec) Verify(p Parent, b *types.Block, txs []*types.SignedTx, sigs []bool) (*Result, error) {
	facts, epoch, err := x.frame(p, b)
	if err != nil {
		return nil, err
	}
	if err := checkTxs(b, txs, sigs); err != nil {
		return nil, err
	}
	r, err := x.start(p, facts, epoch)
	if err != nil {
		return nil, err
	}
	r.txs, r.outcomes = make([]*types.SignedTx, 0, len(txs)), make([]outcome, 0, len(txs))
	for i, tx := range txs {
		if err := r.apply(tx); err != nil {
			return nil, badTx(i, err)
		}
	}
	result := r.finish(b.Header)
	if got, want := b.Header.StateRoot, result.Header.StateRoot; got != want {
		return nil, &Invalid{Code: BadRoot, Field: "stateRoot", Got: got.String(), Want: want.String()}
	}
	return result, nil
}

// Decode reads the transactions of a block.
func Decode(b *types.Block) ([]*types.SignedTx, error) {
	txs := make([]*types.SignedTx, len(b.Body.Txs))
	for i, raw := range b.Body.Txs {
		tx, err := types.DecodeTx(raw)
		if err != nil {
			return nil, badTx(i, err)
		}
		txs[i] = tx
	}
	return txs, nil
}

func badTx(i int, err error) error {
	return &Invalid{Code: BadTx, Field: fmt.Sprintf("txs[%d]", i), Err: err}
}

// checkTxs checks that txs are the body's, that the header commits to them, and
// that their signatures hold.
func checkTxs(b *types.Block, txs []*types.SignedTx, sigs []bool) error {
	if len(txs) != len(b.Body.Txs) || len(sigs) != len(txs) {
		panic(fmt.Sprintf("exec: %d transactions and %d signatures for a body of %d", len(txs), len(sigs), len(b.Body.Txs)))
	}
	for i, tx := range txs {
		if !bytes.Equal(tx.Raw, b.Body.Txs[i]) {
			panic(fmt.Sprintf("exec: transaction %d is not the body's", i))
		}
		if !sigs[i] {
			return badTx(i, route.ErrSignature)
		}
	}
	if got, want := b.Header.TxRoot, txRoot(txs); got != want {
		return differs("txRoot", got, want)
	}
	return nil
}

// frame checks all of a block that stands before its execution: every field of
// the header but the roots of transactions and state, the bounds of the body,
// and the records of skipped views. It returns what rules will know of it.
func (x *Exec) frame(p Parent, b *types.Block) (route.Block, *epoch, error) {
	h := &b.Header
	facts, err := x.facts(p)
	if err != nil {
		return facts, nil, err
	}
	switch {
	case h.Version < facts.Version:
		return facts, nil, differs("version", h.Version, facts.Version)
	case h.Epoch != facts.Epoch:
		return facts, nil, differs("epoch", h.Epoch, facts.Epoch)
	case h.Height != facts.Height:
		return facts, nil, differs("height", h.Height, facts.Height)
	case h.BaseFee != facts.BaseFee:
		return facts, nil, differs("baseFee", h.BaseFee, facts.BaseFee)
	}
	e, err := x.epochOf(p.State, facts.Epoch)
	if err != nil {
		return facts, nil, err
	}
	if err := x.place(p, b, e, facts.View, false); err != nil {
		return facts, nil, err
	}
	facts.View, facts.Time = h.View, h.Time
	facts.ASC, facts.Seed, facts.Reveal = h.ASC, h.Seed, h.Reveal
	facts.Votes, facts.Views = b.Body.Votes, b.Body.Views
	return facts, e, nil
}

// place checks what blocks and trailing blocks have in common: parent, view and
// time, who serves the view, the rosters, and the body's roots and records.
// first is the least view that the block may have.
func (x *Exec) place(p Parent, b *types.Block, e *epoch, first types.View, trailing bool) error {
	h := &b.Header
	switch {
	case h.Parent != p.Digest:
		return differs("parent", h.Parent, p.Digest)
	case h.ParentView != p.Header.View:
		return differs("parentView", h.ParentView, p.Header.View)
	case h.View < first:
		return differs("view", h.View, fmt.Sprintf("at least %d", first))
	case h.Time < p.Header.Time+e.interval:
		return differs("time", h.Time, fmt.Sprintf("at least %d", p.Header.Time+e.interval))
	case h.View-first > types.ViewRecordsMax:
		return differs("view", h.View, fmt.Sprintf("at most %d", first+types.ViewRecordsMax))
	}
	if want, ok := availability.RosterHash(p.State, h.Epoch); !ok || h.RosterHash != want {
		return differs("rosterHash", h.RosterHash, want)
	}
	if want, ok := availability.RosterHash(p.State, h.Epoch+1); !ok || h.NextRosterHash != want {
		return differs("nextRosterHash", h.NextRosterHash, want)
	}
	if want := b.Body.VotesRoot(); h.VotesRoot != want {
		return differs("votesRoot", h.VotesRoot, want)
	}
	if want := b.Body.ViewsRoot(); h.ViewsRoot != want {
		return differs("viewsRoot", h.ViewsRoot, want)
	}
	if err := b.Bounds(); err != nil {
		return &Invalid{Code: BadBody, Field: "body", Err: err}
	}
	if err := skipped(b, first); err != nil {
		return err
	}
	if err := beacon.Open(p.State, x.chain.Escrow, e.schedule, b, first, trailing); err != nil {
		return &Invalid{Code: BadBegin, Field: "beacon", Err: err}
	}
	if want := e.schedule.ASC(h.View).ID; h.ASC != want {
		return differs("asc", h.ASC, want)
	}
	if want := e.schedule.Seed(h.View); h.Seed != want {
		return differs("seed", h.Seed, want)
	}
	return nil
}

// skipped checks that the records begin with one for each view between the
// parent's and the block's, in order, each with its Nullification: nobody takes
// a skipped view on trust, and misses are counted from these (protocol §8). The
// certificates' weight and signatures are the caller's affair.
func skipped(b *types.Block, first types.View) error {
	for i := 0; first+types.View(i) < b.Header.View; i++ {
		v := first + types.View(i)
		field := fmt.Sprintf("views[%d]", i)
		if i >= len(b.Body.Views) {
			return &Invalid{Code: BadBody, Field: field, Got: "none", Want: fmt.Sprintf("the record of view %d", v)}
		}
		r := &b.Body.Views[i]
		want := types.Statement{Kind: types.Nullify, Epoch: b.Header.Epoch, View: v}
		if r.Epoch != b.Header.Epoch || r.View != v || r.Nullification == nil || r.Nullification.Statement != want {
			return &Invalid{Code: BadBody, Field: field, Got: fmt.Sprintf("the record of view %d of epoch %d", r.View, r.Epoch),
				Want: fmt.Sprintf("that of view %d with its Nullification", v)}
		}
	}
	return nil
}
