package oracle

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Submit answers a task with the hash of canonical bytes (spec oracle §4).
type Submit struct {
	_              struct{}  `cbor:",toarray"`
	Kind           Kind      `json:"kind"`
	Subject        keys.Hash `json:"subject"`
	Interval       uint64    `json:"interval"`       // of the task
	Ruleset        string    `json:"ruleset"`        // of the task's kind
	Implementation string    `json:"implementation"` // one that the member has declared
	Version        string    `json:"version"`        // of it
	Hash           keys.Hash `json:"hash"`
	Locator        string    `json:"locator"` // where the bytes can be had; may be empty
	Trace          keys.Hash `json:"trace"`   // commitment to how the implementation got there; may be zero (A-O3)
}

// Rescues reports that rebuilds of releases are beyond the breaker's reach.
func (m Submit) Rescues(*route.Ctx) bool { return m.Kind == ReleaseBuild }

// OpenTask asks the members for a hash; a Verdict goes back to the opener.
type OpenTask struct {
	_        struct{}   `cbor:",toarray"`
	Opener   string     `json:"opener"` // the route that asks
	Kind     Kind       `json:"kind"`
	Subject  keys.Hash  `json:"subject"`
	Deadline types.Time `json:"deadline"`
}

// Rescues reports that rebuilds of releases are beyond the breaker's reach.
func (m OpenTask) Rescues(*route.Ctx) bool { return m.Kind == ReleaseBuild }

// Declare says what a member runs, in place of what it said before. It counts
// for tasks that open from then on.
type Declare struct {
	_          struct{} `cbor:",toarray"`
	Watchtower []string `json:"watchtower"`
	Treegen    []string `json:"treegen"`
}

// Publish registers an implementation under its author's account, or changes
// where its source is.
type Publish struct {
	_      struct{} `cbor:",toarray"`
	Duty   Duty     `json:"duty"`
	Name   string   `json:"name"`
	Source string   `json:"source"`
}

// Propose puts the invitation, the leave or the removal of a member to a vote.
type Propose struct {
	_      struct{}     `cbor:",toarray"`
	Action Action       `json:"action"`
	Target keys.Address `json:"target"` // of a leave: the proposer
	Fine   types.Amount `json:"fine"`   // of a kick: part of the bond
}

// Vote is a member's vote on a proposal.
type Vote struct {
	_        struct{} `cbor:",toarray"`
	Proposal uint64   `json:"proposal"`
	For      bool     `json:"for"`
}

// Execute carries out a proposal that has passed.
type Execute struct {
	_        struct{} `cbor:",toarray"`
	Proposal uint64   `json:"proposal"`
}

// Of names a member.
type Of struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
}

// None is the body of messages about the sender alone.
type None struct {
	_ struct{} `cbor:",toarray"`
}

// Register opens the register to whoever posts the bond, or closes it.
type Register struct {
	_    struct{} `cbor:",toarray"`
	Open bool     `json:"open"`
}

// Dismiss removes a member by the community's decision.
type Dismiss struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
	Fine   types.Amount `json:"fine"` // of the bond; more is all of it
}
