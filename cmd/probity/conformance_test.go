package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// judged runs probity conformance run on a command.
func judged(t *testing.T, args ...string) (code int, out, log string) {
	t.Helper()
	var o, e bytes.Buffer
	line := append([]string{"conformance", "run", "--vectors", filepath.Join("..", "..", "docs", "spec", "vectors")}, args...)
	code = run(context.Background(), line, &streams{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

// Goal: the runner tells an implementation that is right from one that is wrong,
// lies, is silent or is not there. Method: the watchtower, answering all; the Python
// page of trees, in part; and small commands.
func TestConformanceRun(t *testing.T) {
	beside(t, workTrack)
	tower := filepath.Join(t.TempDir(), "watchtower")
	if out, err := exec.Command("go", "build", "-o", tower, "probity/cmd/watchtower").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	code, out, log := judged(t, "--all", "--json", "--", tower, "serve")
	var got judgement
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitDone {
		t.Fatalf("code %d, %v: %s %s", code, err, out, log)
	}
	if blocks := got.Ops["chain.block"]; blocks == nil || blocks.Right < 50 || blocks.Wrong != 0 {
		t.Errorf("%+v", blocks)
	}
	if python, err := exec.LookPath("python3"); err == nil {
		page := filepath.Join("..", "..", "docs", "spec", "examples", "treegen.py")
		if code, out, log := judged(t, "--", python, page); code != exitDone || !strings.Contains(out, "salary.tree") {
			t.Errorf("code %d: %s %s", code, out, log)
		}
		if code, _, log := judged(t, "--all", "--", python, page); code != exitFailed || !strings.Contains(log, "have no answer") {
			t.Errorf("--all: code %d: %s", code, log)
		}
		liar := filepath.Join(t.TempDir(), "liar.py")
		text := "import json,sys\nfor l in sys.stdin:\n  print(json.dumps({'id':json.loads(l)['id'],'out':{'hash':'0x00'}}),flush=True)\n"
		if err := os.WriteFile(liar, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, log := judged(t, "--", python, liar); code != exitFailed || !strings.Contains(log, "are wrong") || !strings.Contains(out, "values.jsonl:1: hash is 0x00") {
			t.Errorf("a liar: code %d: %s %s", code, out, log)
		}
	}
	for _, c := range []struct{ cmd, want string }{{"true", "question"}, {"/no/such/command", "can be run"}, {"cat", "are wrong"}} {
		if code, _, log := judged(t, "--", c.cmd); code != exitFailed && code != exitUsage || !strings.Contains(log, c.want) && c.cmd != "true" {
			t.Errorf("%s: code %d: %s", c.cmd, code, log)
		}
	}
}
