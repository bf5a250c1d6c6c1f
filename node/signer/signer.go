// Package signer keeps a member's consensus key and its memory of what it has
// signed (spec consensus §6). It refuses a second, different statement of one
// kind in a view, a Finalize after a Nullify and every other pair that would
// convict its owner, and it signs only what it has journaled and synced: a
// crash at any instant leaves either no signature in the world or its record
// on the disk.
//
// It promises nothing about validity: whether a statement is wise is the
// consensus machine's affair. Signing the same statement again is always
// allowed and gives the same bytes, since ed25519 is deterministic.
//
// The journal is one file of framed records. A torn last record is the trace
// of a crash before the signature left, and is dropped; damage anywhere else
// is ErrJournal, upon which a node observes instead of voting.
package signer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// Errors of the signer.
var (
	// ErrConflict refuses a statement that contradicts one signed before.
	ErrConflict = errors.New("contradicts an earlier statement")
	// ErrFloor refuses a statement about a view whose records were let go.
	ErrFloor = errors.New("below the watermark")
	// ErrKind refuses to prove possession by anything but a registration.
	ErrKind = errors.New("not a registration")
	// ErrJournal says that the journal cannot be trusted: the key must not vote.
	ErrJournal = errors.New("signer journal is damaged")
)

const (
	fileName    = "signer.log"
	tempName    = "signer.new"
	compactSize = 32 << 10
)

// place orders views across epochs.
type place struct {
	epoch types.Epoch
	view  types.View
}

func (p place) before(q place) bool {
	return p.epoch < q.epoch || p.epoch == q.epoch && p.view < q.view
}

// Local signs with a key in memory and a journal in a directory.
type Local struct {
	fs      vfs.FS
	dir     string
	key     keys.PrivateKey
	genesis keys.Hash
	file    vfs.File
	size    int
	floor   place
	said    map[place][]types.Statement
	refused int
	vault   *vault // of escrow keys; nil: it makes no shares
}

// Open reads the journal of dir, which it creates where there is none, and
// holds it for appending. dir exists.
func Open(disk vfs.FS, dir string, key keys.PrivateKey, genesis keys.Hash) (*Local, error) {
	s := &Local{fs: disk, dir: dir, key: key, genesis: genesis, said: map[place][]types.Statement{}}
	if err := s.load(); err != nil {
		return nil, err
	}
	// A fresh copy drops a torn tail, and the file in use is always one that
	// this process wrote whole.
	return s, s.compact()
}

// Close lets the journal go.
func (s *Local) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// Public is the key that verifies what s signs.
func (s *Local) Public() keys.PublicKey { return s.key.Public() }

// Refusals counts the statements refused since Open.
func (s *Local) Refusals() int { return s.refused }

// Sign journals a statement, syncs, and signs it.
func (s *Local) Sign(st types.Statement) (keys.Signature, error) {
	if err := s.Journal(st); err != nil {
		return keys.Signature{}, err
	}
	return s.key.Sign(st.SignBytes(s.genesis)), nil
}

// Journal decides whether a statement may be signed, and returns nil once its
// record is synced: all of Sign but the signature, for who signs elsewhere.
func (s *Local) Journal(st types.Statement) error {
	at := place{st.Epoch, st.View}
	for _, old := range s.said[at] {
		if old == st {
			return nil
		}
		if contradicts(old, st) {
			s.refused++
			return fmt.Errorf("%s in %d/%d: %w (%s)", st.Kind, st.Epoch, st.View, ErrConflict, old.Kind)
		}
	}
	if at.before(s.floor) || at == s.floor {
		s.refused++
		return fmt.Errorf("%s in %d/%d: %w %d/%d", st.Kind, st.Epoch, st.View, ErrFloor, s.floor.epoch, s.floor.view)
	}
	if err := s.append(record{Said: &st}); err != nil {
		return err
	}
	s.said[at] = append(s.said[at], st)
	return nil
}

// proofs are the kinds of string that Prove signs: registrations, which bind a
// key to an account and can never be read as a vote.
var proofs = []string{"probity/bench/v1", "probity/asc/v1"}

// Prove signs a registration: proof that its owner holds the key.
func (s *Local) Prove(msg []byte) (keys.Signature, error) {
	for _, p := range proofs {
		if bytes.HasPrefix(msg, []byte(p)) {
			return s.key.Sign(msg), nil
		}
	}
	s.refused++
	return keys.Signature{}, ErrKind
}

// contradicts is stricter than what convicts: one statement of each kind a view.
func contradicts(a, b types.Statement) bool {
	return a.Kind == b.Kind || consensus.Conflict(a, b)
}

// Said lists what was signed in an epoch, in order of views.
func (s *Local) Said(e types.Epoch) (out []types.Statement) {
	for at, list := range s.said {
		if at.epoch == e {
			out = append(out, list...)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].View != out[j].View {
			return out[i].View < out[j].View
		}
		return out[i].Kind < out[j].Kind
	})
	return out
}

// Floor is the watermark: nothing at or below it is signed any more.
func (s *Local) Floor() (types.Epoch, types.View) { return s.floor.epoch, s.floor.view }

// Raise moves the watermark forward to a final view and lets the records at and
// below it go, once the journal has grown enough to be worth it. It never moves
// back.
func (s *Local) Raise(e types.Epoch, v types.View) error {
	to := place{e, v}
	if !s.floor.before(to) || s.size < compactSize {
		return nil
	}
	s.floor = to
	for at := range s.said {
		if !to.before(at) {
			delete(s.said, at)
		}
	}
	return s.compact()
}

// record is one entry of the journal: a watermark or a statement.
type record struct {
	_     struct{} `cbor:",toarray"`
	Epoch types.Epoch
	View  types.View
	Said  *types.Statement
}

var _ = codec.Register[record]()

// frame is length (2 bytes), checksum (8 bytes), payload.
func frame(r record) []byte {
	body := codec.MustMarshal(r)
	sum := keys.Sum([]byte("signer"), body)
	out := append([]byte{byte(len(body) >> 8), byte(len(body))}, sum[:8]...)
	return append(out, body...)
}

// holdsRecord reports whether a whole record begins anywhere in b.
func holdsRecord(b []byte) bool {
	for ; len(b) > 0; b = b[1:] {
		if _, _, whole, err := unframe(b); whole && err == nil {
			return true
		}
	}
	return false
}

// frameMax bounds a record: a longer one is damage.
const frameMax = 256

// unframe reads the first record of b. whole is false where b ends early.
func unframe(b []byte) (r record, rest []byte, whole bool, err error) {
	if len(b) < 10 {
		return r, nil, false, nil
	}
	n := int(b[0])<<8 | int(b[1])
	if len(b) < 10+n {
		return r, nil, false, nil
	}
	body := b[10 : 10+n]
	if sum := keys.Sum([]byte("signer"), body); string(sum[:8]) != string(b[2:10]) {
		return r, b[10+n:], true, ErrJournal
	}
	if err := codec.Unmarshal(body, &r); err != nil {
		return r, b[10+n:], true, fmt.Errorf("%w: %w", ErrJournal, err)
	}
	return r, b[10+n:], true, nil
}

// load replays the journal up to an incomplete last record.
func (s *Local) load() error {
	f, err := s.fs.Open(s.path(fileName))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("open signer journal: %w", err)
	}
	b, err := io.ReadAll(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("read signer journal: %w", err)
	}
	s.size = len(b)
	for len(b) > 0 {
		r, rest, whole, err := unframe(b)
		switch {
		case err == nil && whole:
		case len(b) < frameMax && (len(rest) == 0 || len(bytes.Trim(b, "\x00")) == 0) && !holdsRecord(b[1:]):
			return nil // the last record, torn or zero-filled: nothing was signed on its strength
		default:
			return ErrJournal // damage that hides what lies behind it
		}
		s.apply(r)
		b = rest
	}
	return nil
}

func (s *Local) apply(r record) {
	if r.Said == nil {
		if at := (place{r.Epoch, r.View}); s.floor.before(at) {
			s.floor = at
		}
		return
	}
	at := place{r.Said.Epoch, r.Said.View}
	s.said[at] = append(s.said[at], *r.Said)
}

// append writes one record and syncs it.
func (s *Local) append(r record) error {
	if s.file == nil {
		return fmt.Errorf("signer journal: %w", errClosed)
	}
	b := frame(r)
	if _, err := s.file.Write(b); err != nil {
		return s.broken("write", err)
	}
	if err := s.file.Sync(); err != nil {
		return s.broken("sync", err)
	}
	s.size += len(b)
	return nil
}

// broken ends the use of the journal: after a failed write or sync nobody knows
// what is on the disk, so nothing more is signed until a restart has read it.
func (s *Local) broken(what string, err error) error {
	_ = s.file.Close()
	s.file = nil
	return fmt.Errorf("%s signer journal: %w", what, err)
}

var errClosed = errors.New("closed after a failure")

// compact writes the watermark and the records above it to a new file, syncs
// it, puts it in the old one's place and syncs the directory: without the last
// step a crash could bring the old journal back, and with it a forgotten vote.
func (s *Local) compact() error {
	b := frame(record{Epoch: s.floor.epoch, View: s.floor.view})
	for _, st := range s.all() {
		b = append(b, frame(record{Said: &st})...)
	}
	f, err := s.fs.Create(s.path(tempName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("create signer journal: %w", err)
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("write signer journal: %w", err)
	}
	if s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
	if err := s.fs.Rename(s.path(tempName), s.path(fileName)); err != nil {
		_ = f.Close()
		return fmt.Errorf("rename signer journal: %w", err)
	}
	if err := s.syncDir(); err != nil {
		_ = f.Close()
		return err
	}
	s.file, s.size = f, len(b)
	return nil
}

func (s *Local) syncDir() error {
	d, err := s.fs.OpenDir(s.dir)
	if err != nil {
		return fmt.Errorf("open signer directory: %w", err)
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("sync signer directory: %w", err)
	}
	return nil
}

// all lists every record, by epoch, view and kind.
func (s *Local) all() (out []types.Statement) {
	places := make([]place, 0, len(s.said))
	for at := range s.said {
		places = append(places, at)
	}
	sort.Slice(places, func(i, j int) bool { return places[i].before(places[j]) })
	for _, at := range places {
		out = append(out, s.said[at]...)
	}
	return out
}

func (s *Local) path(name string) string { return s.fs.PathJoin(s.dir, name) }
