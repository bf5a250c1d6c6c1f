package rep

import (
	"fmt"

	"github.com/holiman/uint256"

	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/types"
)

// conserved checks Σ balances = genesis + minted − burned in each book.
func conserved(c *route.Ctx) error {
	var sum [2]types.Amount
	var count [2]uint64
	holders.Range(c, func(k owner, h holder) bool {
		sum[k.Book-WREP] = sum[k.Book-WREP].Add(h.balance)
		count[k.Book-WREP]++
		return true
	})
	for _, b := range bothBooks {
		if want := Supply(c, b); sum[b-WREP] != want {
			return fmt.Errorf("holders have %s %s, supply is %s", sum[b-WREP], b, want)
		}
		if n := Count(c, b); n != count[b-WREP] {
			return fmt.Errorf("%d accounts hold %s, %d are counted", count[b-WREP], b, n)
		}
	}
	return nil
}

// owed checks that what holders can claim is what the pots have for them, to
// the last 2⁻⁶⁴ of a base unit.
func owed(c *route.Ctx) error {
	var sum [2]uint256.Int
	var pays [2]pay
	for _, b := range bothBooks {
		pays[b-WREP], _ = salaries.Get(c, b)
	}
	holders.Range(c, func(k owner, h holder) bool {
		var earned uint256.Int
		earned.Sub(&pays[k.Book-WREP].Index, h.paid.Int())
		earned.Mul(&earned, h.balance.Int())
		sum[k.Book-WREP].Add(&sum[k.Book-WREP], &earned)
		return true
	})
	for _, b := range bothBooks {
		p := pays[b-WREP]
		if want := p.Owed(); sum[b-WREP] != want {
			return fmt.Errorf("holders of %s can claim %s, the accumulator owes %s", b, sum[b-WREP].Dec(), want.Dec())
		}
		if have := bank.Balance(c, pot(b)); have.Less(types.AmountOf(&p.Pot)) {
			return fmt.Errorf("the pot of %s has %s of %s", b, have, p.Pot.Dec())
		}
	}
	return nil
}

// covered checks that Σ exposed ≤ balance for every account, and that the sums
// are those of their parts.
func covered(c *route.Ctx) error {
	sums := map[owner]types.Amount{}
	exposures.Range(c, func(k exposure, amt types.Amount) bool {
		o := owner{k.Book, k.Address}
		sums[o] = sums[o].Add(amt)
		return true
	})
	var err error
	count := 0
	exposed.Range(c, func(k owner, sum types.Amount) bool {
		count++
		if sum != sums[k] {
			err = fmt.Errorf("%s has %s %s at stake, the parts add up to %s", k.Address, sum, k.Book, sums[k])
		} else if have := Balance(c, k.Book, k.Address); have.Less(sum) {
			err = fmt.Errorf("%s has %s %s at stake and owns %s", k.Address, sum, k.Book, have)
		}
		return err == nil
	})
	if err == nil && count != len(sums) {
		err = fmt.Errorf("%d accounts have REP at stake, %d have a sum of it", len(sums), count)
	}
	return err
}

// standingCovered checks that no standing lock exceeds the balance.
func standingCovered(c *route.Ctx) (err error) {
	standing.Range(c, func(k slot, l lock) bool {
		if have := Balance(c, WREP, k.Address); have.Less(l.Amount) {
			err = fmt.Errorf("%s has %s locked for %s and owns %s", k.Address, l.Amount, k.Name, have)
		}
		return err == nil
	})
	return err
}
