package node_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"probity/chain/exec"
	"probity/node"
	"probity/node/store"
)

// wantLine opens a member that must be refused in one line that holds all
// words: what is wrong, where, and what to do.
func wantLine(t *testing.T, o node.Options, is error, words ...string) {
	t.Helper()
	n, err := node.Open(o)
	if err == nil {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = n.Run(ctx)
		t.Fatal("it opens")
	}
	checkLine(t, err, is, words...)
}

func checkLine(t *testing.T, err, is error, words ...string) {
	t.Helper()
	if is != nil && !errors.Is(err, is) {
		t.Errorf("%v: not %v", err, is)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("not one line: %q", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
	t.Log(err)
}

// files reads a directory, but for the marks by which processes keep each other
// out.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.EqualFold(d.Name(), "lock") {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// solo is a member that has run alone up to a height and was stopped.
func solo(t *testing.T) *cluster {
	c := newCluster(t, 1)
	c.start(0)
	c.reach(0, 5, patience)
	c.stop(0)
	return c
}

// goesOn checks that the member still has its chain and its votes.
func (c *cluster) goesOn() {
	c.t.Helper()
	c.start(0)
	if h := c.nodes[0].Height(); h < 5 {
		c.t.Errorf("it is at height %d", h)
	}
	c.reach(0, c.nodes[0].Height()+2, patience)
	if n := c.metric(0, "probity_signer_refusals_total", nil); n != 0 {
		c.t.Errorf("%v refusals", n)
	}
}

// Goal: a port that is taken is said with its key, and nothing is written.
// Method: take each port before the first start of a home.
func TestBadInput_TakenPort(t *testing.T) {
	c := newCluster(t, 1)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	taken := ln.Addr().String()
	for key, change := range map[string]func(*node.Options){
		"rpc.listen": func(o *node.Options) { o.RPCListen = taken },
		"ops.listen": func(o *node.Options) { o.OpsListen = taken },
		"p2p.listen": func(o *node.Options) { o.P2PListen = []string{taken} },
	} {
		t.Run(key, func(t *testing.T) {
			o := c.opts[0]
			o.Home = t.TempDir()
			change(&o)
			wantLine(t, o, syscall.EADDRINUSE, key, taken, "stop the other program or set another address")
			if f := files(t, o.Home); len(f) != 0 {
				t.Errorf("written: %v", f)
			}
		})
	}
}

// Goal: a second process is kept off a home in use, and the first goes on.
func TestBadInput_SecondProcess(t *testing.T) {
	c := newCluster(t, 1)
	c.start(0)
	c.reach(0, 2, patience)
	wantLine(t, c.opts[0], node.ErrHome, c.opts[0].Home, "stop the other process or choose another --home")
	c.reach(0, c.nodes[0].Height()+2, patience)
}

// Goal: a home of another chain is refused with both names, and stays usable.
func TestBadInput_GenesisMismatch(t *testing.T) {
	c := solo(t)
	spec := c.spec
	spec.Chain = "another"
	another, err := node.NewGenesis(spec)
	if err != nil {
		t.Fatal(err)
	}
	o := c.opts[0]
	o.Genesis = another
	wantLine(t, o, store.ErrForeign, o.Home, hashes(c.opts[0].Genesis), hashes(another), "genesis file")
	c.goesOn()
}

func hashes(g *exec.Genesis) string { return g.Hash().String() }

// Goal: damage to the database is said, and the tables and the signer's journal
// stay as they are. Method: flip a byte at the head of its list of tables, and
// one at the end of each table.
func TestBadInput_CorruptDatabase(t *testing.T) {
	c := solo(t)
	c.start(0) // a second start makes tables of the log
	c.reach(0, 8, patience)
	c.stop(0)
	for name, damage := range map[string]struct {
		files string
		at    func(size int) int
	}{
		"manifest": {"MANIFEST-*", func(int) int { return 10 }},
		"table":    {"*.sst", func(n int) int { return n - 4 }},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.opts[0]
			o.Home = t.TempDir()
			if err := os.CopyFS(o.Home, os.DirFS(c.opts[0].Home)); err != nil {
				t.Fatal(err)
			}
			hit, err := filepath.Glob(filepath.Join(o.Home, "data", damage.files))
			if err != nil || len(hit) == 0 {
				t.Fatalf("no %s: %v", damage.files, err)
			}
			for _, path := range hit {
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				b[damage.at(len(b))] ^= 0xff
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := files(t, filepath.Join(o.Home, "data"))
			wantLine(t, o, nil, filepath.Join(o.Home, "data"), "restore a backup")
			after := files(t, filepath.Join(o.Home, "data"))
			for path, b := range before {
				if kind := filepath.Ext(path); (kind == ".sst" || name == "manifest") && after[path] != b {
					t.Errorf("%s was touched", filepath.Base(path))
				}
			}
		})
	}
	c.goesOn()
}

// Goal: a damaged journal of the signer makes a member that observes, since a
// vote on a lost memory would convict it. Method: flip a byte of the journal,
// and count on the error log and on a chain that stands still.
func TestBadInput_DamagedJournal(t *testing.T) {
	c := solo(t)
	path := filepath.Join(c.opts[0].Home, "signer", "signer.log")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/4] ^= 0xff
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	c.start(0)
	if s := c.result(0, "node_status", nil).(map[string]any); s["member"] != false || s["producer"] != false {
		t.Errorf("it votes: %v", s)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, b) {
		t.Errorf("the journal was touched: %v", err)
	}
}

// Goal: a full disk ends the member with a line that says so, not with a vote
// that is not on record, and it goes on when there is room. Method: a disk that
// refuses every write from some moment on, under a running member and under one
// that starts.
func TestBadInput_DiskFull(t *testing.T) {
	c := newCluster(t, 1)
	full := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && op.Kind != errorfs.OpRemove && op.Kind != errorfs.OpRemoveAll {
			return &fs.PathError{Op: "write", Path: op.Path, Err: syscall.ENOSPC}
		}
		return nil
	})}
	c.opts[0] = node.OnDisk(c.opts[0], errorfs.Wrap(vfs.Default, full))
	c.start(0)
	c.reach(0, 5, patience)
	full.On()
	err := <-c.ended[0]
	if err == nil {
		t.Fatal("it ends as if all were well")
	}
	checkLine(t, err, node.ErrHalted, "no space left on device", c.opts[0].Home, "free space")
	c.nodes[0], c.stops[0] = nil, nil
	wantLine(t, c.opts[0], syscall.ENOSPC, c.opts[0].Home, "free space")
	full.Off()
	c.goesOn()
}
