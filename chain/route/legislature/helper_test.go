package legislature_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence"
	"probity/chain/route/evidence/chaintest"
	law "probity/chain/route/legislature"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// table is the foundation, the legislature, and what it works with: a forum whose
// posts pay their authors, a dcert that breaks messages, dials to turn.
var table = route.Table{
	params.Route, bank.Route, rep.Route, availability.Route, beacon.Route, pool.Route, evidence.Route,
	forum, law.Route, dcert, dials,
}

// share is an author's part of a post.
type share struct {
	_       struct{}     `cbor:",toarray"`
	Address keys.Address `json:"address"`
	PPM     types.PPM    `json:"ppm"`
}

type publishMsg struct {
	_       struct{}  `cbor:",toarray"`
	Post    keys.Hash `json:"post"`
	Authors []share   `json:"authors"`
}

type rewardMsg struct {
	_      struct{} `cbor:",toarray"`
	Post   keys.Hash
	Book   rep.Book
	Amount types.Amount
	Cause  string
}

type vouchMsg struct {
	_      struct{} `cbor:",toarray"`
	Post   keys.Hash
	Author keys.Address
}

var posts = state.NewMap[keys.Hash, []share](state.Region{Route: 8, Number: 1, Name: "posts"})

var errPost = route.Refusal(8, 1, "POST", "no such post by that author")

// forum stands for route forum: posts without references.
var forum = &route.Route{
	ID: 8, Name: "forum",
	Msgs: []route.Msg{
		route.On(1, "publish", func(c *route.Ctx, m publishMsg) error {
			posts.Set(c, m.Post, m.Authors)
			return nil
		}),
		route.On(4, "reward", func(c *route.Ctx, m rewardMsg) error {
			authors, ok := posts.Get(c, m.Post)
			if !ok {
				return errPost
			}
			for _, a := range authors {
				rep.Mint(c, m.Book, a.Address, m.Amount.OfPPM(a.PPM), m.Cause)
			}
			return nil
		}).OnlyBy("legislature"),
		route.On(5, "vouch", func(c *route.Ctx, m vouchMsg) error {
			authors, ok := posts.Get(c, m.Post)
			for _, a := range authors {
				if m.Author.IsZero() || a.Address == m.Author {
					return nil
				}
			}
			if ok && m.Author.IsZero() {
				return nil
			}
			return errPost
		}).OnlyBy("legislature", "court"),
	},
}

type memberMsg struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
}

type breakMsg struct {
	_    struct{} `cbor:",toarray"`
	What string   `json:"what"`
	Mend bool     `json:"mend"`
}

var (
	broken  = state.NewMap[string, bool](state.Region{Route: 11, Number: 1, Name: "broken"})
	noticed = state.NewMap[uint64, route.Notice](state.Region{Route: 11, Number: 2, Name: "noticed"})
	open    = state.NewValue[uint64](state.Region{Route: 11, Number: 3, Name: "open"})

	errOpen    = route.Refusal(11, 1, "CIRCUIT_OPEN", "the message is broken")
	errDisband = route.Refusal(11, 2, "DISBAND", "there is one already")
)

// dcert stands for route dcert: it breaks messages by name, and hears of
// proposals to disband, of which there is one at a time.
var dcert = &route.Route{
	ID: 11, Name: "dcert", Rescue: true,
	Guard: func(c *route.Ctx, call route.Call) error {
		if is, _ := broken.Get(c, call.Route.Name+"/"+call.Msg.Name); !is || call.Route.Rescue || call.Msg.Rescue {
			return nil
		}
		if r, ok := call.Body.(route.Rescuer); ok && r.Rescues(c) {
			return nil
		}
		return errOpen
	},
	Msgs: []route.Msg{
		route.On(1, "break", func(c *route.Ctx, m breakMsg) error {
			broken.Set(c, m.What, !m.Mend)
			return nil
		}),
		route.On(20, "heed", func(c *route.Ctx, m route.Notice) error {
			n, _ := open.Get(c)
			if m.Stage == route.StageOpened {
				if n%2 == 1 {
					return errDisband
				}
			}
			noticed.Set(c, n, m)
			open.Set(c, n+1)
			return nil
		}).OnlyBy("legislature"),
		route.On(21, "revoke", func(c *route.Ctx, m memberMsg) error {
			c.Emit("revoked", "member", m.Member)
			return nil
		}).OnlyBy("legislature").AsRescue(),
		route.On(22, "slash", func(c *route.Ctx, m memberMsg) error {
			c.Emit("slashed", "member", m.Member)
			return nil
		}).OnlyBy("legislature").AsRescue().Heralds("heed_slash"),
		route.On(24, "heed_slash", func(c *route.Ctx, m route.Notice) error {
			n, _ := open.Get(c)
			noticed.Set(c, n, m)
			open.Set(c, n+1)
			return nil
		}).OnlyBy("legislature"),
		route.On(23, "disband", func(c *route.Ctx, m memberMsg) error {
			c.Emit("disbanded")
			return nil
		}).OnlyBy("legislature").AsRescue().AsUrgent().Heralds("heed"),
	},
}

type turnMsg struct {
	_ struct{} `cbor:",toarray"`
}

var errTurn = route.Refusal(90, 1, "STUCK", "the dial is stuck")

// dials has numbers to govern, and an action that fails.
var dials = &route.Route{
	ID: 90, Name: "dials",
	Params: []*route.Param{
		{Name: "dials.left", Unit: route.Count, Default: 1, Max: 100},
		{Name: "dials.right", Unit: route.Count, Default: 2, Max: 100},
		{Name: "dials.grave", Unit: route.Count, Default: 3, Max: 100, ClassA: true},
	},
	CheckParams: func(p *route.Params) error {
		if p.Get(p.Find("dials.left"))+p.Get(p.Find("dials.right")) > 100 {
			return errors.New("too much together")
		}
		return nil
	},
	Msgs: []route.Msg{
		route.On(1, "stick", func(*route.Ctx, turnMsg) error { return errTurn }).OnlyBy("legislature"),
	},
}

// assembly is a chain with 1,000 wREP in four hands. A block takes 200 ms, a vote
// eight blocks, the enactment delay two, execution is possible for eight.
type assembly struct {
	*chaintest.Chain
	t testing.TB
}

func assemble(t testing.TB, more map[string]uint64) *assembly {
	t.Helper()
	p := map[string]uint64{
		"epoch.blocks": 32, "asc.lead_views": 8, "evidence.window": 16, "reward.block": 0, "rep.year_cap_ppm": 0,
		"law.period": 1600, "law.draft": 2000, "law.delay": 400, "law.expiry": 1600, "law.fee_min": 1_000_000_000,
		"treasury_ppm": 0, "fees.burn_ppm": 0,
	}
	for k, v := range more {
		p[k] = v
	}
	w, err := chaintest.New(table, []chaintest.Person{
		{Name: "alice", REP: 400, Dollars: 1000, Bench: true, Weight: 100, Salts: 64},
		{Name: "bob", REP: 300, Dollars: 1000, Bench: true, Weight: 100, Salts: 64},
		{Name: "carol", REP: 200, Dollars: 1000},
		{Name: "dave", REP: 100, Dollars: 1000},
		{Name: "erin", Dollars: 1000},
	}, p)
	if err != nil {
		t.Fatal(err)
	}
	a := &assembly{w, t}
	a.next(1)
	return a
}

// next ends the running block, if there is one, and begins n blocks, of which the
// last one runs.
func (a *assembly) next(n int) (events []types.Event) {
	a.t.Helper()
	for range n {
		if a.Block.Height > 0 {
			events = append(events, a.End()...)
		}
		if err := a.Begin(chaintest.Draft{}); err != nil {
			a.t.Fatal(err)
		}
	}
	return events
}

// check checks all invariants.
func (a *assembly) check() {
	a.t.Helper()
	if err := a.Check(); err != nil {
		a.t.Fatal(err)
	}
}

// must runs a message of the legislature that succeeds.
func (a *assembly) must(from, msg string, body any) {
	a.t.Helper()
	if _, err := a.Run(from, "legislature", msg, body); err != nil {
		a.t.Fatalf("%s %s: %v", from, msg, err)
	}
}

// refuse runs a message that must be refused so.
func (a *assembly) refuse(want error, from, msg string, body any) {
	a.t.Helper()
	if _, err := a.Run(from, "legislature", msg, body); !errors.Is(err, want) {
		a.t.Fatalf("%s %s: %v, want %v", from, msg, err, want)
	}
}

// act is a message as an action.
func act(routeName, msg string, body any) types.Msg {
	m, err := table.Pack(routeName, msg, body)
	if err != nil {
		panic(err)
	}
	return m
}

func set(pairs ...any) types.Msg {
	var m params.Set
	for i := 0; i < len(pairs); i += 2 {
		m.Changes = append(m.Changes, params.Change{Name: pairs[i].(string), Value: uint64(pairs[i+1].(int))})
	}
	return act("params", "set", m)
}

func (a *assembly) spend(to string, whole uint64) types.Msg {
	return act("bank", "spend", bank.Spend{To: a.Addr(to), Amount: types.Whole(whole)})
}

// propose submits a text of alice's with its whole deposit.
func (a *assembly) propose(actions ...types.Msg) uint64 {
	a.t.Helper()
	return a.proposeAs("alice", law.Submit{Inline: types.Bytes("why"), Actions: actions, Fee: types.Whole(1), Deposit: types.Whole(100)})
}

// proposeAs submits, and gives the proposal's number.
func (a *assembly) proposeAs(from string, m law.Submit) uint64 {
	a.t.Helper()
	a.must(from, "submit", m)
	return a.list()[0].Number
}

func (a *assembly) list() (out []law.Brief) {
	a.t.Helper()
	a.ask("list", "{}", &out)
	return out
}

// post publishes a post of authors with equal parts.
func (a *assembly) post(text string, authors ...string) keys.Hash {
	a.t.Helper()
	m := publishMsg{Post: keys.Sum([]byte(text))}
	for _, name := range authors {
		m.Authors = append(m.Authors, share{Address: a.Addr(name), PPM: types.Million / types.PPM(len(authors))})
	}
	if _, err := a.Run(authors[0], "forum", "publish", m); err != nil {
		a.t.Fatal(err)
	}
	return m.Post
}

// vote stakes whole REP of the book that canonizes.
func (a *assembly) vote(n uint64, from string, side law.Side, whole uint64) {
	a.t.Helper()
	a.must(from, "vote", law.Vote{Proposal: n, Side: side, Stake: types.Whole(whole)})
}

// stages lets a proposal through stages that are left, with votes by f in each,
// until it is in the wanted state.
func (a *assembly) stages(n uint64, want string, f func(stage string)) {
	a.t.Helper()
	seen := ""
	for range 200 {
		p := a.get(n)
		if p.State == want {
			return
		}
		if p.State != seen && p.Terms != nil && p.State != "queued" {
			f(p.State)
		}
		seen = p.State
		a.next(1)
	}
	a.t.Fatalf("proposal %d is %s, want %s", n, a.get(n).State, want)
}

// pass lets a proposal through its stages by alice's and bob's votes.
func (a *assembly) pass(n uint64) {
	a.t.Helper()
	a.stages(n, "queued", func(string) {
		a.vote(n, "alice", law.For, 300)
		a.vote(n, "bob", law.For, 200)
	})
}

// enact passes and executes a proposal, and gives its last state.
func (a *assembly) enact(n uint64) string {
	a.t.Helper()
	a.pass(n)
	a.next(2)
	a.must("erin", "execute", law.Execute{Proposal: n})
	return a.get(n).State
}

// nextEpoch goes on into the first block of the next epoch.
func (a *assembly) nextEpoch() (events []types.Event) {
	a.t.Helper()
	for e := a.Block.Epoch; a.Block.Epoch == e; {
		events = append(events, a.next(1)...)
	}
	return events
}

// ask answers a query of the legislature.
func (a *assembly) ask(query, in string, out any) {
	a.t.Helper()
	for i := range law.Route.Queries {
		if law.Route.Queries[i].Name != query {
			continue
		}
		answer, err := law.Route.Queries[i].Run(a.Ctx("legislature"), json.RawMessage(in))
		if err != nil {
			a.t.Fatal(err)
		}
		v := reflect.ValueOf(answer)
		if v.Kind() == reflect.Pointer {
			if v = v.Elem(); !v.IsValid() {
				return
			}
		}
		reflect.ValueOf(out).Elem().Set(v)
		return
	}
	a.t.Fatalf("no query %s", query)
}

func (a *assembly) get(n uint64) (out law.Info) {
	a.t.Helper()
	a.ask("get", fmt.Sprintf(`{"proposal": %d}`, n), &out)
	return out
}

func (a *assembly) tally(n uint64) (out law.Standing) {
	a.t.Helper()
	a.ask("tally", fmt.Sprintf(`{"proposal": %d}`, n), &out)
	return out
}

func (a *assembly) dryRun(q law.DryRun) (out law.Forecast) {
	a.t.Helper()
	raw, err := json.Marshal(q)
	if err != nil {
		a.t.Fatal(err)
	}
	a.ask("dryRun", string(raw), &out)
	return out
}

// rep is what an account has, in whole and decimals.
func (a *assembly) rep(b rep.Book, name string) string {
	return rep.Balance(a.Reader(), b, a.Addr(name)).Decimal()
}

// has asserts balances: name, amount, name, amount ….
func (a *assembly) has(b rep.Book, pairs ...string) {
	a.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if have := a.rep(b, pairs[i]); have != pairs[i+1] {
			a.t.Errorf("%s has %s %s, want %s", pairs[i], have, b, pairs[i+1])
		}
	}
}

// grant mints whole REP of a book.
func (a *assembly) grant(b rep.Book, whole uint64, names ...string) {
	for _, name := range names {
		rep.Mint(a.Ctx("rep"), b, a.Addr(name), types.Whole(whole), "granted")
	}
}

// propose is the transcripts' directive.
func propose(w *chaintest.Chain, l chaintest.Line) string {
	whole := func(key string) types.Amount {
		if len(l.Args[key]) == 0 {
			return types.Amount{}
		}
		v, err := types.ParseDecimal(l.Args[key][0])
		if err != nil {
			panic(err)
		}
		return v
	}
	m := law.Submit{Fee: whole("fee"), Deposit: whole("deposit")}
	if post := l.Args["post"]; post != nil {
		m.Post = keys.Sum([]byte(post[0]))
	} else {
		m.Inline = types.Bytes("a text of its own")
	}
	for _, line := range strings.Split(strings.TrimSpace(l.Input), "\n") {
		rule, body, ok := strings.Cut(line, " ")
		if !ok {
			continue
		}
		name, msg, _ := strings.Cut(rule, "/")
		action, err := table.Hear(route.Spoken{Route: name, Message: msg, Body: json.RawMessage(w.Expand(body))})
		if err != nil {
			return err.Error()
		}
		m.Actions = append(m.Actions, action)
	}
	events, err := w.Run(l.Args[""][0], "legislature", "submit", m)
	if err != nil {
		j := route.AsReject(err)
		return j.Kind + ": " + j.Text
	}
	out := "ok\n"
	for _, e := range events {
		if e.Route != "legislature" {
			continue
		}
		out += e.Route + "/" + e.Name
		for _, at := range e.Attrs {
			if strings.HasPrefix(at.Value, "0x") {
				at.Value = at.Value[:10]
			}
			out += " " + at.Key + "=" + at.Value
		}
		out += "\n"
	}
	return out
}
