package rpc

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// A layout tells how the body of a message, given as JSON, becomes bytes (spec
// wire §1), so that a program in any language builds from the OpenRPC document
// what it signs, and need not take a node's word for it:
//
//	"uint"      an unsigned integer; JSON has a number, or decimal digits
//	"int"       an integer, which may be negative
//	"bool", "text"
//	"bytes"     a byte string; JSON has 0x and hex digits
//	"amount"    the byte string of the shortest big-endian form; JSON has decimal digits
//	"address"   a byte string of 20; JSON has bech32m
//	"action"    an array of the route's number, the message's number and the byte
//	            string of its body; JSON has {route, message, body} by names
//	{"choice": {"for": 1, …}}         an unsigned integer; JSON has its word
//	{"list": L}                       an array
//	{"optional": L}                   null, or as L
//	{"struct": [["name", L], …]}      an array of the members in this order
type layout any

// layoutOf is the layout of a type that messages are made of.
func layoutOf(t reflect.Type) (layout, error) {
	switch t {
	case reflect.TypeFor[types.Amount]():
		return "amount", nil
	case reflect.TypeFor[keys.Address]():
		return "address", nil
	case reflect.TypeFor[types.Weight]():
		return "uint", nil
	case reflect.TypeFor[types.Msg]():
		return "action", nil
	}
	if words, numbers := choices(t); len(words) > 0 {
		each := map[string]int{}
		for i := range words {
			each[words[i]] = numbers[i]
		}
		return map[string]any{"choice": each}, nil
	}
	switch t.Kind() {
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "uint", nil
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "int", nil
	case reflect.Bool:
		return "bool", nil
	case reflect.String:
		return "text", nil
	case reflect.Array, reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes", nil
		}
		inner, err := layoutOf(t.Elem())
		return map[string]any{"list": inner}, err
	case reflect.Pointer:
		inner, err := layoutOf(t.Elem())
		return map[string]any{"optional": inner}, err
	case reflect.Struct:
		members := [][2]any{}
		for _, f := range shapeOf(t, signs) {
			inner, err := layoutOf(f.typ)
			if err != nil {
				return nil, err
			}
			members = append(members, [2]any{f.name, inner})
		}
		return map[string]any{"struct": members}, nil
	}
	return nil, fmt.Errorf("%v has no layout", t)
}

// choices are the words of a type that is a number and has words for some, and
// the numbers; none for other types.
func choices(t reflect.Type) (words []string, numbers []int) {
	if t.Kind() != reflect.Uint8 || !t.Implements(marshalType) || !isText(t) {
		return nil, nil
	}
	for n := range 256 {
		v := reflect.New(t)
		v.Elem().SetUint(uint64(n))
		word, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil || !isWord(word) {
			continue
		}
		back := reflect.New(t)
		if back.Interface().(encoding.TextUnmarshaler).UnmarshalText(word) != nil || back.Elem().Uint() != uint64(n) {
			continue
		}
		words, numbers = append(words, string(word)), append(numbers, n)
	}
	return words, numbers
}

// isWord tells a name from what stands for a number without one: "kind(7)".
func isWord(b []byte) bool { return len(b) > 0 && !bytes.ContainsAny(b, "( )") }

// message is the schema of one message by names, with its numbers and its
// layout on the wire.
func (s *schemas) message(r *route.Route, m *route.Msg) (json.RawMessage, error) {
	body, err := s.of(m.Type)
	if err != nil {
		return nil, err
	}
	form, err := layoutOf(m.Type)
	if err != nil {
		return nil, fmt.Errorf("message %s/%s: %w", r.Name, m.Name, err)
	}
	return plainJSON(map[string]any{
		"title": r.Name + "/" + m.Name, "description": m.Doc, "type": "object",
		"properties": json.RawMessage(fmt.Sprintf(`{"route":{"const":%q},"message":{"const":%q},"body":%s}`, r.Name, m.Name, body)),
		"required":   []string{"route", "message", "body"}, "additionalProperties": false,
		"x-route": r.ID, "x-message": m.ID, "x-layout": form,
	})
}

// spoken lists the schemas of the messages that a caller may name.
func (s *schemas) spoken(by caller) ([]json.RawMessage, error) {
	var each []json.RawMessage
	for _, r := range s.table {
		for i := range r.Msgs {
			if m := &r.Msgs[i]; by(m) {
				one, err := s.message(r, m)
				if err != nil {
					return nil, err
				}
				each = append(each, one)
			}
		}
	}
	return each, nil
}

// actionName is the schema of what a proposal may do.
const actionName = "Action"

// actions defines that schema, once it is referred to.
func (s *schemas) actions() error {
	each, err := s.spoken(legislature)
	if err != nil || len(each) == 0 {
		return err
	}
	s.defs[actionName], err = plainJSON(map[string]any{
		"description": "What a proposal does when it is executed.", "oneOf": each,
	})
	return err
}
