package pac

import "errors"

var (
	// ErrTarget is returned for a T′ that some owner has more than its share of
	// already.
	ErrTarget = errors.New("the total is too small for what is minted already")
	// ErrAmount is returned where a total leaves the range of amounts.
	ErrAmount = errors.New("amount too large")
	// ErrMode is returned for a Mode that is none.
	ErrMode = errors.New("unknown mode")
	// ErrInput is returned for a file that Calculate cannot read; the text says
	// where and what to write.
	ErrInput = errors.New("not a calculation")
)
