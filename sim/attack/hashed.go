package attack

import (
	"probity/chain/keys"
)

// The simple scheme of the chain (spec beacon §10): the reveals of an epoch's
// blocks, folded in order, make the seed of the next epoch; inside an epoch
// nothing changes a draw. An actor that has the last k views in a row chooses
// among 2^k seeds, and a withheld reveal costs its block. It plays the solution
// of the tail game over the law's own draws.

// hashedTail bounds the views that the actor plays with; a longer tail is
// rarer than 10⁻⁶ at α = 0.3.
const hashedTail = 12

// hashedEpoch is an epoch as its seed decides it.
type hashedEpoch struct {
	leaders []int
	own     int
	tail    int
}

// lay draws an epoch of the hashed scheme: R(e,v) = H("seed" ‖ R ‖ be64(v)).
func (g *grind) lay(r *roll, first keys.Hash) (hashedEpoch, error) {
	l, err := newLots(byLottery, r.weights, int(g.blocks))
	if err != nil {
		return hashedEpoch{}, err
	}
	e := hashedEpoch{leaders: make([]int, 0, g.blocks)}
	seed := first
	for v := uint64(1); v <= g.blocks; v++ {
		leader := l.next(seed)
		e.leaders = append(e.leaders, leader)
		e.tail++
		if r.contracts[leader].mine {
			e.own++
		} else {
			e.tail = 0
		}
		seed = nextSeed(seed, v, nil)
	}
	return e, nil
}

// fold is acc after a block with a reveal: H("reveal" ‖ acc ‖ reveal).
func fold(acc, reveal keys.Hash) keys.Hash {
	var b [6 + 32 + 32]byte
	copy(b[:], "reveal")
	copy(b[6:], acc[:])
	copy(b[38:], reveal[:])
	return keys.Sum(b[:])
}

// reveals are the reveals of an epoch's views, each contract's in the order in
// which it serves.
func reveals(r *roll, e hashedEpoch) []keys.Hash {
	used := make([]uint32, len(r.contracts))
	out := make([]keys.Hash, len(e.leaders))
	for i, leader := range e.leaders {
		out[i] = keys.Hash(r.contracts[leader].salt(used[leader]))
		used[leader]++
	}
	return out
}

// runHashed measures the share of views filled under the scheme.
func (g *grind) runHashed(alpha float64, out *Result) error {
	mine := weightOf(alpha)
	game := newTailGame(float64(mine)/modelWeight, int(g.blocks), hashedTail)
	roll := enroll(othersOf(g.seed, 0, modelWeight-mine), g.seed, 0, mine, 3, 0)
	epochs := (g.draws + int64(g.blocks) - 1) / int64(g.blocks)
	first := named("genesis", g.seed, mine)
	now, err := g.lay(roll, first)
	if err != nil {
		return err
	}
	plain, plainFirst, first := now, first, first
	var share moments
	const batch = 16
	filled, inBatch, differ := 0.0, 0, int64(0)
	for e := range epochs {
		next, seed, cost, err := g.bestTail(game, roll, now, first, uint64(e+1))
		if err != nil {
			return err
		}
		if plain, plainFirst, err = g.plainNext(roll, plain, plainFirst, uint64(e+1)); err != nil {
			return err
		}
		for v := range next.leaders {
			if next.leaders[v] != plain.leaders[v] {
				differ++
			}
		}
		filled += float64(next.own - cost)
		if inBatch++; inBatch == batch {
			share.add(filled / float64(batch*g.blocks))
			filled, inBatch = 0, 0
		}
		now, first = next, seed
		g.step(int64(g.blocks))
	}
	row := insideMean("hashed: share of views filled, beside the tail game's", map[string]any{"scheme": "hashed", "alpha": alpha, "views": g.blocks}, game.share(), share)
	row.N = epochs * int64(g.blocks)
	out.Rows = append(out.Rows, row)
	out.Shares = append(out.Shares, row.as(Share{Alpha: alpha, Scheme: "hashed", Draws: byLottery, Differences: differ}))
	return nil
}

// bestTail tries every set of the tail's reveals to withhold and takes the one
// that is worth most; it returns the next epoch, its seed, and what was paid.
func (g *grind) bestTail(game *tailGame, r *roll, now hashedEpoch, first keys.Hash, epoch uint64) (hashedEpoch, keys.Hash, int, error) {
	all := reveals(r, now)
	tail := min(now.tail, hashedTail)
	acc := first
	for _, x := range all[:len(all)-tail] {
		acc = fold(acc, x)
	}
	var best hashedEpoch
	var seed keys.Hash
	most, cost := 0.0, -1
	for set := range 1 << tail {
		a := acc
		for i, x := range all[len(all)-tail:] {
			if set>>i&1 == 0 { // a bit set means withheld
				a = fold(a, x)
			}
		}
		s := firstSeed(epoch, a)
		e, err := g.lay(r, s)
		if err != nil {
			return best, seed, 0, err
		}
		if worth := game.value(e.own, e.tail) - float64(ones(set)); cost < 0 || worth > most {
			best, seed, most, cost = e, s, worth, ones(set)
		}
	}
	return best, seed, cost, nil
}

// plainNext is the epoch that follows where everything is revealed.
func (g *grind) plainNext(r *roll, now hashedEpoch, first keys.Hash, epoch uint64) (hashedEpoch, keys.Hash, error) {
	acc := first
	for _, x := range reveals(r, now) {
		acc = fold(acc, x)
	}
	seed := firstSeed(epoch, acc)
	e, err := g.lay(r, seed)
	return e, seed, err
}
