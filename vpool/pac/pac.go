package pac

import (
	"sort"

	"probity/vpool"
)

// Mode says which total is aimed at. The numbers are those of the chain's
// parameter pac.mode.
type Mode uint8

// The modes.
const (
	Minimal   Mode = 1 // the least total that needs no burning; idempotent
	Published Mode = 2 // max m_i / min s_i, as in the published example
)

// Owner is who may get tokens. The zero Points are a target of nothing: what was
// minted stays, nothing is added.
type Owner struct {
	Minted vpool.Amount // tokens ever minted to it, base units
	Points uint64       // its contribution, in any unit common to all
}

// Problem is what is asked. Owners that tie are served in the order of the list.
type Problem struct {
	Owners  []Owner
	Mode    Mode
	Total   vpool.Amount // T′ where the caller names it; 0: by Mode
	Initial vpool.Amount // T′ of a first run, when nobody with a target has anything
	// GrowthPPM bounds what is minted to ⌊T·GrowthPPM/10⁶⌋, but not in a first
	// run; 0: no bound.
	GrowthPPM uint32
}

// Solution is the answer.
type Solution struct {
	Before  vpool.Amount   // T: minted to the owners with a target
	After   vpool.Amount   // T with what is minted now
	Beside  vpool.Amount   // Z: minted to owners without a target
	Minted  vpool.Amount   // Σ Extra
	Extra   []vpool.Amount // of each owner
	Clamped bool           // GrowthPPM bound; the shares are on the way to the targets
}

// Solve computes the extra tokens of every owner. Where no owner has points
// nothing is minted.
func (p Problem) Solve() (Solution, error) {
	s := Solution{Extra: make([]vpool.Amount, len(p.Owners))}
	var points vpool.Amount
	for i := range p.Owners {
		o := &p.Owners[i]
		if o.Minted.BitLen() > vpool.MaxBits {
			return Solution{}, ErrAmount
		}
		if o.Points == 0 {
			s.Beside.Add(&s.Beside, &o.Minted)
			continue
		}
		s.Before.Add(&s.Before, &o.Minted)
		w := vpool.NewAmount(o.Points)
		points.Add(&points, &w)
	}
	s.After = s.Before
	if points.IsZero() {
		return s, nil
	}
	total, err := p.total(s.Before, points)
	if err != nil {
		return Solution{}, err
	}
	extra := apportion(total, p.points(), points)
	for i := range extra {
		if p.Owners[i].Points > 0 {
			extra[i].Sub(&extra[i], &p.Owners[i].Minted) // total ≥ m_i·P/p_i: not below zero
		}
	}
	s.Minted.Sub(&total, &s.Before)
	if bound := vpool.PPMDown(s.Before, p.GrowthPPM); p.GrowthPPM > 0 && !s.Before.IsZero() && bound.Lt(&s.Minted) {
		extra = apportion(bound, extra, s.Minted)
		s.Minted, s.Clamped = bound, true
	}
	s.Extra = extra
	s.After.Add(&s.Before, &s.Minted)
	return s, nil
}

// total is T′.
func (p Problem) total(before, points vpool.Amount) (vpool.Amount, error) {
	least, err := p.least(before, points)
	switch {
	case err != nil:
		return least, err
	case !p.Total.IsZero():
		if p.Total.BitLen() > vpool.MaxBits {
			return p.Total, ErrAmount
		}
		if p.Total.Lt(&least) {
			return p.Total, ErrTarget
		}
		return p.Total, nil
	case before.IsZero():
		if p.Initial.BitLen() > vpool.MaxBits {
			return p.Initial, ErrAmount
		}
		return p.Initial, nil
	case p.Mode == Minimal:
		return least, nil
	case p.Mode == Published:
		return p.published(points)
	}
	return least, ErrMode
}

// least is the smallest total: T where the owners have what T divides into
// already, else max(T, max ⌈m_i·P/p_i⌉). Without the first case the base unit
// that a remainder gave would ask for another one in each run.
func (p Problem) least(before, points vpool.Amount) (vpool.Amount, error) {
	matches := true
	for i, part := range apportion(before, p.points(), points) {
		if p.Owners[i].Points > 0 && !part.Eq(&p.Owners[i].Minted) {
			matches = false
		}
	}
	least := before
	if matches {
		return least, nil
	}
	for i := range p.Owners {
		o := &p.Owners[i]
		if o.Points == 0 {
			continue
		}
		need, err := ceilShare(o.Minted, points, vpool.NewAmount(o.Points))
		if err != nil {
			return need, err
		}
		if least.Lt(&need) {
			least = need
		}
	}
	return least, nil
}

// published is ⌈max m_i · P / min p_i⌉, which is never below least: each
// m_i/p_i is at most the largest m over the smallest p.
func (p Problem) published(points vpool.Amount) (vpool.Amount, error) {
	var most, fewest vpool.Amount
	for i := range p.Owners {
		o := &p.Owners[i]
		if o.Points == 0 {
			continue
		}
		if most.Lt(&o.Minted) {
			most = o.Minted
		}
		if w := vpool.NewAmount(o.Points); fewest.IsZero() || w.Lt(&fewest) {
			fewest = w
		}
	}
	return ceilShare(most, points, fewest)
}

// points lists the weights of the owners.
func (p Problem) points() []vpool.Amount {
	out := make([]vpool.Amount, len(p.Owners))
	for i := range p.Owners {
		out[i] = vpool.NewAmount(p.Owners[i].Points)
	}
	return out
}

// ceilShare is ⌈x·part/whole⌉.
func ceilShare(x, part, whole vpool.Amount) (vpool.Amount, error) {
	var q, rest vpool.Amount
	if _, over := q.MulDivOverflow(&x, &part, &whole); over {
		return q, ErrAmount
	}
	if !rest.MulMod(&x, &part, &whole).IsZero() {
		q.AddUint64(&q, 1)
	}
	if q.BitLen() > vpool.MaxBits {
		return q, ErrAmount
	}
	return q, nil
}

// apportion divides x by weights, whose sum is whole and not zero: each gets
// ⌊x·w/whole⌋, and what is left, less than there are weights, goes in single
// units to the largest remainders, among equal ones to the lower index. The
// parts add up to x.
func apportion(x vpool.Amount, weights []vpool.Amount, whole vpool.Amount) []vpool.Amount {
	parts, rests := make([]vpool.Amount, len(weights)), make([]vpool.Amount, len(weights))
	left := x
	for i := range weights {
		parts[i] = vpool.ShareDown(x, weights[i], whole)
		rests[i].MulMod(&x, &weights[i], &whole)
		left.Sub(&left, &parts[i])
	}
	if left.IsZero() {
		return parts
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return rests[order[b]].Lt(&rests[order[a]]) })
	for _, i := range order[:left.Uint64()] {
		parts[i].AddUint64(&parts[i], 1)
	}
	return parts
}
