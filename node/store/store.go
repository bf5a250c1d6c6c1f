package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// Store is an open database.
type Store struct {
	options Options
	disk    *disk
	db      *pebble.DB
	reader  reader
	cache   *cache
	books   books
	tip     atomic.Pointer[Tip]

	write   sync.Mutex // held by whoever writes; guards what follows
	pruned  pruned
	unflush int // bytes written since memory tables were written out
	flushes int

	pending pendingSet

	certificates map[place]bool // Notarizations above the tip
	commits      atomic.Uint64
	blocks       atomic.Uint64
	bytes        atomic.Uint64
	closed       atomic.Bool
}

// Tip is the last final block and the state after it. It is shared and
// read-only.
type Tip struct {
	Header    types.Header
	Signature keys.Signature // of its producer; zero for the genesis
	Digest    keys.Hash
	Proof     *Proof // of its finality; nil for the genesis
}

// tipRecord is the tip on the disk: the header is found in its table.
type tipRecord struct {
	_      struct{} `cbor:",toarray"`
	Height types.Height
	Root   keys.Hash
}

// identity says whose database it is.
type identity struct {
	_       struct{} `cbor:",toarray"`
	Program string
	Layout  uint32
	Genesis keys.Hash
}

// The identity of this package's databases. Layout changes with the tables.
const (
	program = "probity"
	layout  = 1
)

// Open opens the database in a directory of a file system, or makes one. The
// directory belongs to the store alone.
func Open(on vfs.FS, dir string, o Options) (*Store, error) {
	d := &disk{FS: on}
	db, err := pebble.Open(dir, o.pebble(d))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("open database: %w: a file is missing: %s", ErrCorrupt, line(err))
	case errors.Is(err, pebble.ErrDBNotPristine):
		return nil, fmt.Errorf("open database: %w: it has tables and no format", ErrCorrupt)
	case pebble.IsCorruptionError(err):
		return nil, explain("open database", err)
	case err != nil:
		return nil, explain("open database", firstOf(d.failed(), unknown(err)))
	}
	_, hot := o.cacheSplit()
	s := &Store{options: o, disk: d, db: db, reader: reader{db}, cache: newCache(hot)}
	if err := firstOf(d.failed(), s.load()); err != nil {
		_ = db.Close() // the first error says what is wrong
		return nil, explain("open database", err)
	}
	return s, nil
}

// unknown marks what Pebble says about files that it can read and will not, like
// an order of keys it does not know; what the system says stays as it is.
func unknown(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) || errors.Is(err, ErrLocked) {
		return err
	}
	return fmt.Errorf("%w: %s", ErrForeign, line(err))
}

// load checks whose database it is and reads what is kept in memory.
func (s *Store) load() error {
	if err := s.identify(); err != nil {
		return err
	}
	if _, err := s.reader.value(keyPruned, &s.pruned); err != nil {
		return err
	}
	var at tipRecord
	ok, err := s.reader.value(keyTip, &at)
	if err != nil {
		return err
	}
	if ok {
		if err := s.loadTip(at); err != nil {
			return err
		}
	}
	return firstOf(s.loadPending(), s.loadCertificates())
}

// identify compares the stored identity with the one wanted, or stores it in a
// database that has nothing yet.
func (s *Store) identify() error {
	want := identity{Program: program, Layout: layout, Genesis: s.options.Genesis}
	var have identity
	ok, err := s.reader.value(keyIdentity, &have)
	switch {
	case err != nil && !errors.Is(err, ErrCorrupt):
		return err
	case err != nil, ok && have.Program != want.Program:
		return fmt.Errorf("%w: it has no known identity", ErrForeign)
	case ok && have.Genesis != want.Genesis:
		return fmt.Errorf("%w: its genesis is %s, not %s", ErrForeign, have.Genesis, want.Genesis)
	case ok && have.Layout != want.Layout:
		return fmt.Errorf("%w: its layout is %d, and this program reads %d", ErrForeign, have.Layout, want.Layout)
	case ok:
		return nil
	}
	empty, err := s.reader.empty()
	if err != nil {
		return err
	}
	if !empty {
		return fmt.Errorf("%w: it has no identity", ErrForeign)
	}
	b := s.db.NewBatch()
	put(b, keyIdentity, want)
	return s.apply(b)
}

// loadTip reads the tip and compares it with the state's root page.
func (s *Store) loadTip(at tipRecord) error {
	signed, digest, err := s.reader.header(at.Height)
	if err != nil {
		return err
	}
	if signed == nil || signed.Header.StateRoot != at.Root || signed.Header.Digest() != digest {
		return fmt.Errorf("%w: no header of the tip at height %d", ErrCorrupt, at.Height)
	}
	t := &Tip{Header: signed.Header, Signature: signed.Signature, Digest: digest}
	if t.Proof, err = s.reader.proof(at.Height); err != nil {
		return err
	}
	s.tip.Store(t)
	if err := s.unbroken(at.Height); err != nil {
		return err
	}
	if _, err := state.At(s, at.Height, at.Root); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil
}

// unbrokenMax is how many heights below the tip are looked at on opening: more
// than all memory tables together can hold.
const unbrokenMax = 1 << 16

// unbroken checks that no height is missing. Every commit writes a header, so a
// gap shows what Pebble does not notice: that its list of tables lost its end,
// with tables that were written before what is still in the logs. The values
// of the state would then be a mixture of old and new.
func (s *Store) unbroken(tip types.Height) error {
	next := s.pruned.Blocks
	if tip >= unbrokenMax {
		next = max(next, tip-unbrokenMax)
	}
	err := s.reader.scan(heightKey(tableHeader, next), heightKey(tableHeader, tip+1), func(k, _ []byte) (bool, error) {
		h, ok := cutHeight(k[1:])
		ok = ok && h == next
		next++
		return ok, nil
	})
	if err == nil && next != tip+1 {
		err = fmt.Errorf("%w: height %d is missing below the tip, %d", ErrCorrupt, next-1, tip)
	}
	return err
}

// Tip is the last final block; nil in a new database.
func (s *Store) Tip() (*Tip, error) { return s.tip.Load(), s.ready() }

// ready says whether the store can be used.
func (s *Store) ready() error {
	if s.closed.Load() {
		return ErrClosed
	}
	return s.disk.failed()
}

// apply writes a batch and syncs it, and lets go of it.
func (s *Store) apply(b *pebble.Batch) error {
	defer func() { _ = b.Close() }() // gives its memory back; nothing can fail
	if err := s.room(b.Len()); err != nil {
		return err
	}
	n := b.Len()
	if err := s.db.Apply(b, pebble.Sync); err != nil {
		s.disk.fail(err)
	}
	// A log that failed says nothing to Pebble, so the disk is asked.
	if err := s.disk.failed(); err != nil {
		return err
	}
	s.bytes.Add(uint64(n))
	return nil
}

// roomPoll is how often a waiting commit looks again. Waiting is rare: it means
// that the disk is slower than the chain.
const roomPoll = 2 * time.Millisecond

// room waits until the database can take n more bytes: where it is simulated
// by writing memory tables out itself, else until background work has caught
// up. It returns early when the disk fails.
func (s *Store) room(n int) error {
	if s.options.Simulated {
		return s.flush(n)
	}
	for {
		if err := s.ready(); err != nil {
			return err
		}
		m := s.db.Metrics()
		if m.MemTable.Size < memTablesMax && m.Levels[0].Sublevels < sublevelsMax {
			return nil
		}
		time.Sleep(roomPoll)
	}
}

// flush writes memory tables out before they would reach the size at which
// Pebble does so in the background, and merges the files that this makes.
func (s *Store) flush(n int) error {
	if err := s.ready(); err != nil {
		return err
	}
	if s.unflush += n; s.unflush < simulatedFlush {
		return nil
	}
	s.unflush = n
	if err := s.flushAll(); err != nil {
		return err
	}
	if s.flushes++; s.flushes%simulatedCompact == 0 {
		if err := s.db.Compact(context.Background(), []byte{0}, []byte{0xff}, false); err != nil {
			s.disk.fail(err)
		}
	}
	return s.disk.failed()
}

// flushAll writes the memory tables out. Pebble tries again for ever where that
// fails, so the disk is asked beside it.
func (s *Store) flushAll() error {
	done, err := s.db.AsyncFlush()
	if err != nil {
		s.disk.fail(err)
		return s.disk.failed()
	}
	poll := time.NewTicker(roomPoll)
	defer poll.Stop()
	for {
		select {
		case <-done:
			return s.disk.failed()
		case <-poll.C:
			if err := s.disk.failed(); err != nil {
				return err
			}
		}
	}
}

// Close lets the database go; what was acknowledged is on the disk already. No
// other call may be under way, and all Views are closed.
func (s *Store) Close() error {
	s.write.Lock()
	defer s.write.Unlock()
	if s.closed.Swap(true) {
		return nil
	}
	err := s.db.Close()
	if fault := s.disk.failed(); fault != nil {
		return fault
	}
	return explain("close database", err)
}

// Metrics is what the store has done and holds.
type Metrics struct {
	Height        types.Height // of the tip
	Fsyncs        uint64       // barriers on the disk since Open, all files
	Commits       uint64       // batches of final blocks
	Blocks        uint64       // final blocks in them
	BytesWritten  uint64       // in batches, before compaction
	DiskBytes     uint64       // of the directory
	CacheHits     uint64       // of hot values and pages
	CacheMisses   uint64
	CacheBytes    int
	MemTableBytes uint64
	Compactions   int64
	Pending       int // blocks of unsettled views
	Failed        bool
}

// Metrics is a snapshot.
func (s *Store) Metrics() Metrics {
	m := Metrics{
		Fsyncs: s.disk.syncs.Load(), Commits: s.commits.Load(), Blocks: s.blocks.Load(),
		BytesWritten: s.bytes.Load(), CacheHits: s.cache.hits.Load(), CacheMisses: s.cache.misses.Load(),
		CacheBytes: s.cache.bytes(), Pending: s.pending.len(), Failed: s.disk.failed() != nil,
	}
	if t := s.tip.Load(); t != nil {
		m.Height = t.Header.Height
	}
	if !s.closed.Load() {
		p := s.db.Metrics()
		m.DiskBytes, m.MemTableBytes, m.Compactions = p.DiskSpaceUsage(), p.MemTable.Size, p.Compact.Count
	}
	return m
}
