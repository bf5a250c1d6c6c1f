package node_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// operate calls a method over the unix socket in a member's home.
func (c *cluster) operate(i int, method string, params any) string {
	c.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(c.opts[i].Home, "admin.sock"))
	}}}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := client.Post("http://node/", "application/json", bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(answer)
}

// Goal: an operator bans a peer, which goes and stays away, forgives and dials
// it, which brings it back, and sets what is logged; the socket is the user's
// alone. Method: two members over real connections, the second one's socket.
func TestOperator(t *testing.T) {
	c := newCluster(t, 2)
	level := new(slog.LevelVar)
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	c.opts[1].LogLevel, c.opts[1].Log = level, slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: level}))
	c.start(0)
	c.start(1)
	first := c.nodes[0].PeerID()
	connected := func() bool {
		peers, _, _ := strings.Cut(c.operate(1, "admin_peers", struct{}{}), `"bans"`)
		return strings.Contains(peers, first)
	}
	eventually(t, "they are connected", connected)
	if st, err := os.Stat(filepath.Join(c.opts[1].Home, "admin.sock")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v %v", st.Mode(), err)
	}

	if got := c.operate(1, "admin_banPeer", []string{first, "for a test"}); !strings.Contains(got, `"result":true`) {
		t.Fatal(got)
	}
	eventually(t, "it is gone", func() bool { return !connected() })
	if got := c.operate(1, "admin_peers", struct{}{}); !strings.Contains(got, `"reason":"for a test"`) {
		t.Error(got)
	}
	address := c.nodes[0].P2PAddrs()[0] + "/p2p/" + first
	if got := c.operate(1, "admin_addPeer", []string{address}); !strings.Contains(got, "UNREACHABLE") {
		t.Errorf("a banned peer was dialled: %s", got)
	}
	if got := c.operate(1, "admin_banPeer", []string{c.nodes[1].PeerID()}); !strings.Contains(got, "PARAMS") {
		t.Errorf("it banned itself: %s", got)
	}
	c.operate(1, "admin_unbanPeer", []string{first})
	if got := c.operate(1, "admin_addPeer", []string{address}); !strings.Contains(got, `"result":true`) || !connected() {
		t.Error(got)
	}

	for _, want := range []string{"debug", "warn", "error", "info"} {
		if got := c.operate(1, "admin_logLevel", []string{want}); !strings.Contains(got, `"`+want+`"`) || level.Level().String() != strings.ToUpper(want) {
			t.Errorf("%s: %s, the log has %v", want, got, level.Level())
		}
	}
	log, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`banned a peer" event=admin_changed peer=` + first, "level=debug", "level=warn", "level=error", "level=info"} {
		if !strings.Contains(string(log), "event=admin_changed") || !strings.Contains(string(log), want) {
			t.Errorf("the log does not tell %s", want)
		}
	}
	if got := c.operate(1, "admin_addPeer", []string{"/ip4/127.0.0.1/tcp/1/p2p/12D3KooWMpMWpP4pv31Xn2Fd6GS6aAdEDNPwrH3qLrBGyFtmpW6B"}); strings.Contains(got, `\n`) || !strings.Contains(got, "UNREACHABLE") {
		t.Errorf("a peer that is not there: %s", got)
	}
	if got := c.operate(0, "admin_logLevel", []string{"debug"}); !strings.Contains(got, "PARAMS") {
		t.Errorf("a log without a level to set: %s", got)
	}
}
