package law

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"probity/cmd/watchtower/internal/num"
	"probity/cmd/watchtower/internal/tree"
	"probity/cmd/watchtower/internal/wire"
)

// graph is a chain of nothing but posts.
type graph struct {
	*Chain
	ids map[string]wire.Hash
}

func newGraph() *graph {
	c := &Chain{State: tree.New(), h: &wire.Header{Height: 1}, params: map[string]uint64{"forum.depth": 3, "forum.visits": 256}, table: routes()}
	return &graph{c, map[string]wire.Hash{"incinerator": incineratorPost}}
}

// who is the account of a letter.
func who(name string) (a wire.Address) {
	copy(a[:], name)
	return a
}

// add publishes a post "P e:600000,a:400000 Q:-250000" and mints at it.
func (g *graph) add(line string, mint uint64) {
	f := strings.Fields(line)
	p := &post{content: wire.Sum([]byte(f[0]))}
	ppm := func(s string) (name string, w int) {
		name, text, _ := strings.Cut(s, ":")
		w, err := strconv.Atoi(text)
		if err != nil {
			panic(line)
		}
		return name, w
	}
	for _, s := range strings.Split(f[1], ",") {
		name, w := ppm(s)
		p.authors = append(p.authors, author{who(name), uint64(w)})
	}
	for _, s := range f[2:] {
		name, w := ppm(s)
		r := reference{post: g.ids[name], w: uint64(max(w, -w)), negative: w < 0}
		p.references = append(p.references, r)
	}
	id := wire.Sum([]byte(line))
	g.ids[f[0]] = id
	g.publish(who("publisher"), id, p, nil)
	g.arrive(wREP, id, num.U(mint*unit), "validated")
}

// values are what the posts are worth, in hundredths of a whole.
func (g *graph) values(names string) string {
	var out []string
	for _, n := range strings.Fields(names) {
		f := g.newFlow(wREP, "")
		out = append(out, fmt.Sprintf("%s %v", n, f.load(g.ids[n]).value.Div(num.U(unit/100))))
	}
	return strings.Join(out, " ")
}

// Goal: the worked graphs of forum §7. Method: each post mints when it is published;
// values and balances are those of the page.
func TestWorkedGraphs(t *testing.T) {
	for _, c := range []struct{ second, third, want string }{
		{"P2 b:1000000 P1:-1000000", "", "P1 0 P2 2000"},
		{"P2 b:1000000 P1:-1000000", "P3 c:1000000 P2:-1000000", "P1 1000 P2 0 P3 2000"},
		{"P2 b:1000000 P1:-500000", "", "P1 500 P2 1500"},
		{"P2 b:1000000 P1:-500000", "P3 c:1000000 P2:-1000000", "P1 1000 P2 0 P3 2000"},
	} {
		g := newGraph()
		g.add("P1 a:1000000", 10)
		g.add(c.second, 10)
		names := "P1 P2"
		if c.third != "" {
			g.add(c.third, 10)
			names = "P1 P2 P3"
		}
		if got := g.values(names); got != c.want {
			t.Errorf("F7: %s, want %s", got, c.want)
		}
	}
	g := newGraph()
	for _, s := range []struct {
		line string
		mint uint64
	}{
		{"A a:1000000", 100},
		{"B b:1000000 A:500000", 100},
		{"C c:1000000 A:-250000", 80},
		{"D d:1000000 incinerator:250000 C:-500000", 40},
		{"E e:600000,a:400000 D:500000 B:250000", 80},
		{"F f:1000000 E:-1000000", 30},
		{"G g:1000000 F:-500000 incinerator:500000", 200},
	} {
		g.add(s.line, s.mint)
	}
	if got, want := g.values("A B C D E F G"), "A 14625 B 6375 C 5750 D 9250 E 2000 F 0 G 13000"; got != want {
		t.Errorf("seven posts: %s, want %s", got, want)
	}
	for name, want := range map[string]uint64{"a": 15425, "b": 6375, "c": 5750, "d": 9250, "e": 1200, "f": 0, "g": 13000} {
		if got := g.balance(wREP, who(name)); got.Cmp(num.U(want*(unit/100))) != 0 {
			t.Errorf("%s has %v, want %d hundredths", name, got, want)
		}
	}
	if b := g.books(key(routeRep, 2, wREP)); b.burned.Cmp(num.U(120*unit)) != 0 || b.minted.Cmp(num.U(630*unit)) != 0 {
		t.Errorf("minted %v, burned %v", b.minted, b.burned)
	}
}
