package world

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrSync is what a sync gives that the disk was told to fail.
var ErrSync = errors.New("input/output error on sync")

// Disk is a member's disk: what it holds survives the member's crashes as far
// as the crash lets it.
type Disk struct {
	fs     *fileSystem
	lost   *Stream // at a crash: 0 all is kept, 1 all that is unsynced is lost, 2 it is torn
	torn   *Stream // where
	Counts map[string]int

	mu     sync.Mutex // a database syncs in the background too
	full   atomic.Bool
	slow   atomic.Int64 // ms that a barrier on a log takes
	took   atomic.Int64 // ms that they have taken since Rest
	fail   bool
	cut    int         // barriers until the power goes; 0: it does not
	before bool        // the power goes before the barrier has done its work
	frozen *fileSystem // what that left
	onCut  func()
	Syncs  uint64
}

// NewDisk is an empty disk with the directories that a home has. What crashes
// leave is drawn from streams with a name.
func NewDisk(t *Tape, name string, dirs ...string) *Disk {
	d := &Disk{lost: t.Stream("lost " + name), torn: t.Stream("torn " + name), Counts: map[string]int{}}
	d.use(newFileSystem(dirs...))
	return d
}

// use makes a file system the present one; a dead member's no longer asks the
// disk.
func (d *Disk) use(fs *fileSystem) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fs != nil {
		d.fs.disk.Store(nil)
	}
	fs.disk.Store(d)
	d.full.Store(false)
	d.fs, d.fail, d.cut, d.frozen, d.onCut = fs, false, 0, nil, nil
}

// FS is the file system that the member sees now.
func (d *Disk) FS() vfs.FS { return d.fs }

// Wipe empties the disk, as an operator does who cannot mend it.
func (d *Disk) Wipe(dirs ...string) { d.use(newFileSystem(dirs...)) }

// Fill makes every change fail for want of room, or stops that.
func (d *Disk) Fill(full bool) { d.full.Store(full) }

// FailSync makes the next sync fail.
func (d *Disk) FailSync() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = true
}

// CutAt takes the power away at the n-th barrier from now, before or after it
// has done its work. done is told in that instant; what the member does after
// it goes nowhere.
func (d *Disk) CutAt(n int, before bool, done func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut, d.before, d.onCut = n, before, done
}

// Slow makes every barrier on a log take so many ms: writing the others is the
// work of background threads, for which nobody waits.
func (d *Disk) Slow(ms int64) { d.slow.Store(ms) }

// Took is how many ms barriers have taken since Rest was last called.
func (d *Disk) Took() int64 { return d.took.Load() }

// Rest forgets what barriers have taken.
func (d *Disk) Rest() { d.took.Store(0) }

// Spoil makes the first bytes of all present files with an ending unreadable,
// as bad sectors do.
func (d *Disk) Spoil(dir, suffix string, bytes int) (files int) {
	d.fs.mu.Lock()
	defer d.fs.mu.Unlock()
	folder := d.fs.dirs[clean(dir)]
	if folder == nil {
		return 0
	}
	for name, n := range folder.names {
		if strings.HasSuffix(name, suffix) {
			n.bad = bytes
			files++
		}
	}
	return files
}

// Mend takes back all trouble that was planned.
func (d *Disk) Mend() {
	d.full.Store(false)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail, d.cut, d.onCut = false, 0, nil
}

// Freeze remembers what a loss of power in this instant leaves, for Crash.
func (d *Disk) Freeze() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.frozen == nil {
		d.frozen = d.fs.after(d.choices())
	}
}

// barrier is asked before a sync of one of the member's file systems.
func (d *Disk) barrier(fs *fileSystem) error {
	d.mu.Lock()
	d.Syncs++
	if fs != d.fs { // a dead member's
		d.mu.Unlock()
		return nil
	}
	if d.fail {
		d.fail = false
		d.mu.Unlock()
		return ErrSync
	}
	if d.full.Load() {
		d.mu.Unlock()
		return syscall.ENOSPC
	}
	if d.cut > 0 {
		d.cut--
		if d.cut == 0 && d.before {
			d.mu.Unlock()
			d.blackout()
			return nil
		}
	}
	d.mu.Unlock()
	return nil
}

// passed is told when a sync has done its work.
func (d *Disk) passed(fs *fileSystem) {
	d.mu.Lock()
	now := fs == d.fs && d.cut == 0 && d.onCut != nil && !d.before
	d.mu.Unlock()
	if now {
		d.blackout()
	}
}

func (d *Disk) blackout() {
	d.Freeze()
	d.mu.Lock()
	done := d.onCut
	d.onCut = nil
	d.mu.Unlock()
	if done != nil {
		done()
	}
}

// Crash cuts the power: the member's open files write into the void from here
// on, and the next FS holds what survived.
func (d *Disk) Crash() {
	d.Freeze()
	d.use(d.frozen)
}

// choices draws what the crash leaves.
func (d *Disk) choices() (dirs, bytes choices) {
	all := func(n int) int { return n }
	none := func(int) int { return 0 }
	switch d.lost.Rare(800, 2) {
	case 0:
		return all, all
	case 1:
		return d.count(none, "lost-rename"), d.count(none, "lost-write")
	}
	part := func(n int) int {
		if n == 0 {
			return 0
		}
		return int(uint64(n) * d.torn.Draw(tornParts+1) / tornParts)
	}
	return d.count(part, "lost-rename"), d.count(part, "torn")
}

// tornParts is in how many parts what may be lost is divided: how long a file is
// must not be a number on the tape.
const tornParts = 1000

// count remembers that something was lost.
func (d *Disk) count(c choices, what string) choices {
	return func(n int) int {
		k := min(c(n), n)
		if k < n {
			name := what
			if k == 0 && what == "torn" {
				name = "lost-write"
			}
			d.Counts[name]++
		}
		return k
	}
}

// Synced is a copy of the disk as it would be after a crash that keeps nothing
// unsynced; the member goes on with its own.
func (d *Disk) Synced() vfs.FS {
	none := func(int) int { return 0 }
	return d.fs.after(none, none)
}

// SyncedFile is what Synced would hold of one file.
func (d *Disk) SyncedFile(dir, name string) []byte {
	d.fs.mu.Lock()
	defer d.fs.mu.Unlock()
	folder := d.fs.dirs[clean(dir)]
	if folder == nil || folder.synced[name] == nil {
		return nil
	}
	return folder.synced[name].left(0).bytes()
}

// Rot flips one bit of the newest file with an ending, on the disk of a member
// that is down. It leaves the end of the file alone: damage there looks like a
// torn write.
func (d *Disk) Rot(dir, suffix string, bit uint64) bool {
	const end = 300
	d.fs.mu.Lock()
	defer d.fs.mu.Unlock()
	folder := d.fs.dirs[clean(dir)]
	if folder == nil {
		return false
	}
	names := sortedKeys(folder.names)
	for _, name := range slices.Backward(names) {
		n := folder.names[name]
		if !strings.HasSuffix(name, suffix) || n.size <= 2*end {
			continue
		}
		at := bit % uint64(8*(n.size-end))
		var b [1]byte
		n.readAt(b[:], int(at/8))
		b[0] ^= 1 << (at % 8)
		n.writeAt(b[:], int(at/8))
		n.writes, n.old = nil, nil
		return true
	}
	return false
}
