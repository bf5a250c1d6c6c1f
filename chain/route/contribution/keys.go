package contribution

import (
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// Stage is where a counting stands.
type Stage uint8

// The stages. Their numbers are in the state.
const (
	Counting  Stage = 1 // watchtowers count
	Agreed    Stage = 2 // the tree's pages are awaited
	Complete  Stage = 3 // the next boundary mints
	Minted    Stage = 4
	Unchanged Stage = 5 // the shares match already
	Lapsed    Stage = 6 // nobody agreed, or nobody showed the tree
)

// String is the stage's name.
func (s Stage) String() string {
	names := [...]string{"none", "counting", "agreed", "complete", "minted", "unchanged", "lapsed"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("stage(%d)", uint8(s))
}

// MarshalText gives the stage's name.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// running reports whether a counting in this stage is not over.
func (s Stage) running() bool { return s >= Counting && s <= Complete }

// run is a counting.
type run struct {
	_         struct{} `cbor:",toarray"`
	Number    uint64
	Repo      string
	Branch    string
	Commit    types.Bytes
	Rules     keys.Hash // of counting
	Subject   keys.Hash // of the task
	Triggered types.Time
	Deadline  types.Time // of the stage
	Stage     Stage
	Hash      keys.Hash // agreed on
	Manifest  Manifest
	Shown     uint64 // pages
	Points    uint64 // on them
	Last      string // identity of the last leaf on them
	Before    types.Amount
	Minted    types.Amount
	Clamped   bool
}

// link is what is known of an identity's accounts.
type link struct {
	_         struct{}       `cbor:",toarray"`
	Addresses []keys.Address // that the newest tree lists, newest first
	Linked    []keys.Address // of all ever listed: those that signed here
	To        keys.Address   // the newest of them, which earns
	Adopted   keys.Address   // to whom the forum has moved what waited; not To: to be tried again
}

// sums are running totals.
type sums struct {
	_      struct{} `cbor:",toarray"`
	Minted types.Amount
	Owed   types.Amount // gREP for shares minted before there was gREP, or an account to have it
	Last   types.Time   // when the last counting that did not lapse was triggered
	Shown  uint64       // the counting whose pages are kept
}

// approval is what an account said of a head.
type approval struct {
	_      struct{} `cbor:",toarray"`
	Branch string
	Author keys.Address
	At     types.Time
}

// requirement is the part of all shares that a branch needs.
type requirement struct {
	_    struct{} `cbor:",toarray"`
	Repo string
	PPM  types.PPM
}

// Holding is the shares of an account.
type Holding struct {
	_       struct{}     `cbor:",toarray"`
	Address keys.Address `json:"address"`
	Amount  types.Amount `json:"amount"`
}

// Limits are who can be asked to approve, as of the last mint (G18).
type Limits struct {
	_         struct{}     `cbor:",toarray"`
	Run       uint64       `json:"run"`
	Total     types.Amount `json:"total"` // all shares
	Approvers []Holding    `json:"approvers"`
}

// Instruction is an order as published.
type Instruction struct {
	_      struct{}   `cbor:",toarray"`
	Order  Order      `json:"order"`
	At     types.Time `json:"at"`
	Done   types.Time `json:"done"` // 0: not reported
	OK     bool       `json:"ok"`
	Result string     `json:"result"`
}

// Credential is a document in custody.
type Credential struct {
	_         struct{}       `cbor:",toarray"`
	Hash      keys.Hash      `json:"hash"`
	Locator   string         `json:"locator"`
	Threshold uint64         `json:"threshold"`
	Owners    []keys.Address `json:"owners"`
	Version   uint64         `json:"version"`
	To        keys.Address   `json:"to"` // who may use it; zero: nobody, it is sealed
	Recipient string         `json:"recipient"`
	Reason    string         `json:"reason"`
	Granted   types.Time     `json:"granted"`
}

type (
	// claim is the key of a link that waits for a tree that lists it.
	claim struct {
		Identity keys.Hash // H(text)
		Address  keys.Address
	}
	// claimed is when a link was claimed, and by whom.
	claimed struct {
		_  struct{} `cbor:",toarray"`
		At types.Time
		By keys.Address
	}
	// owner is the key of an identity of an account.
	owner struct {
		Address  keys.Address
		Identity string
	}
	// place is the key of a page.
	place struct {
		Run  uint64
		Page uint64
	}
	// branch is the key of a requirement.
	branch struct {
		Repo   keys.Hash // H(name)
		Branch string
	}
	// voice is the key of an approval.
	voice struct {
		Head    keys.Hash
		Account keys.Address
	}
	// fading is the key of an approval that grows old.
	fading struct {
		Time    types.Time
		Head    keys.Hash
		Account keys.Address
	}
)

// The regions of the route.
var (
	shares       = state.NewMap[keys.Address, types.Amount](state.Region{Route: ID, Number: 1, Name: "shares"})
	totals       = state.NewValue[sums](state.Region{Route: ID, Number: 2, Name: "totals"})
	minted       = state.NewMap[string, types.Amount](state.Region{Route: ID, Number: 3, Name: "minted"})
	links        = state.NewMap[string, link](state.Region{Route: ID, Number: 4, Name: "links"})
	claims       = state.NewMap[claim, claimed](state.Region{Route: ID, Number: 5, Name: "claims"})
	owners       = state.NewMap[owner, uint64](state.Region{Route: ID, Number: 6, Name: "owners"})
	current      = state.NewValue[run](state.Region{Route: ID, Number: 7, Name: "run"})
	history      = state.NewMap[uint64, run](state.Region{Route: ID, Number: 8, Name: "history"})
	pages        = state.NewMap[place, []Leaf](state.Region{Route: ID, Number: 9, Name: "pages"})
	owed         = state.NewMap[keys.Address, types.Amount](state.Region{Route: ID, Number: 10, Name: "owed"})
	escrows      = state.NewMap[keys.Address, string](state.Region{Route: ID, Number: 11, Name: "escrows"})
	repository   = state.NewValue[Repository](state.Region{Route: ID, Number: 12, Name: "repository"})
	requirements = state.NewMap[branch, requirement](state.Region{Route: ID, Number: 13, Name: "requirements"})
	approvals    = state.NewMap[voice, approval](state.Region{Route: ID, Number: 14, Name: "approvals"})
	fadings      = state.NewMap[fading, uint64](state.Region{Route: ID, Number: 15, Name: "fadings"})
	limits       = state.NewValue[Limits](state.Region{Route: ID, Number: 16, Name: "limits"})
	orders       = state.NewMap[uint64, Instruction](state.Region{Route: ID, Number: 17, Name: "orders"})
	lastOrder    = state.NewValue[uint64](state.Region{Route: ID, Number: 18, Name: "lastOrder"})
	documents    = state.NewMap[string, Credential](state.Region{Route: ID, Number: 19, Name: "documents"})
	allowed      = state.NewMap[keys.Address, uint64](state.Region{Route: ID, Number: 21, Name: "allowed"})
	waiting      = state.NewMap[keys.Address, types.Amount](state.Region{Route: ID, Number: 22, Name: "waiting"})
	policies     = state.NewValue[Policy](state.Region{Route: ID, Number: 20, Name: "policy"})
)

// ShareKey is the state key of an account's shares, for proofs.
func ShareKey(a keys.Address) []byte { return shares.Key(a) }

// OrderKey is the state key of an order: a proof of it under a final header is
// the signature that a bot checks (G23).
func OrderKey(number uint64) []byte { return orders.Key(number) }

// Shares is what an account has of the book of shares.
func Shares(r state.Reader, a keys.Address) types.Amount {
	amt, _ := shares.Get(r, a)
	return amt
}

// Total is all shares there are.
func Total(r state.Reader) types.Amount {
	t, _ := totals.Get(r)
	return t.Minted
}

// MintedTo is what was ever minted to an identity, whoever has it now (A-G2).
func MintedTo(r state.Reader, identity string) types.Amount {
	amt, _ := minted.Get(r, identity)
	return amt
}

// subjectOf names a counting to the oracle.
func subjectOf(r *run) keys.Hash {
	return keys.Sum([]byte("contribution"), codec.MustMarshal([]any{r.Number, r.Repo, r.Branch, []byte(r.Commit), r.Rules[:]}))
}

// headRef names a head of a repository.
func headRef(repo string, head types.Bytes) keys.Hash {
	return keys.Sum([]byte("head"), codec.MustMarshal([]any{repo, []byte(head)}))
}

func repoRef(repo string) keys.Hash { return keys.Sum([]byte(repo)) }
