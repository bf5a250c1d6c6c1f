package attack

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/zeebo/blake3"

	"probity/chain/keys"
)

// pair counts a pair of runs.
type pair struct {
	own, draws  int64 // views 1 … Bk of the adversary's run
	differences int64 // of all views of the adversary's run
	views       int64
	honest      keys.Hash // over (epoch, view, producer) of views 1 … Bk
	adversarial keys.Hash
	taken       [16]int64
	choice      int64
}

// duel runs honest and adversarial conduct beside each other, epoch by epoch,
// with equal weights, registrations and salts, for at least g.draws views. The
// honest run goes on through the views that nullified ones made necessary.
func (g *grind) duel(law seedLaw, alpha float64, selection string, depth int) (*pair, error) {
	mine := weightOf(alpha)
	honest := &play{law: law, mine: mine}
	attack := &play{law: law, mine: mine, depth: depth, choose: chance("ties "+selection, g.seed, mine)}
	hashes := [2]*blake3.Hasher{blake3.New(), blake3.New()}
	out := &pair{}
	next := enroll(othersOf(g.seed, 0, modelWeight-mine), g.seed, 0, mine, 1, 0)
	seeds := [2]keys.Hash{named("genesis", g.seed, mine), named("genesis", g.seed, mine)}
	for epoch := uint64(0); out.draws < g.draws; epoch++ {
		r := next
		var rows [2][]int
		for i, p := range [2]*play{attack, honest} {
			l, err := newLots(selection, r.weights, int(g.blocks))
			if err != nil {
				return nil, err
			}
			p.begin(r, l, firstSeed(epoch, seeds[i]))
			blocks := uint64(0)
			for v := uint64(1); v <= g.blocks || blocks < g.blocks || v <= uint64(len(rows[0])); v++ {
				leader, block, err := p.view(v)
				if err != nil {
					return nil, err
				}
				rows[i] = append(rows[i], leader)
				if block {
					blocks++
				}
				if v == g.blocks {
					seeds[i] = p.seed
				}
				if i == 0 && v == g.blocks-g.lead {
					if next, err = g.register(p, v, epoch+1, mine, selection); err != nil {
						return nil, err
					}
				}
			}
			note(hashes[i], epoch, r, rows[i][:g.blocks])
		}
		out.compare(r, rows[0], rows[1], int(g.blocks))
		g.step(int64(g.blocks))
	}
	hashes[0].Sum(out.adversarial[:0])
	hashes[1].Sum(out.honest[:0])
	out.taken, out.choice = attack.taken, attack.choice
	return out, nil
}

// compare adds one epoch.
func (p *pair) compare(r *roll, attack, honest []int, counted int) {
	for i := range attack {
		p.views++
		if attack[i] != honest[i] {
			p.differences++
		}
	}
	for _, leader := range attack[:counted] {
		p.draws++
		if r.contracts[leader].mine {
			p.own++
		}
	}
}

// note hashes the producers of an epoch.
func note(h *blake3.Hasher, epoch uint64, r *roll, leaders []int) {
	var b [48]byte
	binary.BigEndian.PutUint64(b[:], epoch)
	for i, leader := range leaders {
		binary.BigEndian.PutUint64(b[8:], uint64(i+1))
		copy(b[16:], r.contracts[leader].id[:])
		_, _ = h.Write(b[:]) // a hash takes everything
	}
}

// weightOf is a share in whole REP of the model.
func weightOf(alpha float64) uint64 { return uint64(alpha*modelWeight + 0.5) }

// runRecoverable measures the chain's beacon.
func (g *grind) runRecoverable(alpha float64, out *Result) error {
	for _, selection := range g.selections {
		p, err := g.duel(recovered, alpha, selection, lookahead)
		if err != nil {
			return err
		}
		expected := float64(weightOf(alpha)) / modelWeight
		row := inside("recoverable: share of draws, "+selection, map[string]any{
			"scheme": "recoverable", "alpha": alpha, "selection": selection,
			"honest": hex.EncodeToString(p.honest[:]), "adversarial": hex.EncodeToString(p.adversarial[:]),
		}, expected, p.own, p.draws)
		same := compared(Exactly, "recoverable: draws unlike the honest run's, "+selection, map[string]any{
			"scheme": "recoverable", "alpha": alpha, "selection": selection, "moves": p.moves(), "views with a choice": p.choice,
		}, 0, float64(p.differences)).in("draws").of(p.views)
		same.OK = same.OK && p.honest == p.adversarial
		out.Rows = append(out.Rows, row, same)
		out.Shares = append(out.Shares, row.as(Share{
			Alpha: alpha, Scheme: "recoverable", Draws: selection,
			Identical: p.honest == p.adversarial && p.differences == 0, Differences: p.differences,
		}))
	}
	return nil
}

// moves lists what the adversary did.
func (p *pair) moves() map[string]int64 {
	out := map[string]int64{}
	for m := range moves {
		out[moves[m].name] = p.taken[m]
	}
	return out
}

// runUnrecovered measures the same adversary where salts can be withheld. With
// two seeds at hand in every view but an epoch's first, and one view ahead in
// mind, it has 1 − (1−α)² of them; looking further ahead it has more.
func (g *grind) runUnrecovered(alpha float64, out *Result) error {
	a := float64(weightOf(alpha)) / modelWeight
	expected := (a + float64(g.blocks-1)*(1-(1-a)*(1-a))) / float64(g.blocks)
	for _, depth := range []int{1, lookahead} {
		p, err := g.duel(unrecovered, alpha, byLottery, depth)
		if err != nil {
			return err
		}
		params := map[string]any{"scheme": "unrecovered", "alpha": alpha, "lookahead": depth}
		row := inside("unrecovered: share of draws", params, expected, p.own, p.draws)
		if depth > 1 {
			row = reported("unrecovered: share of draws", params, row.Measured).of(p.draws)
		}
		out.Rows = append(out.Rows, row)
		if depth == 1 {
			out.Shares = append(out.Shares, row.as(Share{
				Alpha: alpha, Scheme: "unrecovered", Draws: byLottery, Differences: p.differences,
			}))
		}
	}
	return nil
}
