package main

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain installs this program under its name. What takes more than a second runs
// beside other such tests, each on its track; testing's own limit, one test for each
// processor, would let the machine wait with those that wait for their nodes.
func TestMain(m *testing.M) {
	if f := flag.Lookup("test.parallel"); f != nil {
		_ = f.Value.Set("1000") // the command line is read later and counts more
	}
	testscript.Main(m, map[string]func(){"probity": func() { os.Exit(probity()) }})
}

// track bounds how many tests of a kind run at once.
type track chan struct{}

var (
	// networkTrack is for those that have a network for a minute or more: half a
	// processor each, since they wait for blocks, votes and delays. More at once
	// would be slower than the time in which a view has to end.
	networkTrack = make(track, 2*runtime.GOMAXPROCS(0))
	// workTrack is for the many that take seconds, most of them of work.
	workTrack = make(track, runtime.GOMAXPROCS(0))
)

func (k track) take() { k <- struct{}{} }
func (k track) give() { <-k }

// beside has a test run beside those of other tracks, when there is room on its own.
func beside(t *testing.T, k track) {
	t.Helper()
	t.Parallel()
	k.take()
	t.Cleanup(k.give)
}

// onTrack has a script wait for room on a track; its parent must be parallel.
func onTrack(e *testscript.Env, k track) {
	k.take()
	e.Defer(k.give)
}

// ranges counts the ranges of ports that networks of this run have got.
var ranges atomic.Int32

// portRange is the variable by which a network looks for its ports where no other of
// this run does. Some pages stop their nodes and start them again, and a network that
// begins just then must not take their ports. All lie below those that the system
// gives to whoever asks for any.
func portRange() string {
	return portEnv + "=" + strconv.Itoa(11_040+1_000*int((ranges.Add(1)-1)%17))
}
