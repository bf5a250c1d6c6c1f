package mempool

import (
	"errors"
	"fmt"

	"probity/chain/types"
)

// Errors of Add, beside FullError and those of the weight function. The pool is
// unchanged after one.
var (
	// ErrStale refuses a nonce that its account has used.
	ErrStale = errors.New("nonce already used")
	// ErrGap refuses a nonce too far ahead of the sender's next free one.
	ErrGap = errors.New("nonce too far ahead")
	// ErrReplace refuses a second transaction with a nonce that does not offer
	// a tenth more than the first.
	ErrReplace = errors.New("a replacement must offer a tenth more")
	// ErrSender refuses more transactions of one sender than the limit.
	ErrSender = errors.New("too many transactions of one sender")
	// ErrExpired refuses a transaction that no block may include any more.
	ErrExpired = errors.New("no longer valid")
)

// perWeight is what rates are given for: base units of $ for so much weight.
const perWeight = 1_000_000

// FullError refuses a transaction that is worth no more than what a full pool
// would have to give up for it.
type FullError struct {
	Rate types.Amount // base units per million of weight that must be exceeded
}

// Error tells the rate.
func (e *FullError) Error() string {
	return fmt.Sprintf("mempool full: offer more than %s base units per million of weight", e.Rate)
}

// Enters is the least FeeMax with which a transaction of a weight would enter,
// were it the first of its sender. It takes what a weight function returns.
func (e *FullError) Enters(weight uint64, _ error) types.Amount {
	one := types.NewAmount(1)
	product := e.Rate.Add(one).Mul(max(weight, 1))
	return product.Add(types.NewAmount(perWeight-1)).ShareDown(1, perWeight)
}
