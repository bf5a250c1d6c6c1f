package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// opsDir is where the files of operators are.
const opsDir = "../../docs/ops"

// text reads a file.
func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// matching reads all files of a pattern.
func matching(t *testing.T, pattern string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(opsDir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	out := map[string]string{}
	for _, p := range paths {
		out[p] = text(t, p)
	}
	return out
}

// measured lists the metrics that the code has, without the prefix.
func measured(t *testing.T) (out []string) {
	t.Helper()
	paths, err := filepath.Glob("../../node/metrics/*.go")
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`m\.(?:counters|gauges|gauge|histogram)\("([a-z0-9_]+)"`)
	stored := regexp.MustCompile(`= desc\("([a-z0-9_]+)"`)
	for _, p := range paths {
		src := text(t, p)
		for _, m := range made.FindAllStringSubmatch(src, -1) {
			out = append(out, m[1])
		}
		for _, m := range stored.FindAllStringSubmatch(src, -1) {
			out = append(out, "store_"+m[1])
		}
	}
	return out
}

// Goal: what operators watch is what nodes measure, both ways: no rule or panel
// asks for a metric that is not there, and none is there that nobody watches.
// Method: the names in the code against those in dashboards and alert rules.
func TestMonitoringNames(t *testing.T) {
	have := measured(t)
	if len(have) < 30 {
		t.Fatalf("%d metrics in the code: %v", len(have), have)
	}
	watched := map[string]string{}
	for _, pattern := range []string{"dashboards/*.json", "alerts/*.yml"} {
		for path, s := range matching(t, pattern) {
			for _, name := range regexp.MustCompile(`probity_([a-z0-9_]+)`).FindAllStringSubmatch(s, -1) {
				watched[name[1]] = path
			}
		}
	}
	for name, path := range watched {
		base := name
		for _, suffix := range []string{"_bucket", "_count", "_sum"} {
			base = strings.TrimSuffix(base, suffix)
		}
		if !slices.Contains(have, base) && !slices.Contains(have, name) {
			t.Errorf("%s asks for probity_%s, which no node has", path, name)
		}
	}
	for _, name := range have {
		if watched[name] == "" && watched[name+"_bucket"] == "" {
			t.Errorf("nobody watches probity_%s", name)
		}
	}
}

// Goal: every alert is tried by a case in which it fires and one in which it is
// silent, and leads to a page that says what to do. Method: the names of the
// rules against the cases and the headings of docs/operations.md.
func TestMonitoringAlerts(t *testing.T) {
	rules, cases := text(t, filepath.Join(opsDir, "alerts/node.yml")), text(t, filepath.Join(opsDir, "alerts/tests/node_test.yml"))
	page := text(t, "../../docs/operations.md")
	names := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(rules, -1)
	if len(names) < 20 {
		t.Fatalf("%d alerts", len(names))
	}
	for _, n := range names {
		name := n[1]
		if !regexp.MustCompile(`alertname: ` + name + `\n +exp_alerts:\n +- exp_labels`).MatchString(cases) {
			t.Errorf("%s: no case in which it fires", name)
		}
		if strings.Count(cases, "alertname: "+name+", exp_alerts: []") < 4 {
			t.Errorf("%s: no calm run", name)
		}
		if !strings.Contains(rules, "docs/operations.md#"+strings.ToLower(name)+"'") || !strings.Contains(page, "\n### "+name+"\n") {
			t.Errorf("%s: no runbook", name)
		}
	}
}

// Goal: Prometheus itself accepts the rules, their tests and every expression
// of the dashboards. Method: promtool, where it is installed.
func TestMonitoringPromtool(t *testing.T) {
	beside(t, workTrack)
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (package prometheus)")
	}
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	run(append([]string{"check", "rules"}, slices.Sorted(maps.Keys(matching(t, "alerts/*.yml")))...)...)
	run(append([]string{"test", "rules"}, slices.Sorted(maps.Keys(matching(t, "alerts/tests/*.yml")))...)...)
	var b strings.Builder
	b.WriteString("groups:\n  - name: dashboards\n    rules:\n")
	n := 0
	for path, s := range matching(t, "dashboards/*.json") {
		var board struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal([]byte(s), &board); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, p := range board.Panels {
			for _, target := range p.Targets {
				n++
				expr := strings.ReplaceAll(strings.ReplaceAll(target.Expr, "$node", ".*"), "'", "''")
				fmt.Fprintf(&b, "      - {record: 'panel:%d', expr: '%s'}\n", n, expr)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "panels.yml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run("check", "rules", path)
}

// Goal: the service files in docs/ops are those that testnet generate writes.
// Method: both side by side, for four hosts.
func TestServiceFiles(t *testing.T) {
	hosts := []string{"node0", "node1", "node2", "node3"}
	for name, want := range map[string]string{
		"probity.service": systemdUnit, "Containerfile": containerFile, "compose.yaml": composeFile(hosts), "prometheus.yml": scrapeFile("probity-net", hosts),
	} {
		if got := text(t, filepath.Join(opsDir, name)); got != want {
			t.Errorf("%s differs from what testnet generate writes", name)
		}
	}
	if systemd, err := exec.LookPath("systemd-analyze"); err == nil {
		out, _ := exec.Command(systemd, "verify", filepath.Join(opsDir, "probity.service")).CombinedOutput()
		for _, line := range strings.Split(string(out), "\n") {
			if strings.Contains(line, "probity.service:") && !strings.Contains(line, "is not executable") && !strings.Contains(line, "not found") {
				t.Error(line)
			}
		}
	}
}
