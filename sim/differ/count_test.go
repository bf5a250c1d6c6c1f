package differ

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/chain/route/contribution"
	"probity/node/contrib"
	"probity/node/contrib/fixture"
)

// tally is a count as both counters tell it.
type tally struct {
	Hash   string
	Leaves []struct {
		Identity           string
		Lines, Micropoints uint64
		Addresses          []string
	}
	Links []struct{ Status, Commit, User, Address string }
}

// nodeTally counts with the node's counter.
func nodeTally(t testing.TB, path string, commit contrib.ID, rules contrib.Rules) (out tally) {
	t.Helper()
	r, err := contrib.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	c, err := contrib.CountPoints(t.Context(), r, commit, rules, contrib.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lines := map[contrib.Identity]uint64{}
	for _, a := range c.Authors {
		lines[a.Identity] = a.Lines
	}
	var leaves []contribution.Leaf
	for _, l := range c.Leaves() {
		leaves = append(leaves, contribution.Leaf{Identity: string(l.Identity), Micropoints: l.Micropoints, Addresses: l.Addresses})
		if !contribution.ValidIdentity(string(l.Identity)) {
			continue
		}
		out.Leaves = append(out.Leaves, struct {
			Identity           string
			Lines, Micropoints uint64
			Addresses          []string
		}{string(l.Identity), lines[l.Identity], l.Micropoints, texts(l.Addresses)})
	}
	for _, l := range c.Links {
		out.Links = append(out.Links, struct{ Status, Commit, User, Address string }{string(l.Status), l.Commit, l.User, l.Address})
	}
	out.malformed()
	tree := contribution.Count(keys.Sum([]byte("subject")), 3, leaves)
	out.Hash = tree.Manifest.Hash().String()
	return out
}

// malformed drops the words of lines that have none: each counter shows what is
// no text in its own way.
func (c *tally) malformed() {
	for i := range c.Links {
		if l := &c.Links[i]; l.Status == string(contrib.LinkMalformed) {
			l.User, l.Address = "", ""
		}
	}
}

func texts(list []keys.Address) (out []string) {
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}

// towerTally counts with the watchtower's.
func towerTally(t testing.TB, w *tower, path string, commit contrib.ID, rules contrib.Rules) (out tally) {
	t.Helper()
	subject := keys.Sum([]byte("subject"))
	line := w.line("points.count", map[string]any{"path": path, "commit": hexed(commit[:]), "rules": rules.Canonical(), "number": 3, "subject": hexed(subject[:])})
	var r struct {
		Out   tally
		Error string
	}
	if err := json.Unmarshal(line, &r); err != nil || r.Error != "" {
		t.Fatalf("points.count: %v %s", err, r.Error)
	}
	for i := range r.Out.Leaves {
		if len(r.Out.Leaves[i].Addresses) == 0 {
			r.Out.Leaves[i].Addresses = nil
		}
	}
	if len(r.Out.Links) == 0 {
		r.Out.Links = nil
	}
	r.Out.malformed()
	if len(r.Out.Leaves) == 0 {
		r.Out.Leaves = nil
	}
	return r.Out
}

// apart says where two tallies differ; "" where they do not.
func apart(node, tower tally) string {
	switch {
	case !reflect.DeepEqual(node.Leaves, tower.Leaves):
		for i := range max(len(node.Leaves), len(tower.Leaves)) {
			if i >= len(node.Leaves) || i >= len(tower.Leaves) || !reflect.DeepEqual(node.Leaves[i], tower.Leaves[i]) {
				return fmt.Sprintf("leaf %d:\n node       %+v\n watchtower %+v", i, node.Leaves, tower.Leaves)
			}
		}
	case !reflect.DeepEqual(node.Links, tower.Links):
		return fmt.Sprintf("links:\n node       %+v\n watchtower %+v", node.Links, tower.Links)
	case node.Hash != tower.Hash:
		return "the trees have other hashes"
	}
	return ""
}

// randomRules are rules whose remainders and patterns matter.
func (s *scribbler) randomRules() contrib.Rules {
	r := contrib.DefaultRules()
	if s.IntN(2) == 0 {
		r.Code, r.Comment, r.Text, r.Other = 999_999, 7, uint64(s.IntN(4)), uint64(s.IntN(3))
	}
	globs := []string{"vendor/", "*.go", "a/**", "**/b/*", "docs/?.txt", "*", "**/README.md", "gr??*", "a*/**/q.go", "größe/", "**"}
	if s.IntN(2) == 0 {
		r.Exclude = append(r.Exclude, pick(s, globs[:5]))
	}
	if s.IntN(2) == 0 {
		r.Multiply = append(r.Multiply, contrib.Multiplier{Glob: pick(s, globs), PPM: uint64(s.IntN(3_000_000))})
	}
	return r
}

// Goal: two counters that share no code give the same points, the same links and
// the same trees, byte for byte (counting.md). Method: the repository of traps and random
// histories with random rules; PROBITY_COUNTS says how many.
func TestEqualCounts(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 15
	}
	if m, err := strconv.Atoi(os.Getenv("PROBITY_COUNTS")); err == nil {
		n = m
	}
	showSource(t)
	w := newTower(t, "")
	dir := t.TempDir()
	for seed := range n {
		s := newScribbler(uint64(seed))
		rules := s.randomRules()
		m, head := fixture.Traps(), contrib.ID{}
		path := filepath.Join(dir, strconv.Itoa(seed))
		if seed > 0 {
			head = s.history(5 + s.IntN(40))
			m = s.m
			m.Branch("main", head)
		}
		if err := m.Write(path); err != nil {
			t.Fatal(err)
		}
		if seed == 0 {
			rules = contrib.DefaultRules()
			rules.Exclude = []string{"vendor/"}
			text, err := os.ReadFile(filepath.Join(path, "refs/heads/main"))
			if err != nil {
				t.Fatal(err)
			}
			head, _ = contrib.ParseID(strings.TrimSpace(string(text)))
		}
		if d := apart(nodeTally(t, path, head, rules), towerTally(t, w, path, head, rules)); d != "" {
			t.Fatalf("seed %d, %s\nrules %s\n%s", seed, path, rules.Canonical(), d)
		}
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
}

// showSource reads the watchtower's source. The go command runs a test again where
// what it read has changed, and does not see what a compiler that it started read.
func showSource(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", "..", "cmd", "watchtower"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			_, err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Goal: objects that git would not write count alike. Method: trees out of order,
// with a name twice, with rare modes, and commits with headers in other places.
func TestEqualCountsOfOddObjects(t *testing.T) {
	w := newTower(t, "")
	who := "author A <a@example.org> 1 +0000\n"
	for name, make := range map[string]func(r *raw) string{
		"a name twice": func(r *raw) string {
			one, two := r.object("blob", "x = 1\n"), r.object("blob", "x = 1\ny = 2\n")
			first := r.object("commit", "tree "+r.tree("100644 p.go "+one)+"\n"+who+"\nm")
			return r.object("commit", "tree "+r.tree("100644 p.go "+two, "100644 p.go "+one, "40000 p.go "+r.tree("100644 q.go "+two))+"\nparent "+first+"\nauthor B <b@example.org> 1 +0000\n\nm")
		},
		"out of order": func(r *raw) string {
			one, two := r.object("blob", "x = 1\n"), r.object("blob", "y = 2\nz\n")
			first := r.object("commit", "tree "+r.tree("100644 z.go "+one, "100644 a.go "+two, "40000 b "+r.tree("100644 y.go "+two), "100644 b.go "+one)+"\n"+who+"\nm")
			return r.object("commit", "tree "+r.tree("100644 a.go "+two, "100644 b.go "+one, "40000 b "+r.tree("100644 y.go "+two), "100644 z.go "+one)+"\nparent "+first+"\nauthor B <b@example.org> 1 +0000\n\nm")
		},
		"modes": func(r *raw) string {
			one := r.object("blob", "x = 1\n")
			return r.object("commit", "tree "+r.tree("100664 a.go "+one, "100600 b.go "+one, "0100644 c.go "+one, "120000 d.go "+one, "160000 e.go "+one,
				"040000 f "+r.tree("100755 g.go "+one), "40755 h "+r.tree("100644 i.go "+one), "644 j.go "+one)+"\n"+who+"\nm")
		},
		"headers": func(r *raw) string {
			one := r.object("blob", "x = 1\n")
			first := r.object("commit", "tree "+r.tree("100644 a.go "+one)+"\n"+who+"\nm")
			return r.object("commit", "tree "+r.tree("100644 a.go "+one, "100644 b.go "+one)+"\nparent "+first+"\nauthor  \tB <x> <B@example.org > 1 +0000\ncommitter C <c@example.org> 1 +0000\nparent "+strings.Repeat("0", 40)+
				"\ngpgsig -----\n author D <d@example.org> 1 +0000\n \n more\nnew E\n author F <f@example.org> 2 +0000\nauthor G <g@example.org> 1 +0000\nencoding latin1\n\nm\n\nCo-authored-by: H <h@example.org>")
		},
		"a parent twice": func(r *raw) string {
			one, two := r.object("blob", "x = 1\n"), r.object("blob", "x = 1\ny = 2\n")
			first := r.object("commit", "tree "+r.tree("100644 p.go "+one)+"\n"+who+"\nm")
			return r.object("commit", "tree "+r.tree("100644 q.go "+two)+"\nparent "+first+"\nparent "+first+"\nauthor B <b@example.org> 1 +0000\n\nm")
		},
		"renames that a parent has in full": func(r *raw) string { // rule 2 of §2.2 before rule 3
			one, two := r.object("blob", "x = 1\nz = 3\n"), r.object("blob", "x = 1\ny = 2\n")
			first := r.object("commit", "tree "+r.tree("100644 p.go "+one)+"\n"+who+"\nm")
			second := r.object("commit", "tree "+r.tree("100644 q.go "+two)+"\nauthor B <b@example.org> 1 +0000\n\nm")
			return r.object("commit", "tree "+r.tree("100644 r.go "+two)+"\nparent "+first+"\nparent "+second+"\nauthor C <c@example.org> 1 +0000\n\nm")
		},
		"no author": func(r *raw) string {
			one := r.object("blob", "x = 1\n")
			return r.object("commit", "tree "+r.tree("100644 a.go "+one)+"\ncommitter C <c@example.org> 1 +0000\n"+who+"\nm")
		},
		"a name with white space": func(r *raw) string {
			one, mail := r.object("blob", "x = 1\n"), r.object("blob", "<to@example.org> The Name <a@example.org>\n")
			return r.object("commit", "tree "+r.tree("100644 .mailmap "+mail, "100644 a.go "+one)+"\nauthor \tThe name\v <A@example.org> 1 +0000\n\nm")
		},
	} {
		r := newRaw(t)
		head, ok := contrib.ParseID(make(r))
		if !ok {
			t.Fatal(name)
		}
		if d := apart(nodeTally(t, r.dir, head, contrib.DefaultRules()), towerTally(t, w, r.dir, head, contrib.DefaultRules())); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// Goal: what is too large to be compared in full counts alike too. Method: files whose
// changed regions are beyond the limit of §3.1, with few, many and no lines that are
// unique; commits that move as many files as §2.3 pairs, and one more.
func TestEqualCountsOfLargeChanges(t *testing.T) {
	w := newTower(t, "")
	s := newScribbler(1)
	lines := func(n, kinds int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf("x%d = %d\n", i*kinds/n, s.IntN(2)*(n/(1+kinds)))
		}
		return out
	}
	text := map[string][]string{"few.go": lines(2200, 40), "many.go": lines(2200, 2200), "same.go": lines(2200, 1), "twice.go": lines(2200, 1100), "small.go": lines(2040, 40)}
	var head []contrib.ID
	for range 4 {
		files := map[string]string{}
		for name, list := range text {
			files[name] = strings.Join(list, "")
		}
		c := fixture.Commit{Author: pick(s, scribes), Parents: head, Files: files}
		if len(head) > 0 {
			c.Parents = head[len(head)-1:]
		}
		head = append(head, s.m.Commit(c))
		for _, list := range text {
			for range 3 {
				i, j, n := s.IntN(1000), 1000+s.IntN(1000), 1+s.IntN(40)
				for k := range n { // two runs change places
					list[i+k], list[j+k] = list[j+k], list[i+k]
				}
			}
			list[0], list[len(list)-1] = "first "+list[0], "last "+list[len(list)-1]
			for range 30 {
				list[s.IntN(len(list))] = fmt.Sprintf("new %d\n", s.IntN(50))
			}
		}
	}
	for _, n := range []int{500, 501} { // 250,000 pairs, and more
		dir := fmt.Sprintf("d%d/", n)
		before := fixture.Commit{Author: scribes[0], Parents: head[len(head)-1:], Files: map[string]string{}}
		after := fixture.Commit{Author: scribes[1], Files: map[string]string{}}
		for i := range n {
			one := fmt.Sprintf("a = %d\nb = %d\n", i, i)
			before.Files[fmt.Sprintf("%s%03d.go", dir, i)] = one
			after.Remove = append(after.Remove, fmt.Sprintf("%s%03d.go", dir, i))
			after.Files[fmt.Sprintf("%sm/%03d.go", dir, (i*7)%n)] = one + "c\n"
		}
		after.Parents = []contrib.ID{s.m.Commit(before)}
		head = append(head, s.m.Commit(after))
	}
	path := filepath.Join(t.TempDir(), "large")
	if err := s.m.Write(path); err != nil {
		t.Fatal(err)
	}
	last := head[len(head)-1]
	if d := apart(nodeTally(t, path, last, contrib.DefaultRules()), towerTally(t, w, path, last, contrib.DefaultRules())); d != "" {
		t.Fatal(d)
	}
}

// Goal: a mistake in the watchtower's counter is found. Method: its source with
// one change, compiled under an overlay.
func TestMistakesOfTheCounter(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the watchtower once more")
	}
	w := newTower(t, counterOverlay(t, "origin.go", "h.oldAt + i*h.oldN/h.newN", "h.oldAt + min(i, h.oldN-1)"))
	dir := t.TempDir()
	for seed := uint64(1); seed < 200; seed++ {
		s := newScribbler(seed)
		rules := s.randomRules()
		head := s.history(5 + s.IntN(40))
		path := filepath.Join(dir, strconv.FormatUint(seed, 10))
		if err := s.m.Write(path); err != nil {
			t.Fatal(err)
		}
		if apart(nodeTally(t, path, head, rules), towerTally(t, w, path, head, rules)) != "" {
			return
		}
	}
	t.Error("nothing differs")
}

// counterOverlay is a file for go build -overlay that changes one text of the
// counter.
func counterOverlay(t *testing.T, file, from, to string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "cmd", "watchtower", "internal", "count", file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), from) != 1 {
		t.Fatalf("%s does not have %q once: %v", file, from, err)
	}
	dir := t.TempDir()
	changed, out := filepath.Join(dir, file), filepath.Join(dir, "overlay.json")
	b, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for at, body := range map[string][]byte{changed: []byte(strings.Replace(string(text), from, to, 1)), out: b} {
		if err := os.WriteFile(at, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}
