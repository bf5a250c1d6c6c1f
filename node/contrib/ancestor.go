package contrib

import (
	"context"
	"errors"
)

// Descends reports whether head is the commit or descends from it, so that a
// count of the commit is one of the branch that ends in head. A commit that is
// not in the repository is no ancestor; it returns ErrShallow where the history
// of head is not complete.
func (r *Repo) Descends(ctx context.Context, head, commit ID) (bool, error) {
	if _, err := r.commit(commit); err != nil {
		if errors.Is(err, ErrShallow) {
			return false, nil
		}
		return false, err
	}
	seen := map[ID]bool{head: true}
	for next := []ID{head}; len(next) > 0; {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		id := next[len(next)-1]
		if id == commit {
			return true, nil
		}
		c, err := r.commit(id)
		if err != nil {
			return false, err
		}
		next = next[:len(next)-1]
		for _, p := range c.ParentHashes {
			if !seen[p] {
				seen[p] = true
				next = append(next, p)
			}
		}
	}
	return false, nil
}
