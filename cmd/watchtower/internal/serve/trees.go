package serve

import (
	"encoding/json"
	"errors"
	"fmt"

	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/pac"
	"probity/cmd/watchtower/internal/treegen"
	"probity/cmd/watchtower/internal/wire"
)

// errNumber is the error of text that is no decimal number.
var errNumber = errors.New("no number")

func told(t *treegen.Tree) object {
	h := t.Hash()
	return object{"hash": bin(h[:]), "manifest": bin(t.Manifest()), "root": bin(t.Root[:]), "pages": len(t.Pages)}
}

// opSalaries is the tree of the last epoch that ended; refused before one has.
func opSalaries(s *Server, _ json.RawMessage) (any, error) {
	if s.salary == nil {
		return nil, fmt.Errorf("no epoch has ended")
	}
	return told(s.salary), nil
}

// opSalaryTree makes a tree of leaves in any order.
func opSalaryTree(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		From, To uint64
		Leaves   []struct {
			Address string
			Book    uint64
			Amount  string
		}
	}](in)
	if err != nil {
		return nil, err
	}
	var leaves []treegen.Salary
	for _, l := range q.Leaves {
		a, err := wire.ParseAddress(l.Address)
		if err != nil {
			return nil, err
		}
		n, ok := num.Parse(l.Amount)
		if !ok {
			return nil, errNumber
		}
		leaves = append(leaves, treegen.Salary{Address: a, Book: l.Book, Amount: n})
	}
	t, err := treegen.Salaries(q.From, q.To, leaves)
	if err != nil {
		return nil, err
	}
	return told(t), nil
}

func opPointsTree(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		Number  uint64
		Subject bin
		Leaves  []struct {
			Identity    string
			Micropoints uint64
			Addresses   []string
		}
	}](in)
	if err != nil {
		return nil, err
	}
	var subject wire.Hash
	if err := fixed(subject[:], q.Subject); err != nil {
		return nil, err
	}
	var leaves []treegen.Author
	for _, l := range q.Leaves {
		out := treegen.Author{Identity: l.Identity, Micropoints: l.Micropoints}
		for _, s := range l.Addresses {
			a, err := wire.ParseAddress(s)
			if err != nil {
				return nil, err
			}
			out.Addresses = append(out.Addresses, a)
		}
		leaves = append(leaves, out)
	}
	t, err := treegen.Contributions(q.Number, subject, leaves)
	if err != nil {
		return nil, err
	}
	return told(t), nil
}

func opStateHash(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		Epoch uint64
		Root  bin
	}](in)
	if err != nil {
		return nil, err
	}
	var root wire.Hash
	if err := fixed(root[:], q.Root); err != nil {
		return nil, err
	}
	h := treegen.StateHash(q.Epoch, root)
	return object{"hash": bin(h[:])}, nil
}

// opPAC computes what is minted; numbers are decimal text.
func opPAC(_ *Server, in json.RawMessage) (any, error) {
	q, err := read[struct {
		Mode    string
		Initial string
		Growth  *uint64
		Owners  []struct{ Minted, Points string }
	}](in)
	if err != nil {
		return nil, err
	}
	modes := map[string]int{"minimal": pac.Minimal, "published": pac.Published}
	mode, ok := modes[q.Mode]
	if !ok {
		return nil, fmt.Errorf("the mode %q", q.Mode)
	}
	initial, ok := num.Parse(q.Initial)
	if !ok {
		return nil, errNumber
	}
	var owners []pac.Owner
	for _, o := range q.Owners {
		m, ok1 := num.Parse(o.Minted)
		p, ok2 := num.Parse(o.Points)
		if !ok1 || !ok2 {
			return nil, errNumber
		}
		owners = append(owners, pac.Owner{Minted: m, Points: p})
	}
	r, err := pac.Mint(mode, owners, initial, q.Growth)
	if err != nil {
		return nil, err
	}
	extra := make([]string, len(r.Extra))
	for i, x := range r.Extra {
		extra[i] = x.String()
	}
	return object{"total": r.Total.String(), "extra": extra}, nil
}
