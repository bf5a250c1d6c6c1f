package state

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// strict is a Memory that stores bytes, so to speak: all nodes that are read go
// through their stored forms.
type strict struct{ *Memory }

func (s strict) Page(key NodeKey) (Page, error) {
	p, err := s.Memory.Page(key)
	if err != nil {
		return Page{}, err
	}
	if k, rest, err := CutNodeKey(key.Append(nil)); err != nil || k != key || len(rest) != 0 {
		return Page{}, fmt.Errorf("node key %v reads as %v, %w", key, k, err)
	}
	q, err := DecodePage(key, p.Append(nil, key))
	if err == nil && !bytes.Equal(p.data, q.data) {
		err = fmt.Errorf("page %v changes when stored", key)
	}
	return q, err
}

func (s strict) Leaf(key NodeKey) (Leaf, error) {
	l, err := s.Memory.Leaf(key)
	if err != nil {
		return Leaf{}, err
	}
	return DecodeLeaf(key, l.Append(nil))
}

// naiveRoot is the root by the book: recursion over bits, no pages, no batches.
func naiveRoot(model map[string]string) keys.Hash {
	var list []op
	for k, v := range model {
		path := keys.Sum([]byte(k))
		list = append(list, op{path: path, leaf: proof.Leaf(path, keys.Sum([]byte(v)))})
	}
	slices.SortFunc(list, func(a, b op) int { return bytes.Compare(a.path[:], b.path[:]) })
	return naive(list, 0)
}

func naive(list []op, depth int) keys.Hash {
	switch len(list) {
	case 0:
		return keys.Hash{}
	case 1:
		return list[0].leaf
	}
	n := 0
	for n < len(list) && proof.Bit(list[n].path, depth) == 0 {
		n++
	}
	l, r := naive(list[:n], depth+1), naive(list[n:], depth+1)
	return keys.Sum(append(l[:], r[:]...))
}

// checkReads compares everything that a reader shows with the model.
func checkReads(t *rapid.T, r Reader, model map[string]string, lo, hi []byte) {
	t.Helper()
	for k, v := range model {
		if got, ok := r.Get([]byte(k)); !ok || string(got) != v {
			t.Fatalf("get %x: %x, %v; want %x", k, got, ok, v)
		}
	}
	if _, ok := r.Get([]byte("no such key")); ok {
		t.Fatal("a key that nobody wrote")
	}
	var want, got []string
	for _, k := range slices.Sorted(maps.Keys(model)) {
		if k >= string(lo) && (hi == nil || k < string(hi)) {
			want = append(want, k+"="+model[k])
		}
	}
	r.Range(lo, hi, func(k, v []byte) bool {
		got = append(got, string(k)+"="+string(v))
		return true
	})
	if !slices.Equal(got, want) {
		t.Fatalf("range [%x, %x): %q; want %q", lo, hi, got, want)
	}
}

// genKey draws from a few hundred keys in a handful of regions, some of them
// shorter than a region's prefix.
var genKey = rapid.Custom(func(t *rapid.T) []byte {
	k := []byte{0, byte(rapid.IntRange(1, 2).Draw(t, "route")), byte(rapid.IntRange(1, 2).Draw(t, "region"))}
	k = append(k, fmt.Sprint(rapid.IntRange(0, 99).Draw(t, "number"))...)
	return k[:len(k)-rapid.SampledFrom([]int{0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 5}).Draw(t, "cut")%len(k)]
})

var genValue = rapid.SliceOfN(rapid.Byte(), 0, 3)

// past is a committed version and what it must show.
type past struct {
	version types.Height
	root    keys.Hash
	model   map[string]string
}

// world is a backend with forks above it, beside the model of each state.
type world struct {
	backend strict
	base    *Base
	layers  []*Layer // sealed
	models  map[Parent]map[string]string
	changes map[*Layer]*Changes
	history []past
}

func newWorld() *world {
	w := &world{backend: strict{NewMemory()}, changes: map[*Layer]*Changes{}}
	w.base = NewBase(w.backend)
	w.models = map[Parent]map[string]string{w.base: {}}
	return w
}

// anyParent draws the base or a sealed layer.
func (w *world) anyParent(t *rapid.T) Parent {
	if i := rapid.IntRange(0, len(w.layers)).Draw(t, "parent"); i > 0 {
		return w.layers[i-1]
	}
	return w.base
}

// block builds, executes and seals a block on any state.
func (w *world) block(t *rapid.T) {
	parent := w.anyParent(t)
	model := maps.Clone(w.models[parent])
	layer := NewLayer(parent)
	write(t, &layer.Overlay, model, 3)
	checkReads(t, layer, model, nil, nil)
	each := inTurn
	if rapid.Bool().Draw(t, "backwards") {
		each = func(n int, do func(int)) {
			for i := range n {
				do(n - 1 - i)
			}
		}
	}
	root, c := layer.SealWith(parent.Version()+types.Height(rapid.IntRange(1, 3).Draw(t, "gap")), each)
	if want := naiveRoot(model); root != want || layer.Root() != want || c.Root != want {
		t.Fatalf("root %v, want %v", root, want)
	}
	checkDiff(t, c, w.models[parent], model)
	w.layers = append(w.layers, layer)
	w.models[layer], w.changes[layer] = model, c
}

// write makes random changes, some in nested layers that are merged or dropped.
func write(t *rapid.T, o *Overlay, model map[string]string, depth int) {
	for range rapid.IntRange(0, 30).Draw(t, "writes") {
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0, 1, 2, 3:
			k, v := genKey.Draw(t, "key"), genValue.Draw(t, "value")
			o.Set(k, v)
			model[string(k)] = string(v)
		case 4, 5:
			k := genKey.Draw(t, "key")
			o.Delete(k)
			delete(model, string(k))
		case 6:
			rangeAndWrite(t, o, model)
		case 7:
			if depth == 0 {
				continue
			}
			child, inner := o.Child(), maps.Clone(model)
			write(t, child, inner, depth-1)
			checkReads(t, child, inner, genKey.Draw(t, "lo"), genKey.Draw(t, "hi"))
			if rapid.Bool().Draw(t, "merge") {
				child.Merge()
				clear(model)
				maps.Copy(model, inner)
			}
		}
	}
}

// rangeAndWrite changes keys while it ranges over them and expects to be shown
// the state before.
func rangeAndWrite(t *rapid.T, o *Overlay, model map[string]string) {
	before, seen := maps.Clone(model), map[string]string{}
	lo := genKey.Draw(t, "lo")
	var last []byte
	o.Range(lo, nil, func(k, v []byte) bool {
		if last != nil && bytes.Compare(last, k) >= 0 {
			t.Fatalf("range shows %x after %x", k, last)
		}
		last = bytes.Clone(k)
		seen[string(k)] = string(v)
		next := genKey.Draw(t, "next")
		if rapid.Bool().Draw(t, "set") {
			o.Set(next, []byte("new"))
			model[string(next)] = "new"
		} else {
			child := o.Child()
			child.Delete(next)
			child.Merge()
			delete(model, string(next))
		}
		// A walk in the walk sorts the new keys in and must not disturb it.
		if rapid.IntRange(0, 3).Draw(t, "nest") == 0 {
			checkReads(t, o, model, next, nil)
		}
		return true
	})
	maps.DeleteFunc(before, func(k, _ string) bool { return k < string(lo) })
	if !maps.Equal(seen, before) {
		t.Fatalf("range with writes shows %q, want %q", seen, before)
	}
}

// checkDiff expects exactly the keys in which two models differ.
func checkDiff(t *rapid.T, c *Changes, before, after map[string]string) {
	want := map[string]string{}
	for k, v := range after {
		if old, ok := before[k]; !ok || old != v {
			want[k] = "=" + v
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			want[k] = "gone"
		}
	}
	got, last := map[string]string{}, ""
	for i, v := range c.Values {
		if i > 0 && string(v.Key) <= last {
			t.Fatal("changes are not sorted")
		}
		if last = string(v.Key); v.Value == nil {
			got[last] = "gone"
		} else {
			got[last] = "=" + string(v.Value)
		}
		if v.Hash != keys.Sum(v.Key) {
			t.Fatalf("change of %x has another key's hash", v.Key)
		}
	}
	if !maps.Equal(got, want) {
		t.Fatalf("changes %q, want %q", got, want)
	}
}

// commit makes a block on the base final, if there is one: the blocks on it
// stay, everything beside it goes.
func (w *world) commit(t *rapid.T) {
	onBase := slices.DeleteFunc(slices.Clone(w.layers), func(l *Layer) bool { return l.below != w.base })
	if len(onBase) == 0 {
		return
	}
	final := rapid.SampledFrom(onBase).Draw(t, "final")
	model := w.models[final]
	w.backend.Commit(w.changes[final])
	w.base = NewBase(w.backend)
	w.layers = slices.DeleteFunc(w.layers, func(l *Layer) bool {
		for p := Parent(l.below); ; p = p.(*Layer).below {
			if p == final {
				return false
			}
			if _, ok := p.(*Base); ok {
				return true
			}
		}
	})
	models := map[Parent]map[string]string{w.base: model}
	for _, l := range w.layers {
		models[l] = w.models[l]
		if l.below == final {
			l.Rebase(w.base)
		}
	}
	w.models = models
	w.history = append(w.history, past{w.base.version, w.base.root, model})
}

// prune gives up the oldest committed versions, and expects that exactly the
// nodes of the kept trees are left.
func (w *world) prune(t *rapid.T) {
	if len(w.history) == 0 {
		return
	}
	n := rapid.IntRange(0, len(w.history)-1).Draw(t, "give up")
	w.backend.Prune(w.history[n].version)
	for _, h := range w.history[:n] {
		if _, err := At(w.backend, h.version, h.root); h.root != proof.Empty && !errors.Is(err, ErrPruned) {
			t.Fatalf("pruned version %d: %v", h.version, err)
		}
	}
	w.history = w.history[n:]
	live := map[NodeKey]bool{}
	for _, h := range w.history {
		if h.root != proof.Empty {
			collect(w.backend.Memory, NodeKey{Version: h.version}, live)
		}
	}
	if w.backend.Nodes() != len(live) {
		t.Fatalf("%d nodes are stored, %d are in use", w.backend.Nodes(), len(live))
	}
}

// collect finds all nodes that hang below a page.
func collect(m *Memory, key NodeKey, live map[NodeKey]bool) {
	if live[key] {
		return
	}
	live[key] = true
	for i := range 16 {
		path := key.Path
		path[key.Depth/2] |= byte(i) << (4 * (1 - key.Depth%2))
		switch s := m.pages[key].slot(i); s.kind {
		case leaf:
			live[LeafKey(s.version, s.key)] = true
		case child:
			collect(m, pageKey(s.version, int(key.Depth)+1, &path), live)
		}
	}
}

// past compares a kept version with its model, and proves something of it.
func (w *world) past(t *rapid.T) {
	if len(w.history) == 0 {
		return
	}
	h := rapid.SampledFrom(w.history).Draw(t, "version")
	tree, err := At(w.backend, h.version, h.root)
	if err != nil {
		t.Fatal(err)
	}
	checkReads(t, tree, h.model, genKey.Draw(t, "lo"), genKey.Draw(t, "hi"))
	key := genKey.Draw(t, "key")
	value, ok, p := tree.Prove(key)
	if want, exists := h.model[string(key)]; ok != exists || string(value) != want {
		t.Fatalf("prove %x: %x, %v; want %x, %v", key, value, ok, want, exists)
	}
	if p, err = proof.Decode(p.Encode()); err != nil {
		t.Fatal(err)
	}
	in, out := p.Includes(h.root, key, value), p.Excludes(h.root, key)
	if (in == nil) != ok || (out == nil) == ok {
		t.Fatalf("proof of %x (there: %v): inclusion %v, exclusion %v", key, ok, in, out)
	}
	if ok && p.Includes(h.root, key, append(value[:len(value):len(value)], 0)) == nil {
		t.Fatal("proof holds for another value")
	}
	seen := 0
	last := keys.Hash{}
	from := keys.Hash{rapid.Byte().Draw(t, "from")}
	tree.Leaves(from, func(l Leaf) bool {
		path := keys.Sum(l.Key)
		if bytes.Compare(path[:], last[:]) <= 0 || bytes.Compare(path[:], from[:]) < 0 || h.model[string(l.Key)] != string(l.Value) {
			t.Fatalf("leaf %x out of place or wrong", l.Key)
		}
		last = path
		seen++
		return true
	})
	for k := range h.model {
		if path := keys.Sum([]byte(k)); bytes.Compare(path[:], from[:]) >= 0 {
			seen--
		}
	}
	if seen != 0 {
		t.Fatalf("%d leaves too many", seen)
	}
}

// TestModel runs random histories of blocks, forks, commits, rebases and
// pruning beside plain maps, and compares every root with the naive tree of the
// final map, every read, every set of changes, every proof, and the nodes that
// are left.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		t.Repeat(map[string]func(*rapid.T){
			"block":  w.block,
			"commit": w.commit,
			"prune":  w.prune,
			"past":   w.past,
			"": func(t *rapid.T) {
				checkReads(t, w.base, w.models[w.base], nil, nil)
				for _, l := range w.layers {
					if got, ok := l.Get([]byte("no such key")); ok {
						t.Fatalf("layer has %x", got)
					}
				}
			},
			"read": func(t *rapid.T) {
				p := w.anyParent(t)
				checkReads(t, p, w.models[p], genKey.Draw(t, "lo"), nil)
			},
		})
	})
}
