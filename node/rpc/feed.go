package rpc

import (
	"crypto/rand"
	"encoding/hex"
	"sync"

	"probity/chain/keys"
	"probity/chain/types"
)

// recentMax bounds the notifications kept of each topic that no block holds.
const recentMax = 256

// Feed is where the node tells what has happened, and whom subscribers and
// waiting calls hear it from. Telling never blocks: a feed keeps the final
// height and a ring of what no block holds; everything else each subscriber
// reads from the store, at its own pace.
type Feed struct {
	mu     sync.Mutex
	change chan struct{} // closed at the next change
	tip    types.Height
	rings  map[string]*ring
	run    string // tells cursors of rings apart from those of an earlier run
}

// ring keeps the last notifications of a topic by their numbers, from 1.
type ring struct {
	last  uint64
	items [recentMax]any
}

// NewFeed makes a feed that stands at height 0.
func NewFeed() *Feed {
	var run [4]byte
	_, _ = rand.Read(run[:])
	return &Feed{
		change: make(chan struct{}), run: hex.EncodeToString(run[:]),
		rings: map[string]*ring{topicNewBlocks: {}, topicPeers: {}},
	}
}

// NewBlock is a block that has been notarized and is not yet final.
type NewBlock struct {
	Height types.Height `json:"height"`
	Hash   keys.Hash    `json:"hash"`
	Epoch  types.Epoch  `json:"epoch"`
	View   types.View   `json:"view"`
	Time   types.Time   `json:"time"`
	ASC    keys.Hash    `json:"asc"`
	Txs    int          `json:"txs"`
}

// PeerChange is a peer that came or went.
type PeerChange struct {
	ID        string `json:"id"`
	Connected bool   `json:"connected"`
	Peers     int    `json:"peers"` // connected now
}

// Finalized tells that all blocks up to h are final and can be read.
func (f *Feed) Finalized(h types.Height) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tip = max(f.tip, h)
	f.wake()
}

// NewBlock tells that a block has been notarized.
func (f *Feed) NewBlock(b NewBlock) { f.publish(topicNewBlocks, b) }

// Peer tells that a peer came or went.
func (f *Feed) Peer(p PeerChange) { f.publish(topicPeers, p) }

func (f *Feed) publish(topic string, item any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rings[topic]
	r.last++
	r.items[r.last%recentMax] = item
	f.wake()
}

func (f *Feed) wake() {
	close(f.change)
	f.change = make(chan struct{})
}

// moved is closed when something happens after the call.
func (f *Feed) moved() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.change
}

// height is the last final height told.
func (f *Feed) height() types.Height {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tip
}

// last is the number of a topic's newest notification.
func (f *Feed) last(topic string) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rings[topic].last
}

// item is the notification with a number; ok is false where the ring no longer
// has it.
func (f *Feed) item(topic string, n uint64) (item any, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rings[topic]
	if n > r.last || n+recentMax <= r.last {
		return nil, false
	}
	return r.items[n%recentMax], true
}
