package route

import (
	"probity/chain/keys"
	"probity/chain/types"
)

// An action of a proposal is a message that the legislature dispatches in its
// own name when the proposal executes (spec legislature §2). Whatever message
// names the legislature among its callers can be one: a route offers an action
// by having such a message, and nothing is registered elsewhere.

// Weighty is implemented by the bodies of actions of which only some need the
// larger majority: it tells whether this one does.
type Weighty interface {
	Grave(p *Params) bool
}

// Rescuer is implemented by the bodies of messages of which only some are out
// of the breaker's reach: it tells whether this one is.
type Rescuer interface {
	Rescues(c *Ctx) bool
}

// Stage is where a proposal stands when its actions' routes hear of it.
type Stage uint8

// The stages. Their numbers are on the wire.
const (
	StageOpened   Stage = 1
	StageExecuted Stage = 2
	StageFailed   Stage = 3 // rejected, expired, withdrawn, or an action failed
	StageVetoed   Stage = 4
)

// String is the stage's name.
func (s Stage) String() string {
	switch s {
	case StageOpened:
		return "opened"
	case StageExecuted:
		return "executed"
	case StageFailed:
		return "failed"
	case StageVetoed:
		return "vetoed"
	}
	return "stage?"
}

// Notice tells a route of a proposal that has one of its messages as an action.
// Refusing the one of StageOpened refuses the proposal.
type Notice struct {
	_        struct{}     `cbor:",toarray"`
	Stage    Stage        `json:"stage"`
	Proposal keys.Hash    `json:"proposal"`
	Proposer keys.Address `json:"proposer"`
	Action   types.Bytes  `json:"action"` // body of the action
}
