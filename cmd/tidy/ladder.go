package tidy

import (
	"fmt"
	"path"
	"strings"
)

// Ladder is the order of the house: a < b means that b, and everything below
// it in the text, may import a. Names in one group do not import each other. A
// name covers its folder and those inside it that have no name of their own; a
// star stands for every folder at that place without a name of its own.
const Ladder = `
vpool/flow, vpool/draw < vpool < chain/codec < chain/keys < chain/escrow < chain/types;
chain/types < chain/state < chain/route < chain/route/params < chain/route/bank < chain/route/rep <
  chain/route/availability < chain/route/beacon < chain/route/pool < chain/route/evidence <
  chain/route/* < chain/route/all < chain/exec;
chain/route < chain/route/routetest;
chain/types < consensus/quorum < consensus;
consensus/quorum < chain/route;
chain/keys < p2p/* < p2p;
chain/exec, consensus, p2p < node/store, node/signer, node/mempool < node/sync, node/rpc, node/metrics, node/explorer < node;
node < sim/world < sim/load, sim/attack, sim/check < sim < sim/scenario, sim/report, sim/ops < cmd/*;
`

// rules is the parsed ladder: for each name the names it may import.
type rules struct {
	above map[string]map[string]bool
}

// parse reads the ladder and closes it under "and everything above".
func parse(text string) (*rules, error) {
	r := &rules{above: map[string]map[string]bool{}}
	for _, line := range strings.Split(text, ";") {
		var lower []string
		for _, group := range strings.Split(line, "<") {
			var names []string
			for _, n := range strings.Split(group, ",") {
				if n = strings.TrimSpace(n); n != "" {
					names = append(names, n)
				}
			}
			for _, n := range names {
				if r.above[n] == nil {
					r.above[n] = map[string]bool{}
				}
				for _, l := range lower {
					r.above[n][l] = true
				}
			}
			lower = names
		}
	}
	for changed := true; changed; {
		changed = false
		for _, set := range r.above {
			for a := range set {
				for b := range r.above[a] {
					if !set[b] {
						set[b], changed = true, true
					}
				}
			}
		}
	}
	for n, set := range r.above {
		if set[n] {
			return nil, fmt.Errorf("the ladder has a ring through %s", n)
		}
	}
	return r, nil
}

// room is the ladder's name for a folder: the longest named prefix, or the star
// of its parent.
func (r *rules) room(dir string) string {
	for d := dir; d != "." && d != ""; d = path.Dir(d) {
		if r.above[d] != nil && (d == dir || r.above[d+"/*"] == nil) {
			return d
		}
		if star := path.Dir(d) + "/*"; r.above[star] != nil {
			return star
		}
	}
	return ""
}

// may reports whether a package in folder from may import one in folder to.
func (r *rules) may(from, to string) bool {
	a, b := r.room(from), r.room(to)
	if a == "" || b == "" {
		return false
	}
	if a == b {
		return from == to || !strings.HasSuffix(a, "/*") || strings.HasPrefix(to, from+"/") || strings.HasPrefix(from, to+"/")
	}
	return r.above[a][b]
}
