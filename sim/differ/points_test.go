package differ

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/node/contrib"
	"probity/node/contrib/fixture"
)

// count is a line of points.count with what the node counts; drop leaves an object out.
func (v *vectors) count(m *fixture.Maker, rules contrib.Rules, drop string) {
	v.t.Helper()
	head := m.Head("main")
	objects := []fields{}
	for _, o := range m.Objects() {
		if drop == "" || !strings.Contains(string(o.Data), drop) {
			objects = append(objects, fields{"type": o.Type, "data": hexed(o.Data)})
		}
	}
	in := fields{"objects": objects, "commit": hexed(head[:]), "rules": rules.Canonical(), "number": 3, "subject": keys.Sum([]byte("subject"))}
	if drop != "" {
		v.line("points.count", in, nil)
		return
	}
	path := filepath.Join(v.t.TempDir(), "r.git")
	if err := m.Write(path); err != nil {
		v.t.Fatal(err)
	}
	c := nodeTally(v.t, path, head, rules)
	leaves, links := []fields{}, []fields{}
	for _, l := range c.Leaves {
		leaves = append(leaves, fields{"identity": l.Identity, "lines": l.Lines, "micropoints": l.Micropoints, "addresses": append([]string{}, l.Addresses...)})
	}
	for _, l := range c.Links {
		links = append(links, fields{"status": l.Status, "commit": l.Commit, "user": l.User, "address": l.Address})
	}
	v.line("points.count", in, fields{"hash": c.Hash, "leaves": leaves, "links": links})
}

// people is a repository whose register has a line of every status but malformed.
func people() *fixture.Maker {
	m := fixture.New()
	ada, mallory, bob := "Ada <ada@example.org>", "Mallory <mallory@example.org>", "Bob <bob@example.org>"
	key := fixture.SSH([32]byte{7})
	link := func(email string, n byte) string {
		return contrib.SignLink(keys.Hash{}, email, keys.FromSeed([32]byte{n})) + "\n"
	}
	const register = "daoContributors.txt"
	add := func(by string, sign fixture.Signer, files map[string]string, parents ...contrib.ID) contrib.ID {
		return m.Commit(fixture.Commit{Author: by, Parents: parents, Files: files, Sign: sign})
	}
	text := link("ada@example.org", 1)
	first := add(ada, key, map[string]string{"a.go": "a = 1\nb = 2\n", register: text})
	text += link("ada@example.org", 2)
	stolen := add(ada, nil, map[string]string{register: text}, first) // without Ada's key
	text += link("ada@example.org", 3)
	other := add(mallory, nil, map[string]string{register: text, "m.go": "m = 1\n"}, stolen)
	unsigned := add(mallory, nil, map[string]string{register: text + strings.Join(strings.Fields(link("mallory@example.org", 3))[:2], " ") + "\n"}, other)
	bad := add(mallory, nil, map[string]string{register: text + strings.Replace(link("bob@example.org", 4), "bob@", "mallory@", 1)}, unsigned)
	moved := m.Commit(fixture.Commit{Author: mallory, Parents: []contrib.ID{bad}, Move: map[string]string{register: "people.txt"}})
	side := add(bob, nil, map[string]string{"b.md": "# B\n", register: link("bob@example.org", 4)}, first)
	back := m.Commit(fixture.Commit{Author: mallory, Parents: []contrib.ID{moved, side}, Move: map[string]string{"people.txt": register}, Files: map[string]string{"b.md": "# B\n"}})
	add("Nobody <nobody@example.org>", nil, map[string]string{register: link("nobody@example.org", 5)}, back)
	return m
}

// edits is a repository whose lines are moved, reformatted, doubled and merged.
func edits() *fixture.Maker {
	m := fixture.New()
	ada, bob, eve := "Ada <ada@example.org>", "Bob <bob@example.org>", "Eve <eve@example.org>"
	commit := func(by, path, text string, parents ...contrib.ID) contrib.ID {
		return m.Commit(fixture.Commit{Author: by, Parents: parents, Files: map[string]string{path: text}})
	}
	first := commit(ada, "x.py", "a\nb\nc\nd\ne\nf\ng\n")
	moved := commit(bob, "x.py", "a\ne\nf\nb\nc\nd\ng\n", first)
	doubled := commit(eve, "x.py", "a\nb\nc\nd\nb\nc\ne\nf\ng\r\n", first)
	third := m.Commit(fixture.Commit{Author: eve, Parents: []contrib.ID{first}, Move: map[string]string{"x.py": "y.py"}, Files: map[string]string{"z.py": "z\n"}})
	octopus := m.Commit(fixture.Commit{Author: ada, Parents: []contrib.ID{moved, doubled, third}, Files: map[string]string{"x.py": "a\nb\nc\nd\nb\ne\nf\ng\r\nnew\n", "y.py": "a\nb\nc\nd\ne\nf\ng\n", "z.py": "z\n"}})
	format := m.Commit(fixture.Commit{Author: bob, Parents: []contrib.ID{octopus}, Files: map[string]string{"x.py": "a\nb ; c\nd\n b\n e\n f\n f2\ng\nnew\n"}})
	m.Commit(fixture.Commit{Author: ada, Parents: []contrib.ID{format}, Files: map[string]string{".git-blame-ignore-revs": format.String() + " # format\n"}})
	return m
}

// Goal: the vectors of counting are what the node counts. Method: the file is made
// again and compared; -update writes it.
func TestPointsVectorsAreTheNodes(t *testing.T) {
	v := &vectors{t: t}
	rules := contrib.DefaultRules()
	v.count(people(), rules, "")
	v.count(edits(), rules, "")
	rules.Exclude = []string{"vendor/"}
	v.count(fixture.Traps(), rules, "")
	rules.Code, rules.Comment, rules.Text, rules.Other = 999_999, 7, 3, 1
	rules.Multiply = []contrib.Multiplier{{Glob: "docs/**", PPM: 2_000_000}, {Glob: "*.py", PPM: 333_333}, {Glob: "**/*.md", PPM: 0}}
	v.count(fixture.Traps(), rules, "")
	for seed := uint64(1); seed < 4; seed++ {
		s := newScribbler(seed)
		s.m.Branch("main", s.history(10))
		v.count(s.m, s.randomRules(), "")
	}
	plain := contrib.DefaultRules()
	v.count(edits(), plain, "committer Eve") // an incomplete history
	v.count(edits(), plain, "b ; c")         // an incomplete tree
	one := fixture.Traps().Head("main")
	v.line("points.count", fields{"objects": []fields{}, "commit": hexed(one[:]), "rules": plain.Canonical()}, nil)
	v.line("points.count", fields{"objects": []fields{}, "commit": "0x010203", "rules": plain.Canonical()}, nil)
	v.line("points.count", fields{"objects": []fields{}, "commit": hexed(one[:]), "rules": "code 1\n"}, nil)
	v.line("points.count", fields{"commit": hexed(one[:]), "rules": plain.Canonical()}, nil)
	path := filepath.Join(vectorFolder(), "points.jsonl")
	if *update {
		if err := os.WriteFile(path, v.buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, v.buf.Bytes()) {
		t.Errorf("%s is not what the node counts (go test ./sim/differ -run Vectors -update): %v", path, err)
	}
}
