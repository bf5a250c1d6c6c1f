package rep

import (
	"encoding/binary"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/state"
	"probity/chain/types"
)

// AppendState appends index, pot, carry and dust.
func (p pay) AppendState(b []byte) []byte {
	for _, v := range []types.Amount{types.AmountOf(&p.Index), types.AmountOf(&p.Pot), types.AmountOf(&p.Carry)} {
		b = v.AppendWire(b)
	}
	return binary.BigEndian.AppendUint64(b, p.Dust)
}

// ReadState reads what AppendState wrote.
func (p *pay) ReadState(b []byte) (err error) {
	var v [3]types.Amount
	for i := range v {
		if b, err = v[i].ReadWire(b); err != nil {
			return err
		}
	}
	if len(b) != 8 {
		return fmt.Errorf("salary: %d bytes of dust, want 8", len(b))
	}
	p.Index, p.Pot, p.Carry = *v[0].Int(), *v[1].Int(), *v[2].Int()
	p.Dust = binary.BigEndian.Uint64(b)
	return nil
}

// pot is the account that the salaries of a book are paid from.
func pot(b Book) keys.Address {
	if b == GREP {
		return bank.GovernancePot
	}
	return bank.SalaryPot
}

// Salary is the $ that an account's REP has earned and that were not paid yet.
func Salary(r state.Reader, a keys.Address) types.Amount {
	var total types.Amount
	for _, b := range bothBooks {
		h, ok := holders.Get(r, owner{b, a})
		if !ok {
			continue
		}
		p, _ := salaries.Get(r, b)
		_, due, err := p.Claim(*h.balance.Int(), *h.paid.Int())
		if err != nil {
			panic(fmt.Sprintf("rep: salary of %s in %s: %v", a, b, err))
		}
		total = total.Add(types.AmountOf(&due))
	}
	return total
}

// Claim pays an account its salary and returns how much that was.
func Claim(c *route.Ctx, a keys.Address) types.Amount {
	var total types.Amount
	for _, b := range bothBooks {
		k := owner{b, a}
		h, ok := holders.Get(c, k)
		if !ok {
			continue
		}
		before := h.paid
		total = total.Add(settle(c, k, &h))
		if h.paid != before {
			holders.Set(c, k, h)
		}
	}
	return total
}

// settle pays the salary of a balance up to now. The invariant of vpool.Salary
// is that this happens before each change of a balance.
func settle(c *route.Ctx, k owner, h *holder) types.Amount {
	p, _ := salaries.Get(c, k.Book)
	index := types.AmountOf(&p.Index)
	if h.paid == index {
		return types.Amount{}
	}
	if h.balance.IsZero() {
		h.paid = index
		return types.Amount{}
	}
	next, due, err := p.Claim(*h.balance.Int(), *h.paid.Int())
	if err != nil {
		panic(fmt.Sprintf("rep: salary of %s in %s: %v", k.Address, k.Book, err))
	}
	salaries.Set(c, k.Book, pay{next})
	h.paid = index
	amt := types.AmountOf(&due)
	if !amt.IsZero() {
		if err := bank.Transfer(c, pot(k.Book), k.Address, amt); err != nil {
			panic(fmt.Sprintf("rep: the pot of %s cannot pay %s: %v", k.Book, amt, err))
		}
	}
	return amt
}

// end turns what the bank has put into the pots into salaries, over the supply
// before this block's settlement: a basis after it would be cheaper to attack
// (spec economy §4.1). What anyone else paid into a pot counts as well.
func end(c *route.Ctx) {
	for _, b := range bothBooks {
		p, _ := salaries.Get(c, b)
		rest := bank.Balance(c, pot(b)).Sub(types.AmountOf(&p.Pot))
		supply := Supply(c, b)
		if rest.IsZero() && (p.Carry.IsZero() || supply.IsZero()) {
			continue
		}
		next, err := p.Accrue(*rest.Int(), *supply.Int())
		if err != nil {
			panic(fmt.Sprintf("rep: salaries of %s: %v", b, err))
		}
		salaries.Set(c, b, pay{next})
	}
}

// boundary notes the supply with which the next epoch starts.
func boundary(c *route.Ctx) { epochREP.Set(c, Supply(c, WREP)) }
