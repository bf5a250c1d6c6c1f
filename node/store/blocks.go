package store

import (
	"fmt"

	"probity/chain/keys"
	"probity/chain/types"
)

// Header is the signed header of a final block, nil where the height is not
// stored. The genesis has a header and no signature.
func (s *Store) Header(h types.Height) (*types.SignedHeader, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	signed, _, err := s.reader.header(h)
	return signed, err
}

// Digest is the digest of a final block; false where the height is not stored.
func (s *Store) Digest(h types.Height) (keys.Hash, bool, error) {
	if err := s.ready(); err != nil {
		return keys.Hash{}, false, err
	}
	signed, digest, err := s.reader.header(h)
	return digest, signed != nil, err
}

// HeightOf is the height of the final block with a digest; false where there
// is none.
func (s *Store) HeightOf(digest keys.Hash) (types.Height, bool, error) {
	if err := s.ready(); err != nil {
		return 0, false, err
	}
	b, err := s.reader.get(hashKey(tableDigest, digest))
	if err != nil || b == nil {
		return 0, false, err
	}
	h, ok := cutHeight(b)
	if !ok {
		return 0, false, fmt.Errorf("%w: height of %s", ErrCorrupt, digest)
	}
	return h, true, nil
}

// Block is the final block of a height, nil where it is not stored.
func (s *Store) Block(h types.Height) (*types.Block, error) {
	raw, err := s.BlockBytes(h)
	if err != nil || raw == nil {
		return nil, err
	}
	b := new(types.Block)
	if err := decode(heightKey(tableBlock, h), raw, b); err != nil {
		return nil, err
	}
	return b, nil
}

// BlockBytes is the one byte form of the final block of a height, nil where it
// is not stored.
func (s *Store) BlockBytes(h types.Height) ([]byte, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	signed, digest, err := s.reader.header(h)
	if err != nil || signed == nil || h == 0 {
		return nil, err
	}
	return s.reader.get(blockKey(placeOf(&signed.Header), digest))
}

// BlockByDigest is the block with a digest, final or pending, nil where it is
// not stored. A pending block of this member may have no signature yet.
func (s *Store) BlockByDigest(digest keys.Hash) (*types.Block, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	if p, ok := s.pending.get(digest); ok {
		b := new(types.Block)
		if ok, err := s.reader.value(blockKey(p.place, digest), b); err != nil || ok {
			return b, err
		}
	}
	h, ok, err := s.HeightOf(digest)
	if err != nil || !ok {
		return nil, err
	}
	return s.Block(h)
}

// Finality is the proof nearest to a height, at or above it, which proves all
// blocks up to its own Height; nil above the tip.
func (s *Store) Finality(h types.Height) (*Proof, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	if t := s.tip.Load(); t != nil && t.Proof != nil && t.Header.Height == h {
		p := *t.Proof
		return &p, nil
	}
	var p *Proof
	err := s.reader.scan(heightKey(tableFinality, h), []byte{tableFinality + 1}, func(k, v []byte) (bool, error) {
		p = new(Proof)
		return false, decode(k, v, p)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Receipts are those of a height's transactions, in order; nil where there are
// none or the height is not stored.
func (s *Store) Receipts(h types.Height) ([]types.Receipt, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	return s.reader.receipts(h)
}

func (r reader) receipts(h types.Height) (out []types.Receipt, err error) {
	err = r.scan(heightKey(tableReceipts, h), heightKey(tableReceipts, h+1), func(k, v []byte) (bool, error) {
		var chunk []types.Receipt
		err := decode(k, v, &chunk)
		out = append(out, chunk...)
		return true, err
	})
	return out, err
}

// TxPlace is where a final transaction stands: its height and its index in the
// block; false where it is not stored, or its commit has not returned yet.
// Pebble shows what a commit brings while it is still being synced: whoever was
// told of the transaction then would read the state before it.
func (s *Store) TxPlace(hash keys.Hash) (types.Height, int, bool, error) {
	if err := s.ready(); err != nil {
		return 0, 0, false, err
	}
	b, err := s.reader.get(hashKey(tableTx, hash))
	if err != nil || b == nil {
		return 0, 0, false, err
	}
	h, i, ok := cutTxPlace(b)
	if !ok {
		return 0, 0, false, fmt.Errorf("%w: place of transaction %s", ErrCorrupt, hash)
	}
	if tip, _ := s.tip.Load().state(); h > tip {
		return 0, 0, false, nil
	}
	return h, i, true, nil
}

// Receipt is that of a final transaction, nil where it is not stored.
func (s *Store) Receipt(hash keys.Hash) (*types.Receipt, error) {
	h, i, ok, err := s.TxPlace(hash)
	if err != nil || !ok {
		return nil, err
	}
	var chunk []types.Receipt
	ok, err = s.reader.value(receiptsKey(h, i/receiptChunk), &chunk)
	if err != nil || !ok {
		return nil, err
	}
	if i %= receiptChunk; i >= len(chunk) || chunk[i].Tx != hash {
		return nil, fmt.Errorf("%w: receipt of transaction %s", ErrCorrupt, hash)
	}
	return &chunk[i], nil
}

// Events are those of a block's hooks; nil where there are none or the height
// is not stored.
func (s *Store) Events(h types.Height) ([]types.Event, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	var out []types.Event
	_, err := s.reader.value(heightKey(tableEvents, h), &out)
	return out, err
}
