package store

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// adoptBytes bounds one batch of Adopt.
const adoptBytes = 4 << 20

// Adopt makes a final block and the state after it the beginning of a new
// database: a member that takes them from a snapshot goes on from there and has
// nothing older. The caller has checked the proof.
//
// It writes in several batches, of which the last names the tip: a crash leaves
// a directory that is of no use, so the caller adopts beside the database's
// place and renames when Adopt and Close have returned.
func (s *Store) Adopt(block *types.Block, changes *state.Changes, proof Proof) error {
	s.write.Lock()
	defer s.write.Unlock()
	switch err := s.ready(); {
	case err != nil:
		return err
	case s.tip.Load() != nil:
		return fmt.Errorf("%w: a snapshot over a chain that has begun", ErrOrder)
	case len(changes.Stale) > 0:
		return fmt.Errorf("%w: a snapshot replaces nothing", ErrOrder)
	}
	h := &block.Header
	if err := belongs(changes, h); err != nil {
		return err
	}
	if err := s.adoptState(changes); err != nil {
		return fmt.Errorf("adopt height %d: %w", h.Height, err)
	}
	proof.Height = h.Height
	t := &Tip{Header: *h, Signature: block.Signature, Digest: block.Digest(), Proof: &proof}
	start := pruned{State: h.Height, Blocks: h.Height}
	b := s.db.NewBatch()
	put(b, blockKey(placeOf(h), t.Digest), block)
	put(b, heightKey(tableFinality, h.Height), t.Proof)
	putHeader(b, t)
	put(b, keyPruned, &start)
	putTip(b, t)
	if err := s.commit(b, t, nil); err != nil {
		return err
	}
	s.pruned = start
	return nil
}

// adoptState writes values and nodes in batches of a bounded size.
func (s *Store) adoptState(c *state.Changes) error {
	b := s.db.NewBatch()
	flush := func(over int) error {
		if b.Len() <= over {
			return nil
		}
		err := s.apply(b)
		b = s.db.NewBatch()
		return err
	}
	for i := range c.Pages {
		p := &c.Pages[i]
		set(b, nodeKey(p.Key), p.Page.Append(nil, p.Key))
		if err := flush(adoptBytes); err != nil {
			return err
		}
	}
	for i := range c.Values {
		v := &c.Values[i]
		if v.Value == nil {
			return fmt.Errorf("%w: a snapshot deletes nothing", ErrOrder)
		}
		set(b, nodeKey(state.LeafKey(c.Version, v.Hash)), state.Leaf{Key: v.Key, Value: v.Value}.Append(nil))
		set(b, key(tableValue, v.Key), v.Value)
		if err := flush(adoptBytes); err != nil {
			return err
		}
	}
	return flush(0)
}

// Leaves calls fn with every key of the state after a kept block, ascending by
// the hash of the key, from one hash on, until fn returns false. It reads as of
// one moment: neither commits nor prunes show in it. state.ErrPruned says that
// the state is not kept.
func (s *Store) Leaves(h types.Height, root, from keys.Hash, fn func(state.Leaf) bool) (err error) {
	v, err := s.View()
	if err != nil {
		return err
	}
	defer func() {
		if cerr := v.Close(); err == nil {
			err = cerr
		}
	}()
	tree, err := state.At(v, h, root)
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			broken, ok := r.(*state.Fault)
			if !ok {
				panic(r)
			}
			err = broken
		}
	}()
	tree.Leaves(from, fn)
	return nil
}
