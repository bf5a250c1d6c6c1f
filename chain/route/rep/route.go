package rep

import (
	"probity/chain/route"
	"probity/vpool"
)

// ID is the route's number on the wire.
const ID = 3

// Route is the chapter of reputation.
var Route = &route.Route{
	ID: ID, Name: "rep",
	Doc:    "Reputation: balances in both books, salaries and locks.",
	Params: []*route.Param{MintRatio, YearCap},
	Msgs: []route.Msg{
		route.On(1, "claim", claim).Says("Pay out the salary that the sender's REP has earned."),
	},
	Queries: []route.Query{
		route.Ask("get", get).Says("An account's REP, locks and unpaid salary."),
		route.Ask("holders", list).Says("Who holds REP, in order of addresses."),
		route.Ask("distribution", distribution).Says("How evenly REP is spread: Gini coefficient and shares of the largest."),
		route.Ask("supply", supplied).Says("All REP of both books."),
	},
	Genesis:  genesis,
	Guard:    guard,
	End:      end,
	Boundary: boundary,
	Invariants: []route.Invariant{
		{Name: "reputation is conserved", Check: conserved},
		{Name: "salaries are covered to the base unit", Check: owed},
		{Name: "exposed reputation is owned", Check: covered},
		{Name: "standing locks are owned", Check: standingCovered},
	},
	Sample: sample,
}

// The numbers of the route, which pools mint by (spec economy §4.2).
var (
	// MintRatio is the wREP that a $ of fees and reward mints.
	MintRatio = &route.Param{
		Name: "rep.mint_ratio", Unit: route.Ratio, Default: vpool.Million, Max: 100 * vpool.Million, ClassA: true,
		Doc: "wREP minted per $ of a block's fees and reward; 1000000 is one for one.",
	}
	// YearCap bounds what is minted in a year.
	YearCap = &route.Param{
		Name: "rep.year_cap_ppm", Unit: route.Ratio, Default: 100_000, Max: vpool.Million, ClassA: true,
		Doc: "Most wREP that may be minted in a year, as a part of the supply; 0 is no cap.",
	}
)
