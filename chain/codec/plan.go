package codec

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// A plan writes and reads one Go type in the one byte form, worked out once
// from the type: what the CBOR library does at each value over again. Reading
// is strict item by item, so that nothing needs to be encoded to compare.
//
// Plans know what wire and state types are made of: unsigned integers, bools,
// text, byte strings, arrays of bytes, slices, pointers (null or the value),
// structs as arrays, and types that write themselves as a byte string.
type plan struct {
	write func(b []byte, v reflect.Value) ([]byte, error)
	read  func(b []byte, v reflect.Value) ([]byte, error) // v is settable; returns what follows the item
	least int                                             // bytes of the shortest item: how many of them given bytes can hold
	usual int                                             // bytes to make room for; only speed depends on it
	more  func(v reflect.Value) int                       // bytes to make room for beside them, for this value; nil: none
}

// room is about how many bytes v takes.
func (p *plan) room(v reflect.Value) int {
	if p.more == nil {
		return p.usual
	}
	return p.usual + p.more(v)
}

// errPlan says that a type has no plan: the library writes and reads it.
var errPlan = errors.New("no plan")

// Limits of what is read, those of the library's mode.
const (
	elementsMax = 1 << 17
	nestedMax   = 16
)

// planOf works out the plan of t.
func planOf(t reflect.Type, depth int) (*plan, error) {
	if depth > nestedMax {
		return nil, fmt.Errorf("%w: %v nests too deeply", errPlan, t)
	}
	if p, ok := itself(t); ok {
		return p, nil
	}
	if p := reflect.PointerTo(t); p.Implements(marshaler) || p.Implements(unmarshaler) || p.Implements(binaryMarshaler) || p.Implements(binaryUnmarshaler) {
		return nil, fmt.Errorf("%w: %v has a form of its own", errPlan, t)
	}
	switch t.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintPlan(t.Bits()), nil
	case reflect.Bool:
		return boolPlan(), nil
	case reflect.String:
		return textPlan(), nil
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return fixedPlan(t.Len()), nil
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return bytesPlan(), nil
		}
		return slicePlan(t, depth)
	case reflect.Pointer:
		return pointerPlan(t, depth)
	case reflect.Struct:
		return structPlan(t, depth)
	}
	return nil, fmt.Errorf("%w: %v", errPlan, t)
}

var (
	marshaler         = reflect.TypeFor[cbor.Marshaler]()
	unmarshaler       = reflect.TypeFor[cbor.Unmarshaler]()
	binaryMarshaler   = reflect.TypeFor[encoding.BinaryMarshaler]()
	binaryUnmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// Own is a type that writes itself, as a byte string, and reads itself: it
// accepts no byte string but those that it writes.
type Own interface {
	cbor.Unmarshaler
	AppendCBOR(b []byte) ([]byte, error)
}

// itself is the plan of an Own, and of an array of bytes that has methods for
// the library's sake only: both write the array as a byte string.
func itself(t reflect.Type) (*plan, bool) {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[Own]()) {
		return ownPlan(), true
	}
	if t.Kind() != reflect.Array || t.Elem().Kind() != reflect.Uint8 || !t.Implements(marshaler) {
		return nil, false
	}
	p, zero := fixedPlan(t.Len()), reflect.New(t).Elem()
	b, _ := p.write(nil, zero)
	own, err := zero.Interface().(cbor.Marshaler).MarshalCBOR()
	return p, err == nil && string(own) == string(b)
}

func ownPlan() *plan {
	return &plan{
		least: 1, usual: 10,
		write: func(b []byte, v reflect.Value) ([]byte, error) { return v.Addr().Interface().(Own).AppendCBOR(b) },
		read: func(b []byte, v reflect.Value) ([]byte, error) {
			_, rest, err := take(b, majorBytes)
			if err != nil {
				return nil, err
			}
			return rest, v.Addr().Interface().(Own).UnmarshalCBOR(b[:len(b)-len(rest)])
		},
	}
}

func uintPlan(bits int) *plan {
	return &plan{
		least: 1, usual: 1 + bits/16,
		write: func(b []byte, v reflect.Value) ([]byte, error) { return appendHead(b, majorUint, v.Uint()), nil },
		read: func(b []byte, v reflect.Value) ([]byte, error) {
			n, rest, err := head(b, majorUint)
			if err == nil && bits < 64 && n>>bits != 0 {
				err = fmt.Errorf("%d does not fit %d bits", n, bits)
			}
			if err == nil {
				v.SetUint(n)
			}
			return rest, err
		},
	}
}

func boolPlan() *plan {
	return &plan{
		least: 1, usual: 1,
		write: func(b []byte, v reflect.Value) ([]byte, error) {
			if v.Bool() {
				return append(b, itemTrue), nil
			}
			return append(b, itemFalse), nil
		},
		read: func(b []byte, v reflect.Value) ([]byte, error) {
			if len(b) == 0 || b[0] != itemTrue && b[0] != itemFalse {
				return nil, ErrForm
			}
			v.SetBool(b[0] == itemTrue)
			return b[1:], nil
		},
	}
}

func textPlan() *plan {
	return &plan{
		least: 1, usual: 2,
		more: func(v reflect.Value) int { return v.Len() },
		write: func(b []byte, v reflect.Value) ([]byte, error) {
			s := v.String()
			return append(appendHead(b, majorText, uint64(len(s))), s...), nil
		},
		read: func(b []byte, v reflect.Value) ([]byte, error) {
			body, rest, err := take(b, majorText)
			if err == nil && !utf8.Valid(body) {
				err = fmt.Errorf("%w: text that is not UTF-8", ErrForm)
			}
			if err == nil {
				v.SetString(string(body))
			}
			return rest, err
		},
	}
}

func bytesPlan() *plan {
	return &plan{
		least: 1, usual: 3,
		more: func(v reflect.Value) int { return v.Len() },
		write: func(b []byte, v reflect.Value) ([]byte, error) {
			s := v.Bytes()
			return append(appendHead(b, majorBytes, uint64(len(s))), s...), nil
		},
		read: func(b []byte, v reflect.Value) ([]byte, error) {
			body, rest, err := take(b, majorBytes)
			if err == nil {
				v.SetBytes(append(make([]byte, 0, len(body)), body...))
			}
			return rest, err
		},
	}
}

// fixedPlan is that of an array of n bytes.
func fixedPlan(n int) *plan {
	front := appendHead(nil, majorBytes, uint64(n))
	return &plan{
		least: len(front) + n, usual: len(front) + n,
		write: func(b []byte, v reflect.Value) ([]byte, error) {
			return append(append(b, front...), v.Bytes()...), nil
		},
		read: func(b []byte, v reflect.Value) ([]byte, error) {
			if len(b) < len(front)+n || string(b[:len(front)]) != string(front) {
				return nil, fmt.Errorf("%w: want a byte string of %d", ErrForm, n)
			}
			copy(v.Bytes(), b[len(front):])
			return b[len(front)+n:], nil
		},
	}
}

func slicePlan(t reflect.Type, depth int) (*plan, error) {
	elem, err := planOf(t.Elem(), depth+1)
	if err != nil {
		return nil, err
	}
	return &plan{
		least: 1, usual: 2,
		more: func(v reflect.Value) int {
			n := v.Len() * elem.usual
			for i := 0; elem.more != nil && i < v.Len(); i++ {
				n += elem.more(v.Index(i))
			}
			return n
		},
		write: func(b []byte, v reflect.Value) (_ []byte, err error) {
			n := v.Len()
			b = appendHead(b, majorArray, uint64(n))
			for i := 0; i < n && err == nil; i++ {
				b, err = elem.write(b, v.Index(i))
			}
			return b, err
		},
		read: func(b []byte, v reflect.Value) ([]byte, error) {
			n, b, err := head(b, majorArray)
			switch {
			case err != nil:
				return nil, err
			case n > elementsMax || n > uint64(len(b)/elem.least): // before there is room made for them
				return nil, fmt.Errorf("%w: %d elements in %d bytes", ErrForm, n, len(b))
			}
			list := reflect.MakeSlice(t, int(n), int(n))
			v.Set(list)
			for i := 0; i < int(n) && err == nil; i++ {
				b, err = elem.read(b, list.Index(i))
			}
			return b, err
		},
	}, nil
}

func pointerPlan(t reflect.Type, depth int) (*plan, error) {
	elem, err := planOf(t.Elem(), depth+1)
	if err != nil || t.Elem().Kind() == reflect.Pointer {
		return nil, fmt.Errorf("%w: %v", errPlan, t)
	}
	return &plan{
		least: 1, usual: 1,
		more: func(v reflect.Value) int {
			if v.IsNil() {
				return 0
			}
			return elem.room(v.Elem())
		},
		write: func(b []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return append(b, itemNull), nil
			}
			return elem.write(b, v.Elem())
		},
		read: func(b []byte, v reflect.Value) ([]byte, error) {
			if len(b) > 0 && b[0] == itemNull {
				v.SetZero()
				return b[1:], nil
			}
			to := reflect.New(t.Elem())
			v.Set(to)
			return elem.read(b, to.Elem())
		},
	}, nil
}

// structPlan is that of a struct with the option toarray: an array of its
// exported fields in their order.
func structPlan(t reflect.Type, depth int) (*plan, error) {
	mark, ok := t.FieldByName("_")
	if !ok || mark.Tag.Get("cbor") != ",toarray" {
		return nil, fmt.Errorf("%w: %v is not written as an array", errPlan, t)
	}
	var index []int
	var plans []*plan
	for i := range t.NumField() {
		f := t.Field(i)
		name := fieldName(&f)
		switch {
		case name == "-" || !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous && (name == "" || !f.IsExported() || f.Type.Kind() == reflect.Pointer):
			return nil, fmt.Errorf("%w: %v has the fields of %v", errPlan, t, f.Type)
		}
		p, err := planOf(f.Type, depth+1)
		if err != nil {
			return nil, err
		}
		index, plans = append(index, i), append(plans, p)
	}
	front := appendHead(nil, majorArray, uint64(len(plans)))
	least, usual := len(front), len(front)
	var long []int // fields whose length is not known ahead
	for i, p := range plans {
		least, usual = least+p.least, usual+p.usual
		if p.more != nil {
			long = append(long, i)
		}
	}
	var more func(v reflect.Value) int
	if len(long) > 0 {
		more = func(v reflect.Value) (n int) {
			for _, i := range long {
				n += plans[i].more(v.Field(index[i]))
			}
			return n
		}
	}
	return &plan{
		least: least, usual: usual, more: more,
		write: func(b []byte, v reflect.Value) (_ []byte, err error) {
			b = append(b, front...)
			for i := 0; i < len(plans) && err == nil; i++ {
				b, err = plans[i].write(b, v.Field(index[i]))
			}
			return b, err
		},
		read: func(b []byte, v reflect.Value) (_ []byte, err error) {
			if len(b) < least || string(b[:len(front)]) != string(front) {
				return nil, fmt.Errorf("%w: want an array of %d", ErrForm, len(plans))
			}
			b = b[len(front):]
			for i := 0; i < len(plans) && err == nil; i++ {
				b, err = plans[i].read(b, v.Field(index[i]))
			}
			return b, err
		},
	}, nil
}

// fieldName is the first part of a field's tag, as the library finds it.
func fieldName(f *reflect.StructField) string {
	tag := f.Tag.Get("cbor")
	if tag == "" {
		tag = f.Tag.Get("json")
	}
	name, _, _ := strings.Cut(tag, ",")
	return name
}

// The first bits of an item, and items of one byte (RFC 8949 §3).
const (
	majorUint  byte = 0 << 5
	majorBytes byte = 2 << 5
	majorText  byte = 3 << 5
	majorArray byte = 4 << 5
	majorBits  byte = 7 << 5

	itemFalse byte = 0xf4
	itemTrue  byte = 0xf5
	itemNull  byte = 0xf6
)

// appendHead writes the beginning of an item: its major type and the shortest
// form of its number.
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	case n < 1<<16:
		return append(b, major|25, byte(n>>8), byte(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

// AppendArray writes the beginning of an array of n items as a plan does, for a
// type that is written too often to be looked at field by field.
func AppendArray(b []byte, n int) []byte { return appendHead(b, majorArray, uint64(n)) }

// AppendUint writes a number likewise.
func AppendUint(b []byte, n uint64) []byte { return appendHead(b, majorUint, n) }

// AppendBytes writes a byte string likewise.
func AppendBytes(b, s []byte) []byte { return append(appendHead(b, majorBytes, uint64(len(s))), s...) }

// head reads what appendHead writes, and nothing else.
func head(b []byte, major byte) (n uint64, rest []byte, err error) {
	if len(b) == 0 || b[0]&majorBits != major {
		return 0, nil, fmt.Errorf("%w: another type of item", ErrForm)
	}
	low := b[0] &^ majorBits
	if low < 24 {
		return uint64(low), b[1:], nil
	}
	size := 1 << (low & 3)
	if low > 27 || len(b) <= size {
		return 0, nil, fmt.Errorf("%w: the beginning of an item", ErrForm)
	}
	for _, d := range b[1 : 1+size] {
		n = n<<8 | uint64(d)
	}
	if n < 24 || size > 1 && n>>(4*size) == 0 {
		return 0, nil, fmt.Errorf("%w: a number in a longer form", ErrForm)
	}
	return n, b[1+size:], nil
}

// take reads a string of bytes or text.
func take(b []byte, major byte) (body, rest []byte, err error) {
	n, rest, err := head(b, major)
	if err != nil {
		return nil, nil, err
	}
	if n > uint64(len(rest)) {
		return nil, nil, fmt.Errorf("%w: a string of %d in %d bytes", ErrForm, n, len(rest))
	}
	return rest[:n], rest[n:], nil
}
