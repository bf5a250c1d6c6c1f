package forum

import (
	"probity/chain/keys"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool/flow"
)

// post is what never changes of a post, but for its inline content.
type post struct {
	_          struct{}     `cbor:",toarray"`
	Number     uint64       // from 1, in order of publication
	Height     types.Height // of the block that published it
	Time       types.Time
	Publisher  keys.Address
	Content    keys.Hash
	Authors    []Author
	References []Reference
}

// worth is what a post is worth in a book; a missing one is zero, but that of
// a block in wREP is what its producer minted.
type worth struct {
	_       struct{} `cbor:",toarray"`
	Value   types.Amount
	Carried []types.Amount // by each reference; see vpool/flow
	Visits  uint64         // visits kept of it
}

// visit is one coming of a flow to a post.
type visit struct {
	_      struct{} `cbor:",toarray"`
	Height types.Height
	Kind   flow.Kind
	From   keys.Hash // the newer post that it came from; zero where the flow began
	Parent uint64    // that post's visit; 0 where the flow began
	Amount types.Amount
	Edges  []types.Amount // what each reference carried for it; none: nothing
	Cause  string         // where the flow began
}

type (
	// in is the key of a post in a book.
	in struct {
		Book rep.Book
		Post keys.Hash
	}
	// nth is the key of a visit, from 1.
	nth struct {
		Book   rep.Book
		Post   keys.Hash
		Number uint64
	}
	// at is the key of a post by the height that published it.
	at struct {
		Height types.Height
		Number uint64
	}
	// cited is the key of the posts that reference one.
	cited struct {
		Post   keys.Hash
		Number uint64
	}
	// wrote is the key of the posts that an address is an author of.
	wrote struct {
		Author keys.Address
		Number uint64
	}
)

// totals are the sums over all posts of a book: their values together are
// Entered − Burned − Taken.
type totals struct {
	_       struct{}     `cbor:",toarray"`
	Entered types.Amount // arrived from outside, the mints of blocks that a flow came to included
	Burned  types.Amount // arrived at the incinerator
	Taken   types.Amount // by the court
}

// electorate is the pool whose electorate those of one slot of time share.
type electorate struct {
	_    struct{} `cbor:",toarray"`
	Slot uint64
	Pool uint64
}

// due is a flow that waits for the end of a block.
type due struct {
	_      struct{} `cbor:",toarray"`
	Post   keys.Hash
	Amount types.Amount
}

// The regions of the route.
var (
	posts     = state.NewMap[keys.Hash, post](state.Region{Route: ID, Number: 1, Name: "posts"})
	inlines   = state.NewMap[keys.Hash, types.Bytes](state.Region{Route: ID, Number: 2, Name: "inline"})
	byHeight  = state.NewMap[at, keys.Hash](state.Region{Route: ID, Number: 3, Name: "byHeight"})
	citations = state.NewMap[cited, keys.Hash](state.Region{Route: ID, Number: 4, Name: "citations"})
	authored  = state.NewMap[wrote, keys.Hash](state.Region{Route: ID, Number: 5, Name: "authored"})
	lastPost  = state.NewValue[uint64](state.Region{Route: ID, Number: 6, Name: "lastPost"})
	worths    = state.NewMap[in, worth](state.Region{Route: ID, Number: 7, Name: "worth"})
	visits    = state.NewMap[nth, visit](state.Region{Route: ID, Number: 8, Name: "visits"})
	sums      = state.NewMap[rep.Book, totals](state.Region{Route: ID, Number: 9, Name: "totals"})
	links     = state.NewMap[keys.Address, keys.Address](state.Region{Route: ID, Number: 10, Name: "links"})
	open      = state.NewMap[keys.Hash, uint64](state.Region{Route: ID, Number: 11, Name: "openPools"})
	voters    = state.NewValue[electorate](state.Region{Route: ID, Number: 12, Name: "electorate"})
	queue     = state.NewMap[uint64, due](state.Region{Route: ID, Number: 13, Name: "queue"})
	lastDue   = state.NewValue[uint64](state.Region{Route: ID, Number: 14, Name: "lastDue"})
	contracts = state.NewMap[keys.Hash, types.Height](state.Region{Route: ID, Number: 15, Name: "contracts"})
	current   = state.NewValue[keys.Hash](state.Region{Route: ID, Number: 16, Name: "contract"})
)
