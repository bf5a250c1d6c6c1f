package node_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/node/mempool"
	"probity/node/sync"
)

// The tests TestBadInput_… are the rows of the table of bad input (spec rpc
// §Errors), each against members that run.

// connection asks over one connection and reads one answer.
type connection func(message string) []byte

// overHTTP keeps one connection alive for all requests: there is no second.
func (c *cluster) overHTTP(i int) connection {
	conn, err := net.Dial("tcp", c.nodes[i].RPCAddr())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close() })
	r := bufio.NewReader(conn)
	return func(message string) []byte {
		c.t.Helper()
		if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(message), message); err != nil {
			c.t.Fatal(err)
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK || resp.Close {
			c.t.Fatalf("%v, %s, close %v: %s", err, resp.Status, resp.Close, body)
		}
		return body
	}
}

func (c *cluster) overSocket(i int) connection {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	c.t.Cleanup(cancel)
	conn, _, err := websocket.Dial(ctx, "ws://"+c.nodes[i].RPCAddr()+"/ws", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close(websocket.StatusNormalClosure, "") })
	return func(message string) []byte {
		c.t.Helper()
		if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
			c.t.Fatal(err)
		}
		_, body, err := conn.Read(ctx)
		if err != nil {
			c.t.Fatal(err)
		}
		return body
	}
}

// Goal: what is no request is refused by number, kind and limit, and the
// connection lives. Method: each over one connection of HTTP and of WebSocket,
// followed by a good request over the same.
func TestBadInput_Requests(t *testing.T) {
	c := sharedCluster(t)
	const good = `{"jsonrpc":"2.0","id":"q","method":"chain_status"}`
	for way, connect := range map[string]func(int) connection{"http": c.overHTTP, "websocket": c.overSocket} {
		ask := connect(0)
		for _, row := range []struct {
			name, message string
			code          int
			kind          string
			want          any
		}{
			{"malformed", `{"jsonrpc":"2.0","id":1,"method":`, -32700, "PARSE", nil},
			{"not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"chain_status\"}", -32700, "PARSE", nil},
			{"id is an object", `{"jsonrpc":"2.0","id":{},"method":"chain_status"}`, -32600, "REQUEST", nil},
			{"id is too long", `{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 300) + `","method":"chain_status"}`, -32600, "REQUEST", nil},
			{"empty batch", `[]`, -32600, "REQUEST", nil},
			{"batch", "[" + strings.Repeat(good+",", 100) + good + "]", -32005, "BATCH_SIZE", 100.0},
			{"body", `{"jsonrpc":"2.0","id":1,"method":"chain_status","params":"` + strings.Repeat("x", 1<<20) + `"}`, -32005, "SIZE", 1048576.0},
		} {
			t.Run(way+"/"+row.name, func(t *testing.T) {
				var answer map[string]any
				if err := json.Unmarshal(ask(row.message), &answer); err != nil {
					t.Fatal(err)
				}
				if data := wantError(t, answer, row.code, row.kind); data["want"] != row.want {
					t.Errorf("want %v, got %v", row.want, data)
				}
				if id, there := answer["id"]; !there || id != nil {
					t.Errorf("id %v, want null", id)
				}
				var next map[string]any
				if err := json.Unmarshal(ask(good), &next); err != nil || next["id"] != "q" || next["result"] == nil {
					t.Errorf("the connection does not live: %v, %v", err, next)
				}
			})
		}
	}
}

// Goal: a transaction that cannot be is refused with its kind, and nothing is
// charged or stored. Method: submit each over HTTP and over WebSocket, and
// compare the accounts and the mempool before and two blocks after.
func TestBadInput_Transactions(t *testing.T) {
	c := sharedCluster(t)
	rich, poor := keys.FromSeed(unused()), keys.FromSeed(unused())
	user := c.user.Public().Address()
	c.final(0, c.sign(c.user, func(tx *types.Tx) {
		*tx = c.payment(rich.Public().Address(), types.Whole(100), c.footing(0, user).nonce)
	}))
	done := c.sign(rich, func(tx *types.Tx) { tx.Nonce = 0 })
	c.final(0, done)

	next := func(change func(*types.Tx)) []byte {
		return c.sign(rich, func(tx *types.Tx) { tx.Nonce = 1; change(tx) }).Raw
	}
	forged := bytes.Clone(next(func(*types.Tx) {}))
	forged[len(forged)-33] ^= 1
	foreign := c.payment(user, types.Whole(1), 1) // the same name, another genesis
	foreign.Sign(rich, keys.Sum([]byte("another genesis")))
	large := c.payment(user, types.Whole(1), 1)
	large.Msgs[0].Body = make([]byte, types.TxBytes)
	large.Sign(rich, c.opts[0].Genesis.Hash())
	for _, row := range []struct {
		name, kind string
		raw        []byte
	}{
		{"bad signature", "SIGNATURE", forged},
		{"signed for another genesis", "SIGNATURE", codec.MustMarshal(&foreign)},
		{"wrong chain", "CHAIN", next(func(tx *types.Tx) { tx.Chain = "another" })},
		{"stale nonce", "NONCE", c.sign(rich, func(tx *types.Tx) { tx.Nonce, tx.FeeMax = 0, types.Whole(2) }).Raw},
		{"nonce far ahead", "NONCE", c.sign(rich, func(tx *types.Tx) { tx.Nonce = 1000 }).Raw},
		{"fee too low", "FEE", next(func(tx *types.Tx) { tx.FeeMax = types.NewAmount(1) })},
		{"expired", "EXPIRED", next(func(tx *types.Tx) { tx.ValidUntil = 1 })},
		{"oversized", "SIZE", codec.MustMarshal(&large)},
		{"unaffordable", "FUNDS", c.sign(poor, func(tx *types.Tx) { tx.Nonce = 0 }).Raw},
	} {
		for way, connect := range map[string]func(int) connection{"http": c.overHTTP, "websocket": c.overSocket} {
			t.Run(row.name+"/"+way, func(t *testing.T) {
				richBefore, poorBefore := c.footing(0, rich.Public().Address()), c.footing(0, poor.Public().Address())
				var answer map[string]any
				if err := json.Unmarshal(connect(0)(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tx_submit","params":{"raw":"0x%x"}}`, row.raw)), &answer); err != nil {
					t.Fatal(err)
				}
				wantError(t, answer, -32003, row.kind)
				if way == "websocket" {
					c.reach(0, c.nodes[0].Height()+2, patience)
				}
				if f := c.footing(0, rich.Public().Address()); f != richBefore {
					t.Errorf("the account was %+v and is %+v", richBefore, f)
				}
				if f := c.footing(0, poor.Public().Address()); f != poorBefore {
					t.Errorf("the poor account was %+v and is %+v", poorBefore, f)
				}
				hash := keys.Hash(keys.Sum(row.raw))
				if out := c.result(0, "tx_get", map[string]any{"hash": hash.String()}); out != nil {
					t.Errorf("it is stored: %v", out)
				}
			})
		}
	}
	if out := c.submit(0, done.Raw); out["result"] != done.Hash.String() {
		t.Errorf("a known transaction is answered %v", out)
	}
	if out := c.submit(0, next(func(*types.Tx) {})); out["error"] != nil {
		t.Errorf("the refusals spoiled the next good one: %v", out)
	}
}

// Goal: a full mempool says which fee would enter, and that fee enters. Method:
// an observer without peers, so that nothing leaves the mempool, with room for
// eight.
func TestBadInput_MempoolFull(t *testing.T) {
	late := keys.FromSeed(unused())
	c := newCluster(t, 1, func(s *node.GenesisSpec) {
		s.Balances = append(s.Balances, node.GenesisBalance{Address: late.Public().Address(), Amount: types.Whole(1000)})
	})
	c.observe(0)
	c.opts[0].Mempool = mempool.Limits{Txs: 8}
	c.start(0)
	user := c.user.Public().Address()
	for i := range uint64(8) {
		if out := c.submit(0, c.sign(c.user, func(tx *types.Tx) { tx.Nonce, tx.FeeMax = i, types.Whole(20+i) }).Raw); out["error"] != nil {
			t.Fatal(out)
		}
	}
	before := c.footing(0, user)
	ninth := func(fee types.Amount) map[string]any {
		return c.submit(0, c.sign(late, func(tx *types.Tx) { tx.Nonce, tx.FeeMax = 0, fee }).Raw)
	}
	data := wantError(t, ninth(types.Whole(15)), -32005, "MEMPOOL_FULL")
	if f := c.footing(0, user); f != before || f.pending != 8 {
		t.Errorf("a refused transaction changed %+v to %+v", before, f)
	}
	if data["got"] != types.Whole(15).String() {
		t.Errorf("got %v", data["got"])
	}
	text, _ := data["want"].(string)
	var enters types.Amount
	if err := enters.UnmarshalText([]byte(text)); err != nil {
		t.Fatalf("%v: %v", err, data)
	}
	wantError(t, ninth(enters.Sub(types.Whole(1))), -32005, "MEMPOOL_FULL")
	if out := ninth(enters); out["error"] != nil {
		t.Fatalf("the fee that would enter does not: %v", out)
	}
	if f := c.footing(0, user); f.pending != 7 || f.balance != before.balance {
		t.Errorf("%+v", f)
	}
	if f := c.footing(0, late.Public().Address()); f.pending != 1 {
		t.Errorf("%+v", f)
	}
}

// Goal: a member that is far behind judges no transaction and says how far.
// Method: an observer whose only peer claims to be a thousand blocks ahead and
// never sends one; when that peer is gone, the observer judges again.
func TestBadInput_Syncing(t *testing.T) {
	c := newCluster(t, 1)
	c.observe(0)
	c.start(0)
	ahead := c.stranger(0)
	status := codec.MustMarshal(&sync.Message{Status: &sync.Status{Height: 1000}})
	to, err := peerID(c.nodes[0])
	if err != nil {
		t.Fatal(err)
	}
	raw := c.transfer(0, types.Whole(1)).Raw
	var answer map[string]any
	eventually(t, "syncing", func() bool {
		if err := ahead.Send(to, node.TopicSync, status); err != nil {
			t.Fatal(err)
		}
		answer = c.submit(0, raw)
		return answer["error"] != nil
	})
	data := wantError(t, answer, -32002, "SYNCING")
	if data["got"] != 0.0 || data["want"] != 1000.0 {
		t.Errorf("local and best height: %v", data)
	}
	if s := c.result(0, "chain_status", nil).(map[string]any); s["syncing"] != true || s["best"] != 1000.0 {
		t.Errorf("chain_status: %v", s)
	}
	_ = ahead.Close()
	eventually(t, "judges again", func() bool { return c.submit(0, raw)["error"] == nil })
}
