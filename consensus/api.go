package consensus

import (
	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

// Bounds (spec consensus §7).
const (
	ViewsAhead     = 64      // votes and proposals for views further ahead are dropped
	ProposalsMax   = 4       // proposals kept per view that no certificate speaks of
	DigestsMax     = 2       // different digests remembered per signer, kind and view: two are evidence
	StandstillSize = 1 << 20 // bytes of one rebroadcast
	VoteWindow     = 16      // heights for which late votes are kept and included
)

// Config is what does not change while the machine lives.
type Config struct {
	Genesis  keys.Hash
	Self     keys.PublicKey // votes and proposes with this key where a roster or list holds it
	Delta    types.Time     // Δ₀, ms
	DeltaMax types.Time     // cap of Δ, ms
	Early    types.Time     // a block this far ahead of the clock is held, ms
	Escrow   escrow.Suite   // opens salts; nil: escrow.DHPVSS
}

// Defaults of the timing (spec consensus §5).
const (
	DeltaDefault    types.Time = 250
	DeltaMaxDefault types.Time = 30_000
	EarlyDefault    types.Time = 500
)

// Input is one of Start, Received, Held, Executed, Built, Signed, Refused,
// Shared, Convicted and Tick.
type Input interface{ input() }

// Base is the finalized block that an epoch's views build on.
type Base struct {
	Digest keys.Hash
	Height types.Height
	View   types.View // in this epoch; 0 for the boundary block of the one before
	Time   types.Time
	Final  *types.Certificate // its Finalization; nil where View is 0
}

// Start begins an epoch, or resumes one after a restart.
type Start struct {
	Plan      *types.Plan
	Prev      *types.Plan // of the epoch before; nil for epoch 0
	Base      Base
	Recent    []*types.Block           // the last finalized blocks, ascending: what votes they include
	Votes     []types.Vote             // own votes of this epoch, from the signer's journal
	Blocks    []*types.Block           // blocks persisted above Base
	Own       map[types.View]keys.Hash // own proposals signed before the restart
	Convicted []keys.Address

	Certificates []types.Certified // Notarizations persisted above Base
}

// Received is a message whose signatures the caller has checked.
type Received struct {
	Message
	BodyBad bool // a proposal whose leader's signature holds, but not all those in its body
}

// Held is a message for which Signatures said ErrAhead. It comes back as Again.
type Held struct {
	Message
	From string // whoever sent it; what one peer may have held is bounded
}

// Executed answers Execute.
type Executed struct {
	Digest keys.Hash
	Err    error // nil: valid, with an equal state root
}

// Built answers Build with an unsigned block, executed by its maker. Block is
// nil where the caller could not build.
type Built struct {
	View  types.View
	Epoch types.Epoch
	Block *types.Block
}

// Signed answers a request to sign.
type Signed struct {
	Statement types.Statement
	Signature keys.Signature
}

// Refused answers a request to sign that the signer declined: the machine
// treats the statement as never made.
type Refused struct{ Statement types.Statement }

// Shared answers Share; no shares where the signer gave none.
type Shared struct {
	Epoch  types.Epoch
	View   types.View
	Shares []escrow.Share
}

// Convicted lists accounts convicted in the finalized state.
type Convicted struct{ Accounts []keys.Address }

// Tick says that time has passed.
type Tick struct{}

func (Start) input()     {}
func (Received) input()  {}
func (Held) input()      {}
func (Executed) input()  {}
func (Shared) input()    {}
func (Built) input()     {}
func (Signed) input()    {}
func (Refused) input()   {}
func (Convicted) input() {}
func (Tick) input()      {}

// Message is what members send each other. Exactly one field is set.
type Message struct {
	_         struct{} `cbor:",toarray"`
	Proposal  *types.Block
	Vote      *types.Vote
	Certified *types.Certified
}

// Ready is what the caller must do, in the order of its fields.
type Ready struct {
	Persist  []*types.Block    // to disk, before anything below
	Keep     []types.Certified // to disk likewise: Notarizations that a Finalize rests on
	Sign     []types.Statement // journal, fsync, sign; answer Signed or Refused
	Send     []Message         // to all
	Ask      []Ask
	Commit   []Commit
	Evidence []Evidence
}

// Ask is a request that the caller answers by an input: Execute, Build, Fetch,
// Share, Again or Behind.
type Ask interface{ ask() }

// Execute asks for the block to be executed on its parent's state, which has
// been executed before. Answer: Executed.
type Execute struct {
	Block    *types.Block
	Digest   keys.Hash
	Trailing bool // same height and root as its parent, nothing to execute
}

// Build asks for a block. Answer: Built.
type Build struct {
	Epoch      types.Epoch
	View       types.View
	Parent     keys.Hash
	ParentView types.View
	Trailing   bool
	ASC        types.ASC
	Salt       uint32       // which of the contract's salts the view uses
	Salted     bool         // it has one: the header carries its reveal
	Prev       keys.Hash    // R(epoch, view−1): the view's seed takes up the salt, which its leader knows
	Place      escrow.Place // of the dealing, under the recoverable beacon
	Dealing    types.Bytes
	Votes      []types.Certificate
	Views      []types.ViewRecord
}

// Fetch asks for a block that a certificate or a child names. Answer: Received.
type Fetch struct{ Digest keys.Hash }

// Share asks for shares of a view's salt, one for each of this member's tickets
// from First on, after its Nullify of the view is journaled. Answer: Shared.
type Share struct {
	Epoch   types.Epoch
	View    types.View
	Place   escrow.Place
	Dealing types.Bytes
	First   uint32
	Count   int
}

// Again hands back a message that was held: its signatures can be checked now.
type Again struct{ Message }

// Behind says that others have finalized what is not here: the caller
// synchronizes by range and starts again from the new base.
type Behind struct {
	Epoch  types.Epoch
	View   types.View
	Digest keys.Hash
}

func (Execute) ask() {}
func (Build) ask()   {}
func (Fetch) ask()   {}
func (Share) ask()   {}
func (Again) ask()   {}
func (Behind) ask()  {}

// Commit says that blocks are final.
type Commit struct {
	Blocks       []*types.Block       // ascending from the base's child; without trailing blocks
	Finalization types.Certificate    // of the last of them or of a trailing block
	Trailing     []types.SignedHeader // from the boundary's child to what Finalization names; empty otherwise
}

// Evidence is a pair of statements that no honest member signs both of, or one
// that none signs at all.
type Evidence struct {
	Epoch   types.Epoch
	Signer  int // index in the roster, or −1 for a leader outside it
	Key     keys.PublicKey
	A, B    types.Vote
	Headers []types.SignedHeader // of two proposals, or one whose reveal is wrong
}
