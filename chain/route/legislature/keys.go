package legislature

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
)

// State is where a proposal stands.
type State uint8

// The states. Their numbers are on the wire.
const (
	Draft      State = 1  // gathers its deposit, or waits for its turn to be voted on
	Nonbinding State = 2  // first stage: a losing vote loses nothing
	Half       State = 3  // second: half of loss_ppm
	Binding    State = 4  // third: loss_ppm
	Queued     State = 5  // passed; may be executed after the delay
	Executed   State = 6  // all actions have happened
	Failed     State = 7  // an action failed and nothing has happened
	Expired    State = 8  // no deposit, or not executed in time
	Withdrawn  State = 9  // by its proposer
	Vetoed     State = 10 // more than a third vetoed: the deposit is burned
	Rejected   State = 11 // a stage did not pass
)

var stateNames = [...]string{
	Draft: "draft", Nonbinding: "nonbinding", Half: "half", Binding: "binding", Queued: "queued", Executed: "executed",
	Failed: "failed", Expired: "expired", Withdrawn: "withdrawn", Vetoed: "vetoed", Rejected: "rejected",
}

// String is the state's name.
func (s State) String() string {
	if s > 0 && int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText gives the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the state's name; an empty one is no state.
func (s *State) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = 0
		return nil
	}
	for i := Draft; int(i) < len(stateNames); i++ {
		if strings.EqualFold(stateNames[i], string(text)) {
			*s = i
			return nil
		}
	}
	return ErrState.With("%.20q is no state of a proposal", text)
}

// Voting reports whether votes are cast in the state.
func (s State) Voting() bool { return s >= Nonbinding && s <= Binding }

// Final reports whether nothing follows the state.
func (s State) Final() bool { return s >= Executed }

// Side is what a vote says.
type Side uint8

// The sides. Their numbers are on the wire. A veto counts as against; more than
// a third of vetoes burns the deposit.
const (
	For     Side = 1
	Against Side = 2
	Veto    Side = 3
)

var sideNames = [...]string{For: "for", Against: "against", Veto: "veto"}

// String is the side's name.
func (s Side) String() string {
	if s > 0 && int(s) < len(sideNames) {
		return sideNames[s]
	}
	return fmt.Sprintf("side(%d)", uint8(s))
}

// MarshalText gives the side's name.
func (s Side) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the side's name or number.
func (s *Side) UnmarshalText(text []byte) error {
	for i := For; i <= Veto; i++ {
		if strings.EqualFold(sideNames[i], string(text)) || strconv.Itoa(int(i)) == string(text) {
			*s = i
			return nil
		}
	}
	return ErrSide.With("%.20q is no side: write for, against or veto", text)
}

// Terms are the rules that a proposal is voted by, as they were when its vote
// opened (L4). Times are in ms of block time.
type Terms struct {
	_         struct{}   `cbor:",toarray"`
	Period    types.Time `json:"period"`    // of the three stages together
	Delay     types.Time `json:"delay"`     // from passing until it may be executed
	Expiry    types.Time `json:"expiry"`    // for how long it may be executed then
	QuorumPPM types.PPM  `json:"quorumPpm"` // of the supply that must be staked, at least
	PassPPM   types.PPM  `json:"passPpm"`   // passes above this share of what is staked
	LossPPM   types.PPM  `json:"lossPpm"`   // of a losing stake that is lost in the binding stage
}

// ballot is a pool of the running stage.
type ballot struct {
	_       struct{} `cbor:",toarray"`
	Pool    uint64
	Book    rep.Book
	Against types.Amount // as cast, vetoes included
	Veto    types.Amount // as cast
	Outcome route.Outcome
}

// Result is how a stage ended in a book.
type Result struct {
	_       struct{}      `cbor:",toarray"`
	Stage   State         `json:"stage"`
	Book    rep.Book      `json:"book"`
	Pool    uint64        `json:"pool"`
	For     types.Amount  `json:"for"`
	Against types.Amount  `json:"against"` // vetoes included
	Veto    types.Amount  `json:"veto"`
	Outcome route.Outcome `json:"outcome"`
	Height  types.Height  `json:"height"`
}

// Failure is why an action failed.
type Failure struct {
	_      struct{} `cbor:",toarray"`
	Action uint8    `json:"action"` // its place in the list, from 0
	Code   uint32   `json:"code"`   // of the refusal
	Kind   string   `json:"kind"`   // of the refusal
}

// proposal is what is kept of a proposal beside its actions, for ever.
type proposal struct {
	_         struct{} `cbor:",toarray"`
	Proposer  keys.Address
	Title     string
	Post      keys.Hash // of the forum; zero: the text is here
	Fee       types.Amount
	State     State
	Class     class
	Submitted types.Height
	Bond      rep.Book     // whose REP is deposited
	Need      types.Amount // deposit that opens the vote; zero: none
	Deposited types.Amount
	Backers   uint32     // accounts that deposited
	Due       types.Time // when the state ends by itself; 0: not by time
	Terms     Terms      // from the opening on
	Book      rep.Book   // that canonizes; 0 before the opening
	Ballots   []ballot   // of the running stage
	Next      []ballot   // of the next, while a book's pool of this one is open
	Results   []Result
	Ready     types.Time   // from when on it may be executed
	Earned    types.Amount // what the binding pool minted for the post
	Failures  []Failure    // none, or the one
	Ended     types.Height // 0: not yet
}

// class is what follows from a proposal's actions.
type class struct {
	_      struct{} `cbor:",toarray"`
	Grave  bool     // one action is of class A
	Rescue bool     // no circuit breaks it
	Urgent bool     // opens at submission
	Budget bool     // changes the budget share of gREP
}

// ready is the key of a proposal that waits for its turn to be voted on.
type ready struct {
	Class  uint8 // 0: no circuit breaks it, 1: any other
	Number uint64
}

// due is the key of something that ends by itself.
type due struct {
	Time   types.Time
	Number uint64
}

// backer is the key of a deposit, voice that of a veto.
type (
	backer struct {
		Number  uint64
		Address keys.Address
	}
	voice struct {
		Pool    uint64
		Address keys.Address
	}
)

// credit is REP that a post has earned and not been paid yet.
type credit struct {
	_      struct{} `cbor:",toarray"`
	Post   keys.Hash
	Amount types.Amount
	Cause  string
}

// credited is the key of a credit.
type credited struct {
	Book   rep.Book
	Number uint64 // in order of earning
}

// Contract is a set of production rules with the post that describes it.
type Contract struct {
	_        struct{}        `cbor:",toarray"`
	Version  uint64          `json:"version"`  // from 1
	Post     keys.Hash       `json:"post"`     // earns the author share; zero: nobody does
	Protocol uint32          `json:"protocol"` // version that it needs
	Changes  []params.Change `json:"changes"`  // to the contract before
	From     types.Epoch     `json:"from"`     // in force from its first block on
}

// The regions of the route.
var (
	proposals = state.NewMap[uint64, proposal](state.Region{Route: ID, Number: 1, Name: "proposals"})
	actionsOf = state.NewMap[uint64, []types.Msg](state.Region{Route: ID, Number: 2, Name: "actions"})
	texts     = state.NewMap[uint64, types.Bytes](state.Region{Route: ID, Number: 3, Name: "texts"})
	last      = state.NewValue[uint64](state.Region{Route: ID, Number: 4, Name: "lastProposal"})
	numbers   = state.NewMap[keys.Hash, uint64](state.Region{Route: ID, Number: 5, Name: "numbers"})
	deposits  = state.NewMap[backer, types.Amount](state.Region{Route: ID, Number: 6, Name: "deposits"})
	vetoes    = state.NewMap[voice, types.Amount](state.Region{Route: ID, Number: 7, Name: "vetoes"})
	waiting   = state.NewMap[ready, types.Height](state.Region{Route: ID, Number: 8, Name: "waiting"})
	dues      = state.NewMap[due, State](state.Region{Route: ID, Number: 9, Name: "due"})
	voting    = state.NewMap[uint64, bool](state.Region{Route: ID, Number: 10, Name: "voting"})
	counted   = state.NewValue[uint64](state.Region{Route: ID, Number: 11, Name: "openCount"})
	credits   = state.NewMap[credited, credit](state.Region{Route: ID, Number: 12, Name: "credits"})
	lastPaid  = state.NewMap[rep.Book, uint64](state.Region{Route: ID, Number: 13, Name: "lastCredit"})
	canonized = state.NewValue[types.Epoch](state.Region{Route: ID, Number: 14, Name: "canonizedByGrep"})
	contracts = state.NewMap[uint64, Contract](state.Region{Route: ID, Number: 15, Name: "contracts"})
	upcoming  = state.NewValue[Contract](state.Region{Route: ID, Number: 16, Name: "nextContract"})
	versions  = state.NewValue[uint64](state.Region{Route: ID, Number: 17, Name: "lastContract"})
)

// Ref is the proposal's name in pools, verdicts and notices: H("proposal" ‖
// be64(number)).
func Ref(number uint64) keys.Hash {
	return keys.Sum([]byte("proposal"), binary.BigEndian.AppendUint64(nil, number))
}

// bondRef is what deposits are exposed for.
func bondRef(number uint64) keys.Hash {
	return keys.Sum([]byte("deposit"), binary.BigEndian.AppendUint64(nil, number))
}

// load reads a proposal; ErrUnknown where there is none.
func load(r state.Reader, number uint64) (proposal, error) {
	p, ok := proposals.Get(r, number)
	if !ok {
		return p, ErrUnknown.With("there is no proposal %d", number)
	}
	return p, nil
}

// wait lets a proposal's state end by itself at a time, in the place of the
// time it had; 0 ends the waiting.
func (p *proposal) wait(c *route.Ctx, number uint64, until types.Time) {
	if p.Due != 0 {
		dues.Delete(c, due{p.Due, number})
	}
	if p.Due = until; until != 0 {
		dues.Set(c, due{until, number}, p.State)
	}
}

// rank is the proposal's place in the queue of those that wait for their turn.
func (p *proposal) rank(number uint64) ready {
	if p.Class.Rescue {
		return ready{0, number}
	}
	return ready{1, number}
}
