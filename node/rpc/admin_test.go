package rpc_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"probity/node/rpc"
)

// fakeOperator remembers what was asked of it.
type fakeOperator struct {
	bans  []rpc.Ban
	level string
}

func (o *fakeOperator) Connect(_ context.Context, address string) error {
	switch {
	case !strings.Contains(address, "/p2p/"):
		return fmt.Errorf("%w: no ID", rpc.ErrAddress)
	case strings.Contains(address, "closed"):
		return errors.New("connection refused")
	}
	return nil
}

func (o *fakeOperator) Ban(peer, reason string) error {
	if peer == "?" {
		return errors.New("no ID of a peer")
	}
	o.bans = append(o.bans, rpc.Ban{Peer: peer, Reason: reason, LeftMs: 600_000})
	return nil
}

func (o *fakeOperator) Unban(peer string) error {
	o.bans = slices.DeleteFunc(o.bans, func(b rpc.Ban) bool { return b.Peer == peer })
	return nil
}

func (o *fakeOperator) Bans() []rpc.Ban  { return o.bans }
func (o *fakeOperator) LogLevel() string { return o.level }
func (o *fakeOperator) SetLogLevel(level string) error {
	if level != "debug" {
		return fmt.Errorf("no level %q", level)
	}
	o.level = level
	return nil
}

// Goal: the operator's methods do what they say and refuse what cannot be, with
// a hint. Method: calls over the unix socket against an operator that remembers.
func TestAdminMethods(t *testing.T) {
	r := serve(t, rpc.Config{Operator: &fakeOperator{level: "info"}})
	for _, c := range []struct{ method, params, want string }{
		{"admin_peers", `{}`, `"bans":[]`},
		{"admin_addPeer", `{"address":"/ip4/1.2.3.4/tcp/1/p2p/x"}`, `"result":true`},
		{"admin_addPeer", `{"address":"1.2.3.4"}`, `"kind":"PARAMS","hint":"give it as`},
		{"admin_addPeer", `{"address":"/closed/p2p/x"}`, `"kind":"UNREACHABLE"`},
		{"admin_addPeer", `{}`, `"kind":"PARAMS"`},
		{"admin_banPeer", `["x","floods"]`, `"result":true`},
		{"admin_peers", `{}`, `{"peer":"x","reason":"floods","leftMs":600000}`},
		{"admin_banPeer", `{"peer":"?"}`, `"hint":"admin_peers tells the IDs"`},
		{"admin_banPeer", `{"peer":"x","reason":"` + strings.Repeat("a", 201) + `"}`, `"kind":"PARAMS"`},
		{"admin_banPeer", `{"peer":"x","forever":true}`, `forever`},
		{"admin_unbanPeer", `{"peer":"x"}`, `"result":true`},
		{"admin_peers", `{}`, `"bans":[]`},
		{"admin_logLevel", `{}`, `"result":"info"`},
		{"admin_logLevel", `{"level":"DEBUG"}`, `"result":"debug"`},
		{"admin_logLevel", `{"level":"loud"}`, `"want":"debug, info, warn or error"`},
	} {
		msg := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, c.method, c.params)
		if _, body := r.overUnix(t, "POST", "/", msg); !strings.Contains(body, c.want) {
			t.Errorf("%s\n%s\nwant %s", msg, body, c.want)
		}
	}
}

// token makes a token as any other program would, part by part.
func token(secret []byte, header, claims string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(header)) + "." + b64([]byte(claims))
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(signed))
	return signed + "." + b64(h.Sum(nil))
}

// ask calls admin_peers over TCP with headers Authorization.
func (r *rig) ask(t *testing.T, method, path string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"admin_peers"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		req.Header.Add("Authorization", h)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode == http.StatusUnauthorized && resp.Header.Get("WWW-Authenticate") == "" {
		t.Error("401 without WWW-Authenticate")
	}
	return resp.StatusCode, string(body)
}

// Goal: over TCP only a fresh token of the node's secret opens the operator's
// methods, and nothing but the header does. Method: tokens wrong in one way each,
// made without the package; what is right is made both ways.
func TestToken(t *testing.T) {
	secret := []byte(strings.Repeat("s", rpc.SecretSize))
	now := time.Now().Unix()
	hs := `{"alg":"HS256","typ":"JWT"}`
	iat := func(ago int64) string { return fmt.Sprintf(`{"iat":%d}`, now-ago) }
	good := token(secret, hs, iat(0))
	r := serve(t, rpc.Config{Operator: &fakeOperator{}, Secret: secret})
	for _, c := range []struct {
		name    string
		status  int
		says    string
		headers []string
	}{
		{"none", 200, `"kind":"METHOD","hint":"the operator's methods answer over the unix socket`, nil},
		{"made by hand", 200, `"bans":[]`, []string{"Bearer " + good}},
		{"made by the package", 200, `"bans":[]`, []string{"bearer " + rpc.Token(secret, time.Now())}},
		{"50 s old", 200, `"bans":[]`, []string{"Bearer " + token(secret, hs, iat(50))}},
		{"50 s ahead", 200, `"bans":[]`, []string{"Bearer " + token(secret, hs, iat(-50))}},
		{"with other claims", 200, `"bans":[]`, []string{"Bearer " + token(secret, hs, fmt.Sprintf(`{"iat":%d.5,"exp":%d,"sub":"me"}`, now, now+9))}},
		{"61 s old", 401, "iat is -6", []string{"Bearer " + token(secret, hs, iat(62))}},
		{"62 s ahead", 401, "iat is 6", []string{"Bearer " + token(secret, hs, iat(-62))}},
		{"no time", 401, "no iat", []string{"Bearer " + token(secret, hs, `{}`)}},
		{"time as text", 401, "claims", []string{"Bearer " + token(secret, hs, `{"iat":"now"}`)}},
		{"claims null", 401, "claims", []string{"Bearer " + token(secret, hs, `null`)}},
		{"expired", 401, "exp", []string{"Bearer " + token(secret, hs, fmt.Sprintf(`{"iat":%d,"exp":%d}`, now, now-1))}},
		{"not yet", 401, "nbf", []string{"Bearer " + token(secret, hs, fmt.Sprintf(`{"iat":%d,"nbf":%d}`, now, now+60))}},
		{"another secret", 401, "signature", []string{"Bearer " + token([]byte(strings.Repeat("t", rpc.SecretSize)), hs, iat(0))}},
		{"no algorithm", 401, "algorithm", []string{"Bearer " + token(secret, `{"alg":"none"}`, iat(0))}},
		{"critical", 401, "crit", []string{"Bearer " + token(secret, `{"alg":"HS256","crit":["exp"]}`, iat(0))}},
		{"unsigned", 401, "signature", []string{"Bearer " + good[:strings.LastIndex(good, ".")+1]}},
		{"two parts", 401, "three parts", []string{"Bearer " + good[:strings.LastIndex(good, ".")]}},
		{"padded", 401, "signature", []string{"Bearer " + good + "="}},
		{"long", 401, "three parts", []string{"Bearer " + token(secret, hs, iat(0)+strings.Repeat(" ", 5000))}},
		{"password", 401, "Bearer", []string{"Basic " + base64.StdEncoding.EncodeToString([]byte("a:b"))}},
		{"empty", 401, "three parts", []string{"Bearer "}},
		{"twice", 401, "one header", []string{"Bearer " + good, "Bearer " + good}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status, body := r.ask(t, "POST", "/", c.headers...); status != c.status || !strings.Contains(body, c.says) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	if status, _ := r.ask(t, "GET", "/debug/pprof/cmdline"); status != 404 {
		t.Errorf("pprof without a token: %d", status)
	}
	if status, body := r.ask(t, "GET", "/debug/pprof/", "Bearer "+good); status != 200 || !strings.Contains(body, "goroutine") {
		t.Errorf("pprof with a token: %d %s", status, body)
	}
}

// Goal: a WebSocket is the operator's where its handshake was; a token with a
// wrong Host or from a page of another origin opens nothing. Method: handshakes.
func TestTokenElsewhere(t *testing.T) {
	secret := []byte(strings.Repeat("s", rpc.SecretSize))
	r := serve(t, rpc.Config{Operator: &fakeOperator{}, Secret: secret})
	header := http.Header{"Authorization": {"Bearer " + rpc.Token(secret, time.Now())}}
	ws := func(h http.Header, host string) (string, error) {
		c, _, err := websocket.Dial(t.Context(), strings.Replace(r.url, "http", "ws", 1)+"/ws", &websocket.DialOptions{HTTPHeader: h, Host: host})
		if err != nil {
			return "", err
		}
		defer c.CloseNow()
		if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"jsonrpc":"2.0","id":1,"method":"admin_peers"}`)); err != nil {
			return "", err
		}
		_, b, err := c.Read(t.Context())
		return string(b), err
	}
	if got, err := ws(header, ""); err != nil || !strings.Contains(got, `"bans":[]`) {
		t.Errorf("with a token: %s %v", got, err)
	}
	if got, err := ws(nil, ""); err != nil || !strings.Contains(got, `"METHOD"`) {
		t.Errorf("without: %s %v", got, err)
	}
	if got, err := ws(header, "evil.example"); err == nil {
		t.Errorf("under another name: %s", got)
	}
	other := header.Clone()
	other.Set("Origin", "https://evil.example")
	if got, err := ws(other, ""); err == nil {
		t.Errorf("from another origin: %s", got)
	}
}

// Goal: without a secret the header says nothing, and discovery tells no
// operator's method to anyone. Method: both servers asked.
func TestNoSecret(t *testing.T) {
	r := serve(t, rpc.Config{Operator: &fakeOperator{}})
	if status, body := r.ask(t, "POST", "/", "Bearer x"); status != 200 || !strings.Contains(body, `"METHOD"`) {
		t.Errorf("%d %s", status, body)
	}
	for _, method := range []string{"rpc.discover", "rpc_limits"} {
		if _, body := r.overUnix(t, "POST", "/", `{"jsonrpc":"2.0","id":1,"method":"`+method+`"}`); strings.Contains(body, "admin_") {
			t.Errorf("%s tells the operator's methods", method)
		}
	}
	if _, err := rpc.New(rpc.Config{Backend: newFake(), Secret: []byte("short")}); err == nil {
		t.Error("a short secret was taken")
	}
}
