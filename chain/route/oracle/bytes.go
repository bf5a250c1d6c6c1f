package oracle

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// SalaryLeaf is what an account earned in a book during the epochs that a task
// of kind salary covers (spec oracle §5).
type SalaryLeaf struct {
	_       struct{}     `cbor:",toarray"`
	Address keys.Address `json:"address"`
	Book    uint8        `json:"book"`
	Amount  types.Amount `json:"amount"` // $ base units
}

// StateHash is what is submitted to the task of kind state of an epoch: that the
// state after its last block has this root.
func StateHash(e types.Epoch, root keys.Hash) keys.Hash {
	return keys.Sum([]byte("state"), codec.MustMarshal([]any{kinds[State].ruleset, EpochSubject(e), root}))
}
