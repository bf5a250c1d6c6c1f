package treegen

import (
	"encoding/hex"
	"testing"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

func text(h wire.Hash) string { return hex.EncodeToString(h[:]) }

// identity is the address of an identity (economy §1).
func identity(s string) (a wire.Address) {
	h := wire.Sum([]byte("identity"), []byte(s))
	copy(a[:], h[:])
	return a
}

// Goal: trees and state hashes are those of the pages. Method: the vectors of
// oracle §5 and contribution §4, with leaves in another order.
func TestVectors(t *testing.T) {
	if got := text(StateHash(258, wire.Sum([]byte("root")))); got != "8c587e09932f1c7cfae629d277eb4fce2e45c0ba510eaec20c193778fd37f326" {
		t.Errorf("state hash %s", got)
	}
	var e cbor.Enc
	(&Salary{identity("x"), 1, num.U(300)}).encode(&e)
	if got := hex.EncodeToString(e); got != "835436a9b3eea1d85b1c1cf8a24a9d2105a2ae8b9fc50142012c" {
		t.Errorf("leaf %s", got)
	}
	ada := Author{"git:ada@example.org", 1_500_000, []wire.Address{identity("x")}}
	bob := Author{"git:bob@example.org", 500_000, nil}
	tree, err := Contributions(1, wire.Sum([]byte("subject")), []Author{bob, ada})
	if err != nil {
		t.Fatal(err)
	}
	if got := text(tree.Root); got != "863e7b3dac2f946bbe08dd0569df6e441cfd87616fb25ee0e0fd1f1539f1f806" {
		t.Errorf("root %s", got)
	}
	if got := text(tree.Hash()); got != "9078b67bfd01f54efcf0719298de3df4f67b3f8a56bbc9e5b85543e882430bb8" {
		t.Errorf("hash %s", got)
	}
	if tree, err = Contributions(1, wire.Hash{}, nil); err != nil || text(tree.Hash()) != "f79ed7ea3c2f2bebc70a90e6b07ce3d296783d04742e87e31662f761b76a7e12" {
		t.Errorf("the tree of no leaf: %v", err)
	}
}

// Goal: the pages of a large tree hold 128 leaves, and leaves that make no tree
// are refused. Method: 300 leaves; one twice.
func TestPages(t *testing.T) {
	var leaves []Salary
	for i := range 300 {
		var a wire.Address
		a[0], a[1] = byte(i>>8), byte(i)
		leaves = append(leaves, Salary{a, 1, num.U(uint64(i))})
	}
	tree, err := Salaries(3, 5, leaves)
	if err != nil || len(tree.Pages) != 3 || tree.Count != 299 || tree.Total != 299*300/2 || tree.From != 3 || tree.Subject != EpochSubject(5) {
		t.Errorf("%+v, %v", tree, err)
	}
	if _, err := Salaries(0, 0, append(leaves, leaves[7])); err == nil {
		t.Error("a leaf twice makes a tree")
	}
}
