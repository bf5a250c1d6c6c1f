package dcert

import (
	"encoding/binary"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// preference is how an account divides its weight.
type preference struct {
	_      struct{} `cbor:",toarray"`
	Shares []Share
}

// candidate is an account whose bond suffices. Its votes are those of the last
// finished count; Running is what the present one has found so far.
type candidate struct {
	_       struct{} `cbor:",toarray"`
	Votes   types.Amount
	Running types.Amount
}

// member is a seat in the group.
type member struct {
	_         struct{} `cbor:",toarray"`
	Sequence  uint64
	Since     types.Height
	Suspended types.Time // when; 0: not
}

// entry is a swap that waits: at At the newcomer takes the seat of its key.
type entry struct {
	_        struct{} `cbor:",toarray"`
	Newcomer keys.Address
	At       types.Time
}

// bond is the key of what a bonder puts behind a member.
type bondKey struct{ Member, Bonder keys.Address }

// bond is how many withdrawals of it are open; the amount is the bonder's stake.
type bond struct {
	_       struct{} `cbor:",toarray"`
	Pending uint32
}

// due is the key of a withdrawal in the order in which they complete.
type due struct {
	Until types.Height
	ID    uint64
}

// withdrawal is stake on its way out.
type withdrawal struct {
	_      struct{} `cbor:",toarray"`
	Member keys.Address
	Bonder keys.Address
}

// of is the key of something of an account with a number.
type of struct {
	Address keys.Address
	ID      uint64
}

// ballot is the key of a member's vote on a subject.
type ballot struct {
	Subject keys.Hash
	Voter   keys.Address
}

// about is the key of an open proposal to slash a member.
type about struct {
	Member   keys.Address
	Proposal keys.Hash
}

// circuit is an open circuit.
type circuit struct {
	_          struct{} `cbor:",toarray"`
	Trip       uint64
	Since      types.Time
	Height     types.Height
	By         keys.Address
	Commitment keys.Hash
}

// trip is what was broken together.
type trip struct {
	_          struct{} `cbor:",toarray"`
	By         keys.Address
	Height     types.Height
	Time       types.Time
	Messages   []string
	Commitment keys.Hash
	Motive     types.Bytes // once revealed
}

// report is a confidential report, or what is known of it.
type report struct {
	_       struct{} `cbor:",toarray"`
	By      keys.Address
	Height  types.Height
	Opened  types.Height // 0: not yet
	Content keys.Hash
	Locator string
}

// ending is an open proposal to disband the group.
type ending struct {
	_        struct{} `cbor:",toarray"`
	Proposal keys.Hash
	Proposer keys.Address
	Since    types.Time
}

// former is what an account that has lost its seat is still held to.
type former struct {
	_         struct{}     `cbor:",toarray"`
	Answers   types.Height // until when a disband reaches it; 0: it does not
	Suspended types.Time   // since when it was suspended as it left; 0: not
}

// progress is how far a count has come.
type progress struct {
	_        struct{} `cbor:",toarray"`
	Epoch    types.Epoch
	Snapshot uint64       // of rep; 0: balances as they are
	Next     keys.Address // the first voter that is not counted yet
}

// The regions of the route.
var (
	preferences = state.NewMap[keys.Address, preference](state.Region{Route: ID, Number: 1, Name: "preferences"})
	voters      = state.NewValue[uint64](state.Region{Route: ID, Number: 2, Name: "voters"})
	count       = state.NewValue[progress](state.Region{Route: ID, Number: 3, Name: "count"})
	candidates  = state.NewMap[keys.Address, candidate](state.Region{Route: ID, Number: 4, Name: "candidates"})
	members     = state.NewMap[keys.Address, member](state.Region{Route: ID, Number: 5, Name: "members"})
	sequence    = state.NewValue[uint64](state.Region{Route: ID, Number: 6, Name: "sequence"})
	queue       = state.NewMap[keys.Address, entry](state.Region{Route: ID, Number: 7, Name: "queue"})
	bonds       = state.NewMap[bondKey, bond](state.Region{Route: ID, Number: 8, Name: "bonds"})
	withdrawals = state.NewMap[due, withdrawal](state.Region{Route: ID, Number: 9, Name: "withdrawals"})
	leaving     = state.NewMap[of, types.Height](state.Region{Route: ID, Number: 10, Name: "withdrawalsByMember"})
	lastUnbond  = state.NewValue[uint64](state.Region{Route: ID, Number: 11, Name: "lastWithdrawal"})
	ballots     = state.NewMap[ballot, types.Time](state.Region{Route: ID, Number: 12, Name: "ballots"})
	openSlashes = state.NewMap[about, uint8](state.Region{Route: ID, Number: 13, Name: "openSlashes"})
	disbanding  = state.NewValue[ending](state.Region{Route: ID, Number: 14, Name: "disbanding"})
	disbanded   = state.NewValue[types.Time](state.Region{Route: ID, Number: 15, Name: "lastDisband"})
	circuits    = state.NewMap[string, circuit](state.Region{Route: ID, Number: 16, Name: "circuits"})
	broken      = state.NewValue[uint64](state.Region{Route: ID, Number: 17, Name: "openCircuits"})
	trips       = state.NewMap[uint64, trip](state.Region{Route: ID, Number: 18, Name: "trips"})
	lastTrip    = state.NewValue[uint64](state.Region{Route: ID, Number: 19, Name: "lastTrip"})
	reports     = state.NewMap[keys.Hash, report](state.Region{Route: ID, Number: 20, Name: "reports"})
	texts       = state.NewMap[keys.Address, string](state.Region{Route: ID, Number: 21, Name: "descriptions"})
	formers     = state.NewMap[keys.Address, former](state.Region{Route: ID, Number: 22, Name: "former"})
)

// bondRef is what stake behind a member is exposed for.
func bondRef(m keys.Address) keys.Hash { return keys.Sum([]byte("dcert/bond"), m[:]) }

// unbondRef is what stake of a withdrawal stays exposed for.
func unbondRef(id uint64) keys.Hash {
	return keys.Sum([]byte("dcert/unbond"), binary.BigEndian.AppendUint64(nil, id))
}

// wagerRef is what the wager of a proposal to disband is exposed for.
func wagerRef(proposal keys.Hash) keys.Hash { return keys.Sum([]byte("dcert/wager"), proposal[:]) }
