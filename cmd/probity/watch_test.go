package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/contrib"
	"probity/node/contrib/fixture"
)

// watchChain is a chain that a test makes block by block, with one member on the
// bench and three in the register of watchtowers, and a node that shows it.
type watchChain struct {
	t      *testing.T
	home   string
	node   *httptest.Server
	asked  map[string]int // methods
	x      *exec.Exec
	mem    *state.Memory
	tip    exec.Parent
	nonces map[string]uint64
	blocks []*types.Block
}

func watchKey(name string) keys.PrivateKey {
	return keys.FromSeed(keys.Sum([]byte("watch"), []byte(name)))
}

func watchAddress(name string) keys.Address { return watchKey(name).Public().Address() }

// newWatchChain starts a chain of epochs of eight blocks; a and b declare this
// program, c another watchtower with this treegen.
func newWatchChain(t *testing.T) *watchChain {
	t.Helper()
	type object = map[string]any
	file := func(bound *keys.Hash) []byte {
		vote := watchKey("vote")
		seat := availability.Bench{Key: vote.Public(), Network: make([]byte, 32)}
		bench := object{"account": watchAddress("a"), "key": seat.Key, "network": seat.Network}
		if bound != nil {
			bench["signature"] = vote.Sign(seat.SignBytes(*bound, watchAddress("a")))
		}
		holders, balances, members := []object{}, []object{}, []object{}
		for i, name := range []string{"a", "b", "c"} {
			holders = append(holders, object{"address": watchAddress(name), "amount": types.Whole(uint64(5000 + 1111*i))})
			balances = append(balances, object{"address": watchAddress(name), "amount": types.Whole(1000)})
			tower := ownWatchtower
			if name == "c" {
				tower = "another"
			}
			members = append(members, object{"address": watchAddress(name), "watchtower": []string{tower}, "treegen": []string{ownTreegen}})
		}
		impl := func(duty, name string) object {
			return object{"duty": duty, "name": name, "author": watchAddress("a"), "source": ""}
		}
		raw, err := json.Marshal(object{
			"chain": "watched", "time": 1_700_000_000_000, "protocol": 1,
			"params": object{
				"beacon.scheme": "hashed", "epoch.blocks": 8, "asc.lead_views": 2, "fees.base_min": 1, "evidence.window": 64,
				"reward.block": 1_000_000_007, "budget.grep_ppm": 0,
			},
			"routes": object{
				"bank": object{"balances": balances}, "rep": object{"holders": holders}, "availability": object{"bench": []object{bench}},
				"contribution": object{
					"repository": object{"repo": "demo", "branch": "main"}, "required": []object{},
					"policy": object{"exclude": []string{"vendor/"}, "multiply": []object{{"glob": "*.md", "ppm": 500_000}}},
				},
				"oracle": object{
					"implementations": []object{impl("watchtower", ownWatchtower), impl("watchtower", "another"), impl("treegen", ownTreegen)},
					"members":         members,
				},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	draft, err := exec.ParseGenesis(file(nil))
	if err != nil {
		t.Fatal(err)
	}
	bound := draft.Draft()
	c := &watchChain{t: t, home: t.TempDir(), asked: map[string]int{}, nonces: map[string]uint64{}, mem: state.NewMemory()}
	if err := os.WriteFile(home(c.home).genesis(), file(&bound), 0o600); err != nil {
		t.Fatal(err)
	}
	g, _, err := readGenesis(home(c.home).genesis())
	if err != nil {
		t.Fatal(err)
	}
	if c.x, err = exec.New(table(), g); err != nil {
		t.Fatal(err)
	}
	first, err := c.x.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	c.mem.Commit(first.Changes)
	c.tip = c.x.Base(c.mem, first.Header, first.Digest)
	c.node = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.node.Close)
	return c
}

// send makes a signed transaction of one message.
func (c *watchChain) send(from, routeName, message string, body any) *types.SignedTx {
	c.t.Helper()
	m, err := table().Pack(routeName, message, body)
	if err != nil {
		c.t.Fatal(err)
	}
	tx := types.Tx{
		Chain: "watched", Sender: watchKey(from).Public(), Nonce: c.nonces[from], FeeMax: types.Whole(10), ValidUntil: 1 << 20, Msgs: []types.Msg{m},
	}
	tx.Sign(watchKey(from), c.x.Chain().Genesis)
	sealed, err := types.Seal(tx)
	if err != nil {
		c.t.Fatal(err)
	}
	c.nonces[from]++
	return sealed
}

// block makes the next block of some transactions, all of which must do what
// they say unless refused is set.
func (c *watchChain) block(txs ...*types.SignedTx) *exec.Result {
	c.t.Helper()
	h := c.tip.Header
	epoch, view := h.Epoch, h.View
	plan := c.x.Plan(c.tip, epoch)
	if h.Height >= plan.Last() {
		epoch, view = epoch+1, 0
		plan = c.x.Plan(c.tip, epoch)
	}
	sched, err := types.NewSchedule(plan)
	if err != nil {
		c.t.Fatal(err)
	}
	p := exec.Proposal{Epoch: epoch, View: view + 1, ParentView: h.View, Time: h.Time + plan.Interval}
	if view > 0 {
		s := types.Statement{Kind: types.Notarize, Epoch: epoch, View: view, Digest: c.tip.Digest}
		p.Votes = []types.Certificate{types.Bundle([]types.Vote{{Statement: s}}, len(plan.Roster.Members))}
	}
	p.ASC, p.Seed = sched.ASC(p.View).ID, sched.Seed(p.View)
	next := func() (tx *types.SignedTx) {
		if len(txs) > 0 {
			tx, txs = txs[0], txs[1:]
		}
		return tx
	}
	b, r, err := c.x.Build(c.tip, p, next, func(_ *types.SignedTx, err error) { c.t.Fatal(err) })
	if err != nil {
		c.t.Fatal(err)
	}
	c.mem.Commit(r.Changes)
	c.mem.Prune(r.Changes.Version)
	c.tip = c.x.Base(c.mem, r.Header, r.Digest)
	c.blocks = append(c.blocks, b)
	return r
}

// idle makes blocks until an epoch has ended.
func (c *watchChain) idle(e types.Epoch) {
	for c.tip.Header.Epoch <= e {
		c.block()
	}
}

// serve answers as a node does what a watchtower reads.
func (c *watchChain) serve(w http.ResponseWriter, r *http.Request) {
	var raw json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
		c.t.Error(err)
	}
	type question struct {
		ID     int
		Method string
		Params struct {
			At uint64
		}
	}
	answer := func(q question) json.RawMessage {
		c.asked[q.Method]++
		var v any
		switch q.Method {
		case "chain_status":
			v = map[string]any{"genesis": c.x.Chain().Genesis, "finalized": rpcPoint{Height: types.Height(len(c.blocks))}}
		case "chain_getBlock":
			b := c.blocks[q.Params.At-1]
			v = map[string]any{"at": rpcPoint{}, "value": map[string]any{
				"header": b.Header, "signature": b.Signature, "txs": b.Body.Txs, "votes": b.Body.Votes, "views": b.Body.Views,
			}}
		default:
			return json.RawMessage(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"error":{"code":-32601,"message":"no method"}}`, q.ID))
		}
		out, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": q.ID, "result": v})
		if err != nil {
			c.t.Error(err)
		}
		return out
	}
	var list []question
	var out any
	if json.Unmarshal(raw, &list) == nil {
		answers := []json.RawMessage{}
		for _, q := range list {
			answers = append(answers, answer(q))
		}
		out = answers
	} else {
		var q question
		if err := json.Unmarshal(raw, &q); err != nil {
			c.t.Error(err)
		}
		out = answer(q)
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		c.t.Error(err)
	}
}

// tower is a watchtower that follows the chain: of a member, or an observer.
func (c *watchChain) tower(member string, flags ...string) *tower {
	c.t.Helper()
	w := &watchFlags{watchtower: ownWatchtower, treegen: ownTreegen, duties: flags, observe: true, home: &c.home, rpc: &c.node.URL}
	t, err := w.tower(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if member != "" {
		key := watchKey(member)
		t.key = &key
	}
	if err := t.rerun.follow(c.t.Context(), &streams{err: &bytes.Buffer{}}, t.client); err != nil {
		c.t.Fatal(err)
	}
	return t
}

// open are the tasks that are open.
func (c *watchChain) open(t *tower) []oracle.Task {
	c.t.Helper()
	list, err := ask[[]oracle.Task](t.rerun, t.rerun.tip, "oracle", "tasks", map[string]any{"open": true, "limit": 1000})
	if err != nil {
		c.t.Fatal(err)
	}
	return list
}

func watchRun(t *testing.T, args ...string) (out, notes string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	s := &streams{in: strings.NewReader(""), out: &o, err: &e}
	code = run(t.Context(), append([]string{"watch"}, args...), s)
	return o.String(), e.String(), code
}

// demoRepo is a repository with a merge, and its head.
func demoRepo(t *testing.T) (dir string, head contrib.ID) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "demo.git")
	m := fixture.New()
	first := m.Commit(fixture.Commit{Author: "Ada <ada@example.org>", Files: map[string]string{"a.go": "package a\n\nvar A = 1\n", "x.md": "one\n"}})
	side := m.Commit(fixture.Commit{Author: "Bob <bob@example.org>", Parents: []contrib.ID{first}, Files: map[string]string{"b.go": "package a\n", "vendor/v.go": "package v\n"}})
	head = m.Commit(fixture.Commit{Author: "Ada <ada@example.org>", Parents: []contrib.ID{first, side}, Files: map[string]string{
		"a.go": "package a\n\nvar A = 1\n", "x.md": "one\n", "b.go": "package a\n", "vendor/v.go": "package v\n"}})
	away := m.Commit(fixture.Commit{Author: "Eve <eve@example.org>", Parents: []contrib.ID{head}, Files: map[string]string{"e.go": "package e\n"}})
	m.Branch("main", head)
	m.Branch("away", away)
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir, head
}

// Goal: an observer computes every answer and submits nothing. Method: a
// counting, a state and salaries are asked for; the command runs once against a
// node that counts calls, and its hashes are compared with the chain's root, and
// with the tree made of points written down here.
func TestOF15_ObserveSubmitsNothing(t *testing.T) {
	c := newWatchChain(t)
	repo, head := demoRepo(t)
	c.block(c.send("a", "contribution", "trigger", contribution.Trigger{Repo: "demo", Commit: head[:]}))
	c.idle(0)
	trees := filepath.Join(t.TempDir(), "trees")
	out, notes, code := watchRun(t, "run", "--home", c.home, "--rpc", c.node.URL, "--observe", "--once", "--json", "--cache", "",
		"--duty", "contribution,state,salary", "--repo", "demo="+repo, "--publish", trees)
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	got := map[oracle.Kind]watchAnswer{}
	for line := range strings.Lines(out) {
		var a watchAnswer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		got[a.Kind] = a
	}
	if len(got) != 3 {
		t.Fatalf("answers %s", out)
	}
	if want := oracle.StateHash(0, c.blocks[7].Header.StateRoot); got[oracle.State].Hash != want {
		t.Errorf("state %s, want %s", got[oracle.State].Hash, want)
	}
	// Ada: 2 lines of code, and a line of text at half of its half; Bob: 1.
	points := contribution.Count(got[oracle.Contribution].Subject, 1, []contribution.Leaf{
		{Identity: "git:ada@example.org", Micropoints: 2_250_000}, {Identity: "git:bob@example.org", Micropoints: 1_000_000},
	})
	if want := points.Manifest.Hash(); got[oracle.Contribution].Hash != want {
		t.Errorf("contribution %s, want %s", got[oracle.Contribution].Hash, want)
	}
	for k, a := range got {
		if a.Submitted {
			t.Errorf("%s was submitted", k)
		}
		if k == oracle.State {
			continue
		}
		if tree, err := readTree(a.Tree); err != nil || tree.Manifest.Hash() != a.Hash {
			t.Errorf("%s: tree %s: %v", k, a.Tree, err)
		}
	}
	for method := range c.asked {
		if method != "chain_status" && method != "chain_getBlock" {
			t.Errorf("the node was asked %s", method)
		}
	}
}

// Goal: the tree of salaries is made from the published layout of the state and
// the payments alone, by code of its own, and says what the law pays. Method:
// payments by claims, and by guards for accounts without money; every leaf
// against the sums that package rep and the accounts' balances give, for one
// epoch and for two together.
func TestO3_TreegenOfItsOwn(t *testing.T) {
	c := newWatchChain(t)
	earned := map[string]types.Amount{}
	at := func(name string) types.Amount { return rep.Salary(c.tip.State, watchAddress(name)) }
	c.block()
	c.block(c.send("b", "rep", "claim", rep.ClaimMsg{}))
	rest := bank.Balance(c.tip.State, watchAddress("a")).Sub(types.Whole(9)) // below feeMax: the guard pays next
	c.block(c.send("a", "bank", "send", bank.Send{To: watchAddress("c"), Amount: rest.Sub(types.NewAmount(1_000_000))}))
	refused := bank.Send{To: watchAddress("c"), Amount: types.Whole(1 << 40)}
	c.block(c.send("a", "bank", "send", refused)) // fails, and keeps what its guard paid
	c.idle(0)
	tower := c.tower("", "salary")
	first, ok := tower.rerun.end(0)
	if !ok {
		t.Fatal("epoch 0 is not remembered")
	}
	for _, name := range []string{"a", "b", "c"} {
		of := earner{watchAddress(name), rep.WREP}
		if got := first.Due[of]; tower.rerun.tip.Header.Height == 8 && got != at(name) {
			t.Errorf("%s is due %s, want %s", name, got, at(name))
		}
		earned[name] = first.Due[of].Add(first.Paid[of])
	}
	// All earn in proportion to their REP, whoever was paid: 5000, 6111, 7222.
	one := earned["a"].Int().Float64() / 5000
	for name, whole := range map[string]float64{"b": 6111, "c": 7222} {
		if per := earned[name].Int().Float64() / whole; per/one < 0.999999 || per/one > 1.000001 {
			t.Errorf("%s earned %v for each REP, a %v", name, per, one)
		}
	}
	if len(first.Paid) != 2 {
		t.Errorf("paid %v, want a by a guard and b by a claim", first.Paid)
	}
	c.idle(1)
	tower = c.tower("", "salary")
	for _, span := range [][2]types.Epoch{{0, 0}, {1, 1}, {0, 1}} {
		tree, err := tower.rerun.salary(span[0], span[1])
		if err != nil {
			t.Fatal(err)
		}
		leaves, err := leavesOf(tree)
		if err != nil || len(leaves) != 3 || tree.Manifest.From != uint64(span[0]) {
			t.Errorf("epochs %v: %v, %v", span, leaves, err)
		}
	}
	total := func(from, to types.Epoch) uint64 {
		tree, err := tower.rerun.salary(from, to)
		if err != nil {
			t.Fatal(err)
		}
		return tree.Manifest.Total
	}
	if a, b, both := total(0, 0), total(1, 1), total(0, 1); both != a+b || a == 0 || b == 0 {
		t.Errorf("%d and %d, together %d", a, b, both)
	}
	if _, err := tower.rerun.salary(1, 2); err == nil {
		t.Error("a tree of an epoch that has not ended")
	}
}

// Goal: a member with a watchtower of its own runs the stock treegen. Method: c
// declared another watchtower and this treegen: salaries are answered under the
// treegen's name, states are left to the other program.
func TestO4_OtherWatchtowerStockTreegen(t *testing.T) {
	c := newWatchChain(t)
	c.idle(0)
	tower := c.tower("c", "state", "salary")
	for _, task := range c.open(tower) {
		name, open, err := tower.seat(&task)
		switch task.Kind {
		case oracle.Salary:
			if err != nil || !open || name != ownTreegen {
				t.Errorf("salary: %q %v %v", name, open, err)
			}
		case oracle.State:
			if !errors.Is(err, errDeclared) || open || !strings.Contains(err.Error(), "another") {
				t.Errorf("state: %q %v %v", name, open, err)
			}
		}
	}
}

// Goal: watchtower and treegen are taken one without the other. Method: every
// set of duties, and the kinds that it answers; then each duty once more with its
// hash made by a program in another language, which comes to the same.
func TestO5_DutiesAreIndependent(t *testing.T) {
	c := newWatchChain(t)
	c.idle(0)
	for _, set := range [][]string{{"state"}, {"salary"}, {"state", "salary"}} {
		out, notes, code := watchRun(t, "run", "--home", c.home, "--rpc", c.node.URL, "--observe", "--once", "--duty", strings.Join(set, ","))
		if code != exitDone || strings.Count(out, "observed") != len(set) {
			t.Errorf("%v: exit code %d: %s%s", set, code, out, notes)
		}
		for _, kind := range set {
			if !strings.Contains(out, "observed "+kind+" 0 0x") {
				t.Errorf("%v: %s", set, out)
			}
		}
	}
	if _, err := osexec.LookPath("python3"); err != nil {
		t.Skip("python3 is not installed: ", err)
	}
	other := "python3 ../../docs/spec/examples/treegen.py"
	flags := []string{"run", "--home", c.home, "--rpc", c.node.URL, "--observe", "--once"}
	own, _, _ := watchRun(t, flags...)
	for _, set := range [][]string{{"--treegen-program", other}, {"--watchtower-program", other}, {"--treegen-program", other, "--watchtower-program", other}} {
		if out, notes, code := watchRun(t, append(flags, set...)...); code != exitDone || out != own || notes != "" {
			t.Errorf("%v: exit code %d: %s%s, want %s", set, code, out, notes, own)
		}
	}
	for program, want := range map[string]string{"cat": "no hash", "false": "no answer", "/nowhere": "does not start"} {
		if _, notes, code := watchRun(t, append(flags, "--treegen-program", program)...); code != exitFailed || !strings.Contains(notes, want) {
			t.Errorf("%s: exit code %d: %s", program, code, notes)
		}
	}
}

// Goal: a program that comes to another hash is heard, and the difference is
// told. Method: one that always says the same.
func TestWatchTellsWhatAnotherProgramSays(t *testing.T) {
	c := newWatchChain(t)
	c.idle(0)
	lie := keys.Sum([]byte("lie")).String()
	path := filepath.Join(t.TempDir(), "liar")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nread line\necho '{\"id\":1,\"out\":{\"hash\":\""+lie+"\"}}'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	out, notes, code := watchRun(t, "run", "--home", c.home, "--rpc", c.node.URL, "--observe", "--once", "--duty", "salary", "--treegen-program", path)
	if code != exitDone || !strings.Contains(out, lie) || !strings.Contains(notes, "makes "+lie+" of salary.tree, this program 0x") {
		t.Errorf("exit code %d: %s%s", code, out, notes)
	}
}

// Goal: the duties are specified, by version. Method: the ruleset of every task
// stands in the table of the specification.
func TestO2_DutiesAreSpecified(t *testing.T) {
	page, err := os.ReadFile("../../docs/spec/oracle.md")
	if err != nil {
		t.Fatal(err)
	}
	c := newWatchChain(t)
	_, head := demoRepo(t)
	c.block(c.send("a", "contribution", "trigger", contribution.Trigger{Repo: "demo", Commit: head[:]}))
	c.idle(0)
	seen := 0
	for _, task := range c.open(c.tower("", "state")) {
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %d \| %s \| %s \|`, task.Kind, task.Kind, regexp.QuoteMeta(task.Ruleset)))
		if !row.Match(page) {
			t.Errorf("%s by %s is not in docs/spec/oracle.md", task.Kind, task.Ruleset)
		}
		seen++
	}
	if seen != 3 {
		t.Errorf("%d tasks", seen)
	}
}

// Goal: a block that breaks the law ends the run, and both values are named.
// Method: a header with another state root.
func TestWatchNamesAFalseBlock(t *testing.T) {
	c := newWatchChain(t)
	c.idle(0)
	b := *c.blocks[4]
	b.Header.StateRoot = keys.Sum([]byte("false"))
	c.blocks[4] = &b
	_, notes, code := watchRun(t, "run", "--home", c.home, "--rpc", c.node.URL, "--observe")
	if code != exitFailed || !strings.Contains(notes, "block 5, stateRoot") || !strings.Contains(notes, b.Header.StateRoot.String()[:10]) {
		t.Errorf("exit code %d: %s", code, notes)
	}
}

// Goal: a commit that the mirror does not have is waited for, then answered as
// absent; one that is not on the branch likewise, nor one at which the branch never
// stood, because a merge brought it in beside, whatever another program counts.
// Method: the same counting early and late.
func TestWatchWaitsForACommit(t *testing.T) {
	repo, _ := demoRepo(t)
	for name, commit := range map[string]string{"absent": strings.Repeat("ab", 20), "away": "away", "beside": "main^2"} {
		c := newWatchChain(t)
		var id contrib.ID
		if r, err := contrib.Open(repo); err != nil {
			t.Fatal(err)
		} else if id, _ = contrib.ParseID(commit); name != "absent" {
			if id, err = r.Resolve("refs/heads/" + commit); err != nil {
				t.Fatal(err)
			}
		}
		c.block(c.send("a", "contribution", "trigger", contribution.Trigger{Repo: "demo", Commit: id[:]}))
		tower := c.tower("", "state")
		tower.repos["demo"] = repo
		task := c.open(tower)[0]
		s := &streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}}
		if _, _, err := tower.points(t.Context(), s, &task); err == nil || !strings.Contains(err.Error(), "not yet") {
			t.Errorf("%s, early: %v", name, err)
		}
		task.Opened -= 2 * (task.Deadline - task.Opened) // half of the time is over
		_, tree, err := tower.points(t.Context(), s, &task)
		if err != nil || tree.Manifest.Count != 0 {
			t.Errorf("%s, late: %+v %v", name, tree, err)
		}
	}
}

// Goal: another program's count is what is submitted and published, and where it
// differs the first leaf is told; one that contradicts itself is not believed,
// and one that counts no repositories makes the tree of this count. Method: programs
// that always say the same.
func TestWatchTakesAnothersCount(t *testing.T) {
	repo, head := demoRepo(t)
	c := newWatchChain(t)
	c.block(c.send("a", "contribution", "trigger", contribution.Trigger{Repo: "demo", Commit: head[:]}))
	tower := c.tower("", "state")
	tower.repos["demo"] = repo
	task := c.open(tower)[0]
	ask := func(answer string) (keys.Hash, *contribution.Tree, string, error) {
		path := filepath.Join(t.TempDir(), "program")
		if answer != "" {
			if err := os.WriteFile(path, []byte("#!/bin/sh\nread line\necho '"+answer+"'\n"), 0o700); err != nil {
				t.Fatal(err)
			}
			tower.flags.towerProgram = path
		}
		notes := &bytes.Buffer{}
		hash, tree, err := tower.points(t.Context(), &streams{out: &bytes.Buffer{}, err: notes}, &task)
		return hash, tree, notes.String(), err
	}
	hash, own, notes, err := ask("")
	if err != nil || notes != "" || own.Manifest.Count != 2 {
		t.Fatalf("%v, %s", err, notes)
	}
	lie := contribution.Count(task.Subject, own.Manifest.From, []contribution.Leaf{{Identity: "git:mallory@example.org", Micropoints: 5}})
	leaves := `"leaves":[{"identity":"git:mallory@example.org","lines":1,"micropoints":5,"addresses":[]}]`
	got, tree, notes, err := ask(fmt.Sprintf(`{"id":1,"out":{"hash":"%s",%s}}`, lie.Manifest.Hash(), leaves))
	if err != nil || got != lie.Manifest.Hash() || tree.Manifest != lie.Manifest || !strings.Contains(notes, "differ in leaf 0: git:mallory@example.org 5") {
		t.Errorf("%s, %v, %s, %v", got, tree, notes, err)
	}
	if _, _, _, err := ask(fmt.Sprintf(`{"id":1,"out":{"hash":"%s",%s}}`, hash, leaves)); err == nil || !strings.Contains(err.Error(), "do not make its hash") {
		t.Errorf("a hash of other leaves: %v", err)
	}
	if _, _, _, err := ask(`{"id":1,"out":{"absent":true}}`); !errors.Is(err, errLater) {
		t.Errorf("absent: %v", err)
	}
	if _, _, _, err := ask(`{"id":1,"error":"it is damaged"}`); err == nil || !strings.Contains(err.Error(), "it is damaged") {
		t.Errorf("refused: %v", err)
	}
	tower.flags.towerProgram = "python3 ../../docs/spec/examples/treegen.py"
	if _, err := osexec.LookPath("python3"); err != nil {
		t.Skip("python3 is not installed: ", err)
	}
	if got, tree, notes, err := ask(""); err != nil || notes != "" || got != hash || tree.Manifest != own.Manifest {
		t.Errorf("the tree alone: %s, %s, %v", got, notes, err)
	}
}

// Goal: the audit names who lied, who came late, who was silent, who runs an old
// version, and nobody else. Method: four members and five tasks written down.
func TestWatchAudit(t *testing.T) {
	names := []string{"good", "liar", "late", "old"}
	var members []oracle.Member
	for _, n := range names {
		members = append(members, oracle.Member{Address: watchAddress(n), Healthy: true})
	}
	truth, lie := keys.Sum([]byte("truth")), keys.Sum([]byte("lie"))
	say := func(n string, h keys.Hash, version string, st oracle.Status) oracle.Submission {
		return oracle.Submission{Member: watchAddress(n), Hash: h, Implementation: "p", Version: version, Status: st}
	}
	// What the route answers, as JSON carries it.
	var task watchTask
	raw, err := json.Marshal(oracle.Task{Kind: oracle.State, Standing: oracle.Agreed, Hash: &truth, Deadline: 100, Submissions: []oracle.Submission{
		say("good", truth, "v1.10.0", oracle.Counted), say("liar", lie, "v1.10.0", oracle.Counted),
		say("late", truth, "v99", oracle.Late), say("old", truth, "v1.9.3", oracle.Counted),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &task); err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		task.Seats = append(task.Seats, struct {
			Member keys.Address `json:"member"`
		}{watchAddress(n)})
	}
	silent := task
	silent.Submissions = task.Submissions[:1]
	young := silent
	young.Deadline = 300
	open := task // nobody knows yet who is right: three of four say the same
	open.Hash = nil
	split := open
	split.Submissions = task.Submissions[:2]
	got := map[keys.Address]auditRow{}
	a := judge(members, []watchTask{task, silent, young, open}, 200)
	for _, r := range a.Rows {
		got[r.Member] = r
	}
	for n, want := range map[string]auditRow{
		"good": {Tasks: 4, Seen: 4},
		"liar": {Tasks: 3, Seen: 2, Missed: 1, Disagreed: 2},
		"late": {Tasks: 3, Late: 2, Missed: 1},
		"old":  {Tasks: 3, Seen: 2, Missed: 1, Outdated: 2},
	} {
		r := got[watchAddress(n)]
		want.Member, want.Duty, want.Healthy = watchAddress(n), oracle.State, true
		if r != want {
			t.Errorf("%s: %+v, want %+v", n, r, want)
		}
	}
	if len(a.Disagreements) != 2 || a.Disagreements[0].Member != watchAddress("liar") || a.Disagreements[0].Others != truth {
		t.Errorf("disagreements %+v", a.Disagreements)
	}
	if err := a.verdict(); err == nil || strings.Contains(err.Error(), watchAddress("good").String()) || !strings.Contains(err.Error(), "silent, disagreed") {
		t.Errorf("verdict %v", err)
	}
	if a := judge(members[:2], []watchTask{split}, 50); len(a.Disagreements) != 0 {
		t.Errorf("one against one: %+v", a.Disagreements)
	}
}

// Goal: two trees are told apart by their first differing leaf. Method: one leaf
// changed, one missing, the same tree.
func TestWatchDiff(t *testing.T) {
	dir := t.TempDir()
	file := func(leaves ...contribution.Leaf) string {
		tree := contribution.Count(keys.Sum([]byte("s")), 1, leaves)
		path, err := writeTree(dir, &tree)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	ada, bob := contribution.Leaf{Identity: "git:ada@x.org", Micropoints: 5}, contribution.Leaf{Identity: "git:bob@x.org", Micropoints: 7}
	more := bob
	more.Micropoints++
	a := file(ada, bob)
	for want, other := range map[string]string{
		"leaf 1\n  git:bob@x.org 7 []\n  git:bob@x.org 8 []\n": file(ada, more),
		"leaf 1\n  git:bob@x.org 7 []\n  none\n":               file(ada),
	} {
		if out, notes, code := watchRun(t, "diff", a, other); code != exitFailed || out != want {
			t.Errorf("exit code %d: %s%s, want %s", code, out, notes, want)
		}
	}
	if out, notes, code := watchRun(t, "diff", a, a); code != exitDone || out != "" {
		t.Errorf("the same tree: exit code %d: %s%s", code, out, notes)
	}
	if err := os.WriteFile(a, []byte{0x80}, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, code := watchRun(t, "diff", a, a); code != exitFailed {
		t.Errorf("not a tree: exit code %d", code)
	}
}

// Goal: versions are ordered by number, and a build without one is neither older
// nor newer than another. Method: pairs.
func TestCompareVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"v1.9.3", "v1.10.0", -1}, {"1.2", "v1.2", 0}, {"v1.2", "v1.2.1", -1}, {"dev", "dev+abc", 0}, {"", "v1", 0}, {"dev", "v1", 0}, {"v1.2-rc1", "v1.2", 0}} {
		if got := compareVersions(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
