package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"probity/sim/ops"
)

// alertNames lists the alerts of docs/ops/alerts.
func alertNames(t *testing.T) (out []string) {
	t.Helper()
	for _, s := range matching(t, "alerts/*.yml") {
		for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(s, -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// Goal: every alert is fired by a simulated trouble, and the table names no alert
// that is not there. Method: the names of the rules against those of ops.Scenarios.
func TestAlertsHaveScenarios(t *testing.T) {
	names, fired := alertNames(t), map[string]bool{}
	for _, s := range ops.Scenarios {
		for _, f := range s.Fires {
			fired[f.Alert] = true
			if !slices.Contains(names, f.Alert) {
				t.Errorf("scenario %s fires %s, which is no alert", s.Name, f.Alert)
			}
		}
	}
	for _, name := range names {
		if !fired[name] {
			t.Errorf("%s: no scenario fires it", name)
		}
	}
}

// Goal: alerts fire on what whole members show when their world breaks, when they
// should and alone; and a rule that no node could fire is found out. Method:
// promtool evaluates the rules over the members' own metrics in three of the
// scenarios; in one of them again without the metric that its alert asks
// for.
func TestAlertsFire(t *testing.T) {
	beside(t, workTrack)
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("promtool is not installed (package prometheus)")
	}
	a, err := newAlertTrial("../../docs/ops/alerts", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var file string
	for _, name := range []string{"halves", "halted", "twice"} {
		r, err := a.try(t.Context(), ops.Find(name))
		if err != nil || r.Verdict != "passes" || r.Height == 0 {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		file = r.File
	}
	unfed := filepath.Join(t.TempDir(), "unfed_test.yml")
	test := strings.ReplaceAll(text(t, file), "probity_evidence_total", "probity_evidence_seen")
	if err := os.WriteFile(unfed, []byte(test), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(a.promtool, "test", "rules", unfed).CombinedOutput(); err == nil || !strings.Contains(string(out), "EvidenceSeen") {
		t.Errorf("an alert on a metric that nobody feeds passes: %v\n%s", err, out)
	}
}

// Goal: docs/monitor.md tells which trouble fires which alert as it is. Method:
// its table against ops.Scenarios.
func TestAlertsAreTold(t *testing.T) {
	page := text(t, "../../docs/monitor.md")
	for _, name := range alertNames(t) {
		var by []string
		for _, s := range ops.Scenarios {
			if slices.ContainsFunc(s.Fires, func(f ops.Firing) bool { return f.Alert == name }) {
				by = append(by, s.Name)
			}
		}
		row := regexp.MustCompile(`(?m)^\| ` + name + ` \|.*\| ?(.*?) ?\|$`).FindStringSubmatch(page)
		if row == nil {
			t.Errorf("docs/monitor.md has no row for %s", name)
			continue
		}
		told := strings.FieldsFunc(row[1], func(r rune) bool { return r == ',' || r == ' ' })
		if slices.Sort(by); !slices.Equal(slices.Sorted(slices.Values(told)), by) {
			t.Errorf("%s: docs/monitor.md names %v, the table %v", name, told, by)
		}
	}
}
