package wire

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"probity/cmd/watchtower/internal/cbor"
)

// shapes are the types that can be read and written again.
var shapes = map[string]func(b []byte) ([]byte, error){
	"header": func(b []byte) ([]byte, error) {
		d := cbor.New(b)
		h := DecHeader(d)
		return h.Encode(), d.Done()
	},
	"body": func(b []byte) ([]byte, error) {
		d := cbor.New(b)
		v := DecBody(d)
		return v.Encode(), d.Done()
	},
	"roster": func(b []byte) ([]byte, error) {
		d := cbor.New(b)
		return DecRoster(d).Encode(), d.Done()
	},
	"statement": func(b []byte) ([]byte, error) {
		d := cbor.New(b)
		return DecStatement(d).Encode(), d.Done()
	},
	"amount": func(b []byte) ([]byte, error) {
		d, e := cbor.New(b), cbor.Enc{}
		Amount(&e, DecAmount(d))
		return e, d.Done()
	},
}

// samples are byte strings of the vectors.
func samples(t testing.TB) (out [][]byte) {
	t.Helper()
	f, err := os.Open("../../../../docs/spec/vectors/values.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v struct {
			Op string
			In struct{ Bytes string }
		}
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if b, err := hex.DecodeString(v.In.Bytes[min(2, len(v.In.Bytes)):]); v.Op == "cbor" && err == nil {
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		t.Fatal("no samples")
	}
	return out
}

// Goal: there is one byte form: what is read is written as the same bytes.
// Method: every decoder on the vectors and on whatever the fuzzer makes of them.
func FuzzOneForm(f *testing.F) {
	for _, b := range samples(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, shape := range shapes {
			if got, err := shape(b); err == nil && !bytes.Equal(got, b) {
				t.Errorf("%s: %x is read and written as %x", name, b, got)
			}
		}
		if tx, err := DecodeTx(b); err == nil && (len(tx.Payload()) != len(b)-66 || len(tx.Msgs) == 0) {
			t.Errorf("transaction %x", b)
		}
	})
}

// Goal: Merkle paths of every leaf lead to the root, and to no other. Method:
// lists of 1 to 20 items, paths made by the definition.
func TestMerklePath(t *testing.T) {
	for n := 1; n <= 20; n++ {
		var items [][]byte
		for i := range n {
			items = append(items, []byte{byte(i)})
		}
		root := Merkle(items)
		for i := range n {
			p := path(items, i)
			if !MerklePath(root, items[i], uint64(i), uint64(n), p) {
				t.Fatalf("leaf %d of %d", i, n)
			}
			if MerklePath(root, items[i], uint64(i+1), uint64(n), p) || MerklePath(root, []byte("x"), uint64(i), uint64(n), p) {
				t.Fatalf("leaf %d of %d stands elsewhere too", i, n)
			}
		}
	}
}

func path(items [][]byte, i int) []Hash {
	if len(items) == 1 {
		return nil
	}
	k := split(len(items))
	if i < k {
		return append(path(items[:k], i), Merkle(items[k:]))
	}
	return append(path(items[k:], i-k), Merkle(items[:k]))
}
