package attack

import "math"

// clopperPearson is the exact two-sided interval for the probability behind
// hits of n independent draws: the ends are where a probability would make
// such a count, or one further out, rarer than (1−level)/2. It never covers
// less than level.
func clopperPearson(hits, n int64, level float64) (low, high float64) {
	tail := (1 - level) / 2
	low, high = 0, 1
	if hits > 0 {
		low = betaQuantile(tail, float64(hits), float64(n-hits+1))
	}
	if hits < n {
		high = betaQuantile(1-tail, float64(hits+1), float64(n-hits))
	}
	return low, high
}

// betaQuantile is the x at which the regularized incomplete beta function
// I_x(a,b) is p. I_x rises in x, so bisection finds it to the last bit.
func betaQuantile(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 200 {
		x := (low + high) / 2
		if x == low || x == high {
			break
		}
		if betaRegularized(x, a, b) < p {
			low = x
		} else {
			high = x
		}
	}
	return (low + high) / 2
}

// betaRegularized is I_x(a,b) by its continued fraction (DLMF 8.17.22), which
// converges fast for x < (a+1)/(a+b+2); the rest follows from the symmetry
// I_x(a,b) = 1 − I_{1−x}(b,a).
func betaRegularized(x, a, b float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log1p(-x))
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(x, a, b) / a
	}
	return 1 - front*betaFraction(1-x, b, a)/b
}

// betaFraction evaluates the continued fraction by Lentz's method.
func betaFraction(x, a, b float64) float64 {
	const tiny = 1e-300
	away := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	f := d
	for m := 1.0; m < 1e6; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / away(1+even*d)
		c = away(1 + even/c)
		f *= c * d
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / away(1+odd*d)
		c = away(1 + odd/c)
		step := c * d
		f *= step
		if math.Abs(step-1) < 1e-15 {
			break
		}
	}
	return f
}

// moments sums a sample for its mean and spread.
type moments struct {
	n           int64
	sum, square float64
}

func (m *moments) add(x float64) {
	m.n++
	m.sum += x
	m.square += x * x
}

func (m moments) mean() float64 { return m.sum / float64(m.n) }

// interval is the normal interval of the mean at the confidence of this
// package: the quantile of 99.95 % is 3.2905.
func (m moments) interval() (low, high float64) {
	mean := m.mean()
	variance := math.Max(0, m.square/float64(m.n)-mean*mean)
	half := 3.2905 * math.Sqrt(variance/math.Max(1, float64(m.n-1)))
	return mean - half, mean + half
}
