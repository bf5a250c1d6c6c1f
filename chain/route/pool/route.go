package pool

import (
	"fmt"

	"probity/chain/route"
	"probity/chain/route/availability"
	"probity/chain/types"
	"probity/vpool"
)

// ID is the route's number on the wire.
const ID = 6

// Route is the chapter of validation pools. It has no messages: blocks carry
// the votes on blocks, and general pools take stakes from the routes that
// opened them.
var Route = &route.Route{
	ID: ID, Name: "pool",
	Doc:         "Validation pools: of blocks, and of whatever other routes put to a vote.",
	Params:      []*route.Param{PosterPPM, StakePPM, IncluderPPM, EntryPPM, Base, Window, AuthorPPM},
	CheckParams: check,
	Queries: []route.Query{
		route.Ask("get", get).Says("A general pool: what it is about, its stakes and its outcome."),
		route.Ask("list", list).Says("General pools, by number."),
		route.Ask("stakes", stakesOf).Says("Who staked how much in an open general pool."),
		route.Ask("byBlock", byBlock).Says("The pool of a block while votes on it come in, and those of refused digests that settle with it."),
	},
	Begin:      begin,
	End:        end,
	Invariants: []route.Invariant{{Name: "open pools are in their windows", Check: windows}, {Name: "stakes add up", Check: tallies}},
}

// The numbers of the route. A pool settles by those of its opening.
var (
	// PosterPPM is c2.
	PosterPPM = &route.Param{
		Name: "pool.poster_ppm", Unit: route.Ratio, Default: 500_000, Max: vpool.Million, ClassA: true,
		Doc: "The producer's part of a block's mint; those who approve divide the rest.",
	}
	// StakePPM is what a vote on a block puts at stake.
	StakePPM = &route.Param{
		Name: "pool.stake_ppm", Unit: route.Ratio, Default: 10_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of a member's frozen weight that each of its votes on a block puts at stake.",
	}
	// IncluderPPM is for those who bring votes in.
	IncluderPPM = &route.Param{
		Name: "pool.includer_ppm", Unit: route.Ratio, Default: 20_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of the approvers' part that goes to the producers who include the approvals.",
	}
	// EntryPPM is reserved for newcomers.
	EntryPPM = &route.Param{
		Name: "pool.entry_ppm", Unit: route.Ratio, Default: 200_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of the cap on minting that is kept for pools that newcomers pay for.",
	}
	// Base says what an approver's share is a share of.
	Base = &route.Param{
		Name: "pool.base", Unit: route.Choice, Default: uint64(vpool.Roster), Min: uint64(vpool.Roster), Max: uint64(vpool.Included), ClassA: true,
		Choices: []string{"", "roster", "included"},
		Doc:     "Whether approvers divide by the weight of the whole roster or by that of the included approvals.",
	}
	// Window is how long votes on a block may be included. The guardrails hold
	// it where consensus has it (VoteWindow): members that gathered votes over
	// another window than the law's would make invalid blocks.
	Window = &route.Param{
		Name: "pool.window", Unit: route.Blocks, Default: 16, Min: 16, Max: 16, ClassA: true,
		Doc: "Blocks in which votes on a block may be included; the last of them settles its pool.",
	}
	// AuthorPPM is the author share.
	AuthorPPM = &route.Param{
		Name: "wsc.author_ppm", Unit: route.Ratio, Default: 50_000, Max: vpool.Million, ClassA: true,
		Doc: "Part of each block's mint that goes to the post of the active work contract.",
	}
)

// refusedMax bounds the pools of one skipped view: as many headers as members
// keep of a view, those that certificates name included.
const refusedMax = 8

// check keeps the stakes of a member's votes inside its standing lock.
func check(p *route.Params) error {
	if n := p.Get(Window) * p.Get(StakePPM); n > vpool.Million {
		return fmt.Errorf("pool.stake_ppm: votes of %d blocks at %d ppm exceed what is locked", p.Get(Window), p.Get(StakePPM))
	}
	return nil
}

// opening are the rules in force now.
func opening(c *route.Ctx) rules {
	r := rules{
		PosterPPM: uint32(PosterPPM.PPM(c)), IncluderPPM: uint32(IncluderPPM.PPM(c)),
		StakePPM: uint32(StakePPM.PPM(c)), Base: vpool.Base(Base.Get(c)),
	}
	if availability.BenchMode.Get(c) == availability.ModeSampled {
		r.Sample = uint32(availability.BenchSample.Get(c))
	}
	return r
}

// span is the window in heights.
func span(c *route.Ctx) types.Height { return types.Height(Window.Get(c)) }

// below is h − n, or 0.
func below(h, n types.Height) types.Height {
	if h < n {
		return 0
	}
	return h - n
}
