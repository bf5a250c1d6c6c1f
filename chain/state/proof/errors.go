package proof

import "errors"

// ErrForm is returned for a proof that no honest prover makes.
var ErrForm = errors.New("malformed state proof")

// ErrRoot is returned for a proof that leads to another root than the given
// one: the statement is false, or about another state.
var ErrRoot = errors.New("state proof leads to another root")

// ErrAbsent is returned where presence was asked for and absence is shown.
var ErrAbsent = errors.New("state proof shows absence")

// ErrPresent is returned where absence was asked for and presence is shown.
var ErrPresent = errors.New("state proof shows presence")
