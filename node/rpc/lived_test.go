package rpc_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"probity/chain/keys"
	"probity/chain/route"
	"probity/chain/route/all"
	"probity/chain/route/params"
	"probity/chain/route/routetest"
)

// lived is a world in which people have published, funded, proposed, voted,
// accused and stood for election, so that the examples of reads show something.
type lived struct {
	*routetest.World
	post string // its name
}

// live makes the world once. Hooks that need producers are left out: nobody
// makes blocks in it.
var live = sync.OnceValues(func() (*lived, error) {
	var file struct{ Routes map[string]json.RawMessage }
	if err := json.Unmarshal(genesisFile(keys.Sum([]byte("draft"))), &file); err != nil {
		return nil, err
	}
	sections := map[string]string{}
	for name, raw := range file.Routes {
		sections[name] = string(raw)
	}
	table := slices.Clone(all.Table)
	for i, r := range table {
		switch r.Name {
		case "availability", "beacon", "evidence", "pool":
			quiet := *r
			quiet.Begin, quiet.End, quiet.Boundary = nil, nil, nil
			table[i] = &quiet
		}
	}
	w, err := routetest.New(table, map[string]uint64{"epoch.blocks": 64, "asc.lead_views": 16, "beacon.scheme": 1}, sections)
	if err != nil {
		return nil, err
	}
	out := &lived{World: w}
	return out, out.happen()
})

// happen lets people act, over three blocks.
func (l *lived) happen() error {
	text := "We measured: our links carry a block in 20 ms."
	inline, content := fmt.Sprintf("0x%x", text), keys.Sum([]byte(text)).String()
	change, err := l.Table.Pack("params", "set", params.Set{Changes: []params.Change{{Name: "block.interval", Value: 60}}})
	if err != nil {
		return err
	}
	set, err := json.Marshal(change)
	if err != nil {
		return err
	}
	for _, c := range []struct{ who, route, message, body string }{
		{"alice", "forum", "publish", `{"content":"` + content + `","inline":"` + inline + `","authors":[{"address":"@alice","ppm":1000000}],"references":[]}`},
		{"alice", "forum", "fund", `{"post":"$POST","fee":"1000000000"}`},
		{"alice", "forum", "stake", `{"post":"$POST","for":true,"amount":"1000000000"}`},
		{"alice", "legislature", "submit", `{"title":"Blocks every 60 ms","post":"` + keys.Hash{}.String() + `","inline":"` + inline + `",
			"actions":[` + string(set) + `],"fee":"10000000000","deposit":"1000000000"}`},
		{"alice", "bank", "allow", `{"spender":"@bob","perEpoch":"1000"}`},
		{"alice", "dcert", "bond", `{"member":"@alice","amount":"1000000000"}`},
		{"alice", "dcert", "prefer", `{"shares":[{"address":"@alice","ppm":1000000}]}`},
		{"alice", "bank", "send", `{"to":"@bob","amount":"200000000000"}`},
		{"bob", "court", "accuse", `{"accused":"@alice","charge":"spirit","content":"` + content + `","inline":"` + inline + `","evidence":["` + content + `"],"posts":[],"bond":"100000000000"}`},
		{"@legislature", "contribution", "repository", `{"repo":"probity","branch":"main"}`},
		{"@legislature", "contribution", "require", `{"repo":"probity","branch":"main","ppm":500000}`},
		{"@legislature", "oracle", "register", `{"open":true}`},
	} {
		body, err := l.Body(c.route, c.message, l.fill(c.body))
		if err != nil {
			return fmt.Errorf("%s/%s: %w", c.route, c.message, err)
		}
		events, err := l.Call(c.who, c.route, c.message, body)
		if err != nil {
			return fmt.Errorf("%s/%s: %w", c.route, c.message, err)
		}
		for _, a := range events[0].Attrs {
			if a.Key == "post" && l.post == "" {
				l.post = a.Value
			}
		}
	}
	for range 3 {
		if _, err := l.Next(); err != nil {
			return err
		}
	}
	return nil
}

// fill puts the post's name in its place.
func (l *lived) fill(text string) string { return strings.ReplaceAll(text, "$POST", l.post) }

// query reads it as a node does.
func (l *lived) query(routeName, name string, in json.RawMessage) (any, error) {
	r := l.Table.Find(routeName)
	i := slices.IndexFunc(r.Queries, func(q route.Query) bool { return q.Name == name })
	return r.Queries[i].Run(l.Ctx(routeName), in)
}
