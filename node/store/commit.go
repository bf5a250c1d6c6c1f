package store

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/types"
)

// Proof shows that a block is final: the Finalization of the block or of the
// last of the trailing blocks that extend it (spec consensus §4).
type Proof struct {
	_            struct{}             `cbor:",toarray"`
	Height       types.Height         `json:"height"` // of the block; filled in by Commit
	Finalization types.Certificate    `json:"finalization"`
	Trailing     []types.SignedHeader `json:"trailing"`
}

// Final is one final block and what executing it gave.
type Final struct {
	Block    *types.Block
	Digest   keys.Hash
	Changes  *state.Changes
	Txs      []keys.Hash     // hashes of its transactions, in order
	Receipts []types.Receipt // of its transactions, in order
	Events   []types.Event   // of its hooks
}

// Batch is what becomes final at once: consecutive blocks, ascending, and the
// proof of the last one.
type Batch struct {
	Blocks []Final
	Proof  Proof
}

// Genesis stores the state before the first block and the header of height 0,
// which nobody signs. The database must be new.
func (s *Store) Genesis(changes *state.Changes, header types.Header) error {
	s.write.Lock()
	defer s.write.Unlock()
	switch err := s.ready(); {
	case err != nil:
		return err
	case s.tip.Load() != nil:
		return fmt.Errorf("%w: genesis of a chain that has begun", ErrOrder)
	case header.Height != 0:
		return fmt.Errorf("%w: genesis at height %d", ErrOrder, header.Height)
	}
	t := &Tip{Header: header, Digest: header.Digest()}
	if err := belongs(changes, &header); err != nil {
		return err
	}
	b := s.db.NewBatch()
	gone := putDeleted(b, changes)
	putHeader(b, t)
	putTip(b, t)
	putNodes(b, changes)
	putStale(b, changes, gone)
	putValues(b, changes)
	return s.commit(b, t, []*state.Changes{changes})
}

// Commit stores final blocks in one atomic batch and returns when it is synced.
// The first must follow the tip; a database without one starts wherever the
// first commit does, which is how a state snapshot comes in. Pending blocks at
// or before the last one's place are settled: those that are not in the batch
// are removed.
func (s *Store) Commit(batch Batch) error {
	s.write.Lock()
	defer s.write.Unlock()
	if err := firstOf(s.ready(), s.follows(batch.Blocks)); err != nil {
		return err
	}
	last := &batch.Blocks[len(batch.Blocks)-1]
	proof := batch.Proof
	proof.Height = last.Block.Header.Height
	t := &Tip{Header: last.Block.Header, Signature: last.Block.Signature, Digest: last.Digest, Proof: &proof}
	settled, start := s.pending.settled(batch.Blocks), s.pruned
	b := s.db.NewBatchWithSize(batch.size())
	for _, k := range settled.remove {
		del(b, k)
	}
	left := s.settledCertificates(placeOf(&last.Block.Header))
	for _, at := range left {
		del(b, certificateKey(at))
	}
	changes := make([]*state.Changes, len(batch.Blocks))
	for i := range batch.Blocks {
		f := &batch.Blocks[i]
		changes[i] = f.Changes
		if f == last {
			s.putFinal(b, f, t)
		} else {
			s.putFinal(b, f, nil)
		}
	}
	if s.tip.Load() == nil {
		first := batch.Blocks[0].Block.Header.Height
		start = pruned{State: first, Blocks: first}
		put(b, keyPruned, &start)
	}
	if err := s.commit(b, t, changes); err != nil {
		return err
	}
	s.pruned = start
	s.pending.settle(settled)
	for _, at := range left {
		delete(s.certificates, at)
	}
	s.commits.Add(1)
	s.blocks.Add(uint64(len(batch.Blocks)))
	return nil
}

// commit writes the batch, which makes t the tip, and brings memory up to date.
func (s *Store) commit(b *pebble.Batch, t *Tip, changes []*state.Changes) error {
	s.cache.begin()
	defer s.cache.end()
	if err := s.apply(b); err != nil {
		return fmt.Errorf("commit height %d: %w", t.Header.Height, err)
	}
	for _, c := range changes {
		s.cache.apply(c)
		s.books.apply(c)
	}
	s.tip.Store(t)
	return nil
}

// follows checks that blocks extend the tip one by one.
func (s *Store) follows(blocks []Final) error {
	if len(blocks) == 0 {
		return fmt.Errorf("%w: it has no block", ErrOrder)
	}
	tip := s.tip.Load()
	for i := range blocks {
		f := &blocks[i]
		h := &f.Block.Header
		if tip != nil && (h.Height != tip.Header.Height+1 || h.Parent != tip.Digest || !placeOf(&tip.Header).before(placeOf(h))) {
			return fmt.Errorf("%w: height %d on %s after height %d, %s", ErrOrder,
				h.Height, h.Parent.Short(), tip.Header.Height, tip.Digest.Short())
		}
		if err := belongs(f.Changes, h); err != nil {
			return err
		}
		if len(f.Txs) != len(f.Block.Body.Txs) || len(f.Receipts) != len(f.Txs) {
			return fmt.Errorf("%w: height %d has %d transactions, %d hashes, %d receipts", ErrOrder,
				h.Height, len(f.Block.Body.Txs), len(f.Txs), len(f.Receipts))
		}
		tip = &Tip{Header: *h, Digest: f.Digest}
	}
	return nil
}

// belongs checks that changes lead to the state that the header commits to.
func belongs(c *state.Changes, h *types.Header) error {
	if c.Version != h.Height || c.Root != h.StateRoot {
		return fmt.Errorf("%w: changes of version %d to root %s with header %d of %s", ErrOrder,
			c.Version, c.Root.Short(), h.Height, h.StateRoot.Short())
	}
	return nil
}

// size is about how many bytes the batch takes.
func (b *Batch) size() (n int) {
	for i := range b.Blocks {
		f := &b.Blocks[i]
		for _, tx := range f.Block.Body.Txs {
			n += len(tx)
		}
		n += 4096 + 256*len(f.Txs) + 256*len(f.Changes.Values) + 32*len(f.Changes.Stale)
		for j := range f.Changes.Pages {
			n += f.Changes.Pages[j].Page.Size()
		}
	}
	return n
}

// putFinal adds everything about one final block, nearly in key order: sorted
// input is what both kinds of memory table take fastest.
// The last block of a batch is the new tip.
func (s *Store) putFinal(b *pebble.Batch, f *Final, tip *Tip) {
	h := f.Block.Header.Height
	if !s.pending.holds(f.Digest, f.Block.Signature) {
		put(b, blockKey(placeOf(&f.Block.Header), f.Digest), f.Block)
	}
	gone := putDeleted(b, f.Changes)
	if len(f.Events) > 0 {
		put(b, heightKey(tableEvents, h), f.Events)
	}
	if tip != nil {
		put(b, heightKey(tableFinality, h), tip.Proof)
	}
	putHeader(b, &Tip{Header: f.Block.Header, Signature: f.Block.Signature, Digest: f.Digest})
	if tip != nil {
		putTip(b, tip)
	}
	putNodes(b, f.Changes)
	for i := 0; i < len(f.Receipts); i += receiptChunk {
		put(b, receiptsKey(h, i/receiptChunk), f.Receipts[i:min(i+receiptChunk, len(f.Receipts))])
	}
	putStale(b, f.Changes, gone)
	for _, i := range order(len(f.Txs), func(i int) (uint8, []byte) { return 0, f.Txs[i][:] }) {
		set(b, hashKey(tableTx, f.Txs[i]), txPlace(h, int(i)))
	}
	putValues(b, f.Changes)
}

// order lists 0 to n−1 by a number and the first eight bytes of a key.
func order(n int, at func(i int) (uint8, []byte)) []int32 {
	type ranked struct {
		head  uint64
		major uint8
		i     int32
	}
	list := make([]ranked, n)
	for i := range list {
		major, k := at(i)
		list[i] = ranked{binary.BigEndian.Uint64(k), major, int32(i)}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.major, b.major), cmp.Compare(a.head, b.head), cmp.Compare(a.i, b.i))
	})
	out := make([]int32, n)
	for i := range list {
		out[i] = list[i].i
	}
	return out
}

// putHeader adds a header and the way to it from its digest.
func putHeader(b *pebble.Batch, t *Tip) {
	v := append(make([]byte, 0, 640), t.Digest[:]...)
	v, err := codec.Append(v, &types.SignedHeader{Header: t.Header, Signature: t.Signature})
	must(err)
	set(b, heightKey(tableHeader, t.Header.Height), v)
	set(b, hashKey(tableDigest, t.Digest), heightValue(t.Header.Height))
}

// putTip names the new tip.
func putTip(b *pebble.Batch, t *Tip) {
	put(b, keyTip, &tipRecord{Height: t.Header.Height, Root: t.Header.StateRoot})
}

// putDeleted adds the traces of deleted keys and lists them.
func putDeleted(b *pebble.Batch, c *state.Changes) (gone [][]byte) {
	for i := range c.Values {
		if v := &c.Values[i]; v.Value == nil {
			set(b, key(tableDeleted, v.Key), heightValue(c.Version))
			gone = append(gone, v.Key)
		}
	}
	return gone
}

// putNodes adds the new pages and leaf records of the tree.
func putNodes(b *pebble.Batch, c *state.Changes) {
	var k, v []byte
	for _, i := range order(len(c.Pages), func(i int) (uint8, []byte) { return c.Pages[i].Key.Depth, c.Pages[i].Key.Path[:] }) {
		p := &c.Pages[i]
		k = p.Key.Append(append(k[:0], tableNode))
		v = p.Page.Append(v[:0], p.Key)
		set(b, k, v)
	}
	for _, i := range order(len(c.Values), func(i int) (uint8, []byte) { return 0, c.Values[i].Hash[:] }) {
		change := &c.Values[i]
		if change.Value == nil {
			continue
		}
		k = state.LeafKey(c.Version, change.Hash).Append(append(k[:0], tableNode))
		v = state.Leaf{Key: change.Key, Value: change.Value}.Append(v[:0])
		set(b, k, v)
	}
}

// putStale adds the list of what the version put out of use.
func putStale(b *pebble.Batch, c *state.Changes, gone [][]byte) {
	if len(gone)+len(c.Stale) > 0 {
		set(b, heightKey(tableStale, c.Version), appendStale(nil, gone, c.Stale))
	}
}

// putValues brings the latest values up to date.
func putValues(b *pebble.Batch, c *state.Changes) {
	var k []byte
	for i := range c.Values {
		v := &c.Values[i]
		k = append(append(k[:0], tableValue), v.Key...)
		if v.Value == nil {
			del(b, k)
			continue
		}
		set(b, k, v.Value)
	}
}

// appendStale is a value of tableStale: the number of deleted keys, each with
// its length before it, and then node keys to the end.
func appendStale(b []byte, gone [][]byte, nodes []state.NodeKey) []byte {
	b = binary.AppendUvarint(b, uint64(len(gone)))
	for _, k := range gone {
		b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
	}
	for i := range nodes {
		b = nodes[i].Append(b)
	}
	return b
}

// cutStale calls the functions with what appendStale was given.
func cutStale(b []byte, gone func([]byte), node func(state.NodeKey)) error {
	n, b, err := cutUvarint(b)
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		var size uint64
		if size, b, err = cutUvarint(b); err != nil {
			return err
		}
		if size > uint64(len(b)) {
			return fmt.Errorf("%w: stale list", ErrCorrupt)
		}
		gone(b[:size])
		b = b[size:]
	}
	for len(b) > 0 {
		var k state.NodeKey
		if k, b, err = state.CutNodeKey(b); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		node(k)
	}
	return nil
}

func cutUvarint(b []byte) (uint64, []byte, error) {
	x, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, fmt.Errorf("%w: stale list", ErrCorrupt)
	}
	return x, b[n:], nil
}
