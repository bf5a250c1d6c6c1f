package attack

import (
	"fmt"
	"slices"

	"probity/chain/keys"
	"probity/chain/types"
	"probity/consensus"
)

// equivocateAttack signs two statements where an honest member signs one: two
// proposals of a view, each to a half of the others, and two votes.
var equivocateAttack = &Attack{
	Name:   "equivocate",
	Title:  "Propose two blocks in a view, and vote for two",
	Claim:  "Below a third nothing forks, every equivocator is convicted by a final block within four epochs of views, and nobody else loses anything; above a third culprits of at least a third are named.",
	Source: "spec evidence §1 and §4, consensus §9",
	Options: []Option{
		{"nodes", "7", "members, of equal weight"},
		{"owned", "2", "of them owned by the adversary, below a third"},
		{"seeds", "8", "runs of each scenario"},
		{"length", "6000", "of the attack in each run, ms"},
	},
	Play: &Play{Cast: castEquivocate, Measure: measureEquivocate},
}

// size is what all scenarios of a played attack share.
type size struct {
	nodes, owned, seeds int
	length              types.Time
	err                 error
}

func sizeOf(a Args) size {
	r := reader{args: a}
	s := size{
		nodes: int(r.integer("nodes", 4, 32)), seeds: int(r.integer("seeds", 1, 1000)), length: types.Time(r.integer("length", 1000, 600_000)),
	}
	if s.err = r.err; s.err != nil {
		return s
	}
	if s.owned = int(r.integer("owned", 1, int64(s.nodes-1)/3)); r.err != nil {
		s.err = r.err
	}
	return s
}

// scene is a scenario of that size.
func (s size) scene(name string, owned int, adversary func() Adversary) Scenario {
	return Scenario{Name: name, Nodes: s.nodes, First: 1, Seeds: s.seeds, Length: s.length, Load: 20, Owned: firstMembers(owned), New: adversary}
}

// broken are the oracles that may fire where a third and more is Byzantine: two
// chains become final, and members that meet the other one stop. All others
// hold there too: what honest members sign, keep and draw does not depend on it.
var broken = []string{"agreement", "exclusion", "halts", "liveness", "inclusion", "light"}

// above is the least number of members with a third of the weight or more.
func (s size) above() int { return (s.nodes + 2) / 3 }

func castEquivocate(a Args) ([]Scenario, error) {
	s := sizeOf(a)
	if s.err != nil {
		return nil, s.err
	}
	above := s.scene("above a third", s.above(), func() Adversary { return &equivocator{court: court{onlooks: true}, proposals: true, apart: Never} })
	above.Expect = broken
	return []Scenario{
		s.scene("honest", 0, watchOnly),
		s.scene("two votes", s.owned, func() Adversary { return &equivocator{votes: true} }),
		s.scene("two to everyone", s.owned, func() Adversary { return &equivocator{proposals: true, all: true} }),
		s.scene("one for each half", s.owned, func() Adversary { return &equivocator{proposals: true, apart: 400} }),
		above,
	}, nil
}

// equivocator signs twice: for each half of the members what that half is to
// believe.
type equivocator struct {
	court
	proposals bool
	votes     bool
	all       bool       // everyone is sent both
	apart     types.Time // how much longer letters between honest halves take in views with two proposals
	second    map[keys.Hash]*types.Block
	forked    map[types.Statement]bool // kind 0: views with two proposals
}

// Begin is Adversary.
func (e *equivocator) Begin(h Hands) {
	e.court.Begin(h)
	e.second, e.forked = map[keys.Hash]*types.Block{}, map[types.Statement]bool{}
}

// half is the side of a member.
func half(id int) int { return id % 2 }

// Sends is Adversary.
func (e *equivocator) Sends(l Letter) []Letter {
	switch {
	case e.onlooks && e.h.Calm():
		return nil // all that is to be seen has been
	case l.Msg == nil || e.owned(l.To):
		return []Letter{l}
	case e.proposals && l.Msg.Proposal != nil && e.leads(l.From, &l.Msg.Proposal.Header):
		return e.propose(l)
	case l.Msg.Vote != nil && (l.Msg.Vote.Kind == types.Notarize || l.Msg.Vote.Kind == types.Finalize):
		return e.vote(l)
	}
	return []Letter{l}
}

// propose gives one half the leader's block and the other a second one, equal
// but for the version that it signals: both are valid.
func (e *equivocator) propose(l Letter) []Letter {
	first := l.Msg.Proposal
	b := e.second[first.Digest()]
	if b == nil {
		if e.h.Draw("two proposals", 4) == 0 {
			return []Letter{l}
		}
		b = l.Edit().Msg.Proposal
		b.Header.Version++
		e.h.Seal(l.From, b)
		e.second[first.Digest()] = b
		e.forked[viewOf(l.Msg)] = true
		e.h.Count("equivocations", 1)
	}
	o := l
	o.Msg, o.Data = &consensus.Message{Proposal: b}, nil
	switch {
	case e.all:
		return []Letter{l, o}
	case half(l.To) == 1:
		return []Letter{o}
	}
	return []Letter{l}
}

// viewOf names the view that a message speaks of.
func viewOf(msg *consensus.Message) types.Statement {
	at, v := msg.Place()
	return types.Statement{Epoch: at, View: v}
}

// vote gives one half a vote for the other block, or for one that nobody has.
func (e *equivocator) vote(l Letter) []Letter {
	s := l.Msg.Vote.Statement
	switch b := e.second[s.Digest]; {
	case b != nil:
		s.Digest = b.Digest()
	case !e.votes || e.h.Draw("two votes", 4) == 0:
		return []Letter{l}
	default:
		s.Digest = keys.Sum([]byte("other"), s.Digest[:])
		e.h.Count("equivocations", 1)
	}
	if half(l.To) == 0 && !e.all {
		return []Letter{l}
	}
	v, ok := e.h.Vote(l.From, s)
	if !ok {
		return []Letter{l}
	}
	o := l
	o.Msg, o.Data = &consensus.Message{Vote: &v}, nil
	if e.all {
		return []Letter{l, o}
	}
	return []Letter{o}
}

// Delays is Adversary.
func (e *equivocator) Delays(l *Letter) types.Time {
	if e.apart == 0 || l.Msg == nil || e.owned(l.From) || e.owned(l.To) || half(l.From) == half(l.To) || !e.forked[viewOf(l.Msg)] {
		return 0
	}
	return e.apart
}

func measureEquivocate(a Args, runs []Outcome) (*Result, error) {
	s := sizeOf(a)
	out := &Result{Notes: []string{
		"The second block of a leader differs from the first in the version that it signals alone: both are valid, and honest members may vote for either.",
	}}
	plot := convictionPlot()
	for _, t := range troupes(runs) {
		switch t.name {
		case "honest":
			t.safe(out, nil)
		case "above a third":
			t.fall(out, s)
			continue
		default:
			t.safe(out, firstMembers(s.owned))
			plot.Series = append(plot.Series, t.convictions(out, s.owned))
		}
		m := t.pace(s.length)
		out.Rows = append(out.Rows, spread("final blocks a second", t.params(), m).in("blocks/s"))
	}
	out.Plots = []Plot{plot}
	return out, nil
}

func convictionPlot() Plot {
	return Plot{
		Title: "Attackers convicted by a final block", X: Axis{Label: "views since evidence was at hand"}, Y: Axis{Label: "share of attackers", Unit: "%"},
	}
}

// convictionViews is within how many views of the evidence being at hand an
// attacker must be convicted: four of the simulator's epochs.
const convictionViews = 96

// convictions judges that each attacker is convicted, and how soon.
func (t *troupe) convictions(r *Result, owned int) Series {
	var took []float64
	all := len(t.runs) * owned
	var wait moments
	for i := range t.runs {
		for _, c := range t.runs[i].Accused {
			if c.Convicted > 0 {
				took = append(took, float64(c.Views))
				wait.add(float64(c.Views))
			}
		}
	}
	n := int64(len(t.runs))
	r.Rows = append(r.Rows,
		compared(Exactly, "attackers convicted", t.params(), float64(all), float64(len(took))).in("members").of(n),
		reported("equivocations", t.params(), float64(t.count("equivocations"))).in("views or votes").of(n))
	if wait.n == 0 {
		return Series{Name: t.name}
	}
	sorted := sortedCopy(took)
	r.Rows = append(r.Rows,
		compared(AtMost, "views from evidence to conviction, at most", t.params(), convictionViews, sorted[len(sorted)-1]).in("views").of(wait.n),
		spread("views from evidence to conviction, mean", t.params(), wait).in("views"))
	return steps(t.name, sorted, all)
}

// fall is what must be seen at a third and more: it shows that the oracles can
// fire, and that the culprits can be named from what honest members heard.
func (t *troupe) fall(r *Result, s size) {
	var forks, named, found int
	least := 1.0
	for i := range t.runs {
		o := &t.runs[i]
		if !slices.ContainsFunc(o.Expected, func(v Violation) bool { return v.Oracle == "agreement" }) {
			continue
		}
		forks++
		var total, held uint64
		for _, g := range o.Genesis {
			total += g
		}
		for _, c := range o.Accused {
			held += c.Weight
		}
		weight := uint64(o.Counts["guilty weight"])
		least = min(least, float64(weight)/float64(total))
		if 3*weight >= total {
			named++
		}
		if 3*held >= total {
			found++
		}
	}
	others, first := t.violations()
	if others > 0 {
		r.Notes = append(r.Notes, first)
	}
	params := t.params()
	params["owned"] = fmt.Sprintf("%d of %d", s.above(), s.nodes)
	all := int64(len(t.runs))
	r.Rows = append(r.Rows,
		compared(AtLeast, "runs in which two blocks of one height become final", params, 1, float64(forks)).in("runs").of(all),
		compared(Exactly, "of them, runs in which what both sides heard convicts a third", params, float64(forks), float64(named)).in("runs").of(int64(forks)),
		compared(Exactly, "oracles that fire though a fork is no reason", params, 0, float64(others)).in("firings").of(all),
		reported("least weight convicted by it", params, least).of(int64(forks)),
		reported("runs in which members hold evidence against a third by themselves", params, float64(found)).in("runs").of(int64(forks)))
}
