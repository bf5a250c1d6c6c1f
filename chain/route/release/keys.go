package release

import (
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// summary is what the route knows at one glance.
type summary struct {
	_             struct{} `cbor:",toarray"`
	Live          bool     // the genesis has a section of the route
	Over          bool     // inception has ended, for good (R28)
	CTRs          uint64   // active
	Auditors      uint64   // active
	Activists     uint64
	Technologists uint64
	Sequence      uint64      // last number given to an appointment
	Candidates    uint64      // last number given to a candidate
	Vote          keys.Hash   // the candidate that is being voted on, if any
	Open          []keys.Hash // candidates that can still be published, oldest first
	Scheduled     keys.Hash   // the release whose upgrade plan waits, if any
	Active        keys.Hash   // the release that activated last, if any
	Builders      uint64      // identical rebuilds that the minimal register asks for
}

// size is the number of members of a college.
func (s *summary) size(college College) uint64 {
	if college == Activists {
		return s.Activists
	}
	return s.Technologists
}

// candidate is a release candidate; its key is its content's hash.
type candidate struct {
	_         struct{} `cbor:",toarray"`
	Number    uint64   // in order of submission, from 1
	Submitter keys.Address
	Repo      string
	Commit    types.Bytes
	Version   string
	Locator   string
	Protocol  uint32 // that the code speaks
	Submitted types.Time
	Stage     Stage
	Expires   types.Time // when it lapses in this stage; 0: it does not
	Round     uint64     // votes so far
	Closes    types.Time // of the open vote
	Plan      *Plan      // as the council last had it before it
	Attempt   uint64     // builds triggered so far
	Asked     bool       // the last of them is the oracle's
	Artifacts keys.Hash  // agreed by the watchtowers
	Sealed    keys.Hash  // head of the trail when that was agreed
	Entries   uint64     // in the trail
	Head      keys.Hash  // of the trail
	Shipped   *Shipped
	Reason    string // why it ended or was rejected last
}

// Plan is what a release does beside being shipped: nothing, or it puts its
// protocol version in force and clears circuits by that.
type Plan struct {
	_        struct{} `cbor:",toarray"`
	Activate bool     `json:"activate"`
	Reset    []string `json:"reset"` // circuits, as route dcert names them
}

// Binary is a file of a release.
type Binary struct {
	_    struct{}  `cbor:",toarray"`
	Name string    `json:"name"`
	Hash keys.Hash `json:"hash"`
}

// Shipped is a publication.
type Shipped struct {
	_              struct{}     `cbor:",toarray"`
	Publisher      keys.Address `json:"publisher"`
	Time           types.Time   `json:"time"`
	SourceRoot     keys.Hash    `json:"sourceRoot"`
	ProvenanceRoot keys.Hash    `json:"provenanceRoot"`
	Binaries       []Binary     `json:"binaries"`
	Manifest       keys.Hash    `json:"manifest"`
	Locator        string       `json:"locator"`
	Height         types.Height `json:"height"` // not to activate before
	Fast           bool         `json:"fast"`   // dCERT had pre-approved it
	Activates      types.Time   `json:"activates"`
}

// report is the latest report of one auditor on one candidate.
type report struct {
	_          struct{} `cbor:",toarray"`
	Sequence   uint64   // of the author's appointment; 0: not official
	Status     Status
	Report     keys.Hash
	TeamOnly   bool // closed until the publication
	Disclosed  bool
	Locator    string
	Time       types.Time
	CTR        bool         // the author is a representative too
	Stake      types.Amount // wREP put behind it
	Challenger keys.Address // who has the court look at it
}

// vote is one round of the council's vote on a candidate.
type vote struct {
	_             struct{} `cbor:",toarray"`
	Opened        types.Time
	Closes        types.Time
	Reports       []keys.Hash // that the representative referred to
	Activists     []seat      // the electorate, ascending
	Technologists []seat
	Closed        bool
	Passed        bool
	Reason        string
	A             Tally
	T             Tally
}

// seat is a voter of a snapshot. A ballot counts while the member's appointment
// is still the one of the snapshot.
type seat struct {
	_        struct{} `cbor:",toarray"`
	Address  keys.Address
	Sequence uint64
	CTR      bool // votes as a representative, not as a member
}

// ballot is one vote of one member.
type ballot struct {
	_      struct{} `cbor:",toarray"`
	Choice Choice
	Time   types.Time
}

// member is a member of the council.
type member struct {
	_        struct{} `cbor:",toarray"`
	Sequence uint64
	Since    types.Time
	Missed   uint64 // closed release votes in a row without a ballot of his
}

// representative is a CTR, present or past.
type representative struct {
	_        struct{} `cbor:",toarray"`
	Sequence uint64
	Active   bool
	Since    types.Time     // of this standing
	Revokers []keys.Address // who revoked it; empty: it resigned
	Appeal   keys.Hash      // before the court, if any
	Final    bool           // the court has spoken
}

// auditor is an official auditor, present or past.
type auditor struct {
	_        struct{} `cbor:",toarray"`
	Sequence uint64
	Active   bool
	Since    types.Time
	Charge   *charge // a revocation under way
}

// charge is a signed revocation of an auditor. It takes effect at Until unless
// it is vetoed; then it lapses at Until unless the court is asked.
type charge struct {
	_      struct{} `cbor:",toarray"`
	Ground uint16
	By     []keys.Address
	Until  types.Time // 0: the court is asked
	Vetoer keys.Address
	Appeal keys.Hash
}

// application is somebody on the way into the council.
type application struct {
	_        struct{} `cbor:",toarray"`
	College  College
	Sponsor  keys.Address // zero: none yet
	Earliest types.Time   // of the admission
	Expires  types.Time
	Endorsed []keys.Address
	Vetoed   []keys.Address
}

// candidacy is a core-team member on the way to be a representative.
type candidacy struct {
	_        struct{} `cbor:",toarray"`
	Sponsor  keys.Address
	Expires  types.Time
	Endorsed []keys.Address
}

// revocation is an open vote on a member of the council.
type revocation struct {
	_        struct{} `cbor:",toarray"`
	Sequence uint64   // of the member's appointment
	Opener   keys.Address
	Reason   string
	Closes   types.Time
	Voters   []seat
}

// petition gathers signatures for something that needs no vote.
type petition struct {
	_       struct{} `cbor:",toarray"`
	Until   types.Time
	Ground  uint16
	Signers []keys.Address
}

// petitionKind says what a petition is for.
type petitionKind uint8

const (
	revokeInactive petitionKind = 1
	revokeCTR      petitionKind = 2
	grantAuditor   petitionKind = 3
	revokeAuditor  petitionKind = 4
	withdrawal     petitionKind = 5
)

// appeal is a question before the court.
type appeal struct {
	_       struct{} `cbor:",toarray"`
	Kind    appealKind
	Account keys.Address
	RC      keys.Hash
}

// appealKind says what the court is asked about.
type appealKind uint8

const (
	appealCTR     appealKind = 1
	appealAuditor appealKind = 2
	appealReport  appealKind = 3
)

// dueKind says what happens at a time.
type dueKind uint8

const (
	dueVote        dueKind = 1 // a council's vote closes
	dueExpiry      dueKind = 2 // a candidate lapses
	dueBuild       dueKind = 3 // a build lapses
	dueEnact       dueKind = 4 // a published plan is scheduled
	dueApplication dueKind = 5
	dueCandidacy   dueKind = 6
	dueRevocation  dueKind = 7  // the vote on a member closes
	dueAuditor     dueKind = 8  // a charge takes effect or lapses
	duePetition    dueKind = 16 // and above: plus the kind of petition
)

// Keys of several parts.
type (
	memberKey struct {
		College College
		Address keys.Address
	}
	reportKey struct {
		RC      keys.Hash
		Auditor keys.Address
	}
	roundKey struct {
		RC    keys.Hash
		Round uint64
	}
	ballotKey struct {
		RC    keys.Hash
		Round uint64
		Voter keys.Address
	}
	petitionKey struct {
		Kind petitionKind
		Ref  keys.Hash
	}
	due struct {
		At   types.Time
		Kind dueKind
		Ref  keys.Hash
	}
)

// The regions of the route.
var (
	overview     = state.NewValue[summary](state.Region{Route: ID, Number: 1, Name: "summary"})
	candidates   = state.NewMap[keys.Hash, candidate](state.Region{Route: ID, Number: 2, Name: "candidates"})
	order        = state.NewMap[uint64, keys.Hash](state.Region{Route: ID, Number: 3, Name: "order"})
	trail        = state.NewMap[roundKey, Entry](state.Region{Route: ID, Number: 4, Name: "trail"})
	reports      = state.NewMap[reportKey, report](state.Region{Route: ID, Number: 5, Name: "reports"})
	opinions     = state.NewMap[reportKey, report](state.Region{Route: ID, Number: 6, Name: "opinions"})
	votes        = state.NewMap[roundKey, vote](state.Region{Route: ID, Number: 7, Name: "votes"})
	ballots      = state.NewMap[ballotKey, ballot](state.Region{Route: ID, Number: 8, Name: "ballots"})
	rebuilds     = state.NewMap[ballotKey, keys.Hash](state.Region{Route: ID, Number: 9, Name: "rebuilds"})
	members      = state.NewMap[memberKey, member](state.Region{Route: ID, Number: 10, Name: "members"})
	ctrs         = state.NewMap[keys.Address, representative](state.Region{Route: ID, Number: 11, Name: "representatives"})
	auditors     = state.NewMap[keys.Address, auditor](state.Region{Route: ID, Number: 12, Name: "auditors"})
	core         = state.NewMap[keys.Address, types.Time](state.Region{Route: ID, Number: 13, Name: "coreTeam"})
	grants       = state.NewMap[keys.Address, grant](state.Region{Route: ID, Number: 14, Name: "grants"})
	grounds      = state.NewMap[uint16, string](state.Region{Route: ID, Number: 15, Name: "grounds"})
	watchtowers  = state.NewMap[keys.Address, bool](state.Region{Route: ID, Number: 16, Name: "watchtowers"})
	applications = state.NewMap[keys.Address, application](state.Region{Route: ID, Number: 17, Name: "applications"})
	candidacies  = state.NewMap[keys.Address, candidacy](state.Region{Route: ID, Number: 18, Name: "candidacies"})
	revocations  = state.NewMap[keys.Address, revocation](state.Region{Route: ID, Number: 19, Name: "revocations"})
	petitions    = state.NewMap[petitionKey, petition](state.Region{Route: ID, Number: 20, Name: "petitions"})
	appeals      = state.NewMap[keys.Hash, appeal](state.Region{Route: ID, Number: 21, Name: "appeals"})
	dues         = state.NewMap[due, bool](state.Region{Route: ID, Number: 22, Name: "dues"})
	preapproved  = state.NewMap[keys.Hash, types.Time](state.Region{Route: ID, Number: 23, Name: "preapproved"})

	revocationBallots = state.NewMap[revocationVoter, Choice](state.Region{Route: ID, Number: 24, Name: "revocationBallots"})
)

// revocationVoter is the key of a ballot about a member.
type revocationVoter struct {
	Member keys.Address
	Voter  keys.Address
}

// grant lets somebody outside the core team merge.
type grant struct {
	_     struct{} `cbor:",toarray"`
	By    keys.Address
	Until types.Time
}

// CandidateKey is the state key of a candidate, for proofs: its value holds the
// stage, the head of the trail and the manifest.
func CandidateKey(rc keys.Hash) []byte { return candidates.Key(rc) }

// subject is an address as the subject of a petition or of a due.
func subject(a keys.Address) (h keys.Hash) {
	copy(h[:], a[:])
	return h
}

// accountOf is the address that subject put into h.
func accountOf(h keys.Hash) keys.Address { return keys.Address(h[:20]) }
