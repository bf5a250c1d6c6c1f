package exec

import (
	"errors"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/types"
)

// Proposal is what a producer adds to the law to make a block.
type Proposal struct {
	Version    uint32 // that it runs and signals; 0: the version in force
	Epoch      types.Epoch
	View       types.View
	ParentView types.View
	Time       types.Time
	ASC        keys.Hash // the contract that serves the view
	Reveal     types.Bytes
	Seed       keys.Hash // R(epoch, view)
	Votes      []types.Certificate
	Views      []types.ViewRecord
}

// misfits is how many transactions in a row may find no room before Build ends
// the block: behind a large one there may be small ones, behind many nothing.
const misfits = 8

// Build makes a block on p of the transactions that next gives until it gives
// nil or the block is full. Signatures have been verified. Transactions that
// guards refuse are left out and told to drop with the verdict; what finds no
// room, or is ahead of its account's nonce, stays where it is. The block is unsigned. An error means that no block
// can be built from the proposal: the same that Verify would say.
func (x *Exec) Build(p Parent, in Proposal, next func() *types.SignedTx, drop func(*types.SignedTx, error)) (*types.Block, *Result, error) {
	b, err := x.draft(p, in)
	if err != nil {
		return nil, nil, err
	}
	facts, epoch, err := x.frame(p, b)
	if err != nil {
		return nil, nil, err
	}
	r, err := x.start(p, facts, epoch)
	if err != nil {
		return nil, nil, err
	}
	left := map[keys.Address]bool{} // whose later transactions cannot follow
	for full := 0; full < misfits; {
		tx := next()
		if tx == nil {
			break
		}
		if left[tx.From] {
			full++
			continue
		}
		switch err := r.apply(tx); {
		case err == nil:
			full = 0
			b.Body.Txs = append(b.Body.Txs, tx.Raw)
		case errors.Is(err, errFull):
			full++
			left[tx.From] = true
		case errors.Is(err, bank.ErrNonce) && tx.Nonce > bank.Nonce(r.layer, tx.From):
			left[tx.From] = true
		case drop != nil:
			drop(tx, err)
		}
	}
	b.Header.TxRoot = txRoot(r.txs)
	result := r.finish(b.Header)
	b.Header = result.Header
	return b, result, nil
}

// draft is a block without transactions, its header as the law gives it.
func (x *Exec) draft(p Parent, in Proposal) (*types.Block, error) {
	facts, err := x.facts(p)
	if err != nil {
		return nil, err
	}
	b := &types.Block{
		Header: types.Header{
			Version: max(in.Version, facts.Version), Epoch: in.Epoch, View: in.View, Height: facts.Height,
			ParentView: in.ParentView, Parent: p.Digest, Time: in.Time, ASC: in.ASC, Reveal: in.Reveal, Seed: in.Seed,
			TxRoot: types.TxRoot(nil), BaseFee: facts.BaseFee,
		},
		Body: types.Body{Votes: in.Votes, Views: in.Views},
	}
	return b, x.rosters(p, b)
}

// rosters fills in the hashes that the state and the body give.
func (x *Exec) rosters(p Parent, b *types.Block) error {
	h := &b.Header
	var ok, nextOK bool
	h.RosterHash, ok = availability.RosterHash(p.State, h.Epoch)
	h.NextRosterHash, nextOK = availability.RosterHash(p.State, h.Epoch+1)
	if !ok || !nextOK {
		return fmt.Errorf("%w %d: rosters", ErrPlan, h.Epoch)
	}
	h.VotesRoot, h.ViewsRoot = b.Body.VotesRoot(), b.Body.ViewsRoot()
	return nil
}
