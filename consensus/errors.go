package consensus

import "errors"

// ErrMessage is returned for a message that no state of the machine would
// accept: its sender is at fault.
var ErrMessage = errors.New("malformed consensus message")

// ErrAhead is returned for a message about a view whose leader follows from
// salts that are not open yet.
var ErrAhead = errors.New("view beyond the opened salts")

// ErrEpoch is returned for a message of an epoch whose roster is not here.
var ErrEpoch = errors.New("message of another epoch")
