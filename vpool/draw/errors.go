package draw

import "errors"

var (
	// ErrWeight is returned for a list that weighs nothing, or 2⁶² or more.
	ErrWeight = errors.New("list weighs nothing or too much")
	// ErrUnits is returned for a cycle of no units or of more than MaxUnits.
	ErrUnits = errors.New("number of units out of range")
)
