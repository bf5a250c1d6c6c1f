package contrib

import "context"

// Mainline reports whether a branch that ends in head stood at the commit: whether
// it is head, the first parent of that, and so on. What a merge brought in beside
// never was the branch, and its author alone says what it holds. Where since is on
// that line too, what stood before it does not count either. A commit that is not
// in the repository is on no line; ErrShallow is returned where the line is not
// complete.
func (r *Repo) Mainline(ctx context.Context, head, commit, since ID) (bool, error) {
	for id := head; ; {
		switch {
		case id == commit:
			return true, nil
		case id == since:
			return false, nil
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		c, err := r.commit(id)
		if err != nil {
			return false, err
		}
		if len(c.ParentHashes) == 0 {
			return false, nil
		}
		id = c.ParentHashes[0]
	}
}
