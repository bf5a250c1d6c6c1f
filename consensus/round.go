package consensus

import (
	"sort"

	"probity/chain/keys"
	"probity/chain/types"
)

// A block's place in the machine's tree.
type status uint8

const (
	held      status = iota // its parent is missing or its time has not come
	executing               // asked for
	valid                   // executed with an equal state root
	invalid                 // executed, or malformed in itself
)

// node is a block above the base, or recently final.
type node struct {
	block    *types.Block
	digest   keys.Hash
	status   status
	trailing bool
	bodyBad  bool
}

// ballot is the votes for one statement: one per signer, weighed once.
type ballot struct {
	statement types.Statement
	votes     map[uint32]types.Vote
	weight    types.Weight
}

// add counts a vote unless its signer is counted already.
func (b *ballot) add(v types.Vote, w types.Weight) bool {
	if _, ok := b.votes[v.Signer]; ok {
		return false
	}
	b.votes[v.Signer] = v
	b.weight += w
	return true
}

// sorted lists the votes by signer.
func (b *ballot) sorted() []types.Vote {
	out := make([]types.Vote, 0, len(b.votes))
	for _, v := range b.votes {
		out = append(out, v)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Signer < out[j].Signer })
	return out
}

// round is what is known of one view.
type round struct {
	view    types.View
	headers []*types.SignedHeader // with the leader's signature, in order of arrival
	ballots []*ballot             // in order of arrival

	notarized *types.Certificate
	nullified *types.Certificate
	finalized *types.Certificate

	// What this member has said in the view.
	own ownVotes
}

// ownVotes is what this member has signed or asked to sign in a view.
type ownVotes struct {
	notarize keys.Hash
	nullify  bool
	reject   keys.Hash
	finalize bool
}

// ballot finds or opens the ballot of a statement.
func (r *round) ballot(s types.Statement) *ballot {
	for _, b := range r.ballots {
		if b.statement == s {
			return b
		}
	}
	b := &ballot{statement: s, votes: map[uint32]types.Vote{}}
	r.ballots = append(r.ballots, b)
	return b
}

// find is the ballot of a kind and digest, or nil.
func (r *round) find(k types.Kind, digest keys.Hash) *ballot {
	for _, b := range r.ballots {
		if b.statement.Kind == k && b.statement.Digest == digest {
			return b
		}
	}
	return nil
}

// header is the signed header with a digest, or nil.
func (r *round) header(digest keys.Hash) *types.SignedHeader {
	for _, h := range r.headers {
		if h.Header.Digest() == digest {
			return h
		}
	}
	return nil
}

// others lists the votes of one signer in the view that are not the given statement.
func (r *round) others(signer uint32, s types.Statement) (out []types.Vote) {
	for _, b := range r.ballots {
		if v, ok := b.votes[signer]; ok && b.statement != s {
			out = append(out, v)
		}
	}
	return out
}

// Conflict reports whether one honest member may never sign both statements
// (spec consensus §6). Notarize and Nullify of one view are no conflict, and
// neither is Reject with an approval of another block.
func Conflict(a, b types.Statement) bool {
	if a.Epoch != b.Epoch || a.View != b.View || a == b {
		return false
	}
	if b.Kind < a.Kind {
		a, b = b, a
	}
	same := a.Digest == b.Digest
	switch {
	case a.Kind == b.Kind:
		return a.Kind == types.Propose || a.Kind == types.Notarize || a.Kind == types.Finalize
	case a.Kind == types.Nullify && b.Kind == types.Finalize:
		return true
	case a.Kind == types.Notarize && b.Kind == types.Finalize:
		return !same
	case a.Kind == types.Notarize && b.Kind == types.Reject:
		return same
	case a.Kind == types.Reject && b.Kind == types.Finalize:
		return same // it notarized what it rejects
	}
	return false
}
