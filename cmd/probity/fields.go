package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"probity/chain/route"
	"probity/chain/types"
)

// fields are the flags that a struct's JSON members give: --per-epoch for the
// member perEpoch, which may be written --perEpoch too.
type fields struct {
	typ    reflect.Type
	flags  []field
	values map[string]*fieldValue
}

type field struct {
	Member string // JSON name
	Flag   string
	Type   reflect.Type
	Needed bool // by a message: all that has no plain way to be absent
}

// fieldValue is one flag's text, turned into JSON as it is set.
type fieldValue struct {
	typ  reflect.Type
	json json.RawMessage
	text string
}

// fieldsOf lists the flags of a struct type.
func fieldsOf(t reflect.Type) *fields {
	out := &fields{typ: t, values: map[string]*fieldValue{}}
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		optional := strings.Contains(opts, "omitempty") || f.Type.Kind() == reflect.Pointer || f.Type.Kind() == reflect.Bool ||
			f.Type.Kind() == reflect.Slice && f.Type != reflect.TypeFor[types.Bytes]()
		out.flags = append(out.flags, field{Member: name, Flag: kebab(name), Type: f.Type, Needed: !optional})
	}
	return out
}

// declare adds the flags. A member called like one of the command's own flags
// gets a prefix: --msg-home.
func (f *fields) declare(set *pflag.FlagSet) {
	for i := range f.flags {
		fl := &f.flags[i]
		if set.Lookup(fl.Flag) != nil {
			fl.Flag = "msg-" + fl.Flag
		}
		v := &fieldValue{typ: fl.Type}
		f.values[fl.Member] = v
		set.Var(v, fl.Flag, form(fl.Type))
		if fl.Type.Kind() == reflect.Bool {
			set.Lookup(fl.Flag).NoOptDefVal = "true"
		}
	}
	set.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(kebab(name))
	})
}

// object is what the flags say, as JSON. With all set it has every member: a
// list that is not given is empty, and a missing flag that the message cannot
// do without is an error.
func (f *fields) object(all bool) (json.RawMessage, error) {
	members := map[string]json.RawMessage{}
	for _, fl := range f.flags {
		v := f.values[fl.Member]
		switch {
		case v.json != nil:
			members[fl.Member] = v.json
		case all && fl.Needed:
			return nil, usage("--%s is missing: want %s", fl.Flag, form(fl.Type))
		case all && fl.Type.Kind() == reflect.Slice:
			members[fl.Member] = json.RawMessage("[]")
		}
	}
	return json.Marshal(members)
}

// message is what the flags say, as a value of the struct type.
func (f *fields) message() (any, error) {
	raw, err := f.object(true)
	if err != nil {
		return nil, err
	}
	v := reflect.New(f.typ)
	if err := route.ReadJSON(raw, v.Interface()); err != nil {
		return nil, usage("%w", err)
	}
	return v.Elem().Interface(), nil
}

// String is the flag's text as it was given.
func (v *fieldValue) String() string { return v.text }

// Type is the word that help shows for the flag's value.
func (v *fieldValue) Type() string { return kind(v.typ) }

// Set takes the flag's text. A list takes commas, and the flag again.
func (v *fieldValue) Set(text string) error {
	raw, err := toJSON(v.typ, text)
	if err != nil {
		return err
	}
	if v.json != nil && v.typ.Kind() == reflect.Slice && raw[0] == '[' && string(raw) != "[]" && len(v.json) > 2 {
		raw = append(append(append(json.RawMessage{}, v.json[:len(v.json)-1]...), ','), raw[1:]...)
	}
	probe := reflect.New(v.typ)
	if err := route.ReadJSON(raw, probe.Interface()); err != nil {
		return err
	}
	v.text, v.json = text, raw
	return nil
}

// toJSON turns a flag's text into the JSON of a type.
func toJSON(t reflect.Type, text string) (json.RawMessage, error) {
	if t.Kind() == reflect.Pointer {
		return toJSON(t.Elem(), text)
	}
	if t == reflect.TypeFor[types.Amount]() {
		a, err := parseAmount(text)
		if err != nil {
			return nil, err
		}
		return json.Marshal(a)
	}
	if textual(t) || t.Kind() == reflect.String {
		return json.Marshal(text)
	}
	switch t.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("want true or false")
		}
		return json.Marshal(b)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		n, err := strconv.ParseUint(text, 0, t.Bits())
		if err != nil {
			return nil, fmt.Errorf("want a whole number below 2^%d", t.Bits())
		}
		return json.Marshal(n)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		n, err := strconv.ParseInt(text, 0, t.Bits())
		if err != nil {
			return nil, fmt.Errorf("want a whole number")
		}
		return json.Marshal(n)
	case reflect.Slice:
		if !scalar(t.Elem()) || strings.HasPrefix(strings.TrimSpace(text), "[") {
			break
		}
		items := []json.RawMessage{}
		for _, part := range strings.Split(text, ",") {
			raw, err := toJSON(t.Elem(), strings.TrimSpace(part))
			if err != nil {
				return nil, err
			}
			items = append(items, raw)
		}
		return json.Marshal(items)
	}
	if !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("want JSON")
	}
	if t == reflect.TypeFor[[]types.Msg]() {
		return toMessages(json.RawMessage(text))
	}
	return json.RawMessage(text), nil
}

// toMessages turns a list of messages by names, the actions of a proposal, into
// one by numbers.
func toMessages(list json.RawMessage) (json.RawMessage, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(list, &items); err != nil {
		return nil, fmt.Errorf("want a list of messages")
	}
	for i, item := range items {
		var s route.Spoken
		if json.Unmarshal(item, &s) != nil {
			continue // by numbers already
		}
		m, err := table().Hear(s)
		if err != nil {
			return nil, fmt.Errorf("[%d].%w", i, err)
		}
		if items[i], err = json.Marshal(m); err != nil {
			return nil, err
		}
	}
	return json.Marshal(items)
}

// parseAmount reads base units, or whole units with up to nine decimals where
// the text ends in $ or REP: 2500000000, 2.5$, 2.5REP.
func parseAmount(text string) (types.Amount, error) {
	t := strings.TrimSpace(text)
	for _, unit := range []string{"$", "rep"} {
		if whole, ok := strings.CutSuffix(strings.ToLower(t), unit); ok {
			return types.ParseDecimal(strings.TrimSpace(whole))
		}
	}
	if strings.Contains(t, ".") {
		return types.Amount{}, fmt.Errorf("%q: base units have no decimals; whole units end in $ or REP, as in %s$", text, t)
	}
	var a types.Amount
	err := a.UnmarshalText([]byte(t))
	return a, err
}

// textual reports whether a type reads itself from text.
func textual(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// scalar reports whether a flag's text without brackets can be one of a list.
func scalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Map, reflect.Pointer:
		return textual(t)
	}
	return true
}

// kind is one word for a type.
func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kind(t.Elem())
	case reflect.Slice:
		if !textual(t) {
			return kind(t.Elem()) + "s"
		}
	}
	if textual(t) {
		return strings.ToLower(t.Name())
	}
	switch t.Kind() {
	case reflect.Bool:
		return ""
	case reflect.String:
		return "text"
	case reflect.Struct, reflect.Map:
		return "json"
	}
	return "number"
}

// form says what a flag of a type takes.
func form(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return form(t.Elem())
	case reflect.Slice:
		if !textual(t) {
			if !scalar(t.Elem()) {
				return "a list, as JSON"
			}
			return "a list with commas, each " + form(t.Elem())
		}
	}
	switch t.String() {
	case "types.Amount":
		return "an amount: base units, or 2.5$ or 2.5REP"
	case "keys.Address":
		return "an address, prb1…"
	case "keys.Hash":
		return "a hash, 0x and 64 hex digits"
	case "keys.PublicKey":
		return "a public key, 0x and 64 hex digits"
	case "keys.Signature":
		return "a signature, 0x and 128 hex digits"
	case "types.Bytes":
		return "bytes, 0x and hex digits"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "a switch"
	case reflect.String:
		return "a text"
	case reflect.Struct, reflect.Map:
		return "an object, as JSON"
	}
	if textual(t) {
		return "a " + strings.ToLower(t.Name())
	}
	return "a whole number"
}

// kebab turns perEpoch into per-epoch.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 && name[i-1] != '-' {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
