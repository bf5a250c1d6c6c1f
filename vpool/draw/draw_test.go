package draw_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/zeebo/blake3"
	"pgregory.net/rapid"

	"probity/vpool/draw"
)

// Three ASCs with 3, 2 and 1 REP in a cycle of six units serve six views: each
// as often as it has REP, in an order that the seeds decide.
func ExampleCycle() {
	c, err := draw.NewCycle([]uint64{3, 2, 1}, 6)
	if err != nil {
		panic(err)
	}
	for view := range uint64(6) {
		fmt.Print(c.Next(numbered(view)), " ")
	}
	fmt.Println("unused:", c.Unused())
	// Output: 0 1 1 0 2 0 unused: 0
}

// numbered is the seed whose last 8 bytes are n, big-endian.
func numbered(n uint64) (seed [32]byte) {
	binary.BigEndian.PutUint64(seed[24:], n)
	return seed
}

func anySeed(t *rapid.T) (seed [32]byte) {
	copy(seed[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
	return seed
}

// anyWeights draws lists with zeros, small weights and very large ones.
func anyWeights(t *rapid.T, least int) []uint64 {
	w := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, 9), rapid.Uint64Range(0, 1<<58-1))
	return rapid.SliceOfN(w, least, 12).Draw(t, "weights")
}

func total(weights []uint64) (sum uint64) {
	for _, w := range weights {
		sum += w
	}
	return sum
}

// The types below are the package comment read aloud, with big integers and
// linear searches, sharing no code with the package.

type plainStream struct {
	domain string
	seed   [32]byte
	c      uint64
}

func (s *plainStream) value() *big.Int {
	b := append([]byte("probity/draw/v1"), byte(len(s.domain)))
	b = append(append(b, s.domain...), s.seed[:]...)
	b = binary.BigEndian.AppendUint64(b, s.c)
	s.c++
	sum := blake3.Sum256(b)
	return new(big.Int).SetBytes(sum[:16])
}

func (s *plainStream) point(n *big.Int) *big.Int {
	all := new(big.Int).Lsh(big.NewInt(1), 128)
	limit := new(big.Int).Sub(all, new(big.Int).Mod(all, n))
	for {
		if x := s.value(); x.Cmp(limit) < 0 {
			return x.Mod(x, n)
		}
	}
}

func plainCover(weights []uint64, p *big.Int) int {
	end := new(big.Int)
	for i, w := range weights {
		if end.Add(end, new(big.Int).SetUint64(w)); p.Cmp(end) < 0 {
			return i
		}
	}
	panic("beyond the list")
}

type plainCycle struct {
	weights []uint64
	table   []int
	j, u    int
}

func (c *plainCycle) next(seed [32]byte) int {
	if c.j == len(c.table) {
		c.table, c.j = nil, 0
		for i := range c.u {
			c.table = append(c.table, i)
		}
	}
	s := plainStream{domain: "cycle", seed: seed}
	k := c.j + int(s.point(big.NewInt(int64(c.u-c.j))).Int64())
	unit := c.table[k]
	c.table[k], c.table[c.j] = c.table[c.j], unit
	c.j++
	w := new(big.Int).SetUint64(total(c.weights))
	position := new(big.Int).Mul(big.NewInt(int64(unit)), w)
	position.Add(position, s.point(w))
	// Entry i covers P_i·U … P_(i+1)·U−1.
	end := new(big.Int)
	for i, v := range c.weights {
		end.Add(end, new(big.Int).Mul(new(big.Int).SetUint64(v), big.NewInt(int64(c.u))))
		if position.Cmp(end) < 0 {
			return i
		}
	}
	panic("beyond the cycle")
}

// Goal: the text of the package comment suffices to draw the same. Method: for
// any list and seeds the plain reading and the package agree on the stream,
// the lottery, more than two cycles, and a sample.
func TestAgreesWithPlainReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, weights := anySeed(t), anyWeights(t, 1)
		domain := rapid.StringMatching("[a-z]{1,32}").Draw(t, "domain")
		fast, plain := draw.NewStream(domain, seed), plainStream{domain: domain, seed: seed}
		for range 3 {
			hi, lo := fast.Next()
			want := plain.value()
			if got := new(big.Int).SetUint64(hi); got.Lsh(got, 64).Add(got, new(big.Int).SetUint64(lo)).Cmp(want) != 0 {
				t.Fatalf("stream gives %v, want %v", got, want)
			}
		}
		n := rapid.Uint64Min(1).Draw(t, "n")
		if got, want := fast.Point(n), plain.point(new(big.Int).SetUint64(n)); got != want.Uint64() {
			t.Fatalf("Point(%d) = %d, want %v", n, got, want)
		}
		if total(weights) == 0 {
			return
		}
		lottery, err := draw.NewLottery(weights)
		if err != nil {
			t.Fatal(err)
		}
		ls := plainStream{domain: "lottery", seed: seed}
		if got, want := lottery.Next(seed), plainCover(weights, ls.point(new(big.Int).SetUint64(total(weights)))); got != want {
			t.Fatalf("lottery draws %d, want %d", got, want)
		}
		units := rapid.IntRange(1, 40).Draw(t, "units")
		cycle, err := draw.NewCycle(weights, units)
		if err != nil {
			t.Fatal(err)
		}
		pc := plainCycle{weights: weights, u: units, j: 0}
		for i := range pc.u {
			pc.table = append(pc.table, i)
		}
		for v := range 2*units + 3 {
			s := numbered(uint64(v))
			copy(s[:8], seed[:8])
			if got, want := cycle.Next(s), pc.next(s); got != want {
				t.Fatalf("view %d: %d, want %d", v, got, want)
			}
		}
	})
}

// Goal: a sample is the successive draw that the text says. Method: the plain
// reading with weights set to zero, for any k.
func TestSampleAgreesWithPlainReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, weights := anySeed(t), anyWeights(t, 0)
		k := rapid.IntRange(0, 14).Draw(t, "k")
		got, err := draw.Sample(seed, weights, k)
		if err != nil {
			t.Fatal(err)
		}
		left := append([]uint64(nil), weights...)
		s := plainStream{domain: "sample", seed: seed}
		var want []int
		for len(want) < k && total(left) > 0 {
			i := plainCover(left, s.point(new(big.Int).SetUint64(total(left))))
			left[i] = 0
			want = append(want, i)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("drew %v, want %v", got, want)
		}
	})
}

// Goal: draws never change by accident. Method: a transcript of vectors that
// another implementation can be run against.
func TestVectors(t *testing.T) {
	datadriven.RunTest(t, "testdata/vectors.txt", func(t *testing.T, d *datadriven.TestData) string {
		var out strings.Builder
		var seed uint64
		var weights []uint64
		d.MaybeScanArgs(t, "weights", &weights)
		d.ScanArgs(t, "seed", &seed)
		draws := 1
		d.MaybeScanArgs(t, "draws", &draws)
		fail := func(err error) {
			if err != nil {
				d.Fatalf(t, "%v", err)
			}
		}
		switch d.Cmd {
		case "stream":
			var domain string
			d.ScanArgs(t, "domain", &domain)
			s := draw.NewStream(domain, numbered(seed))
			for range draws {
				hi, lo := s.Next()
				fmt.Fprintf(&out, "%016x%016x\n", hi, lo)
			}
		case "point":
			var n uint64
			d.ScanArgs(t, "n", &n)
			s := draw.NewStream("point", numbered(seed))
			for range draws {
				fmt.Fprintln(&out, s.Point(n))
			}
		case "lottery":
			l, err := draw.NewLottery(weights)
			fail(err)
			for i := range draws {
				fmt.Fprint(&out, l.Next(numbered(seed+uint64(i))), " ")
			}
		case "cycle":
			var units int
			d.ScanArgs(t, "units", &units)
			c, err := draw.NewCycle(weights, units)
			fail(err)
			for i := range draws {
				fmt.Fprint(&out, c.Next(numbered(seed+uint64(i))), " ")
			}
		case "sample":
			var k int
			d.ScanArgs(t, "k", &k)
			for i := range draws {
				s, err := draw.Sample(numbered(seed+uint64(i)), weights, k)
				fail(err)
				fmt.Fprintln(&out, s)
			}
		default:
			d.Fatalf(t, "unknown command %s", d.Cmd)
		}
		return strings.TrimRight(out.String(), " \n") + "\n"
	})
}

// Goal: a fork that continues on a copy draws what the original draws, and
// neither disturbs the other. Method: copy at any view, then draw different
// views on the copy first.
func TestClone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := append(anyWeights(t, 0), 1)
		units := rapid.IntRange(1, 20).Draw(t, "units")
		at := rapid.IntRange(0, 30).Draw(t, "at")
		original, _ := draw.NewCycle(weights, units)
		straight, _ := draw.NewCycle(weights, units)
		for v := range at {
			original.Next(numbered(uint64(v)))
			straight.Next(numbered(uint64(v)))
		}
		same, other := original.Clone(), original.Clone()
		for v := range 30 {
			other.Next(numbered(uint64(1000 + v)))
		}
		for v := at; v < at+30; v++ {
			want := straight.Next(numbered(uint64(v)))
			if a, b := original.Next(numbered(uint64(v))), same.Next(numbered(uint64(v))); a != want || b != want {
				t.Fatalf("view %d: %d and %d, want %d", v, a, b, want)
			}
		}
	})
}

// Goal: impossible lists are refused. Method: the edges of each bound.
func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		weights []uint64
		units   int
		want    error
	}{
		{nil, 1, draw.ErrWeight},
		{[]uint64{0, 0}, 1, draw.ErrWeight},
		{[]uint64{1 << 62}, 1, draw.ErrWeight},
		{[]uint64{1 << 61, 1 << 61}, 1, draw.ErrWeight},
		{[]uint64{1<<62 - 1, 1<<64 - 1}, 1, draw.ErrWeight},
		{[]uint64{1}, 0, draw.ErrUnits},
		{[]uint64{1}, -1, draw.ErrUnits},
		{[]uint64{1}, draw.MaxUnits + 1, draw.ErrUnits},
		{[]uint64{1<<62 - 1}, 1, nil},
	} {
		_, err := draw.NewCycle(c.weights, c.units)
		if !errors.Is(err, c.want) {
			t.Errorf("cycle of %v on %d: %v, want %v", c.weights, c.units, err, c.want)
		}
		if c.want == draw.ErrUnits {
			continue
		}
		if _, err := draw.NewLottery(c.weights); !errors.Is(err, c.want) {
			t.Errorf("lottery of %v: %v, want %v", c.weights, err, c.want)
		}
		if _, err := draw.Sample(numbered(0), c.weights, 1); total(c.weights) != 0 && !errors.Is(err, c.want) {
			t.Errorf("sample of %v: %v, want %v", c.weights, err, c.want)
		}
	}
}

// within999 fails unless got of n draws lies within the two-sided 99.9 %
// interval of a binomial variable with probability p.
func within999(t *testing.T, what string, got, n int, p float64) {
	t.Helper()
	const z = 3.2905
	mean, sigma := float64(n)*p, math.Sqrt(float64(n)*p*(1-p))
	t.Logf("%-34s %.3f %% of %d draws, expected %.3f ± %.3f", what, 100*float64(got)/float64(n), n, 100*p, 100*z*sigma/float64(n))
	if math.Abs(float64(got)-mean) > z*sigma {
		t.Errorf("%s: %d of %d draws, expected %.0f ± %.0f", what, got, n, mean, z*sigma)
	}
}
