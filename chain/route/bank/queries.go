package bank

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Of asks about an account.
type Of struct {
	Address keys.Address `json:"address"`
}

// Account is what the bank knows of an account.
type Account struct {
	Address keys.Address `json:"address"`
	Balance types.Amount `json:"balance"` // $ base units
	Nonce   uint64       `json:"nonce"`   // of its next transaction
}

// Grant asks about an allowance.
type Grant struct {
	Granter keys.Address `json:"granter"`
	Spender keys.Address `json:"spender"`
}

// Allowance is what a granter pays of a spender's fees.
type Allowance struct {
	PerEpoch types.Amount `json:"perEpoch"`
	Left     types.Amount `json:"left"` // in this epoch
}

// None asks for what needs no parameters.
type None struct{}

// Money is all $ there are.
type Money struct {
	Supply        types.Amount `json:"supply"`
	Genesis       types.Amount `json:"genesis"`
	Minted        types.Amount `json:"minted"`
	Burned        types.Amount `json:"burned"`
	Treasury      types.Amount `json:"treasury"`
	SalaryPot     types.Amount `json:"salaryPot"`
	GovernancePot types.Amount `json:"governancePot"`
}

// Fee is the price of weight.
type Fee struct {
	BaseFee types.Amount `json:"baseFee"` // $ base units per unit of weight in the next block
	Min     types.Amount `json:"min"`
}

func balance(c *route.Ctx, q Of) (Account, error) {
	acc := load(c, q.Address)
	return Account{Address: q.Address, Balance: acc.balance, Nonce: acc.nonce}, nil
}

func granted(c *route.Ctx, q Grant) (*Allowance, error) {
	a, ok := allowances.Get(c, grant(q))
	if !ok {
		return nil, nil
	}
	return &Allowance{PerEpoch: a.PerEpoch, Left: a.left(c.Block.Epoch)}, nil
}

func supplied(c *route.Ctx, _ None) (Money, error) {
	t, _ := money.Get(c)
	return Money{
		Supply: t.supply(), Genesis: t.Genesis, Minted: t.Minted, Burned: t.Burned,
		Treasury: Balance(c, Treasury), SalaryPot: Balance(c, SalaryPot), GovernancePot: Balance(c, GovernancePot),
	}, nil
}

func fee(c *route.Ctx, _ None) (Fee, error) {
	return Fee{BaseFee: BaseFee(c), Min: BaseMin.Amount(c)}, nil
}
