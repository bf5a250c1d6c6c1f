// Package treegen makes the trees that watchtowers agree on (docs/spec/oracle.md
// §5, contribution.md §4): the salaries of epochs and the points of authors, in
// pages under one hash, and the hash of an epoch's state.
//
// It is a package of its own so that a member may take the tree from here and the
// state from elsewhere, or the other way round: it asks for leaves and nothing
// else.
package treegen

import (
	"bytes"
	"errors"
	"sort"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Rulesets of the trees.
const (
	RulesetSalary       = "salary/1"
	RulesetContribution = "contribution/1"
	rulesetState        = "state/1"
)

// pageLeaves is how many leaves a page has.
const pageLeaves = 128

// ErrLeaves is the error of leaves that make no tree.
var ErrLeaves = errors.New("no leaves of a tree")

// Salary is what an account earned in a book.
type Salary struct {
	Address wire.Address
	Book    uint64
	Amount  num.Int
}

func (l *Salary) encode(e *cbor.Enc) {
	e.Array(3).Bytes(l.Address[:]).Uint(l.Book)
	wire.Amount(e, l.Amount)
}

// Author is the points of an identity and its addresses, newest first.
type Author struct {
	Identity    string
	Micropoints uint64
	Addresses   []wire.Address
}

func (l *Author) encode(e *cbor.Enc) {
	e.Array(3).Text(l.Identity).Uint(l.Micropoints).Array(len(l.Addresses))
	for _, a := range l.Addresses {
		e.Bytes(a[:])
	}
}

// Tree is a manifest and the pages under it.
type Tree struct {
	Ruleset            string
	Subject            wire.Hash
	From, Count, Total uint64
	Root               wire.Hash
	Pages              [][]byte
}

// Manifest is cbor(manifest).
func (t *Tree) Manifest() []byte {
	var e cbor.Enc
	e.Array(6).Text(t.Ruleset).Bytes(t.Subject[:]).Uint(t.From).Uint(t.Count).Uint(t.Total).Bytes(t.Root[:])
	return e
}

// Hash is what watchtowers submit.
func (t *Tree) Hash() wire.Hash { return wire.Sum([]byte("tree"), t.Manifest()) }

func build(t *Tree, n int, encode func(i int, e *cbor.Enc)) *Tree {
	for from := 0; from < n; from += pageLeaves {
		to := min(n, from+pageLeaves)
		var e cbor.Enc
		e.Array(to - from)
		for i := from; i < to; i++ {
			encode(i, &e)
		}
		t.Pages = append(t.Pages, e)
	}
	t.Count, t.Root = uint64(n), wire.Merkle(t.Pages)
	return t
}

// EpochSubject is the subject of tasks about an epoch.
func EpochSubject(epoch uint64) (h wire.Hash) {
	copy(h[24:], wire.Be64(epoch))
	return h
}

// StateHash is the hash of an epoch's last state.
func StateHash(epoch uint64, root wire.Hash) wire.Hash {
	subject := EpochSubject(epoch)
	var e cbor.Enc
	e.Array(3).Text(rulesetState).Bytes(subject[:]).Bytes(root[:])
	return wire.Sum([]byte("state"), e)
}

// Salaries is the tree of what was earned in the epochs from … to, in any order
// of leaves; those of amount 0 are left out.
func Salaries(from, to uint64, leaves []Salary) (*Tree, error) {
	var kept []Salary
	total := num.Int{}
	for _, l := range leaves {
		if !l.Amount.IsZero() {
			kept = append(kept, l)
			total = total.Add(l.Amount)
		}
	}
	sort.Slice(kept, func(i, j int) bool {
		c := bytes.Compare(kept[i].Address[:], kept[j].Address[:])
		return c < 0 || c == 0 && kept[i].Book < kept[j].Book
	})
	for i := range kept {
		if kept[i].Amount.Neg() || i > 0 && kept[i].Address == kept[i-1].Address && kept[i].Book == kept[i-1].Book {
			return nil, ErrLeaves
		}
	}
	if total.BitLen() > 64 {
		return nil, ErrLeaves
	}
	t := &Tree{Ruleset: RulesetSalary, Subject: EpochSubject(to), From: from, Total: total.U64()}
	return build(t, len(kept), func(i int, e *cbor.Enc) { kept[i].encode(e) }), nil
}

// Contributions is the tree of a counting, in any order of leaves.
func Contributions(number uint64, subject wire.Hash, leaves []Author) (*Tree, error) {
	kept := append([]Author{}, leaves...)
	sort.Slice(kept, func(i, j int) bool { return kept[i].Identity < kept[j].Identity })
	t := &Tree{Ruleset: RulesetContribution, Subject: subject, From: number}
	for i := range kept {
		l := &kept[i]
		if l.Micropoints == 0 || len(l.Addresses) > 16 || i > 0 && l.Identity == kept[i-1].Identity || t.Total+l.Micropoints < t.Total {
			return nil, ErrLeaves
		}
		t.Total += l.Micropoints
	}
	return build(t, len(kept), func(i int, e *cbor.Enc) { kept[i].encode(e) }), nil
}
