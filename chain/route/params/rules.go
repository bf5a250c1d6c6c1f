package params

import (
	"encoding/json"
	"errors"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// Bounds of what may wait for a boundary.
const (
	ChangesMax = 64 // in one set
	PendingMax = 64 // sets
)

// Change is a new value of one parameter.
type Change struct {
	_     struct{} `cbor:",toarray"`
	Name  string   `json:"name"`
	Value uint64   `json:"value"`
}

// Set changes parameters at the end of the epoch, all of them or none.
type Set struct {
	_       struct{} `cbor:",toarray"`
	Changes []Change `json:"changes"`
}

// values are the changes by name; ErrSet where a name stands twice.
func (s Set) values() (map[string]uint64, error) {
	out := make(map[string]uint64, len(s.Changes))
	for _, ch := range s.Changes {
		if _, twice := out[ch.Name]; twice {
			return nil, ErrSet.With("parameter %.60q is set twice", ch.Name)
		}
		out[ch.Name] = ch.Value
	}
	return out, nil
}

// Grave reports whether one of the parameters is of class A (spec governance L4).
func (s Set) Grave(p *route.Params) bool {
	for _, ch := range s.Changes {
		if d := p.Find(ch.Name); d != nil && d.ClassA {
			return true
		}
	}
	return false
}

// set queues a set. It is tried on what the values will be by then, so that
// whoever sets them learns of a mistake now (spec governance L5).
func set(c *route.Ctx, m Set) error {
	if n := len(m.Changes); n == 0 || n > ChangesMax {
		return ErrSet.With("%d changes, want 1 to %d", n, ChangesMax)
	}
	waiting, _ := pending.Get(c)
	if len(waiting) >= PendingMax {
		return ErrFull
	}
	next := c.Params
	for _, s := range append(waiting[:len(waiting):len(waiting)], m) {
		changes, err := s.values()
		if err != nil {
			return err
		}
		if next, err = next.With(changes); err != nil {
			return ErrSet.With("%v", err)
		}
	}
	pending.Set(c, append(waiting, m))
	for _, ch := range m.Changes {
		c.Emit("pending", "name", ch.Name, "value", ch.Value, "epoch", c.Block.Epoch+1)
	}
	return nil
}

// boundary applies the sets in the order in which they came, each whole or not
// at all. It runs after the Boundary hooks of all other routes, which so still
// see the values of the epoch that ends (spec availability §4).
func boundary(c *route.Ctx) {
	waiting, ok := pending.Get(c)
	if !ok {
		return
	}
	pending.Delete(c)
	current := c.Params
	for _, s := range waiting {
		next, err := apply(current, s)
		if err != nil {
			c.Emit("dropped", "reason", err.Error())
			continue
		}
		for _, ch := range s.Changes {
			d := current.Find(ch.Name)
			c.Emit("changed", "name", ch.Name, "from", current.Get(d), "to", ch.Value, "epoch", c.Block.Epoch+1)
		}
		current = next
	}
	if current != c.Params {
		store(c, current, c.Block.Epoch+1)
	}
}

func apply(p *route.Params, s Set) (*route.Params, error) {
	changes, err := s.values()
	if err != nil {
		return nil, err
	}
	return p.With(changes)
}

// genesis stores the parameters that the genesis file gives; they stand in a
// section of their own, so that the route's section must be missing.
func genesis(c *route.Ctx, section json.RawMessage) error {
	if section != nil {
		return errors.New("parameters are given at the top of the file")
	}
	inForce.Set(c, c.Block.Version)
	store(c, c.Params, 0)
	return nil
}

// store writes the values that differ from the stored ones, in force from the
// first block of an epoch on.
func store(c *route.Ctx, p *route.Params, from types.Epoch) {
	all := make([]Change, 0, len(p.Names()))
	for _, name := range p.Names() {
		v := p.Get(p.Find(name))
		all = append(all, Change{Name: name, Value: v})
		if old, ok := values.Get(c, name); !ok || old != v {
			values.Set(c, name, v)
			history.Set(c, recordOf(name, from), v)
		}
	}
	stamp.Set(c, keys.Sum([]byte("params"), codec.MustMarshal(all)))
}

// Load reads the values in force. Parameters of the table that the state does
// not hold have their defaults; it fails where the stored values are refused,
// which is a broken state or another program than the one that wrote it.
func Load(r state.Reader, t route.Table) (*route.Params, error) {
	p, err := route.NewParams(t, nil)
	if err != nil {
		return nil, err
	}
	given := map[string]uint64{}
	for _, name := range p.Names() {
		if v, ok := values.Get(r, name); ok {
			given[name] = v
		}
	}
	return p.With(given)
}

// Stamp names the set of values in force: two states with one stamp have the
// same.
func Stamp(r state.Reader) keys.Hash {
	h, _ := stamp.Get(r)
	return h
}

// Version is the protocol version in force in the block after a state.
func Version(r state.Reader) uint32 {
	v, _ := inForce.Get(r)
	return v
}

// SetVersion puts a protocol version in force from the next block on. The
// route that activates releases calls it, at an epoch's boundary.
func SetVersion(c *route.Ctx, v uint32) { inForce.Set(c, v) }

// At is the value that a parameter had in an epoch.
func At(r state.Reader, name string, e types.Epoch) (v uint64, ok bool) {
	history.RangePrefix(r, recordOf(name, 0), 1, func(k record, value uint64) bool {
		if k.Second > e {
			return false
		}
		v, ok = value, true
		return true
	})
	return v, ok
}
