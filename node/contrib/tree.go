package contrib

import (
	"cmp"
	"slices"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// regular reports whether a tree entry is a file with lines: no link, no
// submodule, no folder.
func regular(m filemode.FileMode) bool {
	return m == filemode.Regular || m == filemode.Executable || m == filemode.Deprecated
}

// change is a regular file that differs between two trees; a zero id says that
// the file is not there.
type change struct {
	path     string
	old, new ID
}

// changes are the differences between two trees, by path in byte order.
func (r *Repo) changes(before, after ID) ([]change, error) {
	var out []change
	if err := r.compare("", before, after, &out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b change) int { return cmp.Compare(a.path, b.path) })
	return out, nil
}

// compare adds the differences below one folder.
func (r *Repo) compare(prefix string, before, after ID, out *[]change) error {
	if before == after {
		return nil
	}
	a, err := r.tree(before)
	if err != nil {
		return err
	}
	b, err := r.tree(after)
	if err != nil {
		return err
	}
	had := make(map[string]object.TreeEntry, len(a))
	for _, e := range a {
		had[e.Name] = e
	}
	for _, e := range b {
		if err := r.compareEntry(prefix+e.Name, had[e.Name], e, out); err != nil {
			return err
		}
		delete(had, e.Name)
	}
	for _, e := range a { // in order, so that errors are the same everywhere
		if _, gone := had[e.Name]; !gone {
			continue
		}
		if err := r.compareEntry(prefix+e.Name, e, object.TreeEntry{}, out); err != nil {
			return err
		}
	}
	return nil
}

// compareEntry adds the differences at one name, which may be a file, a folder
// or neither on each side.
func (r *Repo) compareEntry(path string, a, b object.TreeEntry, out *[]change) error {
	if a.Hash == b.Hash && a.Mode == b.Mode {
		return nil
	}
	var dirA, dirB, fileA, fileB ID
	for _, side := range []struct {
		e         object.TreeEntry
		dir, file *ID
	}{{a, &dirA, &fileA}, {b, &dirB, &fileB}} {
		switch {
		case side.e.Mode == filemode.Dir:
			*side.dir = side.e.Hash
		case regular(side.e.Mode):
			*side.file = side.e.Hash
		}
	}
	if fileA != fileB {
		*out = append(*out, change{path, fileA, fileB})
	}
	return r.compare(path+"/", dirA, dirB, out)
}

// files are all regular files of a tree, by path in byte order.
func (r *Repo) files(root ID) ([]change, error) { return r.changes(ID{}, root) }
