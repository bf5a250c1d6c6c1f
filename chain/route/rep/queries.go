package rep

import (
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// Of asks about an account.
type Of struct {
	Address keys.Address `json:"address"`
}

// None asks for what needs no parameters.
type None struct{}

// Lock is a standing lock.
type Lock struct {
	Slot   string       `json:"slot"`
	Amount types.Amount `json:"amount"`
	Until  types.Height `json:"until"` // last height at which it holds
}

// Stake is REP at stake for something.
type Stake struct {
	Book   Book         `json:"book"`
	Ref    keys.Hash    `json:"ref"`
	Amount types.Amount `json:"amount"`
}

// Account is the reputation of an account.
type Account struct {
	Address  keys.Address `json:"address"`
	WREP     types.Amount `json:"wrep"`
	GREP     types.Amount `json:"grep"`
	Salary   types.Amount `json:"salary"`   // $ earned and not paid yet
	Locked   types.Amount `json:"locked"`   // wREP under standing locks
	Exposed  types.Amount `json:"exposed"`  // wREP at stake
	Standing []Lock       `json:"standing"` // overlapping: the largest counts
	Stakes   []Stake      `json:"stakes"`   // of both books: they add up
}

// Page asks for a part of the holders of a book.
type Page struct {
	Book   Book   `json:"book"`
	Limit  int    `json:"limit"`  // at most 1000; 0: 100
	Cursor string `json:"cursor"` // of the answer before; empty: from the start
}

// Holder is one entry of a book.
type Holder struct {
	Address keys.Address `json:"address"`
	Amount  types.Amount `json:"amount"`
}

// Holders is a part of a book.
type Holders struct {
	Holders []Holder `json:"holders"`
	Cursor  string   `json:"cursor"` // of the next part; empty: there is none
}

// Totals is all REP of a book.
type Totals struct {
	Book    Book         `json:"book"`
	Supply  types.Amount `json:"supply"`
	Genesis types.Amount `json:"genesis"`
	Minted  types.Amount `json:"minted"`
	Burned  types.Amount `json:"burned"`
}

func get(c *route.Ctx, q Of) (Account, error) {
	a := Account{
		Address: q.Address,
		WREP:    Balance(c, WREP, q.Address), GREP: Balance(c, GREP, q.Address),
		Salary: Salary(c, q.Address), Locked: StandingMax(c, q.Address), Exposed: Exposed(c, q.Address),
		Standing: []Lock{}, Stakes: []Stake{},
	}
	standing.RangePrefix(c, slot{Address: q.Address}, 1, func(k slot, l lock) bool {
		if l.Until >= c.Block.Height {
			a.Standing = append(a.Standing, Lock{Slot: k.Name, Amount: l.Amount, Until: l.Until})
		}
		return true
	})
	for _, b := range bothBooks {
		exposures.RangePrefix(c, exposure{Book: b, Address: q.Address}, 2, func(k exposure, amt types.Amount) bool {
			a.Stakes = append(a.Stakes, Stake{Book: b, Ref: k.Ref, Amount: amt})
			return true
		})
	}
	return a, nil
}

func list(c *route.Ctx, q Page) (Holders, error) {
	var from keys.Address
	if q.Cursor != "" {
		if err := from.UnmarshalText([]byte(q.Cursor)); err != nil {
			return Holders{}, ErrCursor
		}
	}
	if q.Book == 0 {
		q.Book = WREP
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	out := Holders{Holders: []Holder{}}
	Range(c, q.Book, from, func(a keys.Address, amt types.Amount) bool {
		if len(out.Holders) == q.Limit {
			out.Cursor = a.String()
			return false
		}
		out.Holders = append(out.Holders, Holder{a, amt})
		return true
	})
	return out, nil
}

func supplied(c *route.Ctx, _ None) ([]Totals, error) {
	out := make([]Totals, 0, len(bothBooks))
	for _, b := range bothBooks {
		t, _ := books.Get(c, b)
		out = append(out, Totals{Book: b, Supply: t.supply(), Genesis: t.Genesis, Minted: t.Minted, Burned: t.Burned})
	}
	return out, nil
}
