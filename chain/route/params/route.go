package params

import "probity/chain/route"

// ID is the route's number on the wire.
const ID = 1

// Route is the chapter of the parameters.
var Route = &route.Route{
	ID: ID, Name: "params",
	Doc:    "The numbers that the chain is governed by, and when they change.",
	Params: []*route.Param{EpochBlocks, BlockInterval, BlockWeight},
	Msgs: []route.Msg{
		route.On(1, "set", set).OnlyBy("legislature").
			Says("Change parameters, all of them or none, at the end of the epoch."),
	},
	Queries: []route.Query{
		route.Ask("get", get).Says("One parameter: its value, bounds, meaning and pending change."),
		route.Ask("list", list).Says("All parameters."),
		route.Ask("history", past).Says("The values that a parameter has had, by epoch."),
		route.Ask("version", version).Says("The protocol version in force."),
	},
	Genesis:  genesis,
	Boundary: boundary,
}

// The numbers that belong to no single route.
var (
	// EpochBlocks is Bk.
	EpochBlocks = &route.Param{
		Name: "epoch.blocks", Unit: route.Blocks, Default: 1024, Min: 4, Max: 1 << 20, ClassA: true,
		Doc: "Blocks in an epoch, which is also how many turns the list of producers is divided into.",
	}
	// BlockInterval is the least time between a block and its parent.
	BlockInterval = &route.Param{
		Name: "block.interval", Unit: route.Millis, Default: 200, Min: 1, Max: 600_000, ClassA: true,
		Doc: "Least time between a block and its parent.",
	}
	// BlockWeight bounds the weight of a block's paying transactions.
	BlockWeight = &route.Param{
		Name: "block.weight", Unit: route.Count, Default: 10_000_000, Min: 200_000, Max: 1 << 40, ClassA: true,
		Doc: "Most weight that the transactions of a block may have together; the base fee steers towards half of it.",
	}
)
