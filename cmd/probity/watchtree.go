package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/contribution"
	"probity/chain/route/oracle"
	"probity/chain/route/rep"
	"probity/chain/state"
	"probity/chain/types"
	"probity/vpool"
)

// earner is an account in a book.
type earner struct {
	Address keys.Address
	Book    rep.Book
}

// wages are $ by who earned them.
type wages map[earner]types.Amount

func (w wages) add(of earner, amt types.Amount) {
	if !amt.IsZero() {
		w[of] = w[of].Add(amt)
	}
}

// pots are the accounts that salaries are paid from (spec economy §1).
var pots = map[string]rep.Book{
	route.Address("salary").String():      rep.WREP,
	route.Address("salary.grep").String(): rep.GREP,
}

// take adds a transfer, if it pays a salary: nothing else leaves a pot.
func (w wages) take(e types.Event) error {
	a := map[string]string{}
	for _, at := range e.Attrs {
		a[at.Key] = at.Value
	}
	book, ok := pots[a["from"]]
	if !ok {
		return nil
	}
	to, err := keys.ParseAddress(a["to"])
	if err != nil {
		return fmt.Errorf("a salary is paid to %q: %w", a["to"], err)
	}
	var amt types.Amount
	if err := amt.UnmarshalText([]byte(a["amount"])); err != nil {
		return fmt.Errorf("a salary of %q: %w", a["amount"], err)
	}
	w.add(earner{to, book}, amt)
	return nil
}

// The regions of rep that salaries follow from, in the layout that spec state §1
// publishes: a generator of trees needs the state, not the program that made it.
const (
	holderRegion = 1
	salaryRegion = 3
)

// repKey is the key of a region of rep and a book.
func repKey(region byte, b rep.Book) []byte {
	key := binary.BigEndian.AppendUint16(nil, rep.ID)
	return binary.BigEndian.AppendUint64(append(key, region), uint64(b))
}

// unpaid are the salaries that accounts have earned in a state and were not paid:
// ⌊B·(index − i)/2⁶⁴⌋ each (spec oracle §5).
func unpaid(r state.Reader) (wages, error) {
	out := wages{}
	for _, book := range []rep.Book{rep.WREP, rep.GREP} {
		raw, ok := r.Get(repKey(salaryRegion, book))
		if !ok {
			continue
		}
		var index types.Amount
		if _, err := index.ReadWire(raw); err != nil {
			return nil, fmt.Errorf("salary index of book %d: %w", book, err)
		}
		pay := vpool.Salary{Index: *index.Int()}
		var bad error
		lo, hi := repKey(holderRegion, book), repKey(holderRegion, book+1)
		r.Range(lo, hi, func(key, value []byte) bool {
			var of earner
			of.Book = book
			copy(of.Address[:], key[len(lo):])
			var balance, paid types.Amount
			rest, err := balance.ReadWire(value)
			if err == nil {
				_, err = paid.ReadWire(rest)
			}
			if err != nil {
				bad = fmt.Errorf("holder %s: %w", of.Address, err)
				return false
			}
			due := pay.Due(*balance.Int(), *paid.Int())
			out.add(of, types.AmountOf(&due))
			return true
		})
		if bad != nil {
			return nil, bad
		}
	}
	return out, nil
}

// salaryTree is the tree of salaries of the epochs from … to: what was paid in
// them, and what was due at their end, without what was due at their beginning.
// start is the end of the epoch before; the genesis state owes nothing.
func salaryTree(from, to types.Epoch, start wages, epochs []ended) (contribution.Tree, error) {
	sum := wages{}
	for _, e := range epochs {
		for of, amt := range e.Paid {
			sum.add(of, amt)
		}
	}
	for of, amt := range epochs[len(epochs)-1].Due {
		sum.add(of, amt)
	}
	leaves := []oracle.SalaryLeaf{}
	var total types.Amount
	for of, amt := range sum {
		if amt.Less(start[of]) {
			return contribution.Tree{}, fmt.Errorf("%s earned less than nothing in book %d", of.Address, of.Book)
		}
		if amt = amt.Sub(start[of]); !amt.IsZero() {
			leaves = append(leaves, oracle.SalaryLeaf{Address: of.Address, Book: uint8(of.Book), Amount: amt})
			total = total.Add(amt)
		}
	}
	slices.SortFunc(leaves, func(a, b oracle.SalaryLeaf) int {
		if c := bytes.Compare(a.Address[:], b.Address[:]); c != 0 {
			return c
		}
		return cmp.Compare(a.Book, b.Book)
	})
	n, ok := total.Uint64()
	if !ok {
		return contribution.Tree{}, errors.New("salaries beyond 64 bits")
	}
	m := contribution.Manifest{Ruleset: "salary/1", Subject: oracle.EpochSubject(to), From: uint64(from), Total: n}
	return contribution.NewTree(m, leaves), nil
}

// treeFile is a tree as a file: what a locator points at.
type treeFile struct {
	_        struct{} `cbor:",toarray"`
	Manifest contribution.Manifest
	Pages    []types.Bytes
}

// writeTree writes a tree into a folder under its hash, and gives the path. The
// same tree has the same bytes everywhere, so it may stand there already.
func writeTree(dir string, t *contribution.Tree) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	f := treeFile{Manifest: t.Manifest, Pages: []types.Bytes{}}
	for _, p := range t.Pages {
		f.Pages = append(f.Pages, p)
	}
	path := filepath.Join(dir, t.Manifest.Hash().String()+".tree")
	if err := os.WriteFile(path, codec.MustMarshal(f), 0o644); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	return path, nil
}

// readTree reads such a file and checks that the pages belong to the manifest.
func readTree(path string) (*contribution.Tree, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tree: %w", err)
	}
	var f treeFile
	if err := codec.Unmarshal(raw, &f); err != nil {
		return nil, failed("not a tree", path, oneLine(err))
	}
	t := &contribution.Tree{Manifest: f.Manifest}
	for _, p := range f.Pages {
		t.Pages = append(t.Pages, p)
	}
	if types.MerkleRoot(t.Pages) != f.Manifest.Root || uint64(len(t.Pages)) != f.Manifest.Pages() {
		return nil, failed("the pages are not those of the manifest", path, "fetch the file again")
	}
	return t, nil
}

// difference is the first place where two trees differ.
type difference struct {
	Equal bool   `json:"equal"`
	What  string `json:"what"` // a field of the manifest, or leaf N; empty where equal
	A     string `json:"a"`
	B     string `json:"b"`
}

// firstDifference compares two trees: what they say they are, then leaf after
// leaf.
func firstDifference(a, b *contribution.Tree) (difference, error) {
	if a.Manifest.Hash() == b.Manifest.Hash() {
		return difference{Equal: true}, nil
	}
	for _, f := range []struct{ what, a, b string }{
		{"ruleset", a.Manifest.Ruleset, b.Manifest.Ruleset},
		{"subject", a.Manifest.Subject.String(), b.Manifest.Subject.String()},
		{"from", fmt.Sprint(a.Manifest.From), fmt.Sprint(b.Manifest.From)},
	} {
		if f.a != f.b {
			return difference{What: f.what, A: f.a, B: f.b}, nil
		}
	}
	la, err := leavesOf(a)
	if err != nil {
		return difference{}, err
	}
	lb, err := leavesOf(b)
	if err != nil {
		return difference{}, err
	}
	at := func(list []string, i int) string {
		if i < len(list) {
			return list[i]
		}
		return "none"
	}
	for i := range max(len(la), len(lb)) {
		if at(la, i) != at(lb, i) {
			return difference{What: fmt.Sprintf("leaf %d", i), A: at(la, i), B: at(lb, i)}, nil
		}
	}
	return difference{What: "total", A: fmt.Sprint(a.Manifest.Total), B: fmt.Sprint(b.Manifest.Total)}, nil
}

// leavesOf are the leaves of a tree as people read them.
func leavesOf(t *contribution.Tree) (out []string, err error) {
	for i, page := range t.Pages {
		if t.Manifest.Ruleset == contribution.Ruleset {
			var list []contribution.Leaf
			if err := codec.Unmarshal(page, &list); err != nil {
				return nil, fmt.Errorf("page %d: %w", i, err)
			}
			for _, l := range list {
				out = append(out, fmt.Sprintf("%s %d %v", l.Identity, l.Micropoints, l.Addresses))
			}
			continue
		}
		var list []oracle.SalaryLeaf
		if err := codec.Unmarshal(page, &list); err != nil {
			return nil, fmt.Errorf("page %d: %w", i, err)
		}
		for _, l := range list {
			out = append(out, fmt.Sprintf("%s book %d %s", l.Address, l.Book, l.Amount))
		}
	}
	return out, nil
}
