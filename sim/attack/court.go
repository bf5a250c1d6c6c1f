package attack

import (
	"encoding/binary"
	"fmt"
	"slices"

	"probity/chain/codec"
	"probity/chain/keys"
	"probity/chain/route/availability"
	"probity/chain/types"
	"probity/consensus"
)

// court follows what becomes final at honest members: who is jailed or
// convicted, what the machines refused, and who was drawn for each view.
// Adversaries embed it; alone it is an adversary that does nothing.
type court struct {
	Idle
	h       Hands
	members []Member
	top     types.Height
	views   int64 // of final blocks and the records in them
	refused map[int]consensus.Refusals
	jailed  map[int]bool
	barred  map[int]bool
	epoch   types.Epoch
	drawn   types.View // of epoch: noted up to here
	onlooks bool       // an onlooker hears all honest members
	proof   forensics
}

// watchOnly is the adversary of baselines.
func watchOnly() Adversary { return &court{} }

// Begin is Adversary.
func (c *court) Begin(h Hands) {
	c.h, c.members = h, h.Members()
	c.refused, c.jailed, c.barred = map[int]consensus.Refusals{}, map[int]bool{}, map[int]bool{}
}

// owned reports whether a member, or a twin's copy, is the adversary's.
func (c *court) owned(id int) bool { return c.members[id].Owned }

// leads reports whether a proposal is that of the member itself.
func (c *court) leads(id int, h *types.Header) bool {
	at, ok := c.leader(h)
	return ok && at == c.members[id].Of
}

// leader is the member whose contract a header names.
func (c *court) leader(h *types.Header) (int, bool) {
	p := c.h.Plan(h.Epoch)
	if p == nil {
		return 0, false
	}
	for i := range p.List {
		if p.List[i].ID == h.ASC {
			return c.h.MemberOf(p.List[i].Key)
		}
	}
	return 0, false
}

// Hears is Adversary.
func (c *court) Hears(l *Letter) {
	if c.onlooks && !c.owned(l.To) {
		c.proof.hear(c, l.Msg)
	}
}

// Final is Adversary.
func (c *court) Final(id int, b *types.Block) {
	if c.owned(id) {
		return
	}
	now, was := c.h.Status(id).Refused, c.refused[id]
	c.h.Count("refused shares", int64(now.Shares-was.Shares))
	c.h.Count("refused reveals", int64(now.Reveals-was.Reveals))
	c.h.Count("refused openings", int64(now.Openings-was.Openings))
	c.refused[id] = now
	if b.Header.Height <= c.top {
		return
	}
	c.top = b.Header.Height
	c.views += int64(len(b.Body.Views)) + 1
	c.sentences(id)
	c.turns(id, &b.Header)
}

// sentences notes who is jailed or convicted for the first time.
func (c *court) sentences(id int) {
	r := c.h.State(id)
	for i, m := range c.members {
		if m.Of != i {
			continue
		}
		side := "honest"
		if m.Owned {
			side = "attackers"
		}
		if !c.jailed[i] && availability.Jailed(r, m.Account) {
			c.jailed[i] = true
			c.h.Count(side+" jailed", 1)
			c.h.Count(side+"' views to jail", c.views)
		}
		if !c.barred[i] && availability.Convicted(r, m.Account) {
			c.barred[i] = true
			c.h.Count(side+" convicted", 1)
		}
	}
}

// turns notes, for each epoch, what registered for it and, for each view up to
// a final block's, a hash of who was drawn, the seed and the salt: what must be
// the same in two runs.
func (c *court) turns(id int, h *types.Header) {
	plan := availability.Plan(c.h.State(id), h.Epoch)
	if plan == nil {
		return
	}
	s, err := types.NewSchedule(plan)
	if err != nil {
		return
	}
	if h.Epoch != c.epoch || c.drawn == 0 {
		c.epoch, c.drawn = h.Epoch, 0
		c.h.Note(fmt.Sprintf("list %d", h.Epoch), keys.Sum(codec.MustMarshal(plan.List), codec.MustMarshal(&plan.Roster)))
		c.h.Note(fmt.Sprintf("seed %d", h.Epoch), plan.Seed)
	}
	for ; c.drawn < h.View; c.drawn++ {
		v := c.drawn + 1
		if !s.Known(v) {
			c.h.Count("salts missing", 1)
			return
		}
		asc, seed := s.ASC(v), s.Seed(v)
		c.h.Note(turnName(h.Epoch, v), keys.Sum(asc.ID[:], seed[:], binary.BigEndian.AppendUint32(nil, s.Salt(v)), s.Opened(v)))
		if len(s.Opened(v)) > 0 {
			c.h.Count("salts opened", 1)
		}
	}
}

func turnName(e types.Epoch, v types.View) string { return fmt.Sprintf("turn %d/%d", e, v) }

// sameTurns compares two runs of one seed, view by view, up to the first epoch
// for which something else was registered: how many views, and in how many
// another contract was drawn, or another seed or salt came.
func sameTurns(a, b *Outcome) (epochs, views, differ int64) {
	for e := types.Epoch(0); ; e++ {
		list := fmt.Sprintf("list %d", e)
		one, ok := a.Notes[list]
		two, both := b.Notes[list]
		if !ok || !both || one != two {
			return epochs, views, differ
		}
		epochs++
		for v := types.View(1); ; v++ {
			x, ok := a.Notes[turnName(e, v)]
			y, both := b.Notes[turnName(e, v)]
			if !ok || !both {
				break
			}
			views++
			if x != y {
				differ++
			}
		}
	}
}

// troupe is the runs of one scenario.
type troupe struct {
	name string
	runs []Outcome
}

// troupes sorts outcomes by scenario, in the order of the cast.
func troupes(all []Outcome) (out []troupe) {
	for _, o := range all {
		if n := len(out); n == 0 || out[n-1].name != o.Scenario {
			out = append(out, troupe{name: o.Scenario})
		}
		out[len(out)-1].runs = append(out[len(out)-1].runs, o)
	}
	return out
}

// count sums a figure over the runs.
func (t *troupe) count(name string) (n int64) {
	for i := range t.runs {
		n += t.runs[i].Counts[name]
	}
	return n
}

// violations counts oracles that fired unasked, and tells of the first.
func (t *troupe) violations() (n int, first string) {
	for i := range t.runs {
		o := &t.runs[i]
		if n == 0 && len(o.Violations) > 0 {
			v := o.Violations[0]
			first = fmt.Sprintf("%s, seed %d: %s at %d ms: %s", o.Scenario, o.Seed, v.Oracle, v.At, v.Text)
		}
		n += len(o.Violations)
	}
	return n, first
}

// robbed counts members outside owned that ended with less REP than they began
// with.
func (t *troupe) robbed(owned []int) (n int) {
	for i := range t.runs {
		o := &t.runs[i]
		for id := range o.REP {
			if o.REP[id] < o.Genesis[id] && !slices.Contains(owned, id) {
				n++
			}
		}
	}
	return n
}

// safe are the rows that every scenario below a third has: no oracle fires and
// nobody but the adversary loses REP. Notes tell of the first that does.
func (t *troupe) safe(r *Result, owned []int) {
	n, first := t.violations()
	if n > 0 {
		r.Notes = append(r.Notes, first)
	}
	runs := int64(len(t.runs))
	lost := t.count("honest convicted") + t.count("honest jailed") + int64(t.robbed(owned))
	r.Rows = append(r.Rows,
		compared(Exactly, "oracles that fire", t.params(), 0, float64(n)).in("firings").of(runs),
		compared(Exactly, "bystanders that lose REP, are jailed or convicted", t.params(), 0, float64(lost)).in("members").of(runs))
}

func (t *troupe) params() map[string]any { return map[string]any{"scenario": t.name} }

// gather collects figures of all runs in rising order.
func (t *troupe) gather(of func(*Outcome) []float64) (out []float64) {
	for i := range t.runs {
		out = append(out, of(&t.runs[i])...)
	}
	slices.Sort(out)
	return out
}

// quantile of figures in rising order; zero where there are none.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// times are durations in milliseconds as figures.
func times(list []types.Time) []float64 {
	out := make([]float64, len(list))
	for i, t := range list {
		out[i] = float64(t)
	}
	return out
}

// latency is the time from offer to finality of honest transfers.
func (t *troupe) latency() []float64 {
	return t.gather(func(o *Outcome) []float64 { return times(o.Included) })
}

// pace is the final blocks a second of the attack phases, with its interval
// over the runs.
func (t *troupe) pace(length types.Time) moments {
	var m moments
	for i := range t.runs {
		m.add(float64(t.runs[i].Before) * 1000 / float64(length))
	}
	return m
}

// spread reports the mean of a sample with its interval.
func spread(label string, params map[string]any, m moments) Row {
	low, high := m.interval()
	row := reported(label, params, m.mean()).of(m.n)
	row.Low, row.High = max(0, low), high // of counts and times
	return row
}

// steps is the empirical distribution of figures in rising order: which part of
// all, whether or not they have one, is at most x.
func steps(name string, sorted []float64, all int) Series {
	s := Series{Name: name, Line: true, Points: []Point{{X: 0, Y: 0}}}
	for i, x := range sorted {
		if i+1 < len(sorted) && sorted[i+1] == x {
			continue
		}
		s.Points = append(s.Points, Point{X: x, Y: float64(i+1) / float64(all)})
	}
	return s
}

// firstMembers are the ids 0 … n−1.
func firstMembers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func sortedCopy(list []float64) []float64 {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}
