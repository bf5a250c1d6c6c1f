package store

import (
	"bytes"
	"fmt"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// Latest is state.Backend.
func (s *Store) Latest() (types.Height, keys.Hash, error) {
	if err := s.ready(); err != nil {
		return 0, keys.Hash{}, err
	}
	version, root := s.tip.Load().state()
	return version, root, nil
}

// state is the version and root of the state; nil has the empty one.
func (t *Tip) state() (types.Height, keys.Hash) {
	if t == nil {
		return 0, keys.Hash{}
	}
	return t.Header.Height, t.Header.StateRoot
}

// Get is state.Backend.
func (s *Store) Get(key []byte) ([]byte, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	if v, ok := s.cache.value(key); ok {
		return v, nil
	}
	began := s.cache.gen.Load()
	v, known := s.books.value(key)
	if !known {
		var err error
		if v, err = s.reader.stateValue(key); err != nil {
			return nil, err
		}
	}
	s.cache.fillValue(key, v, began)
	return v, nil
}

// Range is state.Backend.
func (s *Store) Range(lo, hi []byte, fn func(key, value []byte) bool) error {
	if err := s.ready(); err != nil {
		return err
	}
	prefix, ok := region(lo, hi)
	if !ok {
		return s.reader.stateRange(lo, hi, fn)
	}
	b, known := s.books.find(prefix)
	if !known {
		began := s.cache.gen.Load()
		var err error
		if b, err = s.reader.book(prefix); err != nil {
			return err
		}
		s.books.fill(prefix, b, func() bool { return s.cache.still(began) })
	}
	if b == nil {
		return s.reader.stateRange(lo, hi, fn)
	}
	b.walk(lo, hi, fn)
	return nil
}

// Keys is state.Backend.
func (s *Store) Keys(lo, hi []byte, since types.Height, fn func(key []byte) bool) error {
	if err := s.ready(); err != nil {
		return err
	}
	return s.reader.stateKeys(lo, hi, since, fn)
}

// Page is state.Backend.
func (s *Store) Page(k state.NodeKey) (state.Page, error) {
	if err := s.ready(); err != nil {
		return state.Page{}, err
	}
	if p, ok := s.cache.page(k); ok {
		return p, nil
	}
	began := s.cache.gen.Load()
	p, err := s.reader.page(k)
	if err == nil {
		s.cache.fillPage(k, p, began)
	}
	return p, err
}

// Leaf is state.Backend.
func (s *Store) Leaf(k state.NodeKey) (state.Leaf, error) {
	if err := s.ready(); err != nil {
		return state.Leaf{}, err
	}
	return s.reader.leaf(k)
}

// stateValue is the value of a state key, nil where there is none.
func (r reader) stateValue(k []byte) ([]byte, error) { return r.get(key(tableValue, k)) }

// bounds are those of a range of state keys in a table.
func bounds(table byte, lo, hi []byte) (from, to []byte) {
	if hi == nil {
		return key(table, lo), []byte{table + 1}
	}
	return key(table, lo), key(table, hi)
}

func (r reader) stateRange(lo, hi []byte, fn func(key, value []byte) bool) error {
	from, to := bounds(tableValue, lo, hi)
	return r.scan(from, to, func(k, v []byte) (bool, error) { return fn(k[1:], v), nil })
}

// stateKeys merges the keys that exist with those deleted above since. There
// are few of the latter, so they are gathered first.
func (r reader) stateKeys(lo, hi []byte, since types.Height, fn func(key []byte) bool) error {
	var gone [][]byte
	from, to := bounds(tableDeleted, lo, hi)
	err := r.scan(from, to, func(k, v []byte) (bool, error) {
		at, ok := cutHeight(v)
		if !ok {
			return false, fmt.Errorf("%w: trace of deleted key %x", ErrCorrupt, k)
		}
		if at > since {
			gone = append(gone, bytes.Clone(k[1:]))
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	more := true
	err = r.stateRange(lo, hi, func(k, _ []byte) bool {
		for more && len(gone) > 0 && bytes.Compare(gone[0], k) < 0 {
			more = fn(gone[0])
			gone = gone[1:]
		}
		if len(gone) > 0 && bytes.Equal(gone[0], k) {
			gone = gone[1:]
		}
		more = more && fn(k)
		return more
	})
	for err == nil && more && len(gone) > 0 {
		more = fn(gone[0])
		gone = gone[1:]
	}
	return err
}

func (r reader) page(k state.NodeKey) (state.Page, error) {
	b, err := r.node(k)
	if err != nil {
		return state.Page{}, err
	}
	return state.DecodePage(k, b)
}

func (r reader) leaf(k state.NodeKey) (state.Leaf, error) {
	b, err := r.node(k)
	if err != nil {
		return state.Leaf{}, err
	}
	return state.DecodeLeaf(k, b)
}

// node reads a node of the tree.
func (r reader) node(k state.NodeKey) ([]byte, error) {
	b, err := r.get(nodeKey(k))
	if err == nil && b == nil {
		err = fmt.Errorf("node %v: %w", k, state.ErrMissing)
	}
	return b, err
}
