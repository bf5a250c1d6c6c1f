package bundle

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/release"
	"probity/chain/state/proof"
	"probity/chain/types"
)

// Record is the state value of a candidate (spec bundle §4): region 2 of route
// release, field by field.
type Record struct {
	_         struct{} `cbor:",toarray"`
	Number    uint64
	Submitter keys.Address
	Repo      string
	Commit    types.Bytes
	Version   string
	Locator   string
	Protocol  uint32
	Submitted types.Time
	Stage     release.Stage
	Expires   types.Time
	Round     uint64
	Closes    types.Time
	Plan      *release.Plan
	Attempt   uint64
	Asked     bool
	Artifacts keys.Hash
	Sealed    keys.Hash
	Entries   uint64
	Head      keys.Hash
	Shipped   *release.Shipped
	Reason    string
}

// Proven is a state value with its proof.
type Proven struct {
	_     struct{} `cbor:",toarray"`
	Value types.Bytes
	Proof proof.Proof
}

// record checks the proof of a candidate's value under a state root and reads
// the value.
func (p *Proven) record(root, rc keys.Hash) (*Record, error) {
	if err := p.Proof.Includes(root, release.CandidateKey(rc), p.Value); err != nil {
		return nil, err
	}
	r := &Record{}
	if err := codec.Unmarshal(p.Value, r); err != nil {
		return nil, err
	}
	return r, nil
}
