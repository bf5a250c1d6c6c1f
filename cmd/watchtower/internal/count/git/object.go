package git

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
)

// Person is who wrote: as the object says, nothing changed.
type Person struct{ Name, Email string }

// Commit is what counting needs of one.
type Commit struct {
	Tree    ID
	Parents []ID
	Author  Person
	Message string
}

// Commit reads a commit. The headers that count stand first, in their order: the
// tree, the parents, the author; what is called so elsewhere is something else
// (counting §1.5).
func (s *Store) Commit(id ID) (*Commit, error) {
	raw, err := s.Get(id, "commit")
	if err != nil {
		return nil, err
	}
	c := &Commit{}
	var head string
	head, c.Message, _ = strings.Cut(string(raw), "\n\n")
	rows := strings.Split(head, "\n")
	ok := false
	if c.Tree, ok = Parse(strings.TrimPrefix(rows[0], "tree ")); !ok || !strings.HasPrefix(rows[0], "tree ") {
		return nil, fmt.Errorf("commit %s: %w: no tree", id, ErrDamaged)
	}
	for rows = rows[1:]; len(rows) > 0 && strings.HasPrefix(rows[0], "parent "); rows = rows[1:] {
		p, ok := Parse(strings.TrimPrefix(rows[0], "parent "))
		if !ok {
			return nil, fmt.Errorf("commit %s: %w: the header %q", id, ErrDamaged, rows[0])
		}
		c.Parents = append(c.Parents, p)
	}
	if len(rows) > 0 && strings.HasPrefix(rows[0], "author ") {
		c.Author = person(strings.TrimPrefix(rows[0], "author "))
	}
	return c, nil
}

// person reads NAME <EMAIL> with whatever follows.
func person(s string) Person {
	from, to := strings.LastIndexByte(s, '<'), strings.LastIndexByte(s, '>')
	if from < 0 || to < from {
		return Person{}
	}
	return Person{Name: s[:from], Email: s[from+1 : to]}
}

// Entry is a name in a tree.
type Entry struct {
	Name string
	ID   ID
	Mode uint32
}

// The bits of a mode that say what an entry is (counting §1.3).
const (
	typeBits   = 0o170000
	fileBits   = 0o100000
	FolderMode = 0o040000
)

// File reports whether the entry is a file.
func (e *Entry) File() bool { return e.Mode&typeBits == fileBits }

// Folder reports whether it is a tree.
func (e *Entry) Folder() bool { return e.Mode&typeBits == FolderMode }

// Tree is the entries of a folder in the order of the object: by their names,
// those of folders as if a slash followed.
type Tree []Entry

// Tree reads a tree.
func (s *Store) Tree(id ID) (Tree, error) {
	raw, err := s.Get(id, "tree")
	if err != nil {
		return nil, err
	}
	var out Tree
	for len(raw) > 0 {
		space, nul := bytes.IndexByte(raw, ' '), bytes.IndexByte(raw, 0)
		if space <= 0 || nul < space || len(raw) < nul+21 {
			return nil, fmt.Errorf("tree %s: %w", id, ErrDamaged)
		}
		e := Entry{Name: string(raw[space+1 : nul])}
		for _, d := range raw[:space] {
			if d < '0' || d > '7' || e.Mode > 1<<24 {
				return nil, fmt.Errorf("tree %s: %w: the mode %q", id, ErrDamaged, raw[:space])
			}
			e.Mode = e.Mode<<3 | uint32(d-'0')
		}
		copy(e.ID[:], raw[nul+1:])
		out = append(out, e)
		raw = raw[nul+21:]
	}
	return out.tidy(), nil
}

// tidy puts a tree that a program wrote wrong in order; of several entries of
// one name the first counts.
func (t Tree) tidy() Tree {
	right := true
	for i := 1; i < len(t) && right; i++ {
		right = t[i-1].Name < t[i].Name && t[i-1].Compare(&t[i]) < 0
	}
	if right {
		return t
	}
	seen, kept := map[string]bool{}, t[:0]
	for _, e := range t {
		if !seen[e.Name] {
			seen[e.Name] = true
			kept = append(kept, e)
		}
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i].Compare(&kept[j]) < 0 })
	return kept
}

// Compare is the order of entries in a tree: negative where e comes first.
func (e *Entry) Compare(f *Entry) int {
	n := min(len(e.Name), len(f.Name))
	if c := strings.Compare(e.Name[:n], f.Name[:n]); c != 0 {
		return c
	}
	return e.after(n) - f.after(n)
}

// after is the byte behind the first n of a name; a slash follows a folder's.
func (e *Entry) after(n int) int {
	if n < len(e.Name) {
		return int(e.Name[n])
	}
	if e.Folder() {
		return '/'
	}
	return 0
}

// Blob reads the bytes of a file.
func (s *Store) Blob(id ID) ([]byte, error) { return s.Get(id, "blob") }
