package escrow_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"probity/chain/escrow"
)

// Goal: a proof of possession shows every secret, in order and context. Method:
// damage, a missing secret, keys exchanged, added, doubled, malformed.
func TestPossession(t *testing.T) {
	each(t, []int{1, 2, 43}, func(t *testing.T, k kit) {
		public := make([][]byte, len(k.secrets))
		for i := range public {
			public[i] = k.panel.Key(i)
		}
		context := []byte("registration of alice")
		proof := k.Possess(k.secrets, context)
		if err := k.Possessed(public, context, proof); err != nil || len(proof) != escrow.ProofBytes {
			t.Fatal(err)
		}
		refuse := func(what string, want error, public [][]byte, context, proof []byte) {
			t.Helper()
			if err := k.Possessed(public, context, proof); !errors.Is(err, want) {
				t.Errorf("%s: %v", what, err)
			}
		}
		for i := range proof {
			refuse(fmt.Sprintf("bit at %d", i), escrow.ErrPossession, public, context, changed(proof, i))
		}
		refuse("context", escrow.ErrPossession, public, []byte("registration of bob"), proof)
		refuse("length", escrow.ErrPossession, public, context, proof[:63])
		refuse("no keys", escrow.ErrKeys, nil, context, k.Possess(nil, context))
		refuse("short key", escrow.ErrKeys, [][]byte{public[0][:31]}, context, proof)
		refuse("identity", escrow.ErrKeys, [][]byte{make([]byte, 32)}, context, proof)
		refuse("doubled", escrow.ErrKeys, append(slices.Clone(public), public[0]), context, k.Possess(append(slices.Clone(k.secrets), k.secrets[0]), context))
		stranger := slices.Clone(public)
		stranger[len(public)-1] = k.Public(escrow.NewSecret([32]byte{9}, 0))
		refuse("a key without its secret", escrow.ErrPossession, stranger, context, proof)
		if len(public) > 1 {
			swapped := slices.Clone(public)
			swapped[0], swapped[1] = swapped[1], swapped[0]
			refuse("exchanged", escrow.ErrPossession, swapped, context, proof)
			refuse("fewer", escrow.ErrPossession, public[1:], context, proof)
		}
	})
}

// Goal: only keys that can hold tickets make a panel. Method: one case a rule.
func TestPanelRefuses(t *testing.T) {
	real := escrow.DHPVSS.Public(escrow.NewSecret([32]byte{1}, 0))
	ideal := escrow.Ideal{}.Public(escrow.NewSecret([32]byte{1}, 0))
	many := make([][]byte, escrow.MaxTickets+1)
	for i := range many {
		many[i] = escrow.Ideal{}.Public(escrow.NewSecret([32]byte{1}, uint32(i)))
	}
	for name, public := range map[string][][]byte{
		"none": nil, "nil": {nil}, "short": {real[:31]}, "identity": {make([]byte, 32)}, "doubled": {real, real},
		"mixed": {real, ideal}, "many": many, "no point": {bytes.Repeat([]byte{1}, 32)},
	} {
		if _, err := escrow.DHPVSS.Panel(public); !errors.Is(err, escrow.ErrPanel) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (escrow.Ideal{}).Panel(many[1:]); err != nil {
		t.Error(err)
	}
}

// Goal: the suites refuse each other's panels, dealings and shares. Method:
// each with the other's, everything crosswise.
func TestSuitesDoNotMix(t *testing.T) {
	a, b := newKit(t, escrow.DHPVSS, 3, 0), newKit(t, escrow.Ideal{}, 3, 0)
	for _, c := range []struct{ suite, of kit }{{a, b}, {b, a}} {
		k, of := c.suite, c.of
		if k.Deal(of.panel, k.at, k.seed) != nil {
			t.Error("dealt to the other suite's panel")
		}
		for _, d := range [][]byte{k.dealing, of.dealing} {
			if k.Verify(of.panel, k.at, d) == nil || k.CheckShare(of.panel, k.at, d, k.share(0)) == nil {
				t.Error("verified for the other suite's panel")
			}
			if _, err := k.Recover(of.panel, k.at, d, []escrow.Share{k.share(0), k.share(1)}); err == nil {
				t.Error("recovered for the other suite's panel")
			}
		}
		if k.Verify(k.panel, k.at, of.dealing) == nil || k.CheckShare(k.panel, k.at, k.dealing, of.share(0)) == nil {
			t.Error("verified the other suite's bytes")
		}
		if k.Possessed([][]byte{of.panel.Key(0)}, nil, of.Possess(of.secrets[:1], nil)) == nil {
			t.Error("took the other suite's key")
		}
	}
}
