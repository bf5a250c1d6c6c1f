package state

import (
	"fmt"

	"probity/chain/codec"
)

// Region is a part of the key space that one route owns: all keys that begin
// with the route's ID (2 bytes, big endian) and the region's number (1 byte).
// Both are permanent: they are in every key (spec state §1).
type Region struct {
	Route  uint16
	Number uint8
	Name   string // for people: errors, the explorer
}

// Prefix is what every key of the region begins with.
func (r Region) Prefix() []byte { return []byte{byte(r.Route >> 8), byte(r.Route), r.Number} }

// String names the region by number and name.
func (r Region) String() string { return fmt.Sprintf("%d/%d %s", r.Route, r.Number, r.Name) }

// Values encode themselves by chain/codec, or, where they are read and written
// for every transaction, by methods of their own: AppendState on V or *V and
// ReadState on *V. ReadState accepts no bytes but those AppendState gives, and
// keeps no part of them.
type (
	stateAppender interface{ AppendState(b []byte) []byte }
	stateReader   interface{ ReadState(b []byte) error }
)

// cell is how the values of a region are read and written.
type cell[V any] struct {
	region Region
	own    bool // V has AppendState and ReadState
	codec  codec.Type[V]
}

func newCell[V any](region Region) cell[V] {
	_, appends := any(new(V)).(stateAppender)
	_, reads := any(new(V)).(stateReader)
	if appends != reads {
		panic(fmt.Sprintf("state: region %v: %T has one of AppendState and ReadState", region, *new(V)))
	}
	return cell[V]{region: region, own: appends, codec: codec.For[V]()}
}

func (c *cell[V]) encode(v *V) []byte {
	if c.own {
		return any(v).(stateAppender).AppendState(nil)
	}
	b, err := c.codec.Append(nil, v)
	if err != nil {
		panic(fmt.Sprintf("state: region %v: %v", c.region, err)) // a type without a byte form
	}
	return b
}

// decode panics with a Fault for bytes that encode cannot have written: a zero
// value in their place would be an answer that other nodes do not give.
func (c *cell[V]) decode(key, b []byte) (v V) {
	var err error
	if c.own {
		err = any(&v).(stateReader).ReadState(b)
	} else {
		err = c.codec.Read(b, &v)
	}
	if err != nil {
		fault(fmt.Errorf("%w: %w", ErrCorrupt, err), "region %v, key %x", c.region, key)
	}
	return v
}

// Value is a region of one value.
//
//	var supply = state.NewValue[types.Amount](state.Region{Route: 2, Number: 2, Name: "supply"})
type Value[V any] struct{ cell[V] }

// NewValue declares a region of one value.
func NewValue[V any](region Region) Value[V] { return Value[V]{newCell[V](region)} }

// Get returns the value, or the zero value and false where none was set.
func (c Value[V]) Get(r Reader) (v V, ok bool) {
	key := c.region.Prefix()
	b, ok := r.Get(key)
	if !ok {
		return v, false
	}
	return c.decode(key, b), true
}

// Set writes the value.
func (c Value[V]) Set(w Writer, v V) { w.Set(c.region.Prefix(), c.encode(&v)) }

// Delete removes the value.
func (c Value[V]) Delete(w Writer) { w.Delete(c.region.Prefix()) }

// Region says where the value stands.
func (c Value[V]) Region() Region { return c.region }

// Map is a region of values by key. A key is an unsigned integer (8 bytes, big
// endian), an array of bytes, a string (as it is), or a struct of such fields
// in order, like Pair and Triple; a string stands last. So the order of the
// bytes is the order of the keys, field by field.
//
//	var accounts = state.NewMap[keys.Address, account](state.Region{Route: 2, Number: 1, Name: "accounts"})
type Map[K, V any] struct {
	cell[V]
	keys keyType
}

// Pair is a key of two parts, ordered by the first.
type Pair[A, B any] struct {
	First  A
	Second B
}

// Triple is a key of three parts, ordered by the first, then by the second.
type Triple[A, B, C any] struct {
	First  A
	Second B
	Third  C
}

// NewMap declares a region of values by key. It panics where K has no byte
// form that keeps its order.
func NewMap[K, V any](region Region) Map[K, V] {
	return Map[K, V]{newCell[V](region), keyTypeOf[K](region)}
}

// Region says where the map stands.
func (m Map[K, V]) Region() Region { return m.region }

// Key is the full key of k, as proofs speak of it.
func (m Map[K, V]) Key(k K) []byte { return m.keys.append(m.prefix(), &k, m.keys.parts) }

func (m Map[K, V]) prefix() []byte {
	return append(make([]byte, 0, 40), byte(m.region.Route>>8), byte(m.region.Route), m.region.Number)
}

// Get returns the value of k, or the zero value and false where there is none.
func (m Map[K, V]) Get(r Reader, k K) (v V, ok bool) {
	key := m.Key(k)
	b, ok := r.Get(key)
	if !ok {
		return v, false
	}
	return m.decode(key, b), true
}

// Has says whether k has a value.
func (m Map[K, V]) Has(r Reader, k K) bool {
	_, ok := r.Get(m.Key(k))
	return ok
}

// Set writes the value of k.
func (m Map[K, V]) Set(w Writer, k K, v V) { w.Set(m.Key(k), m.encode(&v)) }

// Delete removes k, whether or not it is there.
func (m Map[K, V]) Delete(w Writer, k K) { w.Delete(m.Key(k)) }

// Range calls fn with every key and value, ascending, until fn returns false.
// fn may write to the region; the walk shows it as it was.
func (m Map[K, V]) Range(r Reader, fn func(K, V) bool) {
	m.walk(r, m.prefix(), after(m.prefix()), fn)
}

// RangeFrom is Range over the keys from the given one on.
func (m Map[K, V]) RangeFrom(r Reader, from K, fn func(K, V) bool) {
	m.walk(r, m.Key(from), after(m.prefix()), fn)
}

// RangePrefix is Range over the keys whose first n parts are those of k, where
// the parts are the fields of a Pair, a Triple or another struct.
//
//	votes.RangePrefix(ctx, state.Pair[uint64, keys.Address]{First: pool}, 1, …)
func (m Map[K, V]) RangePrefix(r Reader, k K, n int, fn func(K, V) bool) {
	if n < 0 || n > m.keys.parts {
		panic(fmt.Sprintf("state: region %v: keys have %d parts, not %d", m.region, m.keys.parts, n))
	}
	prefix := m.keys.append(m.prefix(), &k, n)
	m.walk(r, prefix, after(prefix), fn)
}

func (m Map[K, V]) walk(r Reader, lo, hi []byte, fn func(K, V) bool) {
	r.Range(lo, hi, func(key, b []byte) bool {
		var k K
		if !m.keys.read(key[3:], &k) {
			fault(ErrCorrupt, "region %v, key %x", m.region, key)
		}
		return fn(k, m.decode(key, b))
	})
}

// after is the first key above all that begin with prefix, nil where there is
// none.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			hi := append([]byte(nil), prefix[:i+1]...)
			hi[i]++
			return hi
		}
	}
	return nil
}
