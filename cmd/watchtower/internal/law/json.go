package law

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"probity/cmd/watchtower/internal/wire"
)

// value is a JSON value: map[string]value, []value, string, json.Number, bool
// or nil.
type value any

// parseJSON reads one value; names that stand twice in an object are refused.
func parseJSON(file []byte) (value, error) {
	d := json.NewDecoder(bytes.NewReader(file))
	d.UseNumber()
	v, err := parseValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the value")
	}
	return v, nil
}

func parseValue(d *json.Decoder) (value, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		out := map[string]value{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			k := name.(string)
			if _, twice := out[k]; twice {
				return nil, fmt.Errorf("%q stands twice", k)
			}
			if out[k], err = parseValue(d); err != nil {
				return nil, err
			}
		}
		_, err = d.Token()
		return out, err
	case json.Delim('['):
		out := []value{}
		for d.More() {
			v, err := parseValue(d)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err = d.Token()
		return out, err
	}
	return t, nil
}

// bound are the members that the draft hash leaves out (execution §6).
var bound = map[string]bool{"signature": true, "possession": true, "dealings": true}

// canonical writes the canonical form of a genesis file (execution §6).
func canonical(b []byte, v value, draft bool) ([]byte, error) {
	switch v := v.(type) {
	case map[string]value:
		var names []string
		for n := range v {
			if !draft || !bound[n] {
				names = append(names, n)
			}
		}
		sort.Strings(names)
		b = append(b, '{')
		for i, n := range names {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(quote(b, n), ':')
			var err error
			if b, err = canonical(b, v[n], draft); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case []value:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = canonical(b, x, draft); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case string:
		return quote(b, v), nil
	case json.Number:
		n, err := strconv.ParseUint(string(v), 10, 64)
		if err != nil || strconv.FormatUint(n, 10) != string(v) {
			return nil, fmt.Errorf("the number %s", v)
		}
		return append(b, v...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	}
	return append(b, "null"...), nil
}

func quote(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = fmt.Appendf(b, "\\u00%02x", c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// Hashes are the genesis hash and the draft hash of a file.
func Hashes(file []byte) (genesis, draft wire.Hash, err error) {
	v, err := parseJSON(file)
	if err != nil {
		return genesis, draft, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	full, err := canonical(nil, v, false)
	if err != nil {
		return genesis, draft, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	short, err := canonical(nil, v, true)
	return wire.Sum(full), wire.Sum(short), err
}

// object reads members of a JSON object, each once; the first fault stays.
type object struct {
	m    map[string]value
	seen map[string]bool
	err  error
	what string
}

func newObject(v value, what string) *object {
	m, ok := v.(map[string]value)
	o := &object{m: m, seen: map[string]bool{}, what: what}
	if !ok {
		o.fail("is no object")
	}
	return o
}

func (o *object) fail(format string, args ...any) {
	if o.err == nil {
		o.err = fmt.Errorf("%w: %s %s", ErrGenesis, o.what, fmt.Sprintf(format, args...))
	}
}

func (o *object) get(name string) value {
	o.seen[name] = true
	return o.m[name]
}

// done is the first fault, or a member that nobody asked for.
func (o *object) done() error {
	var names []string
	for n := range o.m {
		if !o.seen[n] {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	if len(names) > 0 {
		o.fail("has the unknown member %q", names[0])
	}
	return o.err
}

// text is a string, or the digits of a number; absent: "".
func (o *object) text(name string) string {
	switch v := o.get(name).(type) {
	case nil:
	case string:
		return v
	case json.Number:
		return string(v)
	default:
		o.fail("%s is no text", name)
	}
	return ""
}

func (o *object) uint(name string) uint64 {
	s := o.text(name)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		o.fail("%s: %v", name, err)
	}
	return n
}

func (o *object) list(name string) []value {
	v := o.get(name)
	l, ok := v.([]value)
	if !ok && v != nil {
		o.fail("%s is no list", name)
	}
	return l
}

func (o *object) hex(name string) []byte { return o.unhex(name, o.text(name)) }

func (o *object) unhex(name, s string) []byte {
	b, err := decodeHex(s)
	if err != nil {
		o.fail("%s: %v", name, err)
	}
	return b
}

func (o *object) fixed(name string, out []byte) {
	b := o.hex(name)
	if len(b) != len(out) {
		o.fail("%s has %d bytes", name, len(b))
	}
	copy(out, b)
}

func (o *object) address(name string) wire.Address {
	a, err := wire.ParseAddress(o.text(name))
	if err != nil {
		o.fail("%s: %v", name, err)
	}
	return a
}

func decodeHex(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	rest, ok := strings.CutPrefix(s, "0x")
	if !ok || len(rest)%2 != 0 {
		return nil, fmt.Errorf("no hex")
	}
	out := make([]byte, len(rest)/2)
	for i := range out {
		n, err := strconv.ParseUint(rest[2*i:2*i+2], 16, 8)
		if err != nil {
			return nil, fmt.Errorf("no hex")
		}
		out[i] = byte(n)
	}
	return out, nil
}

// genesisFault says which entry of the file a rule refuses.
func genesisFault(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrGenesis, what, err)
}

// texts is a list of text, addresses one of addresses; absent: none.
func (o *object) texts(name string) (out []string) {
	for _, v := range o.list(name) {
		s, ok := v.(string)
		if !ok {
			o.fail("%s has no text", name)
		}
		out = append(out, s)
	}
	return out
}

func (o *object) addresses(name string) (out []wire.Address) {
	for _, s := range o.texts(name) {
		a, err := wire.ParseAddress(s)
		if err != nil {
			o.fail("%s: %v", name, err)
		}
		out = append(out, a)
	}
	return out
}
