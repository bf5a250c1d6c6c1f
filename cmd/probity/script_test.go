package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// Goal: the commands do what their help says, and every refusal is one line
// with the right exit code. Method: scripts with real files and the real
// command line.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(scriptPatience),
		Setup: func(e *testscript.Env) error {
			onTrack(e, workTrack)
			e.Setenv("PROBITY_PASSPHRASE", "a test")
			e.Setenv("HOME", e.WorkDir)
			for _, name := range []string{"RPC", "OPS", "P2P"} {
				addr, err := freeAddress()
				if err != nil {
					return err
				}
				e.Setenv(name, addr)
			}
			_, port, err := net.SplitHostPort(e.Getenv("P2P"))
			e.Setenv("MULTI", "/ip4/127.0.0.1/tcp/"+port)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "soon": soon, "spoil": spoil},
	})
}

// scriptPatience ends scripts with a command that hangs; they wait for one another.
const scriptPatience = 15 * time.Minute

// freeAddress is an address on loopback that nobody listens at.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// soon repeats a command until it succeeds: soon probity query bank supply.
func soon(ts *testscript.TestScript, _ bool, args []string) {
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = ts.Exec(args[0], args[1:]...); err == nil {
			return
		}
	}
	ts.Fatalf("%v", err)
}

// exits runs a command and compares its exit code: exits 2 probity nonsense.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// spoil overwrites every file that matches a pattern: spoil h/data/MANIFEST-*.
func spoil(ts *testscript.TestScript, _ bool, args []string) {
	paths, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(paths) == 0 {
		ts.Fatalf("no file matches %s", args[0])
	}
	for _, p := range paths {
		ts.Check(os.WriteFile(p, []byte("not what was written"), 0o600))
	}
}
