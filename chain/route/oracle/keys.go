package oracle

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// Kind is what a task asks for.
type Kind uint8

// The kinds. Their numbers are on the wire.
const (
	Contribution Kind = 1 // the tree of points at a commit
	ReleaseBuild Kind = 2 // the hashes of a rebuild
	State        Kind = 3 // the state root of an epoch
	Salary       Kind = 4 // the salaries of an epoch
)

// kind is what holds for all tasks of a Kind.
type kind struct {
	name      string
	ruleset   string // version of the rules that canonical bytes follow
	duty      Duty   // whose implementations are counted
	automatic bool   // opens at every epoch's end
	exempt    bool   // from the diversity rule, for recovery (A-O4)
	rated     bool   // its value is a rate, whose change is bounded (OF9)
}

var kinds = map[Kind]kind{
	Contribution: {name: "contribution", ruleset: "contribution/1", duty: Watchtower},
	ReleaseBuild: {name: "release-build", ruleset: "release/1", duty: Watchtower, exempt: true},
	State:        {name: "state", ruleset: "state/1", duty: Watchtower, automatic: true},
	Salary:       {name: "salary", ruleset: "salary/1", duty: Treegen, automatic: true},
}

// automatics are the kinds that open by themselves, in order.
var automatics = []Kind{State, Salary}

// String is the kind's name.
func (k Kind) String() string {
	if of, ok := kinds[k]; ok {
		return of.name
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText gives the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the kind's name.
func (k *Kind) UnmarshalText(text []byte) error {
	for i := Contribution; i <= Salary; i++ {
		if kinds[i].name == string(text) {
			*k = i
			return nil
		}
	}
	return ErrForm.With("%.20q is no kind: write contribution, release-build, state or salary", text)
}

// Duty is a program that members choose on its own (O5).
type Duty uint8

// The duties. Their numbers are on the wire.
const (
	Watchtower Duty = 1 // recomputes states, contributions, releases
	Treegen    Duty = 2 // makes the trees of salaries
)

// String is the duty's name.
func (d Duty) String() string {
	switch d {
	case Watchtower:
		return "watchtower"
	case Treegen:
		return "treegen"
	}
	return fmt.Sprintf("duty(%d)", uint8(d))
}

// MarshalText gives the duty's name.
func (d Duty) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the duty's name.
func (d *Duty) UnmarshalText(text []byte) error {
	switch string(text) {
	case "watchtower":
		*d = Watchtower
	case "treegen":
		*d = Treegen
	default:
		return ErrForm.With("%.20q is no duty: write watchtower or treegen", text)
	}
	return nil
}

// Bounds of what a member says and has.
const (
	SeatsMax           = 64 // members
	ImplementationsMax = 4  // of one duty and member
	NameLen            = 40 // bytes of the name of an implementation, and of its version
	LocatorLen         = 200
)

// member is a seat on the register.
type member struct {
	_           struct{} `cbor:",toarray"`
	Joined      types.Time
	Bond        types.Amount // what was put at stake
	Watchtower  []string     // implementations declared
	Treegen     []string
	Equivocated uint64
	LeaveBy     types.Time   // until when it may leave; 0: the others have not agreed to it
	Proposed    types.Time   // its last proposal
	Challenged  types.Time   // its last challenge of another
	Challenger  keys.Address // who challenged it, where Since is not 0
	Since       types.Time   // when it was challenged
	Answered    types.Time   // when it answered the last challenge
}

func (m *member) declared(d Duty) []string {
	if d == Treegen {
		return m.Treegen
	}
	return m.Watchtower
}

// seat is a member in the snapshot of a task, with the implementations of the
// task's duty. "" is one that the register of implementations does not know.
type seat struct {
	_               struct{}     `cbor:",toarray"`
	Member          keys.Address `json:"member"`
	Implementations []string     `json:"implementations"`
}

// Standing is where a task stands.
type Standing uint8

// The standings of a task. Their numbers are in the state.
const (
	Open     Standing = 1
	Agreed   Standing = 2
	RolledUp Standing = 3
)

// String is the standing's name.
func (s Standing) String() string {
	switch s {
	case Open:
		return "open"
	case Agreed:
		return "agreed"
	case RolledUp:
		return "rolled_up"
	}
	return fmt.Sprintf("standing(%d)", uint8(s))
}

// MarshalText gives the standing's name.
func (s Standing) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// task is a question to the members.
type task struct {
	_         struct{} `cbor:",toarray"`
	Kind      Kind
	Subject   keys.Hash
	Opener    string // route that the verdict is delivered to; this one's name where it opened itself
	From      uint64 // first interval that it covers: those that rolled up before it are in it (OF6)
	Interval  uint64 // last interval that it covers: an epoch, or a count of the opener's tasks
	Opened    types.Time
	Deadline  types.Time
	QuorumPPM types.PPM
	Seats     []seat // in order of addresses (OF3)
	Standing  Standing
	Hash      keys.Hash  // agreed on
	Forget    types.Time // when a closed task leaves the state
}

// Status is what a submission is good for.
type Status uint8

// The statuses. Their numbers are in the state.
const (
	Counted     Status = 1
	Late        Status = 2 // after the deadline: recorded, never counted
	Equivocated Status = 3 // contradicted by the same member: counts no more
)

// String is the status' name.
func (s Status) String() string {
	switch s {
	case Counted:
		return "counted"
	case Late:
		return "late"
	case Equivocated:
		return "equivocated"
	}
	return fmt.Sprintf("status(%d)", uint8(s))
}

// MarshalText gives the status' name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// submission is a member's answer to a task.
type submission struct {
	_              struct{} `cbor:",toarray"`
	Hash           keys.Hash
	Implementation string
	Version        string
	Locator        string
	Trace          keys.Hash
	At             types.Time
	Status         Status
	Conflict       keys.Hash // the second hash of an equivocation
}

// Action is what members vote on.
type Action uint8

// The actions. Their numbers are on the wire.
const (
	Invite Action = 1
	Leave  Action = 2
	Kick   Action = 3
)

// String is the action's name.
func (a Action) String() string {
	switch a {
	case Invite:
		return "invite"
	case Leave:
		return "leave"
	case Kick:
		return "kick"
	}
	return fmt.Sprintf("action(%d)", uint8(a))
}

// MarshalText gives the action's name.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the action's name.
func (a *Action) UnmarshalText(text []byte) error {
	for i := Invite; i <= Kick; i++ {
		if i.String() == string(text) {
			*a = i
			return nil
		}
	}
	return ErrForm.With("%.20q is no action: write invite, leave or kick", text)
}

// ballot is a member's vote on a proposal.
type ballot struct {
	_   struct{}     `cbor:",toarray"`
	By  keys.Address `json:"by"`
	For bool         `json:"for"`
}

// proposal is a vote of the members about one of them, or one to be.
type proposal struct {
	_            struct{} `cbor:",toarray"`
	Action       Action
	Target       keys.Address
	Fine         types.Amount
	Proposer     keys.Address
	VoteFrom     types.Time
	VoteUntil    types.Time // exclusive
	ExecuteUntil types.Time // exclusive
	QuorumPPM    types.PPM
	Electors     []keys.Address // members when it was made
	Ballots      []ballot
	Executed     bool
}

// implementation is a program that members may declare.
type implementation struct {
	_      struct{}     `cbor:",toarray"`
	Author keys.Address // A-O5: two programs of one author are no independence
	Source string       // where it is
}

// What is due at a time.
const (
	dueDeadline = 1 // of a task
	dueForget   = 2 // a task
	dueProposal = 3 // forget a proposal
)

type (
	// due is the key of something to be done in the first block at or past a time.
	due struct {
		Time types.Time
		What uint8
		Ref  keys.Hash
	}
	// answer is the key of a submission.
	answer struct {
		Task   keys.Hash
		Member keys.Address
	}
	// seenKey is the key of when a member was last seen on tasks of a kind.
	seenKey struct {
		Member keys.Address
		Kind   Kind
	}
	// program is the key of an implementation.
	program struct {
		Duty Duty
		Name string
	}
	// series is the key of the tasks of one kind and opener.
	series struct {
		Kind   Kind
		Opener string
	}
	// progress is how far a series has come.
	progress struct {
		_      struct{}   `cbor:",toarray"`
		Last   uint64     // interval of the newest task
		Opened types.Time // when that opened
		Next   uint64     // the first interval that no result covers
		Hash   keys.Hash  // the newest result
	}
)

// The regions of the route.
var (
	members         = state.NewMap[keys.Address, member](state.Region{Route: ID, Number: 1, Name: "members"})
	invitations     = state.NewMap[keys.Address, types.Time](state.Region{Route: ID, Number: 2, Name: "invitations"})
	seatCount       = state.NewValue[uint64](state.Region{Route: ID, Number: 3, Name: "seatCount"})
	proposals       = state.NewMap[uint64, proposal](state.Region{Route: ID, Number: 4, Name: "proposals"})
	lastProposal    = state.NewValue[uint64](state.Region{Route: ID, Number: 5, Name: "lastProposal"})
	tasks           = state.NewMap[keys.Hash, task](state.Region{Route: ID, Number: 6, Name: "tasks"})
	submissions     = state.NewMap[answer, submission](state.Region{Route: ID, Number: 7, Name: "submissions"})
	dues            = state.NewMap[due, uint64](state.Region{Route: ID, Number: 8, Name: "dues"})
	seen            = state.NewMap[seenKey, types.Time](state.Region{Route: ID, Number: 9, Name: "seen"})
	implementations = state.NewMap[program, implementation](state.Region{Route: ID, Number: 10, Name: "implementations"})
	progresses      = state.NewMap[series, progress](state.Region{Route: ID, Number: 11, Name: "progresses"})
	registerOpen    = state.NewValue[bool](state.Region{Route: ID, Number: 12, Name: "registerOpen"})
)

// TaskID names a task in the state and in events.
func TaskID(k Kind, subject keys.Hash) keys.Hash {
	return keys.Sum([]byte("oracle/task"), []byte{byte(k)}, subject[:])
}

// EpochSubject is the subject of an automatic task: 24 zero bytes and the epoch,
// most significant byte first.
func EpochSubject(e types.Epoch) (h keys.Hash) {
	for i := range 8 {
		h[31-i] = byte(e >> (8 * i))
	}
	return h
}

// TaskKey is the state key of a task, for proofs of what was agreed.
func TaskKey(k Kind, subject keys.Hash) []byte { return tasks.Key(TaskID(k, subject)) }

// bondRef is what bonds are exposed for.
var bondRef = keys.Sum([]byte("oracle/bond"))

// proposalRef is a proposal as a hash, for the queue of what is due.
func proposalRef(id uint64) keys.Hash { return EpochSubject(types.Epoch(id)) }
