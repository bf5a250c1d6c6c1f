package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"probity/chain/types"
	"probity/sim"
	"probity/sim/attack"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/campaign.html anew")

// example is a campaign with everything that a page can show, good and bad.
func example() *Campaign {
	rows := []attack.Row{
		{Label: "share of draws, lottery", Params: map[string]any{"alpha": "0.1", "draws": "lottery", "honest": strings.Repeat("ab", 32)}, Rule: attack.Inside, Expected: 0.1, Measured: 0.0995, Low: 0.095, High: 0.104, N: 50048, OK: true},
		{Label: "net cost", Params: map[string]any{"c2": 0.5, "moves": map[string]any{"withhold": 12.0, "propose": 1e6}}, Unit: "g₀", Rule: attack.Near, Expected: 1, Measured: 1.02, Low: 0.99, High: 1.01},
		{Label: "draws that differ", Unit: "draws", Rule: attack.Exactly, OK: true, N: 148411},
		{Label: "years", Unit: "years", Rule: attack.AtLeast, Expected: 8, Measured: 8.14, OK: true},
		{Label: "gain", Unit: "REP", Rule: attack.AtMost, Measured: -3000, OK: true},
		{Label: "break-even", Unit: "$", Rule: attack.Reported, Expected: 31536, Measured: 31536, OK: true},
	}
	return &Campaign{
		Stamp:  Stamp{Command: "probity sim report a.json", Software: "probity/test", Protocol: 1, Date: "a day"},
		Inputs: []Input{{"a.json", "attack", strings.Repeat("0f", 32)}},
		Attacks: []*attack.Result{
			{Attack: "example", Claim: "nothing is gained", Args: attack.Args{"draws": "50048", "why": "it's so"}, Rows: rows, Plots: []attack.Plot{lawAndPoints}, Notes: []string{"Every interval is of 99.9 %."}},
			{Attack: "example", Claim: "nothing is gained", Holds: true, Rows: rows[2:]},
			{Attack: "figures", Claim: "nothing", Holds: true, Rows: rows[5:]},
		},
		Swarms: []*sim.Report{
			{First: 1, Seeds: 2, Runs: 4, Nodes: []int{4}, Shards: []sim.Shard{{Index: 1, Count: 2}}, Total: 4, Blocks: 456, Views: 469, Crashes: 31, Txs: 2686, SimulatedSeconds: 100.1, Faults: map[string]int{"delay": 26528, "torn": 1}},
			{First: 1, Seeds: 4, Runs: 8, Nodes: []int{7}, Shards: []sim.Shard{{Index: 1, Count: 1}}, Total: 4, Violations: 1, Faults: map[string]int{"loss": 7},
				Failures: []sim.Failure{{Seed: 3, Nodes: 7, Oracle: "agreement", Text: "two blocks at height 9", Replay: "probity sim replay --seed 3 --nodes 7"}}},
		},
		Mutants: []*Mutants{{[]*sim.Catch{
			{Name: "timer-reset", Doc: "a timer begins anew", Caught: true, Clean: true, Oracle: "liveness", Text: "no block", Seed: 1, Seeds: 1, Simulated: 72000, Views: 40},
			{Name: "no-dir-sync", Doc: "no sync", Caught: true, Clean: true, Oracle: "persisted", Text: "gone", Seed: 2, Seeds: 2, Simulated: 182, Views: 1},
			{Name: "missed", Doc: "never seen", Seeds: 100},
		}}},
		Crashes: []*Crashes{{[]*sim.CrashReport{{Nodes: 4, Seed: 1, View: 3, Mute: true, Points: 40, Syncs: 12, Runs: 120, Doubles: 1, Recovery: 900,
			Failures: []sim.CrashPoint{{Member: 2, Change: 17, Kind: "sync", Left: "nothing", Violations: []sim.Violation{{Oracle: "honesty", Text: "two votes"}}}}}}}},
		Kills: []*Kills{{Nodes: 4, Kills: 100, Restarts: 100, Height: 900, Forks: 0, CaughtUp: true, Seed: 1}},
		Culprits: []*Culprits{{[]*sim.Verdict{
			{Name: "twins", Doc: "two of four run twice", Seed: 1, Nodes: 4, Total: 400, Liars: 200, Third: true, Forked: true, At: 1200, Weight: 200, Holds: true},
			{Name: "twins", Doc: "two of four run twice", Seed: 2, Nodes: 4, Total: 400, Liars: 200, Third: true, Forked: true, At: 1500, Weight: types.Weight(140), Holds: true},
			{Name: "below", Doc: "one of four", Seed: 1, Nodes: 4, Total: 400, Liars: 100, Holds: true},
		}}},
		Speeds: []*sim.Speed{{Nodes: 4, ViewsPerS: 1200, Runs: []float64{1100, 1200, 1300}, TimesRealTime: 30}, {Nodes: 32, ViewsPerS: 9, Runs: []float64{9, 9, 9}}},
	}
}

// written is the page of a campaign.
func written(t testing.TB, c *Campaign) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Page(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// element is one element of a page with the text inside it.
type element struct {
	xml.StartElement
	text    string
	section string // the section that it stands in
}

// elements parses a page as XML, strictly: what breaks out of its place does
// not parse.
func elements(t testing.TB, page string) (out []*element) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	var open []*element
	var sections []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("line %d: %v", strings.Count(page[:d.InputOffset()], "\n")+1, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{StartElement: token.Copy()}
			if e.Name.Local == "section" {
				sections = append(sections, attribute(e.StartElement, "id"))
			}
			if len(sections) > 0 {
				e.section = sections[len(sections)-1]
			}
			out, open = append(out, e), append(open, e)
		case xml.EndElement:
			if token.Name.Local == "section" {
				sections = sections[:len(sections)-1]
			}
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(token)
			}
		}
	}
}

// Goal: the page is what it was, byte for byte. Method: a campaign with all
// parts, against testdata; -rewrite writes it anew.
func TestGolden(t *testing.T) {
	file := filepath.Join("testdata", "campaign.html")
	got := written(t, example())
	if again := written(t, example()); again != got {
		t.Error("one campaign gives two pages")
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	a, b := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("line %d is\n%s\nwas\n%s\n(-rewrite writes the page anew)", i+1, a[i], b[i])
		}
	}
	t.Fatalf("%d lines, %d before (-rewrite writes the page anew)", len(a), len(b))
}

// Goal: the page is sound: names are given once, what points somewhere finds it,
// nothing is loaded, and headings, captions and pictures have what a reader of
// the screen needs. Method: every element of the page.
func TestSound(t *testing.T) {
	ids, all := map[string]bool{}, elements(t, written(t, example()))
	for _, e := range all {
		if id := attribute(e.StartElement, "id"); id != "" {
			if ids[id] {
				t.Errorf("id %s is given twice", id)
			}
			ids[id] = true
		}
	}
	count := map[string]int{}
	for _, e := range all {
		count[e.Name.Local]++
		for _, a := range e.Attr {
			switch name := a.Name.Local; {
			case name == "src" || strings.HasPrefix(name, "on") || name == "style":
				t.Errorf("%s has %s=%q", e.Name.Local, name, a.Value)
			case name == "href" && (!strings.HasPrefix(a.Value, "#") || !ids[a.Value[1:]]):
				t.Errorf("a link to %q", a.Value)
			case name == "aria-labelledby":
				for _, id := range strings.Fields(a.Value) {
					if !ids[id] {
						t.Errorf("no element %s", id)
					}
				}
			}
		}
		if e.Name.Local == "th" && attribute(e.StartElement, "scope") == "" {
			t.Errorf("a heading without scope: %s", e.text)
		}
	}
	if count["table"] != count["caption"] || count["table"] < 10 {
		t.Errorf("%d tables, %d captions", count["table"], count["caption"])
	}
	if count["script"] != 1 || count["style"] != 1 || count["h1"] != 1 || count["figure"] != 6 {
		t.Errorf("elements %v", count)
	}
	if n := strings.Count(themeText, "\n"); n > 15 {
		t.Errorf("the script has %d lines", n)
	}
}

// Goal: no text of a result becomes markup or script. Method: hostile text in
// every place that takes text; the page parses strictly and has the same
// elements as with harmless text of the same length.
func TestEscapes(t *testing.T) {
	for _, bad := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style></title></svg></pre>`, `'; alert(1); {{.Title}} &amp; ]]> -->`, "`${1}`\\\"\n"} {
		tame := strings.Map(func(r rune) rune {
			if strings.ContainsRune("<>\"'&{}`$\\;", r) {
				return 'x'
			}
			return r
		}, bad)
		harm, calm := written(t, hostile(bad)), written(t, hostile(tame))
		if strings.Contains(bad, "<") && strings.Contains(harm, bad) {
			t.Errorf("%q stands in the page as it is", bad)
		}
		names := func(page string) (out []string) {
			for _, e := range elements(t, page) {
				out = append(out, e.Name.Local)
			}
			return out
		}
		if got, want := names(harm), names(calm); !slices.Equal(got, want) {
			t.Errorf("%q: %d elements, %d without it", bad, len(got), len(want))
		}
	}
}

// hostile is a campaign with a text wherever a result has one.
func hostile(x string) *Campaign {
	c := example()
	c.Stamp = Stamp{Title: x, Command: x, Software: x, Protocol: 1, Date: x}
	c.Inputs = []Input{{x, x, x}}
	p := attack.Plot{Title: x, X: attack.Axis{Label: x, Unit: x}, Y: attack.Axis{Label: x, Unit: x}, Series: []attack.Series{
		{Name: x, Points: []attack.Point{{X: 1, Y: 1, Low: 0.5, High: 2}}}, {Name: x, Line: true, Points: []attack.Point{{X: 1, Y: 1}}},
	}}
	c.Attacks = []*attack.Result{{Attack: x, Claim: x, Args: attack.Args{x: x}, Notes: []string{x}, Plots: []attack.Plot{p}, Rows: []attack.Row{
		{Label: x, Unit: x, Rule: attack.Rule(x), Params: map[string]any{x: x, "of": map[string]any{x: x}, "list": []any{x}}},
	}}}
	c.Swarms[1].Failures[0] = sim.Failure{Oracle: x, Text: x, Replay: x}
	c.Swarms[1].Faults = map[string]int{x: 5}
	for _, m := range c.Mutants[0].Mutants {
		m.Name, m.Doc, m.Oracle, m.Text = x, x, x, x
	}
	f := &c.Crashes[0].Views[0].Failures[0]
	f.Kind, f.Left, f.Violations[0].Oracle, f.Violations[0].Text = x, x, x, x
	for _, w := range c.Culprits[0].Worlds {
		w.Name, w.Doc, w.Text = x, x, x
	}
	return c
}

// Goal: an empty campaign is a page that says so, and claims nothing. Method: a
// campaign without any part.
func TestEmpty(t *testing.T) {
	page := written(t, &Campaign{})
	elements(t, page)
	for _, want := range []string{"No claim was tested.", "holds no result with a claim"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(page, "<table") || strings.Contains(page, "claims held") {
		t.Error("an empty page claims something")
	}
}

// Goal: every row of every attack is on the page, in its order. Method: all
// computed attacks with small options; the rows of each one's table.
func TestEveryRow(t *testing.T) {
	tiny := map[string]attack.Args{
		"grind": {"draws": "2000", "real": "2", "alpha": "0.1,0.2"}, "sockpuppets": {"draws": "2000"}, "capture": {"runs": "20", "steps": "200"},
		"votegames": {"pools": "100"}, "lazyapproval": {"blocks": "10000"}, "longcon": {"runs": "20"},
	}
	c := &Campaign{}
	for _, a := range attack.All {
		if a.Play != nil {
			continue
		}
		r, err := a.Start(tiny[a.Name], nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Attacks = append(c.Attacks, r)
	}
	page := elements(t, written(t, c))
	for i, r := range c.Attacks {
		var labels, figures []string
		for _, e := range page {
			if e.section != c.anchors()[i] {
				continue
			}
			if class := attribute(e.StartElement, "class"); e.Name.Local == "th" && class == "label" {
				labels = append(labels, e.text)
			} else if e.Name.Local == "td" && class == "num" {
				figures = append(figures, e.text)
			}
		}
		if len(labels) != len(r.Rows) || len(r.Rows) == 0 {
			t.Errorf("%s: %d rows on the page, %d in the result", r.Attack, len(labels), len(r.Rows))
			continue
		}
		for j, row := range r.Rows {
			if !strings.HasPrefix(labels[j], row.Label) || !slices.Contains(figures, quantity(row.Measured, row.Unit)) {
				t.Errorf("%s: row %d, %s %v, is shown as %s", r.Attack, j, row.Label, row.Measured, labels[j])
			}
		}
		for _, p := range r.Plots {
			if !slices.ContainsFunc(page, func(e *element) bool { return e.Name.Local == "figcaption" && e.text == p.Title }) {
				t.Errorf("%s: no plot %q", r.Attack, p.Title)
			}
		}
	}
}
