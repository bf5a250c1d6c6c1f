package vpool

import "errors"

var (
	// ErrPPM is returned for a ratio above a million ppm, or for ratios that
	// share one amount and together exceed it.
	ErrPPM = errors.New("ratio above 1000000 ppm")
	// ErrWeights is returned where the weights of a settlement add up to more
	// than the weight they are divided by: somebody was counted twice, or the
	// roster is not the one that was frozen.
	ErrWeights = errors.New("weights exceed the base they are shares of")
	// ErrAmount is returned for an amount of more than MaxBits bits.
	ErrAmount = errors.New("amount too large")
	// ErrOutcome is returned for an Outcome that is none of the three.
	ErrOutcome = errors.New("unknown outcome")
	// ErrBase is returned for a Base that is neither Roster nor Included.
	ErrBase = errors.New("unknown base")
	// ErrSalary is returned where a claim exceeds what all accounts are owed
	// together: the supply passed to Accrue was not the sum of their balances,
	// or an account's balance changed without a claim.
	ErrSalary = errors.New("salary claim exceeds what is owed")
	// ErrDecimal is returned for text that is not a decimal number in range.
	ErrDecimal = errors.New("not a number in range")
)
