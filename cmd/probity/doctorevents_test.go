package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Goal: every line of a node's log has an event id that the catalogue explains,
// and the catalogue names nothing else. Method: the calls of loggers in node and
// p2p against the rows of docs/ops/events.md, both ways.
func TestEventCatalogue(t *testing.T) {
	logged := regexp.MustCompile(`\blog\.(?:Debug|Info|Warn|Error|Log)\(`)
	named := regexp.MustCompile(`"event", "([a-z_]+)"(\+string\(e\.Kind\))?|observe\("([a-z_]+)", "|"event", event,`)
	used := map[string]string{}
	for _, dir := range []string{"../../node", "../../p2p"} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			for i, line := range strings.Split(text(t, path), "\n") {
				m := named.FindStringSubmatch(line)
				switch {
				case m == nil && logged.MatchString(line):
					t.Errorf("%s:%d: a line of the log without an event", path, i+1)
				case m == nil || m[1]+m[3] == "":
				case m[2] != "":
					for _, kind := range regexp.MustCompile(`EventKind = "([a-z]+)"`).FindAllStringSubmatch(text(t, "../../p2p/stats.go"), -1) {
						used[m[1]+kind[1]] = path
					}
				default:
					used[m[1]+m[3]] = path
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rows := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (.*)$").FindAllStringSubmatch(text(t, filepath.Join(opsDir, "events.md")), -1) {
		if rows[m[1]] || strings.Count(m[2], "|") != 3 {
			t.Errorf("%s: twice, or not a row of four columns", m[1])
		}
		rows[m[1]] = true
	}
	if len(used) < 30 {
		t.Fatalf("%d events in the code: %v", len(used), used)
	}
	for name, path := range used {
		if !rows[name] {
			t.Errorf("%s is in %s and not in docs/ops/events.md", name, path)
		}
	}
	for name := range rows {
		if used[name] == "" {
			t.Errorf("docs/ops/events.md explains %s, which nothing says", name)
		}
	}
}

// Goal: the exit codes that docs/operations.md lists are those of the program.
// Method: the list of the page against the constants.
func TestExitCodesAreListed(t *testing.T) {
	page := text(t, "../../docs/operations.md")
	_, list, ok := strings.Cut(page, "\n## Exit codes\n")
	if !ok {
		t.Fatal("the page has no list")
	}
	list, _, _ = strings.Cut(list, "\n## ")
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(list, -1) {
		got = append(got, m[1])
	}
	if strings.Join(got, " ") != "0 1 2 78 130" || exitDone != 0 || exitFailed != 1 || exitUsage != 2 || exitOutdated != 78 || exitInterrupted != 130 {
		t.Errorf("the page lists %v", got)
	}
}
