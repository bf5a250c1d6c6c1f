// Package git reads the objects of a git repository: loose ones and those in
// packs, in its own folder and those that it borrows from. It was written from
// the format pages of git (gitformat-pack, gitrepository-layout) for counting.
//
// It promises that an object that it returns has the name that was asked for:
// the SHA-1 of all its bytes is compared. It reads no configuration, index,
// working tree, replacement or graft; what those say changes nothing here. Its
// caller decides what to do without an object.
package git

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// ID names an object: the SHA-1 of its kind, its length and its bytes.
type ID [20]byte

// String is 40 digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Parse reads 40 digits.
func Parse(s string) (id ID, ok bool) {
	if len(s) != 40 {
		return id, false
	}
	_, err := hex.Decode(id[:], []byte(s))
	return id, err == nil
}

// Kind is what an object is: "commit", "tree", "blob" or "tag".
type Kind string

// Errors of a store.
var (
	ErrAbsent  = errors.New("no such object")
	ErrDamaged = errors.New("damaged object")
	ErrFormat  = errors.New("no repository that is understood")
)

// sizeMax bounds an object: what claims more is taken for damage.
const sizeMax = 1 << 30

// borrowMax bounds how far folders borrow from folders.
const borrowMax = 5

// Store is the objects of one repository.
type Store struct {
	git   string   // the repository's own folder
	loose []string // folders of objects
	packs []*pack
	given map[ID]object // of a store in memory
	bases cache
	zip   io.ReadCloser
}

type object struct {
	kind Kind
	data []byte
}

// Open finds the objects of a repository: bare, with a working tree, or a
// working tree beside another.
func Open(path string) (*Store, error) {
	s := &Store{bases: cache{max: 96 << 20}}
	s.git = path
	if dot := filepath.Join(path, ".git"); exists(dot) {
		s.git = dot
	}
	if text, err := os.ReadFile(s.git); err == nil { // a file that says where
		at, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
		if !ok {
			return nil, fmt.Errorf("%w: %s", ErrFormat, path)
		}
		s.git = within(path, at)
	}
	if text, err := os.ReadFile(filepath.Join(s.git, "commondir")); err == nil {
		s.git = within(s.git, strings.TrimSpace(string(text)))
	}
	objects := filepath.Join(s.git, "objects")
	if !exists(objects) {
		return nil, fmt.Errorf("%w: %s", ErrFormat, path)
	}
	if err := s.add(objects, borrowMax); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Given is a store in memory.
func Given() *Store { return &Store{given: map[ID]object{}, bases: cache{max: 1}} }

// Put adds an object to a store in memory and names it.
func (s *Store) Put(kind Kind, data []byte) ID {
	id := name(kind, data)
	s.given[id] = object{kind, data}
	return id
}

// Close closes the packs.
func (s *Store) Close() {
	for _, p := range s.packs {
		_ = p.file.Close() // it was only read
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// add takes a folder of objects, and those that it borrows from.
func (s *Store) add(dir string, deep int) error {
	s.loose = append(s.loose, dir)
	indexes, err := filepath.Glob(filepath.Join(dir, "pack", "*.idx"))
	if err != nil {
		return err
	}
	sort.Strings(indexes)
	for _, at := range indexes {
		p, err := openPack(at)
		if err != nil {
			return err
		}
		s.packs = append(s.packs, p)
	}
	text, err := os.ReadFile(filepath.Join(dir, "info", "alternates"))
	if err != nil || deep == 0 {
		return nil
	}
	for _, line := range strings.Split(string(text), "\n") {
		if line != "" && line[0] != '#' {
			if err := s.add(within(dir, line), deep-1); err != nil {
				return err
			}
		}
	}
	return nil
}

func name(kind Kind, data []byte) (id ID) {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(data))
	h.Write(data)
	h.Sum(id[:0])
	return id
}

// Get reads an object of a kind. Its bytes belong to the store.
func (s *Store) Get(id ID, want Kind) ([]byte, error) {
	kind, data, err := s.find(id)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", want, id, err)
	}
	if kind != want || name(kind, data) != id {
		return nil, fmt.Errorf("%s %s: %w: it is a %s %s", want, id, ErrDamaged, kind, name(kind, data))
	}
	return data, nil
}

// find looks in memory, in the packs, then for a file.
func (s *Store) find(id ID) (Kind, []byte, error) {
	if s.given != nil {
		o, ok := s.given[id]
		if !ok {
			return "", nil, ErrAbsent
		}
		return o.kind, o.data, nil
	}
	for i, p := range s.packs {
		if at, ok := p.find(id); ok {
			if i > 0 { // what was asked for next often lies beside it
				s.packs[0], s.packs[i] = s.packs[i], s.packs[0]
			}
			return s.packed(p, at, 0)
		}
	}
	text := id.String()
	for _, dir := range s.loose {
		raw, err := os.ReadFile(filepath.Join(dir, text[:2], text[2:]))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", nil, err
		}
		return s.unfold(raw)
	}
	return "", nil, ErrAbsent
}

// unfold reads a loose object: KIND SIZE NUL BYTES, deflated.
func (s *Store) unfold(raw []byte) (Kind, []byte, error) {
	z, err := s.inflater(bytes.NewReader(raw))
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	all, err := io.ReadAll(io.LimitReader(z, sizeMax))
	if err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	head, data, ok := bytes.Cut(all, []byte{0})
	kind, size, ok2 := strings.Cut(string(head), " ")
	if n, err := strconv.Atoi(size); !ok || !ok2 || err != nil || n != len(data) {
		return "", nil, ErrDamaged
	}
	return Kind(kind), data, nil
}

// inflater is the one reader of deflated bytes, from the beginning of r.
func (s *Store) inflater(r io.Reader) (io.Reader, error) {
	if s.zip == nil {
		z, err := zlib.NewReader(r)
		s.zip = z
		return z, err
	}
	return s.zip, s.zip.(zlib.Resetter).Reset(r, nil)
}

// Branch is the commit at the end of a branch: of the place it was fetched from
// where that is known, else the repository's own; ok is false without one.
func (s *Store) Branch(name string) (heads []ID) {
	for _, ref := range []string{"refs/remotes/origin/" + name, "refs/heads/" + name} {
		if id, ok := s.ref(ref); ok {
			heads = append(heads, id)
		}
	}
	return heads
}

// Resolve reads 40 digits, HEAD, or the name of a branch, tag or reference.
func (s *Store) Resolve(rev string) (ID, bool) {
	if id, ok := Parse(rev); ok {
		return id, true
	}
	for _, ref := range []string{rev, "refs/" + rev, "refs/tags/" + rev, "refs/heads/" + rev, "refs/remotes/" + rev} {
		if id, ok := s.ref(ref); ok {
			return s.peel(id), true
		}
	}
	return ID{}, false
}

// peel follows tags to what they name.
func (s *Store) peel(id ID) ID {
	for range borrowMax {
		kind, data, err := s.find(id)
		if err != nil || kind != "tag" {
			return id
		}
		line, _, _ := strings.Cut(string(data), "\n")
		next, ok := Parse(strings.TrimPrefix(line, "object "))
		if !ok {
			return id
		}
		id = next
	}
	return id
}

// ref reads a reference, loose or packed; one that names another is followed.
func (s *Store) ref(name string) (ID, bool) {
	for range borrowMax {
		if strings.Contains(name, "..") || filepath.IsAbs(name) {
			return ID{}, false
		}
		text, err := os.ReadFile(filepath.Join(s.git, filepath.FromSlash(name)))
		if err != nil {
			return s.packedRef(name)
		}
		line := strings.TrimSpace(string(text))
		to, symbolic := strings.CutPrefix(line, "ref: ")
		if !symbolic {
			return Parse(line)
		}
		name = to
	}
	return ID{}, false
}

func (s *Store) packedRef(name string) (ID, bool) {
	text, err := os.ReadFile(filepath.Join(s.git, "packed-refs"))
	if err != nil {
		return ID{}, false
	}
	for _, line := range strings.Split(string(text), "\n") {
		if id, ref, ok := strings.Cut(line, " "); ok && ref == name {
			return Parse(id)
		}
	}
	return ID{}, false
}
