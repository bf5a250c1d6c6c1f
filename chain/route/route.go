package route

import (
	"encoding/json"
	"fmt"
	"reflect"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// Route is one chapter of the rules. Every field but ID and Name may be zero.
type Route struct {
	ID   uint16 // permanent number on the wire, also the prefix of its state regions
	Name string // permanent name, in RPC methods and events
	Doc  string // one sentence for people

	Params      []*Param                          // the numbers it is governed by
	CheckParams func(*Params) error               // refuses a combination of values that each are in bounds
	CheckTable  func(Table) error                 // refuses a table that the route could not work in
	Msgs        []Msg                             // rules, called by transactions and by Dispatch
	Queries     []Query                           // reads
	Genesis     func(*Ctx, json.RawMessage) error // fills the first state from the genesis section of its name (nil where there is none)

	Guard    func(*Ctx, Call) error // before every rule of every route; the last row's guard runs first
	Begin    func(*Ctx) error       // before the block's transactions; an error makes the block invalid
	End      func(*Ctx)             // after them
	Boundary func(*Ctx)             // after End of an epoch's last height, last row first
	Verdict  func(*Ctx, Verdict)    // a pool that this route opened has closed

	Invariants []Invariant    // must hold after every block
	Sample     func(*Sampler) // proposes plausible messages for the simulator's load

	Rescue bool // none of its messages can be broken: a chain whose circuits are open recovers by them

	Since, Until uint32 // protocol versions that it serves: Since ≤ version, and version < Until unless that is 0
}

// Serves reports whether the route exists under a protocol version.
func (r *Route) Serves(version uint32) bool {
	return r.Since <= version && (r.Until == 0 || version < r.Until)
}

// Address is the account of a route: who calls when a route dispatches, and
// where it keeps what it holds for others. No key is known to have it.
func Address(name string) keys.Address {
	h := keys.Sum([]byte("route"), []byte(name))
	return keys.Address(h[:20])
}

// Invariant is a statement about the state that must hold after every block.
type Invariant struct {
	Name  string
	Check func(*Ctx) error
}

// Call is a message on its way to its rule, as guards see it.
type Call struct {
	Route *Route
	Msg   *Msg
	Body  any  // the decoded message
	Top   bool // of a transaction, not dispatched by a rule
	Index int  // place in the transaction's list; 0 for dispatched ones
}

// Msg is a rule with its message type.
type Msg struct {
	ID     uint16 // permanent number on the wire
	Name   string
	Doc    string
	Cost   uint64       // weight beyond the transaction's bytes
	Dear   uint64       // weight of each byte of the message, beyond that byte
	By     []string     // routes that alone may call it; nil: anyone may
	Grave  bool         // as an action of a proposal it needs the larger majority (class A)
	Rescue bool         // no circuit breaks it
	Urgent bool         // a proposal of such actions alone opens its vote when it is submitted
	Notice string       // message of the same route that hears of proposals with this action; "": none
	Type   reflect.Type // of the message: a struct encoded as an array
	decode func([]byte) (any, error)
	run    func(*Ctx, any) error
}

// CostDefault is the weight of a rule that declares none: some state reads and
// writes, in units of the bytes that they cost to carry.
const CostDefault = 200

// On declares a rule: its permanent number, its name, and the function.
func On[M any](id uint16, name string, rule func(*Ctx, M) error) Msg {
	return Msg{
		ID: id, Name: name, Cost: CostDefault, Type: reflect.TypeFor[M](),
		decode: func(b []byte) (any, error) {
			var m M
			if fast, ok := any(&m).(Wire); ok {
				return m, fast.UnmarshalWire(b)
			}
			err := codec.Unmarshal(b, &m)
			return m, err
		},
		run: func(c *Ctx, body any) error { return rule(c, body.(M)) },
	}
}

// Says adds the sentence that people read.
func (m Msg) Says(doc string) Msg { m.Doc = doc; return m }

// Costs sets the weight beyond the bytes.
func (m Msg) Costs(weight uint64) Msg { m.Cost = weight; return m }

// PerByte sets the weight of each byte of the message beyond the byte itself,
// for messages whose every byte is work to check.
func (m Msg) PerByte(weight uint64) Msg { m.Dear = weight; return m }

// OnlyBy reserves the rule for dispatch by the named routes.
func (m Msg) OnlyBy(routes ...string) Msg { m.By = routes; return m }

// AsGrave makes the message, as an action of a proposal, one of class A.
func (m Msg) AsGrave() Msg { m.Grave = true; return m }

// AsRescue keeps the message out of reach of the breaker.
func (m Msg) AsRescue() Msg { m.Rescue = true; return m }

// AsUrgent lets a proposal of such actions skip its draft.
func (m Msg) AsUrgent() Msg { m.Urgent = true; return m }

// Heralds names the message of the same route, with a Notice as its body, that
// is dispatched when a proposal with this action opens and when it ends.
func (m Msg) Heralds(notice string) Msg { m.Notice = notice; return m }

// Wire is implemented by messages that read their one byte form themselves,
// because blocks are full of them: chain/codec reads by reflection, and then
// writes what it read to compare.
type Wire interface {
	// UnmarshalWire accepts the bytes that chain/codec would, and no others.
	UnmarshalWire(b []byte) error
}

// Decode reads the message's one byte form.
func (m *Msg) Decode(b []byte) (any, error) {
	v, err := m.decode(b)
	if err != nil {
		return nil, ErrMessage.With("message %s: %v", m.Name, err)
	}
	return v, nil
}

// Run applies the rule. Guards are the executor's affair.
func (m *Msg) Run(c *Ctx, body any) error { return m.run(c, body) }

// Query is a read of the state.
type Query struct {
	Name   string
	Doc    string
	In     reflect.Type // a struct of parameters
	Out    reflect.Type // what it answers; a nil pointer stands for nothing found
	decode func(json.RawMessage) (any, error)
	run    func(*Ctx, any) (any, error)
}

// Ask declares a query.
func Ask[Q, R any](name string, fn func(*Ctx, Q) (R, error)) Query {
	return Query{
		Name: name, In: reflect.TypeFor[Q](), Out: reflect.TypeFor[R](),
		decode: func(b json.RawMessage) (any, error) {
			var q Q
			if len(b) == 0 {
				return q, nil
			}
			err := json.Unmarshal(b, &q)
			return q, err
		},
		run: func(c *Ctx, q any) (any, error) { return fn(c, q.(Q)) },
	}
}

// Says adds the sentence that people read.
func (q Query) Says(doc string) Query { q.Doc = doc; return q }

// Run answers the query with parameters given as a JSON object.
func (q *Query) Run(c *Ctx, params json.RawMessage) (any, error) {
	in, err := q.decode(params)
	if err != nil {
		return nil, ErrMessage.With("query %s: %v", q.Name, err)
	}
	return q.run(c, in)
}

// Table is the list of routes in order of execution; chain/route/all holds it.
type Table []*Route

// Check refuses a table that is not one: numbers and names used twice, message
// types that cannot be encoded, parameters outside their own bounds.
func (t Table) Check() error {
	ids, names := map[uint16]bool{}, map[string]bool{}
	for _, r := range t {
		if r.Name == "" || ids[r.ID] || names[r.Name] {
			return fmt.Errorf("route %d %q: number or name missing or used twice", r.ID, r.Name)
		}
		ids[r.ID], names[r.Name] = true, true
		if err := r.check(); err != nil {
			return fmt.Errorf("route %s: %w", r.Name, err)
		}
	}
	for _, r := range t {
		if r.CheckTable == nil {
			continue
		}
		if err := r.CheckTable(t); err != nil {
			return fmt.Errorf("route %s: %w", r.Name, err)
		}
	}
	return nil
}

func (r *Route) check() error {
	ids, names := map[uint16]bool{}, map[string]bool{}
	for i := range r.Msgs {
		m := &r.Msgs[i]
		if m.Name == "" || ids[m.ID] || names[m.Name] {
			return fmt.Errorf("message %d %q: number or name missing or used twice", m.ID, m.Name)
		}
		ids[m.ID], names[m.Name] = true, true
		if _, err := codec.Marshal(reflect.Zero(m.Type).Interface()); err != nil {
			return fmt.Errorf("message %s: %w", m.Name, err)
		}
		if n := r.Msg(m.Notice); m.Notice != "" && (n == nil || n.Type != reflect.TypeFor[Notice]()) {
			return fmt.Errorf("message %s: heralds %q, which takes no notice", m.Name, m.Notice)
		}
	}
	for _, p := range r.Params {
		if names[p.Name] || p.Default < p.Min || p.Default > p.Max {
			return fmt.Errorf("parameter %s: used twice, or default %d outside %d … %d", p.Name, p.Default, p.Min, p.Max)
		}
		names[p.Name] = true
	}
	return nil
}

// Msg is the message with a name, or nil.
func (r *Route) Msg(name string) *Msg {
	for i := range r.Msgs {
		if r.Msgs[i].Name == name {
			return &r.Msgs[i]
		}
	}
	return nil
}

// Find is the route with a name, or nil.
func (t Table) Find(name string) *Route {
	for _, r := range t {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// Resolve finds the rule that a wire message calls under a protocol version.
func (t Table) Resolve(m types.Msg, version uint32) (*Route, *Msg, error) {
	for _, r := range t {
		if r.ID != m.Route || !r.Serves(version) {
			continue
		}
		for i := range r.Msgs {
			if r.Msgs[i].ID == m.ID {
				return r, &r.Msgs[i], nil
			}
		}
		return nil, nil, ErrMessage.With("route %s has no message %d", r.Name, m.ID)
	}
	return nil, nil, ErrMessage.With("no route %d under protocol version %d", m.Route, version)
}

// Weight is what a transaction is charged for: its bytes and the declared cost
// of each of its messages. It fails where there is no such message.
func (t Table) Weight(tx *types.SignedTx, version uint32) (uint64, error) {
	w := uint64(len(tx.Raw))
	for i := range tx.Msgs {
		_, m, err := t.Resolve(tx.Msgs[i], version)
		if err != nil {
			return 0, err
		}
		w += m.Cost + m.Dear*uint64(len(tx.Msgs[i].Body))
	}
	return w, nil
}

// Pack encodes a message for a transaction; name is "route/message". It fails
// where there is no such rule or body is not of its type.
func (t Table) Pack(routeName, msgName string, body any) (types.Msg, error) {
	r := t.Find(routeName)
	if r == nil {
		return types.Msg{}, fmt.Errorf("no route %q", routeName)
	}
	for i := range r.Msgs {
		m := &r.Msgs[i]
		if m.Name != msgName {
			continue
		}
		if reflect.TypeOf(body) != m.Type {
			return types.Msg{}, fmt.Errorf("%s/%s takes %v, not %T", routeName, msgName, m.Type, body)
		}
		b, err := codec.Marshal(body)
		return types.Msg{Route: r.ID, ID: m.ID, Body: b}, err
	}
	return types.Msg{}, fmt.Errorf("route %s has no message %q", routeName, msgName)
}
