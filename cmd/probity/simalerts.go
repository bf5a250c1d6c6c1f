package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/pflag"

	"probity/sim/ops"
)

const simAlertsLong = `
Prove the alert rules: play troubles of a simulated network, scrape every member
each 15 s of its time, and have promtool evaluate the rules over what was seen.
The alerts that a scenario names must fire when it says, and no other may ever
fire. Without promtool (Debian package prometheus) the tests are written and not
run. The code is 1 where one fails.

  probity sim alerts --scenario halves
  probity sim alerts --out alerts --json`

// alertsMemory is above what the longest scenario holds, and bounds its garbage.
const alertsMemory = 3 << 30

// alertsPlayed is one line of the results.
type alertsPlayed struct {
	Scenario string   `json:"scenario"`
	Story    string   `json:"story"`
	Height   uint64   `json:"height"`
	Fires    []string `json:"fires"`
	File     string   `json:"file,omitempty"`
	Verdict  string   `json:"verdict"` // passes, fails, not run
	Text     string   `json:"text,omitempty"`
}

// simAlertsCommand is sim alerts.
func simAlertsCommand(f *pflag.FlagSet) action {
	names := f.StringSlice("scenario", nil, "scenarios to play, by `name` (default: all)")
	rules := f.String("rules", "docs/ops/alerts", "`directory` of the alert rules")
	out := f.String("out", "", "keep the tests in this `directory`")
	asJSON := f.Bool("json", false, "print one JSON object for each scenario")
	return func(ctx context.Context, s *streams, _ []string) error {
		simGC()
		debug.SetMemoryLimit(alertsMemory) // a long run holds its members' disks
		list, err := alertScenarios(*names)
		if err != nil {
			return err
		}
		dir := *out
		if dir == "" {
			if dir, err = os.MkdirTemp("", "probity-alerts-"); err != nil {
				return err
			}
			defer os.RemoveAll(dir)
		} else if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		a, err := newAlertTrial(*rules, dir)
		if err != nil {
			return err
		}
		if a.promtool == "" {
			s.notef("promtool is not installed (package prometheus): the tests are written and not run")
		}
		failed := 0
		for _, sc := range list {
			r, err := a.try(ctx, sc)
			if err != nil {
				return err
			}
			if *out == "" {
				r.File = ""
			}
			if r.Verdict == "fails" {
				failed++
			}
			if *asJSON {
				if err := s.object(r); err != nil {
					return err
				}
				continue
			}
			s.printf("%-9s %-8s %6d blocks  %s\n", r.Scenario, r.Verdict, r.Height, strings.Join(r.Fires, " "))
			if r.Text != "" {
				s.printf("%s\n", r.Text)
			}
		}
		if failed > 0 {
			return fmt.Errorf("%d of %d scenarios: alerts do not fire as they should", failed, len(list))
		}
		return nil
	}
}

// alertScenarios are those with the names, in the table's order.
func alertScenarios(names []string) (list []*ops.Scenario, err error) {
	if len(names) == 0 {
		return ops.Scenarios, nil
	}
	for _, name := range names {
		s := ops.Find(name)
		if s == nil {
			return nil, usage("no scenario %q: there are %s", name, strings.Join(ops.Names(), ", "))
		}
		list = append(list, s)
	}
	return list, nil
}

// alertTrial tries rule files on scenarios.
type alertTrial struct {
	files    []string // of rules, absolute
	rules    string   // their text
	dir      string   // for tests
	promtool string   // empty: not installed
}

func newAlertTrial(rules, dir string) (*alertTrial, error) {
	a := &alertTrial{dir: dir}
	rules, err := filepath.Abs(rules)
	if err != nil {
		return nil, err
	}
	if a.files, err = filepath.Glob(filepath.Join(rules, "*.yml")); err != nil || len(a.files) == 0 {
		return nil, usage("--rules %s: no rule files (*.yml) are there", rules)
	}
	for _, path := range a.files {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		a.rules += string(b)
	}
	if path, err := exec.LookPath("promtool"); err == nil {
		a.promtool = path
	}
	return a, nil
}

// try plays a scenario and evaluates the rules over it.
func (a *alertTrial) try(ctx context.Context, s *ops.Scenario) (*alertsPlayed, error) {
	p, err := ops.Play(s, a.files, a.rules)
	if err != nil {
		return nil, err
	}
	r := &alertsPlayed{Scenario: s.Name, Story: s.Story, Height: uint64(p.Height), Fires: []string{}, Verdict: "not run"}
	for _, f := range s.Fires {
		r.Fires = append(r.Fires, f.Alert)
	}
	r.File = filepath.Join(a.dir, s.Name+"_test.yml")
	if err := os.WriteFile(r.File, []byte(p.Test), 0o644); err != nil {
		return nil, err
	}
	if a.promtool == "" {
		return r, nil
	}
	text, err := exec.CommandContext(ctx, a.promtool, "test", "rules", r.File).CombinedOutput()
	var failed *exec.ExitError
	switch {
	case err == nil:
		r.Verdict = "passes"
	case errors.As(err, &failed):
		r.Verdict, r.Text = "fails", string(text)
	default:
		return nil, fmt.Errorf("promtool: %w", err)
	}
	return r, nil
}
