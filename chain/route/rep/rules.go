package rep

import (
	"encoding/json"
	"fmt"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/types"
	"probity/vpool"
)

// ClaimMsg pays out the sender's salary.
type ClaimMsg struct {
	_ struct{} `cbor:",toarray"`
}

func claim(c *route.Ctx, _ ClaimMsg) error {
	c.Emit("claim", "address", c.Sender, "amount", Claim(c, c.Sender))
	return nil
}

// guard pays the salary of whoever is to be charged, where the account has less
// than the transaction may cost: so a member needs no $ to begin with. The
// bank's guard runs next and sees the new balance.
func guard(c *route.Ctx, call route.Call) error {
	if !call.Top || call.Index != 0 || c.Free {
		return nil
	}
	if payer := c.Tx.Payer(); bank.Balance(c, payer).Less(c.Tx.FeeMax) {
		Claim(c, payer)
	}
	return nil
}

// start is the genesis section.
type start struct {
	Holders []struct {
		Address keys.Address `json:"address"`
		Amount  types.Amount `json:"amount"`
	} `json:"holders"`
}

// genesis fills the book of wREP.
func genesis(c *route.Ctx, section json.RawMessage) error {
	var in start
	if section != nil {
		if err := route.ReadJSON(section, &in); err != nil {
			return err
		}
	}
	var total types.Amount
	for i, h := range in.Holders {
		k := owner{WREP, h.Address}
		switch {
		case h.Amount.IsZero():
			return fmt.Errorf("holders[%d].amount: missing or zero", i)
		case h.Address == Incinerator:
			return fmt.Errorf("holders[%d].address: the incinerator holds no REP", i)
		case holders.Has(c, k):
			return fmt.Errorf("holders[%d].address: %s is given twice", i, h.Address)
		}
		holders.Set(c, k, holder{balance: h.Amount})
		if total = total.Add(h.Amount); total.Int().BitLen() > bank.SupplyBits {
			return fmt.Errorf("holders[%d].amount: more than 2^%d base units together", i, bank.SupplyBits)
		}
	}
	books.Set(c, WREP, totals{Genesis: total})
	counts.Set(c, WREP, uint64(len(in.Holders)))
	epochREP.Set(c, total)
	return nil
}

// share is ⌊x·part/whole⌋.
func share(x, part, whole types.Amount) types.Amount {
	s := vpool.ShareDown(*x.Int(), *part.Int(), *whole.Int())
	return types.AmountOf(&s)
}

// sample proposes that somebody claims a salary.
func sample(s *route.Sampler) {
	if n := uint64(len(s.Accounts)); n > 0 {
		s.Emit(s.Accounts[s.Draw(n)], types.Msg{Route: ID, ID: 1, Body: codec.MustMarshal(ClaimMsg{})})
	}
}
