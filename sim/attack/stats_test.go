package attack

import (
	"math"
	"testing"
)

// binomial is P(X = k) of n draws with probability p.
func binomial(k, n int, p float64) float64 {
	if p == 0 || p == 1 {
		return map[bool]float64{true: 1}[float64(k) == float64(n)*p]
	}
	return math.Exp(logChoose(n, k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

// Goal: the interval is the exact one. Method: published values, and for any
// count the defining property: at its ends the tails weigh half of what is
// left.
func TestClopperPearson(t *testing.T) {
	for _, c := range []struct {
		hits, n   int64
		level     float64
		low, high float64
	}{
		{0, 10, 0.95, 0, 0.3085}, {10, 10, 0.95, 0.6915, 1}, {5, 10, 0.95, 0.1871, 0.8129}, {1, 20, 0.99, 0.0002506, 0.3171},
	} {
		low, high := clopperPearson(c.hits, c.n, c.level)
		if math.Abs(low-c.low) > 1e-4 || math.Abs(high-c.high) > 1e-4 {
			t.Errorf("%d of %d at %v: %v … %v, want %v … %v", c.hits, c.n, c.level, low, high, c.low, c.high)
		}
	}
	const n = 40
	for hits := 1; hits < n; hits++ {
		low, high := clopperPearson(int64(hits), n, confidence)
		above, below := 0.0, 0.0
		for k := range n + 1 {
			if k >= hits {
				above += binomial(k, n, low)
			}
			if k <= hits {
				below += binomial(k, n, high)
			}
		}
		for _, tail := range []float64{above, below} {
			if math.Abs(tail-(1-confidence)/2) > 1e-9 {
				t.Errorf("%d of %d: a tail of %v", hits, n, tail)
			}
		}
	}
	// A million draws: the normal interval is near.
	low, high := clopperPearson(300_000, 1_000_000, confidence)
	half := 3.2905 * math.Sqrt(0.3*0.7/1e6)
	if math.Abs(low-(0.3-half)) > 1e-5 || math.Abs(high-(0.3+half)) > 1e-5 {
		t.Errorf("a million draws: %v … %v, want about ±%v", low, high, half)
	}
}

// Goal: the normal interval has the spread of the sample. Method: a sample
// whose moments are known.
func TestMoments(t *testing.T) {
	var m moments
	for i := range 1000 {
		m.add(float64(i % 2))
	}
	low, high := m.interval()
	half := 3.2905 * 0.5 / math.Sqrt(999)
	if m.mean() != 0.5 || math.Abs(high-0.5-half) > 1e-12 || math.Abs(0.5-low-half) > 1e-12 {
		t.Errorf("mean %v between %v and %v", m.mean(), low, high)
	}
}
