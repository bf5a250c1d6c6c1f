package rpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"probity/chain/route"
)

// TypeScript is docs/client/src/methods.ts: the types of all methods, messages,
// actions and topics, and the layouts of messages, from the OpenRPC document of
// a node that executes the given table. The same bytes for the same table.
func TypeScript(t route.Table) ([]byte, error) {
	raw, err := OpenRPC(t)
	if err != nil {
		return nil, err
	}
	var doc typedDoc
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read the OpenRPC document: %w", err)
	}
	w := &typeWriter{schemas: doc.Components.Schemas}
	owner := map[string]string{}
	for _, ours := range []string{"Methods", "Topics", "Message", "Layout", "ErrorKind"} {
		owner[ours] = "of the file itself"
	}
	for name := range w.schemas {
		if other := owner[typeOfName(name)]; other != "" {
			return nil, fmt.Errorf("schemas %s and %s are one type", name, other)
		}
		owner[typeOfName(name)] = name
	}
	w.line("// The types of all methods, messages, actions and topics of a Probity node.")
	w.line("// Generated from docs/openrpc.json by `make generate`; do not edit.")
	w.named()
	w.methods(doc.Methods)
	w.topics(doc.Topics)
	if err := w.calls(&doc); err != nil {
		return nil, err
	}
	w.kinds(doc.Components.Errors)
	return w.b.Bytes(), nil
}

// typedDoc is what the types need of the document.
type typedDoc struct {
	Methods    []typedMethod
	Components struct {
		Schemas map[string]*typed
		Errors  map[string]typedError
	}
	Topics []typedTopic `json:"x-topics"`
}

type typedMethod struct {
	Name    string
	Summary string
	Params  []struct {
		Name        string
		Description string
		Required    bool
		Schema      typed
	}
	Result struct{ Schema typed }
}

type typedTopic struct {
	Name    string
	Summary string
	Result  typed
}

type typedError struct{ Message string }

// typed is a JSON Schema, as far as the document uses it.
type typed struct {
	Ref         string `json:"$ref"`
	Type        string
	Title       string
	Description string
	Pattern     string
	Const       any
	Enum        []string
	OneOf       []*typed
	Items       *typed
	Properties  fields
	Required    []string
	Values      *typed          `json:"additionalProperties"`
	Route       uint16          `json:"x-route"`
	Message     uint16          `json:"x-message"`
	Layout      json.RawMessage `json:"x-layout"`
}

// UnmarshalJSON reads a schema; true and false are ones that say nothing.
func (s *typed) UnmarshalJSON(raw []byte) error {
	if string(raw) == "true" || string(raw) == "false" {
		*s = typed{}
		return nil
	}
	type plain typed
	return json.Unmarshal(raw, (*plain)(s))
}

// fields are the members of an object in the order in which they are declared.
type fields []namedType

type namedType struct {
	name   string
	schema *typed
}

// UnmarshalJSON reads an object in its order.
func (f *fields) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		m := namedType{name: fmt.Sprint(name)}
		if err := d.Decode(&m.schema); err != nil {
			return err
		}
		*f = append(*f, m)
	}
	return nil
}

// typeWriter writes the file.
type typeWriter struct {
	b       bytes.Buffer
	schemas map[string]*typed
}

func (w *typeWriter) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

// about writes a comment, where there is something to say.
func (w *typeWriter) about(indent, text string) {
	if text != "" {
		w.line("%s/** %s */", indent, strings.ReplaceAll(text, "*/", "* /"))
	}
}

// named writes the schemas that have names.
func (w *typeWriter) named() {
	for _, name := range sortedKeys(w.schemas) {
		s := w.schemas[name]
		w.line("")
		w.about("", s.Description)
		if s.Type == "object" && len(s.Properties) > 0 {
			w.line("export interface %s %s", typeOfName(name), s.members("  ", "}"))
			continue
		}
		text := s.text("")
		if text[0] != '\n' {
			text = " " + text
		}
		w.line("export type %s =%s;", typeOfName(name), text)
	}
}

func (w *typeWriter) methods(all []typedMethod) {
	w.line("\n/** What each method takes and answers. */\nexport interface Methods {")
	for _, m := range all {
		w.about("  ", m.Summary)
		w.line("  %q: {\n    params: {", m.Name)
		for _, p := range m.Params {
			w.about("      ", p.Description)
			w.line("      %s%s: %s;", p.Name, optional(!p.Required), p.Schema.text("      "))
		}
		w.line("    };\n    result: %s;\n  };", m.Result.Schema.text("    "))
	}
	w.line("}")
}

func (w *typeWriter) topics(all []typedTopic) {
	w.line("\n/** What a notice of each topic holds. */\nexport interface Topics {")
	for _, t := range all {
		w.about("  ", t.Summary)
		w.line("  %s: %s;", t.Name, t.Result.text("  "))
	}
	w.line("}")
}

// calls writes the messages, and how each is laid out on the wire.
func (w *typeWriter) calls(doc *typedDoc) error {
	var messages []*typed
	for _, m := range doc.Methods {
		for _, p := range m.Params {
			if m.Name == "tx_prepare" && p.Name == "messages" {
				messages = p.Schema.Items.OneOf
			}
		}
	}
	if len(messages) == 0 {
		return fmt.Errorf("the document has no messages")
	}
	w.line("\n/** A call of a rule, by names. */\nexport type Message =\n  | %s;", strings.Join(texts(messages, "    "), "\n  | "))
	w.line("\n/** How the value of a member becomes bytes; docs/rpc.md says what each means. */")
	w.line("export type Layout =\n  | \"uint\" | \"int\" | \"bool\" | \"text\" | \"bytes\" | \"amount\" | \"address\" | \"action\"")
	w.line("  | { choice: Record<string, number> } | { list: Layout } | { optional: Layout } | { struct: [string, Layout][] };")
	w.line("\n/** The numbers and the layout of each message and action, by route/message. */")
	w.line("export const layouts: Record<string, { route: number; message: number; body: Layout }> = {")
	done := map[string]bool{}
	all := append([]*typed{}, messages...)
	if a := w.schemas[actionName]; a != nil {
		all = append(all, a.OneOf...)
	}
	for _, m := range all {
		if done[m.Title] {
			continue
		}
		done[m.Title] = true
		var body bytes.Buffer
		if err := json.Compact(&body, m.Layout); err != nil {
			return fmt.Errorf("layout of %s: %w", m.Title, err)
		}
		w.line("  %q: { route: %d, message: %d, body: %s },", m.Title, m.Route, m.Message, body.String())
	}
	w.line("};")
	return nil
}

func (w *typeWriter) kinds(all map[string]typedError) {
	w.line("\n/** The stable kinds of errors. Routes add kinds of their own, under positive codes. */\nexport type ErrorKind =")
	for _, k := range sortedKeys(all) {
		w.line("  /** %s */\n  | %q", all[k].Message, k)
	}
	w.line("  | (string & {});")
}

// choice is a pattern that lists words.
var choice = regexp.MustCompile(`^\^\(([A-Za-z_]+(\|[A-Za-z_]+)*)\)\$$`)

// text is the schema as a type.
func (s *typed) text(indent string) string {
	switch {
	case s.Ref != "":
		return typeOfName(s.Ref[strings.LastIndexByte(s.Ref, '/')+1:])
	case s.Const != nil:
		return fmt.Sprintf("%q", s.Const)
	case len(s.Enum) > 0:
		return words(s.Enum)
	case len(s.OneOf) > 2:
		return "\n" + indent + "  | " + strings.Join(texts(s.OneOf, indent+"  "), "\n"+indent+"  | ")
	case len(s.OneOf) > 0:
		return strings.Join(texts(s.OneOf, indent), " | ")
	}
	switch s.Type {
	case "string":
		if m := choice.FindStringSubmatch(s.Pattern); m != nil {
			return words(strings.Split(m[1], "|"))
		}
		for _, start := range []string{"0x", "prb1"} {
			if strings.HasPrefix(s.Pattern, "^"+start) {
				return "`" + start + "${string}`"
			}
		}
		return "string"
	case "integer", "number":
		return "number"
	case "boolean":
		return "boolean"
	case "null":
		return "null"
	case "array":
		if s.Items == nil {
			return "unknown[]"
		}
		if inner := s.Items.text(indent); !strings.Contains(inner, "|") {
			return inner + "[]"
		}
		return "(" + s.Items.text(indent) + ")[]"
	case "object":
		if len(s.Properties) > 0 {
			return s.members(indent+"  ", indent+"}")
		}
		if s.Values != nil && (s.Values.Type != "" || s.Values.Ref != "") {
			return "Record<string, " + s.Values.text(indent) + ">"
		}
		return "Record<string, unknown>"
	}
	return "unknown"
}

// members is an object type, whose closing line is given; a short one inside of
// another type stands in one line.
func (s *typed) members(indent, end string) string {
	var parts []string
	for _, m := range s.Properties {
		parts = append(parts, m.name+optional(!slices.Contains(s.Required, m.name))+": "+m.schema.text(indent))
	}
	if one := "{ " + strings.Join(parts, "; ") + " }"; end != "}" && len(one) < 100 && !strings.Contains(one, "\n") {
		return one
	}
	return "{\n" + indent + strings.Join(parts, ";\n"+indent) + ";\n" + end
}

// texts are the types of schemas, each once.
func texts(all []*typed, indent string) (out []string) {
	seen := map[string]bool{}
	for _, s := range all {
		if t := s.text(indent); !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

func words(all []string) string {
	quoted := make([]string, len(all))
	for i, w := range all {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(quoted, " | ")
}

func optional(is bool) string {
	if is {
		return "?"
	}
	return ""
}

// typeOfName is the name of a schema as TypeScript takes it: legislature.Submit
// is LegislatureSubmit.
func typeOfName(name string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' || r == '-' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
