package report

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// colour is red, green and blue as light, 0 … 1.
type colour [3]float64

// parseColour reads #rrggbb, or #rgb.
func parseColour(t *testing.T, text string) (c colour) {
	t.Helper()
	if len(text) == 4 {
		text = fmt.Sprintf("#%c%c%c%c%c%c", text[1], text[1], text[2], text[2], text[3], text[3])
	}
	for i := range c {
		n, err := strconv.ParseUint(text[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("colour %q", text)
		}
		if x := float64(n) / 255; x <= 0.04045 {
			c[i] = x / 12.92
		} else {
			c[i] = math.Pow((x+0.055)/1.055, 2.4)
		}
	}
	return c
}

func (c colour) luminance() float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// contrast is the ratio of WCAG 2.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// lab is the colour in CIE L*a*b*, in which distance is what the eye sees.
func (c colour) lab() (out [3]float64) {
	f := func(x float64) float64 {
		if x > 0.008856 {
			return math.Cbrt(x)
		}
		return 7.787*x + 16.0/116
	}
	x := f((0.4124*c[0] + 0.3576*c[1] + 0.1805*c[2]) / 0.9505)
	y := f(c.luminance())
	z := f((0.0193*c[0] + 0.1192*c[1] + 0.9505*c[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// sights are how eyes see, by Machado, Oliveira and Fernandes (2009) at full
// severity.
var sights = map[string][3][3]float64{
	"full":   {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protan": {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deutan": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritan": {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

func (c colour) seen(m [3][3]float64) (out colour) {
	for i := range out {
		out[i] = min(1, max(0, m[i][0]*c[0]+m[i][1]*c[1]+m[i][2]*c[2]))
	}
	return out
}

// themes are the colours of the page by name, as the style sets them.
func themes(t *testing.T) map[string]map[string]colour {
	t.Helper()
	before, rest, _ := strings.Cut(styleText, "/*dark*/")
	dark, after, _ := strings.Cut(rest, "/*end*/")
	_, print, _ := strings.Cut(after, "@media print")
	out := map[string]map[string]colour{}
	for name, css := range map[string]string{"light": before, "dark": dark, "print": print} {
		out[name] = map[string]colour{}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]+);`).FindAllStringSubmatch(css, -1) {
			out[name][m[1]] = parseColour(t, m[2])
		}
	}
	return out
}

// Goal: text and marks stand out in every theme. Method: the contrast ratios of
// WCAG AA, 4.5 for text and 3 for graphics, on the style's own colours.
func TestContrast(t *testing.T) {
	for name, c := range themes(t) {
		for _, pair := range [][2]string{
			{"ink", "paper"}, {"ink", "panel"}, {"soft", "paper"}, {"soft", "panel"}, {"link", "paper"}, {"link", "panel"},
			{"held", "paper"}, {"held", "panel"}, {"held", "held-bg"}, {"failed", "paper"}, {"failed", "panel"}, {"failed", "failed-bg"},
			{"reported", "paper"}, {"reported", "reported-bg"},
		} {
			a, known := c[pair[0]]
			b, also := c[pair[1]]
			if !known || !also {
				t.Fatalf("%s: no colours %v", name, pair)
			}
			if r := contrast(a, b); r < 4.5 {
				t.Errorf("%s: %s on %s has contrast %.2f", name, pair[0], pair[1], r)
			}
		}
		for i := range colours {
			if r := contrast(c[fmt.Sprint("c", i)], c["paper"]); r < 3 {
				t.Errorf("%s: series %d has contrast %.2f", name, i, r)
			}
		}
	}
}

// Goal: series can be told apart by colour with every kind of sight. Method: the
// distance of all pairs in L*a*b* for full sight and three simulated lacks; 10
// is seen at a glance.
func TestPaletteForAllEyes(t *testing.T) {
	for name, c := range themes(t) {
		for sight, m := range sights {
			for i := range colours {
				for j := range i {
					a, b := c[fmt.Sprint("c", i)].seen(m).lab(), c[fmt.Sprint("c", j)].seen(m).lab()
					if d := math.Sqrt(sq(a[0]-b[0]) + sq(a[1]-b[1]) + sq(a[2]-b[2])); d < 15 {
						t.Errorf("%s, %s: series %d and %d are %.1f apart", name, sight, i, j, d)
					}
				}
			}
		}
	}
}

func sq(x float64) float64 { return x * x }
