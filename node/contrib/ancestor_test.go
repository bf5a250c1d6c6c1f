package contrib_test

import (
	"path/filepath"
	"strings"
	"testing"

	"probity/node/contrib"
	"probity/node/contrib/fixture"
)

// Goal: a commit is on a branch if the branch's head is it or descends from it,
// over all parents. Method: a history with a merge, a commit that was never
// merged, one that is not here.
func TestDescends(t *testing.T) {
	m := fixture.New()
	put := func(name string, parents ...contrib.ID) contrib.ID {
		return m.Commit(fixture.Commit{Author: "Ada <ada@example.org>", Parents: parents, Files: map[string]string{name: name}})
	}
	root := put("root")
	side := put("side", root)
	head := put("head", put("main", root), side)
	away := put("away", head)
	m.Branch("main", head)
	m.Branch("away", away)
	dir := filepath.Join(t.TempDir(), "r.git")
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	r, err := contrib.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	absent, _ := contrib.ParseID(strings.Repeat("ab", 20))
	for _, c := range []struct {
		head, commit contrib.ID
		want         bool
	}{{head, head, true}, {head, side, true}, {head, root, true}, {head, away, false}, {away, root, true}, {root, head, false}, {head, absent, false}} {
		if got, err := r.Descends(t.Context(), c.head, c.commit); err != nil || got != c.want {
			t.Errorf("%s of %s: %v %v, want %v", c.commit, c.head, got, err, c.want)
		}
	}
	if _, err := r.Descends(t.Context(), absent, root); err == nil {
		t.Error("a branch that is not here")
	}
}
