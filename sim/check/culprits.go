package check

import (
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// Culprit is a member of a roster and two statements that convict it.
type Culprit struct {
	Signer int             `json:"signer"` // place in the roster
	Key    keys.PublicKey  `json:"key"`
	Weight types.Weight    `json:"weight"`
	A      types.Statement `json:"a"`
	B      types.Statement `json:"b"`
}

// Culprits names whoever signed two statements that no honest member signs
// both of, from the signed statements alone: who forked the chain where it
// forked (spec consensus §6). Votes of other epochs than the roster's count for
// nothing, nor do those whose signature does not hold.
//
// Two final blocks that do not descend from one another always name weight of
// at least W/3: let v be the lower of their views. Those who finalized there and
// those who nullified v, or notarized another block in it, for the other chain
// to go past it, are two quorums, and share more than W/3.
func Culprits(r *types.Roster, genesis keys.Hash, votes []types.Vote, verify func([]keys.Signed) []bool) (out []Culprit) {
	said := make([][]types.Vote, len(r.Members))
	type word struct {
		types.Statement
		signer uint32
	}
	seen := map[word]bool{}
	for _, v := range votes {
		at := word{v.Statement, v.Signer}
		if v.Epoch != r.Epoch || int(v.Signer) >= len(said) || seen[at] {
			continue
		}
		key := r.Members[v.Signer].Key
		if !verify([]keys.Signed{{Key: key, Message: v.SignBytes(genesis), Signature: v.Signature}})[0] {
			continue
		}
		seen[at] = true
		said[v.Signer] = append(said[v.Signer], v)
	}
	for i, list := range said {
		if a, b, ok := contradiction(list); ok {
			out = append(out, Culprit{i, r.Members[i].Key, r.Members[i].Weight, a, b})
		}
	}
	return out
}

// contradiction finds the first pair, by view, that convicts.
func contradiction(list []types.Vote) (a, b types.Statement, ok bool) {
	slices.SortStableFunc(list, func(x, y types.Vote) int { return int(x.View) - int(y.View) })
	for i := range list {
		for j := i + 1; j < len(list) && list[j].View == list[i].View; j++ {
			if consensus.Conflict(list[i].Statement, list[j].Statement) {
				return list[i].Statement, list[j].Statement, true
			}
		}
	}
	return a, b, false
}
