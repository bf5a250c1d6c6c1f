package types_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/types"
)

func ExampleTx_Sign() {
	genesis := keys.Sum([]byte("genesis"))
	tx := types.Tx{Chain: "demo", Nonce: 1, FeeMax: types.Whole(1), ValidUntil: 100, Msgs: []types.Msg{{Route: 2, ID: 1, Body: types.Bytes{0x80}}}}
	tx.Sign(keys.FromSeed([32]byte{1}), genesis)
	sealed, err := types.Seal(tx)
	fmt.Println(err, keys.Verify(sealed.Signed(genesis)))
	// Output: <nil> true
}

// Goal: a Merkle path proves its item at its place and nothing else. Method:
// random lists; every path holds, and fails for another item, place or length.
func TestMerkle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		items := make([][]byte, n)
		for i := range items {
			items[i] = []byte{byte(i), byte(n)}
		}
		root := types.MerkleRoot(items)
		i := rapid.IntRange(0, n-1).Draw(t, "i")
		p := types.MerkleProof(items, i)
		if !types.MerkleVerify(root, items[i], i, n, p) {
			t.Fatalf("item %d of %d", i, n)
		}
		j := rapid.IntRange(0, n-1).Draw(t, "j")
		if i != j && (types.MerkleVerify(root, items[j], i, n, p) || types.MerkleVerify(root, items[i], j, n, p)) {
			t.Fatalf("path of %d passes for %d of %d", i, j, n)
		}
		if n > 1 && types.MerkleVerify(root, items[i], i, n, p[:len(p)-1]) {
			t.Fatal("short path passes")
		}
	})
}

// Goal: a member is proven against the roster's hash for its epoch and size
// only. Method: random rosters, each field of the proof damaged.
func TestMemberProof(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		r := types.Roster{Epoch: types.Epoch(rapid.Uint64Range(0, 5).Draw(t, "epoch"))}
		for i := 0; i < n; i++ {
			k := keys.FromSeed([32]byte{byte(i)}).Public()
			r.Members = append(r.Members, types.Member{Address: k.Address(), Key: k, Weight: types.Weight(i + 1)})
		}
		p := r.Prove(rapid.IntRange(0, n-1).Draw(t, "i"))
		if !p.Verify(r.Epoch, r.Hash()) {
			t.Fatal("own proof fails")
		}
		heavier := p
		heavier.Member.Weight++
		larger := p
		larger.Size++
		if heavier.Verify(r.Epoch, r.Hash()) || larger.Verify(r.Epoch, r.Hash()) || p.Verify(r.Epoch+1, r.Hash()) {
			t.Fatal("a damaged proof passes")
		}
	})
}

// Goal: a bitmap has one form. Method: padding bits, a wrong length and a
// wrong number of signatures are refused; Votes undoes Bundle.
func TestCertificateBitmap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "n")
		st := types.Statement{Kind: types.Nullify, Epoch: 1, View: 2}
		var votes []types.Vote
		for i := 0; i < n; i++ {
			if rapid.Bool().Draw(t, "signs") || i == 0 {
				votes = append(votes, types.Vote{Statement: st, Signer: uint32(i), Signature: keys.Signature{byte(i)}})
			}
		}
		c := types.Bundle(votes, n)
		back, err := c.Votes(n)
		if err != nil || len(back) != len(votes) {
			t.Fatalf("%d of %d votes: %v", len(back), len(votes), err)
		}
		for i := range back {
			if back[i].Signer != votes[i].Signer || back[i].Signature != votes[i].Signature {
				t.Fatalf("vote %d", i)
			}
		}
		if n%8 != 0 {
			bad := c
			bad.Signers = append(types.Bytes{}, c.Signers...)
			bad.Signers[len(bad.Signers)-1] |= 0x80
			bad.Signatures = append(append([]keys.Signature{}, c.Signatures...), keys.Signature{})
			if _, err := bad.Indices(n); err == nil {
				t.Fatal("a padding bit passes")
			}
		}
		if _, err := c.Indices(n + 8); err == nil {
			t.Fatal("a short bitmap passes")
		}
		c.Signatures = c.Signatures[1:]
		if _, err := c.Indices(n); err == nil {
			t.Fatal("a missing signature passes")
		}
	})
}

// Goal: amounts print and read exactly, in base units and in whole ones.
func TestAmountText(t *testing.T) {
	for text, base := range map[string]string{
		"0": "0", "1": "1000000000", "97.5": "97500000000", "0.000000001": "1", "1000000.1": "1000000100000000",
	} {
		a, err := types.ParseDecimal(text)
		if err != nil || a.String() != base || a.Decimal() != text {
			t.Errorf("%s: %s, %s, %v", text, a, a.Decimal(), err)
		}
	}
	for _, bad := range []string{"", ".", "1.", ".5", "1.0000000001", "-1", "1e3", "0x10", "1 "} {
		if a, err := types.ParseDecimal(bad); err == nil {
			t.Errorf("%q reads as %s", bad, a)
		}
	}
	var in struct{ A, B, C types.Amount }
	if err := json.Unmarshal([]byte(`{"A":"12","B":12,"C":"0x0c"}`), &in); err != nil || in.A != in.B || in.B != in.C {
		t.Fatalf("%+v %v", in, err)
	}
	if json.Unmarshal([]byte(`{"A":1.5}`), &in) == nil || json.Unmarshal([]byte(`{"A":-1}`), &in) == nil {
		t.Fatal("a fraction or a negative number of base units passes")
	}
}

// Goal: a block beyond its bounds, or whose body is not the header's, is
// refused before anything is executed.
func TestBlockCheck(t *testing.T) {
	fresh := func() *types.Block {
		b := &types.Block{Header: types.Header{View: 1, Height: 1}}
		b.Header.VotesRoot, b.Header.ViewsRoot, b.Header.TxRoot = b.Body.VotesRoot(), b.Body.ViewsRoot(), b.Body.TxRoot()
		return b
	}
	if err := fresh().Check(); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(*types.Block){
		"view 0":    func(b *types.Block) { b.Header.View = 0 },
		"votes":     func(b *types.Block) { b.Body.Votes = make([]types.Certificate, 1) },
		"views":     func(b *types.Block) { b.Body.Views = make([]types.ViewRecord, 1) },
		"txs":       func(b *types.Block) { b.Body.Txs = []types.Bytes{{1}} },
		"too large": func(b *types.Block) { b.Body.Txs = []types.Bytes{make(types.Bytes, types.BlockTxBytes+1)} },
		"too many rejected": func(b *types.Block) {
			b.Body.Views = []types.ViewRecord{{Rejected: make([]types.Rejected, types.RejectedMax+1)}}
			b.Header.ViewsRoot = b.Body.ViewsRoot()
		},
	} {
		b := fresh()
		damage(b)
		if b.Check() == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// Goal: a schedule depends on its plan alone, gives every contract its share
// in a cycle, and counts its turns. Method: one cycle of four contracts.
func TestSchedule(t *testing.T) {
	p := &types.Plan{Blocks: 64, Seed: keys.Sum([]byte("s")), Scheme: types.Hashed, Selection: types.Cycle, Stride: 1,
		Roster: types.Roster{Members: []types.Member{{Weight: 1}}}}
	for i := 0; i < 4; i++ {
		p.List = append(p.List, types.ASC{ID: keys.Hash{byte(i)}, Weight: 25})
	}
	a, err := types.NewSchedule(p)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := types.NewSchedule(p)
	_ = b.Leader(64) // the order of questions must not matter
	turns := map[int]uint32{}
	for v := types.View(1); v <= 64; v++ {
		l := a.Leader(v)
		if l != b.Leader(v) || a.Seed(v) != b.Seed(v) || a.Salt(v) != turns[l] {
			t.Fatalf("view %d: leader %d and %d, salt %d", v, l, b.Leader(v), a.Salt(v))
		}
		if a.Seed(v) != types.NextSeed(a.Seed(v-1), v, nil) {
			t.Fatalf("view %d: seed chain broken", v)
		}
		turns[l]++
	}
	for l, n := range turns {
		if n != 16 {
			t.Errorf("contract %d of a quarter served %d of 64 views", l, n)
		}
	}
}
