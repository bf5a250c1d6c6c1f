package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Goal: whatever stands behind an address, the client answers with one line.
// Method: a server for each kind of wrong answer.
func TestClientRefuses(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       string
	}{
		{"error", `{"jsonrpc":"2.0","id":0,"error":{"code":-32003,"message":"no","data":{"kind":"FUNDS","hint":"earn some"}}}`, "no (FUNDS): URL: earn some"},
		{"HTML", "<html>", "not an answer of a node"},
		{"nothing", "", "not an answer of a node"},
		{"wrong type", `{"jsonrpc":"2.0","id":0,"result":"text"}`, "not an answer of a node"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.body)) }))
			defer s.Close()
			cl, err := newClient(s.URL, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer cl.close()
			var n int
			err = cl.call(t.Context(), "x", nil, &n)
			if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), s.URL, "URL"), c.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v", err)
			}
		})
	}
}

// Goal: the answers of a batch find their questions, and one that is missing,
// doubled or unasked is noticed. Method: answers in every wrong way.
func TestBatch(t *testing.T) {
	for _, c := range []struct {
		name, body string
		ok         bool
	}{
		{"reversed", `[{"id":1,"result":11},{"id":0,"result":10}]`, true},
		{"missing", `[{"id":1,"result":11}]`, false},
		{"twice", `[{"id":1,"result":11},{"id":1,"result":11}]`, false},
		{"unasked", `[{"id":1,"result":11},{"id":2,"result":10}]`, false},
		{"one error for all", `{"id":null,"error":{"code":-32005,"message":"too large"}}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.body)) }))
			defer s.Close()
			cl, err := newClient(s.URL, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer cl.close()
			var a, b int
			err = cl.batch(t.Context(), []rpcCall{{Method: "a", Result: &a}, {Method: "b", Result: &b}})
			if c.ok != (err == nil) || c.ok && (a != 10 || b != 11) {
				t.Fatalf("%v, %d, %d", err, a, b)
			}
		})
	}
}

// Goal: an error is one line of what, where and the fix, with its exit code.
// Method: each kind of error.
func TestReport(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
		line string
	}{
		{nil, exitDone, ""},
		{failed("broken", "here", "mend it"), exitFailed, "probity: broken: here: mend it\n"},
		{usage("--x: wrong"), exitUsage, "probity: --x: wrong\n"},
		{errors.New("two\nlines"), exitFailed, "probity: two; lines\n"},
		{errStopped, exitInterrupted, "probity: interrupted\n"},
	} {
		var out strings.Builder
		if code := report(t.Context(), &streams{err: &out}, c.err); code != c.code || out.String() != c.line {
			t.Errorf("%v: code %d, %q", c.err, code, out.String())
		}
	}
}

// Goal: where there is no terminal, long work says every ten seconds how far it
// is and how long it takes. Method: a clock that is set by hand.
func TestProgressLine(t *testing.T) {
	var out strings.Builder
	p := newProgress(&streams{err: &out}, "replay, blocks", 200)
	at := p.begun
	p.now = func() time.Time { return at }
	for i := range 25 {
		at = at.Add(time.Second)
		p.set(int64(i + 1))
	}
	want := "replay, blocks: 10 of 200 (5 %), about 3m10s left\nreplay, blocks: 20 of 200 (10 %), about 3m0s left\n"
	if out.String() != want {
		t.Fatalf("%q", out.String())
	}
}
