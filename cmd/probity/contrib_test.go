package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"probity/chain/keys"
	"probity/node/contrib"
	"probity/node/contrib/fixture"
)

// contribRun performs one contrib command and gives what it printed and its
// exit code.
func contribRun(t *testing.T, args ...string) (out, notes string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	s := &streams{in: strings.NewReader(""), out: &o, err: &e}
	root := build([]command{{Name: "contrib", Sub: contribCommands()}}, s)
	root.SetArgs(append([]string{"contrib"}, args...))
	code = report(t.Context(), s, root.ExecuteContext(t.Context()))
	return o.String(), e.String(), code
}

// contribRepo is a repository with two linked authors and a feature.
func contribRepo(t *testing.T) (dir, feature string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "repo.git")
	m := fixture.New()
	row := func(email string, n byte) string {
		return contrib.SignLink(keys.Hash{}, email, keys.FromSeed([32]byte{n})) + "\n"
	}
	first := m.Commit(fixture.Commit{Author: "Ada <ada@example.org>", Files: map[string]string{"a.go": "package a\n\n// c\nvar A = 1\n", "daoContributors.txt": row("ada@example.org", 1)}})
	second := m.Commit(fixture.Commit{Author: "Bob <bob@example.org>", Parents: []contrib.ID{first}, Files: map[string]string{"b.md": "x\n",
		"daoContributors.txt": row("ada@example.org", 1) + row("bob@example.org", 2)}})
	next := m.Commit(fixture.Commit{Author: "Bob <bob@example.org>", Parents: []contrib.ID{second}, Files: map[string]string{"c.md": "x\n"}})
	m.Branch("main", second)
	m.Branch("feature", next)
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir, next.String()
}

// Goal: contrib points prints two tables or one object, the same with and
// without a cache. Method: a repository of two authors.
func TestContribPoints(t *testing.T) {
	dir, _ := contribRepo(t)
	cache := t.TempDir()
	var first string
	for _, c := range []string{"", cache, cache} {
		out, notes, code := contribRun(t, "points", dir, "--cache", c)
		if code != exitDone || !strings.Contains(out, "Ada <ada@example.org>      3     2.5    83.33") {
			t.Fatalf("exit code %d: %s%s", code, out, notes)
		}
		if first == "" {
			first = out
		}
		if out != first {
			t.Errorf("with cache %q:\n%s\nwant:\n%s", c, out, first)
		}
	}
	out, _, code := contribRun(t, "points", dir, "--json", "--cache", "", "--exclude", "*.md")
	var got struct {
		Commit  string
		Authors []struct{ Author, Points, Share string }
		Linked  []struct{ Author, Address, Share, Claimed string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitDone {
		t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	if len(got.Commit) != 40 || len(got.Authors) != 1 || got.Authors[0].Share != "100.00" || len(got.Linked) != 1 || got.Linked[0].Claimed != "100.00" {
		t.Errorf("object %s", out)
	}
	for _, bad := range []struct {
		code int
		args []string
	}{
		{exitFailed, []string{"points", t.TempDir()}},
		{exitFailed, []string{"points", dir, "--rev", "nothing"}},
		{exitUsage, []string{"points", dir, "--multiply", "x"}},
		{exitUsage, []string{"points", dir, "--genesis", "0x1"}},
		{exitUsage, []string{"points"}},
	} {
		if _, notes, code := contribRun(t, bad.args...); code != bad.code || strings.Count(notes, "\n") != 1 {
			t.Errorf("%q: exit code %d, want %d: %s", bad.args, code, bad.code, notes)
		}
	}
}

// Goal: contrib links lists the register, and the address of who has none.
// Method: the same repository.
func TestContribLinks(t *testing.T) {
	dir, _ := contribRepo(t)
	out, _, code := contribRun(t, "links", dir, "--cache", "")
	if code != exitDone || strings.Count(out, "verified") != 2 {
		t.Errorf("exit code %d: %s", code, out)
	}
	out, _, code = contribRun(t, "links", dir, "--identity", "Ada@Example.org")
	if want := contrib.IdentityOf("ada@example.org").Account().String(); code != exitDone || !strings.Contains(out, want) {
		t.Errorf("exit code %d: %s, want %s", code, out, want)
	}
}

// Goal: contrib gate exits 0 if the merge may happen and 1 if not. Method: the
// approvals of each author for a feature, and approvals of an older head.
func TestContribGate(t *testing.T) {
	dir, feature := contribRepo(t)
	work := t.TempDir()
	write := func(name string, v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(work, name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	address := func(n byte) string { return keys.FromSeed([32]byte{n}).Public().Address().String() }
	shares := write("shares.json", map[string]any{"height": "7", "time": 1000, "balances": map[string]string{address(1): "70", address(2): "30"}})
	for _, c := range []struct {
		head, author, approver, required string
		code                             int
	}{
		{feature, "bob@example.org", "ada@example.org", "70", exitDone},
		{feature, "bob@example.org", "ada@example.org", "70.0001", exitFailed},
		{feature, "bob@example.org", "bob@example.org", "10", exitFailed},
		{strings.Repeat("0", 40), "bob@example.org", "ada@example.org", "10", exitFailed},
	} {
		approvals := write("approvals.json", map[string]any{"head": c.head, "height": 7, "author": c.author, "approvers": []string{c.approver}})
		out, notes, code := contribRun(t, "gate", dir, "--branch", "main", "--head", "feature", "--approvals", approvals,
			"--shares", shares, "--required", c.required, "--now", "2000", "--cache", "", "--json")
		if code != c.code || !strings.Contains(out, fmt.Sprintf(`"allowed":%v`, c.code == exitDone)) {
			t.Errorf("%+v: exit code %d: %s%s", c, code, out, notes)
		}
	}
	if _, notes, code := contribRun(t, "gate", dir, "--branch", "main"); code != exitUsage {
		t.Errorf("without approvals: exit code %d: %s", code, notes)
	}
}

// Goal: contrib gate --rpc has the chain weigh, and judges head and age itself.
// Method: a node that answers as the contribution route does.
func TestContribGateByChain(t *testing.T) {
	dir, feature := contribRepo(t)
	var asked map[string]any
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Method string
			Params map[string]any
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		answer := `{"at":{},"value":{"header":{"height":7,"time":1000}}}`
		if q.Method == "contribution_gate" {
			asked = q.Params
			answer = `{"at":{},"value":{"open":true,"requiredPpm":500000,"approvingPpm":700000,"amount":"7","total":"10","unknown":[]}}`
			if q.Params["branch"] == "feature" {
				answer = `{"at":{},"value":null}`
			}
		}
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":0,"result":%s}`, answer)
	}))
	defer node.Close()
	approvals := filepath.Join(t.TempDir(), "approvals.json")
	if err := os.WriteFile(approvals, []byte(`{"head":"`+feature+`","height":7,"author":"bob@example.org","approvers":["ADA@example.org"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	gate := func(branch, now string) (string, int) {
		out, notes, code := contribRun(t, "gate", dir, "--branch", branch, "--head", feature, "--approvals", approvals, "--rpc", node.URL, "--repo", "r", "--now", now, "--json")
		return out + notes, code
	}
	if out, code := gate("main", "2000"); code != exitDone || !strings.Contains(out, `"approving":"70.00"`) {
		t.Errorf("exit code %d: %s", code, out)
	}
	want := map[string]any{"repo": "r", "branch": "main", "author": "git:bob@example.org", "approvers": []any{"git:ada@example.org"}, "at": 7.0}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("the chain was asked %v, want %v", asked, want)
	}
	if out, code := gate("main", "604801001"); code != exitFailed || !strings.Contains(out, "7 days") {
		t.Errorf("an old height: exit code %d: %s", code, out)
	}
	if out, code := gate("feature", "2000"); code != exitFailed || !strings.Contains(out, "requires nothing") {
		t.Errorf("a branch without a requirement: exit code %d: %s", code, out)
	}
}

// Goal: contrib pac reproduces the published example, and the least mint.
// Method: 40 and 60 of 100 towards 45 and 55.
func TestContribPac(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pac.json")
	input := `{"owners":[{"owner":"bob","minted":"40","points":"45"},{"owner":"alice","minted":"60","points":"55"}]}`
	if err := os.WriteFile(path, []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]string{"published": `"total_after":"133.333333`, "minimal": `"total_after":"109.0909`} {
		out, notes, code := contribRun(t, "pac", path, "--mode", mode, "--json")
		if code != exitDone || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d: %s%s", mode, code, out, notes)
		}
	}
	if _, _, code := contribRun(t, "pac", path, "--mode", "nonsense"); code != exitFailed {
		t.Errorf("an unknown mode: exit code %d", code)
	}
}

// Goal: contrib sign makes a line that counts. Method: a home's key, a
// repository with that line, and one with it under another author.
func TestContribSign(t *testing.T) {
	t.Setenv("PROBITY_PASSPHRASE", "a test")
	h := filepath.Join(t.TempDir(), "h")
	var sink bytes.Buffer
	if code := run(t.Context(), []string{"init", "--home", h, "--work", "10"}, &streams{in: strings.NewReader(""), out: &sink, err: &sink}); code != exitDone {
		t.Fatalf("init: %s", sink.String())
	}
	line, notes, code := contribRun(t, "sign", "ada@example.org", "--home", h)
	if code != exitDone {
		t.Fatalf("exit code %d: %s", code, notes)
	}
	for who, want := range map[string]string{"Ada <ada@example.org>": "verified", "Bob <bob@example.org>": "not-own"} {
		m := fixture.New()
		m.Commit(fixture.Commit{Author: who, Files: map[string]string{"a.go": "package a\n", "daoContributors.txt": line}})
		dir := filepath.Join(t.TempDir(), "repo.git")
		if err := m.Write(dir); err != nil {
			t.Fatal(err)
		}
		if out, _, _ := contribRun(t, "links", dir, "--cache", ""); !strings.HasPrefix(out, want) {
			t.Errorf("%s: %s, want %s", who, out, want)
		}
	}
	if _, _, code := contribRun(t, "sign", "no address", "--home", h); code != exitUsage {
		t.Errorf("no e-mail address: exit code %d", code)
	}
}

// Goal: the hook that the scripts run is the one that people copy from the
// documents. Method: the bytes of both.
func TestContribHookIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/contributions.md")
	if err != nil {
		t.Fatal(err)
	}
	a, err := txtar.ParseFile("testdata/script/contrib.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		if f.Name == "pre-receive" && strings.Contains(string(page), "```sh\n"+string(f.Data)+"```") {
			return
		}
	}
	t.Error("docs/contributions.md has another pre-receive hook than testdata/script/contrib.txtar")
}
