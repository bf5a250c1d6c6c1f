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
// scheme, view by view under the recoverable one. It is the same on every fork,
// since every salt was fixed before the epoch began: what is opened is a fact,
// and Open only ever adds facts.
type Schedule struct {
	plan  *Plan
	cycle *draw.Cycle
	lot   *draw.Lottery
	turns []turn         // of views 1, 2, …
	used  map[int]uint32 // salts used so far, by place in the list
	roll  *roll          // of the roster, once it was needed
}

type turn struct {
	leader int
	salt   uint32
	waits  bool      // R(e,v) waits for the view's salt
	opened Bytes     // the salt; empty where the view has none
	seed   keys.Hash // R(e,v), once it does not wait
}

// NewSchedule starts the schedule of a plan that Plan.Check accepts, with what
// the plan says is open.
func NewSchedule(p *Plan) (*Schedule, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	weights := make([]uint64, len(p.List))
	for i := range p.List {
		weights[i] = uint64(p.List[i].Weight)
	}
	s := &Schedule{plan: p, used: map[int]uint32{}}
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
	return s, s.Take(p.Opened)
}

// Take opens views 1, 2, … with salts that the state holds. An error means that
// the state and the plan are not of one epoch.
func (s *Schedule) Take(opened []Bytes) error {
	for i, salt := range opened {
		v := View(i + 1)
		switch {
		case !s.Reach(v):
			return fmt.Errorf("epoch %d: salt of view %d is missing", s.plan.Epoch, v-1)
		case s.Waits(v) && len(salt) == SaltBytes:
			s.Open(v, [SaltBytes]byte(salt))
		case s.Waits(v):
			return nil // opened up to here
		}
	}
	return nil
}

// SaltBytes is the size of an opened salt of the recoverable scheme.
const SaltBytes = 32

// Reach reports whether the leader of v is known: every salt below v is open.
func (s *Schedule) Reach(v View) bool {
	for View(len(s.turns)) < v {
		if n := len(s.turns); n > 0 && s.turns[n-1].waits {
			return false
		}
		s.extend()
	}
	return true
}

// Known reports whether R(e,v) is known.
func (s *Schedule) Known(v View) bool { return v == 0 || s.Reach(v) && !s.turns[v-1].waits }

// Top is the highest view whose leader is known without looking at views that
// nobody has asked for.
func (s *Schedule) Top() View { return View(len(s.turns)) }

// Seed is R(e,v), which must be known.
func (s *Schedule) Seed(v View) keys.Hash {
	if v == 0 {
		return s.plan.Seed
	}
	t := s.turn(v)
	if t.waits {
		panic(fmt.Sprintf("types: seed of view %d/%d before its salt", s.plan.Epoch, v))
	}
	return t.seed
}

// Leader is the place in the plan's list of the contract that serves v. Like
// ASC, Salt, Salted and Waits it panics where v is not within Reach.
func (s *Schedule) Leader(v View) int { return s.turn(v).leader }

// ASC is the contract that serves v.
func (s *Schedule) ASC(v View) ASC { return s.plan.List[s.turn(v).leader] }

// Salt is which of its contract's salts v uses: how often the contract served
// before in this epoch, under the recoverable scheme in views that the stride
// does not pass over. It has none left where this is not below ASC.Salts.
func (s *Schedule) Salt(v View) uint32 { return s.turn(v).salt }

// Salted reports whether the header of v carries a reveal: the stride does not
// pass v over, and its contract has a salt left (spec beacon §2).
func (s *Schedule) Salted(v View) bool {
	t := s.turn(v)
	asc := &s.plan.List[t.leader]
	return uint64(v)%s.plan.Stride == 0 && len(asc.Commitment) > 0 && t.salt < asc.Salts
}

// Waits reports whether R(e,v) still waits for the salt of v.
func (s *Schedule) Waits(v View) bool { return s.turn(v).waits }

// Opened is the salt that v took up; empty where it has none, or waits.
func (s *Schedule) Opened(v View) Bytes { return s.turn(v).opened }

// Open gives the salt of a view within reach. The caller has verified it
// against the dealing, so that a second, different one is a broken invariant.
func (s *Schedule) Open(v View, salt [SaltBytes]byte) {
	t := s.turn(v)
	switch {
	case t.waits:
		t.opened, t.waits = salt[:], false
		t.seed = NextSeed(s.Seed(v-1), v, t.opened)
	case string(t.opened) != string(salt[:]):
		panic(fmt.Sprintf("types: view %d/%d opens to two salts", s.plan.Epoch, v))
	}
}

func (s *Schedule) turn(v View) *turn {
	if v == 0 || !s.Reach(v) {
		panic(fmt.Sprintf("types: view %d/%d is beyond the opened salts", s.plan.Epoch, v))
	}
	return &s.turns[v-1]
}

// extend draws the next view's leader from the seed before it. Where the view
// opens no salt, or the scheme takes none up, its own seed follows at once.
func (s *Schedule) extend() {
	v := View(len(s.turns) + 1)
	prev := s.Seed(v - 1)
	t := turn{}
	if s.cycle != nil {
		t.leader = s.cycle.Next(prev)
	} else {
		t.leader = s.lot.Next(prev)
	}
	t.salt = s.used[t.leader]
	if s.plan.Scheme == Hashed || uint64(v)%s.plan.Stride == 0 { // a view passed over uses up no dealing
		s.used[t.leader]++
	}
	s.turns = append(s.turns, t)
	if last := &s.turns[v-1]; s.plan.Scheme == Recoverable && s.Salted(v) {
		last.waits = true
	} else {
		last.seed = NextSeed(prev, v, nil)
	}
}

// NextSeed is R(e,v) from R(e,v−1) and the salt of v, empty where the view has
// none: H("seed" ‖ R ‖ v as 8 bytes big-endian ‖ salt).
func NextSeed(prev keys.Hash, v View, salt []byte) keys.Hash {
	return keys.Sum([]byte("seed"), prev[:], binary.BigEndian.AppendUint64(nil, uint64(v)), salt)
}
