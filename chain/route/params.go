package route

import (
	"fmt"
	"sort"
	"strings"

	"probity/chain/keys"
	"probity/chain/types"
)

// Unit tells how a parameter's number reads.
type Unit string

// The units.
const (
	Count  Unit = "count"
	Ratio  Unit = "ppm"
	Base   Unit = "base" // base units of $ or REP, 10⁻⁹
	Millis Unit = "ms"
	Blocks Unit = "blocks"
	Views  Unit = "views"
	Bytes  Unit = "bytes"
	Choice Unit = "choice" // one of Choices, by number
	Switch Unit = "switch" // 0 or 1
)

// Param is a number that governs a route. Guardrails (Min, Max) bound what
// governance may set; they change with the protocol version only.
type Param struct {
	Name    string
	Unit    Unit
	Default uint64
	Min     uint64
	Max     uint64
	ClassA  bool     // consensus, mint, slash, work contract: needs the larger majority
	Choices []string // names of the numbers, for Choice
	Doc     string
}

// Format renders a value of the parameter for people.
func (p *Param) Format(v uint64) string {
	if p.Unit == Choice && v < uint64(len(p.Choices)) {
		return p.Choices[v]
	}
	return fmt.Sprintf("%d", v)
}

// Parse reads a value as people write it: a number, or the name of a choice.
func (p *Param) Parse(s string) (uint64, error) {
	for i, c := range p.Choices {
		if c != "" && strings.EqualFold(c, s) {
			return uint64(i), p.Check(uint64(i))
		}
	}
	var v uint64
	if n, err := fmt.Sscanf(s, "%d", &v); n != 1 || err != nil || fmt.Sprint(v) != s {
		return 0, fmt.Errorf("parameter %s: %q is not a whole number", p.Name, s)
	}
	return v, p.Check(v)
}

// Check refuses a value outside the guardrails.
func (p *Param) Check(v uint64) error {
	if v < p.Min || v > p.Max {
		return fmt.Errorf("parameter %s: %d is outside %d … %d", p.Name, v, p.Min, p.Max)
	}
	if p.Unit == Choice && (v >= uint64(len(p.Choices)) || p.Choices[v] == "") {
		return fmt.Errorf("parameter %s: %d is not one of %s", p.Name, v, strings.Join(p.Choices, ", "))
	}
	return nil
}

// Get is the value in force in the block.
func (p *Param) Get(c *Ctx) uint64 { return c.Params.Get(p) }

// PPM is Get for a ratio.
func (p *Param) PPM(c *Ctx) types.PPM { return types.PPM(c.Params.Get(p)) }

// Amount is Get for base units.
func (p *Param) Amount(c *Ctx) types.Amount { return types.NewAmount(c.Params.Get(p)) }

// Params are the values in force, read from the state once for many blocks.
// They are not written to once made.
type Params struct {
	table  Table
	values map[*Param]uint64
	byName map[string]*Param
}

// NewParams makes the set of a table's parameters with their defaults, then
// takes the given values by name. An unknown name, a value outside the
// guardrails or a combination that a route refuses is an error.
func NewParams(t Table, given map[string]uint64) (*Params, error) {
	p := &Params{table: t, values: map[*Param]uint64{}, byName: map[string]*Param{}}
	for _, r := range t {
		for _, d := range r.Params {
			if p.byName[d.Name] != nil {
				return nil, fmt.Errorf("parameter %s: declared twice", d.Name)
			}
			p.byName[d.Name], p.values[d] = d, d.Default
		}
	}
	names := make([]string, 0, len(given))
	for name := range given {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		d := p.byName[name]
		if d == nil {
			return nil, fmt.Errorf("parameter %q: no such parameter", name)
		}
		if err := d.Check(given[name]); err != nil {
			return nil, err
		}
		p.values[d] = given[name]
	}
	for _, r := range t {
		if r.CheckParams == nil {
			continue
		}
		if err := r.CheckParams(p); err != nil {
			return nil, fmt.Errorf("parameters of %s: %w", r.Name, err)
		}
	}
	return p, nil
}

// With is p with other values for some names, refused as NewParams refuses.
func (p *Params) With(changes map[string]uint64) (*Params, error) {
	given := make(map[string]uint64, len(p.byName)+len(changes))
	for name, d := range p.byName {
		given[name] = p.values[d]
	}
	for name, v := range changes {
		given[name] = v
	}
	return NewParams(p.table, given)
}

// Get is the value of a declared parameter.
func (p *Params) Get(d *Param) uint64 {
	v, ok := p.values[d]
	if !ok {
		panic("route: parameter " + d.Name + " is not in the table")
	}
	return v
}

// Find is the declaration with a name, or nil.
func (p *Params) Find(name string) *Param { return p.byName[name] }

// Names lists all parameters in order.
func (p *Params) Names() []string {
	out := make([]string, 0, len(p.byName))
	for name := range p.byName {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// Sampler lets a route propose messages for the simulator's load and for
// tests: it draws from a labelled stream and may look at the state.
type Sampler struct {
	Ctx      *Ctx
	Accounts []keys.Address
	Draw     func(n uint64) uint64 // uniform in 0 … n−1
	Emit     func(from keys.Address, msgs ...types.Msg)
}
