package dcert_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/dcert"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/state"
	"probity/chain/types"
)

// act is what the tests' legislature takes: messages that it dispatches in its
// own name, as a passed proposal does.
type act struct {
	_    struct{} `cbor:",toarray"`
	Msgs []types.Msg
}

// Rescues tells whether all of it is of the recovery set.
func (m act) Rescues(c *route.Ctx) bool {
	for _, x := range m.Msgs {
		if _, msg, err := c.Table().Resolve(x, c.Block.Version); err != nil || !msg.Rescue {
			return false
		}
	}
	return len(m.Msgs) > 0
}

func execute(c *route.Ctx, m act) error {
	for _, x := range m.Msgs {
		if err := c.Dispatch(x); err != nil {
			return err
		}
	}
	return nil
}

// lawPeriod is the tests' law.period: 20 blocks.
var lawPeriod = &route.Param{Name: "law.period", Unit: route.Millis, Default: 20_000, Max: 1 << 40}

var legislature = &route.Route{
	ID: 9, Name: "legislature", Params: []*route.Param{lawPeriod},
	Msgs: []route.Msg{
		route.On(1, "submit", execute), route.On(2, "deposit", execute), route.On(3, "vote", execute),
		route.On(4, "execute", execute),
	},
	// What is due in a block is dispatched from a hook, as scheduled messages are.
	End: func(c *route.Ctx) {
		if m, ok := scheduled.Get(c); ok {
			scheduled.Delete(c)
			verdict := "done"
			if err := c.Dispatch(m); err != nil {
				verdict = err.Error()
			}
			c.Emit("scheduled", "verdict", verdict)
		}
	},
	Verdict: func(c *route.Ctx, v route.Verdict) {
		m, _ := scheduled.Get(c)
		scheduled.Delete(c)
		verdict := "done"
		if err := c.Dispatch(m); err != nil {
			verdict = err.Error()
		}
		c.Emit("verdict", "verdict", verdict)
	},
}

var scheduled = state.NewValue[types.Msg](state.Region{Route: 9, Number: 1, Name: "scheduled"})

// release hears of pre-approvals.
var release = &route.Route{
	ID: 12, Name: "release", Rescue: true,
	Msgs: []route.Msg{
		route.On(30, "preapprove", func(c *route.Ctx, m dcert.Preapprove) error {
			c.Emit("preapproved", "hash", m.Hash)
			return nil
		}).OnlyBy("dcert"),
		route.On(35, "activate", func(*route.Ctx, dcert.Preapprove) error { return nil }).OnlyBy("legislature").AsRescue(),
	},
}

// bench stands for route availability without what needs blocks by producers.
var bench = &route.Route{
	ID: availability.ID, Name: "availability", Rescue: true,
	Params: availability.Route.Params, Msgs: availability.Route.Msgs,
}

func table(more ...*route.Route) route.Table {
	t := route.Table{params.Route, bank.Route, rep.Route, bench, legislature}
	return append(append(t, more...), dcert.Route)
}

// world is a chain in small: a, b, c, d and e have 300 wREP each and are the
// candidates, v, w and x have 1000, 500 and 250 and vote. Epochs have 4 blocks,
// blocks take a second, the exit delay is 24 blocks.
type world struct {
	*routetest.World
	t      testing.TB
	nonces map[string]uint64
}

var holders = map[string]uint64{"a": 300, "b": 300, "c": 300, "d": 300, "e": 300, "v": 1000, "w": 500, "x": 250}

func start(t testing.TB, numbers map[string]uint64, more ...*route.Route) *world {
	t.Helper()
	given := map[string]uint64{
		"epoch.blocks": 4, "evidence.window": 16, "dcert.bond": 100_000_000_000, "dcert.max": 3,
		"dcert.wager": 200_000_000_000, "dcert.stabilization": 10_000, "dcert.breaker": 1, "fees.base_min": 1,
	}
	for k, v := range numbers {
		given[k] = v
	}
	var list, money []string
	for _, name := range []string{"a", "b", "c", "d", "e", "v", "w", "x"} {
		list = append(list, fmt.Sprintf(`{"address":"@%s","amount":"%s"}`, name, types.Whole(holders[name])))
		money = append(money, fmt.Sprintf(`{"address":"@%s","amount":"%s"}`, name, types.Whole(1000)))
	}
	w, err := routetest.New(table(more...), given, map[string]string{
		"rep":  `{"holders":[` + strings.Join(list, ",") + `]}`,
		"bank": `{"balances":[` + strings.Join(money, ",") + `]}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Reload = func(r state.Reader) (*route.Params, error) { return params.Load(r, w.Table) }
	return &world{World: w, t: t, nonces: map[string]uint64{}}
}

// do runs a rule of dcert for a name; the error is its verdict.
func (w *world) do(from, msg string, body any) error {
	_, err := w.Call(from, "dcert", msg, body)
	return err
}

// must is do that succeeds.
func (w *world) must(from, msg string, body any) []types.Event {
	w.t.Helper()
	events, err := w.Call(from, "dcert", msg, body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", from, msg, err)
	}
	return events
}

// refused is do that fails with a verdict.
func (w *world) refused(want *route.Reject, from, msg string, body any) {
	w.t.Helper()
	if err := w.do(from, msg, body); !errors.Is(err, want) {
		w.t.Fatalf("%s %s: %v, want %s", from, msg, err, want.Kind)
	}
}

// pass ends n blocks and returns their events.
func (w *world) pass(n int) (out []types.Event) {
	w.t.Helper()
	for range n {
		events, err := w.Next()
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, events...)
	}
	if err := w.Check(); err != nil {
		w.t.Fatal(err)
	}
	return out
}

// boundary goes to the first block of the next epoch: preferences are counted.
func (w *world) boundary() []types.Event {
	w.t.Helper()
	return w.pass(int(4 - (w.Block.Height-1)%4))
}

// prefer votes for one account with everything, or divides: "a", 500000, "b" …
func (w *world) prefer(voter string, shares ...any) {
	w.t.Helper()
	w.must(voter, "prefer", w.preference(shares...))
}

func (w *world) preference(shares ...any) (m dcert.Prefer) {
	if len(shares) == 1 {
		shares = append(shares, 1_000_000)
	}
	for i := 0; i+1 < len(shares); i += 2 {
		m.Shares = append(m.Shares, dcert.Share{Address: w.Addr(shares[i].(string)), PPM: types.PPM(shares[i+1].(int))})
	}
	return m
}

// bond bonds for oneself.
func (w *world) bond(name string, whole uint64) {
	w.t.Helper()
	w.must(name, "bond", dcert.BondFor{Member: w.Addr(name), Amount: types.Whole(whole)})
}

// group elects and admits a (1000 votes), b (500) and c (250).
func (w *world) group() {
	w.t.Helper()
	for _, name := range []string{"a", "b", "c"} {
		w.bond(name, 100)
	}
	w.prefer("v", "a")
	w.prefer("w", "b")
	w.prefer("x", "c")
	w.boundary()
	for _, name := range []string{"a", "b", "c"} {
		w.must(name, "accept", dcert.Accept{})
	}
}

// members are the names in order of sequence, "*" behind suspended ones.
func (w *world) members() string {
	w.t.Helper()
	var out []string
	for _, m := range ask[[]dcert.Member](w, "members", "") {
		name := w.Names(m.Address.String())
		if m.Suspended != 0 {
			name += "*"
		}
		out = append(out, strings.TrimPrefix(name, "@"))
	}
	return strings.Join(out, " ")
}

func (w *world) wantMembers(want string) {
	w.t.Helper()
	if got := w.members(); got != want {
		w.t.Fatalf("members %q, want %q", got, want)
	}
}

// ask answers a query of dcert.
func ask[T any](w *world, query, in string) T {
	w.t.Helper()
	for i := range dcert.Route.Queries {
		q := &dcert.Route.Queries[i]
		if q.Name != query {
			continue
		}
		out, err := q.Run(w.Ctx("dcert"), []byte(w.Expand(in)))
		if err != nil {
			w.t.Fatal(err)
		}
		return out.(T)
	}
	w.t.Fatalf("no query %s", query)
	panic("unreachable")
}

// wrep is an account's wREP, free what of it is not at stake, both whole.
func (w *world) wrep(name string) uint64 {
	return rep.Balance(w.Ctx("dcert"), rep.WREP, w.Addr(name)).WholeDown()
}

func (w *world) free(name string) uint64 {
	return rep.WREP.Unexposed(w.Ctx("dcert"), w.Addr(name)).WholeDown()
}

// tx signs and runs a transaction, guards included.
func (w *world) tx(from string, msgs ...types.Msg) routetest.Ending {
	w.t.Helper()
	e := w.Apply(w.sign(from, nil, msgs...))
	if e.Refused == nil {
		w.nonces[from]++
	}
	return e
}

func (w *world) sign(from string, payer *keys.Address, msgs ...types.Msg) *types.SignedTx {
	w.t.Helper()
	tx := types.Tx{
		Chain: w.Chain.Name, Nonce: w.nonces[from], ValidUntil: w.Block.Height + 100,
		FeeMax: types.NewAmount(1_000_000), FeePayer: payer, Msgs: msgs,
	}
	tx.Sign(w.Key(from), w.Chain.Genesis)
	s, err := types.Seal(tx)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// msg packs "route/name".
func (w *world) msg(url string, body any) types.Msg {
	w.t.Helper()
	name, of, _ := strings.Cut(url, "/")
	m, err := w.Table.Pack(name, of, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *world) send(to string) types.Msg {
	return w.msg("bank/send", bank.Send{To: w.Addr(to), Amount: types.NewAmount(7)})
}

// motive is a commitment to one.
var motive = dcert.MotiveCommitment([]byte("an exploit of transfers"), keys.Sum([]byte("salt")))

func (w *world) trip(by string, urls ...string) []types.Event {
	w.t.Helper()
	return w.must(by, "trip", dcert.Trip{Messages: urls, Commitment: motive})
}

// notice tells dcert of a proposal, as the legislature does.
func (w *world) notice(msg string, stage route.Stage, number byte, proposer string, action any) error {
	return w.do("legislature", msg, route.Notice{
		Stage: stage, Proposal: keys.Hash{number}, Proposer: w.Addr(proposer), Action: codec.MustMarshal(action),
	})
}

func (w *world) tell(msg string, stage route.Stage, number byte, proposer string, action any) {
	w.t.Helper()
	if err := w.notice(msg, stage, number, proposer, action); err != nil {
		w.t.Fatalf("%s %v: %v", msg, stage, err)
	}
}

// find is the attribute of the first event of a name; "" where there is none.
func find(events []types.Event, name, key string) string {
	for _, e := range events {
		if e.Name != name {
			continue
		}
		for _, a := range e.Attrs {
			if a.Key == key {
				return a.Value
			}
		}
	}
	return ""
}

// as is a context in which an address calls dcert.
func as(w *world, a keys.Address) *route.Ctx {
	c := w.Ctx("dcert")
	c.Sender = a
	return c
}

// money is an account's $ in base units.
func (w *world) money(name string) uint64 {
	v, _ := bank.Balance(w.Ctx("bank"), w.Addr(name)).Uint64()
	return v
}

// plan is an upgrade.
func plan(h types.Height, protocol uint32, reset ...string) availability.Upgrade {
	return availability.Upgrade{Height: h, Protocol: protocol, Reset: reset}
}

// upgraded puts an activation into the state as route availability does at a
// boundary: it takes effect with the next block.
func upgraded(w *world, reset []string) {
	w.t.Helper()
	b, err := codec.Marshal([]any{[]any{uint64(1), uint64(2), reset}, uint64(w.Block.Height + 1)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Ctx("availability").Set(state.Region{Route: availability.ID, Number: 15}.Prefix(), b)
}

func height2(h types.Height) string { return fmt.Sprintf("since height %d", h) }
