package store

import (
	"testing"

	"pgregory.net/rapid"
)

// TestClock puts, gets and drops at random beside a plain map and looks that
// the memory stays within its bound, that an entry is the last one put under
// its key or gone, and that what is read all the time outlives a scan.
func TestClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(entryBytes, 20*entryBytes).Draw(t, "limit")
		c, last := newClock[int, int](limit), map[int]int{}
		for n := range rapid.IntRange(1, 200).Draw(t, "steps") {
			k := rapid.IntRange(0, 30).Draw(t, "key")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				c.drop(k)
				delete(last, k)
			case 1:
				if v, ok := c.get(k); ok && v != last[k] {
					t.Fatalf("key %d is %d, want %d", k, v, last[k])
				}
			default:
				c.put(k, n, rapid.IntRange(0, 2*entryBytes).Draw(t, "size"), nil)
				last[k] = n
			}
			if c.bytes > limit || c.bytes < 0 || len(c.index)+len(c.free) != len(c.ring) {
				t.Fatalf("%d bytes of %d, %d entries and %d free places of %d", c.bytes, limit, len(c.index), len(c.free), len(c.ring))
			}
		}
	})
	c := newClock[int, int](10 * entryBytes)
	for i := range 1000 {
		c.put(i, i, 0, nil)
		if _, ok := c.get(0); !ok {
			t.Fatalf("the hot entry is gone after %d others", i)
		}
	}
}

// TestGeneration looks that a reader's find is taken in only where no commit
// has begun since it began to read.
func TestGeneration(t *testing.T) {
	c := newCache(1 << 20)
	k := []byte("key")
	began := c.gen.Load()
	c.begin()
	c.fillValue(k, []byte("old"), began)
	c.fillValue(k, []byte("between"), c.gen.Load())
	c.end()
	c.fillValue(k, []byte("old"), began)
	if v, ok := c.value(k); ok {
		t.Fatalf("took in %q", v)
	}
	c.fillValue(k, []byte("new"), c.gen.Load())
	if v, ok := c.value(k); !ok || string(v) != "new" {
		t.Fatalf("has %q, %v", v, ok)
	}
}
