package follow

import (
	"probity/cmd/watchtower/internal/law"
	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/treegen"
	"probity/cmd/watchtower/internal/wire"
)

type earner struct {
	a    wire.Address
	book uint64
}

// Ledger sums up what an epoch's salaries were (oracle §5).
type Ledger struct{ earned map[earner]num.Int }

// NewLedger begins an epoch in the state that the chain has now.
func NewLedger(c *law.Chain) *Ledger {
	l := &Ledger{map[earner]num.Int{}}
	for _, p := range c.Dues() {
		k := earner{p.Address, p.Book}
		l.earned[k] = l.earned[k].Sub(p.Amount)
	}
	return l
}

// Block takes up what the last block paid.
func (l *Ledger) Block(c *law.Chain) { l.add(c.Payments()) }

func (l *Ledger) add(payments []law.Payment) {
	for _, p := range payments {
		k := earner{p.Address, p.Book}
		l.earned[k] = l.earned[k].Add(p.Amount)
	}
}

// Close is the tree of an epoch that ends in the state that the chain has now.
// The ledger is of no use afterwards.
func (l *Ledger) Close(c *law.Chain, epoch uint64) (*treegen.Tree, error) {
	l.add(c.Dues())
	var leaves []treegen.Salary
	for k, v := range l.earned {
		leaves = append(leaves, treegen.Salary{Address: k.a, Book: k.book, Amount: v})
	}
	return treegen.Salaries(epoch, epoch, leaves)
}
