package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// action performs a command.
type action func(ctx context.Context, s *streams, args []string) error

// command is one command as a value: what it is called, what it takes, and the
// function that declares its flags and gives its action.
type command struct {
	Name  string
	Args  string // positional arguments, as usage shows them
	Least int    // of them
	Most  int    // of them
	Short string
	Long  string
	Setup func(*pflag.FlagSet) action // nil for a group
	Sub   []command

	Others map[string]string // of a group: names that are no commands, and what to do instead
}

// commands is the table of all commands in the order in which help lists them.
func commands() []command {
	return []command{
		{Name: "init", Short: "Make a home: configuration, encrypted keys, genesis", Long: initLong, Setup: initCommand},
		{Name: "start", Short: "Run the node of a home until it is stopped", Long: startLong, Setup: startCommand},
		{Name: "testnet", Short: "Run a chain of several nodes on this machine", Long: testnetLong, Setup: testnetCommand, Sub: testnetCommands()},
		{Name: "join", Short: "Fetch the state of a running chain from its peers, on the word of one checkpoint", Long: joinLong, Setup: joinCommand},
		{Name: "genesis", Short: "Look at a genesis file before trusting it", Sub: genesisCommands()},
		{Name: "keys", Short: "The keys of a home", Sub: keysCommands()},
		{Name: "doctor", Short: "Examine a home and its machine; each finding names its fix", Long: doctorLong, Setup: doctorCommand},
		{Name: "config", Short: "What the settings are, where they come from, and bringing them up to date", Sub: configCommands()},
		{Name: "admin", Short: "Peers and log of a node that runs", Long: adminLong, Sub: adminCommands()},
		{Name: "backup", Short: "Keep what cannot be made again, and bring it back", Sub: backupCommands()},
		{Name: "signer", Short: "The consensus key in a process of its own", Sub: signerCommands()},
		{Name: "tx", Short: "Make, sign and send a transaction", Long: txLong, Sub: txCommands()},
		{Name: "query", Short: "Ask the state of the chain", Long: queryLong, Sub: queryCommands()},
		{Name: "gov", Short: "Proposals, accusations and candidates: draft, check, try, send, follow", Long: govLong, Sub: govCommands()},
		{Name: "release", Short: "Releases: candidates, bundles, offline verification, content from peers", Long: releaseLong, Sub: releaseCommands()},
		{Name: "contrib", Short: "Count contributions, and what the counts decide", Sub: contribCommands()},
		{Name: "watch", Short: "The duties of a watchtower, and their audit", Sub: watchCommands()},
		{Name: "conformance", Short: "Judge other implementations of the protocol", Sub: conformanceCommands()},
		{Name: "sim", Short: "The simulator and the calculators", Sub: simCommands()},
		{Name: "bench", Short: "Measure a node, or this machine", Sub: benchCommands()},
		{Name: "replay", Short: "Execute a home's blocks again and compare the state roots", Long: replayLong, Setup: replayCommand},
		{Name: "docs", Short: "Write or check the generated documents", Long: docsLong, Setup: docsCommand},
		{Name: "man", Short: "Write the manual pages", Setup: manCommand},
		{Name: "version", Short: "Tell the version of this program", Setup: versionCommand},
	}
}

// build turns the table into a tree of cobra commands.
func build(table []command, s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "probity",
		Short:         "A proof-of-reputation chain: node, network, keys, transactions, measurements",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          group,
	}
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetIn(s.in)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		// A flag is unknown because the command before it is: that is the mistake.
		if args := c.Flags().Args(); c.HasSubCommands() && len(args) > 0 {
			return c.RunE(c, args)
		}
		return usage("%w: see %s --help", err, c.CommandPath())
	})
	for _, c := range table {
		root.AddCommand(c.cobra(s))
	}
	return root
}

// cobra is the command with its subcommands.
func (c command) cobra(s *streams) *cobra.Command {
	out := &cobra.Command{
		Use:   strings.TrimSpace(c.Name + " " + c.Args),
		Short: c.Short,
		Long:  strings.TrimSpace(c.Long),
		Args:  cobra.ArbitraryArgs,
		RunE:  group,

		Annotations: c.Others,
	}
	for _, sub := range c.Sub {
		out.AddCommand(sub.cobra(s))
	}
	if c.Setup == nil {
		return out
	}
	out.Flags().SortFlags = false
	do := c.Setup(out.Flags())
	out.RunE = func(cmd *cobra.Command, args []string) error {
		if err := c.count(cmd, args); err != nil {
			return err
		}
		return do(cmd.Context(), s, args)
	}
	return out
}

// count refuses a wrong number of arguments.
func (c command) count(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) < c.Least:
		return usage("%s wants %s: see %s --help", cmd.CommandPath(), c.Args, cmd.CommandPath())
	case len(args) > c.Most:
		return usage("%s: %q is one argument too many: see %s --help", cmd.CommandPath(), args[c.Most], cmd.CommandPath())
	}
	return nil
}

// group answers a command that only holds others: help where nothing was
// asked, an error with the nearest name where something unknown was.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	if instead := cmd.Annotations[args[0]]; instead != "" {
		return usage("%s %s: %s", cmd.CommandPath(), args[0], instead)
	}
	names := []string{}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	fix := fmt.Sprintf("see %s --help", cmd.CommandPath())
	if n := nearest(args[0], names); n != "" {
		fix = fmt.Sprintf("did you mean %s?", n)
	}
	return usage("unknown command %q for %s: %s", args[0], cmd.CommandPath(), fix)
}
