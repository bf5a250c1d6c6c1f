package store

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// pendingSet knows the stored blocks above the tip's place; their bytes are on
// the disk alone.
type pendingSet struct {
	mu sync.RWMutex
	by map[keys.Hash]pendingBlock
}

type pendingBlock struct {
	place     place
	signature keys.Signature // zero while the member's own proposal is not signed
}

func (p *pendingSet) len() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.by)
}

func (p *pendingSet) get(digest keys.Hash) (pendingBlock, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	b, ok := p.by[digest]
	return b, ok
}

// of lists the keys of an epoch's blocks, ascending. Most epochs begin with none,
// and asking the database would cost more than all of its blocks.
func (p *pendingSet) of(epoch types.Epoch) (out [][]byte) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for digest, b := range p.by {
		if b.place.epoch == epoch {
			out = append(out, blockKey(b.place, digest))
		}
	}
	slices.SortFunc(out, bytes.Compare)
	return out
}

// holds says whether the block is stored with just this signature.
func (p *pendingSet) holds(digest keys.Hash, sig keys.Signature) bool {
	b, ok := p.get(digest)
	return ok && b.signature == sig
}

func (p *pendingSet) add(digest keys.Hash, b pendingBlock) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.by == nil {
		p.by = make(map[keys.Hash]pendingBlock)
	}
	p.by[digest] = b
}

// settlement is what a commit decides about pending blocks: which are pending
// no more, and the keys of those that did not become final.
type settlement struct {
	digests []keys.Hash
	remove  [][]byte
}

// settled works out what final blocks settle.
func (p *pendingSet) settled(final []Final) (out settlement) {
	last := placeOf(&final[len(final)-1].Block.Header)
	kept := make(map[keys.Hash]bool, len(final))
	for i := range final {
		kept[final[i].Digest] = true
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	for digest, b := range p.by {
		if last.before(b.place) {
			continue
		}
		out.digests = append(out.digests, digest)
		if !kept[digest] {
			out.remove = append(out.remove, blockKey(b.place, digest))
		}
	}
	slices.SortFunc(out.remove, bytes.Compare)
	return out
}

func (p *pendingSet) settle(s settlement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, digest := range s.digests {
		delete(p.by, digest)
	}
}

// PutPending stores blocks of views above the tip and returns when they are
// synced, all in one batch: a vote for one of them may leave after that.
// Blocks that are stored already, or whose place is settled, are passed over.
func (s *Store) PutPending(blocks ...*types.Block) error {
	s.write.Lock()
	defer s.write.Unlock()
	if err := s.ready(); err != nil {
		return err
	}
	type fresh struct {
		digest keys.Hash
		block  pendingBlock
	}
	var todo []fresh
	b := s.db.NewBatch()
	for _, block := range blocks {
		digest, at := block.Digest(), placeOf(&block.Header)
		if s.pending.holds(digest, block.Signature) || !s.above(at) {
			continue
		}
		set(b, blockKey(at, digest), codec.MustMarshal(block))
		todo = append(todo, fresh{digest, pendingBlock{at, block.Signature}})
	}
	if len(todo) == 0 {
		return explain("put pending", b.Close())
	}
	if err := s.apply(b); err != nil {
		return fmt.Errorf("put pending: %w", err)
	}
	for _, f := range todo {
		s.pending.add(f.digest, f.block)
	}
	return nil
}

// above says whether a place comes after the tip's.
func (s *Store) above(p place) bool {
	t := s.tip.Load()
	return t == nil || placeOf(&t.Header).before(p)
}

// Pending lists the stored blocks of an epoch that no commit has settled, by
// view and digest.
func (s *Store) Pending(epoch types.Epoch) ([]*types.Block, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	var out []*types.Block
	for _, k := range s.pending.of(epoch) {
		b := new(types.Block)
		ok, err := s.reader.value(k, b)
		if err != nil {
			return out, err
		}
		if ok { // what is gone, a commit has just settled
			out = append(out, b)
		}
	}
	return out, nil
}

// loadPending finds the pending blocks of a database that is being opened.
func (s *Store) loadPending() error {
	var from place
	if t := s.tip.Load(); t != nil {
		from = placeOf(&t.Header)
		from.view++
	}
	return s.reader.scan(placeKey(from), []byte{tableBlock + 1}, func(k, v []byte) (bool, error) {
		at, digest, ok := cutBlockKey(k)
		b := new(types.Block)
		if err := decode(k, v, b); err != nil {
			return false, err
		}
		if !ok || b.Digest() != digest || placeOf(&b.Header) != at {
			return false, fmt.Errorf("%w: pending block %x", ErrCorrupt, k)
		}
		s.pending.add(digest, pendingBlock{at, b.Signature})
		return true, nil
	})
}
