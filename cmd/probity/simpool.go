package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"probity/chain/route"
	"probity/vpool"
)

const poolLong = `
Work out one validation pool: the change of each owner's REP, exact to 10⁻⁹.
Stakes are decimal REP in a list; ratios are decimals or fractions (1/2).

  probity sim pool --for 300,100 --against 80 --mint 100 --c2 0.5 --binding 1 --json

With --input the same fields come from a JSON object in a file (- for the
standard input); flags that are given as well count more.`

// poolCommand is sim pool: vpool's calculator with flags.
func poolCommand(f *pflag.FlagSet) action {
	c := vpool.DefaultCalculation()
	f.StringSliceVar(&c.For, "for", nil, "stakes for, REP")
	f.StringSliceVar(&c.Against, "against", nil, "stakes against, REP")
	f.StringVar(&c.Mint, "mint", c.Mint, "REP that the subject mints if it passes")
	f.StringVar(&c.C2, "c2", c.C2, "the poster's part of the mint")
	f.StringVar(&c.Binding, "binding", c.Binding, "the part of a losing stake that is lost")
	f.StringVar(&c.Base, "base", c.Base, "what the other part is divided by: included or roster")
	f.StringVar(&c.Whole, "whole", c.Whole, "with --base roster: all that could be staked (default: all that was)")
	f.StringVar(&c.Includer, "includer", c.Includer, "of the mint's other part, for including votes")
	f.BoolVar(&c.Redistribute, "redistribute", c.Redistribute, "losing stakes go to the winners; false: they burn")
	input := f.String("input", "", "read the fields from a JSON `file`, - for the standard input")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, _ []string) error {
		if *input != "" {
			if err := readPool(f, s, *input, &c); err != nil {
				return err
			}
		}
		r, err := c.Run()
		if err != nil {
			return usage("%w", err)
		}
		if *asJSON {
			return s.object(r)
		}
		printPool(s, c, r)
		return nil
	}
}

// readPool fills c from JSON, then puts the given flags over it.
func readPool(f *pflag.FlagSet, s *streams, path string, c *vpool.Calculation) error {
	given := *c
	raw, err := readInput(s, path, 1<<20)
	if err != nil {
		return err
	}
	*c = vpool.DefaultCalculation()
	if err := route.ReadJSON(raw, c); err != nil {
		return failed("not the fields of a pool", path, oneLine(err))
	}
	over := map[string]func(){
		"for": func() { c.For = given.For }, "against": func() { c.Against = given.Against },
		"mint": func() { c.Mint = given.Mint }, "c2": func() { c.C2 = given.C2 },
		"binding": func() { c.Binding = given.Binding }, "base": func() { c.Base = given.Base },
		"whole": func() { c.Whole = given.Whole }, "includer": func() { c.Includer = given.Includer },
		"redistribute": func() { c.Redistribute = given.Redistribute },
	}
	f.Visit(func(fl *pflag.Flag) {
		if set := over[fl.Name]; set != nil {
			set()
		}
	})
	return nil
}

// readInput reads a JSON document of at most most bytes from a file or, for -,
// from the standard input.
func readInput(s *streams, path string, most int64) (json.RawMessage, error) {
	from := s.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read input: %w", err)
		}
		defer file.Close()
		from = file
	}
	raw, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, fmt.Errorf("read input: %w", err)
	}
	if int64(len(raw)) > most {
		return nil, failed("input too large", path, fmt.Sprintf("at most %d bytes", most))
	}
	return raw, nil
}

func printPool(s *streams, c vpool.Calculation, r vpool.Result) {
	s.printf("%s\n", r.Outcome)
	row := func(who, stake, change string) { s.printf("  %-12s %16s %16s\n", who, stake, change) }
	row("", "stake", "change")
	row("poster", "", r.Poster)
	for i, change := range r.For {
		row(fmt.Sprintf("for %d", i+1), strings.TrimSpace(c.For[i]), change)
	}
	for i, change := range r.Against {
		row(fmt.Sprintf("against %d", i+1), strings.TrimSpace(c.Against[i]), change)
	}
	if r.Includers != "" {
		row("includers", "", r.Includers)
	}
	row("burned", "", r.Burned)
	row("not minted", "", r.Remainder)
}
