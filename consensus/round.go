package consensus

import (
	"bytes"
	"slices"
	"sort"

	"probity/chain/escrow"
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
	pending   map[uint32]types.Vote    // Nullifies that wait for a salt or for right shares: heard, not weighed
	spare     map[uint32][]types.Bytes // other attachments of theirs, heard before anyone could judge
	weight    types.Weight
}

// waiting lists the signers of pending votes, ascending.
func (b *ballot) waiting() []uint32 {
	out := make([]uint32, 0, len(b.pending))
	for s := range b.pending {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// add counts a vote unless its signer is counted already.
func (b *ballot) add(v types.Vote, w types.Weight) bool {
	if _, ok := b.votes[v.Signer]; ok {
		return false
	}
	delete(b.pending, v.Signer)
	b.votes[v.Signer] = v
	b.weight += w
	return true
}

// spareMax bounds the attachments kept beside a pending vote's first one.
const spareMax = 2

// postpone keeps a Nullify that does not count yet. Shares that were found wrong
// are let go; those that nobody could judge stay, a few of each signer's, since
// nobody has signed them: whoever passes a vote on may have put in others.
func (b *ballot) postpone(v types.Vote, judged bool) {
	if judged {
		v.Attachment = nil
	}
	first, known := b.pending[v.Signer]
	if !known || judged {
		b.pending[v.Signer] = v
		return
	}
	if len(v.Attachment) == 0 || len(b.spare[v.Signer]) >= spareMax || bytes.Equal(v.Attachment, first.Attachment) {
		return
	}
	if b.spare == nil {
		b.spare = map[uint32][]types.Bytes{}
	}
	b.spare[v.Signer] = append(b.spare[v.Signer], v.Attachment)
}

// attachments lists what a pending vote may count with, in order of arrival,
// and forgets it.
func (b *ballot) attachments(signer uint32) (out []types.Bytes) {
	if v := b.pending[signer]; len(v.Attachment) > 0 {
		out = append(out, v.Attachment)
	}
	out = append(out, b.spare[signer]...)
	delete(b.spare, signer)
	return out
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
	digests []keys.Hash           // of headers, in their order
	ballots []*ballot             // in order of arrival

	notarized *types.Certificate
	nullified *types.Certificate
	finalized *types.Certificate

	// What this member has said in the view.
	own ownVotes

	// The salt, under the recoverable beacon.
	opening *escrow.Opening         // how it was opened here
	shares  map[uint32]escrow.Share // valid ones, by ticket, until it is open
	shared  []escrow.Share          // this member's
	asked   bool                    // for them
	unsent  *types.Vote             // own Nullify that waits for them
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
	b := &ballot{statement: s, votes: map[uint32]types.Vote{}, pending: map[uint32]types.Vote{}}
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

// has reports whether a signer's vote for a statement is counted.
func (r *round) has(s types.Statement, signer uint32) bool {
	b := r.find(s.Kind, s.Digest)
	if b == nil || b.statement != s {
		return false
	}
	_, ok := b.votes[signer]
	return ok
}

// header is the signed header with a digest, or nil.
func (r *round) header(digest keys.Hash) *types.SignedHeader {
	for i := range r.digests {
		if r.digests[i] == digest {
			return r.headers[i]
		}
	}
	return nil
}

// others lists the votes of one signer in the view that are not the given statement.
func (r *round) others(signer uint32, s types.Statement) (out []types.Vote) {
	for _, b := range r.ballots {
		v, ok := b.votes[signer]
		if !ok {
			v, ok = b.pending[signer]
		}
		if ok && b.statement != s {
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
