package draw

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"probity/cmd/watchtower/internal/num"
)

func seed(n uint64) (s [32]byte) {
	binary.BigEndian.PutUint64(s[24:], n)
	return s
}

// Goal: draws are those of the specification. Method: the vectors of selection
// §8, row by row.
func TestVectors(t *testing.T) {
	check := func(name, want string, draw func(i int) any) {
		t.Helper()
		var got []string
		for i := range strings.Fields(want) {
			got = append(got, fmt.Sprint(draw(i)))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s:\n got %s\nwant %s", name, s, want)
		}
	}
	s := NewStream("cycle", seed(0))
	check("stream", "c9495eab09aebd17daea8124f8639a13 488abfacf4acaf8f23427c4e6ab7368e", func(int) any { return fmt.Sprintf("%x", s.Next().Big()) })
	point := func(n uint64) func(int) any {
		s := NewStream("point", seed(7))
		return func(int) any { return s.Point(num.U(n)) }
	}
	check("point 1", "0 0", point(1))
	check("point 6", "5 5 1 2 4 5 0 2", point(6))
	check("point max", "7458539260296099107 5946926615676749993", point(1<<64-1))
	w := []uint64{5, 0, 3, 2}
	check("lottery", "0 0 0 0 0 3 0 0 0 0 0 3 0 0 0 0 0 0 0 2 3 0 2 2", func(i int) any { return Lottery(w, seed(uint64(100+i))) })
	cycle := func(w []uint64, u, from uint64) func(int) any {
		c := NewCycle(w, u)
		return func(i int) any { return c.Draw(seed(from + uint64(i))) }
	}
	check("cycle", "2 0 0 0 0 2 2 0 3 3 2 0 2 3 3 0 0 2 0 0 0 0 0 0", cycle(w, 10, 100))
	check("cycle of one", "0 0 0 0 0 0", cycle([]uint64{1}, 4, 0))
	check("cycle of seven", "3 1 5 3 5 1 5 4 0", cycle([]uint64{1, 1, 1, 1, 1, 1, 1}, 3, 0))
	check("large cycle", "1 0 0 1 1 1 1 0 0 1 1 1 0 0 0 0 1 1 0 0 0 1 1 1 0 1 0 1 0 0 1 1", cycle([]uint64{1 << 61, 1<<61 - 1}, 1024, 0))
	for i, want := range []string{"[3 0]", "[2 0]", "[3 0]", "[0 2]"} {
		if got := fmt.Sprint(Sample(seed(uint64(i)), w, 2)); got != want {
			t.Errorf("sample %d: %s, want %s", i, got, want)
		}
	}
	if got := fmt.Sprint(Sample(seed(1), w, 9)); got != "[2 0 3]" {
		t.Errorf("sample of all: %s", got)
	}
	if got := Sample(seed(0), []uint64{0, 0}, 2); len(got) != 0 {
		t.Errorf("sample of nothing: %v", got)
	}
}
