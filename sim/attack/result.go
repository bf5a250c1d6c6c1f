package attack

import (
	"fmt"
	"math"
)

// Result is what an attack measured.
type Result struct {
	Attack string `json:"attack"`
	Claim  string `json:"claim"`
	Holds  bool   `json:"holds"` // every row is ok
	Args   Args   `json:"args"`
	Rows   []Row  `json:"rows"`
	// Shares repeats the rows of attacks on the beacon, one object for each
	// share and scheme, for programs.
	Shares []Share  `json:"shares,omitempty"`
	Plots  []Plot   `json:"plots,omitempty"`
	Notes  []string `json:"notes,omitempty"` // what the figures do not say
}

// Row is one measured figure beside what it is held against. Which of the
// fields count is said by Rule.
type Row struct {
	Label    string         `json:"label"`
	Params   map[string]any `json:"params,omitempty"` // numbers and words
	Unit     string         `json:"unit,omitempty"`   // of the five figures below, "" for a share
	Rule     Rule           `json:"rule"`
	Expected float64        `json:"expected"`
	Measured float64        `json:"measured"`
	Low      float64        `json:"low"`  // of the interval around Measured,
	High     float64        `json:"high"` // or of the tolerance around Expected
	N        int64          `json:"n"`    // observations behind Measured; 0 for a computed figure
	OK       bool           `json:"ok"`
}

// Rule says how a row is judged.
type Rule string

const (
	// Inside: the interval of the measurement contains what is expected.
	Inside Rule = "interval contains expected"
	// Near: what is measured lies within the tolerance around what is expected.
	Near Rule = "within tolerance"
	// AtMost: what is measured does not exceed what is expected.
	AtMost Rule = "at most expected"
	// AtLeast: what is measured is not below what is expected.
	AtLeast Rule = "at least expected"
	// Exactly: what is measured is what is expected.
	Exactly Rule = "exactly expected"
	// Reported: nothing is claimed.
	Reported Rule = "reported"
)

// Share is a row of an attack on the beacon as programs read it.
type Share struct {
	Alpha    float64 `json:"alpha"`
	Scheme   string  `json:"scheme"`
	Draws    string  `json:"selection,omitempty"` // cycle or lottery
	K        int     `json:"k,omitempty"`         // free salts
	Escrow   string  `json:"escrow,omitempty"`    // the scheme; "" is the ideal functionality
	Share    float64 `json:"share"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
	N        int64   `json:"n"`
	Expected float64 `json:"expected"`
	// Identical: the honest and the adversarial sequence of producers are the
	// same, byte for byte. Differences counts the draws in which they are not.
	Identical   bool  `json:"identical"`
	Differences int64 `json:"differences"`
	OK          bool  `json:"ok"`
}

// confidence is that of every interval: one measurement of a thousand lies
// outside by chance.
const confidence = 0.999

// inside judges hits of n draws by the exact binomial interval.
func inside(label string, params map[string]any, expected float64, hits, n int64) Row {
	low, high := clopperPearson(hits, n, confidence)
	return Row{
		Label: label, Params: params, Rule: Inside, Expected: expected, Measured: float64(hits) / float64(n),
		Low: low, High: high, N: n, OK: low <= expected && expected <= high,
	}
}

// insideMean judges the mean of a sample by its normal interval.
func insideMean(label string, params map[string]any, expected float64, m moments) Row {
	low, high := m.interval()
	return Row{
		Label: label, Params: params, Rule: Inside, Expected: expected, Measured: m.mean(),
		Low: low, High: high, N: m.n, OK: low <= expected && expected <= high,
	}
}

// near judges a computed figure by an absolute tolerance.
func near(label string, params map[string]any, expected, measured, tolerance float64) Row {
	return Row{
		Label: label, Params: params, Rule: Near, Expected: expected, Measured: measured,
		Low: expected - tolerance, High: expected + tolerance, OK: math.Abs(measured-expected) <= tolerance,
	}
}

// compared judges a figure against a bound, or reports it.
func compared(rule Rule, label string, params map[string]any, expected, measured float64) Row {
	ok := true
	switch rule {
	case AtMost:
		ok = measured <= expected
	case AtLeast:
		ok = measured >= expected
	case Exactly:
		ok = measured == expected
	}
	return Row{Label: label, Params: params, Rule: rule, Expected: expected, Measured: measured, Low: measured, High: measured, OK: ok}
}

// reported is a figure without a claim.
func reported(label string, params map[string]any, measured float64) Row {
	return compared(Reported, label, params, measured, measured)
}

// in gives a row its unit.
func (r Row) in(unit string) Row { r.Unit = unit; return r }

// of gives a row the number of its observations.
func (r Row) of(n int64) Row { r.N = n; return r }

// as is the row in the form of a Share.
func (r Row) as(s Share) Share {
	s.Share, s.Low, s.High, s.N, s.Expected, s.OK = r.Measured, r.Low, r.High, r.N, r.Expected, r.OK
	return s
}

// Figure writes a number of the row with its unit, as people read it.
func (r Row) Figure(x float64) string {
	if r.Unit == "" {
		return fmt.Sprintf("%.3f %%", 100*x)
	}
	text := fmt.Sprintf("%.5g", x)
	if x == math.Trunc(x) && math.Abs(x) < 1e12 {
		text = fmt.Sprintf("%.0f", x)
	}
	return text + " " + r.Unit
}
