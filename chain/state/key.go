package state

import (
	"encoding/binary"
	"fmt"
	"reflect"
)

// keyType is how the keys of a Map become bytes that order as they do.
type keyType struct {
	composite bool // a struct; else one part
	parts     int
}

// keyTypeOf looks at K once, when the region is declared.
func keyTypeOf[K any](region Region) keyType {
	t := reflect.TypeFor[K]()
	if t.Kind() != reflect.Struct {
		checkPart(region, t, true)
		return keyType{parts: 1}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			panic(fmt.Sprintf("state: region %v: key field %s is not exported", region, f.Name))
		}
		checkPart(region, f.Type, i == t.NumField()-1)
	}
	return keyType{composite: true, parts: t.NumField()}
}

// checkPart panics for what has no bytes that order as it does: signed numbers
// would put the negative ones last, strings before other parts would run into
// them.
func checkPart(region Region, t reflect.Type, last bool) {
	switch t.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return
		}
	case reflect.String:
		if last {
			return
		}
	}
	panic(fmt.Sprintf("state: region %v: no key part can be a %v here", region, t))
}

// append appends the first n parts of *k.
func (t keyType) append(b []byte, k any, n int) []byte {
	v := reflect.ValueOf(k).Elem()
	if !t.composite {
		if n == 0 {
			return b
		}
		return appendPart(b, v)
	}
	for i := range n {
		b = appendPart(b, v.Field(i))
	}
	return b
}

func appendPart(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Array:
		return append(b, v.Bytes()...)
	case reflect.String:
		return append(b, v.String()...)
	}
	return binary.BigEndian.AppendUint64(b, v.Uint())
}

// read fills *k from all of b and says whether b is what append gives for it.
func (t keyType) read(b []byte, k any) (ok bool) {
	v := reflect.ValueOf(k).Elem()
	if !t.composite {
		b, ok = readPart(b, v)
		return ok && len(b) == 0
	}
	for i := range t.parts {
		if b, ok = readPart(b, v.Field(i)); !ok {
			return false
		}
	}
	return len(b) == 0
}

// readPart fills v and returns what follows it.
func readPart(b []byte, v reflect.Value) ([]byte, bool) {
	switch v.Kind() {
	case reflect.Array:
		if len(b) < v.Len() {
			return nil, false
		}
		return b[copy(v.Bytes(), b):], true
	case reflect.String:
		v.SetString(string(b))
		return nil, true
	}
	if len(b) < 8 {
		return nil, false
	}
	x := binary.BigEndian.Uint64(b)
	if v.OverflowUint(x) {
		return nil, false
	}
	v.SetUint(x)
	return b[8:], true
}
