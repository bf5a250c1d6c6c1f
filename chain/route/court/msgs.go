package court

import (
	"encoding/binary"

	"probity/chain/keys"
	"probity/chain/types"
)

// Accuse accuses an account.
type Accuse struct {
	_        struct{}     `cbor:",toarray"`
	Accused  keys.Address `json:"accused"`
	Charge   Charge       `json:"charge"`
	Content  keys.Hash    `json:"content"`  // of the text
	Inline   types.Bytes  `json:"inline"`   // the text, at most TextMax bytes; empty: kept elsewhere
	Evidence []keys.Hash  `json:"evidence"` // 1 to EvidenceMax hashes of what it rests on
	Posts    []Claim      `json:"posts"`    // posts of the accused to take from, at most PostsMax
	Bond     types.Amount `json:"bond"`     // $, at least court.bond
}

// CommitMsg commits a juror to a verdict; a later one takes its place.
type CommitMsg struct {
	_          struct{}  `cbor:",toarray"`
	Case       uint64    `json:"case"`
	Commitment keys.Hash `json:"commitment"` // Commitment of the verdict
}

// RevealMsg opens a commitment.
type RevealMsg struct {
	_     struct{}  `cbor:",toarray"`
	Case  uint64    `json:"case"`
	Ratio types.PPM `json:"ratio"` // 0: not guilty, or the role's appeal is denied
	Salt  keys.Hash `json:"salt"`
}

// AppealMsg asks for a second panel.
type AppealMsg struct {
	_    struct{}     `cbor:",toarray"`
	Case uint64       `json:"case"`
	Bond types.Amount `json:"bond"` // $, at least court.appeal_bond
}

// OpenAppeal opens the appeal of a role. The answer is a Verdict with the same
// Ref to the opener: Accepted where the appeal is upheld.
type OpenAppeal struct {
	_       struct{}       `cbor:",toarray"`
	Opener  string         `json:"opener"`
	Ref     keys.Hash      `json:"ref"`
	Parties []keys.Address `json:"parties"` // are not drawn
}

// Vote stakes wREP in the pool that ratifies a slash.
type Vote struct {
	_      struct{}     `cbor:",toarray"`
	Case   uint64       `json:"case"`
	For    bool         `json:"for"`
	Amount types.Amount `json:"amount"`
}

// Numbers of messages of the forum that the court sends.
const (
	forumID    = 8
	forumVouch = 5
	forumLeach = 6
)

// vouchMsg is the forum's vouch: it fails unless the author wrote the post.
type vouchMsg struct {
	_      struct{} `cbor:",toarray"`
	Post   keys.Hash
	Author keys.Address
}

// leachMsg is the forum's leach: it takes from a post and burns.
type leachMsg struct {
	_      struct{} `cbor:",toarray"`
	Post   keys.Hash
	Amount types.Amount
	Cause  string
}

// Commitment is what a juror commits with: H("verdict" ‖ be64(case) ‖
// be64(round) ‖ juror ‖ be64(ratio) ‖ salt). The juror's address is in it, so
// that a copied commitment cannot be opened.
func Commitment(id uint64, round uint8, juror keys.Address, ratio types.PPM, salt keys.Hash) keys.Hash {
	return keys.Sum([]byte("verdict"), be64(id), be64(uint64(round)), juror[:], be64(uint64(ratio)), salt[:])
}

// stakeRef is what a juror's stake is exposed for.
func stakeRef(id uint64, round uint8) keys.Hash {
	return keys.Sum([]byte("juror"), be64(id), be64(uint64(round)))
}

// lockRef is what the REP of an accused is exposed for.
func lockRef(a keys.Address) keys.Hash { return keys.Sum([]byte("accused"), a[:]) }

// caseRef names a case to the pool that ratifies its slash.
func caseRef(id uint64) keys.Hash { return keys.Sum([]byte("case"), be64(id)) }

func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
