package main

import (
	"encoding"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/types"
)

// Goal: every message can be said in flags. Method: random values of every
// message type of the table, written as flags member by member, read back and
// compared by their one byte form.
func TestFlagsSayEveryMessage(t *testing.T) {
	for _, r := range table() {
		for i := range r.Msgs {
			m := &r.Msgs[i]
			t.Run(r.Name+"/"+m.Name, func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					want := reflect.New(m.Type).Elem()
					fill(t, want, 0)
					f := fieldsOf(m.Type)
					set := pflag.NewFlagSet("test", pflag.ContinueOnError)
					set.SetOutput(io.Discard)
					f.declare(set)
					if err := set.Parse(say(t, f, want)); err != nil {
						t.Fatal(err)
					}
					got, err := f.message()
					if err != nil {
						t.Fatal(err)
					}
					if a, b := codec.MustMarshal(got), codec.MustMarshal(want.Interface()); string(a) != string(b) {
						t.Fatalf("%s became %s", mustJSON(want.Interface()), mustJSON(got))
					}
				})
			})
		}
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// say writes a value as a command line.
func say(t *rapid.T, f *fields, v reflect.Value) []string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(mustJSON(v.Interface())), &members); err != nil {
		t.Fatal(err)
	}
	var args []string
	for _, fl := range f.flags {
		raw, ok := members[fl.Member]
		if !ok || string(raw) == "null" {
			continue
		}
		text := string(raw)
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &text); err != nil {
				t.Fatal(err)
			}
		}
		name := fl.Flag
		if rapid.Bool().Draw(t, "camel") {
			name = fl.Member
		}
		args = append(args, "--"+name+"="+text)
	}
	return args
}

// named lists the numbers below 32 that a type of numbers with names has names for.
func named(t reflect.Type) (out []uint64) {
	if t.Kind() < reflect.Uint || t.Kind() > reflect.Uint64 || !textual(t) {
		return nil
	}
	for n := range uint64(32) {
		v, back := reflect.New(t), reflect.New(t)
		v.Elem().SetUint(n)
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err == nil && back.Interface().(encoding.TextUnmarshaler).UnmarshalText(text) == nil && back.Elem().Uint() == n {
			out = append(out, n)
		}
	}
	return out
}

// fill draws a value of any type that a message may hold. Byte arrays and texts
// with a form of their own stay zero where that is one of their values.
func fill(t *rapid.T, v reflect.Value, depth int) {
	switch v.Type() {
	case reflect.TypeFor[types.Amount]():
		v.Set(reflect.ValueOf(types.NewAmount(rapid.Uint64().Draw(t, "amount"))))
		return
	case reflect.TypeFor[types.Weight]():
		v.SetUint(rapid.Uint64Max(1<<62-1).Draw(t, "weight"))
		return
	}
	if names := named(v.Type()); len(names) > 0 {
		v.SetUint(rapid.SampledFrom(names).Draw(t, "choice"))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(t, v.Field(i), depth+1)
			}
		}
	case reflect.Pointer:
		if v.Type().Elem().Kind() == reflect.Struct && speaks(v.Type().Elem()) {
			return
		}
		if depth < 4 && rapid.Bool().Draw(t, "present") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), depth+1)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), depth+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), depth+1)
		}
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "switch"))
	case reflect.String:
		v.SetString(rapid.StringMatching(`[a-z ,"\[\]{}=-]{0,12}`).Draw(t, "text"))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		v.SetUint(rapid.Uint64Max(1<<v.Type().Bits()-1).Draw(t, "number"))
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	}
}

// speaks reports whether a type holds the kind of a statement, whose name is
// written to JSON and not read from it: flags take its number instead.
func speaks(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return speaks(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if speaks(t.Field(i).Type) {
				return true
			}
		}
	}
	return t == reflect.TypeFor[types.Kind]() && !textual(t)
}

// Goal: amounts are read as people and as programs write them, and nothing in
// between. Method: a table.
func TestParseAmount(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "2500000000": "2500000000", "2.5$": "2500000000", "2.5 $": "2500000000", "7REP": "7000000000",
		"7 rep": "7000000000", "0.000000001$": "1", "0x10": "16",
		"2.5": "", "": "", "$": "", "-1": "", "1e9": "", "0.0000000001$": "", "1$$": "", "2,5$": "",
	} {
		a, err := parseAmount(text)
		if want == "" {
			if err == nil {
				t.Errorf("%q was read as %s", text, a)
			}
			continue
		}
		if err != nil || a.String() != want {
			t.Errorf("%q: %s, %v, want %s", text, a, err, want)
		}
	}
}

// Goal: every command can be built: no two flags of one command have a name.
// Method: build the whole tree, which panics where that does not hold, and ask
// each command for its help.
func TestEveryCommandHasHelp(t *testing.T) {
	beside(t, workTrack)
	var walk func(path []string, c command)
	walk = func(path []string, c command) {
		path = append(path[:len(path):len(path)], c.Name)
		var out strings.Builder
		s := &streams{in: strings.NewReader(""), out: &out, err: &out}
		if code := run(t.Context(), append(path, "--help"), s); code != exitDone || !strings.Contains(out.String(), "Usage:") {
			t.Errorf("%s --help: code %d, %s", strings.Join(path, " "), code, out.String())
		}
		if c.Short == "" {
			t.Errorf("%s has no sentence for help", strings.Join(path, " "))
		}
		for _, sub := range c.Sub {
			walk(path, sub)
		}
	}
	for _, c := range commands() {
		walk(nil, c)
	}
}
