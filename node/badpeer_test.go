package node_test

import (
	"context"
	"errors"
	"runtime"
	gosync "sync"
	"testing"
	"time"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
	"probity/node"
	"probity/node/sync"
	"probity/p2p"
)

func peerID(n *node.Node) (p2p.ID, error) { return p2p.ParseID(n.PeerID()) }

// send sends to a member until the queue has room; false when the member is
// gone.
func send(t testing.TB, h *p2p.Host, to p2p.ID, topic string, data []byte) bool {
	t.Helper()
	for {
		err := h.Send(to, topic, data)
		switch {
		case err == nil:
			return true
		case errors.Is(err, p2p.ErrNotConnected):
			return false
		case !errors.Is(err, p2p.ErrBusy):
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}

// Goal: messages that no honest peer sends are dropped, counted and scored, and
// their sender is banned, while the chain goes on. Method: a host of the right
// network that is no member sends each kind to one member, first once and then
// until it is thrown out; then it knocks again.
func TestBadInput_PeerMessages(t *testing.T) {
	c := sharedCluster(t)
	other := keys.Sum([]byte("another genesis"))
	batch := func(change func(*types.Tx), genesis keys.Hash) []byte {
		tx := c.payment(keys.Address{2}, types.Whole(1), 1)
		change(&tx)
		tx.Sign(c.user, genesis)
		return node.EncodeTxs([]types.Bytes{codec.MustMarshal(&tx)})
	}
	vote := func(key keys.PrivateKey, genesis keys.Hash) []byte {
		plan := c.result(0, "chain_status", nil).(map[string]any)
		s := types.Statement{Kind: types.Notarize, Epoch: types.Epoch(plan["epoch"].(float64)), View: types.View(plan["view"].(float64)), Digest: other}
		return codec.MustMarshal(&consensus.Message{Vote: &types.Vote{Statement: s, Signature: key.Sign(s.SignBytes(genesis)), Signer: 1}})
	}
	none := func(*types.Tx) {}
	for _, row := range []struct {
		name, topic string
		fault       string
		data        func() []byte
	}{
		{"malformed consensus", node.TopicConsensus, "invalid", func() []byte { return []byte("GET / HTTP/1.1") }},
		{"malformed transactions", node.TopicTxs, "invalid", func() []byte { return []byte{0x81, 0x41, 0xff} }},
		{"malformed sync", node.TopicSync, "invalid", func() []byte { return []byte{0xff} }},
		{"oversized consensus", node.TopicConsensus, "oversized", func() []byte { return make([]byte, 12<<20) }},
		{"oversized transactions", node.TopicTxs, "oversized", func() []byte { return make([]byte, node.TxsBytes+128<<10) }},
		{"transaction with a bad signature", node.TopicTxs, "invalid", func() []byte { return batch(none, other) }},
		{"transaction of another chain", node.TopicTxs, "invalid", func() []byte {
			return batch(func(tx *types.Tx) { tx.Chain = "another" }, c.opts[0].Genesis.Hash())
		}},
		{"vote of another chain", node.TopicConsensus, "invalid", func() []byte { return vote(c.spec.Members[1].Keys.Consensus, other) }},
		{"vote by a forged key", node.TopicConsensus, "invalid", func() []byte { return vote(c.user, c.opts[0].Genesis.Hash()) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			height, rejected := c.nodes[0].Height(), c.messages(0, row.topic, "rejected")
			faults := c.messages(0, "any", row.fault)
			h := c.stranger(0)
			to, err := peerID(c.nodes[0])
			if err != nil {
				t.Fatal(err)
			}
			send(t, h, to, row.topic, row.data())
			eventually(t, "scored", func() bool {
				p := c.peer(0, h.ID())
				return p == nil || p["score"].(float64) < 0
			})
			eventually(t, "banned", func() bool {
				return !send(t, h, to, row.topic, row.data()) && c.peer(0, h.ID()) == nil
			})
			eventually(t, "counted", func() bool { return c.messages(0, "any", row.fault) >= faults+2 })
			// A frame longer than any message is refused before its topic is read.
			if row.name != "oversized consensus" && c.messages(0, row.topic, "rejected") < rejected+2 {
				t.Errorf("rejected messages of %s are not counted", row.topic)
			}
			c.keptOut(0, h)
			c.reach(0, height+2, patience)
		})
	}
	if got := c.metric(0, "probity_evidence_total", nil); got != 0 {
		t.Errorf("forged votes convicted somebody: %v", got)
	}
	for i := range c.nodes { // whoever was honest has stayed
		if n := len(c.result(i, "node_peers", nil).([]any)); n < len(c.nodes)-1 {
			t.Errorf("member %d has %d peers", i, n)
		}
	}
}

// keptOut checks that a banned host is not let in again.
func (c *cluster) keptOut(i int, h *p2p.Host) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = h.Connect(ctx, c.nodes[i].P2PAddrs()[0]) // may end well for it before the member has closed it again
	eventually(c.t, "kept out", func() bool { return len(h.Peers()) == 0 && c.peer(i, h.ID()) == nil })
}

// Goal: a peer of another chain is told so and does not get in.
func TestBadInput_PeerOfAnotherChain(t *testing.T) {
	c := sharedCluster(t)
	h := c.host(keys.Sum([]byte("another genesis")))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.Connect(ctx, c.nodes[0].P2PAddrs()[0]); !errors.Is(err, p2p.ErrForeign) {
		t.Errorf("connect: %v", err)
	}
	if p := c.peer(0, h.ID()); p != nil {
		t.Errorf("it is a peer: %v", p)
	}
}

// Goal: what was said before has no effect when it is said again. Method: a
// host listens to the members, then repeats all it heard, and a transaction
// that is final, a hundred times.
func TestBadInput_PeerReplays(t *testing.T) {
	c := sharedCluster(t)
	var mu gosync.Mutex
	var heard [][]byte
	h := c.stranger(0)
	if err := h.Subscribe(node.TopicConsensus, func(_ context.Context, _ p2p.ID, data []byte) p2p.Verdict {
		mu.Lock()
		defer mu.Unlock()
		if len(heard) < 64 {
			heard = append(heard, data)
		}
		return p2p.Accept
	}); err != nil {
		t.Fatal(err)
	}
	user := c.user.Public().Address()
	tx := c.sign(c.user, func(tx *types.Tx) { *tx = c.payment(keys.Address{3}, types.Whole(1), c.footing(0, user).nonce) })
	c.final(0, tx)
	c.reach(0, c.nodes[0].Height()+32, patience) // some of it is of another epoch by now
	mu.Lock()
	old := heard
	heard = heard[:len(heard):len(heard)]
	mu.Unlock()
	if len(old) < 10 {
		t.Fatalf("heard %d messages", len(old))
	}
	before, ignored := c.footing(0, user), c.messages(0, node.TopicTxs, "ignored")
	to, err := peerID(c.nodes[0])
	if err != nil {
		t.Fatal(err)
	}
	const times = 100
	for range times {
		send(t, h, to, node.TopicTxs, node.EncodeTxs([]types.Bytes{tx.Raw}))
	}
	for range 4 {
		for _, m := range old {
			send(t, h, to, node.TopicConsensus, m)
		}
	}
	eventually(t, "the transactions are counted", func() bool { return c.messages(0, node.TopicTxs, "ignored") >= ignored+times })
	c.reach(0, c.nodes[0].Height()+3, patience)
	if f := c.footing(0, user); f != before {
		t.Errorf("the account was %+v and is %+v", before, f)
	}
	if n := c.metric(0, "probity_signer_refusals_total", nil) + c.metric(0, "probity_evidence_total", nil); n != 0 {
		t.Errorf("%v refusals and evidence", n)
	}
}

// Goal: a flood is cut off at the sender's limits, its sender is banned, and
// memory stays bounded. Method: a host sends well-formed answers that nobody
// asked for, small ones above the rate of messages and large ones above the
// rate of bytes, as fast as the member takes them. Its limits are low, so that
// a slow machine cannot be slower than they are.
func TestBadInput_PeerFloods(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector nobody is fast enough to flood")
	}
	c := newCluster(t, 1)
	c.opts[0] = node.Limited(c.opts[0], p2p.Limit{Messages: 50, MessagesBurst: 200, Bytes: 1 << 20, BytesBurst: 16 << 20})
	c.start(0)
	for _, size := range []int{16, 1 << 20} {
		block := &types.Block{Body: types.Body{Txs: []types.Bytes{make([]byte, size)}}}
		data := codec.MustMarshal(&sync.Message{ID: 1, Blocks: &sync.Blocks{Blocks: []*types.Block{block}}})
		height, flooding := c.nodes[0].Height(), c.messages(0, node.TopicSync, "flooding")
		h := c.stranger(0)
		to, err := peerID(c.nodes[0])
		if err != nil {
			t.Fatal(err)
		}
		heap := heapBytes()
		sent := 0
		for send(t, h, to, node.TopicSync, data) {
			if sent++; sent > 1<<16 {
				t.Fatal("the flood never ends")
			}
		}
		eventually(t, "banned", func() bool { return c.peer(0, h.ID()) == nil })
		if grown := heapBytes() - heap; grown > 64<<20 {
			t.Errorf("%d messages of %d bytes left %d MiB behind", sent, len(data), grown>>20)
		}
		eventually(t, "counted", func() bool {
			return c.messages(0, node.TopicSync, "flooding") >= flooding+20 && c.messages(0, "any", "flooding") >= 20
		})
		c.keptOut(0, h)
		c.reach(0, height+2, patience)
	}
}

// heapBytes is what is in use after a collection.
func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
