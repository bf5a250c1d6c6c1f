package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"probity/chain/route"
	"probity/chain/types"
)

// Codes of errors: those of JSON-RPC 2.0, then those of EIP-1474. A positive
// code is a route's own verdict (route ID × 1000 + number).
const (
	CodeParse       = -32700
	CodeRequest     = -32600
	CodeMethod      = -32601
	CodeParams      = -32602
	CodeInternal    = -32603
	CodeUnavailable = -32002 // the node cannot answer this now
	CodeRejected    = -32003 // the transaction was refused
	CodeUnsupported = -32004 // not over this transport
	CodeLimit       = -32005
)

// Sentinels that a Backend returns.
var (
	// ErrFuture says that the block asked for is not final yet.
	ErrFuture = errors.New("no such block yet")
	// ErrPruned says that what was asked for has been deleted for its age.
	ErrPruned = errors.New("pruned")
)

// Error is an error as clients see it.
type Error struct {
	Code    int       `json:"code"`
	Message string    `json:"message"`
	Data    ErrorData `json:"data"`
}

// ErrorData is for programs. Kind is stable; Hint says what to do; Got and
// Want are the value at fault and what would be accepted, null where there is
// none.
type ErrorData struct {
	Kind string `json:"kind"`
	Hint string `json:"hint"`
	Got  any    `json:"got"`
	Want any    `json:"want"`
}

// Error is the text for people.
func (e *Error) Error() string { return e.Message }

// fail makes an error.
func fail(code int, kind, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Data: ErrorData{Kind: kind}}
}

func (e *Error) hint(format string, args ...any) *Error {
	e.Data.Hint = fmt.Sprintf(format, args...)
	return e
}

func (e *Error) values(got, want any) *Error {
	e.Data.Got, e.Data.Want = got, want
	return e
}

// MempoolFull refuses a transaction whose FeeMax does not displace another:
// least is the FeeMax that would enter.
func MempoolFull(got, least types.Amount) *Error {
	return fail(CodeLimit, "MEMPOOL_FULL", "the mempool is full").
		hint("sign it again with a feeMax of %s or more, or wait", least).values(got, least)
}

// Syncing refuses what a node cannot judge before it has caught up.
func Syncing(local, best types.Height) *Error {
	return fail(CodeUnavailable, "SYNCING", "the node is still syncing").
		hint("ask again when chain_status says syncing: false, or ask another node").values(local, best)
}

// limited refuses what is beyond a bound.
func limited(kind string, got, limit any, format string, args ...any) *Error {
	return fail(CodeLimit, kind, format, args...).hint("the limits are told by rpc_limits").values(got, limit)
}

func badParams(format string, args ...any) *Error {
	return fail(CodeParams, "PARAMS", format, args...)
}

// rejected is a verdict on a submitted transaction.
func rejected(r *route.Reject) *Error {
	e := fail(CodeRejected, r.Kind, "%s", r.Text).hint("%s", hintOf(r.Kind))
	if r.Got != "" || r.Want != "" {
		e.values(r.Got, r.Want)
	}
	return e
}

// hints tells what to do about a refused transaction, by kind.
var hints = map[string]string{
	"SIGNATURE":    "sign the bytes that tx_prepare calls signBytes, with the sender's ed25519 key",
	"CHAIN":        "chain_status names the chain and its genesis",
	"NONCE":        "tx_prepare fills in the next nonce; nonces are used in order",
	"FEE":          "raise feeMax; tx_prepare suggests one",
	"EXPIRED":      "prepare and sign it again with a later validUntil",
	"SIZE":         "divide it into several transactions",
	"FUNDS":        "bank_balance tells what the account has",
	"CIRCUIT_OPEN": "the emergency team has halted it; dcert_circuits tells since when, by whom and with what commitment to a motive",
	"ALLOWANCE":    "bank_allowance tells what may be spent of the fee payer's allowance",
	"MESSAGE":      "the messages of each route are listed in rpc.discover",
	"CURSOR":       "pass a cursor as it was answered, or none",
	"FORM":         "the bytes must be exactly those that tx_prepare gave, and the signature",
}

// hintOf tells what to do about a verdict of any kind.
func hintOf(kind string) string {
	if h := hints[kind]; h != "" {
		return h
	}
	return "the page of this route in docs/spec says what its rules want"
}

// refused turns the verdict of Backend.Submit or Simulate into an answer.
func refused(err error) *Error {
	var r *route.Reject
	if errors.As(err, &r) {
		return rejected(r)
	}
	return answer(err)
}

// answer turns any error into what the client sees. What is nobody's fault but
// the node's is INTERNAL, and its text stays in the log.
func answer(err error) *Error {
	var e *Error
	var r *route.Reject
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &r):
		e = fail(int(r.Code), r.Kind, "%s", r.Text).hint("%s", hintOf(r.Kind))
		if r.Got != "" || r.Want != "" {
			e.values(r.Got, r.Want)
		}
		return e
	case errors.Is(err, ErrPruned):
		return fail(CodeUnavailable, "PRUNED", "the node no longer keeps this").hint("ask a node that keeps history, or a later height")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fail(CodeUnavailable, "TIMEOUT", "no answer in time").hint("ask again")
	}
	return fail(CodeInternal, "INTERNAL", "internal error").hint("the node's log tells more")
}

// append writes the error as JSON.
func (e *Error) append(b []byte) []byte {
	j, err := json.Marshal(e)
	if err != nil { // a Backend put something into Got or Want that has no JSON
		j, _ = json.Marshal(fail(CodeInternal, "INTERNAL", "internal error"))
	}
	return append(b, j...)
}
