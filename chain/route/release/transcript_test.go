package release_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/release"
	"probity/chain/route/routetest"
	"probity/chain/types"
)

// story plays a transcript in which #name stands for a hash: of a candidate, of
// a report, of a binary. #sealed.x is the sealed trail of candidate x,
// #built is the artifacts hash of one binary "probity" with hash #binary.
type story struct {
	script *routetest.Script
	world  *routetest.World
	names  map[keys.Hash]string
}

var hashName = regexp.MustCompile(`#[a-z0-9.]+`)

var shipped = []release.Binary{{Name: "probity", Hash: rc("binary")}}

func (s *story) hash(name string) keys.Hash {
	switch {
	case name == "#built":
		return release.ArtifactsHash(shipped)
	case strings.HasPrefix(name, "#sealed."):
		in := mustJSON(release.Of{RC: rc(strings.TrimPrefix(name, "#sealed."))})
		out, err := s.world.Query("release", "status", string(in))
		if err != nil {
			return keys.Hash{}
		}
		var k struct{ Sealed keys.Hash }
		_ = json.Unmarshal([]byte(out), &k)
		return k.Sealed
	}
	return rc(name[1:])
}

func (s *story) expand(text string) string {
	return hashName.ReplaceAllStringFunc(text, func(name string) string {
		h := s.hash(name)
		if !h.IsZero() {
			s.names[h] = name
		}
		return h.String()
	})
}

func (s *story) step(d *datadriven.TestData) string {
	l := routetest.Line{Cmd: d.Cmd, Input: s.expand(d.Input)}
	for _, a := range d.CmdArgs {
		l.Add(a.Key, a.Vals)
	}
	out := s.script.Step(l)
	for h, name := range s.names {
		out = strings.ReplaceAll(out, h.String(), name)
	}
	return out
}

// Goal: the lives of releases as stories. Method: transcripts; beside the
// directives of routetest: wait days=N | ms=N lets time pass and a block begin,
// court OUTCOME answers the last appeal, version N puts a protocol in force, all
// FROM… ROUTE/MSG (names separated by commas) has several do the same.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &story{names: map[keys.Hash]string{}}
			s.script = &routetest.Script{
				Table: with(court),
				Setup: func(w *routetest.World) { s.world = w },
				Commands: map[string]routetest.Command{
					"wait": wait, "court": answer, "version": version, "all": all,
				},
			}
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string { return s.step(d) })
		})
	}
}

func wait(w *routetest.World, l routetest.Line) string {
	ms := types.Time(l.Number("days"))*day + types.Time(l.Number("ms"))
	events, err := next(w, ms)
	if err != nil {
		return err.Error()
	}
	if err := w.Check(); err != nil {
		return err.Error()
	}
	return routetest.Events(events)
}

func answer(w *routetest.World, l routetest.Line) string {
	c := w.Ctx("release")
	before := c.Log().Len()
	o := map[string]route.Outcome{"accepted": route.Accepted, "rejected": route.Rejected, "void": route.Void}[l.Word]
	c.Deliver("release", route.Verdict{Ref: lastAppeal.Ref, Outcome: o})
	return routetest.Events(c.LogFrom(before).Events())
}

func version(w *routetest.World, l routetest.Line) string {
	w.Block.Version = uint32(l.Number("n"))
	return wait(w, routetest.Line{})
}

func all(w *routetest.World, l routetest.Line) string {
	name, msg, _ := strings.Cut(l.Word, "/")
	out := ""
	for _, from := range strings.Split(l.Args["from"], ",") {
		body, err := w.Body(name, msg, l.Input)
		if err != nil {
			return err.Error()
		}
		events, err := w.Call(from, name, msg, body)
		if err != nil {
			out += from + ": " + routetest.Verdict(err) + "\n"
			continue
		}
		out += routetest.Events(events)
	}
	return out
}
