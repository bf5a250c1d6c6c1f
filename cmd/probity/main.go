// Probity is one binary for everything that a person does with the chain: a
// node, a local network, keys, transactions and queries, measurements, and the
// calculators of the research behind it.
//
// Every command is a value in the table of table.go; cobra gives it help,
// completion and flags. A command returns an error and never exits: run turns
// the error into one line and a code (0 done, 1 refused or failed, 2 wrong
// usage, 78 a newer release is needed, 130 interrupted).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(probity()) }

// probity runs the command line of this process; the scripts of the tests run
// it under its own name.
func probity() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], standard())
}

// run performs one command line and gives its exit code.
func run(ctx context.Context, args []string, s *streams) int {
	root := build(commands(), s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return report(ctx, s, err)
}
