package rpc_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"probity/node/rpc"
)

var seeds = []string{
	`{"jsonrpc":"2.0","id":1,"method":"chain_status"}`,
	`[{"jsonrpc":"2.0","id":"a","method":"bank_balance","params":["prb1"]},{}]`,
	`{"jsonrpc":"2.0","id":null,"method":"chain_getBlock","params":{"at":"0x10"}}`,
	`[1e5,-0.5E-3,"\u00e9\n",true,false,null,[],{}]`, `01`, `-`, `"\x"`, `{"a":1,}`, `[1,]`, "\"\x01\"", "\"\xff\"",
	`{"a":{"a":{"a":[[[[]]]]}}}`, `""`, ` [ ] `, `{"a" : "b" , "c" : [ 1 , 2 ] }`, `1.`, `1e`, `.5`, `nul`, `{"a"}`, `{1:2}`,
	`{"jsonrpc":"2.0","id":1,"method":"tx_submit","params":{"raw":"0x88"}}`,
	`{"jsonrpc":"2.0","id":1,"method":"tx_prepare","params":{"sender":"0x00","messages":[{"route":"bank","message":"send","body":{}}]}}`,
}

// Goal: our scanner takes what encoding/json takes, but for deep nesting.
func FuzzScan(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Add([]byte(strings.Repeat("[", 70) + strings.Repeat("]", 70)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if rpc.TooDeep(b) {
			return
		}
		if got, want := rpc.SkipWhole(b), json.Valid(b); got != want {
			t.Fatalf("%q: %v, encoding/json says %v", b, got, want)
		}
	})
}

// Goal: whatever comes, the answer is a valid JSON-RPC response or, for
// notifications alone, nothing; nothing panics, and malformed JSON is the only
// parse error. Method: messages through the whole dispatcher.
func FuzzHandle(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	s, err := rpc.New(rpc.Config{Backend: newFake()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	f.Fuzz(func(t *testing.T, b []byte) {
		out := rpc.Handle1(s, string(b))
		if out == nil {
			return
		}
		if !json.Valid(out) || !utf8.Valid(out) {
			t.Fatalf("%q → %q", b, out)
		}
		var one struct {
			JSONRPC string
			ID      json.RawMessage
			Error   *rpc.Error
		}
		if out[0] == '[' {
			return
		}
		if err := json.Unmarshal(out, &one); err != nil || one.JSONRPC != "2.0" || one.ID == nil {
			t.Fatalf("%q → %q", b, out)
		}
		if parse := one.Error != nil && one.Error.Code == rpc.CodeParse; parse != (!json.Valid(b) || !utf8.Valid(b)) && !rpc.TooDeep(b) {
			t.Fatalf("%q → %q", b, out)
		}
		if one.Error != nil && one.Error.Data.Kind == "" {
			t.Fatalf("an error without a kind: %q → %q", b, out)
		}
	})
}
