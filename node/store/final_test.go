package store_test

import (
	"bytes"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/types"
	"probity/node/store"
)

// slowLog holds every barrier of a log until it is released.
type slowLog struct {
	vfs.FS
	hold atomic.Pointer[chan struct{}]
	held chan struct{}
}

func (l *slowLog) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := l.FS.Create(name, c)
	return &slowFile{f, l}, err
}

type slowFile struct {
	vfs.File
	log *slowLog
}

func (f *slowFile) wait() {
	if c := f.log.hold.Load(); c != nil {
		f.log.held <- struct{}{}
		<-*c
	}
}

func (f *slowFile) Sync() error     { f.wait(); return f.File.Sync() }
func (f *slowFile) SyncData() error { f.wait(); return f.File.SyncData() }

// Goal: who is told that a transaction is final reads a state that has it.
// Method: hold the log's barrier in the middle of a commit, when the database
// shows the commit already, and ask for the transaction, the tip and the state.
func TestFinalAtOnce(t *testing.T) {
	log := &slowLog{FS: vfs.NewMem(), held: make(chan struct{}, 8)}
	s, err := store.Open(log, "data", store.Options{Genesis: genesisHash})
	ok(t, err)
	defer func() { ok(t, s.Close()) }()
	c := begin(t, s, write{"a", value(0)})
	f := c.next(1, write{"a", value(1)})
	gate, done := make(chan struct{}), make(chan error)
	log.hold.Store(&gate)
	go func() { done <- s.Commit(batchOf(f)) }()
	<-log.held
	log.hold.Store(nil)
	look := func() (final bool, tip types.Height, a []byte) {
		_, _, final, err := s.TxPlace(f.Txs[0])
		ok(t, err)
		at, err := s.Tip()
		ok(t, err)
		a, err = s.Get([]byte("a"))
		ok(t, err)
		return final, at.Header.Height, a
	}
	if final, tip, _ := look(); final || tip != 0 {
		t.Errorf("while it is committed: final %v, tip %d", final, tip)
	}
	if r, err := s.Receipt(f.Txs[0]); r != nil || err != nil {
		t.Errorf("while it is committed: receipt %v, %v", r, err)
	}
	close(gate)
	ok(t, <-done)
	if final, tip, a := look(); !final || tip != 1 || !bytes.Equal(a, value(1)) {
		t.Errorf("behind the commit: final %v, tip %d, a %x", final, tip, a)
	}
}
