package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node/signer"
)

// Restored tells what a restore did.
type Restored struct {
	Written []string    `json:"written"` // files
	Kept    []string    `json:"kept"`    // files that were there and are the same
	Moved   []string    `json:"moved"`   // files of before, under their new names
	Epoch   types.Epoch `json:"epoch"`   // of the watermark afterwards
	View    types.View  `json:"view"`
	Doubt   bool        `json:"doubt"` // the node will listen before it signs
}

// Restore writes the files of a backup into a home and raises the watermark of
// its signer. It first looks whether it can, so that a refusal (ErrDiffers,
// ErrChain, ErrRetired) leaves the home as it was. The watermark is written
// before the keys: a crash in between leaves a home without keys.
func (b *Backup) Restore(home string, replace bool) (*Restored, error) {
	if b.Manifest.Signed.Retired() {
		return nil, ErrRetired
	}
	if err := b.belongs(home); err != nil {
		return nil, err
	}
	out := &Restored{}
	var todo []string
	for _, e := range b.Manifest.Files {
		path := filepath.Join(home, filepath.FromSlash(e.Name))
		old, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			todo = append(todo, e.Name)
		case err != nil:
			return nil, fmt.Errorf("restore: %w", err)
		case bytes.Equal(old, b.files[e.Name]):
			out.Kept = append(out.Kept, path)
		case !replace:
			return nil, fmt.Errorf("%s: %w", path, ErrDiffers)
		default:
			todo = append(todo, e.Name)
		}
	}
	if err := b.watermark(home, out, slices.ContainsFunc(todo, ofKeys)); err != nil {
		return nil, err
	}
	for _, name := range todo {
		if err := b.put(home, name, out); err != nil {
			return nil, fmt.Errorf("restore: %w", err)
		}
	}
	return out, nil
}

// belongs refuses a home of another chain.
func (b *Backup) belongs(home string) error {
	text, err := os.ReadFile(filepath.Join(home, "genesis.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	g, err := exec.ParseGenesis(text)
	if err != nil {
		return fmt.Errorf("restore: %s: %w", home, err)
	}
	if g.Hash() != b.Manifest.Genesis {
		return fmt.Errorf("%w: %s, the backup is of %s", ErrChain, g.Chain, b.Manifest.Chain)
	}
	return nil
}

// ofKeys reports whether a file belongs to the keystore.
func ofKeys(name string) bool { return strings.HasPrefix(name, "keys/") }

// watermark raises that of the home's signer to what the backup knows, and
// notes a doubt where the home has no journal of its own, or one that was kept
// for the keys that are replaced. The journal is written without the key, which
// it does not need.
func (b *Backup) watermark(home string, out *Restored, newKeys bool) error {
	dir := filepath.Join(home, "signer")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	doubt, err := signer.Doubtful(vfs.Default, dir)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if doubt = doubt || newKeys; doubt {
		if err := signer.Doubt(vfs.Default, dir); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	s, err := signer.Open(vfs.Default, dir, keys.PrivateKey{}, b.Manifest.Genesis)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if doubt {
		err = s.Lift(b.Manifest.Signed.Last())
	} else {
		err = s.Merge(b.Manifest.Signed)
	}
	out.Doubt = doubt
	out.Epoch, out.View = s.Memory().Last()
	return errors.Join(err, s.Close())
}

// put writes one file, all or nothing, and keeps the one before it.
func (b *Backup) put(home, name string, out *Restored) error {
	path := filepath.Join(home, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		old, err := moveAway(path)
		if err != nil {
			return err
		}
		out.Moved = append(out.Moved, old)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b.files[name])
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	out.Written = append(out.Written, path)
	return nil
}

// moveAway gives a file the first free number behind its name.
func moveAway(path string) (string, error) {
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s.%d", path, i)
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, os.Rename(path, name)
		}
	}
}
