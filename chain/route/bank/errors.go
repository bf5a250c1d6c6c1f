package bank

import (
	"errors"

	"probity/chain/route"
)

// Verdicts of the route.
var (
	// ErrFunds is the refusal of a payment that the balance does not cover.
	ErrFunds = route.Refusal(ID, 1, "FUNDS", "the balance does not cover this")
	// ErrNonce is the refusal of a transaction that is not the account's next.
	ErrNonce = route.Refusal(ID, 2, "NONCE", "not the account's next nonce")
	// ErrFee is the refusal of a transaction whose FeeMax is below the charge.
	ErrFee = route.Refusal(ID, 3, "FEE", "the fee is above feeMax")
	// ErrAllowance is the refusal of a sponsored transaction that the
	// sponsor's allowance does not cover.
	ErrAllowance = route.Refusal(ID, 4, "ALLOWANCE", "the fee payer's allowance does not cover the fee")
	// ErrAmount is the refusal of an amount of nothing.
	ErrAmount = route.Refusal(ID, 5, "AMOUNT", "the amount is zero")
)

// errSend is returned for bytes that are no Send.
var errSend = errors.New("want an array of an address and an amount")

// ErrShares is returned for parameters that divide more than there is.
var ErrShares = errors.New("treasury_ppm and budget.grep_ppm exceed a million together")
