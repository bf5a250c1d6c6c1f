package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/types"
)

// Goal: the page of the TypeScript client works as written: built by tsc, it
// signs a proposal, submits it to a live testnet and hears of it and of blocks;
// and the same build gives all messages the chain's own bytes, refuses what a
// lying node prepares, and goes on behind broken connections. Method: the page's
// programs and commands as one script; then the client's own checks.
func TestClientTypeScript(t *testing.T) {
	for _, tool := range []string{"bash", "node", "npm", "probity"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed, .ci/run does it: %v", tool, err)
		}
	}
	beside(t, networkTrack)
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/client/README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // where the page leaves the client that it built
	script := "cd '" + dir + "'\n" + programs(string(page)) + tutorialScript(string(page))
	t.Run("page", func(t *testing.T) { follow(t, repo, script) })
	if t.Failed() {
		return
	}
	check := func(input []byte, name string, args ...string) string {
		t.Helper()
		// Beside the build, so that the name probity-client is found.
		text, err := os.ReadFile(filepath.Join(repo, "docs/client/test", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "node", append([]string{name}, args...)...)
		cmd.Dir, cmd.Stdin = dir, bytes.NewReader(input)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%.4000s", err, out)
		}
		return string(out)
	}
	t.Logf("encode: %s", check(vectors(t), "encode.mjs"))
	t.Logf("check: %s", check(nil, "check.mjs", filepath.Join(repo, "docs/openrpc.json")))
	server := httptest.NewServer(brittle())
	defer server.Close()
	t.Logf("events: %s", check(nil, "events.mjs", server.URL, fmt.Sprint(brittleLast)))
}

// programs writes the files that a page shows in blocks like ```ts name.
func programs(page string) string {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "```ts "):
			inside = true
			fmt.Fprintf(&b, "cat > '%s' <<'END OF PROGRAM'\n", strings.TrimSpace(line[len("```ts "):]))
		case inside && strings.HasPrefix(line, "```"):
			inside = false
			b.WriteString("END OF PROGRAM\n")
		case inside:
			b.WriteString(line)
		}
	}
	return b.String()
}

// vectors are messages, addresses and hashes with the bytes that the chain's
// code gives them.
func vectors(t *testing.T) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	type object = map[string]any
	var messages, addresses, hashes []object
	add := func(name string, m types.Msg) {
		b, err := codec.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		said := all.Table.Speak(m, 1)
		if said.Route+"/"+said.Message != name {
			t.Fatalf("message %d/%d is not spoken: %+v", m.Route, m.ID, said)
		}
		messages = append(messages, object{"spoken": said, "bytes": fmt.Sprintf("0x%x", b)})
	}
	for range 30 {
		for _, rt := range all.Table {
			for i := range rt.Msgs {
				if m := &rt.Msgs[i]; len(m.By) == 0 || proposable(m) {
					add(rt.Name+"/"+m.Name, randomMessage(r, rt, m))
				}
			}
		}
	}
	for range 100 {
		var key keys.PublicKey
		scramble(r, reflect.ValueOf(&key).Elem())
		addresses = append(addresses, object{"key": key, "address": key.Address()})
	}
	for _, n := range []int{0, 1, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 3072, 5000, 65536} {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		hashes = append(hashes, object{"of": fmt.Sprintf("0x%x", b), "hash": keys.Sum(b)})
	}
	out, err := json.Marshal(object{"messages": messages, "keys": addresses, "hashes": hashes})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// proposable says whether a message may be an action of a proposal.
func proposable(m *route.Msg) bool {
	for _, by := range m.By {
		if by == "legislature" {
			return m.Type != reflect.TypeFor[route.Notice]()
		}
	}
	return false
}

func randomMessage(r *rand.Rand, rt *route.Route, m *route.Msg) types.Msg {
	body := reflect.New(m.Type).Elem()
	scramble(r, body)
	return types.Msg{Route: rt.ID, ID: m.ID, Body: codec.MustMarshal(body.Interface())}
}

// scramble sets a value at random, lengths and numbers of all sizes.
func scramble(r *rand.Rand, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[types.Amount]():
		v.Set(reflect.ValueOf(types.NewAmount(r.Uint64() >> r.IntN(64)).Mul(1 << r.IntN(64))))
		return
	case v.Type() == reflect.TypeFor[types.Weight]():
		v.SetUint(r.Uint64() >> (2 + r.IntN(62)))
		return
	case v.Type() == reflect.TypeFor[types.Msg]():
		for {
			rt := all.Table[r.IntN(len(all.Table))]
			if len(rt.Msgs) > 0 {
				if m := &rt.Msgs[r.IntN(len(rt.Msgs))]; proposable(m) {
					v.Set(reflect.ValueOf(randomMessage(r, rt, m)))
					return
				}
			}
		}
	}
	switch v.Kind() {
	case reflect.Uint8:
		for { // a number that has a word, where the type has words
			v.SetUint(uint64(r.IntN(8)))
			b, err := json.Marshal(v.Interface())
			back := reflect.New(v.Type())
			if err == nil && !bytes.Contains(b, []byte("(")) && json.Unmarshal(b, back.Interface()) == nil && back.Elem().Uint() == v.Uint() {
				return
			}
		}
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(min(r.Uint64()>>r.IntN(64), 1<<min(53, v.Type().Bits())-1)) // JSON's numbers end there
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(int32(r.Uint32())) >> r.IntN(32))
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 1)
	case reflect.String:
		v.SetString(strings.Repeat("aä字\"\n", r.IntN(60)))
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).SetUint(uint64(r.IntN(256)))
		}
	case reflect.Slice:
		n := r.IntN(4)
		if v.Type().Elem().Kind() == reflect.Uint8 {
			n = r.IntN(400)
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			if v.Type().Elem().Kind() == reflect.Uint8 {
				v.Index(i).SetUint(uint64(r.IntN(256)))
				continue
			}
			scramble(r, v.Index(i))
		}
	case reflect.Pointer:
		if r.IntN(2) == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			scramble(r, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scramble(r, v.Field(i))
			}
		}
	}
}

// brittleLast is the last height that brittle tells of.
const brittleLast = 40

// brittle serves streams of events that break off after some bytes, somewhere.
func brittle() http.Handler {
	var calls atomic.Uint32
	mux := http.NewServeMux()
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		var next int
		if _, err := fmt.Sscanf(r.Header.Get("Last-Event-ID"), "%d.0,x-0", &next); err != nil || r.URL.RawQuery != "topic=finalized&topic=peers" {
			http.Error(w, "no such stream: "+r.URL.RawQuery, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		text := fmt.Sprintf("retry: 1000\nid: %d.0,x-0\n\n", next)
		for h := next; h <= brittleLast; h++ {
			text += fmt.Sprintf("event: finalized\nid: %d.0,x-0\ndata: {\"subscription\":\"finalized\",\"seq\":%d,\"cursor\":\"%d.0\",\"result\":{\"height\":%d}}\n\n:\n\n", h+1, h-next+1, h+1, h)
		}
		cut := min(len(text), 300+150*int(calls.Add(1)))
		_, _ = w.Write([]byte(text[:cut]))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/expired/events", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusGone)
		_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":null,"error":{"code":-32002,"message":"the node no longer keeps what follows this cursor","data":{"kind":"CURSOR_EXPIRED","hint":"go on from 30.0","got":"1.0","want":"30.0"}}}`))
	})
	mux.HandleFunc("/silent/events", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	return mux
}
