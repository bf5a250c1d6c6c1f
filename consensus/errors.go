package consensus

import "errors"

// ErrMessage is returned for a message that no state of the machine would
// accept: its sender is at fault.
var ErrMessage = errors.New("malformed consensus message")

// ErrEpoch is returned for a message of an epoch whose roster is not here.
var ErrEpoch = errors.New("message of another epoch")
