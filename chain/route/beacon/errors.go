package beacon

import "errors"

// Reasons why a block is invalid.
var (
	// ErrTurn is returned for a block of another contract than the one drawn.
	ErrTurn = errors.New("not the contract that serves the view")
	// ErrSeed is returned for a header with another seed than R(e,v).
	ErrSeed = errors.New("not the seed of the view")
	// ErrReveal is returned for a reveal that does not open the view's salt.
	ErrReveal = errors.New("reveal does not open the view's salt")
	// ErrSalt is returned for a view record that does not open its view's salt,
	// or has one where there is none.
	ErrSalt = errors.New("view record with another salt than the view's")
)
