// Package routetest is a small world for the tests of routes: a state, a block
// that runs, accounts with names, and transcripts that drive them (Script).
//
// It runs hooks, guards and rules as the executor does, over any table, without
// headers, signatures and consensus; so a route can be tested with the few rows
// above it. It promises no more than that: what a whole block does is tested in
// chain/exec.
package routetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// World is a chain of some routes in the middle of a block.
type World struct {
	Table  route.Table
	Chain  route.Chain
	Params *route.Params
	Block  route.Block // the running block; tests may set what hooks look at
	Blocks uint64      // in an epoch
	// Reload reads the parameters in force at the start of a block; nil leaves
	// Params as they are.
	Reload func(state.Reader) (*route.Params, error)

	backend *state.Memory
	layer   *state.Layer
	ctx     *route.Ctx
	names   map[keys.Address]string
}

// New makes the genesis of a world and begins its first block. sections are the
// routes' parts of a genesis file, in which "@alice" stands for an address.
func New(t route.Table, params map[string]uint64, sections map[string]string) (*World, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	p, err := route.NewParams(t, params)
	if err != nil {
		return nil, err
	}
	w := &World{
		Table: t, Params: p, Blocks: 4, backend: state.NewMemory(), names: map[keys.Address]string{},
		Chain: route.Chain{Name: "test", Genesis: keys.Sum([]byte("genesis")), Draft: keys.Sum([]byte("draft"))},
	}
	if d := p.Find("epoch.blocks"); d != nil {
		w.Blocks = p.Get(d)
	}
	for _, name := range chainAccounts {
		w.names[route.Address(name)] = name
	}
	for _, r := range t {
		w.names[route.Address(r.Name)] = r.Name
	}
	w.Block = route.Block{Version: 1, BaseFee: types.NewAmount(1)}
	w.open()
	for _, r := range t {
		if r.Genesis == nil {
			continue
		}
		var section json.RawMessage
		if text, ok := sections[r.Name]; ok {
			section = json.RawMessage(w.Expand(text))
		}
		if err := r.Genesis(w.ctx.For(r), section); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	w.seal()
	return w, w.begin()
}

// chainAccounts are names that stand for the chain's own accounts and for
// routes that call those of the foundation, whether or not they are in a table.
var chainAccounts = []string{
	"treasury", "salary", "salary.grep", "incinerator",
	"forum", "legislature", "court", "dcert", "release", "contribution", "oracle",
}

// open starts a layer for the running block.
func (w *World) open() {
	w.layer = state.NewLayer(state.NewBase(w.backend))
	w.ctx = route.NewCtx(&w.layer.Overlay, w.Chain, w.Params, &w.Block, w.Table)
}

func (w *World) seal() {
	_, changes := w.layer.Seal(w.Block.Height)
	w.backend.Commit(changes)
	w.backend.Prune(changes.Version)
}

// begin opens the next block and runs the Begin hooks.
func (w *World) begin() error {
	last := w.Block
	w.Block = route.Block{
		Version: last.Version, Height: last.Height + 1, ParentView: last.View, View: last.View + 1,
		ParentTime: last.Time, Time: last.Time + 1000, BaseFee: last.BaseFee,
	}
	w.Block.Epoch = types.Epoch(uint64(last.Height) / w.Blocks)
	if uint64(last.Height)%w.Blocks == 0 {
		w.Block.View = 1
	}
	w.Block.Parent = keys.Sum([]byte("block"), codec.MustMarshal(uint64(last.Height)))
	if w.Reload != nil {
		p, err := w.Reload(state.NewBase(w.backend))
		if err != nil {
			return err
		}
		w.Params = p
	}
	w.open()
	for _, r := range w.Table {
		if r.Begin != nil {
			if err := r.Begin(w.ctx.For(r)); err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
		}
	}
	return nil
}

// Next ends the running block and begins another. It returns the events of the
// hooks.
func (w *World) Next() ([]types.Event, error) {
	for _, r := range w.Table {
		if r.End != nil {
			r.End(w.ctx.For(r))
		}
	}
	if uint64(w.Block.Height)%w.Blocks == 0 {
		for i := len(w.Table) - 1; i >= 0; i-- {
			if r := w.Table[i]; r.Boundary != nil {
				r.Boundary(w.ctx.For(r))
			}
		}
	}
	w.seal()
	events := w.ctx.Events()
	err := w.begin()
	return append(events, w.ctx.Events()...), err
}

// Ctx is the context of the running block in which hooks of a route run.
func (w *World) Ctx(routeName string) *route.Ctx {
	r := w.Table.Find(routeName)
	if r == nil {
		panic("routetest: no route " + routeName)
	}
	return w.ctx.For(r)
}

// Key is the key of a named account.
func (w *World) Key(name string) keys.PrivateKey {
	return keys.FromSeed(keys.Sum([]byte("account"), []byte(name)))
}

// Addr is the address of a name: an account's, or a route's as "@bank".
func (w *World) Addr(name string) keys.Address {
	for a, n := range w.names {
		if n == name {
			return a
		}
	}
	a := w.Key(name).Public().Address()
	if of, ok := strings.CutPrefix(name, "@"); ok {
		a = route.Address(of)
	}
	w.names[a] = name
	return a
}

// Call runs one rule in the name of an account or route, without guards. Its
// effects happen where it does not fail.
func (w *World) Call(from, routeName, msgName string, body any) ([]types.Event, error) {
	m, err := w.Table.Pack(routeName, msgName, body)
	if err != nil {
		return nil, err
	}
	r, msg, err := w.Table.Resolve(m, w.Block.Version)
	if err != nil {
		return nil, err
	}
	decoded, err := msg.Decode(m.Body)
	if err != nil {
		return nil, err
	}
	child := w.layer.Child()
	c := w.ctx.ForTx(&types.SignedTx{From: w.Addr(from)}, child)
	if err := c.Apply(route.Call{Route: r, Msg: msg, Body: decoded, Top: true}); err != nil {
		return nil, err
	}
	child.Merge()
	return c.Events(), nil
}

// Ending is how a transaction ended.
type Ending struct {
	Refused error // a guard's verdict: no trace
	Failed  error // a rule's verdict: paid, nothing else
	Charged types.Amount
	Weight  uint64
	Events  []types.Event
}

// Apply runs a transaction as the executor does: the guards of all messages,
// then the rules.
func (w *World) Apply(tx *types.SignedTx) (e Ending) {
	var calls []route.Call
	for i := range tx.Msgs {
		r, msg, err := w.Table.Resolve(tx.Msgs[i], w.Block.Version)
		if err != nil {
			return Ending{Refused: err}
		}
		body, err := msg.Decode(tx.Msgs[i].Body)
		if err != nil {
			return Ending{Refused: err}
		}
		calls = append(calls, route.Call{Route: r, Msg: msg, Body: body, Top: true, Index: i})
	}
	before := w.Block
	child := w.layer.Child()
	c := w.ctx.ForTx(tx, child)
	for _, call := range calls {
		if err := c.Guards(call); err != nil {
			w.Block = before
			return Ending{Refused: err}
		}
	}
	child.Merge()
	e.Charged, e.Weight = w.Block.Fees.Sub(before.Fees), w.Block.Weight-before.Weight
	admitted := c.Log().Len()
	for _, call := range calls {
		if e.Failed = c.Apply(call); e.Failed != nil {
			child.Reset()
			c.Rewind(admitted)
			break
		}
	}
	child.Merge()
	e.Events = c.Events()
	return e
}

// Query answers a query as JSON.
func (w *World) Query(routeName, name, in string) (string, error) {
	r := w.Table.Find(routeName)
	if r == nil {
		return "", fmt.Errorf("no route %q", routeName)
	}
	for i := range r.Queries {
		if r.Queries[i].Name != name {
			continue
		}
		out, err := r.Queries[i].Run(w.ctx.For(r), json.RawMessage(w.Expand(in)))
		if err != nil {
			return "", err
		}
		b, err := json.Marshal(out)
		return w.Names(string(b)), err
	}
	return "", fmt.Errorf("route %s has no query %q", routeName, name)
}

// Check checks the invariants of all routes.
func (w *World) Check() error {
	for _, r := range w.Table {
		for _, inv := range r.Invariants {
			if err := inv.Check(w.ctx.For(r)); err != nil {
				return fmt.Errorf("%s: %s: %w", r.Name, inv.Name, err)
			}
		}
	}
	return nil
}

// Body reads a message's JSON, in which "@alice" stands for an address.
func (w *World) Body(routeName, msgName, text string) (any, error) {
	r := w.Table.Find(routeName)
	if r == nil {
		return nil, fmt.Errorf("no route %q", routeName)
	}
	for i := range r.Msgs {
		if r.Msgs[i].Name != msgName {
			continue
		}
		v := reflect.New(r.Msgs[i].Type)
		if text != "" {
			if err := route.ReadJSON(json.RawMessage(w.Expand(text)), v.Interface()); err != nil {
				return nil, err
			}
		}
		return v.Elem().Interface(), nil
	}
	return nil, fmt.Errorf("route %s has no message %q", routeName, msgName)
}

// Expand puts addresses in the place of names: @alice.
func (w *World) Expand(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "@")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		n := strings.IndexFunc(rest, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.'
		})
		if n < 0 {
			n = len(rest)
		}
		b.WriteString(w.Addr(rest[:n]).String())
		text = rest[n:]
	}
}

// Names puts names in the place of addresses.
func (w *World) Names(text string) string {
	list := make([]keys.Address, 0, len(w.names))
	for a := range w.names {
		list = append(list, a)
	}
	sort.Slice(list, func(i, j int) bool { return w.names[list[i]] < w.names[list[j]] })
	for _, a := range list {
		text = strings.ReplaceAll(text, a.String(), "@"+w.names[a])
	}
	return text
}
