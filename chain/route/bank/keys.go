package bank

import (
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// grant is the key of an allowance: who pays, for whom.
type grant struct{ Granter, Spender keys.Address }

// The regions of the route.
var (
	accounts   = state.NewMap[keys.Address, account](state.Region{Route: ID, Number: 1, Name: "accounts"})
	money      = state.NewValue[totals](state.Region{Route: ID, Number: 2, Name: "money"})
	allowances = state.NewMap[grant, allowance](state.Region{Route: ID, Number: 3, Name: "allowances"})
	baseFee    = state.NewValue[types.Amount](state.Region{Route: ID, Number: 4, Name: "baseFee"})
)

// AccountKey is the state key of an account, for proofs of its balance.
func AccountKey(a keys.Address) []byte { return accounts.Key(a) }
