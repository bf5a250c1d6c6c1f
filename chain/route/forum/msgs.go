package forum

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/rep"
	"probity/chain/types"
)

// Bounds of a post and of a cause.
const (
	AuthorsMax    = 16
	ReferencesMax = 16
	InlineMax     = 16 << 10
	CauseMax      = 64 // bytes
)

// Author has a part of what a post keeps.
type Author struct {
	_       struct{}     `cbor:",toarray"`
	Address keys.Address `json:"address"` // an account, or keys.IdentityAddress of somebody without one
	PPM     types.PPM    `json:"ppm"`
}

// Reference is to an older post: a positive one gives to it, a negative one
// takes from it, one of zero only cites it.
type Reference struct {
	_    struct{}  `cbor:",toarray"`
	Post keys.Hash `json:"post"`
	PPM  int32     `json:"ppm"` // −1000000 … 1000000
}

// Publish adds a post.
type Publish struct {
	_          struct{}    `cbor:",toarray"`
	Content    keys.Hash   `json:"content"` // of the content, wherever it is kept
	Inline     types.Bytes `json:"inline"`  // the content itself, where it is short; else empty
	Authors    []Author    `json:"authors"`
	References []Reference `json:"references"`
}

// Fund opens a validation pool on a post for a fee in $. If it is accepted the
// fee mints wREP, of which the poster's part flows from the post.
type Fund struct {
	_    struct{}     `cbor:",toarray"`
	Post keys.Hash    `json:"post"`
	Fee  types.Amount `json:"fee"`
}

// Stake stakes wREP for or against a post in its open pool.
type Stake struct {
	_      struct{}     `cbor:",toarray"`
	Post   keys.Hash    `json:"post"`
	For    bool         `json:"for"`
	Amount types.Amount `json:"amount"`
}

// Reward lets REP arrive at a post.
type Reward struct {
	_      struct{}     `cbor:",toarray"`
	Post   keys.Hash    `json:"post"`
	Book   rep.Book     `json:"book"`
	Amount types.Amount `json:"amount"`
	Cause  string       `json:"cause"`
}

// Vouch fails unless a post exists and, where Author is not zero, that is one
// of its authors.
type Vouch struct {
	_      struct{}     `cbor:",toarray"`
	Post   keys.Hash    `json:"post"`
	Author keys.Address `json:"author"`
}

// Leach takes wREP from a post and burns it.
type Leach struct {
	_      struct{}     `cbor:",toarray"`
	Post   keys.Hash    `json:"post"`
	Amount types.Amount `json:"amount"`
	Cause  string       `json:"cause"`
}

// Link lets an account have what an identity's address holds and will earn.
type Link struct {
	_        struct{}     `cbor:",toarray"`
	Identity keys.Address `json:"identity"`
	To       keys.Address `json:"to"`
}

// PostID is the id of the post that a sender publishes with a message: whoever
// signs one knows it before it is on the chain.
func PostID(sender keys.Address, m Publish) keys.Hash {
	return keys.Sum([]byte("post"), sender[:], codec.MustMarshal(m))
}

// Incinerator is the post that destroys what arrives at it.
var Incinerator = keys.Sum([]byte("incinerator"))
