package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"probity/node/rpc"
)

const adminLong = `
Look at and change a node while it runs: its peers, its bans, how much it logs.
The node is reached over the unix socket in its home, which only its user may
open. From another machine it takes --rpc and --secret, a copy of the file that
the node's rpc.jwt_secret names.`

const adminTokenLong = `
Print a token for one request of now, for programs that call the operator's
methods themselves; it is good for a minute:

  curl -H "Authorization: Bearer $(probity admin token FILE)" \
    -d '{"jsonrpc":"2.0","id":1,"method":"admin_peers"}' http://HOST:8645/`

// adminCommands are the verbs of probity admin.
func adminCommands() []command {
	verb := func(method string, params func(args []string) any) func(*pflag.FlagSet) action {
		return func(f *pflag.FlagSet) action {
			to := addOperator(f)
			return func(ctx context.Context, s *streams, args []string) error {
				var answer any
				if err := to.call(ctx, method, params(args), &answer); err != nil {
					return err
				}
				if level, ok := answer.(string); ok {
					s.printf("%s\n", level)
				}
				return nil
			}
		}
	}
	type object = map[string]string
	return []command{
		{Name: "peers", Short: "The peers that it is connected to, and those that it refuses", Setup: adminPeers},
		{Name: "connect", Args: "ADDRESS", Least: 1, Most: 1, Short: "Dial a peer, until it is admitted; p2p.bootstrap keeps it over restarts",
			Setup: verb("admin_addPeer", func(a []string) any { return object{"address": a[0]} })},
		{Name: "ban", Args: "ID [REASON]", Least: 1, Most: 2, Short: "Close the connection to a peer and refuse it: ten minutes, doubling with each ban up to a day",
			Setup: verb("admin_banPeer", func(a []string) any { return object{"peer": a[0], "reason": strings.Join(a[1:], " ")} })},
		{Name: "unban", Args: "ID", Least: 1, Most: 1, Short: "Forgive a peer",
			Setup: verb("admin_unbanPeer", func(a []string) any { return object{"peer": a[0]} })},
		{Name: "log-level", Args: "[LEVEL]", Most: 1, Short: "The level of its log; with LEVEL (debug, info, warn, error) set it until the node stops",
			Setup: verb("admin_logLevel", func(a []string) any { return object{"level": strings.Join(a, "")} })},
		{Name: "token", Args: "FILE", Least: 1, Most: 1, Short: "Print a token of the secret in FILE", Long: adminTokenLong, Setup: adminToken},
	}
}

// operatorFlags say how the node is reached.
type operatorFlags struct{ home, rpc, secret *string }

func addOperator(f *pflag.FlagSet) operatorFlags {
	return operatorFlags{
		homeFlag(f), f.String("rpc", "", "`address` of a node elsewhere, instead of the home's socket; needs --secret"),
		f.String("secret", "", "`file` with the node's secret (rpc.jwt_secret)"),
	}
}

// call calls one of the operator's methods.
func (o operatorFlags) call(ctx context.Context, method string, params, result any) error {
	if (*o.rpc == "") != (*o.secret == "") {
		return usage("--rpc and --secret belong together")
	}
	if *o.rpc == "" {
		return callSocket(ctx, filepath.Join(*o.home, "admin.sock"), method, params, result)
	}
	secret, err := readSecret(*o.secret)
	if err != nil {
		return err
	}
	c, err := newClient(*o.rpc, 1)
	if err != nil {
		return err
	}
	defer c.close()
	c.http.Transport = bearer{c.http.Transport, secret}
	return c.call(ctx, method, params, result)
}

// callSocket calls the node behind a unix socket; errors name its path.
func callSocket(ctx context.Context, path, method string, params, result any) error {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	c := &client{url: "http://" + filepath.Base(path), http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
	defer c.close()
	err := c.call(ctx, method, params, result)
	var said *rpcError
	var down *net.OpError
	switch {
	case errors.As(err, &said):
		said.where = path
	case errors.As(err, &down):
		return &failure{"no node answers", path, "start it, or name its --home", err}
	}
	return err
}

// bearer adds a token to each request.
type bearer struct {
	http.RoundTripper
	secret []byte
}

// RoundTrip makes the request with a fresh token.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+rpc.Token(b.secret, time.Now()))
	return b.RoundTripper.RoundTrip(r)
}

func adminToken(*pflag.FlagSet) action {
	return func(_ context.Context, s *streams, args []string) error {
		secret, err := readSecret(args[0])
		if err != nil {
			return err
		}
		s.printf("%s\n", rpc.Token(secret, time.Now()))
		return nil
	}
}

func adminPeers(f *pflag.FlagSet) action {
	to, output := addOperator(f), outputFlag(f)
	return func(ctx context.Context, s *streams, _ []string) error {
		if err := checkOutput(*output); err != nil {
			return err
		}
		var raw json.RawMessage
		if err := to.call(ctx, "admin_peers", rpc.None{}, &raw); err != nil {
			return err
		}
		if *output == "json" {
			return s.object(raw)
		}
		var all rpc.AdminPeers
		if err := json.Unmarshal(raw, &all); err != nil {
			return fmt.Errorf("admin_peers: %w", err)
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "peer\tside\tscore\tround trip\tsince\taddress")
		for _, p := range all.Peers {
			side := "out"
			if p.Inbound {
				side = "in"
			}
			since := time.Since(time.UnixMilli(int64(p.Since))).Round(time.Second)
			fmt.Fprintf(w, "%s\t%s\t%.0f\t%.1f ms\t%v\t%s\n", p.ID, side, p.Score, p.LatencyMs, since, p.Address)
		}
		for _, b := range all.Bans {
			fmt.Fprintf(w, "%s\tbanned for %v: %s\n", b.Peer, (time.Duration(b.LeftMs) * time.Millisecond).Round(time.Second), b.Reason)
		}
		return w.Flush()
	}
}

// readSecret reads the secret of tokens: 64 hex digits, with or without 0x.
func readSecret(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, &failure{"no secret: " + oneLine(errors.Unwrap(err)), path, "copy the file that the node's rpc.jwt_secret names", err}
	}
	secret, err := hex.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(raw)), "0x"))
	if err != nil || len(secret) != rpc.SecretSize {
		return nil, failed("not a secret", path, fmt.Sprintf("want %d hex digits", 2*rpc.SecretSize))
	}
	return secret, nil
}

// makeSecret reads the secret, and draws one for this user alone where there is
// no file; an empty path gives none.
func makeSecret(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	if !exists(path) {
		secret := make([]byte, rpc.SecretSize)
		_, _ = rand.Read(secret) // never fails (crypto/rand)
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, &failure{"no secret can be made: " + oneLine(errors.Unwrap(err)), path, "name a file in a folder that this user may write to", err}
		}
		if err == nil {
			_, err = fmt.Fprintf(f, "%x\n", secret)
			if err := errors.Join(err, f.Close()); err != nil {
				return nil, fmt.Errorf("secret: %w", err)
			}
		}
	}
	return readSecret(path)
}
