package signer_test

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/signer"
)

// dealt is a salt that is dealt to four tickets, of which the signer has the
// second and the third.
type dealt struct {
	escrow.Suite
	at      escrow.Place
	panel   *escrow.Panel
	dealing []byte
	salt    [escrow.SaltBytes]byte
}

var escrowSeed = [32]byte{3}

func newDealt(t *testing.T, suite escrow.Suite, e types.Epoch) dealt {
	t.Helper()
	own, _ := signer.EscrowKeys(suite, escrowSeed, 2, nil)
	other, _ := signer.EscrowKeys(suite, [32]byte{4}, 2, nil)
	panel, err := suite.Panel([][]byte{other[0], own[0], own[1], other[1]})
	if err != nil {
		t.Fatal(err)
	}
	d := dealt{Suite: suite, at: escrow.Place{Bound: genesis, Epoch: uint64(e), ASC: keys.Sum([]byte("asc"))}, panel: panel}
	d.dealing = suite.Deal(panel, d.at, [32]byte{5})
	if d.salt, err = suite.Open(d.at, d.dealing, suite.Reveal(d.at, [32]byte{5}, d.dealing)); err != nil {
		t.Fatal(err)
	}
	return d
}

// Goal: shares leave the signer only after the Nullify of their view, in its epoch,
// and are those of its own tickets, always the same. Method: ask before, after, for
// other views and epochs, across a restart, and below the watermark.
func TestShareNeedsNullify(t *testing.T) {
	for name, suite := range map[string]escrow.Suite{"ideal": escrow.Ideal{}, "DHPVSS": escrow.DHPVSS} {
		t.Run(name, func(t *testing.T) {
			d := newDealt(t, suite, 1)
			fs := vfs.NewMem()
			s := open(t, fs)
			if _, err := s.Sign(st(types.Nullify, 5, 0)); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Share(1, 5, d.at, d.dealing, 1, 2); err == nil || errors.Is(err, signer.ErrEarly) {
				t.Fatalf("without escrow keys: %v, %v", got, err)
			}
			s.Keep(suite, escrowSeed)
			for _, k := range []types.Kind{types.Notarize, types.Reject} { // no Nullify
				if _, err := s.Sign(st(k, 6, byte(k))); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Sign(st(types.Finalize, 7, 1)); err != nil {
				t.Fatal(err)
			}
			elsewhere := d.at
			elsewhere.Epoch = 2
			before := s.Refusals()
			for what, ask := range map[string]struct {
				e  types.Epoch
				v  types.View
				at escrow.Place
			}{
				"a view without votes":      {1, 4, d.at},
				"notarized and rejected":    {1, 6, d.at},
				"finalized":                 {1, 7, d.at},
				"of another epoch":          {2, 5, elsewhere},
				"in the place of another":   {1, 5, elsewhere},
				"of this place, as another": {2, 5, d.at},
				"epoch 0":                   {0, 5, escrow.Place{}},
			} {
				if got, err := s.Share(ask.e, ask.v, ask.at, d.dealing, 1, 2); !errors.Is(err, signer.ErrEarly) || len(got) != 0 {
					t.Errorf("%s: %d shares, %v", what, len(got), err)
				}
			}
			if n := s.Refusals() - before; n != 7 {
				t.Errorf("%d refusals counted", n)
			}
			for _, count := range []int{-1, signer.KeysMax + 1, 1 << 30} {
				if got, err := s.Share(1, 5, d.at, d.dealing, 1, count); err == nil || len(got) != 0 {
					t.Errorf("%d tickets: %v", count, err)
				}
			}
			first, err := s.Share(1, 5, d.at, d.dealing, 1, 2)
			if err != nil || len(first) != 2 {
				t.Fatalf("%d shares, %v", len(first), err)
			}
			for i := range first {
				if err := suite.CheckShare(d.panel, d.at, d.dealing, first[i]); err != nil || first[i].Ticket != uint32(1+i) {
					t.Errorf("share of ticket %d: %v", first[i].Ticket, err)
				}
			}
			if salt, err := suite.Recover(d.panel, d.at, d.dealing, first); err != nil || salt != d.salt {
				t.Errorf("they open %x, %v", salt, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, fs)
			s.Keep(suite, escrowSeed)
			again, err := s.Share(1, 5, d.at, d.dealing, 1, 2)
			if err != nil || len(again) != 2 || again[0] != first[0] || again[1] != first[1] {
				t.Errorf("after a restart: %v, %v", again, err)
			}
			if none, err := s.Share(1, 5, d.at, d.dealing, 1, 0); err != nil || len(none) != 0 {
				t.Errorf("no tickets: %v, %v", none, err)
			}
		})
	}
}

// Goal: below the watermark nothing is known to have been nullified, so nothing is
// shared. Method: nullify many views, raise the watermark past some, restart.
func TestShareBelowTheWatermark(t *testing.T) {
	d := newDealt(t, escrow.Ideal{}, 1)
	fs := vfs.NewMem()
	s := open(t, fs)
	for v := types.View(1); v <= 800; v++ {
		if _, err := s.Sign(st(types.Nullify, v, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Raise(1, 700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.Keep(escrow.Ideal{}, escrowSeed)
		for v, want := range map[types.View]error{1: signer.ErrEarly, 700: signer.ErrEarly, 701: nil, 800: nil, 801: signer.ErrEarly} {
			if _, err := s.Share(1, v, d.at, d.dealing, 1, 2); !errors.Is(err, want) {
				t.Errorf("view %d: %v", v, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, fs)
	}
}

// Goal: a Nullify that was not journaled releases nothing. Method: the disk refuses
// to write.
func TestShareAfterAFailedJournal(t *testing.T) {
	d := newDealt(t, escrow.Ideal{}, 1)
	s := open(t, vfs.NewMem())
	s.Keep(escrow.Ideal{}, escrowSeed)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(st(types.Nullify, 5, 0)); err == nil {
		t.Fatal("signed without a journal")
	}
	if got, err := s.Share(1, 5, d.at, d.dealing, 1, 2); !errors.Is(err, signer.ErrEarly) || len(got) != 0 {
		t.Errorf("%d shares, %v", len(got), err)
	}
}
