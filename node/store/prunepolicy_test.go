package store_test

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
)

// Goal: pruning by steps ends at what the policy keeps, goes on beside commits,
// and keeps what it must. Method: 600 blocks pruned to 300 states and 400
// blocks, with a commit between the steps.
func TestPolicy(t *testing.T) {
	s := open(t, vfs.NewMem())
	c := begin(t, s, write{"a", value(0)})
	for i := range 600 {
		ok(t, s.Commit(batchOf(c.next(1, write{"a", value(i)}))))
	}
	p := store.Policy{States: 300, Blocks: 400}
	steps := 0
	for more := true; more; steps++ {
		var err error
		more, err = s.PruneStep(p)
		ok(t, err)
		ok(t, s.Commit(batchOf(c.next(1, write{"a", value(1000 + steps)}))))
	}
	if steps < 3 {
		t.Errorf("%d steps: too much in one", steps)
	}
	for range 2 { // what the last commits made old
		_, err := s.PruneStep(p)
		ok(t, err)
	}
	tip := c.height
	if st, b := s.Pruned(); st != tip-300+1 || b != tip-400+1 {
		t.Errorf("oldest state %d and block %d at %d", st, b, tip)
	}
	if b, err := s.Block(tip - 400); err != nil || b != nil {
		t.Errorf("block below the oldest: %v, %v", b, err)
	}
	if b, err := s.Block(tip - 399); err != nil || b == nil {
		t.Errorf("the oldest block: %v, %v", b, err)
	}
	if err := (store.Policy{States: 10}).Check(); !errors.Is(err, store.ErrPolicy) {
		t.Errorf("ten states: %v", err)
	}
	if _, err := s.PruneStep(store.Policy{Blocks: 1}); !errors.Is(err, store.ErrPolicy) {
		t.Errorf("a block: %v", err)
	}
	if got := p.String(); got != "keeps the last 300 states and the last 400 blocks" {
		t.Error(got)
	}
	if got := (store.Policy{}).String(); got != "keeps all states and all blocks" {
		t.Error(got)
	}
	if more, err := s.PruneStep(store.Policy{}); more || err != nil {
		t.Errorf("a policy that keeps all: %v, %v", more, err)
	}
}

// Goal: a database that begins with a snapshot has its state, serves its block,
// goes on with the next one, and opens again. Method: the state of one store
// sealed anew at a height, adopted by another.
func TestAdopt(t *testing.T) {
	from := open(t, vfs.NewMem())
	c := begin(t, from, write{"a", value(1)}, write{"b", value(2)})
	for i := range 5 {
		ok(t, from.Commit(batchOf(c.next(2, write{"c", value(i)}))))
	}
	last := c.next(2, write{"d", value(9)})
	batch := batchOf(last)
	ok(t, from.Commit(batch))

	mem := state.NewMemory()
	l := state.NewLayer(state.NewBase(mem))
	n := 0
	ok(t, from.Leaves(c.height, last.Block.Header.StateRoot, keys.Hash{}, func(f state.Leaf) bool {
		l.Set(f.Key, f.Value)
		n++
		return true
	}))
	root, changes := l.Seal(c.height)
	if n != 4 || root != last.Block.Header.StateRoot {
		t.Fatalf("%d leaves with root %s", n, root)
	}

	disk := vfs.NewCrashableMem()
	to := open(t, disk)
	if err := to.Adopt(c.fork(1), changes, batch.Proof); !errors.Is(err, store.ErrOrder) {
		t.Errorf("a block of another state: %v", err)
	}
	ok(t, to.Adopt(last.Block, changes, batch.Proof))
	if err := to.Adopt(last.Block, changes, batch.Proof); !errors.Is(err, store.ErrOrder) {
		t.Errorf("adopted twice: %v", err)
	}
	equal(t, "state", dump(t, from), dump(t, to))
	sameBlock(t, last.Block, must(to.Block(c.height)))
	next := resume(t, to)
	ok(t, to.Commit(batchOf(next.next(1, write{"a", value(7)}))))
	ok(t, to.Close())
	to = open(t, disk.CrashClone(vfs.CrashCloneCfg{}))
	if tip, err := to.Tip(); err != nil || tip.Header.Height != c.height+1 {
		t.Errorf("reopened at %v, %v", tip, err)
	}
	if st, b := to.Pruned(); st != c.height || b != c.height {
		t.Errorf("oldest %d and %d", st, b)
	}
	if err := to.Leaves(c.height-1, keys.Hash{1}, keys.Hash{}, nil); !errors.Is(err, state.ErrPruned) {
		t.Errorf("a state that it never had: %v", err)
	}
}

func must(b *types.Block, err error) *types.Block {
	if err != nil {
		panic(err)
	}
	return b
}
