package report

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"probity/sim/attack"
)

// shapesOf parses a picture and gives its elements in order. A picture that is
// no XML fails the test.
func shapesOf(t testing.TB, svg string) (out []xml.StartElement) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if token == nil {
			return out
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok {
			out = append(out, e.Copy())
		}
	}
}

// attribute is an attribute of an element.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// marksOf are the places of the marks of a picture.
func marksOf(t testing.TB, svg string) (out [][2]float64) {
	t.Helper()
	for _, e := range shapesOf(t, svg) {
		if !strings.HasPrefix(attribute(e, "class"), "mark") {
			continue
		}
		var x, y float64
		if _, err := fmt.Sscanf(attribute(e, "transform"), "translate(%g %g)", &x, &y); err != nil {
			t.Fatal(err)
		}
		out = append(out, [2]float64{x, y})
	}
	return out
}

// lawAndPoints is a plot of measured points beside their law.
var lawAndPoints = attack.Plot{
	Title: "hits", X: attack.Axis{Label: "salts"}, Y: attack.Axis{Label: "hit", Unit: "%"},
	Series: []attack.Series{
		{Name: "α = 0.1", Points: []attack.Point{{X: 1, Y: 0.2, Low: 0.18, High: 0.22}, {X: 2, Y: 0.5}}},
		{Name: "α = 0.2", Points: []attack.Point{{X: 1, Y: 0.21, Low: 0.19, High: 0.23}}},
		{Name: "law at α = 0.2", Line: true, Points: []attack.Point{{X: 2, Y: 0.6}, {X: 0, Y: 0}}},
		{Name: "elsewhere", Line: true, Points: []attack.Point{{X: 0, Y: 0}, {X: 2, Y: 1}}},
	},
}

// Goal: a law has the colour of its points, curves run from left to right, and
// points beside curves stand at their true place. Method: a plot with both,
// whose intervals overlap.
func TestPlotLaw(t *testing.T) {
	p := plotOf("p", lawAndPoints)
	if p.series[2].colour != p.series[1].colour || p.series[3].colour == p.series[0].colour || p.series[3].colour == p.series[1].colour {
		t.Errorf("colours %d %d %d %d", p.series[0].colour, p.series[1].colour, p.series[2].colour, p.series[3].colour)
	}
	svg := string(p.SVG())
	marks := marksOf(t, svg)
	if len(marks) != 3 || marks[0][0] != marks[2][0] || marks[0][1] <= marks[1][1] {
		t.Errorf("marks at %v", marks)
	}
	for _, e := range shapesOf(t, svg) {
		if strings.HasPrefix(attribute(e, "class"), "curve") {
			var x, y, x2, y2 float64
			if _, err := fmt.Sscanf(attribute(e, "d"), "M%g %gL%g %g", &x, &y, &x2, &y2); err != nil || x >= x2 || y <= y2 {
				t.Errorf("curve %s: %v", attribute(e, "d"), err)
			}
		}
	}
	for _, want := range []string{"<desc", "α = 0.1: 20\u202f% at 1, interval 18\u202f% to 22\u202f%", "hit (%)", "salts"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
}

// Goal: points that would hide one another stand side by side, and only those.
// Method: two series with overlapping intervals, then far apart.
func TestPlotSpreads(t *testing.T) {
	near := lawAndPoints
	near.Series = near.Series[:2]
	p := plotOf("p", near)
	if m := marksOf(t, string(p.SVG())); m[2][0]-m[0][0] < 5 {
		t.Errorf("marks at %v lie on one another", m)
	}
	far := attack.Plot{Series: []attack.Series{{Points: []attack.Point{{X: 1, Y: 1}, {X: 2, Y: 0}}}, {Points: []attack.Point{{X: 1, Y: 9}}}}}
	p = plotOf("p", far)
	if m := marksOf(t, string(p.SVG())); m[0][0] != m[2][0] {
		t.Errorf("marks at %v are moved without need", m)
	}
}

// Goal: any numbers give a picture that is XML, with every mark inside the
// frame. Method: random plots, logarithmic axes with numbers below zero among
// them.
func TestPlotAnything(t *testing.T) {
	number := rapid.OneOf(rapid.Float64Range(-10, 10), rapid.Float64(), rapid.SampledFrom([]float64{0, 1e-300, 1e300, -1e300}))
	rapid.Check(t, func(rt *rapid.T) {
		p := attack.Plot{X: attack.Axis{Log: rapid.Bool().Draw(rt, "logx")}, Y: attack.Axis{Log: rapid.Bool().Draw(rt, "logy"), Unit: rapid.SampledFrom([]string{"", "%", "s"}).Draw(rt, "unit")}}
		want := 0
		for range rapid.IntRange(0, 12).Draw(rt, "series") {
			s := attack.Series{Name: rapid.StringN(0, 6, 12).Draw(rt, "name"), Line: rapid.Bool().Draw(rt, "line")}
			for range rapid.IntRange(0, 4).Draw(rt, "points") {
				s.Points = append(s.Points, attack.Point{X: number.Draw(rt, "x"), Y: number.Draw(rt, "y"), Low: number.Draw(rt, "low"), High: number.Draw(rt, "high")})
			}
			if !s.Line {
				want += len(s.Points)
			}
			p.Series = append(p.Series, s)
		}
		for i := range p.Series {
			p.Series[i].Name = strings.ToValidUTF8(strings.Map(printable, p.Series[i].Name), "?")
		}
		q := plotOf("p", p)
		marks := marksOf(t, string(q.SVG()))
		if len(marks) != want {
			rt.Fatalf("%d marks for %d points", len(marks), want)
		}
		for _, m := range marks {
			if !(m[0] >= 0 && m[0] <= plotWidth+60 && m[1] >= 0 && m[1] <= plotHeight) {
				rt.Fatalf("a mark at %v", m)
			}
		}
	})
}

// printable replaces what XML cannot hold; HTML can, and encoding/xml only
// checks here.
func printable(r rune) rune {
	if strconv.IsPrint(r) {
		return r
	}
	return ' '
}

// Goal: bars are as long as their amounts, what has no amount says so, and a
// logarithmic axis draws points. Method: amounts of both kinds.
func TestBars(t *testing.T) {
	b := bars{id: "b", title: "times", axis: attack.Axis{Label: "time", Unit: "s"}, bars: []bar{
		{name: "one", value: 1}, {name: "four", value: 4, low: 3, high: 5}, {name: "none", none: true, note: "not caught"},
	}}
	b.order(true)
	svg := string(b.SVG())
	var widths []float64
	for _, e := range shapesOf(t, svg) {
		if e.Name.Local == "rect" {
			w, err := strconv.ParseFloat(attribute(e, "width"), 64)
			if err != nil {
				t.Fatal(err)
			}
			widths = append(widths, w)
		}
	}
	if len(widths) != 2 || widths[0]/widths[1] < 3.9 || widths[0]/widths[1] > 4.1 {
		t.Errorf("widths %v", widths)
	}
	for _, want := range []string{"four: 4 s, 3 s to 5 s", "not caught", "time (s)"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q", want)
		}
	}
	b.bars[0].value = 1e6
	b.order(true)
	if svg = string(b.SVG()); strings.Contains(svg, "<rect") || len(marksOf(t, svg)) != 2 || !strings.Contains(svg, "logarithmic") {
		t.Error("amounts far apart are not on a logarithmic axis")
	}
}
