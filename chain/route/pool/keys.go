package pool

import (
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool"
)

// inclusion is who included which approvals first.
type inclusion struct {
	_       struct{} `cbor:",toarray"`
	By      keys.Address
	Signers types.Bytes // bitmap over the roster
}

// ballot is a pool of a block or of a refused digest while votes come in.
type ballot struct {
	_          struct{} `cbor:",toarray"`
	Epoch      types.Epoch
	View       types.View
	Digest     keys.Hash // zero until the next block names it
	Producer   keys.Address
	Encumbered types.Amount // behind the producer's contract
	Seed       keys.Hash    // R(epoch, view)
	Rules      rules
	Approvals  []inclusion
	Rejects    types.Bytes // bitmap; empty: none yet
}

// rules are the parameters that a pool of a block settles by.
type rules struct {
	_           struct{} `cbor:",toarray"`
	PosterPPM   uint32
	IncluderPPM uint32
	StakePPM    uint32
	Base        vpool.Base
	Sample      uint32 // members paid; 0: all
}

// blockPool is the pool of a block of the chain.
type blockPool struct {
	_      struct{} `cbor:",toarray"`
	Ballot ballot
	From   types.View   // the parent's view in the same epoch, else 0: views between are skipped
	Mint   types.Amount // M − a
	Author keys.Hash    // post of the work contract; zero: none
	Share  types.Amount // a
}

// BlockPost is a settled block of the chain as a post of the forum, whose id is
// the block's digest (protocol §9).
type BlockPost struct {
	_        struct{}     `cbor:",toarray"`
	Height   types.Height `json:"height"`
	Producer keys.Address `json:"producer"` // its author
	Minted   types.Amount `json:"minted"`   // wREP that it gained its author
}

// place is the key of the pool of a refused digest.
type place struct {
	Due    types.Height // settles at its End
	Epoch  types.Epoch
	View   types.View
	Digest keys.Hash
}

// voter is the key of a stake in a general pool.
type voter struct {
	Pool    uint64
	Address keys.Address
}

// stake is a stake in a general pool.
type stake struct {
	_      struct{} `cbor:",toarray"`
	For    bool
	Amount types.Amount
}

// deadline is the key under which an open general pool waits to close.
type deadline struct {
	Time types.Time
	Pool uint64
}

// The regions of the route.
var (
	blocks    = state.NewMap[types.Height, blockPool](state.Region{Route: ID, Number: 1, Name: "blocks"})
	refused   = state.NewMap[place, ballot](state.Region{Route: ID, Number: 2, Name: "refused"})
	contract  = state.NewValue[keys.Hash](state.Region{Route: ID, Number: 3, Name: "workContract"})
	authors   = state.NewMap[keys.Hash, types.Amount](state.Region{Route: ID, Number: 4, Name: "authorShares"})
	pools     = state.NewMap[uint64, general](state.Region{Route: ID, Number: 5, Name: "pools"})
	stakes    = state.NewMap[voter, stake](state.Region{Route: ID, Number: 6, Name: "stakes"})
	deadlines = state.NewMap[deadline, uint64](state.Region{Route: ID, Number: 7, Name: "deadlines"})
	lastPool  = state.NewValue[uint64](state.Region{Route: ID, Number: 8, Name: "lastPool"})
	posted    = state.NewMap[keys.Hash, BlockPost](state.Region{Route: ID, Number: 10, Name: "posted"})
	postedAt  = state.NewMap[types.Height, keys.Hash](state.Region{Route: ID, Number: 11, Name: "postedAt"})
	holds     = state.NewMap[uint64, uint64](state.Region{Route: ID, Number: 9, Name: "snapshotUsers"})
)
