package quorum

import "errors"

var (
	// ErrWeight is returned for a roster of weight Limit or more.
	ErrWeight = errors.New("roster weighs too much")
	// ErrBitmap is returned for bytes that are not the canonical bitmap of a
	// roster's length.
	ErrBitmap = errors.New("not a canonical bitmap")
)
