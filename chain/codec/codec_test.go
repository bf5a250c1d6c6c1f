package codec_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"probity/chain/codec"
)

type inner struct {
	_ struct{} `cbor:",toarray"`
	N uint64
}

type sample struct {
	_     struct{} `cbor:",toarray"`
	ID    [4]byte
	Data  []byte
	List  []inner
	Opt   *uint64
	Label string
}

func ExampleMarshal() {
	fmt.Printf("%x\n", codec.MustMarshal(sample{Label: "a"}))
	// Output: 8544000000004080f66161
}

// Goal: forms that the CBOR library accepts but that are not the one form are
// refused. Method: hand-made bytes, each wrong in one way.
func TestUnmarshalRefusesOtherForms(t *testing.T) {
	for name, in := range map[string]string{
		"long integer":          "854400000000408181" + "1805" + "f66161",
		"null for empty bytes":  "854400000000f680f66161",
		"null for empty list":   "85440000000040f6f66161",
		"short array":           "84440000000040" + "80f6",
		"long array":            "86440000000040" + "80f6616100",
		"short byte array":      "8543000000" + "4080f66161",
		"long byte array":       "85450000000000" + "4080f66161",
		"indefinite array":      "9f4400000000" + "4080f66161ff",
		"trailing byte":         "8544000000004080f6616100",
		"long form length":      "85440000000058" + "0080f66161",
		"tag":                   "c085440000000040" + "80f66161",
		"map instead of array":  "a0",
		"float for an integer":  "85440000000040" + "8181f93c00" + "f66161",
		"negative for unsigned": "85440000000040" + "818120" + "f66161",
	} {
		t.Run(name, func(t *testing.T) {
			b, err := hex.DecodeString(in)
			if err != nil {
				t.Fatal(err)
			}
			var s sample
			if err := codec.Unmarshal(b, &s); err == nil {
				t.Fatalf("%x accepted as %+v", b, s)
			}
		})
	}
}

// Goal: oversized input is refused before any work. Method: one byte too many.
func TestUnmarshalBounds(t *testing.T) {
	if err := codec.Unmarshal(make([]byte, codec.MaxBytes+1), new(sample)); !errors.Is(err, codec.ErrSize) {
		t.Fatalf("got %v", err)
	}
}

// FuzzUnmarshal: whatever is accepted encodes to the same bytes.
func FuzzUnmarshal(f *testing.F) {
	n := uint64(7)
	f.Add(codec.MustMarshal(sample{}))
	f.Add(codec.MustMarshal(sample{Data: []byte{1}, List: []inner{{N: 5}, {N: 1 << 40}}, Opt: &n, Label: "xyz"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s sample
		if codec.Unmarshal(b, &s) != nil {
			return
		}
		if again := codec.MustMarshal(s); !bytes.Equal(again, b) {
			t.Fatalf("%x decodes and encodes to %x", b, again)
		}
	})
}
