package rpc

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"probity/chain/route"
	"probity/chain/types"
)

// schemas collects the JSON Schemas of Go types under their names.
type schemas struct {
	table route.Table
	r     *jsonschema.Reflector
	defs  map[string]json.RawMessage
	owner map[string]reflect.Type
	err   error
}

func newSchemas(t route.Table) *schemas {
	s := &schemas{table: t, defs: map[string]json.RawMessage{}, owner: map[string]reflect.Type{}}
	s.r = &jsonschema.Reflector{Anonymous: true, Mapper: s.special, Namer: s.name, AllowAdditionalProperties: true}
	return s
}

// name keeps two types from sharing one.
func (s *schemas) name(t reflect.Type) string {
	n := typeName(t)
	if n == "" {
		return ""
	}
	if o := s.owner[n]; o != nil && o != t {
		s.err = fmt.Errorf("types %v and %v share the name %q", o, t, n)
	}
	s.owner[n] = t
	return n
}

var marshalType = reflect.TypeFor[encoding.TextMarshaler]()

// special gives the schemas of types whose JSON their Go kind does not tell.
func (s *schemas) special(t reflect.Type) *jsonschema.Schema {
	if f, ok := forms[t]; ok {
		name := s.name(t)
		if s.defs[name] == nil {
			s.define(name, f)
		}
		return &jsonschema.Schema{Ref: "#/$defs/" + name}
	}
	switch {
	case t == reflect.TypeFor[types.Msg]():
		return &jsonschema.Schema{Ref: "#/$defs/" + actionName}
	case t == reflect.TypeFor[route.Spoken]():
		return spokenSchema()
	}
	if words, _ := choices(t); len(words) > 0 {
		return &jsonschema.Schema{Type: "string", Enum: plain(words)}
	}
	switch {
	case t.Implements(marshalType), t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && t != reflect.TypeFor[json.RawMessage]():
		return &jsonschema.Schema{Type: "string"}
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		return &jsonschema.Schema{Type: "integer", Minimum: "0"}
	}
	return nil
}

func plain(words []string) (out []any) {
	for _, w := range words {
		out = append(out, w)
	}
	return out
}

// spokenSchema is the schema of a message by names.
func spokenSchema() *jsonschema.Schema {
	members := jsonschema.NewProperties()
	members.Set("route", &jsonschema.Schema{Type: "string"})
	members.Set("message", &jsonschema.Schema{Type: "string"})
	members.Set("body", &jsonschema.Schema{Type: "object", Description: "As the schemas of tx_prepare and Action have it for this message."})
	return &jsonschema.Schema{Type: "object", Properties: members, Required: []string{"route", "message", "body"}}
}

func (s *schemas) define(name string, f form) {
	def := map[string]any{"description": f.doc, "examples": []json.RawMessage{json.RawMessage(f.example)}}
	switch {
	case strings.HasPrefix(f.pattern, "^("+"latest"):
		def["oneOf"] = []any{
			map[string]any{"type": "integer", "minimum": 0},
			map[string]any{"type": "string", "pattern": f.pattern},
		}
	case f.pattern != "":
		def["type"], def["pattern"] = "string", f.pattern
	default:
		def["type"], def["minimum"] = "integer", 0
	}
	raw, err := plainJSON(def)
	if err != nil {
		s.err = err
	}
	s.defs[name] = raw
}

// of is the schema of a type; what it refers to is collected.
func (s *schemas) of(t reflect.Type) (json.RawMessage, error) {
	if t.Kind() == reflect.Pointer {
		inner, err := s.of(t.Elem())
		return orNull(inner), err
	}
	if t.Kind() == reflect.Struct && typeName(t) != "" && strings.HasPrefix(t.Name(), "Read[") {
		return s.read(t.Field(1).Type)
	}
	top := s.r.ReflectFromType(t)
	for name, def := range top.Definitions {
		nullable(s.owner[name], def)
		raw, err := plainJSON(def)
		if err != nil {
			return nil, err
		}
		s.defs[name] = relocated(raw)
	}
	top.Definitions, top.Version = nil, ""
	raw, err := plainJSON(top)
	if err != nil {
		return nil, err
	}
	return relocated(raw), s.err
}

// nullable says of the members that Go may leave nil that they may be null.
func nullable(t reflect.Type, def *jsonschema.Schema) {
	if t == nil || t.Kind() != reflect.Struct || def.Properties == nil {
		return
	}
	for _, f := range shapeOf(t, signs) {
		nilable := f.typ.Kind() == reflect.Pointer || f.typ.Kind() == reflect.Slice && !isText(f.typ)
		if p, ok := def.Properties.Get(f.name); ok && nilable {
			def.Properties.Set(f.name, &jsonschema.Schema{OneOf: []*jsonschema.Schema{p, {Type: "null"}}})
		}
	}
}

// input is the schema of a param: the messages of tx_prepare are listed.
func (s *schemas) input(t reflect.Type) (json.RawMessage, error) {
	if t == reflect.TypeFor[[]MessageParams]() {
		return s.messages()
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return s.of(t)
}

// result is the schema of an answer. Queries answer null or {at, value}.
func (s *schemas) result(m *Method) (json.RawMessage, error) {
	switch {
	case m.result == nil:
		return json.RawMessage(`{"type":"object","description":"An OpenRPC document."}`), nil
	case m.reads:
		raw, err := s.read(m.result)
		return orNull(raw), err
	}
	return s.of(m.result)
}

// read is the schema of {at, value}.
func (s *schemas) read(t reflect.Type) (json.RawMessage, error) {
	value, err := s.of(t)
	if err != nil {
		return nil, err
	}
	at, err := s.of(reflect.TypeFor[Point]())
	if err != nil {
		return nil, err
	}
	return json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{"at":%s,"value":%s},"required":["at","value"]}`, at, value)), nil
}

// messages is the schema of the list of messages: one alternative for each rule
// that a transaction may call.
func (s *schemas) messages() (json.RawMessage, error) {
	each, err := s.spoken(anyone)
	if err != nil {
		return nil, err
	}
	return plainJSON(map[string]any{"type": "array", "minItems": 1, "maxItems": 16, "items": map[string]any{"oneOf": each}})
}

func orNull(raw json.RawMessage) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"oneOf":[%s,{"type":"null"}]}`, raw))
}

// relocated points references to where OpenRPC keeps schemas.
func relocated(raw []byte) json.RawMessage {
	return bytes.ReplaceAll(raw, []byte(`"#/$defs/`), []byte(`"#/components/schemas/`))
}

// plainJSON is JSON without HTML escapes.
func plainJSON(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
