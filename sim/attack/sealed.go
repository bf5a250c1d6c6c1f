package attack

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

// The recoverable beacon once more, with the law's own schedule and its escrow:
// salts are dealt to the tickets of a frozen roster, and every view's salt is
// opened twice, by its owner's reveal and by the shares of the others while the
// adversary gives damaged ones. The two schedules must never part.

// sealed is one run: two schedules of one plan at a time.
type sealed struct {
	suite   escrow.Suite
	name    string
	chance  *rand.Rand
	mine    uint64
	blocks  uint64
	seed    uint64
	panel   *escrow.Panel
	secrets []escrow.Secret // by ticket
	foreign []uint32        // tickets that are not the adversary's
	roster  types.Roster

	draws, own    int64
	draw, salt    int64 // views whose producers, or whose salts, differ
	early         int64 // salts that the adversary's shares opened
	damaged, took int64 // damaged shares offered, and taken for good
}

// benchSize is the number of members of the roster.
const benchSize = 10

// bench spreads a weight over as many members as its share of benchSize, the
// adversary's first. Members of about one weight have about a ticket each.
func bench(mine uint64) (weights []uint64, foreign int) {
	own := max(1, int(benchSize*mine/modelWeight))
	for i := range benchSize {
		if i < own {
			weights = append(weights, mine/uint64(own))
		} else {
			weights = append(weights, (modelWeight-mine)/uint64(benchSize-own))
		}
	}
	return weights, own
}

// newSealed freezes a roster in which the adversary has its weight.
func (g *grind) newSealed(name string, suite escrow.Suite, mine uint64) (*sealed, error) {
	s := &sealed{
		suite: suite, name: name, mine: mine, blocks: g.blocks, seed: g.seed,
		chance: chance("sealed "+name, g.seed, mine),
	}
	weights, foreign := bench(mine)
	tickets, ok := escrow.Tickets(weights, escrow.MaxTickets)
	if !ok {
		return nil, errors.New("the roster has no tickets")
	}
	var all [][]byte
	for i, w := range weights {
		m := types.Member{Weight: types.Weight(w)}
		for k := range tickets[i] {
			secret := escrow.NewSecret(named("escrow", g.seed, uint64(i)), k)
			if i >= foreign {
				s.foreign = append(s.foreign, uint32(len(all)))
			}
			all = append(all, suite.Public(secret))
			m.Escrow = append(m.Escrow, suite.Public(secret))
			s.secrets = append(s.secrets, secret)
		}
		s.roster.Members = append(s.roster.Members, m)
	}
	var err error
	s.panel, err = suite.Panel(all)
	return s, err
}

// epoch runs the views of one epoch on two schedules and returns R(e,Bk).
func (s *sealed) epoch(e uint64, r *roll, first keys.Hash, views uint64) (keys.Hash, error) {
	plan := &types.Plan{
		Epoch: types.Epoch(e), First: 1, Blocks: s.blocks, Roster: s.roster, Seed: first,
		Scheme: types.Recoverable, Selection: types.Lottery, Stride: 1,
	}
	plan.Roster.Epoch = plan.Epoch
	for _, c := range r.contracts {
		plan.List = append(plan.List, types.ASC{ID: c.id, Weight: types.Weight(c.weight), Commitment: c.id[:], Salts: uint32(s.blocks)})
	}
	var sides [2]*types.Schedule
	for i := range sides {
		var err error
		if sides[i], err = types.NewSchedule(plan); err != nil {
			return first, err
		}
	}
	for v := types.View(1); v <= types.View(views); v++ {
		same, err := s.view(r, sides[0], sides[1], v)
		if err != nil {
			return first, fmt.Errorf("view %d/%d: %w", e, v, err)
		}
		if !same { // from here on they are two chains
			left := int64(views) - int64(v)
			s.draws, s.draw = s.draws+left, s.draw+left+1
			return sides[1].Seed(v - 1), nil
		}
	}
	return sides[1].Seed(types.View(views)), nil
}

// view opens the salt of v by the reveal on one side and from shares on the
// other, unless the sides have different producers.
func (s *sealed) view(r *roll, revealed, recovered *types.Schedule, v types.View) (same bool, err error) {
	s.draws++
	leader := recovered.Leader(v)
	if r.contracts[leader].mine {
		s.own++
	}
	if revealed.Leader(v) != leader || revealed.Salt(v) != recovered.Salt(v) {
		return false, nil
	}
	at := revealed.Place(v)
	seed := [32]byte(r.contracts[leader].salt(at.Salt))
	dealing := s.suite.Deal(s.panel, at, seed)
	if err = s.suite.Verify(s.panel, at, dealing); err != nil {
		return false, err
	}
	byReveal, err := revealed.Unseal(s.suite, v, dealing, &escrow.Opening{Reveal: s.suite.Reveal(at, seed, dealing)})
	if err != nil {
		return false, err
	}
	shares, err := s.shares(at, dealing)
	if err != nil {
		return false, err
	}
	byShares, err := recovered.Unseal(s.suite, v, dealing, &escrow.Opening{Shares: shares})
	if err != nil {
		return false, err
	}
	if byReveal != byShares {
		s.salt++
	}
	revealed.Open(v, byReveal)
	recovered.Open(v, byShares)
	return true, nil
}

// shares collects what recovery takes: the adversary's tickets offer damaged
// shares first and are refused, then a random choice of the others gives its
// own. Before that the adversary tries what its shares open alone.
func (s *sealed) shares(at escrow.Place, dealing []byte) ([]escrow.Share, error) {
	var alone []escrow.Share
	others := map[uint32]bool{}
	for _, t := range s.foreign {
		others[t] = true
	}
	for t := range uint32(s.panel.Tickets()) {
		if others[t] {
			continue
		}
		good := s.suite.Share(at, dealing, t, s.secrets[t])
		alone = append(alone, good)
		bad := good
		bad.Proof[s.chance.IntN(len(bad.Proof))] ^= byte(1 << s.chance.IntN(8))
		s.damaged++
		if s.suite.CheckShare(s.panel, at, dealing, bad) == nil {
			s.took++
		}
	}
	if _, err := s.suite.Recover(s.panel, at, dealing, alone); err == nil {
		s.early++
	} else if !errors.Is(err, escrow.ErrShort) {
		return nil, err
	}
	need := s.panel.Threshold()
	if need > len(s.foreign) {
		return nil, errors.New("the others hold too few tickets to recover a salt")
	}
	chosen := map[uint32]bool{}
	for _, i := range s.chance.Perm(len(s.foreign))[:need] {
		chosen[s.foreign[i]] = true
	}
	var out []escrow.Share
	for t := range uint32(s.panel.Tickets()) {
		if chosen[t] {
			out = append(out, s.suite.Share(at, dealing, t, s.secrets[t]))
		}
	}
	return out, nil
}

// runSealed plays the largest share below one third for g.real draws, with the
// scheme's cryptography and with the stand-in that the simulator uses.
func (g *grind) runSealed(out *Result) error {
	mine := uint64(0)
	for _, alpha := range g.alphas {
		if w := weightOf(alpha); w > mine && !opens(w) {
			mine = w
		}
	}
	if mine == 0 || g.real == 0 {
		return nil
	}
	for _, c := range []struct {
		name  string
		suite escrow.Suite
	}{{"DHPVSS", escrow.DHPVSS}, {"stand-in", escrow.Ideal{}}} {
		s, err := g.newSealed(c.name, c.suite, mine)
		if err != nil {
			return err
		}
		seed := named("genesis", g.seed, mine)
		for e := uint64(0); s.draws < g.real; e++ {
			r := enroll(othersOf(g.seed, e, modelWeight-mine), g.seed, e, mine, 2, 0)
			views := min(g.blocks, uint64(g.real-s.draws))
			if seed, err = s.epoch(e, r, firstSeed(e, seed), views); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			g.step(int64(views))
		}
		s.report(out)
	}
	return nil
}

// report adds what was measured.
func (s *sealed) report(out *Result) {
	alpha := float64(s.mine) / modelWeight
	params := map[string]any{
		"scheme": "recoverable", "escrow": s.name, "adversary's tickets": s.panel.Tickets() - len(s.foreign), "alpha": alpha,
		"tickets": s.panel.Tickets(), "threshold": s.panel.Threshold(),
	}
	none := func(label string, count, of int64) {
		out.Rows = append(out.Rows, compared(Exactly, label, params, 0, float64(count)).in("cases").of(of))
	}
	none("recoverable: salts that shares open unlike the reveal, "+s.name, s.salt, s.draws)
	none("recoverable: draws that differ, "+s.name, s.draw, s.draws)
	none("recoverable: salts that the adversary's shares open alone, "+s.name, s.early, s.draws)
	none("recoverable: damaged shares taken, "+s.name, s.took, s.damaged)
	row := inside("recoverable: share of draws, "+s.name, params, alpha, s.own, s.draws)
	out.Rows = append(out.Rows, row)
	out.Shares = append(out.Shares, row.as(Share{
		Alpha: alpha, Scheme: "recoverable", Draws: byLottery, Escrow: s.name,
		Identical: s.draw == 0 && s.salt == 0, Differences: s.draw,
	}))
}
