package state

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// genPath draws paths that run together for long: hashes of real keys share a
// few bits, and somebody who grinds keys makes them share more.
var genPath = rapid.Custom(func(t *rapid.T) keys.Hash {
	var path keys.Hash
	for range rapid.IntRange(0, 3).Draw(t, "ones") {
		bit := rapid.SampledFrom([]int{0, 1, 3, 4, 5, 7, 8, 63, 127, 128, 250, 251, 252, 253, 254, 255}).Draw(t, "bit")
		path[bit/8] |= 0x80 >> (bit % 8)
	}
	return path
})

// TestDeepPaths applies batches to trees whose paths share up to 255 bits, and
// compares the root with the naive tree and the pages with what is reachable:
// no real keys go as deep.
func TestDeepPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := NewMemory()
		model := map[keys.Hash]keys.Hash{}
		for v := types.Height(1); v < 8; v++ {
			var ops []op
			for _, path := range rapid.SliceOfNDistinct(genPath, 0, 12, rapid.ID).Draw(t, "paths") {
				o := op{path: path}
				if rapid.IntRange(0, 2).Draw(t, "kind") > 0 {
					o.leaf = proof.Leaf(path, keys.Hash{rapid.Byte().Draw(t, "value")})
				}
				ops = append(ops, o)
			}
			slices.SortFunc(ops, func(a, b op) int { return bytes.Compare(a.path[:], b.path[:]) })
			u := &update{version: v, parent: NewBase(m)}
			root := u.run(ops, inTurn)
			for _, o := range ops {
				if old := model[o.path]; o.done != (old != o.leaf) {
					t.Fatalf("change of %v is reported as %v", o.path, o.done)
				}
				if model[o.path] = o.leaf; o.leaf.IsZero() {
					delete(model, o.path)
				}
			}
			m.Commit(&Changes{Version: v, Root: root, Pages: u.pages, Stale: u.stale})
			m.Prune(v)
			checkDeep(t, m, root, model)
		}
	})
}

func checkDeep(t *rapid.T, m *Memory, root keys.Hash, model map[keys.Hash]keys.Hash) {
	var list []op
	for path, leaf := range model {
		list = append(list, op{path: path, leaf: leaf})
	}
	slices.SortFunc(list, func(a, b op) int { return bytes.Compare(a.path[:], b.path[:]) })
	if want := naive(list, 0); root != want {
		t.Fatalf("root %v, want %v", root, want)
	}
	live := map[NodeKey]bool{}
	if root != proof.Empty {
		collect(m, NodeKey{Version: m.version}, live)
	}
	if len(live) != len(m.pages)+len(model) {
		t.Fatalf("%d pages and %d leaves are stored, %d nodes in use", len(m.pages), len(model), len(live))
	}
	for key, p := range m.pages {
		q, err := DecodePage(key, p.Append(nil, key))
		if err != nil || !bytes.Equal(p.data, q.data) {
			t.Fatalf("page %v changes when stored: %v", key, err)
		}
	}
	tree := &Tree{backend: m, version: m.version, root: root}
	for _, o := range list {
		if s := tree.walk(&o.path, nil); s.kind != leaf || s.hash != o.leaf || s.key != o.path {
			t.Fatalf("the walk to %v ends elsewhere", o.path)
		}
	}
}

// TestEachIsTheSame seals one block in turn, backwards and concurrently, and
// expects equal changes.
func TestEachIsTheSame(t *testing.T) {
	m := accounts(3000)
	var first *Changes
	for _, each := range []Each{inTurn, backwards, concurrent} {
		l := NewLayer(NewBase(m))
		for i := range 3000 {
			l.Set(benchKey(i*2), benchValue(i, 1))
			l.Delete(benchKey(i*3 + 1))
		}
		_, c := l.SealWith(2, each)
		if first == nil {
			first = c
		}
		if !slices.Equal(c.Stale, first.Stale) || c.Root != first.Root || len(c.Values) != len(first.Values) ||
			!slices.EqualFunc(c.Pages, first.Pages, func(a, b NewPage) bool {
				return a.Key == b.Key && bytes.Equal(a.Page.data, b.Page.data)
			}) {
			t.Fatal("the division of work shows in the changes")
		}
	}
}

func backwards(n int, do func(int)) {
	for i := range n {
		do(n - 1 - i)
	}
}

func concurrent(n int, do func(int)) {
	done := make(chan struct{})
	for i := range n {
		go func() { do(i); done <- struct{}{} }()
	}
	for range n {
		<-done
	}
}
