package differ

import (
	"bytes"
	"cmp"
	"slices"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/types"
	"probity/vpool"
)

// earner is an account in a book.
type earner struct {
	address keys.Address
	book    rep.Book
}

// wages are $ by who earned them.
type wages map[earner]types.Amount

// pots are the accounts that salaries are paid from.
var pots = map[string]rep.Book{route.Address("salary").String(): rep.WREP, route.Address("salary.grep").String(): rep.GREP}

// note takes up the salaries that a block has paid, from what the node tells of
// its transfers.
func (m *Maker) note(r *exec.Result) {
	events := r.Events()
	for _, receipt := range r.Receipts() {
		events = append(events, receipt.Events...)
	}
	for _, e := range events {
		a := map[string]string{}
		for _, at := range e.Attrs {
			a[at.Key] = at.Value
		}
		book, ok := pots[a["from"]]
		if !ok {
			continue
		}
		to, err := keys.ParseAddress(a["to"])
		var amount types.Amount
		if err == nil {
			err = amount.UnmarshalText([]byte(a["amount"]))
		}
		if err != nil {
			panic("differ: " + err.Error()) // the node has written it
		}
		of := earner{to, book}
		m.paid[of] = m.paid[of].Add(amount)
	}
}

// due are the salaries that are earned in the state and not paid.
func (m *Maker) due() wages {
	out := wages{}
	for _, book := range []rep.Book{rep.WREP, rep.GREP} {
		prefix := append([]byte{0, rep.ID, 1}, be64(uint64(book))...)
		raw := m.Get(append([]byte{0, rep.ID, 3}, be64(uint64(book))...))
		if raw == nil {
			continue
		}
		var index types.Amount
		if _, err := index.ReadWire(raw); err != nil {
			panic("differ: " + err.Error()) // the node has written it
		}
		pay := vpool.Salary{Index: *index.Int()}
		_ = m.Leaves(func(k, v []byte) bool {
			if !bytes.HasPrefix(k, prefix) {
				return true
			}
			of := earner{book: book}
			copy(of.address[:], k[len(prefix):])
			var balance, paid types.Amount
			rest, _ := balance.ReadWire(v)
			_, _ = paid.ReadWire(rest)
			d := pay.Due(*balance.Int(), *paid.Int())
			out[of] = types.AmountOf(&d)
			return true
		})
	}
	return out
}

// closeEpoch makes the tree of an epoch's salaries.
func (m *Maker) closeEpoch(e types.Epoch) {
	end := m.due()
	for of, amount := range end {
		m.paid[of] = m.paid[of].Add(amount)
	}
	var leaves []oracle.SalaryLeaf
	var total types.Amount
	for of, amount := range m.paid {
		if amount = amount.Sub(m.start[of]); !amount.IsZero() {
			leaves = append(leaves, oracle.SalaryLeaf{Address: of.address, Book: uint8(of.book), Amount: amount})
			total = total.Add(amount)
		}
	}
	slices.SortFunc(leaves, func(a, b oracle.SalaryLeaf) int {
		if c := bytes.Compare(a.Address[:], b.Address[:]); c != 0 {
			return c
		}
		return cmp.Compare(a.Book, b.Book)
	})
	n, _ := total.Uint64()
	t := contribution.NewTree(contribution.Manifest{Ruleset: "salary/1", Subject: oracle.EpochSubject(e), From: uint64(e), Total: n}, leaves)
	m.salary = t.Manifest.Hash()
	m.paid, m.start = wages{}, end
}

// Salary is the hash of the last epoch's tree of salaries; zero: none has ended.
func (m *Maker) Salary() keys.Hash { return m.salary }
