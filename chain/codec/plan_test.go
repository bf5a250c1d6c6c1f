package codec

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// every has what plans know.
type every struct {
	_      struct{} `cbor:",toarray"`
	A      uint8
	B      uint16
	C      uint32
	D      uint64
	Yes    bool
	Text   string
	ID     [4]byte
	Long   [300]byte
	Data   []byte
	List   []leaf
	Opt    *leaf
	Number *uint64
	Part   `json:"part"`
	Kept   leaf   `json:"kept,omitempty"`
	Hidden uint64 `cbor:"-"`
	Own    own
}

// Part is embedded, under a name and without.
type Part struct {
	_ struct{} `cbor:",toarray"`
	P []uint16
}

type leaf struct {
	_ struct{} `cbor:",toarray"`
	N uint64
	T string
}

// own writes itself: a number below 256 as a byte string, zero as an empty one.
type own struct{ n byte }

func (o own) AppendCBOR(b []byte) ([]byte, error) {
	if o.n == 0 {
		return append(b, 0x40), nil
	}
	return append(b, 0x41, o.n), nil
}

func (o own) MarshalCBOR() ([]byte, error) { return o.AppendCBOR(nil) }

func (o *own) UnmarshalCBOR(b []byte) error {
	switch {
	case len(b) == 1 && b[0] == 0x40:
		o.n = 0
	case len(b) == 2 && b[0] == 0x41 && b[1] != 0:
		o.n = b[1]
	default:
		return errors.New("no number")
	}
	return nil
}

func drawEvery(t *rapid.T) (e every) {
	number := rapid.Custom(func(t *rapid.T) uint64 {
		return rapid.SampledFrom([]uint64{0, 23, 24, 255, 256, 65535, 65536, math.MaxUint32, math.MaxUint32 + 1, math.MaxUint64}).Draw(t, "edge") >> rapid.IntRange(0, 3).Draw(t, "shift")
	})
	one := rapid.Custom(func(t *rapid.T) leaf { return leaf{N: number.Draw(t, "n"), T: rapid.StringN(0, 30, 80).Draw(t, "t")} })
	e = every{
		A: uint8(number.Draw(t, "a")), B: uint16(number.Draw(t, "b")), C: uint32(number.Draw(t, "c")), D: number.Draw(t, "d"),
		Yes: rapid.Bool().Draw(t, "yes"), Text: rapid.String().Draw(t, "text"), Data: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data"),
		List: rapid.SliceOfN(one, 0, 30).Draw(t, "list"), Kept: one.Draw(t, "kept"),
		Part: Part{P: rapid.SliceOfN(rapid.Uint16(), 0, 3).Draw(t, "p")}, Own: own{rapid.Byte().Draw(t, "own")},
	}
	copy(e.ID[:], e.Data)
	copy(e.Long[:], e.Data)
	if rapid.Bool().Draw(t, "opt") {
		l := one.Draw(t, "some")
		e.Opt = &l
	}
	if rapid.Bool().Draw(t, "number") {
		n := number.Draw(t, "it")
		e.Number = &n
	}
	return e
}

// Goal: the quick way gives the library's bytes, and reads them back to the same
// value. Method: drawn values of a type that has everything, both ways.
func TestPlanEqualsLibrary(t *testing.T) {
	p, err := planOf(reflect.TypeFor[every](), 0)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvery(t)
		want, err := libraryForm(&e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.append(nil, reflect.ValueOf(&e).Elem())
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%x (%v), the library gives %x", got, err, want)
		}
		var a, b every
		if err := p.decode(want, reflect.ValueOf(&a).Elem()); err != nil {
			t.Fatal(err)
		}
		if err := unmarshal(want, &b); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("read as %+v, by the library as %+v", a, b)
		}
	})
}

// Goal: the quick way accepts exactly what the library accepts. Method: drawn
// encodings, spoilt in a few bytes, cut short or made longer.
func TestPlanRefusesAsLibrary(t *testing.T) {
	p, err := planOf(reflect.TypeFor[every](), 0)
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		e := drawEvery(t)
		b, err := libraryForm(&e)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "spoils") {
			i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			switch rapid.IntRange(0, 4).Draw(t, "how") {
			case 0:
				b = append(b[:i:i], b[i+1:]...)
			case 1:
				b = append(append(b[:i:i], rapid.Byte().Draw(t, "more")), b[i:]...)
			case 2:
				b = b[:i]
			default:
				b = bytes.Clone(b)
				b[i] = rapid.SampledFrom([]byte{0, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x40, 0x58, 0x60, 0x80, 0x9b, 0x9f, 0xbf, 0xc0, 0xf4, 0xf6, 0xf7, 0xff, b[i] ^ 1}).Draw(t, "to")
			}
			if len(b) == 0 {
				break
			}
		}
		var x, y every
		quick, slow := p.decode(b, reflect.ValueOf(&x).Elem()), unmarshal(b, &y)
		if (quick == nil) != (slow == nil) {
			t.Fatalf("%x: %v, the library says %v", b, quick, slow)
		}
		if quick == nil {
			taken++
			if !reflect.DeepEqual(x, y) {
				t.Fatalf("%x reads as %+v, by the library as %+v", b, x, y)
			}
		}
	})
	if taken == 0 {
		t.Error("no spoilt encoding was a good one: nothing was compared")
	}
}

// Goal: a list cannot ask for memory that its bytes do not pay for. Method: the
// beginning of a long list and nothing behind it.
func TestPlanBoundsLists(t *testing.T) {
	c := For[[]leaf]()
	for _, b := range [][]byte{
		{0x9a, 0x00, 0x01, 0x00, 0x00, 0x82},
		append([]byte{0x9a, 0x00, 0x02, 0x00, 0x01}, bytes.Repeat([]byte{0x82, 0x00, 0x60}, elementsMax+1)...),
		{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		var list []leaf
		if err := c.Read(b, &list); !errors.Is(err, ErrForm) || len(list) > 0 {
			t.Errorf("%.10x…: %d elements, %v", b, len(list), err)
		}
	}
}

// Goal: types that plans do not know go the library's way through For, and stop
// the program through Register. Method: one of each kind.
func TestNoPlan(t *testing.T) {
	type asMap struct{ N uint64 }
	type spread struct {
		_ struct{} `cbor:",toarray"`
		Part
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[asMap](), reflect.TypeFor[spread](), reflect.TypeFor[map[string]uint64](), reflect.TypeFor[float64](),
		reflect.TypeFor[any](), reflect.TypeFor[int](), reflect.TypeFor[**uint64](), reflect.TypeFor[[2]uint16](),
	} {
		if _, err := planOf(typ, 0); !errors.Is(err, errPlan) {
			t.Errorf("%v: %v", typ, err)
		}
	}
	c, in, out := For[asMap](), asMap{N: 7}, asMap{}
	b, err := c.Append([]byte("x"), &in)
	if err != nil || b[0] != 'x' || c.Read(b[1:], &out) != nil || out != in {
		t.Errorf("%x, %+v, %v", b, out, err)
	}
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "asMap") {
			t.Errorf("registered: %v", r)
		}
	}()
	Register[asMap]()
}

// FuzzPlan: the quick way and the library agree on any bytes.
func FuzzPlan(f *testing.F) {
	p, err := planOf(reflect.TypeFor[every](), 0)
	if err != nil {
		f.Fatal(err)
	}
	n := uint64(1 << 40)
	for _, e := range []every{{}, {Opt: &leaf{T: "é"}, Number: &n, List: []leaf{{N: 24}}, Own: own{9}, Data: []byte{1}}} {
		b, err := libraryForm(&e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var x, y every
		quick, slow := p.decode(b, reflect.ValueOf(&x).Elem()), unmarshal(b, &y)
		if (quick == nil) != (slow == nil) || quick == nil && !reflect.DeepEqual(x, y) {
			t.Fatalf("%x: %v %+v, the library says %v %+v", b, quick, x, slow, y)
		}
	})
}
