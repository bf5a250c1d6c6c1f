package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/types"
	"probity/node/rpc"
)

// Goal: each kind of good and bad input gets the answer that the interface
// promises, to the letter and the same over every transport. Method: transcripts
// against a real HTTP server; after every bad input the same connection answers
// a good one.
//
//	post    sends the lines below as one message, over HTTP, then over a
//	        WebSocket and the operator's unix socket, which answer the same
//	ws      sends it over a WebSocket connection only
//	events  asks for a stream of events by the query below, over HTTP and the
//	        operator's unix socket
//	syncing lets the node be behind, or, without best, have caught up
//	refuse  lets the mempool give a verdict
//	break   lets the next query panic
//	prune   forgets states and receipts below a height
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if !strings.HasSuffix(path, ".txt") {
			return
		}
		r := serve(t, rpc.Config{})
		ws := r.dial(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			msg := r.expand(d.Input)
			switch d.Cmd {
			case "post":
				status, body := r.post(t, msg)
				if again, ok := r.post(t, `{"jsonrpc":"2.0","id":1,"method":"rpc_limits"}`); again != 200 || !strings.Contains(ok, `"result"`) {
					t.Fatalf("after %s the server answers %d %s", msg, again, ok)
				}
				if status == 200 && !strings.Contains(msg, "ubscribe") {
					ws.send(msg)
					if other := ws.read(); other != body {
						t.Fatalf("over a WebSocket: %s", other)
					}
					if _, other := r.overUnix(t, http.MethodPost, "/", msg); other != body {
						t.Fatalf("over the unix socket: %s", other)
					}
				}
				return strings.TrimSpace(fmt.Sprintf("%d %s", status, body)) + "\n"
			case "ws":
				ws.send(msg)
				return ws.read() + "\n"
			case "events":
				resp, err := r.client.Get(r.url + "/events?" + msg)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if resp.StatusCode == 200 {
					t.Fatalf("%s is a stream", msg)
				}
				body, _ := io.ReadAll(resp.Body)
				if status, other := r.overUnix(t, http.MethodGet, "/events?"+msg, ""); status != resp.StatusCode || other != string(body) {
					t.Fatalf("over the unix socket: %d %s", status, other)
				}
				return fmt.Sprintf("%d %s\n", resp.StatusCode, body)
			case "syncing":
				f := r.fake
				f.mu.Lock()
				defer f.mu.Unlock()
				f.best = 0
				if d.HasArg("best") {
					d.ScanArgs(t, "best", (*uint64)(&f.best))
				}
				return ""
			case "refuse":
				r.fake.mu.Lock()
				defer r.fake.mu.Unlock()
				verdict := verdicts[d.CmdArgs[0].Key]
				r.fake.refuse = func(*types.SignedTx) error { return verdict }
				return ""
			case "break":
				r.fake.mu.Lock()
				defer r.fake.mu.Unlock()
				r.fake.boom, r.fake.refuse = 3, nil // once for each transport
				return ""
			case "prune":
				d.ScanArgs(t, "below", (*uint64)(&r.fake.pruned))
				return ""
			}
			t.Fatalf("no directive %s", d.Cmd)
			return ""
		})
	})
}

// overUnix asks over the operator's unix socket.
func (r *rig) overUnix(t testing.TB, method, path, msg string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", r.admin)
	}}}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://node"+path, strings.NewReader(msg))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// verdicts that the mempool may give.
var verdicts = map[string]error{
	"nonce":     bank.ErrNonce.For(4, 3),
	"fee":       bank.ErrFee.For(types.NewAmount(50), types.NewAmount(80)),
	"funds":     bank.ErrFunds.For(types.NewAmount(50), types.NewAmount(80)),
	"allowance": bank.ErrAllowance,
	"expired":   route.ErrExpired.For(3, 4),
	"full":      rpc.MempoolFull(types.NewAmount(50), types.NewAmount(80)),
	"circuit":   &route.Reject{Code: 9001, Kind: "CIRCUIT_OPEN", Text: "route bank is halted"},
	"disk":      errors.New("input/output error at /var/lib/secret"),
}

// expand puts what would be long or differ between machines into a message.
func (r *rig) expand(s string) string {
	good := r.send(r.alice, 3, 7)
	bad := r.send(r.alice, 3, 7)
	bad.Raw = append([]byte{}, bad.Raw...)
	bad.Raw[len(bad.Raw)-1] ^= 1
	elsewhere := good.Tx
	elsewhere.Chain = "elsewhere"
	other := r.sign(r.alice, elsewhere)
	return strings.NewReplacer(
		"$ALICEKEY", r.alice.Public().String(),
		"$ALICE", r.alice.Public().Address().String(),
		"$BOB", r.bob.Public().Address().String(),
		"$GOOD", fmt.Sprintf("0x%x", good.Raw),
		"$HASH", good.Hash.String(),
		"$BADSIG", fmt.Sprintf("0x%x", bad.Raw),
		"$OTHERCHAIN", fmt.Sprintf("0x%x", other.Raw),
		"$LONGFORM", "0x9808"+fmt.Sprintf("%x", good.Raw[1:]),
		"$TXTOOBIG", "0x"+strings.Repeat("00", 65<<10),
		"$TIP", r.Finalized().Hash.String(),
		"$MEGABYTE", strings.Repeat("x", 1<<20),
		"$BATCH101", "["+strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"rpc_limits"},`, 100)+`{"jsonrpc":"2.0","id":1,"method":"rpc_limits"}]`,
		"$ITEMS", "["+strings.Repeat("{},", 4999)+"{}]",
		"$DEEP", strings.Repeat("[", 100)+strings.Repeat("]", 100),
	).Replace(s)
}
