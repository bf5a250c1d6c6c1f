package attack

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Plot is a picture of a result as data: a report draws it, Text writes it.
type Plot struct {
	Title  string   `json:"title"`
	X      Axis     `json:"x"`
	Y      Axis     `json:"y"`
	Series []Series `json:"series"`
}

// Axis is one direction of a plot.
type Axis struct {
	Label string `json:"label"`
	Unit  string `json:"unit,omitempty"` // "%": the numbers are shares of one
	Log   bool   `json:"log,omitempty"`  // all numbers are above zero
}

// Series is a row of points with one name.
type Series struct {
	Name   string  `json:"name"`
	Line   bool    `json:"line,omitempty"` // the points are of a curve
	Points []Point `json:"points"`
}

// Point is a figure; Low and High are its interval, both zero where it has none.
type Point struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Low  float64 `json:"low,omitempty"`
	High float64 `json:"high,omitempty"`
}

// marks tell series apart without colour.
var marks = []rune("●○▲△■□◆◇★☆")

const (
	plotRows   = 14 // lines of the picture itself
	plotLeast  = 40 // columns below which it is not readable
	labelWidth = 9  // columns of the numbers at the left
)

// scale maps numbers to 0 … 1.
type scale struct {
	axis      Axis
	low, high float64
}

func (a Axis) at(x float64) float64 {
	if a.Log {
		return math.Log(x)
	}
	return x
}

// over is the scale that takes in all numbers, with zero where they begin near
// it and the axis is not logarithmic.
func (a Axis) over(numbers []float64) scale {
	s := scale{axis: a, low: math.Inf(1), high: math.Inf(-1)}
	for _, x := range numbers {
		s.low, s.high = math.Min(s.low, a.at(x)), math.Max(s.high, a.at(x))
	}
	if !a.Log && s.low > 0 && s.low < s.high/2 {
		s.low = 0
	}
	switch {
	case len(numbers) == 0:
		s.low, s.high = 0, 1
	case s.low >= s.high:
		s.low, s.high = s.low-0.5, s.low+0.5
	}
	return s
}

func (s scale) part(x float64) float64 { return (s.axis.at(x) - s.low) / (s.high - s.low) }

// text is the number at a part of the scale.
func (s scale) text(part float64) string {
	x := s.low + part*(s.high-s.low)
	if s.axis.Log {
		x = math.Exp(x)
	}
	return figure(x, s.axis.Unit)
}

// figure writes a number with at most four digits that count.
func figure(x float64, unit string) string {
	if unit == "%" {
		return fmt.Sprintf("%.4g %%", 100*x)
	}
	if math.Abs(x) < 1e-12 {
		x = 0
	}
	return fmt.Sprintf("%.4g", x)
}

// Text draws the plot with characters, at most width columns wide.
func (p Plot) Text(width int) string {
	width = max(width, plotLeast)
	columns := width - labelWidth - 2
	x, y := p.scales()
	grid := make([][]rune, plotRows)
	for i := range grid {
		grid[i] = []rune(strings.Repeat(" ", columns))
	}
	set := func(px, py float64, mark rune, over bool) {
		c := int(math.Round(px * float64(columns-1)))
		r := plotRows - 1 - int(math.Round(py*float64(plotRows-1)))
		if c >= 0 && c < columns && r >= 0 && r < plotRows && (over || grid[r][c] == ' ') {
			grid[r][c] = mark
		}
	}
	for _, s := range p.Series {
		s.lines(x, y, columns, set)
	}
	for i, s := range p.Series {
		for _, pt := range s.Points {
			set(x.part(pt.X), y.part(pt.Y), marks[i%len(marks)], true)
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n%s\n", p.Title, p.Y.Label)
	for i, row := range grid {
		label := ""
		if i%4 == 0 || i == plotRows-1 {
			label = y.text(1 - float64(i)/float64(plotRows-1))
		}
		fmt.Fprintf(&out, "%s┤%s\n", right(label, labelWidth), strings.TrimRight(string(row), " "))
	}
	fmt.Fprintf(&out, "%s└%s\n", right("", labelWidth), strings.Repeat("─", columns))
	from, to := x.text(0), x.text(1)
	gap := columns - utf8.RuneCountInString(from+p.X.Label+to)
	fmt.Fprintf(&out, "%s %s%s%s%s%s\n", right("", labelWidth), from, strings.Repeat(" ", max(1, gap/2)), p.X.Label,
		strings.Repeat(" ", max(1, gap-gap/2)), to)
	for i, s := range p.Series {
		fmt.Fprintf(&out, "%s %c %s\n", right("", labelWidth), marks[i%len(marks)], s.Name)
	}
	return out.String()
}

// scales take in all points and their intervals.
func (p Plot) scales() (x, y scale) {
	var xs, ys []float64
	for _, s := range p.Series {
		for _, pt := range s.Points {
			xs, ys = append(xs, pt.X), append(ys, pt.Y)
			if pt.High > pt.Low {
				ys = append(ys, pt.Low, pt.High)
			}
		}
	}
	return p.X.over(xs), p.Y.over(ys)
}

// lines draws the curve and the intervals of a series under its points.
func (s Series) lines(x, y scale, columns int, set func(px, py float64, mark rune, over bool)) {
	for i, pt := range s.Points {
		px, py := x.part(pt.X), y.part(pt.Y)
		if pt.High > pt.Low {
			low, high := y.part(pt.Low), y.part(pt.High)
			for step := range 2 * plotRows {
				set(px, low+(high-low)*float64(step)/float64(2*plotRows-1), '│', false)
			}
		}
		if !s.Line || i == 0 {
			continue
		}
		fx, fy := x.part(s.Points[i-1].X), y.part(s.Points[i-1].Y)
		for step := range 2 * columns {
			part := float64(step) / float64(2*columns)
			set(fx+(px-fx)*part, fy+(py-fy)*part, '·', false)
		}
	}
}

// right pads a text on its left to a number of columns.
func right(text string, columns int) string {
	return strings.Repeat(" ", max(0, columns-utf8.RuneCountInString(text))) + text
}
