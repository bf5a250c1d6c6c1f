package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// guide are the pages of docs that go on from one another, in one terminal.
var guide = []string{"start.md", "join.md", "produce.md", "propose.md", "recover.md"}

// Goal: what the guide and the tutorials tell a newcomer to type works as written,
// on real nodes. Method: each page's sh blocks, in order, as one script in an empty
// folder, the guide's pages after one another; the last line of output names the
// step that failed.
func TestTutorials(t *testing.T) {
	pages, err := filepath.Glob("../../docs/tutorial-*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"bash", "curl", "jq", "probity"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed, .ci/run does it: %v", tool, err)
		}
	}
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	story := make([]string, len(guide))
	for i, name := range guide {
		story[i] = filepath.Join("../../docs", name)
	}
	stories := map[string][]string{"guide": story, "simulate.md": {"../../docs/simulate.md"}}
	for _, page := range pages {
		stories[filepath.Base(page)] = []string{page}
	}
	t.Parallel()
	var running sync.WaitGroup
	defer running.Wait()
	for _, name := range longestFirst(stories) {
		networkTrack.take()
		running.Go(func() {
			defer networkTrack.give()
			t.Run(name, func(t *testing.T) { follow(t, repo, tutorialScript(together(t, stories[name]))) })
		})
	}
}

// longest are the stories that take longest: begun last they would be waited for alone.
var longest = []string{"guide", "tutorial-release.md", "tutorial-dcert.md", "tutorial-contributions.md", "tutorial-governance.md"}

// longestFirst orders the names of stories.
func longestFirst(stories map[string][]string) []string {
	rest := slices.Sorted(maps.Keys(stories))
	rest = slices.DeleteFunc(rest, func(name string) bool { return slices.Contains(longest, name) })
	return append(slices.Clone(longest), rest...)
}

// together is the text of pages after one another.
func together(t *testing.T, pages []string) string {
	t.Helper()
	var out strings.Builder
	for _, page := range pages {
		out.WriteString(text(t, page))
	}
	return out.String()
}

// built compiles the programs that the pages use, once: where it has been done, the
// make build of a page finds nothing to do.
var built = sync.OnceValue(func() error {
	if out, err := exec.Command("make", "-C", "../..", "build").CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w\n%s", err, out)
	}
	return nil
})

// Goal: no page sends its reader to a file that is not there. Method: every
// relative link of the pages in docs and of README.
func TestLinks(t *testing.T) {
	pages := []string{"../../README.md"}
	for _, pattern := range []string{"*.md", "spec/*.md", "client/*.md", "decisions/*.md"} {
		found, err := filepath.Glob(filepath.Join("../../docs", pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	seen := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			file, _, _ := strings.Cut(m[1], "#")
			if file == "" || strings.Contains(file, "://") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), file)); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d links found", seen)
	}
}

// tutorialScript is all that a page has in sh blocks.
func tutorialScript(page string) string {
	var b strings.Builder
	b.WriteString("set -euo pipefail\n")
	inside := false
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = strings.TrimSpace(line) == "```sh"
			if inside {
				b.WriteString("PS4='+ '; set -x\n")
			}
		case inside:
			b.WriteString(line)
		}
	}
	return b.String()
}

// follow runs a script in an empty folder and ends all that it started.
func follow(t *testing.T, repo, script string) {
	t.Helper()
	if err := built(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute) // where it hangs
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "REPO="+repo, "HOME="+cmd.Dir, portRange())
	for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE"} { // a build in another home would fetch all again
		where, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+strings.TrimSpace(string(where)))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	log, err := os.Create(filepath.Join(t.TempDir(), "log")) // a file: nodes that go on running would hold a pipe open
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	err = cmd.Run()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // nodes that the page left running
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		if len(text) > 6000 {
			text = text[len(text)-6000:]
		}
		t.Fatalf("%v\n%s", err, text)
	}
}
