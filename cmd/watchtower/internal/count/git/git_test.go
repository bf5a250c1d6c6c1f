package git

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// run runs git without anybody's configuration.
func run(t *testing.T, dir, in string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=A", "-c", "user.email=a@example.org"}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1")
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// filled is a repository of versions of a file, in so many commits.
func filled(t *testing.T, n int) (dir string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed: ", err)
	}
	dir = t.TempDir()
	run(t, dir, "", "init", "-q", "-b", "main")
	r := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, 3000)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i, " ", r.Uint64())
	}
	var stream strings.Builder
	for c := range n {
		lines[r.IntN(len(lines))] = fmt.Sprint("changed ", c)
		text := strings.Join(lines, "\n")
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata 1\nm\nM 100644 inline d/f.txt\ndata %d\n%s\n", c, len(text), text)
	}
	run(t, dir, stream.String(), "fast-import", "--quiet")
	return dir
}

// same compares every object of a repository with what git says of it.
func same(t *testing.T, dir string) (n int) {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, row := range strings.Split(run(t, dir, "", "cat-file", "--batch-all-objects", "--batch-check"), "\n") {
		w := strings.Fields(row)
		id, ok := Parse(w[0])
		if !ok {
			t.Fatal(row)
		}
		data, err := s.Get(id, Kind(w[1])) // the name is the hash of the bytes: nothing else to compare
		if err != nil || fmt.Sprint(len(data)) != w[2] {
			t.Fatalf("%s: %d bytes, %v", row, len(data), err)
		}
		n++
	}
	return n
}

// Goal: objects are read wherever git puts them. Method: the same repository with deltas to
// what lies before and to names, unpacked, borrowed by a clone and by a working
// tree beside it.
func TestObjectsWhereverTheyAre(t *testing.T) {
	dir := filled(t, 40)
	n := same(t, dir)
	run(t, dir, "", "repack", "-adfq", "--depth=30")
	same(t, dir)
	run(t, dir, "", "-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=30")
	same(t, dir)
	clone := filepath.Join(t.TempDir(), "clone")
	run(t, dir, "", "clone", "-q", "--shared", dir, clone)
	if got := same(t, clone); got != n {
		t.Errorf("%d objects of %d", got, n)
	}
	beside := filepath.Join(t.TempDir(), "beside")
	run(t, dir, "", "worktree", "add", "-q", "--detach", beside)
	s, err := Open(beside)
	if err != nil {
		t.Fatal(err)
	}
	head := run(t, dir, "", "rev-parse", "main")
	run(t, dir, "", "tag", "-a", "-m", "a tag", "v1")
	run(t, dir, "", "pack-refs", "--all")
	for _, rev := range []string{"main", "refs/heads/main", "v1", head} {
		if id, ok := s.Resolve(rev); !ok || id.String() != head {
			t.Errorf("%s is %s, want %s", rev, id, head)
		}
	}
	s.Close()
	pack, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
	if err != nil || len(pack) != 1 {
		t.Fatal(pack, err)
	}
	kept := filepath.Join(dir, "kept.pack")
	if err := os.Rename(pack[0], kept); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".git/objects/pack")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, string(text), "unpack-objects", "-q")
	if got := same(t, dir); got < n {
		t.Errorf("%d loose objects of %d", got, n)
	}
}

// Goal: damage is noticed, not counted. Method: bits of a small pack
// changed; a loose object of another name; none at all.
func TestDamageIsNoticed(t *testing.T) {
	dir := filled(t, 2)
	run(t, dir, "", "repack", "-adfq")
	packs, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	whole, err := os.ReadFile(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	objects := strings.Split(run(t, dir, "", "cat-file", "--batch-all-objects", "--batch-check"), "\n")
	read := func() (got map[ID]object) {
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		got = map[ID]object{}
		for _, row := range objects {
			w := strings.Fields(row)
			id, _ := Parse(w[0])
			if data, err := s.Get(id, Kind(w[1])); err == nil {
				got[id] = object{Kind(w[1]), bytes.Clone(data)}
			}
		}
		return got
	}
	content := read()
	if err := os.Chmod(packs[0], 0o600); err != nil {
		t.Fatal(err)
	}
	r, noticed := rand.New(rand.NewPCG(3, 4)), 0
	for range 40 {
		broken := bytes.Clone(whole)
		broken[12+r.IntN(len(whole)-32)] ^= 1 << r.IntN(8)
		if err := os.WriteFile(packs[0], broken, 0o600); err != nil {
			t.Fatal(err)
		}
		got := read()
		for id, o := range got {
			if o.kind != content[id].kind || !bytes.Equal(o.data, content[id].data) {
				t.Fatalf("%s is read as something else", id)
			}
		}
		if len(got) < len(content) {
			noticed++
		}
	}
	if noticed < 30 { // a bit of a deflated stream may say nothing
		t.Errorf("noticed %d times", noticed)
	}
	s := Given()
	id := s.Put("blob", []byte("x"))
	if _, err := s.Get(id, "tree"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a blob as a tree: %v", err)
	}
	if _, err := s.Get(ID{}, "blob"); !errors.Is(err, ErrAbsent) {
		t.Errorf("no object: %v", err)
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, ErrFormat) {
		t.Errorf("no repository: %v", err)
	}
}

// FuzzPatch: a delta is applied or refused, and never reads or writes beyond what
// it has. Method: any base and delta; what comes out has the length that is said.
func FuzzPatch(f *testing.F) {
	f.Add([]byte("hello world"), []byte{11, 16, 0x90, 5, 5, 'a', 'b', 'c', 'd', 'e', 0x91, 5, 6})
	f.Add([]byte("x"), []byte{1, 1, 0x80})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		out, err := patch(base, delta)
		if err == nil && len(out) > len(base)*len(delta)+len(delta) {
			t.Errorf("%d bytes of %d and %d", len(out), len(base), len(delta))
		}
	})
}

// FuzzTree: a tree is read or refused, in order and each name once. Method: any
// bytes under their own name.
func FuzzTree(f *testing.F) {
	f.Add([]byte("100644 a\x0012345678901234567890"))
	f.Add([]byte("40000 a\x001234567890123456789040000 a\x0012345678901234567890"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := Given()
		tree, err := s.Tree(s.Put("tree", raw))
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for i := range tree {
			if seen[tree[i].Name] || i > 0 && tree[i-1].Compare(&tree[i]) >= 0 {
				t.Errorf("%+v", tree)
			}
			seen[tree[i].Name] = true
		}
	})
}
