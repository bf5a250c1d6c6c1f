package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	"probity/chain/keys"
	"probity/chain/route/all"
	"probity/chain/route/bank"
	"probity/chain/types"
	"probity/node"
)

// cluster is a few members in one process, over real libp2p, disks and HTTP.
type cluster struct {
	t     testing.TB
	spec  node.GenesisSpec
	opts  []node.Options
	nodes []*node.Node
	stops []func() error
	ended []chan error // what Run returned
	user  keys.PrivateKey
}

func newCluster(t testing.TB, n int, change ...func(*node.GenesisSpec)) *cluster {
	c := &cluster{t: t, user: keys.FromSeed([32]byte{99})}
	c.spec = node.GenesisSpec{Chain: "test", Time: types.Time(time.Now().UnixMilli()), Params: map[string]uint64{
		"epoch.blocks": 32, "asc.lead_views": 8, "block.interval": 50, "rep.year_cap_ppm": 0, "reward.block": 1_000_000_000, "evidence.window": 1024,
	}}
	for i := 0; i < n; i++ {
		c.spec.Members = append(c.spec.Members, node.GenesisMember{
			Keys: node.DeriveKeys([32]byte{byte(i + 1)}), REP: types.Whole(1000), Balance: types.Whole(1000),
		})
	}
	c.spec.Balances = []node.GenesisBalance{{Address: c.user.Public().Address(), Amount: types.Whole(1_000_000)}}
	for _, f := range change {
		f(&c.spec)
	}
	g, err := node.NewGenesis(c.spec)
	if err != nil {
		t.Fatal(err)
	}
	var log *slog.Logger
	if os.Getenv("PROBITY_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	for i := 0; i < n; i++ {
		o := node.Options{
			Home: t.TempDir(), Genesis: g, Keys: &c.spec.Members[i].Keys, Member: true, Producer: true,
			RPCListen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", P2PListen: []string{"127.0.0.1:0"}, Software: "test",
		}
		if log != nil {
			o.Log = log.With("member", i)
		}
		c.opts = append(c.opts, o)
		c.nodes, c.stops, c.ended = append(c.nodes, nil), append(c.stops, nil), append(c.ended, nil)
	}
	t.Cleanup(func() {
		for i := range c.nodes {
			c.stop(i)
		}
	})
	return c
}

// start runs a member that knows those that run already.
func (c *cluster) start(i int) {
	c.t.Helper()
	o := c.opts[i]
	for j, peer := range c.nodes {
		if peer != nil && j != i {
			for _, a := range peer.P2PAddrs() {
				o.Bootstrap = append(o.Bootstrap, a+"/p2p/"+peer.PeerID())
			}
		}
	}
	n, err := node.Open(o)
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	c.nodes[i], c.ended[i] = n, done
	c.stops[i] = func() error { cancel(); return <-done }
	for deadline := time.Now().Add(5 * time.Second); len(n.P2PAddrs()) == 0 && time.Now().Before(deadline); {
		time.Sleep(5 * time.Millisecond)
	}
}

func (c *cluster) stop(i int) {
	if c.stops[i] != nil {
		if err := c.stops[i](); err != nil {
			c.t.Errorf("member %d: %v", i, err)
		}
	}
	c.nodes[i], c.stops[i] = nil, nil
}

// reach waits until a member is at a height.
func (c *cluster) reach(i int, h types.Height, within time.Duration) {
	c.t.Helper()
	for deadline := time.Now().Add(within); c.nodes[i].Height() < h; {
		if time.Now().After(deadline) {
			c.t.Fatalf("member %d is at height %d of %d", i, c.nodes[i].Height(), h)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// call makes a JSON-RPC call.
func (c *cluster) call(i int, method string, params any) map[string]any {
	c.t.Helper()
	if params == nil {
		params = struct{}{}
	}
	body, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	resp, err := http.Post("http://"+c.nodes[i].RPCAddr()+"/", "application/json", bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		c.t.Fatalf("%s: %v", raw, err)
	}
	return out
}

func (c *cluster) transfer(nonce uint64, amount types.Amount) *types.SignedTx {
	c.t.Helper()
	tx := c.payment(keys.Address{1}, amount, nonce)
	tx.Sign(c.user, c.opts[0].Genesis.Hash())
	s, err := types.Seal(tx)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// payment is a transfer that nobody has signed.
func (c *cluster) payment(to keys.Address, amount types.Amount, nonce uint64) types.Tx {
	c.t.Helper()
	msg, err := all.Table.Pack("bank", "send", bank.Send{To: to, Amount: amount})
	if err != nil {
		c.t.Fatal(err)
	}
	return types.Tx{Chain: "test", Nonce: nonce, FeeMax: types.Whole(1), ValidUntil: 100_000, Msgs: []types.Msg{msg}}
}

// Goal: four members over real networks, disks and HTTP finalize a transfer
// beyond an epoch boundary, and one that was away catches up. Method: start
// four, submit by RPC, stop one, go on with three, start it again.
func TestCluster(t *testing.T) {
	c := newCluster(t, 4)
	for i := range c.nodes {
		c.start(i)
	}
	c.reach(0, 3, patience)
	tx := c.transfer(0, types.Whole(5))
	out := c.call(1, "tx_submit", map[string]any{"raw": fmt.Sprintf("0x%x", tx.Raw)})
	if out["error"] != nil {
		t.Fatalf("submit: %v", out)
	}
	out = c.call(2, "tx_wait", map[string]any{"hash": tx.Hash.String(), "until": "final", "timeoutMs": 10000})
	t.Logf("wait: %v", out)
	if out["error"] != nil {
		t.Fatalf("wait: %v", out)
	}
	c.stop(3)
	c.reach(0, 40, patience)
	c.start(3)
	c.reach(3, 45, patience)
	out = c.call(3, "bank_balance", map[string]any{"address": keys.Address{1}.String()})
	t.Logf("balance: %v", out)
	if out["error"] != nil {
		t.Fatalf("balance: %v", out)
	}
}
