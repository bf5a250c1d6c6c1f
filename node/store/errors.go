package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"
)

// Errors of the store. All but ErrOrder are for the operator to read.
var (
	// ErrCorrupt says that stored bytes cannot be what was written: restore a
	// backup or synchronize anew.
	ErrCorrupt = errors.New("database is corrupt")
	// ErrForeign says that the directory holds the data of another chain, of
	// another program, or of a later version of this one.
	ErrForeign = errors.New("database belongs to another chain or program")
	// ErrLocked says that another process has the directory open.
	ErrLocked = errors.New("database is in use by another process")
	// ErrBroken says that the disk failed (it is full, mostly): what was
	// acknowledged is safe, and nothing more is stored until a restart.
	ErrBroken = errors.New("database stopped after a failure of the disk")
	// ErrClosed is returned by calls after Close.
	ErrClosed = errors.New("database is closed")
	// ErrOrder refuses a commit that does not follow the stored chain, or whose
	// parts do not belong together. Nothing was written.
	ErrOrder = errors.New("commit does not follow")
)

// explain wraps what Pebble returned, marking damage as such, in one line.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, ErrBroken) || errors.Is(err, ErrCorrupt) || errors.Is(err, ErrLocked) {
		return fmt.Errorf("%s: %w", what, err)
	}
	if pebble.IsCorruptionError(err) {
		return fmt.Errorf("%s: %w: %s", what, ErrCorrupt, line(err))
	}
	return fmt.Errorf("%s: %w", what, err)
}

// line is the first line of an error's text.
func line(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
