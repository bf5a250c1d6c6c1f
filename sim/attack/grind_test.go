package attack

import (
	"math"
	"testing"

	"probity/chain/escrow"
	"probity/chain/keys"
	"probity/chain/types"
)

// Goal: the model draws what the law draws. Method: honest epochs of the model
// beside the chain's schedule with the same list and salts, for both
// selections, over more than a cycle.
func TestModelIsTheSchedule(t *testing.T) {
	const blocks, views = 64, 150
	for selection, law := range map[string]types.Selection{byLottery: types.Lottery, byCycle: types.Cycle} {
		for epoch := uint64(0); epoch < 5; epoch++ {
			r := enroll(othersOf(7, epoch, 700_000), 7, epoch, 300_000, 1+epoch, 0)
			plan := &types.Plan{
				Epoch: types.Epoch(epoch), First: 1, Blocks: blocks, Stride: 1, Seed: named("first", epoch),
				Scheme: types.Recoverable, Selection: law,
				Roster: types.Roster{Epoch: types.Epoch(epoch), Members: []types.Member{{Weight: 1}}},
			}
			for _, c := range r.contracts {
				plan.List = append(plan.List, types.ASC{ID: c.id, Weight: types.Weight(c.weight), Commitment: c.id[:], Salts: views})
			}
			schedule, err := types.NewSchedule(plan)
			if err != nil {
				t.Fatal(err)
			}
			l, err := newLots(selection, r.weights, blocks)
			if err != nil {
				t.Fatal(err)
			}
			p := &play{law: recovered, mine: 300_000}
			p.begin(r, l, plan.Seed)
			for v := uint64(1); v <= views; v++ {
				leader, block, err := p.view(v)
				if err != nil || !block {
					t.Fatalf("honest view %d: block %v, %v", v, block, err)
				}
				if want := schedule.Leader(types.View(v)); leader != want {
					t.Fatalf("%s, epoch %d, view %d: %d leads, the law says %d", selection, epoch, v, leader, want)
				}
				schedule.Open(types.View(v), r.contracts[leader].salt(schedule.Salt(types.View(v))))
				if got, want := p.seed, schedule.Seed(types.View(v)); got != want {
					t.Fatalf("%s, epoch %d: R(%d) is %s, want %s", selection, epoch, v, got, want)
				}
			}
		}
	}
	if got, want := nextSeed(keys.Hash{1}, 9, nil), types.NextSeed(keys.Hash{1}, 9, nil); got != want {
		t.Errorf("without a salt %s, want %s", got, want)
	}
}

// Goal: the list is fair ground: the adversary holds what it should, however it
// splits. Method: sums over registrations.
func TestEnroll(t *testing.T) {
	for _, way := range append(registrations, [2]uint64{50, 9}) {
		r := enroll(othersOf(1, 3, modelWeight-123_457), 1, 3, 123_457, way[0], way[1])
		var mine, all uint64
		for i, c := range r.contracts {
			all += c.weight
			if c.mine {
				mine += c.weight
			}
			if i > 0 && string(r.contracts[i-1].id[:]) >= string(c.id[:]) {
				t.Error("the list is out of order")
			}
		}
		if mine != 123_457 || all != modelWeight {
			t.Errorf("%v: %d of %d", way, mine, all)
		}
	}
}

// shareOfScheme gives the entry of a result for a scheme.
func shareOfScheme(t *testing.T, r *Result, scheme string) Share {
	t.Helper()
	for _, s := range r.Shares {
		if s.Scheme == scheme && s.Escrow == "" {
			return s
		}
	}
	t.Fatalf("no %s", scheme)
	return Share{}
}

// Goal: the adversary does all it can, and it comes to nothing. Method: every
// move is made, more than one in ten of its side's views, and nothing differs.
func TestEveryMoveIsMade(t *testing.T) {
	g := &grind{seed: 3, draws: 20_000, blocks: 64, lead: 16, tell: func(int64, int64) {}}
	p, err := g.duel(recovered, 0.3, byLottery, lookahead)
	if err != nil {
		t.Fatal(err)
	}
	for m := range moves {
		if least := int64(float64(g.draws) * 0.3 / 10); p.taken[m] < least {
			t.Errorf("%s was made %d times, want %d", moves[m].name, p.taken[m], least)
		}
	}
	if p.differences != 0 || p.honest != p.adversarial || p.choice != 0 {
		t.Errorf("%d draws differ, %d views with a choice", p.differences, p.choice)
	}
	if p.views <= p.draws {
		t.Error("no epoch took more views than blocks: nothing was nullified")
	}
}

// Goal: the measurement can fail. Method: three beacons that can be bent, each
// under the same adversary: salts that can be withheld; a registration deadline
// at which the next seed is known; and a third of the weight, which opens salts
// early.
func TestGrindingIsSeen(t *testing.T) {
	loose := start(t, grindAttack, Args{"alpha": "0.2", "scheme": "unrecovered", "draws": "20000"})
	if s := shareOfScheme(t, loose, "unrecovered"); s.Low <= 0.2 || s.Differences == 0 || s.Identical {
		t.Errorf("withholding is not seen: %+v", s)
	}
	for what, given := range map[string]Args{
		"no lead":   {"alpha": "0.2", "lead": "0", "views": "16"},
		"two fifth": {"alpha": "0.4"},
	} {
		given["scheme"], given["draws"], given["real"] = "recoverable", "50000", "0"
		given["selection"] = byLottery
		r := start(t, grindAttack, given)
		if s := shareOfScheme(t, r, "recoverable"); r.Holds || s.Low <= s.Expected {
			t.Errorf("%s: registration grinding is not seen: %+v", what, s)
		}
	}
}

// leaky is an escrow whose recovery disagrees with the reveal: the free bit
// that the check of point 0 forbids.
type leaky struct{ escrow.Suite }

func (l leaky) Recover(p *escrow.Panel, at escrow.Place, dealing []byte, shares []escrow.Share) ([escrow.SaltBytes]byte, error) {
	salt, err := l.Suite.Recover(p, at, dealing, shares)
	salt[0] ^= 1
	return salt, err
}

// blind takes any share for good.
type blind struct{ escrow.Suite }

func (blind) CheckShare(*escrow.Panel, escrow.Place, []byte, escrow.Share) error { return nil }

// Goal: the run with escrow sees a scheme that leaves a choice. Method: two
// broken suites beside the good one.
func TestSealedCanFail(t *testing.T) {
	g := &grind{seed: 1, blocks: 16, real: 16, tell: func(int64, int64) {}}
	for name, suite := range map[string]escrow.Suite{"good": escrow.Ideal{}, "leaky": leaky{escrow.Ideal{}}, "blind": blind{escrow.Ideal{}}} {
		s, err := g.newSealed(name, suite, 300_000)
		if err != nil {
			t.Fatal(err)
		}
		r := enroll(othersOf(1, 0, 700_000), 1, 0, 300_000, 2, 0)
		if _, err := s.epoch(0, r, named("first", 1), 16); err != nil && name == "good" {
			t.Fatal(err)
		}
		out := &Result{}
		s.report(out)
		if bad := len(wrong(out)) > 0; bad == (name == "good") {
			t.Errorf("%s: rows not ok: %v", name, wrong(out))
		}
	}
}

// Goal: the tail game gives the published optimum. Method: the three figures of
// the paper, to the digits printed.
func TestTailGamePublished(t *testing.T) {
	for alpha, want := range map[float64]float64{0.05: 0.05048, 0.1: 0.1019, 0.2: 0.2068} {
		if got := newTailGame(alpha, randaoSlots, randaoSlots).share(); math.Abs(got-want) > 0.00005 {
			t.Errorf("α = %v: %.5f, published %v", alpha, got, want)
		}
	}
}

// Goal: the sweep over distributions is the maximum that it stands for. Method:
// epochs of two and three slots, where all tuples of outcomes can be listed, and
// value iteration done on them.
func TestTailGameByListing(t *testing.T) {
	for _, slots := range []int{1, 2} {
		for _, alpha := range []float64{0.1, 0.3, 0.5, 0.8} {
			fast := newTailGame(alpha, slots, slots)
			worth, gain := make([]float64, slots+1), 0.0
			for range 200 {
				next := make([]float64, slots+1)
				for tail := range next {
					next[tail] = listed(fast.outcomes, worth, tail)
				}
				gain = next[0]
				for tail := range next {
					worth[tail] = next[tail] - gain
				}
			}
			if math.Abs(gain-fast.gain) > 1e-9 {
				t.Errorf("%d slots, α = %v: %v, by listing %v", slots, alpha, fast.gain, gain)
			}
		}
	}
}

// listed is E[max over sets] by listing what every set may give.
func listed(outcomes []outcome, worth []float64, tail int) float64 {
	sets := 1 << tail
	mean := 0.0
	for tuple := range pow(len(outcomes), sets) {
		p, most := 1.0, math.Inf(-1)
		for set := range sets {
			o := outcomes[tuple%len(outcomes)]
			tuple /= len(outcomes)
			p *= o.p
			most = max(most, float64(o.own-ones(set))+worth[o.tail])
		}
		mean += p * most
	}
	return mean
}

func pow(base, exponent int) int {
	out := 1
	for range exponent {
		out *= base
	}
	return out
}

// Goal: an actor that reveals everything has its share and no more, so that the
// gain is the strategy's. Method: the game with no slot to play with.
func TestTailGameWithoutPlay(t *testing.T) {
	if got := newTailGame(0.2, 32, 0).share(); math.Abs(got-0.2) > 1e-12 {
		t.Errorf("share %v", got)
	}
}
