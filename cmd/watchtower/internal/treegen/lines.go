package treegen

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/wire"
)

// Errors of a question.
var (
	errNumber = errors.New("no number")
	errHash   = errors.New("no hash of 32 bytes")
)

// Operations are those of docs/spec/conformance.md that a generator of trees
// answers, each with what stands under "in".
var Operations = map[string]func(in json.RawMessage) (any, error){
	"salary.tree": salaryTree,
	"points.tree": pointsTree,
	"epoch.state": epochState,
}

// Told is what is answered of a tree.
func (t *Tree) Told() map[string]any {
	h := t.Hash()
	return map[string]any{"hash": digits(h[:]), "manifest": digits(t.Manifest()), "root": digits(t.Root[:]), "pages": len(t.Pages)}
}

func digits(b []byte) string { return "0x" + hex.EncodeToString(b) }

// hash is 32 bytes as JSON has them.
type hash wire.Hash

// UnmarshalText reads 0x and 64 digits.
func (h *hash) UnmarshalText(s []byte) error {
	rest, ok := strings.CutPrefix(string(s), "0x")
	raw, err := hex.DecodeString(rest)
	if !ok || err != nil || len(raw) != len(h) {
		return fmt.Errorf("%w: %.80q", errHash, s)
	}
	copy(h[:], raw)
	return nil
}

// address is an account as JSON has it.
type address wire.Address

// UnmarshalText reads bech32m.
func (a *address) UnmarshalText(s []byte) error {
	out, err := wire.ParseAddress(string(s))
	*a = address(out)
	return err
}

// salaryTree makes a tree of salaries.
func salaryTree(in json.RawMessage) (any, error) {
	var q struct {
		From, To uint64
		Leaves   []struct {
			Address address
			Book    uint64
			Amount  string
		}
	}
	if err := json.Unmarshal(in, &q); err != nil {
		return nil, err
	}
	var leaves []Salary
	for _, l := range q.Leaves {
		n, ok := num.Parse(l.Amount)
		if !ok {
			return nil, errNumber
		}
		leaves = append(leaves, Salary{Address: wire.Address(l.Address), Book: l.Book, Amount: n})
	}
	t, err := Salaries(q.From, q.To, leaves)
	if err != nil {
		return nil, err
	}
	return t.Told(), nil
}

// pointsTree makes a tree of points.
func pointsTree(in json.RawMessage) (any, error) {
	var q struct {
		Number  uint64
		Subject *hash
		Leaves  []struct {
			Identity    string
			Micropoints uint64
			Addresses   []address
		}
	}
	if err := json.Unmarshal(in, &q); err != nil {
		return nil, err
	}
	if q.Subject == nil {
		return nil, errHash
	}
	var leaves []Author
	for _, l := range q.Leaves {
		out := Author{Identity: l.Identity, Micropoints: l.Micropoints}
		for _, a := range l.Addresses {
			out.Addresses = append(out.Addresses, wire.Address(a))
		}
		leaves = append(leaves, out)
	}
	t, err := Contributions(q.Number, wire.Hash(*q.Subject), leaves)
	if err != nil {
		return nil, err
	}
	return t.Told(), nil
}

// epochState is the hash of an epoch's last state.
func epochState(in json.RawMessage) (any, error) {
	var q struct {
		Epoch uint64
		Root  *hash
	}
	if err := json.Unmarshal(in, &q); err != nil {
		return nil, err
	}
	if q.Root == nil {
		return nil, errHash
	}
	h := StateHash(q.Epoch, wire.Hash(*q.Root))
	return map[string]any{"hash": digits(h[:])}, nil
}
