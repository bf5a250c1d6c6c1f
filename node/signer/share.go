package signer

import (
	"errors"
	"fmt"

	"probity/chain/escrow"
	"probity/chain/types"
)

// ErrEarly refuses shares of a view that the key has not nullified: opening a
// salt before its time is what a third of the roster must not be able to do.
var ErrEarly = errors.New("shares before the Nullify of their view")

// KeysMax bounds the escrow keys that follow from one seed.
const KeysMax = 2048

// vault holds the escrow keys of a member.
type vault struct {
	suite escrow.Suite
	seed  [32]byte
}

// Keep gives the signer the escrow keys that follow from a seed: its k-th
// ticket in any roster uses the k-th.
func (s *Local) Keep(suite escrow.Suite, seed [32]byte) { s.vault = &vault{suite, seed} }

// Share makes the shares of a view's salt for tickets first, first+1, …, whose
// keys are this signer's first ones. The Nullify of the view is in the journal,
// or Share refuses.
func (s *Local) Share(e types.Epoch, v types.View, at escrow.Place, dealing []byte, first uint32, count int) ([]escrow.Share, error) {
	said := false
	for _, old := range s.said[place{e, v}] {
		said = said || old.Kind == types.Nullify
	}
	switch {
	case s.vault == nil:
		return nil, fmt.Errorf("shares of %d/%d: no escrow keys", e, v)
	case !said || at.Epoch != uint64(e):
		s.refused++
		return nil, fmt.Errorf("shares of %d/%d: %w", e, v, ErrEarly)
	case count < 0 || count > KeysMax:
		return nil, fmt.Errorf("shares of %d/%d: %d tickets, at most %d", e, v, count, KeysMax)
	}
	out := make([]escrow.Share, count)
	for k := range out {
		out[k] = s.vault.suite.Share(at, dealing, first+uint32(k), escrow.NewSecret(s.vault.seed, uint32(k)))
	}
	return out, nil
}

// EscrowKeys are the public keys of the first n escrow keys that follow from a
// seed, and the proof that their owner holds them, bound to a context.
func EscrowKeys(suite escrow.Suite, seed [32]byte, n int, context []byte) (public []types.Bytes, possession types.Bytes) {
	secrets := make([]escrow.Secret, n)
	for k := range secrets {
		secrets[k] = escrow.NewSecret(seed, uint32(k))
		public = append(public, suite.Public(secrets[k]))
	}
	return public, suite.Possess(secrets, context)
}
