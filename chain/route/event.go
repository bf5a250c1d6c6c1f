package route

import (
	"fmt"
	"strconv"

	"probity/chain/keys"
	"probity/chain/types"
)

// event is an event whose attributes are not text yet: most blocks are
// executed more often than their events are read.
type event struct {
	route string
	name  string
	attrs []any // key, value, key, value …; only immutable values
}

// Emit records an event; attributes come in pairs of key and value. Events
// emitted while a transaction runs stand in its receipt, those of hooks in the
// block's.
func (c *Ctx) Emit(name string, kv ...any) {
	of := ""
	if c.route != nil {
		of = c.route.Name
	}
	c.EmitAs(of, name, kv...)
}

// EmitAs is Emit in the name of another route, for functions that act on its behalf.
func (c *Ctx) EmitAs(routeName, name string, kv ...any) {
	for i, v := range kv {
		switch v.(type) {
		case string, keys.Address, keys.Hash, types.Amount, types.Height, types.Epoch,
			types.View, types.Weight, types.PPM, uint64, uint32, uint16, uint8, int, bool:
		default:
			kv[i] = fmt.Sprint(v) // now: what it refers to may change
		}
	}
	*c.events = append(*c.events, event{routeName, name, kv})
}

// Log is what a context has emitted, as events whose text is not made yet.
type Log struct{ list []event }

// Log is what has been emitted in this context so far.
func (c *Ctx) Log() Log { return c.LogFrom(0) }

// LogFrom is Log without the first n events.
func (c *Ctx) LogFrom(n int) Log {
	list := *c.events
	return Log{list[n:len(list):len(list)]}
}

// Rewind forgets the events after the first n.
func (c *Ctx) Rewind(n int) { *c.events = (*c.events)[:n] }

// Events lists what has been emitted in this context.
func (c *Ctx) Events() []types.Event { return c.Log().Events() }

// Len is the number of events.
func (l Log) Len() int { return len(l.list) }

// Events makes the text.
func (l Log) Events() []types.Event {
	out := make([]types.Event, len(l.list))
	for i, e := range l.list {
		out[i] = types.Event{Route: e.route, Name: e.name, Attrs: make([]types.Attr, 0, len(e.attrs)/2)}
		for j := 0; j+1 < len(e.attrs); j += 2 {
			out[i].Attrs = append(out[i].Attrs, types.Attr{Key: text(e.attrs[j]), Value: text(e.attrs[j+1])})
		}
	}
	return out
}

// text is fmt.Sprint of an attribute, for what most of them are without a look
// at its type's methods: every final block comes by here.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case keys.Address:
		return v.String()
	case types.Amount:
		return v.String()
	case types.Height:
		return strconv.FormatUint(uint64(v), 10)
	case types.Epoch:
		return strconv.FormatUint(uint64(v), 10)
	case types.View:
		return strconv.FormatUint(uint64(v), 10)
	case types.Weight:
		return strconv.FormatUint(uint64(v), 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	}
	return fmt.Sprint(v)
}
