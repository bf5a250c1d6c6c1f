package sim

import (
	"math/rand/v2"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// What a crash leaves of what was not synced.
const (
	crashLost = "lost" // nothing
	crashKept = "kept" // everything
	crashTorn = "torn" // everything, of the last write the first half
)

// supply is the power of a member and its two disks. It numbers every change that is
// made to them, and can go at any of them: the disks are then copied as a crash
// would leave them, and what the member still does reaches nobody.
type supply struct {
	mu      sync.Mutex
	disks   [2]*vfs.MemFS // of the store, of the signer
	changes []string      // since the first boot; cut short when the power is gone
	cutAt   int           // the change at which it goes; 0: never
	leave   string
	lies    bool // nothing is ever synced
	gone    bool
	died    func() // told when it goes
	left    [2]*vfs.MemFS
}

func newSupply() (*supply, error) {
	p := &supply{}
	for i, dir := range []string{"data", "signer"} {
		fs := vfs.NewCrashableMem()
		if err := fs.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		root, err := fs.OpenDir("")
		if err != nil {
			return nil, err
		}
		if err := root.Sync(); err != nil {
			return nil, err
		}
		p.disks[i] = fs
	}
	return p, nil
}

// change numbers a change before it is made. half makes the first half of it,
// where it has halves.
func (p *supply) change(kind string, half func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return
	}
	p.changes = append(p.changes, kind)
	if len(p.changes) != p.cutAt {
		return
	}
	if p.leave == crashTorn && half != nil {
		half()
	}
	kept := 100
	if p.leave == crashLost {
		kept = 0
	}
	for i, d := range p.disks {
		p.left[i] = d.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: kept, RNG: rand.New(rand.NewPCG(1, 1))})
	}
	p.gone = true
	p.died()
}

// isGone reports whether the power has gone.
func (p *supply) isGone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// count is the number of changes so far.
func (p *supply) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.changes)
}

// kind says what change number n was.
func (p *supply) kind(n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changes[n-1]
}

// back is the power again: the disks hold what the crash has left.
func (p *supply) back() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disks, p.gone, p.cutAt = p.left, false, 0
}

// fs is one of the disks as the member sees it until the next crash.
func (p *supply) fs(disk int) vfs.FS {
	name := [2]string{"store", "journal"}[disk]
	return poweredFS{p.disks[disk], p, name}
}

type poweredFS struct {
	vfs.FS
	p    *supply
	disk string
}

func (f poweredFS) file(h vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return poweredFile{h, f.p, f.disk}, nil
}

// Create is vfs.FS.
func (f poweredFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f.p.change(f.disk+" create", nil)
	return f.file(f.FS.Create(name, c))
}

// OpenReadWrite is vfs.FS.
func (f poweredFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	f.p.change(f.disk+" open", nil)
	return f.file(f.FS.OpenReadWrite(name, c, o...))
}

// OpenDir is vfs.FS.
func (f poweredFS) OpenDir(name string) (vfs.File, error) { return f.file(f.FS.OpenDir(name)) }

// ReuseForWrite is vfs.FS.
func (f poweredFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f.p.change(f.disk+" reuse", nil)
	return f.file(f.FS.ReuseForWrite(from, to, c))
}

// Rename is vfs.FS.
func (f poweredFS) Rename(from, to string) error {
	f.p.change(f.disk+" rename", nil)
	return f.FS.Rename(from, to)
}

// Remove is vfs.FS.
func (f poweredFS) Remove(name string) error {
	f.p.change(f.disk+" remove", nil)
	return f.FS.Remove(name)
}

// Link is vfs.FS.
func (f poweredFS) Link(from, to string) error {
	f.p.change(f.disk+" link", nil)
	return f.FS.Link(from, to)
}

type poweredFile struct {
	vfs.File
	p    *supply
	disk string
}

// Write is vfs.File.
func (h poweredFile) Write(b []byte) (int, error) {
	h.p.change(h.disk+" write", func() { _, _ = h.File.Write(b[:len(b)/2]) })
	return h.File.Write(b)
}

// WriteAt is vfs.File.
func (h poweredFile) WriteAt(b []byte, at int64) (int, error) {
	h.p.change(h.disk+" write", func() { _, _ = h.File.WriteAt(b[:len(b)/2], at) })
	return h.File.WriteAt(b, at)
}

// Sync is vfs.File.
func (h poweredFile) Sync() error {
	h.p.change(h.disk+" sync", nil)
	if h.p.lies {
		return nil
	}
	return h.File.Sync()
}

// SyncData is vfs.File.
func (h poweredFile) SyncData() error {
	h.p.change(h.disk+" sync", nil)
	if h.p.lies {
		return nil
	}
	return h.File.SyncData()
}

// SyncTo is vfs.File.
func (h poweredFile) SyncTo(n int64) (bool, error) {
	h.p.change(h.disk+" sync", nil)
	return h.File.SyncTo(n)
}
