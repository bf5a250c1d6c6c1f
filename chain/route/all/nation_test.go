package all_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/route/court"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/forum"
	"probity/chain/route/legislature"
	"probity/chain/route/oracle"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// nation is a chain under the whole law, in the middle of a block: alice and bob
// produce and hold most REP, fifteen others hold 40 wREP each, and everybody has
// $. Messages go the way of transactions, through all guards.
type nation struct {
	*chaintest.Chain
	t      testing.TB
	nonces map[string]uint64
	heard  map[string]bool // "court forum/leach": dispatches that reached a rule's guards
}

// sections are genesis sections that the chain of the test does not know: roles
// of the release DAO, and watchtowers.
type sections map[string]string

// short are durations of a few blocks of 200 ms, and prices that people here can
// pay.
var short = map[string]uint64{
	"epoch.blocks": 16, "asc.lead_views": 4, "evidence.window": 16, "rep.year_cap_ppm": 0, "reward.block": 1_000_000_000,
	"law.period": 1600, "law.draft": 4000, "law.delay": 400, "law.expiry": 8000, "law.fee_min": 1_000_000_000, "law.deposit": 10_000_000_000,
	"court.commit": 1000, "court.reveal": 1000, "court.window": 2000, "court.ratify": 1600,
	"court.bond": 10_000_000_000, "court.appeal_bond": 20_000_000_000, "court.appeal_panel": 9, "court.fee": 0,
	"dcert.bond": 10_000_000_000, "dcert.wager": 20_000_000_000, "dcert.stabilization": 0, "dcert.breaker": 1, "dcert.max": 3,
	"dcert.ballot": 60_000, "oracle.bond": 10_000_000_000, "pac.trigger_fee": 0,
	"release.vote_period": 1000, "release.delay": 1000, "release.fast_delay": 1000,
}

// jurors are the holders who have no other part.
func jurors() (out []string) {
	for i := range 15 {
		out = append(out, fmt.Sprintf("j%02d", i))
	}
	return out
}

// found makes a nation; numbers change parameters.
func found(t testing.TB, at sections, numbers map[string]uint64) *nation {
	t.Helper()
	people := []chaintest.Person{
		{Name: "alice", REP: 1000, Dollars: 1000, Bench: true, Weight: 100, Salts: 64},
		{Name: "bob", REP: 800, Dollars: 1000, Bench: true, Weight: 100, Salts: 64},
		{Name: "carol", Dollars: 1000}, {Name: "dave", Dollars: 1000}, {Name: "erin", Dollars: 1000},
		{Name: "mallory", REP: 300, Dollars: 1000},
	}
	for _, name := range jurors() {
		people = append(people, chaintest.Person{Name: name, REP: 40, Dollars: 100})
	}
	for _, name := range strings.Fields("t1 t2 t3 dev u1 a1 a2 a3 a4 a5 e1 e2 e3 e4 e5") {
		people = append(people, chaintest.Person{Name: name, Dollars: 100})
	}
	given := map[string]uint64{}
	for k, v := range short {
		given[k] = v
	}
	for k, v := range numbers {
		given[k] = v
	}
	n := &nation{t: t, nonces: map[string]uint64{}, heard: map[string]bool{}}
	w, err := chaintest.New(n.table(at), people, given)
	if err != nil {
		t.Fatal(err)
	}
	n.Chain = w
	if err := n.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	return n
}

// table is the law with genesis sections of the test's, routes of people who
// count where the law does not have them yet, and a last row that listens.
func (n *nation) table(at sections) route.Table {
	rows := append(route.Table{}, all.Table...)
	for _, r := range []*route.Route{contribution.Route, oracle.Route} {
		if rows.Find(r.Name) == nil {
			rows = append(rows, r)
		}
	}
	for i, r := range rows {
		if text, ok := at[r.Name]; ok {
			with := *r
			with.Genesis = func(c *route.Ctx, _ json.RawMessage) error {
				return r.Genesis(c, json.RawMessage(addressed(text)))
			}
			rows[i] = &with
		}
	}
	return append(rows, &route.Route{ID: 99, Name: "ear", Guard: func(c *route.Ctx, call route.Call) error {
		if call.Top {
			return nil
		}
		for _, r := range rows {
			if c.Sender == route.Address(r.Name) {
				n.heard[r.Name+" "+call.Route.Name+"/"+call.Msg.Name] = true
			}
		}
		return nil
	}})
}

// addressed puts the addresses of accounts in the place of "@name".
func addressed(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, `"@`) {
		if i == 0 {
			b.WriteString(part)
			continue
		}
		name, rest, _ := strings.Cut(part, `"`)
		a := keys.FromSeed(keys.Sum([]byte("account"), []byte(name))).Public().Address()
		fmt.Fprintf(&b, `"%s"%s`, a, rest)
	}
	return b.String()
}

// pack is a message by its URL.
func (n *nation) pack(url string, body any) types.Msg {
	n.t.Helper()
	name, msg, _ := strings.Cut(url, "/")
	m, err := n.Table.Pack(name, msg, body)
	if err != nil {
		n.t.Fatal(err)
	}
	return m
}

// try sends a transaction of one message.
func (n *nation) try(from, url string, body any) ([]types.Event, error) {
	n.t.Helper()
	s := n.Send(from, n.nonces[from], n.pack(url, body))
	if s.Refused != nil {
		return nil, s.Refused
	}
	n.nonces[from]++
	return s.Events, s.Failed
}

func (n *nation) do(from, url string, body any) []types.Event {
	n.t.Helper()
	events, err := n.try(from, url, body)
	if err != nil {
		n.t.Fatalf("%s %s: %v", from, url, err)
	}
	return events
}

func (n *nation) refused(want error, from, url string, body any) {
	n.t.Helper()
	if _, err := n.try(from, url, body); !errors.Is(err, want) {
		n.t.Fatalf("%s %s: %v, want %v", from, url, err, want)
	}
}

// next ends the running block and begins another, k times; all invariants hold
// in between.
func (n *nation) next(k int) (events []types.Event) {
	n.t.Helper()
	for range k {
		events = append(events, n.End()...)
		if err := n.Check(); err != nil {
			n.t.Fatalf("height %d: %v", n.Block.Height, err)
		}
		err := n.Begin(chaintest.Draft{Edit: func(w *chaintest.Chain) { w.Block.Version = params.Version(w.Reader()) }})
		if err != nil {
			n.t.Fatal(err)
		}
		events = append(events, n.Ctx("params").Events()...)
	}
	return events
}

// until goes on until f holds, for at most 200 blocks.
func (n *nation) until(what string, f func() bool) (events []types.Event) {
	n.t.Helper()
	for range 200 {
		if f() {
			return events
		}
		events = append(events, n.next(1)...)
	}
	n.t.Fatalf("it never came about that %s", what)
	return nil
}

// nextEpoch goes on into the first block of the next epoch.
func (n *nation) nextEpoch() (events []types.Event) {
	n.t.Helper()
	e := n.Block.Epoch
	return n.until("the epoch ends", func() bool { return n.Block.Epoch > e })
}

func (n *nation) rep(b rep.Book, name string) types.Amount {
	return rep.Balance(n.Reader(), b, n.Addr(name))
}

func (n *nation) dollars(name string) types.Amount { return bank.Balance(n.Reader(), n.Addr(name)) }

// value is a parameter in force.
func (n *nation) value(name string) uint64 { return n.Params.Get(n.Params.Find(name)) }

// ask answers a query.
func ask[T any](n *nation, url, in string) (out T) {
	n.t.Helper()
	name, query, _ := strings.Cut(url, "/")
	r := n.Table.Find(name)
	for i := range r.Queries {
		if r.Queries[i].Name != query {
			continue
		}
		answer, err := r.Queries[i].Run(n.Ctx(name), json.RawMessage(in))
		if err != nil {
			n.t.Fatal(err)
		}
		switch v := answer.(type) {
		case T:
			return v
		case *T:
			return *v
		}
		n.t.Fatalf("%s answers %T", url, answer)
	}
	n.t.Fatalf("no query %s", url)
	return out
}

// publish publishes a post of authors with equal parts.
func (n *nation) publish(text string, refs []forum.Reference, authors ...string) keys.Hash {
	n.t.Helper()
	m := forum.Publish{Content: keys.Sum([]byte(text)), References: refs}
	for _, name := range authors {
		m.Authors = append(m.Authors, forum.Author{Address: n.Addr(name), PPM: types.Million / types.PPM(len(authors))})
	}
	n.do(authors[0], "forum/publish", m)
	return forum.PostID(n.Addr(authors[0]), m)
}

// propose submits a proposal of a post with its deposit, which alice has where the
// proposer has not.
func (n *nation) propose(from string, m legislature.Submit) uint64 {
	n.t.Helper()
	if m.Fee.IsZero() {
		m.Fee = types.Whole(2)
	}
	if m.Post.IsZero() {
		m.Inline = types.Bytes("because")
	}
	n.do(from, "legislature/submit", m)
	id := ask[[]legislature.Brief](n, "legislature/list", "{}")[0].Number
	if p := n.proposal(id); p.State == "draft" && p.Deposited.Less(p.Deposit) {
		n.do("alice", "legislature/deposit", legislature.Deposit{Proposal: id, Amount: types.Whole(10)})
	}
	return id
}

func (n *nation) proposal(id uint64) legislature.Info {
	n.t.Helper()
	return ask[legislature.Info](n, "legislature/get", fmt.Sprintf(`{"proposal": %d}`, id))
}

// stages carries a proposal through its stages by votes that f casts in each, and
// gives the state in which it rests.
func (n *nation) stages(id uint64, f func(stage string)) string {
	n.t.Helper()
	seen := ""
	for range 200 {
		s := n.proposal(id).State
		switch s {
		case "nonbinding", "half", "binding":
			if s != seen {
				f(s)
			}
		case "draft":
		default:
			return s
		}
		seen = s
		n.next(1)
	}
	n.t.Fatalf("proposal %d stays %s", id, seen)
	return ""
}

// enact passes a proposal by alice's and bob's wREP and executes it, and gives the
// state that it ends in.
func (n *nation) enact(id uint64) string {
	n.t.Helper()
	s := n.stages(id, func(string) {
		n.vote("alice", id, legislature.For, rep.WREP, 500)
		n.vote("bob", id, legislature.For, rep.WREP, 600)
	})
	if s != "queued" {
		return s
	}
	return n.execute(id)
}

func (n *nation) execute(id uint64) string {
	n.t.Helper()
	n.next(3)
	n.do("erin", "legislature/execute", legislature.Execute{Proposal: id})
	return n.proposal(id).State
}

func (n *nation) vote(from string, id uint64, side legislature.Side, b rep.Book, whole uint64) {
	n.t.Helper()
	n.do(from, "legislature/vote", legislature.Vote{Proposal: id, Side: side, Stake: types.Whole(whole), Book: b})
}

// pass proposes actions as alice and enacts them.
func (n *nation) pass(actions ...types.Msg) {
	n.t.Helper()
	if s := n.enact(n.propose("alice", legislature.Submit{Actions: actions})); s != "executed" {
		n.t.Fatalf("it ends %s", s)
	}
}

// panel is who judges a round of a case.
func (n *nation) panel(id uint64, round uint8) (out []string) {
	for _, s := range court.Seats(n.Ctx("court"), id, round) {
		out = append(out, n.Name(s.Juror))
	}
	return out
}

// hear lets a panel find one ratio, all jurors alike, and goes on to what follows.
func (n *nation) hear(id uint64, round uint8, ratio types.PPM) {
	n.t.Helper()
	at := func(s court.Stage) func() bool {
		return func() bool { k, _ := court.Find(n.Reader(), id); return k.Stage == s && k.Round == round }
	}
	n.until("a panel sits", at(court.Commit))
	who, salt := n.panel(id, round), keys.Sum([]byte("salt"))
	if len(who) == 0 {
		n.t.Fatal("an empty panel")
	}
	for _, j := range who {
		n.do(j, "court/commit", court.CommitMsg{Case: id, Commitment: court.Commitment(id, round, n.Addr(j), ratio, salt)})
	}
	n.until("votes are open", at(court.Reveal))
	for _, j := range who {
		n.do(j, "court/reveal", court.RevealMsg{Case: id, Ratio: ratio, Salt: salt})
	}
	n.until("the panel has decided", func() bool { return !at(court.Reveal)() })
}
