package rpc_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/node/rpc"
)

// ledger is a node whose blocks changed REP as a test says, and whose states say
// what came of it.
type ledger struct {
	*fake
	states []map[keys.Address]rpc.RepBooks // after each height
	blocks [][]types.Event                 // of hooks, of each height
	txs    [][]types.Receipt
	gone   types.Height // states below it are
}

func (l *ledger) Finalized() rpc.Point { return rpc.Point{Height: types.Height(len(l.states) - 1)} }

func (l *ledger) Events(h types.Height) ([]types.Event, error) { return l.blocks[h], nil }

func (l *ledger) Receipts(h types.Height) ([]types.Receipt, error) { return l.txs[h], nil }

func (l *ledger) At(h types.Height) (rpc.View, error) {
	if h >= types.Height(len(l.states)) {
		return nil, rpc.ErrFuture
	}
	if h < l.gone {
		return nil, rpc.ErrPruned
	}
	return &books{view{l.fake, rpc.Point{Height: h}}, l.states[h]}, nil
}

type books struct {
	view
	state map[keys.Address]rpc.RepBooks
}

func (b *books) Query(_, _ string, in json.RawMessage) (any, error) {
	var of rep.Of
	if err := json.Unmarshal(in, &of); err != nil {
		return nil, err
	}
	return rep.Account{Address: of.Address, WREP: b.state[of.Address].WREP, GREP: b.state[of.Address].GREP}, nil
}

func newLedger(f *fake) *ledger {
	l := &ledger{fake: f}
	l.states = []map[keys.Address]rpc.RepBooks{{}}
	l.blocks, l.txs = [][]types.Event{nil}, [][]types.Receipt{nil}
	return l
}

// block appends a block without changes.
func (l *ledger) block() {
	next := map[keys.Address]rpc.RepBooks{}
	for a, b := range l.states[len(l.states)-1] {
		next[a] = b
	}
	l.states, l.blocks, l.txs = append(l.states, next), append(l.blocks, nil), append(l.txs, nil)
}

// put changes a balance of the last state.
func (l *ledger) put(a keys.Address, b rep.Book, f func(types.Amount) types.Amount) {
	s := l.states[len(l.states)-1]
	was := s[a]
	if b == rep.GREP {
		was.GREP = f(was.GREP)
	} else {
		was.WREP = f(was.WREP)
	}
	s[a] = was
}

func (l *ledger) has(a keys.Address, b rep.Book) types.Amount {
	s := l.states[len(l.states)-1][a]
	if b == rep.GREP {
		return s.GREP
	}
	return s.WREP
}

func event(name string, kv ...any) types.Event {
	of, name, _ := strings.Cut(name, "/")
	e := types.Event{Route: of, Name: name}
	for i := 0; i < len(kv); i += 2 {
		e.Attrs = append(e.Attrs, types.Attr{Key: kv[i].(string), Value: fmt.Sprint(kv[i+1])})
	}
	return e
}

// explain asks for a page.
func explain(t rapid.TB, s *rpc.Server, params any) (out rpc.Explanation, err *rpc.Error) {
	t.Helper()
	msg, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "rep_explain", "params": params})
	var answer struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Error *rpc.Error `json:"error"`
	}
	if err := json.Unmarshal(rpc.Handle1(s, string(msg)), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Error != nil {
		return out, answer.Error
	}
	if err := json.Unmarshal(answer.Result.Value, &out); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

func serving(t rapid.TB, l *ledger) *rpc.Server {
	t.Helper()
	s, err := rpc.New(rpc.Config{Backend: l, Feed: rpc.NewFeed()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Goal: every unit of REP has a cause: pages of any size cover all changes, and
// what they say was there before, and after each, is what the states said, as far
// as these are still there. Method: random mints, burns and moves of three
// accounts in two books, in transactions and hooks; random pages and pruning.
func TestRepExplainAddsUp(t *testing.T) {
	f := newFake()
	rapid.Check(t, func(t *rapid.T) {
		l := newLedger(f)
		who := []keys.Address{{1}, {2}, {3}}
		for _, a := range who {
			l.put(a, rep.WREP, func(types.Amount) types.Amount { return types.NewAmount(rapid.Uint64Range(0, 50).Draw(t, "genesis")) })
		}
		listed := map[keys.Address]int{}
		for _, a := range who {
			if !l.has(a, rep.WREP).IsZero() {
				listed[a]++
			}
		}
		for h := range rapid.IntRange(1, 12).Draw(t, "blocks") {
			h++
			l.block()
			hooks := false // transactions come first
			for range rapid.IntRange(0, 4).Draw(t, "changes") {
				b := rapid.SampledFrom([]rep.Book{rep.WREP, rep.GREP}).Draw(t, "book")
				from, to := rapid.SampledFrom(who).Draw(t, "from"), rapid.SampledFrom(who).Draw(t, "to")
				amt := types.NewAmount(rapid.Uint64Range(1, 20).Draw(t, "amount"))
				var e types.Event
				switch rapid.IntRange(0, 2).Draw(t, "kind") {
				case 0:
					l.put(to, b, amt.Add)
					listed[to]++
					e = event("rep/mint", "book", b, "to", to, "amount", amt, "cause", "produced")
				case 1:
					if amt = amt.Min(l.has(from, b)); amt.IsZero() {
						continue
					}
					l.put(from, b, func(v types.Amount) types.Amount { return v.Sub(amt) })
					listed[from]++
					e = event("rep/burn", "book", b, "from", from, "amount", amt, "cause", "lost")
				case 2:
					if amt = amt.Min(l.has(from, b)); amt.IsZero() {
						continue
					}
					l.put(from, b, func(v types.Amount) types.Amount { return v.Sub(amt) })
					l.put(to, b, amt.Add)
					if from != to {
						listed[from]++
						listed[to]++
					}
					e = event("rep/move", "book", b, "from", from, "to", to, "amount", amt, "cause", "lost")
				}
				if hooks = hooks || rapid.Bool().Draw(t, "in a hook"); !hooks {
					l.txs[h] = append(l.txs[h], types.Receipt{Tx: keys.Sum(fmt.Append(nil, h, len(l.txs[h]))), Events: []types.Event{e}})
				} else {
					l.blocks[h] = append(l.blocks[h], e)
				}
			}
		}
		if rapid.Bool().Draw(t, "pruned") {
			l.gone = types.Height(rapid.IntRange(1, len(l.states)).Draw(t, "below"))
		}
		s, a := serving(t, l), rapid.SampledFrom(who).Draw(t, "account")
		defer s.Close()
		limit, cursor, n := rapid.IntRange(1, 5).Draw(t, "limit"), "", 0
		if l.gone > 0 && !l.states[0][a].WREP.IsZero() {
			n++ // what the genesis gave cannot be told any more
		}
		for next := types.Height(0); ; {
			out, err := explain(t, s, map[string]any{"address": a, "limit": limit, "cursor": cursor})
			if err != nil {
				t.Fatal(err)
			}
			n += len(out.Items)
			if out.From != next || out.To < out.From {
				t.Fatalf("a page of blocks %d to %d, want it from %d on", out.From, out.To, next)
			}
			next = out.To + 1
			l.agrees(t, a, out)
			if out.Cursor == nil {
				break
			}
			cursor = *out.Cursor
		}
		if n != listed[a] {
			t.Fatalf("%d changes are told, there were %d", n, listed[a])
		}
	})
}

// agrees compares a page with the states.
func (l *ledger) agrees(t *rapid.T, a keys.Address, out rpc.Explanation) {
	if out.After == nil {
		if out.To >= l.gone {
			t.Fatal("balances are missing")
		}
		return
	}
	var before rpc.RepBooks
	if out.From > 0 {
		before = l.states[out.From-1][a]
	}
	if out.From == 0 && l.gone > 0 { // the genesis is gone: the page begins behind it
		before = l.states[0][a]
	}
	if *out.Before != before || *out.After != l.states[out.To][a] {
		t.Fatalf("from %v to %v, want %v to %v", *out.Before, *out.After, before, l.states[out.To][a])
	}
	last := map[rep.Book]types.Amount{rep.WREP: before.WREP, rep.GREP: before.GREP}
	for _, c := range out.Items {
		want := last[c.Book].Add(c.Amount)
		if !c.Gain {
			want = last[c.Book].Sub(c.Amount)
		}
		if *c.Balance != want {
			t.Fatalf("after %+v there are %s, want %s", c, *c.Balance, want)
		}
		last[c.Book] = want
	}
}

// Goal: a change names what it was a part of; events that contradict the states
// are never passed off as an explanation. Method: a pool that settles beside a
// slash in a transaction; a mint that no state knows; a cursor of no answer.
func TestRepExplainNamesThePart(t *testing.T) {
	l := newLedger(newFake())
	ada, bob := keys.Address{1}, keys.Address{2}
	l.put(ada, rep.WREP, func(types.Amount) types.Amount { return types.NewAmount(10) })
	l.block()
	l.put(ada, rep.WREP, func(types.Amount) types.Amount { return types.NewAmount(7) })
	l.put(bob, rep.WREP, func(types.Amount) types.Amount { return types.NewAmount(6) })
	l.txs[1] = []types.Receipt{{Tx: keys.Hash{9}, Events: []types.Event{
		event("rep/burn", "book", "wREP", "from", ada, "amount", 2, "cause", "court"), event("court/slashed", "case", 3),
	}}}
	l.blocks[1] = []types.Event{
		event("rep/mint", "book", "wREP", "to", bob, "amount", 5, "cause", "produced"),
		event("rep/mint", "book", "wREP", "to", rep.Incinerator, "amount", 5, "cause", "validated"),
		event("rep/move", "book", "wREP", "from", ada, "to", bob, "amount", 1, "cause", "lost"),
		event("bank/paid"), event("pool/settled", "height", 1),
	}
	s := serving(t, l)
	defer s.Close()
	out, err := explain(t, s, map[string]any{"address": ada})
	if err != nil || len(out.Items) != 3 {
		t.Fatalf("%v: %+v", err, out)
	}
	genesis, slash, lost := out.Items[0], out.Items[1], out.Items[2]
	if genesis.Kind != "genesis" || genesis.Amount != types.NewAmount(10) || genesis.Height != 0 {
		t.Errorf("%+v", genesis)
	}
	if slash.Kind != "burned" || slash.Tx == nil || slash.By == nil || slash.By.Name != "slashed" || *slash.Balance != types.NewAmount(8) {
		t.Errorf("%+v", slash)
	}
	if lost.Kind != "given" || lost.Tx != nil || lost.By == nil || lost.By.Name != "settled" || *lost.Other != bob || lost.Cause != "lost" {
		t.Errorf("%+v", lost)
	}
	if _, err := explain(t, s, map[string]any{"address": ada, "cursor": "x"}); err == nil || err.Data.Kind != "CURSOR" {
		t.Errorf("%v", err)
	}
	if out, err := explain(t, s, map[string]any{"address": ada, "from": 5}); err != nil || len(out.Items) != 0 || out.Cursor != nil {
		t.Errorf("%v: %+v", err, out)
	}
	l.blocks[1] = append(l.blocks[1], event("rep/mint", "book", "wREP", "to", ada, "amount", 1, "cause", "nothing"))
	if _, err := explain(t, s, map[string]any{"address": ada}); err == nil || err.Data.Kind != "INTERNAL" {
		t.Errorf("what does not add up is told: %v", err)
	}
}
