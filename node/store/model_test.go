package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
)

// oldView is a view with what it must go on to show.
type oldView struct {
	view *store.View
	dump []string
}

// model drives a store beside state.Memory and a list of blocks.
type model struct {
	*rapid.T
	disk   *vfs.MemFS
	store  *store.Store
	memory *state.Memory
	chain  *chain
	final  []store.Final              // by height − 1
	proofs map[types.Height]bool      // heights with a proof
	roots  map[types.Height]keys.Hash // by version
	dumps  map[types.Height][]string  // by version
	wait   map[keys.Hash]*types.Block // pending
	views  []oldView
	state  types.Height // oldest kept
	blocks types.Height
	turn   types.Height
}

// TestModel runs random commits, pending blocks, views, prunes and restarts
// against state.Memory and plain maps, and compares every read with them.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{
			T: t, disk: vfs.NewCrashableMem(), memory: state.NewMemory(),
			proofs: map[types.Height]bool{}, roots: map[types.Height]keys.Hash{},
			dumps: map[types.Height][]string{}, wait: map[keys.Hash]*types.Block{},
		}
		m.store = open(t, m.disk)
		genesis := m.writes()
		m.chain = begin(t, m.store, genesis...)
		m.memory.Commit(seal(m.memory, 0, genesis))
		m.remember()
		t.Repeat(map[string]func(*rapid.T){
			"commit":  func(*rapid.T) { m.commit() },
			"pending": func(*rapid.T) { m.pending() },
			"view":    func(*rapid.T) { m.open() },
			"close":   func(*rapid.T) { m.closeView() },
			"prune":   func(*rapid.T) { m.prune() },
			"restart": func(*rapid.T) { m.restart() },
			"":        func(*rapid.T) { m.check() },
		})
		for len(m.views) > 0 {
			m.closeView()
		}
		ok(t, m.store.Close())
	})
}

// writes draws changes of a few keys, some of which begin with others.
func (m *model) writes() (out []write) {
	for i := range rapid.IntRange(0, 6).Draw(m.T, "writes") {
		k := rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00\xff")), 1, 4, -1).Draw(m.T, "key")
		w := write{key: k}
		if rapid.IntRange(0, 2).Draw(m.T, "delete") > 0 {
			w.value = value(i)[:rapid.IntRange(0, 8).Draw(m.T, "length")]
		}
		out = append(out, w)
	}
	return out
}

// remember keeps what the state of the tip is.
func (m *model) remember() {
	version, root, _ := m.memory.Latest()
	m.roots[version], m.dumps[version] = root, dump(m.T, m.memory)
}

func (m *model) commit() {
	n := rapid.IntRange(1, 2).Draw(m.T, "blocks")
	if rapid.IntRange(0, 5).Draw(m.T, "epoch") == 0 {
		m.chain.epoch, m.chain.view = m.chain.epoch+1, 0
	}
	var blocks []store.Final
	for range n {
		// Only one block of a batch is executed on the store itself, so the
		// others leave the state as it is.
		var w []write
		if len(blocks) == 0 {
			w = m.writes()
		}
		f := m.next(w, len(blocks) > 0)
		blocks = append(blocks, f)
		m.final = append(m.final, f)
		m.memory.Commit(f.Changes)
		m.remember()
	}
	ok(m.T, m.store.Commit(batchOf(blocks...)))
	last := &blocks[n-1].Block.Header
	m.proofs[last.Height] = true
	for d, b := range m.wait {
		if b.Header.Epoch < last.Epoch || b.Header.Epoch == last.Epoch && b.Header.View <= last.View {
			delete(m.wait, d)
		}
	}
}

// next makes a block; one that follows another in its batch is sealed on the
// memory, which has the other already.
func (m *model) next(w []write, second bool) store.Final {
	n := rapid.SampledFrom([]int{0, 1, 33}).Draw(m.T, "txs")
	if !second {
		return m.chain.next(n, w...)
	}
	c := *m.chain
	c.height++
	changes := seal(m.memory, c.height, w)
	f := m.chain.next(n)
	f.Changes, f.Block.Header.StateRoot = changes, changes.Root
	f.Digest = f.Block.Digest()
	m.chain.digest = f.Digest
	return f
}

func (m *model) pending() {
	b := m.chain.fork(rapid.Byte().Draw(m.T, "salt"))
	if rapid.Bool().Draw(m.T, "unsigned") {
		b.Signature = keys.Signature{}
		ok(m.T, m.store.PutPending(b))
		signed := *b
		b = &signed
		b.Signature[0] = 7
	}
	ok(m.T, m.store.PutPending(b))
	m.wait[b.Digest()] = b
}

func (m *model) open() {
	v, err := m.store.View()
	ok(m.T, err)
	m.views = append(m.views, oldView{v, dump(m.T, m.memory)})
}

func (m *model) closeView() {
	if len(m.views) == 0 {
		return
	}
	ok(m.T, m.views[0].view.Close())
	m.views = m.views[1:]
}

func (m *model) prune() {
	tip := m.chain.height
	below := func(name string) types.Height {
		return types.Height(rapid.Uint64Range(0, uint64(tip)+1).Draw(m.T, name))
	}
	s, b := below("state"), below("blocks")
	ok(m.T, m.store.Prune(s, b))
	m.state, m.blocks = max(m.state, min(s, tip)), max(m.blocks, min(b, tip))
	m.memory.Prune(m.state)
}

func (m *model) restart() {
	for len(m.views) > 0 {
		m.closeView()
	}
	ok(m.T, m.store.Close())
	m.store = open(m.T, m.disk)
	m.chain.store = m.store
}

// check compares everything that can be read.
func (m *model) check() {
	m.checkState()
	m.checkBlocks()
	tip, err := m.store.Tip()
	ok(m.T, err)
	if tip.Header.Height != m.chain.height || tip.Digest != m.chain.digest {
		m.Fatalf("tip is %d %s", tip.Header.Height, tip.Digest.Short())
	}
	for _, v := range m.views {
		equal(m.T, "old view", v.dump, dump(m.T, v.view))
	}
	var want, got []string
	for _, b := range m.wait {
		if b.Header.Epoch == m.chain.epoch {
			want = append(want, fmt.Sprint(b.Digest(), b.Signature[0]))
		}
		found, err := m.store.BlockByDigest(b.Digest())
		ok(m.T, err)
		sameBlock(m.T, b, found)
	}
	list, err := m.store.Pending(m.chain.epoch)
	ok(m.T, err)
	for _, b := range list {
		got = append(got, fmt.Sprint(b.Digest(), b.Signature[0]))
	}
	slices.Sort(want)
	slices.Sort(got)
	equal(m.T, "pending", want, got)
	kept := int(m.chain.height - max(m.blocks, 1) + 1)
	m.count('b', kept+len(m.wait))
	m.count('h', int(m.chain.height-m.blocks+1))
	m.count('i', int(m.chain.height-m.blocks+1))
	m.count('n', m.memory.Nodes())
	if have := m.store.Metrics().Pending; have != len(m.wait) {
		m.Fatalf("%d pending blocks, want %d", have, len(m.wait))
	}
}

// count looks that a table has no key too many.
func (m *model) count(table byte, want int) {
	have, err := m.store.Count(table)
	ok(m.T, err)
	if have != want {
		m.Fatalf("table %c has %d keys, want %d", table, have, want)
	}
}

func (m *model) checkState() {
	equal(m.T, "state", dump(m.T, m.memory), dump(m.T, m.store))
	view, err := m.store.View()
	ok(m.T, err)
	defer view.Close()
	version, root, err := view.Latest()
	ok(m.T, err)
	if version != m.chain.height || root != m.roots[version] {
		m.Fatalf("view of version %d, root %s", version, root.Short())
	}
	for _, k := range []string{"a", "b", "ab", "a\x00", "\xff"} {
		want, _ := m.memory.Get([]byte(k))
		for _, b := range []state.Backend{m.store, view} {
			got, err := b.Get([]byte(k))
			ok(m.T, err)
			if (want == nil) != (got == nil) || string(want) != string(got) {
				m.Fatalf("key %q: %x, want %x", k, got, want)
			}
		}
	}
	lo, hi := []byte("a"), []byte("b\x00")
	var want, got []string
	ok(m.T, m.memory.Keys(lo, hi, m.state, func(k []byte) bool { want = append(want, string(k)); return true }))
	ok(m.T, view.Keys(lo, hi, m.state, func(k []byte) bool { got = append(got, string(k)); return true }))
	if !slices.IsSorted(got) {
		m.Fatalf("keys out of order: %q", got)
	}
	for _, k := range want {
		if !slices.Contains(got, k) {
			m.Fatalf("key %q missing from %q", k, got)
		}
	}
	m.checkHistory(view)
}

// some are the last heights and two others in turn, so that a check stays
// cheap and a long run still looks at all.
func (m *model) some(from types.Height) (out []types.Height) {
	m.turn++
	tip := m.chain.height
	for h := from; h <= tip; h++ {
		if h+2 > tip || h == m.turn%(tip+1) || h == m.turn*7%(tip+1) {
			out = append(out, h)
		}
	}
	return out
}

// checkHistory reads versions through their trees.
func (m *model) checkHistory(view *store.View) {
	for _, v := range m.some(0) {
		tree, err := state.At(view, v, m.roots[v])
		if v < m.state && m.roots[v] != (keys.Hash{}) {
			if err == nil {
				m.Fatalf("version %d is pruned and opens", v)
			}
			continue
		}
		ok(m.T, err)
		if v < m.state {
			continue
		}
		var got []string
		tree.Range(nil, nil, func(k, v []byte) bool {
			got = append(got, fmt.Sprintf("%s=%x", k, v))
			return true
		})
		equal(m.T, fmt.Sprintf("version %d", v), m.dumps[v], got)
	}
}

func (m *model) checkBlocks() {
	for _, h := range m.some(1) {
		f := &m.final[h-1]
		b, err := m.store.Block(h)
		ok(m.T, err)
		d, err := m.store.BlockByDigest(f.Digest)
		ok(m.T, err)
		at, found, err := m.store.HeightOf(f.Digest)
		ok(m.T, err)
		receipts, err := m.store.Receipts(h)
		ok(m.T, err)
		events, err := m.store.Events(h)
		ok(m.T, err)
		if h < m.blocks {
			if b != nil || d != nil || found || receipts != nil || events != nil {
				m.Fatalf("block %d is pruned and still there", h)
			}
			continue
		}
		sameBlock(m.T, f.Block, b)
		sameBlock(m.T, f.Block, d)
		if !found || at != h || len(receipts) != len(f.Receipts) || len(events) != len(f.Events) {
			m.Fatalf("block %d: height %d, %d receipts, %d events", h, at, len(receipts), len(events))
		}
		if n := len(f.Txs); n > 0 {
			r, err := m.store.Receipt(f.Txs[n-1])
			ok(m.T, err)
			if r == nil || r.Height != h || r.Index != uint32(n-1) {
				m.Fatalf("receipt of %d/%d: %v", h, n-1, r)
			}
		}
		p, err := m.store.Finality(h)
		ok(m.T, err)
		want := h
		for !m.proofs[want] {
			want++
		}
		if p == nil || p.Height != want || p.Finalization.Digest != m.final[want-1].Digest {
			m.Fatalf("proof of %d: %v, want that of %d", h, p, want)
		}
	}
}
