package sim

import (
	"errors"
	"strings"
	"testing"

	"probity/chain/types"
)

// dumpOf plays until the last block of an epoch and takes the state behind it.
func dumpOf(t *testing.T, epoch types.Epoch) *Dump {
	t.Helper()
	r, err := setup(Config{Seed: 11, Nodes: 4, Quiet: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.finish()
	m := r.members[0]
	var d *Dump
	done := func() bool {
		if m.core == nil || m.plan == nil || m.plan.Epoch != epoch || m.core.Height() != m.plan.Last() {
			return false
		}
		h, _ := m.core.Base()
		d = &Dump{Chain: r.genesis.Chain, Header: h}
		m.state.Range(nil, nil, func(k, v []byte) bool {
			d.Items = append(d.Items, Item{append(types.Bytes{}, k...), append(types.Bytes{}, v...)})
			return true
		})
		return true
	}
	if err := r.play(r.now+60_000, done); err != nil {
		t.Fatal(err)
	}
	if d == nil {
		t.Fatal("no epoch ended")
	}
	return d
}

// Goal: a simulation goes on from a chain's state, with its weights and none of
// its keys, into later epochs with salts of their own. Method: the state after an
// epoch of one run is the beginning of another, with trouble, twice.
func TestFork(t *testing.T) {
	d := dumpOf(t, 2)
	cfg := Config{Seed: 3, Fork: d, Chaos: 4000, First: true}
	a, err := Run(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range a.Violations {
		t.Errorf("%s at %d: %s", v.Oracle, v.At, v.Text)
	}
	if a.Nodes != 4 || a.Height < d.Header.Height+30 {
		t.Errorf("%d nodes, height %d from %d on", a.Nodes, a.Height, d.Header.Height)
	}
	b, err := Run(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash != b.Hash {
		t.Errorf("two runs give %s and %s", a.Hash, b.Hash)
	}
	t.Logf("from height %d to %d, %d views, %d crashes, faults %v", d.Header.Height, a.Height, a.Views, a.Crashes, a.Faults)
}

// Goal: a dump that is not the state of its header, or not the end of an epoch,
// is refused with one line. Method: a dump with an item gone, and one of another height.
func TestForkRefuses(t *testing.T) {
	d := dumpOf(t, 1)
	short := *d
	short.Items = d.Items[1:]
	early := *d
	early.Header.Height--
	for text, bad := range map[string]*Dump{"have the root": &short, "is not the last of epoch": &early} {
		_, err := Run(Config{Seed: 1, Fork: bad})
		if !errors.Is(err, ErrFork) || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %q, got %v", text, err)
		}
	}
}
