package availability

import (
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// seat is an account's registration on the bench, in force from the next
// freeze on.
type seat struct {
	_       struct{} `cbor:",toarray"`
	Key     keys.PublicKey
	Network types.Bytes
	Escrow  []types.Bytes
}

// conduct is how an account has served of late; a missing one is spotless.
type conduct struct {
	_      struct{} `cbor:",toarray"`
	Misses uint64   // views in a row in which it was drawn and gave no block
	Jailed bool
}

// entry is a registered contract until the list is computed.
type entry struct {
	_          struct{} `cbor:",toarray"`
	Key        keys.PublicKey
	Weight     types.Weight
	Commitment types.Bytes
	Salts      uint32
}

// list is list(e).
type list struct {
	_        struct{} `cbor:",toarray"`
	ASCs     []types.ASC
	Degraded bool
}

// salt is the key of a dealing, and viewOf that of an opened salt.
type salt struct {
	Epoch   types.Epoch
	Address keys.Address
	Number  uint32
}

type viewOf struct {
	Epoch types.Epoch
	View  types.View
}

// terms are the numbers of an epoch, fixed with its roster.
type terms struct {
	_         struct{} `cbor:",toarray"`
	First     types.Height
	Blocks    uint64
	Lead      uint64
	Scheme    types.Scheme
	Selection types.Selection
	Stride    uint64
	Interval  types.Time
	Bound     keys.Hash // what dealings for e are bound to
	Seed      keys.Hash // R(e,0); zero until the boundary into e
}

// last is the epoch's boundary height.
func (t *terms) last() types.Height { return t.First + types.Height(t.Blocks) - 1 }

// deadline is the last view in which contracts for the next epoch are accepted.
func (t *terms) deadline() types.View { return types.View(t.Blocks - min(t.Lead, t.Blocks)) }

// digest is what stays of an epoch until its exit delay has passed.
type digest struct {
	_         struct{} `cbor:",toarray"`
	Roster    keys.Hash
	List      keys.Hash // Merkle root; zero until the boundary into the epoch
	Contracts uint64    // in the list
	Until     types.Height
}

// contract is the key of a registration.
type contract struct {
	Epoch   types.Epoch
	Address keys.Address
}

// The regions of the route.
var (
	bench      = state.NewMap[keys.Address, seat](state.Region{Route: ID, Number: 1, Name: "bench"})
	owners     = state.NewMap[keys.PublicKey, keys.Address](state.Region{Route: ID, Number: 2, Name: "keyOwners"})
	conducts   = state.NewMap[keys.Address, conduct](state.Region{Route: ID, Number: 3, Name: "conduct"})
	convicted  = state.NewMap[keys.Address, types.Height](state.Region{Route: ID, Number: 4, Name: "convicted"})
	registered = state.NewMap[contract, entry](state.Region{Route: ID, Number: 5, Name: "registered"})
	rosters    = state.NewMap[types.Epoch, types.Roster](state.Region{Route: ID, Number: 6, Name: "rosters"})
	lists      = state.NewMap[types.Epoch, list](state.Region{Route: ID, Number: 7, Name: "lists"})
	numbers    = state.NewMap[types.Epoch, terms](state.Region{Route: ID, Number: 8, Name: "terms"})
	digests    = state.NewMap[types.Epoch, digest](state.Region{Route: ID, Number: 9, Name: "digests"})

	escrowOwners = state.NewMap[keys.Hash, keys.Address](state.Region{Route: ID, Number: 10, Name: "escrowOwners"})
	dealings     = state.NewMap[salt, types.Bytes](state.Region{Route: ID, Number: 11, Name: "dealings"})
	salts        = state.NewMap[viewOf, types.Bytes](state.Region{Route: ID, Number: 12, Name: "salts"})
)

// RosterKey is the state key of an epoch's roster, for proofs.
func RosterKey(e types.Epoch) []byte { return rosters.Key(e) }
