package bank

import (
	"probity/chain/route"
	"probity/vpool"
)

// ID is the route's number on the wire.
const ID = 2

// Route is the chapter of money.
var Route = &route.Route{
	ID: ID, Name: "bank",
	Doc:    "Accounts, transfers of $ and the fees of transactions.",
	Params: []*route.Param{BaseMin, BurnPPM, TreasuryPPM, BudgetGREP, BlockReward},
	CheckParams: func(p *route.Params) error {
		if p.Get(TreasuryPPM)+p.Get(BudgetGREP) > vpool.Million {
			return ErrShares
		}
		return nil
	},
	Msgs: []route.Msg{
		route.On(1, "send", send).Says("Pay $ to another account."),
		route.On(2, "allow", allow).Says("Pay another account's fees, up to an amount in each epoch."),
		route.On(3, "revoke", revoke).Says("End an allowance."),
		route.On(4, "spend", spend).OnlyBy("legislature").Says("Pay $ out of the treasury."),
	},
	Queries: []route.Query{
		route.Ask("balance", balance).Says("An account's $ and its next nonce."),
		route.Ask("allowance", granted).Says("What an account may still spend of another's allowance."),
		route.Ask("supply", supplied).Says("All $ there are, and where the chain's own are."),
		route.Ask("fee", fee).Says("The base fee of the next block."),
	},
	Genesis:    genesis,
	Guard:      guard,
	End:        end,
	Invariants: []route.Invariant{{Name: "money is conserved", Check: conserved}},
	Sample:     sample,
}

// The numbers of the route.
var (
	// BaseMin is the base fee below which it never falls.
	BaseMin = &route.Param{
		Name: "fees.base_min", Unit: route.Base, Default: 100, Min: 1, Max: 1_000_000_000,
		Doc: "Least base fee, $ base units per unit of weight.",
	}
	// BurnPPM is the part of the fees that is burned.
	BurnPPM = &route.Param{
		Name: "fees.burn_ppm", Unit: route.Ratio, Default: 500_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of a block's fees that is burned.",
	}
	// TreasuryPPM is the treasury's part of what is not burned.
	TreasuryPPM = &route.Param{
		Name: "treasury_ppm", Unit: route.Ratio, Default: 50_000, Max: vpool.Million,
		Doc: "The treasury's part of a block's unburned fees and reward.",
	}
	// BudgetGREP is the part of those who govern; 0 until the gREP book is open.
	BudgetGREP = &route.Param{
		Name: "budget.grep_ppm", Unit: route.Ratio, Default: 0, Max: vpool.Million,
		Doc: "The part of holders of gREP in a block's unburned fees and reward; 0 while there is no gREP.",
	}
	// BlockReward is the $ that each block mints.
	BlockReward = &route.Param{
		Name: "reward.block", Unit: route.Base, Default: 200_000, Max: 1_000_000_000_000, ClassA: true,
		Doc: "$ base units minted in every block.",
	}
)
