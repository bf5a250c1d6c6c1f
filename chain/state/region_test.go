package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
)

// balance has its own byte form.
type balance uint64

func (b balance) AppendState(to []byte) []byte { return binary.BigEndian.AppendUint64(to, uint64(b)) }

func (b *balance) ReadState(from []byte) error {
	if len(from) != 8 {
		return errors.New("want 8 bytes")
	}
	*b = balance(binary.BigEndian.Uint64(from))
	return nil
}

// post is encoded by the codec.
type post struct {
	_     struct{} `cbor:",toarray"`
	Title string
	Cites []uint64
}

type height uint64

var (
	balances = NewMap[keys.Address, balance](Region{Route: 2, Number: 1, Name: "balances"})
	posts    = NewMap[Pair[height, string], post](Region{Route: 2, Number: 2, Name: "posts"})
	votes    = NewMap[Triple[uint16, keys.Hash, uint8], uint64](Region{Route: 0xffff, Number: 0xff, Name: "votes"})
	supply   = NewValue[balance](Region{Route: 2, Number: 3, Name: "supply"})
)

func overlay() *Overlay { return NewOverlay(NewBase(NewMemory())) }

// TestMap writes, reads, ranges over and deletes typed entries beside those of
// other regions.
func TestMap(t *testing.T) {
	o := overlay()
	alice, bob := keys.Address{0xff}, keys.Address{1}
	balances.Set(o, alice, 7)
	balances.Set(o, bob, 8)
	supply.Set(o, 15)
	if v, ok := balances.Get(o, alice); !ok || v != 7 || !balances.Has(o, bob) {
		t.Fatal("lost a balance")
	}
	var all []balance
	balances.Range(o, func(a keys.Address, b balance) bool {
		all = append(all, b)
		balances.Delete(o, a)
		return true
	})
	if !slices.Equal(all, []balance{8, 7}) || balances.Has(o, alice) {
		t.Fatalf("range shows %v", all)
	}
	if v, ok := balances.Get(o, alice); ok || v != 0 {
		t.Fatal("a deleted balance is there")
	}
	if v, ok := supply.Get(o); !ok || v != 15 {
		t.Fatal("the supply went with the balances")
	}
	supply.Delete(o)
	if _, ok := supply.Get(o); ok {
		t.Fatal("a deleted value is there")
	}
	if supply.Region().Name != "supply" || balances.Region().String() != "2/1 balances" {
		t.Fatal("regions are misnamed")
	}
}

// TestKeyOrder compares the order of key bytes with the order of keys, part by
// part, and reads each key back.
func TestKeyOrder(t *testing.T) {
	type key = Pair[height, string]
	gen := rapid.Custom(func(t *rapid.T) key {
		return key{height(rapid.Uint64().Draw(t, "height")), rapid.StringN(0, 3, 8).Draw(t, "name")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		want := cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second))
		if got := bytes.Compare(posts.Key(a), posts.Key(b)); got != want {
			t.Fatalf("bytes of %v and %v compare to %d", a, b, got)
		}
		var back key
		if !posts.keys.read(posts.Key(a)[3:], &back) || back != a {
			t.Fatalf("%v reads as %v", a, back)
		}
	})
}

// TestRanges ranges from a key on and by leading parts, in the last region of
// all, above which there is no key.
func TestRanges(t *testing.T) {
	type key = Triple[uint16, keys.Hash, uint8]
	o := overlay()
	var all []key
	for a := range uint16(3) {
		for b := range byte(3) {
			for c := range byte(3) {
				k := key{0xfffd + a, keys.Hash{0xfd + b, 31: b}, 0xfd + c}
				all = append(all, k)
				votes.Set(o, k, uint64(len(all)))
			}
		}
	}
	collect := func(walk func(func(key, uint64) bool)) (got []key) {
		walk(func(k key, v uint64) bool {
			if all[v-1] != k {
				t.Fatalf("%v has the value of %v", k, all[v-1])
			}
			got = append(got, k)
			return len(got) < 20
		})
		return got
	}
	for i, k := range all {
		from := collect(func(fn func(key, uint64) bool) { votes.RangeFrom(o, k, fn) })
		if !slices.Equal(from, all[i:min(i+20, 27)]) {
			t.Fatalf("from %v: %v", k, from)
		}
		for n, size := range []int{20, 9, 3, 1} {
			start := i
			if n < 3 {
				start = i / []int{27, 9, 3}[n] * []int{27, 9, 3}[n]
			}
			got := collect(func(fn func(key, uint64) bool) { votes.RangePrefix(o, k, n, fn) })
			if !slices.Equal(got, all[start:start+size]) {
				t.Fatalf("first %d of %v: %v", n, k, got)
			}
		}
	}
	wantPanic(t, "four parts of three", func() { votes.RangePrefix(o, all[0], 4, nil) })
}

// TestCorruptEntries puts bytes under regions that they cannot have written, and
// expects Faults instead of zero values.
func TestCorruptEntries(t *testing.T) {
	o := overlay()
	k := Pair[height, string]{1, "x"}
	posts.Set(o, k, post{Title: "t", Cites: []uint64{1}})
	if p, ok := posts.Get(o, k); !ok || p.Title != "t" || p.Cites[0] != 1 {
		t.Fatalf("post is %v", p)
	}
	o.Set(posts.Key(k), []byte{0x80})
	wantFault(t, "a post", ErrCorrupt, func() { posts.Get(o, k) })
	o.Set(supply.Region().Prefix(), []byte{1})
	wantFault(t, "a balance", ErrCorrupt, func() { supply.Get(o) })
	for _, key := range [][]byte{
		append(votes.prefix(), 1), // cut short
		append(votes.prefix(), append([]byte{0, 0, 0, 0, 0, 1, 0, 0}, make([]byte, 40)...)...), // above 16 bits
		append(votes.prefix(), make([]byte, 49)...),                                            // too long
	} {
		o := overlay()
		o.Set(key, []byte{0})
		wantFault(t, "a key", ErrCorrupt, func() {
			votes.Range(o, func(Triple[uint16, keys.Hash, uint8], uint64) bool { return true })
		})
	}
}

// halfOwn can be written but not read.
type halfOwn struct{}

func (halfOwn) AppendState(b []byte) []byte { return b }

// TestBadDeclarations declares regions whose keys or values have no byte form
// that serves, and expects the program to stop at once.
func TestBadDeclarations(t *testing.T) {
	r := Region{Route: 1, Number: 1, Name: "bad"}
	wantPanic(t, "signed key", func() { NewMap[int64, uint64](r) })
	wantPanic(t, "slice key", func() { NewMap[[]byte, uint64](r) })
	wantPanic(t, "array of words", func() { NewMap[[4]uint16, uint64](r) })
	wantPanic(t, "string before the end", func() { NewMap[Pair[string, uint8], uint64](r) })
	wantPanic(t, "hidden part", func() { NewMap[struct{ a uint8 }, uint64](r) })
	wantPanic(t, "half a byte form", func() { NewMap[uint8, halfOwn](r) })
	wantPanic(t, "value without a byte form", func() {
		NewValue[chan int](r).Set(overlay(), nil)
	})
}

// BenchmarkMap measures typed reads and writes in a transaction's overlay.
func BenchmarkMap(b *testing.B) {
	o := overlay()
	balances.Set(o, keys.Address{1}, 1)
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			balances.Get(o, keys.Address{1})
		}
	})
	b.Run("set", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			balances.Set(o, keys.Address{1}, 2)
		}
	})
	b.Run("transaction", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			child := o.Child()
			for range 3 {
				a := keys.Address{byte(i), byte(i >> 8)}
				v, _ := balances.Get(child, a)
				balances.Set(child, a, v+1)
				i++
			}
			child.Merge()
		}
	})
}
