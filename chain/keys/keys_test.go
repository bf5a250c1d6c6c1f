package keys_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/chain/keys"
)

func ExampleSignBytes() {
	key := keys.FromSeed([32]byte{1})
	msg := keys.SignBytes("tx", keys.Sum([]byte("genesis")), []byte("payload"))
	fmt.Println(key.Public().Address())
	fmt.Println(keys.Verify(keys.Signed{Key: key.Public(), Message: msg, Signature: key.Sign(msg)}))
	// Output:
	// prb1g3rypcwrwt03u08kc2cup882mmtajz6t3l6cwr
	// true
}

// Goal: text forms round-trip and a damaged address is refused. Method: random
// addresses, one character changed at a random place.
func TestAddressText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a keys.Address
		copy(a[:], rapid.SliceOfN(rapid.Byte(), 20, 20).Draw(t, "address"))
		s := a.String()
		back, err := keys.ParseAddress(s)
		if err != nil || back != a {
			t.Fatalf("%s: %v", s, err)
		}
		i := rapid.IntRange(0, len(s)-1).Draw(t, "at")
		c := rapid.SampledFrom([]byte("qpzry9x8gf2tvdw0s3jn54khce6mua7l1bio")).Draw(t, "char")
		if c == s[i] {
			return
		}
		if bad, err := keys.ParseAddress(s[:i] + string(c) + s[i+1:]); err == nil {
			t.Fatalf("%s with %q at %d accepted as %s", s, c, i, bad)
		}
	})
}

// Goal: each text form that is not an address of ours is refused by name.
func TestAddressRefusals(t *testing.T) {
	for name, s := range map[string]string{
		"empty":        "",
		"other prefix": "bc1p5d7rjq7g6rdk2yhzks9smlaqtedr4dekq08ge8ztwac72sfr9rusxg3297",
		"bech32":       "prb1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq6g0kuy",
		"long":         strings.Repeat("prb1", 40),
	} {
		if _, err := keys.ParseAddress(s); err == nil {
			t.Errorf("%s: %q accepted", name, s)
		}
	}
}

// Goal: hashes, keys and signatures read back from JSON, and only in full length.
func TestHexText(t *testing.T) {
	in := struct {
		H keys.Hash
		K keys.PublicKey
		S keys.Signature
	}{keys.Sum([]byte("a")), keys.PublicKey{1, 2}, keys.Signature{3}}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out := in
	out.H, out.K, out.S = keys.Hash{}, keys.PublicKey{}, keys.Signature{}
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Fatalf("%s: %v", b, err)
	}
	for _, bad := range []string{`"0x12"`, `"12"`, `""`, `"0x` + strings.Repeat("zz", 32) + `"`} {
		if json.Unmarshal([]byte(bad), new(keys.Hash)) == nil {
			t.Errorf("%s accepted as a hash", bad)
		}
	}
}

// Goal: batch and single verification agree on every signature of a mixed
// batch. Method: random batches in which some entries are damaged in one of
// four ways.
func TestBatchAgreesWithSingle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(rt, "n")
		items := make([]keys.Signed, n)
		for i := range items {
			key := keys.FromSeed([32]byte{byte(i), byte(n)})
			msg := keys.SignBytes("tx", keys.Hash{}, []byte{byte(i)})
			items[i] = keys.Signed{Key: key.Public(), Message: msg, Signature: key.Sign(msg)}
			switch rapid.IntRange(0, 12).Draw(rt, "damage") {
			case 0:
				items[i].Signature[5] ^= 1
			case 1:
				items[i].Signature[40] ^= 1
			case 2:
				items[i].Key[3] ^= 1
			case 3:
				items[i].Message = append([]byte{}, msg[1:]...)
			}
		}
		for i, ok := range keys.VerifyBatch(items, rand.Reader) {
			if want := keys.Verify(items[i]); ok != want {
				rt.Fatalf("item %d of %d: batch %v, single %v", i, n, ok, want)
			}
		}
	})
}

// Goal: the digest is BLAKE3-256. Method: the published vector for the empty input.
func TestSumVector(t *testing.T) {
	want := "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
	if got := keys.Sum(); hex.EncodeToString(got[:]) != want {
		t.Fatalf("got %s", got)
	}
	if keys.Sum([]byte("ab"), []byte("c")) != keys.Sum([]byte("abc")) {
		t.Fatal("parts are not concatenated")
	}
}

func BenchmarkVerify(b *testing.B) {
	items := make([]keys.Signed, 256)
	for i := range items {
		key := keys.FromSeed([32]byte{byte(i)})
		msg := keys.SignBytes("tx", keys.Hash{}, make([]byte, 120))
		items[i] = keys.Signed{Key: key.Public(), Message: msg, Signature: key.Sign(msg)}
	}
	b.Run("single", func(b *testing.B) {
		for i := 0; i < b.N; i++ {
			keys.Verify(items[i%len(items)])
		}
	})
	for _, n := range []int{4, 16, 64, 256} {
		b.Run(fmt.Sprintf("batch%d", n), func(b *testing.B) {
			for i := 0; i < b.N; i += n {
				keys.VerifyBatch(items[:n], rand.Reader)
			}
		})
	}
}
