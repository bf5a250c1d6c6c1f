package report

import "errors"

// ErrKind is returned for a document that no command of the simulator prints.
// Its text is one line: what, where, and what to give instead.
var ErrKind = errors.New("not a result of the simulator")
