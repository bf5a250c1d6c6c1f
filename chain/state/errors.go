package state

import (
	"errors"
	"fmt"
)

// ErrMissing is what a Backend returns for a node that it does not hold.
var ErrMissing = errors.New("state node not stored")

// ErrPruned is returned for a version whose tree is no longer (or not yet)
// stored.
var ErrPruned = errors.New("state version not kept")

// ErrCorrupt is returned for stored bytes that cannot have been written by
// this package, or that do not hash to what refers to them.
var ErrCorrupt = errors.New("state corrupt")

// Fault is what reads panic with when the disk fails or lies. It is no verdict
// on a transaction: whoever drives the law recovers it, and halts the node
// instead of letting it compute another state than its peers.
type Fault struct{ Err error }

// Error is the text of the trouble.
func (f *Fault) Error() string { return "state: " + f.Err.Error() }

// Unwrap gives the trouble itself.
func (f *Fault) Unwrap() error { return f.Err }

// fault panics with a Fault that wraps err.
func fault(err error, format string, args ...any) {
	panic(&Fault{fmt.Errorf(format+": %w", append(args, err)...)})
}
