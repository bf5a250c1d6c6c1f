package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	git "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// ReadCommit reads the tree of a commit, named by an id, a branch, a tag or an
// expression. The working tree is not looked at, and no filter of git applies:
// the bytes are those of the blobs.
func ReadCommit(path, rev string) (t Tree, commit []byte, err error) {
	repo, err := git.PlainOpenWithOptions(path, &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return nil, nil, fmt.Errorf("open repository %s: %w", path, err)
	}
	id, err := repo.ResolveRevision(plumbing.Revision(rev))
	if err != nil {
		return nil, nil, fmt.Errorf("revision %s: %w", rev, err)
	}
	c, err := repo.CommitObject(*id)
	if err != nil {
		return nil, nil, fmt.Errorf("revision %s: %w", rev, err)
	}
	root, err := c.Tree()
	if err != nil {
		return nil, nil, fmt.Errorf("read commit %s: %w", id, err)
	}
	t, err = readTree(root)
	if err != nil {
		return nil, nil, fmt.Errorf("read commit %s: %w", id, err)
	}
	return t, id[:], nil
}

func readTree(root *object.Tree) (Tree, error) {
	out := Tree{}
	walk := object.NewTreeWalker(root, true, nil)
	defer walk.Close()
	for {
		name, entry, err := walk.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		f := File{Path: name}
		switch entry.Mode {
		case filemode.Dir:
			continue
		case filemode.Regular, filemode.Deprecated:
			f.Mode = ModeFile
		case filemode.Executable:
			f.Mode = ModeExecutable
		case filemode.Symlink:
			f.Mode = ModeLink
		default:
			return nil, fmt.Errorf("%w: %s is a submodule", ErrTree, name)
		}
		blob, err := root.TreeEntryFile(&entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if f.Data, err = contents(blob); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return out, out.check()
}

func contents(f *object.File) ([]byte, error) {
	in, err := f.Reader()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}
