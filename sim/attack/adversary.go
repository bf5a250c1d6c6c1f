package attack

import (
	"probity/chain/codec"
	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
)

// Play is an attack on whole simulated members: the scenarios that it needs,
// honest baselines among them, and how their outcomes become figures. Package
// sim runs it.
type Play struct {
	Cast    func(Args) ([]Scenario, error)
	Measure func(Args, []Outcome) (*Result, error) // outcomes by scenario, then by seed
}

// Scenario is one way to play: who is owned, by what adversary, in what world.
// A played scenario has a phase of attack and a phase of calm. In calm the
// network delivers within LateCalm and everyone is up, but the adversary goes on.
type Scenario struct {
	Name    string
	Nodes   int
	Weights []uint64          // whole REP of the members; nil: 100 each
	Params  map[string]uint64 // genesis parameters that differ from the simulator's
	First   uint64            // seed
	Seeds   int               // how many from First on; 0: one
	Length  types.Time        // of the attack, ms; 0: the simulator's default
	Load    int               // transfers a second of simulated time by honest users; 0: the default, −1: none
	Chaos   bool              // the world's faults strike too
	Owned   []int             // members that the adversary owns
	Twins   []int             // of Owned: those that run a second copy, with the same keys and its own disk
	New     func() Adversary  // nil: owned members behave
	Expect  []string          // oracles that the scenario means to fire: no violations
}

// LateCalm bounds what an adversary may add to a message between honest members
// in calm, ms. In the attack phase its bound is the end of the phase: the
// network is asynchronous.
const LateCalm types.Time = 100

// Never as a delay means that a message between honest members arrives when the
// attack phase ends, and that one from or to an owned member never does.
const Never types.Time = 1 << 40

// Lost as a delay means that a message never arrives, as on a link that is cut:
// between honest members only in the attack phase.
const Lost types.Time = 1 << 41

// Letter is a message from one member to another. What an adversary is handed is
// its own: it may change the fields, but not what Msg points to; see Edit.
type Letter struct {
	At    types.Time
	From  int // Member.ID
	To    int
	Topic string
	Data  []byte             // nil: Msg is encoded
	Msg   *consensus.Message // set on node.TopicConsensus; shared, not to be changed
	Hold  types.Time         // how long it is held back
}

// Edit is a copy of the letter whose message may be changed.
func (l Letter) Edit() Letter {
	var msg consensus.Message
	if err := codec.Unmarshal(codec.MustMarshal(l.Msg), &msg); err != nil {
		panic("attack: " + err.Error()) // it was sent
	}
	l.Msg, l.Data = &msg, nil
	return l
}

// Adversary acts for all members that it owns, with a view of everything. Embed
// Idle to leave methods out. Its methods are called one at a time; whatever it
// decides by chance it draws from Hands.Draw, so that a run is its seed.
type Adversary interface {
	// Begin hands over the means to act, before the first event.
	Begin(Hands)
	// Sends gives what an owned member really sends where its loop wants to send
	// a letter: nothing, the letter, or others instead, also to others.
	Sends(Letter) []Letter
	// Delays tells how much longer a letter between any two members takes. Its
	// bounds are those of Never and LateCalm.
	Delays(*Letter) types.Time
	// Hears shows every letter that arrives anywhere, before the member takes it.
	Hears(*Letter)
	// Steps may change what an owned member's machine asks for, before it is done.
	Steps(id int, in consensus.Input, out *consensus.Ready)
	// Final shows a block that became final at a member.
	Final(id int, b *types.Block)
	// Wakes is called at the times that Hands.Wake asked for.
	Wakes()
}

// Idle is an adversary that lets its members behave.
type Idle struct{}

// Begin is Adversary.
func (Idle) Begin(Hands) {}

// Sends is Adversary.
func (Idle) Sends(l Letter) []Letter { return []Letter{l} }

// Delays is Adversary.
func (Idle) Delays(*Letter) types.Time { return 0 }

// Hears is Adversary.
func (Idle) Hears(*Letter) {}

// Steps is Adversary.
func (Idle) Steps(int, consensus.Input, *consensus.Ready) {}

// Final is Adversary.
func (Idle) Final(int, *types.Block) {}

// Wakes is Adversary.
func (Idle) Wakes() {}

// Member is what everyone knows of a member, or of a twin's second copy.
type Member struct {
	ID      int // a twin's copy has an ID of its own, from Scenario.Nodes on
	Of      int // the member whose keys it uses; ID but for a copy
	Owned   bool
	Up      bool
	Account keys.Address
	Key     keys.PublicKey // of votes and proposals
	Weight  uint64         // whole REP at genesis
}

// Hands are an adversary's means. Signing with the keys of a member that it
// does not own panics: forging is not among them.
type Hands interface {
	Now() types.Time   // of the world
	Start() types.Time // of the run
	Calm() bool        // the attack phase is over
	Genesis() *exec.Genesis
	Members() []Member
	// Draw chooses below n from a stream of the adversary's own. 0 must mean the
	// harmless choice: it is what a shrunk run takes.
	Draw(label string, n uint64) uint64

	Status(id int) consensus.Status        // of any member; zero while it is down
	Height(id int) types.Height            // of its last final block
	Plan(e types.Epoch) *types.Plan        // nil where no member knows it yet
	State(id int) state.Reader             // after the last final block of a member; nil while it is down
	MemberOf(k keys.PublicKey) (int, bool) // whose consensus key it is

	Keys(owned int) node.MemberKeys
	// Sign gives the signature of an owned member on any statement.
	Sign(owned int, s types.Statement) keys.Signature
	// Vote is a signed vote, with the signer's place in the epoch's roster;
	// ok is false where it has none.
	Vote(owned int, s types.Statement) (v types.Vote, ok bool)
	// Seal signs a block's header as its leader.
	Seal(owned int, b *types.Block)
	// SealTx signs a transaction with any account key.
	SealTx(tx types.Tx, key keys.PrivateKey) *types.SignedTx

	// Send sends a letter from an owned member; Data nil: Msg is encoded.
	Send(Letter)
	// Submit offers transactions to a member, as its users would.
	Submit(to int, txs ...*types.SignedTx) []error
	// Wake asks for a call of Wakes at a time.
	Wake(at types.Time)
	// Count adds to a figure of the outcome.
	Count(name string, n int64)
	// Note keeps a hash in the outcome, for runs to be compared by; the last one
	// of a name stays.
	Note(name string, h keys.Hash)
}

// Accused is a member against whom evidence was seen.
type Accused struct {
	Member    int
	Weight    uint64
	First     types.Time // when evidence was first at hand, ms since the start
	Convicted types.Time // when a block that convicts it was first final; 0: never
	Views     uint64     // views between the two
}

// Outcome is what one run of a scenario came to. Slices by member hold
// Scenario.Nodes entries.
type Outcome struct {
	Scenario   string
	Seed       uint64
	Hash       keys.Hash  // of the event log
	Simulated  types.Time // ms, both phases
	Height     types.Height
	Views      uint64
	Violations []Violation // but for those of Scenario.Expect
	Expected   []Violation
	Accused    []Accused // in order of time

	Blocks   []uint64 // final blocks by producer
	Leads    []uint64 // views led, of the epochs and views that became final
	REP      []uint64 // whole wREP at the end
	Genesis  []uint64 // whole wREP at the start
	Producer []int    // who made the final block of each height, from 1 on

	Included                       []types.Time      // ms from offer to finality of each honest transfer, in order of finality
	Offered                        int               // honest transfers offered
	Finality                       []types.Time      // ms from a block's own time to its finality at the first member
	Recovery                       types.Time        // ms of calm until every honest member had grown by the blocks asked for
	Before                         types.Height      // top height when calm began
	RoundsMax, BlocksMax, VotesMax int               // most that any honest machine kept
	HeldMax                        int               // and of messages for views beyond reach
	Dropped                        map[string]uint64 // messages that honest members refused, by reason
	Counts                         map[string]int64
	Notes                          map[string]keys.Hash
	Crashes                        int
}

// Violation is an oracle that fired.
type Violation struct {
	Oracle string     `json:"oracle"`
	At     types.Time `json:"at_ms"` // since the start
	Text   string     `json:"text"`
}
