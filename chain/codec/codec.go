// Package codec gives every value on the wire exactly one byte form: core
// deterministic CBOR (RFC 8949 §4.2.1) of arrays, integers, byte strings and
// text, without floats, tags or indefinite lengths (spec wire §1).
//
// Decoding promises decode∘encode = identity and the reverse: Unmarshal
// accepts b only where Marshal of the decoded value gives b again. The CBOR
// library alone accepts long integer forms, null for an empty byte string and
// arrays of another length than the struct's; the comparison refuses them all,
// and whatever looseness a later version of the library brings.
//
// Types that are written and read all the time are registered, and go another
// way to the same bytes: a plan worked out once from the type, strict at every
// item, with nothing to encode again for comparison. Tests hold both ways
// against each other.
//
// The caller bounds the size of what it passes in; MaxBytes is the last resort.
package codec

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// MaxBytes bounds any single encoded value: a block of 4 MiB with its votes
// and its envelope stays below it.
const MaxBytes = 8 << 20

// ErrForm is returned for bytes that decode to a value whose one byte form
// differs from them.
var ErrForm = errors.New("not the canonical form")

// ErrSize is returned for an encoding above MaxBytes.
var ErrSize = errors.New("encoding too large")

var (
	enc cbor.UserBufferEncMode
	dec cbor.DecMode
)

// The modes are values fixed at program start; options that contradict each
// other are a programming error and stop the program before it does anything.
func init() {
	opts := cbor.CoreDetEncOptions()
	opts.NilContainers = cbor.NilContainerAsEmpty
	opts.IndefLength = cbor.IndefLengthForbidden
	opts.TagsMd = cbor.TagsForbidden
	var err error
	if enc, err = opts.UserBufferEncMode(); err != nil {
		panic(err)
	}
	dec, err = cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels:   16,
		MaxArrayElements:  1 << 17,
		MaxMapPairs:       1 << 10,
		UTF8:              cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
}

// Marshal returns the one byte form of v. It fails only for Go types that have
// none (channels, functions, floats in a struct are the author's mistake).
func Marshal(v any) ([]byte, error) {
	return Append(nil, v)
}

// plans are those of registered types. They are complete when the program's
// variables are, and read-only from then on.
var plans = map[reflect.Type]*plan{}

// Register gives T, and a pointer to it, the quick way. It is called while the
// program's variables are made, as the value of one; a T without a plan is its
// author's mistake and stops the program.
func Register[T any]() struct{} {
	t := reflect.TypeFor[T]()
	p, err := planOf(t, 0)
	if err != nil {
		panic("codec: " + err.Error())
	}
	plans[t] = p
	return struct{}{}
}

// Append appends the one byte form of v to b.
func Append(b []byte, v any) ([]byte, error) {
	t := reflect.TypeOf(v)
	if t != nil && t.Kind() == reflect.Pointer {
		if p := plans[t.Elem()]; p != nil && !reflect.ValueOf(v).IsNil() {
			return p.append(b, reflect.ValueOf(v).Elem())
		}
	} else if p := plans[t]; p != nil {
		copied := reflect.New(t).Elem() // arrays give their bytes only where they have an address
		copied.Set(reflect.ValueOf(v))
		return p.append(b, copied)
	}
	own, err := libraryForm(v)
	if err != nil || b == nil {
		return own, err
	}
	return append(b, own...), nil
}

func (p *plan) append(b []byte, v reflect.Value) ([]byte, error) {
	if b == nil {
		b = make([]byte, 0, p.room(v))
	}
	b, err := p.write(b, v)
	if err != nil {
		return nil, fmt.Errorf("encode %v: %w", v.Type(), err)
	}
	return b, nil
}

// MustMarshal is Marshal for the values of this module's own types, of which
// every one has a byte form; it panics where that does not hold.
func MustMarshal(v any) []byte {
	b, err := Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Unmarshal fills v, a pointer, from b and accepts no other bytes than those
// Marshal gives for the result. On error *v may be partly filled.
func Unmarshal(b []byte, v any) error {
	if len(b) > MaxBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(b), MaxBytes)
	}
	if t := reflect.TypeOf(v); t != nil && t.Kind() == reflect.Pointer {
		if p := plans[t.Elem()]; p != nil && !reflect.ValueOf(v).IsNil() {
			return p.decode(b, reflect.ValueOf(v).Elem())
		}
	}
	return unmarshal(b, v)
}

func (p *plan) decode(b []byte, v reflect.Value) error {
	rest, err := p.read(b, v)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: %d bytes too many", ErrForm, len(rest))
	}
	if err != nil {
		return fmt.Errorf("decode %v: %w", v.Type(), err)
	}
	return nil
}

// unmarshal is the library's way.
func unmarshal(b []byte, v any) error {
	if err := dec.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	again, err := libraryForm(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return fmt.Errorf("decode %T: %w", v, ErrForm)
	}
	return nil
}

func libraryForm(v any) ([]byte, error) {
	var buf bytes.Buffer
	if err := enc.MarshalToBuffer(v, &buf); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return buf.Bytes(), nil
}

// Type is the quick way for values of one type, for who declares it: a region
// of the state. Types without a plan go the library's way.
type Type[T any] struct{ plan *plan }

// For works out the way of T.
func For[T any]() Type[T] {
	p, _ := planOf(reflect.TypeFor[T](), 0)
	return Type[T]{p}
}

// Append appends the one byte form of *v to b.
func (c Type[T]) Append(b []byte, v *T) ([]byte, error) {
	if c.plan == nil {
		return Append(b, v)
	}
	return c.plan.append(b, reflect.ValueOf(v).Elem())
}

// Read is Unmarshal into *v.
func (c Type[T]) Read(b []byte, v *T) error {
	if c.plan == nil || len(b) > MaxBytes {
		return Unmarshal(b, v)
	}
	return c.plan.decode(b, reflect.ValueOf(v).Elem())
}
