package attack

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/availability"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// assembly is a chain that one member makes block after block, for attacks on
// what people decide: consensus adds nothing to them. Blocks are built by the
// executor under the whole table, as a member builds them, from transactions
// that carry no signature. Time is the proposal's: days pass between two blocks.
//
// The first trouble stays: every method does nothing after it, and failed tells
// it. So a script reads as a story and asks once at its end.
type assembly struct {
	x      *exec.Exec
	ground ground
	tip    exec.Parent
	plan   *types.Plan
	sched  *types.Schedule

	queue  []*types.SignedTx
	ends   map[keys.Hash]ending // of the transactions of the last sealing
	nonces map[string]uint64
	names  map[keys.PublicKey]string
	events []types.Event // of hooks and transactions of the last block
	every  types.Height  // blocks between two checks of all invariants
	checks int64
	err    error

	// built is told of every block, and how long its execution took; nil: nobody is.
	built func(took time.Duration, r *exec.Result)
}

// ending is how a transaction ended: kind is that of its refusal, empty where
// there is none.
type ending struct{ kind, text string }

// sitting says what an assembly starts from.
type sitting struct {
	seed   uint64
	rep    map[string]uint64 // whole wREP by name; the member house has one of its own
	params map[string]uint64
	routes map[string]any // sections of the genesis, beside those of the foundation
	every  types.Height   // 0: invariants are checked after every block
	stored bool           // the state is in a member's database, as where times are measured
}

// The chain of an assembly: short epochs, no beacon to speak of (its one
// member deals no salts), and mints that no cap hides.
var assemblyParams = map[string]uint64{
	"beacon.scheme": uint64(types.Hashed), "epoch.blocks": 8, "asc.lead_views": 2, "fees.base_min": 1, "evidence.window": 64,
	"reward.block": 0, "rep.year_cap_ppm": 0,
}

const (
	house    = "house"       // the member that makes all blocks
	purse    = 1_000_000_000 // whole $ of everyone
	feeMax   = 100_000       // whole $ that a transaction may cost
	genesisT = types.Time(1_700_000_000_000)
)

// keyOf is the public key of a name. Nobody signs in an assembly.
func keyOf(name string) keys.PublicKey {
	return keys.PublicKey(keys.Sum([]byte("assembly"), []byte(name)))
}

// addressOf is the account of a name.
func addressOf(name string) keys.Address { return keyOf(name).Address() }

// convene makes the genesis of a chain.
func convene(s sitting) (*assembly, error) {
	draft, err := exec.ParseGenesis(s.file(nil))
	if err != nil {
		return nil, err
	}
	bound := draft.Draft()
	g, err := exec.ParseGenesis(s.file(&bound))
	if err != nil {
		return nil, err
	}
	a := &assembly{nonces: map[string]uint64{}, names: map[keys.PublicKey]string{}, every: max(1, s.every)}
	if a.x, err = exec.New(all.Table, g); err != nil {
		return nil, err
	}
	first, err := a.x.Genesis()
	if err != nil {
		return nil, err
	}
	if s.stored {
		a.ground, err = newDatabase(g.Hash(), first)
	} else {
		a.ground = newModel(first)
	}
	if err != nil {
		return nil, err
	}
	a.tip = a.x.Base(a.ground, first.Header, first.Digest)
	return a, nil
}

// file is the genesis file, without the signature of the one member where bound
// is nil.
func (s sitting) file(bound *keys.Hash) []byte {
	type object = map[string]any
	vote := keys.FromSeed(keys.Sum([]byte("assembly member")))
	who := addressOf(house)
	holders := []object{{"address": who, "amount": types.Whole(1)}}
	balances := []object{{"address": who, "amount": types.Whole(purse)}}
	for _, name := range slices.Sorted(maps.Keys(s.rep)) {
		balances = append(balances, object{"address": addressOf(name), "amount": types.Whole(purse)})
		if s.rep[name] > 0 {
			holders = append(holders, object{"address": addressOf(name), "amount": types.Whole(s.rep[name])})
		}
	}
	seat := availability.Bench{Key: vote.Public(), Network: make([]byte, 32)}
	bench := object{"account": who, "key": seat.Key, "network": seat.Network}
	if bound != nil {
		bench["signature"] = vote.Sign(seat.SignBytes(*bound, who))
	}
	numbers := maps.Clone(assemblyParams)
	maps.Copy(numbers, s.params)
	routes := object{
		"bank": object{"balances": balances}, "rep": object{"holders": holders}, "availability": object{"bench": []object{bench}},
	}
	maps.Copy(routes, s.routes)
	raw, err := json.Marshal(object{
		"chain": fmt.Sprintf("assembly-%d", s.seed), "time": genesisT, "protocol": 1, "params": numbers, "routes": routes,
	})
	if err != nil {
		panic("attack: " + err.Error()) // numbers and texts only
	}
	return raw
}

// failed is the first trouble, nil where there was none.
func (a *assembly) failed() error { return a.err }

func (a *assembly) fail(format string, args ...any) {
	if a.err == nil {
		a.err = fmt.Errorf("height %d: "+format, append([]any{a.tip.Header.Height}, args...)...)
	}
}

// message packs a body for "route/message".
func (a *assembly) message(rule string, body any) types.Msg {
	routeName, name, _ := strings.Cut(rule, "/")
	m, err := all.Table.Pack(routeName, name, body)
	if err != nil {
		a.fail("%w", err)
	}
	return m
}

// say queues a transaction of one message for the next sealing, and names it.
func (a *assembly) say(who, rule string, body any) keys.Hash {
	if a.err != nil {
		return keys.Hash{}
	}
	tx, err := types.Seal(types.Tx{
		Chain: a.x.Chain().Name, Sender: keyOf(who), Nonce: a.nonces[who], FeeMax: types.Whole(feeMax),
		ValidUntil: a.tip.Header.Height + 1<<20, Msgs: []types.Msg{a.message(rule, body)},
	})
	if err != nil {
		a.fail("%w", err)
		return keys.Hash{}
	}
	a.nonces[who]++
	a.names[keyOf(who)] = who
	a.queue = append(a.queue, tx)
	return tx.Hash
}

// now is the time of the last block.
func (a *assembly) now() types.Time { return a.tip.Header.Time }

// seal makes blocks until all that is queued is in one or refused; the first is
// at least wait later than the last block was.
func (a *assembly) seal(wait types.Time) {
	a.ends = map[keys.Hash]ending{}
	for first := true; a.err == nil && (first || len(a.queue) > 0); first = false {
		before := len(a.queue)
		a.block(wait)
		if len(a.queue) == before && before > 0 {
			a.fail("%d transactions find no room", before)
		}
		wait = 0
	}
}

// must is seal where nothing may be refused.
func (a *assembly) must(wait types.Time) {
	a.seal(wait)
	for _, e := range a.ends {
		if e.kind != "" {
			a.fail("refused as %s: %s", e.kind, e.text)
		}
	}
}

// try queues one message, seals, and is the kind of its refusal.
func (a *assembly) try(who, rule string, body any) string {
	tx := a.say(who, rule, body)
	a.seal(0)
	return a.ends[tx].kind
}

// idle makes n blocks.
func (a *assembly) idle(n int) {
	for range n {
		a.seal(0)
	}
}

// reach makes a block at a time, or the next one where that has passed.
func (a *assembly) reach(at types.Time) {
	if now := a.now(); at > now {
		a.seal(at - now)
	} else {
		a.seal(0)
	}
}

// block makes one block of what is queued and finds room.
func (a *assembly) block(wait types.Time) {
	in := a.proposal(wait)
	if a.err != nil {
		return
	}
	left := a.queue
	next := func() (tx *types.SignedTx) {
		if len(left) > 0 {
			tx, left = left[0], left[1:]
		}
		return tx
	}
	began := time.Now()
	b, r, err := a.x.Build(a.tip, in, next, func(tx *types.SignedTx, err error) {
		e := route.AsReject(err)
		a.ends[tx.Hash] = ending{e.Kind, e.Text}
		a.nonces[a.names[tx.Sender]]-- // guards leave no trace
	})
	took := time.Since(began)
	if err != nil {
		a.fail("%w", err)
		return
	}
	a.events = r.Events()
	for _, e := range r.Receipts() {
		a.ends[e.Tx] = ending{e.Kind, e.Text}
		a.events = append(a.events, e.Events...)
	}
	rest := a.queue[:0:0]
	for _, tx := range a.queue {
		if _, done := a.ends[tx.Hash]; !done {
			rest = append(rest, tx)
		}
	}
	a.queue = rest
	if err := a.ground.take(b, r); err != nil {
		a.fail("%w", err)
		return
	}
	a.tip = a.x.Base(a.ground, r.Header, r.Digest)
	if r.Header.Height%a.every == 0 {
		a.check()
	}
	if a.built != nil {
		a.built(took, r)
	}
}

// check checks all invariants of all routes.
func (a *assembly) check() {
	a.checks++
	if err := a.x.Invariants(a.tip); err != nil {
		a.fail("%w: %w", errInvariant, err)
	}
}

var errInvariant = errors.New("an invariant does not hold")

// proposal is what the member proposes: the next view, with the parent's
// Notarization.
func (a *assembly) proposal(wait types.Time) exec.Proposal {
	if a.err != nil {
		return exec.Proposal{}
	}
	h := a.tip.Header
	epoch, view := h.Epoch, h.View
	if a.plan == nil || a.plan.Epoch != epoch || h.Height >= a.plan.Last() {
		plan := a.x.Plan(a.tip, epoch)
		if h.Height >= plan.Last() {
			epoch, view = epoch+1, 0
			plan = a.x.Plan(a.tip, epoch)
		}
		sched, err := types.NewSchedule(plan)
		if err != nil {
			a.fail("%w", err)
			return exec.Proposal{}
		}
		a.plan, a.sched = plan, sched
	}
	p := exec.Proposal{
		Version: a.x.Version(a.tip), Epoch: epoch, View: view + 1, ParentView: h.View, Time: h.Time + max(wait, a.plan.Interval),
	}
	if view > 0 {
		s := types.Statement{Kind: types.Notarize, Epoch: epoch, View: view, Digest: a.tip.Digest}
		p.Votes = []types.Certificate{types.Bundle([]types.Vote{{Statement: s}}, len(a.plan.Roster.Members))}
	}
	p.ASC, p.Seed = a.sched.ASC(p.View).ID, a.sched.Seed(p.View)
	return p
}

// query answers a query of a route in its own types.
func query[R any](a *assembly, routeName, name string, in any) (out R) {
	if a.err != nil {
		return out
	}
	raw, err := json.Marshal(in)
	if err != nil {
		a.fail("%w", err)
		return out
	}
	got, err := a.x.Query(a.tip, routeName, name, raw)
	if err != nil {
		a.fail("query %s/%s: %w", routeName, name, err)
		return out
	}
	out, _ = got.(R)
	return out
}

// wrep is what an account has, in base units.
func (a *assembly) wrep(who string) types.Amount {
	return rep.Balance(a.tip.State, rep.WREP, addressOf(who))
}

// reps is the sum of wREP of several accounts, in whole REP.
func (a *assembly) reps(names ...string) float64 {
	var sum types.Amount
	for _, name := range names {
		sum = sum.Add(a.wrep(name))
	}
	return whole(sum)
}

// whole is an amount in REP or $.
func whole(x types.Amount) float64 { return x.Int().Float64() / 1e9 }

// crew makes names of a kind: juror0, juror1, …
func crew(kind string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s%d", kind, i)
	}
	return out
}

// divide gives whole REP to names as evenly as it goes.
func divide(into map[string]uint64, amount uint64, names []string) {
	for i, name := range names {
		share := amount / uint64(len(names))
		if uint64(i) < amount%uint64(len(names)) {
			share++
		}
		into[name] = share
	}
}

// has counts the events of a name in the last block.
func (a *assembly) has(routeName, name string) (n int64) {
	for i := range a.events {
		if a.events[i].Route == routeName && a.events[i].Name == name {
			n++
		}
	}
	return n
}
