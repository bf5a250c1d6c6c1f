package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	page "probity/sim/report"
)

const simReportLong = `
Write what a campaign found as one page of HTML that needs nothing else: claims
and verdicts, tables, plots, and how to get the same figures again. The files are
what sim attack, swarm, merge, mutants, crashpoints, culprits and speed print
with --json. Without files a campaign is run: quick is every attack with small
options and a swarm; full is every attack with its defaults, a larger swarm,
mutants, crash points, culprits and speed.

  probity sim report grind.json swarm.json --out campaign.html
  probity sim report --run quick --out campaign.html

The exit code is 1 where a claim does not hold; the page is written all the same.`

// reportMost bounds a file of results, in bytes.
const reportMost = 256 << 20

// reportOptions are the flags of sim report.
type reportOptions struct {
	out, run, title, date string
	seeds, nodes          int
	json                  bool
}

// reportResult is what sim report prints.
type reportResult struct {
	Out    string       `json:"out"`
	Bytes  int          `json:"bytes"`
	Claims []page.Claim `json:"claims"`
	Failed int          `json:"failed"`
}

// simReportCommand is sim report.
func simReportCommand(f *pflag.FlagSet) action {
	var o reportOptions
	f.StringVar(&o.out, "out", "campaign.html", "the `file` to write, - for the standard output")
	f.StringVar(&o.run, "run", "quick", "the campaign to run where no file is given: quick or full")
	f.IntVar(&o.seeds, "seeds", 0, fmt.Sprintf("seeds of its swarm; 0 is %d, and %d if full", page.QuickSeeds, page.FullSeeds))
	f.IntVar(&o.nodes, "nodes", 4, "members in its swarm, 4 to 16")
	f.StringVar(&o.title, "title", "", "the page's title")
	f.StringVar(&o.date, "date", "", "a date to show: the page bears none of itself")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, files []string) error {
		if err := o.check(f, files); err != nil {
			return err
		}
		var c *page.Campaign
		var err error
		if len(files) > 0 {
			c, err = readCampaign(s, files)
		} else {
			c, err = runCampaign(ctx, s, o.plan())
		}
		if err != nil {
			return err
		}
		c.Stamp = page.Stamp{Title: o.title, Command: o.command(files), Software: software(), Protocol: protocol, Date: o.date}
		return o.write(s, c)
	}
}

// check refuses flags that do not go together, before anything long begins.
func (o *reportOptions) check(f *pflag.FlagSet, files []string) error {
	switch {
	case o.run != "quick" && o.run != "full":
		return usage("--run %s: want quick or full", o.run)
	case o.nodes < 4 || o.nodes > 16 || o.seeds < 0:
		return usage("--nodes %d, --seeds %d: want 4 to 16 nodes and no negative number of seeds", o.nodes, o.seeds)
	case o.out == "-" && o.json:
		return usage("--out - and --json both want the standard output: give --out a file")
	case len(files) == 0:
		return nil
	}
	for _, name := range []string{"run", "seeds", "nodes"} {
		if f.Changed(name) {
			return usage("--%s is for a campaign that is run, and files are given: leave out one of the two", name)
		}
	}
	return nil
}

// plan is the campaign to run.
func (o *reportOptions) plan() page.Plan {
	p := page.Plan{Full: o.run == "full", Seeds: o.seeds, Nodes: o.nodes}
	switch {
	case p.Seeds > 0:
	case p.Full:
		p.Seeds = page.FullSeeds
	default:
		p.Seeds = page.QuickSeeds
	}
	return p
}

// command is the line that makes the page again.
func (o *reportOptions) command(files []string) string {
	words := []string{"probity sim report"}
	for _, f := range files {
		words = append(words, page.Quoted(f))
	}
	if len(files) == 0 {
		words = append(words, "--run", o.run, "--seeds", fmt.Sprint(o.plan().Seeds), "--nodes", fmt.Sprint(o.nodes))
	}
	return strings.Join(words, " ")
}

// readCampaign reads all files before it shows any.
func readCampaign(s *streams, files []string) (*page.Campaign, error) {
	c := &page.Campaign{}
	for _, name := range files {
		raw, err := readInput(s, name, reportMost)
		if err != nil {
			return nil, err
		}
		if err := c.Read(name, raw); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// step is a report of how far a campaign is.
type step struct {
	part      string
	done, all int64
}

// runCampaign runs a plan, with progress, until it is done or interrupted.
func runCampaign(ctx context.Context, s *streams, plan page.Plan) (*page.Campaign, error) {
	type outcome struct {
		c   *page.Campaign
		err error
	}
	steps, done := make(chan step, 1), make(chan outcome, 1)
	plan.Tell = func(part string, at, all int64) {
		if at == 0 { // a part begins: this one is not left out
			select {
			case steps <- step{part, at, all}:
			case <-ctx.Done():
			}
			return
		}
		select {
		case steps <- step{part, at, all}:
		default: // the last report was not read yet
		}
	}
	go func() {
		c, err := plan.Run(ctx)
		done <- outcome{c, err}
	}()
	var p *progress
	part, all := "", int64(0)
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
			if at.part != part || at.all != all {
				if p != nil {
					p.end()
				}
				if _, ok := terminal(s.err); !ok && at.part != part {
					s.notef("%s", at.part)
				}
				part, all, p = at.part, at.all, newProgress(s, at.part, at.all)
			}
			p.set(at.done)
		case o := <-done:
			if errors.Is(o.err, context.Canceled) {
				return nil, errStopped
			}
			return o.c, o.err
		}
	}
}

// write writes the page, tells what became of the claims, and fails where one
// did not hold.
func (o *reportOptions) write(s *streams, c *page.Campaign) error {
	var text bytes.Buffer
	if err := c.Page(&text); err != nil {
		return err
	}
	if o.out == "-" {
		if _, err := s.out.Write(text.Bytes()); err != nil {
			return fmt.Errorf("write page: %w", err)
		}
	} else if err := os.WriteFile(o.out, text.Bytes(), 0o644); err != nil { // a page to be shown
		return fmt.Errorf("write page: %w", err)
	}
	claims := c.Claims()
	failed := page.Failures(claims)
	switch {
	case o.json:
		if err := s.object(reportResult{o.out, text.Len(), claims, failed}); err != nil {
			return err
		}
	case o.out != "-":
		for _, claim := range claims {
			s.printf("%s %-14s %s\n", claim.Verdict.Mark(), claim.Subject, claim.Verdict.Word())
		}
		s.printf("%s: %d KiB\n", o.out, (text.Len()+1023)/1024)
	}
	for _, claim := range claims {
		if claim.Verdict == page.Failed {
			return fmt.Errorf("%d of %d claims did not hold, the first: %s: %s", failed, len(claims), claim.Subject, claim.First)
		}
	}
	return nil
}
