package rep

import "probity/chain/route"

// Verdicts of the route.
var (
	// ErrLocked is the refusal of a lock that the balance does not cover.
	ErrLocked = route.Refusal(ID, 1, "LOCKED", "not enough REP for this lock")
	// ErrBook is the refusal of a book that does not exist.
	ErrBook = route.Refusal(ID, 2, "BOOK", "no such book")
	// ErrCursor is the refusal of a cursor that no answer gave.
	ErrCursor = route.Refusal(ID, 3, "CURSOR", "not a cursor of this list")
)
