package exec_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Goal: what one member builds another verifies, to the same root, and all
// invariants hold. Method: random transactions, skipped views and claims over
// several epochs.
func TestBuildEqualsVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := start(t, small())
		people := []string{"alice", "bob", "m0", "m1", "carol"}
		for range rapid.IntRange(1, 30).Draw(t, "blocks") {
			var txs []*types.SignedTx
			for range rapid.IntRange(0, 6).Draw(t, "txs") {
				from := rapid.SampledFrom(people[:2]).Draw(t, "from")
				var msgs []types.Msg
				for range rapid.IntRange(1, 3).Draw(t, "msgs") {
					to := rapid.SampledFrom(people).Draw(t, "to")
					amount := rapid.Uint64Range(0, 2_000_000).Draw(t, "amount")
					msgs = append(msgs, rapid.SampledFrom([]types.Msg{
						c.send(to, amount), c.msg("rep/claim", rep.ClaimMsg{}),
						c.msg("bank/allow", bank.Allow{Spender: addr(to), PerEpoch: types.NewAmount(amount)}),
					}).Draw(t, "msg"))
				}
				txs = append(txs, c.tx(from, msgs...))
			}
			c.skip = types.View(rapid.SampledFrom([]int{0, 0, 0, 1, 3}).Draw(t, "skip"))
			b, r, dropped := c.build(txs...)
			v, err := c.verify(b)
			if err != nil {
				t.Fatal(err)
			}
			if v.Root() != r.Root() {
				t.Fatalf("roots %s and %s", r.Root(), v.Root())
			}
			for _, err := range dropped { // who pays away all there is cannot pay the next fee
				if !errors.Is(err, bank.ErrFunds) {
					t.Fatal(err)
				}
			}
			c.tip = v.Parent()
			for _, name := range people[:2] {
				c.nonces[name] = c.x.Nonce(c.tip, addr(name))
			}
			if err := c.x.Invariants(c.tip); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Goal: every field of the header is held against the law, and the verdict
// names it. Method: change one field of a valid block at a time.
func TestTamperedHeader(t *testing.T) {
	c := start(t, small())
	c.add()
	c.skip = 1
	good, _, _ := c.build(c.tx("alice", c.send("bob", 5)))
	other := keys.Sum([]byte("other"))
	for _, tc := range []struct {
		field string
		code  exec.Code
		spoil func(*types.Header)
	}{
		{"version", exec.BadHeader, func(h *types.Header) { h.Version = 0 }},
		{"epoch", exec.BadHeader, func(h *types.Header) { h.Epoch++ }},
		{"view", exec.BadHeader, func(h *types.Header) { h.View = 1 }},
		{"view", exec.BadHeader, func(h *types.Header) { h.View = 1 << 40 }},
		{"views[1]", exec.BadBody, func(h *types.Header) {
			h.View++
			h.ASC, h.Seed = c.sched.ASC(h.View).ID, c.sched.Seed(h.View)
		}},
		{"height", exec.BadHeader, func(h *types.Header) { h.Height++ }},
		{"parentView", exec.BadHeader, func(h *types.Header) { h.ParentView++ }},
		{"parent", exec.BadHeader, func(h *types.Header) { h.Parent = other }},
		{"time", exec.BadHeader, func(h *types.Header) { h.Time-- }},
		{"asc", exec.BadHeader, func(h *types.Header) { h.ASC = other }},
		{"beacon", exec.BadBegin, func(h *types.Header) { h.Reveal = other[:] }},
		{"seed", exec.BadHeader, func(h *types.Header) { h.Seed = other }},
		{"txRoot", exec.BadHeader, func(h *types.Header) { h.TxRoot = other }},
		{"viewsRoot", exec.BadHeader, func(h *types.Header) { h.ViewsRoot = other }},
		{"votesRoot", exec.BadHeader, func(h *types.Header) { h.VotesRoot = other }},
		{"stateRoot", exec.BadRoot, func(h *types.Header) { h.StateRoot = other }},
		{"rosterHash", exec.BadHeader, func(h *types.Header) { h.RosterHash = other }},
		{"nextRosterHash", exec.BadHeader, func(h *types.Header) { h.NextRosterHash = other }},
		{"baseFee", exec.BadHeader, func(h *types.Header) { h.BaseFee = types.NewAmount(2) }},
	} {
		b := *good
		tc.spoil(&b.Header)
		_, err := c.verify(&b)
		var bad *exec.Invalid
		if !errors.As(err, &bad) || bad.Field != tc.field || bad.Code != tc.code {
			t.Errorf("%s: %v", tc.field, err)
		}
	}
	if _, err := c.verify(good); err != nil {
		t.Error(err)
	}
}

// Goal: no block may hold what a guard refuses, what does not decode or what
// its sender did not sign. Method: put each into a block behind Build's back.
func TestBadTransactions(t *testing.T) {
	c := start(t, small())
	alice := c.sign("alice", types.Tx{Msgs: []types.Msg{c.send("bob", 5)}})
	forged := *alice
	forged.Tx.Signature[7] ^= 1
	resealed, err := types.Seal(forged.Tx)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		txs  []*types.SignedTx
		want error
		at   string
	}{
		"signature":   {[]*types.SignedTx{resealed}, route.ErrSignature, "txs[0]"},
		"twice":       {[]*types.SignedTx{alice, alice}, bank.ErrNonce, "txs[1]"},
		"chain":       {[]*types.SignedTx{c.sign("alice", types.Tx{Chain: "other", Msgs: alice.Msgs})}, route.ErrChain, "txs[0]"},
		"expired":     {[]*types.SignedTx{c.sign("alice", types.Tx{ValidUntil: 1, Msgs: alice.Msgs}), c.sign("alice", types.Tx{Nonce: 1, Msgs: alice.Msgs})}, nil, ""},
		"fee":         {[]*types.SignedTx{c.sign("alice", types.Tx{FeeMax: types.NewAmount(9), Msgs: alice.Msgs})}, bank.ErrFee, "txs[0]"},
		"funds":       {[]*types.SignedTx{c.sign("carol", types.Tx{Msgs: alice.Msgs})}, bank.ErrFunds, "txs[0]"},
		"no message":  {[]*types.SignedTx{c.sign("alice", types.Tx{Msgs: []types.Msg{{Route: 77, ID: 1, Body: []byte{0x80}}}})}, route.ErrMessage, "txs[0]"},
		"bad message": {[]*types.SignedTx{c.sign("alice", types.Tx{Msgs: []types.Msg{{Route: bank.ID, ID: 1, Body: []byte{0x80}}}})}, route.ErrMessage, "txs[0]"},
	} {
		b, _, _ := c.build()
		hashes := []keys.Hash{}
		for _, tx := range tc.txs {
			b.Body.Txs = append(b.Body.Txs, tx.Raw)
			hashes = append(hashes, tx.Hash)
		}
		b.Header.TxRoot = types.TxRoot(hashes)
		_, err := c.verify(b)
		var bad *exec.Invalid
		if !errors.As(err, &bad) {
			t.Fatalf("%s: %v", name, err)
		}
		if tc.want == nil { // admitted: the root alone differs
			if bad.Code != exec.BadRoot {
				t.Errorf("%s: %v", name, err)
			}
		} else if bad.Code != exec.BadTx || bad.Field != tc.at || !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if tc.want != nil && tc.at == "txs[0]" && !errors.Is(tc.want, route.ErrSignature) {
			if _, _, dropped := c.build(tc.txs...); len(dropped) != 1 || !errors.Is(dropped[0], tc.want) {
				t.Errorf("%s: Build drops %v", name, dropped)
			}
		}
	}
	b, _, _ := c.build()
	b.Body.Txs = []types.Bytes{{1, 2, 3}}
	if _, err := c.verify(b); !errors.Is(err, types.ErrTxShape) {
		t.Errorf("garbage: %v", err)
	}
}

// Goal: a transaction whose rule fails pays and does nothing else. Method: a
// batch whose second payment fails.
func TestFailedRulePays(t *testing.T) {
	c := start(t, small())
	before, bob := c.balance("alice"), c.balance("bob")
	r := c.add(c.tx("alice", c.send("bob", 5), c.send("bob", 1<<60)))
	got := r.Receipts()[0]
	if got.OK() || got.Kind != "FUNDS" || got.Charged.IsZero() || len(got.Events) != 0 {
		t.Fatalf("%+v", got)
	}
	if c.balance("alice") != before.Sub(got.Charged) || c.balance("bob") != bob {
		t.Fatalf("alice has %s, bob %s", c.balance("alice"), c.balance("bob"))
	}
	if nonce := c.x.Nonce(c.tip, addr("alice")); nonce != 1 {
		t.Fatalf("nonce %d", nonce)
	}
}

// Goal: the events of a transaction stand in its receipt, those of hooks in the
// result. Method: a payment at an epoch's last height.
func TestEvents(t *testing.T) {
	c := start(t, small())
	for range 7 {
		c.add()
	}
	r := c.add(c.tx("alice", c.send("bob", 5)))
	got := r.Receipts()[0]
	if !got.OK() || len(got.Events) != 1 || got.Events[0].Name != "transfer" || got.Height != 8 || got.Tx != r.TxHashes()[0] {
		t.Fatalf("%+v", got)
	}
	found := false
	for _, e := range r.Events() {
		found = found || e.Route == "availability" && e.Name == "epoch"
	}
	if !found {
		t.Fatalf("no epoch among %v", r.Events())
	}
}

// relay is a peer route for tests: it dispatches messages to others, and fails
// where it is told to.
type relay struct {
	_    struct{}    `cbor:",toarray"`
	Msgs []types.Msg `json:"msgs"`
	Try  bool        `json:"try"`  // go on where a dispatch fails
	Fail bool        `json:"fail"` // in the end
}

var errRelay = route.Refusal(91, 1, "RELAY", "told to fail")

// law stands for the legislature.
var law = &route.Route{
	ID: 91, Name: "legislature",
	Msgs: []route.Msg{route.On(1, "relay", func(c *route.Ctx, m relay) error {
		for _, inner := range m.Msgs {
			if err := c.Dispatch(inner); err != nil && !m.Try {
				return err
			}
		}
		c.Emit("relayed", "messages", len(m.Msgs))
		if m.Fail {
			return errRelay
		}
		return nil
	})},
}

// Goal: a dispatched message acts as a whole, in the name of the dispatching
// route, and vanishes with it. Method: a relay over good and bad messages.
func TestDispatch(t *testing.T) {
	s := small()
	s.table = foundation(law)
	c := start(t, s)
	fund := types.Msg{Route: bank.ID, ID: 1, Body: c.msg("bank/send", bank.Send{To: route.Address("legislature"), Amount: types.NewAmount(100)}).Body}
	c.add(c.tx("alice", fund))
	purse := func() types.Amount { return bank.Balance(c.tip.State, route.Address("legislature")) }
	bob := c.balance("bob")

	run := func(m relay) types.Receipt {
		return c.add(c.tx("alice", c.msg("legislature/relay", m))).Receipts()[0]
	}
	if r := run(relay{Msgs: []types.Msg{c.send("bob", 30), c.send("bob", 80)}}); r.Kind != "FUNDS" || purse() != types.NewAmount(100) {
		t.Fatalf("one bad: %+v, purse %s", r, purse())
	}
	if r := run(relay{Msgs: []types.Msg{c.send("bob", 30)}, Fail: true}); r.Kind != "RELAY" || purse() != types.NewAmount(100) {
		t.Fatalf("fails later: %+v, purse %s", r, purse())
	}
	// The failed dispatch leaves nothing, the others stay.
	if r := run(relay{Msgs: []types.Msg{c.send("bob", 30), c.send("bob", 80), c.send("bob", 1)}, Try: true}); !r.OK() || len(r.Events) != 3 {
		t.Fatalf("tries: %+v", r)
	}
	if purse() != types.NewAmount(69) || c.balance("bob") != bob.Add(types.NewAmount(31)) {
		t.Fatalf("purse %s, bob %s", purse(), c.balance("bob"))
	}
	// Nested too deeply, and calls of what is reserved for another.
	deep := c.send("bob", 1)
	for range route.DepthMax {
		deep = c.msg("legislature/relay", relay{Msgs: []types.Msg{deep}})
	}
	if r := run(relay{Msgs: []types.Msg{deep}}); r.Kind != "DEPTH" || purse() != types.NewAmount(69) {
		t.Fatalf("deep: %+v", r)
	}
	if r := c.add(c.tx("alice", c.msg("params/set", params.Set{}))).Receipts()[0]; r.Kind != "RESERVED" {
		t.Fatalf("reserved: %+v", r)
	}
}

// Goal: parameters change behind the boundary, not before. Method: the
// legislature sets the reward and the weight of a block; the last block of the
// epoch still pays the old one.
func TestBoundaryChangesParameters(t *testing.T) {
	s := small()
	s.table = foundation(law)
	c := start(t, s)
	set := params.Set{Changes: []params.Change{{Name: "reward.block", Value: 7}, {Name: "epoch.blocks", Value: 12}}}
	if r := c.add(c.tx("alice", c.msg("legislature/relay", relay{Msgs: []types.Msg{c.msg("params/set", set)}}))).Receipts()[0]; !r.OK() {
		t.Fatalf("%+v", r)
	}
	for c.tip.Header.Height < 8 {
		if r := c.add(); r.Facts.Reward != types.NewAmount(1000) {
			t.Fatalf("height %d: reward %s", r.Header.Height, r.Facts.Reward)
		}
	}
	if r := c.add(); r.Facts.Reward != types.NewAmount(7) || r.Header.Epoch != 1 {
		t.Fatalf("height %d: reward %s", r.Header.Height, r.Facts.Reward)
	}
	// Numbers of an epoch are frozen with its roster, two epochs ahead: the
	// first epoch of the new length is 3.
	for c.tip.Header.Height < 8*3 {
		c.add()
	}
	if got := c.x.Plan(c.tip, 3); got == nil || got.Blocks != 12 || got.First != 25 {
		t.Fatalf("%+v", got)
	}
	for c.tip.Header.Epoch < 4 {
		c.add()
	}
	if c.tip.Header.Height != 37 {
		t.Fatalf("epoch 4 begins at height %d", c.tip.Header.Height)
	}
}

// Goal: trailing blocks keep height and state, and the next epoch builds on the
// boundary. Method: two trailing blocks, each field tampered with, then the
// first block of the next epoch.
func TestTrailing(t *testing.T) {
	c := start(t, small())
	for range 8 {
		c.add()
	}
	boundary := c.tip
	asc, v := c.sched.ASC(boundary.Header.View+1), boundary.Header.View+1
	p := exec.Proposal{Epoch: 0, View: v, ParentView: v - 1, Time: boundary.Header.Time + 50, ASC: asc.ID, Seed: c.sched.Seed(v)}
	b, err := c.x.BuildTrailing(boundary, p)
	if err != nil {
		t.Fatal(err)
	}
	other := keys.Sum([]byte("other"))
	for _, tc := range []struct {
		field string
		spoil func(*types.Block)
	}{
		{"epoch", func(b *types.Block) { b.Header.Epoch++ }},
		{"height", func(b *types.Block) { b.Header.Height++ }},
		{"stateRoot", func(b *types.Block) { b.Header.StateRoot = other }},
		{"baseFee", func(b *types.Block) { b.Header.BaseFee = types.NewAmount(3) }},
		{"beacon", func(b *types.Block) { b.Header.Reveal = other[:] }},
		{"seed", func(b *types.Block) { b.Header.Seed = other }},
		{"view", func(b *types.Block) { b.Header.View-- }},
		{"parent", func(b *types.Block) { b.Header.Parent = other }},
		{"rosterHash", func(b *types.Block) { b.Header.RosterHash = other }},
		{"txRoot", func(b *types.Block) { b.Body.Txs = []types.Bytes{{1}} }},
		{"votes", func(b *types.Block) { b.Body.Votes = make([]types.Certificate, 2) }},
	} {
		bad := *b
		tc.spoil(&bad)
		var inv *exec.Invalid
		if err := c.y.VerifyTrailing(boundary, &bad); !errors.As(err, &inv) || inv.Field != tc.field {
			t.Errorf("%s: %v", tc.field, err)
		}
	}
	if err := c.y.VerifyTrailing(boundary, b); err != nil {
		t.Fatal(err)
	}
	// A second one behind a skipped view.
	first := boundary.Trailing(b)
	p.View, p.ParentView, p.Time = v+2, v, b.Header.Time+50
	p.ASC, p.Seed = c.sched.ASC(v+2).ID, c.sched.Seed(v+2)
	if _, err := c.x.BuildTrailing(first, p); err == nil {
		t.Fatal("a skipped view without its record")
	}
	p.Views = []types.ViewRecord{c.record(0, v+1)}
	second, err := c.x.BuildTrailing(first, p)
	if err != nil {
		t.Fatal(err)
	}
	if h := second.Header; h.Height != 8 || h.StateRoot != boundary.Header.StateRoot {
		t.Fatalf("%+v", h)
	}
	if err := c.y.VerifyTrailing(c.tip.Trailing(b), second); err != nil {
		t.Fatal(err)
	}
	if r := c.add(); r.Header.Epoch != 1 || r.Header.View != 1 || r.Header.Parent != boundary.Digest {
		t.Fatalf("%+v", r.Header)
	}
	if err := c.x.VerifyTrailing(c.tip, b); !errors.Is(err, exec.ErrPlan) {
		t.Fatalf("behind no boundary: %v", err)
	}
}

// Goal: skipped views need their records. Method: leave one out, take one of
// another view, take one without Nullification; then the real ones.
func TestSkippedViews(t *testing.T) {
	c := start(t, small())
	c.add()
	for name, spoil := range map[string]func(*exec.Proposal){
		"missing": func(p *exec.Proposal) { p.Views = p.Views[:1] },
		"order":   func(p *exec.Proposal) { p.Views[0], p.Views[1] = p.Views[1], p.Views[0] },
		"bare":    func(p *exec.Proposal) { p.Views[1].Nullification = nil },
	} {
		c.skip, c.spoil = 2, spoil
		var bad *exec.Invalid
		if _, _, err := c.x.Build(c.tip, c.next(), list(nil), nil); !errors.As(err, &bad) || bad.Code != exec.BadBody {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.skip = 2
	if r := c.add(); r.Header.View != 4 || r.Header.ParentView != 1 {
		t.Fatalf("%+v", r.Header)
	}
}

// Goal: blocks are bounded in weight and bytes, and what does not fit waits.
// Method: more transactions than fit, and one too many put in by hand.
func TestFullBlock(t *testing.T) {
	s := small()
	s.params["block.weight"] = 200_000
	c := start(t, s)
	big := make([]types.Msg, 16)
	for i := range big {
		big[i] = c.send("bob", 1)
	}
	var txs []*types.SignedTx
	for range 100 {
		txs = append(txs, c.tx("alice", big...))
	}
	b, r, dropped := c.build(txs...)
	if n := len(b.Body.Txs); n < 40 || n > 60 || r.Facts.Weight > 200_000 || len(dropped) != 0 {
		t.Fatalf("%d transactions of weight %d, %d dropped", n, r.Facts.Weight, len(dropped))
	}
	if _, err := c.verify(b); err != nil {
		t.Fatal(err)
	}
	b.Body.Txs = append(b.Body.Txs, txs[len(b.Body.Txs)].Raw)
	hashes := make([]keys.Hash, len(b.Body.Txs))
	for i := range hashes {
		hashes[i] = txs[i].Hash
	}
	b.Header.TxRoot = types.TxRoot(hashes)
	var bad *exec.Invalid
	if _, err := c.verify(b); !errors.As(err, &bad) || bad.Code != exec.BadTx {
		t.Fatal(err)
	}
	// A full block makes the next one dearer.
	c.tip = r.Parent()
	if fee := c.x.NextBaseFee(c.tip); fee != types.NewAmount(2) {
		t.Fatalf("base fee %s", fee)
	}
}

// Goal: the mempool's question and the user's have the same answer as a block.
// Method: Check with an expected nonce, Simulate, Query.
func TestReads(t *testing.T) {
	c := start(t, small())
	c.add()
	v := c.x.CheckView(c.tip)
	third := c.sign("alice", types.Tx{Nonce: 2, Msgs: []types.Msg{c.send("bob", 5)}})
	if err := v.Check(third, 0); !errors.Is(err, bank.ErrNonce) {
		t.Errorf("nonce 2 at 0: %v", err)
	}
	if err := v.Check(third, 2); err != nil {
		t.Errorf("nonce 2 behind two others: %v", err)
	}
	if err := v.Check(c.sign("carol", types.Tx{Msgs: third.Msgs}), 0); !errors.Is(err, bank.ErrFunds) {
		t.Errorf("no funds: %v", err)
	}
	if got := c.x.Simulate(c.tip, third); !got.OK() || len(got.Events) != 1 || got.Charged != types.NewAmount(got.Weight) {
		t.Errorf("%+v", got)
	}
	if got := c.x.Simulate(c.tip, c.sign("alice", types.Tx{Msgs: []types.Msg{c.send("bob", 1<<60)}})); got.Kind != "FUNDS" || got.Charged.IsZero() {
		t.Errorf("%+v", got)
	}
	if got := c.x.Simulate(c.tip, c.sign("carol", types.Tx{Msgs: third.Msgs})); got.Kind != "FUNDS" || !got.Charged.IsZero() {
		t.Errorf("%+v", got)
	}
	if w, err := c.x.Weight(third); err != nil || w != uint64(len(third.Raw))+route.CostDefault {
		t.Errorf("weight %d, %v", w, err)
	}
	out, err := c.x.Query(c.tip, "bank", "balance", []byte(fmt.Sprintf(`{"address": %q}`, addr("bob"))))
	if err != nil || out.(bank.Account).Balance != types.NewAmount(1_000_000) {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := c.x.Query(c.tip, "bank", "nothing", nil); !errors.Is(err, exec.ErrQuery) {
		t.Errorf("%v", err)
	}
	if c.x.Nonce(c.tip, addr("alice")) != 0 {
		t.Error("a read has left a trace")
	}
}

// Goal: a producer that fails to open its salt, or names another contract, has
// no valid block, and its own node says so. Method: spoiled proposals.
func TestBuildRefusesItsOwnMistakes(t *testing.T) {
	c := start(t, small())
	for name, spoil := range map[string]func(*exec.Proposal){
		"beacon": func(p *exec.Proposal) { p.Reveal = nil },
		"asc":    func(p *exec.Proposal) { p.ASC = keys.Hash{} },
		"time":   func(p *exec.Proposal) { p.Time-- },
		"seed":   func(p *exec.Proposal) { p.Seed = keys.Hash{} },
	} {
		c.spoil = spoil
		var bad *exec.Invalid
		if _, _, err := c.x.Build(c.tip, c.next(), list(nil), nil); !errors.As(err, &bad) || bad.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
