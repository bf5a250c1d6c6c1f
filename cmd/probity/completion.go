package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Shell completion is cobra's own command, probity completion SHELL, for bash,
// zsh, fish and PowerShell. The manual pages follow from the same table.

func manCommand(f *pflag.FlagSet) action {
	dir := f.String("out", "", "`folder` to write the pages into, which is created; probity.1 and one for each command")
	return func(_ context.Context, s *streams, _ []string) error {
		if *dir == "" {
			return usage("man wants --out DIR")
		}
		if err := os.MkdirAll(*dir, 0o755); err != nil {
			return fmt.Errorf("man: %w", err)
		}
		n := 0
		err := eachCommand(build(commands(), s), func(c *cobra.Command) error {
			n++
			name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
			return os.WriteFile(filepath.Join(*dir, name), []byte(manPage(c)), 0o644)
		})
		if err != nil {
			return fmt.Errorf("man: %w", err)
		}
		s.printf("%d pages in %s\n", n, *dir)
		return nil
	}
}

// eachCommand visits a command and those below it.
func eachCommand(c *cobra.Command, f func(*cobra.Command) error) error {
	if err := f(c); err != nil {
		return err
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			if err := eachCommand(sub, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// manPage is a command's page in man(7).
func manPage(c *cobra.Command) string {
	var b strings.Builder
	path := c.CommandPath()
	fmt.Fprintf(&b, ".TH %s 1\n.SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.B %s\n", troff(strings.ToUpper(strings.ReplaceAll(path, " ", "-"))), troff(path), troff(c.Short), troff(path))
	if rest := strings.TrimPrefix(c.Use, c.Name()); rest != "" {
		fmt.Fprintf(&b, "%s\n", troff(strings.TrimSpace(rest)))
	}
	if c.Flags().HasAvailableFlags() {
		b.WriteString("[flags]\n")
	}
	if c.Long != "" {
		b.WriteString(".SH DESCRIPTION\n")
		for i, p := range strings.Split(c.Long, "\n\n") {
			if i > 0 {
				b.WriteString(".PP\n")
			}
			fmt.Fprintf(&b, "%s\n", troff(p))
		}
	}
	if c.Flags().HasAvailableFlags() {
		b.WriteString(".SH OPTIONS\n")
		c.Flags().VisitAll(func(f *pflag.Flag) {
			name, text := pflag.UnquoteUsage(f)
			fmt.Fprintf(&b, ".TP\n.B %s", troff("--"+f.Name))
			if name != "" {
				fmt.Fprintf(&b, " \\fI%s\\fR", troff(name))
			}
			fmt.Fprintf(&b, "\n%s\n", troff(text))
		})
	}
	if subs := c.Commands(); len(subs) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range subs {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", troff(strings.ReplaceAll(sub.CommandPath(), " ", "-")), troff(sub.Short))
			}
		}
	}
	b.WriteString(".SH EXIT STATUS\n0 done, 1 refused or failed with a reason, 2 wrong usage, 78 needs a newer release, 130 interrupted.\n")
	return b.String()
}

// troff escapes text, line by line: a dot or quote at the start of one would be
// a request.
func troff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
