package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/pflag"

	"probity/chain/exec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
	"probity/node/store"
)

const replayLong = `
Execute every stored block again from the genesis, in memory, with all
signatures of transactions, and compare each state root with the stored one. The
node of the home must be stopped.`

// replayReport is what replay prints.
type replayReport struct {
	Blocks  types.Height `json:"blocks"`
	Txs     int          `json:"txs"`
	Root    keys.Hash    `json:"state_root"` // after the last block
	Seconds float64      `json:"seconds"`
}

func replayCommand(f *pflag.FlagSet) action {
	dir := homeFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(ctx context.Context, s *streams, _ []string) error {
		r, err := replay(ctx, s, home(*dir))
		if err != nil {
			return err
		}
		if *asJSON {
			return s.object(r)
		}
		s.printf("%d blocks, %d transactions, all state roots agree; the last is %s\n", r.Blocks, r.Txs, r.Root)
		return nil
	}
}

// replay opens the store of a home and executes what it holds.
func replay(ctx context.Context, s *streams, h home) (*replayReport, error) {
	g, _, err := readGenesis(h.genesis())
	if err != nil {
		return nil, err
	}
	if !exists(filepath.Join(string(h), "data")) {
		return nil, failed("no blocks are stored", string(h), "start the node first, or name another --home")
	}
	db, err := store.Open(vfs.Default, filepath.Join(string(h), "data"), store.Options{Genesis: g.Hash()})
	if err != nil {
		return nil, storeFailure(h, err)
	}
	r, err := replayStore(ctx, s, g, db)
	return r, errors.Join(err, db.Close())
}

// storeFailure puts an error of opening a home's database into one line with
// its fix.
func storeFailure(h home, err error) error {
	fix := ""
	switch {
	case errors.Is(err, store.ErrLocked):
		fix = "stop the node"
	case errors.Is(err, store.ErrForeign):
		fix = "use the genesis file that the home was made with"
	case errors.Is(err, store.ErrCorrupt):
		fix = "restore a backup, or move the folder away and synchronize anew"
	}
	return &failure{oneLine(err), filepath.Join(string(h), "data"), fix, err}
}

func replayStore(ctx context.Context, s *streams, g *exec.Genesis, db *store.Store) (r *replayReport, err error) {
	defer func() {
		if f, ok := recover().(error); ok {
			err = fmt.Errorf("replay: %w", f) // a broken invariant of the law or the state
		}
	}()
	x, err := exec.New(table(), g)
	if err != nil {
		return nil, err
	}
	tip, err := db.Tip()
	if err != nil {
		return nil, err
	}
	first, err := x.Genesis()
	if err != nil {
		return nil, err
	}
	mem := state.NewMemory()
	mem.Commit(first.Changes)
	base := x.Base(mem, first.Header, first.Digest)
	r = &replayReport{Root: first.Root()}
	if tip == nil {
		return r, nil
	}
	begun := time.Now()
	p := newProgress(s, "replay, blocks", int64(tip.Header.Height))
	defer p.end()
	for h := types.Height(1); h <= tip.Header.Height; h++ {
		if ctx.Err() != nil {
			return nil, errStopped
		}
		result, err := replayBlock(x, base, db, h)
		if err != nil {
			return nil, failed(fmt.Sprintf("block %d does not replay: %s", h, oneLine(err)), "", "the store or this program is broken: keep the home and report it")
		}
		mem.Commit(result.Changes)
		mem.Prune(h)
		base = x.Base(mem, result.Header, result.Digest)
		r.Blocks, r.Root, r.Txs = h, result.Root(), r.Txs+len(result.Txs)
		p.set(int64(h))
	}
	r.Seconds = round(time.Since(begun).Seconds(), 3)
	return r, nil
}

// replayBlock executes the block of a height on its parent; its header says
// what must come out.
func replayBlock(x *exec.Exec, parent exec.Parent, db *store.Store, h types.Height) (*exec.Result, error) {
	b, err := db.Block(h)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, errors.New("not stored: the node keeps no history that far back")
	}
	txs, err := exec.Decode(b)
	if err != nil {
		return nil, err
	}
	return x.Verify(parent, b, txs, checkSignatures(txs, x.Chain().Genesis))
}

// batchSize is how many signatures are verified together: more gain little and
// spread over no more cache.
const batchSize = 1024

// checkSignatures verifies transactions in batches.
func checkSignatures(txs []*types.SignedTx, genesis keys.Hash) []bool {
	out := make([]bool, 0, len(txs))
	items := make([]keys.Signed, 0, min(len(txs), batchSize))
	for from := 0; from < len(txs); from += batchSize {
		items = items[:0]
		for _, tx := range txs[from:min(from+batchSize, len(txs))] {
			items = append(items, tx.Signed(genesis))
		}
		out = append(out, keys.VerifyBatch(items, rand.Reader)...)
	}
	return out
}
