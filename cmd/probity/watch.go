package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"probity/chain/keys"
	"probity/chain/route/oracle"
	"probity/node/signer/keystore"
)

// watchCommands are the duties of a member of the register of watchtowers.
func watchCommands() []command {
	return []command{
		{Name: "run", Short: "Compute what the chain asks watchtowers for, and submit it", Long: watchRunLong, Setup: watchRunCommand},
		{Name: "audit", Short: "Say of each member and duty what was seen, late, out of date, in disagreement", Long: watchAuditLong, Setup: watchAuditCommand},
		{Name: "diff", Args: "A B", Least: 2, Most: 2, Short: "Name the first leaf in which two published trees differ", Setup: watchDiffCommand},
	}
}

const watchRunLong = `
Execute every block again, count the repository, and answer the open tasks of the
register with the hashes of what came out. Needs a node that has all blocks.

  probity watch run --home h --duty contribution,state,salary --repo NAME=PATH --publish trees
  probity watch run --home h --duty state --observe --once

--duty says which questions are answered here: each can be left to another
program under the same account. The blocks are executed in memory from the
genesis on, so the first pass takes as long as probity replay. Which blocks are
final is the node's word; what they do is not.

A commit that the repository does not have is waited for until half of the time
to the deadline has passed; then "no such commit" is the answer. --publish keeps
each tree in a folder under its hash, and shows an agreed count to the chain,
page by page. A challenge is answered. --observe submits nothing.

--treegen-program and --watchtower-program take another program for a duty, one
that speaks the protocol of probity conformance: it is told which repository to
count, or is given salaries or a root, and its hash is submitted, under the name
of --treegen or --watchtower. Where this program comes to another hash it says
so, of a count with the first leaf. A program that counts no repositories is
given the points of this one.

  probity watch run --duty contribution --repo demo=demo.git \
    --watchtower watchtower --watchtower-program 'watchtower serve'

  probity watch run --duty salary --treegen treegen.py --treegen-program 'python3 treegen.py'`

// watchFlags are the flags of watch run.
type watchFlags struct {
	home       *string
	pass       *passphrases
	rpc        *string
	duties     []string
	repos      []string
	cache      string
	publish    string
	locator    string
	watchtower string
	treegen    string

	towerProgram string // of another author, which makes the hashes of the duty
	treeProgram  string

	observe bool
	once    bool
	every   time.Duration
	json    bool
}

// The names under which this program registers (spec oracle §2).
const (
	ownWatchtower = "probity"
	ownTreegen    = "probity-treegen"
)

// duties are the kinds of tasks that watch run answers, by name.
var duties = map[string]oracle.Kind{"contribution": oracle.Contribution, "state": oracle.State, "salary": oracle.Salary}

func watchRunCommand(f *pflag.FlagSet) action {
	w := &watchFlags{home: homeFlag(f), pass: addPassphrase(f), rpc: rpcFlag(f)}
	f.StringSliceVar(&w.duties, "duty", []string{"state", "salary"}, "answer these: contribution, state, salary")
	f.StringSliceVar(&w.repos, "repo", nil, "where a repository of the chain is: NAME=PATH, kept up to date by git fetch")
	f.StringVar(&w.cache, "cache", contribCache(), "folder of the cache of counts, \"\" for none")
	f.StringVar(&w.publish, "publish", "", "keep the trees in this `folder`")
	f.StringVar(&w.locator, "locator", "", "`URL` where that folder can be read; submissions point there")
	f.StringVar(&w.watchtower, "watchtower", ownWatchtower, "`name` under which counts and states are submitted")
	f.StringVar(&w.treegen, "treegen", ownTreegen, "`name` under which trees of salaries are submitted")
	f.StringVar(&w.towerProgram, "watchtower-program", "", "let this `command` make the hashes of counts and states")
	f.StringVar(&w.treeProgram, "treegen-program", "", "let this `command` make the trees of salaries")
	f.BoolVar(&w.observe, "observe", false, "compute and print, submit nothing; needs no keys")
	f.BoolVar(&w.once, "once", false, "answer what is open now, and end")
	f.DurationVar(&w.every, "every", 2*time.Second, "time between two looks at the chain")
	f.BoolVar(&w.json, "json", false, "print one JSON object for each answer")
	return func(ctx context.Context, s *streams, _ []string) error {
		t, err := w.tower(s)
		if err != nil {
			return err
		}
		defer t.client.close()
		return w.run(ctx, s, t)
	}
}

// tower checks the flags and prepares the duties.
func (w *watchFlags) tower(s *streams) (*tower, error) {
	t := &tower{flags: w, repos: map[string]string{}, done: map[keys.Hash]bool{}}
	for _, name := range w.duties {
		k, ok := duties[name]
		if !ok {
			return nil, usage("--duty %s: want contribution, state or salary", name)
		}
		t.kinds = append(t.kinds, k)
	}
	for _, r := range w.repos {
		name, path, ok := strings.Cut(r, "=")
		if !ok || name == "" || path == "" {
			return nil, usage("--repo %s: want NAME=PATH, the chain's name and a folder", r)
		}
		t.repos[name] = path
	}
	if slices.Contains(t.kinds, oracle.Contribution) && len(t.repos) == 0 {
		return nil, usage("--repo is missing: the duty contribution counts one")
	}
	h := home(*w.home)
	if !w.observe {
		store, err := w.pass.open(s, h)
		if err != nil {
			return nil, err
		}
		key := store.Key(keystore.Account)
		t.key = &key
	}
	g, _, err := readGenesis(h.genesis())
	if err != nil {
		return nil, err
	}
	if t.rerun, err = newRerun(g); err != nil {
		return nil, err
	}
	t.client, err = nodeClient(*w.rpc, h)
	return t, err
}

// run follows the chain and answers, once or until it is stopped. What one round
// could not do the next one tries again, unless the chain broke its own law.
func (w *watchFlags) run(ctx context.Context, s *streams, t *tower) error {
	for {
		err := t.round(ctx, s)
		switch {
		case ctx.Err() != nil:
			return errStopped
		case w.once || errors.Is(err, errDiffers):
			return err
		case err != nil:
			s.notef("watch: %s", oneLine(err))
		}
		rest(ctx, w.every)
	}
}

func watchDiffCommand(f *pflag.FlagSet) action {
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		a, err := readTree(args[0])
		if err != nil {
			return err
		}
		b, err := readTree(args[1])
		if err != nil {
			return err
		}
		d, err := firstDifference(a, b)
		if err != nil {
			return err
		}
		if *asJSON {
			err = s.object(d)
		} else if !d.Equal {
			s.printf("%s\n  %s\n  %s\n", d.What, d.A, d.B)
		}
		if err == nil && !d.Equal {
			err = failed("the trees differ", d.What, "compute that leaf by hand: one of the two is wrong")
		}
		return err
	}
}

// locate says where a tree can be read.
func (w *watchFlags) locate(path string) string {
	if w.locator == "" || path == "" {
		return ""
	}
	l := strings.TrimSuffix(w.locator, "/") + "/" + filepath.Base(path)
	return l[:min(len(l), oracle.LocatorLen)]
}

// softwareVersion is the version that submissions name.
func softwareVersion() string {
	v := strings.TrimPrefix(software(), "probity/")
	return v[:min(len(v), oracle.NameLen)]
}

// mirror is the folder of a repository of the chain.
func (t *tower) mirror(name string) (string, error) {
	path, ok := t.repos[name]
	if !ok {
		return "", failed(fmt.Sprintf("the chain asks to count %q", name), "", "add --repo "+name+"=PATH")
	}
	if _, err := os.Stat(path); err != nil {
		return "", failed("no git repository", path, "git clone it, and keep it up to date by git fetch")
	}
	return path, nil
}
