package contrib

import "errors"

var (
	// ErrRepository is returned for a path that holds no readable git repository.
	ErrRepository = errors.New("not a git repository")
	// ErrRevision is returned for a name that is no commit of the repository.
	ErrRevision = errors.New("no such commit")
	// ErrShallow is returned where the history of the commit is not complete.
	ErrShallow = errors.New("history is incomplete")
	// ErrRules is returned for counting rules that do not fit together.
	ErrRules = errors.New("counting rules")
	// ErrApprovals is returned for an approvals file that says too little.
	ErrApprovals = errors.New("approvals")
	// ErrShares is returned for a table of shares that does not add up.
	ErrShares = errors.New("shares")
)
