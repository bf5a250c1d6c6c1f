package exec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Genesis is the file that a chain starts from (spec execution §6).
type Genesis struct {
	Chain    string                     `json:"chain"`    // the chain's name, in every transaction
	Time     types.Time                 `json:"time"`     // of height 0, ms since the Unix epoch
	Protocol uint32                     `json:"protocol"` // version in force from height 1 on
	Params   map[string]json.RawMessage `json:"params"`   // a whole number, or the name of a choice
	Routes   map[string]json.RawMessage `json:"routes"`   // sections that the routes read

	hash  keys.Hash
	draft keys.Hash
}

// ParseGenesis reads a genesis file: one JSON object, without members that it
// does not know. What is inside the routes' sections is checked when the
// genesis state is made (Exec.Genesis).
func ParseGenesis(file []byte) (*Genesis, error) {
	g := &Genesis{}
	if err := g.read(file); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return g, nil
}

func (g *Genesis) read(file []byte) error {
	d := json.NewDecoder(bytes.NewReader(file))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one JSON value")
	}
	root, ok := tree.(map[string]any)
	if !ok {
		return errors.New("not a JSON object")
	}
	if err := json.Unmarshal(file, &struct{}{}); err != nil {
		return err
	}
	for _, name := range sorted(root) {
		switch name {
		case "chain", "time", "protocol", "params", "routes":
		default:
			return fmt.Errorf("%s: %w", name, route.ErrMember)
		}
	}
	if err := json.Unmarshal(file, &Genesis{}); err != nil {
		return err
	}
	canonical, err := appendJSON(nil, tree, nil)
	if err != nil {
		return err
	}
	// The law reads what is hashed: of a member given twice both see the last.
	if err := json.Unmarshal(canonical, g); err != nil {
		return err
	}
	switch {
	case g.Chain == "" || len(g.Chain) > types.ChainLen:
		return fmt.Errorf("chain: a name of 1 to %d bytes, not %q", types.ChainLen, g.Chain)
	case g.Protocol == 0:
		return errors.New("protocol: missing or zero")
	}
	g.hash = keys.Sum(canonical)
	draft, err := appendJSON(nil, tree, drafted)
	if err != nil {
		return err
	}
	g.draft = keys.Sum(draft)
	return nil
}

// Hash names the chain: the digest of the file's canonical form (sorted
// members, no white space, only quotes, backslashes and control characters
// escaped). It is part of every signed string and of the network's protocol id.
func (g *Genesis) Hash() keys.Hash { return g.hash }

// drafted are the members of the file that are bound to the hash of the rest.
var drafted = []string{"signature", "possession", "dealings"}

// Draft is the hash of the file without any member named "signature",
// "possession" or "dealings": what those are bound to.
func (g *Genesis) Draft() keys.Hash { return g.draft }

// chain is what rules know of the chain.
func (g *Genesis) chain() route.Chain {
	return route.Chain{Name: g.Chain, Genesis: g.hash, Draft: g.draft, Escrow: escrow.DHPVSS}
}

// params are the first parameters.
func (g *Genesis) params(t route.Table) (*route.Params, error) {
	all, err := route.NewParams(t, nil)
	if err != nil {
		return nil, err
	}
	given := map[string]uint64{}
	for _, name := range sorted(g.Params) {
		d := all.Find(name)
		if d == nil {
			return nil, fmt.Errorf("%w: params.%s: no such parameter", ErrGenesis, name)
		}
		text := string(g.Params[name])
		if s := ""; json.Unmarshal(g.Params[name], &s) == nil {
			text = s
		}
		if given[name], err = d.Parse(text); err != nil {
			return nil, fmt.Errorf("%w: params.%s: %w", ErrGenesis, name, err)
		}
	}
	p, err := all.With(given)
	if err != nil {
		return nil, fmt.Errorf("%w: params: %w", ErrGenesis, err)
	}
	return p, nil
}

// check refuses sections of routes that do not exist.
func (g *Genesis) check(t route.Table) error {
	for _, name := range sorted(g.Routes) {
		if t.Find(name) == nil {
			return fmt.Errorf("%w: routes.%s: no such route", ErrGenesis, name)
		}
	}
	return nil
}

// appendJSON appends the canonical form of a value, leaving out members of some
// names. Numbers are whole ones, so that each has one form.
func appendJSON(b []byte, v any, without []string) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendString(b, v), nil
	case json.Number:
		if _, err := strconv.ParseUint(v.String(), 10, 64); err != nil || v.String() != "0" && v.String()[0] == '0' {
			return nil, fmt.Errorf("number %s: only whole numbers below 2^64", v)
		}
		return append(b, v...), nil
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, item, without); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		b = append(b, '{')
		first := true
		for _, name := range sorted(v) {
			if slices.Contains(without, name) {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			if b, err = appendJSON(append(appendString(b, name), ':'), v[name], without); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}
	return nil, fmt.Errorf("unexpected %T", v)
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			b = append(b, fmt.Sprintf("\\u%04x", r)...)
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}

// sorted lists the names of members.
func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// section puts the path of a route's section before an error, which begins with
// a path inside it, or is a sentence about all of it.
func section(name string, err error) error {
	sep := "."
	if inside, _, found := strings.Cut(err.Error(), ": "); !found || strings.Contains(inside, " ") {
		sep = ": "
	}
	return fmt.Errorf("%w: routes.%s%s%w", ErrGenesis, name, sep, err)
}
