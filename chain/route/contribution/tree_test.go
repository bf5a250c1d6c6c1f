package contribution_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/contribution"
	"probity/chain/types"
)

// Goal: the bytes of a tree are those of the specification, vector for vector.
// Method: the tree that docs/spec/contribution.md §4 works out: page, root,
// manifest and hash; then pages of every size lead to the root.
func TestOF8_TreeVectors(t *testing.T) {
	tree := contribution.Count(keys.Sum([]byte("subject")), 1, []contribution.Leaf{
		{Identity: "git:ada@example.org", Micropoints: 1_500_000, Addresses: []keys.Address{keys.IdentityAddress("x")}},
		{Identity: "git:bob@example.org", Micropoints: 500_000},
	})
	for name, pair := range map[string][2]string{
		"page":     {hex.EncodeToString(tree.Pages[0]), vectorPage},
		"root":     {tree.Manifest.Root.String(), vectorRoot},
		"manifest": {hex.EncodeToString(codec.MustMarshal(tree.Manifest)), vectorManifest},
		"hash":     {tree.Manifest.Hash().String(), vectorHash},
		"empty":    {empty().Manifest.Hash().String(), vectorEmpty},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %s, want %s", name, pair[0], pair[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 700).Draw(t, "leaves")
		tree := contribution.NewTree(contribution.Manifest{}, make([]uint64, n))
		if uint64(len(tree.Pages)) != tree.Manifest.Pages() {
			t.Fatalf("%d pages, want %d", len(tree.Pages), tree.Manifest.Pages())
		}
		for i := range tree.Pages {
			m := tree.Publish(1, i)
			if !types.MerkleVerify(tree.Manifest.Root, m.Chunk, i, len(tree.Pages), m.Path) {
				t.Fatalf("page %d of %d leaves", i, n)
			}
		}
	})
}

func empty() contribution.Tree { return contribution.Count(keys.Hash{}, 1, nil) }

// Goal: a page of the longest leaves fits into a transaction. Method: one.
func TestLongestPageFits(t *testing.T) {
	l := contribution.Leaf{Identity: strings.Repeat("é", contribution.IdentityMax/2), Micropoints: 1 << 63, Addresses: make([]keys.Address, 16)}
	leaves := make([]contribution.Leaf, 60_000)
	for i := range leaves {
		leaves[i] = l
	}
	tree := contribution.NewTree(contribution.Manifest{Ruleset: contribution.Ruleset}, leaves)
	if n := len(codec.MustMarshal(tree.Publish(1, 3))); n > types.TxBytes-1024 {
		t.Errorf("%d bytes", n)
	}
}

// Goal: identities have one form. Method: a list of near misses.
func TestValidIdentity(t *testing.T) {
	for text, want := range map[string]bool{
		"git:ada@example.org": true, "git:é@example.org": true, "key:0123": true, "git:": false, "git:A@example.org": false,
		" git:ada": false, "git:ada ": false, "git:a\nb": false, "git:\xff": false, "git:" + strings.Repeat("a", 125): false,
	} {
		if got := contribution.ValidIdentity(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
