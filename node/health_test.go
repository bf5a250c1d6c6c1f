package node_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"probity/chain/codec"
	"probity/chain/types"
	"probity/node"
	nodesync "probity/node/sync"
)

// health asks an operations port.
func health(t testing.TB, addr, path string) (status int, body string) {
	t.Helper()
	resp, err := http.Get("http://" + addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// Goal: the operations port answers before the database opens, and tells life
// from start from readiness. Method: a disk that holds the opening of the
// database until the endpoints have been read.
func TestHealthBeforeTheDatabase(t *testing.T) {
	c := newCluster(t, 1)
	open := make(chan struct{})
	var reached sync.Once
	opening := make(chan struct{})
	held := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if strings.Contains(op.Path, "/data") {
			reached.Do(func() { close(opening) })
			<-open
		}
		return nil
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.opts[0].OpsListen = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c.opts[0] = node.OnDisk(c.opts[0], errorfs.Wrap(vfs.Default, held))
	done := make(chan struct{})
	go func() { c.start(0); close(done) }()
	<-opening
	for path, want := range map[string]int{"/livez": 200, "/startupz": 503, "/readyz": 503, "/metrics": 200, "/version": 200} {
		if got, body := health(t, c.opts[0].OpsListen, path); got != want {
			t.Errorf("%s before the database is open: %d %q, want %d", path, got, body, want)
		}
	}
	close(open)
	<-done
	c.reach(0, 2, patience)
	if got, body := health(t, c.opts[0].OpsListen, "/startupz"); got != 200 {
		t.Errorf("/startupz: %d %q", got, body)
	}
	got, body := health(t, c.opts[0].OpsListen, "/readyz?verbose")
	if got != 200 {
		t.Errorf("/readyz: %d %q", got, body)
	}
	for _, line := range []string{"[+] synced: 0 blocks behind, at most 16\n", "[+] peers: 0, at least 0\n", "[+] signer: journal open, signs\n", " MiB free, at least 256 MiB\n"} {
		if !strings.Contains(body, line) {
			t.Errorf("no %q in %q", line, body)
		}
	}
}

// Goal: a node that is nine tenths behind is alive and not ready, and says by how
// much. Method: a peer that tells a height of ten times its own.
func TestHealthBehind(t *testing.T) {
	c := newCluster(t, 1)
	c.start(0)
	c.reach(0, 5, patience)
	h := c.stranger(0)
	status := codec.MustMarshal(&nodesync.Message{Status: &nodesync.Status{Height: 10 * (c.nodes[0].Height() + 100)}})
	id, err := peerID(c.nodes[0])
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node is not ready", func() bool {
		send(t, h, id, node.TopicSync, status)
		code, _ := health(t, c.nodes[0].OpsAddr(), "/readyz")
		return code == 503
	})
	if _, body := health(t, c.nodes[0].OpsAddr(), "/readyz"); !strings.Contains(body, "[-] synced: ") || !strings.Contains(body, " blocks behind, at most 16\nnot ready\n") {
		t.Errorf("%q", body)
	}
	for _, path := range []string{"/livez", "/startupz"} {
		if code, body := health(t, c.nodes[0].OpsAddr(), path); code != 200 {
			t.Errorf("%s: %d %q", path, code, body)
		}
	}
}

// Goal: a node that is well says one line for each final block at the level info,
// and every line has an event. Method: the log of one that runs twenty blocks.
func TestLogOneLineABlock(t *testing.T) {
	c := newCluster(t, 1)
	var log lockedBuffer
	c.opts[0].Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	c.start(0)
	c.reach(0, 20, patience)
	c.stop(0)
	count, blocks := map[string]int{}, map[types.Height]int{}
	for _, line := range strings.Split(strings.TrimSpace(log.String()), "\n") {
		var r struct {
			Event  string
			Height types.Height
			Part   string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if r.Part != "" { // the network library's own
			continue
		}
		if count[r.Event]++; r.Event == "block_final" {
			blocks[r.Height]++
		}
	}
	if count["start"] != 1 || count["stop"] != 1 || count["prune_policy"] != 1 || len(count) != 4 {
		t.Errorf("events: %v", count)
	}
	for h := types.Height(1); h <= 20; h++ {
		if blocks[h] != 1 {
			t.Errorf("%d lines for block %d", blocks[h], h)
		}
	}
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
