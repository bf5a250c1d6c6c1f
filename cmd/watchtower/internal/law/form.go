package law

import (
	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// form writes a value or reads it, so that one list of its fields says both.
type form struct {
	e *cbor.Enc
	d *cbor.Dec
}

// shaped is a structure that lists its fields.
type shaped interface{ shape(f form) }

// field does one of both.
func field[T any](write func(e *cbor.Enc, x T), take func(d *cbor.Dec) T) func(f form, x *T) {
	return func(f form, x *T) {
		if f.e != nil {
			write(f.e, *x)
		} else {
			*x = take(f.d)
		}
	}
}

// Fields of the kinds that the pages have.
var (
	fieldU64     = field(func(e *cbor.Enc, n uint64) { e.Uint(n) }, (*cbor.Dec).U64)
	fieldText    = field(func(e *cbor.Enc, s string) { e.Text(s) }, (*cbor.Dec).Text)
	fieldBool    = field(func(e *cbor.Enc, b bool) { e.Bool(b) }, (*cbor.Dec).Bool)
	fieldBytes   = field(func(e *cbor.Enc, b []byte) { e.Bytes(b) }, (*cbor.Dec).Bytes)
	fieldAmount  = field(wire.Amount, wire.DecAmount)
	fieldHash    = field(func(e *cbor.Enc, h wire.Hash) { e.Bytes(h[:]) }, wire.DecHash)
	fieldAddress = field(func(e *cbor.Enc, a wire.Address) { e.Bytes(a[:]) }, wire.DecAddress)
	fieldKey     = field(func(e *cbor.Enc, k wire.Key) { e.Bytes(k[:]) }, wire.DecKey)
)

// fields opens an array of n fields.
func (f form) fields(n int) form {
	if f.e != nil {
		f.e.Array(n)
	} else {
		f.d.Array(n)
	}
	return f
}

// small is a number of at most most.
func (f form) small(n *uint64, most uint64) form {
	if f.e != nil {
		f.e.Uint(*n)
	} else {
		*n = f.d.Uint(most)
	}
	return f
}

func (f form) byte(n *uint64) form          { return f.small(n, 1<<8-1) }
func (f form) u16(n *uint64) form           { return f.small(n, 1<<16-1) }
func (f form) u32(n *uint64) form           { return f.small(n, 1<<32-1) }
func (f form) u64(n *uint64) form           { fieldU64(f, n); return f }
func (f form) text(s *string) form          { fieldText(f, s); return f }
func (f form) bool(b *bool) form            { fieldBool(f, b); return f }
func (f form) bytes(b *[]byte) form         { fieldBytes(f, b); return f }
func (f form) amount(a *num.Int) form       { fieldAmount(f, a); return f }
func (f form) hash(h *wire.Hash) form       { fieldHash(f, h); return f }
func (f form) address(a *wire.Address) form { fieldAddress(f, a); return f }
func (f form) key(k *wire.Key) form         { fieldKey(f, k); return f }

func (f form) texts(l *[]string) form           { listOf(f, l, fieldText); return f }
func (f form) hashes(l *[]wire.Hash) form       { listOf(f, l, fieldHash); return f }
func (f form) addresses(l *[]wire.Address) form { listOf(f, l, fieldAddress); return f }

// listOf is a list of any length.
func listOf[T any](f form, l *[]T, each func(f form, x *T)) {
	if f.e != nil {
		f.e.Array(len(*l))
		for i := range *l {
			each(f, &(*l)[i])
		}
		return
	}
	*l = nil
	for n := f.d.Len(); n > 0 && f.d.Err() == nil; n-- {
		var x T
		each(f, &x)
		*l = append(*l, x)
	}
}

// maybe is a structure or null.
func maybe[T any, P interface {
	*T
	shaped
}](f form, x **T) {
	switch {
	case f.e != nil && *x == nil:
		f.e.Null()
	case f.e != nil:
		P(*x).shape(f)
	case f.d.Null():
		*x = nil
	default:
		*x = new(T)
		P(*x).shape(f)
	}
}

// each is the field of a structure, for lists of them.
func each[T any, P interface {
	*T
	shaped
}](f form, x *T) {
	P(x).shape(f)
}

// encoded is the cbor of a structure.
func encoded(x shaped) []byte { return enc(func(e *cbor.Enc) { x.shape(form{e: e}) }) }

// take reads a structure from the front of d.
func take(d *cbor.Dec, x shaped) { x.shape(form{d: d}) }

// load reads a structure of the state; false: it is absent, and x as it was.
func (c *Chain) load(k string, x shaped) bool {
	raw, ok := c.State.Get(k)
	if ok {
		read(raw, "value", func(d *cbor.Dec) { take(d, x) })
	}
	return ok
}

// store writes a structure.
func (c *Chain) store(k string, x shaped) { c.State.Set(k, encoded(x)) }

// addressAt reads the address at an offset of a key, hashAt the hash.
func addressAt(k string, at int) (a wire.Address) { copy(a[:], k[at:]); return a }
func hashAt(k string, at int) (h wire.Hash)       { copy(h[:], k[at:]); return h }

// setFlag stores true, or nothing.
func (c *Chain) setFlag(k string, on bool) {
	if on {
		c.State.Set(k, enc(func(e *cbor.Enc) { e.Bool(true) }))
	} else {
		c.State.Delete(k)
	}
}
