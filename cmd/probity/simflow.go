package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"probity/chain/route"
	"probity/vpool"
	"probity/vpool/flow"
)

const simFlowLong = `
Work out how REP flows through posts that reference older ones: what each post
is worth and what its authors gained, exact to 10⁻⁹, with the code of the chain.
The file (- for the standard input) has the posts in the order in which they are
published; each mints when it is:

  {"depth": 3,
   "posts": [
     {"id": "P1", "mint": "10"},
     {"id": "P2", "mint": "10", "references": [{"to": "P1", "weight": "-1/2"}]},
     {"id": "P3", "mint": "10", "references": [{"to": "P2", "weight": "-1"},
                                               {"to": "incinerator", "weight": "0"}],
      "authors": [{"id": "ann", "weight": "0.6"}, {"id": "bob", "weight": "0.4"}]}]}

Weights are decimals or fractions: references' from -1 to 1, together at most 1
in size; authors' together 1. A post without authors has one, of its own id. The
post "incinerator" (or the id in the member incinerator) is there from the start
and destroys what arrives. depth (default 3) is how many references in a row are
followed, visits (default 256) how many for one mint.

  probity sim flow graph.json --steps
  probity sim flow graph.json --json`

// The defaults of a graph: those of forum.depth and forum.visits.
const (
	flowDepth  = 3
	flowVisits = 256
)

// flowNumber is a decimal number in text; a bare JSON number is taken too.
type flowNumber string

// UnmarshalJSON keeps the digits.
func (n *flowNumber) UnmarshalJSON(b []byte) error {
	*n = flowNumber(strings.Trim(string(b), `"`))
	return nil
}

// flowShare is an author or a reference with its weight.
type flowShare struct {
	ID     string     `json:"id"` // of an author
	To     string     `json:"to"` // of a reference: the post's id
	Weight flowNumber `json:"weight"`
}

// flowGraph is the input of sim flow.
type flowGraph struct {
	Depth       int    `json:"depth"`
	Visits      int    `json:"visits"`
	Incinerator string `json:"incinerator"`
	Posts       []struct {
		ID         string      `json:"id"`
		Mint       flowNumber  `json:"mint"`
		Authors    []flowShare `json:"authors"`
		References []flowShare `json:"references"`
	} `json:"posts"`
}

type (
	flowPost struct {
		ID    string `json:"id"`
		Value string `json:"value"`
	}
	flowAuthor struct {
		ID   string `json:"id"`
		Gain string `json:"gain"`
	}
	// flowStep is one movement, for people who follow the calculation.
	flowStep struct {
		Depth  int    `json:"depth"`
		Post   string `json:"post"`
		Kind   string `json:"kind"`
		From   string `json:"from,omitempty"` // the newer post whose reference brought it about
		Amount string `json:"amount"`
	}
	// flowResult is what sim flow prints.
	flowResult struct {
		Posts   []flowPost   `json:"posts"`
		Authors []flowAuthor `json:"authors"` // in order of appearance
		Burned  string       `json:"burned"`
		Steps   []flowStep   `json:"steps,omitempty"` // with --steps
	}
)

// simFlowCommand is sim flow: vpool/flow with names.
func simFlowCommand(f *pflag.FlagSet) action {
	steps := f.Bool("steps", false, "print each movement too")
	asJSON := f.Bool("json", false, "print one JSON object")
	return func(_ context.Context, s *streams, args []string) error {
		raw, err := readInput(s, args[0], 16<<20)
		if err != nil {
			return err
		}
		in := flowGraph{Depth: flowDepth, Visits: flowVisits, Incinerator: "incinerator"}
		if err := route.ReadJSON(raw, &in); err != nil {
			return failed("not a graph of posts", args[0], oneLine(err))
		}
		r, err := in.run()
		if err != nil {
			return failed("not a graph of posts", args[0], strings.TrimPrefix(oneLine(err), flow.ErrGraph.Error()+": "))
		}
		if !*steps {
			r.Steps = nil
		}
		if *asJSON {
			return s.object(r)
		}
		printFlow(s, r)
		return nil
	}
}

// flowNames gives names their numbers in order of appearance.
type flowNames struct {
	ids  []string
	byID map[string]int
}

func (n *flowNames) number(id string) int {
	i, ok := n.byID[id]
	if !ok {
		if n.byID == nil {
			n.byID = map[string]int{}
		}
		i = len(n.ids)
		n.ids, n.byID[id] = append(n.ids, id), i
	}
	return i
}

// run reads the text, computes, and puts the names back.
func (in *flowGraph) run() (flowResult, error) {
	var authors flowNames
	g, err := in.graph(&authors)
	if err != nil {
		return flowResult{}, err
	}
	w, err := g.Run()
	if err != nil {
		return flowResult{}, err
	}
	r := flowResult{Posts: []flowPost{}, Authors: []flowAuthor{}, Burned: vpool.FormatREP(w.Burned)}
	for i := range w.Posts {
		r.Posts = append(r.Posts, flowPost{in.Posts[i].ID, vpool.FormatREP(w.Posts[i].Value)})
	}
	for i, id := range authors.ids {
		r.Authors = append(r.Authors, flowAuthor{id, vpool.FormatREP(w.Gains[i])})
	}
	for _, v := range w.Visited {
		step := flowStep{Depth: v.Depth, Post: in.Posts[v.Post].ID, Kind: v.Kind.String(), Amount: vpool.FormatREP(v.Amount)}
		if v.Parent >= 0 {
			step.From = in.Posts[w.Visited[v.Parent].Post].ID
		}
		r.Steps = append(r.Steps, step)
	}
	return r, nil
}

// graph reads the text; errors name the post and the member.
func (in *flowGraph) graph(authors *flowNames) (flow.Graph, error) {
	g := flow.Graph{Depth: in.Depth, Visits: in.Visits}
	places := map[string]int{in.Incinerator: flow.Incinerator}
	for i, p := range in.Posts {
		if _, twice := places[p.ID]; twice || p.ID == "" {
			return g, fmt.Errorf("posts[%d].id: %q is missing or there already", i, p.ID)
		}
		places[p.ID] = i
		if p.Mint == "" {
			p.Mint = "0"
		}
		mint, err := vpool.ParseREP(string(p.Mint))
		if err != nil {
			return g, fmt.Errorf("%s: mint: %w", p.ID, err)
		}
		e := flow.Entry{Mint: mint}
		if len(p.Authors) == 0 {
			p.Authors = []flowShare{{ID: p.ID, Weight: "1"}}
		}
		for _, a := range p.Authors {
			ppm, err := vpool.ParseRatio(string(a.Weight))
			if err == nil && a.ID == "" {
				err = errors.New("the id is missing")
			}
			if err != nil {
				return g, fmt.Errorf("%s: author %s: %w", p.ID, a.ID, err)
			}
			e.Authors = append(e.Authors, flow.Author{Of: authors.number(a.ID), PPM: ppm})
		}
		for _, ref := range p.References {
			to, there := places[ref.To]
			if !there || to == i {
				return g, fmt.Errorf("%s: references %q, and no earlier post has that id", p.ID, ref.To)
			}
			text, negative := strings.CutPrefix(string(ref.Weight), "-")
			ppm, err := vpool.ParseRatio(text)
			if err != nil {
				return g, fmt.Errorf("%s: reference to %s: %w", p.ID, ref.To, err)
			}
			weight := int32(ppm)
			if negative {
				weight = -weight
			}
			e.References = append(e.References, flow.Reference{To: to, PPM: weight})
		}
		g.Posts = append(g.Posts, e)
	}
	return g, nil
}

func printFlow(s *streams, r flowResult) {
	for _, st := range r.Steps {
		by := ""
		if st.From != "" {
			by = " by " + st.From
		}
		s.printf("%s%s %s %s%s\n", strings.Repeat("  ", st.Depth), st.Post, st.Kind, st.Amount, by)
	}
	row := func(what, who, amount string) { s.printf("%-7s %-20s %20s\n", what, who, amount) }
	for _, p := range r.Posts {
		row("post", p.ID, p.Value)
	}
	for _, a := range r.Authors {
		row("author", a.ID, a.Gain)
	}
	row("burned", "", r.Burned)
}
