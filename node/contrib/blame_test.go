package contrib

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/node/contrib/fixture"
)

// origins says of each line of each file of a commit which commit it is from.
func origins(t testing.TB, r *Repo, rev string) map[string][]string {
	t.Helper()
	head, err := r.Resolve(rev)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := openCache("")
	if err != nil {
		t.Fatal(err)
	}
	h, err := readHistory(t.Context(), r, head, cache, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := ignoredCommits(r, head, h)
	if err != nil {
		t.Fatal(err)
	}
	player, final, err := replay(h, ignored)
	if err != nil {
		t.Fatal(err)
	}
	root, err := r.root(head)
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.files(root)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, f := range files {
		for _, at := range final.get(player.path(f.path)) {
			out[f.path] = append(out[f.path], h.ids[at].String())
		}
	}
	return out
}

// gitBlame asks git for the same.
func gitBlame(t testing.TB, r *Repo, file string) []string {
	t.Helper()
	args := []string{"-C", r.path, "-c", "core.quotepath=off", "blame", "--porcelain"}
	if head, err := r.Resolve("main"); err == nil {
		if raw, _ := r.file(head, ignoreFile); raw != nil {
			list := filepath.Join(t.TempDir(), "ignored")
			if err := os.WriteFile(list, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--ignore-revs-file", list)
		}
	}
	cmd := exec.Command("git", append(args, "main", "--", file)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+t.TempDir())
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("git blame %s: %v", file, err)
	}
	var out []string
	for _, row := range strings.Split(string(raw), "\n") {
		if words := strings.Fields(row); !strings.HasPrefix(row, "\t") && len(words) >= 3 && len(words[0]) == 40 {
			out = append(out, words[0])
		}
	}
	return out
}

// needGit skips a test where there is no git program to compare with.
func needGit(t testing.TB) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git program")
	}
}

// wantGitBlame compares all text files of main with git blame.
func wantGitBlame(t testing.TB, r *Repo) {
	t.Helper()
	compared := 0
	for file, got := range origins(t, r, "main") {
		if want := gitBlame(t, r, file); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s:\n  here %v\n  git  %v", file, short(got), short(want))
		}
		compared++
	}
	if compared == 0 {
		t.Fatal("no file was compared")
	}
}

func short(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id[:6]
	}
	return out
}

// Goal: on the repository with every trap of counting, each line has the origin
// that git blame gives. Method: the git program, where there is one.
func TestTrapsAsGitBlame(t *testing.T) {
	needGit(t)
	wantGitBlame(t, written(t, fixture.Traps()))
}

// Goal: the same on random histories with merges and renames. Method: files of
// lines that are all different, so that there is one longest match.
func TestRandomHistoriesAsGitBlame(t *testing.T) {
	needGit(t)
	for seed := range uint64(3) {
		wantGitBlame(t, written(t, fixture.Large(fixture.Size{Files: 6, Commits: 120, Authors: 5, LinesPerFile: 30, EditsPerCommit: 2, Seed: seed})))
	}
}

// Goal: the same where branches edit, rename and merge one file in every way.
// Method: files of rising numbers, of which two have one longest match; commits
// with one or two parents take a part of their numbers and add new ones.
func TestRandomMergesAsGitBlame(t *testing.T) {
	needGit(t)
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := fixture.New()
		type made struct {
			id   ID
			name string
			has  map[int]bool
		}
		text := func(has map[int]bool) string {
			var b strings.Builder
			for _, n := range slices.Sorted(maps.Keys(has)) {
				fmt.Fprintf(&b, "line number %d\n", n)
			}
			return b.String()
		}
		first := made{name: "f0.txt", has: map[int]bool{}}
		for n := range 20 {
			first.has[n*1000] = true
		}
		first.id = m.Commit(fixture.Commit{Author: ada, Files: map[string]string{first.name: text(first.has)}})
		all := []made{first}
		for i := range 40 {
			p := all[len(all)-1-r.IntN(min(4, len(all)))]
			q := all[r.IntN(len(all))]
			c := fixture.Commit{Author: ada, Message: fmt.Sprint(seed, i), Parents: []ID{p.id}}
			next := made{name: p.name, has: map[int]bool{}}
			if q.id != p.id && r.IntN(3) == 0 {
				c.Parents = append(c.Parents, q.id)
			} else {
				q.has = nil
			}
			for n := range p.has {
				next.has[n] = (n*7+i)%11 != 0
			}
			for n := range q.has {
				next.has[n] = next.has[n] || (n*5+i)%3 != 0
			}
			maps.DeleteFunc(next.has, func(_ int, keep bool) bool { return !keep })
			for range r.IntN(4) {
				next.has[r.IntN(20_000)] = true
			}
			if r.IntN(6) == 0 {
				c.Remove = []string{p.name}
				next.name = fmt.Sprintf("f%d.txt", i+1)
			}
			c.Files = map[string]string{next.name: text(next.has)}
			next.id = m.Commit(c)
			all = append(all, next)
		}
		wantGitBlame(t, written(t, m))
	}
}

// Goal: a cache changes nothing, neither a complete one, nor one of an earlier
// commit, nor a damaged one. Method: the same count four times.
func TestCacheChangesNothing(t *testing.T) {
	m := fixture.Large(fixture.Size{Files: 20, Commits: 150, Authors: 5, LinesPerFile: 30, EditsPerCommit: 3, Seed: 9})
	r := written(t, m)
	dir := t.TempDir()
	text := func(rev, cache string) string {
		head, err := r.Resolve(rev)
		if err != nil {
			t.Fatal(err)
		}
		c, err := CountPoints(t.Context(), r, head, DefaultRules(), Options{Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		return c.Tables()
	}
	want := text("main", "")
	if text("main~40", dir) == want {
		t.Fatal("forty commits change nothing")
	}
	path := filepath.Join(dir, cacheName)
	early, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := text("main", dir); got != want {
		t.Errorf("with the cache of an earlier commit:\n%s\nwithout:\n%s", got, want)
	}
	full, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(full) <= len(early) {
		t.Errorf("the cache has %d bytes after %d", len(full), len(early))
	}
	if got := text("main", dir); got != want {
		t.Errorf("with a complete cache:\n%s\nwithout:\n%s", got, want)
	}
	full[len(full)/2] ^= 1
	if err := os.WriteFile(path, full, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := text("main", dir); got != want {
		t.Errorf("with a damaged cache:\n%s\nwithout:\n%s", got, want)
	}
	mended, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(mended, full) {
		t.Error("the damaged cache was not written again")
	}
}

// Goal: what a cache holds reads back as it was. Method: random deltas.
func TestDeltaCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &delta{}
		num := rapid.IntRange(0, 300)
		for i := range rapid.IntRange(1, 3).Draw(t, "parents") {
			d.parents = append(d.parents, ID{byte(i)})
		}
		for range rapid.IntRange(0, 4).Draw(t, "files") {
			f := fileDelta{path: rapid.String().Draw(t, "path"), gone: rapid.Bool().Draw(t, "gone")}
			if !f.gone {
				f.lines = 2_000
				s := source{path: f.path + "~"}
				for range rapid.IntRange(0, 3).Draw(t, "hunks") {
					h := hunk{num.Draw(t, "old"), num.Draw(t, "oldN"), num.Draw(t, "new"), num.Draw(t, "newN")}
					if n := len(s.hunks); n > 0 {
						h.old += s.hunks[n-1].old + s.hunks[n-1].oldN
						h.new += s.hunks[n-1].new + s.hunks[n-1].newN
					}
					s.hunks = append(s.hunks, h)
				}
				f.sources = append(f.sources, s)
			}
			d.files = append(d.files, f)
		}
		body := d.encode()
		back, err := decodeDelta(body)
		if err != nil {
			t.Fatal(err)
		}
		if got := back.encode(); !bytes.Equal(got, body) || fmt.Sprint(*back) != fmt.Sprint(*d) {
			t.Fatalf("%v reads back as %v", d, back)
		}
	})
}

// FuzzDelta: bytes that are no delta are refused, and what is taken is written
// the same or shorter.
func FuzzDelta(f *testing.F) {
	f.Add((&delta{parents: []ID{{1}}, files: []fileDelta{{path: "a", lines: 3, sources: []source{{path: "b", hunks: []hunk{{1, 1, 1, 2}}}}}}}).encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := decodeDelta(b)
		if err != nil {
			return
		}
		again, err := decodeDelta(d.encode())
		if err != nil || fmt.Sprint(again) != fmt.Sprint(d) {
			t.Fatalf("%v reads back as %v, %v", d, again, err)
		}
	})
}

// Goal: a history with a part missing is refused, not counted short. Method: a
// commit whose parent does not exist.
func TestShallowIsRefused(t *testing.T) {
	m := fixture.New()
	first := m.Commit(fixture.Commit{Author: ada, Files: map[string]string{"a.go": "package a\n"}})
	m.Commit(fixture.Commit{Author: ada, Parents: []ID{first, {7}}, Files: map[string]string{"b.go": "package b\n"}})
	r := written(t, m)
	head, err := r.Resolve("main")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := CountPoints(t.Context(), r, head, DefaultRules(), Options{}); err == nil || !strings.Contains(err.Error(), "unshallow") {
		t.Errorf("counting without a parent: %v", err)
	}
}
