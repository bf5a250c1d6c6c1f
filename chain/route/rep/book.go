package rep

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/bank"
	"probity/chain/state"
	"probity/chain/types"
)

// Book is one of the two kinds of REP.
type Book uint8

// The books. Their numbers are on the wire.
const (
	WREP Book = 1 // for work: weight on the bench, availability, salary
	GREP Book = 2 // for governance; empty until the legislature opens it
)

// bothBooks lists the books in order.
var bothBooks = [...]Book{WREP, GREP}

// Valid reports whether b is one of the two books.
func (b Book) Valid() bool { return b == WREP || b == GREP }

// String is the book's name.
func (b Book) String() string {
	switch b {
	case WREP:
		return "wREP"
	case GREP:
		return "gREP"
	}
	return fmt.Sprintf("book(%d)", uint8(b))
}

// MarshalText gives the book's name.
func (b Book) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads the book's name or number.
func (b *Book) UnmarshalText(text []byte) error {
	switch string(text) {
	case "wREP", "wrep", "1":
		*b = WREP
	case "gREP", "grep", "2":
		*b = GREP
	default:
		return ErrBook.With("%.20q is no book: write wREP or gREP", text)
	}
	return nil
}

// Incinerator is where REP goes to be destroyed.
var Incinerator = route.Address("incinerator")

// totals is all REP of a book: genesis + minted − burned.
type totals struct {
	_       struct{} `cbor:",toarray"`
	Genesis types.Amount
	Minted  types.Amount
	Burned  types.Amount
}

func (t totals) supply() types.Amount { return t.Genesis.Add(t.Minted).Sub(t.Burned) }

// holder is what an account has in a book; a missing one is zero.
type holder struct {
	balance types.Amount
	paid    types.Amount // salary index up to which it was paid
}

// AppendState appends balance and index.
func (h holder) AppendState(b []byte) []byte { return h.paid.AppendWire(h.balance.AppendWire(b)) }

// ReadState reads what AppendState wrote.
func (h *holder) ReadState(b []byte) (err error) {
	if b, err = h.balance.ReadWire(b); err != nil {
		return err
	}
	if b, err = h.paid.ReadWire(b); err == nil && len(b) > 0 {
		err = fmt.Errorf("holder: %d bytes too many", len(b))
	}
	return err
}

// Balance is the REP of an account, locks included.
func Balance(r state.Reader, b Book, a keys.Address) types.Amount {
	h, _ := holders.Get(r, owner{b, a})
	return h.balance
}

// Supply is all REP of a book.
func Supply(r state.Reader, b Book) types.Amount {
	t, _ := books.Get(r, b)
	return t.supply()
}

// EpochSupply is all wREP there was at the start of the epoch, which the cap on
// minting is a share of (spec economy §4.2).
func EpochSupply(r state.Reader) types.Amount {
	s, _ := epochREP.Get(r)
	return s
}

// Range calls fn with every holder of a book and its balance, in order of
// addresses from the given one on, until fn returns false.
func Range(r state.Reader, b Book, from keys.Address, fn func(keys.Address, types.Amount) bool) {
	holders.RangeFrom(r, owner{b, from}, func(k owner, h holder) bool {
		return k.Book == b && fn(k.Address, h.balance)
	})
}

// Mint makes new REP. What is minted for the incinerator is burned at once.
func Mint(c *route.Ctx, b Book, a keys.Address, amt types.Amount, cause string) {
	if amt.IsZero() {
		return
	}
	t, _ := books.Get(c, b)
	t.Minted = t.Minted.Add(amt)
	if a == Incinerator {
		t.Burned = t.Burned.Add(amt)
	}
	books.Set(c, b, t)
	c.EmitAs("rep", "mint", "book", b.String(), "to", a, "amount", amt, "cause", cause)
	if a != Incinerator {
		change(c, b, a, func(balance types.Amount) types.Amount { return balance.Add(amt) })
	}
}

// Burn destroys REP of an account, as much as there is of the amount, and
// returns how much that was. Its locks are clamped to what is left.
func Burn(c *route.Ctx, b Book, a keys.Address, amt types.Amount, cause string) types.Amount {
	amt = amt.Min(Balance(c, b, a))
	if amt.IsZero() {
		return amt
	}
	change(c, b, a, func(balance types.Amount) types.Amount { return balance.Sub(amt) })
	t, _ := books.Get(c, b)
	t.Burned = t.Burned.Add(amt)
	books.Set(c, b, t)
	c.EmitAs("rep", "burn", "book", b.String(), "from", a, "amount", amt, "cause", cause)
	return amt
}

// Move gives wREP of one account to another, as much as there is of the amount,
// and returns how much that was. It is for the redistribution of losing stakes
// in executive and court pools alone: anywhere else, losing on purpose would be
// a transfer (protocol §4).
func Move(c *route.Ctx, from, to keys.Address, amt types.Amount, cause string) types.Amount {
	if to == Incinerator {
		return Burn(c, WREP, from, amt, cause)
	}
	amt = amt.Min(Balance(c, WREP, from))
	if amt.IsZero() {
		return amt
	}
	c.EmitAs("rep", "move", "book", WREP.String(), "from", from, "to", to, "amount", amt, "cause", cause)
	if from != to {
		change(c, WREP, from, func(balance types.Amount) types.Amount { return balance.Sub(amt) })
		change(c, WREP, to, func(balance types.Amount) types.Amount { return balance.Add(amt) })
	}
	return amt
}

// Shift gives REP of a book that one account has to spare to another, and
// returns how much that was: what is at stake stays. It is for the flow through
// references, which takes back what an author had been given (spec forum).
func Shift(c *route.Ctx, b Book, from, to keys.Address, amt types.Amount, cause string) types.Amount {
	amt = amt.Min(b.Unexposed(c, from))
	if to == Incinerator {
		return Burn(c, b, from, amt, cause)
	}
	if amt.IsZero() {
		return amt
	}
	c.EmitAs("rep", "move", "book", b.String(), "from", from, "to", to, "amount", amt, "cause", cause)
	if from != to {
		change(c, b, from, func(balance types.Amount) types.Amount { return balance.Sub(amt) })
		change(c, b, to, func(balance types.Amount) types.Amount { return balance.Add(amt) })
	}
	return amt
}

// Adopt gives all that the address of an identity holds, REP of both books and
// the $ they earned, to the account that it was linked to (spec forum F8).
func Adopt(c *route.Ctx, identity, to keys.Address) error {
	for _, b := range bothBooks {
		Shift(c, b, identity, to, Balance(c, b, identity), "linked")
	}
	return bank.Transfer(c, identity, to, bank.Balance(c, identity))
}

// OpenGovernance opens the book of gREP. It is never closed.
func OpenGovernance(c *route.Ctx) {
	if !GovernanceOpen(c) {
		governed.Set(c, true)
		c.EmitAs("rep", "opened", "book", GREP.String())
	}
}

// GovernanceOpen reports whether gREP may be minted.
func GovernanceOpen(r state.Reader) bool {
	open, _ := governed.Get(r)
	return open
}

// Count is the number of accounts that hold REP of a book.
func Count(r state.Reader, b Book) uint64 {
	n, _ := counts.Get(r, b)
	return n
}

// Slash burns wREP of an account as a punishment; it is Burn.
func Slash(c *route.Ctx, a keys.Address, amt types.Amount, cause string) types.Amount {
	return Burn(c, WREP, a, amt, cause)
}

// change sets a balance: the salary of the old one is paid, open snapshots keep
// it, and where it falls the locks are clamped. The caller keeps the totals.
func change(c *route.Ctx, b Book, a keys.Address, to func(types.Amount) types.Amount) {
	k := owner{b, a}
	h, _ := holders.Get(c, k)
	settle(c, k, &h)
	keep(c, k, h.balance)
	was := h.balance
	h.balance = to(was)
	if h.balance.IsZero() {
		holders.Delete(c, k)
	} else {
		holders.Set(c, k, h)
	}
	if was.IsZero() != h.balance.IsZero() {
		n := Count(c, b)
		if n++; h.balance.IsZero() {
			n -= 2
		}
		counts.Set(c, b, n)
	}
	if h.balance.Less(was) {
		clamp(c, k, h.balance)
	}
}
