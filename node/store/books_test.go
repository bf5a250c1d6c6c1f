package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"probity/node/store"
)

// Goal: a range over the tip, and a value, is the same from a book as from the database.
// Method: blocks change small regions, one that grows beyond what a book holds
// and one of large values; drawn ranges inside regions, over a whole region and
// across regions are read from the store, which keeps books, and from a view,
// which reads the database.
func TestBooksEqualDatabase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := open(t, vfs.NewMem())
		defer func() { _ = s.Close() }() // what fails is told before
		key := rapid.Custom(func(t *rapid.T) string {
			region := rapid.SampledFrom([]string{"\x00\x02\x01", "\x00\x02\x02", "\x00\xff\xff", "\xff\xff\xff", "ab"}).Draw(t, "region")
			return region + rapid.SampledFrom([]string{"", "\x00", "a", "b", "ba", "\xff\xff"}).Draw(t, "rest")
		})
		c := begin(t, s, write{"\x00\x02\x01a", value(0)})
		for n := range rapid.IntRange(1, 12).Draw(t, "blocks") {
			var writes []write
			for range rapid.IntRange(0, 6).Draw(t, "writes") {
				w := write{key: key.Draw(t, "key")}
				switch rapid.IntRange(0, 3).Draw(t, "what") {
				case 0: // gone
				case 1:
					w.value = []byte(strings.Repeat("v", rapid.IntRange(1, 40<<10).Draw(t, "size")))
				default:
					w.value = value(n)
				}
				writes = append(writes, w)
			}
			if rapid.IntRange(0, 5).Draw(t, "grow") == 0 {
				for i := range 1040 {
					writes = append(writes, write{fmt.Sprintf("\x00\x02\x02%04d", i), value(i)})
				}
			}
			ok(t, s.Commit(batchOf(c.next(0, writes...))))
			view, err := s.View()
			ok(t, err)
			for range 4 {
				lo := key.Draw(t, "lo")
				hi := rapid.SampledFrom([]string{key.Draw(t, "hi"), lo[:min(3, len(lo))] + "\xff\xff\xff", "\x00\x02\x02", "\x01", "\x00\x02\x03", ""}).Draw(t, "end")
				end := []byte(hi)
				if hi == "" {
					end = nil
				}
				equal(t, fmt.Sprintf("%q to %q", lo, hi), list(t, view, lo, end), list(t, s, lo, end))
				one := []byte(key.Draw(t, "one"))
				want, err := view.Get(one)
				ok(t, err)
				got, err := s.Get(one) // a large value is in no cache, nor is what nobody asked for
				ok(t, err)
				if string(got) != string(want) || (got == nil) != (want == nil) {
					t.Fatalf("%q: %d bytes %.20q, want %d bytes %.20q", one, len(got), got, len(want), want)
				}
			}
			ok(t, view.Close())
		}
	})
}

type ranger interface {
	Range(lo, hi []byte, fn func(key, value []byte) bool) error
}

func list(t tester, r ranger, lo string, hi []byte) (out []string) {
	t.Helper()
	ok(t, r.Range([]byte(lo), hi, func(k, v []byte) bool {
		out = append(out, fmt.Sprintf("%x=%x", k, v))
		return len(out) < 40
	}))
	return out
}

// Goal: a range that stops early stops. Method: the first of three keys.
func TestBookStops(t *testing.T) {
	s := open(t, vfs.NewMem())
	begin(t, s, write{"\x00\x02\x01a", value(1)}, write{"\x00\x02\x01b", value(2)}, write{"\x00\x02\x01c", value(3)})
	for range 2 { // the first makes the book
		seen := 0
		ok(t, s.Range([]byte("\x00\x02\x01"), []byte("\x00\x02\x02"), func(_, _ []byte) bool { seen++; return false }))
		if seen != 1 {
			t.Fatalf("%d keys", seen)
		}
	}
	ok(t, s.Close())
}

var _ ranger = (*store.Store)(nil)
