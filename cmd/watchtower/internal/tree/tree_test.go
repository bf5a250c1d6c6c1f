package tree

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"
)

// Goal: roots are those of the specification. Method: the vectors of state §2,
// written one after another into one state, and taken out again.
func TestVectors(t *testing.T) {
	s := New()
	want := []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"fc0743bb16959663757b3542813fdf218f39726c49915e384cb37d179dd623a5",
		"fdd47af84a408b1954cc83d4f8c656c77b8413888b8b9629234e91d56ff77750",
		"d57bcf9410768f73540a8811d26192f2866230ac4c300dc5898b435e1ceafe1f",
	}
	keys, values := []string{"a", "b", "c"}, []string{"1", "2", ""}
	for i := 0; i <= 3; i++ {
		if got := s.Root(); hex.EncodeToString(got[:]) != want[i] {
			t.Errorf("root of %d keys: %x", i, got)
		}
		if i < 3 {
			s.Set(keys[i], []byte(values[i]))
		}
	}
	for i := 2; i >= 0; i-- {
		s.Delete(keys[i])
		if got := s.Root(); hex.EncodeToString(got[:]) != want[i] {
			t.Errorf("root after %q is gone: %x", keys[i], got)
		}
	}
}

// Goal: hashing only what changed gives the root of everything, Back restores
// it, and each key is proven present or absent. Method: random writes and
// removals against a state built from nothing; every proof is spoiled once.
func TestIncremental(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := New()
	for round := 0; round < 60; round++ {
		s.Settle()
		before := s.Root()
		for i := 0; i < 1+rng.IntN(20); i++ {
			k := fmt.Sprint("key", rng.IntN(200))
			if rng.IntN(3) == 0 {
				s.Delete(k)
			} else {
				s.Set(k, []byte{byte(rng.IntN(5))})
			}
		}
		if rng.IntN(4) == 0 {
			s.Back(0)
			if s.Root() != before {
				t.Fatal("Back does not restore the root")
			}
			continue
		}
		root, fresh := s.Root(), New()
		for _, k := range s.Keys("") {
			v, _ := s.Get(k)
			fresh.Set(k, v)
		}
		if fresh.Root() != root {
			t.Fatal("the root depends on history")
		}
		k := fmt.Sprint("key", rng.IntN(220))
		v, ok := s.Get(k)
		p := s.Prove(k)
		if q, err := DecodeProof(p.Encode()); err != nil || q.Check(root, k, v) != nil {
			t.Fatalf("%s (%v): the proof does not hold", k, ok)
		}
		if p.Check(root, k, append([]byte("x"), v...)) == nil {
			t.Fatal("a proof holds for another value")
		}
		root[3]++
		if p.Check(root, k, v) == nil {
			t.Fatal("a proof holds under another root")
		}
	}
}
