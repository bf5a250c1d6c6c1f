package signer_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/signer"
)

// Goal: after a handover the old host signs nothing and the new one contradicts
// nothing that the old one signed, whatever both knew before. Method: random
// statements on the old host, a random older state of the new one, crashes of
// both afterwards, and every pair of signatures compared by the rule of
// conviction.
func TestHandover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, fresh := vfs.NewCrashableMem(), vfs.NewCrashableMem()
		a, b := open(t, old), open(t, fresh)
		var signed []types.Statement
		try := func(s *signer.Local, n int) (count int) {
			for range n {
				what := st(types.Kind(rapid.IntRange(1, 5).Draw(t, "kind")), types.View(rapid.IntRange(1, 6).Draw(t, "view")), byte(rapid.IntRange(1, 2).Draw(t, "block")))
				if _, err := s.Sign(what); err == nil {
					signed = append(signed, what)
					count++
				}
			}
			return count
		}
		try(a, rapid.IntRange(0, 12).Draw(t, "before"))
		if rapid.Bool().Draw(t, "an old watermark there") {
			if err := b.Lift(1, types.View(rapid.IntRange(1, 3).Draw(t, "watermark"))); err != nil {
				t.Fatal(err)
			}
		}
		_, floor := b.Floor()
		file, err := a.Give()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := a.Give(); err != nil || !bytes.Equal(file, again) {
			t.Fatalf("given again it differs: %v", err)
		}
		a = open(t, old.CrashClone(vfs.CrashCloneCfg{}))
		if n := try(a, 5); n != 0 || !a.Memory().Retired() {
			t.Fatalf("the old host signed %d statements after the handover", n)
		}
		if _, err := b.Take(file); err != nil {
			t.Fatal(err)
		}
		b = open(t, fresh.CrashClone(vfs.CrashCloneCfg{}))
		if _, v := b.Floor(); v < floor {
			t.Fatalf("the watermark fell from %d to %d", floor, v)
		}
		try(b, 12)
		for i, x := range signed {
			for _, y := range signed[:i] {
				if x != y && x.View == y.View && x.Kind == y.Kind {
					t.Fatalf("%v and %v", x, y)
				}
			}
		}
	})
}

// Goal: a handover that was tampered with, or is of another key or chain, is
// refused, and so is every use of a host that gave its key away. Method: one
// file, changed in each way.
func TestHandoverRefused(t *testing.T) {
	a := open(t, vfs.NewMem())
	for v := range types.View(4) {
		if _, err := a.Sign(st(types.Notarize, v+1, 1)); err != nil {
			t.Fatal(err)
		}
	}
	file, err := a.Give()
	if err != nil {
		t.Fatal(err)
	}
	fs := vfs.NewMem()
	b := open(t, fs)
	if err := signer.Doubt(fs, "home"); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"a view fewer":  []byte(strings.Replace(string(file), `"view": 4`, `"view": 3`, 1)),
		"no JSON":       []byte("{"),
		"another time":  []byte(strings.Replace(string(file), `"version": 1`, `"version": 2`, 1)),
		"another chain": []byte(strings.Replace(string(file), genesis.String(), keys.Hash{1}.String(), 1)),
	} {
		if _, err := b.Take(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	other, err := signer.Open(vfs.NewMem(), "", keys.FromSeed([32]byte{8}), genesis)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Take(file); !errors.Is(err, signer.ErrForeign) {
		t.Errorf("another key: %v", err)
	}
	if _, err := a.Take(file); !errors.Is(err, signer.ErrRetired) {
		t.Errorf("the host that gave it: %v", err)
	}
	if _, err := b.Take(file); err != nil {
		t.Fatal(err)
	}
	if doubt, err := signer.Doubtful(fs, "home"); err != nil || doubt {
		t.Errorf("the doubt stays: %v", err)
	}
	m, err := signer.Inspect(fs, "home")
	if err != nil || len(m.Said) != 4 {
		t.Fatalf("%v, %v", m, err)
	}
	if e, v := m.Last(); e != 1 || v != 4 {
		t.Errorf("last place %d/%d, want 1/4", e, v)
	}
}

// Goal: the watermark rises over what the chain shows and the journal does not
// know, and stays where the journal is whole. Method: a block with a vote by a
// key's bit, a nullification and a proposal, against a whole, a lost and a cut
// journal.
func TestCover(t *testing.T) {
	roster := &types.Roster{Epoch: 1, Members: []types.Member{{Key: keys.PublicKey{1}}, {Key: key.Public()}}}
	bits := func(b byte) types.Bytes { return types.Bytes{b} }
	block := &types.Block{Header: types.Header{Epoch: 1, View: 7, Height: 3}, Signature: keys.Signature{1}}
	block.Body.Votes = []types.Certificate{
		{Statement: st(types.Notarize, 5, 1), Signers: bits(3)},
		{Statement: st(types.Finalize, 9, 1), Signers: bits(1)}, // the other's
	}
	null := types.Certificate{Statement: st(types.Nullify, 6, 0), Signers: bits(2)}
	block.Body.Views = []types.ViewRecord{{Epoch: 1, View: 6, Nullification: &null}}
	shown := signer.Shown(key.Public(), func(e types.Epoch) *types.Roster {
		if e != 1 {
			return nil
		}
		return roster
	}, func(h *types.Header) bool { return h.View == 7 }, []*types.Block{block}, []types.Certificate{{Statement: st(types.Notarize, 2, 1), Signers: bits(2)}})
	if len(shown) != 4 {
		t.Fatalf("shown: %v", shown)
	}

	whole := open(t, vfs.NewMem())
	for _, s := range shown {
		if _, err := whole.Sign(s); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, moved, err := whole.Cover(shown); err != nil || moved {
		t.Fatalf("a whole journal was lifted: %v", err)
	}
	if n := len(whole.Said(1)); n != 4 {
		t.Fatalf("%d statements left, want 4", n)
	}

	lost := open(t, vfs.NewMem())
	_, v, moved, err := lost.Cover(shown)
	if err != nil || !moved || v != 7 {
		t.Fatalf("lost journal: lifted to %d, %v", v, err)
	}
	for view := range types.View(7) {
		if _, err := lost.Sign(st(types.Nullify, view+1, 0)); !errors.Is(err, signer.ErrFloor) {
			t.Errorf("view %d: %v", view+1, err)
		}
	}
	if _, err := lost.Sign(st(types.Nullify, 8, 0)); err != nil {
		t.Error(err)
	}
}

// Goal: a key in doubt signs nothing until it has listened long enough in touch
// with the chain, and never after it heard a twin. Method: a clock by hand.
func TestWait(t *testing.T) {
	fs := vfs.NewMem()
	if doubt, err := signer.Doubtful(fs, "home"); err != nil || !doubt {
		t.Fatalf("without a journal there is no doubt: %v", err)
	}
	s := open(t, fs)
	if doubt, _ := signer.Doubtful(fs, "home"); doubt {
		t.Fatal("a journal is doubted")
	}
	own := st(types.Notarize, 1, 1)
	if _, err := s.Sign(own); err != nil {
		t.Fatal(err)
	}
	w := signer.NewWait(s, 1000, s.Known)
	step := func(now types.Time, inTouch bool, want types.Time) {
		t.Helper()
		if left, _ := w.Listened(now, inTouch, 1, 5); left != want {
			t.Fatalf("at %d: %d ms left, want %d", now, left, want)
		}
	}
	step(100, true, 1000)
	step(500, true, 600)
	step(900, false, 600) // cut off: the countdown stands still
	step(5000, false, 600)
	step(5000, true, 600)
	if _, err := w.Sign(st(types.Notarize, 2, 1)); !errors.Is(err, signer.ErrWaiting) {
		t.Fatalf("signed while waiting: %v", err)
	}
	if w.Heard(own) {
		t.Fatal("its own statement made a twin")
	}
	step(5600, true, 0)
	if _, err := w.Sign(st(types.Notarize, 5, 1)); !errors.Is(err, signer.ErrWaiting) {
		t.Fatalf("signed in the view in which the wait ended: %v", err)
	}
	if _, err := w.Sign(st(types.Nullify, 5, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Sign(st(types.Notarize, 6, 1)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at   types.View
		left bool
	}{{5, false}, {6, true}, {7, false}} {
		if e, v, left := w.Passed(1, c.at); left != c.left || left && (e != 1 || v != 5) {
			t.Fatalf("in view %d: left %d/%d %v, want 1/5 %v", c.at, e, v, left, c.left)
		}
	}

	w = signer.NewWait(s, 1000, s.Known)
	step(100, true, 1000)
	if _, err := w.Sign(own); err != nil {
		t.Fatalf("what the journal holds is not said again: %v", err)
	}
	if w.Heard(st(types.Finalize, 5, 1)) {
		t.Fatal("an echo of the view in which listening began made a twin")
	}
	if !w.Heard(st(types.Finalize, 9, 1)) || w.Twin() == nil {
		t.Fatal("a twin was not noticed")
	}
	step(9000, true, 1000)
	if _, err := w.Sign(st(types.Notarize, 3, 1)); !errors.Is(err, signer.ErrTwin) {
		t.Fatalf("signed beside a twin: %v", err)
	}
	if w.Refusals() != 1 {
		t.Errorf("%d refusals, want 1", w.Refusals())
	}
}

// Goal: what a key's last host said just before it ended is no twin, though the
// waiting host knew less of the chain when it began to listen. Method: the chain
// moves on in the first quarter of the wait, and after it.
func TestWaitEchoes(t *testing.T) {
	s := open(t, vfs.NewMem())
	w := signer.NewWait(s, 1000, s.Known)
	w.Listened(100, true, 1, 5)
	w.Listened(200, true, 1, 12)
	if w.Heard(st(types.Finalize, 11, 1)) {
		t.Error("an echo made a twin")
	}
	w.Listened(700, true, 1, 40)
	if !w.Heard(st(types.Finalize, 13, 1)) {
		t.Error("a twin was not noticed")
	}
}

// Goal: a member that does not stand where its peers do signs nothing new,
// repeats what its journal holds, and is told that it refused something.
// Method: Hold, with one statement of each kind.
func TestHold(t *testing.T) {
	s := open(t, vfs.NewMem())
	own := st(types.Nullify, 3, 0)
	if _, err := s.Sign(own); err != nil {
		t.Fatal(err)
	}
	w := signer.NewWait(s, 0, s.Known)
	if w.Hold(true); w.Hold(false) {
		t.Error("nothing was refused")
	}
	w.Hold(true)
	if _, err := w.Sign(own); err != nil {
		t.Errorf("an own vote is lost: %v", err)
	}
	if _, err := w.Sign(st(types.Finalize, 4, 1)); !errors.Is(err, signer.ErrApart) {
		t.Errorf("something new: %v", err)
	}
	if w.Refusals() != 0 {
		t.Errorf("%d refusals: being apart is none", w.Refusals())
	}
	if !w.Hold(false) || w.Hold(false) {
		t.Error("what was refused is told once")
	}
	if _, err := w.Sign(st(types.Finalize, 4, 1)); err != nil {
		t.Error(err)
	}
}

// Goal: what others show above the watermark is never contradicted, across a
// restart, and says nothing of views that nobody spoke of. Method: a lost
// journal that learns one statement.
func TestLearn(t *testing.T) {
	fs := vfs.NewMem()
	s := open(t, fs)
	if err := s.Learn([]types.Statement{st(types.Finalize, 5, 1), st(types.Finalize, 5, 1)}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*signer.Local{s, open(t, fs)} {
		if n := len(s.Said(1)); n != 1 {
			t.Errorf("%d statements, want 1", n)
		}
		for _, bad := range []types.Statement{st(types.Nullify, 5, 0), st(types.Notarize, 5, 2), st(types.Finalize, 5, 2)} {
			if _, err := s.Sign(bad); !errors.Is(err, signer.ErrConflict) {
				t.Errorf("%v: %v", bad, err)
			}
		}
	}
	if _, err := s.Sign(st(types.Nullify, 4, 0)); err != nil {
		t.Error(err)
	}
}
