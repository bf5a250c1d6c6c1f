package types_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/zeebo/blake3"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/types"
)

var rewrite = flag.Bool("rewrite", false, "rewrite testdata/conformance.txt")

// wire lists every type that travels or is hashed.
var wire = []any{
	types.Msg{}, types.Tx{}, types.Statement{}, types.Vote{}, types.Certificate{}, types.Header{}, types.SignedHeader{},
	types.Rejected{}, types.ViewRecord{}, types.Body{}, types.Block{}, types.Certified{}, types.Member{}, types.Roster{},
	types.MemberProof{}, types.ASC{}, types.Plan{}, types.Receipt{}, types.Event{}, types.Amount{},
}

// seeded draws values from a counter, the same for ever.
type seeded struct{ n uint64 }

func (s *seeded) next() uint64 {
	s.n++
	h := keys.Sum(binary.BigEndian.AppendUint64(nil, s.n))
	return binary.BigEndian.Uint64(h[:])
}

// fill puts drawn values into v: numbers of every length, short lists, nil
// pointers now and then.
func (s *seeded) fill(v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case types.Amount:
		v.Set(reflect.ValueOf(types.NewAmount(s.next() >> (s.next() % 64)).Mul(1 + s.next()>>(s.next()%64))))
		return
	case types.Kind:
		v.SetUint(1 + s.next()%5)
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(s.next()%2 == 0)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(s.next() >> (s.next() % 64) & (1<<uint(v.Type().Bits()) - 1))
	case reflect.String:
		v.SetString(strings.Repeat("é", int(s.next()%5)))
	case reflect.Array:
		for i := 0; i < v.Len(); i++ {
			s.fill(v.Index(i), depth)
		}
	case reflect.Slice:
		n := int(s.next() % uint64(max(2, 4-2*depth)))
		if v.Type().Elem().Kind() == reflect.Uint8 {
			n = int(s.next() % 40)
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := 0; i < n; i++ {
			s.fill(v.Index(i), depth+1)
		}
	case reflect.Pointer:
		if s.next()%3 > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			s.fill(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			if f := v.Type().Field(i); f.Name != "_" {
				s.fill(v.Field(i), depth)
			}
		}
	default:
		panic(v.Kind())
	}
}

// Goal: the byte form of each wire type never changes by accident. Method: a
// hash over 4,096 seeded values of each, pinned; a change is a protocol change
// and is made with -rewrite and a new protocol version.
func TestConformance(t *testing.T) {
	var out strings.Builder
	for _, zero := range wire {
		typ := reflect.TypeOf(zero)
		s, h := &seeded{}, blake3.New()
		for i := 0; i < 4096; i++ {
			v := reflect.New(typ)
			s.fill(v.Elem(), 0)
			b := codec.MustMarshal(v.Interface())
			back := reflect.New(typ)
			if err := codec.Unmarshal(b, back.Interface()); err != nil { // which encodes again and compares
				t.Fatalf("%v value %d: %v", typ, i, err)
			}
			_, _ = h.Write(b)
		}
		fmt.Fprintf(&out, "%-14s %x\n", typ.Name(), h.Sum(nil)[:16])
	}
	const file = "testdata/conformance.txt"
	if *rewrite {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Fatalf("the wire has changed:\n%s\npinned:\n%s", out.String(), want)
	}
}

// fuzz runs one decoder: what it accepts encodes to the same bytes.
func fuzz[T any](f *testing.F) {
	s := &seeded{}
	for i := 0; i < 8; i++ {
		var v T
		s.fill(reflect.ValueOf(&v).Elem(), 0)
		f.Add(codec.MustMarshal(&v))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v T
		if codec.Unmarshal(b, &v) != nil {
			return
		}
		if again := codec.MustMarshal(&v); !bytes.Equal(again, b) {
			t.Fatalf("%x decodes and encodes to %x", b, again)
		}
	})
}

// FuzzBlock: blocks have one byte form.
func FuzzBlock(f *testing.F) { fuzz[types.Block](f) }

// FuzzVote: votes have one byte form.
func FuzzVote(f *testing.F) { fuzz[types.Vote](f) }

// FuzzCertified: certificates have one byte form.
func FuzzCertified(f *testing.F) { fuzz[types.Certified](f) }

// FuzzPlan: plans have one byte form.
func FuzzPlan(f *testing.F) { fuzz[types.Plan](f) }

// FuzzTx: transactions have one byte form, and the signed string cut from the
// bytes is the one made from the fields.
func FuzzTx(f *testing.F) {
	s := &seeded{}
	for i := 0; i < 8; i++ {
		var v types.Tx
		s.fill(reflect.ValueOf(&v).Elem(), 0)
		f.Add(codec.MustMarshal(&v))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		tx, err := types.DecodeTx(b)
		if err != nil {
			return
		}
		if again := codec.MustMarshal(&tx.Tx); !bytes.Equal(again, b) {
			t.Fatalf("%x decodes and encodes to %x", b, again)
		}
		g := keys.Sum([]byte("g"))
		if got, want := tx.Signed(g).Message, tx.SignBytes(g); !bytes.Equal(got, want) {
			t.Fatalf("signed string %x, want %x", got, want)
		}
	})
}

// FuzzAmount: text that is accepted prints as the same number.
func FuzzAmount(f *testing.F) {
	for _, s := range []string{"0", "1", "0x1f", "12.5", "340282366920938463463374607431768211455", "-1", "1e9", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a, b types.Amount
		if a.UnmarshalText([]byte(s)) == nil {
			if err := b.UnmarshalText([]byte(a.String())); err != nil || a != b {
				t.Fatalf("%q reads as %s, which reads as %s (%v)", s, a, b, err)
			}
		}
		if d, err := types.ParseDecimal(s); err == nil {
			if back, err := types.ParseDecimal(d.Decimal()); err != nil || back != d {
				t.Fatalf("%q prints as %s", s, d.Decimal())
			}
		}
	})
}
