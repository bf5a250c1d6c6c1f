package params

import (
	"probity/chain/route"
	"probity/chain/types"
)

// Name asks for one parameter.
type Name struct {
	Name string `json:"name"`
}

// Info is a parameter as people see it.
type Info struct {
	Name    string     `json:"name"`
	Value   uint64     `json:"value"`
	Text    string     `json:"text"` // the value in words, where it is a choice
	Default uint64     `json:"default"`
	Min     uint64     `json:"min"`
	Max     uint64     `json:"max"`
	Unit    route.Unit `json:"unit"`
	ClassA  bool       `json:"classA"` // needs the larger majority to change
	Choices []string   `json:"choices,omitempty"`
	Doc     string     `json:"doc"`
	Pending *uint64    `json:"pending"` // its value from the next epoch on, null where none waits
}

// None asks for what needs no parameters.
type None struct{}

// Span is a value and the epoch from which it was in force.
type Span struct {
	From  types.Epoch `json:"from"`
	Value uint64      `json:"value"`
}

// InForce is the protocol version in force.
type InForce struct {
	Version uint32 `json:"version"`
}

func get(c *route.Ctx, q Name) (*Info, error) {
	d := c.Params.Find(q.Name)
	if d == nil {
		return nil, nil
	}
	info := describe(c, d)
	return &info, nil
}

func list(c *route.Ctx, _ None) ([]Info, error) {
	out := make([]Info, 0, len(c.Params.Names()))
	for _, name := range c.Params.Names() {
		out = append(out, describe(c, c.Params.Find(name)))
	}
	return out, nil
}

func describe(c *route.Ctx, d *route.Param) Info {
	v := d.Get(c)
	info := Info{
		Name: d.Name, Value: v, Text: d.Format(v), Default: d.Default, Min: d.Min, Max: d.Max,
		Unit: d.Unit, ClassA: d.ClassA, Choices: d.Choices, Doc: d.Doc,
	}
	waiting, _ := pending.Get(c)
	for _, s := range waiting {
		for _, ch := range s.Changes {
			if ch.Name == d.Name {
				info.Pending = &ch.Value
			}
		}
	}
	return info
}

func past(c *route.Ctx, q Name) ([]Span, error) {
	out := []Span{}
	history.RangePrefix(c, recordOf(q.Name, 0), 1, func(k record, v uint64) bool {
		out = append(out, Span{k.Second, v})
		return true
	})
	return out, nil
}

func version(c *route.Ctx, _ None) (InForce, error) { return InForce{Version(c)}, nil }
