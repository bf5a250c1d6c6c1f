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
// The caller bounds the size of what it passes in; MaxBytes is the last resort.
package codec

import (
	"bytes"
	"errors"
	"fmt"

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

// Append appends the one byte form of v to b.
func Append(b []byte, v any) ([]byte, error) {
	buf := bytes.NewBuffer(b)
	if err := enc.MarshalToBuffer(v, buf); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return buf.Bytes(), nil
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
	if err := dec.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	again, err := Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return fmt.Errorf("decode %T: %w", v, ErrForm)
	}
	return nil
}
