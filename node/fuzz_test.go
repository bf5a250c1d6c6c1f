package node_test

import (
	"bytes"
	"testing"

	"probity/chain/codec"
	"probity/chain/types"
	"probity/node"
	"probity/node/sync"
)

// FuzzTxs: batches of transactions from strangers have one form.
func FuzzTxs(f *testing.F) {
	tx := types.Tx{Chain: "c", Msgs: []types.Msg{{Route: 2, ID: 1, Body: types.Bytes{0x80}}}}
	f.Add(node.EncodeTxs([]types.Bytes{codec.MustMarshal(&tx)}))
	f.Add(node.EncodeTxs(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		txs, err := node.DecodeTxs(b)
		if err != nil {
			return
		}
		raws := make([]types.Bytes, len(txs))
		for i, tx := range txs {
			raws[i] = tx.Raw
		}
		if again := node.EncodeTxs(raws); !bytes.Equal(again, b) {
			t.Fatalf("%x decodes and encodes to %x", b, again)
		}
	})
}

// FuzzSync: questions and answers between members have one form.
func FuzzSync(f *testing.F) {
	f.Add(codec.MustMarshal(&sync.Message{ID: 1, Range: &sync.Range{From: 3}}))
	f.Add(codec.MustMarshal(&sync.Message{Status: &sync.Status{Height: 3, Ask: true}}))
	f.Add(codec.MustMarshal(&sync.Message{ID: 1, Blocks: &sync.Blocks{Blocks: []*types.Block{{}}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var m sync.Message
		if codec.Unmarshal(b, &m) != nil {
			return
		}
		if again := codec.MustMarshal(&m); !bytes.Equal(again, b) {
			t.Fatalf("%x decodes and encodes to %x", b, again)
		}
	})
}
