package node_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/p2p"
)

// patience bounds every wait; nothing depends on how much of it is used.
const patience = 2 * time.Minute

// eventually waits until done says so.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

// lasting is a testing.TB for what several tests share: it is cleaned up when
// all of them have ended.
type lasting struct {
	testing.TB
	cleanups []func()
}

func (l *lasting) Cleanup(f func()) { l.cleanups = append(l.cleanups, f) }

func (l *lasting) TempDir() string {
	dir, err := os.MkdirTemp("", "probity-node-test-")
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (l *lasting) end() {
	for i := len(l.cleanups) - 1; i >= 0; i-- {
		l.cleanups[i]()
	}
}

// shared is four members that run from the first test that wants them on.
var shared struct {
	lasting
	*cluster
}

func sharedCluster(t testing.TB) *cluster {
	t.Helper()
	if shared.cluster == nil {
		shared.TB = t
		shared.cluster = newCluster(&shared.lasting, 4)
		for i := range shared.nodes {
			shared.start(i)
		}
	}
	shared.TB, shared.t = t, t
	for i := range shared.nodes {
		if shared.nodes[i] == nil {
			t.Fatal("an earlier test left the shared members in pieces")
		}
		shared.reach(i, 3, patience)
	}
	return shared.cluster
}

// TestMain ends what the tests share and then looks for goroutines: a member
// that stopped has left none, its host, store and servers included.
func TestMain(m *testing.M) {
	code := m.Run()
	shared.end()
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var seeds uint64

// unused is a seed that nobody had before, also where a test runs twice: what
// is shared remembers nonces and bans.
func unused() (seed [32]byte) {
	seeds++
	binary.BigEndian.PutUint64(seed[24:], seeds)
	return seed
}

// result makes a call that must succeed.
func (c *cluster) result(i int, method string, params any) any {
	c.t.Helper()
	out := c.call(i, method, params)
	if out["error"] != nil {
		c.t.Fatalf("%s: %v", method, out["error"])
	}
	return out["result"]
}

// wantError checks an error of JSON-RPC, and that it says what to do.
func wantError(t testing.TB, answer map[string]any, code int, kind string) map[string]any {
	t.Helper()
	e, _ := answer["error"].(map[string]any)
	if e == nil {
		t.Fatalf("want %d %s, got %v", code, kind, answer)
	}
	data, _ := e["data"].(map[string]any)
	if e["code"] != float64(code) || data["kind"] != kind {
		t.Fatalf("want %d %s, got %v", code, kind, e)
	}
	if hint, _ := data["hint"].(string); hint == "" {
		t.Errorf("%s says not what to do: %v", kind, e)
	}
	return data
}

// sign makes a transfer by a key, changed before it is signed.
func (c *cluster) sign(key keys.PrivateKey, change func(*types.Tx)) *types.SignedTx {
	c.t.Helper()
	tx := c.transfer(0, types.Whole(1)).Tx
	change(&tx)
	tx.Sign(key, c.opts[0].Genesis.Hash())
	s, err := types.Seal(tx)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// observe makes a member that has not started an observer.
func (c *cluster) observe(i int) {
	c.opts[i].Keys, c.opts[i].Member, c.opts[i].Producer = nil, false, false
}

func (c *cluster) submit(i int, raw []byte) map[string]any {
	c.t.Helper()
	return c.call(i, "tx_submit", map[string]any{"raw": fmt.Sprintf("0x%x", raw)})
}

// final submits a transaction and waits until it is final.
func (c *cluster) final(i int, tx *types.SignedTx) {
	c.t.Helper()
	if out := c.submit(i, tx.Raw); out["error"] != nil {
		c.t.Fatalf("submit: %v", out)
	}
	out := c.result(i, "tx_wait", map[string]any{"hash": tx.Hash.String(), "timeoutMs": 20000})
	if state, _ := out.(map[string]any); state["stage"] != "final" {
		c.t.Fatalf("not final: %v", out)
	}
}

// footing is what an account has and what the mempool holds of it.
type footing struct {
	balance string
	nonce   uint64
	pending int
}

func (c *cluster) footing(i int, a keys.Address) (f footing) {
	c.t.Helper()
	params := map[string]any{"address": a.String()}
	if out, ok := c.result(i, "bank_balance", params).(map[string]any); ok {
		value := out["value"].(map[string]any)
		f.balance, f.nonce = value["balance"].(string), uint64(value["nonce"].(float64))
	}
	f.pending = len(c.result(i, "tx_pending", map[string]any{"from": a.String()}).([]any))
	return f
}

// metric is the sum of a metric's values over the labels that are not given.
func (c *cluster) metric(i int, name string, labels map[string]string) (sum float64) {
	c.t.Helper()
next:
	for _, s := range c.result(i, "node_metricsSnapshot", nil).([]any) {
		sample := s.(map[string]any)
		if sample["name"] != name {
			continue
		}
		have, _ := sample["labels"].(map[string]any)
		for k, v := range labels {
			if have[k] != v {
				continue next
			}
		}
		sum += sample["value"].(float64)
	}
	return sum
}

// messages is how many messages of a topic ended so, the last second's exempt.
func (c *cluster) messages(i int, topic, result string) float64 {
	return c.metric(i, "probity_p2p_messages_total", map[string]string{"topic": topic, "result": result})
}

// stranger is a host of the member's network that is nobody's member, and is
// connected with one.
func (c *cluster) stranger(i int) *p2p.Host {
	c.t.Helper()
	h := c.host(c.opts[0].Genesis.Hash())
	addr := c.nodes[i].P2PAddrs()[0]
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.Connect(ctx, addr); err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "the member knows the stranger", func() bool { return c.peer(i, h.ID()) != nil })
	return h
}

// host is one that dials nobody by itself. Its own bounds are wider than any.
func (c *cluster) host(genesis keys.Hash) *p2p.Host {
	c.t.Helper()
	wide := p2p.Limit{Messages: 1 << 20, MessagesBurst: 1 << 20, Bytes: 1 << 30, BytesBurst: 1 << 30}
	cfg := p2p.Config{Seed: unused(), Genesis: genesis, Target: 1}
	for _, name := range []string{node.TopicConsensus, node.TopicTxs, node.TopicSync} {
		cfg.Topics = append(cfg.Topics, p2p.Topic{Name: name, BytesMax: 16 << 20, Limit: wide})
	}
	h, err := p2p.New(cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = h.Close() })
	if err := h.Start(); err != nil {
		c.t.Fatal(err)
	}
	return h
}

// peer is what a member tells of a peer of its; nil where it has none.
func (c *cluster) peer(i int, id p2p.ID) map[string]any {
	c.t.Helper()
	for _, p := range c.result(i, "node_peers", nil).([]any) {
		if p := p.(map[string]any); p["id"] == id.String() {
			return p
		}
	}
	return nil
}
