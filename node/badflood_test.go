package node_test

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	gosync "sync"
	"testing"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/node"
	"probity/node/sync"
	"probity/p2p"
)

// Goal: messages of random kinds from a peer, damaged wherever chance has it, are
// refused or ignored; they leave no memory behind and the chain goes on. Method:
// what members really say, and questions and transactions, with bytes changed,
// cut and doubled, thousands of times past the peer's limits; PROBITY_FLOOD sets
// how often. The heap, in which four members live, is held against that before.
func TestBadInput_PeerNoise(t *testing.T) {
	count := 10_000
	if testing.Short() {
		count = 1000
	}
	if text := os.Getenv("PROBITY_FLOOD"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	c := sharedCluster(t)
	corpus := c.overhear(200)
	for i := range 8 {
		tx := c.sign(c.user, func(tx *types.Tx) { *tx = c.payment(keys.Address{4}, types.Whole(1), uint64(1000+i)) })
		corpus[node.TopicTxs] = append(corpus[node.TopicTxs], node.EncodeTxs([]types.Bytes{tx.Raw, tx.Raw[i:]}))
	}
	block := &types.Block{Body: types.Body{Txs: []types.Bytes{make([]byte, 500)}}}
	for _, m := range []sync.Message{
		{ID: 1, Status: &sync.Status{Height: 3, Ask: true}}, {ID: 2, Want: &sync.Want{Digest: keys.Hash{1}}}, {ID: 3, Range: &sync.Range{From: 1}},
		{ID: 4, Block: block}, {ID: 5, Blocks: &sync.Blocks{Blocks: []*types.Block{block, block}}}, {ID: 6},
	} {
		corpus[node.TopicSync] = append(corpus[node.TopicSync], codec.MustMarshal(&m))
	}
	r := rand.New(rand.NewPCG(7, 8))
	from, err := peerID(c.nodes[1])
	if err != nil {
		t.Fatal(err)
	}
	topics := []string{node.TopicConsensus, node.TopicTxs, node.TopicSync}
	verdicts := map[bool]int{}
	flood := func(n int) {
		for range n {
			topic := topics[r.IntN(len(topics))]
			kinds := corpus[topics[r.IntN(len(topics))]] // sometimes on another's topic
			if r.IntN(4) > 0 {
				kinds = corpus[topic]
			}
			v := node.Hear(t.Context(), c.nodes[0], topic, from, damaged(r, kinds[r.IntN(len(kinds))]))
			verdicts[v == p2p.Ignore || v == p2p.Accept]++
		}
	}
	flood(500)
	height, before := c.nodes[0].Height(), heapBytes()
	flood(count)
	if grown := heapBytes() - before; grown > 12<<20 {
		t.Errorf("%d messages left %d MiB behind", count, grown>>20)
	}
	if verdicts[false] < count/2 {
		t.Errorf("only %d of %d were refused", verdicts[false], count)
	}
	c.reach(0, height+3, patience)
	if n := c.metric(0, "probity_evidence_total", nil) + c.metric(0, "probity_signer_refusals_total", nil); n != 0 {
		t.Errorf("%v refusals and evidence", n)
	}
	t.Logf("%d messages: %d refused, heap %+d KiB", count, verdicts[false], (heapBytes()-before)>>10)
}

// overhear collects what members say.
func (c *cluster) overhear(most int) map[string][][]byte {
	c.t.Helper()
	var mu gosync.Mutex
	heard := [][]byte{}
	h := c.stranger(0)
	if err := h.Subscribe(node.TopicConsensus, func(_ context.Context, _ p2p.ID, data []byte) p2p.Verdict {
		mu.Lock()
		defer mu.Unlock()
		if len(heard) < most {
			heard = append(heard, data)
		}
		return p2p.Accept
	}); err != nil {
		c.t.Fatal(err)
	}
	eventually(c.t, "members are heard", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(heard) >= min(most, 50)
	})
	mu.Lock()
	defer mu.Unlock()
	return map[string][][]byte{node.TopicConsensus: slices.Clone(heard)}
}

// damaged changes, cuts or doubles bytes of a message.
func damaged(r *rand.Rand, b []byte) []byte {
	b = slices.Clone(b)
	for range 1 + r.IntN(3) {
		if len(b) == 0 {
			return b
		}
		at := r.IntN(len(b))
		switch r.IntN(4) {
		case 0:
			b = b[:at]
		case 1:
			b = slices.Insert(b, at, b[at/2:at]...)
		default:
			b[at] ^= 1 << r.IntN(8)
		}
	}
	return b
}
