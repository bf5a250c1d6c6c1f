// Command watchtower is the second implementation of the protocol: written from
// docs/spec alone, it shares no code with the node. It executes blocks again,
// builds its own state tree, and says where it comes to another result.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"probity/cmd/watchtower/internal/count"
	"probity/cmd/watchtower/internal/count/git"
	"probity/cmd/watchtower/internal/follow"
	"probity/cmd/watchtower/internal/law"
	"probity/cmd/watchtower/internal/serve"
)

const usage = `usage: watchtower COMMAND

  serve    answer questions of conformance, one JSON object a line (docs/spec/conformance.md)
  follow   execute the blocks of a live node again: --rpc URL, --p2p MULTIADDR[,…] or both; --genesis FILE
  points   count whose the lines of a repository are: REPO --rev R --rules FILE
  version  which protocol and which routes are executed
`

func main() {
	err := run(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "watchtower: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return flag.ErrHelp
	}
	switch args[0] {
	case "serve":
		return new(serve.Server).Run(os.Stdin, os.Stdout)
	case "follow":
		return runFollow(args[1:])
	case "points":
		return runPoints(args[1:])
	case "version":
		fmt.Printf("watchtower, protocol %d, routes 1 to %d\n", law.Protocol, law.Covered)
		return nil
	}
	return fmt.Errorf("no command %q\n%s", args[0], usage)
}

// runPoints counts a repository and prints a JSON object (docs/spec/counting.md).
func runPoints(args []string) error {
	f := flag.NewFlagSet("watchtower points", flag.ContinueOnError)
	rev := f.String("rev", "HEAD", "the commit to count: 40 digits, a branch or a tag")
	file := f.String("rules", "", "read the rules from this file: their canonical text, or a JSON object")
	var repo string
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		repo, args = args[0], args[1:]
	}
	if err := f.Parse(args); err != nil || repo == "" && f.NArg() != 1 {
		fmt.Fprint(os.Stderr, usage)
		return flag.ErrHelp
	}
	if repo == "" {
		repo = f.Arg(0)
	}
	rules := count.Default()
	if *file != "" {
		raw, err := os.ReadFile(*file)
		if err != nil {
			return err
		}
		if rules, err = count.ReadRules(raw); err != nil {
			return err
		}
	}
	store, err := git.Open(repo)
	if err != nil {
		return err
	}
	defer store.Close()
	head, ok := store.Resolve(*rev)
	if !ok {
		return fmt.Errorf("no commit %q in %s", *rev, repo)
	}
	result, err := count.Count(store, head, rules)
	if err != nil {
		return err
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(result.Report(head, rules))
}

// runFollow reads the flags of follow.
func runFollow(args []string) error {
	f := flag.NewFlagSet("watchtower follow", flag.ContinueOnError)
	o := follow.Options{}
	f.StringVar(&o.URL, "rpc", "http://127.0.0.1:8645/", "the node's JSON-RPC")
	members := f.String("p2p", "", "multiaddrs of members (ending in /p2p/ID, separated by commas) to take final blocks from; with --rpc as well, what that node tells is compared")
	genesis := f.String("genesis", "genesis.json", "the chain's genesis file")
	f.Uint64Var(&o.Until, "until", 0, "stop after this height; 0: never")
	f.BoolVar(&o.GoOn, "go-on", false, "after a difference, or an upgrade to a protocol that is not known here, go on with the node's state")
	f.BoolVar(&o.Trust.Signatures, "trust-signatures", false, "do not verify signatures")
	f.BoolVar(&o.Trust.Dealings, "trust-dealings", false, "do not verify the proofs of dealings")
	f.BoolVar(&o.JSON, "json", false, "print the hashes of each epoch as a JSON object a line")
	f.DurationVar(&o.Poll, "poll", 200*time.Millisecond, "time between questions for new blocks")
	if err := f.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if *members != "" {
		o.Members = strings.Split(*members, ",")
		asked := false
		f.Visit(func(g *flag.Flag) { asked = asked || g.Name == "rpc" })
		if !asked {
			o.URL = ""
		}
	}
	var err error
	if o.Genesis, err = os.ReadFile(*genesis); err != nil {
		return err
	}
	return follow.Run(o, os.Stdout)
}
