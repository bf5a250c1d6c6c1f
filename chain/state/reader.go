package state

import (
	"probity/chain/keys"
	"probity/chain/types"
)

// Reader is a state to read: keys in byte order, each with a value. Trouble
// with the disk is not an answer; it panics with a *Fault.
type Reader interface {
	// Get returns the value of key. The slice is shared and read-only: it
	// stays as it is for ever, and nobody may write into it.
	Get(key []byte) (value []byte, ok bool)
	// Range calls fn with every key from lo on and below hi, ascending, until
	// fn returns false; a nil hi is no bound. It shows the state as it was when
	// Range was called, whatever fn writes. Key and value are read-only and
	// valid during the call alone.
	Range(lo, hi []byte, fn func(key, value []byte) bool)
}

// Writer is a state to write as well.
type Writer interface {
	Reader
	Set(key, value []byte)
	Delete(key []byte)
}

// Backend holds the committed state: the latest values for reading, the nodes
// of all kept versions for proofs, history and the next update. Memory is one;
// the node keeps another on disk. Errors are the disk's; absence is not one,
// except of a node (ErrMissing).
//
// A Backend gives what it was given: slices and pages it returns are shared
// and read-only. Caches that make it fast are its own affair. It must serve
// as many concurrent calls as there are concurrent readers above it.
type Backend interface {
	// Latest names the last committed version and its root; a new backend has
	// version 0 and the root of the empty state.
	Latest() (types.Height, keys.Hash, error)
	// Get returns the latest value of key, nil where there is none; a value of
	// no bytes is not nil.
	Get(key []byte) ([]byte, error)
	// Range is Reader.Range over the latest values.
	Range(lo, hi []byte, fn func(key, value []byte) bool) error
	// Keys calls fn, ascending, with every key in range that exists now or was
	// deleted by a version above since. It may name others too.
	Keys(lo, hi []byte, since types.Height, fn func(key []byte) bool) error
	// Page returns the page stored under key.
	Page(key NodeKey) (Page, error)
	// Leaf returns the record of the leaf stored under key.
	Leaf(key NodeKey) (Leaf, error)
}

// Parent is a state that a block can be built on: the committed Base or a
// sealed Layer.
type Parent interface {
	Reader
	Version() types.Height
	Root() keys.Hash
	page(key NodeKey) Page
}

// Base is the latest committed state of a backend. It reads whatever the
// backend has latest, so it serves until the next commit; then the owner makes
// a new one and rebases the layers that stand on what was committed.
type Base struct {
	backend Backend
	version types.Height
	root    keys.Hash
}

// NewBase is the state that backend has latest.
func NewBase(backend Backend) *Base {
	version, root, err := backend.Latest()
	if err != nil {
		fault(err, "read the latest version")
	}
	return &Base{backend: backend, version: version, root: root}
}

// Version is the height of the block whose state this is.
func (b *Base) Version() types.Height { return b.version }

// Root is the root hash of the state.
func (b *Base) Root() keys.Hash { return b.root }

// Get is Reader.Get.
func (b *Base) Get(key []byte) ([]byte, bool) {
	value, err := b.backend.Get(key)
	if err != nil {
		fault(err, "read key %x", key)
	}
	return value, value != nil
}

// Range is Reader.Range.
func (b *Base) Range(lo, hi []byte, fn func(key, value []byte) bool) {
	if err := b.backend.Range(lo, hi, fn); err != nil {
		fault(err, "range from %x", lo)
	}
}

func (b *Base) page(key NodeKey) Page {
	p, err := b.backend.Page(key)
	if err != nil {
		fault(err, "read tree page %v", key)
	}
	return p
}

// current panics where the backend has moved on since the base was made: a
// root computed over a mixture of two versions must never leave this package.
func (b *Base) current() {
	version, root, err := b.backend.Latest()
	if err != nil {
		fault(err, "read the latest version")
	}
	if version != b.version || root != b.root {
		panic("state: a layer stands on a base that was left behind; rebase it after each commit")
	}
}
