package bundle

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"probity/chain/codec"
	"probity/chain/keys"
)

// Modes of files, as git has them (spec bundle §2).
const (
	ModeFile       = 0o100644
	ModeExecutable = 0o100755
	ModeLink       = 0o120000 // the data is where it leads to
)

// provenance is the folder that a candidate's id leaves out, so that a delivery
// can embed the history of the candidate (A-R13).
const provenance = ".provenance/"

// File is one file of a tree.
type File struct {
	Path string // with slashes, relative, UTF-8
	Mode uint32 // ModeFile, ModeExecutable or ModeLink
	Data []byte
}

// Tree is a set of files, ascending by path.
type Tree []File

// hash is that of the files that keep says (spec bundle §2).
func (t Tree) hash(keep func(path string) bool) keys.Hash {
	type row struct {
		_    struct{} `cbor:",toarray"`
		Path string
		Mode uint32
		Blob keys.Hash
	}
	rows := []row{}
	for i := range t {
		if f := &t[i]; keep(f.Path) {
			rows = append(rows, row{Path: f.Path, Mode: f.Mode, Blob: keys.Sum(f.Data)})
		}
	}
	return keys.Sum(codec.MustMarshal(rows))
}

// Candidate is the id of a release candidate with this content (R4).
func (t Tree) Candidate() keys.Hash {
	return t.hash(func(p string) bool { return !strings.HasPrefix(p, provenance) })
}

// Root is the hash of all files.
func (t Tree) Root() keys.Hash { return t.hash(func(string) bool { return true }) }

// ProvenanceRoot is the hash of the files below the provenance path.
func (t Tree) ProvenanceRoot() keys.Hash {
	return t.hash(func(p string) bool { return strings.HasPrefix(p, provenance) })
}

// Files is the number of files that the candidate's id speaks of.
func (t Tree) Files() (n int) {
	for i := range t {
		if !strings.HasPrefix(t[i].Path, provenance) {
			n++
		}
	}
	return n
}

// with is the tree with other files below the provenance path.
func (t Tree) with(history Tree) Tree {
	out := Tree{}
	for i := range t {
		if !strings.HasPrefix(t[i].Path, provenance) {
			out = append(out, t[i])
		}
	}
	out = append(out, history...)
	slices.SortFunc(out, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// find is a file by path, nil where there is none.
func (t Tree) find(path string) *File {
	i, ok := slices.BinarySearchFunc(t, path, func(f File, p string) int { return cmp.Compare(f.Path, p) })
	if !ok {
		return nil
	}
	return &t[i]
}

// check refuses what is no tree: paths out of order, not local or not text,
// other modes.
func (t Tree) check() error {
	for i := range t {
		f := &t[i]
		switch {
		case !fs.ValidPath(f.Path) || f.Path == "." || !utf8.ValidString(f.Path) || strings.ContainsRune(f.Path, 0):
			return fmt.Errorf("%w: path %q", ErrTree, f.Path)
		case f.Mode != ModeFile && f.Mode != ModeExecutable && f.Mode != ModeLink:
			return fmt.Errorf("%w: %s has mode %o", ErrTree, f.Path, f.Mode)
		case f.Mode == ModeLink && (len(f.Data) == 0 || strings.ContainsRune(string(f.Data), 0) || !utf8.Valid(f.Data)):
			return fmt.Errorf("%w: link %s leads nowhere", ErrTree, f.Path)
		case i > 0 && t[i-1].Path >= f.Path:
			return fmt.Errorf("%w: %s does not follow %s", ErrTree, f.Path, t[i-1].Path)
		}
	}
	return nil
}

// ReadFolder reads the files below a folder but those of .git. An executable is
// what its owner may execute.
func ReadFolder(dir string) (Tree, error) {
	out := Tree{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name == ".git" {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil // a worktree's pointer to its repository
		}
		if d.IsDir() {
			return nil
		}
		f, err := readEntry(path, name, d)
		if err != nil {
			return err
		}
		out = append(out, f)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tree: %w", err)
	}
	slices.SortFunc(out, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return out, out.check()
}

func readEntry(path, name string, d fs.DirEntry) (File, error) {
	info, err := d.Info()
	if err != nil {
		return File{}, err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		to, err := os.Readlink(path)
		return File{Path: name, Mode: ModeLink, Data: []byte(to)}, err
	case !info.Mode().IsRegular():
		return File{}, fmt.Errorf("%w: %s is neither a file nor a link", ErrTree, name)
	}
	f := File{Path: name, Mode: ModeFile}
	if info.Mode()&0o100 != 0 {
		f.Mode = ModeExecutable
	}
	f.Data, err = os.ReadFile(path)
	return f, err
}

// Write writes the tree into a folder, which must be empty or new.
func (t Tree) Write(dir string) error {
	if err := t.check(); err != nil {
		return err
	}
	if found, _ := os.ReadDir(dir); len(found) > 0 {
		return fmt.Errorf("write tree: %s is not empty", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write tree: %w", err)
	}
	root, err := os.OpenRoot(dir) // a link of the tree leads nothing out of it
	if err != nil {
		return fmt.Errorf("write tree: %w", err)
	}
	defer root.Close()
	for i := range t {
		if err := writeEntry(root, &t[i]); err != nil {
			return fmt.Errorf("write tree: %w", err)
		}
	}
	return nil
}

func writeEntry(root *os.Root, f *File) error {
	if at := strings.LastIndexByte(f.Path, '/'); at > 0 {
		if err := root.MkdirAll(f.Path[:at], 0o755); err != nil {
			return err
		}
	}
	if f.Mode == ModeLink {
		return root.Symlink(string(f.Data), f.Path)
	}
	mode := fs.FileMode(0o644)
	if f.Mode == ModeExecutable {
		mode = 0o755
	}
	return root.WriteFile(f.Path, f.Data, mode)
}
