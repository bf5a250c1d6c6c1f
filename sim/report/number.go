package report

import (
	"math"
	"strconv"
	"strings"
)

// The characters of figures: a minus sign as wide as a plus, a space between
// thousands that does not break, and superscripts of a power of ten.
const (
	minus = "−"
	thin  = "\u202f"
)

var superscripts = strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// count writes a whole number with its thousands apart.
func count[T int | int64 | uint64](n T) string { return grouped(strconv.FormatInt(int64(n), 10)) }

// grouped sets thousands of a decimal number apart and gives it a proper minus.
func grouped(text string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = minus, rest
	}
	whole, part, point := strings.Cut(text, ".")
	var out strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && len(whole) > 4 {
			out.WriteString(thin)
		}
		out.WriteRune(c)
	}
	if point {
		return sign + out.String() + "." + part
	}
	return sign + out.String()
}

// number writes a number with at most five digits that count; whole numbers in
// full. Very large and very small ones become a power of ten.
func number(x float64) string {
	size := math.Abs(x)
	switch {
	case x == 0:
		return "0"
	case size < 1e9 && x == math.Trunc(x):
		return grouped(strconv.FormatFloat(x, 'f', 0, 64))
	case size < 1e-4 || size >= 1e9:
		return scientific(x)
	}
	decimals := min(8, max(0, 4-int(math.Floor(math.Log10(size)))))
	return grouped(trimmed(strconv.FormatFloat(x, 'f', decimals, 64)))
}

// scientific writes a number as m × 10ⁿ.
func scientific(x float64) string {
	m, e, _ := strings.Cut(strconv.FormatFloat(x, 'e', 3, 64), "e")
	n, _ := strconv.Atoi(e)
	power := "10" + superscripts.Replace(strconv.Itoa(n))
	if m = trimmed(m); m == "1" {
		return power
	}
	return grouped(m) + " × " + power
}

// trimmed is a decimal number without zeros at the end of its fraction.
func trimmed(text string) string {
	if !strings.Contains(text, ".") {
		return text
	}
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// figure writes a number of a row: a share without a unit in per cent, with
// three decimals so that the numbers of a column can be compared.
func figure(x float64, unit string) string {
	if unit != "" {
		return number(x)
	}
	if size := math.Abs(100 * x); size > 0 && size < 0.001 {
		return scientific(100*x) + thin + "%"
	}
	return grouped(strconv.FormatFloat(100*x, 'f', 3, 64)) + thin + "%"
}

// quantity is a figure with its unit behind it.
func quantity(x float64, unit string) string {
	if unit == "" || unit == "%" {
		return figure(x, "")
	}
	return figure(x, unit) + " " + unit
}

// seconds writes a time in ms of simulated time.
func seconds(ms float64) string { return number(ms/1000) + thin + "s" }
