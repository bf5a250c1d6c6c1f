package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"probity/sim/attack"
)

// section is one part of the page; whatever it lacks is left out.
type section struct {
	Anchor  string
	Title   string
	About   string   // what is done, one line
	Claim   *Claim   // nil: nothing is claimed
	Again   []string // commands that give the same figures; options that a result does not tell are the defaults
	Tables  []table
	Figures []picture
	After   bool // figures stand after the tables
	Notes   []string
	Raw     string // the result as JSON
}

// table is a table of the page. The cell at Head is the heading of its row.
type table struct {
	Caption string
	Columns []column
	Head    int
	Rows    [][]cell
}

// column is the heading of a column.
type column struct {
	Name    string
	Numeric bool
}

// cell is one cell: text, and what stands before it where words do not do.
type cell struct {
	Text  string
	Class string
	Lead  template.HTML
	Small string // a second line
	More  string // what a reader may unfold
}

// empty reports whether the cell shows nothing.
func (c cell) empty() bool { return c.Text == "" && c.Lead == "" && c.Small == "" && c.More == "" }

// compact drops columns in which no row has anything.
func (t *table) compact() {
	for i := len(t.Columns) - 1; i >= 0; i-- {
		used := i == t.Head || len(t.Rows) == 0
		for _, row := range t.Rows {
			used = used || !row[i].empty()
		}
		if used {
			continue
		}
		t.Columns = slices.Delete(t.Columns, i, i+1)
		for r := range t.Rows {
			t.Rows[r] = slices.Delete(t.Rows[r], i, i+1)
		}
		if t.Head > i {
			t.Head--
		}
	}
}

// text is a cell of words, prose one of a sentence, num one of a figure.
func text(s string) cell  { return cell{Text: s} }
func prose(s string) cell { return cell{Text: s, Class: "prose"} }
func num(s string) cell   { return cell{Text: s, Class: "num"} }

// whole is a cell of a whole number.
func whole[T int | int64 | uint64](n T) cell { return num(count(n)) }

// zeroBest is a count that should be zero, and stands out where it is not.
func zeroBest(n int) cell {
	if n == 0 {
		return num("0")
	}
	return cell{Text: count(n), Class: "num bad"}
}

// columns makes headings; a # before a name marks a column of figures.
func columns(names ...string) (out []column) {
	for _, n := range names {
		name, numeric := strings.CutPrefix(n, "#")
		out = append(out, column{name, numeric})
	}
	return out
}

// judged is the cell of a check that was held.
func judged(ok bool) cell {
	if ok {
		return cell{Text: "✓ ok", Class: "verdict held"}
	}
	return cell{Text: "✗ no", Class: "verdict failed"}
}

// Mark is a verdict as a sign that needs no colour.
func (v Verdict) Mark() string { return [...]string{"–", "✓", "✗"}[v] }

// Word is a verdict as a word.
func (v Verdict) Word() string { return [...]string{"reported", "held", "did not hold"}[v] }

// MarshalText gives the word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.Word()), nil }

// Class is the verdict's class in the page's style.
func (v Verdict) Class() string { return [...]string{"reported", "held", "failed"}[v] }

// Ratio tells how many of the claim's checks were as claimed.
func (c *Claim) Ratio() string {
	if c.Checks == 0 {
		return "none checked"
	}
	return fmt.Sprintf("%s of %s", count(c.Checks-c.Failed), count(c.Checks))
}

// picture is a plot with its legend and its figures.
type picture struct {
	Title  string
	SVG    template.HTML
	Legend []key
	Data   table
}

// key is one line of a legend.
type key struct {
	Sign template.HTML
	Name string
}

// pictured is a plot as the page shows it.
func pictured(p plot) picture {
	out := picture{Title: p.title, SVG: p.SVG(), Data: table{
		Caption: "The figures of the plot: " + p.title,
		Columns: columns("series", "#"+p.x.Label, "#"+p.y.Label, "#from", "#to"),
	}}
	for _, s := range p.series {
		out.Legend = append(out.Legend, key{s.sign(), s.Name})
		for _, pt := range s.Points {
			row := []cell{text(s.Name), num(measure(pt.X, p.x)), num(measure(pt.Y, p.y)), {}, {}}
			if pt.High > pt.Low {
				row[3], row[4] = num(measure(pt.Low, p.y)), num(measure(pt.High, p.y))
			}
			out.Data.Rows = append(out.Data.Rows, row)
		}
	}
	out.Data.compact()
	return out
}

// sign is the mark of a series in a legend.
func (s *series) sign() template.HTML {
	d := &drawing{}
	d.addf(`<svg class="sign c%d" viewBox="-13 -7 26 14" aria-hidden="true">`, s.colour%colours)
	if s.kind == dots {
		path, class := shape(s.mark)
		d.addf(`<path class="%s" d="%s"/>`, class, path)
	} else {
		d.addf(`<path class="curve d%d" d="M-12 0H12"/>`, s.mark%4)
	}
	return d.end()
}

// chartOf is a picture of bars.
func chartOf(b bars) picture { return picture{Title: b.title, SVG: b.SVG()} }

// forest draws one row's interval beside what is expected, each row to its own
// measure: the line in the middle is what is expected, the point what was
// measured. The figures stand beside it.
func forest(r attack.Row) template.HTML {
	if r.Low >= r.High || r.Rule == attack.Reported {
		return ""
	}
	reach := 0.0
	for _, x := range []float64{r.Low, r.High, r.Measured} {
		reach = max(reach, x-r.Expected, r.Expected-x)
	}
	if reach == 0 {
		return ""
	}
	px := func(x float64) float64 { return 40 * (x - r.Expected) / reach }
	class := "ok"
	if !r.OK {
		class = "off"
	}
	d := &drawing{}
	d.addf(`<svg class="forest %s" viewBox="-45 -8 90 16" aria-hidden="true">`, class)
	d.line("middle", 0, -7, 0, 7)
	d.line("range", px(r.Low), 0, px(r.High), 0)
	d.line("range", px(r.Low), -3, px(r.Low), 3)
	d.line("range", px(r.High), -3, px(r.High), 3)
	d.addf(`<circle cx="%s" cy="0" r="3.2"/>`, at(px(r.Measured)))
	return d.end()
}
