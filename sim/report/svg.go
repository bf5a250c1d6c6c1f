package report

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"unicode/utf8"
)

// drawing is an SVG picture while it is written. Colours and fonts come from
// the page's style by class, so that one picture serves light, dark and paper.
type drawing struct {
	out strings.Builder
}

// newDrawing begins a picture of w × h units with a name and a description,
// which readers of the screen speak.
func newDrawing(id string, w, h float64, title, desc string) *drawing {
	d := &drawing{}
	d.addf(`<svg class="chart" viewBox="0 0 %s %s" role="img" aria-labelledby="%s-t %s-d">`, at(w), at(h), escape(id), escape(id))
	d.addf(`<title id="%s-t">%s</title><desc id="%s-d">%s</desc>`, escape(id), escape(title), escape(id), escape(desc))
	return d
}

// addf writes markup. Its arguments are numbers, or texts that escape made.
func (d *drawing) addf(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	d.addf(`<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, at(x1), at(y1), at(x2), at(y2))
}

func (d *drawing) text(class string, x, y float64, text string) {
	d.addf(`<text class="%s" x="%s" y="%s">%s</text>`, class, at(x), at(y), escape(text))
}

// end is the finished picture.
func (d *drawing) end() template.HTML {
	d.out.WriteString("</svg>")
	return template.HTML(d.out.String()) // every text in it went through escape
}

// escape is a text as HTML shows it, in content and in quoted attributes.
func escape(text string) string { return html.EscapeString(text) }

// at writes a coordinate: a tenth of a unit is finer than a screen shows.
func at(x float64) string { return trimmed(fmt.Sprintf("%.1f", x+0)) }

// wide estimates the width of a text in units, at the size of tick labels.
func wide(text string) float64 { return 8.5 * float64(utf8.RuneCountInString(text)) }

// cut shortens a text to at most n characters.
func cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return strings.TrimRight(string([]rune(text)[:n-1]), " ") + "…"
}

// shapes of marks tell series apart without colour; those from the sixth on are
// hollow.
var shapes = []string{
	"M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0 -8.4 0Z",
	"M0 -5L4.8 3.6H-4.8Z",
	"M-3.8 -3.8H3.8V3.8H-3.8Z",
	"M0 -5.4L5.4 0L0 5.4L-5.4 0Z",
	"M0 5L4.8 -3.6H-4.8Z",
}

// colours is how many the page's style has.
const colours = 8

// shape is the path and the class of the i-th series' marks.
func shape(i int) (path, class string) {
	class = "mark"
	if i/len(shapes)%2 == 1 {
		class = "mark hollow"
	}
	return shapes[i%len(shapes)], class
}

// mark draws a point that tells its figures when it is pointed at.
func (d *drawing) mark(i int, x, y float64, title string) {
	path, class := shape(i)
	d.addf(`<path class="%s" transform="translate(%s %s)" d="%s"><title>%s</title></path>`, class, at(x), at(y), path, escape(title))
}
