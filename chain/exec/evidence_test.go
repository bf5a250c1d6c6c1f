package exec_test

import (
	"testing"

	"probity/chain/keys"
	"probity/chain/route/bank"
	"probity/chain/route/evidence"
	"probity/chain/types"
)

// accuse is evidence that a member nullified and finalized one view.
func (c *chain) accuse(name string, v types.View) types.Msg {
	c.t.Helper()
	signed := func(s types.Statement) evidence.Signed {
		return evidence.Signed{Statement: s, Signature: key("vote/" + name).Sign(s.SignBytes(c.g.Hash()))}
	}
	r := &c.plan.Roster
	return c.msg("evidence/submit", evidence.Submit{Votes: &evidence.Votes{
		A:      signed(types.Statement{Kind: types.Nullify, Epoch: r.Epoch, View: v}),
		B:      signed(types.Statement{Kind: types.Finalize, Epoch: r.Epoch, View: v, Digest: keys.Sum([]byte("x"))}),
		Member: r.Prove(r.Find(addr(name))),
	}})
}

// Goal: evidence is free, has room where nothing else has, and bars the
// convicted from leading. Method: a block whose weight is used up takes
// evidence of an account without $, not a payment; then the views that the
// convicted would lead go to others.
func TestEvidenceHasRoom(t *testing.T) {
	s := small()
	s.params["block.weight"] = 200_000
	c := start(t, s)
	c.add()
	big := make([]types.Msg, 16)
	for i := range big {
		big[i] = c.send("bob", 1)
	}
	var txs []*types.SignedTx
	for range 55 {
		txs = append(txs, c.tx("alice", big...))
	}
	proof := c.sign("stranger", types.Tx{Msgs: []types.Msg{c.accuse("m2", 1)}})
	b, r, dropped := c.build(append(txs, proof)...)
	if n := len(b.Body.Txs); n >= 55 || len(dropped) != 0 || string(b.Body.Txs[n-1]) != string(proof.Raw) {
		t.Fatalf("%d transactions, dropped %v", n, dropped)
	}
	receipts := r.Receipts()
	got := receipts[len(receipts)-1]
	if !got.OK() || !got.Charged.IsZero() || r.Facts.Weight > 200_000 {
		t.Fatalf("%+v", got)
	}
	if _, err := c.verify(b); err != nil {
		t.Fatal(err)
	}
	c.tip = r.Parent()
	if bad := c.x.Convicted(c.tip); len(bad) != 1 || bad[0] != addr("m2") {
		t.Fatalf("convicted: %v", bad)
	}
	if nonce := bank.Nonce(c.tip.State, addr("stranger")); nonce != 1 {
		t.Fatalf("nonce %d: a free transaction keeps the rules of nonces", nonce)
	}
	// Told twice, it costs like anything else, and a stranger cannot pay.
	again := c.sign("stranger", types.Tx{Nonce: 1, Msgs: []types.Msg{c.accuse("m2", 1)}})
	if err := c.x.CheckView(c.tip).Check(again, 1); err == nil {
		t.Fatal("known evidence is free")
	}
	for range 12 {
		for c.leads("m2") {
			c.skip++
		}
		c.add()
	}
	if err := c.x.Invariants(c.tip); err != nil {
		t.Fatal(err)
	}
}

// leads says whether a member leads the view after those that will be skipped.
func (c *chain) leads(name string) bool {
	skip := c.skip
	p := c.next()
	c.skip = skip
	return c.sched.ASC(p.View).Producer == addr(name)
}
