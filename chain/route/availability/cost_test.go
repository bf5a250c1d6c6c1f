package availability_test

import (
	"testing"

	"probity/chain/escrow"
	"probity/chain/route/availability"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/types"
)

// counted counts the panels that are prepared.
type counted struct {
	escrow.Suite
	panels *int
}

func (c counted) Panel(k [][]byte) (*escrow.Panel, error) { *c.panels++; return c.Suite.Panel(k) }

// Goal: a message of a few bytes causes no work by the size of the roster. Method:
// add_salts with a commitment of a wrong length, by an account that registered.
func TestCheapRefusalOfSalts(t *testing.T) {
	n := 0
	w := sealed(t, counted{escrow.Ideal{}, &n}, nil)
	if err := w.Go(1); err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(chaintest.Draft{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Run("alice", "availability", "register", w.Contract("alice", 1, 50, 0, w.Facts.Genesis)); err != nil {
		t.Fatal(err)
	}
	n = 0
	_, err := w.Run("alice", "availability", "add_salts", availability.AddSalts{Epoch: 1, Commitment: types.Bytes{0}, Salts: 1})
	if err == nil || n > 0 {
		t.Fatalf("%v; %d panels prepared", err, n)
	}
}
