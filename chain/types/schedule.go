package types

import (
	"encoding/binary"
	"fmt"

	"probity/chain/keys"
	"probity/vpool/draw"
)

// Schedule tells who leads each view of an epoch (spec availability §5, beacon
// §2). The leader of v is drawn from R(e,v−1), and R(e,v) takes up the salt of
// v; so the sequence is known as far as salts are: at once under the hashed
// scheme, view by view under the recoverable one. It is the same on every fork.
type Schedule struct {
	plan  *Plan
	cycle *draw.Cycle
	lot   *draw.Lottery
	turns []turn         // of views 1, 2, …
	used  map[int]uint32 // salts used so far, by place in the list
	seed  keys.Hash      // R after the last turn
}

type turn struct {
	leader int
	salt   uint32
	seed   keys.Hash // R(e,v)
}

// NewSchedule starts the schedule of a plan that Plan.Check accepts.
func NewSchedule(p *Plan) (*Schedule, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	weights := make([]uint64, len(p.List))
	for i := range p.List {
		weights[i] = uint64(p.List[i].Weight)
	}
	s := &Schedule{plan: p, used: map[int]uint32{}, seed: p.Seed}
	var err error
	switch p.Selection {
	case Cycle:
		s.cycle, err = draw.NewCycle(weights, int(p.Blocks))
	case Lottery:
		s.lot, err = draw.NewLottery(weights)
	default:
		err = fmt.Errorf("selection %d", p.Selection)
	}
	if err != nil {
		return nil, fmt.Errorf("epoch %d: %w", p.Epoch, err)
	}
	return s, nil
}

// Seed is R(e,v).
func (s *Schedule) Seed(v View) keys.Hash {
	if v == 0 {
		return s.plan.Seed
	}
	return s.turn(v).seed
}

// Leader is the place in the plan's list of the contract that serves v.
func (s *Schedule) Leader(v View) int { return s.turn(v).leader }

// ASC is the contract that serves v.
func (s *Schedule) ASC(v View) ASC { return s.plan.List[s.turn(v).leader] }

// Salt is which of its contract's salts v uses: how often the contract served
// before in this epoch. It has none left where this is not below ASC.Salts.
func (s *Schedule) Salt(v View) uint32 { return s.turn(v).salt }

func (s *Schedule) turn(v View) *turn {
	for View(len(s.turns)) < v {
		s.extend()
	}
	return &s.turns[v-1]
}

// extend draws the next view's leader from the seed before it. Under the
// hashed scheme R(e,v) = H("seed" ‖ R(e,v−1) ‖ v).
func (s *Schedule) extend() {
	t := turn{}
	if s.cycle != nil {
		t.leader = s.cycle.Next(s.seed)
	} else {
		t.leader = s.lot.Next(s.seed)
	}
	t.salt = s.used[t.leader]
	s.used[t.leader]++
	t.seed = NextSeed(s.seed, View(len(s.turns)+1), nil)
	s.turns = append(s.turns, t)
	s.seed = t.seed
}

// NextSeed is R(e,v) from R(e,v−1) and the salt of v, empty under the hashed
// scheme: H("seed" ‖ R ‖ v as 8 bytes big-endian ‖ salt).
func NextSeed(prev keys.Hash, v View, salt []byte) keys.Hash {
	return keys.Sum([]byte("seed"), prev[:], binary.BigEndian.AppendUint64(nil, uint64(v)), salt)
}
