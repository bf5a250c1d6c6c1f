package differ

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"probity/chain/route"
	"probity/chain/types"
)

// tower is a running watchtower.
type tower struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// newTower builds the watchtower, with an overlay or as it is, and starts it.
func newTower(t testing.TB, overlay string) *tower {
	t.Helper()
	return startTower(t, exec.Command(buildTower(t, overlay), "serve"))
}

// plain is the watchtower as it is, compiled once.
var plain = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "watchtower")
	if err != nil {
		return "", err
	}
	return dir, compile(filepath.Join(dir, "watchtower"), "")
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := plain(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func compile(bin, overlay string) error {
	if err := readAll("../../cmd/watchtower"); err != nil {
		return err
	}
	args := []string{"build", "-overlay", overlay, "-o", bin, "probity/cmd/watchtower"}
	if os.Getenv("GOCOVERDIR") != "" {
		args = append([]string{"build", "-cover", "-coverpkg=probity/cmd/watchtower/..."}, args[1:]...)
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// readAll reads the files of a folder: what a test has read is part of what its cached
// result stands for, and the compiler that it starts reads beside it.
func readAll(folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			_, err = os.ReadFile(path)
		}
		return err
	})
}

// buildTower is a watchtower, with an overlay or as it is.
func buildTower(t testing.TB, overlay string) string {
	t.Helper()
	dir, err := t.TempDir(), error(nil)
	if overlay == "" {
		dir, err = plain()
	} else {
		err = compile(filepath.Join(dir, "watchtower"), overlay)
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "watchtower")
}

// startTower starts whatever speaks the protocol of conformance.
func startTower(t testing.TB, cmd *exec.Cmd) *tower {
	t.Helper()
	w := &tower{t: t, cmd: cmd}
	w.cmd.Stderr = os.Stderr
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	w.out = bufio.NewScanner(stdout)
	w.out.Buffer(nil, 64<<20)
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.in.Close()
		if err := w.cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// reply is what an operation answers.
type reply struct {
	Out struct {
		Root, Hash, Digest, Genesis, Draft, Invalid, Why, Uncovered string
		Keys                                                        []string
		Values                                                      []*string
	}
	Error string
}

func (w *tower) ask(op string, in any) (r reply) {
	w.t.Helper()
	if err := json.Unmarshal(w.line(op, in), &r); err != nil {
		w.t.Fatal(err)
	}
	if r.Error != "" {
		w.t.Fatalf("%s: %s", op, r.Error)
	}
	return r
}

// answer is an answer as it comes.
type answer struct {
	Out         map[string]any
	Error       string
	Unsupported bool
}

func (w *tower) raw(op string, in any) (r answer) {
	w.t.Helper()
	if err := json.Unmarshal(w.line(op, in), &r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *tower) line(op string, in any) []byte {
	w.t.Helper()
	b, err := json.Marshal(map[string]any{"op": op, "in": in})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.in.Write(append(b, '\n')); err != nil {
		w.t.Fatal(err)
	}
	if !w.out.Scan() {
		w.t.Fatalf("no answer to %s", op)
	}
	return w.out.Bytes()
}

func hexed(b []byte) string { return "0x" + hex.EncodeToString(b) }

func (w *tower) block(b *types.Block, dry bool) reply {
	h, s, body := Encode(b)
	return w.ask("chain.block", map[string]any{"header": hexed(h), "signature": hexed(s), "body": hexed(body), "check": dry, "dry": dry})
}

// first names the first leaf, in key order, that the two have different, and where the
// others are.
func (w *tower) first(m *Maker) string {
	got := w.ask("chain.changed", map[string]any{"all": true}).Out.Keys
	union := map[string]bool{}
	var order []string
	for _, k := range got {
		union[k] = true
	}
	_ = m.Leaves(func(k, _ []byte) bool { union[hexed(k)] = true; return true })
	for k := range union {
		order = append(order, k)
	}
	slices.Sort(order)
	values := w.ask("chain.get", map[string]any{"keys": order}).Out.Values
	out, others := "none", []string{}
	for i, k := range order {
		raw, _ := hex.DecodeString(k[2:])
		node := m.Get(raw)
		tower := "absent"
		if values[i] != nil {
			tower = *values[i]
		}
		want := "absent"
		if node != nil {
			want = hexed(node)
		}
		switch {
		case tower == want:
		case out == "none":
			out = fmt.Sprintf("route %d, region %d, key %s:\n node       %s\n watchtower %s", raw[1], raw[2], k, want, tower)
		default:
			others = append(others, fmt.Sprintf("%d/%d", raw[1], raw[2]))
		}
	}
	if len(others) > 0 {
		out += fmt.Sprintf("\n and %d others: %s", len(others), strings.Join(slices.Compact(others), " "))
	}
	return out
}

// follow executes n blocks of a seed in both, each after some that are wrong. It
// says how many it did, and of the first difference; "" where there is none.
func follow(t testing.TB, w *tower, m *Maker, n int) (blocks int, difference string) {
	t.Helper()
	r := w.ask("chain.genesis", map[string]any{"file": string(m.File)})
	if h := m.Tip(); r.Out.Root != h.StateRoot.String() || r.Out.Digest != h.Digest().String() {
		return 0, "genesis: " + w.first(m)
	}
	for ; blocks < n; blocks++ {
		b, err := m.Next()
		if errors.Is(err, ErrHalted) {
			return blocks, ""
		}
		if err != nil {
			t.Fatal(err)
		}
		for range m.rng.IntN(3) {
			c, mistake := m.Spoil(b)
			node, r := m.Verify(c), w.block(c, true)
			if (node == nil) != (r.Out.Invalid == "") {
				return blocks, fmt.Sprintf("height %d, %s: the node says %v, the watchtower %q %s", b.Header.Height, mistake, node, r.Out.Invalid, r.Out.Why)
			}
		}
		m.Commit(b)
		if r := w.block(b, false); r.Out.Root != b.Header.StateRoot.String() {
			return blocks, fmt.Sprintf("height %d (epoch %d, view %d, %d transactions): %s %s %s; %s%s", b.Header.Height, b.Header.Epoch, b.Header.View,
				len(b.Body.Txs), r.Out.Invalid, r.Out.Why, r.Out.Uncovered, w.first(m), m.told())
		}
		if b.Header.Height == m.plan.Last() {
			if got := w.ask("chain.salary", nil).Out.Hash; got != m.Salary().String() {
				return blocks, fmt.Sprintf("epoch %d: the salary tree of the node is %s, the watchtower's %s", b.Header.Epoch, m.Salary(), got)
			}
		}
	}
	return blocks, ""
}

// told is what the last block's transactions were, and what came of them.
func (m *Maker) told() string {
	var out strings.Builder
	for i, r := range m.made.Receipts() {
		fmt.Fprintf(&out, "\n %s charged %v, weight %d, %s:", m.made.Txs[i].From, r.Charged, r.Weight, r.Kind)
		for _, msg := range m.made.Txs[i].Msgs {
			s := Table.Speak(msg, 1)
			fmt.Fprintf(&out, " %s/%s %.900s", s.Route, s.Message, s.Body)
		}
	}
	return out.String()
}

// Goal: the node and the watchtower, which share no code, reach the same state and
// the same trees of salaries, and refuse the same blocks. Method: random chains of both beacons, executed by
// both, block by block, with spoiled blocks between; PROBITY_DIFFER says how many
// blocks.
func TestEqualRoots(t *testing.T) {
	want, each := 300, 100
	if n, err := strconv.Atoi(os.Getenv("PROBITY_DIFFER")); err == nil {
		want, each = n, 400
	}
	first, _ := strconv.ParseUint(os.Getenv("PROBITY_DIFFER_SEED"), 10, 64)
	w := newTower(t, "")
	done, all := 0, Coverage{}
	for seed := first; done < want; seed++ {
		m, err := New(seed, seed%3 != 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		n, difference := follow(t, w, m, min(each, want-done))
		all.Add(m.Coverage())
		if difference != "" {
			t.Fatalf("seed %d, block %d: %s", seed, n, difference)
		}
		done += n
	}
	missing := all.Missing(8)
	t.Logf("%d blocks; not accepted: %v", done, missing)
	if want >= 10_000 && len(missing) > 0 || want < 10_000 && len(missing) > 60 {
		t.Errorf("too few messages were accepted: not %v", missing)
	}
	if testing.Verbose() {
		t.Log(all.String())
	}
}

// Goal: a mistake of the node is found, and the first leaf that it makes differ
// is named. Method: tables whose rows lack a hook, or do it twice.
func TestMistakesOfTheNode(t *testing.T) {
	w := newTower(t, "")
	for _, c := range []struct {
		name, leaf string
		plant      func(r *route.Route)
		route      int
	}{
		{"no salaries", "route 3, region 3", func(r *route.Route) { r.End = nil }, 2},
		{"fees are not divided", "route 2, region 1", func(r *route.Route) { r.End = nil }, 1},
		{"no pools", "route 6, region 1", func(r *route.Route) { r.End = nil }, 5},
		{"nothing is frozen", "route 3, region 4", func(r *route.Route) { r.Boundary = nil }, 2},
		{"drafts do not expire", "route 3, region", func(r *route.Route) { r.End = nil }, 8},
	} {
		table := slices.Clone(Table)
		row := *table[c.route]
		c.plant(&row)
		table[c.route] = &row
		m, err := New(4, true, table)
		if err != nil {
			t.Fatal(err)
		}
		if _, difference := follow(t, w, m, 40); !strings.Contains(difference, c.leaf) {
			t.Errorf("%s: found %q, want %s", c.name, difference, c.leaf)
		}
	}
}

// Goal: a mistake of the watchtower is found as well. Method: its source with one
// change, compiled under an overlay.
func TestMistakesOfTheWatchtower(t *testing.T) {
	for _, c := range []struct {
		seed                       uint64
		name, file, from, to, leaf string
	}{
		{4, "salaries round up", "rep.go", "due := claim.Shr(64)", "due := claim.Shr(64).Add(num.U(1))", "route 2, region 1"},
		{4, "the window is short", "pool.go", "window      = 16", "window      = 15", "height"},
		{4, "a miss is not counted", "availability.go", "s.misses++", "", "route 4, region 3"},
		{10, "what is donated is not carried", "flow.go", "w.carried[i] = w.carried[i].Add(d)", "", "route 8, region 7"},
	} {
		m, err := New(c.seed, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, difference := follow(t, newTower(t, overlay(t, c.file, c.from, c.to)), m, 80); !strings.Contains(difference, c.leaf) {
			t.Errorf("%s: found %q, want %s", c.name, difference, c.leaf)
		}
	}
}

// overlay is a file for go build -overlay that changes one text of the law.
func overlay(t *testing.T, file, from, to string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "cmd", "watchtower", "internal", "law", file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), from) != 1 {
		t.Fatalf("%s does not have %q once", file, from)
	}
	dir := t.TempDir()
	changed := filepath.Join(dir, file)
	b, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err == nil {
		err = os.WriteFile(changed, []byte(strings.Replace(string(text), from, to, 1)), 0o600)
	}
	out := filepath.Join(dir, "overlay.json")
	if err == nil {
		err = os.WriteFile(out, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}
