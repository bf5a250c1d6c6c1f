package legislature

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Bounds of a proposal.
const (
	TitleMax   = 120      // bytes
	InlineMax  = 16 << 10 // bytes of a text of its own
	ActionsMax = 16       //
	BodiesMax  = 32 << 10 // bytes of the actions' bodies together
	BackersMax = 32       // accounts that deposit for one proposal, by the least that each may
	kindMax    = 40       // bytes kept of a refusal's kind
)

// Submit makes a proposal of a post that its sender is an author of, or of a
// text of its own. The fee in $ is charged at once; Deposit, which may be zero,
// is the sender's part of the deposit.
type Submit struct {
	_       struct{}     `cbor:",toarray"`
	Title   string       `json:"title"`   // for lists, at most 120 bytes
	Post    keys.Hash    `json:"post"`    // of the forum; zero with a text
	Inline  types.Bytes  `json:"inline"`  // a text of its own, at most 16 KiB; empty with a post
	Actions []types.Msg  `json:"actions"` // dispatched in order when it executes; none: it says something
	Fee     types.Amount `json:"fee"`     // $; a passed proposal's post earns REP by it
	Deposit types.Amount `json:"deposit"` // REP
}

// Deposit puts REP behind a draft until its vote has ended. No more is taken
// than is missing.
type Deposit struct {
	_        struct{}     `cbor:",toarray"`
	Proposal uint64       `json:"proposal"`
	Amount   types.Amount `json:"amount"`
}

// Withdraw takes a proposal back, before its stakes are at risk.
type Withdraw struct {
	_        struct{} `cbor:",toarray"`
	Proposal uint64   `json:"proposal"`
}

// Vote stakes REP on a side in the running stage, in addition to what the
// sender has there. Book 0 is the one that canonizes; a proposal that both books
// decide is voted on in each.
type Vote struct {
	_        struct{}     `cbor:",toarray"`
	Proposal uint64       `json:"proposal"`
	Side     Side         `json:"side"`
	Stake    types.Amount `json:"stake"`
	Book     rep.Book     `json:"book,omitempty"`
}

// Execute executes a queued proposal; anyone may.
type Execute struct {
	_        struct{} `cbor:",toarray"`
	Proposal uint64   `json:"proposal"`
}

// Activate puts a work contract in force at the next boundary: its production
// rules, and the post that earns the author share from then on. It is an action.
type Activate struct {
	_        struct{}        `cbor:",toarray"`
	Post     keys.Hash       `json:"post"` // zero: nobody earns
	Changes  []params.Change `json:"changes"`
	Protocol uint32          `json:"protocol"` // version that it needs
}

// Rescues reports whether every action is out of the breaker's reach.
func (m Submit) Rescues(c *route.Ctx) bool {
	k, err := classify(c, m.Actions)
	return err == nil && k.Rescue
}

// Rescues reports whether every action of the proposal is out of the breaker's
// reach.
func (m Deposit) Rescues(c *route.Ctx) bool { return rescues(c, m.Proposal) }

// Rescues is Deposit's.
func (m Withdraw) Rescues(c *route.Ctx) bool { return rescues(c, m.Proposal) }

// Rescues is Deposit's.
func (m Vote) Rescues(c *route.Ctx) bool { return rescues(c, m.Proposal) }

// Rescues is Deposit's.
func (m Execute) Rescues(c *route.Ctx) bool { return rescues(c, m.Proposal) }

func rescues(c *route.Ctx, number uint64) bool {
	p, ok := proposals.Get(c, number)
	return ok && p.Class.Rescue
}

var (
	_ route.Rescuer = Submit{}
	_ route.Rescuer = Deposit{}
	_ route.Rescuer = Vote{}
	_ route.Rescuer = Execute{}
)

// Messages of the forum that the legislature dispatches. Peer routes do not
// import each other, so the bodies are declared on both sides.
const (
	forumID     = 8
	forumReward = 4
	forumVouch  = 5
)

// reward lets a post gain REP, which flows.
type reward struct {
	_      struct{} `cbor:",toarray"`
	Post   keys.Hash
	Book   uint8
	Amount types.Amount
	Cause  string
}

// vouch fails unless the post exists and Author, if not zero, is an author of it.
type vouch struct {
	_      struct{} `cbor:",toarray"`
	Post   keys.Hash
	Author keys.Address
}
