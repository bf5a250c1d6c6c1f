package signer_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node/signer"
)

var (
	key     = keys.FromSeed([32]byte{7})
	genesis = keys.Sum([]byte("g"))
)

func open(t interface{ Fatal(...any) }, fs vfs.FS) *signer.Local {
	if err := fs.MkdirAll("home", 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := fs.OpenDir("") // a directory nobody synced is lost with all it holds
	if err != nil {
		t.Fatal(err)
	}
	if err := root.Sync(); err != nil {
		t.Fatal(err)
	}
	s, err := signer.Open(fs, "home", key, genesis)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func st(k types.Kind, v types.View, d byte) types.Statement {
	s := types.Statement{Kind: k, Epoch: 1, View: v}
	if k != types.Nullify {
		s.Digest = keys.Hash{d}
	}
	return s
}

// Goal: each pair that would convict is refused, each legal pair signed.
// Method: the table of spec consensus §6, in both orders.
func TestPairs(t *testing.T) {
	for _, c := range []struct {
		name  string
		a, b  types.Statement
		legal bool
	}{
		{"two proposals", st(types.Propose, 5, 1), st(types.Propose, 5, 2), false},
		{"two notarizes", st(types.Notarize, 5, 1), st(types.Notarize, 5, 2), false},
		{"two finalizes", st(types.Finalize, 5, 1), st(types.Finalize, 5, 2), false},
		{"two rejects", st(types.Reject, 5, 1), st(types.Reject, 5, 2), false},
		{"nullify and finalize", st(types.Nullify, 5, 0), st(types.Finalize, 5, 1), false},
		{"notarize one, finalize another", st(types.Notarize, 5, 2), st(types.Finalize, 5, 1), false},
		{"notarize and reject one block", st(types.Notarize, 5, 1), st(types.Reject, 5, 1), false},
		{"notarize and nullify", st(types.Notarize, 5, 1), st(types.Nullify, 5, 0), true},
		{"notarize one, reject another", st(types.Notarize, 5, 1), st(types.Reject, 5, 2), true},
		{"notarize and finalize", st(types.Notarize, 5, 1), st(types.Finalize, 5, 1), true},
		{"other views", st(types.Nullify, 5, 0), st(types.Finalize, 6, 1), true},
		{"the same again", st(types.Finalize, 5, 1), st(types.Finalize, 5, 1), true},
	} {
		for _, pair := range [][2]types.Statement{{c.a, c.b}, {c.b, c.a}} {
			s := open(t, vfs.NewMem())
			if _, err := s.Sign(pair[0]); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			_, err := s.Sign(pair[1])
			if legal := err == nil; legal != c.legal || !legal && !errors.Is(err, signer.ErrConflict) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// Goal: across crashes at any sync, torn tails included, nothing that was
// handed out is ever contradicted, and what was signed is signed again with
// the same bytes. Method: random statements against a crashable file system;
// each crash keeps the synced data and a random share of the rest.
func TestCrashes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := vfs.NewCrashableMem()
		s := open(t, fs)
		var out []types.Statement
		sigs := map[types.Statement]keys.Signature{}
		for i, n := 0, rapid.IntRange(1, 60).Draw(t, "steps"); i < n; i++ {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				keep := rapid.SampledFrom([]int{0, 100}).Draw(t, "unsynced kept")
				fs = fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: keep, RNG: rand.New(rand.NewPCG(1, 2))})
				s = open(t, fs)
			case 1:
				if err := s.Raise(1, types.View(rapid.IntRange(1, 6).Draw(t, "floor"))); err != nil {
					t.Fatal(err)
				}
			default:
				x := st(types.Kind(rapid.IntRange(1, 5).Draw(t, "kind")), types.View(rapid.IntRange(1, 6).Draw(t, "view")), byte(rapid.IntRange(1, 2).Draw(t, "digest")))
				sig, err := s.Sign(x)
				if err != nil {
					continue
				}
				for _, old := range out {
					if consensus.Conflict(old, x) {
						t.Fatalf("signed %v after %v", x, old)
					}
				}
				if before, ok := sigs[x]; ok && before != sig {
					t.Fatalf("%v signed with other bytes", x)
				}
				sigs[x], out = sig, append(out, x)
			}
		}
	})
}

// Goal: the watermark refuses what lies at or below it after the records are
// gone, and survives a restart. Method: sign until the journal is worth
// compacting, raise, reopen.
func TestWatermark(t *testing.T) {
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
	s = open(t, fs)
	if _, err := s.Sign(st(types.Finalize, 700, 1)); !errors.Is(err, signer.ErrFloor) {
		t.Fatalf("got %v", err)
	}
	if _, err := s.Sign(st(types.Finalize, 701, 1)); !errors.Is(err, signer.ErrConflict) {
		t.Fatalf("got %v", err)
	}
	if said := s.Said(1); len(said) != 100 {
		t.Fatalf("%d records left", len(said))
	}
}

// Goal: a damaged journal is not trusted, a torn last record is dropped.
// Method: flip a byte in the middle; cut the end.
func TestDamage(t *testing.T) {
	write := func(edit func([]byte) []byte) error {
		fs := vfs.NewMem()
		s := open(t, fs)
		for v := types.View(1); v <= 3; v++ {
			if _, err := s.Sign(st(types.Nullify, v, 0)); err != nil {
				t.Fatal(err)
			}
		}
		f, err := fs.Open("home/signer.log")
		if err != nil {
			t.Fatal(err)
		}
		info, _ := f.Stat()
		b := make([]byte, info.Size())
		if _, err := f.ReadAt(b, 0); err != nil {
			t.Fatal(err)
		}
		b = edit(b)
		w, err := fs.Create("home/signer.log", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		_, err = signer.Open(fs, "home", key, genesis)
		return err
	}
	if err := write(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }); !errors.Is(err, signer.ErrJournal) {
		t.Errorf("flipped byte: %v", err)
	}
	if err := write(func(b []byte) []byte { return b[:len(b)-3] }); err != nil {
		t.Errorf("torn tail: %v", err)
	}
}

// Goal: Prove is no way round the journal. Method: a vote's string is refused,
// a registration's is signed.
func TestProve(t *testing.T) {
	s := open(t, vfs.NewMem())
	if _, err := s.Prove(st(types.Finalize, 5, 1).SignBytes(genesis)); !errors.Is(err, signer.ErrKind) {
		t.Fatalf("got %v", err)
	}
	msg := keys.SignBytes("bench", genesis, []byte("x"))
	sig, err := s.Prove(msg)
	if err != nil || !keys.Verify(keys.Signed{Key: key.Public(), Message: msg, Signature: sig}) {
		t.Fatalf("registration: %v", err)
	}
}

func BenchmarkSign(b *testing.B) {
	fs := vfs.Default
	dir := b.TempDir()
	s, err := signer.Open(fs, dir, key, genesis)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < b.N; i++ {
		if _, err := s.Sign(st(types.Nullify, types.View(i+1), 0)); err != nil {
			b.Fatal(err)
		}
	}
}
