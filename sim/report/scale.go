package report

import (
	"math"
	"strconv"

	"probity/sim/attack"
)

// scale maps the numbers of an axis to 0 … 1. It begins and ends at a tick.
type scale struct {
	low, high float64
	log       bool
	percent   bool // numbers are shares of one, written in per cent
	ticks     []float64
	decimals  int // that tell the ticks of a linear scale apart
}

// most bounds the numbers that a scale takes in: the difference of two of them
// is a number still.
const most = 1e150

// newScale takes in all numbers with about want ticks. It is logarithmic only
// where all numbers are above zero, and takes in zero where they begin near it.
func newScale(axis attack.Axis, numbers []float64, want int) scale {
	low, high, percent := math.Inf(1), math.Inf(-1), axis.Unit == "%"
	whole := !percent
	for _, x := range numbers {
		x = min(most, max(-most, x))
		low, high = min(low, x), max(high, x)
		whole = whole && x == math.Trunc(x)
	}
	if len(numbers) == 0 {
		low, high = 0, 1
	}
	var s scale
	if axis.Log && low > 0 {
		s = logScale(low, high, want)
	} else {
		if low > 0 && low < high/2 {
			low = 0
		}
		s = linearScale(low, high, want, whole)
	}
	s.percent = percent
	return s
}

// niceStep is the least of 1, 2 and 5 times a power of ten that is not below x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= x*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

func linearScale(low, high float64, want int, whole bool) scale {
	// What is closer together than numbers of a float64 near it is one point.
	if high-low <= 1e-12*max(math.Abs(low), math.Abs(high)) {
		pad := max(math.Abs(low)/10, 1e-9)
		if low == 0 {
			pad = 0.5
		}
		if whole {
			pad = max(1, math.Floor(pad))
		}
		low, high = low-pad, high+pad
	}
	step := niceStep((high - low) / float64(want))
	if whole {
		step = max(step, 1)
	}
	first, last := math.Floor(low/step+1e-9), math.Ceil(high/step-1e-9)
	s := scale{low: first * step, high: last * step, decimals: max(0, -int(math.Floor(math.Log10(step)+1e-9)))}
	for i := first; i <= last && len(s.ticks) <= 2*want+2; i++ {
		s.ticks = append(s.ticks, i*step)
	}
	return s
}

// logScale has a tick at each power of ten, fewer where there are many, and at
// 2 and 5 times it where there is room.
func logScale(low, high float64, want int) scale {
	bottom, top := math.Floor(math.Log10(low)+1e-9), math.Ceil(math.Log10(high)-1e-9)
	if top <= bottom {
		top = bottom + 1
	}
	stride := math.Ceil((top - bottom) / float64(want))
	top = bottom + stride*math.Ceil((top-bottom)/stride)
	s := scale{log: true, ticks: between(powers(bottom, top, 1, 1, 2, 5), low, high)}
	if n := len(s.ticks); n > want+1 || n > 4 && scientifically(s.ticks[0], s.ticks[n-1]) {
		s.ticks = powers(bottom, top, stride, 1)
	}
	s.low, s.high = s.ticks[0], s.ticks[len(s.ticks)-1]
	return s
}

// scientifically reports whether ticks of a logarithmic scale are written as
// powers of ten.
func scientifically(low, high float64) bool { return low < 1e-3 || high >= 1e6 }

// powers are the powers of ten from one exponent to another, times each of the
// factors.
func powers(bottom, top, stride float64, factors ...float64) (out []float64) {
	for e := bottom; e <= top; e += stride {
		for _, m := range factors {
			if m == 1 || e < top {
				out = append(out, m*math.Pow(10, e))
			}
		}
	}
	return out
}

// between leaves out the ticks that are not needed to take in low to high.
func between(ticks []float64, low, high float64) []float64 {
	from, to := 0, len(ticks)-1
	for from+1 < to && ticks[from+1] <= low*(1+1e-9) {
		from++
	}
	for to-1 > from && ticks[to-1] >= high*(1-1e-9) {
		to--
	}
	return ticks[from : to+1]
}

// at is the place of a number, 0 … 1; what lies outside is at the end.
func (s scale) at(x float64) float64 {
	part := 0.0
	switch {
	case s.log && x <= 0:
		return 0
	case s.log:
		part = (math.Log(x) - math.Log(s.low)) / (math.Log(s.high) - math.Log(s.low))
	default:
		part = (x - s.low) / (s.high - s.low)
	}
	return min(1, max(0, part))
}

// label writes a tick.
func (s scale) label(x float64) string {
	unit, decimals := "", s.decimals
	if s.percent {
		x, unit, decimals = 100*x, thin+"%", max(0, decimals-2)
	}
	if math.Abs(x) < 1e-12*max(math.Abs(s.low), math.Abs(s.high)) {
		x = 0
	}
	if s.log && !s.percent && scientifically(s.low, s.high) {
		return scientific(x)
	}
	if size := math.Abs(x); s.log || size >= 1e6 || size > 0 && size < 1e-4 || decimals > 8 {
		return number(x) + unit
	}
	return grouped(strconv.FormatFloat(x, 'f', decimals, 64)) + unit
}
