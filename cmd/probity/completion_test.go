package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Goal: every command has a manual page that names it, its flags and the
// commands below it, and no line of which is a request by accident. Method: the
// pages of the whole table.
func TestManPages(t *testing.T) {
	known := map[string]bool{".TH": true, ".SH": true, ".PP": true, ".TP": true, ".B": true, ".BR": true}
	n := 0
	err := eachCommand(build(commands(), &streams{out: &bytes.Buffer{}, err: &bytes.Buffer{}}), func(c *cobra.Command) error {
		n++
		page := manPage(c)
		if !strings.Contains(page, troff(c.Short)) {
			t.Errorf("%s: no summary", c.CommandPath())
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(page, troff("--"+f.Name)) {
				t.Errorf("%s: no %s", c.CommandPath(), f.Name)
			}
		})
		for _, line := range strings.Split(page, "\n") {
			if word, _, _ := strings.Cut(line, " "); strings.HasPrefix(word, ".") && !known[word] {
				t.Errorf("%s: %q", c.CommandPath(), line)
			}
		}
		return nil
	})
	if err != nil || n < 30 {
		t.Fatalf("%d pages, %v", n, err)
	}
}

// Goal: completion of all four shells is there. Method: the command that makes
// each.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"completion", shell}, &streams{in: &bytes.Buffer{}, out: &out, err: &errs}); code != exitDone || !strings.Contains(out.String(), "probity") {
			t.Errorf("%s: exit %d, %d bytes, %s", shell, code, out.Len(), errs.String())
		}
	}
}
