package types

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/codec"
	"probity/chain/keys"
)

// Goal: a header's name is the hash of its one byte form, though its fields are
// written one by one for it. Method: headers of drawn fields beside the codec,
// and each field changed alone must change the name.
func TestHeaderWrittenByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h Header
		v := reflect.ValueOf(&h).Elem()
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "_" {
				continue
			}
			before := h.Digest()
			fill(t, v.Field(i))
			if h.Digest() == before {
				t.Fatalf("another %s, the same name", v.Type().Field(i).Name)
			}
		}
		if got, want := h.append(nil), codec.MustMarshal(&h); !bytes.Equal(got, want) {
			t.Fatalf("%x, the codec writes %x", got, want)
		}
		if got, want := h.Digest(), keys.Sum([]byte("block"), codec.MustMarshal(&h)); got != want {
			t.Fatalf("digest %s, want %s", got, want)
		}
	})
}

// Goal: what is signed holds the statement's one byte form, though it is written
// by hand. Method: drawn statements beside the codec.
func TestStatementWrittenByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Statement{
			Kind: Kind(rapid.Uint8().Draw(t, "kind")), Epoch: Epoch(rapid.Uint64().Draw(t, "epoch")), View: View(rapid.Uint64().Draw(t, "view")),
			Digest: keys.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest")),
		}
		genesis := keys.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "genesis"))
		if got, want := s.SignBytes(genesis), keys.SignBytes(s.Kind.String(), genesis, codec.MustMarshal(s)); !bytes.Equal(got, want) {
			t.Fatalf("%x, the codec writes %x", got, want)
		}
	})
}

// fill gives a field something that is not zero.
func fill(t *rapid.T, v reflect.Value) {
	edge := rapid.SampledFrom([]uint64{1, 23, 24, 255, 256, 65535, 65536, math.MaxUint32})
	switch f := v.Addr().Interface().(type) {
	case *Amount:
		*f = NewAmount(rapid.Uint64Range(1, math.MaxUint64).Draw(t, "amount"))
	case *keys.Hash:
		copy(f[:], rapid.SliceOfN(rapid.ByteRange(1, 255), 32, 32).Draw(t, "hash"))
	case *Bytes:
		*f = rapid.SliceOfN(rapid.Byte(), 1, 700).Draw(t, "bytes")
	default:
		v.SetUint(edge.Draw(t, "number"))
	}
}

// Goal: naming a header makes no garbage. Method: count.
func TestDigestAllocates(t *testing.T) {
	h := Header{Epoch: 7, View: 300, Height: 70_000, Time: 1 << 40, Reveal: make(Bytes, 64)}
	if n := testing.AllocsPerRun(100, func() { _ = h.Digest() }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkDigest names a header, beside the way through the codec.
func BenchmarkDigest(b *testing.B) {
	h := Header{Epoch: 7, View: 300, Height: 70_000, Time: 1 << 40, Reveal: make(Bytes, 64)}
	b.Run("by hand", func(b *testing.B) {
		for b.Loop() {
			_ = h.Digest()
		}
	})
	b.Run("codec", func(b *testing.B) {
		for b.Loop() {
			_ = keys.Sum([]byte("block"), codec.MustMarshal(&h))
		}
	})
}
