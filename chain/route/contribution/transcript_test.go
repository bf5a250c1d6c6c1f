package contribution_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/route/contribution"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

// Goal: the life of ownership as a story. Method: transcripts with the
// watchtowers of route oracle; `link` claims an identity, `agree` and
// `show` have a tree of lines "name points account…" agreed on and published,
// `boundary` ends the epoch, `wait ms=N` lets time pass.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		broken := new(bool)
		at := func(w *routetest.World) *town { return &town{w, t, broken} }
		s := routetest.Script{Table: table(broken), Commands: map[string]routetest.Command{
			"wait": func(w *routetest.World, l routetest.Line) string {
				w.Block.Time += types.Time(l.Number("ms"))
				return "ok"
			},
			"link": func(w *routetest.World, l routetest.Line) string {
				return "ok\n" + routetest.Events(at(w).do("zoe", "contribution/link", at(w).linkAs(id(l.Args["identity"]), l.Args["key"])))
			},
			"agree": func(w *routetest.World, l routetest.Line) string {
				x := at(w)
				tree, s := x.agree(leavesOf(x, l.Input)...), x.status()
				return fmt.Sprintf("%d leaves, counting %d is %s", tree.Manifest.Count, s.Counting, s.Stage)
			},
			"show": func(w *routetest.World, l routetest.Line) string {
				x := at(w)
				s := x.status()
				tree := contribution.Count(s.Subject, s.Counting, leavesOf(x, l.Input))
				events, err := w.Call("zoe", "contribution", "publish_tree", tree.Publish(s.Counting, 0))
				if err != nil {
					return routetest.Verdict(err)
				}
				return routetest.Events(events)
			},
			"boundary": func(w *routetest.World, _ routetest.Line) string {
				var out strings.Builder
				for _, e := range at(w).boundary() {
					if e.Route == "contribution" || e.Route == "rep" {
						out.WriteString(routetest.Events([]types.Event{e}))
					}
				}
				return out.String()
			},
		}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			l := routetest.Line{Cmd: d.Cmd, Input: d.Input}
			for _, a := range d.CmdArgs {
				l.Add(a.Key, a.Vals)
			}
			return s.Step(l)
		})
	})
}

// leavesOf reads lines of a name, its points, and accounts.
func leavesOf(w *town, text string) (out []contribution.Leaf) {
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.Fields(line)
		var points uint64
		if _, err := fmt.Sscan(f[1], &points); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, w.wrote(f[0], points, f[2:]...))
	}
	return out
}
