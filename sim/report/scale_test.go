package report

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/sim/attack"
)

// Goal: ticks are round numbers where a reader expects them. Method: ranges
// worked out by hand.
func TestTicks(t *testing.T) {
	percent, log := attack.Axis{Unit: "%"}, attack.Axis{Log: true}
	for _, c := range []struct {
		axis    attack.Axis
		numbers []float64
		want    string
	}{
		{attack.Axis{}, []float64{0, 4}, "0 1 2 3 4"},
		{attack.Axis{}, []float64{1, 2}, "1 2"},
		{attack.Axis{}, []float64{5, 95}, "0 20 40 60 80 100"},
		{attack.Axis{}, []float64{-500, 13000}, "−5000 0 5000 10\u202f000 15\u202f000"},
		{attack.Axis{}, []float64{0.12, 0.31}, "0.0 0.1 0.2 0.3 0.4"},
		{attack.Axis{}, []float64{7}, "6 7 8"},
		{attack.Axis{}, nil, "0 1"},
		{attack.Axis{}, []float64{0, 2e-59}, "0 5 × 10⁻⁶⁰ 10⁻⁵⁹ 1.5 × 10⁻⁵⁹ 2 × 10⁻⁵⁹"},
		{percent, []float64{0.05, 0.3}, "0\u202f% 10\u202f% 20\u202f% 30\u202f%"},
		{percent, []float64{0, 1}, "0\u202f% 20\u202f% 40\u202f% 60\u202f% 80\u202f% 100\u202f%"},
		{percent, []float64{0.001, 0.0042}, "0.0\u202f% 0.1\u202f% 0.2\u202f% 0.3\u202f% 0.4\u202f% 0.5\u202f%"},
		{log, []float64{1, 50}, "1 2 5 10 20 50"},
		{log, []float64{1, 1000}, "1 10 100 1000"},
		{log, []float64{1e-4, 1e-2}, "10⁻⁴ 10⁻³ 10⁻²"},
		{log, []float64{1, 1e12}, "10⁰ 10³ 10⁶ 10⁹ 10¹²"},
		{log, []float64{0, 4}, "0 1 2 3 4"},
	} {
		s := newScale(c.axis, c.numbers, 5)
		var got []string
		for _, x := range s.ticks {
			got = append(got, s.label(x))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v of %v: ticks %q, want %q", c.axis, c.numbers, got, c.want)
		}
	}
}

// Goal: whatever the numbers, a scale takes them all in, with a few distinct
// ticks in order, and maps in order to 0 … 1. Method: random numbers of all
// sizes.
func TestScaleTakesIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := math.Pow(10, float64(rapid.IntRange(-200, 200).Draw(t, "size")))
		axis := attack.Axis{Log: rapid.Bool().Draw(t, "log")}
		var numbers []float64
		for _, x := range rapid.SliceOfN(rapid.Float64Range(-1, 1), 1, 8).Draw(t, "numbers") {
			if axis.Log {
				x = math.Abs(x) + 1e-6
			}
			numbers = append(numbers, min(most, max(-most, x*size)))
		}
		s := newScale(axis, numbers, 5)
		if n := len(s.ticks); n < 2 || n > 12 {
			t.Fatalf("%d ticks of %v", n, numbers)
		}
		for i, x := range s.ticks {
			if math.IsNaN(x) || math.IsInf(x, 0) || i > 0 && x <= s.ticks[i-1] {
				t.Fatalf("ticks %v", s.ticks)
			}
		}
		if s.at(s.low) != 0 || s.at(s.high) != 1 {
			t.Fatalf("ends at %v and %v", s.at(s.low), s.at(s.high))
		}
		for _, x := range numbers {
			slack := 1e-9 * max(math.Abs(s.low), math.Abs(s.high))
			if x < s.low-slack || x > s.high+slack {
				t.Fatalf("%v is outside %v … %v", x, s.low, s.high)
			}
			for _, y := range numbers {
				if a, b := s.at(x), s.at(y); x < y && a > b || math.IsNaN(a) {
					t.Fatalf("%v at %v, %v at %v", x, a, y, b)
				}
			}
		}
	})
}

// Goal: numbers read well and lose nothing that counts. Method: one of each
// size and sign.
func TestNumber(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want string
	}{
		{0, "0"}, {7, "7"}, {1234, "1234"}, {12345, "12\u202f345"}, {-1234567, "−1\u202f234\u202f567"},
		{31536.000000000004, "31\u202f536"}, {0.33333333, "0.33333"}, {1.0025, "1.0025"}, {-0.5, "−0.5"},
		{9.8e-9, "9.8 × 10⁻⁹"}, {1e-7, "10⁻⁷"}, {1e12, "10¹²"}, {-2.5e15, "−2.5 × 10¹⁵"}, {0.00012, "0.00012"},
	} {
		if got := number(c.x); got != c.want {
			t.Errorf("number(%v) = %q, want %q", c.x, got, c.want)
		}
	}
	for _, c := range []struct {
		x    float64
		unit string
		want string
	}{
		{0.05048, "", "5.048\u202f%"}, {0.000001, "", "10⁻⁴\u202f%"}, {0, "", "0.000\u202f%"}, {148411, "draws", "148\u202f411 draws"},
		{8.0282, "years", "8.0282 years"}, {12, "%", "1200.000\u202f%"},
	} {
		if got := quantity(c.x, c.unit); got != c.want {
			t.Errorf("quantity(%v, %q) = %q, want %q", c.x, c.unit, got, c.want)
		}
	}
}
