package store

import (
	"github.com/cockroachdb/pebble/v2"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// View is the state as it was at one moment, for readers beside the writer:
// neither commits nor prunes show in it. It may have many readers. It holds
// disk space until it is closed, so it is not kept for long.
type View struct {
	store   *Store
	snap    *pebble.Snapshot
	reader  reader
	gen     uint64 // of the cache while the tip is that of the view; odd if unknown
	version types.Height
	root    keys.Hash
}

// View shows the latest committed state. The caller closes it.
func (s *Store) View() (*View, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	gen := s.cache.gen.Load()
	snap := s.db.NewSnapshot()
	if s.cache.gen.Load() != gen {
		gen = 1
	}
	v := &View{store: s, snap: snap, reader: reader{snap}, gen: gen}
	var at tipRecord
	if _, err := v.reader.value(keyTip, &at); err != nil {
		return nil, explain("open view", firstOf(err, snap.Close()))
	}
	v.version, v.root = at.Height, at.Root
	return v, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Close lets the view go.
func (v *View) Close() error { return explain("close view", v.snap.Close()) }

// Latest is state.Backend.
func (v *View) Latest() (types.Height, keys.Hash, error) {
	return v.version, v.root, v.store.ready()
}

// Get is state.Backend.
func (v *View) Get(key []byte) ([]byte, error) {
	if err := v.store.ready(); err != nil {
		return nil, err
	}
	// What the cache says is of this view if no commit began before or while
	// it was asked.
	if v.store.cache.still(v.gen) {
		if value, ok := v.store.cache.value(key); ok && v.store.cache.still(v.gen) {
			return value, nil
		}
	}
	return v.reader.stateValue(key)
}

// Range is state.Backend.
func (v *View) Range(lo, hi []byte, fn func(key, value []byte) bool) error {
	if err := v.store.ready(); err != nil {
		return err
	}
	return v.reader.stateRange(lo, hi, fn)
}

// Keys is state.Backend.
func (v *View) Keys(lo, hi []byte, since types.Height, fn func(key []byte) bool) error {
	if err := v.store.ready(); err != nil {
		return err
	}
	return v.reader.stateKeys(lo, hi, since, fn)
}

// Page is state.Backend. Pages never change, so the cache may answer for any
// version.
func (v *View) Page(k state.NodeKey) (state.Page, error) {
	if err := v.store.ready(); err != nil {
		return state.Page{}, err
	}
	if p, ok := v.store.cache.page(k); ok {
		return p, nil
	}
	return v.reader.page(k)
}

// Leaf is state.Backend.
func (v *View) Leaf(k state.NodeKey) (state.Leaf, error) {
	if err := v.store.ready(); err != nil {
		return state.Leaf{}, err
	}
	return v.reader.leaf(k)
}
