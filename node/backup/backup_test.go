package backup_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/node/backup"
	"probity/node/signer"
	"probity/node/signer/keystore"
)

const phrase = "for the safe"

// house makes a home with keys and a genesis, as init does.
func house(t testing.TB, chain string) (home string, g keys.Hash) {
	t.Helper()
	home = t.TempDir()
	store, err := keystore.Create(filepath.Join(home, "keys"), "a test", keystore.Options{LogN: keystore.WorkCheap})
	if err != nil {
		t.Fatal(err)
	}
	k := node.DeriveKeys([32]byte{1})
	spec := node.GenesisSpec{Chain: chain, Members: []node.GenesisMember{{Keys: k, REP: types.Whole(10)}}}
	file, err := node.GenesisFile(spec)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := node.NewGenesis(spec)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"genesis.json": file, "config.toml": []byte("chain = \"" + chain + "\"\n")} {
		if err := os.WriteFile(filepath.Join(home, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(home, "signer"), 0o700); err != nil {
		t.Fatal(err)
	}
	_ = store
	return home, parsed.Hash()
}

// sign has the home's signer sign a Notarize in each view.
func sign(t testing.TB, home string, g keys.Hash, views ...types.View) {
	t.Helper()
	s, err := signer.Open(vfs.Default, filepath.Join(home, "signer"), keys.FromSeed([32]byte{2}), g)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		if _, err := s.Sign(types.Statement{Kind: types.Notarize, Epoch: 1, View: v, Digest: keys.Hash{1}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func create(t testing.TB, home string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := backup.Create(&b, home, phrase, backup.Options{LogN: keystore.WorkCheap, Now: time.UnixMilli(0)}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, file []byte) *backup.Backup {
	t.Helper()
	b, err := backup.Open(bytes.NewReader(file), phrase)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Goal: a restored home has the keys, the configuration and the genesis of the
// first, refuses every view that the first had signed, and is in doubt about
// the rest. Method: a home that signed, restored into an empty folder.
func TestRestore(t *testing.T) {
	home, g := house(t, "a")
	sign(t, home, g, 1, 2, 7)
	file := create(t, home)
	to := filepath.Join(t.TempDir(), "new")
	r, err := open(t, file).Restore(to, false)
	if err != nil {
		t.Fatal(err)
	}
	if r.Epoch != 1 || r.View != 7 || !r.Doubt || len(r.Written) != 4 {
		t.Errorf("%+v", r)
	}
	for _, name := range backup.Names {
		want, err := os.ReadFile(filepath.Join(home, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, err)
		}
		st, err := os.Stat(filepath.Join(to, name))
		if err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", name, st.Mode())
		}
	}
	if _, err := keystore.Open(filepath.Join(to, "keys"), "a test"); err != nil {
		t.Error(err)
	}
	s, err := signer.Open(vfs.Default, filepath.Join(to, "signer"), keys.FromSeed([32]byte{2}), g)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(types.Statement{Kind: types.Nullify, Epoch: 1, View: 7}); !errors.Is(err, signer.ErrFloor) {
		t.Errorf("view 7 again: %v", err)
	}
	if doubt, err := signer.Doubtful(vfs.Default, filepath.Join(to, "signer")); err != nil || !doubt {
		t.Errorf("no doubt: %v", err)
	}
}

// Goal: a restore never moves a watermark back, however backup and home follow
// each other. Method: random views signed before the backup and after it, and a
// restore into the same home; no view that was signed may be signed otherwise.
func TestRestoreMovesForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "backup")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		g := keys.Sum([]byte("g"))
		s, err := signer.Open(vfs.Default, dir, keys.FromSeed([32]byte{2}), g)
		if err != nil {
			t.Fatal(err)
		}
		signed := map[types.View]bool{}
		some := func(n int) {
			for range n {
				v := types.View(rapid.IntRange(1, 9).Draw(t, "view"))
				if _, err := s.Sign(types.Statement{Kind: types.Notarize, Epoch: 1, View: v, Digest: keys.Hash{1}}); err == nil {
					signed[v] = true
				}
			}
		}
		some(rapid.IntRange(0, 5).Draw(t, "before"))
		then := s.Memory()
		some(rapid.IntRange(0, 5).Draw(t, "after"))
		_, was := s.Floor()
		if err := s.Merge(then); err != nil {
			t.Fatal(err)
		}
		if _, now := s.Floor(); now < was {
			t.Fatalf("the watermark moved from %d to %d", was, now)
		}
		for v := range signed {
			if _, err := s.Sign(types.Statement{Kind: types.Notarize, Epoch: 1, View: v, Digest: keys.Hash{2}}); err == nil {
				t.Fatalf("another block of view %d was signed", v)
			}
		}
	})
	home, g := house(t, "a")
	sign(t, home, g, 1, 2)
	file := create(t, home)
	sign(t, home, g, 3, 9)
	r, err := open(t, file).Restore(home, false)
	if err != nil || r.View != 9 || r.Doubt || len(r.Kept) != 4 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Goal: what differs is not overwritten, unless told to, and then kept; another
// chain and a key that was given away are refused, with the home untouched.
// Method: one of each.
func TestRestoreRefuses(t *testing.T) {
	home, g := house(t, "a")
	sign(t, home, g, 1)
	file := create(t, home)

	config := filepath.Join(home, "config.toml")
	if err := os.WriteFile(config, []byte("chain = \"b\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, file).Restore(home, false); !errors.Is(err, backup.ErrDiffers) {
		t.Errorf("another file: %v", err)
	}
	r, err := open(t, file).Restore(home, true)
	if err != nil || len(r.Moved) != 1 || r.Moved[0] != config+".1" {
		t.Fatalf("%+v, %v", r, err)
	}
	if old, err := os.ReadFile(config + ".1"); err != nil || string(old) != "chain = \"b\"\n" {
		t.Errorf("the file of before: %q, %v", old, err)
	}

	other, _ := house(t, "another")
	if _, err := open(t, file).Restore(other, true); !errors.Is(err, backup.ErrChain) {
		t.Errorf("another chain: %v", err)
	}

	s, err := signer.Open(vfs.Default, filepath.Join(home, "signer"), keys.FromSeed([32]byte{2}), g)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Give(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, create(t, home)).Restore(t.TempDir(), false); !errors.Is(err, backup.ErrRetired) {
		t.Errorf("a key that was given away: %v", err)
	}
	r, err = open(t, file).Restore(home, true)
	if err != nil {
		t.Fatal(err)
	}
	m, err := signer.Inspect(vfs.Default, filepath.Join(home, "signer"))
	if err != nil || !m.Retired() {
		t.Errorf("an old backup brought a retired key back: %+v, %v, %+v", m, err, r)
	}
}

// Goal: a backup that was changed anywhere, cut, or opened with another
// passphrase is refused. Method: a bit of every 97th byte, every cut of that
// grid, and a wrong passphrase.
func TestDamage(t *testing.T) {
	home, _ := house(t, "a")
	file := create(t, home)
	if _, err := backup.Open(bytes.NewReader(file), "another"); !errors.Is(err, backup.ErrPassphrase) {
		t.Errorf("another passphrase: %v", err)
	}
	for i := 0; i < len(file); i += max(97, len(file)/64) {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		if _, err := backup.Open(bytes.NewReader(bad), phrase); err == nil {
			t.Errorf("byte %d changed: opened", i)
		}
		if _, err := backup.Open(bytes.NewReader(file[:i]), phrase); err == nil {
			t.Errorf("cut to %d bytes: opened", i)
		}
	}
	if _, err := backup.Create(&bytes.Buffer{}, t.TempDir(), phrase, backup.Options{}); !errors.Is(err, backup.ErrNothing) {
		t.Errorf("an empty home: %v", err)
	}
}

// Goal: a journal answers for the key that it was kept for, and for no other: a
// home that takes another member's keys listens before it signs with them.
// Method: a backup restored over a home that was made for itself, whose journal
// is whole.
func TestRestoreOtherKeys(t *testing.T) {
	from, _ := house(t, "a")
	file := create(t, from)
	home, g := house(t, "a")
	sign(t, home, g, 1)
	if doubt, err := signer.Doubtful(vfs.Default, filepath.Join(home, "signer")); err != nil || doubt {
		t.Fatalf("a doubt without reason: %v", err)
	}
	r, err := open(t, file).Restore(home, true)
	if err != nil || !r.Doubt {
		t.Fatalf("%+v, %v", r, err)
	}
	if doubt, err := signer.Doubtful(vfs.Default, filepath.Join(home, "signer")); err != nil || !doubt {
		t.Errorf("the node would sign at once: %v", err)
	}
}
