package keystore_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"probity/chain/keys"
	"probity/node/signer/keystore"
)

var cheap = keystore.Options{LogN: keystore.WorkCheap}

// A home's keystore is made once, opened with its passphrase, and listed
// without it.
func Example() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	made, err := keystore.Create(dir, "a long sentence", cheap)
	if err != nil {
		panic(err)
	}
	opened, err := keystore.Open(dir, "a long sentence")
	if err != nil {
		panic(err)
	}
	fmt.Println(opened.Seed(keystore.Consensus) == made.Seed(keystore.Consensus))
	list, err := keystore.List(dir)
	if err != nil {
		panic(err)
	}
	for _, p := range list {
		fmt.Println(p.Role, p.Standing)
	}
	// Output:
	// true
	// account active
	// consensus active
	// network active
	// beacon active
}

func create(t *testing.T) (dir string, s *keystore.Store) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "keys")
	s, err := keystore.Create(dir, "right", cheap)
	if err != nil {
		t.Fatal(err)
	}
	return dir, s
}

// Goal: a keystore is never overwritten and its files are their owner's.
// Method: a second Create; the modes of all files; nothing else is left over.
func TestCreateOnce(t *testing.T) {
	dir, first := create(t)
	if _, err := keystore.Create(dir, "other", cheap); !errors.Is(err, keystore.ErrExists) {
		t.Fatalf("second create: %v", err)
	}
	again, err := keystore.Open(dir, "right")
	if err != nil {
		t.Fatal(err)
	}
	if again.Seed(keystore.Account) != first.Seed(keystore.Account) {
		t.Fatal("the second create changed a key")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 {
		t.Fatalf("%d files, want 2", len(entries))
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", e.Name(), info.Mode().Perm())
		}
	}
}

// Goal: what cannot be opened is refused with the reason. Method: one broken
// thing each.
func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(dir string) string // answers the passphrase
		want  error
	}{
		{"wrong passphrase", func(string) string { return "wrong" }, keystore.ErrPassphrase},
		{"empty passphrase", func(string) string { return "" }, keystore.ErrEmpty},
		{"missing", func(dir string) string { os.Remove(filepath.Join(dir, keystore.File)); return "right" }, keystore.ErrMissing},
		{"cut short", func(dir string) string { cut(dir, 20); return "right" }, keystore.ErrDamaged},
		{"one bit", func(dir string) string { flip(dir); return "right" }, keystore.ErrDamaged},
	} {
		dir, _ := create(t)
		if _, err := keystore.Open(dir, c.spoil(dir)); !errors.Is(err, c.want) || strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func cut(dir string, n int) {
	path := filepath.Join(dir, keystore.File)
	b, _ := os.ReadFile(path)
	_ = os.WriteFile(path, b[:len(b)-n], 0o600)
}

func flip(dir string) {
	path := filepath.Join(dir, keystore.File)
	b, _ := os.ReadFile(path)
	b[len(b)-1] ^= 1
	_ = os.WriteFile(path, b, 0o600)
}

// Goal: the list holds every public part and no secret. Method: compare it
// with the keys, and look for each seed in both files.
func TestListIsPublic(t *testing.T) {
	dir, s := create(t)
	list, err := keystore.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if p.Role == keystore.Beacon {
			if p.Key != nil {
				t.Error("the beacon's secret has a public part")
			}
			continue
		}
		if *p.Key != s.Key(p.Role).Public() {
			t.Errorf("%s: wrong public key", p.Role)
		}
	}
	if *list[0].Address != s.Key(keystore.Account).Public().Address() {
		t.Error("wrong address")
	}
	for _, name := range []string{keystore.File, keystore.Header} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range keystore.Roles {
			seed := s.Seed(role)
			if bytes.Contains(b, seed[:]) || strings.Contains(string(b), keys.Hash(seed).String()[2:]) {
				t.Errorf("%s shows the seed of %s", name, role)
			}
		}
	}
}

// Goal: a list left behind by a crash is mended. Method: remove it, open.
func TestListIsMended(t *testing.T) {
	dir, _ := create(t)
	if err := os.Remove(filepath.Join(dir, keystore.Header)); err != nil {
		t.Fatal(err)
	}
	if _, err := keystore.Open(dir, "right"); err != nil {
		t.Fatal(err)
	}
	if list, err := keystore.List(dir); err != nil || len(list) != 4 {
		t.Fatalf("%v, %v", list, err)
	}
}

// Goal: rotation keeps the old key until the new one is activated, and keeps
// it still then. Method: the three states, each read again from the disk.
func TestRotate(t *testing.T) {
	dir, s := create(t)
	old := s.Key(keystore.Consensus).Public()
	if _, err := s.Activate(keystore.Consensus); !errors.Is(err, keystore.ErrRole) {
		t.Fatalf("activate without rotate: %v", err)
	}
	next, err := s.Rotate(keystore.Consensus)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Rotate(keystore.Consensus); err != nil || *again.Key != *next.Key {
		t.Fatalf("a second rotate made another key: %v", err)
	}
	s = reopen(t, dir)
	if s.Key(keystore.Consensus).Public() != old {
		t.Fatal("rotate replaced the key")
	}
	if k, ok := s.Next(keystore.Consensus); !ok || k.Public() != *next.Key {
		t.Fatal("the new key is not there")
	}
	if _, err := s.Activate(keystore.Consensus); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, dir)
	if s.Key(keystore.Consensus).Public() != *next.Key {
		t.Fatal("activate did not take up the key")
	}
	kept := false
	for _, p := range s.Keys() {
		kept = kept || p.Standing == keystore.Retired && *p.Key == old
	}
	if !kept {
		t.Fatal("the old key is gone")
	}
}

func reopen(t *testing.T, dir string) *keystore.Store {
	t.Helper()
	s, err := keystore.Open(dir, "right")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Goal: an exported key arrives whole in another keystore, which keeps its own.
// Method: export, import, and the refusals on the way.
func TestExportImport(t *testing.T) {
	_, from := create(t)
	dir, to := create(t)
	own := to.Key(keystore.Account).Public()
	text, err := from.Export(keystore.Account, "for the road")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Import(bytes.NewReader(text), "right"); !errors.Is(err, keystore.ErrPassphrase) {
		t.Fatalf("another passphrase: %v", err)
	}
	if _, err := to.Import(strings.NewReader("no key"), "right"); err == nil {
		t.Fatal("text that is no key was taken")
	}
	if _, err := from.Import(bytes.NewReader(text), "for the road"); !errors.Is(err, keystore.ErrHeld) {
		t.Fatalf("a key that is there: %v", err)
	}
	if _, err := to.Import(bytes.NewReader(text), "for the road"); err != nil {
		t.Fatal(err)
	}
	to = reopen(t, dir)
	if to.Seed(keystore.Account) != from.Seed(keystore.Account) {
		t.Fatal("another key arrived")
	}
	kept := false
	for _, p := range to.Keys() {
		kept = kept || p.Standing == keystore.Retired && *p.Key == own
	}
	if !kept {
		t.Fatal("the key before it is gone")
	}
}

// Goal: a passphrase is taken from the first place that is given. Method: all
// places at once, then one fewer each time.
func TestSource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEST_PASSPHRASE", "from the environment")
	prompts := []string{"typed", "typed", "typed", "mistyped"}
	s := keystore.Source{File: file, Env: "TEST_PASSPHRASE", Prompt: func(string) (string, error) {
		p := prompts[0]
		prompts = prompts[1:]
		return p, nil
	}}
	ask := func(want string) {
		t.Helper()
		if got, err := s.Read("passphrase", true); got != want {
			t.Fatalf("%q, %v, want %q", got, err, want)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("from a descriptor\n"); err != nil {
		t.Fatal(err)
	}
	if s.FD, err = syscall.Dup(int(r.Fd())); err != nil { // Read closes it
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	ask("from a descriptor")
	s.FD = 0
	ask("from a file")
	s.File = ""
	ask("from the environment")
	s.Env = "TEST_PASSPHRASE_NONE"
	ask("typed")
	ask("") // the second time differs
	s.Prompt = nil
	if _, err := s.Read("passphrase", false); !errors.Is(err, keystore.ErrNoPassphrase) {
		t.Fatal(err)
	}
}
