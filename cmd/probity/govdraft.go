package main

import (
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/forum"
	"probity/chain/types"
)

// draft is a message that somebody thinks about before it is sent: a file that
// people write. message is "route/name"; the body has the message's members.
//
// Beside what the message's JSON takes, amounts may end in $ or REP, bytes may
// be a text, and actions are written by their names.
type draft struct {
	Path  string
	Route *route.Route
	Msg   *route.Msg
	Body  reflect.Value // of type Msg.Type
}

// draftKinds are what drafts are made for, by their short names.
var draftKinds = map[string]string{
	"proposal":   "legislature/submit",
	"accusation": "court/accuse",
	"candidate":  "release/submit_rc",
	"post":       "forum/publish",
}

// readDraft reads a draft. Errors name the member.
func readDraft(path string) (*draft, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, failed("cannot read the draft", path, oneLine(errors.Unwrap(err)))
	}
	var file struct {
		Message string         `toml:"message"`
		Body    map[string]any `toml:"body"`
	}
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			return nil, failed("not a draft", fmt.Sprintf("%s:%d", path, at.Position.Line), at.Message)
		}
		return nil, failed("not a draft", path, oneLine(err))
	}
	for _, key := range meta.Keys() {
		if key[0] != "message" && key[0] != "body" {
			return nil, failed(fmt.Sprintf("%s: no such member", key), path, `a draft has "message" and a table [body]`)
		}
	}
	d := &draft{Path: path}
	if d.Route, d.Msg, err = messageOf(file.Message); err != nil {
		return nil, failed(oneLine(err), path, `write message = "legislature/submit", or make a draft with probity gov draft`)
	}
	d.Body = reflect.New(d.Msg.Type).Elem()
	if err := fromText("body", file.Body, d.Body); err != nil {
		return nil, failed(oneLine(err), path, "see probity gov draft "+kindOfDraft(file.Message)+" for what it takes")
	}
	filled(d.Body)
	hash, inline := d.Body.FieldByName("Content"), d.Body.FieldByName("Inline") // of a post or an accusation
	if hash.IsValid() && inline.IsValid() && hash.IsZero() && inline.Len() > 0 {
		hash.Set(reflect.ValueOf(keys.Sum(inline.Bytes())))
	}
	return d, nil
}

// filled makes lists that were not given empty ones, as nodes want them.
func filled(v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Field(i); f.CanSet() && f.Kind() == reflect.Slice && f.IsNil() {
			f.Set(reflect.MakeSlice(f.Type(), 0, 0))
		}
	}
}

// by fills in what follows from who sends the draft: a post without authors is
// its sender's.
func (d *draft) by(h home, from string) error {
	m, ok := d.Body.Interface().(forum.Publish)
	if !ok || len(m.Authors) > 0 {
		return nil
	}
	who, err := proposerOf(h, from)
	if err != nil {
		return err
	}
	m.Authors = []forum.Author{{Address: who, PPM: types.Million}}
	d.Body.Set(reflect.ValueOf(m))
	return nil
}

func kindOfDraft(message string) string {
	for kind, m := range draftKinds {
		if m == message {
			return kind
		}
	}
	return message
}

// messageOf finds "route/name".
func messageOf(name string) (*route.Route, *route.Msg, error) {
	of, msg, _ := strings.Cut(name, "/")
	r := table().Find(of)
	if r == nil {
		return nil, nil, fmt.Errorf("message %q: no route %q", name, of)
	}
	m := r.Msg(msg)
	if m == nil {
		return nil, nil, fmt.Errorf("message %q: route %s has no such message", name, of)
	}
	return r, m, nil
}

// fromText fills v from what TOML gave.
func fromText(path string, in any, v reflect.Value) error {
	t := v.Type()
	switch {
	case t == reflect.TypeFor[types.Msg]():
		return actionFromText(path, in, v)
	case t == reflect.TypeFor[types.Bytes]():
		s, ok := in.(string)
		if !ok {
			return fmt.Errorf("%s: want a text, or 0x and hex digits", path)
		}
		if b, err := hex.DecodeString(strings.TrimPrefix(s, "0x")); err == nil && strings.HasPrefix(s, "0x") {
			v.SetBytes(b)
			return nil
		}
		v.SetBytes([]byte(s))
		return nil
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		return fromText(path, in, v.Elem())
	case t.Kind() == reflect.Struct && !textual(t):
		return membersFromText(path, in, v)
	case t.Kind() == reflect.Slice && !textual(t):
		items, ok := asList(in)
		if !ok {
			return fmt.Errorf("%s: want a list", path)
		}
		v.Set(reflect.MakeSlice(t, len(items), len(items)))
		for i, item := range items {
			if err := fromText(fmt.Sprintf("%s[%d]", path, i), item, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	raw, err := toJSON(t, fmt.Sprint(in))
	if err == nil {
		err = route.ReadJSON(raw, v.Addr().Interface())
	}
	if err != nil {
		return fmt.Errorf("%s: %q: %w", path, fmt.Sprint(in), err)
	}
	return nil
}

func asList(in any) ([]any, bool) {
	switch l := in.(type) {
	case []any:
		return l, true
	case []map[string]any: // an array of tables
		out := make([]any, len(l))
		for i := range l {
			out[i] = l[i]
		}
		return out, true
	}
	return nil, false
}

// membersFromText fills a struct; members that are missing stay zero.
func membersFromText(path string, in any, v reflect.Value) error {
	given, ok := in.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: want a table", path)
	}
	fields := map[string]int{}
	for i := range v.NumField() {
		if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
			fields[name] = i
		}
	}
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		i, ok := fields[name]
		if !ok {
			known := make([]string, 0, len(fields))
			for f := range fields {
				known = append(known, f)
			}
			sort.Strings(known)
			return fmt.Errorf("%s.%s: no such member: there are %s", path, name, strings.Join(known, ", "))
		}
		if err := fromText(path+"."+name, given[name], v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// actionFromText reads a message inside of a message.
func actionFromText(path string, in any, v reflect.Value) error {
	given, ok := in.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: want a table with route, message and body", path)
	}
	name := fmt.Sprintf("%v/%v", given["route"], given["message"])
	r, m, err := messageOf(name)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	body := reflect.New(m.Type).Elem()
	if raw, ok := given["body"]; ok {
		if err := fromText(path+".body", raw, body); err != nil {
			return err
		}
	}
	b, err := codec.Marshal(body.Interface())
	if err != nil {
		return fmt.Errorf("%s.body: %w", path, err)
	}
	v.Set(reflect.ValueOf(types.Msg{Route: r.ID, ID: m.ID, Body: b}))
	return nil
}

// template is a draft to fill in: every member with what it takes.
func template(message string, given map[string]string) (string, error) {
	_, m, err := messageOf(message)
	if err != nil {
		return "", usage("%w: kinds are %s", err, strings.Join(kindsOfDrafts(), ", "))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n# Then: probity gov lint FILE, probity gov dry-run FILE, probity gov submit FILE\nmessage = %q\n\n[body]\n", m.Doc, message)
	known := map[string]bool{}
	for i := range m.Type.NumField() {
		f := m.Type.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || f.Type == reflect.TypeFor[[]types.Msg]() {
			continue
		}
		known[name] = true
		if v, ok := given[name]; ok {
			line := fmt.Sprintf("%s = %s\n", name, v)
			if _, err := toml.Decode(line, &map[string]any{}); err != nil {
				return "", usage("--set %s=%s: not a value as TOML writes it: texts stand in quotes, --set '%s=\"…\"'", name, v, name)
			}
			b.WriteString(line)
			continue
		}
		fmt.Fprintf(&b, "# %s = %s   # %s\n", name, sampleOf(f.Type), takes(f.Type))
	}
	for name := range given {
		if !known[name] {
			return "", usage("--set %s: %s has no such member", name, message)
		}
	}
	return b.String(), nil
}

// takes says what a member of a draft takes.
func takes(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[types.Bytes]():
		return "a text, or 0x and hex digits"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !textual(t.Elem()):
		members := []string{}
		for i := range t.Elem().NumField() {
			if name, _, _ := strings.Cut(t.Elem().Field(i).Tag.Get("json"), ","); name != "" {
				members = append(members, name+" = …")
			}
		}
		return "a list of { " + strings.Join(members, ", ") + " }"
	case t.Kind() == reflect.Uint8 && textual(t):
		// What is no name of the list is refused with the names that are.
		err := reflect.New(t).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte("?"))
		if _, names, ok := strings.Cut(fmt.Sprint(err), ": "); ok {
			return strings.TrimPrefix(strings.TrimPrefix(names, "write "), "want ")
		}
	}
	return form(t)
}

// sampleOf is a value of a type as TOML writes it.
func sampleOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[types.Amount]():
		return `"1.5$"`
	case t.Kind() == reflect.Bool:
		return "false"
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		return "[]"
	case textual(t) || t.Kind() == reflect.String || t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return `""`
	}
	return "0"
}

// spoken is a body as JSON for the node, with its messages by names.
func (d *draft) spoken() (json.RawMessage, error) {
	v, err := speak(d.Body)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// speak turns a struct into its JSON members, and messages into names.
func speak(v reflect.Value) (any, error) {
	switch {
	case v.Type() == reflect.TypeFor[types.Msg]():
		return table().Speak(v.Interface().(types.Msg), protocol), nil
	case v.Kind() == reflect.Struct && !textual(v.Type()):
		out := map[string]any{}
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			member, err := speak(v.Field(i))
			if err != nil {
				return nil, err
			}
			out[name] = member
		}
		return out, nil
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[types.Msg]():
		out := []any{}
		for i := range v.Len() {
			item, err := speak(v.Index(i))
			if err != nil {
				return nil, err
			}
			out = append(out, item)
		}
		return out, nil
	}
	return v.Interface(), nil
}
