package signer

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

// doubtName is a file that stands beside a journal whose key may have signed
// more than the journal knows.
const doubtName = "doubt"

// Doubtful reports whether the past of the key that signs in dir is unknown:
// there is no journal, or one that was restored from a backup.
func Doubtful(disk vfs.FS, dir string) (bool, error) {
	_, err := disk.Stat(disk.PathJoin(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for signer journal: %w", err)
	}
	_, err = disk.Stat(disk.PathJoin(dir, doubtName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a doubt: %w", err)
	}
	return true, nil
}

// Doubt notes, synced, that the past of the key is unknown. It is called before
// the journal is made, so that a crash does not turn a new journal into a
// trusted one.
func Doubt(disk vfs.FS, dir string) error {
	f, err := disk.Create(disk.PathJoin(dir, doubtName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("note a doubt: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("note a doubt: %w", err)
	}
	return (&Local{fs: disk, dir: dir}).syncDir()
}

// Sure forgets the doubt: the wait is over, or the memory was handed over.
func Sure(disk vfs.FS, dir string) error {
	err := disk.Remove(disk.PathJoin(dir, doubtName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("forget a doubt: %w", err)
	}
	return (&Local{fs: disk, dir: dir}).syncDir()
}

// InDoubt reports whether the past of the key is unknown; it was Doubtful when
// the journal was opened, or Doubt was noted since.
func (s *Local) InDoubt() (bool, error) { return Doubtful(s.fs, s.dir) }

// Doubt is the function Doubt for the directory of s.
func (s *Local) Doubt() error { return Doubt(s.fs, s.dir) }

// Sure is the function Sure for the directory of s.
func (s *Local) Sure() error { return Sure(s.fs, s.dir) }

// Errors of a key that waits.
var (
	// ErrWaiting refuses what is new while a twin is looked for.
	ErrWaiting = errors.New("the key's past is unknown: it listens before it signs")
	// ErrApart refuses what is new until a peer has told where the chain is.
	ErrApart = errors.New("no peer has told yet where the chain is")
	// ErrTwin refuses every statement for good: another host signs with the key.
	ErrTwin = errors.New("another host signs with this key")
)

// Signer is a key with its memory: Local in this process, Remote in another.
type Signer interface {
	Public() keys.PublicKey
	Sign(types.Statement) (keys.Signature, error)
	Prove(msg []byte) (keys.Signature, error)
	Share(e types.Epoch, v types.View, at escrow.Place, dealing []byte, first uint32, count int) ([]escrow.Share, error)
	Said(types.Epoch) []types.Statement
	Raise(types.Epoch, types.View) error
	Refusals() int
}

// Wait keeps a key silent while it listens for a twin: another host that signs
// with the same key. Two such hosts convict their owner of all its REP, so a key
// whose past is unknown first hears what the network says of it.
//
// Time counts only while the member is in touch with the chain (Listened), or a
// member that was cut off would hear nothing and conclude that it is alone.
// For the same reason a member that has just started holds what is new back until
// it stands where its peers do (Hold): were its home a copy of an older one, the
// views between would be those in which the key has signed already.
//
// What the journal holds is signed at any time: the same bytes are in the world,
// and a quorum may wait for them. Its methods may be called from several
// goroutines, Heard from that of the signer alone.
type Wait struct {
	Signer
	mu      sync.Mutex
	total   types.Time // of the present wait
	left    types.Time
	last    types.Time // when Listened was last called in touch; 0: it was not
	from    place      // where the chain stood in the first quarter of the wait; zero: it has not begun
	careful place      // where it stood when listening ended, until the chain has left it
	apart   bool       // Hold
	missed  bool       // something was refused for being apart
	known   func(types.Statement) bool
	twin    *types.Statement
	refused int
}

// NewWait keeps s silent for a time of listening. known tells which statements
// are its own: those in its journal and below its watermark.
func NewWait(s Signer, left types.Time, known func(types.Statement) bool) *Wait {
	return &Wait{Signer: s, total: left, left: left, known: known}
}

// Begin makes s silent for a time of listening, from now on.
func (w *Wait) Begin(left types.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.total, w.left, w.last, w.from, w.careful = left, left, 0, place{}, place{}
}

// Hold refuses what is new from now on, or no longer. It reports whether
// something was refused meanwhile: nobody asks for that again.
func (w *Wait) Hold(on bool) (missed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.apart = on
	if on {
		return false
	}
	missed, w.missed = w.missed, false
	return missed
}

// Listened lets time pass. inTouch is whether the member is synced and hears
// peers, or has nobody to hear; e and v are where the chain stands. It tells what
// is left, and whether the wait ended with this call. The caller then lifts the
// watermark to just below e, v: all that the key signed before lies there or
// below. In the view e, v itself the key may only nullify until the chain has
// left it (Passed): a Nullify contradicts nothing but a Finalize, which
// rests on a Notarization that would have moved everybody on while it listened.
// Were it silent there too, members that lost their journals together could
// never leave the view.
func (w *Wait) Listened(now types.Time, inTouch bool, e types.Epoch, v types.View) (left types.Time, over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.left == 0 || w.twin != nil:
		return w.left, false
	case !inTouch:
		w.last = 0
		return w.left, false
	}
	if w.last == 0 || now < w.last {
		w.last = now
	}
	passed := min(now-w.last, w.left)
	w.left, w.last = w.left-passed, now
	if w.from == (place{}) || w.left > w.total-w.total/4 { // what the key's last host said just before it ended still arrives
		w.from = place{e, v}
	}
	if w.left == 0 {
		w.careful = place{e, v}
	}
	return w.left, w.left == 0
}

// Passed reports whether the chain, now at e, v, has left the view in which the
// wait ended, and which that was: once, and then the past of the key is known
// again where the watermark is lifted over that view.
func (w *Wait) Passed(e types.Epoch, v types.View) (le types.Epoch, lv types.View, left bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := w.careful
	if at == (place{}) || !at.before(place{e, v}) {
		return 0, 0, false
	}
	w.careful = place{}
	return at.epoch, at.view, true
}

// Heard takes a statement with this key's signature that the network carried.
// One of a later view than the chain was in during the first quarter of the wait,
// which the journal does not know, was signed by another host just now: true where
// that is news, and nothing new is signed from then on. Earlier ones may be echoes
// of the key's last host; they only raise the watermark, at the end of the wait.
func (w *Wait) Heard(st types.Statement) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.twin != nil || w.left == 0 || w.from == (place{}) || !w.from.before(place{st.Epoch, st.View}) || w.known(st) {
		return false
	}
	w.twin = &st
	return true
}

// Left is how long the key still listens; 0: it may sign.
func (w *Wait) Left() types.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left
}

// Twin is the statement that showed another host with this key; nil: none did.
func (w *Wait) Twin() *types.Statement {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.twin
}

// refuse says why a statement is not signed now; nil where it may be.
func (w *Wait) refuse(st types.Statement) error {
	err := w.reason(st)
	if err == nil || w.known(st) {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if errors.Is(err, ErrApart) {
		w.missed = true
	} else {
		w.refused++
	}
	return err
}

// reason is why nothing new is signed at the place of st.
func (w *Wait) reason(st types.Statement) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.twin != nil:
		return fmt.Errorf("%w (%s in %d/%d)", ErrTwin, w.twin.Kind, w.twin.Epoch, w.twin.View)
	case w.left > 0, place{st.Epoch, st.View} == w.careful && st.Kind != types.Nullify:
		return ErrWaiting
	case w.apart:
		return ErrApart
	}
	return nil
}

// Sign is Signer.Sign after the wait.
func (w *Wait) Sign(st types.Statement) (keys.Signature, error) {
	if err := w.refuse(st); err != nil {
		return keys.Signature{}, err
	}
	return w.Signer.Sign(st)
}

// Share is Signer.Share after the wait: shares go with a Nullify.
func (w *Wait) Share(e types.Epoch, v types.View, at escrow.Place, dealing []byte, first uint32, count int) ([]escrow.Share, error) {
	if err := w.refuse(types.Statement{Kind: types.Nullify, Epoch: e, View: v}); err != nil {
		return nil, err
	}
	return w.Signer.Share(e, v, at, dealing, first, count)
}

// Refusals counts those of the wait and of the signer behind it.
func (w *Wait) Refusals() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refused + w.Signer.Refusals()
}

// Shown lists the statements that blocks and certificates show a key to have
// signed: approvals and nullifications by its bit, proposals by its contract.
// roster gives that of an epoch, nil where it is not known; leads reports
// whether a header is by the key. Signatures were checked when the blocks were
// taken.
func Shown(key keys.PublicKey, roster func(types.Epoch) *types.Roster, leads func(*types.Header) bool, blocks []*types.Block, certificates []types.Certificate) (out []types.Statement) {
	add := func(c *types.Certificate) {
		if c == nil {
			return
		}
		r := roster(c.Epoch)
		if r == nil {
			return
		}
		i := r.Index(key)
		if i >= 0 && i/8 < len(c.Signers) && c.Signers[i/8]>>(i%8)&1 == 1 {
			out = append(out, c.Statement)
		}
	}
	for _, b := range blocks {
		if leads(&b.Header) && b.Signature != (keys.Signature{}) {
			out = append(out, b.Header.Statement())
		}
		for i := range b.Body.Votes {
			add(&b.Body.Votes[i])
		}
		for i := range b.Body.Views {
			v := &b.Body.Views[i]
			add(v.Nullification)
			for j := range v.Rejected {
				add(v.Rejected[j].Rejects)
				add(v.Rejected[j].Notarizes)
			}
		}
	}
	for i := range certificates {
		add(&certificates[i])
	}
	return out
}
