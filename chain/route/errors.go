package route

import (
	"errors"
	"fmt"
)

// Reject is a verdict on a transaction: its number is chain data (it stands in
// the receipt), its text is not. Kinds are stable names that programs match.
type Reject struct {
	Code uint32 // route ID × 1000 + number; those below 1000 are the executor's
	Kind string
	Text string
	Got  string // what was given, where one value is at fault; for programs
	Want string // what would have been accepted, where that is known
}

// Error is the text for people.
func (r *Reject) Error() string { return r.Text }

// Is matches rejects of one code, whatever their texts.
func (r *Reject) Is(target error) bool {
	other, ok := target.(*Reject)
	return ok && other.Code == r.Code
}

// With is the same verdict with a text about this case.
func (r *Reject) With(format string, args ...any) *Reject {
	return &Reject{Code: r.Code, Kind: r.Kind, Text: fmt.Sprintf(format, args...), Got: r.Got, Want: r.Want}
}

// For is the same verdict with the value at fault and the one wanted, both
// also appended to the text.
func (r *Reject) For(got, want any) *Reject {
	d := *r
	d.Got, d.Want = fmt.Sprint(got), fmt.Sprint(want)
	d.Text = fmt.Sprintf("%s: got %s, want %s", r.Text, d.Got, d.Want)
	return &d
}

// Refusal declares a verdict of a route.
func Refusal(routeID uint16, number uint32, kind, text string) *Reject {
	if number == 0 || number >= 1000 {
		panic("route: refusal numbers are 1 … 999")
	}
	return &Reject{Code: uint32(routeID)*1000 + number, Kind: kind, Text: text}
}

// Verdicts of the executor itself.
var (
	ErrMessage   = &Reject{Code: 1, Kind: "MESSAGE", Text: "unknown or malformed message"}
	ErrReserved  = &Reject{Code: 2, Kind: "RESERVED", Text: "this message is reserved for other routes"}
	ErrDepth     = &Reject{Code: 3, Kind: "DEPTH", Text: "dispatch nested too deeply"}
	ErrSignature = &Reject{Code: 4, Kind: "SIGNATURE", Text: "the signature does not verify"}
	ErrChain     = &Reject{Code: 5, Kind: "CHAIN", Text: "signed for another chain"}
	ErrSize      = &Reject{Code: 6, Kind: "SIZE", Text: "transaction too large"}
	ErrExpired   = &Reject{Code: 7, Kind: "EXPIRED", Text: "the transaction's validity has passed"}
	ErrRoute     = &Reject{Code: 8, Kind: "ROUTE", Text: "no such route may be called"}
	ErrRule      = &Reject{Code: 9, Kind: "RULE", Text: "the rule failed"}
)

// AsReject is err as a verdict: itself where it is one, else ErrRule with its
// text.
func AsReject(err error) *Reject {
	var r *Reject
	if errors.As(err, &r) {
		return r
	}
	return ErrRule.With("%v", err)
}
