package attack

import (
	"probity/chain/keys"
	"probity/chain/types"
)

// citationsAttack tries to make REP of references.
var citationsAttack = &Attack{
	Name:  "citations",
	Title: "Cite one another in a ring, with fees that one pays and validates oneself",
	Claim: "However accounts cite one another, together they gain what their fees mint, as one account does that pays the same fees " +
		"without a reference, and never a unit more; nobody else loses or gains one.",
	Source: "spec forum §3, §4",
	Options: []Option{
		{"accounts", "2,4,8,16", "sizes of the ring"},
		{"rounds", "3", "posts of each account"},
		{"fee", "1000", "whole $ for each post"},
	},
	Run: runCitations,
}

// forumParams let pools of posts close after an hour.
var forumParams = map[string]uint64{"forum.period": uint64(forumPeriod), "forum.visits": 1024}

const forumPeriod = types.Time(3_600_000)

// A ring has 15 % of all REP, which is a quorum of its own while nobody looks.
const (
	ringREP   = 150_000
	othersREP = 850_000
)

// shape is how a post of a ring cites the posts before it, the newest first.
type shape struct {
	name string
	ppm  []int32
}

var shapes = []shape{
	{"all to the one before", []int32{1_000_000}},
	{"halves to the two before", []int32{500_000, 500_000}},
	{"all from the one before", []int32{-1_000_000}},
	{"half to one, half from the next", []int32{500_000, -500_000}},
	{"a quarter to and from four", []int32{250_000, -250_000, 250_000, -250_000}},
	{"half from the one before, half burned", []int32{-500_000}},
}

// burns reports whether a shape sends something to the incinerator.
func (s shape) burns() bool { return s.name == shapes[5].name }

// ring is a group that posts, pays and validates.
type ring struct {
	a     *assembly
	names []string
	posts []keys.Hash
}

// play lets a ring post, round after round, and is what its accounts gained,
// what all others did, and what was burned, in base units.
func (r *ring) play(s shape, rounds int, fee uint64) (gained, others, burned types.Amount, err error) {
	holders := map[string]uint64{"honest": othersREP}
	divide(holders, ringREP, r.names)
	if r.a, err = convene(sitting{rep: holders, params: forumParams, every: 8}); err != nil {
		return
	}
	for round := range rounds {
		for _, name := range r.names {
			post := r.a.publish(name, uint64(round), r.cites(s)...)
			r.a.fund(name, post, fee)
			r.a.must(0)
			for _, voter := range r.names {
				r.a.stakePost(voter, post, true, r.a.wrep(voter))
			}
			r.a.must(0)
			r.a.settle(forumPeriod)
			r.posts = append(r.posts, post)
		}
	}
	for _, name := range r.names {
		gained = gained.Add(r.a.wrep(name))
	}
	return gained.Sub(types.Whole(ringREP)), r.a.wrep("honest"), r.a.burned(), r.a.failed()
}

// cites are the references of the ring's next post.
func (r *ring) cites(s shape) (out []cite) {
	for i, ppm := range s.ppm {
		if n := len(r.posts) - 1 - i; n >= 0 {
			out = append(out, cite{r.posts[n], ppm})
		}
	}
	if s.burns() {
		out = append(out, cite{incinerator, 500_000})
	}
	return out
}

func runCitations(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	sizes, rounds := r.integers("accounts", 2, 64), int(r.integer("rounds", 1, 20))
	fee := uint64(r.integer("fee", 1, 1_000_000))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	plot := Plot{Title: "REP that a ring gains for each that its fees mint", X: Axis{Label: "accounts in the ring"}, Y: Axis{Label: "parts", Unit: "%"}}
	done, all := int64(0), int64(len(sizes)*(len(shapes)+1))
	for _, n := range sizes {
		alone := ring{names: crew("alone", 1)}
		base, _, _, err := alone.play(shape{name: "none"}, rounds*int(n), fee)
		if err != nil {
			return nil, err
		}
		paid := float64(n) * float64(rounds) * float64(fee)
		out.Rows = append(out.Rows, compared(AtMost, "gain of one account without references",
			map[string]any{"fees of": n}, paid, whole(base)).in("REP").of(n*int64(rounds)))
		for _, s := range shapes {
			done++
			tell(done, all)
			g := ring{names: crew("ring", int(n))}
			gained, others, burned, err := g.play(s, rounds, fee)
			if err != nil {
				return nil, err
			}
			params := map[string]any{"accounts": n, "references": s.name}
			out.Rows = append(out.Rows,
				compared(AtMost, "gain of the ring beside what its fees mint", params, paid, whole(gained)).in("REP").of(n*int64(rounds)),
				compared(Exactly, "REP that nobody else lost or gained", params, 0, whole(others)-othersREP).in("REP"))
			if s.burns() {
				out.Rows = append(out.Rows, compared(AtLeast, "REP burned by it", params, 1, whole(burned)).in("REP"))
			} else {
				out.Rows = append(out.Rows, near("gain of the ring beside that of one account, but for rounding", params, whole(base), whole(gained), 1e-9*paid).in("REP"))
			}
			add(&plot, s.name, Point{X: float64(n), Y: whole(gained) / paid})
		}
		done++
	}
	out.Plots = []Plot{plot}
	out.Notes = []string{
		"The ring has 15 % of all REP and is its own quorum, while nobody else looks: the worst case. Whoever stakes against it loses it the pool.",
		"A fee of 1 $ mints 1 REP: half through the post, half to those who staked for it. References go to older posts only, so a ring closes over rounds.",
		"What a flow moves it takes from somebody in the ring: references change who of them has it.",
	}
	return out, nil
}
