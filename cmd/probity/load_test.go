package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"probity/chain/keys"
	"probity/chain/types"
)

// fakeNode answers what the load asks of a node. It makes a block of all that
// it has taken every few milliseconds, and refuses some of what it is sent.
type fakeNode struct {
	mu      sync.Mutex
	nonces  map[keys.Address]uint64
	waiting []keys.Hash
	blocks  [][]keys.Hash
	sockets []chan finalBlock
	refuse  func(n int) string // kind for submission n, or ""
	seen    int
	order   bool // every nonce came in order
	cutAt   int  // submission from which answers to it are lost, once
}

func newFakeNode(t *testing.T) (*fakeNode, string) {
	n := &fakeNode{nonces: map[keys.Address]uint64{}, order: true, blocks: [][]keys.Hash{nil}}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", n.socket)
	mux.HandleFunc("/", n.post)
	s := httptest.NewServer(mux)
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for rest(ctx, 5*time.Millisecond); ctx.Err() == nil; rest(ctx, 5*time.Millisecond) {
			n.makeBlock()
		}
	})
	t.Cleanup(func() {
		stop()
		wg.Wait()
		s.CloseClientConnections()
		s.Close()
	})
	return n, s.URL
}

func (n *fakeNode) makeBlock() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.blocks = append(n.blocks, n.waiting)
	b := finalBlock{Height: types.Height(len(n.blocks) - 1), Txs: len(n.waiting)}
	n.waiting = nil
	for _, c := range n.sockets {
		select {
		case c <- b:
		default:
		}
	}
}

func (n *fakeNode) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	if _, _, err := conn.Read(r.Context()); err != nil {
		return
	}
	c := make(chan finalBlock, 1024)
	n.mu.Lock()
	n.sockets = append(n.sockets, c)
	n.mu.Unlock()
	if conn.Write(r.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"result":"1"}`)) != nil {
		return
	}
	for {
		select {
		case b := <-c:
			msg := mustJSON(map[string]any{"jsonrpc": "2.0", "method": "chain_subscription", "params": map[string]any{"cursor": "x", "result": b}})
			if conn.Write(r.Context(), websocket.MessageText, []byte(msg)) != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

func (n *fakeNode) post(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	if json.NewDecoder(r.Body).Decode(&raw) != nil {
		return
	}
	type call struct {
		ID     int             `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	var calls []call
	batch := json.Unmarshal(raw, &calls) == nil
	if !batch {
		calls = make([]call, 1)
		_ = json.Unmarshal(raw, &calls[0])
	}
	n.mu.Lock()
	var out []any
	lost := false
	for _, c := range calls {
		result, failed := n.answer(c.Method, c.Params)
		if n.cutAt > 0 && n.seen >= n.cutAt {
			n.cutAt, lost = 0, true
		}
		a := map[string]any{"jsonrpc": "2.0", "id": c.ID}
		if failed != "" {
			a["error"] = map[string]any{"code": -32003, "message": failed, "data": map[string]any{"kind": failed}}
		} else {
			a["result"] = result
		}
		out = append(out, a)
	}
	n.mu.Unlock()
	switch {
	case lost:
		panic(http.ErrAbortHandler)
	case batch:
		_ = json.NewEncoder(w).Encode(out)
	default:
		_ = json.NewEncoder(w).Encode(out[0])
	}
}

// answer is one method; the lock is held.
func (n *fakeNode) answer(method string, params json.RawMessage) (any, string) {
	switch method {
	case "chain_status":
		return map[string]any{"chain": "fake", "genesis": keys.Hash{1}, "baseFee": "100", "finalized": map[string]any{"height": 1, "hash": keys.Hash{}}}, ""
	case "bank_balance":
		var p struct {
			Address keys.Address `json:"address"`
		}
		_ = json.Unmarshal(params, &p)
		return map[string]any{"value": bankAccount{Balance: types.Whole(1000), Nonce: n.nonces[p.Address]}}, ""
	case "chain_getBlock":
		var p struct {
			At int `json:"at"`
		}
		_ = json.Unmarshal(params, &p)
		return map[string]any{"value": map[string]any{"txs": n.blocks[p.At]}}, ""
	case "tx_submit":
		return n.submit(params)
	}
	return nil, "METHOD"
}

func (n *fakeNode) submit(params json.RawMessage) (any, string) {
	var p []types.Bytes
	if err := json.Unmarshal(params, &p); err != nil || len(p) != 1 {
		return nil, "FORM"
	}
	tx, err := types.DecodeTx(p[0])
	if err != nil || !keys.Verify(tx.Signed(keys.Hash{1})) {
		return nil, "SIGNATURE"
	}
	n.seen++
	if n.refuse != nil {
		if kind := n.refuse(n.seen); kind != "" {
			return nil, kind
		}
	}
	next := n.nonces[tx.From]
	switch {
	case tx.Nonce < next:
		return tx.Hash, "" // known
	case tx.Nonce > next:
		n.order = false
		return nil, "NONCE"
	}
	n.nonces[tx.From]++
	n.waiting = append(n.waiting, tx.Hash)
	return tx.Hash, ""
}

// Goal: whatever a node refuses or loses, the load goes on, counts each
// transaction once, and measures what became final. Method: a node that takes
// everything, one whose mempool is full now and then, one that loses an answer.
func TestLoad(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(*fakeNode)
		kind   string // of errors that must be counted
		strict bool   // no account may skip a nonce
	}{
		{"calm", func(*fakeNode) {}, "", true},
		{"full mempool", func(n *fakeNode) {
			n.refuse = func(i int) string {
				if i%50 == 7 {
					return "MEMPOOL_FULL"
				}
				return ""
			}
		}, "MEMPOOL_FULL", false},
		{"lost answer", func(n *fakeNode) { n.cutAt = 60 }, "TRANSPORT", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, url := newFakeNode(t)
			c.spoil(n)
			plan := loadPlan{URLs: []string{url}, Rate: 400, Duration: 700 * time.Millisecond, Connections: 3, Accounts: 40, Secret: "t", Window: 100, Batch: 10}
			l, err := newLoad(t.Context(), plan)
			if err != nil {
				t.Fatal(err)
			}
			defer l.close()
			r, err := l.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if r.Accepted != r.Committed || r.Committed != int(n.total()) || r.Committed < 20 || r.Offered < r.Committed {
				t.Errorf("offered %d, accepted %d, committed %d, the chain has %d", r.Offered, r.Accepted, r.Committed, n.total())
			}
			if c.kind != "" && r.Errors[c.kind] == 0 || c.kind == "" && len(r.Errors) > 0 {
				t.Errorf("errors %v, want %q", r.Errors, c.kind)
			}
			if c.strict && !n.order {
				t.Error("a nonce was sent out of order")
			}
			if r.Finality.P50 <= 0 || r.Finality.P99 < r.Finality.P50 || r.TxPerSecond <= 0 {
				t.Errorf("finality %v, %v tx/s", r.Finality, r.TxPerSecond)
			}
		})
	}
}

func (n *fakeNode) total() (sum uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, nonce := range n.nonces {
		sum += nonce
	}
	return sum
}

// Goal: an open rate keeps the window. Method: a node that makes no blocks for
// a while sees no more than the window.
func TestLoadWindow(t *testing.T) {
	n, url := newFakeNode(t)
	n.refuse = func(i int) string {
		if len(n.waiting) > 64 {
			t.Error("more on its way than the window")
		}
		return ""
	}
	plan := loadPlan{URLs: []string{url}, Duration: 300 * time.Millisecond, Connections: 4, Accounts: 16, Secret: "w", Window: 32, Batch: 8}
	l, err := newLoad(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if r, err := l.run(t.Context()); err != nil || r.Committed < 64 {
		t.Fatalf("%+v, %v", r, err)
	}
}

// Goal: quantiles are those of the sorted latencies. Method: 1 to 100 ms.
func TestQuantiles(t *testing.T) {
	var all []time.Duration
	for i := 100; i > 0; i-- {
		all = append(all, time.Duration(i)*time.Millisecond)
	}
	if q := quantilesOf(all); q != (quantiles{51, 91, 100}) {
		t.Fatalf("%+v", q)
	}
	if q := quantilesOf(nil); q != (quantiles{}) {
		t.Fatalf("%+v", q)
	}
}
