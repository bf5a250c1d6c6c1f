package dcert_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/dcert"
	"probity/chain/route/params"
	"probity/chain/route/rep"
	"probity/chain/route/routetest"
	"probity/chain/state"
	"probity/chain/types"
)

// more are directives of these transcripts:
//
//	group                             the members in order of sequence: votes, bond
//	has NAME                          wREP of an account, and what of it is free
//	disband STAGE from=NAME n=NUMBER  a proposal to disband opens or ends
//	slash STAGE member=NAME ppm=N n=NUMBER
//	                                  one to slash; executed: it slashes first
var more = map[string]routetest.Command{
	"group": func(w *routetest.World, _ routetest.Line) string {
		text, err := w.Query("dcert", "members", "")
		if err != nil {
			return err.Error()
		}
		return tabular(text)
	},
	"has": func(w *routetest.World, l routetest.Line) string {
		c, a := w.Ctx("rep"), w.Addr(l.Word)
		return rep.Balance(c, rep.WREP, a).Decimal() + ", free " + rep.WREP.Unexposed(c, a).Decimal()
	},
	"disband": func(w *routetest.World, l routetest.Line) string {
		m := dcert.Disband{SlashPPM: types.PPM(l.Number("ppm"))}
		return proposal(w, l, "heed", "disband", w.Addr(l.Args["from"]), m)
	},
	"slash": func(w *routetest.World, l routetest.Line) string {
		m := dcert.Slash{Member: w.Addr(l.Args["member"]), PPM: types.PPM(l.Number("ppm"))}
		return proposal(w, l, "heed_slash", "slash", w.Addr("legislature"), m)
	},
}

// proposal plays the legislature: it executes the action, where it does, and
// tells of it.
func proposal(w *routetest.World, l routetest.Line, heed, action string, by keys.Address, m any) string {
	var out []types.Event
	stage := map[string]route.Stage{
		"opens": route.StageOpened, "passes": route.StageExecuted, "fails": route.StageFailed, "vetoed": route.StageVetoed,
	}[l.Word]
	if stage == route.StageExecuted {
		events, err := w.Call("legislature", "dcert", action, m)
		if err != nil {
			return routetest.Verdict(err)
		}
		out = append(out, events...)
	}
	n := route.Notice{Stage: stage, Proposal: keys.Hash{byte(l.Number("n"))}, Proposer: by, Action: codec.MustMarshal(m)}
	events, err := w.Call("legislature", "dcert", heed, n)
	if err != nil {
		return routetest.Verdict(err)
	}
	return "ok\n" + routetest.Events(append(out, events...))
}

// tabular keeps of the members' JSON what a story is about.
func tabular(text string) string {
	var list []struct {
		Address   string       `json:"address"`
		Sequence  uint64       `json:"sequence"`
		Votes     types.Amount `json:"votes"`
		Bonded    types.Amount `json:"bonded"`
		Suspended uint64       `json:"suspended"`
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, m := range list {
		fmt.Fprintf(&b, "%d %s votes %s bonded %s", m.Sequence, m.Address, m.Votes.Decimal(), m.Bonded.Decimal())
		if m.Suspended != 0 {
			b.WriteString(" suspended")
		}
		b.WriteByte('\n')
	}
	if b.Len() == 0 {
		return "nobody"
	}
	return b.String()
}

// Goal: the team's life as stories: an election, a flip-flop that stabilization
// damps, a suspension, slashes in and out of time, disbands that pass and are
// vetoed, circuits. Method: transcripts over the foundation's books.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &routetest.Script{Table: table(release), Commands: more, Setup: func(w *routetest.World) {
				w.Reload = func(r state.Reader) (*route.Params, error) { return params.Load(r, w.Table) }
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
}
