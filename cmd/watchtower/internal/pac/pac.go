// Package pac computes how much is minted to whom so that shares follow points
// (docs/spec/contribution.md §6), in whole numbers.
package pac

import (
	"errors"
	"sort"

	"probity/cmd/watchtower/internal/num"
)

// Modes.
const (
	Minimal   = 1
	Published = 2
)

// million is all, in parts per million.
const million = 1_000_000

// ErrTooLarge is the error of amounts beyond 192 bits.
var ErrTooLarge = errors.New("an amount of more than 192 bits")

// Owner is what was minted to someone, and its points.
type Owner struct{ Minted, Points num.Int }

// Result is the total after, and what each owner gets.
type Result struct {
	Total num.Int // T + Σ Extra of those with points
	Extra []num.Int
}

// divide gives each its part of x by weight; single units that are left go to
// the largest remainders.
func divide(x num.Int, w []num.Int) []num.Int {
	sum := num.Int{}
	for _, v := range w {
		sum = sum.Add(v)
	}
	out, rest, order := make([]num.Int, len(w)), make([]num.Int, len(w)), make([]int, len(w))
	left := x
	for i, v := range w {
		p := x.Mul(v)
		out[i], rest[i], order[i] = p.Div(sum), p.Mod(sum), i
		left = left.Sub(out[i])
	}
	sort.SliceStable(order, func(i, j int) bool { return rest[order[j]].Less(rest[order[i]]) })
	for i := 0; !left.IsZero(); i++ {
		out[order[i]] = out[order[i]].Add(num.U(1))
		left = left.Sub(num.U(1))
	}
	return out
}

func up(a, b num.Int) num.Int { return a.Add(b).Sub(num.U(1)).Div(b) }

// Mint computes PAC. growth is in parts per million, or nil without a bound.
func Mint(mode int, owners []Owner, initial num.Int, growth *uint64) (Result, error) {
	r := Result{Extra: make([]num.Int, len(owners))}
	var k []int
	points, total := num.Int{}, num.Int{}
	var p, m []num.Int
	for i, o := range owners {
		if o.Points.Sign() > 0 {
			k = append(k, i)
			p, m = append(p, o.Points), append(m, o.Minted)
			points, total = points.Add(o.Points), total.Add(o.Minted)
		}
	}
	if len(k) == 0 {
		return r, nil
	}
	target, err := aim(mode, p, m, points, total, initial)
	if err != nil {
		return r, err
	}
	d := divide(target, p)
	sum := num.Int{}
	for i := range d {
		d[i] = d[i].Sub(m[i])
		sum = sum.Add(d[i])
	}
	if growth != nil && !total.IsZero() {
		if most := total.Mul(num.U(*growth)).Div(num.U(million)); most.Less(sum) {
			d, sum = divide(most, d), most
		}
	}
	for i := range d {
		r.Extra[k[i]] = d[i]
	}
	r.Total = total.Add(sum)
	return r, nil
}

// aim is T′.
func aim(mode int, p, m []num.Int, points, total, initial num.Int) (num.Int, error) {
	if total.IsZero() {
		return initial, nil
	}
	target, least, most := total, p[0], m[0]
	for i := range p {
		least = num.Min(least, p[i])
		if most.Less(m[i]) {
			most = m[i]
		}
	}
	if mode == Published {
		target = up(most.Mul(points), least)
	} else {
		same := true
		for i, x := range divide(total, p) {
			same = same && x.Cmp(m[i]) == 0
		}
		for i := range p {
			if need := up(m[i].Mul(points), p[i]); !same && target.Less(need) {
				target = need
			}
		}
	}
	if target.BitLen() > 192 || most.Mul(points).BitLen() > 192 {
		return target, ErrTooLarge
	}
	return target, nil
}
