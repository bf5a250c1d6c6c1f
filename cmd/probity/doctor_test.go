package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"probity/chain/types"
	"probity/node"
	"probity/node/signer/keystore"
)

// Goal: the commands of operations do what their help says. Method: scripts
// with real homes, real nodes and the real command line.
func TestOperations(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script/ops",
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(scriptPatience),
		Setup: func(e *testscript.Env) error {
			onTrack(e, workTrack)
			e.Setenv("PROBITY_PASSPHRASE", "a test")
			e.Setenv("HOME", e.WorkDir)
			for _, name := range []string{"RPC", "OPS", "P2P", "RPC2", "OPS2", "P2P2"} {
				addr, err := freeAddress()
				if err != nil {
					return err
				}
				e.Setenv(name, addr)
			}
			for _, n := range []string{"", "2"} {
				_, port, err := net.SplitHostPort(e.Getenv("P2P" + n))
				if err != nil {
					return err
				}
				e.Setenv("MULTI"+n, "/ip4/127.0.0.1/tcp/"+port)
			}
			// Addresses of loopback that no other run of the tests uses.
			e.Setenv("NET", fmt.Sprintf("127.%d.%d", 64+os.Getpid()/250%128, 1+os.Getpid()%250))
			return os.WriteFile(filepath.Join(e.WorkDir, "future.json"), futureGenesis(t), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "soon": soon, "spoil": spoil, "peer": peerOf, "capture": capture,
			"reaches": reaches, "checkpoint": checkpointOf, "counts": counts, "none": none, "until": until, "more": more, "honest": honest, "on": on, "wide": wide, "append": appendLine, "between": between},
	})
}

// peerOf puts the peer id of a home into a variable, and its account into
// ACCOUNT: peer HOME NAME.
func peerOf(ts *testscript.TestScript, _ bool, args []string) {
	list, err := keystore.List(home(ts.MkAbs(args[0])).keys())
	ts.Check(err)
	var out bytes.Buffer
	ts.Check(printKeys(&streams{out: &out}, list, false))
	m := regexp.MustCompile(`network +active +(12D3\w+)`).FindStringSubmatch(out.String())
	if m == nil {
		ts.Fatalf("no peer id in %q", out.String())
	}
	ts.Setenv(args[1], m[1])
	ts.Setenv("ACCOUNT", regexp.MustCompile(`account +active +(prb1\w+)`).FindStringSubmatch(out.String())[1])
}

// appendLine writes a line at the end of a file: append FILE LINE.
func appendLine(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(path, []byte(ts.ReadFile(path)+args[1]+"\n"), 0o600))
}

// capture puts what a pattern finds in the last output into a variable:
// capture NAME 'height ([0-9]+)'.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("%s is not in %q", args[1], ts.ReadFile("stdout"))
	}
	ts.Setenv(args[0], m[1])
}

// patience is how long a script waits for a node, which shares the machine.
const patience = 5 * time.Minute

// eventually asks a node until it gives what is wanted.
func eventually(ts *testscript.TestScript, rpc, what string, ok func(context.Context, *client) bool) {
	c, err := newClient(rpc, 1)
	ts.Check(err)
	defer c.close()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	for !ok(ctx, c) {
		rest(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			ts.Fatalf("%s: not so in %v", what, patience)
		}
	}
}

// reaches waits until a node has a final height: reaches RPC HEIGHT.
func reaches(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	eventually(ts, args[0], "height "+args[1], func(ctx context.Context, c *client) bool {
		var st struct {
			Finalized rpcPoint `json:"finalized"`
		}
		return c.call(ctx, "chain_status", nil, &st) == nil && uint64(st.Finalized.Height) >= want
	})
}

// checkpointOf puts the last final block of a node into a variable as
// HEIGHT:DIGEST: checkpoint RPC NAME.
func checkpointOf(ts *testscript.TestScript, _ bool, args []string) {
	c, err := newClient(args[0], 1)
	ts.Check(err)
	defer c.close()
	var st struct {
		Finalized rpcPoint `json:"finalized"`
	}
	ts.Check(c.call(context.Background(), "chain_status", nil, &st))
	ts.Setenv(args[1], fmt.Sprintf("%d:%s", st.Finalized.Height, st.Finalized.Hash))
}

// sample is the sum of a metric of a node, over all labels or one: NAME [LABEL=VALUE].
func sample(ctx context.Context, c *client, name, label string) float64 {
	var all []struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
		Value  float64           `json:"value"`
	}
	if c.call(ctx, "node_metricsSnapshot", nil, &all) != nil {
		return -1
	}
	key, value, _ := strings.Cut(label, "=")
	sum := 0.0
	for _, s := range all {
		if s.Name == name && (key == "" || s.Labels[key] == value) {
			sum += s.Value
		}
	}
	return sum
}

// counts waits until a metric is at least so much: counts RPC NAME LABEL=VALUE MIN.
func counts(ts *testscript.TestScript, _ bool, args []string) {
	least, err := strconv.ParseFloat(args[3], 64)
	ts.Check(err)
	eventually(ts, args[0], strings.Join(args[1:], " "), func(ctx context.Context, c *client) bool {
		return sample(ctx, c, args[1], args[2]) >= least
	})
}

// none fails where a metric is above zero: none RPC NAME.
func none(ts *testscript.TestScript, _ bool, args []string) {
	c, err := newClient(args[0], 1)
	ts.Check(err)
	defer c.close()
	if v := sample(context.Background(), c, args[1], ""); v != 0 {
		ts.Fatalf("%s is %g", args[1], v)
	}
}

// futureGenesis is the genesis of a chain that begins in an hour.
func futureGenesis(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	store, err := keystore.Create(home(dir).keys(), "a test", keystore.Options{LogN: keystore.WorkCheap})
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGenesis(soloSpec("future", time.Now().Add(time.Hour), store))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// soloSpec is a chain of one member that begins at a time.
func soloSpec(chain string, at time.Time, store *keystore.Store) node.GenesisSpec {
	return node.GenesisSpec{
		Chain: chain, Time: types.Time(at.UnixMilli()),
		Members: []node.GenesisMember{{Keys: memberKeys(store), REP: types.Whole(soloREP), Balance: types.Whole(soloMoney)}},
	}
}

// Goal: a planned protocol that the software does not know is found, with the
// height and the fix; one that it knows is no fault. Method: a node that plans
// one, played over JSON-RPC, on a home that is locked.
func TestDoctorUpgrade(t *testing.T) {
	beside(t, workTrack)
	for _, c := range []struct {
		protocol int
		want     string
	}{{7, fault}, {1, well}} {
		h := home(t.TempDir())
		answers := map[string]any{
			"protocol": 1, "peers": 3, "finalized": map[string]any{"height": 1000, "hash": "0x" + strings.Repeat("00", 32)},
			"upgrade": map[string]any{"protocol": c.protocol, "height": 5000},
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var result any = answers
			if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "metricsSnapshot") {
				result = []any{}
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"jsonrpc": "2.0", "id": 0, "result": result})
		}))
		defer server.Close()
		if err := os.WriteFile(h.genesis(), futureGenesis(t), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(h.config(), []byte("rpc.listen = \""+strings.TrimPrefix(server.URL, "http://")+"\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		lock, err := os.Create(filepath.Join(string(h), "lock"))
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Close()
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			t.Fatal(err)
		}
		p := &patient{s: &streams{}, home: h, now: time.Now}
		p.admit(context.Background(), &passphrases{})
		got := lookUpgrade(context.Background(), p)
		if len(got) != 1 || got[0].State != c.want {
			t.Fatalf("protocol %d: %+v (%v)", c.protocol, got, p.factsErr)
		}
		if c.want == fault && (!strings.Contains(got[0].Value, "protocol 7 from height 5000 on, 4000 blocks away") || !strings.Contains(got[0].Fix, "install the release")) {
			t.Errorf("%+v", got[0])
		}
		var out bytes.Buffer
		err = report1(&streams{out: &out}, got, true)
		if found := strings.Contains(out.String(), `"state":"fault","value":"pending upgrade: `) && strings.Contains(out.String(), `"fix":"install the release`); found != (c.want == fault) || found != (err != nil) {
			t.Errorf("protocol %d: %s, %v", c.protocol, out.String(), err)
		}
	}
}

// Goal: what a running node tells of its key is a finding with its fix. Method:
// one that signs, one that listens, one that heard a twin.
func TestDoctorSigning(t *testing.T) {
	for want, f := range map[string]*chainFacts{well: {}, warning: {Waiting: 30}, fault: {Waiting: 30, Twin: true}} {
		if got := judgeSigning(f); len(got) != 1 || got[0].State != want || (got[0].Fix == "") != (want == well) {
			t.Errorf("%s: %+v", want, got)
		}
	}
}

// Goal: the offset from a time server is measured to its sign and size, and an
// answer that is none is told. Method: a server of SNTP that is two seconds
// ahead, and one that talks nonsense.
func TestDoctorTime(t *testing.T) {
	serve := func(answer func([]byte) []byte) string {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		go func() {
			b := make([]byte, 64)
			for {
				n, from, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				_, _ = c.WriteTo(answer(b[:n]), from)
			}
		}()
		return c.LocalAddr().String()
	}
	ahead := serve(func([]byte) []byte {
		out := make([]byte, 48)
		out[0], out[1] = 4<<3|4, 1
		for _, at := range []int{32, 40} {
			now := time.Now().Add(2 * time.Second)
			binary.BigEndian.PutUint32(out[at:], uint32(now.Unix()+2_208_988_800))
			binary.BigEndian.PutUint32(out[at+4:], uint32(uint64(now.Nanosecond())<<32/1_000_000_000))
		}
		return out
	})
	p := &patient{now: time.Now, timeServer: ahead}
	got := lookClock(context.Background(), p)
	if len(got) != 1 || got[0].State != fault || !regexp.MustCompile(`off by (1\.9|2)\d*`).MatchString(got[0].Value) {
		t.Errorf("%+v", got)
	}
	p.timeServer = serve(func(b []byte) []byte { return []byte("nonsense") })
	if got := lookClock(context.Background(), p); len(got) != 1 || got[0].State != unknown || !strings.Contains(got[0].Value, "not an answer to SNTP") {
		t.Errorf("%+v", got)
	}
}

// Goal: drift is what another version wrote, and nothing that a person chose.
// Method: a file as written now, one without a key, one with an old default,
// and one written by hand.
func TestDrift(t *testing.T) {
	now, err := configFile(map[string]any{"chain": "x"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"as written":      {now, 0},
		"a value is set":  {strings.Replace(now, "# p2p.max_peers = 50", "p2p.max_peers = 7", 1), 0},
		"an old default":  {strings.Replace(now, "# p2p.max_peers = 50", "# p2p.max_peers = 49", 1), 1},
		"a key is absent": {strings.Replace(now, "# p2p.max_peers = 50\n", "", 1), 1},
		"by hand":         {"chain = \"x\"\n", 0},
	} {
		if got := driftOf(c.text); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
