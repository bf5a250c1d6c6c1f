package types_test

import (
	"bytes"
	"reflect"
	"testing"

	"probity/chain/codec"
)

// Goal: the quick way of a registered type gives the bytes of the CBOR library
// and accepts the same. Method: seeded values of each wire type, alone (the
// quick way) and as the only element of a list that is not registered (the
// library's), whole and with one byte spoilt.
func TestQuickWay(t *testing.T) {
	for _, zero := range wire {
		typ := reflect.TypeOf(zero)
		list := reflect.ArrayOf(1, typ) // an array of one: nobody registers that
		s, refused := &seeded{}, 0
		for range 300 {
			v := reflect.New(list)
			s.fill(v.Elem().Index(0), 0)
			want := codec.MustMarshal(v.Interface())[1:]
			b := codec.MustMarshal(v.Elem().Index(0).Addr().Interface())
			if !bytes.Equal(b, want) {
				t.Fatalf("%v: %x, by the library %x", typ, b, want)
			}
			if byValue := codec.MustMarshal(v.Elem().Index(0).Interface()); !bytes.Equal(byValue, want) {
				t.Fatalf("%v by value: %x, by the library %x", typ, byValue, want)
			}
			b[s.next()%uint64(len(b))] ^= byte(1 << (s.next() % 8))
			quick, slow := reflect.New(typ), reflect.New(list)
			err, lerr := codec.Unmarshal(b, quick.Interface()), codec.Unmarshal(append([]byte{0x81}, b...), slow.Interface())
			if (err == nil) != (lerr == nil) {
				t.Fatalf("%v %x: %v, the library says %v", typ, b, err, lerr)
			}
			if err != nil {
				refused++
			} else if !reflect.DeepEqual(quick.Elem().Interface(), slow.Elem().Index(0).Interface()) {
				t.Fatalf("%v %x: read as %+v, by the library as %+v", typ, b, quick.Elem(), slow.Elem())
			}
		}
		if refused == 300 {
			t.Errorf("%v: nothing spoilt was accepted by either: nothing was compared", typ)
		}
	}
}
