package report

import (
	"fmt"
	"html/template"

	"probity/sim/attack"
)

// bar is one named amount, with an interval where High is above Low.
type bar struct {
	name      string
	value     float64
	low, high float64
	none      bool // there is no amount: note stands in its place
	note      string
	colour    int
}

// bars is a picture of named amounts that are not below zero.
type bars struct {
	id    string
	title string
	axis  attack.Axis
	bars  []bar

	mark   float64 // a line to hold the bars against; 0: none
	marked string  // what it is
}

// The measures of a row of bars.
const (
	barPitch  = 26.0
	barThick  = 14.0
	barNames  = 26 // characters of a name at most
	barValues = 84.0
)

// SVG draws the bars, the first on top. Where the axis is logarithmic an amount
// is a point at the end of a stem: the length of a bar would mean nothing.
func (b *bars) SVG() template.HTML {
	var numbers []float64
	left := 0.0
	for _, r := range b.bars {
		left = max(left, wide(cut(r.name, barNames))+12)
		if r.none {
			continue
		}
		numbers = append(numbers, r.value)
		if r.high > r.low {
			numbers = append(numbers, r.low, r.high)
		}
	}
	if !b.axis.Log {
		numbers = append(numbers, 0)
	}
	if b.mark > 0 {
		numbers = append(numbers, b.mark)
	}
	f := &frame{x: newScale(b.axis, numbers, 5), left: left, side: plotWidth - left - barValues}
	top := 3.0
	if b.mark > 0 {
		top += 18 // for the word above the line
	}
	bottom := top + barPitch*float64(len(b.bars)) + 3
	d := newDrawing(b.id, plotWidth, bottom+46, b.title, b.describe())
	for _, t := range f.x.ticks {
		class := "grid"
		if t == 0 {
			class = "zero"
		}
		d.line(class, f.px(t), top, f.px(t), bottom)
		d.text("tick mid", f.px(t), bottom+17, f.x.label(t))
	}
	for i, r := range b.bars {
		b.row(d, f, r, top+barPitch*(float64(i)+0.5))
	}
	if b.mark > 0 {
		d.addf(`<g><title>%s</title>`, escape(b.marked+": "+measure(b.mark, b.axis)))
		d.line("bound", f.px(b.mark), top-2, f.px(b.mark), bottom)
		d.addf(`</g>`)
		d.text("tick strong mid", f.px(b.mark), 13, b.marked)
	}
	d.text("name mid", left+f.side/2, bottom+40, axisName(b.axis, f.x))
	return d.end()
}

// row draws one bar around the height y.
func (b *bars) row(d *drawing, f *frame, r bar, y float64) {
	d.text("tick end", f.left-10, y+4.5, cut(r.name, barNames))
	if r.none {
		d.text("tick strong", f.left+6, y+4.5, r.note)
		return
	}
	end := f.px(r.value)
	said := r.said(b.axis)
	d.addf(`<g class="c%d">`, r.colour%colours)
	if f.x.log {
		d.line("stem", f.left, y, end, y)
		d.mark(0, end, y, said)
	} else {
		d.addf(`<rect class="bar" x="%s" y="%s" width="%s" height="%s"><title>%s</title></rect>`,
			at(f.left), at(y-barThick/2), at(max(1, end-f.left)), at(barThick), escape(said))
	}
	if r.high > r.low {
		from, to := f.px(r.low), f.px(r.high)
		d.addf(`<path class="whisker over" d="M%s %sH%sM%s %sv8M%s %sv8"/>`, at(from), at(y), at(to), at(from), at(y-4), at(to), at(y-4))
		end = max(end, to)
	}
	d.addf(`</g>`)
	d.text("tick", end+9, y+4.5, measure(r.value, attack.Axis{Unit: percentOnly(b.axis.Unit)}))
}

// percentOnly leaves a unit out of the text beside a bar: the axis names it.
func percentOnly(unit string) string {
	if unit == "%" {
		return unit
	}
	return ""
}

// said is what a bar says of itself.
func (r bar) said(a attack.Axis) string {
	text := fmt.Sprintf("%s: %s", r.name, measure(r.value, a))
	if r.high > r.low {
		text += fmt.Sprintf(", %s to %s", measure(r.low, a), measure(r.high, a))
	}
	return text
}

// describe says in words what the picture shows.
func (b *bars) describe() string {
	text := b.axis.Label + "."
	for _, r := range b.bars {
		if r.none {
			text += fmt.Sprintf(" %s: %s.", r.name, r.note)
		} else {
			text += " " + r.said(b.axis) + "."
		}
	}
	return text
}
