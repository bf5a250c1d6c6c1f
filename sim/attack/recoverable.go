package attack

import (
	"fmt"
	"math/rand/v2"

	"probity/chain/keys"
)

// The recoverable beacon (spec beacon §12). The adversary leads its views, sees
// every reveal before anybody votes, controls the network as far as nullifying
// any view, and chooses how it registers. It plays for producer slots: before
// each action it computes the seeds that its actions lead to and looks ahead
// as far as it knows salts.
//
// The same adversary plays under a law that forgets the salt of a view without
// a block ("unrecovered"). There two seeds are always at hand, so it has
// 1 − (1−α)² of the slots, which shows that the search finds what there is.

// happened is what became of a view, as far as a law of seeds can see it.
type happened struct {
	notarized bool
	revealed  bool // the leader's reveal is out
	denied    bool // the adversary gives no shares
}

// move is something that the adversary can do in a view.
type move struct {
	name string
	own  bool // in a view that it leads; else in a view of another
	happened
}

// moves are all kinds of conduct that the protocol leaves open to a leader and
// to a minority with the network in its hands. The first of each side is what
// an honest member does.
var moves = []move{
	{name: "propose", own: true, happened: happened{notarized: true, revealed: true}},
	{name: "propose late, with a Nullification beside", own: true, happened: happened{notarized: true, revealed: true, denied: true}},
	{name: "propose without including the block before", own: true, happened: happened{notarized: true, revealed: true}},
	{name: "propose to fewer than a quorum", own: true, happened: happened{revealed: true}},
	{name: "propose with a wrong reveal", own: true, happened: happened{denied: true}},
	{name: "withhold", own: true, happened: happened{}},
	{name: "withhold, shares too", own: true, happened: happened{denied: true}},
	{name: "notarize another's", happened: happened{notarized: true, revealed: true}},
	{name: "nullify another's, its reveal seen", happened: happened{revealed: true, denied: true}},
	{name: "nullify another's unseen", happened: happened{denied: true}},
}

// seedLaw says whether the salt of a view enters its seed. It is stuck where
// the view has a salt that must enter and that nobody can open.
type seedLaw func(p *play, h happened) (enters, stuck bool)

// recovered: always. What the leader does not reveal the others' shares open.
func recovered(p *play, h happened) (enters, stuck bool) {
	shares := modelWeight - p.mine
	if !h.denied {
		shares = modelWeight
	}
	return true, !h.revealed && !opens(shares)
}

// unrecovered: where there is a block, and nowhere else.
func unrecovered(_ *play, h happened) (enters, stuck bool) { return h.notarized, false }

// play is one run of the chain: the honest one, or the adversary's.
type play struct {
	law    seedLaw
	roll   *roll
	mine   uint64     // the adversary's weight
	depth  int        // views that the adversary looks ahead
	choose *rand.Rand // breaks ties; nil where everybody is honest
	lots   lots
	used   []uint32 // salts used, by place in the list
	seed   keys.Hash
	taken  [16]int64 // how often each of moves
	choice int64     // views in which moves led to different seeds
}

// begin enters an epoch.
func (p *play) begin(r *roll, l lots, first keys.Hash) {
	p.roll, p.lots, p.seed = r, l, first
	p.used = make([]uint32, len(r.contracts))
}

// view plays view v and returns its leader and whether there is a block.
func (p *play) view(v uint64) (leader int, block bool, err error) {
	leader = p.lots.next(p.seed)
	salt := p.roll.contracts[leader].salt(p.used[leader])
	p.used[leader]++
	m := p.honest(leader)
	if p.choose != nil {
		m = p.best(v, leader, salt)
	}
	p.taken[m]++
	enters, stuck := p.law(p, moves[m].happened)
	if stuck {
		return leader, false, fmt.Errorf("view %d: nobody can open the salt", v)
	}
	p.seed = nextSeed(p.seed, v, salt.where(enters))
	return leader, moves[m].notarized, nil
}

// honest is the first move of the leader's side.
func (p *play) honest(leader int) int {
	m := 0
	for moves[m].own != p.roll.contracts[leader].mine {
		m++
	}
	return m
}

// best is the move with the most own views ahead; ties are broken by chance,
// so that every move is made many times where none is better.
func (p *play) best(v uint64, leader int, salt saltOf) int {
	var buffer [16]int
	with, without := buffer[:0:8], buffer[8:8:16] // moves by the seed that follows
	for m := range moves {
		if moves[m].own != p.roll.contracts[leader].mine {
			continue
		}
		switch enters, stuck := p.law(p, moves[m].happened); {
		case stuck: // a view that is never left gains nothing
		case enters:
			with = append(with, m)
		default:
			without = append(without, m)
		}
	}
	open := with
	if len(with) == 0 {
		open = without
	} else if len(without) > 0 {
		p.choice++
		a := p.ahead(nextSeed(p.seed, v, salt[:]), v+1, p.used, p.depth)
		b := p.ahead(nextSeed(p.seed, v, nil), v+1, p.used, p.depth)
		if b > a || a == b && p.choose.IntN(2) == 1 {
			open = without
		}
	}
	if first := open[0]; !moves[first].own && moves[first].notarized && p.choose.IntN(2) == 0 {
		return first // else two thirds of the views would be nullified, and epochs three times as long
	}
	return open[p.choose.IntN(len(open))]
}

// lookahead bounds the search in views.
const lookahead = 6

// ahead is how many own views follow in a row from view v with this seed
// before it: a view of another ends what the adversary knows, since that salt
// is secret until then.
func (p *play) ahead(seed keys.Hash, v uint64, used []uint32, depth int) int {
	q := play{law: p.law, roll: p.roll, mine: p.mine, lots: p.lots.clone()}
	leader := q.lots.next(seed)
	if !q.roll.contracts[leader].mine {
		return 0
	}
	if depth == 1 {
		return 1
	}
	salt := q.roll.contracts[leader].salt(used[leader])
	used = append([]uint32(nil), used...)
	used[leader]++
	var reached [2]bool
	for m := range moves {
		if enters, stuck := p.law(p, moves[m].happened); moves[m].own && !stuck {
			reached[index(enters)] = true
		}
	}
	most := 0
	for i, is := range reached {
		if is {
			most = max(most, q.ahead(nextSeed(seed, v, salt.where(i == 1)), v+1, used, depth-1))
		}
	}
	return 1 + most
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// registrations are the ways to register that the adversary tries at the
// deadline: parts, under an address each.
var registrations = [][2]uint64{{1, 0}, {2, 1}, {3, 2}, {7, 3}, {1, 4}, {2, 5}}

// register picks the registration for the next epoch with the most own views
// among its first, predicted from all that is known at the deadline: the seed
// then, the adversary's salts, and others' only if its shares open them.
func (g *grind) register(p *play, view, epoch, mine uint64, selection string) (*roll, error) {
	seed, used, draws := p.seed, append([]uint32(nil), p.used...), p.lots.clone()
	known := func(r *roll, used []uint32, leader int) []byte {
		j := used[leader]
		used[leader]++
		if !r.contracts[leader].mine && !opens(p.mine) {
			return nil // a guess
		}
		salt := r.contracts[leader].salt(j)
		return salt[:]
	}
	for v := view + 1; v <= g.blocks; v++ {
		seed = nextSeed(seed, v, known(p.roll, used, draws.next(seed)))
	}
	first := firstSeed(epoch, seed)
	field := othersOf(g.seed, epoch, modelWeight-mine)
	var best *roll
	most := -1
	for _, way := range registrations {
		r := enroll(field, g.seed, epoch, mine, way[0], way[1])
		l, err := newLots(selection, r.weights, int(g.blocks))
		if err != nil {
			return nil, err
		}
		own, s, u := 0, first, make([]uint32, len(r.contracts))
		for v := uint64(1); v <= peek; v++ {
			leader := l.next(s)
			salt := known(r, u, leader)
			if r.contracts[leader].mine {
				own++
			} else if salt == nil {
				break // from here on it would guess
			}
			s = nextSeed(s, v, salt)
		}
		if own > most {
			best, most = r, own
		}
	}
	return best, nil
}

// peek is over how many views a registration is judged.
const peek = 10
