package availability

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/types"
)

// start is the genesis section.
type start struct {
	Bench []struct {
		Account    keys.Address   `json:"account"`
		Key        keys.PublicKey `json:"key"`
		Network    types.Bytes    `json:"network"`
		Escrow     []types.Bytes  `json:"escrow"`
		Possession types.Bytes    `json:"possession"`
		Signature  keys.Signature `json:"signature"`
	} `json:"bench"`
	ASC []struct {
		Account    keys.Address   `json:"account"`
		Weight     types.Weight   `json:"weight"`
		Key        keys.PublicKey `json:"key"`
		Commitment types.Bytes    `json:"commitment"`
		Salts      uint32         `json:"salts"`
		Dealings   []types.Bytes  `json:"dealings"`
		Signature  keys.Signature `json:"signature"`
	} `json:"asc"`
}

// errNobody is returned for a genesis without a bench.
var errNobody = errors.New("bench: a chain needs at least one member")

func byteSlices(in []types.Bytes) [][]byte {
	out := make([][]byte, len(in))
	for i := range in {
		out[i] = in[i]
	}
	return out
}

// genesis fills the bench and completes Plan(0); roster(1) has the members of
// roster(0). The signatures are those of Bench and Register, for epoch 0, bound
// to Chain.Draft, the hash of the file without signatures, dealings and proofs
// of possession, instead of the genesis hash, which cannot be known yet.
func genesis(c *route.Ctx, section json.RawMessage) error {
	var in start
	if section != nil {
		if err := route.ReadJSON(section, &in); err != nil {
			return err
		}
	}
	bound := c.Chain.Draft
	for i, b := range in.Bench {
		if bench.Has(c, b.Account) {
			return fmt.Errorf("bench[%d].account: %s is given twice", i, b.Account)
		}
		m := Bench{Key: b.Key, Network: b.Network, Escrow: b.Escrow, Possession: b.Possession, Proof: b.Signature}
		if err := sit(c, b.Account, m, bound); err != nil {
			return fmt.Errorf("bench[%d]: %w", i, err)
		}
	}
	freeze(c, 0, 1)
	first, _ := numbers.Get(c, 0)
	freeze(c, 1, first.last()+1)
	if r, _ := rosters.Get(c, 0); len(r.Members) == 0 {
		return errNobody
	}
	for i, a := range in.ASC {
		m := Register{Weight: a.Weight, Key: a.Key, Commitment: a.Commitment, Salts: a.Salts, Proof: a.Signature}
		switch {
		case first.Scheme == types.Recoverable && (len(a.Commitment) > 0 || a.Salts > 0):
			return fmt.Errorf("asc[%d].commitment: the recoverable beacon takes dealings", i)
		case first.Scheme != types.Recoverable && len(a.Dealings) > 0:
			return fmt.Errorf("asc[%d].dealings: the hashed beacon takes a commitment", i)
		case first.Scheme == types.Recoverable:
			m.Commitment, m.Salts = bytes.Join(byteSlices(a.Dealings), nil), uint32(len(a.Dealings))
		}
		if err := enter(c, a.Account, m, &first, bound); err != nil {
			return fmt.Errorf("asc[%d]: %w", i, err)
		}
	}
	fixList(c, 0)
	noteList(c, 0)
	SetSeed(c, 0, keys.Sum([]byte("genesis"), c.Chain.Genesis[:]))
	return nil
}
