package node

import (
	"errors"
	"fmt"
	"io"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

// verifiedMax bounds the memory of checked signatures; two generations are kept.
const verifiedMax = 1 << 16

// verified remembers which signatures hold, so that none is checked twice: a
// vote comes alone, again inside a certificate, and again inside a block.
type verified struct {
	scheme   func([]keys.Signed) []bool // nil: ed25519
	new, old map[keys.Hash]struct{}
}

// check reports which of the items hold, verifying the unknown ones together.
func (v *verified) check(items []keys.Signed, entropy io.Reader) []bool {
	out := make([]bool, len(items))
	var todo []keys.Signed
	var at []int
	ids := make([]keys.Hash, len(items))
	for i := range items {
		ids[i] = identity(&items[i])
		if v.has(ids[i]) {
			out[i] = true
			continue
		}
		todo, at = append(todo, items[i]), append(at, i)
	}
	if len(todo) == 0 {
		return out
	}
	for j, ok := range v.verify(todo, entropy) {
		if ok {
			out[at[j]] = true
			v.add(ids[at[j]])
		}
	}
	return out
}

func (v *verified) verify(items []keys.Signed, entropy io.Reader) []bool {
	if v.scheme != nil {
		return v.scheme(items)
	}
	return keys.VerifyBatch(items, entropy)
}

// identity names one signature by one key on one string.
func identity(s *keys.Signed) keys.Hash {
	b := make([]byte, 0, 512)
	b = append(b, s.Key[:]...)
	b = append(b, s.Signature[:]...)
	return keys.Sum(append(b, s.Message...))
}

func (v *verified) has(id keys.Hash) bool {
	if _, ok := v.new[id]; ok {
		return true
	}
	_, ok := v.old[id]
	return ok
}

func (v *verified) add(id keys.Hash) {
	if v.new == nil || len(v.new) >= verifiedMax {
		v.old, v.new = v.new, make(map[keys.Hash]struct{}, 1024)
	}
	v.new[id] = struct{}{}
}

// TxsMax bounds the transactions in one gossiped batch, and TxsBytes its size.
const (
	TxsMax   = 1024
	TxsBytes = 512 << 10
)

// ErrBatch is returned for a batch of transactions that is malformed.
var ErrBatch = errors.New("malformed batch of transactions")

// EncodeTxs makes a batch for gossip.
func EncodeTxs(raws []types.Bytes) []byte { return codec.MustMarshal(raws) }

// DecodeTxs reads a batch. Signatures are not checked.
func DecodeTxs(data []byte) ([]*types.SignedTx, error) {
	var raws []types.Bytes
	if err := codec.Unmarshal(data, &raws); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBatch, err)
	}
	if len(raws) == 0 || len(raws) > TxsMax {
		return nil, fmt.Errorf("%w: %d transactions", ErrBatch, len(raws))
	}
	out := make([]*types.SignedTx, len(raws))
	for i, raw := range raws {
		tx, err := types.DecodeTx(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBatch, err)
		}
		out[i] = tx
	}
	return out, nil
}
