package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"probity/sim"
	"probity/sim/attack"
)

const simAttackLong = `
Attack the chain and measure what it claims. Every attack prints its claim, the
figures beside what is expected, and a plot; the exit code is 1 where the claim
does not hold. Computed attacks run the law alone, the others a simulated network.

  probity sim attack grind --alpha 0.1,0.2 --scheme recoverable,randao32`

// attackCommands are the attacks as commands, in the order of their table.
func attackCommands() []command {
	var out []command
	for _, a := range attack.All {
		out = append(out, command{
			Name: a.Name, Short: a.Title, Setup: attackCommand(a),
			Long: fmt.Sprintf("%s.\n\nClaim (%s): %s", a.Title, a.Source, a.Claim),
		})
	}
	return out
}

// attackCommand is sim attack NAME with the options of the attack as flags.
func attackCommand(a *attack.Attack) func(*pflag.FlagSet) action {
	return func(f *pflag.FlagSet) action {
		values := make([]*string, len(a.Options))
		for i, o := range a.Options {
			values[i] = f.String(o.Name, o.Default, o.Help)
		}
		asJSON := f.Bool("json", false, "print one JSON object")
		return func(ctx context.Context, s *streams, _ []string) error {
			given := attack.Args{}
			for i, o := range a.Options {
				given[o.Name] = *values[i]
			}
			r, err := runAttack(ctx, s, a, given)
			switch {
			case errors.Is(err, attack.ErrOption):
				return usage("sim attack %s: %w", a.Name, err)
			case err != nil:
				return err
			}
			if *asJSON {
				if err := s.object(r); err != nil {
					return err
				}
			} else {
				printAttack(s, a, r)
			}
			return attackVerdict(r)
		}
	}
}

// runAttack measures, with progress, until it is done or interrupted.
func runAttack(ctx context.Context, s *streams, a *attack.Attack, given attack.Args) (*attack.Result, error) {
	args, err := a.Complete(given)
	if err != nil {
		return nil, err
	}
	type outcome struct {
		r   *attack.Result
		err error
	}
	steps, done := make(chan [2]int64, 1), make(chan outcome, 1)
	tell := func(at, all int64) {
		select {
		case steps <- [2]int64{at, all}:
		default: // the last report was not read yet
		}
	}
	go func() {
		var o outcome
		if a.Play != nil {
			o.r, o.err = sim.PlayAttack(a, args, tell)
		} else {
			o.r, o.err = a.Run(args, tell)
		}
		done <- o
	}()
	var p *progress
	defer func() {
		if p != nil {
			p.end()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil, errStopped
		case at := <-steps:
			if p == nil {
				p = newProgress(s, a.Name, at[1])
			}
			p.set(at[0])
		case o := <-done:
			if o.err == nil {
				a.Finish(o.r, args)
			}
			return o.r, o.err
		}
	}
}

// attackVerdict is an error where the claim does not hold.
func attackVerdict(r *attack.Result) error {
	if r.Holds {
		return nil
	}
	wrong, first := 0, ""
	for _, row := range r.Rows {
		if !row.OK {
			if wrong == 0 {
				first = strings.TrimSpace(row.Label + " " + rowParams(row))
			}
			wrong++
		}
	}
	return fmt.Errorf("the claim of %s does not hold: %d of %d figures, the first: %s", r.Attack, wrong, len(r.Rows), first)
}

// printAttack writes the claim, the rows, the plots and the notes.
func printAttack(s *streams, a *attack.Attack, r *attack.Result) {
	width := attackWidth(s)
	s.printf("%s\n", a.Title)
	s.printf("%s", wrapped("claim: ", fmt.Sprintf("%s (%s)", r.Claim, a.Source), width))
	s.printf("\n%s", attackTable(r.Rows))
	for _, p := range r.Plots {
		s.printf("\n%s", p.Text(width))
	}
	if len(r.Notes) > 0 {
		s.printf("\n")
	}
	for _, n := range r.Notes {
		s.printf("%s", wrapped("- ", n, width))
	}
	if r.Holds {
		s.printf("\nthe claim holds\n")
	} else {
		s.printf("\nTHE CLAIM DOES NOT HOLD\n")
	}
}

// attackWidth is the width of the terminal, at most 120, and 100 elsewhere.
func attackWidth(s *streams) int {
	if fd, ok := terminal(s.out); ok {
		if w, _, err := term.GetSize(fd); err == nil && w > 0 {
			return min(w, 120)
		}
	}
	return 100
}

// attackTable aligns the rows in columns.
func attackTable(rows []attack.Row) string {
	table := [][]string{{"", "figure", "of", "measured", "expected", "between", "n"}}
	for _, r := range rows {
		ok := "ok"
		if !r.OK {
			ok = "NO"
		}
		line := []string{ok, r.Label, rowParams(r), r.Figure(r.Measured), "", "", ""}
		switch r.Rule {
		case attack.Reported:
			line[0] = ""
		case attack.AtMost:
			line[4] = "≤ " + r.Figure(r.Expected)
		case attack.AtLeast:
			line[4] = "≥ " + r.Figure(r.Expected)
		default:
			line[4] = r.Figure(r.Expected)
		}
		if r.Low < r.High {
			line[5] = r.Figure(r.Low) + " … " + r.Figure(r.High)
		}
		if r.N > 0 {
			line[6] = fmt.Sprint(r.N)
		}
		table = append(table, line)
	}
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, line := range table {
		text := ""
		for i, cell := range line {
			text += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		out.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return out.String()
}

// rowParams writes the short parameters of a row, sorted by name.
func rowParams(r attack.Row) string {
	var out []string
	for name, value := range r.Params {
		text := fmt.Sprint(value)
		if _, word := value.(string); len(text) > 20 || word && strings.Contains(r.Label, text) {
			continue // hashes and tables are for programs, and the label says the word
		}
		out = append(out, name+" "+text)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// wrapped breaks a text into lines of a width, after a mark on the first.
func wrapped(mark, text string, width int) string {
	var out strings.Builder
	line := mark
	indent := strings.Repeat(" ", utf8.RuneCountInString(mark))
	used := false
	for _, word := range strings.Fields(text) {
		if used && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			out.WriteString(line + "\n")
			line, used = indent, false
		}
		if used {
			line += " "
		}
		line += word
		used = true
	}
	out.WriteString(line + "\n")
	return out.String()
}
