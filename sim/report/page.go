package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// The parts of the page that do not depend on results.
var (
	//go:embed page.html
	pageText string
	//go:embed style.css
	styleText string
	//go:embed theme.js
	themeText string
)

// pageTemplate escapes every text by its place in the page.
var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what the template shows.
type page struct {
	Title    string
	Stamp    Stamp
	Inputs   []Input
	Policy   string // content security policy: nothing is loaded, and no other script runs
	Style    template.HTML
	Theme    template.HTML
	Headline string
	Tone     string // class of the headline
	Tiles    []tile
	Claims   []Claim
	Attacks  []section
	Box      []section
}

// tile is one figure at the top of the page.
type tile struct {
	Figure, Name string
}

// Page writes the campaign as one document of HTML. The same campaign gives the
// same bytes. The error is that of the writer.
func (c *Campaign) Page(w io.Writer) error {
	p := c.page()
	if err := pageTemplate.Execute(w, p); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return nil
}

func (c *Campaign) page() *page {
	p := &page{Title: c.Stamp.Title, Stamp: c.Stamp, Inputs: c.Inputs, Claims: c.Claims()}
	if p.Title == "" {
		p.Title = "Simulation campaign"
	}
	style, theme := themed(styleText), strings.TrimSpace(themeText)
	p.Policy = fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'", digest(style), digest(theme))
	p.Style = template.HTML("<style>" + style + "</style>")   // a file of this package
	p.Theme = template.HTML("<script>" + theme + "</script>") // a file of this package
	for i, r := range c.Attacks {
		p.Attacks = append(p.Attacks, attackSection(r, &p.Claims[i]))
	}
	p.Box = c.box(p.Claims[len(c.Attacks):])
	p.Headline, p.Tone = headline(p.Claims)
	p.Tiles = c.tiles(p.Claims)
	return p
}

// box are the sections on the simulator, each with its claim.
func (c *Campaign) box(claims []Claim) (out []section) {
	show := map[string]func(*Claim) section{
		"swarm": c.swarmSection, "mutants": c.mutantsSection, "crashpoints": c.crashSection,
		"kills": c.killsSection, "culprits": c.culpritsSection,
	}
	for i := range claims {
		out = append(out, show[claims[i].Anchor](&claims[i]))
	}
	if len(c.Speeds) > 0 {
		out = append(out, c.speedSection())
	}
	return out
}

// headline says in one sentence what became of the claims.
func headline(claims []Claim) (text, tone string) {
	held, failed, reported := 0, Failures(claims), 0
	for _, c := range claims {
		switch c.Verdict {
		case Held:
			held++
		case Reported:
			reported++
		}
	}
	tested := held + failed
	switch {
	case tested == 0:
		text, tone = "No claim was tested.", "reported"
	case failed == 1 && tested == 1:
		text, tone = "The one claim did not hold.", "failed"
	case failed > 0:
		text, tone = fmt.Sprintf("%d of %d claims did not hold.", failed, tested), "failed"
	case tested == 1:
		text, tone = "The one claim held.", "held"
	default:
		text, tone = fmt.Sprintf("All %d claims held.", tested), "held"
	}
	if reported > 0 {
		text += fmt.Sprintf(" For %d more, figures are reported and none is judged.", reported)
	}
	return text, tone
}

// tiles are the size of the campaign in a few figures.
func (c *Campaign) tiles(claims []Claim) (out []tile) {
	add := func(n int, name string) {
		if n > 0 {
			out = append(out, tile{count(n), name})
		}
	}
	rows := 0
	for _, r := range c.Attacks {
		rows += len(r.Rows)
	}
	runs, views := 0, uint64(0)
	for _, r := range c.Swarms {
		runs, views = runs+r.Runs, views+r.Views
	}
	caught, crashes := 0, 0
	for _, m := range c.catches() {
		if m.Caught {
			caught++
		}
	}
	for _, r := range c.crashes() {
		crashes += r.Runs
	}
	add(len(c.Attacks), "attacks")
	add(rows, "figures measured")
	add(runs, "simulated runs")
	add(int(views), "views in them")
	if all := len(c.catches()); all > 0 {
		out = append(out, tile{fmt.Sprintf("%d/%d", caught, all), "mutants caught"})
	}
	add(crashes, "crashes tried")
	return out
}

// themed sets the dark colours into the style twice: where the reader's system
// asks for them, and where the switch does.
func themed(css string) string {
	before, rest, _ := strings.Cut(css, "/*dark*/")
	dark, after, _ := strings.Cut(rest, "/*end*/")
	dark = strings.TrimSpace(dark)
	return strings.TrimSpace(before + "@media (prefers-color-scheme: dark) {\n:root:not([data-theme=light]) {\n" + dark +
		"\n}\n}\n:root[data-theme=dark] {\n" + dark + "\n}" + after)
}

// digest is a hash as a content security policy names it.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}
