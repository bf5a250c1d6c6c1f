package contribution

import (
	"probity/chain/keys"
	"probity/chain/types"
)

// Link claims an identity for the address of a key. Anybody may carry it.
type Link struct {
	_         struct{}       `cbor:",toarray"`
	Identity  string         `json:"identity"`
	Key       keys.PublicKey `json:"key"`       // of the address
	Signature keys.Signature `json:"signature"` // of the key over the link (LinkMessage)
}

// LinkMessage is what the key of an address signs to belong to an identity.
func LinkMessage(genesis keys.Hash, identity string) []byte {
	return keys.SignBytes("link", genesis, []byte(identity))
}

// Transfer gives shares to another account, for good.
type Transfer struct {
	_      struct{}     `cbor:",toarray"`
	To     keys.Address `json:"to"`
	Amount types.Amount `json:"amount"`
}

// PublishTree shows the next page of the agreed tree.
type PublishTree struct {
	_        struct{}    `cbor:",toarray"`
	Interval uint64      `json:"interval"`
	Manifest Manifest    `json:"manifest"`
	Index    uint64      `json:"index"`
	Chunk    types.Bytes `json:"chunk"` // the encoded page
	Path     []keys.Hash `json:"path"`  // from it to the root
}

// Trigger asks for a counting at a commit of the main branch.
type Trigger struct {
	_      struct{}    `cbor:",toarray"`
	Repo   string      `json:"repo"`
	Commit types.Bytes `json:"commit"` // 20 or 32 bytes
}

// Approve says that the sender wants a head merged into a branch. It replaces
// what the sender said of that head before.
type Approve struct {
	_      struct{}     `cbor:",toarray"`
	Repo   string       `json:"repo"`
	Branch string       `json:"branch"`
	Head   types.Bytes  `json:"head"`
	Author keys.Address `json:"author"` // of the change, whose own approval does not count; zero: of no account
}

// Change names a commit to other routes.
type Change struct {
	_      struct{}    `cbor:",toarray"`
	Repo   string      `json:"repo"`
	Commit types.Bytes `json:"commit"`
}

// Sponsor has the route pay fees of an account that contributed.
type Sponsor struct {
	_       struct{}     `cbor:",toarray"`
	Account keys.Address `json:"account"`
}

// Done reports that an order was carried out, or why not.
type Done struct {
	_      struct{} `cbor:",toarray"`
	Order  uint64   `json:"order"`
	OK     bool     `json:"ok"`
	Result string   `json:"result"` // at most 256 bytes
}

// Order is an instruction to a bot: the chain's proof of it is its signature.
type Order struct {
	_         struct{}     `cbor:",toarray"`
	Repo      string       `json:"repo"`
	Action    string       `json:"action"`    // "merge", "tag", "protect" …
	Arguments types.Bytes  `json:"arguments"` // at most 4 KiB, as the bot reads them
	Bot       keys.Address `json:"bot"`       // who reports; zero: nobody does
}

// Access lets somebody use a credential, once.
type Access struct {
	_         struct{}     `cbor:",toarray"`
	Document  string       `json:"document"`
	To        keys.Address `json:"to"`
	Recipient string       `json:"recipient"` // the age recipient to which owners re-encrypt their parts
	Reason    string       `json:"reason"`
}

// Reset says that a used credential was changed.
type Reset struct {
	_        struct{}  `cbor:",toarray"`
	Document string    `json:"document"`
	Hash     keys.Hash `json:"hash"` // of the new encrypted document
	Locator  string    `json:"locator"`
}

// Custody registers a credential: an encrypted document that a threshold of
// owners can open together.
type Custody struct {
	_         struct{}       `cbor:",toarray"`
	Document  string         `json:"document"`
	Hash      keys.Hash      `json:"hash"`
	Locator   string         `json:"locator"`
	Threshold uint64         `json:"threshold"`
	Owners    []keys.Address `json:"owners"`
}

// Require sets the part of all shares that must approve a merge into a branch.
type Require struct {
	_      struct{}  `cbor:",toarray"`
	Repo   string    `json:"repo"`
	Branch string    `json:"branch"`
	PPM    types.PPM `json:"ppm"`
	End    bool      `json:"end"` // there is no requirement any more
}

// Repository sets what is counted.
type Repository struct {
	_      struct{} `cbor:",toarray"`
	Repo   string   `json:"repo"`
	Branch string   `json:"branch"` // the main one
}

// Multiplier weighs the files that a pattern matches.
type Multiplier struct {
	_    struct{} `cbor:",toarray"`
	Glob string   `json:"glob"`
	PPM  uint64   `json:"ppm"`
}

// Policy sets which files count how much, in place of the policy before.
type Policy struct {
	_        struct{}     `cbor:",toarray"`
	Exclude  []string     `json:"exclude"`
	Multiply []Multiplier `json:"multiply"`
}
