package differ

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"probity/chain/codec"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/types"
	members "probity/node"
	"probity/node/sync"
	"probity/p2p"
)

// node answers the reads that the watchtower asks, of blocks that a Maker made.
type node struct {
	headers []types.Header
	blocks  []*types.Block
	states  [][]fields // leaves after each height
}

// grow lets a Maker make n blocks.
func grow(t *testing.T, m *Maker, n int) *node {
	t.Helper()
	out := &node{headers: []types.Header{m.Tip()}, blocks: []*types.Block{nil}}
	state := func() {
		var leaves []fields
		_ = m.Leaves(func(k, v []byte) bool {
			leaves = append(leaves, fields{"key": hexed(k), "value": hexed(v)})
			return true
		})
		out.states = append(out.states, leaves)
	}
	state()
	for range n {
		b, err := m.Next()
		if errors.Is(err, ErrHalted) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		m.Commit(b)
		out.headers, out.blocks = append(out.headers, b.Header), append(out.blocks, b)
		state()
	}
	return out
}

func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Method string
		Params struct {
			At   uint64
			From string
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var result any
	switch q.Method {
	case "chain_status":
		result = fields{"finalized": fields{"height": len(n.headers) - 1}}
	case "chain_getHeader":
		result = fields{"value": fields{"header": n.headers[q.Params.At]}}
	case "chain_getBlock":
		b := n.blocks[q.Params.At]
		txs := []types.Bytes{}
		for _, tx := range b.Body.Txs {
			txs = append(txs, types.Bytes(tx))
		}
		result = fields{"value": fields{"digest": b.Digest(), "header": b.Header, "signature": b.Signature, "txs": txs, "votes": b.Body.Votes, "views": b.Body.Views}}
	case "chain_getState":
		items := []fields{}
		for _, l := range n.states[q.Params.At] {
			if l["key"].(string) >= q.Params.From {
				items = append(items, l)
			}
		}
		result = fields{"value": fields{"items": items}}
	}
	_ = json.NewEncoder(w).Encode(fields{"jsonrpc": "2.0", "id": 1, "result": result})
}

// followed runs the watchtower on a node of a Maker's blocks.
func followed(t *testing.T, bin string, m *Maker) (string, error) {
	t.Helper()
	n := grow(t, m, 40)
	server := httptest.NewServer(n)
	defer server.Close()
	path := filepath.Join(t.TempDir(), "genesis.json")
	if err := os.WriteFile(path, m.File, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := osexec.Command(bin, "follow", "--rpc", server.URL, "--genesis", path, "--until", fmt.Sprint(len(n.headers)-1)).CombinedOutput()
	return string(out), err
}

// Goal: the watchtower follows a node over RPC, tells what each epoch's watchtowers
// submit, and names the first leaf that differs. Method: a right node, and one
// that pays no salaries.
func TestFollow(t *testing.T) {
	bin := buildTower(t, "")
	m, err := New(4, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := followed(t, bin, m)
	if salary := strings.TrimPrefix(m.Salary().String(), "0x"); err != nil || !strings.Contains(out, "0 differences") || !strings.Contains(out, "salary  "+salary) {
		t.Errorf("%v: %s; want the salaries %s", err, out, salary)
	}
	table := slices.Clone(Table)
	row := *table[2]
	row.End = nil
	table[2] = &row
	if m, err = New(4, true, table); err != nil {
		t.Fatal(err)
	}
	if out, err = followed(t, bin, m); err == nil || !strings.Contains(out, "height 1: ") || !strings.Contains(out, "the first leaf that differs is of route 3, region 3") {
		t.Errorf("%v: %s", err, out)
	}
}

// patience bounds what a test waits for; nothing depends on how much of it is used.
const patience = 2 * time.Minute

// network is four members in one process, over real libp2p, disks and HTTP.
type network struct {
	genesis string // the file's path
	hash    keys.Hash
	own     []members.GenesisMember
	addrs   []string // of each member
	rpc     []string
	nodes   []*members.Node
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{genesis: filepath.Join(t.TempDir(), "genesis.json")}
	spec := members.GenesisSpec{Chain: "test", Time: types.Time(time.Now().UnixMilli()), Params: map[string]uint64{
		"epoch.blocks": 12, "asc.lead_views": 4, "block.interval": 50, "rep.year_cap_ppm": 0, "reward.block": 1_000_000_000, "evidence.window": 1024,
	}}
	for i := range 4 {
		spec.Members = append(spec.Members, members.GenesisMember{Keys: members.DeriveKeys([32]byte{byte(i + 1)}), REP: types.Whole(1000), Balance: types.Whole(1000)})
	}
	n.own = spec.Members
	file, err := members.GenesisFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	g, err := exec.ParseGenesis(file)
	if err != nil {
		t.Fatal(err)
	}
	n.hash = g.Hash()
	if err := os.WriteFile(n.genesis, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range spec.Members {
		o := members.Options{
			Home: t.TempDir(), Genesis: g, Keys: &spec.Members[i].Keys, Member: true, Producer: true, Bootstrap: slices.Clone(n.addrs),
			RPCListen: "127.0.0.1:0", OpsListen: "127.0.0.1:0", P2PListen: []string{"127.0.0.1:0"}, Software: "test",
		}
		m, err := members.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("member %d: %v", i, err)
			}
		})
		waitFor(t, func() bool { return len(m.P2PAddrs()) > 0 })
		n.addrs, n.rpc, n.nodes = append(n.addrs, m.P2PAddrs()[0]), append(n.rpc, "http://"+m.RPCAddr()+"/"), append(n.nodes, m)
	}
	return n
}

// waitFor waits until done says so.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v", patience)
		}
	}
}

// follow runs the watchtower on the network's chain.
func (n *network) follow(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args = append([]string{"follow", "--genesis", n.genesis}, args...)
	out, err := osexec.CommandContext(ctx, buildTower(t, ""), args...).CombinedOutput()
	return string(out), err
}

// forger is a host between the watchtower and a member. It passes on what each
// says to the other, and changes the ranges.
type forger struct {
	*p2p.Host
	mu    gosync.Mutex
	asker p2p.ID // who asked last
	to    p2p.ID // the member
	forge func(*sync.Blocks)
}

func (n *network) forger(t *testing.T, seed byte, forge func(*sync.Blocks)) *forger {
	t.Helper()
	wide := p2p.Limit{Messages: 1 << 20, MessagesBurst: 1 << 20, Bytes: 1 << 30, BytesBurst: 1 << 30}
	cfg := p2p.Config{Seed: [32]byte{31: seed}, Genesis: n.hash, Target: 1, Listen: []string{"127.0.0.1:0"}}
	for _, name := range []string{members.TopicConsensus, members.TopicTxs, members.TopicSync} {
		cfg.Topics = append(cfg.Topics, p2p.Topic{Name: name, BytesMax: 16 << 20, Limit: wide})
	}
	_, to, err := p2p.SplitAddr(n.addrs[0])
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{to: to, forge: forge}
	if f.Host, err = p2p.New(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := f.Subscribe(members.TopicSync, f.pass); err != nil {
		t.Fatal(err)
	}
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := f.Connect(ctx, n.addrs[0]); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *forger) pass(_ context.Context, from p2p.ID, data []byte) p2p.Verdict {
	f.mu.Lock()
	defer f.mu.Unlock()
	var m sync.Message
	if err := codec.Unmarshal(data, &m); err != nil {
		return p2p.Reject("form")
	}
	switch {
	case from != f.to:
		f.asker = from
		_ = f.Send(f.to, members.TopicSync, data)
	case m.Blocks != nil:
		f.forge(m.Blocks)
		_ = f.Send(f.asker, members.TopicSync, codec.MustMarshal(&m))
	case f.asker != "" && m.Status != nil && !m.Status.Ask:
		_ = f.Send(f.asker, members.TopicSync, data)
	}
	return p2p.Ignore
}

// resign signs a block again by the key of the contract that it names.
func (n *network) resign(b *types.Block) {
	for i := range n.own {
		key := n.own[i].Keys.Consensus
		if account := n.own[i].Keys.Account.Public().Address(); b.Header.ASC == availability.ContractID(b.Header.Epoch, account) {
			st := b.Header.Statement()
			b.Signature = key.Sign(st.SignBytes(n.hash))
		}
	}
}

// beside passes questions on to a node, and changes its answers.
func beside(t *testing.T, url string, change func(question, answer []byte) []byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question, _ := io.ReadAll(r.Body)
		a, err := http.Post(url, "application/json", bytes.NewReader(question))
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = a.Body.Close() }()
		answer, _ := io.ReadAll(a.Body)
		_, _ = w.Write(change(question, answer))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// lie tells another root of height 5.
func lie(_, answer []byte) []byte {
	var a struct {
		Result struct {
			Value struct{ Header *types.Header }
		}
	}
	if json.Unmarshal(answer, &a) != nil || a.Result.Value.Header == nil || a.Result.Value.Header.Height != 5 {
		return answer
	}
	root := a.Result.Value.Header.StateRoot
	other := keys.Sum(root[:])
	return bytes.ReplaceAll(answer, []byte(root.String()), []byte(other.String()))
}

// broken answers nothing of use when it is asked for its height, three times.
func broken() func(question, answer []byte) []byte {
	times := 0
	return func(question, answer []byte) []byte {
		if bytes.Contains(question, []byte("chain_status")) && times < 3 {
			times++
			return []byte("<html>")
		}
		return answer
	}
}

// Goal: the watchtower takes blocks from members over libp2p and believes none: what is
// forged is named with its member and refused, and a node that tells another root
// by RPC is found out. Method: four members run beyond an epoch; the watchtower follows
// them alone and beside honest RPC; then a host between it and a member
// forges one thing at a time, with an honest member to turn to. RPC lies of height 5, or fails
// for a while; a member is of another chain, or gone.
func TestFollowMembers(t *testing.T) {
	n := newNetwork(t)
	waitFor(t, func() bool { return n.nodes[0].Height() >= 15 && n.nodes[3].Height() >= 15 })
	all := strings.Join(n.addrs, ",")
	t.Run("members", func(t *testing.T) {
		out, err := n.follow(t, "--p2p", all, "--until", "15", "--json")
		if err != nil || !strings.Contains(out, "15 blocks executed again, 0 taken over, 0 differences") || strings.Contains(out, "member ") || !strings.Contains(out, `{"epoch":0,"height":12,"root":"0x`) {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("with RPC", func(t *testing.T) {
		out, err := n.follow(t, "--p2p", all, "--rpc", n.rpc[1], "--until", "15")
		if err != nil || !strings.Contains(out, "0 differences") || strings.Contains(out, "not compared") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("lying RPC", func(t *testing.T) {
		out, err := n.follow(t, "--p2p", all, "--rpc", beside(t, n.rpc[1], lie), "--until", "15")
		if err == nil || !strings.Contains(out, "height 5: the node tells a block ") || strings.Contains(out, "member ") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("broken RPC", func(t *testing.T) {
		out, err := n.follow(t, "--p2p", all, "--rpc", beside(t, n.rpc[1], broken()), "--until", "15")
		if err != nil || strings.Count(out, "the node does not answer") != 1 || !strings.Contains(out, "0 differences") {
			t.Errorf("%v: %s", err, out)
		}
	})
	for i, row := range []struct {
		name, want string
		forge      func(*sync.Blocks)
	}{
		{"vote", "a forged Finalization of height ", func(b *sync.Blocks) { b.Finalization.Signatures[0][5]++ }},
		{"minority", "is a quorum", func(b *sync.Blocks) {
			f := &b.Finalization
			who, _ := f.Indices(4)
			f.Signers, f.Signatures = types.Bytes{1 << who[0]}, f.Signatures[:1]
		}},
		{"root", "a forged block: height 1 is not signed by a contract of epoch 0", func(b *sync.Blocks) { b.Blocks[0].Header.StateRoot[0]++ }},
		{"signed root", "a forged Finalization of height ", func(b *sync.Blocks) {
			b.Trailing = nil
			b.Blocks = b.Blocks[:1]
			b.Blocks[0].Header.StateRoot[0]++
			n.resign(b.Blocks[0])
		}},
		{"body", "a forged block: the body of height 1 ", func(b *sync.Blocks) { b.Blocks[0].Body.Txs = append(b.Blocks[0].Body.Txs, types.Bytes{1}) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := n.forger(t, byte(100+i), row.forge)
			out, err := n.follow(t, "--p2p", f.Addrs()[0]+","+n.addrs[2], "--until", "15")
			if refused := "member " + f.ID().String() + ": refused: "; err != nil || !strings.Contains(out, refused) || !strings.Contains(out, row.want) || !strings.Contains(out, "0 differences") {
				t.Errorf("%v: %s; want %s … %s", err, out, refused, row.want)
			}
		})
	}
	t.Run("another chain", func(t *testing.T) {
		h, err := p2p.New(p2p.Config{Seed: [32]byte{31: 99}, Genesis: keys.Sum([]byte("another")), Listen: []string{"127.0.0.1:0"}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = h.Close() }()
		if err := h.Start(); err != nil {
			t.Fatal(err)
		}
		out, err := n.follow(t, "--p2p", h.Addrs()[0]+","+n.addrs[3], "--until", "15")
		if err != nil || !strings.Contains(out, "member "+h.ID().String()+": it is of another chain") || !strings.Contains(out, "0 differences") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("unreachable", func(t *testing.T) {
		gone := fmt.Sprintf("/ip4/127.0.0.1/tcp/1/p2p/%s", p2p.IDFromSeed([32]byte{9}))
		out, err := n.follow(t, "--p2p", gone+","+n.addrs[3], "--until", "15")
		if err != nil || !regexp.MustCompile(`(?m)^member \S+: failed to dial.*; left alone for 1s$`).MatchString(out) || !strings.Contains(out, "0 differences") {
			t.Errorf("%v: %s", err, out)
		}
	})
}
