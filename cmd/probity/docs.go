package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"probity/chain/route"
	"probity/node/rpc"
)

const docsLong = `
The documents that follow from the route table: openrpc.json and rpc.md (the
JSON-RPC methods), parameters.md, and the types of the TypeScript client.
--write DIR writes them, --check DIR compares them and fails where one is out of
date.`

// documents lists the generated files by name.
var documents = []struct {
	name string
	make func(route.Table) ([]byte, error)
}{
	{"openrpc.json", rpc.OpenRPC},
	{"rpc.md", rpc.Markdown},
	{"parameters.md", parametersDoc},
	{"client/src/methods.ts", rpc.TypeScript},
}

func docsCommand(f *pflag.FlagSet) action {
	write := f.String("write", "", "`folder` to write the documents into")
	check := f.String("check", "", "`folder` whose documents are compared")
	return func(_ context.Context, s *streams, _ []string) error {
		if (*write == "") == (*check == "") {
			return usage("docs wants --write DIR or --check DIR")
		}
		for _, d := range documents {
			text, err := d.make(table())
			if err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
			if *write != "" {
				path := filepath.Join(*write, filepath.FromSlash(d.name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					return fmt.Errorf("docs: %w", err)
				}
				if err := os.WriteFile(path, text, 0o644); err != nil {
					return fmt.Errorf("docs: %w", err)
				}
				s.notef("%s", path)
				continue
			}
			path := filepath.Join(*check, filepath.FromSlash(d.name))
			old, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("docs: %w", err)
			}
			if !bytes.Equal(old, text) {
				return failed("out of date", path, "make generate")
			}
		}
		return nil
	}
}

// parametersDoc is parameters.md: every number that governs the chain.
func parametersDoc(t route.Table) ([]byte, error) {
	var b strings.Builder
	b.WriteString("# Parameters\n\nGenerated from the route table by `make generate`. Every number that governs the chain: what it is where\nthe genesis file says nothing, and the guardrails that no decision may leave. Class A needs the larger\nmajority. Changes take effect at the end of an epoch. Base units are 10⁻⁹ of $ or REP.\n")
	for _, r := range t {
		if len(r.Params) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| name | default | bounds | unit | class | meaning |\n|---|---|---|---|---|---|\n", r.Name)
		for _, p := range r.Params {
			class := "B"
			if p.ClassA {
				class = "A"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s … %s | %s | %s | %s |\n", p.Name, p.Format(p.Default), p.Format(p.Min), p.Format(p.Max), p.Unit, class, p.Doc)
		}
	}
	return []byte(b.String()), nil
}
