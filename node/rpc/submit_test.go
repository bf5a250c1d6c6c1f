package rpc_test

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/rpc"
)

// Goal: a stranger with an ed25519 library and JSON, and nothing of ours, can
// send a transfer and see it through. Method: the standard library alone builds
// the requests; the node's own decoder then checks what came of them.
func TestStranger(t *testing.T) {
	r := serve(t, rpc.Config{})
	seed := r.alice.Seed()
	key := ed25519.NewKeyFromSeed(seed[:])
	public := "0x" + hex.EncodeToString(key.Public().(ed25519.PublicKey))

	prepared := must[struct{ Unsigned, SignBytes, Summary string }](t, r.call(t, "tx_prepare", map[string]any{
		"sender": public,
		"messages": []any{map[string]any{
			"route": "bank", "message": "send", "body": map[string]any{"to": r.bob.Public().Address().String(), "amount": "1500000000"},
		}},
	}))
	for _, part := range []string{"Chain test", "nonce 3", "bank/send", `"amount":"1500000000"`, r.bob.Public().Address().String()} {
		if !strings.Contains(prepared.Summary, part) {
			t.Errorf("summary without %q:\n%s", part, prepared.Summary)
		}
	}
	msg, err := hex.DecodeString(prepared.SignBytes[2:])
	if err != nil {
		t.Fatal(err)
	}
	if want := append(append([]byte("probity/tx/v1"), genesis[:]...), mustHex(t, prepared.Unsigned)...); string(msg) != string(want) {
		t.Errorf("signBytes %x, want %x", msg, want)
	}
	signature := "0x" + hex.EncodeToString(ed25519.Sign(key, msg))
	signed := map[string]any{"unsigned": prepared.Unsigned, "signature": signature, "publicKey": public}

	receipt := must[types.Receipt](t, r.call(t, "tx_simulate", map[string]any{"unsigned": prepared.Unsigned}))
	if receipt.Charged.IsZero() {
		t.Error("simulation charges nothing")
	}
	hash := must[keys.Hash](t, r.call(t, "tx_submit", signed))
	if again := must[keys.Hash](t, r.call(t, "tx_submit", signed)); again != hash {
		t.Errorf("%s, then %s", hash, again)
	}
	pending := r.Pending(nil, 10)
	if len(pending) != 1 || pending[0].Hash != hash || !keys.Verify(pending[0].Signed(genesis)) {
		t.Fatalf("pending: %v", pending)
	}
	waited := make(chan reply)
	go func() { waited <- r.call(t, "tx_wait", map[string]any{"hash": hash}) }()
	r.feed.Finalized(r.extend(pending[0]))
	state := must[rpc.TxState](t, <-waited)
	if state.Stage != rpc.Final || state.At == nil || state.At.Height != 4 || !state.Receipt.OK() {
		t.Errorf("%+v", state)
	}
	// A key that is not the sender's is named.
	other := must[struct{ Unsigned string }](t, r.call(t, "tx_prepare", map[string]any{"sender": r.bob.Public(), "messages": []any{map[string]any{
		"route": "bank", "message": "send", "body": map[string]any{"to": r.bob.Public().Address(), "amount": "1"},
	}}}))
	got := r.call(t, "tx_submit", map[string]any{"unsigned": other.Unsigned, "signature": signature, "publicKey": public})
	if got.Error == nil || got.Error.Data.Kind != "SIGNATURE" {
		t.Errorf("%+v", got)
	}
}

func mustHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Goal: what tx_prepare fills in is enough and no more: the fee it names covers
// what is charged whatever feeMax is, and given values are kept. Method: the
// weight of the signed transaction against the summary's transaction.
func TestPrepareFills(t *testing.T) {
	r := serve(t, rpc.Config{})
	ask := map[string]any{"sender": r.alice.Public(), "messages": []any{map[string]any{
		"route": "bank", "message": "send", "body": map[string]any{"to": r.bob.Public().Address(), "amount": 1},
	}}}
	p := must[struct {
		Unsigned types.Bytes
		Tx       struct {
			Nonce      uint64
			FeeMax     types.Amount
			ValidUntil types.Height
		}
	}](t, r.call(t, "tx_prepare", ask))
	if p.Tx.Nonce != 3 || p.Tx.ValidUntil != 5003 {
		t.Errorf("%+v", p.Tx)
	}
	weight := uint64(len(p.Unsigned)+66) + 200
	if fee := r.BaseFee().Mul(weight); p.Tx.FeeMax.Less(fee) || fee.Mul(3).Less(p.Tx.FeeMax) {
		t.Errorf("feeMax %s, fee %s", p.Tx.FeeMax, fee)
	}
	ask["nonce"], ask["feeMax"], ask["validUntil"], ask["feePayer"] = "0x2a", "77", 9, r.bob.Public().Address()
	q := must[struct{ Tx rpc.DecodedTx }](t, r.call(t, "tx_prepare", ask))
	if q.Tx.Nonce != 42 || q.Tx.FeeMax != types.NewAmount(77) || q.Tx.ValidUntil != 9 || *q.Tx.FeePayer != r.bob.Public().Address() {
		t.Errorf("%+v", q.Tx)
	}
}

// Goal: a batch of submissions is one hand-over to the mempool, each is answered
// in its place, and those that fail do not harm the others. Method: a batch
// with every kind of failure among good ones.
func TestSubmitBatch(t *testing.T) {
	r := serve(t, rpc.Config{})
	var batch []string
	for i := range 50 {
		raw := append([]byte{}, r.send(r.alice, uint64(i), 5).Raw...)
		switch i % 5 {
		case 1:
			raw[len(raw)-1] ^= 1
		case 2:
			raw = raw[:40]
		}
		batch = append(batch, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tx_submit","params":["0x%x"]}`, i, raw))
	}
	_, body := r.post(t, "["+strings.Join(batch, ",")+"]")
	var replies []reply
	if err := json.Unmarshal([]byte(body), &replies); err != nil || len(replies) != 50 {
		t.Fatalf("%d replies: %v", len(replies), err)
	}
	for i, got := range replies {
		want := map[int]string{1: "SIGNATURE", 2: "FORM"}[i%5]
		switch {
		case got.ID != float64(i):
			t.Errorf("place %d holds id %v", i, got.ID)
		case want == "" && got.Error != nil:
			t.Errorf("%d: %v", i, got.Error)
		case want != "" && (got.Error == nil || got.Error.Data.Kind != want):
			t.Errorf("%d: %+v, want %s", i, got.Error, want)
		}
	}
	if r.submits != 1 || len(r.Pending(nil, 100)) != 30 {
		t.Errorf("%d hand-overs, %d pending", r.submits, len(r.Pending(nil, 100)))
	}
}

// Goal: verdicts are exact, whoever shares a batch with whom, and a transaction
// that was found good is known. Method: many goroutines verify overlapping sets
// of good and damaged transactions.
func TestVerifier(t *testing.T) {
	f := newFake()
	v := rpc.NewVerifier(genesis, 2)
	defer v.Close()
	const n = 60
	txs, bad := make([]*types.SignedTx, n), map[int]bool{}
	for i := range txs {
		tx := f.send(f.alice, uint64(i), 1).Tx
		if i%7 == 3 {
			tx.Signature[5] ^= 1
			bad[i] = true
		}
		sealed, err := types.Seal(tx)
		if err != nil {
			t.Fatal(err)
		}
		txs[i] = sealed
	}
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for round := range 4 {
				from := (g*7 + round*13) % (n - 20)
				verdicts, err := v.Verify(context.Background(), txs[from:from+20])
				if err != nil {
					t.Error(err)
					return
				}
				for i, ok := range verdicts {
					if ok == bad[from+i] {
						t.Errorf("tx %d: %v", from+i, ok)
					}
				}
			}
		})
	}
	wg.Wait()
	for i, tx := range txs[:n-20] {
		if v.Known(tx.Hash) == bad[i] {
			t.Errorf("tx %d: known %v", i, !bad[i])
		}
	}
}

// Goal: who joined a job of a caller that gave up still gets a verdict. Method:
// callers whose contexts end at once beside patient ones.
func TestVerifierImpatient(t *testing.T) {
	f := newFake()
	v := rpc.NewVerifier(genesis, 1)
	defer v.Close()
	tx := f.send(f.alice, 0, 1)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			if i%2 == 0 {
				cancel()
			}
			defer cancel()
			if got, err := v.Verify(ctx, []*types.SignedTx{tx}); err == nil && !got[0] {
				t.Error("a good signature is refused")
			} else if err != nil && i%2 == 1 {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// Goal: tx_wait tells what is known when the time is up, and each stage as it
// comes. Method: a transaction that stays pending.
func TestWait(t *testing.T) {
	r := serve(t, rpc.Config{})
	tx := r.send(r.alice, 3, 1)
	if got := r.call(t, "tx_wait", map[string]any{"hash": tx.Hash, "timeoutMs": 1}); string(got.Result) != "null" {
		t.Errorf("%s", got.Result)
	}
	must[keys.Hash](t, r.call(t, "tx_submit", []any{fmt.Sprintf("0x%x", tx.Raw)}))
	for _, p := range []map[string]any{{"timeoutMs": 1}, {"until": "pending"}} {
		p["hash"] = tx.Hash
		if s := must[rpc.TxState](t, r.call(t, "tx_wait", p)); s.Stage != rpc.Pending || s.At != nil || s.Receipt != nil {
			t.Errorf("%+v", s)
		}
	}
	if got := r.call(t, "tx_wait", map[string]any{"hash": tx.Hash, "until": "done"}); got.Error == nil || got.Error.Code != rpc.CodeParams {
		t.Errorf("%+v", got)
	}
}

// Goal: waiting calls do not hold up the others of their batch's client.
// Method: a wait of a minute and a read over one socket; the read is answered.
func TestWaitBeside(t *testing.T) {
	r := serve(t, rpc.Config{Limits: rpc.Limits{Concurrent: 1, Waits: 1}})
	ws := r.dial(t)
	ws.send(request(t, "tx_wait", map[string]any{"hash": genesis, "timeoutMs": 60000}))
	start := time.Now()
	for ws.send(request(t, "tx_wait", map[string]any{"hash": genesis, "timeoutMs": 1})); ; {
		got := parseReply(t, ws.read())
		if got.Error != nil && got.Error.Data.Kind == "WAITS" {
			break
		}
		if time.Since(start) > 20*time.Second {
			t.Fatal("two waits, where one is allowed")
		}
		ws.send(request(t, "tx_wait", map[string]any{"hash": genesis, "timeoutMs": 1}))
	}
	ws.send(request(t, "chain_status", rpc.None{}))
	must[rpc.ChainStatus](t, parseReply(t, ws.read()))
}

// BenchmarkSubmit measures JSON in to mempool out: batches of 50 through the
// dispatcher, signatures verified, over a backend that only counts.
func BenchmarkSubmit(b *testing.B) {
	f := newFake()
	const n = 50
	var msgs []string
	for k := range 200 {
		var batch []string
		for i := range n {
			batch = append(batch, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tx_submit","params":{"raw":"0x%x"}}`, i, f.send(f.alice, uint64(k*n+i), 5).Raw))
		}
		msgs = append(msgs, "["+strings.Join(batch, ",")+"]")
	}
	run := func(b *testing.B, clients int) {
		v := rpc.NewVerifier(genesis, 0)
		s, err := rpc.New(rpc.Config{Backend: counter{f}, Verifier: v})
		if err != nil {
			b.Fatal(err)
		}
		defer v.Close()
		work := make(chan string)
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for m := range work {
					if out := rpc.Handle1(s, m); !strings.Contains(string(out), "result") {
						b.Error(string(out))
					}
				}
			})
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := 0; i < b.N; i++ {
			if i%len(msgs) == 0 && i > 0 {
				v.Forget()
			}
			work <- msgs[i%len(msgs)]
		}
		close(work)
		wg.Wait()
		b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "tx/s")
	}
	b.Run("one client", func(b *testing.B) { run(b, 1) })
	b.Run("eight clients", func(b *testing.B) { run(b, 8) })
}

// counter takes every transaction.
type counter struct{ *fake }

func (counter) Submit(_ context.Context, txs []*types.SignedTx) []error {
	return make([]error, len(txs))
}
