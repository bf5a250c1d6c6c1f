package report

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"probity/sim/attack"
)

// kind says how a series is drawn.
type kind int

const (
	dots  kind = iota // points with their intervals
	curve             // points of a curve, joined
	step              // what a count from zero on has come to, joined by steps
)

// series is a row of points with one name.
type series struct {
	attack.Series
	kind   kind
	colour int // of the page's palette
	mark   int // its shape, or its dashes
}

// plot is a picture in two directions.
type plot struct {
	id     string
	title  string
	x, y   attack.Axis
	series []series
}

// The measures of a plot in units; on a wide screen a unit is
// about a pixel.
const (
	plotWidth  = 480.0
	plotHeight = 300.0
	plotTop    = 34.0
	plotRight  = 22.0
	plotBottom = 54.0
	ticksX     = 6
	ticksY     = 5
)

// plotOf is an attack's plot as this page draws it. A curve whose name ends in
// that of measured points has their colour: it is the law they are held against.
func plotOf(id string, p attack.Plot) plot {
	out := plot{id: id, title: p.Title, x: p.X, y: p.Y}
	next, lines := 0, 0
	for _, s := range p.Series {
		n := series{Series: s, kind: dots, colour: -1}
		if s.Line {
			n.kind, n.mark, lines = curve, lines, lines+1
		} else {
			n.colour, n.mark, next = next, next, next+1
		}
		out.series = append(out.series, n)
	}
	for i := range out.series {
		s := &out.series[i]
		for _, o := range out.series {
			if s.kind == curve && o.kind == dots && o.Name != "" && strings.HasSuffix(s.Name, o.Name) {
				s.colour, s.mark = o.colour, 0
			}
		}
		if s.colour < 0 {
			s.colour, next = next, next+1
		}
	}
	return out
}

// frame is where the points of a plot go.
type frame struct {
	x, y       scale
	left, side float64   // the left edge, and the width from there
	offset     []float64 // by series: points at one place stand side by side
}

func (f *frame) px(x float64) float64 { return f.left + f.side*f.x.at(x) }

func (f *frame) py(y float64) float64 {
	return plotHeight - plotBottom - (plotHeight-plotBottom-plotTop)*f.y.at(y)
}

// frame fits the scales to all points and their intervals.
func (p *plot) frame() *frame {
	var xs, ys []float64
	for _, s := range p.series {
		for _, pt := range s.Points {
			xs, ys = append(xs, pt.X), append(ys, pt.Y)
			if pt.High > pt.Low {
				ys = append(ys, pt.High)
				if pt.Low > 0 || !p.y.Log {
					ys = append(ys, pt.Low)
				}
			}
		}
	}
	f := &frame{x: newScale(p.x, xs, ticksX), y: newScale(p.y, ys, ticksY)}
	for _, t := range f.y.ticks {
		f.left = min(plotWidth/3, max(f.left, wide(f.y.label(t))+14))
	}
	f.side = plotWidth - plotRight - f.left
	f.spread(p, xs)
	return f
}

// spread sets series of points side by side where they would hide one another,
// as far as the nearest places leave room. Beside curves it does not: a point
// must stand where its curve is at that place.
func (f *frame) spread(p *plot, xs []float64) {
	f.offset = make([]float64, len(p.series))
	sets := 0
	for _, s := range p.series {
		if s.kind != dots {
			return
		}
		if len(s.Points) > 0 {
			sets++
		}
	}
	if sets < 2 || !f.crowded(p) {
		return
	}
	var places []float64
	for _, x := range xs {
		places = append(places, f.px(x))
	}
	slices.Sort(places)
	gap := f.side
	for i := 1; i < len(places); i++ {
		if d := places[i] - places[i-1]; d > 0.5 {
			gap = min(gap, d)
		}
	}
	pitch, nth := min(10, 0.7*gap/float64(sets)), 0
	for i, s := range p.series {
		if len(s.Points) > 0 {
			f.offset[i] = pitch * (float64(nth) - float64(sets-1)/2)
			nth++
		}
	}
}

// crowded reports whether marks or whiskers of two series lie on one another.
func (f *frame) crowded(p *plot) bool {
	type stroke struct {
		series       int
		x, from, end float64
	}
	var all []stroke
	for i, s := range p.series {
		for _, pt := range s.Points {
			y := f.py(pt.Y)
			k := stroke{i, f.px(pt.X), y - 5, y + 5}
			if pt.High > pt.Low {
				k.from, k.end = min(k.from, f.py(pt.High)), max(k.end, f.py(pt.Low))
			}
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b stroke) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.from, b.from)) })
	for i := 1; i < len(all); i++ {
		a, b := all[i-1], all[i]
		if a.series != b.series && b.x-a.x < 6 && b.from < a.end {
			return true
		}
	}
	return false
}

// SVG draws the plot.
func (p *plot) SVG() template.HTML {
	f := p.frame()
	d := newDrawing(p.id, plotWidth, plotHeight, p.title, p.describe())
	p.axes(d, f)
	for _, s := range p.series {
		if s.kind != dots {
			s.joined(d, f)
		}
	}
	for i, s := range p.series {
		if s.kind == dots {
			s.scattered(d, f, i, p)
		}
	}
	return d.end()
}

// axes draws grid, ticks and labels.
func (p *plot) axes(d *drawing, f *frame) {
	bottom, right := plotHeight-plotBottom, f.left+f.side
	for _, t := range f.y.ticks {
		class := "grid"
		if t == 0 {
			class = "zero"
		}
		d.line(class, f.left, f.py(t), right, f.py(t))
		d.text("tick end", f.left-8, f.py(t)+4.5, f.y.label(t))
	}
	for _, t := range f.x.ticks {
		d.line("axis", f.px(t), bottom, f.px(t), bottom+5)
		d.text("tick mid", f.px(t), bottom+20, f.x.label(t))
	}
	d.line("axis", f.left, bottom, right, bottom)
	d.text("name", 0, 14, axisName(p.y, f.y))
	d.text("name mid", f.left+f.side/2, plotHeight-8, axisName(p.x, f.x))
}

// axisName is an axis's label with its unit, and a word where it is logarithmic.
func axisName(a attack.Axis, s scale) string {
	text := cut(a.Label, 54)
	if a.Unit != "" {
		text += " (" + a.Unit + ")"
	}
	if s.log {
		text += ", logarithmic"
	}
	return text
}

// joined draws a curve or steps.
func (s *series) joined(d *drawing, f *frame) {
	points := slices.Clone(s.Points)
	slices.SortStableFunc(points, func(a, b attack.Point) int { return cmp.Compare(a.X, b.X) })
	var path strings.Builder
	for i, pt := range points {
		x, y := at(f.px(pt.X)), at(f.py(pt.Y))
		switch {
		case s.kind == step && i == 0:
			fmt.Fprintf(&path, "M%s %sH%sV%s", at(f.left), at(f.py(0)), x, y)
		case s.kind == step:
			fmt.Fprintf(&path, "H%sV%s", x, y)
		case i == 0:
			fmt.Fprintf(&path, "M%s %s", x, y)
		default:
			fmt.Fprintf(&path, "L%s %s", x, y)
		}
	}
	if s.kind == step && len(points) > 0 {
		fmt.Fprintf(&path, "H%s", at(f.left+f.side))
	}
	d.addf(`<path class="curve c%d d%d" d="%s"><title>%s</title></path>`, s.colour%colours, s.mark%4, path.String(), escape(s.Name))
}

// scattered draws points with their intervals.
func (s *series) scattered(d *drawing, f *frame, i int, p *plot) {
	d.addf(`<g class="c%d">`, s.colour%colours)
	s.guide(d, f, i)
	for _, pt := range s.Points {
		x, y := f.px(pt.X)+f.offset[i], f.py(pt.Y)
		if pt.High > pt.Low {
			low, high := f.py(pt.Low), f.py(pt.High)
			d.addf(`<path class="whisker" d="M%s %sV%sM%s %sh6M%s %sh6"/>`, at(x), at(low), at(high), at(x-3), at(low), at(x-3), at(high))
		}
		d.mark(s.mark, x, y, p.told(s, pt))
	}
	d.addf(`</g>`)
}

// guideLeast is how many points of one series make a line between them a help.
const guideLeast = 5

// guide draws a faint line through points that stand in order.
func (s *series) guide(d *drawing, f *frame, i int) {
	if len(s.Points) < guideLeast || !slices.IsSortedFunc(s.Points, func(a, b attack.Point) int { return cmp.Compare(a.X, b.X) }) {
		return
	}
	var path strings.Builder
	for j, pt := range s.Points {
		fmt.Fprintf(&path, "%c%s %s", "ML"[min(j, 1)], at(f.px(pt.X)+f.offset[i]), at(f.py(pt.Y)))
	}
	d.addf(`<path class="guide" d="%s"/>`, path.String())
}

// told is what a point says of itself.
func (p *plot) told(s *series, pt attack.Point) string {
	text := fmt.Sprintf("%s: %s at %s", s.Name, measure(pt.Y, p.y), measure(pt.X, p.x))
	if pt.High > pt.Low {
		text += fmt.Sprintf(", interval %s to %s", measure(pt.Low, p.y), measure(pt.High, p.y))
	}
	return text
}

// measure writes a number of an axis.
func measure(x float64, a attack.Axis) string {
	switch a.Unit {
	case "%":
		return number(100*x) + thin + "%"
	case "":
		return number(x)
	}
	return number(x) + " " + a.Unit
}

// describe says in words what the picture shows.
func (p *plot) describe() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s against %s.", p.y.Label, p.x.Label)
	for _, s := range p.series {
		if len(s.Points) == 0 {
			continue
		}
		low, high := math.Inf(1), math.Inf(-1)
		for _, pt := range s.Points {
			low, high = min(low, pt.Y), max(high, pt.Y)
		}
		if low == high {
			fmt.Fprintf(&out, " %s: %s.", s.Name, measure(low, p.y))
		} else {
			fmt.Fprintf(&out, " %s: %s to %s.", s.Name, measure(low, p.y), measure(high, p.y))
		}
	}
	return out.String()
}
