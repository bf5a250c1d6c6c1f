package rep

import (
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool"
)

type (
	// owner is the key of what an account has in a book.
	owner struct {
		Book    Book
		Address keys.Address
	}
	// exposure is the key of the REP that an account has at stake for something.
	exposure struct {
		Book    Book
		Address keys.Address
		Ref     keys.Hash
	}
	// slot is the key of a standing lock.
	slot struct {
		Address keys.Address
		Name    string
	}
	// old is the key of a balance that a snapshot keeps.
	old struct {
		Snapshot uint64
		Book     Book
		Address  keys.Address
	}
)

// The regions of the route.
var (
	holders   = state.NewMap[owner, holder](state.Region{Route: ID, Number: 1, Name: "holders"})
	books     = state.NewMap[Book, totals](state.Region{Route: ID, Number: 2, Name: "books"})
	salaries  = state.NewMap[Book, pay](state.Region{Route: ID, Number: 3, Name: "salaries"})
	epochREP  = state.NewValue[types.Amount](state.Region{Route: ID, Number: 4, Name: "epochSupply"})
	standing  = state.NewMap[slot, lock](state.Region{Route: ID, Number: 5, Name: "standing"})
	exposures = state.NewMap[exposure, types.Amount](state.Region{Route: ID, Number: 6, Name: "exposures"})
	exposed   = state.NewMap[owner, types.Amount](state.Region{Route: ID, Number: 7, Name: "exposed"})
	snapshots = state.NewMap[uint64, snapshot](state.Region{Route: ID, Number: 8, Name: "snapshots"})
	kept      = state.NewMap[old, types.Amount](state.Region{Route: ID, Number: 9, Name: "kept"})
	governed  = state.NewValue[bool](state.Region{Route: ID, Number: 11, Name: "governanceOpen"})
	counts    = state.NewMap[Book, uint64](state.Region{Route: ID, Number: 12, Name: "holderCounts"})
	latest    = state.NewValue[counter](state.Region{Route: ID, Number: 10, Name: "latestSnapshot"})
)

// HolderKey is the state key of an account's REP in a book, for proofs.
func HolderKey(b Book, a keys.Address) []byte { return holders.Key(owner{b, a}) }

// pay is a vpool.Salary as stored.
type pay struct{ vpool.Salary }
