package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
)

// crash is what a power failure leaves of a disk: only what was synced, or all.
func crash(disk *vfs.MemFS, unsynced int) *vfs.MemFS {
	return disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsynced, RNG: rand.New(rand.NewPCG(1, 2))})
}

// TestCrash cuts the power after every write of a short life and, keeping all
// or nothing of what was not synced, looks whether the reopened store has
// exactly what was acknowledged.
func TestCrash(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := open(t, disk)
	c := begin(t, s, write{"a", value(0)})
	var pending []*types.Block
	after := func(what string) {
		t.Helper()
		for _, unsynced := range []int{0, 100} {
			s := open(t, crash(disk, unsynced))
			tip, err := s.Tip()
			ok(t, err)
			if tip.Header.Height != c.height || tip.Digest != c.digest {
				t.Fatalf("%s, %d %% unsynced: tip %d, want %d", what, unsynced, tip.Header.Height, c.height)
			}
			tree, err := state.At(s, tip.Header.Height, tip.Header.StateRoot)
			ok(t, err)
			if v, found := tree.Get([]byte("a")); !found || !bytes.Equal(v, value(int(c.height))) {
				t.Fatalf("%s: a is %x at height %d", what, v, c.height)
			}
			list, err := s.Pending(c.epoch)
			ok(t, err)
			if len(list) != len(pending) {
				t.Fatalf("%s, %d %% unsynced: %d pending, want %d", what, unsynced, len(list), len(pending))
			}
			for i := range list {
				sameBlock(t, pending[i], list[i])
			}
			ok(t, s.Close())
		}
	}
	after("genesis")
	for i := 1; i <= 8; i++ {
		b := c.fork(byte(i))
		ok(t, s.PutPending(b))
		pending = append(pending, b)
		after("pending")
		ok(t, s.Commit(batchOf(c.next(i, write{"a", value(i)}, write{fmt.Sprint(i), value(i)}))))
		pending = nil
		after("commit")
		ok(t, s.Prune(c.height-1, c.height/2))
		after("prune")
	}
	ok(t, s.Close())
	after("close")
}

// TestAtomic lets the disk fail at each of its writes in turn while a batch is
// committed, and looks that the reopened store has all of the batch or nothing
// and that whatever was acknowledged is there. Failing for good at every write
// is also what a full disk does, so the store must say ErrBroken, and neither
// panic nor hang.
func TestAtomic(t *testing.T) {
	for _, simulated := range []bool{true, false} {
		for n := 0; ; n++ {
			disk := vfs.NewCrashableMem()
			acked, failures := fillUntil(t, disk, simulated, n)
			s := open(t, crash(disk, 0))
			checkWhole(t, s, acked)
			ok(t, s.Close())
			if failures == 0 {
				if n < 20 {
					t.Fatalf("only %d writes", n)
				}
				break
			}
		}
	}
}

// fillUntil commits to a disk that fails at its n-th write and from then on; it
// returns the last height that was acknowledged and how often the disk failed.
func fillUntil(t *testing.T, disk *vfs.MemFS, simulated bool, n int) (acked types.Height, failures int32) {
	t.Helper()
	left := n
	full := &errorfs.Counter{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsRead || op.Kind == errorfs.OpFileClose {
			return nil
		}
		if left--; left >= 0 {
			return nil
		}
		return syscall.ENOSPC
	})}
	s, err := store.Open(errorfs.Wrap(disk, locked(full)), "data", store.Options{Genesis: genesisHash, Simulated: simulated})
	if err != nil {
		checkBroken(t, err)
		return 0, 1
	}
	defer func() { _ = s.Close() }()
	changes := seal(s, 0, []write{{"a", value(0)}})
	if err := s.Genesis(changes, types.Header{StateRoot: changes.Root}); err != nil {
		checkBroken(t, err)
		return 0, 1
	}
	c := resume(t, s)
	big := make([]byte, 90<<10)
	for i := 1; i <= 6; i++ {
		f := c.next(2, write{"a", value(i)}, write{"big", append(big, byte(i))})
		err := s.PutPending(f.Block)
		if err == nil {
			err = s.Commit(batchOf(f))
		}
		if err != nil {
			checkBroken(t, err)
			if _, err := s.Get([]byte("a")); !errors.Is(err, store.ErrBroken) {
				t.Fatalf("a read of a broken store: %v", err)
			}
			return acked, 1
		}
		acked = f.Block.Header.Height
	}
	return acked, int32(full.Load())
}

func checkBroken(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrBroken) || !errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("want one line of ErrBroken with its cause, got %q", err)
	}
}

// checkWhole looks that the tip is the one acknowledged or the one after it,
// with everything that belongs to it.
func checkWhole(t *testing.T, s *store.Store, acked types.Height) {
	t.Helper()
	tip, err := s.Tip()
	ok(t, err)
	if tip == nil {
		if acked > 0 {
			t.Fatalf("height %d was acknowledged and everything is gone", acked)
		}
		return
	}
	h := tip.Header.Height
	if h != acked && h != acked+1 {
		t.Fatalf("tip %d, acknowledged %d", h, acked)
	}
	a, err := s.Get([]byte("a"))
	ok(t, err)
	if !bytes.Equal(a, value(int(h))) {
		t.Fatalf("a is %x at height %d", a, h)
	}
	for i := types.Height(1); i <= h; i++ {
		b, err := s.Block(i)
		ok(t, err)
		r, err := s.Receipts(i)
		ok(t, err)
		p, err := s.Finality(i)
		ok(t, err)
		if b == nil || len(r) != 2 || p == nil || p.Height != i {
			t.Fatalf("block %d is not whole", i)
		}
	}
}

// TestIdentity opens a directory for another chain, twice at once, and where
// another program has been; each has its own error of one line.
func TestIdentity(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := open(t, disk)
	_, err := store.Open(disk, "data", store.Options{Genesis: genesisHash})
	want(t, err, store.ErrLocked)
	ok(t, s.Close())
	_, err = store.Open(disk, "data", store.Options{Genesis: keys.Sum([]byte("other"))})
	want(t, err, store.ErrForeign)

	db, err := pebble.Open("other", &pebble.Options{FS: disk, Logger: silent{}})
	ok(t, err)
	ok(t, db.Set([]byte("key"), []byte("value"), pebble.Sync))
	ok(t, db.Close())
	_, err = store.Open(disk, "other", store.Options{Genesis: genesisHash})
	want(t, err, store.ErrForeign)
}

type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(string, ...any) {}

func want(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("want one line of %q, got %v", kind, err)
	}
}

// TestTamper turns a bit in each file of a closed store, or removes it, and
// looks that opening it or reading everything either finds the damage, by
// name, or gives what was written up to some height: the damage hit nothing
// that is used, or the end of a log, which cannot be told from a power failure.
func TestTamper(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := open(t, disk)
	c := begin(t, s, write{"a", value(0)})
	for i := 1; i <= 40; i++ {
		ok(t, s.Commit(batchOf(c.next(3, write{"a", value(i)}, write{fmt.Sprint(i), make([]byte, 9000)}))))
	}
	ok(t, s.Close())
	names, err := disk.List("data")
	ok(t, err)
	found := 0
	for _, name := range names {
		size := fileSize(t, disk, "data/"+name)
		for _, at := range []int64{0, size / 3, size / 2, size - 1, -1} {
			if at >= size {
				continue
			}
			copied := crash(disk, 100)
			damage(t, copied, "data/"+name, at)
			if err := readAll(copied); err != nil {
				if !errors.Is(err, store.ErrCorrupt) && !errors.Is(err, store.ErrForeign) {
					t.Errorf("%s at %d of %d: %v", name, at, size, err)
				}
				found++
			}
		}
	}
	if found < 10 {
		t.Fatalf("damage was found %d times only", found)
	}
}

func fileSize(t *testing.T, fs vfs.FS, name string) int64 {
	info, err := fs.Stat(name)
	ok(t, err)
	return info.Size()
}

// damage turns a bit of a file, or removes it where at is negative.
func damage(t *testing.T, fs vfs.FS, name string, at int64) {
	if at < 0 {
		ok(t, fs.Remove(name))
		return
	}
	f, err := fs.Open(name)
	ok(t, err)
	b, err := io.ReadAll(f)
	ok(t, err)
	ok(t, f.Close())
	b[at] ^= 0x10
	g, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	ok(t, err)
	_, err = g.Write(b)
	ok(t, err)
	ok(t, g.Sync())
	ok(t, g.Close())
}

// readAll opens a store and reads all blocks and the state.
func readAll(fs vfs.FS) (err error) {
	s, err := store.Open(fs, "data", store.Options{Genesis: genesisHash, Simulated: true})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	tip, err := s.Tip()
	if err != nil || tip == nil {
		return err
	}
	for h := types.Height(1); h <= tip.Header.Height; h++ {
		b, err := s.Block(h)
		if err != nil {
			return err
		}
		if b == nil {
			return fmt.Errorf("block %d was lost", h)
		}
		if _, err := s.Receipts(h); err != nil {
			return err
		}
	}
	// The flat values against the tree, which proves its own.
	var flat, proven []string
	err = s.Range(nil, nil, func(k, v []byte) bool {
		flat = append(flat, fmt.Sprintf("%x=%x", k, v))
		return true
	})
	if err != nil {
		return err
	}
	tree, err := state.At(s, tip.Header.Height, tip.Header.StateRoot)
	if err != nil {
		return err
	}
	defer func() {
		if fault, is := recover().(*state.Fault); is {
			err = fault
		}
	}()
	tree.Leaves(keys.Hash{}, func(l state.Leaf) bool {
		proven = append(proven, fmt.Sprintf("%x=%x", l.Key, l.Value))
		return true
	})
	slices.Sort(flat)
	slices.Sort(proven)
	if !slices.Equal(flat, proven) {
		return fmt.Errorf("the values are not those of the tree")
	}
	return nil
}

// lockedInjector lets an injector be asked by several goroutines.
type lockedInjector struct {
	mu sync.Mutex
	errorfs.Injector
}

func locked(i errorfs.Injector) errorfs.Injector { return &lockedInjector{Injector: i} }

// MaybeError is errorfs.Injector.
func (l *lockedInjector) MaybeError(op errorfs.Op) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Injector.MaybeError(op)
}
