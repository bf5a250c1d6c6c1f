package escrow

import "errors"

// ErrPanel is returned for keys that make no panel.
var ErrPanel = errors.New("not a panel of escrow keys")

// ErrKeys is returned for escrow keys that are malformed, the identity, or
// given twice.
var ErrKeys = errors.New("escrow keys malformed")

// ErrPossession is returned for a proof that does not show knowledge of the
// secrets of the keys.
var ErrPossession = errors.New("proof of possession invalid")

// ErrDealing is returned for a dealing that anyone can see is not one.
var ErrDealing = errors.New("dealing invalid")

// ErrReveal is returned for a reveal that does not belong to its dealing.
var ErrReveal = errors.New("reveal invalid")

// ErrShare is returned for a share that its ticket's key did not make.
var ErrShare = errors.New("share invalid")

// ErrShort is returned where there are fewer shares than the threshold.
var ErrShort = errors.New("too few shares")

// ErrOpening is returned for bytes that are no opening.
var ErrOpening = errors.New("opening malformed")
