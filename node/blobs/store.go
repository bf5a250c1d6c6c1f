package blobs

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lukechampine.com/blake3/bao"

	"probity/chain/keys"
)

// A piece is what is proven and sent as one: 2¹⁰ chunks of BLAKE3's 1,024 bytes.
const (
	group = 10
	piece = 1 << 20
)

// DefaultMax is the bound of a node's store.
const DefaultMax = 4 << 30

// Store is a folder of content. The files of an address are its 64 hex digits
// for the content, with .tree for the hashes above its pieces, with .part for
// what is being fetched. Its methods may be called from many goroutines.
type Store struct {
	dir string
	max int64
}

// Open makes a store of a folder, which is created when something is put there.
// max bounds the bytes of all files; 0: DefaultMax.
func Open(dir string, max int64) *Store {
	if max == 0 {
		max = DefaultMax
	}
	return &Store{dir, max}
}

func (s *Store) path(h keys.Hash) string { return filepath.Join(s.dir, hex.EncodeToString(h[:])) }
func (s *Store) tree(h keys.Hash) string { return s.path(h) + ".tree" }
func (s *Store) part(h keys.Hash) string { return s.path(h) + ".part" }

// Blob is one content of a store.
type Blob struct {
	Hash  keys.Hash `json:"hash"`
	Bytes int64     `json:"bytes"`
}

// List tells what is there, by address.
func (s *Store) List() ([]Blob, error) {
	out := []Blob{}
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list content: %w", err)
	}
	for _, e := range entries {
		h, ok := address(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it went away
		}
		out = append(out, Blob{h, info.Size()})
	}
	slices.SortFunc(out, func(a, b Blob) int { return strings.Compare(a.Hash.String(), b.Hash.String()) })
	return out, nil
}

func address(name string) (h keys.Hash, ok bool) {
	b, err := hex.DecodeString(name)
	if err != nil || len(b) != len(h) || hex.EncodeToString(b) != name {
		return h, false
	}
	return keys.Hash(b), true
}

// used is the size of all files.
func (s *Store) used() (n int64, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("measure content: %w", err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n, nil
}

// room refuses content that would not fit beside what is there; have is how much
// of it is there already.
func (s *Store) room(size, have int64) error {
	used, err := s.used()
	if err != nil {
		return err
	}
	need := int64(bao.EncodedSize(int(size), group, true)) + size - have
	if size < 0 || used+need > s.max {
		return fmt.Errorf("%w: %d bytes beside %d, at most %d", ErrFull, need, used, s.max)
	}
	return nil
}

// Open reads content. The caller closes it. ErrUnknown where it is not here.
func (s *Store) Open(h keys.Hash) (*os.File, error) {
	f, err := os.Open(s.path(h))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, h)
	}
	if err != nil {
		return nil, fmt.Errorf("open content: %w", err)
	}
	return f, nil
}

// Size is the length of content; ErrUnknown where it is not here.
func (s *Store) Size(h keys.Hash) (int64, error) {
	info, err := os.Stat(s.path(h))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: %s", ErrUnknown, h)
	}
	if err != nil {
		return 0, fmt.Errorf("measure content: %w", err)
	}
	return info.Size(), nil
}

// Pin keeps the content of a file, for others to fetch, and returns its address.
func (s *Store) Pin(path string) (b Blob, err error) {
	in, err := os.Open(path)
	if err != nil {
		return b, fmt.Errorf("pin: %w", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return b, fmt.Errorf("pin: %w", err)
	}
	if !info.Mode().IsRegular() {
		return b, fmt.Errorf("pin: %s is not a file", path)
	}
	b.Bytes = info.Size()
	if err := s.room(b.Bytes, 0); err != nil {
		return b, err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return b, fmt.Errorf("pin: %w", err)
	}
	tmp, err := os.CreateTemp(s.dir, "pin-*")
	if err != nil {
		return b, fmt.Errorf("pin: %w", err)
	}
	defer os.Remove(tmp.Name()) // gone already where it was taken in
	if _, err := io.Copy(tmp, in); err != nil {
		return b, errors.Join(fmt.Errorf("pin: %w", err), tmp.Close())
	}
	if err := tmp.Close(); err != nil {
		return b, fmt.Errorf("pin: %w", err)
	}
	b.Hash, err = s.takeIn(tmp.Name(), nil)
	return b, err
}

// takeIn makes a whole file content: it works out its tree, and gives both their
// names, the tree first, so that what has a name can be served. A file of another
// address than want is refused.
func (s *Store) takeIn(path string, want *keys.Hash) (h keys.Hash, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return h, fmt.Errorf("take in content: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return h, fmt.Errorf("take in content: %w", err)
	}
	tree := &buffer{b: make([]byte, bao.EncodedSize(int(info.Size()), group, true))}
	if h, err = bao.Encode(tree, f, info.Size(), group, true); err != nil {
		return h, fmt.Errorf("take in content: %w", err)
	}
	if want != nil && h != *want {
		return h, fmt.Errorf("%w: %s, want %s", ErrContent, h, *want)
	}
	if err := f.Sync(); err != nil {
		return h, fmt.Errorf("take in content: %w", err)
	}
	if err := os.WriteFile(s.tree(h)+".new", tree.b, 0o600); err != nil {
		return h, fmt.Errorf("take in content: %w", err)
	}
	if err := os.Rename(s.tree(h)+".new", s.tree(h)); err != nil {
		return h, fmt.Errorf("take in content: %w", err)
	}
	if err := os.Rename(path, s.path(h)); err != nil {
		return h, fmt.Errorf("take in content: %w", err)
	}
	return h, nil
}

// buffer is memory of a fixed size to write at places.
type buffer struct{ b []byte }

// WriteAt is io.WriterAt.
func (w *buffer) WriteAt(p []byte, off int64) (int, error) { return copy(w.b[off:], p), nil }

// Drop forgets content. It is no error where there is none.
func (s *Store) Drop(h keys.Hash) error {
	for _, path := range []string{s.path(h), s.tree(h), s.part(h)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("drop content: %w", err)
		}
	}
	return nil
}
