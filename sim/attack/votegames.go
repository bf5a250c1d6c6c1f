package attack

import (
	"math/rand/v2"

	"probity/vpool"
)

// votegamesAttack plays with when and how a vote is given: copying, waiting,
// splitting, sniping, and leaving out the votes of others.
var votegamesAttack = &Attack{
	Name:   "votegames",
	Title:  "Copy, delay, split or snipe votes, and leave out those of others",
	Claim:  "What a vote pays depends on its side and its weight alone: not on its place in time, not on what others do, and splitting never gains.",
	Source: "spec pools §3",
	Options: []Option{
		{"pools", "20000", "random pools of blocks"},
		{"seed", "1", "the seed of all chance"},
	},
	Run: runVotegames,
}

// ballot is a random pool of a block.
type ballot struct {
	vpool.Executive
	idle uint64 // weight of the roster that did not vote
}

// anyBallot draws members over many magnitudes, sides, outcome and mint.
func anyBallot(r *rand.Rand, base vpool.Base) ballot {
	b := ballot{Executive: vpool.Executive{
		Outcome: vpool.Outcome(1 + r.IntN(3)), Minted: vpool.NewAmount(r.Uint64() >> r.IntN(64)),
		PosterPPM: uint32(r.IntN(vpool.Million + 1)), IncluderPPM: uint32(r.IntN(vpool.Million + 1)), Base: base,
		Encumbered: vpool.NewAmount(r.Uint64() >> r.IntN(40)),
	}}
	var weights []uint64
	for range 2 + r.IntN(20) {
		weights = append(weights, 1+r.Uint64N(1<<r.IntN(40)))
	}
	for _, w := range weights {
		b.Weight += w
		v := vpool.Vote{Weight: w, Stake: vpool.FrozenStake(w, uint32(r.IntN(vpool.Million+1)))}
		switch r.IntN(4) {
		case 0:
			b.Rejecters = append(b.Rejecters, v)
		case 1:
			b.idle += w
		default:
			b.Approvers = append(b.Approvers, v)
			b.Includers = append(b.Includers, w)
		}
	}
	return b
}

// net is Minted + Won − Lost in base units; 128 bits hold it here.
func net(list ...vpool.Payout) (z vpool.Amount, negative bool) {
	var gain, loss vpool.Amount
	for i := range list {
		gain.Add(&gain, &list[i].Minted)
		gain.Add(&gain, &list[i].Won)
		loss.Add(&loss, &list[i].Lost)
	}
	if gain.Lt(&loss) {
		return *z.Sub(&loss, &gain), true
	}
	return *z.Sub(&gain, &loss), false
}

// more reports whether a is more REP than b.
func more(a, b []vpool.Payout) bool {
	x, xNegative := net(a...)
	y, yNegative := net(b...)
	switch {
	case xNegative != yNegative:
		return yNegative
	case xNegative:
		return x.Lt(&y)
	}
	return x.Gt(&y)
}

// game is one way to play: it changes a pool and reports whether somebody
// gains, or is paid otherwise than before.
type game struct {
	label string
	play  func(r *rand.Rand, b ballot, s vpool.Settlement) (gained bool, err error)
}

var games = []game{
	{"payouts that change with the order of votes", playOrder},
	{"splits of a vote that gain", playSplit},
	{"copies that are paid unlike the vote they copy", playCopy},
	{"copies that change what others are minted", playDilute},
	{"approvals that pay more once others are left out", playLeaveOut},
}

// playOrder gives the same votes in another order: late, or last of all.
func playOrder(r *rand.Rand, b ballot, s vpool.Settlement) (bool, error) {
	mixed := b.Executive
	order := r.Perm(len(b.Approvers))
	mixed.Approvers = make([]vpool.Vote, len(order))
	for to, from := range order {
		mixed.Approvers[to] = b.Approvers[from]
	}
	reverse := len(b.Rejecters) - 1
	mixed.Rejecters = make([]vpool.Vote, len(b.Rejecters))
	for i := range b.Rejecters {
		mixed.Rejecters[reverse-i] = b.Rejecters[i]
	}
	t, err := mixed.Settle()
	if err != nil {
		return false, err
	}
	for to, from := range order {
		if t.Approvers[to] != s.Approvers[from] {
			return true, nil
		}
	}
	for i := range s.Rejecters {
		if t.Rejecters[reverse-i] != s.Rejecters[i] {
			return true, nil
		}
	}
	return t.Producer != s.Producer, nil
}

// playSplit cuts one voter into up to five, stakes with it.
func playSplit(r *rand.Rand, b ballot, s vpool.Settlement) (bool, error) {
	cut := b.Executive
	side, before := &cut.Approvers, s.Approvers
	if len(b.Approvers) == 0 || len(b.Rejecters) > 0 && r.IntN(2) == 0 {
		side, before = &cut.Rejecters, s.Rejecters
	}
	if len(*side) == 0 {
		return false, nil
	}
	i := r.IntN(len(*side))
	rest := (*side)[i]
	list := append([]vpool.Vote(nil), *side...)
	first := len(list)
	for range r.IntN(5) {
		w := r.Uint64N(rest.Weight + 1)
		stake := vpool.ShareDown(rest.Stake, vpool.NewAmount(w), vpool.NewAmount(max(1, rest.Weight)))
		list = append(list, vpool.Vote{Weight: w, Stake: stake})
		rest.Weight -= w
		rest.Stake.Sub(&rest.Stake, &stake)
	}
	list[i] = rest
	*side = list
	t, err := cut.Settle()
	if err != nil {
		return false, err
	}
	after := t.Approvers
	if side == &cut.Rejecters {
		after = t.Rejecters
	}
	parts := append([]vpool.Payout{after[i]}, after[first:]...)
	return more(parts, before[i:i+1]), nil
}

// withCopy adds an approval of the idle weight, or of a part of it, beside one
// of the same size where there is one.
func withCopy(r *rand.Rand, b ballot) (vpool.Executive, bool) {
	var fits []vpool.Vote
	for _, v := range b.Approvers {
		if v.Weight <= b.idle {
			fits = append(fits, v)
		}
	}
	if len(fits) == 0 {
		return vpool.Executive{}, false
	}
	e := b.Executive
	e.Approvers = append(append([]vpool.Vote(nil), b.Approvers...), fits[r.IntN(len(fits))])
	return e, true
}

// playCopy: a late copy is paid what the vote that it copies is paid.
func playCopy(r *rand.Rand, b ballot, _ vpool.Settlement) (bool, error) {
	e, ok := withCopy(r, b)
	if !ok {
		return false, nil
	}
	t, err := e.Settle()
	if err != nil {
		return false, err
	}
	last := len(e.Approvers) - 1
	for i, v := range e.Approvers {
		if v == e.Approvers[last] && t.Approvers[i] != t.Approvers[last] {
			return true, nil
		}
	}
	return false, nil
}

// playDilute: a copy leaves what others are minted and win as it was.
func playDilute(r *rand.Rand, b ballot, s vpool.Settlement) (bool, error) {
	e, ok := withCopy(r, b)
	if !ok || b.Outcome == vpool.Invalid {
		return false, nil // whoever approved loses its stake to the rejecters
	}
	t, err := e.Settle()
	if err != nil {
		return false, err
	}
	for i := range s.Approvers {
		if t.Approvers[i] != s.Approvers[i] {
			return true, nil
		}
	}
	return false, nil
}

// playLeaveOut: a producer that includes one approval alone, its own.
func playLeaveOut(r *rand.Rand, b ballot, s vpool.Settlement) (bool, error) {
	if len(b.Approvers) < 2 || b.Outcome == vpool.Invalid {
		return false, nil
	}
	i := r.IntN(len(b.Approvers))
	e := b.Executive
	e.Approvers, e.Includers = b.Approvers[i:i+1], []uint64{b.Approvers[i].Weight}
	t, err := e.Settle()
	if err != nil {
		return false, err
	}
	return more(t.Approvers, s.Approvers[i:i+1]), nil
}

// playGames counts, over random pools of a base, how often each game gains.
func playGames(base vpool.Base, pools int64, seed uint64, tell func(int64)) ([]int64, error) {
	r := chance("votegames", seed, uint64(base))
	gained := make([]int64, len(games))
	for n := range pools {
		b := anyBallot(r, base)
		s, err := b.Settle()
		if err != nil {
			return nil, err
		}
		for g := range games {
			won, err := games[g].play(r, b, s)
			if err != nil {
				return nil, err
			}
			if won {
				gained[g]++
			}
		}
		tell(n)
	}
	return gained, nil
}

func runVotegames(args Args, tell Progress) (*Result, error) {
	r := reader{args: args}
	pools, seed := r.integer("pools", 100, 1e7), uint64(r.integer("seed", 0, 1<<62))
	if r.err != nil {
		return nil, r.err
	}
	out := &Result{}
	gained, err := playGames(vpool.Roster, pools, seed, func(n int64) { tell(n, 2*pools) })
	if err != nil {
		return nil, err
	}
	for g := range games {
		out.Rows = append(out.Rows, compared(Exactly, games[g].label, nil, 0, float64(gained[g])).in("pools").of(pools))
	}
	included, err := playGames(vpool.Included, pools, seed, func(n int64) { tell(pools+n, 2*pools) })
	if err != nil {
		return nil, err
	}
	last := len(games) - 1
	out.Rows = append(out.Rows, compared(AtLeast, "baseline, shares of included votes: "+games[last].label, nil, 1, float64(included[last])).in("pools").of(pools))
	out.Notes = []string{
		"In an INVALID pool rejecters divide by the rejecters included, whatever the base: a Rejection needs two thirds of the weight, so most of them are.",
		"Voting on both sides is no game: Notarize and Reject of one block is evidence and costs all wREP.",
	}
	return out, nil
}
