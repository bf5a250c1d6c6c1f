package rpc_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"probity/node/rpc"
)

// malformed is how many requests the flood has; PROBITY_FLOOD sets another
// number.
func malformed(t *testing.T) int {
	text := os.Getenv("PROBITY_FLOOD")
	switch {
	case text == "" && testing.Short():
		return 500
	case text == "":
		return 2000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Goal: thousands of malformed requests to every method over every transport
// are each answered with one error that has a kind and a hint, or with what they
// still ask for, and leave no memory and no goroutine behind. Method: the
// executed examples, damaged at random: bytes changed, cut and doubled, members
// renamed, values of other types, params of other methods.
func TestMalformedFlood(t *testing.T) {
	r := serve(t, rpc.Config{Limits: rpc.Limits{WaitMax: time.Millisecond}})
	d := newDamager(t)
	kinds := map[string]int{}
	flood := func(n int) {
		ws := r.dial(t)
		for i := range n {
			m := d.message()
			answer := ""
			switch i % 4 {
			case 0, 1:
				_, answer = r.post(t, m)
			case 2:
				_, answer = r.overUnix(t, http.MethodPost, "/", m)
			case 3:
				status, body := d.events(t, r)
				if answer = body; status < 400 || status > 499 {
					t.Fatalf("status %d: %s", status, body)
				}
				m = "GET"
			}
			judge(t, m, answer, kinds)
			if i%4 == 1 && answer != "" && !strings.Contains(m, "ubscribe") { // notices of a lucky one would come between
				ws.send(m)
				judge(t, m, ws.read(), kinds)
			}
		}
		_ = ws.CloseNow()
	}
	n := malformed(t)
	flood(1000) // pools and caches fill
	r.client.CloseIdleConnections()
	goroutines, before := runtime.NumGoroutine(), heap()
	flood(n)
	r.client.CloseIdleConnections()
	grown := int64(heap()) - int64(before)
	if grown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	if now := runtime.NumGoroutine(); now > goroutines+20 {
		t.Errorf("%d goroutines, before %d", now, goroutines)
	}
	for _, kind := range []string{"PARSE", "REQUEST", "METHOD", "PARAMS", "SELECTOR", "CURSOR", "TOPIC", "FORM"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s among %v", kind, kinds)
		}
	}
	t.Logf("%d requests: heap %+d KiB, %v", n, grown>>10, kinds)
}

// judge wants a response, and of each error a kind and a hint. Whatever a
// stranger sends, nothing of it is the node's own fault.
func judge(t *testing.T, asked, answer string, kinds map[string]int) {
	t.Helper()
	if answer == "" {
		return // notifications alone
	}
	var all []struct {
		JSONRPC string
		ID      json.RawMessage
		Result  json.RawMessage
		Error   *rpc.Error
	}
	text := answer
	if text[0] != '[' {
		text = "[" + text + "]"
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%.2000s\n→ %.2000s: %v", asked, answer, err)
	}
	for _, a := range all {
		switch e := a.Error; {
		case a.JSONRPC != "2.0" || a.ID == nil || (e == nil) == (a.Result == nil):
			t.Fatalf("no response: %.2000s\n→ %.2000s", asked, answer)
		case e == nil:
			kinds["none"]++
		case e.Data.Kind == "" || e.Data.Hint == "" || e.Message == "" || e.Code == rpc.CodeInternal || len(e.Message) > 1000:
			t.Fatalf("%.2000s\n→ %.2000s", asked, answer)
		default:
			kinds[e.Data.Kind]++
		}
	}
}

// damager makes malformed requests of good ones.
type damager struct {
	*rand.Rand
	methods []string
	params  []object // of each method's example
}

func newDamager(t *testing.T) *damager {
	d := &damager{Rand: rand.New(rand.NewPCG(3, 4))}
	for _, m := range document(t)["methods"].([]any) {
		method := m.(object)
		params := object{}
		for _, e := range method["examples"].([]any) {
			for _, p := range e.(object)["params"].([]any) {
				params[p.(object)["name"].(string)] = p.(object)["value"]
			}
		}
		d.methods, d.params = append(d.methods, method["name"].(string)), append(d.params, params)
	}
	return d
}

// odd are values that hardly any member takes.
var odd = []any{
	nil, true, -1, 1.5, 1e300, "", "0x", "0xzz", "x\x00", "latest ", "18446744073709551616", "prb1", []any{}, []any{[]any{nil}}, object{}, object{"at": object{}},
	strings.Repeat("9", 300), strings.Repeat("ä", 100), "1.2.3", "9999999999.99999999999", []any{"0x" + strings.Repeat("00", 32)},
}

func (d *damager) message() string {
	i := d.IntN(len(d.methods))
	if d.IntN(4) == 0 { // what is signed and stored, all routes' messages in it
		i = slices.Index(d.methods, []string{"tx_prepare", "tx_submit", "tx_simulate", "legislature_dryRun"}[d.IntN(4)])
	}
	call := object{"jsonrpc": "2.0", "id": d.IntN(100), "method": d.methods[i], "params": d.spoil(d.params[i], 3)}
	switch d.IntN(8) {
	case 0:
		call["params"] = d.params[d.IntN(len(d.params))]
	case 1:
		call[[]string{"jsonrpc", "id", "method", "params", "extra"}[d.IntN(5)]] = odd[d.IntN(len(odd))]
	case 2:
		call["params"] = []any{odd[d.IntN(len(odd))], odd[d.IntN(len(odd))]}
	}
	var v any = call
	if d.IntN(10) == 0 {
		v = []any{call, odd[d.IntN(len(odd))], call}
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if d.IntN(3) == 0 {
		b = d.tear(b)
	}
	return string(b)
}

// spoil changes a value here and there, to some depth.
func (d *damager) spoil(v any, depth int) any {
	if depth == 0 || d.IntN(6) == 0 {
		return odd[d.IntN(len(odd))]
	}
	switch v := v.(type) {
	case object:
		out := object{}
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names) // so that each run damages the same
		for _, name := range names {
			inner := v[name]
			switch d.IntN(6) {
			case 0:
				out[name+"x"] = inner
			case 1:
			case 2, 3:
				out[name] = d.spoil(inner, depth-1)
			default:
				out[name] = inner
			}
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i := range out {
			out[i] = d.spoil(out[i], depth)
		}
		return out
	case string:
		return string(d.tear([]byte(v)))
	}
	return odd[d.IntN(len(odd))]
}

// tear changes, cuts and doubles bytes.
func (d *damager) tear(b []byte) []byte {
	b = slices.Clone(b)
	for range 1 + d.IntN(3) {
		if len(b) == 0 {
			return b
		}
		at := d.IntN(len(b))
		switch d.IntN(3) {
		case 0:
			b[at] ^= 1 << d.IntN(8)
		case 1:
			b = b[:at]
		case 2:
			b = slices.Insert(b, at, b[d.IntN(at+1):at]...)
		}
	}
	return b
}

// events asks for streams that cannot be.
func (d *damager) events(t *testing.T, r *rig) (int, string) {
	t.Helper()
	query := url.Values{"topic": {string(d.tear([]byte("finalized"))) + "x"}}
	switch d.IntN(4) {
	case 0:
		query = url.Values{"topic": {"finalized"}, "fromCursor": {string(d.tear([]byte("1.0"))) + "x"}}
	case 1:
		query = url.Values{"topic": {"finalized", "peers"}, "fromCursor": {fmt.Sprint("1.0,", odd[d.IntN(len(odd))])}}
	case 2:
		query.Set(fmt.Sprint(odd[d.IntN(len(odd))]), "1")
	}
	resp, err := r.client.Get(r.url + "/events?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		t.Fatalf("a stream of %v", query)
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}
