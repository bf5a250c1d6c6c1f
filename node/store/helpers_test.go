package store_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
)

// tester is what *testing.T, *testing.B and *rapid.T share.
type tester interface {
	Helper()
	Fatalf(string, ...any)
}

func ok(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

var genesisHash = keys.Sum([]byte("genesis"))

// open opens a store as the simulator does.
func open(t tester, fs vfs.FS) *store.Store {
	t.Helper()
	s, err := store.Open(fs, "data", store.Options{Genesis: genesisHash, Simulated: true})
	ok(t, err)
	return s
}

// chain makes blocks that extend one another.
type chain struct {
	t      tester
	store  *store.Store
	epoch  types.Epoch
	view   types.View
	height types.Height
	digest keys.Hash
}

// write is a change of the state; a nil value deletes.
type write struct {
	key   string
	value []byte
}

// begin stores a genesis with the given state.
func begin(t tester, s *store.Store, writes ...write) *chain {
	t.Helper()
	c := &chain{t: t, store: s}
	changes := seal(s, 0, writes)
	ok(t, s.Genesis(changes, types.Header{StateRoot: changes.Root}))
	tip, err := s.Tip()
	ok(t, err)
	c.digest = tip.Digest
	return c
}

// resume goes on where a reopened store ends.
func resume(t tester, s *store.Store) *chain {
	t.Helper()
	tip, err := s.Tip()
	ok(t, err)
	if tip == nil {
		t.Fatalf("no tip")
	}
	h := &tip.Header
	return &chain{t: t, store: s, epoch: h.Epoch, view: h.View, height: h.Height, digest: tip.Digest}
}

func seal(b state.Backend, version types.Height, writes []write) *state.Changes {
	l := state.NewLayer(state.NewBase(b))
	for _, w := range writes {
		if w.value == nil {
			l.Delete([]byte(w.key))
		} else {
			l.Set([]byte(w.key), w.value)
		}
	}
	_, changes := l.Seal(version)
	return changes
}

// next makes the block after the last one, with n transactions.
func (c *chain) next(n int, writes ...write) store.Final {
	c.view++
	c.height++
	changes := seal(c.store, c.height, writes)
	b := &types.Block{Header: types.Header{
		Epoch: c.epoch, View: c.view, Height: c.height, Parent: c.digest, StateRoot: changes.Root,
	}}
	b.Signature[0] = 1
	f := store.Final{Block: b, Changes: changes}
	for i := range n {
		tx := fmt.Appendf(nil, "tx %d of %d", i, c.height)
		hash := keys.Sum(tx)
		b.Body.Txs = append(b.Body.Txs, tx)
		f.Txs = append(f.Txs, hash)
		f.Receipts = append(f.Receipts, types.Receipt{Tx: hash, Height: c.height, Index: uint32(i), Events: []types.Event{}})
	}
	if n > 0 {
		f.Events = []types.Event{{Route: "bank", Name: "salary", Attrs: []types.Attr{{Key: "height", Value: fmt.Sprint(c.height)}}}}
	}
	f.Digest = b.Digest()
	c.digest = f.Digest
	return f
}

// fork makes a block in the next view that will not become final.
func (c *chain) fork(salt byte) *types.Block {
	b := &types.Block{Header: types.Header{Epoch: c.epoch, View: c.view + 1, Height: c.height + 1, Parent: c.digest}}
	b.Header.Seed[0] = salt
	b.Signature[0] = salt
	return b
}

func batchOf(blocks ...store.Final) store.Batch {
	last := blocks[len(blocks)-1]
	h := &last.Block.Header
	return store.Batch{Blocks: blocks, Proof: store.Proof{Finalization: types.Certificate{
		Statement: types.Statement{Kind: types.Finalize, Epoch: h.Epoch, View: h.View, Digest: last.Digest},
		Signers:   types.Bytes{1}, Signatures: []keys.Signature{{1}},
	}}}
}

// dump lists a state by key.
func dump(t tester, b state.Backend) (out []string) {
	t.Helper()
	ok(t, b.Range(nil, nil, func(k, v []byte) bool {
		out = append(out, fmt.Sprintf("%s=%x", k, v))
		return true
	}))
	return out
}

// sameBlock compares by the one byte form.
func sameBlock(t tester, want, got *types.Block) {
	t.Helper()
	if got == nil || !bytes.Equal(codec.MustMarshal(want), codec.MustMarshal(got)) {
		t.Fatalf("block %d came back as %v", want.Header.Height, got)
	}
}

func value(i int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }

func equal[T comparable](t tester, what string, want, got []T) {
	t.Helper()
	if !slices.Equal(want, got) {
		t.Fatalf("%s: want %v, got %v", what, want, got)
	}
}

var _ tester = (*testing.T)(nil)
