package contrib

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// ID is the name of a git object: SHA-1 of its content.
type ID = plumbing.Hash

// ParseID reads the 40 hex digits of an id.
func ParseID(text string) (ID, bool) {
	var id ID
	n, err := hex.Decode(id[:], []byte(text[:min(len(text), 2*len(id))]))
	return id, err == nil && n == len(id) && len(text) == 2*len(id)
}

// blobMax is the size in bytes above which a file has no lines (spec §2).
const blobMax = 8 << 20

// binaryPrefix is how much of a file is searched for a NUL byte (spec §2).
const binaryPrefix = 8000

// objectCache is how much of a pack one reader keeps unpacked.
const objectCache = 32 << 20

// Repo reads the objects of one repository. It is for one goroutine; Clone
// gives another reader of the same repository.
type Repo struct {
	path string
	git  *git.Repository
	st   *filesystem.Storage
}

// Open opens the repository at path: a working tree, a folder inside one, or a
// bare repository. It returns ErrRepository where there is none.
func Open(path string) (*Repo, error) {
	found, err := git.PlainOpenWithOptions(path, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
	if errors.Is(err, git.ErrRepositoryNotExists) {
		found, err = git.PlainOpenWithOptions(path, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRepository, path, err)
	}
	st, ok := found.Storer.(*filesystem.Storage)
	if !ok {
		return nil, fmt.Errorf("%w: %s is not on disk", ErrRepository, path)
	}
	// The same folder once more, with its packs held open: opening a pack for
	// every object costs more than reading the object.
	kept := filesystem.NewStorageWithOptions(st.Filesystem(), cache.NewObjectLRU(objectCache*cache.Byte),
		filesystem.Options{KeepDescriptors: true})
	again, err := git.Open(kept, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRepository, path, err)
	}
	return &Repo{path: path, git: again, st: kept}, nil
}

// Clone opens another reader of the same repository.
func (r *Repo) Clone() (*Repo, error) { return Open(r.path) }

// Close closes the packs.
func (r *Repo) Close() error {
	if err := r.st.Close(); err != nil {
		return fmt.Errorf("close repository: %w", err)
	}
	return nil
}

// Resolve finds the commit that a revision names: an id, a branch, a tag, or
// an expression such as HEAD~2.
func (r *Repo) Resolve(rev string) (ID, error) {
	h, err := r.git.ResolveRevision(plumbing.Revision(rev))
	if err != nil {
		return ID{}, fmt.Errorf("%w: %s: %w", ErrRevision, rev, err)
	}
	if _, err := r.commit(*h); err != nil {
		return ID{}, fmt.Errorf("%w: %s: %w", ErrRevision, rev, err)
	}
	return *h, nil
}

// commit reads one commit.
func (r *Repo) commit(id ID) (*object.Commit, error) {
	c, err := object.GetCommit(r.st, id)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, fmt.Errorf("%w: commit %s is not here: git fetch --unshallow", ErrShallow, id)
	}
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", id, err)
	}
	return c, nil
}

// tree reads one tree; the zero id is the empty tree.
func (r *Repo) tree(id ID) ([]object.TreeEntry, error) {
	if id.IsZero() {
		return nil, nil
	}
	t, err := object.GetTree(r.st, id)
	if err != nil {
		return nil, fmt.Errorf("read tree %s: %w", id, err)
	}
	return firsts(t.Entries), nil
}

// firsts leaves out of a tree that a program wrote wrong the entries whose name
// stands there before (spec §1.3). Names that rise are all different.
func firsts(entries []object.TreeEntry) []object.TreeEntry {
	if slices.IsSortedFunc(entries, func(a, b object.TreeEntry) int { return cmp.Or(cmp.Compare(a.Name, b.Name), -1) }) {
		return entries
	}
	seen := make(map[string]bool, len(entries))
	return slices.DeleteFunc(slices.Clone(entries), func(e object.TreeEntry) bool {
		again := seen[e.Name]
		seen[e.Name] = true
		return again
	})
}

// text reads a blob; nil where it is binary or too large to have lines.
func (r *Repo) text(id ID) ([]byte, error) {
	size, err := r.st.EncodedObjectSize(id)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", id, err)
	}
	if size > blobMax {
		return nil, nil
	}
	o, err := r.st.EncodedObject(plumbing.BlobObject, id)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", id, err)
	}
	in, err := o.Reader()
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", id, err)
	}
	defer in.Close()
	content := make([]byte, size)
	if _, err := io.ReadFull(in, content); err != nil {
		return nil, fmt.Errorf("read blob %s: %w", id, err)
	}
	if isBinary(content) {
		return nil, nil
	}
	return content, nil
}

// isBinary reports whether content is no text.
func isBinary(content []byte) bool {
	for _, b := range content[:min(len(content), binaryPrefix)] {
		if b == 0 {
			return true
		}
	}
	return false
}

// root is the tree of a commit.
func (r *Repo) root(id ID) (ID, error) {
	c, err := r.commit(id)
	if err != nil {
		return ID{}, err
	}
	return c.TreeHash, nil
}

// file reads a regular file at the top of a commit's tree; nil where there is
// none.
func (r *Repo) file(commit ID, name string) ([]byte, error) {
	root, err := r.root(commit)
	if err != nil {
		return nil, err
	}
	return r.lookup(root, name)
}

// lookup reads a regular file below a tree; nil where there is none.
func (r *Repo) lookup(root ID, path string) ([]byte, error) {
	for {
		name, rest, deeper := strings.Cut(path, "/")
		entries, err := r.tree(root)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == name })
		switch {
		case at < 0:
			return nil, nil
		case !deeper && regular(entries[at].Mode):
			return r.text(entries[at].Hash)
		case !deeper || entries[at].Mode != filemode.Dir:
			return nil, nil
		}
		root, path = entries[at].Hash, rest
	}
}
