package node

import (
	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/p2p"
)

// OnDisk is o with another file system below its home.
func OnDisk(o Options, fs vfs.FS) Options {
	o.disk = fs
	return o
}

// Limited is o with other limits of what one peer may send.
func Limited(o Options, l p2p.Limit) Options {
	o.limit = l
	return o
}
