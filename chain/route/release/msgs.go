package release

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Bounds of what messages carry.
const (
	textMax    = 128 // bytes of a name, a version, a store
	locatorMax = 512 // bytes of a locator or a reason
	listMax    = 64  // binaries, circuits, report references, grounds
	commitMax  = 32  // bytes of a commit id
)

// SubmitRC puts a candidate up for audit (R3, R4). RC is the hash of the tree
// without its provenance path (spec release §2).
type SubmitRC struct {
	_        struct{}    `cbor:",toarray"`
	RC       keys.Hash   `json:"rc"`
	Repo     string      `json:"repo"`
	Commit   types.Bytes `json:"commit"`
	Version  string      `json:"version"`
	Protocol uint32      `json:"protocol"` // highest version that the code speaks
	Locator  string      `json:"locator"`  // where the content is
}

// Report is an auditor's verdict. The sender's latest on a candidate counts.
type Report struct {
	_        struct{}     `cbor:",toarray"`
	RC       keys.Hash    `json:"rc"`
	Status   Status       `json:"status"`
	Report   keys.Hash    `json:"report"`   // of the detailed report
	TeamOnly bool         `json:"teamOnly"` // kept closed until the publication
	Stake    types.Amount `json:"stake"`    // wREP behind the report; 0: none
}

// DiscloseReport tells where a closed report can be read.
type DiscloseReport struct {
	_       struct{}     `cbor:",toarray"`
	RC      keys.Hash    `json:"rc"`
	Auditor keys.Address `json:"auditor"`
	Locator string       `json:"locator"`
}

// ChallengeReport has the court decide whether a staked report is a fake.
type ChallengeReport struct {
	_       struct{}     `cbor:",toarray"`
	RC      keys.Hash    `json:"rc"`
	Auditor keys.Address `json:"auditor"`
}

// ReclaimStake returns the stake of a report on a candidate that has ended.
type ReclaimStake struct {
	_  struct{}  `cbor:",toarray"`
	RC keys.Hash `json:"rc"`
}

// SubmitToCouncil opens the council's vote.
type SubmitToCouncil struct {
	_       struct{}    `cbor:",toarray"`
	RC      keys.Hash   `json:"rc"`
	Reports []keys.Hash `json:"reports"` // that the council is referred to
	Plan    Plan        `json:"plan"`
}

// Ballot is a member's vote, final.
type Ballot struct {
	_      struct{}  `cbor:",toarray"`
	RC     keys.Hash `json:"rc"`
	Choice Choice    `json:"choice"`
}

// Trigger orders the build of an approved candidate.
type Trigger struct {
	_  struct{}  `cbor:",toarray"`
	RC keys.Hash `json:"rc"`
}

// SubmitBuild is what a watchtower's rebuild gave.
type SubmitBuild struct {
	_         struct{}  `cbor:",toarray"`
	RC        keys.Hash `json:"rc"`
	Artifacts keys.Hash `json:"artifacts"` // ArtifactsHash of the binaries
}

// Publish ships a built candidate.
type Publish struct {
	_              struct{}     `cbor:",toarray"`
	RC             keys.Hash    `json:"rc"`
	SourceRoot     keys.Hash    `json:"sourceRoot"`     // of the tree with its provenance path
	ProvenanceRoot keys.Hash    `json:"provenanceRoot"` // of that path
	Trail          keys.Hash    `json:"trail"`          // last hash of the embedded history
	Binaries       []Binary     `json:"binaries"`       // ascending by name
	Locator        string       `json:"locator"`
	Height         types.Height `json:"height"` // the plan is not to act before; 0: as soon as it may
}

// RecordStore names a submission to an app store and who made it.
type RecordStore struct {
	_     struct{}       `cbor:",toarray"`
	RC    keys.Hash      `json:"rc"`
	Store string         `json:"store"`
	Key   keys.PublicKey `json:"key"` // the sender's
}

// Withdraw takes a candidate or a published release back.
type Withdraw struct {
	_      struct{}  `cbor:",toarray"`
	RC     keys.Hash `json:"rc"`
	Reason string    `json:"reason"`
}

// RecordMerge names a change that was merged.
type RecordMerge struct {
	_      struct{}    `cbor:",toarray"`
	Repo   string      `json:"repo"`
	Commit types.Bytes `json:"commit"`
}

// Member names somebody.
type Member struct {
	_       struct{}     `cbor:",toarray"`
	Address keys.Address `json:"address"`
}

// Grant empowers somebody to merge.
type Grant struct {
	_       struct{}     `cbor:",toarray"`
	Address keys.Address `json:"address"`
	Until   types.Time   `json:"until"` // block time in ms
}

// Apply asks for admission to a college.
type Apply struct {
	_       struct{} `cbor:",toarray"`
	College College  `json:"college"`
}

// Leave ends the sender's membership of the council.
type Leave struct {
	_ struct{} `cbor:",toarray"`
}

// Motion names a member and why.
type Motion struct {
	_       struct{}     `cbor:",toarray"`
	Address keys.Address `json:"address"`
	Reason  string       `json:"reason"`
}

// RevocationBallot is a vote about a member of the council, final.
type RevocationBallot struct {
	_      struct{}     `cbor:",toarray"`
	Member keys.Address `json:"member"`
	Choice Choice       `json:"choice"`
}

// Charge is a signature under an auditor's revocation.
type Charge struct {
	_       struct{}     `cbor:",toarray"`
	Auditor keys.Address `json:"auditor"`
	Ground  uint16       `json:"ground"` // number in the list of grounds
}

// Appeal takes the sender's revocation as CTR, or a vetoed revocation of an
// auditor, to the court.
type Appeal struct {
	_       struct{}     `cbor:",toarray"`
	Role    Role         `json:"role"`
	Address keys.Address `json:"address"` // whom it is about
}

// Resign ends a role of the sender.
type Resign struct {
	_    struct{} `cbor:",toarray"`
	Role Role     `json:"role"`
}

// Preapprove shortens the enactment delay of a candidate, whenever it comes.
type Preapprove struct {
	_  struct{}  `cbor:",toarray"`
	RC keys.Hash `json:"rc"`
}

// Activate schedules the plan of a published release anew.
type Activate struct {
	_      struct{}     `cbor:",toarray"`
	RC     keys.Hash    `json:"rc"`
	Height types.Height `json:"height"`
}

// Ground is a reason for which an auditor may be revoked.
type Ground struct {
	_    struct{} `cbor:",toarray"`
	ID   uint16   `json:"id"`
	Text string   `json:"text"`
}

// SetGrounds replaces entries of the list of grounds; an empty text removes.
type SetGrounds struct {
	_       struct{} `cbor:",toarray"`
	Grounds []Ground `json:"grounds"`
}

// SetWatchtowers replaces the minimal register of builders.
type SetWatchtowers struct {
	_         struct{}       `cbor:",toarray"`
	Members   []keys.Address `json:"members"`
	Threshold uint64         `json:"threshold"` // identical rebuilds: more than half of them
}

// Peers that the route calls, and the bodies of their messages (spec release §11).
const (
	courtRoute         = 10
	courtOpenAppeal    = 5
	contributionRoute  = 13
	contributionMerged = 33
	oracleRoute        = 14
	oracleOpenTask     = 20
	taskBuild          = 2 // the kind release-build
)

type openAppeal struct {
	_       struct{} `cbor:",toarray"`
	Opener  string
	Ref     keys.Hash
	Parties []keys.Address
}

type released struct {
	_      struct{} `cbor:",toarray"`
	Repo   string
	Commit types.Bytes
}

type openTask struct {
	_        struct{} `cbor:",toarray"`
	Opener   string
	Kind     uint8
	Subject  keys.Hash
	Deadline types.Time
}

// serves reports whether the chain has a peer now.
func serves(c *route.Ctx, name string) bool {
	r := c.Table().Find(name)
	return r != nil && r.Serves(c.Block.Version)
}
