package state

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// TestRoots pins the roots of a few states: a change here is a change of the
// protocol. They are built key by key here and at once in the naive tree.
func TestRoots(t *testing.T) {
	for _, c := range []struct {
		n    int
		root string
	}{
		{0, "0000000000000000000000000000000000000000000000000000000000000000"},
		{1, "8a213e738531784ccca2feb85db2ad91d9be8fcda565f59d67966c2244599bd1"},
		{2, "b061970c480962c7c27b7f296f128f76c85524ee4e9d47a8f67f3e01966bc7b1"},
		{16, "6f4ce0cbb59fde27a0c36e095e9972a81f7acf41badaf813666f478d18a3615b"},
		{1000, "4f47f27d66b85e73dae487ad66ba2b35759df9e0220c7f9db83012b84da6d3eb"},
	} {
		m, model := NewMemory(), map[string]string{}
		for i := range c.n {
			l := NewLayer(NewBase(m))
			key, value := fmt.Sprintf("key %d", i), fmt.Sprintf("value %d", i)
			l.Set([]byte(key), []byte(value))
			model[key] = value
			_, changes := l.Seal(types.Height(i + 1))
			m.Commit(changes)
			m.Prune(changes.Version)
		}
		if got := hex.EncodeToString(m.root[:]); got != c.root || naiveRoot(model) != m.root {
			t.Errorf("%d keys: root %s, want %s", c.n, got, c.root)
		}
	}
}

// failing is a backend whose disk has died.
type failing struct{ *Memory }

var errDisk = errors.New("input/output error")

func (failing) Get([]byte) ([]byte, error)                                  { return nil, errDisk }
func (failing) Range(_, _ []byte, _ func(_, _ []byte) bool) error           { return errDisk }
func (failing) Page(NodeKey) (Page, error)                                  { return Page{}, errDisk }
func (failing) Keys(_, _ []byte, _ types.Height, _ func([]byte) bool) error { return errDisk }

// wantFault runs f and expects a Fault that wraps want.
func wantFault(t *testing.T, what string, want error, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		fault, ok := recover().(*Fault)
		if !ok || !errors.Is(fault, want) || fault.Error() == "" {
			t.Errorf("%s: panics with %v, want a fault: %v", what, fault, want)
		}
	}()
	f()
}

// wantPanic runs f and expects a panic about our own mistake.
func wantPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if r := recover(); r == nil {
			t.Errorf("%s: no panic", what)
		} else if _, ok := r.(string); !ok {
			t.Errorf("%s: panics with %v", what, r)
		}
	}()
	f()
}

// TestFaults lets every read meet a dead disk, and every walk a node that is
// not the one that it should be, and expects Faults, never answers.
func TestFaults(t *testing.T) {
	m := accounts(100)
	dead := failing{m}
	base := NewBase(dead)
	tree := &Tree{backend: dead, version: 1, root: m.root}
	all := func(_, _ []byte) bool { return true }
	wantFault(t, "get", errDisk, func() { base.Get(benchKey(1)) })
	wantFault(t, "get through layers", errDisk, func() { NewLayer(base).Child().Get(benchKey(1)) })
	wantFault(t, "range", errDisk, func() { base.Range(nil, nil, all) })
	wantFault(t, "historic get", errDisk, func() { tree.Get(benchKey(1)) })
	wantFault(t, "historic range", errDisk, func() { tree.Range(nil, nil, all) })
	wantFault(t, "leaves", errDisk, func() { tree.Leaves(keys.Hash{}, func(Leaf) bool { return true }) })
	wantFault(t, "seal", errDisk, func() {
		l := NewLayer(base)
		l.Set(benchKey(1), nil)
		l.Seal(2)
	})
	if _, err := At(dead, 1, m.root); !errors.Is(err, errDisk) || errors.Is(err, ErrPruned) {
		t.Errorf("at: %v", err)
	}
	if _, err := At(m, 1, keys.Hash{1}); !errors.Is(err, ErrPruned) {
		t.Errorf("at with another root: %v", err)
	}

	key := LeafKey(1, keys.Sum(benchKey(7)))
	m.leaves[key] = Leaf{benchKey(7), []byte("another value")}
	tree.backend = m
	wantFault(t, "leaf with another value", ErrCorrupt, func() { tree.Get(benchKey(7)) })
	delete(m.leaves, key)
	wantFault(t, "no leaf", ErrMissing, func() { tree.Get(benchKey(7)) })
	for at := range m.pages {
		if at.Depth == 1 {
			m.pages[at] = m.pages[NodeKey{Version: 1}]
		}
	}
	wantFault(t, "another page", ErrCorrupt, func() { tree.Get(benchKey(8)) })
	wantFault(t, "seal on another page", ErrCorrupt, func() {
		l := NewLayer(NewBase(m))
		l.Set(benchKey(8), nil)
		l.Seal(2)
	})
}

// TestMisuse calls what must not be called and expects panics: each would lead
// to a state that is not what the caller thinks.
func TestMisuse(t *testing.T) {
	m := NewMemory()
	base := NewBase(m)
	l := NewLayer(base)
	l.Set([]byte("k"), []byte("v"))
	wantPanic(t, "layer on an open one", func() { NewLayer(l) })
	wantPanic(t, "merge of a layer", func() { l.Merge() })
	wantPanic(t, "reset in a range", func() {
		l.Range(nil, nil, func(_, _ []byte) bool { l.Reset(); return true })
	})
	wantPanic(t, "seal in a range", func() {
		l.Range(nil, nil, func(_, _ []byte) bool { l.Seal(1); return true })
	})
	_, c := l.Seal(1)
	child := l.Child()
	child.Set([]byte("k"), nil)
	wantPanic(t, "second seal", func() { l.Seal(2) })
	wantPanic(t, "set after seal", func() { l.Set([]byte("x"), nil) })
	wantPanic(t, "set after seal", func() { l.Set([]byte("k"), nil) })
	wantPanic(t, "merge after seal", func() { child.Merge() })
	wantPanic(t, "reset after seal", func() { l.Reset() })
	wantPanic(t, "old version", func() { NewLayer(l).Seal(1) })
	next := NewLayer(l)
	wantPanic(t, "rebase too early", func() { next.Rebase(base) })
	m.Commit(c)
	wantPanic(t, "seal on a base left behind", func() { next.Seal(2) })
	next.Rebase(NewBase(m))
	next.Seal(2)
	wantPanic(t, "commit of an older version", func() { m.Commit(&Changes{}) })
	wantPanic(t, "one path twice", func() {
		(&update{version: 3, parent: NewBase(NewMemory())}).run([]op{{leaf: keys.Hash{1}}, {leaf: keys.Hash{2}}}, inTurn)
	})
}

// TestRangeStops ends ranges at every place, through layers in which keys are
// added, changed and deleted, and expects no call after the end.
func TestRangeStops(t *testing.T) {
	m := accounts(20)
	l := NewLayer(NewBase(m))
	for i := range 30 {
		if i%3 == 0 {
			l.Set(benchKey(i), []byte("new"))
		} else if i%3 == 1 {
			l.Delete(benchKey(i))
		}
	}
	child := l.Child()
	child.Delete(benchKey(0))
	var all []string
	child.Range(nil, nil, func(k, _ []byte) bool { all = append(all, string(k)); return true })
	if len(all) != 15 || !slices.IsSorted(all) {
		t.Fatalf("%d keys, sorted: %v", len(all), slices.IsSorted(all))
	}
	for n := range all {
		var some []string
		child.Range(nil, nil, func(k, _ []byte) bool { some = append(some, string(k)); return len(some) <= n })
		if !slices.Equal(some, all[:n+1]) {
			t.Fatalf("a range of %d shows %d keys", n+1, len(some))
		}
	}
	child.Range(benchKey(3), benchKey(3), func(_, _ []byte) bool { t.Fatal("an empty range shows a key"); return true })
}

// TestGenesis seals version 0 over nothing, and an empty one: both are allowed
// there and nowhere else.
func TestGenesis(t *testing.T) {
	m := NewMemory()
	l := NewLayer(NewBase(m))
	if root, c := l.Seal(0); root != proof.Empty || len(c.Pages) != 0 {
		t.Fatal("an empty state is not empty")
	} else {
		m.Commit(c)
	}
	l = NewLayer(NewBase(m))
	l.Set([]byte("k"), []byte("v"))
	root, c := l.Seal(0)
	m.Commit(c)
	if _, err := At(m, 0, root); err != nil {
		t.Fatal(err)
	}
	wantPanic(t, "a second genesis", func() { NewLayer(NewBase(m)).Seal(0) })
}

// TestValuesAreCopied writes into what Set was given and expects the state to
// stay.
func TestValuesAreCopied(t *testing.T) {
	o := NewOverlay(NewBase(NewMemory()))
	key, value := []byte("key"), []byte("value")
	o.Set(key, value)
	key[0], value[0] = 'x', 'x'
	if v, ok := o.Get([]byte("key")); !ok || string(v) != "value" {
		t.Fatalf("the state has %q, %v", v, ok)
	}
	if v, _ := o.Get([]byte("key")); cap(v) != len(v) {
		t.Fatal("an append would write behind the value")
	}
	if o.Len() != 1 {
		t.Fatal("one key was written")
	}
}
