package attack

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Args are the options of an attack as text, by name.
type Args map[string]string

// ErrOption is an option that an attack does not take, or a value that it
// cannot use. Its text is one line that says what it takes.
var ErrOption = errors.New("wrong option")

func badOption(name, format string, args ...any) error {
	return &optionError{fmt.Sprintf("--%s: ", name) + fmt.Sprintf(format, args...)}
}

type optionError struct{ text string }

func (e *optionError) Error() string        { return e.text }
func (e *optionError) Is(target error) bool { return target == ErrOption }

// reader reads Args and keeps the first error.
type reader struct {
	args Args
	err  error
}

func (r *reader) fail(name, format string, args ...any) {
	if r.err == nil {
		r.err = badOption(name, format, args...)
	}
}

// items splits a list at commas.
func (r *reader) items(name string) []string {
	var out []string
	for _, item := range strings.Split(r.args[name], ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	if len(out) == 0 {
		r.fail(name, "empty: give one value, or several with commas between")
	}
	return out
}

// fractions reads numbers between low and high, both excluded.
func (r *reader) fractions(name string, low, high float64) []float64 {
	var out []float64
	for _, item := range r.items(name) {
		x, err := strconv.ParseFloat(item, 64)
		if err != nil || math.IsNaN(x) || x <= low || x >= high {
			r.fail(name, "%q is not a number between %g and %g", item, low, high)
			return nil
		}
		out = append(out, x)
	}
	return out
}

// integer reads a whole number from low to high.
func (r *reader) integer(name string, low, high int64) int64 {
	n := parseInteger(r.args[name])
	if n < low || n > high {
		r.fail(name, "%q is not a whole number from %d to %d", r.args[name], low, high)
	}
	return n
}

// integers reads whole numbers from low to high.
func (r *reader) integers(name string, low, high int64) []int64 {
	var out []int64
	for _, item := range r.items(name) {
		n := parseInteger(item)
		if n < low || n > high {
			r.fail(name, "%q is not a whole number from %d to %d", item, low, high)
			return nil
		}
		out = append(out, n)
	}
	return out
}

// parseInteger also takes 1e6 and 1_000_000; the least number there is stands
// for text that is none.
func parseInteger(text string) int64 {
	text = strings.ReplaceAll(text, "_", "")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if x, err := strconv.ParseFloat(text, 64); err == nil && x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return int64(x)
	}
	return math.MinInt64
}

// words reads a list of known words.
func (r *reader) words(name string, known []string) []string {
	out := r.items(name)
	for _, w := range out {
		if !slices.Contains(known, w) {
			r.fail(name, "%q is unknown: write %s", w, strings.Join(known, ", "))
		}
	}
	return out
}
