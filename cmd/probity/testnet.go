package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"probity/chain/types"
)

const testnetLong = `
Start a chain of several nodes on this machine, each a process with a home and
keys of its own, connected over libp2p on loopback, with signed traffic. On a
terminal each node has a live line. Ctrl-C stops them all.

The first node listens for peers at 8640, for RPC at 8645 and for its operator at
8646, the next ten ports further up and so on; where these are taken, all are a
hundred further up. PROBITY_TESTNET_PORT is tried in the place of 8640.

With --blocks it ends there, compares what the nodes hold, and prints a report;
it succeeds only if all state roots agree. --crash 2@20 kills node 2 (of 0, 1 …)
with SIGKILL at height 20 and starts it again.

With --kills it ends nodes with SIGKILL at random instants, sometimes all of them
at once, and starts them again; at the end nothing final may be lost and nobody
may have voted twice.`

// testnetOptions are what the flags say.
type testnetOptions struct {
	nodes    int
	dir      string
	interval uint64   // of blocks, in milliseconds
	set      []string // parameters, NAME=VALUE
	params   map[string]uint64
	blocks   uint64
	rate     float64
	crash    *crashPlan
	kills    int
	seed     uint64 // of the instants of kills
	headless bool
	json     bool
	keep     bool
}

// crashPlan kills a node at a height.
type crashPlan struct {
	node   int
	height types.Height
}

// testnetNodes bounds --nodes: the ports of more would reach those of others.
const testnetNodes = 32

// Bounds of --interval: an epoch, which keeps its length in time, has 16 blocks at least.
const (
	intervalMin = 10
	intervalMax = 200
)

func testnetCommand(f *pflag.FlagSet) action {
	var o testnetOptions
	f.IntVar(&o.nodes, "nodes", 4, "how many")
	f.StringVar(&o.dir, "home", "", "`folder` for the nodes' homes (default: a temporary one; with --keep: testnet)")
	f.Uint64Var(&o.interval, "interval", testnetFixed["block.interval"], "milliseconds from block to block; a greater one leaves the machine to others")
	addParams(f, &o.set)
	f.Uint64Var(&o.blocks, "blocks", 0, "stop at this height and report; 0: run until stopped")
	f.Float64Var(&o.rate, "rate", 20, "signed transfers a second; 0: none")
	crash := f.String("crash", "", "`NODE@HEIGHT`: kill that node at that height and restart it")
	f.IntVar(&o.kills, "kills", 0, "kill nodes with SIGKILL so many times, restart them, and report")
	f.Uint64Var(&o.seed, "seed", 1, "draws the instants of --kills")
	f.BoolVar(&o.headless, "headless", false, "no live lines")
	f.BoolVar(&o.json, "json", false, "print the report as one JSON object")
	f.BoolVar(&o.keep, "keep", false, "keep the homes")
	return func(ctx context.Context, s *streams, _ []string) error {
		if err := o.check(*crash); err != nil {
			return err
		}
		return runTestnet(ctx, s, o)
	}
}

func (o *testnetOptions) check(crash string) error {
	if o.nodes < 1 || o.nodes > testnetNodes {
		return usage("--nodes %d: want 1 to %d", o.nodes, testnetNodes)
	}
	if o.interval < intervalMin || o.interval > intervalMax {
		return usage("--interval %d: want %d to %d", o.interval, intervalMin, intervalMax)
	}
	if _, err := triedFirst(); err != nil {
		return err
	}
	o.params = pacedParams(o.interval)
	if err := setParams(o.params, o.set); err != nil {
		return err
	}
	if o.rate < 0 {
		return usage("--rate %g: want 0 or more", o.rate)
	}
	if o.kills < 0 || o.kills > 0 && (o.blocks > 0 || crash != "") {
		return usage("--kills %d: want 0 or more, without --blocks and --crash", o.kills)
	}
	if crash == "" {
		return nil
	}
	node, height, ok := strings.Cut(crash, "@")
	n, err := strconv.Atoi(node)
	h, err2 := strconv.ParseUint(height, 10, 63)
	if !ok || err != nil || err2 != nil || n < 0 || n >= o.nodes || h == 0 {
		return usage("--crash %s: want NODE@HEIGHT, with NODE from 0 to %d", crash, o.nodes-1)
	}
	o.crash = &crashPlan{n, types.Height(h)}
	return nil
}

// place is the folder of the homes, and what removes what was made there.
func (o *testnetOptions) place() (dir string, clean func(), err error) {
	dir = o.dir
	if dir == "" && o.keep {
		dir = "testnet"
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "probity-testnet-"); err != nil {
			return "", nil, fmt.Errorf("testnet: %w", err)
		}
		return dir, func() { _ = os.RemoveAll(dir) }, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, fmt.Errorf("testnet: %w", err)
	}
	if len(entries) > 0 {
		return "", nil, failed("the folder is not empty", dir, "remove it, or choose another --home")
	}
	if o.keep {
		return dir, func() {}, nil
	}
	made := errors.Is(err, os.ErrNotExist)
	return dir, func() {
		if made {
			_ = os.RemoveAll(dir)
			return
		}
		for _, name := range testnetEntries(o.nodes) { // the folder itself was not ours to make
			_ = os.RemoveAll(filepath.Join(dir, name))
		}
	}, nil
}

// testnetEntries are the names that a testnet makes in its folder.
func testnetEntries(n int) []string {
	out := []string{passphraseFile}
	for i := range n {
		out = append(out, fmt.Sprintf("node%d", i))
	}
	return out
}

// runTestnet makes, runs and ends a network.
func runTestnet(ctx context.Context, s *streams, o testnetOptions) error {
	dir, clean, err := o.place()
	if err != nil {
		return err
	}
	failedRun := true
	defer func() {
		if failedRun && !o.keep && ctx.Err() == nil {
			s.notef("the logs stay in %s", dir) // they are what explains it
			return
		}
		clean()
	}()
	plan := loadDefaults()
	w, err := newNetwork(dir, o.nodes, plan.Accounts, o.params)
	if err != nil {
		return err
	}
	s.notef("%d nodes in %s", o.nodes, dir)
	defer w.stop()
	if err := w.start(ctx); err != nil {
		return err
	}
	for _, m := range w.members {
		s.notef("%s  RPC %s  ops http://127.0.0.1:%d  log %s", m.name(), m.url(), m.ports.ops, m.log())
	}
	if o.kills > 0 {
		r, err := killNodes(ctx, s, w, o, plan)
		if r != nil {
			failedRun = r.verdict() != nil
		}
		return err
	}
	r := &rounds{network: w, options: o, streams: s}
	report, err := r.run(ctx, plan)
	if err != nil {
		return err
	}
	failedRun = false
	if report == nil { // stopped by hand, as it is meant to be
		return nil
	}
	if err := report.print(s, o.json); err != nil {
		return err
	}
	if err := report.verdict(o); err != nil {
		failedRun = true
		return err
	}
	return nil
}
