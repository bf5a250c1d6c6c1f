package proof_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
	"probity/chain/state"
	"probity/chain/state/proof"
)

// tree is the state of n keys.
func tree(n int) *state.Tree {
	m := state.NewMemory()
	l := state.NewLayer(state.NewBase(m))
	for i := range n {
		l.Set(fmt.Append(nil, "key ", i), fmt.Append(nil, "value ", i))
	}
	root, c := l.Seal(1)
	m.Commit(c)
	t, err := state.At(m, 1, root)
	if err != nil {
		panic(err)
	}
	return t
}

// verify is what the proof shows of a key: nil for its presence with the value
// or for its absence, whatever is claimed.
func verify(p proof.Proof, root keys.Hash, key, value []byte, ok bool) error {
	if ok {
		return p.Includes(root, key, value)
	}
	return p.Excludes(root, key)
}

// TestProofs proves presence and absence in states of many sizes, and expects
// the proof to hold for that statement and for no other one: not for another
// value, another root, another key, or the opposite.
func TestProofs(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 10, 100, 1000} {
		tree := tree(n)
		for i := range min(2*n, 60) + 4 {
			key := fmt.Append(nil, "key ", i)
			value, ok, p := tree.Prove(key)
			if ok != (i < n) {
				t.Fatalf("%d keys: key %d is there: %v", n, i, ok)
			}
			if err := verify(p, tree.Root(), key, value, ok); err != nil {
				t.Fatalf("%d keys, key %d: %v", n, i, err)
			}
			if verify(p, tree.Root(), key, value, !ok) == nil {
				t.Fatalf("%d keys: the proof of key %d shows the opposite too", n, i)
			}
			if err := p.Includes(tree.Root(), key, []byte("other")); err == nil {
				t.Fatalf("%d keys: the proof of key %d holds for another value", n, i)
			}
			other := tree.Root()
			other[31] ^= 1
			if err := verify(p, other, key, value, ok); !errors.Is(err, proof.ErrRoot) {
				t.Fatalf("%d keys: with another root: %v", n, err)
			}
			if ok && p.Excludes(tree.Root(), []byte("nobody")) == nil {
				t.Fatalf("%d keys: a proof of presence shows the absence of another key", n)
			}
		}
	}
}

// TestMutations changes every byte of the wire form of proofs, in several ways,
// and expects that none of the results proves the statement.
func TestMutations(t *testing.T) {
	tree := tree(200)
	rapid.Check(t, func(t *rapid.T) {
		key := fmt.Append(nil, "key ", rapid.IntRange(0, 400).Draw(t, "key"))
		value, ok, p := tree.Prove(key)
		b := p.Encode()
		x := rapid.ByteRange(1, 255).Draw(t, "xor")
		for i := range b {
			c := bytes.Clone(b)
			c[i] ^= x
			if q, err := proof.Decode(c); err == nil && verify(q, tree.Root(), key, value, ok) == nil {
				t.Fatalf("byte %d of %x changed by %02x: still a proof", i, b, x)
			}
		}
	})
}

// TestForms refuses proofs that say the same in another form.
func TestForms(t *testing.T) {
	tree := tree(50)
	key := []byte("key 7")
	value, _, good := tree.Prove(key)
	for name, change := range map[string]func(*proof.Proof){
		"a sibling more":    func(p *proof.Proof) { p.Siblings = append(p.Siblings, keys.Hash{1}) },
		"a sibling less":    func(p *proof.Proof) { p.Siblings = p.Siblings[1:] },
		"an empty sibling":  func(p *proof.Proof) { p.Levels[31] |= 1; p.Siblings = append(p.Siblings, keys.Hash{}) },
		"half of a leaf":    func(p *proof.Proof) { p.OtherValue = keys.Hash{1} },
		"the key's own":     func(p *proof.Proof) { p.OtherKey, p.OtherValue = keys.Sum(key), keys.Sum(value) },
		"a leaf off path":   func(p *proof.Proof) { p.OtherKey = keys.Sum(key); p.OtherKey[0] ^= 0x80; p.OtherValue = keys.Hash{1} },
		"nothing but zeros": func(p *proof.Proof) { *p = proof.Proof{} },
	} {
		p := good
		p.Siblings = append([]keys.Hash(nil), good.Siblings...)
		change(&p)
		if p.Includes(tree.Root(), key, value) == nil || p.Excludes(tree.Root(), key) == nil {
			t.Errorf("%s: still a proof", name)
		}
	}
	off := good
	off.OtherKey, off.OtherValue = keys.Hash{^keys.Sum(key)[0]}, keys.Hash{1}
	if err := off.Excludes(tree.Root(), key); !errors.Is(err, proof.ErrForm) {
		t.Errorf("absence by a leaf off the path: %v", err)
	}
	good.OtherKey, good.OtherValue = keys.Sum(key), keys.Sum(value)
	if err := good.Excludes(tree.Root(), key); !errors.Is(err, proof.ErrPresent) {
		t.Errorf("absence by the key's own leaf: %v", err)
	}
}

// TestShared counts common bits at every length.
func TestShared(t *testing.T) {
	for i := range 256 {
		var a keys.Hash
		a[i/8] = 0x80 >> (i % 8)
		if proof.Shared(a, keys.Hash{}) != i || proof.Bit(a, i) != 1 {
			t.Fatalf("bit %d", i)
		}
	}
	if proof.Shared(keys.Hash{}, keys.Hash{}) != 256 {
		t.Fatal("equal paths share 256 bits")
	}
}

// FuzzDecode feeds the decoder: what it accepts encodes to the same bytes, and
// proves nothing about an honest root by accident.
func FuzzDecode(f *testing.F) {
	tree := tree(30)
	for i := range 40 {
		_, _, p := tree.Prove(fmt.Append(nil, "key ", i))
		f.Add(p.Encode())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := proof.Decode(b)
		if err != nil {
			return
		}
		if !bytes.Equal(p.Encode(), b) {
			t.Fatalf("%x encodes to %x", b, p.Encode())
		}
		if p.Includes(tree.Root(), []byte("key 3"), []byte("forged")) == nil || p.Excludes(tree.Root(), []byte("key 3")) == nil {
			t.Fatal("a forgery")
		}
	})
}
