package attack

import (
	"fmt"
	"slices"
	"strings"

	"probity/chain/types"
	"probity/consensus"
)

// partitionAttack cuts the links between members in every way that the network
// can fail, and puts them back.
var partitionAttack = &Attack{
	Name:  "partition",
	Title: "Cut the network in two, one way, or again and again, and heal it",
	Claim: "Both sides of a cut never finalize, a side without a quorum adds no block, and after the cut everyone has " +
		"grown within 8 Δ₀ beyond what eight blocks take anyway, however long it lasted. What machines keep does not grow with its length.",
	Source: "spec consensus §5, §7, §9",
	Options: []Option{
		{"seeds", "2", "runs of each scenario"},
		{"outages", "4,8,16,32", "lengths of the cut in half, s"},
	},
	Play: &Play{Cast: castPartition, Measure: measurePartition},
}

// cutFrom is when the links go, ms from the start, and settled how long later
// nothing of before is on its way.
const (
	cutFrom types.Time = 1000
	settled types.Time = 300
)

// cutter loses what passes between two sides.
type cutter struct {
	Idle
	h     Hands
	from  types.Time              // when the links go, ms from the start
	until types.Time              // of the attack, ms from the start
	side  func(m Member) int      // 0 or 1
	way   func(from, to int) bool // sides between which nothing passes; nil: both ways
	shut  types.Time              // closed for so long at the start of every period
	every types.Time              // the period; 0: closed throughout
	sides []int
	was   []types.Height
}

func (c *cutter) Begin(h Hands) {
	c.h = h
	for _, m := range h.Members() {
		c.sides = append(c.sides, c.side(m))
	}
	h.Wake(h.Start() + c.from + settled)
	h.Wake(h.Start() + c.until - 1)
}

// Delays loses a letter that crosses the cut while it is closed.
func (c *cutter) Delays(l *Letter) types.Time {
	since := l.At - c.h.Start()
	from, to := c.sides[l.From], c.sides[l.To]
	if c.h.Calm() && !c.bridged(l) || since < c.from || from == to || c.way != nil && !c.way(from, to) {
		return 0
	}
	if c.every > 0 && (since-c.from)%c.every >= c.shut {
		return 0
	}
	return Lost
}

// bridged reports whether a letter is between two owned members: those stay
// apart in calm too, where their copies would only confuse each other.
func (c *cutter) bridged(l *Letter) bool {
	ms := c.h.Members()
	return ms[l.From].Owned && ms[l.To].Owned
}

// Wakes looks at how far each side has come: when the cut has settled and at its end.
func (c *cutter) Wakes() {
	ms := c.h.Members()
	now := make([]types.Height, len(ms))
	for i := range ms {
		now[i] = c.h.Height(i)
	}
	if c.was == nil {
		c.was = now
		return
	}
	grown := [2]types.Height{}
	for i, m := range ms {
		if !m.Owned {
			grown[c.sides[i]] = max(grown[c.sides[i]], now[i]-c.was[i])
		}
	}
	c.h.Count("first side", int64(grown[0]))
	c.h.Count("second side", int64(grown[1]))
	c.h.Count("both", int64(min(grown[0], grown[1])))
}

// below puts the members of the first n ids on one side.
func below(n int) func(Member) int {
	return func(m Member) int {
		if m.ID < n {
			return 0
		}
		return 1
	}
}

// apart puts twins' copies and the last of four members on the second side.
func apart(m Member) int {
	if m.ID >= 3 {
		return 1
	}
	return 0
}

// deaf lets the first side be heard, and not hear.
func deaf(from, _ int) bool { return from == 1 }

func castPartition(a Args) ([]Scenario, error) {
	r := reader{args: a}
	seeds := int(r.integer("seeds", 1, 1000))
	outages := r.integers("outages", 1, 600)
	if r.err != nil {
		return nil, r.err
	}
	outage := types.Time(1000 * min(8, slices.Max(outages)))
	cut := func(name string, length types.Time, c cutter) Scenario {
		c.from, c.until = cutFrom, cutFrom+length
		if strings.HasSuffix(name, "both sides") { // two copies at one place would only convict each other
			c.from = 0
		}
		return Scenario{Name: name, Nodes: 4, First: 1, Seeds: seeds, Length: c.until, Load: 30, New: func() Adversary { v := c; return &v }}
	}
	out := []Scenario{{Name: "no cut", Nodes: 4, First: 1, Seeds: seeds, Length: cutFrom + outage, Load: 30}}
	for _, s := range outages {
		out = append(out, cut(halves(s), types.Time(1000*s), cutter{side: below(2)}))
	}
	out = append(out,
		cut("three against one", outage, cutter{side: below(3)}),
		cut("two deaf members", outage, cutter{side: below(2), way: deaf}),
		cut("flap 130/260 ms", outage, cutter{side: below(2), shut: 130, every: 260}),
		cut("flap 700/1400 ms", outage, cutter{side: below(2), shut: 700, every: 1400}),
		cut("flap 50/500 ms", outage, cutter{side: below(2), shut: 50, every: 500}))
	one := cut("one on both sides", outage, cutter{side: apart})
	one.Owned, one.Twins = []int{0}, []int{0}
	two := cut("half on both sides", 2000, cutter{side: apart})
	two.Owned, two.Twins, two.Expect, two.Seeds = []int{0, 1}, []int{0, 1}, brokenOracles, 1
	return append(out, one, two), nil
}

// brokenOracles may fire where an adversary has more than its third: what they
// say is then no longer claimed.
var brokenOracles = []string{
	"agreement", "exclusion", "halts", "liveness", "inclusion", "light", "seeds", "roots", "validity", "bounds", "evidence", "certificates",
}

func halves(s int64) string { return "halves, " + seconds(s) }

func seconds(s int64) string { return fmt.Sprintf("%d s", s) }

// repairMax is what healing may take beyond the blocks that are waited for, in
// Δ₀: two rounds of standstill messages.
const repairMax = 8

func measurePartition(a Args, runs []Outcome) (*Result, error) {
	r := reader{args: a}
	outages := r.integers("outages", 1, 600)
	if r.err != nil {
		return nil, r.err
	}
	all, out := tallies(runs), &Result{}
	base := all["no cut"]
	bound := base.most(recoveryOf) + repairMax*float64(consensus.DeltaDefault)
	seen := map[string]bool{}
	for _, o := range runs {
		t := all[o.Scenario]
		if seen[o.Scenario] || len(t[0].Expected) > 0 {
			continue
		}
		seen[o.Scenario] = true
		partitionRows(out, t, bound)
	}
	first := all[halves(outages[0])]
	plot := Plot{Title: "time from healing to eight more blocks everywhere", X: Axis{Label: "length of the cut, s"}, Y: Axis{Label: "ms"}}
	memory := Plot{Title: "what the fullest machine kept", X: Axis{Label: "length of the cut, s"}, Y: Axis{Label: "views, votes"}}
	for _, s := range outages {
		t, x := all[halves(s)], float64(s)
		m := t.mean(recoveryOf)
		add(&plot, "halves", Point{X: x, Y: m.mean()})
		add(&plot, "bound", Point{X: x, Y: bound})
		add(&plot, "no cut", Point{X: x, Y: base.most(recoveryOf)})
		add(&memory, "views", Point{X: x, Y: t.most(roundsOf)})
		add(&memory, "votes", Point{X: x, Y: t.most(votesOf)})
		if s != outages[0] {
			flat(out, first, t)
		}
	}
	broken := all["half on both sides"]
	forks := broken.sum(forkOf)
	named := broken.most(accusedShare)
	out.Rows = append(out.Rows,
		compared(Exactly, "runs with a fork above one third: the check can fail", scene(broken), float64(len(broken)), forks).in("runs").of(int64(len(broken))),
		compared(AtLeast, "weight of the members that evidence then names", scene(broken), 1.0/3, named))
	out.Plots = []Plot{plot, memory}
	out.Notes = []string{
		"Letters that cross a cut are lost, not late: whatever is needed afterwards is said again by the members.",
		"Members repeat themselves every 4 Δ₀ exactly. Links that fail for a moment in step with that keep the chain still though they are " +
			"open most of the time; after the last failure it moves at once. Liveness is claimed only once messages arrive.",
		"In the last scenario half of the weight runs a copy on each side: the claims end at one third, and the oracles see it.",
	}
	return out, nil
}

// accusedShare is the part of all weight that the accused have.
func accusedShare(o *Outcome) float64 {
	var accused, all uint64
	for _, w := range o.Genesis {
		all += w
	}
	for _, a := range o.Accused {
		accused += a.Weight
	}
	return float64(accused) / float64(all)
}

// partitionRows are the claims about one scenario below a third.
func partitionRows(out *Result, t tally, bound float64) {
	n := int64(len(t))
	out.Rows = append(out.Rows, t.oracleRow())
	if _, cut := t[0].Counts["both"]; cut {
		grown := "blocks that both sides added while cut"
		if strings.HasPrefix(t[0].Scenario, "flap") {
			out.Rows = append(out.Rows, reported("blocks added while the links flap", scene(t), t.count("first side")/float64(n)).in("blocks").of(n))
		} else {
			out.Rows = append(out.Rows,
				compared(Exactly, grown, scene(t), 0, t.count("both")).in("blocks").of(n),
				reported("blocks that the larger side added", scene(t), max(t.count("first side"), t.count("second side"))/float64(n)).in("blocks").of(n))
		}
	}
	out.Rows = append(out.Rows, compared(AtMost, "time until all have eight more blocks", scene(t), bound, t.most(recoveryOf)).in("ms").of(n))
}

// flatSlack is what the views and votes of the instant may differ by: the four
// members' Notarize and Nullify of one view. What is claimed is that a cut eight
// times as long leaves no more.
const flatSlack = 8

// flat claims that a longer cut leaves no more in the machines than a short one.
func flat(out *Result, short, long tally) {
	for _, f := range []struct {
		what   string
		figure func(*Outcome) float64
	}{{"views", roundsOf}, {"blocks", blocksOf}, {"votes", votesOf}, {"messages", heldOf}} {
		was := short.most(f.figure)
		if f.what == "votes" {
			was += flatSlack
		}
		out.Rows = append(out.Rows, compared(AtMost, f.what+" kept, against the shortest cut", scene(long), was, long.most(f.figure)).in(f.what).of(int64(len(long))))
	}
}
