package evidence

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool"
)

// ID is the route's number on the wire.
const ID = 7

// Route is the chapter of provable offences.
var Route = &route.Route{
	ID: ID, Name: "evidence",
	Doc:    "Evidence of offences that need no judge: what it costs and whom it pays.",
	Rescue: true,
	Params: []*route.Param{Reward, Slash, SlashHeader},
	Msgs: []route.Msg{
		route.On(1, "submit", submit).Costs(2000).Says("Show that an account signed what no honest one signs."),
	},
	Queries: []route.Query{
		route.Ask("list", list).Says("The offences that have been punished and may still be looked up."),
	},
	Guard:    guard,
	Boundary: boundary,
}

// The numbers of the route.
var (
	// Reward is for whoever submits evidence first.
	Reward = &route.Param{
		Name: "evidence.reward", Unit: route.Base, Default: 1_000_000_000, Max: 1_000_000_000_000,
		Doc: "$ from the treasury to whoever submits evidence first; never above the value of what is burned.",
	}
	// Slash is for contradictory statements.
	Slash = &route.Param{
		Name: "evidence.slash_ppm", Unit: route.Ratio, Default: vpool.Million, Min: 500_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of an account's wREP that contradictory statements burn.",
	}
	// SlashHeader is for wrong headers.
	SlashHeader = &route.Param{
		Name: "evidence.header_ppm", Unit: route.Ratio, Default: 50_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of an account's wREP that a provably wrong header burns.",
	}
)

// crime is the key of a punished offence.
type crime struct {
	Epoch   types.Epoch
	View    types.View
	Account keys.Address
	Offence Offence
}

// punished has the heights at which offences were punished, until evidence
// about their epoch is no longer heard.
var punished = state.NewMap[crime, types.Height](state.Region{Route: ID, Number: 1, Name: "punished"})

// Page asks for punished offences.
type Page struct {
	From  types.Epoch `json:"from"`  // the lowest epoch
	Limit int         `json:"limit"` // at most 1000; 0: 100
}

// Punished is an offence that was punished.
type Punished struct {
	Epoch   types.Epoch  `json:"epoch"`
	View    types.View   `json:"view"`
	Account keys.Address `json:"account"`
	Offence Offence      `json:"offence"`
	Height  types.Height `json:"height"` // at which it was
}

func list(c *route.Ctx, q Page) ([]Punished, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	out := []Punished{}
	punished.RangeFrom(c, crime{Epoch: q.From}, func(k crime, h types.Height) bool {
		if len(out) == q.Limit {
			return false
		}
		out = append(out, Punished{Epoch: k.Epoch, View: k.View, Account: k.Account, Offence: k.Offence, Height: h})
		return true
	})
	return out, nil
}
