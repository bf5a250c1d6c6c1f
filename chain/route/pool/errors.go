package pool

import (
	"errors"

	"probity/chain/route"
)

// Verdicts of the route.
var (
	// ErrClosed is the refusal of a stake in a pool that is not open.
	ErrClosed = route.Refusal(ID, 1, "POOL_CLOSED", "the pool is not open")
	// ErrExcluded is the refusal of a stake by somebody whom the pool is about.
	ErrExcluded = route.Refusal(ID, 2, "EXCLUDED", "the account may not vote in this pool")
	// ErrElectorate is the refusal of more stake than the voter had when the
	// electorate was fixed.
	ErrElectorate = route.Refusal(ID, 3, "ELECTORATE", "more than the account had when the pool opened")
	// ErrSide is the refusal of a stake against one's own.
	ErrSide = route.Refusal(ID, 4, "SIDE", "the account has staked on the other side")
	// ErrStake is the refusal of a stake of nothing.
	ErrStake = route.Refusal(ID, 5, "STAKE", "the stake is zero")
	// ErrConfig is the refusal of a pool that could not be decided or settled.
	ErrConfig = route.Refusal(ID, 6, "POOL_CONFIG", "such a pool cannot be opened")
)

// Reasons why a block is invalid.
var (
	// ErrParent is returned for a block whose first votes do not certify its
	// parent.
	ErrParent = errors.New("first votes do not certify the parent")
	// ErrVotes is returned for votes that may not be included.
	ErrVotes = errors.New("votes may not be included")
	// ErrRecord is returned for a view record with content that may not be
	// included.
	ErrRecord = errors.New("view record may not be included")
)
