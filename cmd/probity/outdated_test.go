package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	law "probity/chain/exec"
)

// Goal: software that is too old for the chain says in one line what to install,
// and exits with 78. Method: the error as a node returns it.
func TestOutdatedExits78(t *testing.T) {
	var out bytes.Buffer
	s := standard()
	s.err = &out
	err := fmt.Errorf("halted: %w", &law.Outdated{Protocol: 2, From: 65, Known: 1})
	if code := report(context.Background(), s, err); code != exitOutdated || exitOutdated != 78 {
		t.Errorf("exit code %d", code)
	}
	line := out.String()
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, "install a release that knows protocol 2") || !strings.Contains(line, "height 65") {
		t.Errorf("it says %q", line)
	}
}

// Goal: a program can be linked as one of another protocol, which is how a test
// of upgrades gets its old and its new software. Method: link it as protocol 7
// and ask it.
func TestProtocolIsLinked(t *testing.T) {
	if testing.Short() {
		t.Skip("links a program")
	}
	beside(t, workTrack)
	program := filepath.Join(t.TempDir(), "probity7")
	build := exec.Command("go", "build", "-ldflags", "-s -w -X probity/chain/exec.protocol=7", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command(program, "version", "--json").Output()
	var b buildInfo
	if err != nil || json.Unmarshal(out, &b) != nil || b.Protocol != 7 {
		t.Errorf("%v: %s", err, out)
	}
}
