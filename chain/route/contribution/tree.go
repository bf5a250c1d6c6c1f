package contribution

import (
	"unicode/utf8"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// Bounds of a tree. A page of the longest leaves fits into a transaction.
const (
	PageLeaves   = 128 // in every page but the last
	IdentityMin  = 5   // bytes
	IdentityMax  = 128
	AddressesMax = 16 // of one identity
)

// Ruleset is the version of the rules that trees of contributions follow.
const Ruleset = "contribution/1"

// Leaf is an identity's part of the points at a commit (spec contribution §4).
type Leaf struct {
	_           struct{}       `cbor:",toarray"`
	Identity    string         `json:"identity"`
	Micropoints uint64         `json:"micropoints"`
	Addresses   []keys.Address `json:"addresses"` // verified by who counted, newest first
}

// Manifest is the head of a tree. Its hash is what watchtowers agree on.
type Manifest struct {
	_       struct{}  `cbor:",toarray"`
	Ruleset string    `json:"ruleset"`
	Subject keys.Hash `json:"subject"`
	From    uint64    `json:"from"`  // first interval covered
	Count   uint64    `json:"count"` // of leaves
	Total   uint64    `json:"total"` // of what the leaves have: micropoints, or $
	Root    keys.Hash `json:"root"`  // over the pages (spec wire §5)
}

// Hash names the tree.
func (m Manifest) Hash() keys.Hash { return keys.Sum([]byte("tree"), codec.MustMarshal(m)) }

// Pages is the number of pages of the tree.
func (m Manifest) Pages() uint64 { return m.Count/PageLeaves + min(1, m.Count%PageLeaves) }

// Tree is the canonical bytes of a list of leaves: its pages, and their head.
type Tree struct {
	Manifest Manifest
	Pages    [][]byte // encoded lists of leaves
}

// NewTree divides leaves, which are in order, into pages. It serves every kind
// of leaf; total is what the caller has summed up.
func NewTree[L any](m Manifest, leaves []L) Tree {
	t := Tree{Manifest: m}
	t.Manifest.Count = uint64(len(leaves))
	for len(leaves) > 0 {
		n := min(len(leaves), PageLeaves)
		t.Pages = append(t.Pages, codec.MustMarshal(leaves[:n]))
		leaves = leaves[n:]
	}
	t.Manifest.Root = types.MerkleRoot(t.Pages)
	return t
}

// Count is the tree of contributions of a counting: leaves in byte order of
// identities, without those whose identity no chain accepts, and with at most
// AddressesMax addresses each.
func Count(subject keys.Hash, interval uint64, leaves []Leaf) Tree {
	m := Manifest{Ruleset: Ruleset, Subject: subject, From: interval}
	kept := []Leaf{}
	for _, l := range leaves {
		if !ValidIdentity(l.Identity) || l.Micropoints == 0 {
			continue
		}
		l.Addresses = append([]keys.Address{}, l.Addresses[:min(len(l.Addresses), AddressesMax)]...)
		kept = append(kept, l)
		m.Total += l.Micropoints
	}
	return NewTree(m, kept)
}

// Publish is the message that shows page i of the tree.
func (t Tree) Publish(interval uint64, i int) PublishTree {
	m := PublishTree{Interval: interval, Manifest: t.Manifest, Index: uint64(i), Path: []keys.Hash{}}
	if i < len(t.Pages) {
		m.Chunk = t.Pages[i]
		m.Path = append(m.Path, types.MerkleProof(t.Pages, i)...)
	}
	return m
}

// ValidIdentity reports whether text can be the canonical text of an author:
// 5 to 128 bytes of UTF-8 without control characters, upper-case ASCII letters,
// or spaces at the ends.
func ValidIdentity(s string) bool {
	if len(s) < IdentityMin || len(s) > IdentityMax || !utf8.ValidString(s) || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		if b := s[i]; b < 0x20 || b == 0x7f || b >= 'A' && b <= 'Z' {
			return false
		}
	}
	return true
}

// check refuses leaves that no counting may give; after is the identity of the
// leaf before the first.
func check(leaves []Leaf, after string) (points uint64, err error) {
	for i := range leaves {
		l := &leaves[i]
		switch {
		case !ValidIdentity(l.Identity):
			return 0, ErrIdentity.With("leaf %d: %.40q is no identity", i, l.Identity)
		case l.Identity <= after:
			return 0, ErrTree.With("leaf %d: %.40q is out of order", i, l.Identity)
		case l.Micropoints == 0 || len(l.Addresses) > AddressesMax || points+l.Micropoints < points:
			return 0, ErrTree.With("leaf %d has no points, or too many of something", i)
		}
		for j, a := range l.Addresses {
			if a.IsZero() || contains(l.Addresses[:j], a) {
				return 0, ErrTree.With("leaf %d: an address is zero or stands twice", i)
			}
		}
		after = l.Identity
		points += l.Micropoints
	}
	return points, nil
}

func contains[T comparable](list []T, x T) bool {
	for i := range list {
		if list[i] == x {
			return true
		}
	}
	return false
}
