package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// disk stands between Pebble and the file system. It counts barriers, and it
// makes the first failed write the last: from then on nothing on the disk
// changes, whatever Pebble goes on to do, so that what is there is what a
// crash at that instant would have left.
//
// Pebble takes failures of its log as the end of the process: it panics, in
// part with its locks held, where nobody could recover. So a log fails
// silently towards Pebble, its bytes going nowhere, and the store asks the disk
// itself (failed) before it believes that anything was written.
type disk struct {
	vfs.FS
	fault atomic.Pointer[error]
	syncs atomic.Uint64
}

// flushPause slows Pebble down where it would retry a failed flush at once and
// for ever, until the store is closed.
const flushPause = 10 * time.Millisecond

// fail keeps the first failure.
func (d *disk) fail(err error) {
	if err == nil {
		return
	}
	fault := fmt.Errorf("%w: %w", ErrBroken, err)
	d.fault.CompareAndSwap(nil, &fault)
}

// failed is the first failure, nil while the disk works.
func (d *disk) failed() error {
	if p := d.fault.Load(); p != nil {
		return *p
	}
	return nil
}

func isLog(name string) bool { return strings.HasSuffix(name, ".log") }

// wrap takes what a call that opens a file for writing returned.
func (d *disk) wrap(name string, f vfs.File, err error) (vfs.File, error) {
	d.fail(err)
	if err == nil {
		return &file{File: f, disk: d, silent: isLog(name)}, nil
	}
	if isLog(name) {
		return d.void(name)
	}
	return nil, err
}

// refuse is wrap where the disk has failed before.
func (d *disk) refuse(name string, err error) (vfs.File, error) {
	if isLog(name) {
		return d.void(name)
	}
	time.Sleep(flushPause)
	return nil, err
}

// void is a file that exists nowhere.
func (d *disk) void(name string) (vfs.File, error) {
	mem := vfs.NewMem()
	f, err := mem.Create(mem.PathBase(name), vfs.WriteCategoryUnspecified)
	return &file{File: f, disk: d, silent: true}, err
}

// Create is vfs.FS.
func (d *disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := d.failed(); err != nil {
		return d.refuse(name, err)
	}
	f, err := d.FS.Create(name, c)
	return d.wrap(name, f, err)
}

// OpenReadWrite is vfs.FS.
func (d *disk) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	if err := d.failed(); err != nil {
		return d.refuse(name, err)
	}
	f, err := d.FS.OpenReadWrite(name, c, o...)
	return d.wrap(name, f, err)
}

// ReuseForWrite is vfs.FS.
func (d *disk) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := d.failed(); err != nil {
		return d.refuse(to, err)
	}
	f, err := d.FS.ReuseForWrite(from, to, c)
	return d.wrap(to, f, err)
}

// OpenDir is vfs.FS. Directories are synced when a log is created, so they are
// as silent as logs.
func (d *disk) OpenDir(name string) (vfs.File, error) {
	f, err := d.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &file{File: f, disk: d, silent: true}, nil
}

// change runs a call that changes a directory.
func (d *disk) change(call func() error) error {
	err := d.failed()
	if err == nil {
		err = call()
		d.fail(err)
	}
	return err
}

// Link is vfs.FS.
func (d *disk) Link(from, to string) error {
	return d.change(func() error { return d.FS.Link(from, to) })
}

// Rename is vfs.FS.
func (d *disk) Rename(from, to string) error {
	return d.change(func() error { return d.FS.Rename(from, to) })
}

// MkdirAll is vfs.FS.
func (d *disk) MkdirAll(dir string, perm os.FileMode) error {
	return d.change(func() error { return d.FS.MkdirAll(dir, perm) })
}

// Remove is vfs.FS. Files that a failed disk should lose simply stay.
func (d *disk) Remove(name string) error {
	return d.remove(func() error { return d.FS.Remove(name) })
}

// RemoveAll is vfs.FS.
func (d *disk) RemoveAll(name string) error {
	return d.remove(func() error { return d.FS.RemoveAll(name) })
}

func (d *disk) remove(call func() error) error {
	if d.failed() != nil {
		return nil
	}
	err := call()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.fail(err)
	}
	return err
}

// Lock is vfs.FS.
func (d *disk) Lock(name string) (io.Closer, error) {
	lock, err := d.FS.Lock(name)
	var number syscall.Errno
	switch {
	case err == nil:
	case errors.As(err, &number) && number != syscall.EAGAIN:
		d.fail(err)
	default:
		err = fmt.Errorf("%w: %w", ErrLocked, err)
	}
	return lock, err
}

// Unwrap is vfs.FS.
func (d *disk) Unwrap() vfs.FS { return d.FS }

// file is a file open for writing, or a directory.
type file struct {
	vfs.File
	disk   *disk
	silent bool
}

// do runs one call on the file.
func (f *file) do(call func() error) error {
	err := f.disk.failed()
	if err == nil {
		err = call()
		f.disk.fail(err)
	}
	if f.silent {
		return nil
	}
	return err
}

// Write is vfs.File.
func (f *file) Write(p []byte) (n int, err error) {
	size := len(p)
	err = f.do(func() (err error) {
		n, err = f.File.Write(p)
		return err
	})
	if err == nil {
		n = size
	}
	return n, err
}

// WriteAt is vfs.File.
func (f *file) WriteAt(p []byte, at int64) (n int, err error) {
	size := len(p)
	err = f.do(func() (err error) {
		n, err = f.File.WriteAt(p, at)
		return err
	})
	if err == nil {
		n = size
	}
	return n, err
}

// Sync is vfs.File.
func (f *file) Sync() error {
	f.disk.syncs.Add(1)
	return f.do(f.File.Sync)
}

// SyncData is vfs.File.
func (f *file) SyncData() error {
	f.disk.syncs.Add(1)
	return f.do(f.File.SyncData)
}

// SyncTo is vfs.File.
func (f *file) SyncTo(length int64) (full bool, err error) {
	err = f.do(func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full && err == nil, err
}

// Close is vfs.File; the handle is let go even where the disk has failed.
func (f *file) Close() error {
	err := f.File.Close()
	return f.do(func() error { return err })
}
