package bank

import (
	"encoding/binary"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/state"
	"probity/chain/types"
)

// Accounts of the chain itself. No key is known to have them.
var (
	Treasury      = route.Address("treasury")    // spent by the legislature
	SalaryPot     = route.Address("salary")      // salaries of holders of wREP, paid by route rep
	GovernancePot = route.Address("salary.grep") // of holders of gREP
	EntryPot      = route.Address("entry")       // fees that rules charged in the block
)

// account is what the bank keeps of an address; a missing one is zero.
type account struct {
	nonce   uint64
	balance types.Amount
}

// AppendState appends the nonce as a varint and the balance.
func (a account) AppendState(b []byte) []byte {
	if b == nil {
		b = make([]byte, 0, 24) // most accounts fit
	}
	return a.balance.AppendWire(binary.AppendUvarint(b, a.nonce))
}

// ReadState reads what AppendState wrote.
func (a *account) ReadState(b []byte) error {
	nonce, n := binary.Uvarint(b)
	if n <= 0 {
		return fmt.Errorf("account: no nonce in %x", b)
	}
	a.nonce = nonce
	rest, err := a.balance.ReadWire(b[n:])
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("account: %d bytes too many", len(rest))
	}
	return err
}

// totals is all $ there are: genesis + minted − burned.
type totals struct {
	_       struct{} `cbor:",toarray"`
	Genesis types.Amount
	Minted  types.Amount
	Burned  types.Amount
}

func (t totals) supply() types.Amount { return t.Genesis.Add(t.Minted).Sub(t.Burned) }

// load reads an account.
func load(r state.Reader, a keys.Address) account {
	acc, _ := accounts.Get(r, a)
	return acc
}

// save writes an account, or removes one that says nothing.
func save(w state.Writer, a keys.Address, acc account) {
	if acc.nonce == 0 && acc.balance.IsZero() {
		accounts.Delete(w, a)
		return
	}
	accounts.Set(w, a, acc)
}

// Balance is the $ of an account.
func Balance(r state.Reader, a keys.Address) types.Amount { return load(r, a).balance }

// Nonce is the number that the account's next transaction must have.
func Nonce(r state.Reader, a keys.Address) uint64 { return load(r, a).nonce }

// Expect sets the nonce in a state that will be dropped, so that the
// transactions of an account can be checked before those ahead of them are in
// a block.
func Expect(scratch *state.Overlay, a keys.Address, nonce uint64) {
	acc := load(scratch, a)
	acc.nonce = nonce
	save(scratch, a, acc)
}

// Supply is all $ there are.
func Supply(r state.Reader) types.Amount {
	t, _ := money.Get(r)
	return t.supply()
}

// Transfer moves $ between accounts. ErrFunds where from has less.
func Transfer(c *route.Ctx, from, to keys.Address, amt types.Amount) error {
	payer := load(c, from)
	if payer.balance.Less(amt) {
		return ErrFunds.For(payer.balance, amt)
	}
	if from != to {
		payer.balance = payer.balance.Sub(amt)
		save(c, from, payer)
		payee := load(c, to)
		payee.balance = payee.balance.Add(amt)
		save(c, to, payee)
	}
	c.EmitAs("bank", "transfer", "from", from, "to", to, "amount", amt)
	return nil
}

// Charge takes a fee that a rule asks for, beyond the transaction's own: the
// price of a pool. It joins the block's fees when they are divided, but not what
// the block mints by (spec economy §4.7). ErrFunds where from has less.
func Charge(c *route.Ctx, from keys.Address, amt types.Amount) error {
	if amt.IsZero() {
		return nil
	}
	return Transfer(c, from, EntryPot, amt)
}

// Mint makes new $.
func Mint(c *route.Ctx, to keys.Address, amt types.Amount) {
	t, _ := money.Get(c)
	t.Minted = t.Minted.Add(amt)
	money.Set(c, t)
	credit(c, to, amt)
	c.EmitAs("bank", "mint", "to", to, "amount", amt)
}

// Burn destroys $ of an account; the caller has checked that it has them, and
// a broken check panics.
func Burn(c *route.Ctx, from keys.Address, amt types.Amount) {
	acc := load(c, from)
	acc.balance = acc.balance.Sub(amt)
	save(c, from, acc)
	t, _ := money.Get(c)
	t.Burned = t.Burned.Add(amt)
	money.Set(c, t)
	c.EmitAs("bank", "burn", "from", from, "amount", amt)
}

func credit(w state.Writer, to keys.Address, amt types.Amount) {
	if amt.IsZero() {
		return
	}
	acc := load(w, to)
	acc.balance = acc.balance.Add(amt)
	save(w, to, acc)
}
