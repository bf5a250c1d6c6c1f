package exec_test

import (
	"errors"
	"strings"
	"testing"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/dcert"
	"probity/chain/types"
)

// passed is what the tests' legislature executes: any messages, at anybody's word.
type passed struct {
	_    struct{} `cbor:",toarray"`
	Msgs []types.Msg
}

func (passed) Rescues(*route.Ctx) bool { return true }

// lawgiver is a legislature that dispatches what it is given.
var lawgiver = &route.Route{ID: 9, Name: "legislature", Msgs: []route.Msg{
	route.On(1, "submit", pass), route.On(2, "deposit", pass), route.On(3, "vote", pass), route.On(4, "execute", pass),
}}

func pass(c *route.Ctx, m passed) error {
	for _, x := range m.Msgs {
		if err := c.Dispatch(x); err != nil {
			return err
		}
	}
	return nil
}

// breakable is a chain of three members, the first of which is the emergency
// team. With unguarded its dcert has no breaker, as the software of a producer
// that skips it.
func breakable(unguarded bool) setup {
	s := small()
	team := *dcert.Route
	if unguarded {
		team.Guard = nil
	}
	s.table = foundation(lawgiver, &team)
	s.params["dcert.bond"], s.params["dcert.breaker"] = 10_000_000_000, 1
	s.balances["m0"], s.balances["m1"], s.balances["m2"] = 1_000_000, 1_000_000, 1_000_000
	s.sections = object{"dcert": object{"members": []object{{"account": addr("m0"), "bond": "10000000000"}}}}
	return s
}

var commitment = dcert.MotiveCommitment([]byte("exploit"), keys.Hash{1})

// tripped is that chain with transfers broken.
func tripped(t *testing.T) *chain {
	t.Helper()
	c := start(t, breakable(false))
	r := c.add(c.tx("m0", c.msg("dcert/trip", dcert.Trip{Messages: []string{"bank/send"}, Commitment: commitment})))
	if got := r.Receipts()[0]; got.Code != 0 {
		t.Fatalf("trip: %+v", got)
	}
	return c
}

// Goal: the breaker is law and no custom of mempools: a block with a broken
// message is invalid for everyone. Method: the view that mempools ask, an honest
// producer, and one whose software has no breaker.
func TestAD1_BlockWithBrokenMessageIsInvalid(t *testing.T) {
	c := tripped(t)
	tx := c.sign("alice", types.Tx{Msgs: []types.Msg{c.send("bob", 7)}})
	if err := c.x.CheckView(c.tip).Check(tx, 0); !errors.Is(err, dcert.ErrCircuit) {
		t.Errorf("the mempool is told %v", err)
	}
	if r := c.x.Simulate(c.tip, tx); r.Kind != "CIRCUIT_OPEN" || !r.Charged.IsZero() {
		t.Errorf("simulated: %+v", r)
	}
	if b, _, dropped := c.build(tx); len(b.Body.Txs) != 0 || len(dropped) != 1 || !errors.Is(dropped[0], dcert.ErrCircuit) {
		t.Errorf("an honest producer takes %d transactions, drops %v", len(b.Body.Txs), dropped)
	}
	blind, err := exec.New(breakable(true).table, c.g)
	if err != nil {
		t.Fatal(err)
	}
	c.x = blind
	b, _, dropped := c.build(tx)
	if len(b.Body.Txs) != 1 {
		t.Fatalf("a producer without the breaker drops %v", dropped)
	}
	var bad *exec.Invalid
	if _, err := c.verify(b); !errors.As(err, &bad) || bad.Code != exec.BadTx || !errors.Is(err, dcert.ErrCircuit) {
		t.Errorf("members say of its block: %v", err)
	}
}

// Goal: an approved upgrade takes effect with the first epoch at or after its
// height once a quorum signals it, closes the circuits that it lists, and ends
// software that does not know it, which can go on once it does. Method: epochs of
// eight blocks; a plan for height 12; two of three members signal late.
func TestAD4_UpgradeMendsCircuits(t *testing.T) {
	c := tripped(t)
	up := c.msg("availability/upgrade", availability.Upgrade{Height: 12, Protocol: 2, Reset: []string{"bank/send"}})
	c.must(c.add(c.tx("alice", c.msg("legislature/execute", passed{Msgs: []types.Msg{up}}))))
	signal := func(name string) *types.SignedTx {
		return c.tx(name, c.msg("availability/signal", availability.Signal{Protocol: 2}))
	}
	c.must(c.add(signal("m0")))
	c.reach(8)
	if v := c.x.Version(c.tip); v != 1 {
		t.Fatalf("protocol %d before the plan's height", v)
	}
	c.must(c.add(signal("m1"))) // 199 of 297: a quorum is 199
	c.reach(16)
	if v := c.x.Version(c.tip); v != 2 {
		t.Fatalf("protocol %d behind the boundary, want 2", v)
	}

	var old *exec.Outdated
	if _, _, err := c.x.Build(c.tip, c.next(), list(nil), nil); !errors.As(err, &old) || old.Protocol != 2 || old.From != 17 || old.Known != 1 {
		t.Fatalf("software that knows protocol 1 builds: %v", err)
	}
	if !strings.Contains(old.Error(), "install") || strings.Contains(old.Error(), "\n") {
		t.Errorf("it says %q", old)
	}
	c.x.Known = 2
	b, _, err := c.x.Build(c.tip, c.next(), list(nil), nil)
	if err != nil || b.Header.Version != 2 {
		t.Fatalf("version %d: %v", b.Header.Version, err)
	}
	if _, err := c.verify(b); !errors.As(err, &old) {
		t.Fatalf("software that knows protocol 1 verifies: %v", err)
	}
	var bad *exec.Invalid
	if errors.As(err, &bad) {
		t.Fatal("a block is called invalid by software that cannot judge it")
	}
	c.y.Known = 2
	r := c.add(c.tx("alice", c.send("bob", 7)))
	c.must(r)
	var closed bool
	for _, e := range r.Events() {
		closed = closed || e.Route == "dcert" && e.Name == "closed"
	}
	if !closed || len(dcert.Open(c.tip.State)) != 0 {
		t.Errorf("the first block of the upgrade closes nothing: %v", r.Events())
	}
}

// Goal: a plan without a quorum waits, whatever its height, and a newer plan
// replaces it. Method: two of three signal, of which one is light; a plan for
// protocol 3 in its place; the third signals.
func TestUpgradeWaitsForAQuorum(t *testing.T) {
	c := start(t, breakable(false))
	plan := func(h types.Height, p uint32) *types.SignedTx {
		up := c.msg("availability/upgrade", availability.Upgrade{Height: h, Protocol: p})
		return c.tx("alice", c.msg("legislature/execute", passed{Msgs: []types.Msg{up}}))
	}
	signal := func(name string, p uint32) *types.SignedTx {
		return c.tx(name, c.msg("availability/signal", availability.Signal{Protocol: p}))
	}
	for _, tx := range []*types.SignedTx{plan(100, 1), plan(1, 2)} { // not later; passed
		if r := c.add(tx).Receipts()[0]; r.Kind != "UPGRADE" {
			t.Errorf("%+v", r)
		}
	}
	if r := c.add(c.tx("alice", c.msg("availability/upgrade", availability.Upgrade{Height: 100, Protocol: 2}))).Receipts()[0]; r.Kind != "RESERVED" {
		t.Errorf("anybody plans: %+v", r)
	}
	if r := c.add(c.tx("alice", c.msg("availability/signal", availability.Signal{Protocol: 2}))).Receipts()[0]; r.Kind != "BENCH" {
		t.Errorf("anybody signals: %+v", r)
	}
	c.must(c.add(plan(8, 2), signal("m1", 2), signal("m2", 9))) // 98 + 99 of 297
	c.reach(16)
	if v := c.x.Version(c.tip); v != 1 {
		t.Fatalf("protocol %d on two thirds less one", v)
	}
	c.must(c.add(plan(20, 3), signal("m0", 2)))
	c.reach(24)
	if v := c.x.Version(c.tip); v != 1 {
		t.Fatalf("protocol %d: the plan that was replaced took effect", v)
	}
	c.must(c.add(signal("m0", 3)))
	c.must(c.add(signal("m0", 0))) // taken back
	c.reach(32)
	if v := c.x.Version(c.tip); v != 1 {
		t.Fatalf("protocol %d on a signal that was taken back", v)
	}
	c.must(c.add(signal("m0", 3), signal("m1", 3)))
	c.reach(40)
	if v := c.x.Version(c.tip); v != 3 {
		t.Fatalf("protocol %d, want 3", v)
	}
}

// must checks that all transactions of a block were applied.
func (c *chain) must(r *exec.Result) {
	c.t.Helper()
	for _, x := range r.Receipts() {
		if x.Code != 0 {
			c.t.Fatalf("%s: %s", x.Kind, x.Text)
		}
	}
}

// reach adds empty blocks up to a height.
func (c *chain) reach(h types.Height) {
	c.t.Helper()
	for c.tip.Header.Height < h {
		c.add()
	}
}
