package attack

import (
	"github.com/cockroachdb/pebble/v2/vfs"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
)

// ground is what the state of an assembly stands on.
type ground interface {
	state.Backend
	take(b *types.Block, r *exec.Result) error // makes an executed block the tip
	Close() error
}

// model is the state without a disk: cheap for little of it. It sorts all keys
// anew where they are walked after a change, so it says nothing about time.
type model struct{ *state.Memory }

func newModel(first *exec.Result) model {
	m := model{state.NewMemory()}
	m.Commit(first.Changes)
	return m
}

func (m model) take(_ *types.Block, r *exec.Result) error {
	m.Commit(r.Changes)
	m.Prune(r.Changes.Version)
	return nil
}

// Close is ground.
func (model) Close() error { return nil }

// database is a member's own store on a disk of memory.
type database struct{ *store.Store }

func newDatabase(genesis keys.Hash, first *exec.Result) (database, error) {
	s, err := store.Open(vfs.NewMem(), "data", store.Options{Genesis: genesis})
	if err != nil {
		return database{}, err
	}
	return database{s}, s.Genesis(first.Changes, first.Header)
}

// kept is how many blocks a database keeps.
const kept = 64

func (d database) take(b *types.Block, r *exec.Result) error {
	f := store.Final{
		Block: b, Digest: r.Digest, Changes: r.Changes, Txs: r.TxHashes(), Receipts: r.Receipts(), Events: r.Events(),
	}
	if err := d.Commit(store.Batch{Blocks: []store.Final{f}}); err != nil {
		return err
	}
	if h := r.Header.Height; h%kept == 0 && h > kept {
		return d.Prune(h-kept, h-kept)
	}
	return nil
}
