package bank

import (
	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Send pays $ to another account. A transaction of sixteen is a batch that
// pays all or none.
type Send struct {
	_      struct{}     `cbor:",toarray"`
	To     keys.Address `json:"to"`
	Amount types.Amount `json:"amount"`
}

// UnmarshalWire reads the array of two byte strings, address and amount.
func (m *Send) UnmarshalWire(b []byte) error {
	const head = 2 + len(m.To)
	if len(b) < head || b[0] != 0x82 || b[1] != 0x40|byte(len(m.To)) {
		return errSend
	}
	copy(m.To[:], b[2:])
	return m.Amount.UnmarshalCBOR(b[head:])
}

// Allow lets spender name the sender as its FeePayer, for fees of at most
// PerEpoch in every epoch. It replaces an earlier allowance and forgets what
// was spent of it.
type Allow struct {
	_        struct{}     `cbor:",toarray"`
	Spender  keys.Address `json:"spender"`
	PerEpoch types.Amount `json:"perEpoch"`
}

// Spend pays out of the treasury.
type Spend struct {
	_      struct{}     `cbor:",toarray"`
	To     keys.Address `json:"to"`
	Amount types.Amount `json:"amount"`
}

// Revoke ends an allowance.
type Revoke struct {
	_       struct{}     `cbor:",toarray"`
	Spender keys.Address `json:"spender"`
}

// allowance is what a granter pays of a spender's fees.
type allowance struct {
	_        struct{} `cbor:",toarray"`
	PerEpoch types.Amount
	Epoch    types.Epoch // in which Spent was spent
	Spent    types.Amount
}

// left is what may still be spent in an epoch.
func (a allowance) left(e types.Epoch) types.Amount {
	if a.Epoch != e {
		return a.PerEpoch
	}
	return a.PerEpoch.SubClamp(a.Spent)
}

func send(c *route.Ctx, m Send) error {
	if m.Amount.IsZero() {
		return ErrAmount
	}
	return Transfer(c, c.Sender, m.To, m.Amount)
}

func spend(c *route.Ctx, m Spend) error {
	if m.Amount.IsZero() {
		return ErrAmount
	}
	return Transfer(c, Treasury, m.To, m.Amount)
}

func allow(c *route.Ctx, m Allow) error {
	if m.PerEpoch.IsZero() {
		return ErrAmount.With("an allowance of nothing: revoke it instead")
	}
	allowances.Set(c, grant{c.Sender, m.Spender}, allowance{PerEpoch: m.PerEpoch})
	c.Emit("allow", "granter", c.Sender, "spender", m.Spender, "perEpoch", m.PerEpoch)
	return nil
}

func revoke(c *route.Ctx, m Revoke) error {
	g := grant{c.Sender, m.Spender}
	if _, ok := allowances.Get(c, g); !ok {
		return ErrAllowance.With("no allowance for %s", m.Spender)
	}
	allowances.Delete(c, g)
	c.Emit("revoke", "granter", c.Sender, "spender", m.Spender)
	return nil
}

// guard admits a transaction once, at its first message: it belongs to this
// chain and height, has the account's next nonce, and its fee is covered. Then
// it charges. A transaction that another guard has made free pays nothing and
// takes no room from those that pay.
func guard(c *route.Ctx, call route.Call) error {
	if !call.Top || call.Index != 0 {
		return nil
	}
	tx := c.Tx
	if tx.Chain != c.Chain.Name {
		return route.ErrChain.For(tx.Chain, c.Chain.Name)
	}
	if tx.ValidUntil < c.Block.Height {
		return route.ErrExpired.With("valid until height %d, this is %d", tx.ValidUntil, c.Block.Height)
	}
	acc := load(c, tx.From)
	if tx.Nonce != acc.nonce {
		return ErrNonce.For(tx.Nonce, acc.nonce)
	}
	acc.nonce++
	if c.Free {
		save(c, tx.From, acc)
		return nil
	}
	weight, err := c.Weight()
	if err != nil {
		return err
	}
	fee := c.Block.BaseFee.Mul(weight)
	if tx.FeeMax.Less(fee) {
		return ErrFee.For(tx.FeeMax, fee)
	}
	if payer := tx.Payer(); payer != tx.From {
		save(c, tx.From, acc)
		if err := sponsor(c, payer, fee); err != nil {
			return err
		}
	} else {
		if acc.balance.Less(fee) {
			return ErrFunds.For(acc.balance, fee)
		}
		acc.balance = acc.balance.Sub(fee)
		save(c, tx.From, acc)
	}
	c.Block.Fees = c.Block.Fees.Add(fee)
	c.Block.Weight += weight
	return nil
}

// sponsor takes a fee from who granted the sender an allowance.
func sponsor(c *route.Ctx, payer keys.Address, fee types.Amount) error {
	g := grant{payer, c.Tx.From}
	a, ok := allowances.Get(c, g)
	if !ok {
		return ErrAllowance.With("%s grants %s no allowance", payer, c.Tx.From)
	}
	if left := a.left(c.Block.Epoch); left.Less(fee) {
		return ErrAllowance.For(left, fee)
	}
	if a.Epoch != c.Block.Epoch {
		a.Epoch, a.Spent = c.Block.Epoch, types.Amount{}
	}
	a.Spent = a.Spent.Add(fee)
	acc := load(c, payer)
	if acc.balance.Less(fee) {
		return ErrFunds.For(acc.balance, fee)
	}
	acc.balance = acc.balance.Sub(fee)
	save(c, payer, acc)
	allowances.Set(c, g, a)
	return nil
}

// sample proposes payments between accounts.
func sample(s *route.Sampler) {
	if len(s.Accounts) < 2 {
		return
	}
	n := uint64(len(s.Accounts))
	from := s.Accounts[s.Draw(n)]
	msgs := make([]types.Msg, 1+s.Draw(3))
	for i := range msgs {
		msgs[i] = types.Msg{Route: ID, ID: 1, Body: codec.MustMarshal(Send{
			To: s.Accounts[s.Draw(n)], Amount: types.NewAmount(1 + s.Draw(1_000_000)),
		})}
	}
	s.Emit(from, msgs...)
}
