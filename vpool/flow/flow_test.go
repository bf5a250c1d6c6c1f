package flow_test

import (
	"fmt"
	"testing"

	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	"probity/vpool/flow"
)

func units(n uint64) flow.Amount { return *uint256.NewInt(n) }

// world is a random graph with random histories behind it: what authors can
// spare is limited, so that takes fall short as well as succeed.
type world struct {
	posts         []flow.Post
	spare         []flow.Amount
	depth, visits int
	in, out       flow.Amount // from and to outside, so far
	burned        flow.Amount
	gained, given []flow.Amount
}

func draw(t *rapid.T, rich bool) *world {
	w := &world{depth: rapid.IntRange(0, 5).Draw(t, "depth"), visits: rapid.IntRange(0, 60).Draw(t, "visits")}
	authors := rapid.IntRange(1, 4).Draw(t, "authors")
	for range authors {
		spare := uint64(1 << 50)
		if !rich {
			spare = rapid.Uint64Range(0, 1000).Draw(t, "spare")
		}
		w.spare = append(w.spare, units(spare))
	}
	w.gained, w.given = make([]flow.Amount, authors), make([]flow.Amount, authors)
	for i := range rapid.IntRange(1, 9).Draw(t, "posts") {
		p := flow.Post{}
		left := uint32(flow.Million)
		for range rapid.IntRange(1, 3).Draw(t, "writers") {
			part := rapid.Uint32Range(0, left).Draw(t, "part")
			p.Authors = append(p.Authors, flow.Author{Of: rapid.IntRange(0, authors-1).Draw(t, "author"), PPM: part})
			left -= part
		}
		p.Authors[0].PPM += left
		refs := int32(flow.Million)
		for range rapid.IntRange(0, min(i+1, 4)).Draw(t, "references") {
			ppm := rapid.Int32Range(0, refs).Draw(t, "weight")
			if rapid.Bool().Draw(t, "whole") {
				ppm = refs
			}
			refs -= ppm
			if rapid.Bool().Draw(t, "negative") {
				ppm = -ppm
			}
			p.References = append(p.References, flow.Reference{To: rapid.IntRange(flow.Incinerator, i-1).Draw(t, "to"), PPM: ppm})
		}
		p.Carried = make([]flow.Amount, len(p.References))
		w.posts = append(w.posts, p)
	}
	return w
}

// step plays one random arrival or take and returns it.
func (w *world) step(t *rapid.T) (f *flow.Flow, post int, x, moved flow.Amount, taken bool) {
	f = &flow.Flow{
		Depth: w.depth, Visits: w.visits,
		Post:  func(i int) *flow.Post { return &w.posts[i] },
		Spare: func(a int) flow.Amount { return w.spare[a] },
	}
	post = rapid.IntRange(0, len(w.posts)-1).Draw(t, "post")
	x = units(rapid.Uint64Range(0, 5000).Draw(t, "x"))
	taken = rapid.IntRange(0, 3).Draw(t, "take") == 0
	if taken {
		moved = f.Take(post, x)
		w.out.Add(&w.out, &moved)
	} else {
		f.Arrive(post, x)
		moved = x
		w.in.Add(&w.in, &x)
	}
	w.burned.Add(&w.burned, &f.Burned)
	for _, a := range f.Accounts {
		s := &w.spare[a.Author]
		s.Add(s, &a.Gained)
		if s.Lt(&a.Given) {
			t.Fatalf("author %d gave %s of %s", a.Author, a.Given.Dec(), s.Dec())
		}
		s.Sub(s, &a.Given)
		w.gained[a.Author].Add(&w.gained[a.Author], &a.Gained)
		w.given[a.Author].Add(&w.given[a.Author], &a.Given)
	}
	return f, post, x, moved, taken
}

func sum(list []flow.Amount) (z flow.Amount) {
	for i := range list {
		z.Add(&z, &list[i])
	}
	return z
}

// Goal: REP is neither made nor lost on its way. Method: random graphs and
// histories in which authors cannot always give; values of posts, balances of
// authors, what came from outside, went out and burned add up after each step.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, rapid.Bool().Draw(t, "rich"))
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			w.step(t)
			var values flow.Amount
			for i := range w.posts {
				values.Add(&values, &w.posts[i].Value)
			}
			outside, inside := sum([]flow.Amount{w.out, w.burned, values}), w.in
			if !outside.Eq(&inside) {
				t.Fatalf("in %s; out %s + burned %s + posts %s", w.in.Dec(), w.out.Dec(), w.burned.Dec(), values.Dec())
			}
			gained, given := sum(w.gained), sum(w.given)
			if given.Add(&given, &values); !gained.Eq(&given) {
				t.Fatalf("authors gained %s, gave and hold for their posts %s", gained.Dec(), given.Dec())
			}
		}
	})
}

// Goal: no post goes below zero, nothing takes more than was gained, and no
// reference carries more than its weight of what arrived. Method: as above; the
// package panics for a difference below zero; each take is compared with what
// the post had gained, and Gained moves by exactly what came or went.
func TestNeverBelowZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, rapid.Bool().Draw(t, "rich"))
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			gained := make([]flow.Amount, len(w.posts))
			for i := range w.posts {
				gained[i] = w.posts[i].Gained()
			}
			f, _, _, _, _ := w.step(t)
			for _, v := range f.Visited {
				g := &gained[v.Post]
				switch {
				case v.Kind.Brings():
					g.Add(g, &v.Amount)
				case g.Lt(&v.Amount):
					t.Fatalf("%s took %s from post %d, which had gained %s", v.Kind, v.Amount.Dec(), v.Post, g.Dec())
				default:
					g.Sub(g, &v.Amount)
				}
			}
			for i := range w.posts {
				if g := w.posts[i].Gained(); !g.Eq(&gained[i]) {
					t.Fatalf("post %d gained %s, its visits say %s", i, g.Dec(), gained[i].Dec())
				}
			}
		}
	})
}

// Goal: rounding never makes a take fall short. Method: authors with plenty to
// spare, nothing beyond depth or visits; where the post's own donations come
// back as asked for, a take of x gives min(x, gained) exactly, and one of
// everything leaves nothing in any of its references.
func TestTakesInFull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, true)
		w.depth, w.visits = 20, 1<<30
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			gained, carried := make([]flow.Amount, len(w.posts)), make([][]flow.Amount, len(w.posts))
			for i := range w.posts {
				gained[i], carried[i] = w.posts[i].Gained(), append([]flow.Amount(nil), w.posts[i].Carried...)
			}
			f, post, x, moved, taken := w.step(t)
			if gained[post].Lt(&x) {
				x = gained[post]
			}
			if !taken || x.IsZero() {
				continue
			}
			whole := true
			for k, r := range w.posts[post].References {
				want := ceil(x, r.PPM)
				if carried[post][k].Lt(&want) {
					want = carried[post][k]
				}
				whole = whole && (r.PPM < 0 || f.Visited[0].Edges[k].Eq(&want))
			}
			if whole && !moved.Eq(&x) {
				t.Fatalf("took %s of %s", moved.Dec(), x.Dec())
			}
			for k, c := range w.posts[post].Carried {
				if whole && x.Eq(&gained[post]) && !c.IsZero() {
					t.Fatalf("reference %d of an emptied post still carries %s", k, c.Dec())
				}
			}
		}
	})
}

// ceil is ⌈x·|ppm|/10⁶⌉ of a small x.
func ceil(x flow.Amount, ppm int32) flow.Amount {
	return units((x.Uint64()*uint64(max(ppm, -ppm)) + flow.Million - 1) / flow.Million)
}

// Goal: leaches come first, then donations, each in listed order; undoing
// reclaims first. Method: the children of every visit, in the order in which
// they began.
func TestOrder(t *testing.T) {
	rank := map[flow.Kind]int{flow.Leached: 0, flow.Donated: 1, flow.Reclaimed: 0, flow.Returned: 1}
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, true)
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			f, _, _, _, _ := w.step(t)
			last := map[int]flow.Visit{}
			for _, v := range f.Visited {
				if v.Parent < 0 {
					continue
				}
				if b, ok := last[v.Parent]; ok {
					if rank[v.Kind] < rank[b.Kind] || rank[v.Kind] == rank[b.Kind] && v.Edge <= b.Edge {
						t.Fatalf("%s by reference %d after %s by %d", v.Kind, v.Edge, b.Kind, b.Edge)
					}
				}
				parent := f.Visited[v.Parent]
				if negative := w.posts[parent.Post].References[v.Edge].PPM < 0; negative != (v.Kind == flow.Leached || v.Kind == flow.Returned) {
					t.Fatalf("%s through a reference of weight %d", v.Kind, w.posts[parent.Post].References[v.Edge].PPM)
				}
				last[v.Parent] = v
			}
		}
	})
}

// Goal: depth and cost are bounded. Method: no visit is deeper than Depth or
// than its parent and one; as many references are followed as Visits went down,
// at most those allowed; posts are asked for a constant number of times each.
func TestBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t, rapid.Bool().Draw(t, "rich"))
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			loads := 0
			f := &flow.Flow{
				Depth: w.depth, Visits: w.visits,
				Post:  func(i int) *flow.Post { loads++; return &w.posts[i] },
				Spare: func(a int) flow.Amount { return w.spare[a] },
			}
			post := rapid.IntRange(0, len(w.posts)-1).Draw(t, "post")
			f.Arrive(post, units(rapid.Uint64Range(0, 5000).Draw(t, "x")))
			f.Take(post, units(rapid.Uint64Range(0, 5000).Draw(t, "y")))
			for _, a := range f.Accounts {
				s := &w.spare[a.Author]
				s.Sub(s.Add(s, &a.Gained), &a.Given)
			}
			followed := w.visits - f.Visits
			if followed < 0 || followed > w.visits {
				t.Fatalf("followed %d references of %d", followed, w.visits)
			}
			if len(f.Visited) > followed+2 || loads > 2*followed+2 {
				t.Fatalf("%d visits and %d look-ups for %d references", len(f.Visited), loads, followed)
			}
			for _, v := range f.Visited {
				if v.Depth > w.depth || v.Parent >= 0 && v.Depth != f.Visited[v.Parent].Depth+1 {
					t.Fatalf("a visit at depth %d of %d", v.Depth, w.depth)
				}
			}
		}
	})
}

// Goal: an author whose REP is at stake gives nothing, and what is missing is
// missing all the way. Method: worked by hand. P1 donated half of 10 to P0; P2
// leaches 10 from P1, whose author has 2 to spare, while P0's has 1.
func TestShortfall(t *testing.T) {
	posts := []flow.Post{
		{Authors: []flow.Author{{Of: 0, PPM: flow.Million}}, Value: units(5)},
		{
			Authors:    []flow.Author{{Of: 1, PPM: flow.Million}},
			References: []flow.Reference{{To: 0, PPM: 500_000}}, Carried: []flow.Amount{units(5)}, Value: units(5),
		},
		{
			Authors:    []flow.Author{{Of: 2, PPM: flow.Million}},
			References: []flow.Reference{{To: 1, PPM: -flow.Million}}, Carried: []flow.Amount{{}},
		},
	}
	f := &flow.Flow{
		Depth: 3, Visits: 10,
		Post:  func(i int) *flow.Post { return &posts[i] },
		Spare: func(a int) flow.Amount { return units([]uint64{1, 2, 0}[a]) },
	}
	f.Arrive(2, units(10))
	got := fmt.Sprint(posts[0].Value.Dec(), posts[1].Value.Dec(), posts[2].Value.Dec(),
		posts[1].Carried[0].Dec(), posts[2].Carried[0].Dec())
	if want := fmt.Sprint("4", "3", "13", "4", "3"); got != want { // 1 reclaimed + 2 given = 3 leached
		t.Errorf("values and carried %s, want %s", got, want)
	}
}

// Goal: amounts go out rounded down and come back rounded up, so that all that
// arrived can be taken, unit by unit; and no more is undone than for what was
// gained. Method: P1 gives half of 3 to P0, which is 1; three takes of 1. Then a
// post that could not reclaim before has 3 in its reference and gained 3: a take
// of 10 is one of 3, for which it reclaims 2.
func TestRounding(t *testing.T) {
	graph := func(carried, value uint64) ([]flow.Post, *flow.Flow) {
		posts := []flow.Post{{Authors: []flow.Author{{PPM: flow.Million}}, Value: units(carried)}, {
			Authors: []flow.Author{{PPM: flow.Million}}, References: []flow.Reference{{To: 0, PPM: 500_000}},
			Carried: []flow.Amount{units(carried)}, Value: units(value),
		}}
		return posts, &flow.Flow{
			Depth: 3, Visits: 10,
			Post:  func(i int) *flow.Post { return &posts[i] },
			Spare: func(int) flow.Amount { return units(100) },
		}
	}
	posts, f := graph(0, 0)
	f.Arrive(1, units(3))
	for n, want := range []uint64{1, 1, 1, 0} {
		if got := f.Take(1, units(1)); got.Uint64() != want {
			t.Errorf("take %d gave %s, want %d", n, got.Dec(), want)
		}
	}
	if !posts[0].Value.IsZero() || !posts[1].Value.IsZero() || !posts[1].Carried[0].IsZero() {
		t.Errorf("left in the posts: %+v", posts)
	}
	posts, f = graph(3, 0)
	if got := f.Take(1, units(10)); got.Uint64() != 2 || posts[1].Carried[0].Uint64() != 1 {
		t.Errorf("took %s, %s still carried", got.Dec(), posts[1].Carried[0].Dec())
	}
}

// Goal: past the last reference that may be followed a flow stays where it is.
// Method: a chain of donations of everything, cut by Visits and by Depth.
func TestCut(t *testing.T) {
	for _, c := range []struct{ depth, visits, at int }{{3, 9, 3}, {9, 2, 2}, {0, 9, 0}, {9, 9, 5}} {
		posts := make([]flow.Post, 6)
		for i := range posts {
			posts[i].Authors = []flow.Author{{PPM: flow.Million}}
			if i > 0 {
				posts[i].References = []flow.Reference{{To: i - 1, PPM: flow.Million}}
				posts[i].Carried = make([]flow.Amount, 1)
			}
		}
		f := &flow.Flow{
			Depth: c.depth, Visits: c.visits,
			Post:  func(i int) *flow.Post { return &posts[i] },
			Spare: func(int) flow.Amount { return flow.Amount{} },
		}
		f.Arrive(5, units(7))
		for i := range posts {
			want := uint64(0)
			if i == 5-c.at {
				want = 7
			}
			if posts[i].Value.Uint64() != want {
				t.Errorf("depth %d, visits %d: post %d has %s, want %d", c.depth, c.visits, i, posts[i].Value.Dec(), want)
			}
		}
	}
}
