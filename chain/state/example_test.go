package state_test

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/state"
)

// A route declares its regions at the top of its keys.go; nobody else can name
// them.
var (
	scores = state.NewMap[keys.Address, uint64](state.Region{Route: 7, Number: 1, Name: "scores"})
	total  = state.NewValue[uint64](state.Region{Route: 7, Number: 2, Name: "total"})
)

func award(w state.Writer, to keys.Address, points uint64) {
	old, _ := scores.Get(w, to)
	scores.Set(w, to, old+points)
	sum, _ := total.Get(w)
	total.Set(w, sum+points)
}

// A block is executed in a layer, its transactions in children of it. When the
// block is final its changes are committed, and anyone can be shown what the
// state says.
func Example() {
	backend := state.NewMemory()
	block := state.NewLayer(state.NewBase(backend))

	alice, bob := keys.Address{0xa1}, keys.Address{0xb0}
	tx := block.Child()
	award(tx, alice, 3)
	tx.Merge()
	tx = block.Child()
	award(tx, bob, 5) // this one fails after all: it is not merged

	root, changes := block.Seal(1)
	backend.Commit(changes)

	sum, _ := total.Get(state.NewBase(backend))
	fmt.Println("total:", sum)

	tree, err := state.At(backend, 1, root)
	if err != nil {
		fmt.Println(err)
		return
	}
	value, ok, p := tree.Prove(scores.Key(alice))
	fmt.Println("alice:", ok, p.Includes(root, scores.Key(alice), value))
	_, ok, p = tree.Prove(scores.Key(bob))
	fmt.Println("bob:", ok, p.Excludes(root, scores.Key(bob)))
	// Output:
	// total: 3
	// alice: true <nil>
	// bob: false <nil>
}

// Blocks that are not final stack up, also beside one another; when one becomes
// final, those on it move to the new base.
func ExampleLayer_Rebase() {
	backend := state.NewMemory()
	one := state.NewLayer(state.NewBase(backend))
	award(one, keys.Address{1}, 1)
	_, changes := one.Seal(1)

	two := state.NewLayer(one)
	award(two, keys.Address{1}, 10)
	two.Seal(2)
	other := state.NewLayer(one)
	award(other, keys.Address{1}, 20)
	other.Seal(2)

	backend.Commit(changes)
	base := state.NewBase(backend)
	for _, l := range []*state.Layer{two, other} {
		l.Rebase(base)
		sum, _ := total.Get(l)
		fmt.Println(sum)
	}
	// Output:
	// 11
	// 21
}
