package store

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// reader reads tables from the database or from a snapshot of it.
type reader struct{ pebble.Reader }

// get returns a copy of what is under a key, nil where nothing is.
func (r reader) get(k []byte) ([]byte, error) {
	v, closer, err := r.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read", err)
	}
	out := append(make([]byte, 0, len(v)), v...)
	return out, explain("read", closer.Close())
}

// value decodes what is under a key into v; false where nothing is.
func (r reader) value(k []byte, v any) (bool, error) {
	b, err := r.get(k)
	if err != nil || b == nil {
		return false, err
	}
	if err := decode(k, b, v); err != nil {
		return false, err
	}
	return true, nil
}

func decode(k, b []byte, v any) error {
	if err := codec.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %c/%x: %w", ErrCorrupt, k[0], k[1:], err)
	}
	return nil
}

// put encodes v under k.
func put(b *pebble.Batch, k []byte, v any) { set(b, k, codec.MustMarshal(v)) }

// set and the like cannot fail on a batch in memory.
func set(b *pebble.Batch, k, v []byte) { must(b.Set(k, v, nil)) }
func del(b *pebble.Batch, k []byte)    { must(b.Delete(k, nil)) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// scan calls fn with every key from lo on and below hi, and its value, until fn
// returns false. Key and value are valid during the call alone.
func (r reader) scan(lo, hi []byte, fn func(k, v []byte) (more bool, err error)) (err error) {
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: lo, UpperBound: hi})
	if err != nil {
		return explain("scan", err)
	}
	defer func() {
		if cerr := it.Close(); err == nil {
			err = explain("scan", cerr)
		}
	}()
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return explain("scan", err)
		}
		if more, err := fn(it.Key(), v); err != nil || !more {
			return err
		}
	}
	return explain("scan", it.Error())
}

// empty says whether the database has no key at all.
func (r reader) empty() (empty bool, err error) {
	empty = true
	err = r.scan(nil, nil, func(_, _ []byte) (bool, error) {
		empty = false
		return false, nil
	})
	return empty, err
}

// header reads the header of a height, nil where there is none.
func (r reader) header(h types.Height) (*types.SignedHeader, keys.Hash, error) {
	var digest keys.Hash
	k := heightKey(tableHeader, h)
	b, err := r.get(k)
	if err != nil || b == nil {
		return nil, digest, err
	}
	if len(b) < len(digest) {
		return nil, digest, fmt.Errorf("%w: header %d", ErrCorrupt, h)
	}
	signed := new(types.SignedHeader)
	if err := decode(k, b[copy(digest[:], b):], signed); err != nil {
		return nil, digest, err
	}
	return signed, digest, nil
}

// proof reads the proof that a height has itself, nil where it has none.
func (r reader) proof(h types.Height) (*Proof, error) {
	p := new(Proof)
	if ok, err := r.value(heightKey(tableFinality, h), p); err != nil || !ok {
		return nil, err
	}
	return p, nil
}

var _ = [...]struct{}{codec.Register[tipRecord](), codec.Register[Proof]()}
