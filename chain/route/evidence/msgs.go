package evidence

import (
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/types"
)

// Offence names what an account did.
type Offence uint8

// The offences. Their numbers are on the wire.
const (
	TwoProposals     Offence = 1
	TwoNotarizes     Offence = 2
	TwoFinalizes     Offence = 3
	NullifyFinalize  Offence = 4
	NotarizeFinalize Offence = 5
	NotarizeReject   Offence = 6
	RejectFinalize   Offence = 7
	BadHeader        Offence = 8
)

var offenceNames = [...]string{
	TwoProposals: "TWO_PROPOSALS", TwoNotarizes: "TWO_NOTARIZES", TwoFinalizes: "TWO_FINALIZES",
	NullifyFinalize: "NULLIFY_FINALIZE", NotarizeFinalize: "NOTARIZE_FINALIZE",
	NotarizeReject: "NOTARIZE_REJECT", RejectFinalize: "REJECT_FINALIZE", BadHeader: "BAD_HEADER",
}

// String is the offence's name, "NONE" for none.
func (o Offence) String() string {
	if o == 0 || int(o) >= len(offenceNames) {
		return "NONE"
	}
	return offenceNames[o]
}

// MarshalText gives the offence's name.
func (o Offence) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Submit accuses. Exactly one of the three is set.
type Submit struct {
	_         struct{}   `cbor:",toarray"`
	Votes     *Votes     `json:"votes"`
	Proposals *Proposals `json:"proposals"`
	Header    *Header    `json:"header"`
}

// Votes are two votes of one member.
type Votes struct {
	_      struct{}          `cbor:",toarray"`
	A      Signed            `json:"a"`
	B      Signed            `json:"b"`
	Member types.MemberProof `json:"member"` // in the roster of the epoch they name
}

// Signed is a statement with its signature.
type Signed struct {
	_         struct{}        `cbor:",toarray"`
	Statement types.Statement `json:"statement"`
	Signature keys.Signature  `json:"signature"`
}

// Proposals are two headers of one producer.
type Proposals struct {
	_        struct{}              `cbor:",toarray"`
	A        types.SignedHeader    `json:"a"`
	B        types.SignedHeader    `json:"b"`
	Producer availability.ASCProof `json:"producer"` // in the list of the epoch they name
}

// Header is a header that is wrong, with that of its parent where the fault is
// between the two.
type Header struct {
	_        struct{}              `cbor:",toarray"`
	Header   types.SignedHeader    `json:"header"`
	Parent   *types.Header         `json:"parent"`
	Producer availability.ASCProof `json:"producer"`
}
