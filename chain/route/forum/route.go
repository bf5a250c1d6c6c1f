package forum

import (
	"fmt"

	"probity/chain/route"
	"probity/vpool"
)

// ID is the route's number on the wire.
const ID = 8

// Name is the route's name.
const Name = "forum"

// What messages weigh. A pool and a reward pay for the flow that they may set
// off; a stake, like any other, for some entries.
const (
	publishCost = 2_000   // some fifty entries at most
	fundCost    = 100_000 // a pool, and a flow of 256 visits
	publishDear = 2       // of each byte kept for ever
)

// Route is the chapter of posts.
var Route = &route.Route{
	ID: ID, Name: Name,
	Doc:    "The forum: posts that reference older ones, and REP that flows through the references.",
	Params: []*route.Param{Depth, Visits, Flows, Period, FeeMin, QuorumPPM, WinPPM, BindingPPM},

	CheckParams: check,
	Msgs: []route.Msg{
		route.On(1, "publish", publish).Costs(publishCost).PerByte(publishDear).
			Says("Publish a post: content hash, authors and references to older posts."),
		route.On(2, "fund", fund).Costs(fundCost).
			Says("Pay for a validation pool on a post; if it is accepted the fee mints wREP that flows from the post."),
		route.On(3, "stake", stake).Says("Stake wREP for or against a post in its open pool."),
		route.On(4, "reward", reward).Costs(fundCost).OnlyBy("legislature").
			Says("Let minted REP arrive at a post."),
		route.On(5, "vouch", vouch).OnlyBy("legislature", "court").
			Says("Check that a post exists and who wrote it."),
		route.On(6, "leach", leach).Costs(fundCost).OnlyBy("court").
			Says("Take wREP from a post and burn it."),
		route.On(7, "link", link).Costs(publishCost).OnlyBy("contribution").
			Says("Give an account what an identity's address holds and will earn."),
	},
	Queries: []route.Query{
		route.Ask("post", getPost).Says("A post as it was published."),
		route.Ask("get", getWorth).Says("What a post is worth in both books, and its open pool."),
		route.Ask("references", getReferences).Says("What a post references, with what each reference carries, and what references it."),
		route.Ask("graph", getGraph).Says("The posts of a range of heights as nodes, their references as edges."),
		route.Ask("explain", explain).Says("Every change of a post's value with the path on which it came."),
		route.Ask("authored", getAuthored).Says("The posts that an address is an author of."),
		route.Ask("validating", getValidating).Says("The posts that have an open pool."),
		route.Ask("totals", getTotals).Says("What entered all posts, burned at the incinerator, and was taken by the court."),
	},
	End:      end,
	Boundary: boundary,
	Verdict:  verdict,
	Invariants: []route.Invariant{
		{Name: "posts are worth what entered", Check: balanced},
		{Name: "posts under validation have open pools", Check: validating},
	},
	Sample: sample,
}

// The numbers of the route.
var (
	// Depth is how far a flow goes.
	Depth = &route.Param{
		Name: "forum.depth", Unit: route.Count, Default: 3, Min: 1, Max: 8, ClassA: true,
		Doc: "References in a row that a flow follows; past the last what arrives stays.",
	}
	// Visits bounds the work of a flow.
	Visits = &route.Param{
		Name: "forum.visits", Unit: route.Count, Default: 256, Min: 16, Max: 1024, ClassA: true,
		Doc: "References that one flow follows together; past that what arrives stays and nothing is undone.",
	}
	// Flows bounds the work of a block.
	Flows = &route.Param{
		Name: "forum.flows", Unit: route.Count, Default: 16, Min: 1, Max: 256,
		Doc: "Accepted posts whose mint flows in one block; the others wait for the next.",
	}
	// Period is how long a pool is open.
	Period = &route.Param{
		Name: "forum.period", Unit: route.Millis, Default: 172_800_000, Min: 1_000, Max: 2_592_000_000,
		Doc: "How long the validation pool of a post is open.",
	}
	// FeeMin is the price of a pool.
	FeeMin = &route.Param{
		Name: "forum.fee_min", Unit: route.Base, Default: 1_000_000, Min: 1, Max: 1_000_000_000_000,
		Doc: "Least fee of a validation pool, in $.",
	}
	// QuorumPPM is what must be staked.
	QuorumPPM = &route.Param{
		Name: "forum.quorum_ppm", Unit: route.Ratio, Default: 100_000, Min: 100_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of all wREP that must be staked in the pool of a post for it to decide.",
	}
	// WinPPM is what a post must exceed.
	WinPPM = &route.Param{
		Name: "forum.win_ppm", Unit: route.Ratio, Default: 500_000, Min: 500_000, Max: vpool.Million - 1, ClassA: true,
		Doc: "Part of what is staked that must be exceeded for a post to be accepted.",
	}
	// BindingPPM is what a losing stake loses.
	BindingPPM = &route.Param{
		Name: "forum.binding_ppm", Unit: route.Ratio, Default: 500_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of a losing stake in the pool of a post that burns.",
	}
)

// visitsMax bounds the references that the flows of one block follow together:
// at some 20 µs each, a third of a second on one core.
const visitsMax = 1 << 14

func check(p *route.Params) error {
	if n := p.Get(Visits) * p.Get(Flows); n > visitsMax {
		return fmt.Errorf("forum.flows: %d flows of %d visits are %d in a block, at most %d", p.Get(Flows), p.Get(Visits), n, visitsMax)
	}
	return nil
}
