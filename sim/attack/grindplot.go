package attack

import (
	"fmt"
	"math"
	"slices"
)

func contains(list []string, word string) bool { return slices.Contains(list, word) }

// plots are the gain over the fair share by scheme, and the first draw after
// an all-producers' union.
func (g *grind) plots(r *Result) []Plot {
	gain := Plot{
		Title: "what grinding gains",
		X:     Axis{Label: "share of REP", Unit: "%"},
		Y:     Axis{Label: "share of slots beyond it", Unit: "%"},
	}
	hits := Plot{
		Title: "the first draw where everyone reveals, and the law 1 − (1−α)^(2^k)",
		X:     Axis{Label: "salts that may be withheld"},
		Y:     Axis{Label: "hit", Unit: "%"},
	}
	for _, s := range r.Shares {
		if s.Escrow != "" {
			continue // few draws
		}
		if s.K > 0 {
			add(&hits, fmt.Sprintf("α = %g", s.Alpha), Point{float64(s.K), s.Share, s.Low, s.High})
			continue
		}
		name := s.Scheme
		if s.Draws != "" {
			name += ", " + s.Draws
		}
		add(&gain, name, Point{s.Alpha, s.Share - s.Alpha, s.Low - s.Alpha, s.High - s.Alpha})
	}
	for _, alpha := range g.alphas {
		if len(hits.Series) == 0 {
			break
		}
		law := Series{Name: fmt.Sprintf("law at α = %g", alpha), Line: true}
		for k := 0.0; k <= unionMost; k++ {
			law.Points = append(law.Points, Point{X: k, Y: 1 - math.Pow(1-alpha, math.Exp2(k))})
		}
		hits.Series = append(hits.Series, law)
	}
	var out []Plot
	for _, p := range []Plot{gain, hits} {
		if len(p.Series) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// add puts a point into the series with a name.
func add(p *Plot, name string, at Point) {
	for i := range p.Series {
		if p.Series[i].Name == name {
			p.Series[i].Points = append(p.Series[i].Points, at)
			return
		}
	}
	p.Series = append(p.Series, Series{Name: name, Points: []Point{at}})
}

// notes say what the figures rest on.
func (g *grind) notes() []string {
	out := []string{
		"Every interval is of 99.9 %: by chance alone one of a thousand misses its figure. With one seed the figures are always the same.",
	}
	if contains(g.schemes, "recoverable") {
		out = append(out,
			"recoverable: both runs have equal weights, registrations and salts; views 1 … "+fmt.Sprint(g.blocks)+
				" of each epoch are counted. Later views, which nullified ones make necessary, are compared and not counted: who decides when to stop counting bends a share without gaining a block.",
			"recoverable: under the cycle draws depend on each other and the true spread is narrower than the binomial one.",
			"recoverable: with escrow, a contract's dealing is made when it serves; it follows from a seed and a place that are fixed at registration.",
			"recoverable: one block's lookahead remains. Who leads a view knows its salt, and so who leads the next one, before it is drawn for others.",
		)
	}
	if contains(g.schemes, "hashed") {
		out = append(out, "hashed: an epoch of "+fmt.Sprint(g.blocks)+" views; a withheld view is not made up for.")
	}
	if contains(g.schemes, "randao32") {
		out = append(out, "randao32: published by Alpturer and Weinberg (AFT 2024) for 5, 10 and 20 %; differences are the epochs with a withheld reveal.")
	}
	return out
}
