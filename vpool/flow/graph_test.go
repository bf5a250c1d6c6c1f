package flow_test

import (
	"errors"
	"fmt"
	"testing"

	"probity/vpool/flow"
)

// one is the list of a single author.
func one(a int) []flow.Author { return []flow.Author{{Of: a, PPM: flow.Million}} }

func values(t *testing.T, g flow.Graph) (out []uint64) {
	t.Helper()
	w, err := g.Run()
	if err != nil {
		t.Fatal(err)
	}
	for i := range w.Posts {
		out = append(out, w.Posts[i].Value.Uint64())
	}
	return out
}

// Goal: the published vectors. Method: each post mints 10 and leaches the one
// before, wholly or, the second one, by half.
func TestF7_Vectors(t *testing.T) {
	for _, c := range []struct {
		second int32
		two    []uint64
		three  []uint64
	}{
		{-1_000_000, []uint64{0, 20}, []uint64{10, 0, 20}},
		{-500_000, []uint64{5, 15}, []uint64{10, 0, 20}},
	} {
		g := flow.Graph{Depth: 3, Visits: 100, Posts: []flow.Entry{
			{Authors: one(0), Mint: units(10)},
			{Authors: one(1), Mint: units(10), References: []flow.Reference{{To: 0, PPM: c.second}}},
		}}
		if got := values(t, g); fmt.Sprint(got) != fmt.Sprint(c.two) {
			t.Errorf("%d: %v, want %v", c.second, got, c.two)
		}
		g.Posts = append(g.Posts, flow.Entry{Authors: one(2), Mint: units(10), References: []flow.Reference{{To: 1, PPM: -1_000_000}}})
		if got := values(t, g); fmt.Sprint(got) != fmt.Sprint(c.three) {
			t.Errorf("%d: %v, want %v", c.second, got, c.three)
		}
	}
}

// Goal: graphs that no forum would take are refused. Method: one fault each.
func TestGraphIsChecked(t *testing.T) {
	huge := units(1)
	huge.Lsh(&huge, 128)
	many := []flow.Author{{Of: 16, PPM: flow.Million - 16}}
	var older []flow.Entry
	var cited []flow.Reference
	for i := range 17 {
		many = append(many, flow.Author{Of: i, PPM: 1})[:min(i+2, 17)]
		older, cited = append(older, flow.Entry{Authors: one(0)}), append(cited, flow.Reference{To: i})
	}
	for name, posts := range map[string][]flow.Entry{
		"authors below a million": {{Authors: []flow.Author{{PPM: 999_999}}}},
		"no author":               {{}},
		"itself":                  {{Authors: one(0), References: []flow.Reference{{To: 0, PPM: 1}}}},
		"newer":                   {{Authors: one(0), References: []flow.Reference{{To: 1, PPM: 1}}}, {Authors: one(0)}},
		"below the incinerator":   {{Authors: one(0), References: []flow.Reference{{To: -2, PPM: 1}}}},
		"weights above a million": {{Authors: one(0)}, {Authors: one(0), References: []flow.Reference{{To: 0, PPM: 600_000}, {To: -1, PPM: -400_001}}}},
		"an author twice":         {{Authors: []flow.Author{{Of: 1, PPM: 500_000}, {Of: 1, PPM: 500_000}}}},
		"an author for nothing":   {{Authors: []flow.Author{{Of: 1, PPM: 1_000_000}, {Of: 2}}}},
		"seventeen authors":       {{Authors: many}},
		"a post twice":            {{Authors: one(0)}, {Authors: one(0), References: []flow.Reference{{To: 0, PPM: 500_000}, {To: 0, PPM: -500_000}}}},
		"the incinerator twice":   {{Authors: one(0), References: []flow.Reference{{To: -1, PPM: 1}, {To: -1, PPM: 1}}}},
		"seventeen references":    append(older, flow.Entry{Authors: one(0), References: cited}),
		"too much":                {{Authors: one(0), Mint: huge}},
	} {
		if _, err := (flow.Graph{Posts: posts}).Run(); !errors.Is(err, flow.ErrGraph) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ExampleGraph_Run() {
	w, _ := flow.Graph{Depth: 3, Visits: 16, Posts: []flow.Entry{
		{Authors: one(0), Mint: units(100)},
		// Keeps half of what it mints, gives the rest to the first post …
		{Authors: one(1), Mint: units(40), References: []flow.Reference{{To: 0, PPM: 500_000}}},
		// … and this one leaches a quarter of its mint from the second.
		{Authors: one(2), Mint: units(40), References: []flow.Reference{{To: 1, PPM: -250_000}}},
	}}.Run()
	for i := range w.Posts {
		fmt.Println(w.Posts[i].Value.Dec())
	}
	for _, v := range w.Visited {
		fmt.Println(v.Post, v.Kind, v.Amount.Dec())
	}
	// Output:
	// 115
	// 15
	// 50
	// 0 minted 100
	// 1 minted 40
	// 0 donated 20
	// 2 minted 40
	// 1 leached 10
	// 0 reclaimed 5
}

// Goal: the graph that spec forum §7 works by hand, with negative, partial and
// incinerated references. Method: its table, row by row.
func TestSevenPosts(t *testing.T) {
	const a, b, c, d, e, f, g = 0, 1, 2, 3, 4, 5, 6
	posts := []flow.Entry{
		{Authors: one(a), Mint: units(10_000)},
		{Authors: one(b), Mint: units(10_000), References: []flow.Reference{{To: a, PPM: 500_000}}},
		{Authors: one(c), Mint: units(8_000), References: []flow.Reference{{To: a, PPM: -250_000}}},
		{Authors: one(d), Mint: units(4_000), References: []flow.Reference{{To: flow.Incinerator, PPM: 250_000}, {To: c, PPM: -500_000}}},
		{
			Authors: []flow.Author{{Of: e, PPM: 600_000}, {Of: a, PPM: 400_000}}, Mint: units(8_000),
			References: []flow.Reference{{To: d, PPM: 500_000}, {To: b, PPM: 250_000}},
		},
		{Authors: one(f), Mint: units(3_000), References: []flow.Reference{{To: e, PPM: -1_000_000}}},
		{Authors: one(g), Mint: units(20_000), References: []flow.Reference{{To: f, PPM: -500_000}, {To: flow.Incinerator, PPM: 500_000}}},
	}
	for n, row := range [][]uint64{ // values of A … G, burned; hundredths of a REP
		{10_000, 0, 0, 0, 0, 0, 0, 0},
		{15_000, 5_000, 0, 0, 0, 0, 0, 0},
		{13_000, 5_000, 10_000, 0, 0, 0, 0, 0},
		{13_500, 5_000, 7_500, 5_000, 0, 0, 0, 1_000},
		{15_000, 6_000, 5_000, 10_000, 2_000, 0, 0, 2_000},
		{14_625, 5_625, 5_750, 7_750, 1_250, 6_000, 0, 2_000},
		{14_625, 6_375, 5_750, 9_250, 2_000, 0, 13_000, 12_000},
	} {
		w, err := flow.Graph{Depth: 3, Visits: 256, Posts: posts[:n+1]}.Run()
		if err != nil {
			t.Fatal(err)
		}
		got := make([]uint64, 8)
		for i := range w.Posts {
			got[i] = w.Posts[i].Value.Uint64()
		}
		got[7] = w.Burned.Uint64()
		if fmt.Sprint(got) != fmt.Sprint(row) {
			t.Errorf("after post %d: %v, want %v", n+1, got, row)
		}
		if n == 6 {
			gains := []uint64{15_425, 6_375, 5_750, 9_250, 1_200, 0, 13_000}
			for i, want := range gains {
				if have := w.Gains[i]; have.Uint64() != want {
					t.Errorf("author %d gained %s, want %d", i, have.Dec(), want)
				}
			}
		}
	}
}
