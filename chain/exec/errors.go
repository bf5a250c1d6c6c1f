package exec

import (
	"errors"
	"fmt"
)

// Code says what kind of check a block failed. It travels as an unsigned hint
// with a Reject.
type Code uint8

// The codes.
const (
	BadHeader Code = 1 // a field of the header differs from what the law gives
	BadBody   Code = 2 // the body breaks a bound or lacks what it must hold
	BadTx     Code = 3 // a transaction that no block may hold
	BadBegin  Code = 4 // a route refuses the block: leader, reveal, votes or view records
	BadRoot   Code = 5 // executed, and the state has another root
)

// String is the code's name.
func (c Code) String() string {
	switch c {
	case BadHeader:
		return "header"
	case BadBody:
		return "body"
	case BadTx:
		return "transaction"
	case BadBegin:
		return "begin"
	case BadRoot:
		return "root"
	}
	return fmt.Sprintf("code(%d)", uint8(c))
}

// Invalid is why a block is invalid: a verdict on who proposed it.
type Invalid struct {
	Code  Code
	Field string // of the header, "txs[7]", or the name of the route that refuses
	Got   string
	Want  string
	Err   error // the verdict behind it, where there is one
}

// Error is one line for people.
func (e *Invalid) Error() string {
	s := fmt.Sprintf("invalid block: %s %s", e.Code, e.Field)
	if e.Got != "" || e.Want != "" {
		s += fmt.Sprintf(": got %s, want %s", e.Got, e.Want)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the verdict behind it.
func (e *Invalid) Unwrap() error { return e.Err }

// ErrGenesis is returned for a genesis file that no chain can start from.
var ErrGenesis = errors.New("genesis")

// ErrPlan is returned where a state holds no plan of the epoch: it is not the
// state of the block's parent.
var ErrPlan = errors.New("no plan of the epoch in the state")

// ErrQuery is returned for a query that no route answers.
var ErrQuery = errors.New("no such query")

// errFull tells Build that a transaction does not fit; in a block it is invalid.
var errFull = errors.New("the block is full")

// differs is the verdict on a header field.
func differs(field string, got, want any) *Invalid {
	return &Invalid{Code: BadHeader, Field: field, Got: fmt.Sprint(got), Want: fmt.Sprint(want)}
}
