package backup

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/node/signer"
	"probity/node/signer/keystore"
)

// Names are the files of a home that a backup holds, those that are there.
var Names = []string{"config.toml", "genesis.json", "keys/" + keystore.File, "keys/" + keystore.Header}

// manifestName is the first entry of every backup.
const manifestName = "manifest.json"

// Bounds of a backup.
const (
	fileMax = 64 << 20 // bytes of one file; the genesis is the largest
	allMax  = 128 << 20
)

// Manifest says what a backup is of.
type Manifest struct {
	Version  int           `json:"version"`
	Chain    string        `json:"chain"`
	Genesis  keys.Hash     `json:"genesis"`
	Created  time.Time     `json:"created"`
	Software string        `json:"software"`
	Files    []Entry       `json:"files"`
	Signed   signer.Memory `json:"signed"` // how far the key had signed when it was made
}

// Entry is one file.
type Entry struct {
	Name string    `json:"name"`
	Size int       `json:"size"`
	Hash keys.Hash `json:"hash"`
}

// Backup is an opened backup.
type Backup struct {
	Manifest Manifest
	files    map[string][]byte
}

// Options of Create.
type Options struct {
	Software string
	LogN     int // scrypt work factor as a power of two; 0: keystore.WorkDefault
	Now      time.Time
}

// Create writes the backup of a home. The home may be in use: its files are
// replaced whole, and a journal that grows meanwhile makes the watermark lower
// than it could be, which Restore reckons with.
func Create(w io.Writer, home, passphrase string, o Options) (*Manifest, error) {
	b, err := gather(home)
	if err != nil {
		return nil, err
	}
	b.Manifest.Software, b.Manifest.Created = o.Software, o.Now.UTC().Truncate(time.Second)
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if o.LogN == 0 {
		o.LogN = keystore.WorkDefault
	}
	to.SetWorkFactor(o.LogN)
	sealed, err := age.Encrypt(w, to)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(b.write(sealed), sealed.Close()); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return &b.Manifest, nil
}

// gather reads the files of a home.
func gather(home string) (*Backup, error) {
	b := &Backup{Manifest: Manifest{Version: 1}, files: map[string][]byte{}}
	for _, name := range Names {
		text, err := os.ReadFile(filepath.Join(home, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("backup: %w", err)
		}
		b.files[name] = text
		b.Manifest.Files = append(b.Manifest.Files, Entry{name, len(text), keys.Sum(text)})
	}
	if b.files["keys/"+keystore.File] == nil {
		return nil, fmt.Errorf("%s: %w", home, ErrNothing)
	}
	g, err := exec.ParseGenesis(b.files["genesis.json"])
	if err != nil {
		return nil, fmt.Errorf("backup: %s: %w", filepath.Join(home, "genesis.json"), err)
	}
	b.Manifest.Chain, b.Manifest.Genesis = g.Chain, g.Hash()
	b.Manifest.Signed, err = signer.Inspect(vfs.Default, filepath.Join(home, "signer"))
	return b, err
}

// write writes the manifest and the files, in the order of the manifest.
func (b *Backup) write(to io.Writer) error {
	w := tar.NewWriter(to)
	put := func(name string, text []byte) error {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(text)), ModTime: b.Manifest.Created}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err := w.Write(text)
		return err
	}
	manifest, err := json.MarshalIndent(&b.Manifest, "", "  ")
	if err == nil {
		err = put(manifestName, manifest)
	}
	for _, e := range b.Manifest.Files {
		if err == nil {
			err = put(e.Name, b.files[e.Name])
		}
	}
	return errors.Join(err, w.Close())
}

// Open decrypts a backup and compares every file with the manifest, to the last
// byte. Errors are ErrPassphrase and ErrDamaged.
func Open(r io.Reader, passphrase string) (*Backup, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	plain, err := age.Decrypt(r, id)
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	raw, err := io.ReadAll(io.LimitReader(plain, allMax+1))
	if err != nil || len(raw) > allMax {
		return nil, fmt.Errorf("%w: cut short or too large", ErrDamaged)
	}
	b := &Backup{files: map[string][]byte{}}
	if err := b.read(raw); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return b, nil
}

// read unpacks what write wrote.
func (b *Backup) read(raw []byte) error {
	r := tar.NewReader(bytes.NewReader(raw))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || h.Size > fileMax {
			return fmt.Errorf("entry %q", h.Name)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if h.Name == manifestName {
			if err := json.Unmarshal(text, &b.Manifest); err != nil {
				return err
			}
			continue
		}
		b.files[h.Name] = text
	}
	return b.check()
}

// check compares the files with the manifest.
func (b *Backup) check() error {
	m := &b.Manifest
	if m.Version != 1 {
		return fmt.Errorf("version %d, this program reads 1", m.Version)
	}
	if len(m.Files) != len(b.files) {
		return fmt.Errorf("%d files, the manifest lists %d", len(b.files), len(m.Files))
	}
	for _, e := range m.Files {
		text, ok := b.files[e.Name]
		if !ok || !slices.Contains(Names, e.Name) || len(text) != e.Size || keys.Sum(text) != e.Hash {
			return fmt.Errorf("file %q is not the one of the manifest", e.Name)
		}
	}
	g, err := exec.ParseGenesis(b.files["genesis.json"])
	if err != nil || g.Hash() != m.Genesis {
		return errors.New("its genesis is not the one of the manifest")
	}
	return nil
}
