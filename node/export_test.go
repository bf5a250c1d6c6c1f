package node

import "github.com/cockroachdb/pebble/v2/vfs"

// OnDisk is o with another file system below its home.
func OnDisk(o Options, fs vfs.FS) Options {
	o.disk = fs
	return o
}
