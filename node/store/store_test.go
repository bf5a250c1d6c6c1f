package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
)

// TestReadersBesideWriter reads views and the store from several goroutines
// while commits and prunes go on. Every version writes its number under all
// keys, so a view that shows two numbers, or another than its version's, has
// mixed two states; and once commits stop, the store's memory must not have
// kept anything old.
func TestReadersBesideWriter(t *testing.T) {
	const keysMax, blocks = 20, 150
	s := open(t, vfs.NewCrashableMem())
	writes := func(n int) (out []write) {
		for i := range keysMax {
			out = append(out, write{fmt.Sprintf("key %02d", i), value(n)})
		}
		return out
	}
	c := begin(t, s, writes(0)...)
	var done atomic.Bool
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			for i := r; !done.Load(); i++ {
				k := fmt.Appendf(nil, "key %02d", i%keysMax)
				if r == 0 { // fills the memory in while it changes
					if _, err := s.Get(k); err != nil {
						t.Error(err)
					}
					continue
				}
				if err := readView(s, keysMax); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := 1; n <= blocks; n++ {
		ok(t, s.Commit(batchOf(c.next(0, writes(n)...))))
		if n%16 == 0 {
			ok(t, s.Prune(c.height-4, c.height-4))
		}
	}
	done.Store(true)
	readers.Wait()
	for i := range keysMax {
		v, err := s.Get(fmt.Appendf(nil, "key %02d", i))
		ok(t, err)
		if !bytes.Equal(v, value(blocks)) {
			t.Errorf("key %d is %x after height %d", i, v, blocks)
		}
	}
	if m := s.Metrics(); m.CacheHits == 0 || m.Height != blocks || m.Commits != blocks || m.Fsyncs < blocks {
		t.Errorf("metrics %+v", m)
	}
	ok(t, s.Close())
}

// readView reads one view by key, by range and through the tree.
func readView(s *store.Store, n int) error {
	v, err := s.View()
	if err != nil {
		return err
	}
	defer v.Close()
	version, root, err := v.Latest()
	if err != nil {
		return err
	}
	want := value(int(version))
	tree, err := state.At(v, version, root)
	if err != nil {
		return err
	}
	for i := range n {
		k := fmt.Appendf(nil, "key %02d", i)
		got, err := v.Get(k)
		if err != nil {
			return err
		}
		proven, _ := tree.Get(k)
		if !bytes.Equal(got, want) || !bytes.Equal(proven, want) {
			return fmt.Errorf("version %d has %x and proves %x under %s", version, got, proven, k)
		}
	}
	var failed error
	err = v.Range(nil, nil, func(k, got []byte) bool {
		if !bytes.Equal(got, want) {
			failed = fmt.Errorf("version %d ranges over %x under %s", version, got, k)
		}
		return true
	})
	return errors.Join(err, failed)
}

// TestOrder offers commits that do not follow, or whose parts do not belong
// together, and looks that each is refused and nothing of it stored.
func TestOrder(t *testing.T) {
	s := open(t, vfs.NewCrashableMem())
	c := begin(t, s, write{"a", value(0)})
	ok(t, s.Commit(batchOf(c.next(1, write{"a", value(1)}))))
	tip, err := s.Tip()
	ok(t, err)
	for name, spoil := range map[string]func(*store.Final){
		"height":       func(f *store.Final) { f.Block.Header.Height++ },
		"parent":       func(f *store.Final) { f.Block.Header.Parent[0]++ },
		"view":         func(f *store.Final) { f.Block.Header.View = 1 },
		"version":      func(f *store.Final) { c := *f.Changes; c.Version--; f.Changes = &c },
		"root":         func(f *store.Final) { f.Block.Header.StateRoot[0]++ },
		"transactions": func(f *store.Final) { f.Txs = f.Txs[:1] },
		"receipts":     func(f *store.Final) { f.Receipts = nil },
	} {
		again := *c
		f := again.next(2, write{"a", value(2)})
		spoil(&f)
		if err := s.Commit(batchOf(f)); !errors.Is(err, store.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Commit(store.Batch{}); !errors.Is(err, store.ErrOrder) {
		t.Errorf("no blocks: %v", err)
	}
	if err := s.Genesis(&state.Changes{}, types.Header{}); !errors.Is(err, store.ErrOrder) {
		t.Errorf("second genesis: %v", err)
	}
	if now, err := s.Tip(); err != nil || now != tip {
		t.Errorf("tip %v, %v", now, err)
	}
	next := batchOf(c.next(0))
	ok(t, s.Close())
	ok(t, s.Close())
	if _, err := s.Get([]byte("a")); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a read after Close: %v", err)
	}
	if err := s.Commit(next); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a commit after Close: %v", err)
	}
}

// TestSnapshotStart begins a chain in its middle, as a member does that takes
// a state from others, and looks that it reads, prunes and reopens like any.
func TestSnapshotStart(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := open(t, disk)
	c := &chain{t: t, store: s, epoch: 7, view: 30, height: 999, digest: keys.Sum([]byte("unseen"))}
	ok(t, s.Commit(batchOf(c.next(2, write{"a", value(1)}))))
	if st, b := s.Pruned(); st != 1000 || b != 1000 {
		t.Fatalf("kept from %d and %d", st, b)
	}
	for i := range 5 {
		ok(t, s.Commit(batchOf(c.next(1, write{"a", value(i)}))))
	}
	ok(t, s.Prune(1004, 1003))
	ok(t, s.Close())
	s = open(t, disk)
	for h, want := range map[types.Height]bool{0: false, 999: false, 1000: false, 1002: false, 1003: true, 1005: true, 1006: false} {
		b, err := s.Block(h)
		ok(t, err)
		d, found, err := s.Digest(h)
		ok(t, err)
		if (b != nil) != want || found != want || want && d != b.Digest() {
			t.Errorf("block %d: %v, %v", h, b != nil, found)
		}
	}
	if st, b := s.Pruned(); st != 1004 || b != 1003 {
		t.Errorf("kept from %d and %d", st, b)
	}
	ok(t, s.Close())
}

// TestBoundary keeps the trailing blocks of an epoch pending behind its
// boundary until the next epoch has a final block, and gives back the proof
// that names one of them.
func TestBoundary(t *testing.T) {
	s := open(t, vfs.NewCrashableMem())
	c := begin(t, s)
	trailing := c.fork(1)
	trailing.Header.View = 2
	first := c.next(0, write{"a", value(1)})
	ok(t, s.PutPending(first.Block, trailing))
	batch := batchOf(first)
	batch.Proof.Finalization.Digest = trailing.Digest()
	batch.Proof.Trailing = []types.SignedHeader{trailing.Signed()}
	ok(t, s.Commit(batch))
	p, err := s.Finality(1)
	ok(t, err)
	if p.Height != 1 || len(p.Trailing) != 1 || p.Trailing[0].Header.Digest() != p.Finalization.Digest {
		t.Errorf("proof %+v", p)
	}
	list, err := s.Pending(0)
	ok(t, err)
	if len(list) != 1 || list[0].Digest() != trailing.Digest() {
		t.Errorf("%d pending blocks", len(list))
	}
	c.epoch, c.view = 1, 0
	ok(t, s.Commit(batchOf(c.next(0))))
	if b, err := s.BlockByDigest(trailing.Digest()); err != nil || b != nil || s.Metrics().Pending != 0 {
		t.Errorf("the trailing block is still there: %v, %v", b, err)
	}
	ok(t, s.Close())
}

// TestPruneMuch prunes more at once than one batch of deletions holds and
// looks that what is kept is whole and what is given up is gone.
func TestPruneMuch(t *testing.T) {
	s := open(t, vfs.NewCrashableMem())
	c := begin(t, s)
	const blocks, perBlock = 30, 2000
	for n := range blocks {
		var w []write
		for i := range perBlock {
			w = append(w, write{fmt.Sprint(i), value(n)})
		}
		ok(t, s.Commit(batchOf(c.next(100, w...))))
	}
	ok(t, s.Prune(c.height, c.height))
	if st, b := s.Pruned(); st != blocks || b != blocks {
		t.Fatalf("pruned to %d and %d", st, b)
	}
	tip, err := s.Tip()
	ok(t, err)
	tree, err := state.At(s, tip.Header.Height, tip.Header.StateRoot)
	ok(t, err)
	n := 0
	tree.Leaves(keys.Hash{}, func(l state.Leaf) bool {
		n++
		return bytes.Equal(l.Value, value(blocks-1))
	})
	if n != perBlock {
		t.Errorf("%d leaves, want %d", n, perBlock)
	}
	for h := types.Height(1); h < blocks; h++ {
		if r, err := s.Receipts(h); err != nil || r != nil {
			t.Errorf("receipts of %d: %d, %v", h, len(r), err)
		}
	}
	ok(t, s.Close())
}

// Goal: a kept Notarization survives a restart until its view is settled.
// Method: keep two, reopen, commit up to the first, reopen again.
func TestCertificates(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, fs)
	c := begin(t, s)
	one, two := c.next(1), c.next(1)
	cert := func(f store.Final) types.Certified {
		h := f.Block.Signed()
		return types.Certified{
			Certificate: types.Certificate{Statement: types.Statement{Kind: types.Notarize, Epoch: h.Header.Epoch, View: h.Header.View, Digest: f.Digest}, Signers: types.Bytes{1}, Signatures: []keys.Signature{{1}}},
			Header:      &h,
		}
	}
	ok(t, s.PutCertificates(cert(one), cert(two)))
	ok(t, s.PutCertificates(cert(one)))
	count := func(want int) {
		t.Helper()
		list, err := s.Certificates(one.Block.Header.Epoch)
		ok(t, err)
		if len(list) != want || list[want-1].Certificate.Digest != two.Digest || list[want-1].Header.Header.Digest() != two.Digest {
			t.Fatalf("%d certificates, want %d", len(list), want)
		}
	}
	count(2)
	ok(t, s.Close())
	s = open(t, fs)
	count(2)
	ok(t, s.Commit(batchOf(one)))
	count(1)
	ok(t, s.Close())
	s = open(t, fs)
	count(1)
	ok(t, s.PutCertificates(cert(one))) // settled: passed over
	count(1)
	ok(t, s.Close())
}
