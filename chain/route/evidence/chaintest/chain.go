package chaintest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/beacon"
	"probity/chain/state"
	"probity/chain/types"
)

// Person is somebody at genesis.
type Person struct {
	Name    string
	REP     uint64 // whole wREP
	Dollars uint64 // whole $
	Bench   bool   // sits on the bench
	Weight  uint64 // of the contract for epoch 0; 0: none
	Salts   uint32
	Keys    bool // its seat has escrow keys, whatever the beacon
}

// Chain is a chain in the middle of a block, or (before Begin) between two.
type Chain struct {
	Table  route.Table
	Facts  route.Chain
	Params *route.Params
	Block  route.Block // running, or the last one

	backend   *state.Memory
	layer     *state.Layer
	ctx       *route.Ctx
	running   bool
	names     []string // as they came up
	addresses map[string]keys.Address
	persons   map[keys.Address]string
	rotated   map[string]int
	keyed     map[string]bool // whose seats have escrow keys, whatever the beacon
	first     *types.Roster   // of epoch 0, while the genesis is made
	plans     map[types.Epoch]*types.Plan
	oracles   map[types.Epoch]*types.Schedule
	schedule  *types.Schedule
	planned   types.Epoch
}

// New makes the genesis of a chain with the hashed beacon, unless params say
// otherwise.
func New(t route.Table, people []Person, params map[string]uint64) (*Chain, error) {
	return create(t, people, params, types.Hashed, escrow.DHPVSS)
}

// NewSealed makes the genesis of a chain whose salts are dealt by a suite.
func NewSealed(t route.Table, people []Person, params map[string]uint64, suite escrow.Suite) (*Chain, error) {
	return create(t, people, params, types.Recoverable, suite)
}

func create(t route.Table, people []Person, params map[string]uint64, scheme types.Scheme, suite escrow.Suite) (*Chain, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	given := map[string]uint64{"beacon.scheme": uint64(scheme)}
	for name, v := range params {
		given[name] = v
	}
	p, err := route.NewParams(t, given)
	if err != nil {
		return nil, err
	}
	w := &Chain{
		Table: t, Params: p, backend: state.NewMemory(), rotated: map[string]int{}, plans: map[types.Epoch]*types.Plan{},
		addresses: map[string]keys.Address{}, persons: map[keys.Address]string{}, keyed: map[string]bool{}, oracles: map[types.Epoch]*types.Schedule{},
		Facts: route.Chain{Name: "test", Genesis: keys.Sum([]byte("genesis")), Draft: keys.Sum([]byte("draft")), Escrow: suite},
		Block: route.Block{Version: 1, BaseFee: types.NewAmount(1), Time: 1000},
	}
	w.first = w.genesisRoster(people)
	sections := w.sections(people)
	w.first = nil
	w.open()
	for _, r := range t {
		if r.Genesis == nil {
			continue
		}
		if err := r.Genesis(w.ctx.For(r), sections[r.Name]); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	w.seal()
	return w, nil
}

// sections are the routes' parts of the genesis file.
func (w *Chain) sections(people []Person) map[string]json.RawMessage {
	var balances, holders, bench, contracts []any
	for _, p := range people {
		a := w.Addr(p.Name)
		if p.Dollars > 0 {
			balances = append(balances, map[string]any{"address": a, "amount": types.Whole(p.Dollars)})
		}
		if p.REP > 0 {
			holders = append(holders, map[string]any{"address": a, "amount": types.Whole(p.REP)})
		}
		key := w.Key(p.Name)
		if p.Bench {
			m := w.Seat(p.Name, w.Facts.Draft)
			seat := map[string]any{"account": a, "key": m.Key, "network": m.Network, "signature": m.Proof}
			if len(m.Escrow) > 0 {
				seat["escrow"], seat["possession"] = m.Escrow, m.Possession
			}
			bench = append(bench, seat)
		}
		if p.Weight > 0 {
			m := w.Contract(p.Name, 0, p.Weight, p.Salts, w.Facts.Draft)
			contract := map[string]any{
				"account": a, "weight": m.Weight, "key": key.Public(), "commitment": m.Commitment, "salts": m.Salts, "signature": m.Proof,
			}
			if w.recoverable(0) {
				contract = map[string]any{
					"account": a, "weight": m.Weight, "key": key.Public(), "dealings": w.Deal(p.Name, 0, 0, p.Salts), "signature": m.Proof,
				}
			}
			contracts = append(contracts, contract)
		}
	}
	return map[string]json.RawMessage{
		"bank":         section(map[string]any{"balances": balances}),
		"rep":          section(map[string]any{"holders": holders}),
		"availability": section(map[string]any{"bench": bench, "asc": contracts}),
	}
}

func section(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Account is the key of a person's account.
func (w *Chain) Account(name string) keys.PrivateKey {
	return keys.FromSeed(keys.Sum([]byte("account"), []byte(name)))
}

// Key is the key with which a person votes and proposes, as rotated last.
func (w *Chain) Key(name string) keys.PrivateKey { return consensusKey(name, w.rotated[name]) }

func consensusKey(name string, n int) keys.PrivateKey {
	return keys.FromSeed(keys.Sum([]byte("consensus"), []byte(name), []byte{byte(n)}))
}

// Rotate gives a person another consensus key.
func (w *Chain) Rotate(name string) { w.rotated[name]++ }

// Addr is a person's address. Names are remembered for Names.
func (w *Chain) Addr(name string) keys.Address {
	if a, ok := w.addresses[name]; ok {
		return a
	}
	a := w.Account(name).Public().Address()
	if w.Table.Find(name) != nil || name == "treasury" || name == "salary" || name == "legislature" {
		a = route.Address(name)
	}
	w.names = append(w.names, name)
	w.addresses[name], w.persons[a] = a, name
	return a
}

// Name is whose address it is.
func (w *Chain) Name(a keys.Address) string {
	if n, ok := w.persons[a]; ok {
		return n
	}
	return a.String()
}

// Names puts names in the place of addresses.
func (w *Chain) Names(text string) string {
	for _, n := range w.names {
		text = strings.ReplaceAll(text, w.addresses[n].String(), n)
	}
	return text
}

// Expand puts addresses in the place of @names that have come up.
func (w *Chain) Expand(text string) string {
	for _, n := range w.names {
		text = strings.ReplaceAll(text, "@"+n+`"`, w.addresses[n].String()+`"`)
	}
	return text
}

// Seat is a registration on the bench, with its proof.
func (w *Chain) Seat(name string, bound keys.Hash) availability.Bench {
	network := keys.Sum([]byte("network"), []byte(name))
	m := availability.Bench{Key: w.Key(name).Public(), Network: network[:]}
	if w.keyed[name] || w.Params.Get(availability.BeaconScheme) == uint64(types.Recoverable) {
		m.Escrow, m.Possession = w.EscrowKeys(name, availability.EscrowKeys(w.Params.Get(availability.BenchMax)), bound)
	}
	m.Proof = w.Key(name).Sign(m.SignBytes(bound, w.Addr(name)))
	return m
}

// Contract is a registration for an epoch, with its proof.
func (w *Chain) Contract(name string, e types.Epoch, weight uint64, salts uint32, bound keys.Hash) availability.Register {
	m := availability.Register{
		Epoch: e, Weight: types.Weight(weight), Key: w.Key(name).Public(),
		Commitment: beacon.Commit(secret(name, e), salts), Salts: salts,
	}
	if w.recoverable(e) {
		m.Commitment = Join(w.Deal(name, e, 0, salts))
	}
	m.Proof = w.Key(name).Sign(m.SignBytes(bound, w.Addr(name)))
	return m
}

func secret(name string, e types.Epoch) keys.Hash {
	return keys.Sum([]byte("secret"), []byte(name), binary.BigEndian.AppendUint64(nil, uint64(e)))
}

// Digest is the name of the block at a height.
func Digest(h types.Height) keys.Hash {
	return keys.Sum([]byte("block"), binary.BigEndian.AppendUint64(nil, uint64(h)))
}

// open starts a layer for the running block.
func (w *Chain) open() {
	w.layer = state.NewLayer(state.NewBase(w.backend))
	w.ctx = route.NewCtx(&w.layer.Overlay, w.Facts, w.Params, &w.Block, w.Table)
	w.running = true
}

func (w *Chain) seal() {
	_, changes := w.layer.Seal(w.Block.Height)
	w.backend.Commit(changes)
	w.backend.Prune(changes.Version)
	w.running = false
}

// Reader is the state of the running block, or after the last one.
func (w *Chain) Reader() state.Reader {
	if w.running {
		return w.ctx
	}
	return state.NewBase(w.backend)
}

// Ctx is the context in which hooks of a route run.
func (w *Chain) Ctx(routeName string) *route.Ctx {
	r := w.Table.Find(routeName)
	if r == nil {
		panic("chaintest: no route " + routeName)
	}
	if !w.running {
		c := route.NewCtx(state.NewOverlay(state.NewBase(w.backend)), w.Facts, w.Params, &w.Block, w.Table)
		return c.For(r)
	}
	return w.ctx.For(r)
}

// Plan is the plan of an epoch, which must be known.
func (w *Chain) Plan(e types.Epoch) *types.Plan {
	if p := w.plans[e]; p != nil {
		return p
	}
	p := availability.Plan(w.Reader(), e)
	if p == nil {
		panic(fmt.Sprintf("chaintest: no plan of epoch %d", e))
	}
	w.plans[e] = p // it never changes, and tests may ask for it after it is forgotten
	return p
}

// Schedule is that of an epoch, as far as blocks had opened it when its plan was
// first asked for; Known goes on from there.
func (w *Chain) Schedule(e types.Epoch) *types.Schedule {
	s, err := types.NewSchedule(w.Plan(e))
	if err != nil {
		panic(err)
	}
	return s
}

// Leader is who is drawn for a view of an epoch.
func (w *Chain) Leader(e types.Epoch, v types.View) string {
	return w.Name(w.reach(e, v).ASC(v).Producer)
}

// NextView is the epoch and view of the next block, if no view is skipped.
func (w *Chain) NextView() (types.Epoch, types.View) {
	if w.Block.Height == 0 {
		return 0, 1
	}
	if w.Plan(w.Block.Epoch).Last() == w.Block.Height {
		return w.Block.Epoch + 1, 1
	}
	return w.Block.Epoch, w.Block.View + 1
}

// Run calls a rule in the name of a person or route, without guards. Its
// effects happen where it does not fail.
func (w *Chain) Run(from, routeName, msgName string, body any) ([]types.Event, error) {
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

// Try runs f inside the running block and forgets what it wrote.
func (w *Chain) Try(f func() error) error {
	before := w.Block
	layer, ctx := w.layer, w.ctx
	w.layer = state.NewLayer(state.NewBase(w.backend))
	c := *ctx
	c.Overlay = &w.layer.Overlay
	layer.Range(nil, nil, func(k, v []byte) bool {
		w.layer.Set(k, v)
		return true
	})
	w.ctx = &c
	err := f()
	w.Block, w.layer, w.ctx = before, layer, ctx
	return err
}

// Sent is how a transaction ended.
type Sent struct {
	Refused error // a guard's verdict
	Failed  error // a rule's
	Free    bool
	Events  []types.Event
}

// Send runs a transaction as the executor does.
func (w *Chain) Send(from string, nonce uint64, msgs ...types.Msg) (s Sent) {
	raw := types.Tx{
		Chain: w.Facts.Name, Nonce: nonce, FeeMax: types.Whole(1), ValidUntil: w.Block.Height + 10, Msgs: msgs,
	}
	raw.Sign(w.Account(from), w.Facts.Genesis)
	tx, err := types.Seal(raw)
	if err != nil {
		return Sent{Refused: err}
	}
	var calls []route.Call
	for i := range tx.Msgs {
		r, msg, err := w.Table.Resolve(tx.Msgs[i], w.Block.Version)
		if err != nil {
			return Sent{Refused: err}
		}
		body, err := msg.Decode(tx.Msgs[i].Body)
		if err != nil {
			return Sent{Refused: err}
		}
		calls = append(calls, route.Call{Route: r, Msg: msg, Body: body, Top: true, Index: i})
	}
	before := w.Block
	child := w.layer.Child()
	c := w.ctx.ForTx(tx, child)
	for _, call := range calls {
		if err := c.Guards(call); err != nil {
			w.Block = before
			return Sent{Refused: err}
		}
	}
	child.Merge()
	s.Free = c.Free
	for _, call := range calls {
		if s.Failed = c.Apply(call); s.Failed != nil {
			return s
		}
	}
	child.Merge()
	s.Events = c.Events()
	return s
}

// Query answers a query, indented, with names.
func (w *Chain) Query(routeName, name, in string) (string, error) {
	r := w.Table.Find(routeName)
	if r == nil {
		return "", fmt.Errorf("no route %q", routeName)
	}
	for i := range r.Queries {
		if r.Queries[i].Name != name {
			continue
		}
		out, err := r.Queries[i].Run(w.Ctx(routeName), json.RawMessage(in))
		if err != nil {
			return "", err
		}
		b, err := json.MarshalIndent(out, "", " ")
		return w.Names(string(b)), err
	}
	return "", fmt.Errorf("route %s has no query %q", routeName, name)
}

// Check checks the invariants of all routes.
func (w *Chain) Check() error {
	for _, r := range w.Table {
		for _, inv := range r.Invariants {
			if err := inv.Check(w.Ctx(r.Name)); err != nil {
				return fmt.Errorf("%s: %s: %w", r.Name, inv.Name, err)
			}
		}
	}
	return nil
}

func (w *Chain) rosterHash(e types.Epoch) (keys.Hash, bool) {
	return availability.RosterHash(w.Reader(), e)
}
