package store

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"probity/chain/state"
	"probity/chain/types"
)

// pruned is how far old data is gone.
type pruned struct {
	_      struct{}     `cbor:",toarray"`
	State  types.Height // versions below it
	Blocks types.Height // blocks below it
}

// pruneBytes bounds one batch of pruning.
const pruneBytes = 2 << 20

// Prune gives up the states below one height and the blocks below another,
// with their headers, proofs, receipts, events and transactions; both stop at
// the tip, and neither moves back. Where many blocks go at once the work is cut
// into batches, each leaving the database whole.
//
// Each call costs a barrier and range tombstones, so a node prunes every so
// many blocks rather than at each.
func (s *Store) Prune(stateBelow, blocksBelow types.Height) error {
	s.write.Lock()
	defer s.write.Unlock()
	t := s.tip.Load()
	if t == nil {
		return s.ready()
	}
	if err := s.pruneState(min(stateBelow, t.Header.Height)); err != nil {
		return fmt.Errorf("prune state: %w", err)
	}
	if err := s.pruneBlocks(min(blocksBelow, t.Header.Height)); err != nil {
		return fmt.Errorf("prune blocks: %w", err)
	}
	return nil
}

// Pruned is the oldest state and the oldest block that are kept.
func (s *Store) Pruned() (state, blocks types.Height) {
	s.write.Lock()
	defer s.write.Unlock()
	return s.pruned.State, s.pruned.Blocks
}

// errFull ends a batch that has grown enough.
var errFull = errors.New("batch is full")

// pruneState follows the lists of what each version has put out of use, up to
// the one of the oldest version kept (spec state, pruning).
func (s *Store) pruneState(oldest types.Height) error {
	for s.pruned.State < oldest {
		if err := s.ready(); err != nil {
			return err
		}
		b, to := s.db.NewBatch(), oldest
		from := heightKey(tableStale, s.pruned.State+1)
		err := s.reader.scan(from, heightKey(tableStale, oldest+1), func(k, v []byte) (bool, error) {
			at, ok := cutHeight(k[1:])
			if !ok {
				return false, fmt.Errorf("%w: stale list %x", ErrCorrupt, k)
			}
			if b.Len() > pruneBytes {
				to = at - 1
				return false, errFull
			}
			return true, s.pruneVersion(b, at, v)
		})
		if err != nil && !errors.Is(err, errFull) {
			return err
		}
		must(b.DeleteRange(from, heightKey(tableStale, to+1), nil))
		if err := s.prunedTo(b, pruned{State: to, Blocks: s.pruned.Blocks}); err != nil {
			return err
		}
	}
	return nil
}

// pruneVersion deletes what version at has put out of use. A node is written
// once and never again, so a single delete meets its one write and both vanish
// without going down to the lowest level.
func (s *Store) pruneVersion(b *pebble.Batch, at types.Height, list []byte) error {
	var failed error
	err := cutStale(list, func(gone []byte) {
		k := key(tableDeleted, gone)
		trace, err := s.reader.get(k)
		if last, ok := cutHeight(trace); ok && last <= at {
			del(b, k)
		}
		failed = firstOf(failed, err)
	}, func(k state.NodeKey) {
		must(b.SingleDelete(nodeKey(k), nil))
		s.cache.dropPage(k)
	})
	return firstOf(err, failed)
}

// pruneBlocks removes the blocks below the oldest kept: what stands in order in
// ranges, what is found by hash one by one.
func (s *Store) pruneBlocks(oldest types.Height) error {
	for s.pruned.Blocks < oldest {
		if err := s.ready(); err != nil {
			return err
		}
		b, from, to := s.db.NewBatch(), s.pruned.Blocks, s.pruned.Blocks
		for ; to < oldest && b.Len() <= pruneBytes; to++ {
			if err := s.pruneBlock(b, to); err != nil {
				return err
			}
		}
		for _, table := range []byte{tableHeader, tableFinality, tableReceipts, tableEvents} {
			must(b.DeleteRange(heightKey(table, from), heightKey(table, to), nil))
		}
		if err := s.pruneBodies(b, from, to); err != nil {
			return err
		}
		if err := s.prunedTo(b, pruned{State: s.pruned.State, Blocks: to}); err != nil {
			return err
		}
	}
	return nil
}

// pruneBlock deletes what leads to a block and its transactions by hash.
func (s *Store) pruneBlock(b *pebble.Batch, h types.Height) error {
	signed, digest, err := s.reader.header(h)
	if err != nil || signed == nil {
		return err // nothing of this height: the store began with a snapshot above it
	}
	del(b, hashKey(tableDigest, digest))
	receipts, err := s.reader.receipts(h)
	for i := range receipts {
		del(b, hashKey(tableTx, receipts[i].Tx))
	}
	return err
}

// pruneBodies deletes the blocks from one height up to another, and whatever
// else stands between their places.
func (s *Store) pruneBodies(b *pebble.Batch, from, to types.Height) error {
	var at [2]place
	for i, h := range []types.Height{from, to} {
		signed, _, err := s.reader.header(h)
		if err != nil {
			return err
		}
		if signed != nil {
			at[i] = placeOf(&signed.Header)
		}
	}
	if at[0].before(at[1]) {
		must(b.DeleteRange(placeKey(at[0]), placeKey(at[1]), nil))
	}
	return nil
}

// prunedTo writes the batch and notes how far it went. Losing it to a crash
// would lose nothing, but an unsynced write would make a simulated crash
// depend on when the log is written.
func (s *Store) prunedTo(b *pebble.Batch, p pruned) error {
	put(b, keyPruned, &p)
	if err := s.apply(b); err != nil {
		return err
	}
	s.pruned = p
	return nil
}
