package world

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var errHandle = errors.New("file is not open for that")

// file is an open file or directory.
type file struct {
	fs    *fileSystem
	name  string
	node  *inode  // of a file
	dir   *folder // of a directory
	pos   int
	write bool
}

// Close is vfs.File.
func (h *file) Close() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	n := h.node
	if h.node = nil; n == nil {
		return nil
	}
	if n.open--; n.open == 0 && n.gone {
		n.free()
	}
	return nil
}

// Read is vfs.File.
func (h *file) Read(p []byte) (int, error) {
	n, err := h.ReadAt(p, int64(h.pos))
	h.pos += n
	if n > 0 {
		err = nil
	}
	return n, err
}

// ReadAt is vfs.File.
func (h *file) ReadAt(p []byte, at int64) (int, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.node == nil {
		return 0, errHandle
	}
	if at < int64(h.node.bad) {
		return 0, syscall.EIO
	}
	n := 0
	if at < int64(h.node.size) {
		n = h.node.readAt(p, int(at))
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Write is vfs.File.
func (h *file) Write(p []byte) (int, error) {
	n, err := h.WriteAt(p, int64(h.pos))
	h.pos += n
	return n, err
}

// WriteAt is vfs.File.
func (h *file) WriteAt(p []byte, at int64) (int, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.node == nil || !h.write {
		return 0, errHandle
	}
	if err := h.fs.may(); err != nil {
		return 0, err
	}
	h.node.put(p, int(at))
	return len(p), nil
}

// put writes bytes at an offset, and remembers how to undo it.
func (n *inode) put(p []byte, at int) {
	if k := len(n.writes) - 1; k >= 0 && at == n.size && n.writes[k].at+n.writes[k].n == at {
		n.writes[k].n += len(p)
	} else {
		w := write{at: at, n: len(p), size: n.size, from: len(n.old)}
		if at < n.size {
			w.kept = min(n.size-at, len(p))
			n.old = slices.Grow(n.old, w.kept)[:w.from+w.kept]
			n.readAt(n.old[w.from:], at)
		}
		n.writes = append(n.writes, w)
	}
	n.writeAt(p, at)
}

// Sync is vfs.File.
func (h *file) Sync() error {
	d := h.fs.disk.Load()
	if d != nil {
		if err := d.barrier(h.fs); err != nil {
			return err
		}
	}
	h.fs.mu.Lock()
	switch {
	case h.dir != nil:
		for _, c := range h.dir.pending {
			c.apply(h.dir.synced)
		}
		h.dir.pending = nil
	case h.node != nil:
		h.node.writes, h.node.old = h.node.writes[:0], h.node.old[:0]
	}
	h.fs.mu.Unlock()
	if d != nil {
		if strings.HasSuffix(h.name, ".log") {
			d.took.Add(d.slow.Load())
		}
		d.passed(h.fs)
	}
	return nil
}

// SyncData is vfs.File.
func (h *file) SyncData() error { return h.Sync() }

// SyncTo is vfs.File; it promises nothing.
func (h *file) SyncTo(int64) (bool, error) { return false, nil }

// Prefetch is vfs.File.
func (h *file) Prefetch(int64, int64) error { return nil }

// Preallocate is vfs.File.
func (h *file) Preallocate(int64, int64) error { return nil }

// Fd is vfs.File.
func (h *file) Fd() uintptr { return vfs.InvalidFd }

// Stat is vfs.File.
func (h *file) Stat() (vfs.FileInfo, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	i := info{name: h.name, dir: h.dir != nil}
	if h.node != nil {
		i.size = int64(h.node.size)
	}
	return i, nil
}

type info struct {
	name string
	size int64
	dir  bool
}

// Name is os.FileInfo.
func (i info) Name() string { return i.name }

// Size is os.FileInfo.
func (i info) Size() int64 { return i.size }

// Mode is os.FileInfo.
func (i info) Mode() os.FileMode {
	if i.dir {
		return os.ModeDir | 0o755
	}
	return 0o755
}

// ModTime is os.FileInfo; files have no age here.
func (i info) ModTime() time.Time { return time.Time{} }

// IsDir is os.FileInfo.
func (i info) IsDir() bool { return i.dir }

// Sys is os.FileInfo.
func (i info) Sys() any { return nil }

// DeviceID is vfs.FileInfo.
func (i info) DeviceID() vfs.DeviceID { return vfs.DeviceID{} }
