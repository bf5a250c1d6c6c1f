// Package all is the table of routes, one row each, in order of execution. A
// new route is a folder and a row here; messages, queries, parameters, schemas
// and documentation follow from the row.
package all

import (
	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/contribution"
	"probity/chain/route/court"
	"probity/chain/route/dcert"
	"probity/chain/route/evidence"
	"probity/chain/route/forum"
	"probity/chain/route/legislature"
	"probity/chain/route/oracle"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/release"
	"probity/chain/route/rep"
)

// Table is the law of the chain.
var Table = route.Table{
	params.Route,
	bank.Route,
	rep.Route,
	availability.Route,
	beacon.Route,
	pool.Route,
	evidence.Route,
	forum.Route,
	legislature.Route,
	court.Route,
	dcert.Route,
	release.Route,
	contribution.Route,
	oracle.Route,
}
