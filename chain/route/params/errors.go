package params

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrSet is the refusal of a set that could not be applied.
	ErrSet = route.Refusal(ID, 1, "PARAMETERS", "these parameters cannot be set")
	// ErrFull is the refusal of one more set than may wait for a boundary.
	ErrFull = route.Refusal(ID, 2, "PARAMETERS_FULL", "too many changes wait for the end of the epoch")
)
