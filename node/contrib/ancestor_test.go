package contrib_test

import (
	"path/filepath"
	"strings"
	"testing"

	"probity/node/contrib"
	"probity/node/contrib/fixture"
)

// Goal: a branch stood at its head and that one's first parents, back to where it was
// counted last. Method: a history with a merge, a commit that was never merged, one
// that is not here; counted last at the root, at the head, elsewhere.
func TestMainline(t *testing.T) {
	m := fixture.New()
	put := func(name string, parents ...contrib.ID) contrib.ID {
		return m.Commit(fixture.Commit{Author: "Ada <ada@example.org>", Parents: parents, Files: map[string]string{name: name}})
	}
	root := put("root")
	side := put("side", root)
	main := put("main", root)
	head := put("head", main, side)
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
		head, commit, since contrib.ID
		want                bool
	}{
		{head, head, contrib.ID{}, true}, {head, main, contrib.ID{}, true}, {head, side, contrib.ID{}, false}, {head, root, contrib.ID{}, true},
		{head, away, contrib.ID{}, false}, {away, root, contrib.ID{}, true}, {root, head, contrib.ID{}, false}, {head, absent, contrib.ID{}, false},
		{head, main, root, true}, {head, main, main, true}, {head, main, head, false}, {head, head, head, true}, {head, main, away, true}, {head, main, side, true},
	} {
		if got, err := r.Mainline(t.Context(), c.head, c.commit, c.since); err != nil || got != c.want {
			t.Errorf("%s of %s since %s: %v %v, want %v", c.commit, c.head, c.since, got, err, c.want)
		}
	}
	if _, err := r.Mainline(t.Context(), absent, root, contrib.ID{}); err == nil {
		t.Error("a branch that is not here")
	}
}
