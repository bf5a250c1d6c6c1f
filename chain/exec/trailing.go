package exec

import (
	"fmt"

	"probity/chain/types"
)

// Trailing blocks extend an epoch behind its last height until the boundary is
// final (protocol §8): the height and the state are the boundary's, nothing is
// executed, no hook runs. They carry the parent's certificate and the records of
// skipped views and nothing else. Under the recoverable beacon they open their
// views' salts, which choose the leaders of later ones; the next epoch's seed is
// fixed already.

// BuildTrailing makes a trailing block on the boundary or on another trailing
// block.
func (x *Exec) BuildTrailing(p Parent, in Proposal) (*types.Block, error) {
	b := &types.Block{
		Header: types.Header{
			Version: max(in.Version, p.Header.Version), Epoch: in.Epoch, View: in.View, Height: p.Header.Height,
			ParentView: in.ParentView, Parent: p.Digest, Time: in.Time, ASC: in.ASC, Reveal: in.Reveal, Seed: in.Seed,
			TxRoot: types.TxRoot(nil), StateRoot: p.Header.StateRoot, BaseFee: p.Header.BaseFee,
		},
		Body: types.Body{Votes: in.Votes, Views: in.Views},
	}
	if err := x.rosters(p, b); err != nil {
		return nil, err
	}
	return b, x.VerifyTrailing(p, b)
}

// VerifyTrailing checks a trailing block on p. The error is an *Invalid, or
// ErrPlan where p is no boundary.
func (x *Exec) VerifyTrailing(p Parent, b *types.Block) error {
	h := &b.Header
	e, err := x.epochOf(p.State, p.Header.Epoch)
	if err != nil {
		return err
	}
	if p.Header.Height != e.last {
		return fmt.Errorf("%w %d that ends at height %d", ErrPlan, p.Header.Epoch, p.Header.Height)
	}
	switch {
	case h.Version < p.Header.Version:
		return differs("version", h.Version, p.Header.Version)
	case h.Epoch != p.Header.Epoch:
		return differs("epoch", h.Epoch, p.Header.Epoch)
	case h.Height != p.Header.Height:
		return differs("height", h.Height, p.Header.Height)
	case h.BaseFee != p.Header.BaseFee:
		return differs("baseFee", h.BaseFee, p.Header.BaseFee)
	case h.StateRoot != p.Header.StateRoot:
		return differs("stateRoot", h.StateRoot, p.Header.StateRoot)
	case len(b.Body.Txs) > 0 || h.TxRoot != types.TxRoot(nil):
		return differs("txRoot", h.TxRoot, types.TxRoot(nil))
	case len(b.Body.Votes) > 1:
		return &Invalid{Code: BadBody, Field: "votes", Got: fmt.Sprint(len(b.Body.Votes)), Want: "the parent's certificate alone"}
	}
	if skipped := h.View - p.Header.View; h.View > p.Header.View && uint64(len(b.Body.Views)) > uint64(skipped)-1 {
		return &Invalid{Code: BadBody, Field: "views", Got: fmt.Sprint(len(b.Body.Views)), Want: "the records of the skipped views alone"}
	}
	return x.place(p, b, e, p.Header.View+1, true)
}
