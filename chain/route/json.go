package route

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// ErrMember is returned for a JSON member that nothing reads.
var ErrMember = errors.New("no such member")

// ReadJSON fills v, a pointer, from raw as encoding/json does, but refuses
// members that v has no field for and names the place of every error:
// "holders[3].amount: not an amount". Genesis sections are read with it.
func ReadJSON(raw json.RawMessage, v any) error {
	return readJSON("", raw, reflect.ValueOf(v).Elem())
}

func readJSON(path string, raw json.RawMessage, v reflect.Value) error {
	_, text := v.Addr().Interface().(encoding.TextUnmarshaler)
	_, own := v.Addr().Interface().(json.Unmarshaler)
	raw = bytes.TrimSpace(raw)
	switch {
	case text || own || string(raw) == "null":
	case v.Kind() == reflect.Struct:
		return readObject(path, raw, v)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return at(path, errors.New("want a list"))
		}
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i := range items {
			if err := readJSON(fmt.Sprintf("%s[%d]", path, i), items[i], v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
		return at(path, plain(err))
	}
	return nil
}

// readObject reads the members of an object in the order of their names.
func readObject(path string, raw json.RawMessage, v reflect.Value) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return at(path, errors.New("want an object"))
	}
	fields := map[string]int{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[name] = i
		}
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		i, ok := fields[name]
		inner := strings.TrimPrefix(path+"."+name, ".")
		if !ok {
			return at(inner, ErrMember)
		}
		if err := readJSON(inner, members[name], v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func at(path string, err error) error {
	if path == "" {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// plain turns the library's type errors, which name Go types, into a sentence.
func plain(err error) error {
	var e *json.UnmarshalTypeError
	if errors.As(err, &e) {
		return fmt.Errorf("%s does not fit", e.Value)
	}
	return err
}
