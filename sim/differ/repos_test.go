package differ

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"probity/chain/keys"
	"probity/node/contrib"
	"probity/node/contrib/fixture"
)

// scribbler makes histories of everything that a count can get wrong: renames
// with and without changes, merges of up to four, binary files, links, carriage
// returns, lines that move, ignored commits, mailmaps, co-authors, registers.
type scribbler struct {
	*rand.Rand
	m     *fixture.Maker
	files map[contrib.ID]map[string]string // by commit; a symbolic link begins with linkMark
	old   []contrib.ID
}

const linkMark = "\x00link\x00"

var (
	scribes = []string{"Ada <ada@example.org>", "Bob <bob@example.org>", "Ada <ADA@example.org>", "Ada L <ada@old.example.org>",
		"Mallory <mallory@example.org>", "Ada <mallory@example.org>", "Zoë Ünder <zoë@example.org>", "B  <Bob@Example.ORG>"}
	folders  = []string{"", "a/", "a/b/", "docs/", "vendor/", "größe/", "a-b/"}
	fileName = []string{"p.go", "q.go", "s.py", "n.txt", "README.md", "run", "u.unknown", "x.SQL", "Makefile", "l.lua", "h.hs", "v.vb", "w.bat", ".profile"}
	rows     = []string{"}", "", "\t", "x = 1", "return x", "// c", "# c", "/* a", "b */", "/* a */ y", `"""`, `"""doc""" # c`, `s = "/* no"`, "`", "-- c", "--[[", "]]",
		"{- a {- b", "-}", "rem note", "REMOVE", "' c", "\\", "\"\\\"", "#!/usr/bin/env -S python3 -u", "#!/bin/sh", "\xef\xbb\xbfbom", "\xff\xfe", "    indented  ", "<!-- c -->", "\v"}
)

func newScribbler(seed uint64) *scribbler {
	return &scribbler{Rand: rand.New(rand.NewPCG(seed, 7)), m: fixture.New(), files: map[contrib.ID]map[string]string{}}
}

func pick[T any](r *scribbler, list []T) T { return list[r.IntN(len(list))] }

func (s *scribbler) row() string {
	if s.IntN(3) == 0 {
		return fmt.Sprintf("line %d", s.IntN(60))
	}
	return pick(s, rows)
}

func (s *scribbler) content() string {
	switch s.IntN(30) {
	case 0:
		return "binary\x00\n" + s.row()
	case 1:
		return ""
	case 2:
		return strings.Repeat("x", 7999) + "\x00" // the last byte that is looked at
	case 3:
		return strings.Repeat("x\n", 4000) + "\x00"
	case 4, 5, 6:
		return fmt.Sprintf("k%d\nk%d\n", s.IntN(9), s.IntN(9))
	}
	var list []string
	for range s.IntN(14) {
		list = append(list, s.row())
	}
	return strings.Join(list, "\n") + pick(s, []string{"\n", "\n", "\n", "", "\r\n"})
}

// edit changes a text as people do.
func (s *scribbler) edit(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for range 1 + s.IntN(3) {
		at := s.IntN(len(lines))
		switch s.IntN(8) {
		case 0:
			lines = slices.Delete(lines, at, at+1)
		case 1: // a run moves
			to := min(len(lines), at+1+s.IntN(4))
			run := slices.Clone(lines[at:to])
			lines = slices.Delete(lines, at, to)
			lines = slices.Insert(lines, s.IntN(len(lines)+1), run...)
		case 2: // a run is doubled
			lines = slices.Insert(lines, at, slices.Clone(lines[at:min(len(lines), at+1+s.IntN(3))])...)
		case 3:
			lines[at] = strings.TrimSuffix(lines[at], "\n") + "\r\n"
		case 4:
			lines[at] = " " + lines[at]
		default:
			lines = slices.Insert(lines, at, s.row()+"\n")
		}
		if len(lines) == 0 {
			lines = []string{""}
		}
	}
	return strings.Join(lines, "")
}

func (s *scribbler) path() string { return pick(s, folders) + pick(s, fileName) }

// put writes a file where a folder, a file or nothing was.
func put(files map[string]string, path, text string) {
	for p := range files {
		if strings.HasPrefix(p, path+"/") || strings.HasPrefix(path, p+"/") {
			delete(files, p)
		}
	}
	files[path] = text
}

// change is one thing that a commit does.
func (s *scribbler) change(files map[string]string) {
	list := slices.Sorted(maps.Keys(files))
	if len(list) == 0 || s.IntN(5) == 0 {
		put(files, s.path(), s.content())
		return
	}
	at := pick(s, list)
	text := files[at]
	switch s.IntN(12) {
	case 0:
		delete(files, at)
	case 1, 2: // a rename, perhaps with changes
		delete(files, at)
		if len(text) == 6 && text[0] == 'k' { // half of it stays
			text = text[:3] + "k9\n"
		} else if s.IntN(2) == 0 && !strings.HasPrefix(text, linkMark) {
			text = s.edit(text)
		}
		put(files, s.path(), text)
	case 3:
		put(files, s.path(), text)
	case 4:
		put(files, at, linkMark+"p.go")
	case 5: // a file becomes a folder
		delete(files, at)
		put(files, at+"/"+pick(s, fileName), text)
	case 6: // as it was
		if len(s.old) > 0 {
			if was, ok := s.files[pick(s, s.old)][at]; ok {
				put(files, at, was)
			}
		}
	default:
		if strings.HasPrefix(text, linkMark) {
			text = s.content()
		}
		put(files, at, s.edit(text))
	}
}

// paperwork changes the files at the root that say how to count.
func (s *scribbler) paperwork(files map[string]string) {
	switch s.IntN(6) {
	case 0:
		files[".mailmap"] = files[".mailmap"] + pick(s, []string{"Ada <ada@example.org> <ADA@old.example.org>\n", "<bob@example.org> <mallory@example.org>\n", "# <x@y> <bob@example.org>\n",
			"M <mallory@example.org> Ada <mallory@example.org>\n", "Just A Name <bob@example.org>\n", "nothing\n", "<ada@example.org> ada <Mallory@example.org> rest\n", "X <> <bob@example.org>\n", "<q@example.org> <>\n"})
	case 1:
		if len(s.old) > 0 {
			files[".git-blame-ignore-revs"] = files[".git-blame-ignore-revs"] + pick(s, []string{"", " ", "# "}) + pick(s, s.old).String() + pick(s, []string{"\n", " # why\n", "0\n", "\r\n"})
		}
	case 2:
		delete(files, pick(s, []string{".mailmap", ".git-blame-ignore-revs", "daoContributors.txt"}))
	case 3: // the register is renamed, and perhaps comes back
		if text, ok := files["daoContributors.txt"]; ok {
			delete(files, "daoContributors.txt")
			put(files, "people.txt", text)
		} else if text, ok := files["people.txt"]; ok {
			delete(files, "people.txt")
			files["daoContributors.txt"] = text
		}
	default:
		files["daoContributors.txt"] = files["daoContributors.txt"] + s.link() + "\n"
	}
}

// link is a line of a register, most of them right.
func (s *scribbler) link() string {
	email := pick(s, []string{"ada@example.org", "Bob@example.org", "mallory@example.org", "ada@old.example.org", "nobody"})
	k := keys.FromSeed([32]byte{byte(s.IntN(3))})
	line := contrib.SignLink(keys.Hash{}, email, k)
	w := strings.Fields(line)
	switch s.IntN(10) {
	case 0:
		return strings.Join(w[:1+s.IntN(3)], " ")
	case 1:
		return w[0] + " " + strings.ToUpper(w[1]) + " " + w[2] + " " + w[3]
	case 2:
		return w[0] + "  " + w[1] + "\t" + strings.ToUpper(w[2][2:]) + " " + w[3]
	case 3:
		return w[0] + "  " + w[1] + "\t0x" + strings.ToUpper(w[2][2:]) + " 0x" + strings.ToUpper(w[3][2:]) + " and more"
	case 4:
		return w[0] + " " + w[1] + " 0X" + w[2][2:] + " " + w[3]
	case 5:
		return "# " + line
	case 6:
		return contrib.SignLink(keys.Hash{1}, email, k)
	}
	return line
}

var messages = []string{"change", "one\n\nCo-authored-by: Bob <bob@example.org>\n", "two\n\nbody\n\nco-AUTHORED-by : Ada <ada@old.example.org>\nCo-authored-by: <mallory@example.org>\r\n\n\n",
	"Co-authored-by: Bob <bob@example.org>", "three\n\nCo-authored-by: Bob <bob@example.org>\n\nlast", "\n\nfour\n\nCo-authored-by: Nobody\nCo-authored-by: X <>\n",
	"five\n\n" + strings.Repeat("Co-authored-by: Bob <bob@example.org>\n", 3) + many(20)}

// many are more co-authors than count.
func many(n int) (out string) {
	for i := range n {
		out += fmt.Sprintf("Co-authored-by: P%d <p%d@example.org>\n", i, i)
	}
	return out
}

// commit adds a commit with these files.
func (s *scribbler) commit(parents []contrib.ID, files map[string]string) contrib.ID {
	c := fixture.Commit{Author: pick(s, scribes), Message: "change", Parents: parents, Files: map[string]string{}, Links: map[string]string{}}
	if s.IntN(4) == 0 {
		c.Message = pick(s, messages)
	}
	if n := s.IntN(6); n < 2 {
		c.Sign = fixture.SSH([32]byte{byte(n)})
	} else if n == 2 { // a signature of something else
		c.Sign = func([]byte) string { return fixture.SSH([32]byte{1})([]byte("else")) }
	}
	var before map[string]string
	if len(parents) > 0 {
		before = s.files[parents[0]]
	}
	for path, text := range before {
		if now, ok := files[path]; !ok || strings.HasPrefix(now, linkMark) != strings.HasPrefix(text, linkMark) {
			c.Remove = append(c.Remove, path)
		}
	}
	slices.Sort(c.Remove)
	for path, text := range files {
		if target, ok := strings.CutPrefix(text, linkMark); ok {
			c.Links[path] = target
		} else {
			c.Files[path] = text
		}
	}
	id := s.m.Commit(c)
	s.files[id] = files
	s.old = append(s.old, id)
	return id
}

// history makes so many commits on up to four branches, merged in the end.
func (s *scribbler) history(n int) contrib.ID {
	first := map[string]string{}
	for range 3 {
		put(first, s.path(), s.content())
	}
	heads := []contrib.ID{s.commit(nil, first)}
	for range n {
		switch k := s.IntN(8); {
		case k == 0 && len(heads) < 4:
			heads = append(heads, pick(s, s.old))
		case k == 1 && len(heads) > 1:
			heads = []contrib.ID{s.merge(heads[:2+s.IntN(len(heads)-1)])}
		case k == 2 && s.IntN(6) == 0: // a history of its own
			heads = append(heads[:min(len(heads), 3)], s.commit(nil, map[string]string{s.path(): s.content()}))
		default:
			at := s.IntN(len(heads))
			files := maps.Clone(s.files[heads[at]])
			for range 1 + s.IntN(3) {
				s.change(files)
			}
			if s.IntN(3) == 0 {
				s.paperwork(files)
			}
			heads[at] = s.commit([]contrib.ID{heads[at]}, files)
		}
	}
	head := s.merge(heads)
	if s.IntN(2) == 0 { // some commits only format, it is said
		files := maps.Clone(s.files[head])
		text := ""
		for range 1 + s.IntN(len(s.old)) {
			text += pick(s, s.old).String() + "\n"
		}
		put(files, ".git-blame-ignore-revs", text)
		head = s.commit([]contrib.ID{head}, files)
	}
	return head
}

// merge takes each file from one of the parents, and changes a little.
func (s *scribbler) merge(parents []contrib.ID) contrib.ID {
	s.Shuffle(len(parents), func(i, j int) { parents[i], parents[j] = parents[j], parents[i] })
	files := map[string]string{}
	for _, p := range parents {
		for _, path := range slices.Sorted(maps.Keys(s.files[p])) {
			if _, ok := files[path]; !ok || s.IntN(3) == 0 {
				put(files, path, s.files[p][path])
			}
		}
	}
	if s.IntN(2) == 0 {
		s.change(files)
	}
	return s.commit(parents, files)
}

// raw is a repository of objects that are written as they stand here.
type raw struct {
	t   testing.TB
	dir string
}

func newRaw(t testing.TB) *raw {
	r := &raw{t, filepath.Join(t.TempDir(), "r.git")}
	for _, sub := range []string{"objects", "refs/heads"} {
		r.must(os.MkdirAll(filepath.Join(r.dir, sub), 0o755))
	}
	r.must(os.WriteFile(filepath.Join(r.dir, "HEAD"), []byte("ref: refs/heads/main\n"), 0o600))
	r.must(os.WriteFile(filepath.Join(r.dir, "config"), []byte("[core]\n\trepositoryformatversion = 0\n\tbare = true\n"), 0o600))
	return r
}

func (r *raw) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// object writes a loose object.
func (r *raw) object(kind, body string) string {
	all := fmt.Sprintf("%s %d\x00%s", kind, len(body), body)
	sum := sha1.Sum([]byte(all))
	id := hex.EncodeToString(sum[:])
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write([]byte(all))
	r.must(err)
	r.must(z.Close())
	r.must(os.MkdirAll(filepath.Join(r.dir, "objects", id[:2]), 0o755))
	r.must(os.WriteFile(filepath.Join(r.dir, "objects", id[:2], id[2:]), b.Bytes(), 0o600))
	return id
}

// tree writes a tree of "MODE NAME ID" in the order given.
func (r *raw) tree(entries ...string) string {
	var b strings.Builder
	for _, e := range entries {
		mode, rest, _ := strings.Cut(e, " ")
		at := strings.LastIndexByte(rest, ' ')
		id, err := hex.DecodeString(rest[at+1:])
		r.must(err)
		b.WriteString(mode + " " + rest[:at] + "\x00" + string(id))
	}
	return r.object("tree", b.String())
}
