package court_test

import (
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"testing"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/court"
	"probity/chain/route/evidence"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// The routes beside the court, as small as its tests need them.
var (
	// forum knows posts by name: H("NAME") is a post of whoever posted it.
	forum = &route.Route{
		ID: 8, Name: "forum",
		Msgs: []route.Msg{
			route.On(5, "vouch", func(c *route.Ctx, m vouchMsg) error {
				if m.Post != keys.Sum([]byte("post"), m.Author[:]) {
					return errPost
				}
				return nil
			}).OnlyBy("legislature", "court"),
			route.On(6, "leach", func(c *route.Ctx, m leachMsg) error {
				if m.Amount.IsZero() {
					return errPost
				}
				c.Emit("leach", "post", m.Post, "amount", m.Amount, "cause", m.Cause)
				return nil
			}).OnlyBy("court"),
			// A post with a negative reference takes from the accused's.
			route.On(90, "bomb", func(c *route.Ctx, m bombMsg) error {
				c.Emit("bomb", "taken", rep.Shift(c, rep.WREP, m.From, c.Sender, m.Amount, "leached"))
				return nil
			}),
		},
	}
	// legislature opens pools and holds deposits.
	legislature = &route.Route{
		ID: 9, Name: "legislature",
		Msgs: []route.Msg{
			route.On(1, "propose", func(c *route.Ctx, m proposeMsg) error {
				_, err := pool.Open(c, pool.Config{
					Opener: "legislature", Book: rep.WREP, Deadline: c.Block.Time + m.For, QuorumPPM: 500_000, WinPPM: 500_000, BindingPPM: 500_000,
				})
				return err
			}),
			route.On(2, "vote", func(c *route.Ctx, m stakeMsg) error {
				return pool.Stake(c, m.Pool, c.Sender, m.For, m.Amount)
			}),
			route.On(3, "deposit", func(c *route.Ctx, m amountMsg) error {
				return rep.Expose(c, c.Sender, keys.Sum([]byte("deposit")), m.Amount)
			}),
			route.On(4, "withdraw", func(c *route.Ctx, _ amountMsg) error {
				rep.Release(c, c.Sender, keys.Sum([]byte("deposit")))
				return nil
			}),
		},
		Verdict: func(c *route.Ctx, v route.Verdict) { c.Emit("verdict", "outcome", v.Outcome.String()) },
	}
	// release owns roles that appeal.
	release = &route.Route{
		ID: 12, Name: "release",
		Verdict: func(c *route.Ctx, v route.Verdict) {
			c.Emit("verdict", "ref", v.Ref, "outcome", v.Outcome.String(), "for", v.For, "against", v.Against, "quorum", v.QuorumMet)
		},
	}

	errPost = route.Refusal(8, 1, "NO_POST", "no such post of this author")
)

type (
	vouchMsg struct {
		_      struct{} `cbor:",toarray"`
		Post   keys.Hash
		Author keys.Address
	}
	leachMsg struct {
		_      struct{} `cbor:",toarray"`
		Post   keys.Hash
		Amount types.Amount
		Cause  string
	}
	bombMsg struct {
		_      struct{}     `cbor:",toarray"`
		From   keys.Address `json:"from"`
		Amount types.Amount `json:"amount"`
	}
	proposeMsg struct {
		_   struct{}   `cbor:",toarray"`
		For types.Time `json:"for"`
	}
	stakeMsg struct {
		_      struct{}     `cbor:",toarray"`
		Pool   uint64       `json:"pool"`
		For    bool         `json:"for"`
		Amount types.Amount `json:"amount"`
	}
	amountMsg struct {
		_      struct{}     `cbor:",toarray"`
		Amount types.Amount `json:"amount"`
	}
)

var table = route.Table{
	params.Route, bank.Route, rep.Route, availability.Route, beacon.Route, pool.Route, evidence.Route,
	forum, legislature, court.Route, release,
}

// numbers make a case short: 5 blocks to commit, 5 to reveal, 10 to appeal, 5 to
// ratify, at 200 ms a block.
func numbers(more map[string]uint64) map[string]uint64 {
	out := map[string]uint64{
		"epoch.blocks": 8, "asc.lead_views": 2, "evidence.window": 16, "reward.block": 0, "rep.year_cap_ppm": 0,
		"court.commit": 1000, "court.reveal": 1000, "court.window": 2000, "court.ratify": 1000,
		"court.bond": 10_000_000_000, "court.appeal_bond": 20_000_000_000, "court.fee": 0, "court.appeal_panel": 9,
	}
	for name, v := range more {
		out[name] = v
	}
	return out
}

// people are two producers, who have little else to do, an accuser without REP,
// an accused, and twenty holders.
func people() []chaintest.Person {
	list := []chaintest.Person{
		{Name: "alice", REP: 100, Bench: true, Weight: 50, Salts: 64},
		{Name: "bob", REP: 100, Bench: true, Weight: 50, Salts: 64},
		{Name: "mallory", REP: 300, Dollars: 100},
		{Name: "carol", Dollars: 1000},
	}
	for i := range 20 {
		list = append(list, chaintest.Person{Name: fmt.Sprintf("j%02d", i), REP: 40, Dollars: 20})
	}
	return list
}

// hall is a chain with a court, in the middle of a block.
type hall struct {
	*chaintest.Chain
	t testing.TB
}

type fatal interface {
	testing.TB
}

func sit(t fatal, more map[string]uint64) *hall {
	t.Helper()
	w, err := chaintest.New(table, people(), numbers(more))
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{w, t}
	h.begin()
	return h
}

func (h *hall) begin() {
	h.t.Helper()
	if err := h.Begin(chaintest.Draft{}); err != nil {
		h.t.Fatal(err)
	}
}

// next ends the running block and begins another, and gives the events of the
// one and of the other's beginning; invariants hold in between.
func (h *hall) next() []types.Event {
	h.t.Helper()
	ev := h.End()
	if err := h.Check(); err != nil {
		h.t.Fatalf("height %d: %v", h.Block.Height, err)
	}
	h.begin()
	return append(ev, h.ctx().Events()...)
}

func (h *hall) ctx() *route.Ctx { return h.Ctx("court") }

// do calls a rule and expects it to pass.
func (h *hall) do(from, routeName, msg string, body any) []types.Event {
	h.t.Helper()
	ev, err := h.Run(from, routeName, msg, body)
	if err != nil {
		h.t.Fatalf("%s %s/%s: %v", from, routeName, msg, err)
	}
	return ev
}

// refuse calls a rule and expects its refusal.
func (h *hall) refuse(want error, from, routeName, msg string, body any) {
	h.t.Helper()
	if _, err := h.Run(from, routeName, msg, body); !errors.Is(err, want) {
		h.t.Fatalf("%s %s/%s: %v, want %v", from, routeName, msg, err, want)
	}
}

func (h *hall) accusation(of string) court.Accuse {
	return court.Accuse{
		Accused: h.Addr(of), Charge: court.Censorship, Content: keys.Sum([]byte("text")),
		Evidence: []keys.Hash{keys.Sum([]byte("log"))}, Bond: types.Whole(10),
	}
}

// accuse files and gives the case's number.
func (h *hall) accuse(from, of string) uint64 {
	h.t.Helper()
	ev := h.do(from, "court", "accuse", h.accusation(of))
	return number(ev, "filed", "case")
}

func (h *hall) find(id uint64) court.Case {
	h.t.Helper()
	k, ok := court.Find(h.ctx(), id)
	if !ok {
		h.t.Fatalf("no case %d", id)
	}
	return k
}

// until makes blocks until a case is at a stage, and gives the events.
func (h *hall) until(id uint64, s court.Stage) (ev []types.Event) {
	h.t.Helper()
	for range 200 {
		if h.find(id).Stage == s {
			return ev
		}
		ev = append(ev, h.next()...)
	}
	h.t.Fatalf("case %d stays at %s", id, h.find(id).Stage)
	return nil
}

// jurors are the seats of a case's last panel, in order of addresses.
func (h *hall) jurors(id uint64) (names []string) {
	h.t.Helper()
	round := h.find(id).Round
	for _, s := range court.Seats(h.ctx(), id, round) {
		names = append(names, h.Name(s.Juror))
	}
	return names
}

const silent = types.PPM(1 << 30)

func salt(name string) keys.Hash { return keys.Sum([]byte("salt"), []byte(name)) }

// hear has the panel of a case say what is given, juror by juror and then 0; it
// ends with the block that decided.
func (h *hall) hear(id uint64, says ...types.PPM) (ev []types.Event) {
	h.t.Helper()
	ev = h.until(id, court.Commit)
	round, panel := h.find(id).Round, h.jurors(id)
	for len(says) < len(panel) {
		says = append(says, 0)
	}
	for i, name := range panel {
		if says[i] != silent {
			h.do(name, "court", "commit", court.CommitMsg{Case: id, Commitment: court.Commitment(id, round, h.Addr(name), says[i], salt(name))})
		}
	}
	ev = append(ev, h.until(id, court.Reveal)...)
	for i, name := range panel {
		if says[i] != silent {
			h.do(name, "court", "reveal", court.RevealMsg{Case: id, Ratio: says[i], Salt: salt(name)})
		}
	}
	for h.find(id).Stage == court.Reveal {
		ev = append(ev, h.next()...)
	}
	return ev
}

func (h *hall) wrep(name string) types.Amount    { return rep.Balance(h.ctx(), rep.WREP, h.Addr(name)) }
func (h *hall) dollars(name string) types.Amount { return bank.Balance(h.ctx(), h.Addr(name)) }

func (h *hall) want(what string, got, want types.Amount) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: %s, want %s", what, got.Decimal(), want.Decimal())
	}
}

// attr is an attribute of the last event of a name.
func attr(list []types.Event, name, key string) (out string) {
	for _, e := range list {
		if e.Name != name {
			continue
		}
		for _, a := range e.Attrs {
			if a.Key == key {
				out = a.Value
			}
		}
	}
	return out
}

func number(list []types.Event, name, key string) uint64 {
	n, err := strconv.ParseUint(attr(list, name, key), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// directives of the transcripts beside those of chaintest:
//
//	panel CASE                 who sits, with stakes
//	say CASE NAME=RATIO …      each commits; tell CASE NAME=RATIO … reveals
//	grep NAME AMOUNT           mints whole gREP
//	dollars NAME …             who has how much $
//	filing NAME of=NAME [bond=N] [post=NAME]   accuses; the post is NAME's
var directives = map[string]func(*chaintest.Chain, chaintest.Line) string{
	"panel": func(w *chaintest.Chain, l chaintest.Line) (out string) {
		id, k := caseOf(w, l)
		for _, s := range court.Seats(w.Ctx("court"), id, k.Round) {
			out += fmt.Sprintf("%s stake %s\n", w.Name(s.Juror), s.Stake.Decimal())
		}
		return out
	},
	"say": func(w *chaintest.Chain, l chaintest.Line) (out string) {
		id, k := caseOf(w, l)
		return each(l, func(name string, ratio types.PPM) error {
			_, err := w.Run(name, "court", "commit", court.CommitMsg{Case: id, Commitment: court.Commitment(id, k.Round, w.Addr(name), ratio, salt(name))})
			return err
		})
	},
	"tell": func(w *chaintest.Chain, l chaintest.Line) (out string) {
		id, _ := caseOf(w, l)
		return each(l, func(name string, ratio types.PPM) error {
			_, err := w.Run(name, "court", "reveal", court.RevealMsg{Case: id, Ratio: ratio, Salt: salt(name)})
			return err
		})
	},
	"grep": func(w *chaintest.Chain, l chaintest.Line) string {
		n, err := strconv.ParseUint(l.Args[""][1], 10, 64)
		if err != nil {
			return err.Error()
		}
		rep.Mint(w.Ctx("court"), rep.GREP, w.Addr(l.Args[""][0]), types.Whole(n), "test")
		return "ok"
	},
	"dollars": func(w *chaintest.Chain, l chaintest.Line) (out string) {
		for _, name := range l.Args[""] {
			out += fmt.Sprintf("%s %s\n", name, bank.Balance(w.Reader(), w.Addr(name)).Decimal())
		}
		return out
	},
	"guarded": func(w *chaintest.Chain, l chaintest.Line) string {
		name := l.Args[""][0]
		m, err := w.Table.Pack("legislature", "withdraw", amountMsg{})
		if err != nil {
			return err.Error()
		}
		if s := w.Send(name, bank.Nonce(w.Reader(), w.Addr(name)), m); s.Refused != nil || s.Failed != nil {
			return fmt.Sprintf("refused %v, failed %v", s.Refused, s.Failed)
		}
		return "ok"
	},
}

func caseOf(w *chaintest.Chain, l chaintest.Line) (uint64, court.Case) {
	id, err := strconv.ParseUint(l.Args[""][0], 10, 64)
	if err != nil {
		panic(err)
	}
	k, _ := court.Find(w.Ctx("court"), id)
	return id, k
}

// each does something for each NAME=RATIO of a line, in order of names.
func each(l chaintest.Line, f func(string, types.PPM) error) (out string) {
	var names []string
	for name := range l.Args {
		if name != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		n, err := strconv.ParseUint(l.Args[name][0], 10, 32)
		if err == nil {
			err = f(name, types.PPM(n))
		}
		if err != nil {
			out += fmt.Sprintf("%s: %v\n", name, err)
		}
	}
	if out == "" {
		return "ok"
	}
	return out
}

// setMsg reads the message of params/set, whose type is not exported.
func setMsg(t testing.TB, h *hall, text string) any {
	t.Helper()
	m := params.Route.Msg("set")
	body := reflect.New(m.Type)
	if err := route.ReadJSON([]byte(text), body.Interface()); err != nil {
		t.Fatal(err)
	}
	return body.Elem().Interface()
}
