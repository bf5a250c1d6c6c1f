package rpc

import (
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"probity/chain/route"
	"probity/chain/types"
)

// itemsMax bounds a list inside params: an empty item costs a stranger two
// bytes and the node a whole struct.
const itemsMax = 4096

// strictness tells which fields may be left out, and how messages inside of
// messages, the actions of proposals, are named.
type strictness struct {
	all     bool        // nothing may be left out
	table   route.Table // of the named messages; nil: there are none
	version uint32
}

var (
	// reads want what identifies; numbers, switches, choices, lists and cursors
	// have a meaning when they are absent.
	reads = strictness{}
	// signs wants everything: what is signed leaves nothing to a default.
	signs = strictness{all: true}
)

// field is one member that a struct reads.
type field struct {
	name     string
	index    []int
	typ      reflect.Type
	required bool
}

type shapeKey struct {
	typ reflect.Type
	all bool
}

var shapes sync.Map // shapeKey → []field

// shapeOf lists the JSON members of a struct type in the order of its fields,
// which is also the order of positional params.
func shapeOf(t reflect.Type, strict strictness) []field {
	if s, ok := shapes.Load(shapeKey{t, strict.all}); ok {
		return s.([]field)
	}
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || f.Name == "_":
			continue
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			for _, in := range shapeOf(f.Type, strict) {
				in.index = append([]int{i}, in.index...)
				out = append(out, in)
			}
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		must := required(f.Type, strict) && !strings.Contains(opts, "omitempty") && (strict.all || name != "cursor") ||
			f.Tag.Get("rpc") == "required"
		out = append(out, field{name, []int{i}, f.Type, must})
	}
	for i := range out {
		if i > 0 && !strict.all && !out[i-1].required {
			out[i].required = false
		}
	}
	shapes.Store(shapeKey{t, strict.all}, out)
	return out
}

// required says whether a field of type t must be given.
func required(t reflect.Type, strict strictness) bool {
	if t.Kind() == reflect.Pointer {
		return false
	}
	if strict.all {
		return true
	}
	switch t.Kind() {
	case reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8, reflect.Int, reflect.Int64, reflect.Int32, reflect.Bool:
		return false
	case reflect.Slice, reflect.Map:
		return isText(t)
	}
	return true
}

var (
	textType = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonType = reflect.TypeFor[json.Unmarshaler]()
)

func isText(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textType) }

// target is where one member of params goes.
type target struct {
	name     string
	required bool
	given    bool
	value    reflect.Value
}

// targets of a struct value.
func targets(v reflect.Value, strict strictness) []target {
	shape := shapeOf(v.Type(), strict)
	out := make([]target, len(shape))
	for i, f := range shape {
		out[i] = target{name: f.name, required: f.required, value: v.FieldByIndex(f.index)}
	}
	return out
}

// readParams fills targets from params, by name or by position.
func readParams(raw []byte, to []target, strict strictness) error {
	if raw == nil {
		raw = []byte("{}")
	}
	if raw[0] == '{' {
		return readMembers("", raw, to, strict)
	}
	var err error
	i := 0
	eachItem(raw, func(item []byte) bool {
		if i >= len(to) {
			err = badParams("too many params").hint("they are %s, in this order", names(to)).values(fmt.Sprintf("%d or more", i+1), len(to))
			return false
		}
		if string(item) != "null" {
			err = readValue(to[i].name, item, to[i].value, strict)
			to[i].given = true
		}
		i++
		return err == nil
	})
	if err != nil {
		return err
	}
	return missing("", to)
}

// readMembers fills targets from an object.
func readMembers(path string, raw []byte, to []target, strict strictness) error {
	var err error
	seen := make([]bool, len(to))
	eachMember(raw, func(name, value []byte) bool {
		i := 0
		for i < len(to) && to[i].name != string(name) {
			i++
		}
		switch {
		case i == len(to):
			err = unknownMember(join(path, clip(name)), string(name), to)
		case seen[i]:
			err = badParams("member %q is given twice", join(path, clip(name))).hint("give it once")
		case string(value) != "null":
			err = readValue(join(path, to[i].name), value, to[i].value, strict)
			to[i].given = true
		}
		if i < len(to) {
			seen[i] = true
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	return missing(path, to)
}

func missing(path string, to []target) error {
	for _, t := range to {
		if t.required && !t.given {
			return badParams("member %q is missing", join(path, t.name)).
				hint("the members are %s", names(to)).values(nil, describe(t.value.Type()))
		}
	}
	return nil
}

func unknownMember(path, name string, to []target) error {
	all := make([]string, len(to))
	for i := range to {
		all[i] = to[i].name
	}
	e := badParams("unknown member %q", path).values(clip([]byte(name)), all)
	if near := nearest(name, all); near != "" {
		return e.hint("did you mean %q?", near)
	}
	if len(all) == 0 {
		return e.hint("none is taken here")
	}
	return e.hint("the members are %s", names(to))
}

func names(to []target) string {
	all := make([]string, len(to))
	for i := range to {
		all[i] = to[i].name
	}
	return strings.Join(all, ", ")
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// readValue fills v from raw. Numbers may also be given as strings, decimal or
// 0x, since other languages read a large number as a float.
func readValue(path string, raw []byte, v reflect.Value, strict strictness) error {
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer:
		if string(raw) == "null" {
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(t.Elem()))
		return readValue(path, raw, v.Elem(), strict)
	case isText(t):
		return readText(path, raw, v)
	case t == reflect.TypeFor[types.Msg]() && strict.table != nil && named(raw):
		return readAction(path, raw, v, strict)
	case reflect.PointerTo(t).Implements(jsonType):
		return wrong(path, raw, t, json.Unmarshal(raw, v.Addr().Interface()))
	}
	switch t.Kind() {
	case reflect.Struct:
		if raw[0] != '{' {
			return wrong(path, raw, t, errors.New("not an object"))
		}
		return readMembers(path, raw, targets(v, strict), strict)
	case reflect.Slice:
		return readList(path, raw, v, strict)
	case reflect.Uint64, reflect.Uint32, reflect.Uint16, reflect.Uint8, reflect.Uint:
		n, err := readUint(raw, t.Bits())
		v.SetUint(n)
		return wrong(path, raw, t, err)
	case reflect.Int, reflect.Int64, reflect.Int32:
		n, err := readInt(raw, t.Bits())
		v.SetInt(n)
		return wrong(path, raw, t, err)
	}
	if json.Unmarshal(raw, v.Addr().Interface()) != nil {
		return wrong(path, raw, t, errors.New("not of this type"))
	}
	return nil
}

func readText(path string, raw []byte, v reflect.Value) error {
	u := v.Addr().Interface().(encoding.TextUnmarshaler)
	s := raw
	switch {
	case raw[0] == '"':
		s = text(raw)
	case raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') || !numeric(v.Type()):
		return wrong(path, raw, v.Type(), errors.New("not a string"))
	}
	if v.Type() == reflect.TypeFor[types.Weight]() { // decimal digits, but 0x is read everywhere
		n, err := readUint(raw, 64)
		if err != nil {
			return wrong(path, raw, v.Type(), err)
		}
		s = strconv.AppendUint(nil, n, 10)
	}
	return wrong(path, raw, v.Type(), u.UnmarshalText(s))
}

func readList(path string, raw []byte, v reflect.Value, strict strictness) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		if raw[0] == '"' {
			if s := text(raw); len(s) >= 2 && s[0] == '0' && s[1] == 'x' {
				b, err := hex.DecodeString(string(s[2:]))
				v.SetBytes(b)
				return wrong(path, raw, v.Type(), err)
			}
		}
		return wrong(path, raw, v.Type(), errors.New("want 0x and hex digits"))
	}
	if raw[0] != '[' {
		return wrong(path, raw, v.Type(), errors.New("not a list"))
	}
	n := 0
	eachItem(raw, func([]byte) bool { n++; return true })
	if n > itemsMax {
		return limited("ITEMS", n, itemsMax, "%s: %d items", path, n)
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	var err error
	i := 0
	eachItem(raw, func(item []byte) bool {
		err = readValue(fmt.Sprintf("%s[%d]", path, i), item, v.Index(i), strict)
		i++
		return err == nil
	})
	return err
}

// readUint reads a whole number, or a string of decimal or 0x digits.
func readUint(raw []byte, bits int) (uint64, error) {
	s, base := string(raw), 10
	if raw[0] == '"' {
		s = string(text(raw))
		if h, ok := strings.CutPrefix(s, "0x"); ok {
			s, base = h, 16
		}
	}
	n, err := strconv.ParseUint(s, base, bits)
	if err != nil || s[0] == '+' {
		return 0, errors.New("not a whole number in range")
	}
	return n, nil
}

// readInt is readUint for numbers that may be negative.
func readInt(raw []byte, bits int) (int64, error) {
	s := string(raw)
	if raw[0] == '"' {
		s = string(text(raw))
	}
	if digits, ok := strings.CutPrefix(s, "-"); ok {
		n, err := strconv.ParseInt("-"+digits, 10, bits)
		if err != nil {
			return 0, errors.New("not a whole number in range")
		}
		return n, nil
	}
	n, err := readUint(raw, bits-1)
	return int64(n), err
}

// wrong makes an error about the value at path, unless err is nil.
func wrong(path string, raw []byte, t reflect.Type, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	given := raw
	if raw[0] == '"' {
		given = text(raw)
	}
	return badParams("%s: %s", path, clipTo(200, []byte(err.Error()))).
		hint("%s", describe(t)).values(clip(given), describe(t))
}
