package sim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/node/signer"
	"probity/sim/check"
)

// Mistakes about what is on the disk when a signature leaves, and what a
// restart makes of it.

// noDirSync hands the signer a file system whose directories do not sync.
func noDirSync(m *member, _ *node.Settings, w *node.World) {
	if m.signer == nil { // it observes
		return
	}
	m.openSigner(lazyDirs{m.journal.FS()}, w)
}

// openSigner gives a member the signer of another disk.
func (m *member) openSigner(disk vfs.FS, w *node.World) {
	s, err := signer.Open(disk, "signer", m.keys.Consensus, m.run.genesis.Hash())
	if err != nil {
		m.see(check.Event{Halted: err})
		w.Signer = nil
		return
	}
	s.Keep(m.run.cfg.suite(), node.EscrowSeed(m.keys.Beacon))
	m.signer = &guardedSigner{Local: s, m: m}
	w.Signer = m.signer
}

type lazyDirs struct{ vfs.FS }

// OpenDir opens a directory whose Sync does nothing.
func (l lazyDirs) OpenDir(name string) (vfs.File, error) {
	f, err := l.FS.OpenDir(name)
	return lazyFile{f}, err
}

type lazyFile struct{ vfs.File }

// Sync pretends.
func (lazyFile) Sync() error { return nil }

// noResign refuses what the journal held when the member started.
func noResign(m *member, _ *node.Settings, w *node.World) {
	if m.signer == nil { // it observes
		return
	}
	w.Signer = &amnesic{guardedSigner: m.signer, old: map[types.Statement]bool{}}
}

type amnesic struct {
	*guardedSigner
	old map[types.Statement]bool
}

var errAgain = errors.New("already signed")

// Said remembers what it lists, to refuse it.
func (a *amnesic) Said(e types.Epoch) []types.Statement {
	list := a.guardedSigner.Said(e)
	for _, s := range list {
		a.old[s] = true
	}
	return list
}

// Sign refuses to sign again.
func (a *amnesic) Sign(s types.Statement) (keys.Signature, error) {
	if a.old[s] {
		return keys.Signature{}, errAgain
	}
	return a.guardedSigner.Sign(s)
}

// signFirst signs without a journal.
func signFirst(m *member, _ *node.Settings, w *node.World) {
	if m.signer != nil {
		w.Signer = forgetful{m.signer}
	}
}

type forgetful struct{ *guardedSigner }

// Sign gives a signature and records nothing.
func (f forgetful) Sign(s types.Statement) (keys.Signature, error) {
	f.m.see(check.Event{Signed: &s})
	return f.m.forge(s), nil
}

// secondRecord gives the signer one more journal, of its Nullify votes. It takes
// a record each time such a vote is signed, also when a restart signs it again,
// and two records of one view look like damage when it is read.
func secondRecord(m *member, _ *node.Settings, w *node.World) {
	if m.signer == nil { // it observes
		return
	}
	j := &nullifyJournal{guardedSigner: m.signer, disk: m.journal.FS()}
	if err := j.read(); err != nil {
		m.see(check.Event{Halted: err})
		w.Signer = nil // a journal that cannot be trusted makes an observer
		return
	}
	w.Signer = j
}

type nullifyJournal struct {
	*guardedSigner
	disk vfs.FS
	file vfs.File
}

const nullifyFile = "signer/nullify.log"

var errSecond = errors.New("two Nullify records of one view")

func (j *nullifyJournal) read() error {
	var old []byte
	f, err := j.disk.Open(nullifyFile)
	switch {
	case err == nil:
		old, err = io.ReadAll(f)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return err
	}
	old = old[:len(old)/16*16] // a torn record was never signed on
	seen := map[[16]byte]bool{}
	for rest := old; len(rest) > 0; rest = rest[16:] {
		at := [16]byte(rest)
		if seen[at] {
			return fmt.Errorf("%w: %d/%d", errSecond, binary.BigEndian.Uint64(at[:8]), binary.BigEndian.Uint64(at[8:]))
		}
		seen[at] = true
	}
	if j.file, err = j.disk.Create(nullifyFile, vfs.WriteCategoryUnspecified); err != nil {
		return err
	}
	if _, err = j.file.Write(old); err != nil {
		return err
	}
	return j.sync()
}

func (j *nullifyJournal) sync() error {
	if err := j.file.Sync(); err != nil {
		return err
	}
	d, err := j.disk.OpenDir("signer")
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Sign records a Nullify before it is signed, first or again.
func (j *nullifyJournal) Sign(s types.Statement) (keys.Signature, error) {
	if s.Kind == types.Nullify {
		at := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(s.Epoch)), uint64(s.View))
		if _, err := j.file.Write(at); err != nil {
			return keys.Signature{}, err
		}
		if err := j.sync(); err != nil {
			return keys.Signature{}, err
		}
	}
	return j.guardedSigner.Sign(s)
}
