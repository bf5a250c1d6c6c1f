package store

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"sync/atomic"

	"probity/chain/state"
	"probity/chain/types"
)

// clock is a bounded memory of one shard: entries stand in a ring, a hit marks
// its entry, and the hand looks for an entry to give up, taking marks away
// until it finds one without (second chance). What is read once, like a scan,
// does not drive out what is read again.
type clock[K comparable, V any] struct {
	mu    sync.RWMutex
	index map[K]int32
	ring  []entry[K, V]
	free  []int32
	hand  int
	bytes int
	limit int
}

type entry[K comparable, V any] struct {
	key    K
	value  V
	size   int
	taken  bool
	marked uint32 // atomic: hits mark under the read lock
}

// entryBytes is what an entry costs beside its key and value: the ring's part
// and the map's.
const entryBytes = 128

func newClock[K comparable, V any](limit int) *clock[K, V] {
	return &clock[K, V]{index: make(map[K]int32), limit: limit}
}

func (c *clock[K, V]) get(k K) (v V, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.index[k]
	if !ok {
		return v, false
	}
	return c.ring[i].hit(), true
}

// hit marks the entry and gives its value.
func (e *entry[K, V]) hit() V {
	if atomic.LoadUint32(&e.marked) == 0 {
		atomic.StoreUint32(&e.marked, 1)
	}
	return e.value
}

// lookup is get for a key that is bytes, without a copy of them.
func lookup(c *clock[string, []byte], k []byte) (v []byte, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.index[string(k)]
	if !ok {
		return nil, false
	}
	return c.ring[i].hit(), true
}

// replace is put for a key that is bytes and has a value here; false where it
// has none, or the new one is larger.
func replace(c *clock[string, []byte], k, v []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.index[string(k)]
	if !ok || len(v) > len(c.ring[i].value) {
		return false
	}
	e := &c.ring[i]
	c.bytes -= len(e.value) - len(v)
	e.size -= len(e.value) - len(v)
	e.value = v
	return true
}

// put takes v in, where allowed still says so when nobody else can change the
// shard; it may be nil.
func (c *clock[K, V]) put(k K, v V, size int, allowed func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size += entryBytes
	if allowed != nil && !allowed() {
		return
	}
	if i, ok := c.index[k]; ok {
		e := &c.ring[i]
		c.bytes += size - e.size
		e.value, e.size = v, size
	} else if size <= c.limit {
		c.room(size)
		c.add(entry[K, V]{key: k, value: v, size: size, taken: true})
	}
	c.room(0)
}

// room gives entries up until size more bytes fit.
func (c *clock[K, V]) room(size int) {
	for c.bytes+size > c.limit && len(c.index) > 0 {
		e := &c.ring[c.hand]
		switch {
		case !e.taken:
		case atomic.LoadUint32(&e.marked) == 1:
			atomic.StoreUint32(&e.marked, 0)
		default:
			c.remove(int32(c.hand))
		}
		c.hand = (c.hand + 1) % len(c.ring)
	}
}

func (c *clock[K, V]) add(e entry[K, V]) {
	c.bytes += e.size
	if n := len(c.free); n > 0 {
		i := c.free[n-1]
		c.free = c.free[:n-1]
		c.ring[i], c.index[e.key] = e, i
		return
	}
	c.ring = append(c.ring, e)
	c.index[e.key] = int32(len(c.ring) - 1)
}

// drop forgets k.
func (c *clock[K, V]) drop(k K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i, ok := c.index[k]; ok {
		c.remove(i)
	}
}

func (c *clock[K, V]) remove(i int32) {
	e := &c.ring[i]
	delete(c.index, e.key)
	c.bytes -= e.size
	*e = entry[K, V]{}
	c.free = append(c.free, i)
}

func (c *clock[K, V]) size() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.bytes
}

// shards spread the locks.
const shards = 8

// shardOf mixes a number into one of the shards.
func shardOf(x uint64) int { return int(x * 0x9e3779b97f4a7c15 >> (64 - 3)) }

// valueCache has latest values by state key; nil stands for none.
type valueCache [shards]*clock[string, []byte]

// valueBytes bounds a single cached value.
const valueBytes = 32 << 10

func (c *valueCache) shard(key []byte) *clock[string, []byte] {
	var tail [8]byte
	copy(tail[:], key[max(0, len(key)-8):])
	return c[shardOf(binary.LittleEndian.Uint64(tail[:]))]
}

// pagePlace names a page without its version: of the versions of a page only
// the latest is worth its memory.
type pagePlace struct {
	path  uint64
	depth uint8
}

// pageDepth is to which depth pages are cached: no state has as many keys as
// would fill deeper ones.
const pageDepth = 16

func placeOfPage(k *state.NodeKey) pagePlace {
	return pagePlace{binary.BigEndian.Uint64(k.Path[:]), k.Depth}
}

// pageVersion is a cached page.
type pageVersion struct {
	version types.Height
	page    state.Page
}

// pageCache has pages of the latest tree.
type pageCache [shards]*clock[pagePlace, pageVersion]

func (c *pageCache) shard(p pagePlace) *clock[pagePlace, pageVersion] {
	return c[shardOf(bits.RotateLeft64(p.path, 17)^uint64(p.depth))]
}

// cache is the hot part of the tip's state.
//
// A commit changes the database and then the cache, and readers meanwhile fill
// in what they missed. gen keeps them apart: it is odd while a commit is under
// way and grows with each. A reader fills in only what it has read entirely
// within one even gen, and a View believes the cache only while gen is that of
// its own moment.
type cache struct {
	gen          atomic.Uint64
	values       valueCache
	pages        pageCache
	hits, misses atomic.Uint64
}

// newCache gives a third of the bytes to values and the rest to pages.
func newCache(bytes int) *cache {
	c := new(cache)
	for i := range shards {
		c.values[i] = newClock[string, []byte](bytes / 3 / shards)
		c.pages[i] = newClock[pagePlace, pageVersion]((bytes - bytes/3) / shards)
	}
	return c
}

// count keeps the hit rate.
func (c *cache) count(hit bool) bool {
	if hit {
		c.hits.Add(1)
	} else {
		c.misses.Add(1)
	}
	return hit
}

func (c *cache) value(key []byte) ([]byte, bool) {
	v, ok := lookup(c.values.shard(key), key)
	return v, c.count(ok)
}

func (c *cache) page(k state.NodeKey) (state.Page, bool) {
	if k.Depth > pageDepth {
		return state.Page{}, false
	}
	p := placeOfPage(&k)
	v, ok := c.pages.shard(p).get(p)
	return v.page, c.count(ok && v.version == k.Version)
}

// fillValue takes in what a reader found, began being gen when it began.
func (c *cache) fillValue(key, value []byte, began uint64) {
	if len(value) > valueBytes {
		return
	}
	c.values.shard(key).put(string(key), value, len(key)+len(value), func() bool { return c.still(began) })
}

func (c *cache) fillPage(k state.NodeKey, page state.Page, began uint64) {
	if k.Depth > pageDepth {
		return
	}
	p := placeOfPage(&k)
	shard := c.pages.shard(p)
	if old, ok := shard.get(p); ok && old.version > k.Version {
		return
	}
	shard.put(p, pageVersion{k.Version, page}, page.Size(), func() bool { return c.still(began) })
}

// dropPage forgets a page that is pruned: a state that became empty has no page
// that would take its place.
func (c *cache) dropPage(k state.NodeKey) {
	if k.Depth > pageDepth {
		return
	}
	p := placeOfPage(&k)
	shard := c.pages.shard(p)
	if old, ok := shard.get(p); ok && old.version == k.Version {
		shard.drop(p)
	}
}

func (c *cache) still(began uint64) bool { return began&1 == 0 && c.gen.Load() == began }

// begin and end stand around a commit.
func (c *cache) begin() { c.gen.Add(1) }
func (c *cache) end()   { c.gen.Add(1) }

// apply takes in what a commit has changed.
func (c *cache) apply(ch *state.Changes) {
	for i := range ch.Values {
		v := &ch.Values[i]
		shard := c.values.shard(v.Key)
		switch {
		case len(v.Value) > valueBytes:
			shard.drop(string(v.Key))
		case !replace(shard, v.Key, v.Value):
			shard.put(string(v.Key), v.Value, len(v.Key)+len(v.Value), nil)
		}
	}
	for i := range ch.Pages {
		if k := ch.Pages[i].Key; k.Depth <= pageDepth {
			p := placeOfPage(&k)
			c.pages.shard(p).put(p, pageVersion{k.Version, ch.Pages[i].Page}, ch.Pages[i].Page.Size(), nil)
		}
	}
}

// bytes is the memory in use.
func (c *cache) bytes() (n int) {
	for i := range shards {
		n += c.values[i].size() + c.pages[i].size()
	}
	return n
}
