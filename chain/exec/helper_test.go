package exec_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"probity/chain/codec"
	"probity/chain/escrow"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
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
	table    route.Table // in place of all.Table, where not nil
	sections object      // of the genesis, beside the foundation's

	suite escrow.Suite      // not nil: the beacon is recoverable, and bench.max is the number of members
	deals map[string]uint32 // how many salts a member deals in the genesis, where not as many as it needs
}

// foundation are the rows that the peers stand on, and then the given ones.
func foundation(peers ...*route.Route) route.Table {
	return append(route.Table{
		params.Route, bank.Route, rep.Route, availability.Route, rescue(beacon.Route), pool.Route, rescue(evidence.Route),
	}, peers...)
}

// rescue is a row of the recovery set.
func rescue(r *route.Route) *route.Route {
	d := *r
	d.Rescue = true
	return &d
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
	roster := s.roster(draft)
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
		if s.suite != nil {
			seat.Escrow, seat.Possession = s.escrowKeys(name, draft)
			b["escrow"], b["possession"] = seat.Escrow, seat.Possession
			contract.Commitment, contract.Salts = nil, 0
			c = object{"account": a, "weight": contract.Weight, "key": contract.Key}
			if !draft.IsZero() {
				list := s.dealings(roster, draft, name, 0, contract.Weight)
				contract.Commitment, contract.Salts, c["dealings"] = join(list), uint32(len(list)), list
			}
		}
		if !draft.IsZero() {
			b["signature"] = k.Sign(seat.SignBytes(draft, a))
			c["signature"] = k.Sign(contract.SignBytes(draft, a))
		}
		bench, asc = append(bench, b), append(asc, c)
	}
	numbers := object{"beacon.scheme": "hashed"}
	if s.suite != nil {
		numbers = object{"beacon.scheme": "recoverable", "bench.max": len(s.members)}
	}
	for name, v := range s.params {
		numbers[name] = v
	}
	routes := object{
		"bank": object{"balances": balances}, "rep": object{"holders": holders},
		"availability": object{"bench": bench, "asc": asc},
	}
	for name, section := range s.sections {
		routes[name] = section
	}
	out, err := json.MarshalIndent(object{
		"chain": "test", "time": 1_700_000_000_000, "protocol": 1, "params": numbers, "routes": routes,
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// escrowSecret is a member's escrow key of a number.
func escrowSecret(name string, k uint32) escrow.Secret {
	return escrow.NewSecret(keys.Sum([]byte("escrow/"+name)), k)
}

// escrowKeys are a member's, with the proof that it holds them.
func (s setup) escrowKeys(name string, bound keys.Hash) (public []types.Bytes, possession types.Bytes) {
	secrets := make([]escrow.Secret, availability.EscrowKeys(s.number("bench.max", uint64(len(s.members)))))
	for k := range secrets {
		secrets[k] = escrowSecret(name, uint32(k))
		public = append(public, s.suite.Public(secrets[k]))
	}
	return public, s.suite.Possess(secrets, availability.PossessionContext(bound, addr(name)))
}

// number is a parameter of the setup.
func (s setup) number(name string, otherwise uint64) uint64 {
	if v, ok := s.params[name]; ok {
		return uint64(v.(int))
	}
	return otherwise
}

// roster is the one that the law freezes at genesis: members come in the order
// of their weight.
func (s setup) roster(bound keys.Hash) *types.Roster {
	r := &types.Roster{}
	if s.suite == nil || bound.IsZero() {
		return r
	}
	for i, name := range s.members {
		m := types.Member{Address: addr(name), Key: key("vote/" + name).Public(), Network: make([]byte, 32), Weight: types.Weight(100 - i)}
		m.Escrow, _ = s.escrowKeys(name, bound)
		r.Members = append(r.Members, m)
	}
	r.Members, _ = availability.Ticketed(r.Members, len(r.Members[0].Escrow))
	return r
}

// dealSeed is what a member deals a salt of an epoch from.
func dealSeed(name string, e types.Epoch, j uint32) [32]byte {
	s := secret(name, e)
	return keys.Sum(s[:], binary.BigEndian.AppendUint32(nil, j))
}

// dealings are those of a member's contract, as many as it needs or as the
// setup says.
func (s setup) dealings(r *types.Roster, bound keys.Hash, name string, e types.Epoch, w types.Weight) []types.Bytes {
	n := availability.SaltsNeeded(w, r.Total(), s.number("epoch.blocks", 0), s.number("beacon.stride", 1))
	if d, ok := s.deals[name]; ok && e == 0 {
		n = d
	}
	return deal(s.suite, r, bound, name, e, 0, n)
}

// deal makes the dealings of n salts from first on; none to a roster without
// tickets.
func deal(suite escrow.Suite, r *types.Roster, bound keys.Hash, name string, e types.Epoch, first, n uint32) (out []types.Bytes) {
	panel, err := suite.Panel(r.Tickets())
	if err != nil {
		return nil
	}
	at := escrow.Place{Bound: bound, Epoch: uint64(e), ASC: availability.ContractID(e, addr(name)), Roster: r.Hash()}
	for at.Salt = first; at.Salt < first+n; at.Salt++ {
		out = append(out, suite.Deal(panel, at, dealSeed(name, e, at.Salt)))
	}
	return out
}

func join(list []types.Bytes) (out types.Bytes) {
	for _, b := range list {
		out = append(out, b...)
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

	setup  setup
	rng    *rand.Rand     // says how skipped views are opened; nil: by reveals in even views, else by shares
	blocks []*types.Block // that add has added
}

func start(t tester, s setup) *chain {
	t.Helper()
	g, err := exec.ParseGenesis(s.file(t))
	if err != nil {
		t.Fatal(err)
	}
	table := s.table
	if table == nil {
		table = all.Table
	}
	c := &chain{t: t, g: g, nonces: map[string]uint64{}, names: map[keys.Address]string{}, setup: s}
	for _, name := range s.members {
		c.names[addr(name)] = name
	}
	if c.x, err = exec.New(table, g); err != nil {
		t.Fatal(err)
	}
	if c.y, err = exec.New(table, g); err != nil {
		t.Fatal(err)
	}
	if s.suite != nil {
		c.x.SealWith(s.suite)
		c.y.SealWith(s.suite)
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
	if c.setup.suite != nil {
		p.Reveal = c.reveal(p.View)
	}
	p.ASC, p.Seed = asc.ID, c.sched.Seed(p.View)
	if plan.Scheme == types.Hashed && asc.Salts > 0 {
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
	out := types.ViewRecord{Epoch: e, View: v, Nullification: c.all(types.Statement{Kind: types.Nullify, Epoch: e, View: v})}
	if c.setup.suite == nil || !c.sched.Salted(v) {
		return out
	}
	o := escrow.Opening{Reveal: escrow.Bytes(c.reveal(v))}
	if c.rng == nil && v%2 == 1 || c.rng != nil && c.rng.IntN(2) == 0 {
		o = escrow.Opening{Shares: c.shares(v, c.holders())}
	}
	out.Salt, out.Nullification.Attachment = c.sched.Opened(v), escrow.MarshalOpening(o)
	return out
}

// reveal is what the leader of a view opens its salt with; the schedule of the
// test takes the salt up. It is nil where the view has none.
func (c *chain) reveal(v types.View) types.Bytes {
	c.t.Helper()
	if !c.sched.Salted(v) {
		return nil
	}
	at, dealing := c.sched.Place(v), c.sched.Dealing(v)
	out := c.setup.suite.Reveal(at, dealSeed(c.name(c.sched.ASC(v).Producer), c.plan.Epoch, c.sched.Salt(v)), dealing)
	salt, err := c.setup.suite.Open(at, dealing, out)
	if err != nil {
		c.t.Fatalf("view %d: %v", v, err)
	}
	c.sched.Open(v, salt)
	return out
}

// tickets is how many a roster has, and threshold how many open a salt.
func (c *chain) tickets() int   { return len(c.plan.Roster.Tickets()) }
func (c *chain) threshold() int { return (c.tickets() + 1) / 2 }

// holders are the lowest tickets of random members, as many as open a salt.
func (c *chain) holders() []uint32 {
	perm := make([]int, len(c.plan.Roster.Members))
	for i := range perm {
		perm[i] = i
	}
	if c.rng != nil {
		perm = c.rng.Perm(len(perm))
	}
	has := map[uint32]bool{}
	for _, i := range perm {
		first := c.plan.Roster.FirstTicket(i)
		for k := range c.plan.Roster.Members[i].Escrow {
			has[first+uint32(k)] = true
		}
		if len(has) >= c.threshold() {
			break
		}
	}
	var out []uint32
	for k := uint32(0); len(out) < c.threshold(); k++ {
		if has[k] {
			out = append(out, k)
		}
	}
	return out
}

// shares are those of some tickets for the salt of a view.
func (c *chain) shares(v types.View, tickets []uint32) (out []escrow.Share) {
	for _, k := range tickets {
		i := 0
		for i+1 < len(c.plan.Roster.Members) && c.plan.Roster.FirstTicket(i+1) <= k {
			i++
		}
		own := escrowSecret(c.name(c.plan.Roster.Members[i].Address), k-c.plan.Roster.FirstTicket(i))
		out = append(out, c.setup.suite.Share(c.sched.Place(v), c.sched.Dealing(v), k, own))
	}
	return out
}

// registers are registrations of every member for the epoch after that of the
// next block, with its whole weight and as many salts as it needs.
func (c *chain) registers(e types.Epoch) (txs []*types.SignedTx) {
	c.t.Helper()
	r, _ := availability.Roster(c.tip.State, e)
	for i, name := range c.setup.members {
		k, w := key("vote/"+name), types.Weight(100-i)
		m := availability.Register{Epoch: e, Weight: w, Key: k.Public()}
		list := c.setup.dealings(&r, availability.Bound(c.tip.State, e), name, e, w)
		m.Commitment, m.Salts = join(list), uint32(len(list))
		m.Proof = k.Sign(m.SignBytes(c.g.Hash(), addr(name)))
		txs = append(txs, c.tx(name, c.msg("availability/register", m)))
	}
	return txs
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
	c.blocks = append(c.blocks, b)
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
