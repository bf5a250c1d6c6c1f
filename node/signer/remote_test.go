package signer_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/escrow"
	"probity/chain/types"
	"probity/node/signer"
)

// remote runs a signer behind a socket and gives it with a way to end it.
func remote(t *testing.T, path string, s *signer.Local) (stop func()) {
	t.Helper()
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- signer.Serve(ln, s) }()
	return func() {
		_ = ln.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Goal: a signer behind a socket says what the same signer says in process,
// refusals with their meaning included; a second node is turned away, and a
// signer that is away makes its node abstain. Method: both side by side, then
// the socket closed and opened again over the same journal.
func TestRemote(t *testing.T) {
	dir, err := os.MkdirTemp("", "signer") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s.sock")
	disk := vfs.NewMem()
	far, near := open(t, disk), open(t, vfs.NewMem())
	d := newDealt(t, escrow.DHPVSS, 1)
	far.Keep(d.Suite, escrowSeed)
	near.Keep(d.Suite, escrowSeed)
	stop := remote(t, path, far)
	r, err := signer.Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	if r.Public() != near.Public() {
		t.Error("another key")
	}
	for _, s := range []types.Statement{st(types.Notarize, 1, 1), st(types.Notarize, 1, 2), st(types.Nullify, 5, 0), st(types.Notarize, 1, 1)} {
		want, wantErr := near.Sign(s)
		got, gotErr := r.Sign(s)
		if got != want || errors.Is(wantErr, signer.ErrConflict) != errors.Is(gotErr, signer.ErrConflict) || (wantErr == nil) != (gotErr == nil) {
			t.Errorf("%v: %v, want %v", s, gotErr, wantErr)
		}
	}
	want, _ := near.Share(1, 5, d.at, d.dealing, 1, 2)
	if got, err := r.Share(1, 5, d.at, d.dealing, 1, 2); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("shares differ: %v", err)
	}
	if _, err := r.Share(1, 6, d.at, d.dealing, 1, 2); !errors.Is(err, signer.ErrEarly) {
		t.Errorf("shares before a Nullify: %v", err)
	}
	if _, err := r.Prove([]byte("probity/finalize/v1")); !errors.Is(err, signer.ErrKind) {
		t.Errorf("a vote as a registration: %v", err)
	}
	if got := r.Said(1); !reflect.DeepEqual(got, near.Said(1)) || len(got) != 2 {
		t.Errorf("said %v", got)
	}
	if r.Refusals() != 3 {
		t.Errorf("%d refusals, want 3", r.Refusals())
	}
	if _, err := signer.Dial(path); !errors.Is(err, signer.ErrTaken) {
		t.Errorf("a second node: %v", err)
	}

	stop()
	if _, err := r.Sign(st(types.Notarize, 2, 1)); !errors.Is(err, signer.ErrUnreachable) {
		t.Errorf("without its signer: %v", err)
	}
	if err := r.Raise(1, 1); err != nil {
		t.Errorf("raise without its signer: %v", err)
	}
	stop = remote(t, path, open(t, disk)) // the process came back
	defer stop()
	if _, err := r.Sign(st(types.Notarize, 1, 2)); !errors.Is(err, signer.ErrConflict) {
		t.Errorf("after its restart it signs what contradicts: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// Goal: a signer whose key has an unknown past signs only for a node that knows
// it: one that finds another journal behind its socket abstains. Method: the
// doubt noted under a node's hands, its connection torn, and another node.
func TestRemoteDoubt(t *testing.T) {
	dir, err := os.MkdirTemp("", "signer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s.sock")
	disk := vfs.NewMem()
	stop := remote(t, path, open(t, disk))
	r, err := signer.Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	if doubt, err := r.InDoubt(); doubt || err != nil {
		t.Fatalf("doubt without reason: %v", err)
	}
	if _, err := r.Sign(st(types.Notarize, 1, 1)); err != nil {
		t.Fatal(err)
	}
	if err := r.Doubt(); err != nil {
		t.Fatal(err)
	}
	stop()
	stop = remote(t, path, open(t, disk)) // another journal, as far as the node can know
	defer func() { stop() }()
	if _, err := r.Sign(st(types.Notarize, 2, 1)); err == nil {
		t.Fatal("signed over a torn connection")
	}
	for range 2 {
		if _, err := r.Sign(st(types.Notarize, 2, 1)); !errors.Is(err, signer.ErrWaiting) {
			t.Fatalf("a node that has not listened: %v", err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := signer.Dial(path)
	for errors.Is(err, signer.ErrTaken) { // until the signer has noticed that the first is gone
		next, err = signer.Dial(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if doubt, err := next.InDoubt(); !doubt || err != nil {
		t.Fatalf("the doubt was lost: %v", err)
	}
	if err := next.Learn([]types.Statement{st(types.Finalize, 3, 1)}); err != nil {
		t.Fatal(err)
	}
	if err := next.Lift(1, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := next.Sign(st(types.Nullify, 2, 0)); !errors.Is(err, signer.ErrFloor) {
		t.Errorf("below the watermark: %v", err)
	}
	if _, err := next.Sign(st(types.Nullify, 3, 0)); !errors.Is(err, signer.ErrConflict) {
		t.Errorf("against what was learnt: %v", err)
	}
	if err := next.Sure(); err != nil {
		t.Fatal(err)
	}
	if doubt, err := next.InDoubt(); doubt || err != nil {
		t.Fatalf("the doubt stays: %v", err)
	}
}
