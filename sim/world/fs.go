package world

import (
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fileSystem is a file system in memory that knows, for every file and every
// directory, what a loss of power would leave. Pebble's own crashable memory
// file system copies a whole file at each sync, cannot tell a torn write from a
// lost one, and ranges over a map when it crashes; this one keeps the order of
// everything, so that what is left is a choice on the tape.
//
// A file keeps what was synced and any prefix of what was written since. A
// directory keeps what was synced and any prefix of the later creations and
// renames, each of which happens whole or not at all. Directories themselves are
// there from the moment they are made.
//
// A removal is undone by every loss of power, and gives back an empty file: a
// database removes what it no longer needs in the background, at times that two
// runs of one seed do not share, and removes it again when it opens.
type fileSystem struct {
	mu    sync.Mutex
	dirs  map[string]*folder
	locks map[string]bool
	disk  atomic.Pointer[Disk] // asked before anything is changed; nil: nobody is
	spare [][]byte             // memory of removed files
}

type folder struct {
	names   map[string]*inode
	synced  map[string]*inode
	pending []change // since the directory was synced
}

// change binds a name to a file, with its former name in a rename.
type change struct {
	name, from string
	file       *inode
}

type inode struct {
	content
	writes []write // since the last sync
	old    []byte  // what stood where they went
	open   int     // handles
	gone   bool    // no name leads here any more
	bad    int     // bytes from the start that cannot be read
}

// write is what undoes a write: how long the file was, and where in old stands
// what was there.
type write struct {
	at, n, size int
	from, kept  int
}

func newFileSystem(dirs ...string) *fileSystem {
	f := &fileSystem{dirs: map[string]*folder{}, locks: map[string]bool{}}
	for _, d := range append([]string{""}, dirs...) {
		f.mkdir(clean(d))
	}
	return f
}

func clean(name string) string {
	return strings.Trim(path.Clean("/"+name), "/")
}

func (f *fileSystem) mkdir(name string) {
	for ; f.dirs[name] == nil; name = clean(path.Dir(name)) {
		f.dirs[name] = &folder{names: map[string]*inode{}, synced: map[string]*inode{}}
	}
}

// bind makes a change in the directory as it is seen now.
func (d *folder) bind(c change) {
	d.pending = append(d.pending, c)
	c.apply(d.names)
}

func (c change) apply(names map[string]*inode) {
	if c.from != "" {
		delete(names, c.from)
	}
	names[c.name] = c.file
}

// remove takes a name away for as long as the power lasts.
func (d *folder) remove(name string) (gone *inode) {
	gone = d.names[name]
	delete(d.names, name)
	if d.synced[name] == gone {
		d.synced[name] = &inode{}
	}
	for i := range d.pending {
		if c := &d.pending[i]; c.name == name && c.file == gone {
			c.file = &inode{}
		}
	}
	return gone
}

// has reports whether a name leads to the file, or would after some loss of power.
func (d *folder) has(n *inode) bool {
	for _, names := range []map[string]*inode{d.names, d.synced} {
		for _, have := range names {
			if have == n {
				return true
			}
		}
	}
	return slices.ContainsFunc(d.pending, func(c change) bool { return c.file == n })
}

// unsafe is how many bytes a power loss may take.
func (n *inode) unsafe() (bytes int) {
	for _, w := range n.writes {
		bytes += w.n
	}
	return bytes
}

// left is what a power loss leaves of the file: what is safe, and so many bytes
// of what was written since.
func (n *inode) left(more int) *inode {
	out := &inode{content: n.share()}
	lose := n.unsafe() - more
	for i := len(n.writes) - 1; i >= 0 && lose > 0; i-- {
		w := &n.writes[i]
		k := min(lose, w.n)
		lose -= k
		from := w.at + w.n - k // bytes from here on were never written
		if from < w.at+w.kept {
			out.writeAt(n.old[w.from : w.from+w.kept][from-w.at:], from)
		}
		out.truncate(max(w.size, min(from, out.size)))
	}
	return out
}

// choices decides what a loss of power leaves: of n pending changes of a
// directory, or of n unsynced bytes of a file, how many.
type choices func(n int) int

// after is the file system as it is after a loss of power.
func (f *fileSystem) after(dirs, bytes choices) *fileSystem {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := newFileSystem()
	copies := map[*inode]*inode{}
	for _, dir := range sortedKeys(f.dirs) {
		d := f.dirs[dir]
		names := map[string]*inode{}
		for name, n := range d.synced {
			names[name] = n
		}
		for _, c := range d.pending[:dirs(len(d.pending))] {
			c.apply(names)
		}
		out.mkdir(dir)
		to := out.dirs[dir]
		for _, name := range sortedKeys(names) {
			n := names[name]
			if copies[n] == nil {
				copies[n] = n.left(bytes(n.unsafe()))
				copies[n].spare = &out.spare
			}
			to.names[name], to.synced[name] = copies[n], copies[n]
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// find is the directory and last name of a path.
func (f *fileSystem) find(op, name string) (*folder, string, error) {
	name = clean(name)
	dir, base := path.Split(name)
	d := f.dirs[clean(dir)]
	if d == nil {
		return nil, "", &os.PathError{Op: op, Path: name, Err: os.ErrNotExist}
	}
	return d, base, nil
}

// may asks the disk whether a change is possible.
func (f *fileSystem) may() error {
	if d := f.disk.Load(); d != nil && d.full.Load() {
		return syscall.ENOSPC
	}
	return nil
}

// Create is vfs.FS.
func (f *fileSystem) Create(name string, _ vfs.DiskWriteCategory) (vfs.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, base, err := f.find("create", name)
	if err == nil {
		err = f.may()
	}
	if err != nil {
		return nil, err
	}
	n := &inode{content: content{spare: &f.spare}, open: 1}
	d.bind(change{name: base, file: n})
	return &file{fs: f, name: base, node: n, write: true}, nil
}

func (f *fileSystem) open(name string, write bool) (vfs.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d := f.dirs[clean(name)]; d != nil {
		return &file{fs: f, name: clean(name), dir: d}, nil
	}
	d, base, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	n := d.names[base]
	if n == nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: os.ErrNotExist}
	}
	n.open++
	return &file{fs: f, name: base, node: n, write: write}, nil
}

// Open is vfs.FS.
func (f *fileSystem) Open(name string, _ ...vfs.OpenOption) (vfs.File, error) {
	return f.open(name, false)
}

// OpenReadWrite is vfs.FS.
func (f *fileSystem) OpenReadWrite(name string, c vfs.DiskWriteCategory, _ ...vfs.OpenOption) (vfs.File, error) {
	h, err := f.open(name, true)
	if os.IsNotExist(err) {
		return f.Create(name, c)
	}
	return h, err
}

// OpenDir is vfs.FS.
func (f *fileSystem) OpenDir(name string) (vfs.File, error) { return f.open(name, false) }

// Link is vfs.FS.
func (f *fileSystem) Link(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, old, err := f.find("link", from)
	if err != nil {
		return err
	}
	b, name, err := f.find("link", to)
	if err == nil {
		err = f.may()
	}
	if err != nil {
		return err
	}
	n := a.names[old]
	if n == nil {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: os.ErrNotExist}
	}
	if b.names[name] != nil {
		return &os.LinkError{Op: "link", Old: from, New: to, Err: os.ErrExist}
	}
	b.bind(change{name: name, file: n})
	return nil
}

// Remove is vfs.FS.
func (f *fileSystem) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, base, err := f.find("remove", name)
	if err != nil {
		return err
	}
	if d.names[base] == nil {
		return &os.PathError{Op: "remove", Path: name, Err: os.ErrNotExist}
	}
	f.drop(d.remove(base))
	return nil
}

// drop gives up a file that no name leads to, when the last handle is closed.
func (f *fileSystem) drop(n *inode) {
	for _, d := range f.dirs {
		if d.has(n) {
			return
		}
	}
	if n.gone = true; n.open == 0 {
		n.free()
	}
}

// RemoveAll is vfs.FS.
func (f *fileSystem) RemoveAll(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := clean(name)
	for dir := range f.dirs {
		if dir != "" && (dir == at || strings.HasPrefix(dir, at+"/")) {
			delete(f.dirs, dir)
		}
	}
	if d, base, err := f.find("remove", name); err == nil && d.names[base] != nil {
		f.drop(d.remove(base))
	}
	return nil
}

// Rename is vfs.FS; inside one directory it is atomic.
func (f *fileSystem) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, old, err := f.find("rename", from)
	if err != nil {
		return err
	}
	b, name, err := f.find("rename", to)
	if err == nil {
		err = f.may()
	}
	if err != nil {
		return err
	}
	n := a.names[old]
	if n == nil {
		return &os.PathError{Op: "rename", Path: from, Err: os.ErrNotExist}
	}
	if a == b {
		a.bind(change{name: name, from: old, file: n})
		return nil
	}
	b.bind(change{name: name, file: n})
	a.remove(old)
	return nil
}

// ReuseForWrite is vfs.FS.
func (f *fileSystem) ReuseForWrite(from, to string, _ vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.Rename(from, to); err != nil {
		return nil, err
	}
	return f.open(to, true)
}

// MkdirAll is vfs.FS.
func (f *fileSystem) MkdirAll(dir string, _ os.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mkdir(clean(dir))
	return nil
}

// Lock is vfs.FS.
func (f *fileSystem) Lock(name string) (io.Closer, error) {
	f.mu.Lock()
	held := f.locks[clean(name)]
	f.locks[clean(name)] = true
	f.mu.Unlock()
	if held {
		return nil, syscall.EAGAIN
	}
	l := &lock{f, clean(name)}
	h, err := f.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, h.Close()
}

type lock struct {
	fs   *fileSystem
	name string
}

// Close lets the lock go.
func (l *lock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	delete(l.fs.locks, l.name)
	return nil
}

// List is vfs.FS.
func (f *fileSystem) List(dir string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.dirs[clean(dir)]
	if d == nil {
		return nil, &os.PathError{Op: "list", Path: dir, Err: os.ErrNotExist}
	}
	return sortedKeys(d.names), nil
}

// Stat is vfs.FS.
func (f *fileSystem) Stat(name string) (vfs.FileInfo, error) {
	h, err := f.open(name, false)
	if err != nil {
		return nil, err
	}
	i, err := h.Stat()
	return i, errors.Join(err, h.Close())
}

// PathBase is vfs.FS.
func (*fileSystem) PathBase(p string) string { return path.Base(p) }

// PathJoin is vfs.FS.
func (*fileSystem) PathJoin(elem ...string) string { return path.Join(elem...) }

// PathDir is vfs.FS.
func (*fileSystem) PathDir(p string) string { return path.Dir(p) }

// GetDiskUsage is vfs.FS.
func (*fileSystem) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{}, vfs.ErrUnsupported
}

// Unwrap is vfs.FS.
func (*fileSystem) Unwrap() vfs.FS { return nil }
