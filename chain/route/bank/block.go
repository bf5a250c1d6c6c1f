package bank

import (
	"encoding/json"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/params"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool"
)

// end divides the $ of the block (spec economy §4.1): b = ⌊fees·burn⌋ is
// burned; of n = fees − b + reward the treasury and the holders of gREP take
// their parts; the rest goes to the pot from which salaries are paid. Fees that
// rules charged count as fees here.
func end(c *route.Ctx) {
	reward, fees := BlockReward.Amount(c), c.Block.Fees
	if pot := load(c, EntryPot); !pot.balance.IsZero() {
		fees = fees.Add(pot.balance)
		pot.balance = types.Amount{}
		save(c, EntryPot, pot)
	}
	division, err := vpool.Income{
		Fees: *fees.Int(), Reward: *reward.Int(),
		BurnPPM:       uint32(BurnPPM.PPM(c)),
		TreasuryPPM:   uint32(TreasuryPPM.PPM(c)),
		GovernancePPM: uint32(BudgetGREP.PPM(c)),
	}.Split()
	if err != nil {
		panic(fmt.Sprintf("bank: dividing a block's income: %v", err)) // CheckParams admits no such shares
	}
	c.Block.Burned = types.AmountOf(&division.Burned)
	c.Block.Reward = reward
	credit(c, Treasury, types.AmountOf(&division.Treasury))
	credit(c, GovernancePot, types.AmountOf(&division.Governance))
	credit(c, SalaryPot, types.AmountOf(&division.Salary))

	if !reward.IsZero() || !c.Block.Burned.IsZero() {
		t, _ := money.Get(c)
		t.Minted, t.Burned = t.Minted.Add(reward), t.Burned.Add(c.Block.Burned)
		money.Set(c, t)
	}
	next := NextBaseFee(c.Block.BaseFee, c.Block.Weight, params.BlockWeight.Get(c), BaseMin.Amount(c))
	if old, ok := baseFee.Get(c); !ok || old != next {
		baseFee.Set(c, next)
	}
}

// NextBaseFee steers towards blocks of half the weight that fits (spec wire
// §3). With the target t = ⌊limit/2⌋ and the block's weight w it adds
// ⌊base·(w − t)/8t⌋ where w is above t, and takes ⌊base·(t − w)/8t⌋ away where
// it is below; one base unit at least, and never below floor. Since w ≤ limit
// a step is at most an eighth, up to roundings.
func NextBaseFee(base types.Amount, weight, limit uint64, floor types.Amount) types.Amount {
	target := limit / 2
	if weight > 2*target {
		weight = 2 * target
	}
	one := types.NewAmount(1)
	switch {
	case weight > target:
		base = base.Add(base.ShareDown(weight-target, 8*target).Max(one))
	case weight < target:
		base = base.SubClamp(base.ShareDown(target-weight, 8*target).Max(one))
	}
	return base.Max(floor)
}

// BaseFee is the base fee of the block after a state.
func BaseFee(r state.Reader) types.Amount {
	fee, _ := baseFee.Get(r)
	return fee
}

// SupplyBits bounds the genesis supply of $ and of REP: below 2¹⁰⁰ base units,
// which leaves room to mint for ever before an amount outgrows the wire's 2¹²⁸.
const SupplyBits = 100

// start is the genesis section.
type start struct {
	Balances []struct {
		Address keys.Address `json:"address"`
		Amount  types.Amount `json:"amount"`
	} `json:"balances"`
}

// genesis fills the accounts.
func genesis(c *route.Ctx, section json.RawMessage) error {
	var in start
	if section != nil {
		if err := route.ReadJSON(section, &in); err != nil {
			return err
		}
	}
	var total types.Amount
	for i, b := range in.Balances {
		if b.Amount.IsZero() {
			return fmt.Errorf("balances[%d].amount: missing or zero", i)
		}
		if !load(c, b.Address).balance.IsZero() {
			return fmt.Errorf("balances[%d].address: %s is given twice", i, b.Address)
		}
		credit(c, b.Address, b.Amount)
		if total = total.Add(b.Amount); total.Int().BitLen() > SupplyBits {
			return fmt.Errorf("balances[%d].amount: more than 2^%d base units together", i, SupplyBits)
		}
	}
	money.Set(c, totals{Genesis: total})
	baseFee.Set(c, BaseMin.Amount(c))
	return nil
}

// conserved checks Σ balances = genesis + minted − burned.
func conserved(c *route.Ctx) error {
	var sum types.Amount
	accounts.Range(c, func(_ keys.Address, a account) bool {
		sum = sum.Add(a.balance)
		return true
	})
	if want := Supply(c); sum != want {
		return fmt.Errorf("accounts hold %s, supply is %s", sum, want)
	}
	return nil
}
