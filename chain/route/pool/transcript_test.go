package pool_test

import (
	"path/filepath"
	"testing"

	"github.com/cockroachdb/datadriven"

	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/route/bank"
	"probity/chain/route/beacon"
	"probity/chain/route/evidence"
	"probity/chain/route/evidence/chaintest"
	"probity/chain/route/params"
	"probity/chain/route/pool"
	"probity/chain/route/rep"
)

// table is the foundation with a route that opens pools.
var table = route.Table{
	params.Route, bank.Route, rep.Route, availability.Route, beacon.Route, pool.Route, evidence.Route, forum,
}

// Goal: the lives of pools as stories with exact amounts. Method: transcripts
// over whole blocks of the foundation, and of a route that opens pools.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			s := &chaintest.Script{Table: table, Show: []string{"pool", "rep", "forum"}, More: more}
			datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
				l := chaintest.Line{Cmd: d.Cmd, Input: d.Input, Args: map[string][]string{}}
				for _, a := range d.CmdArgs {
					if len(a.Vals) == 0 {
						l.Args[""] = append(l.Args[""], a.Key)
					} else {
						l.Args[a.Key] = a.Vals
					}
				}
				return s.Step(l)
			})
		})
	}
}
