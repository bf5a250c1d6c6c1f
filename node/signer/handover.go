package signer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// Errors of what moves between hosts.
var (
	// ErrRetired refuses the use of a key whose memory was given to another host.
	ErrRetired = errors.New("the key was handed over to another host")
	// ErrForeign refuses a memory of another key or another chain.
	ErrForeign = errors.New("of another key or chain")
	// ErrHandover refuses a handover that its key did not sign.
	ErrHandover = errors.New("not a handover that this key signed")
)

// Memory is what a signer knows of its past: the watermark, and every statement
// signed above it. It is all that another host needs to go on with the key and
// never contradict it.
type Memory struct {
	_     struct{}          `cbor:",toarray"`
	Epoch types.Epoch       `json:"epoch"` // of the watermark
	View  types.View        `json:"view"`
	Said  []types.Statement `json:"said"` // by epoch, view and order of signing
}

// Last is the highest place that the memory speaks of: the watermark or the
// last statement above it.
func (m Memory) Last() (types.Epoch, types.View) {
	at := place{m.Epoch, m.View}
	for _, st := range m.Said {
		if p := (place{st.Epoch, st.View}); at.before(p) {
			at = p
		}
	}
	return at.epoch, at.view
}

// Retired reports whether the memory is that of a key that was given away.
func (m Memory) Retired() bool { return place{m.Epoch, m.View} == end }

// end is behind every view. A watermark there refuses all statements for ever,
// by the rule that refuses any below a watermark.
var end = place{math.MaxUint64, math.MaxUint64}

// Memory is what s remembers.
func (s *Local) Memory() Memory {
	return Memory{Epoch: s.floor.epoch, View: s.floor.view, Said: s.all()}
}

// Inspect reads the journal of dir without a key and without touching it. A
// directory without one has the zero Memory; ErrJournal where it is damaged.
func Inspect(disk vfs.FS, dir string) (Memory, error) {
	s := &Local{fs: disk, dir: dir, said: map[place][]types.Statement{}}
	if err := s.load(); err != nil {
		return Memory{}, err
	}
	return s.Memory(), nil
}

// Lift moves the watermark forward, synced, whatever it costs: what stands at
// or below it is never signed again. It never moves back.
func (s *Local) Lift(e types.Epoch, v types.View) error {
	to := place{e, v}
	if !s.floor.before(to) {
		return nil
	}
	if s.file == nil {
		return fmt.Errorf("signer journal: %w", errClosed)
	}
	s.floor = to
	for at := range s.said {
		if !to.before(at) {
			delete(s.said, at)
		}
	}
	return s.compact()
}

// Merge takes up another memory of the same key: the higher watermark and the
// statements of both. A memory that is older than its own changes nothing.
func (s *Local) Merge(m Memory) error {
	if s.file == nil {
		return fmt.Errorf("signer journal: %w", errClosed)
	}
	for _, st := range m.Said {
		if at := (place{st.Epoch, st.View}); s.floor.before(at) && !s.Known(st) {
			s.said[at] = append(s.said[at], st)
		}
	}
	if at := (place{m.Epoch, m.View}); s.floor.before(at) {
		return s.Lift(m.Epoch, m.View)
	}
	return s.compact()
}

// Known reports whether a statement is in the journal or below its watermark.
func (s *Local) Known(st types.Statement) bool {
	at := place{st.Epoch, st.View}
	if !s.floor.before(at) {
		return true
	}
	for _, old := range s.said[at] {
		if old == st {
			return true
		}
	}
	return false
}

// Cover lifts the watermark over every statement that others show this key to
// have signed and the journal does not know: the journal is older than the key.
// It tells the place it moved to, and whether it moved. Where the journal is
// whole it does nothing, so a member that restarts keeps its votes.
func (s *Local) Cover(shown []types.Statement) (types.Epoch, types.View, bool, error) {
	var to place
	for _, st := range shown {
		if at := (place{st.Epoch, st.View}); !s.Known(st) && to.before(at) {
			to = at
		}
	}
	if to == (place{}) {
		return 0, 0, false, nil
	}
	return to.epoch, to.view, true, s.Lift(to.epoch, to.view)
}

// Learn takes up statements that others show this key to have signed: above the
// watermark they count as signed here, and nothing that contradicts them is.
func (s *Local) Learn(shown []types.Statement) error {
	for _, st := range shown {
		if s.Known(st) {
			continue
		}
		if err := s.append(record{Said: &st}); err != nil {
			return err
		}
		at := place{st.Epoch, st.View}
		s.said[at] = append(s.said[at], st)
	}
	return nil
}

// Handover is a memory on its way to another host, signed by its key.
type Handover struct {
	Version   int            `json:"version"`
	Genesis   keys.Hash      `json:"genesis"`
	Key       keys.PublicKey `json:"key"`
	Memory    Memory         `json:"memory"`
	Signature keys.Signature `json:"signature"`
}

// signBytes is what the key signs of it.
func (h *Handover) signBytes() []byte {
	return keys.SignBytes("handover", h.Genesis, append(h.Key[:], codec.MustMarshal(h.Memory)...))
}

// givenName is the handover as it was given, beside the journal that it retired.
const givenName = "given.json"

// Give retires the key here and gives its memory for the other host: what it
// returns exists in the world only after this journal, synced, refuses all. Given
// again, after a crash or because the file was lost, it is the same handover.
func (s *Local) Give() ([]byte, error) {
	if s.floor == end {
		return s.given()
	}
	h := Handover{Version: 1, Genesis: s.genesis, Key: s.key.Public(), Memory: s.Memory()}
	h.Signature = s.key.Sign(h.signBytes())
	out, err := json.MarshalIndent(&h, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	out = append(out, '\n')
	if err := s.put(givenName, out); err != nil {
		return nil, err
	}
	return out, s.Lift(end.epoch, end.view)
}

// put writes a file beside the journal, synced with its name.
func (s *Local) put(name string, b []byte) error {
	f, err := s.fs.Create(s.path(name), vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	// A vfs.File may change what it is given to write; b is the caller's.
	_, err = f.Write(bytes.Clone(b))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return s.syncDir()
}

// given reads the handover that retired the key.
func (s *Local) given() ([]byte, error) {
	f, err := s.fs.Open(s.path(givenName))
	if err != nil {
		return nil, ErrRetired
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", givenName, err)
	}
	return b, nil
}

// Take goes on where another host of the same key has stopped. The watermark
// only ever rises by it. The doubt about the key's past, where there was one,
// is gone.
func (s *Local) Take(file []byte) (Memory, error) {
	h, err := s.open(file)
	if err != nil {
		return Memory{}, err
	}
	if s.floor == end {
		return Memory{}, ErrRetired
	}
	if err := s.Merge(h.Memory); err != nil {
		return Memory{}, err
	}
	return h.Memory, Sure(s.fs, s.dir)
}

// open reads a handover and refuses what this key did not sign for this chain.
func (s *Local) open(file []byte) (*Handover, error) {
	var h Handover
	if err := json.Unmarshal(file, &h); err != nil || h.Version != 1 {
		return nil, ErrHandover
	}
	if h.Key != s.key.Public() || h.Genesis != s.genesis {
		return nil, fmt.Errorf("handover: %w", ErrForeign)
	}
	if !keys.Verify(keys.Signed{Key: h.Key, Message: h.signBytes(), Signature: h.Signature}) || h.Memory.Retired() {
		return nil, ErrHandover
	}
	for _, st := range h.Memory.Said {
		if !st.Valid() {
			return nil, ErrHandover
		}
	}
	return &h, nil
}
