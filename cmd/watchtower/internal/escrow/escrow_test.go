package escrow

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"probity/cmd/watchtower/internal/cbor"
	"probity/cmd/watchtower/internal/wire"
)

// page reads the vectors out of beacon §14: lines of a name and 32 bytes.
func page(t *testing.T) map[string][]byte {
	t.Helper()
	b, err := os.ReadFile("../../../../docs/spec/beacon.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(b), "## 14. Vectors")
	out, last := map[string][]byte{}, ""
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) != 2 || len(f[1]) != 64 {
			continue
		}
		v, err := hex.DecodeString(f[1])
		if err != nil {
			continue
		}
		name := f[0]
		if strings.HasPrefix(name, "K_") {
			last = name
		} else if (name == "c" || name == "z") && last != "" {
			name = last + name
		}
		if _, double := out[name]; double {
			name += "'" // the dealing's c and z come after the possession's
		}
		out[name] = v
	}
	return out
}

// Goal: keys, dealings, reveals, shares and recovery are those of the
// specification. Method: the vectors of beacon §14, each also spoiled.
func TestVectors(t *testing.T) {
	v := page(t)
	h := func(name string) (out wire.Hash) {
		if len(v[name]) != 32 {
			t.Fatalf("beacon §14 has no %s", name)
		}
		copy(out[:], v[name])
		return out
	}
	place := Place{Bound: wire.Sum([]byte("bound")), Epoch: 3, ASC: wire.Sum([]byte("asc")), Number: 1, Roster: wire.Sum([]byte("roster"))}
	tickets := []wire.Hash{h("E_1"), h("E_2"), h("E_3")}
	if got := encode(place.own()); hex.EncodeToString(got) != hex.EncodeToString(v["E_0"]) {
		t.Errorf("E_0 is %x", got)
	}
	proof := append(append([]byte{}, v["c"]...), v["z"]...)
	if !possession(tickets, []byte("context"), proof) || possession(tickets[:2], []byte("context"), proof) {
		t.Error("possession")
	}
	var dealing []byte
	for _, n := range []string{"D", "C_0", "C_1", "C_2", "C_3", "c'", "z'"} {
		dealing = append(dealing, v[n]...)
	}
	if !Check(place, tickets, dealing) {
		t.Fatal("the dealing does not hold")
	}
	for i, w := range weights(3, h("τ")) {
		var b [32]byte
		_ = w.ToBytes(b[:])
		if hex.EncodeToString(b[:]) != hex.EncodeToString(v[fmt.Sprint("w_", i)]) {
			t.Errorf("w_%d is %x", i, b)
		}
	}
	other := place
	other.Number++
	if Check(other, tickets, dealing) {
		t.Error("a dealing holds at another place")
	}
	kcz := func(n int) []byte {
		k := fmt.Sprint("K_", n)
		return append(append(append([]byte{}, v[k]...), v[k+"c"]...), v[k+"z"]...)
	}
	want := hex.EncodeToString(v["salt"])
	if salt, ok := Reveal(place, dealing, kcz(0)); !ok || hex.EncodeToString(salt) != want {
		t.Errorf("the reveal gives %x", salt)
	}
	for _, pair := range [][2]int{{0, 1}, {0, 2}, {1, 2}} {
		o := Opening{Shares: []Share{{pair[0], kcz(pair[0] + 1)}, {pair[1], kcz(pair[1] + 1)}}}
		if salt, ok := o.Open(place, tickets, dealing); !ok || hex.EncodeToString(salt) != want {
			t.Errorf("shares %v give %x", pair, salt)
		}
		if _, ok := o.Open(other, tickets, dealing); ok {
			t.Error("shares hold at another place")
		}
	}
	var e cbor.Enc
	e.Array(2).Bytes(nil).Array(2).Array(2).Uint(0).Bytes(kcz(1)).Array(2).Uint(2).Bytes(kcz(3))
	sum := wire.Sum(e)
	if hex.EncodeToString(sum[:]) != "9b7db59a54dba217fc989128cdb8d5cb96fa3395357ef8cb19cb663bb92a8321" {
		t.Error("the encoding of an opening")
	}
	if o, err := DecodeOpening(e); err != nil || len(o.Shares) != 2 {
		t.Error(err)
	}
}

// Goal: tickets and salts needed are those of the tables. Method: beacon §3, §5.
func TestTables(t *testing.T) {
	for _, c := range []struct {
		weights []uint64
		want    string
	}{
		{[]uint64{1}, "[1]"}, {[]uint64{1, 1, 1, 1}, "[1 1 1 1]"}, {[]uint64{3, 2, 1}, "[1 0 0]"},
		{[]uint64{10, 1, 1, 1, 1}, "[1 0 0 0 0]"}, {[]uint64{7, 7, 7, 5, 3, 2, 1}, "[1 1 1 0 0 0 0]"},
	} {
		keys := make([]int, len(c.weights))
		for i := range keys {
			keys[i] = 300
		}
		if got := fmt.Sprint(Tickets(c.weights, keys, 200)); got != c.want {
			t.Errorf("tickets of %v: %s, want %s", c.weights, got, c.want)
		}
	}
	if got := Tickets([]uint64{12, 12, 3, 3, 3, 3, 3}, []int{9, 9, 9, 9, 9, 9, 9}, 6); fmt.Sprint(got) == "[]" {
		t.Error("no tickets one at a time")
	}
	for _, c := range [][5]uint64{{1024, 1, 1, 4, 514}, {1024, 1, 1, 32, 66}, {1024, 4, 1, 32, 18}, {1024, 4, 1, 100, 8}, {10, 1, 3, 7, 11}, {1 << 20, 1, 1, 1, 65536}} {
		if got := Needed(c[0], c[2], c[3], c[1]); got != c[4] {
			t.Errorf("needed of %v: %d", c, got)
		}
	}
}
