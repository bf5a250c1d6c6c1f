package state

import (
	"bytes"
	"errors"
	"testing"

	"probity/chain/keys"
)

// pagesOf are the stored pages of a small state, for fuzzing to begin with.
func pagesOf(n int) []NewPage {
	l := NewLayer(NewBase(NewMemory()))
	for i := range n {
		l.Set(benchKey(i), benchValue(i, 0))
	}
	_, c := l.Seal(300)
	return c.Pages
}

// FuzzPage feeds the page decoder: what it accepts encodes to the same bytes
// and hashes without panic.
func FuzzPage(f *testing.F) {
	for _, p := range append(pagesOf(50), pagesOf(1)...) {
		f.Add(p.Key.Append(nil), p.Page.Append(nil, p.Key))
	}
	f.Fuzz(func(t *testing.T, k, b []byte) {
		key, rest, err := CutNodeKey(k)
		if err != nil {
			return
		}
		if again := key.Append(nil); !bytes.Equal(append(again, rest...), k) {
			t.Fatalf("node key %x encodes to %x", k, again)
		}
		p, err := DecodePage(key, b)
		if err != nil {
			return
		}
		if again := p.Append(nil, key); !bytes.Equal(again, b) {
			t.Fatalf("page %x encodes to %x", b, again)
		}
		if p.Hash().IsZero() {
			t.Fatal("a page without a hash")
		}
	})
}

// TestPageMutations changes every byte of stored pages: the decoder refuses or
// gives a page that differs, so that nothing is ignored.
func TestPageMutations(t *testing.T) {
	for _, p := range pagesOf(40) {
		b := p.Page.Append(nil, p.Key)
		for i := range b {
			for _, x := range []byte{1, 0x80, 0xff} {
				c := bytes.Clone(b)
				c[i] ^= x
				if q, err := DecodePage(p.Key, c); err == nil && !bytes.Equal(q.Append(nil, p.Key), c) {
					t.Fatalf("page %v, byte %d: two forms", p.Key, i)
				}
			}
		}
		for n := range b {
			if _, err := DecodePage(p.Key, b[:n]); err == nil {
				t.Fatalf("page %v is accepted without its end", p.Key)
			}
		}
		if _, err := DecodePage(p.Key, append(bytes.Clone(b), 0)); err == nil {
			t.Fatal("a page with a tail is accepted")
		}
		elsewhere := pageKey(p.Key.Version, 5, &keys.Hash{0xab, 0xcd, 0xef})
		if _, err := DecodePage(elsewhere, b); err == nil && p.Page.shape().leaves != 0 {
			t.Fatal("a page with leaves is accepted in another place")
		}
	}
}

// TestRefused lists stored bytes that no update can have written.
func TestRefused(t *testing.T) {
	deep := NodeKey{Version: 2, Depth: 63}
	hash := bytes.Repeat([]byte{1}, 32)
	two := func(mask byte, tail ...[]byte) []byte { return append([]byte{0, 3, 0, mask}, bytes.Join(tail, nil)...) }
	zero := make([]byte, 32)
	last := append(make([]byte, 31), 1)
	if _, err := DecodePage(deep, two(3, []byte{0}, hash, zero, []byte{2}, hash, last)); err != nil {
		t.Fatalf("a page of two leaves: %v", err)
	}
	for name, b := range map[string][]byte{
		"nothing":                    {},
		"no slot":                    {0, 0, 0, 0},
		"a page below the last":      two(1, []byte{0}, hash, zero, []byte{0}, hash),
		"a leaf that is not taken":   append([]byte{0, 1, 0, 3, 0}, append(hash, zero...)...),
		"a leaf alone":               append([]byte{0, 1, 0, 1, 0}, append(hash, zero...)...),
		"a leaf in another's place":  two(3, []byte{0}, hash, last, []byte{0}, hash, last),
		"a version from the future":  two(3, []byte{3}, hash, zero, []byte{0}, hash, last),
		"a long form of the version": two(3, []byte{0x80, 0}, hash, zero, []byte{0}, hash, last),
		"the zero hash":              two(3, []byte{0}, zero, zero, []byte{0}, hash, last),
	} {
		if _, err := DecodePage(deep, b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := DecodePage(LeafKey(2, keys.Hash{}), two(3, []byte{0}, hash, zero, []byte{2}, hash, last)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a page at a leaf's key: %v", err)
	}
	for _, b := range [][]byte{make([]byte, 8), {8: 65}, {8: 2}, {8: 1, 9: 0x0f}} {
		if _, _, err := CutNodeKey(b); !errors.Is(err, ErrCorrupt) {
			t.Errorf("node key %x: %v", b, err)
		}
	}
	if _, err := DecodeLeaf(LeafKey(1, keys.Sum([]byte("k"))), Leaf{[]byte("x"), nil}.Append(nil)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another key's leaf: %v", err)
	}
}

// FuzzLeaf feeds the leaf decoder with records of the key that they hold: what
// it accepts encodes to the same bytes.
func FuzzLeaf(f *testing.F) {
	f.Add([]byte("key"), []byte("value"), []byte{})
	f.Add([]byte{}, []byte{}, []byte{0x80, 0})
	f.Fuzz(func(t *testing.T, key, value, raw []byte) {
		at := LeafKey(1, keys.Sum(key))
		b := Leaf{key, value}.Append(nil)
		l, err := DecodeLeaf(at, b)
		if err != nil || !bytes.Equal(l.Key, key) || !bytes.Equal(l.Value, value) {
			t.Fatalf("leaf %x=%x reads as %x=%x, %v", key, value, l.Key, l.Value, err)
		}
		if l, err = DecodeLeaf(at, raw); err == nil && !bytes.Equal(l.Append(nil), raw) {
			t.Fatalf("leaf record %x has another form", raw)
		}
	})
}
