package serve

import (
	"encoding/json"
	"errors"
	"fmt"

	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/pac"
	"probity/cmd/watchtower/internal/treegen"
)

// errNumber is the error of text that is no decimal number.
var errNumber = errors.New("no number")

// lines are the operations of the generator of trees, which keep nothing.
func lines(op string) operation {
	f := treegen.Operations[op]
	return func(_ *Server, in json.RawMessage) (any, error) { return f(in) }
}

// opSalaries is the tree of the last epoch that ended; refused before one has.
func opSalaries(s *Server, _ json.RawMessage) (any, error) {
	if s.salary == nil {
		return nil, fmt.Errorf("no epoch has ended")
	}
	return s.salary.Told(), nil
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
