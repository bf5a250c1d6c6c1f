package exec_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"probity/chain/codec"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/types"
)

// tester is what the helpers need of a test, a benchmark and a rapid check.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// key is the key of a name: "alice" of an account, "vote/alice" of its votes.
func key(name string) keys.PrivateKey { return keys.FromSeed(keys.Sum([]byte(name))) }

func addr(name string) keys.Address { return key(name).Public().Address() }

// secret is what a member's salts of an epoch follow from.
func secret(name string, e types.Epoch) [32]byte {
	return keys.Sum([]byte("salts/"+name), codec.MustMarshal(e))
}

// salts is how many of them each contract commits to.
const salts = 64

// setup says what a test's genesis holds.
type setup struct {
	members  []string // with 100, 99, 98 … REP
	params   map[string]any
	balances map[string]uint64
	extra    route.Table // rows below all others
}

// small is a chain of three members with epochs of eight blocks.
func small() setup {
	return setup{
		members: []string{"m0", "m1", "m2"},
		params: map[string]any{
			"epoch.blocks": 8, "asc.lead_views": 2, "block.interval": 50, "fees.base_min": 1, "evidence.window": 64,
			"reward.block": 1000,
		},
		balances: map[string]uint64{"alice": 10_000_000, "bob": 1_000_000},
	}
}

// file writes the genesis file: once without signatures, for their hash, and
// then with them.
func (s setup) file(t tester) []byte {
	t.Helper()
	draft, err := exec.ParseGenesis(s.write(t, keys.Hash{}))
	if err != nil {
		t.Fatal(err)
	}
	return s.write(t, draft.Draft())
}

type object = map[string]any

func (s setup) write(t tester, draft keys.Hash) []byte {
	t.Helper()
	var balances, holders, bench, asc []object
	for _, name := range sorted(s.balances) {
		balances = append(balances, object{"address": addr(name), "amount": fmt.Sprint(s.balances[name])})
	}
	for i, name := range s.members {
		k, a := key("vote/"+name), addr(name)
		holders = append(holders, object{"address": a, "amount": types.Whole(uint64(100 - i))})
		seat := availability.Bench{Key: k.Public(), Network: make([]byte, 32)}
		contract := availability.Register{
			Weight: types.Weight(100 - i), Key: k.Public(), Commitment: beacon.Commit(secret(name, 0), salts), Salts: salts,
		}
		b := object{"account": a, "key": seat.Key, "network": seat.Network}
		c := object{"account": a, "weight": contract.Weight, "key": contract.Key, "commitment": contract.Commitment, "salts": salts}
		if !draft.IsZero() {
			b["signature"] = k.Sign(seat.SignBytes(draft, a))
			c["signature"] = k.Sign(contract.SignBytes(draft, a))
		}
		bench, asc = append(bench, b), append(asc, c)
	}
	out, err := json.MarshalIndent(object{
		"chain": "test", "time": 1_700_000_000_000, "protocol": 1, "params": s.params,
		"routes": object{
			"bank": object{"balances": balances}, "rep": object{"holders": holders},
			"availability": object{"bench": bench, "asc": asc},
		},
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sorted[V any](m map[string]V) []string {
	names := []string{}
	for name := range m {
		names = append(names, name)
	}
	for i := range names {
		for j := i; j > 0 && names[j] < names[j-1]; j-- {
			names[j], names[j-1] = names[j-1], names[j]
		}
	}
	return names
}

// chain is a chain that a test extends block by block.
type chain struct {
	t      tester
	x      *exec.Exec // builds
	y      *exec.Exec // verifies
	g      *exec.Genesis
	tip    exec.Parent
	plan   *types.Plan
	sched  *types.Schedule
	nonces map[string]uint64
	names  map[keys.Address]string // of the members
	skip   types.View              // views to skip before the next block
	spoil  func(*exec.Proposal)    // changes the next proposal
}

func start(t tester, s setup) *chain {
	t.Helper()
	g, err := exec.ParseGenesis(s.file(t))
	if err != nil {
		t.Fatal(err)
	}
	table := append(append(route.Table{}, all.Table...), s.extra...)
	c := &chain{t: t, g: g, nonces: map[string]uint64{}, names: map[keys.Address]string{}}
	for _, name := range s.members {
		c.names[addr(name)] = name
	}
	if c.x, err = exec.New(table, g); err != nil {
		t.Fatal(err)
	}
	if c.y, err = exec.New(table, g); err != nil {
		t.Fatal(err)
	}
	r, err := c.x.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	c.tip = r.Parent()
	return c
}

// next is the proposal of whoever leads the next view.
func (c *chain) next() exec.Proposal {
	c.t.Helper()
	h := c.tip.Header
	epoch, view := h.Epoch, h.View
	plan := c.x.Plan(c.tip, epoch)
	if h.Height >= plan.Last() {
		epoch, view = epoch+1, 0
		plan = c.x.Plan(c.tip, epoch)
	}
	if c.plan == nil || c.plan.Epoch != epoch {
		var err error
		if c.sched, err = types.NewSchedule(plan); err != nil {
			c.t.Fatal(err)
		}
		c.plan = plan
	}
	p := exec.Proposal{Epoch: epoch, ParentView: h.View, Time: h.Time + plan.Interval}
	if view > 0 { // the parent's Notarization
		s := types.Statement{Kind: types.Notarize, Epoch: epoch, View: view, Digest: c.tip.Digest}
		p.Votes = []types.Certificate{*c.all(s)}
	}
	for range c.skip {
		view++
		p.Views = append(p.Views, c.record(epoch, view))
	}
	c.skip = 0
	p.View = view + 1
	asc := c.sched.ASC(p.View)
	p.ASC, p.Seed = asc.ID, c.sched.Seed(p.View)
	if asc.Salts > 0 {
		p.Reveal = beacon.Reveal(secret(c.name(asc.Producer), epoch), asc.Salts, c.sched.Salt(p.View))
	}
	if c.spoil != nil {
		c.spoil(&p)
		c.spoil = nil
	}
	return p
}

func (c *chain) name(a keys.Address) string {
	name, ok := c.names[a]
	if !ok {
		c.t.Fatalf("no member has %s", a)
	}
	return name
}

// record is that of a skipped view, nullified by everyone.
func (c *chain) record(e types.Epoch, v types.View) types.ViewRecord {
	return types.ViewRecord{Epoch: e, View: v, Nullification: c.all(types.Statement{Kind: types.Nullify, Epoch: e, View: v})}
}

// all is a certificate of every member.
func (c *chain) all(s types.Statement) *types.Certificate {
	r := &c.plan.Roster
	var votes []types.Vote
	for i := range r.Members {
		votes = append(votes, types.Vote{Statement: s, Signer: uint32(i), Signature: key("vote/" + c.name(r.Members[i].Address)).Sign(s.SignBytes(c.g.Hash()))})
	}
	cert := types.Bundle(votes, len(r.Members))
	return &cert
}

// build makes the next block of the given transactions.
func (c *chain) build(txs ...*types.SignedTx) (*types.Block, *exec.Result, []error) {
	c.t.Helper()
	var dropped []error
	b, r, err := c.x.Build(c.tip, c.next(), list(txs), func(_ *types.SignedTx, err error) { dropped = append(dropped, err) })
	if err != nil {
		c.t.Fatal(err)
	}
	return b, r, dropped
}

func list(txs []*types.SignedTx) func() *types.SignedTx {
	return func() *types.SignedTx {
		if len(txs) == 0 {
			return nil
		}
		tx := txs[0]
		txs = txs[1:]
		return tx
	}
}

// verify judges a block as another member does.
func (c *chain) verify(b *types.Block) (*exec.Result, error) {
	txs, err := exec.Decode(b)
	if err != nil {
		return nil, err
	}
	sigs := make([]bool, len(txs))
	for i, tx := range txs {
		sigs[i] = keys.Verify(tx.Signed(c.g.Hash()))
	}
	return c.y.Verify(c.tip, b, txs, sigs)
}

// add builds a block of transactions that must all be admitted, verifies it,
// and makes it the tip.
func (c *chain) add(txs ...*types.SignedTx) *exec.Result {
	c.t.Helper()
	b, r, dropped := c.build(txs...)
	if len(dropped) > 0 {
		c.t.Fatalf("dropped: %v", dropped)
	}
	v, err := c.verify(b)
	if err != nil {
		c.t.Fatal(err)
	}
	if v.Root() != r.Root() || v.Digest != r.Digest || v.Digest != b.Digest() {
		c.t.Fatalf("built root %s, verified root %s", r.Root(), v.Root())
	}
	c.tip = v.Parent()
	return v
}

// tx signs the account's next transaction.
func (c *chain) tx(from string, msgs ...types.Msg) *types.SignedTx {
	c.t.Helper()
	tx := c.sign(from, types.Tx{Nonce: c.nonces[from], Msgs: msgs})
	c.nonces[from]++
	return tx
}

// sign fills in what tx leaves open and signs it.
func (c *chain) sign(from string, tx types.Tx) *types.SignedTx {
	c.t.Helper()
	if tx.Chain == "" {
		tx.Chain = "test"
	}
	if tx.FeeMax.IsZero() {
		tx.FeeMax = types.NewAmount(100_000)
	}
	if tx.ValidUntil == 0 {
		tx.ValidUntil = 1 << 20
	}
	tx.Sign(key(from), c.g.Hash())
	s, err := types.Seal(tx)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// msg packs a message for "route/name".
func (c *chain) msg(rule string, body any) types.Msg {
	c.t.Helper()
	name, msg, _ := strings.Cut(rule, "/")
	m, err := c.x.Table().Pack(name, msg, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *chain) send(to string, amount uint64) types.Msg {
	return c.msg("bank/send", bank.Send{To: addr(to), Amount: types.NewAmount(amount)})
}

func (c *chain) balance(name string) types.Amount { return bank.Balance(c.tip.State, addr(name)) }
