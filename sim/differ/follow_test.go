package differ

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"probity/chain/types"
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
	out, err := exec.Command(bin, "follow", "--rpc", server.URL, "--genesis", path, "--until", fmt.Sprint(len(n.headers)-1)).CombinedOutput()
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
