package params

import (
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// record is the key of a value in the history: the hash of the parameter's
// name, and the epoch from which the value was in force.
type record = state.Pair[keys.Hash, types.Epoch]

func recordOf(name string, from types.Epoch) record {
	return record{First: keys.Sum([]byte(name)), Second: from}
}

// The regions of the route.
var (
	values  = state.NewMap[string, uint64](state.Region{Route: ID, Number: 1, Name: "values"})
	stamp   = state.NewValue[keys.Hash](state.Region{Route: ID, Number: 2, Name: "stamp"})
	pending = state.NewValue[[]Set](state.Region{Route: ID, Number: 3, Name: "pending"})
	history = state.NewMap[record, uint64](state.Region{Route: ID, Number: 4, Name: "history"})
	inForce = state.NewValue[uint32](state.Region{Route: ID, Number: 5, Name: "version"})
)
